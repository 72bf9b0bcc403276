package selection

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
)

// Rinott returns the constant h of Rinott's two-stage procedure for k ≥ 2
// independent systems with a first stage of n0 ≥ 2 observations each: with
// max(n0, ⌈(h·S/δ)²⌉) observations of each system, S being its standard deviation
// in the first stage, the best sample mean is that of the best system with
// probability pStar at least, in (1/k, 1) (Rinott, Communications in Statistics A7,
// 1978, 799–811):
//
//	∫ [∫ Φ(h / √((n0−1)(1/x + 1/y))) f(x) dx]^(k−1) f(y) dy = pStar
//
// where f is the density of χ² with n0−1 degrees of freedom.
func Rinott(k int, pStar float64, n0 int) (float64, error) {
	if err := checkDesign(k, pStar, n0); err != nil {
		return 0, fmt.Errorf("the constant of Rinott: %w", err)
	}
	chi := chiSquare(n0 - 1)
	return root(func(h float64) float64 {
		return chi.mean(func(y float64) float64 {
			beats := chi.mean(func(x float64) float64 {
				return distuv.UnitNormal.CDF(h / math.Sqrt(float64(n0-1)*(1/x+1/y)))
			})
			return math.Pow(beats, float64(k-1))
		}) - pStar
	}), nil
}

// RinottNeeds returns the number of observations that Rinott's procedure asks for
// of a system with standard deviation s in a first stage of n0.
func RinottNeeds(h, s, indifference float64, n0 int) int {
	const most = 1 << 40 // beyond it nobody counts
	return max(n0, int(min(most, math.Ceil(math.Pow(h*s/indifference, 2)))))
}

func checkDesign(k int, pStar float64, n0 int) error {
	switch {
	case k < 2:
		return errors.New("want two systems or more")
	case n0 < 2:
		return errors.New("want a first stage of two observations or more")
	case !(pStar > 1/float64(k) && pStar < 1):
		return fmt.Errorf("a probability of %v: want one between that of a guess, 1/%d, and 1", pStar, k)
	}
	return nil
}

// A law is a distribution by nodes and their weights.
type law struct{ at, weight []float64 }

// mean returns the mean of f.
func (l law) mean(f func(float64) float64) float64 {
	var sum float64
	for i, x := range l.at {
		sum += l.weight[i] * f(x)
	}
	return sum
}

// Gauss–Legendre over a smooth density from one tail to the other, each beyond a
// probability of far, leaves an error below 1e-8 in the constants from n0 = 5 on.
const (
	nodes = 96
	far   = 1e-14
)

// chiSquare integrates over the logarithm of a χ² variable, in which its density
// is smooth at 0 too.
func chiSquare(df int) law {
	chi := distuv.ChiSquared{K: float64(df)}
	half := chi.K / 2
	gamma, _ := math.Lgamma(half + 1)
	low := math.Ln2 + (math.Log(far)+gamma)/half // P(χ² < x) ≤ (x/2)^half / Γ(half+1)
	l := legendre(nodes, low, math.Log(chi.Quantile(1-far)))
	for i, u := range l.at {
		l.at[i] = math.Exp(u)
		l.weight[i] *= chi.Prob(l.at[i]) * l.at[i]
	}
	return l
}

func legendre(n int, low, high float64) law {
	l := law{make([]float64, n), make([]float64, n)}
	quad.Legendre{}.FixedLocations(l.at, l.weight, low, high)
	return l
}

// root returns where an increasing function that is negative at 0 crosses 0, by
// bisection to 13 digits.
func root(f func(float64) float64) float64 {
	low, high := 0.0, 1.0
	for f(high) < 0 {
		low, high = high, 2*high
	}
	for range 44 {
		middle := (low + high) / 2
		if f(middle) < 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
