package analysis

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Test is a two-sided test of a mean difference of 0, by Student's t.
type Test struct {
	T, DF, P float64
	Interval Difference // 95%
}

// A Contrast sets the paired comparison of two samples beside the one that
// independent runs of the same size would have allowed.
type Contrast struct {
	Paired      Test    // replication by replication
	Welch       Test    // as if the samples were independent (Welch, Biometrika 34, 1947, 28–35)
	Correlation float64 // of the pairs; 0 where a sample does not vary
	// Reduction is the variance of the difference of independent runs over that of
	// the pairs: how many times as many replications those would have needed. It is
	// +Inf where every pair differs by the same, and NaN where nothing varies at all.
	Reduction float64
}

// ContrastOf compares other with base, pair by pair and as independent samples. Of
// slices that differ in length the longer loses its end.
func ContrastOf(base, other []float64) Contrast {
	n := min(len(base), len(other))
	base, other = base[:n], other[:n]
	differences := make([]float64, n)
	for i := range differences {
		differences[i] = other[i] - base[i]
	}
	d, x, y := MomentsOf(differences), MomentsOf(base), MomentsOf(other)
	rounding := 1e-18 * (x.Mean()*x.Mean() + y.Mean()*y.Mean()) // a variance that is none
	vd, vx, vy := beyond(rounding, d.Variance()), beyond(rounding, x.Variance()), beyond(rounding, y.Variance())
	c := Contrast{Paired: testOf(d.Mean(), vd, float64(n), float64(n-1))}
	df := 0.0
	if vx+vy > 0 {
		df = float64(n-1) * (vx + vy) * (vx + vy) / (vx*vx + vy*vy)
	}
	c.Welch = testOf(y.Mean()-x.Mean(), vx+vy, float64(n), df)
	if vx > 0 && vy > 0 {
		c.Correlation = (vx + vy - vd) / (2 * math.Sqrt(vx*vy))
	}
	c.Reduction = (vx + vy) / vd
	return c
}

// beyond returns a variance that is more than rounding, else 0.
func beyond(rounding, variance float64) float64 {
	if variance <= rounding {
		return 0
	}
	return variance
}

// testOf tests a mean of n observations with a variance. Without variance it is
// known: only a mean of 0 is no difference.
func testOf(mean, variance, n, df float64) Test {
	t := Test{DF: df, P: 1, Interval: Difference{mean, mean, mean}}
	switch {
	case n < 2:
		return t
	case variance == 0:
		if mean != 0 {
			t.P = 0
		}
		return t
	}
	law := distuv.StudentsT{Sigma: 1, Nu: df}
	stdErr := math.Sqrt(variance / n)
	t.T = mean / stdErr
	t.P = 2 * law.CDF(-math.Abs(t.T)) // the tail itself, not 1 less the rest
	half := student(df, confidence) * stdErr
	t.Interval = Difference{mean, mean - half, mean + half}
	return t
}

// McNemar returns the exact two-sided p-value of equal shares among pairs of
// which some gained an event and some lost it (Psychometrika 12, 1947, 153–157).
func McNemar(gained, lost int) float64 {
	n := gained + lost
	return min(1, 2*binomialFrom(n, max(gained, lost), 0.5))
}

// Holm returns the p-values of a family adjusted so that, wherever those at most α
// are taken for real, the probability of one false among them is at most α,
// whatever their dependence (Scandinavian Journal of Statistics 6, 1979, 65–70).
func Holm(ps []float64) []float64 {
	return adjust(ps, func(order []int, out []float64) {
		worst := 0.0
		for rank, i := range order {
			worst = max(worst, float64(len(ps)-rank)*ps[i])
			out[i] = min(1, worst)
		}
	})
}

// adjust hands the order of the p-values, smallest first, to fill.
func adjust(ps []float64, fill func(order []int, out []float64)) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case ps[i] < ps[j]:
			return -1
		case ps[i] > ps[j]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(ps))
	fill(order, out)
	return out
}
