package analysis

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Wilson returns the share x/n with Wilson's score interval (JASA 22, 1927,
// 209–212), which keeps close to its nominal coverage where a share is near 0 or
// 1. Of nothing (n = 0) nothing is known: the interval is [0, 1].
func Wilson(x, n int, confidence float64) Proportion {
	if n == 0 {
		return Proportion{High: 1}
	}
	p := float64(x) / float64(n)
	low, high := wilson(p, float64(n), confidence)
	return bounded(x, n, low, high)
}

// wilson returns the score interval of a share p of n, neither a whole number.
func wilson(p, n, confidence float64) (low, high float64) {
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return centre - half, centre + half
}

// ClopperPearson returns the share x/n with the exact interval of Clopper and
// Pearson (Biometrika 26, 1934, 404–413): its coverage is never below nominal,
// at the cost of being wide.
func ClopperPearson(x, n int, confidence float64) Proportion {
	if n == 0 {
		return Proportion{High: 1}
	}
	return betaInterval(x, n, confidence, 0, 1)
}

// betaInterval is the lower quantile of Beta(x+a, n−x+b) to the upper one of
// Beta(x+b, n−x+a).
func betaInterval(x, n int, confidence, a, b float64) Proportion {
	tail := (1 - confidence) / 2
	hits, misses := float64(x), float64(n-x)
	var low, high float64
	if x > 0 {
		low = mathext.InvRegIncBeta(hits+a, misses+b, tail)
	}
	if x < n {
		high = mathext.InvRegIncBeta(hits+b, misses+a, 1-tail)
	}
	return bounded(x, n, low, high)
}

// bounded makes the ends exact: no event allows a share of 0, only events one of 1.
func bounded(x, n int, low, high float64) Proportion {
	p := Proportion{Value: float64(x) / float64(n), Low: max(0, low), High: min(1, high)}
	if x == 0 {
		p.Low = 0
	}
	if x == n {
		p.High = 1
	}
	return p
}
