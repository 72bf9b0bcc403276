package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"seatcast/output"
	"seatcast/output/folder"
	"seatcast/output/ledger"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/record"
)

var (
	speed = flag.Int("speed", 0, "measure the table of speed, in `N` rounds")
	peers = peerFlag()
)

// peerFlag adds the flag of engines to be measured too, as NAME=COMMAND.
func peerFlag() *[]string {
	list := &[]string{}
	flag.Func("peer", "with -speed, measure another engine: `NAME=COMMAND` simulates W4 of 10,000 people and prints ns_per_trigger and a number (repeatable)", func(s string) error {
		if name, command, ok := strings.Cut(s, "="); !ok || name == "" || command == "" {
			return errors.New("want NAME=COMMAND")
		}
		*list = append(*list, s)
		return nil
	})
	return list
}

// TestSpeedTable prints the table of the README's section Speed, medians of rounds in
// which all is measured in turns. A round takes a quarter of a minute, on two quiet cores:
//
//	go test ./cmd/seatcast -run TestSpeedTable -speed 7 -v
func TestSpeedTable(t *testing.T) {
	if *speed == 0 {
		t.Skip("give -speed 7 to measure")
	}
	s := &speeds{T: t, dir: t.TempDir(), samples: map[string][]float64{}}
	measures := s.measures()
	for range *speed {
		for _, m := range measures {
			s.samples[m.what] = append(s.samples[m.what], m.measure())
		}
	}
	var table strings.Builder
	fmt.Fprint(&table, "| what | measured | aim |\n|---|---|---|\n")
	for _, r := range s.rows() {
		fmt.Fprintf(&table, "| %s | %s | %s |\n", r[0], r[1], r[2])
	}
	t.Logf("medians of %d rounds, %s, %d cores\n\n%s", *speed, runtime.Version(), runtime.NumCPU(), table.String())
}

// speeds are measurements by name.
type speeds struct {
	*testing.T
	dir     string
	samples map[string][]float64
}

// A measure is made once a round.
type measure struct {
	what    string
	measure func() float64
}

// Names of measures whose ratios are told.
const (
	w4Small, w4Large, w4nLarge, w4hLarge = "W4 small", "W4", "W4n", "W4h"

	oneWorker, twoWorkers = "one worker", "two workers"
	start, simulating     = "start", "simulating"
	ledgerRow, silentRow  = "ledger", "ledger that is thrown away"
)

func (s *speeds) measures() []measure {
	w4 := s.world("w4.toml", 20_000)
	firstYear := s.worldOf("first-year")
	list := []measure{
		{w4Small, s.perAct("w4.toml", 1e4)}, {w4Large, s.perAct("w4.toml", 1e6)}, {w4nLarge, s.perAct("w4n.toml", 1e6)}, {w4hLarge, s.perAct("w4h.toml", 1e6)},
		{oneWorker, s.replicate(w4, 16, 1)}, {twoWorkers, s.replicate(w4, 16, 2)},
		{start, func() float64 { return s.command("run", "first-year", "--replications", "200").wall.Seconds() }},
		{simulating, s.replicate(firstYear, 200, runtime.NumCPU())},
		{ledgerRow, s.perRow(true)}, {silentRow, s.perRow(false)},
	}
	for _, p := range *peers {
		name, command, _ := strings.Cut(p, "=")
		list = append(list, measure{name, func() float64 { return s.peer(command) }})
	}
	return list
}

// rows returns what was measured as rows of the table, with the aims.
func (s *speeds) rows() [][3]string {
	ns := func(what string) string { return fmt.Sprintf("%.2g ns", s.median(what)) }
	rows := [][3]string{
		{"W4 at 1,000,000 people, processor time per act", ns(w4Large), "10 ns"},
		{"W4n at 1,000,000 people", ns(w4nLarge), "1 ns"},
		{"W4h at 1,000,000 people", ns(w4hLarge), "15 ns"},
		{"W4 at 10,000 people", ns(w4Small), ""},
		{"growth: W4 at 1,000,000 people over W4 at 10,000", fmt.Sprintf("%.1f", s.ratio(w4Large, w4Small)), "1.3"},
		{"two workers over one, replications a second", fmt.Sprintf("%.2f", s.ratio(oneWorker, twoWorkers)), "1.9"},
		{"memory that is kept, bytes a person (W4 at 1,000,000)", fmt.Sprintf("%.0f", s.kept()), "40"},
		{"memory of `seatcast run` on W4 at 10,000,000 people", fmt.Sprintf("%.0f MB", s.largest()), "600 MB"},
		{"allocations per act", fmt.Sprintf("%.0f", s.allocations()), "0"},
		{"`seatcast run first-year`, 200 replications, plots and report", fmt.Sprintf("%.2f s", s.median(start)), "1.5 s"},
		{"of which simulation", fmt.Sprintf("%.0f%%", 100*s.ratio(simulating, start)), "10%"},
		{"ledger: writing, per row", fmt.Sprintf("%.0f ns", s.difference(ledgerRow, silentRow)), "150 ns"},
		{"ledger: an act simulated one by one and written", fmt.Sprintf("%.0f ns", s.median(ledgerRow)), ""},
	}
	aims := map[string]string{"cimba": "15", "akita": "40", "SimPy": "250"}
	for _, p := range *peers {
		name, _, _ := strings.Cut(p, "=")
		word, _, _ := strings.Cut(name, " ")
		rows = append(rows, [3]string{name + " over seatcast, W4 at 10,000 people", fmt.Sprintf("%.0f", s.ratio(name, w4Small)), aims[word]})
	}
	return rows
}

func median(xs []float64) float64 { return slices.Sorted(slices.Values(xs))[len(xs)/2] }

func (s *speeds) median(what string) float64 { return median(s.samples[what]) }

// ratio is the median of the ratios of the rounds, difference that of their differences.
func (s *speeds) ratio(a, b string) float64 {
	return s.paired(a, b, func(x, y float64) float64 { return x / y })
}

func (s *speeds) difference(a, b string) float64 {
	return s.paired(a, b, func(x, y float64) float64 { return x - y })
}

func (s *speeds) paired(a, b string, f func(x, y float64) float64) float64 {
	var xs []float64
	for i, x := range s.samples[a] {
		xs = append(xs, f(x, s.samples[b][i]))
	}
	return median(xs)
}

// worldOf loads the world of a scenario itself.
func (s *speeds) worldOf(name string, set ...string) *sim.World {
	loaded, err := load(name, scenarios.Options{Set: set})
	if err != nil {
		s.Fatal(err)
	}
	return loaded.Variants[0].World
}

// sized returns the settings that give a scenario of testdata/bench its people.
func sized(name string, people int) (set []string) {
	add := func(key string, n int) { set = append(set, fmt.Sprintf("tenants.bench.%s=%d", key, n)) }
	if name != "w4h.toml" {
		add("users.people.count", people)
		add("pools.premium.seats", people*45/100)
		return set
	}
	for _, segment := range []string{"runners", "makers", "mixed", "robots"} {
		add("users."+segment+".count", people/4)
	}
	add("pools.premium.seats", people*30/100)
	add("pools.per-user.seats", people*15/100)
	return set
}

func benchFile(name string) string { return filepath.Join("testdata", "bench", name) }

func (s *speeds) world(name string, people int) *sim.World {
	return s.worldOf(benchFile(name), sized(name, people)...)
}

// processor returns the processor time of this process.
func (s *speeds) processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		s.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// acts runs a replication, and returns how many acts it has.
func (s *speeds) acts(r *sim.Runner, replication int, opt sim.Options) (n int64) {
	out, err := r.Run(s.Context(), 0, replication, opt)
	if err != nil {
		s.Fatal(err)
	}
	for _, acts := range out.Tenants[0].Outcomes {
		n += acts
	}
	return n
}

// perAct measures the processor time per act in ns, over a tenth of a second at least.
func (s *speeds) perAct(name string, people int) func() float64 {
	r := sim.NewRunner(s.world(name, people))
	s.acts(r, 0, sim.Options{}) // memory that is kept between replications
	return func() float64 {
		runtime.GC() // of what others left
		acts, began := int64(0), s.processor()
		for i := 0; s.processor()-began < 100*time.Millisecond; i++ {
			acts += s.acts(r, i, sim.Options{})
		}
		return float64(s.processor()-began) / float64(acts)
	}
}

// replicate measures the seconds that pass over n replications.
func (s *speeds) replicate(w *sim.World, n, workers int) func() float64 {
	return func() float64 {
		began := time.Now()
		if err := sim.Replicate(s.Context(), []*sim.World{w}, sim.Plan(1, 0, n), workers, func(record.Record) error { return nil }); err != nil {
			s.Fatal(err)
		}
		return time.Since(began).Seconds()
	}
}

// perRow measures the processor time per act in ns where each is simulated, and written
// to a ledger or not.
func (s *speeds) perRow(written bool) func() float64 {
	loaded, err := load(benchFile("w4.toml"), scenarios.Options{Set: sized("w4.toml", 1e4)})
	if err != nil {
		s.Fatal(err)
	}
	st := newSimulation(loaded, nil)
	calendars, err := output.Calendars(st.Study)
	if err != nil {
		s.Fatal(err)
	}
	r := sim.NewRunner(st.worlds[0])
	return func() float64 {
		out, err := folder.Create(filepath.Join(s.dir, "ledger"))
		if err != nil {
			s.Fatal(err)
		}
		defer out.Abort()
		file, err := out.File(folder.Claims)
		if err != nil {
			s.Fatal(err)
		}
		w := ledger.NewWriter(file)
		sink := newRows(w, &loaded.Variants[0], calendars, 0).add
		if !written {
			sink = func(int, *sim.Entry) {}
		}
		began := s.processor()
		acts := s.acts(r, 0, sim.Options{EveryAct: true, Ledger: sink})
		if err := errors.Join(w.Flush(), file.Close()); err != nil {
			s.Fatal(err)
		}
		return float64(s.processor()-began) / float64(acts)
	}
}

// kept measures the bytes a person that stay between replications of W4.
func (s *speeds) kept() float64 {
	const people = 1e6
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := sim.NewRunner(s.world("w4.toml", people))
	s.acts(r, 0, sim.Options{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(r)
	return float64(after.HeapAlloc-before.HeapAlloc) / people
}

// allocations measures how many more a replication makes for each act more.
func (s *speeds) allocations() float64 {
	var allocs, acts [2]float64
	for i, people := range []int{1e4, 1e5} {
		r := sim.NewRunner(s.world("w4.toml", people))
		allocs[i] = testing.AllocsPerRun(1, func() { acts[i] = float64(s.acts(r, 0, sim.Options{})) })
	}
	return (allocs[1] - allocs[0]) / (acts[1] - acts[0])
}

// A ran is what running the command took.
type ran struct {
	wall     time.Duration
	resident int64 // most memory at a time, bytes
}

func (s *speeds) command(args ...string) ran {
	cmd := exec.CommandContext(s.Context(), "seatcast", append(args, "--quiet", "--out", filepath.Join(s.dir, "out"))...)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("%v: %s", err, out)
	}
	return ran{time.Since(began), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024}
}

// largest measures the memory of a run of ten million people, in MB.
func (s *speeds) largest() float64 {
	args := []string{"run", benchFile("w4.toml"), "--workers", "1"}
	for _, set := range sized("w4.toml", 1e7) {
		args = append(args, "--set", set)
	}
	return float64(s.command(args...).resident) / 1e6
}

var nsPerTrigger = regexp.MustCompile(`ns_per_trigger\W+([0-9.]+)`)

// peer runs another engine, and reads its processor time per trigger in ns.
func (s *speeds) peer(command string) float64 {
	out, err := exec.CommandContext(s.Context(), "sh", "-c", command).Output()
	found := nsPerTrigger.FindSubmatch(out)
	if err != nil || found == nil {
		s.Fatalf("%s: %v, printed %q", command, cmp.Or(err, io.ErrUnexpectedEOF), out)
	}
	x, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		s.Fatalf("%s: %v", command, err)
	}
	return x
}
