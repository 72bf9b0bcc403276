package forecast

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// levels of the quantiles by which a Law is described: every per cent, and the
// tails.
var levels = func() []float64 {
	all := []float64{0.001, 0.0025, 0.005}
	for i := 1; i < 100; i++ {
		all = append(all, float64(i)/100)
	}
	return append(all, 0.995, 0.9975, 0.999)
}()

// scores of the normal law at the levels.
var normals = func() []float64 {
	var z []float64
	for _, level := range levels {
		z = append(z, distuv.UnitNormal.Quantile(level))
	}
	return z
}()

// A Law is a forecast: of the periods 1, 2, … after the origin, the quantiles of
// what is to come, at fixed levels.
type Law [][]float64

// normal makes a law of normal laws.
func normal(h int, moments func(period int) (mean, sd float64)) Law {
	law := make(Law, h)
	for j := range law {
		mean, sd := moments(j + 1)
		law[j] = make([]float64, len(levels))
		for k, z := range normals {
			law[j][k] = mean + sd*z
		}
	}
	return law
}

// Quantile returns a quantile of a period ≥ 1.
func (l Law) Quantile(period int, level float64) float64 {
	q := l[period-1]
	i := sort.SearchFloat64s(levels, level-1e-12)
	switch {
	case i == len(levels):
		return q[i-1]
	case i == 0 || math.Abs(levels[i]-level) < 1e-9:
		return q[i]
	}
	share := (level - levels[i-1]) / (levels[i] - levels[i-1])
	return q[i-1] + share*(q[i]-q[i-1])
}

// Median returns the medians of all periods.
func (l Law) Median() []float64 {
	m := make([]float64, len(l))
	for j := range l {
		m[j] = l[j][len(levels)/2]
	}
	return m
}

// Above returns the probability that a period ends above c.
func (l Law) Above(period int, c float64) float64 {
	q := l[period-1]
	i := sort.Search(len(q), func(i int) bool { return q[i] > c })
	switch i {
	case 0:
		return 1 - levels[0]/2
	case len(q):
		return (1 - levels[len(q)-1]) / 2
	}
	share := 1.0
	if q[i] > q[i-1] {
		share = (c - q[i-1]) / (q[i] - q[i-1])
	}
	return 1 - (levels[i-1] + share*(levels[i]-levels[i-1]))
}

// Exceeds returns the probability that the series rises above c within h periods:
// the greatest of any of them, which is exact for a series that never falls, and
// else less than the truth.
func (l Law) Exceeds(c float64, h int) float64 {
	most := 0.0
	for j := range min(h, len(l)) {
		most = max(most, l.Above(j+1, c))
	}
	return most
}

// First returns the first period whose quantile at a level is above c, and whether
// there is one: the level is the probability of reaching c no earlier.
func (l Law) First(c, level float64) (period int, ok bool) {
	for j := range l {
		if l.Quantile(j+1, level) > c {
			return j + 1, true
		}
	}
	return 0, false
}

// clamp keeps a law within bounds, and its quantiles in order.
func (l Law) clamp(low, high float64) {
	for _, q := range l {
		for k := range q {
			q[k] = min(max(q[k], low), high)
		}
		slices.Sort(q)
	}
}
