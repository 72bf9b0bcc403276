package analysis

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A BestComparison is the multiple comparison of systems with the best of them,
// the smallest mean, from samples that may share their luck pair by pair.
type BestComparison struct {
	First int // of the smallest sample mean
	// Certain is the highest at which no other but those equal to the first in
	// every observation could be the best.
	Certain float64
	// Enough is how many replications would settle it at the stated confidence, if
	// what was seen so far stays as it is; 0 where it is settled, or where the two
	// best are level.
	Enough int
	// Among are the systems that may be the best, at the stated confidence.
	Among []int
	// Regret is by how much the first may be worse than the best, at the stated
	// confidence; 0 where it is the best.
	Regret float64
}

// CompareWithBest compares samples of systems, samples[i][r] being made with the
// luck r, pair by pair over the luck that both met (Hsu, Annals of Statistics 12,
// 1984, 1136–1144, with Bonferroni's inequality in place of independence, so that
// it holds under common random numbers). Its statements hold together at the
// confidence. It needs two observations of each.
func CompareWithBest(samples [][]float64, confidence float64) BestComparison {
	var c BestComparison
	for i, s := range samples {
		if MomentsOf(s).Mean() < MomentsOf(samples[c.First]).Mean() {
			c.First = i
		}
	}
	others := float64(len(samples) - 1)
	for i := range samples {
		if mayBeBest(samples, i, (1-confidence)/others) {
			c.Among = append(c.Among, i)
		}
	}
	for _, i := range c.Among {
		if d := lead(samples[i], samples[c.First]); i != c.First {
			c.Regret = max(c.Regret, d.Mean()+margin(d, (1-confidence)/others))
		}
	}
	doubt, level := 0.0, false
	for i := range samples {
		d := lead(samples[c.First], samples[i])
		if i == c.First || d.Variance() == 0 && d.Mean() == 0 {
			continue
		}
		doubt, level = max(doubt, tail(d)), level || d.Mean() <= 0
		if d.Mean() > 0 {
			c.Enough = max(c.Enough, d.Needed(d.Mean(), 1-2*(1-confidence)/others))
		}
	}
	c.Certain = max(0, 1-others*doubt)
	if level || c.Certain >= confidence {
		c.Enough = 0
	}
	return c
}

// mayBeBest reports whether no other system leads i by more than its margin.
func mayBeBest(samples [][]float64, i int, error float64) bool {
	for j := range samples {
		if d := lead(samples[j], samples[i]); j != i && d.Mean() > margin(d, error) {
			return false
		}
	}
	return true
}

// lead returns the moments of by how much a is smaller than b.
func lead(a, b []float64) Moments {
	differences := make([]float64, min(len(a), len(b)))
	for i := range differences {
		differences[i] = b[i] - a[i]
	}
	return MomentsOf(differences)
}

// margin returns how far a mean lies above the truth at most, but for a
// probability.
func margin(m Moments, error float64) float64 {
	if m.Variance() == 0 {
		return 0
	}
	t := distuv.StudentsT{Sigma: 1, Nu: float64(m.N() - 1)}
	return -t.Quantile(error) * math.Sqrt(m.Variance()/float64(m.N()))
}

// tail returns the one-sided p-value of a mean above 0. Systems that are equal in
// every observation are equally good, so that neither is in doubt.
func tail(m Moments) float64 {
	switch {
	case m.N() < 2:
		return 1
	case m.Variance() == 0 && m.Mean() < 0:
		return 1
	case m.Variance() == 0:
		return 0
	}
	t := distuv.StudentsT{Sigma: 1, Nu: float64(m.N() - 1)}
	return t.CDF(-m.Mean() / math.Sqrt(m.Variance()/float64(m.N())))
}
