package engine

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"
)

// Slurm runs the missing parts as a job array, by the commands sbatch, squeue and
// scancel, which must be installed where the study is submitted. What a site wants
// besides, such as a partition, is said by the variables SBATCH_* of sbatch(1).
type Slurm struct{}

//go:embed slurm.sh
var slurmText string

// logs is the folder of the logs in a study folder.
const logs = "logs"

// Name is slurm.
func (Slurm) Name() string { return "slurm" }

// Script returns the script for sbatch. Names of folders stand only where the shell
// reads them, never in a line that sbatch reads, whose quoting is another.
func (Slurm) Script(job Job) ([]byte, error) {
	if err := job.check(); err != nil {
		return nil, err
	}
	if strings.ContainsAny(job.Dir, "\n\r%\\") {
		return nil, fmt.Errorf("the study folder %q has a line break, %% or \\ in its name, which Slurm takes for a pattern when it opens the logs there", job.Dir)
	}
	job.Resources = job.Resources.withDefaults()
	words := []string{shellQuote(job.Program)}
	for _, arg := range job.Args {
		words = append(words, shellQuote(arg))
	}
	return fill("slurm.sh", slurmText, template.FuncMap{"sh": shellQuote}, struct {
		Job
		ID, Array, Command string
		Minutes            int
	}{job, job.id(), formatParts(job.Missing), strings.Join(words, " "), int((job.Resources.Time + time.Minute - 1) / time.Minute)})
}

// Submit hands the script to sbatch, without waiting for the job: sbatch --wait looks
// too rarely, and says what Slurm thinks, not what the study folder has.
func (s Slurm) Submit(ctx context.Context, job Job) error {
	script, err := s.Script(job)
	if err != nil {
		return err
	}
	if err := s.Cancel(ctx, job); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(job.Dir, logs), 0o777); err != nil {
		return err
	}
	_, err = call(ctx, job.Dir, string(script), "sbatch", "--parsable")
	if err != nil && strings.Contains(err.Error(), "Invalid job array specification") {
		return fmt.Errorf("%w (does the cluster allow %d array tasks? MaxArraySize of scontrol show config; else cut the study into fewer parts)", err, job.Parts)
	}
	return err
}

// stuck are the reasons for which Slurm holds a task until a person acts.
var stuck = []string{"launch failed requeued held", "JobHeldAdmin", "JobHeldUser", "DependencyNeverSatisfied", "BadConstraints"}

// Alive is true while squeue lists a task of the job that is not held for good.
func (Slurm) Alive(ctx context.Context, job Job) (bool, error) {
	out, err := call(ctx, "", "", "squeue", "--me", "--noheader", "--name="+job.id(), "--format=%r")
	if err != nil {
		return false, err
	}
next:
	for line := range strings.Lines(out) {
		for _, reason := range stuck {
			if strings.Trim(line, "() \n") == reason {
				continue next
			}
		}
		return true, nil
	}
	return false, nil
}

// Cancel ends every job of the study. Slurm sends SIGTERM first, and SIGKILL after its KillWait.
func (Slurm) Cancel(ctx context.Context, job Job) error {
	_, err := call(ctx, "", "", "scancel", "--me", "--quiet", "--name="+job.id())
	return err
}

// Logs are in the study folder.
func (Slurm) Logs(job Job) string { return filepath.Join(job.Dir, logs, "part-*.log") }
