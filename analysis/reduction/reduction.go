// Package reduction gets more out of as many replications: control variates,
// antithetic pairs, and importance sampling for what is rare. Each estimate has an
// interval that counts what is independent, and nothing else.
package reduction

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/analysis"
)

// An Estimate is a mean with its interval, and what the method was worth.
type Estimate struct {
	analysis.Difference
	// Factor is how many times the replications a plain mean would need for the same
	// standard error.
	Factor float64 `json:"factor"`
}

// Control estimates the mean of y with a control variate x whose mean is known: the
// mean of y minus what the regression of y on x says that x was off by (Lavenberg and
// Welch, Management Science 27, 1981, 322–335). The interval is Student's with n−2
// degrees of freedom, exact where y and x are jointly normal. It takes at least three
// pairs; where x does not vary the estimate is the plain mean.
func Control(y, x []float64, known, confidence float64) Estimate {
	n := float64(len(y))
	my, mx := analysis.MomentsOf(y), analysis.MomentsOf(x)
	var sxy float64
	for i := range y {
		sxy += float64((x[i] - mx.Mean()) * (y[i] - my.Mean()))
	}
	sxx, syy := mx.Variance()*(n-1), my.Variance()*(n-1)
	if len(y) < 3 || sxx == 0 || syy == 0 {
		low, high := my.Interval(confidence)
		return Estimate{analysis.Difference{Mean: my.Mean(), Low: low, High: high}, 1}
	}
	slope, off := sxy/sxx, mx.Mean()-known
	residual := max(0, syy-slope*sxy) / (n - 2)
	mean := my.Mean() - slope*off
	t := distuv.StudentsT{Sigma: 1, Nu: n - 2}.Quantile((1 + confidence) / 2)
	half := t * math.Sqrt(residual*(1/n+off*off/sxx))
	e := Estimate{Difference: analysis.Difference{Mean: mean, Low: mean - half, High: mean + half}, Factor: math.Inf(1)}
	if residual > 0 {
		e.Factor = my.Variance() / residual
	}
	return e
}

// Antithetic estimates the mean of y, whose entries 2k and 2k+1 are an antithetic
// pair. The pair is the unit: its two halves are not independent.
func Antithetic(y []float64, confidence float64) Estimate {
	pairs := make([]float64, len(y)/2)
	for k := range pairs {
		pairs[k] = (y[2*k] + y[2*k+1]) / 2
	}
	m := analysis.MomentsOf(pairs)
	low, high := m.Interval(confidence)
	e := Estimate{Difference: analysis.Difference{Mean: m.Mean(), Low: low, High: high}, Factor: math.Inf(1)}
	if v := m.Variance(); v > 0 {
		e.Factor = analysis.MomentsOf(y).Variance() / 2 / v
	}
	return e
}

// Tilt returns probabilities for importance sampling: those of groups of people, of
// counts[g] people and probability p[g] each, moved together by exponential tilting
// until they make target events in the mean. For a single group that is
// target/count. Groups without doubt, of probability 0 or 1, stay; where the target
// cannot be reached it is approached.
func Tilt(p []float64, counts []int, target float64) []float64 {
	tilted := func(theta float64) (all []float64, mean float64) {
		for g := range p {
			q := p[g]
			if q > 0 && q < 1 {
				odds := q / (1 - q) * math.Exp(theta)
				q = odds / (1 + odds)
			}
			all = append(all, q)
			mean += q * float64(counts[g])
		}
		return all, mean
	}
	low, high := -40.0, 40.0
	for range 200 {
		middle := (low + high) / 2
		if _, mean := tilted(middle); mean < target {
			low = middle
		} else {
			high = middle
		}
	}
	all, _ := tilted(high)
	return all
}

// A Tail is a sample of a number under importance sampling, from which the
// probability of large values is estimated.
type Tail struct {
	values  []int     // in falling order
	weights []float64 // likelihood ratios, true law to sampled one
}

// NewTail returns the tail of a sample with the logarithms of its likelihood ratios.
func NewTail(values []int, logWeights []float64) *Tail {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return values[order[a]] > values[order[b]] })
	t := &Tail{}
	for _, i := range order {
		t.values = append(t.values, values[i])
		t.weights = append(t.weights, math.Exp(logWeights[i]))
	}
	return t
}

// Over estimates the probability of more than x, without bias, with its interval and
// its standard error relative to it: +Inf where no value is so large.
func (t *Tail) Over(x int, confidence float64) (p analysis.Proportion, relative float64) {
	var m analysis.Moments
	for i, v := range t.values {
		if v > x {
			m.Add(t.weights[i])
		} else {
			m.Add(0)
		}
	}
	low, high := m.Interval(confidence)
	p = analysis.Proportion{Value: m.Mean(), Low: max(0, low), High: min(1, high)}
	if p.Value == 0 {
		return p, math.Inf(1)
	}
	return p, math.Sqrt(m.Variance()/float64(m.N())) / p.Value
}

// Fewest returns the least x with an estimated probability of more than x of at most
// risk.
func (t *Tail) Fewest(risk float64) int {
	sum, n := 0.0, float64(len(t.values))
	for i, v := range t.values {
		if sum += t.weights[i]; sum > risk*n {
			return v
		}
	}
	return 0
}
