package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain is also the shard of a toy study, which follows the contract.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "toy-shard" {
		if err := toyShard(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// toyShard writes the file of its part, unless it is there. A file die-I in the folder
// kills part I once, by a signal that nothing can catch; always-I always; slow-I holds it up.
func toyShard(dir string) error {
	i, n, ok, err := Part(os.Getenv)
	if err != nil || !ok {
		return fmt.Errorf("part: %v, %w", ok, err)
	}
	at := func(name string) string { return filepath.Join(dir, fmt.Sprintf("%s-%d", name, i)) }
	if _, err := os.Stat(at("part")); err == nil {
		return nil
	}
	if _, err := os.Stat(at("always")); err == nil || os.Remove(at("die")) == nil {
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if _, err := os.Stat(at("slow")); err == nil {
		time.Sleep(time.Minute)
	}
	if err := os.WriteFile(at("new"), fmt.Appendf(nil, "%d of %d\n", i, n), 0o666); err != nil {
		return err
	}
	return os.Rename(at("new"), at("part"))
}

// slurm starts a Slurm of two virtual nodes, one and two, on the loopback interface, in a
// folder of its own and on ports of its own, and ends it with the test. Settings are
// further lines of slurm.conf. Where there is no Slurm, or it does not come to run a job,
// the test is skipped: that says nothing of us. It returns the daemons by node.
func slurm(t *testing.T, settings ...string) map[string]*exec.Cmd {
	t.Helper()
	for _, program := range []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no Slurm here: %v (Debian: slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins)", err)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("the daemons of Slurm run as root here, and this is not root")
	}
	dir, err := os.MkdirTemp("", "slurm") // short: sockets have short names
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	ports := freePorts(t, 3)
	host, _, _ = strings.Cut(host, ".")
	conf := fmt.Sprintf(`ClusterName=test
SlurmctldHost=%[2]s(127.0.0.1)
SlurmctldPort=%[3]d
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=%[1]s/munge
CryptoType=crypto/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=%[1]s/state
SlurmdSpoolDir=%[1]s/%%n
SlurmctldPidFile=%[1]s/ctld.pid
SlurmdPidFile=%[1]s/%%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_min_interval=10000
MpiDefault=none
ReturnToService=2
KillWait=2
NodeName=one NodeHostname=%[2]s NodeAddr=127.0.0.1 Port=%[4]d CPUs=2 RealMemory=4096
NodeName=two NodeHostname=%[2]s NodeAddr=127.0.0.1 Port=%[5]d CPUs=2 RealMemory=4096
PartitionName=all Nodes=one,two Default=YES State=UP
%[6]s
`, dir, host, ports[0], ports[1], ports[2], strings.Join(settings, "\n"))
	key := make([]byte, 1024)
	for i := range key {
		key[i] = byte(i * 7)
	}
	for name, data := range map[string][]byte{"slurm.conf": []byte(conf), "key": key} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, sub := range []string{"state", "one", "two"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SLURM_CONF", filepath.Join(dir, "slurm.conf"))
	daemon(t, dir, "munged", "--foreground", "--force", "--num-threads=2", "--key-file="+dir+"/key", "--socket="+dir+"/munge",
		"--pid-file="+dir+"/munge.pid", "--log-file="+dir+"/munge.log", "--seed-file="+dir+"/munge.seed")
	exists := func(name string) func() bool {
		return func() bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }
	}
	orSkip(t, dir, exists("munge"))
	daemon(t, dir, "slurmctld", "-D", "-i")
	nodes := map[string]*exec.Cmd{"one": daemon(t, dir, "slurmd", "-D", "-N", "one"), "two": daemon(t, dir, "slurmd", "-D", "-N", "two")}
	orSkip(t, dir, func() bool {
		out, err := exec.Command("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N").Output()
		return err == nil && len(strings.Fields(string(out))) == 2
	})
	out, err := exec.Command("sbatch", "--output=/dev/null", "--array=0-1", "--wrap", `touch "`+dir+`/ran-$SLURM_ARRAY_TASK_ID"`).CombinedOutput()
	if err != nil {
		t.Skipf("Slurm takes no job here: %v: %s", err, out)
	}
	orSkip(t, dir, exists("ran-0"))
	orSkip(t, dir, exists("ran-1"))
	return nodes
}

func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// daemon runs a program in a process group of its own until the test ends.
func daemon(t *testing.T, dir, program string, args ...string) *exec.Cmd {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(dir, "daemons.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		late := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		late.Stop()
	})
	return cmd
}

// orSkip waits for a Slurm to be ready, or skips the test.
func orSkip(t *testing.T, dir string, ready func() bool) {
	t.Helper()
	if !within(20*time.Second, ready) {
		log, _ := os.ReadFile(filepath.Join(dir, "daemons.log"))
		t.Skipf("Slurm does not come up here:\n%s", log)
	}
}

// within waits for something to be so, at most for a time.
func within(limit time.Duration, so func() bool) bool {
	for start := time.Now(); time.Since(start) < limit; time.Sleep(10 * time.Millisecond) {
		if so() {
			return true
		}
	}
	return so()
}

// TestSlurm runs studies on a real Slurm.
func TestSlurm(t *testing.T) {
	slurm(t)
	t.Run("toy", toyStudies)
	t.Run("study", realStudies)
}

// toyStudies runs a toy study: undisturbed and in a folder with a hostile name; a worker
// killed; a part that always fails; cancelled and resumed.
func toyStudies(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	toy := func(t *testing.T, name string, files ...string) (Job, func() ([]int, int, error)) {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(dir, f), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		return Job{Name: "toy", Dir: dir, Program: program, Args: []string{"toy-shard", dir}, Parts: 4, Resources: Resources{Memory: 64}},
			func() (parts []int, shards int, err error) {
				for i := range 4 {
					if data, _ := os.ReadFile(filepath.Join(dir, fmt.Sprintf("part-%d", i))); string(data) != fmt.Sprintf("%d of 4\n", i) {
						parts = append(parts, i)
					}
				}
				return parts, len(parts), nil
			}
	}
	rounds := 0
	opt := Options{Poll: 200 * time.Millisecond, Progress: func(p Progress) { rounds = p.Round }}
	t.Run("undisturbed", func(t *testing.T) {
		job, missing := toy(t, `it's $(HOME) "a" #é`)
		if err := Run(t.Context(), Slurm{}, job, missing, opt); err != nil || rounds != 1 {
			t.Errorf("%v after %d rounds", err, rounds)
		}
		if logs, _ := filepath.Glob(filepath.Join(job.Dir, "logs", "part-*.log")); len(logs) != 4 {
			t.Errorf("logs %v", logs)
		}
	})
	t.Run("worker killed", func(t *testing.T) {
		job, missing := toy(t, "study", "die-2")
		if err := Run(t.Context(), Slurm{}, job, missing, opt); err != nil || rounds != 2 {
			t.Errorf("%v after %d rounds", err, rounds)
		}
	})
	t.Run("always fails", func(t *testing.T) {
		job, missing := toy(t, "study", "always-1")
		few := opt
		few.Rounds = 2
		var unfinished *Unfinished
		if err := Run(t.Context(), Slurm{}, job, missing, few); !errors.As(err, &unfinished) || !slices.Equal(unfinished.Missing, []int{1}) {
			t.Error(err)
		}
	})
	t.Run("cancelled and resumed", func(t *testing.T) {
		job, missing := toy(t, "study", "slow-3")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		stop := opt
		stop.Progress = func(p Progress) {
			if slices.Equal(p.Missing, []int{3}) {
				cancel()
			}
		}
		if err := Run(ctx, Slurm{}, job, missing, stop); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if !within(20*time.Second, func() bool { alive, err := Slurm{}.Alive(t.Context(), job); return err == nil && !alive }) {
			t.Error("the job goes on")
		}
		if err := os.Remove(filepath.Join(job.Dir, "slow-3")); err != nil {
			t.Fatal(err)
		}
		if err := Run(t.Context(), Slurm{}, job, missing, opt); err != nil || rounds != 1 {
			t.Errorf("%v after %d rounds", err, rounds)
		}
	})
}
