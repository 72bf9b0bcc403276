package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// seatcast runs the command in this process, and demands an exit code.
func seatcast(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(t.Context(), args, &out, &errs); got != want {
		t.Fatalf("seatcast %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, want, errs.String())
	}
	return out.String(), errs.String()
}

// workIn makes an empty folder the working directory, and puts small.toml there.
func workIn(t *testing.T) {
	t.Helper()
	small, err := os.ReadFile("testdata/small.toml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	write1(t, "small.toml", string(small))
}

// write1 writes a file, and the folders on its way.
func write1(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
}

// mustTree returns the files below a folder.
func mustTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := readTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// wantSame demands that two result folders hold the same bytes.
func wantSame(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if len(want) == 0 {
		t.Fatal("nothing to compare with")
	}
	if name := difference(got, want); name != "" {
		t.Errorf("%s: %s differs", what, name)
	}
}

// rich draws from every kind of luck: two tenants, contagion, rates that differ
// between people, joining and leaving, working hours, groups, reclaim, requests,
// trials, delays and what-ifs.
const rich = `
title = "Rich"

[study]
start = 2026-03-02
days = 80
replications = 33
seed = 3

[tenants.acme]
time-zone = "Europe/Oslo"
pools.premium.seats = 9
pools.per-user.seats = 4
auto-claim = { enabled = true, activation = "uniform(0h, 2h)", portal-lag = "uniform(5m, 60m)" }
policies.automation = { app = "rpa-attended", product = "premium", backups = ["per-user"] }
groups.automation = { product = "premium", members = { admins = 0.5 }, latency = "lognormal(median=10m, p95=4h)" }
reclaim.premium = { idle-for = "14d", check-every = "7d" }

[tenants.acme.users.makers]
count = 30
adoption = "contagion(p=0.01/day, q=0.05/day, ceiling=0.7)"
hours = "office"
joins = "1/week"
leaves = "2%/month"
does = { trigger-premium = "gamma(mean=1/week, shape=0.5)", save-premium = "1/week" }
when-refused = { request = 0.3, approval = "lognormal(median=1d, p95=5d)", trial = 0.1 }

[tenants.acme.users.admins]
count = 5
does.trigger-attended = "1/week"

[tenants.initech]
time-zone = "Australia/Sydney"
pools.premium.seats = 3
auto-claim = { enabled = true }
policies.automation = { app = "rpa-attended", product = "premium" }

[tenants.initech.users.all]
count = 6
adoption = "exp(60d)"
does.trigger-premium = "1/week"

[tenants.initech.timeline.more]
at = 2026-04-10
do = "change-seats"
product = "premium"
seats = 2

[what-if.tight]
tenants.acme.pools.premium.seats = 7

[what-if.slow]
tenants.acme.groups.automation.latency = "2d"
`

// TestWorkersAndOrder proves that the number of workers, a second run and the
// order of the tables of a scenario don't show in any byte of the results.
func TestWorkersAndOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	write1(t, "rich.toml", rich)
	runRich := func(dir string, args ...string) map[string]string {
		seatcast(t, exitDone, append([]string{"run", filepath.Join(dir, "rich.toml"), "--quiet", "--ledger=2", "--out", filepath.Join(dir, "out")}, args...)...)
		return mustTree(t, filepath.Join(dir, "out"))
	}
	want := runRich(".", "--workers", "1")
	for _, workers := range []string{"1", "2", "64"} {
		wantSame(t, workers+" workers", runRich(".", "--workers", workers), want)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 2 {
		dir := "order" + strconv.Itoa(i)
		write1(t, filepath.Join(dir, "rich.toml"), shuffleTables(rich, r))
		wantSame(t, "other order of tables", runRich(dir), want)
	}
	// The comparison can fail: other luck is other bytes.
	if other := runRich(".", "--seed", "4"); difference(other, want) == "" {
		t.Error("another seed gives the same bytes")
	}
}

// shuffleTables returns a scenario with its tables, and the keys in them, in
// another order.
func shuffleTables(src string, r *rand.Rand) string {
	tables := strings.Split(strings.TrimSpace(src), "\n\n")
	head, tables := tables[0], tables[1:]
	r.Shuffle(len(tables), func(i, j int) { tables[i], tables[j] = tables[j], tables[i] })
	for i, table := range tables {
		lines := strings.Split(table, "\n")
		keys := lines[1:]
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		tables[i] = strings.Join(lines, "\n")
	}
	return head + "\n\n" + strings.Join(tables, "\n\n") + "\n"
}

// A stopper is the stderr of a run with --progress. It calls stop when so many
// replications are finished.
type stopper struct {
	after int
	stop  func()
	text  bytes.Buffer
}

var shownProgress = regexp.MustCompile(`\((\d+)/\d+`)

func (s *stopper) Write(p []byte) (int, error) {
	for _, m := range shownProgress.FindAllSubmatch(p, -1) {
		if n, _ := strconv.Atoi(string(m[1])); n >= s.after {
			s.stop()
		}
	}
	return s.text.Write(p)
}

// TestResume stops a run after every number of its 20 replications, and carries on with --resume: the folder is the same to the byte.
func TestResume(t *testing.T) {
	workIn(t)
	args := func(out string, more ...string) []string {
		return append([]string{"run", "small.toml", "--variant", "base", "--ledger", "--out", out}, more...)
	}
	seatcast(t, exitDone, args("want", "--quiet")...)
	want := mustTree(t, "want")
	for n := 1; n < 20; n++ { // the bar is gone at the last one
		out := fmt.Sprintf("stopped%d/out", n)
		ctx, cancel := context.WithCancel(t.Context())
		stderr := &stopper{after: n, stop: cancel}
		code := run(ctx, args(out, "--progress", "--workers", strconv.Itoa(1+n%3)), &bytes.Buffer{}, stderr)
		cancel()
		if code != exitFailed || !strings.Contains(stderr.text.String(), "seatcast run: stopped; nothing is written\n") { // all is one shard

			t.Fatalf("stopped after %d: exit code %d, stderr %q", n, code, stderr.text.String())
		}
		wantFiles(t, filepath.Dir(out))
		seatcast(t, exitDone, args(out, "--quiet", "--resume")...)
		wantSame(t, fmt.Sprintf("stopped after %d", n), mustTree(t, out), want)
		wantFiles(t, filepath.Dir(out), "out")
	}
}

// wantFiles demands that a folder holds these names and nothing else.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

// many are replications of small.toml that make several shards.
const many = "4500"

// stoppedStudy runs small.toml until it is stopped in the middle, and returns the
// study folder that it leaves.
func stoppedStudy(t *testing.T, out string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stderr := &stopper{after: 8500, stop: cancel}
	run(ctx, []string{"run", "small.toml", "--replications", many, "--out", out, "--progress"}, &bytes.Buffer{}, stderr)
	if !strings.Contains(stderr.text.String(), "stopped with 8192 of 9000 replications finished; the same command with --resume carries on\n") {
		t.Fatalf("stderr %q", stderr.text.String())
	}
	return mustTree(t, "."+out+".study")
}

// TestResumeDamaged carries on from summaries that were cut short, damaged, or are of
// another shard: what is sound is used, and the rest is simulated again.
func TestResumeDamaged(t *testing.T) {
	workIn(t)
	seatcast(t, exitDone, "run", "small.toml", "--replications", many, "--out", "want", "--quiet")
	want := mustTree(t, "want")
	stopped := stoppedStudy(t, "out")
	first := stopped["round-1/shard-0"]
	for name, damaged := range map[string]string{
		"empty": "", "in the head": first[:30], "in the middle": first[:len(first)/2], "at the end": first[:len(first)-1],
		"more": first + "more", "flipped": first[:1000] + string(first[1000]^0x40) + first[1001:], "another": stopped["round-1/shard-1"],
	} {
		write1(t, ".out.study/round-1/shard-0", damaged)
		stdout, _ := seatcast(t, exitBroken, "study", "status", "--dir", ".out.study")
		if stdout != "round 1: 1 of 3 shards done; missing 0,2\n" {
			t.Errorf("%s: status says %q", name, stdout)
		}
	}
	write1(t, ".out.study/round-1/shard-0", first[:len(first)/2])
	seatcast(t, exitDone, "run", "small.toml", "--replications", many, "--out", "out", "--quiet", "--resume")
	wantSame(t, "one damaged", mustTree(t, "out"), want)
	for file, data := range stopped {
		write1(t, filepath.Join(".out.study", file), data)
	}
	write1(t, ".out.study/round-1/shard-0", stopped["round-1/shard-1"])
	write1(t, ".out.study/round-1/shard-1", stopped["round-1/shard-1"]+"more")
	seatcast(t, exitDone, "run", "small.toml", "--replications", many, "--out", "out", "--quiet", "--resume")
	wantSame(t, "all damaged", mustTree(t, "out"), want)
	wantFiles(t, ".", "out", "small.toml", "want")
}

// TestResumeOther refuses to carry on with another study, and keeps it.
func TestResumeOther(t *testing.T) {
	workIn(t)
	stopped := stoppedStudy(t, "out")
	for _, other := range [][]string{
		{"--seed", "8"}, {"--replications", "21"}, {"--variant", "base"}, {"--set", "tenants.acme.pools.premium.seats=7"},
	} {
		_, stderr := seatcast(t, exitWrong, append([]string{"run", "small.toml", "--replications", many, "--out", "out", "--resume"}, other...)...)
		if !strings.Contains(stderr, ".out.study: it belongs to another study; run without --resume to start anew\n") {
			t.Errorf("%v: stderr %q", other, stderr)
		}
		wantSame(t, "the refused study", mustTree(t, ".out.study"), stopped)
		wantFiles(t, ".", ".out.study", "small.toml")
	}
	seatcast(t, exitDone, "run", "small.toml", "--out", "out", "--quiet")
	wantFiles(t, ".", "out", "small.toml")
}

// TestKill stops the program as the system does, with a signal that it can't
// handle and with those that it does, and carries on.
func TestKill(t *testing.T) {
	workIn(t)
	args := []string{"run", "small.toml", "--replications", "20000", "--variant", "base"}
	seatcast(t, exitDone, append(args, "--out", "want", "--quiet")...)
	want := mustTree(t, "want")
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM} {
		dir := "stopped-by-" + strconv.Itoa(int(signal))
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, "out")
		code, stderr := signalled(t, signal, filepath.Join(dir, ".out.study"), append(args, "--out", out)...)
		if signal != syscall.SIGKILL && (code != exitFailed || !strings.Contains(stderr, "of 20000 replications finished; the same command with --resume carries on")) {
			t.Errorf("%v: exit code %d, stderr %q", signal, code, stderr)
		}
		wantFiles(t, dir, ".out.study")
		seatcast(t, exitDone, append(args, "--out", out, "--quiet", "--resume")...)
		wantSame(t, signal.String(), mustTree(t, out), want)
		wantFiles(t, dir, "out")
	}
}

// signalled starts the command as a process of its own, sends it a signal when its
// study has a summary, and returns how it ended.
func signalled(t *testing.T, signal syscall.Signal, folder string, args ...string) (code int, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "seatcast", args...) // TestMain put it on the path
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if done, _ := filepath.Glob(filepath.Join(folder, "round-*", "shard-*")); len(done) > 0 {
			break
		}
		if time.Now().After(deadline) {
			cmd.Process.Kill()
			t.Fatalf("no summary came in a minute; stderr %q", errs.String())
		}
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatalf("the run ended too early: %v", err)
	}
	cmd.Wait()
	return cmd.ProcessState.ExitCode(), errs.String()
}
