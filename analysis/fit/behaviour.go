package fit

import (
	"errors"
	"math"
)

// Rates is the law of how often people act from the day on which each began: a Poisson
// process each, at a rate of his own, gamma distributed with Mean per unit of time and
// Shape. Intervals are of 90%, by the profile of the likelihood.
type Rates struct {
	Mean, MeanLow, MeanHigh    float64
	Shape, ShapeLow, ShapeHigh float64 // at most maxSize, where people are as good as alike
	LogLik                     float64
	People                     int
}

// Doings is how often one person acted after the first act, and for how long he was
// watched since.
type Doings struct {
	More int
	Time float64
}

// FitRates fits rates to what people did after their first act, by maximum likelihood: the
// first act itself is given, since it is what brought the person in, so nothing is
// truncated. Each count is negative binomial with the rate's mean times Time; who was
// watched for no time tells nothing.
func FitRates(all []Doings) (Rates, error) {
	acts, time, people := 0.0, 0.0, 0
	for _, d := range all {
		if d.Time > 0 {
			acts, time, people = acts+float64(d.More), time+d.Time, people+1
		}
	}
	switch {
	case people < 5:
		return Rates{}, errors.New("fewer than 5 people were watched after their first act")
	case acts == 0:
		return Rates{}, errors.New("nobody acted a second time")
	}
	rough := acts / time
	log := func(mean, shape float64) float64 { // of rates relative to rough
		sum := 0.0
		a, _ := math.Lgamma(shape)
		for _, d := range all {
			if d.Time <= 0 {
				continue
			}
			k, m := float64(d.More), mean*rough*d.Time
			b, _ := math.Lgamma(shape + k)
			c, _ := math.Lgamma(k + 1)
			sum += b - a - c + k*math.Log(m/(m+shape)) - shape*math.Log1p(m/shape)
		}
		return sum
	}
	bounded := func(x []float64) float64 {
		if math.Abs(x[0]) > 5 || x[1] < math.Log(1e-4) || x[1] > math.Log(maxSize) {
			return math.Inf(1)
		}
		return -log(math.Exp(x[0]), math.Exp(x[1]))
	}
	x, value := least(bounded, lattice([3]float64{-1, 1, 1}, [3]float64{-5, 8, 1}))
	r := Rates{Mean: math.Exp(x[0]) * rough, Shape: math.Exp(x[1]), LogLik: -value, People: people}
	edge := func(k int, sign float64) float64 { // where the profile of x[k] is lower by half the 90% quantile of chi-square
		other := 1 - k
		profile := func(at float64) float64 {
			_, v := settle(func(y []float64) float64 {
				p := []float64{at, at}
				p[other] = y[0]
				return bounded(p)
			}, [][]float64{{x[other]}, {x[other] - 0.5}, {x[other] + 0.5}})
			return v - value
		}
		near, far := x[k], x[k]+sign*8
		for range 24 {
			mid := (near + far) / 2
			if profile(mid) < chiHalf {
				near = mid
			} else {
				far = mid
			}
		}
		return math.Exp(near)
	}
	r.MeanLow, r.MeanHigh = edge(0, -1)*rough, edge(0, 1)*rough
	r.ShapeLow, r.ShapeHigh = edge(1, -1), edge(1, 1)
	return r, nil
}

// chiHalf is half the 90% quantile of the chi-square law of one degree of freedom.
const chiHalf = 2.705543454 / 2
