package forecast

import (
	"math"

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
