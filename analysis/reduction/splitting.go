package reduction

import (
	"math"

	"seatcast/analysis"
	"seatcast/sim/rng"
)

// A Split is a Markov process whose rare event is reached level by level: a state
// holds all that its future depends on, the time with it, and is copied by
// assignment.
type Split[S any] struct {
	Start  func(luck *rng.Stream) S
	Levels int // the last of them is the event; they are numbered from 1
	// Reach goes on from a state until level is reached for the first time, and
	// returns the state at that instant; ok is false where the process ends before.
	Reach func(state S, level int, luck *rng.Stream) (at S, ok bool)
}

// Probability estimates the probability of the event by fixed-effort multilevel
// splitting (Garvels, The splitting method in rare event simulation, Twente 2000):
// effort trajectories go for each level, each from a state drawn among those in which
// the level before was entered, and the product of the shares that arrive is
// unbiased, whatever the levels and the effort are. Trajectories share their past, so
// the unit of the interval is a repeat of the whole, of which there are at least two;
// the interval is Student's. relative is the standard error relative to the estimate,
// +Inf where no trajectory arrived.
//
// It takes the time of up to repeats × effort × Levels trajectories.
func (s Split[S]) Probability(luck rng.Key, effort, repeats int, confidence float64) (p analysis.Proportion, relative float64) {
	var m analysis.Moments
	for r := range repeats {
		stream := luck.Index(uint64(r)).Stream()
		m.Add(s.once(&stream, effort))
	}
	low, high := m.Interval(confidence)
	p = analysis.Proportion{Value: m.Mean(), Low: max(0, low), High: min(1, high)}
	if p.Value == 0 {
		return p, math.Inf(1)
	}
	return p, math.Sqrt(m.Variance()/float64(m.N())) / p.Value
}

// once returns the product of the shares of one repeat.
func (s Split[S]) once(luck *rng.Stream, effort int) float64 {
	p := 1.0
	var entered, next []S
	for level := 1; level <= s.Levels; level++ {
		next = next[:0]
		for range effort {
			var from S
			if level == 1 {
				from = s.Start(luck)
			} else {
				from = entered[int(luck.Uniform()*float64(len(entered)))]
			}
			if at, ok := s.Reach(from, level, luck); ok {
				next = append(next, at)
			}
		}
		if p *= float64(len(next)) / float64(effort); p == 0 {
			return 0
		}
		entered, next = next, entered
	}
	return p
}
