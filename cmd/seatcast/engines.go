package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"seatcast/cmd/seatcast/engine"
	"seatcast/cmd/seatcast/study"
)

// onLocal is the value of --on that is this process.
const onLocal = "local"

// onSlurm and onKubernetes are schedulers.
const (
	onSlurm      = "slurm"
	onKubernetes = "kubernetes"
)

// engineOptions are the flags of an engine.
type engineOptions struct {
	on         string
	parts      int
	memory     int // MiB
	stall      time.Duration
	kubernetes engine.Kubernetes
}

// onFlags adds the flags of an engine.
func onFlags(flags *flag.FlagSet, opt *engineOptions) {
	opt.on = onLocal
	flags.Func("on", "simulate on `ENGINE`: local (this process, the default), slurm or kubernetes", func(s string) error {
		if known := []string{onLocal, onSlurm, onKubernetes}; !slices.Contains(known, s) {
			return fmt.Errorf("want one of %s", strings.Join(known, ", "))
		}
		opt.on = s
		return nil
	})
	flags.IntVar(&opt.parts, "parts", 8, "on an engine, share the work among `N` processes")
	flags.IntVar(&opt.memory, "memory", 0, "on an engine, give each process `N` MiB (default 1024)")
	flags.DurationVar(&opt.stall, "stall", 0, "on an engine, give up when nothing is finished for `TIME` (default 24h on slurm, where parts may wait in a queue, 1h on kubernetes)")
	flags.StringVar(&opt.kubernetes.Image, "image", "", "on kubernetes, the `IMAGE` that holds seatcast")
	flags.Func("volume", "on kubernetes, `CLAIM:MOUNT`: the claim of the volume that the study folder is on, and where it is mounted", func(s string) error {
		claim, mount, ok := strings.Cut(s, ":")
		if !ok {
			return errors.New("want CLAIM:MOUNT, as studies:/studies")
		}
		opt.kubernetes.Claim, opt.kubernetes.Mount = claim, mount
		return nil
	})
	flags.Func("user", "on kubernetes, run as `UID:GID`, which must be able to write the study folder (default 65532:65532)", func(s string) error {
		uid, gid, _ := strings.Cut(s, ":")
		u, err1 := strconv.ParseInt(uid, 10, 32)
		g, err2 := strconv.ParseInt(gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil || u < 1 || g < 1 {
			return errors.New("want UID:GID, as 1000:1000, and not root")
		}
		opt.kubernetes.UID, opt.kubernetes.GID = int(u), int(g)
		return nil
	})
	flags.StringVar(&opt.kubernetes.Namespace, "namespace", "", "on kubernetes, the `NAMESPACE` (default that of the context)")
}

// check reports what is wrong with the flags.
func (o engineOptions) check() error {
	switch {
	case o.parts < 1:
		return fmt.Errorf("--parts %d: want 1 or more", o.parts)
	case o.memory < 0:
		return fmt.Errorf("--memory %d: want 1 or more", o.memory)
	case o.stall < 0:
		return fmt.Errorf("--stall %v: want a time such as 2h", o.stall)
	case o.on == onKubernetes && (o.kubernetes.Image == "" || o.kubernetes.Claim == ""):
		return errors.New("--on kubernetes needs --image IMAGE, which holds seatcast, and --volume CLAIM:MOUNT, where the study folder is")
	}
	return nil
}

// engine returns the scheduler that the flags name.
func (o engineOptions) engine() engine.Engine {
	if o.on == onKubernetes {
		return o.kubernetes
	}
	return engine.Slurm{}
}

// stallTime returns after how long without a result a job is given up.
func (o engineOptions) stallTime() time.Duration {
	switch {
	case o.stall > 0:
		return o.stall
	case o.on == onKubernetes:
		return time.Hour
	}
	return 24 * time.Hour
}

// job returns the job of the parts of a round whose shards are missing.
func (o engineOptions) job(f *study.Folder, r *study.Round, missing []int) (engine.Job, error) {
	dir, err := filepath.Abs(f.Dir)
	if err != nil {
		return engine.Job{}, err
	}
	program := imageProgram
	if o.on == onSlurm {
		if program, err = os.Executable(); err != nil {
			return engine.Job{}, fmt.Errorf("where this program is: %w", err)
		}
	}
	parts := min(o.parts, r.Shards())
	name := strings.TrimSuffix(filepath.Base(f.Plan.Scenarios[0]), ".toml")
	return engine.Job{Name: name, Plan: f.Plan.Hash(), Dir: dir, Program: program, Args: []string{"study", "shard", "--workers=1", "--dir", dir},
		Parts: parts, Missing: partsOf(missing, parts), Resources: engine.Resources{Memory: o.memory}}, nil
}

// imageProgram is where an image has the program: see engine/Containerfile.
const imageProgram = "/seatcast"

// A remote is the Executor of an engine.
type remote struct {
	engineOptions
	step func(int)
}

// Compute submits the parts of a round whose shards are missing, and waits for them by
// looking at their summaries.
func (x remote) Compute(ctx context.Context, f *study.Folder, r *study.Round, missing []int, _ study.ShardSink) error {
	job, err := x.job(f, r, missing)
	if err != nil {
		return err
	}
	left := missing
	err = engine.Run(ctx, x.engine(), job, func() ([]int, int, error) {
		now, err := f.Left(r, left)
		if err != nil {
			return nil, 0, err
		}
		x.step(r.Replications(left) - r.Replications(now))
		left = now
		return partsOf(left, job.Parts), len(left), nil
	}, engine.Options{Stall: x.stallTime()})
	if gaveUp := (*engine.Unfinished)(nil); errors.As(err, &gaveUp) {
		return fmt.Errorf("%w; shards %s of round %d are missing, the first %s, seed %d", err, study.Ranges(left), r.Number, r.Names(left[0]), f.Plan.Seed)
	}
	return err
}

// A dryRun is the Executor that only shows what would be submitted.
type dryRun struct {
	engineOptions
	call *call
}

// Compute prints the script of the first round that is not complete.
func (x dryRun) Compute(_ context.Context, f *study.Folder, r *study.Round, missing []int, _ study.ShardSink) error {
	job, err := x.job(f, r, missing)
	if err != nil {
		return err
	}
	script, err := x.engine().Script(job)
	if err != nil {
		return wrongError{err}
	}
	if _, err := x.call.stdout.Write(script); err != nil {
		return err
	}
	return errShown
}

// errShown ends a dry run.
var errShown = errors.New("shown, not submitted")

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
