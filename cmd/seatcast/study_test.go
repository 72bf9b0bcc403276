package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"seatcast/cmd/seatcast/study"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/record"
)

// TestKillAtRandom kills a study at random instants, as a machine that fails does, and
// goes on with --resume: the result is always the same to the byte, and a summary that
// was there is never written again. With -full a larger study is killed 100 times.
func TestKillAtRandom(t *testing.T) {
	workIn(t)
	kills, replications := 3, "9000"
	if *full {
		kills, replications = 100, "30000"
	}
	args := []string{"run", "small.toml", "--variant", "base", "--set", "study.days=20", "--replications", replications, "--quiet"}
	began := time.Now()
	seatcast(t, exitDone, append(args, "--out", "want")...)
	took, want := time.Since(began), mustTree(t, "want")
	luck := rand.New(rand.NewPCG(6, 6))
	sound, finished := map[string]os.FileInfo{}, 0
	for n := 0; n < kills; {
		cmd := exec.CommandContext(t.Context(), "seatcast", append(args, "--resume", "--out", "out")...)
		stderr := &strings.Builder{}
		cmd.Stderr = stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(luck.Float64()*float64(took)), func() { cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		files, _ := filepath.Glob(".out.study/round-*/shard-*")
		now := map[string]os.FileInfo{}
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if had := sound[file]; had != nil && (!os.SameFile(had, info) || !had.ModTime().Equal(info.ModTime())) {
				t.Errorf("%s was there, and was computed again", file)
			}
			now[file] = info
		}
		if sound = now; err != nil {
			if code := cmd.ProcessState.ExitCode(); code >= 0 {
				t.Fatalf("exit code %d: %s", code, stderr.String())
			}
			n++
			continue
		}
		finished++
		wantSame(t, fmt.Sprintf("after %d kills", n), mustTree(t, "out"), want)
		if err := os.RemoveAll("out"); err != nil {
			t.Fatal(err)
		}
	}
	seatcast(t, exitDone, append(args, "--resume", "--out", "out")...)
	wantSame(t, "at the end", mustTree(t, "out"), want)
	t.Logf("%d kills; %d studies finished between them", kills, finished)
}

// TestStudyOfEachVerb: the verb itself, its study in parts in any order, twice and on
// any number of workers, and the study stopped in each round and gone on with, have one
// result. What run does is what compare does.
func TestStudyOfEachVerb(t *testing.T) {
	workIn(t)
	for i, verb := range [][]string{
		{"compare", "small.toml", "--precision", "0.1"},
		{"plan", "small.toml", "--most", "400"},
		{"sensitivity", "small.toml", "--method", "morris", "--points", "2"},
	} {
		out, dir, got := fmt.Sprintf("want%d", i), fmt.Sprintf("study%d", i), fmt.Sprintf("got%d", i)
		seatcast(t, exitDone, append(slices.Clone(verb), "--quiet", "--out", out)...)
		want := mustTree(t, out)
		seatcast(t, exitDone, append(append([]string{"study", "prepare"}, verb...), "--out", dir)...)
		rounds := 0
		for code := exitBroken; code == exitBroken; rounds++ {
			for _, part := range []string{"2/3", "0/3", "1/3", "2/3"} {
				seatcast(t, exitDone, "study", "shard", "--dir", dir, "--part", part, "--workers", fmt.Sprint(1+rounds%2))
			}
			code = run(t.Context(), []string{"study", "merge", "--dir", dir, "--out", got}, &strings.Builder{}, &strings.Builder{})
		}
		wantSame(t, verb[0], mustTree(t, got), want)
		if rounds < 2 {
			t.Errorf("%s: %d rounds, so that nothing is shown of going on to another", verb[0], rounds)
		}

		// A new process of the verb finds every round answered, as the last merge did.
		if i > 0 {
			continue
		}
		cached := mustTree(t, dir)
		seatcast(t, exitDone, "study", "submit", "--on", "local", "--dir", dir, "--out", got)
		wantSame(t, verb[0]+" from its study", mustTree(t, dir), cached)
	}
}

// TestOtherClass refuses summaries that another class of machine computed, and keeps them.
func TestOtherClass(t *testing.T) {
	workIn(t)
	seatcast(t, exitDone, "study", "prepare", "small.toml", "--out", "d")
	cmd := exec.CommandContext(t.Context(), "seatcast", "study", "shard", "--dir", "d")
	cmd.Env = append(os.Environ(), "GODEBUG=cpu.fma=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile("d/round-1/shard-0")
	if err != nil {
		t.Fatal(err)
	}
	version, commit := build()
	if strings.Contains(string(data), study.Build(version, commit)) {
		t.Skip("this processor does not fuse multiplication and addition, or Go does not use it")
	}
	for _, step := range []string{"merge", "shard", "status"} {
		_, stderr := seatcast(t, exitWrong, "study", step, "--dir", "d")
		if !strings.Contains(stderr, "d/round-1/shard-0: the summary is of another class of machine or program: it was computed by ") {
			t.Errorf("%s: stderr %q", step, stderr)
		}
	}
}

// BenchmarkContract compares a study on this machine, with its folder, with the runner
// called directly, in turns: ns/direct and ns/study are for all replications.
func BenchmarkContract(b *testing.B) {
	w4 := filepath.Join("testdata", "bench", "w4.toml")
	for _, c := range []struct {
		name, scenario string
		people, n      int
	}{{"people=300", "first-year", 0, 6000}, {"people=10000", w4, 10_000, 250}, {"people=100000", w4, 100_000, 25}} {
		b.Run(c.name, func(b *testing.B) {
			var opt scenarios.Options
			if c.people > 0 {
				opt.Set = []string{fmt.Sprintf("tenants.bench.users.people.count=%d", c.people), fmt.Sprintf("tenants.bench.pools.premium.seats=%d", c.people*45/100)}
			}
			s, err := load(c.scenario, opt)
			if err != nil {
				b.Fatal(err)
			}
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) { contract(b, s.Variants[0].World, c.n, workers) })
			}
		})
	}
}

func contract(b *testing.B, world *sim.World, n, workers int) {
	var direct, through []time.Duration
	for b.Loop() {
		began := time.Now()
		err := sim.Replicate(b.Context(), []*sim.World{world}, sim.Plan(1, 0, n), workers, func(record.Record) error { return nil })
		direct = append(direct, time.Since(began))
		if err != nil {
			b.Fatal(err)
		}
		began = time.Now()
		ask(b, world, n, workers)
		through = append(through, time.Since(began))
	}
	slices.Sort(direct)
	slices.Sort(through)
	d, t := direct[len(direct)/2], through[len(through)/2]
	b.ReportMetric(float64(d), "ns/direct")
	b.ReportMetric(float64(t), "ns/study")
	b.ReportMetric(100*(float64(t)/float64(d)-1), "%overhead")
}

// ask asks a new study for replications of a world.
func ask(b *testing.B, world *sim.World, n, workers int) {
	b.Helper()
	folder, err := study.CreatePassing(filepath.Join(b.TempDir(), "d"), study.Plan{}, "this")
	if err != nil {
		b.Fatal(err)
	}
	defer folder.Remove()
	st := &study.Study{Folder: folder, Executor: study.Local{Workers: workers}, Progress: &progress{}}
	w := study.World{Variant: "base", Series: true}.Of(world)
	if _, err := st.Ask(context.Background(), []study.Cell{study.NewCell(w, 0, n)}, func(record.Record) error { return nil }); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMerge folds a study of 10,000 shards.
func BenchmarkMerge(b *testing.B) {
	b.Chdir(b.TempDir())
	const n = 10_000
	s, err := load("first-year", scenarios.Options{Set: []string{"study.days=60"}})
	if err != nil {
		b.Fatal(err)
	}
	folder, err := study.Create("d", study.Plan{}, "this")
	if err != nil {
		b.Fatal(err)
	}
	cell := study.NewCell(study.World{Variant: "base", Series: true}.Of(s.Variants[0].World), 0, n)
	cell.Work = 1 << 40 // a shard for each replication
	local := study.Local{Workers: 2}
	for b.Loop() {
		st := &study.Study{Folder: folder, Executor: local, Progress: &progress{}}
		began := time.Now()
		if _, err := st.Ask(context.Background(), []study.Cell{cell}, func(record.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/last") // the first time it is computed too
	}
}
