package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// A fake is an engine whose job lives for some polls, and finishes in each round what fate says.
type fake struct {
	fate      func(round int, part int) bool
	life      int // polls that a job is alive
	refuses   error
	deaf      bool
	submitted [][]int
	done      map[int]bool
	left      int
	cancelled int
}

func (f *fake) Name() string               { return "fake" }
func (f *fake) Script(Job) ([]byte, error) { return nil, nil }
func (f *fake) Logs(Job) string            { return "the logs" }
func (f *fake) Submit(_ context.Context, job Job) error {
	if f.refuses != nil {
		return f.refuses
	}
	f.submitted = append(f.submitted, slices.Clone(job.Missing))
	f.left = f.life
	for _, p := range job.Missing {
		if f.fate(len(f.submitted), p) {
			f.done[p] = true
		}
	}
	return nil
}

func (f *fake) Alive(context.Context, Job) (bool, error) {
	if f.deaf && len(f.submitted) > 0 {
		return false, errors.New("no answer")
	}
	f.left--
	return f.left >= 0, nil
}

func (f *fake) Cancel(ctx context.Context, _ Job) error {
	f.cancelled++
	return ctx.Err()
}

func (f *fake) missing() (parts []int, shards int, err error) {
	for p := range 8 {
		if !f.done[p] {
			parts = append(parts, p)
		}
	}
	return parts, len(parts), nil
}

// runFake runs eight parts, with a clock that only counts.
func runFake(ctx context.Context, f *fake, opt Options) error {
	f.done = map[int]bool{}
	if opt.Wait == nil {
		opt.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	return Run(ctx, f, Job{Name: "fake", Parts: 8}, f.missing, opt)
}

func TestRunResubmitsWhatIsMissing(t *testing.T) {
	f := &fake{life: 3, fate: func(round, p int) bool { return round == 2 || p != 3 && p != 7 }}
	if err := runFake(t.Context(), f, Options{}); err != nil {
		t.Fatal(err)
	}
	if len(f.submitted) != 2 || len(f.submitted[0]) != 8 || !slices.Equal(f.submitted[1], []int{3, 7}) || f.cancelled != 0 {
		t.Errorf("submitted %v, cancelled %d times", f.submitted, f.cancelled)
	}
}

func TestRunGivesUp(t *testing.T) {
	f := &fake{fate: func(_, p int) bool { return p != 5 }}
	err := runFake(t.Context(), f, Options{})
	var unfinished *Unfinished
	if !errors.As(err, &unfinished) || !slices.Equal(unfinished.Missing, []int{5}) || len(f.submitted) != 5 || !strings.Contains(err.Error(), "5 rounds: of 8 parts, 5 did") {
		t.Errorf("%v, submitted %v", err, f.submitted)
	}
}

// TestRunStalls: a job that says it is alive, and finishes nothing more, is given up and left alone.
func TestRunStalls(t *testing.T) {
	f := &fake{life: 1 << 30, fate: func(_, p int) bool { return p < 6 }}
	polls := 0
	err := runFake(t.Context(), f, Options{Stall: time.Minute, Poll: time.Second, Wait: func(ctx context.Context, _ time.Duration) error {
		if polls++; polls == 50 {
			f.done[6] = true // something goes on
		}
		return ctx.Err()
	}})
	var unfinished *Unfinished
	if !errors.As(err, &unfinished) || !slices.Equal(unfinished.Missing, []int{7}) || polls != 50+60 || f.cancelled != 0 ||
		!strings.Contains(err.Error(), "nothing was finished in 1m0s: of 8 parts, 7 ") {
		t.Errorf("%v after %d polls, cancelled %d times", err, polls, f.cancelled)
	}
}

func TestRunRefused(t *testing.T) {
	no := errors.New("no such partition")
	if err := runFake(t.Context(), &fake{refuses: no}, Options{}); !errors.Is(err, no) {
		t.Error(err)
	}
}

func TestRunNoAnswer(t *testing.T) {
	f := &fake{deaf: true, fate: func(int, int) bool { return false }}
	if err := runFake(t.Context(), f, Options{}); err == nil || !strings.Contains(err.Error(), "31 times") || f.cancelled != 0 || len(f.submitted) != 1 {
		t.Error(err, f.cancelled, f.submitted)
	}
}

// TestRunWatches: a job that an earlier call left alive is not submitted again.
func TestRunWatches(t *testing.T) {
	f := &fake{life: 2, left: 4, fate: func(int, int) bool { return true }}
	var rounds []int
	if err := runFake(t.Context(), f, Options{Progress: func(p Progress) { rounds = append(rounds, p.Round) }}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rounds, []int{0, 0, 0, 0, 0, 0, 1}) || len(f.submitted) != 1 {
		t.Errorf("rounds %v, submitted %v", rounds, f.submitted)
	}
}

func TestRunCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fake{life: 1000, fate: func(_, p int) bool { return p < 3 }}
	polls := 0
	err := runFake(ctx, f, Options{Wait: func(ctx context.Context, _ time.Duration) error {
		if polls++; polls == 3 {
			cancel()
		}
		return ctx.Err()
	}})
	if !errors.Is(err, context.Canceled) || f.cancelled != 1 || !strings.Contains(err.Error(), "3 of 8 parts") {
		t.Errorf("%v; cancelled %d times", err, f.cancelled)
	}
}
