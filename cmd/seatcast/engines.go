package main

import (
	"context"
	"errors"
	"fmt"

	"seatcast/cmd/seatcast/study"
)

// engines returns the values of --on.
func engines() []string { return []string{onLocal, "slurm", "kubernetes"} }

// A job is what an engine is to run: this program, once for each part that is missing.
type job struct {
	Name, Dir string
	Parts     int
}

// A runner has the missing parts of a job run, and returns when missing says that
// there are none.
type runner func(ctx context.Context, j job, missing func() ([]int, error)) error

// A remote is the Executor of an engine.
type remote struct {
	run   runner
	parts int
	step  func(int)
}

func newRemote(c *call, x *execution, opt runOptions) study.Executor {
	run := func(context.Context, job, func() ([]int, error)) error {
		return fmt.Errorf("--on %s is not there in this build", opt.on)
	}
	return remote{run, opt.parts, x.bar.Step}
}

// Compute submits the parts of a round whose shards are missing, and waits for them by
// looking at their summaries.
func (x remote) Compute(ctx context.Context, f *study.Folder, r *study.Round, missing []int) error {
	left := missing
	parts := min(x.parts, r.Shards())
	err := x.run(ctx, job{f.Plan.Scenarios[0], f.Dir, parts}, func() ([]int, error) {
		now, err := f.Left(r, left)
		if err != nil {
			return nil, err
		}
		x.step(r.Replications(left) - r.Replications(now))
		left = now
		return partsOf(left, parts), nil
	})
	if err != nil && len(left) > 0 && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w; shards %s of round %d are missing, the first %s, seed %d", err, study.Ranges(left), r.Number, r.Names(left[0]), f.Plan.Seed)
	}
	return err
}

// partsOf returns the parts of n that some shards are in: part i has the shards i,
// i+n, i+2n…
func partsOf(shards []int, n int) (parts []int) {
	in := make([]bool, n)
	for _, s := range shards {
		in[s%n] = true
	}
	for i := range in {
		if in[i] {
			parts = append(parts, i)
		}
	}
	return parts
}
