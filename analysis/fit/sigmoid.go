package fit

import (
	"errors"
	"math"
)

// FitLogistic fits a logistic curve to the adopters at the ends of the periods
// 1, 2, … by least squares, and returns the residual sum of squares.
func FitLogistic(adopters []float64) (Logistic, float64, error) {
	n := float64(len(adopters))
	curve := func(x []float64) Logistic { return Logistic{1, math.Exp(x[0]) / n, x[1] * n} }
	x, m, rss, err := sigmoid(adopters, func(x []float64, t float64) float64 { return curve(x).At(t) },
		lattice([3]float64{-0.5, 4, 0.5}, [3]float64{-0.5, 3, 0.25}))
	if err != nil {
		return Logistic{}, 0, err
	}
	l := curve(x)
	l.M = m
	return l, rss, nil
}

// FitGompertz fits a Gompertz curve to the adopters at the ends of the periods 1,
// 2, … by least squares, and returns the residual sum of squares.
func FitGompertz(adopters []float64) (Gompertz, float64, error) {
	n := float64(len(adopters))
	curve := func(x []float64) Gompertz { return Gompertz{1, math.Exp(x[1]), math.Exp(x[0]) / n} }
	x, m, rss, err := sigmoid(adopters, func(x []float64, t float64) float64 { return curve(x).At(t) },
		lattice([3]float64{-2, 4, 0.5}, [3]float64{-1, 5, 0.5}))
	if err != nil {
		return Gompertz{}, 0, err
	}
	g := curve(x)
	g.M = m
	return g, rss, nil
}

// sigmoid fits M·shape(x, t) with M solved for.
func sigmoid(y []float64, shape func(x []float64, t float64) float64, grid [][]float64) (x []float64, m, rss float64, err error) {
	if len(y) < 4 {
		return nil, 0, 0, errTooShort
	}
	s := make([]float64, len(y))
	loss := func(x []float64) float64 {
		for i := range s {
			s[i] = shape(x, float64(i+1))
		}
		m, sum := linear(y, s), 0.0
		if !(m > 0) || math.IsInf(m, 0) {
			return math.Inf(1)
		}
		for i, v := range y {
			d := v - m*s[i]
			sum += d * d
		}
		return sum
	}
	if x, rss = least(loss, grid); x == nil {
		return nil, 0, 0, errors.New("no such curve is near the data")
	}
	loss(x)
	return x, linear(y, s), rss, nil
}
