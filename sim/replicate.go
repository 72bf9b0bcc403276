package sim

import (
	"context"
	"sync"

	"seatcast/sim/record"
)

// A Runner simulates replications of one World, one after the other. It keeps
// its memory between them, and is not safe for concurrent use.
type Runner struct {
	world *World
	runs  []*run
}

// NewRunner returns a Runner of w.
func NewRunner(w *World) *Runner {
	r := &Runner{world: w}
	for i := range w.Tenants {
		r.runs = append(r.runs, newRun(w, i))
	}
	return r
}

// Run simulates a replication, of a variant by its index in the study. The only
// error is that of a context that is done.
func (r *Runner) Run(ctx context.Context, variant, replication int, opt Options) (record.Record, error) {
	out := record.Record{Variant: variant, Replication: replication}
	for _, run := range r.runs {
		t, err := run.replicate(ctx, replication, opt)
		if err != nil {
			return out, err
		}
		out.Tenants = append(out.Tenants, t)
	}
	return out, nil
}

// A Job is one replication of one variant.
type Job struct {
	Variant, Replication int
}

// Plan returns the jobs of a study, from replication from up to, not including,
// to. Replications go round the variants in blocks, so that a study that is stopped
// has about as many of each, and a worker builds a variant's people once a block.
func Plan(variants, from, to int) (jobs []Job) {
	const block = 16
	for ; from < to; from += block {
		for v := range variants {
			for rep := from; rep < min(from+block, to); rep++ {
				jobs = append(jobs, Job{v, rep})
			}
		}
	}
	return jobs
}

// Replicate simulates jobs on a number of workers, and hands the records to emit
// in the order of the jobs, one at a time: how many workers there are, and which
// is faster, cannot show. worlds are the variants. It stops at the first error of
// emit, or when ctx is done; what has been emitted until then is a prefix of the
// whole.
func Replicate(ctx context.Context, worlds []*World, jobs []Job, workers int, emit func(record.Record) error) error {
	workers = max(1, min(workers, len(jobs)))
	ctx, cancel := context.WithCancel(ctx)
	var pool sync.WaitGroup
	defer pool.Wait()
	defer cancel()

	// A job in flight holds a token and owns a slot, where its record waits to be
	// emitted in turn.
	type result struct {
		record record.Record
		err    error
	}
	inFlight := 4 * workers
	tokens, work := make(chan struct{}, inFlight), make(chan int)
	slots := make([]chan result, inFlight)
	for i := range slots {
		slots[i] = make(chan result, 1)
	}
	pool.Go(func() {
		defer close(work)
		for i := range jobs {
			select {
			case tokens <- struct{}{}:
				work <- i
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		pool.Go(func() {
			var runner *Runner
			variant := -1
			for i := range work {
				if job := jobs[i]; job.Variant != variant {
					variant, runner = job.Variant, NewRunner(worlds[job.Variant])
				}
				out, err := runner.Run(ctx, variant, jobs[i].Replication, Options{})
				slots[i%inFlight] <- result{out, err}
			}
		})
	}
	for i := range jobs {
		if err := ctx.Err(); err != nil { // select may choose a record all the same
			return err
		}
		select {
		case r := <-slots[i%inFlight]:
			if r.err != nil {
				return r.err
			}
			if err := emit(r.record); err != nil {
				return err
			}
			<-tokens
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
