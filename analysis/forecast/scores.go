package forecast

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
)

// Brier returns the score of a probability p of an event: (p - 1)² where it
// happened, else p².
func Brier(p float64, happened bool) float64 {
	if happened {
		p--
	}
	return p * p
}

// Pinball returns the loss of a quantile q at a level, where y came.
func Pinball(level, q, y float64) float64 {
	if y < q {
		return (1 - level) * (q - y)
	}
	return level * (y - q)
}

// IntervalScore returns the score of an interval of nominal coverage 1-alpha: its
// width, and 2/alpha times how far y is outside (Gneiting and Raftery, JASA 102, 2007).
func IntervalScore(low, high, alpha, y float64) float64 {
	return high - low + 2/alpha*(max(0, low-y)+max(0, y-high))
}

// WIS returns the weighted interval score of quantiles at 2K+1 levels around the
// median, twice their mean pinball loss: (½|y-m| + Σ αₖ/2·ISₖ)/(K+½) (Bracher,
// Ray, Gneiting and Reich 2021).
func WIS(levels, quantiles []float64, y float64) float64 {
	sum := 0.0
	for i, level := range levels {
		sum += Pinball(level, quantiles[i], y)
	}
	return 2 * sum / float64(len(levels))
}

// CRPSNormal returns the continuous ranked probability score of a normal law.
func CRPSNormal(mean, sd, y float64) float64 {
	z := (y - mean) / sd
	return sd * (z*(2*distuv.UnitNormal.CDF(z)-1) + 2*distuv.UnitNormal.Prob(z) - 1/math.SqrtPi)
}

// CRPSEnsemble returns the continuous ranked probability score of an ensemble as
// the law of equal steps at its members; where fair, corrected for its size, so
// that a larger ensemble of the same law is not better for that alone (Ferro 2014).
func CRPSEnsemble(members []float64, y float64, fair bool) float64 {
	sorted := slices.Sorted(slices.Values(members))
	n := float64(len(sorted))
	near, apart := 0.0, 0.0 // Σ|x-y|, and Σ|x-x'| over ordered pairs
	for i, x := range sorted {
		near += math.Abs(x - y)
		apart += 2 * x * (2*float64(i) + 1 - n)
	}
	if fair {
		return near/n - apart/(2*n*(n-1))
	}
	return near/n - apart/(2*n*n)
}

// CRPSUntil returns the continuous ranked probability score of a law of times, by
// its distribution function, on [0, horizon] alone: what comes later is as good as
// never (y = +Inf), and only the probability of that counts. It is the
// threshold-weighted score of Gneiting and Ranjan (2011). The quadrature is exact to
// 1e-9 for a function that is smooth on both sides of y.
func CRPSUntil(cdf func(float64) float64, y, horizon float64) float64 {
	y = min(y, horizon)
	const points = 200
	before := quad.Fixed(func(t float64) float64 { f := cdf(t); return f * f }, 0, y, points, quad.Legendre{}, 0)
	if y == horizon {
		return before
	}
	return before + quad.Fixed(func(t float64) float64 { f := 1 - cdf(t); return f * f }, y, horizon, points, quad.Legendre{}, 0)
}

// NaiveError returns the mean absolute difference between neighbours of a series:
// the error of the naive forecast in the past, by which errors are scaled. It is 1
// for a series that never moved.
func NaiveError(y []float64) float64 {
	sum := 0.0
	for i := 1; i < len(y); i++ {
		sum += math.Abs(y[i] - y[i-1])
	}
	if sum == 0 {
		return 1
	}
	return sum / float64(len(y)-1)
}

// MASE returns the mean absolute error of forecasts, scaled by NaiveError of the
// past (Hyndman and Koehler 2006).
func MASE(past, actual, forecast []float64) float64 {
	sum := 0.0
	for i, y := range actual {
		sum += math.Abs(y - forecast[i])
	}
	return sum / float64(len(actual)) / NaiveError(past)
}

// CoverageBand returns the least and the most of n independent intervals that hold
// what came, at a confidence, where their nominal coverage is true: binomial
// quantiles.
func CoverageBand(n int, nominal, confidence float64) (least, most int) {
	law := distuv.Binomial{N: float64(n), P: nominal}
	quantile := func(p float64) int {
		k := 0
		for law.CDF(float64(k)) < p {
			k++
		}
		return k
	}
	tail := (1 - confidence) / 2
	return quantile(tail), quantile(1 - tail)
}
