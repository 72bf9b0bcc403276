package analysis

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"

	"seatcast/sim/clock"
)

// Rank returns the 1-based rank of the q-quantile in a sorted sample of n ≥ 1:
// the inverse of the empirical distribution (type 1 of Hyndman and Fan, The
// American Statistician 50, 1996, 361–365), so that a quantile is a value that
// occurred. q is in [0, 1]; a product n·q that is whole but for its rounding
// counts as whole.
func Rank(n int, q float64) int {
	product := float64(n) * q
	rank := int(math.Ceil(product - 1e-12*product))
	return min(max(rank, 1), n)
}

// quantile returns the q-quantile of a sorted sample that is not empty.
func quantile[T any](sorted []T, q float64) T { return sorted[Rank(len(sorted), q)-1] }

// A RankInterval is a confidence interval of a quantile, [X(Lower), X(Upper)] of
// the sorted sample X(1) ≤ … ≤ X(n). Lower is 0 and Upper is n+1 where the sample
// is too small to bound that side.
type RankInterval struct {
	Lower, Upper int
	Coverage     float64 // exact for a continuous law, at least this for any other
}

// QuantileRanks returns the interval of the q-quantile of n ≥ 1 observations at a
// confidence, whatever their law: each tail holds at most half of 1 − confidence
// (David and Nagaraja, Order Statistics, 3rd ed., 2003, section 7.1).
func QuantileRanks(n int, q, confidence float64) RankInterval {
	tail := (1 - confidence) / 2
	// P(fewer than l observations at or below the quantile) grows with l.
	lower := sort.Search(n, func(i int) bool { return binomialBelow(n, i+1, q) > tail })
	// P(at least u of them) falls with u.
	upper := 1 + sort.Search(n, func(i int) bool { return binomialFrom(n, i+1, q) <= tail })
	return RankInterval{lower, upper, 1 - binomialBelow(n, lower, q) - binomialFrom(n, upper, q)}
}

// binomialFrom returns P(B ≥ k) of a binomial count B by the incomplete beta
// function, exact in the tails too (Abramowitz and Stegun 26.5.24).
func binomialFrom(n, k int, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n:
		return 0
	}
	return mathext.RegIncBeta(float64(k), float64(n-k+1), p)
}

// binomialBelow returns P(B < k).
func binomialBelow(n, k int, p float64) float64 { return binomialFrom(n, n-k+1, 1-p) }

// timesOf returns quantiles of sorted times of an event, Never being last.
// The start of the study bounds what the sample cannot bound from below.
func timesOf(sorted []clock.Time) Times {
	n := len(sorted)
	at := func(q float64) (clock.Time, [2]clock.Time) {
		interval := [2]clock.Time{0, clock.Never}
		if n == 0 {
			return clock.Never, interval
		}
		ranks := QuantileRanks(n, q, confidence)
		if ranks.Lower >= 1 {
			interval[0] = sorted[ranks.Lower-1]
		}
		if ranks.Upper <= n {
			interval[1] = sorted[ranks.Upper-1]
		}
		return quantile(sorted, q), interval
	}
	var t Times
	t.P05, t.P05Interval = at(0.05)
	t.P50, t.P50Interval = at(0.50)
	t.P95, t.P95Interval = at(0.95)
	t.Censored = n - happenedBy(sorted, clock.Never-1)
	return t
}

// happenedBy returns how many of the sorted times are at or before t.
func happenedBy(sorted []clock.Time, t clock.Time) int {
	return sort.Search(len(sorted), func(i int) bool { return sorted[i] > t })
}
