// Package engine runs the parts of a study on the scheduler that its owner already
// has, and knows nothing of what a part computes.
//
// An engine starts one process for each part and tells it its number; [Part] reads
// that. What is done is what the study folder says, never what an engine says: engines
// lose nodes, report success of processes that wrote nothing, and failure of those that
// wrote all. So [Run] asks an engine one thing only, whether the job is still alive, and
// submits again what is missing when it is not.
package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// An Engine runs jobs. A study has one job at a time on an engine, found by its name.
type Engine interface {
	// Name is what --on calls the engine.
	Name() string
	// Script returns what Submit hands to the engine, for a person to read or to submit.
	Script(Job) ([]byte, error)
	// Submit starts the missing parts, in place of any job of the study that is left over.
	Submit(context.Context, Job) error
	// Alive says whether some part may still be waiting or running. It says nothing of success.
	Alive(context.Context, Job) (bool, error)
	// Cancel ends the job; parts that are done stay done. There may be none.
	Cancel(context.Context, Job) error
	// Logs tells a person where the parts of a job say what happened.
	Logs(Job) string
}

// Progress is the state of a run.
type Progress struct {
	Round   int   // from 1; 0 while a job of an earlier call is watched
	Missing []int // parts
	Parts   int
}

// Options of a run. The zero value is useful.
type Options struct {
	Rounds   int                                        // submissions before giving up; 0: 5
	Poll     time.Duration                              // between two looks at the study folder; 0: 2 s
	Stall    time.Duration                              // without a shard that is finished, before giving up on a job that says it is alive; 0: never
	Wait     func(context.Context, time.Duration) error // returns the context's error when that ends first; nil: by the clock on the wall
	Progress func(Progress)                             // called after every look; may be nil
}

// Times that a run allows an engine.
const (
	deafPolls  = 30               // looks in a row at which an engine may not answer before that is an error
	cancelTime = 30 * time.Second // to cancel a job
)

// An Unfinished error says that a study was not completed by its rounds of submission,
// or that its job, which is left as it is, came to a stall.
type Unfinished struct {
	Missing []int // parts
	Parts   int
	Rounds  int
	Stall   time.Duration // 0: none
	Logs    string
}

func (e *Unfinished) Error() string {
	if e.Stall > 0 {
		return fmt.Sprintf("gave up, for nothing was finished in %v: of %d parts, %s are waiting or running; the job is left as it is, and the same command watches it again; see %s",
			e.Stall, e.Parts, formatParts(e.Missing), e.Logs)
	}
	return fmt.Sprintf("gave up after %s: of %d parts, %s did not finish; see %s", count(e.Rounds, "round"), e.Parts, formatParts(e.Missing), e.Logs)
}

// Run has an engine compute the missing parts of a job until missing, which looks
// into the study folder, returns none. Beside the parts, missing returns how many shards
// they lack, by which Run sees that something is going on. A job of this study that is already alive is
// watched, not submitted twice. When a round is over and parts are missing, these are
// submitted again, in at most opt.Rounds rounds: a part that fails each time is not
// worth more, and the error, an [*Unfinished], names it. When the context ends the job
// is cancelled on the engine.
func Run(ctx context.Context, e Engine, job Job, missing func() (parts []int, shards int, err error), opt Options) error {
	if opt.Rounds == 0 {
		opt.Rounds = 5
	}
	if opt.Poll == 0 {
		opt.Poll = 2 * time.Second
	}
	if opt.Wait == nil {
		opt.Wait = wait
	}
	r := &rounds{Options: opt, engine: e, job: job, missing: missing}
	err := r.run(ctx)
	if ctx.Err() == nil {
		return err
	}
	if err == nil {
		return nil // done just before
	}
	return r.cancel(ctx)
}

// rounds are a run under way.
type rounds struct {
	Options
	engine  Engine
	job     Job
	missing func() (parts []int, shards int, err error)
	round   int
	shards  int           // that were missing at the last look
	still   time.Duration // since which that number is the same
}

func (r *rounds) run(ctx context.Context) error {
	if done, err := r.look(); done || err != nil {
		return err
	}
	alive, err := r.engine.Alive(ctx, r.job)
	if err != nil {
		return fmt.Errorf("%s: is the job alive: %w", r.engine.Name(), err)
	}
	for {
		if !alive {
			if r.round == r.Rounds {
				return &Unfinished{Missing: r.job.Missing, Parts: r.job.Parts, Rounds: r.round, Logs: r.engine.Logs(r.job)}
			}
			r.round++
			if err := r.engine.Submit(ctx, r.job); err != nil {
				return fmt.Errorf("%s: submit %s: %w", r.engine.Name(), count(len(r.job.Missing), "part"), err)
			}
		}
		if done, err := r.watch(ctx); done || err != nil {
			return err
		}
		alive = false
	}
}

// watch polls until all is done or the job is over.
func (r *rounds) watch(ctx context.Context) (done bool, err error) {
	for deaf, over := 0, false; ; {
		if err := r.Wait(ctx, r.Poll); err != nil {
			return false, err
		}
		r.still += r.Poll
		if done, err := r.look(); done || err != nil {
			return done, err
		}
		if over {
			return false, nil // also at the look after the end, which gives a shared folder time to show the last files
		}
		if r.Stall > 0 && r.still >= r.Stall {
			return false, &Unfinished{Missing: r.job.Missing, Parts: r.job.Parts, Rounds: r.round, Stall: r.Stall, Logs: r.engine.Logs(r.job)}
		}
		alive, err := r.engine.Alive(ctx, r.job)
		switch {
		case err == nil:
			deaf, over = 0, !alive
		case deaf == deafPolls:
			return false, fmt.Errorf("%s does not say whether the job is alive, %d times in a row; the job is left as it is, and the same command goes on with it: %w",
				r.engine.Name(), deaf+1, err)
		default:
			deaf++
		}
	}
}

// look asks the study folder what is missing.
func (r *rounds) look() (done bool, err error) {
	parts, shards, err := r.missing()
	if err != nil {
		return false, fmt.Errorf("what is missing: %w", err)
	}
	if shards != r.shards {
		r.shards, r.still = shards, 0
	}
	r.job.Missing = parts
	if r.Progress != nil {
		r.Progress(Progress{Round: r.round, Missing: parts, Parts: r.job.Parts})
	}
	return len(parts) == 0, nil
}

// cancel ends the job on its engine, although the context is over.
func (r *rounds) cancel(ctx context.Context) error {
	kind, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer stop()
	if err := r.engine.Cancel(kind, r.job); err != nil {
		return fmt.Errorf("%w; and the job may still run, for it could not be cancelled on %s: %w", context.Cause(ctx), r.engine.Name(), err)
	}
	return fmt.Errorf("%w; the job is cancelled on %s, and the same command goes on from the %d of %d parts that are done",
		context.Cause(ctx), r.engine.Name(), r.job.Parts-len(r.job.Missing), r.job.Parts)
}

// wait waits for a time, or for the end of the context.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// call runs a program of an engine and returns what it prints. An error has what it
// said, for that is what helps.
func call(ctx context.Context, dir, stdin, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdin, cmd.Env = dir, strings.NewReader(stdin), withoutParts(os.Environ())
	cmd.WaitDelay = time.Second
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is not installed here: %w", program, err)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(said.String()))
	}
	return out.String(), nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
