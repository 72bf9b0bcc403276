package engine

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var full = flag.Bool("full", false, "also kill a node, which takes minutes")

// A program is seatcast, built for a test, with a study that is computed on this machine:
// what every engine must match to the byte.
type program struct {
	file  string
	local map[string]string // the result folder
}

// ofStudy are the words of the study: six shards of about half a second.
var ofStudy = []string{"first-year", "--replications=9000"}

func newProgram(t *testing.T) program {
	t.Helper()
	p := program{file: filepath.Join(t.TempDir(), "seatcast")}
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", p.file, "seatcast/cmd/seatcast").CombinedOutput(); err != nil {
		t.Fatalf("building seatcast: %v\n%s", err, out)
	}
	dir := t.TempDir()
	p.do(t, dir, slices.Concat([]string{"run"}, ofStudy, []string{"--out=results"})...)
	p.local = results(t, dir)
	return p
}

// start starts the program in a folder. It is given five minutes, which no study here
// takes by far.
func (p program) start(t *testing.T, dir string, args ...string) (cmd *exec.Cmd, said *bytes.Buffer) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(stop)
	cmd, said = exec.CommandContext(ctx, p.file, args...), &bytes.Buffer{}
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, said, said, time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, said
}

// do runs the program in a folder, which must do well.
func (p program) do(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd, said := p.start(t, dir, args...)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("seatcast %s: %v\n%s", strings.Join(args, " "), err, said)
	}
}

// prepare makes a study folder, which is called study, in a new folder.
func (p program) prepare(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	p.do(t, dir, slices.Concat([]string{"study", "prepare"}, ofStudy, []string{"--out=study"})...)
	return dir
}

// submit are the words that have a study computed by two processes.
var submit = []string{"study", "submit", "--on=slurm", "--parts=2", "--memory=256", "--dir=study", "--out=results"}

// same reports in which files the results of a folder differ from the local ones.
func (p program) same(t *testing.T, dir string) {
	t.Helper()
	got := results(t, dir)
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(p.local))) {
		t.Errorf("the files are %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(p.local)))
	}
	for name, data := range got {
		if data != p.local[name] {
			t.Errorf("%s is not that of --on local", name)
		}
	}
}

// results reads the result folder of a folder.
func results(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	tree := os.DirFS(filepath.Join(dir, "results"))
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		files[name] = string(data)
		return err
	})
	if err != nil || len(files) < 5 {
		t.Fatalf("results of %d files: %v", len(files), err)
	}
	return files
}

// summaries returns the summaries of the first round by their names.
func summaries(t *testing.T, dir string) map[string]os.FileInfo {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "study", "round-1", "shard-*"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]os.FileInfo{}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			found[filepath.Base(name)] = info
		}
	}
	return found
}

// kept reports summaries of before that were written again.
func kept(t *testing.T, dir string, before map[string]os.FileInfo) {
	t.Helper()
	after := summaries(t, dir)
	for name, info := range before {
		if after[name] == nil || !os.SameFile(info, after[name]) || !info.ModTime().Equal(after[name].ModTime()) {
			t.Errorf("%s was sound and is computed again", name)
		}
	}
}

// some waits until some summaries of a study are there.
func some(t *testing.T, dir string) {
	t.Helper()
	if !within(2*time.Minute, func() bool { return len(summaries(t, dir)) > 0 }) {
		logs, _ := os.ReadFile(filepath.Join(dir, "study", "logs", "part-0.log"))
		t.Fatalf("no summary within two minutes\n%s", logs)
	}
}

// A worker is a process that computes a part.
type worker struct {
	pid, parent, part int
	node              string
}

// workers returns the processes that compute parts of the study of a folder.
func workers(dir string) (found []worker) {
	names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range names {
		line, _ := os.ReadFile(name)
		if !bytes.Contains(line, []byte("\x00study\x00shard\x00")) || !bytes.Contains(line, []byte("\x00"+filepath.Join(dir, "study")+"\x00")) {
			continue
		}
		proc := filepath.Dir(name)
		environ, _ := os.ReadFile(filepath.Join(proc, "environ"))
		w := worker{part: -1}
		w.pid, _ = strconv.Atoi(filepath.Base(proc))
		for _, entry := range strings.Split(string(environ), "\x00") {
			if node, ok := strings.CutPrefix(entry, "SLURMD_NODENAME="); ok {
				w.node = node
			} else if part, ok := strings.CutPrefix(entry, "SLURM_ARRAY_TASK_ID="); ok {
				w.part, _ = strconv.Atoi(part)
			}
		}
		status, _ := os.ReadFile(filepath.Join(proc, "status"))
		if _, after, ok := strings.Cut(string(status), "PPid:\t"); ok {
			fmt.Sscan(after, &w.parent)
		}
		found = append(found, w)
	}
	return found
}

// realStudies runs a study of a built-in scenario, which must come to the bytes of --on
// local, and compute nothing again that was sound: undisturbed, and disturbed.
func realStudies(t *testing.T) {
	p := newProgram(t)
	t.Run("undisturbed", func(t *testing.T) {
		dir := t.TempDir()
		p.do(t, dir, slices.Concat([]string{"run"}, ofStudy, []string{"--out=results", "--on=slurm", "--parts=2", "--memory=256"})...)
		p.same(t, dir)
	})
	t.Run("round by round", func(t *testing.T) {
		adaptive, dir, local := []string{"run", "first-year", "--precision=0.03", "--out=results"}, t.TempDir(), t.TempDir()
		p.do(t, local, adaptive...)
		p.do(t, dir, append(adaptive, "--on=slurm", "--parts=2", "--memory=256")...)
		program{local: results(t, local)}.same(t, dir)
	})
	t.Run("worker killed", func(t *testing.T) { workerKilled(t, p) })
	t.Run("cancelled and resumed", func(t *testing.T) { cancelled(t, p) })
	t.Run("a summary spoilt", func(t *testing.T) { spoilt(t, p) })
}

// workerKilled kills a worker by a signal that nothing can catch, while shards of its part are missing.
func workerKilled(t *testing.T, p program) {
	dir := p.prepare(t)
	cmd, said := p.start(t, dir, submit...)
	some(t, dir)
	for _, w := range workers(dir) {
		syscall.Kill(w.pid, syscall.SIGSTOP) // now its summaries are those it will leave
		if before := summaries(t, dir); before[fmt.Sprintf("shard-%d", 4+w.part)] == nil {
			syscall.Kill(w.pid, syscall.SIGKILL)
			t.Logf("killed part %d with %d of 6 summaries there", w.part, len(before))
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			kept(t, dir, before)
			p.same(t, dir)
			return
		}
		syscall.Kill(w.pid, syscall.SIGCONT)
	}
	cmd.Wait()
	t.Skip("the workers were done before one could be killed")
}

// cancelled stops a study as Ctrl-C does, and calls it again.
func cancelled(t *testing.T, p program) {
	dir := p.prepare(t)
	cmd, said := p.start(t, dir, submit...)
	some(t, dir)
	cmd.Process.Signal(os.Interrupt)
	err := cmd.Wait()
	if err == nil {
		t.Skip("the study was done before it could be cancelled")
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(said.String(), "the same command carries on") {
		t.Fatalf("%v\n%s", err, said)
	}
	if !within(30*time.Second, func() bool { return len(workers(dir)) == 0 }) {
		t.Error("workers go on though the study was cancelled")
	}
	before := summaries(t, dir)
	t.Logf("stopped with %d of 6 summaries there", len(before))
	p.do(t, dir, submit...)
	kept(t, dir, before)
	p.same(t, dir)
}

// spoilt truncates a summary of a study that is done, and has one of another plan in the
// place of another.
func spoilt(t *testing.T, p program) {
	dir := p.prepare(t)
	p.do(t, dir, "study", "shard", "--dir=study")
	other := t.TempDir()
	p.do(t, other, "study", "prepare", "first-year", "--replications=1600", "--seed=2", "--out=study")
	p.do(t, other, "study", "shard", "--dir=study")
	before := summaries(t, dir)
	delete(before, "shard-2")
	delete(before, "shard-5")
	round := filepath.Join(dir, "study", "round-1")
	if err := os.Truncate(filepath.Join(round, "shard-2"), 10_000); err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(filepath.Join(other, "study", "round-1", "shard-0"))
	if err == nil {
		err = os.WriteFile(filepath.Join(round, "shard-5"), foreign, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd, said := p.start(t, dir, "study", "status", "--dir=study")
	err = cmd.Wait()
	for _, want := range []string{"4 of 6 shards done; missing 2,5", "shard-2: ", "shard-5: the summary is of another plan"} {
		if err == nil || !strings.Contains(said.String(), want) {
			t.Errorf("status says %v: %s; want %q", err, said, want)
		}
	}
	p.do(t, dir, submit...)
	kept(t, dir, before)
	p.same(t, dir)
}

// TestSlurmNodeKilled kills a node of a Slurm with all that runs there. Slurm takes the
// part elsewhere, after its timeout and two minutes in which it holds what it requeues.
func TestSlurmNodeKilled(t *testing.T) {
	if !*full {
		t.Skip("takes minutes: -full")
	}
	nodes := slurm(t, "SlurmdTimeout=5")
	p := newProgram(t)
	dir := p.prepare(t)
	cmd, said := p.start(t, dir, submit...)
	some(t, dir)
	running := workers(dir)
	if len(running) == 0 {
		t.Fatal("no worker is left to kill")
	}
	dead := running[0].node
	nodes[dead].Process.Kill()
	for _, w := range running {
		if w.node == dead {
			syscall.Kill(w.parent, syscall.SIGKILL) // slurmstepd, which would tell
			syscall.Kill(w.pid, syscall.SIGKILL)
		}
	}
	before := summaries(t, dir)
	t.Logf("killed node %s with %d of 6 summaries there", dead, len(before))
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	kept(t, dir, before)
	p.same(t, dir)
}
