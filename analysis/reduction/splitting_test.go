package reduction

import (
	"math"
	"testing"

	"seatcast/analysis"
	"seatcast/analysis/oracle"

	"seatcast/sim/rng"
)

// A busy is the M/M/∞ queue at a moment: how many are in use, and when.
type busy struct {
	n  int
	at float64 // days
}

// crossing is the first passage of an M/M/∞ queue to a level before a day: arrivals
// at rate offered × mu, each in use for an exponential time of rate mu. Every step up
// from the mean is a level.
func crossing(offered, mu, end float64, start, level int) Split[busy] {
	return Split[busy]{
		Start:  func(*rng.Stream) busy { return busy{n: start} },
		Levels: level - int(offered),
		Reach: func(s busy, k int, luck *rng.Stream) (busy, bool) {
			for s.n < int(offered)+k {
				up := offered * mu
				rate := up + float64(s.n)*mu
				if s.at -= math.Log(luck.Uniform()) / rate; s.at >= end {
					return s, false
				}
				if luck.Uniform()*rate < up {
					s.n++
				} else {
					s.n--
				}
			}
			return s, true
		},
	}
}

// TestOracleSplitting: the rows of rare_event_exhaustion on which the luck of adoption
// has no hold, the concurrency of a queue, to 10% from 40,000 trajectories
// a level.
func TestOracleSplitting(t *testing.T) {
	rows := oracle.Expected[[]struct {
		Model   string  // of the rows that are no adoption
		Offered float64 `json:"offered_A"`
		Mu      float64 `json:"mu_per_day"`
		Level   int     `json:"level"`
		T       float64
		Empty   float64 `json:"P_from_empty"`
		Mean    float64 `json:"P_from_mean"`
	}](t, "rare_event_exhaustion")
	for i, row := range rows {
		if row.Model != "M/M/inf concurrency level crossing" {
			continue
		}
		for start, exact := range map[int]float64{0: row.Empty, int(row.Offered): row.Mean} {
			s := crossing(row.Offered, row.Mu, row.T, start, row.Level)
			p, relative := s.Probability(rng.New(5).Index(uint64(i-2)).Index(uint64(start)), 1000, 40, 0.999)
			t.Logf("A = %v from %d: P = %.5g (%.5g to %.5g), exact %.5g; standard error %.1f%% of it", row.Offered, start, p.Value, p.Low, p.High, exact, 100*relative)
			if relative > 0.1 || exact < p.Low || exact > p.High {
				t.Errorf("A = %v from %d: P = %+v, exact %v; relative error %v", row.Offered, start, p, exact, relative)
			}
		}
	}
}

// TestSplittingUnbiased: the mean of very many repeats of very little effort, most of
// which arrive nowhere, is the exact probability; so resampling adds no bias. Two
// steps up, then two more, of a walk that ends at a step down: (1/3)⁴.
func TestSplittingUnbiased(t *testing.T) {
	s := Split[int]{
		Start:  func(*rng.Stream) int { return 0 },
		Levels: 2,
		Reach: func(n, level int, luck *rng.Stream) (int, bool) {
			for n < 2*level {
				if luck.Uniform() > 1.0/3 {
					return n, false
				}
				n++
			}
			return n, true
		},
	}
	exact := math.Pow(3, -4)
	p, relative := s.Probability(rng.New(6), 3, 200_000, 0.999)
	t.Logf("P = %.5g (%.5g to %.5g), exact %.5g", p.Value, p.Low, p.High, exact)
	if exact < p.Low || exact > p.High || relative > 0.01 {
		t.Errorf("P = %+v, exact %v, relative error %v", p, exact, relative)
	}
	if p, relative := (Split[int]{Start: s.Start, Levels: 1, Reach: func(n, _ int, _ *rng.Stream) (int, bool) { return n, false }}).Probability(rng.New(7), 10, 2, 0.95); p.Value != 0 || !math.IsInf(relative, 1) {
		t.Errorf("what never happens has %+v, %v", p, relative)
	}
}

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
