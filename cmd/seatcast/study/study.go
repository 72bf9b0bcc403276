// Package study keeps a study in a folder of summaries, so that it may be stopped, gone
// on with, and shared among machines. A verb asks for rounds of worlds; those parts of a
// round that have no sound summary are computed, here or elsewhere, and the records of
// all come back in the order of the plan. A verb that is started again asks for the
// same rounds, and finds them answered: that is retry, resume and duplicates in one rule.
package study

import (
	"context"
	"errors"
	"fmt"

	"seatcast/sim"
	"seatcast/sim/record"
)

// An Executor has the missing shards of a round computed. The plan of the round is in
// the folder. It returns when they are, or with an error; what is finished is kept. One
// that computes in this process hands the records to sink, in the order of the plan, so
// that they need not be read again; sink reads the summaries before them.
type Executor interface {
	Compute(ctx context.Context, f *Folder, r *Round, missing []int, sink ShardSink) error
}

// A ShardSink takes a record of a shard.
type ShardSink func(shard int, rec record.Record) error

// A Progress follows the replications of a study.
type Progress interface {
	Grow(n int) // so many more are wanted
	Step(n int) // so many more are finished
}

// A Study answers rounds out of its folder.
type Study struct {
	*Folder
	Executor
	Progress      Progress
	Wanted, Sound int // replications
	rounds        int
}

// Ask asks for the next round, and hands its records to sink in the order of the plan.
// The round is what Each reads them from again.
func (s *Study) Ask(ctx context.Context, cells []Cell, sink func(record.Record) error) (*Round, error) {
	s.rounds++
	r := &Round{Study: s.Plan.Hash(), Number: s.rounds, Cells: cells}
	if err := r.plan(); err != nil {
		return nil, err
	}
	if err := s.write(r); err != nil {
		return nil, err
	}
	missing, faults, err := s.Missing(r)
	if err != nil {
		return nil, err
	}
	all := 0
	for i := range r.shards {
		all += r.shards[i].size()
	}
	s.Wanted += all
	s.Progress.Grow(all)
	s.Progress.Step(all - r.Replications(missing))
	answer := fold{folder: s.Folder, round: r, sink: sink}
	if len(missing) > 0 {
		if err := s.Compute(ctx, s.Folder, r, missing, answer.add); err != nil {
			if left, _, looked := s.Missing(r); looked == nil {
				s.Sound += all - r.Replications(left)
			}
			var stop *Incomplete
			if errors.As(err, &stop) {
				stop.Faults = faults
			}
			return nil, err
		}
	}
	s.Sound += all
	return r, answer.upTo(len(r.shards))
}

// A fold hands the records of a round to a sink in the order of the plan, each once:
// those of shards that are computed as they come, those of others from their summaries.
type fold struct {
	folder *Folder
	round  *Round
	sink   func(record.Record) error
	next   int // shards before it are handed on, or the last of them is coming
}

// add hands on a record of a shard that is being computed.
func (f *fold) add(shard int, rec record.Record) error {
	if shard >= f.next {
		if err := f.upTo(shard); err != nil {
			return err
		}
		f.next = shard + 1
	}
	return f.sink(rec)
}

// upTo hands on what is left of the shards before one.
func (f *fold) upTo(shard int) error {
	for ; f.next < shard; f.next++ {
		if err := f.folder.each(f.round, f.next, -1, f.sink); err != nil {
			return err
		}
	}
	return nil
}

// Incomplete is the error of a Wait.
type Incomplete struct {
	Round   *Round
	Missing []int
	Faults  []*Fault
}

// Error returns the message.
func (e *Incomplete) Error() string {
	return fmt.Sprintf("round %d lacks %d of %d shards: %s", e.Round.Number, len(e.Missing), e.Round.Shards(), Ranges(e.Missing))
}

// Wait is the Executor that computes nothing: others do, later.
type Wait struct{}

// Compute returns Incomplete.
func (Wait) Compute(_ context.Context, _ *Folder, r *Round, missing []int, _ ShardSink) error {
	return &Incomplete{Round: r, Missing: missing}
}

// Local is the Executor that computes in this process.
type Local struct {
	Workers int
	Load    func(Plan, World) (*sim.World, error) // of a world that has not been loaded
	Step    func()                                // after each replication; or nil
}

// Compute simulates the missing shards.
func (l Local) Compute(ctx context.Context, f *Folder, r *Round, missing []int, sink ShardSink) error {
	worlds, err := l.worlds(f, r, missing)
	if err != nil {
		return err
	}
	var jobs []sim.Job
	for _, s := range missing {
		jobs = r.shards[s].jobs(jobs)
	}
	out := keeper{folder: f, round: r, missing: missing}
	err = sim.Replicate(ctx, worlds, jobs, l.Workers, func(rec record.Record) error {
		if !r.Cells[rec.Variant].Series {
			dropSeries(&rec)
		}
		shard, err := out.write(&rec)
		if err != nil {
			return err
		}
		if l.Step != nil {
			l.Step()
		}
		return sink(shard, rec)
	})
	return out.close(err)
}

// worlds returns the worlds that the missing shards are of, by their cells.
func (l Local) worlds(f *Folder, r *Round, missing []int) ([]*sim.World, error) {
	worlds := make([]*sim.World, len(r.Cells))
	var last World
	for _, s := range missing {
		for _, p := range r.shards[s] {
			if worlds[p.cell] != nil {
				continue
			}
			w := r.Cells[p.cell].World
			if w.base == nil && last.base != nil && w.sameBase(last) {
				w.base = last.base
			}
			if w.base == nil {
				base, err := l.Load(f.Plan, w)
				if err != nil {
					return nil, err
				}
				w.base = base
			}
			if err := w.check(); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name(r.place()+"/"+planFile), err)
			}
			worlds[p.cell], last = w.Sim(), w
		}
	}
	return worlds, nil
}

// dropSeries leaves of the daily series of a record the last day.
func dropSeries(r *record.Record) {
	for i := range r.Tenants {
		for j := range r.Tenants[i].Pools {
			p := &r.Tenants[i].Pools[j]
			for _, xs := range []*[]int32{&p.Assigned, &p.Seats, &p.Refused, &p.Users} {
				*xs = (*xs)[max(0, len(*xs)-1):]
			}
		}
	}
}
