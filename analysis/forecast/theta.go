package forecast

import "math"

// Theta is the method of Assimakopoulos and Nikolopoulos (2000) as simple
// exponential smoothing with half the slope of the series as drift (Hyndman and
// Billah 2003).
type Theta struct{}

// Name returns "theta".
func (Theta) Name() string { return "theta" }

// Forecast implements Model.
func (Theta) Forecast(y []float64, h int) (Law, error) {
	s := smooth(y, none)
	_, slope := line(y)
	n := float64(len(y))
	return normal(h, func(j int) (float64, float64) {
		drift := slope / 2 * (float64(j-1) + (1-math.Pow(1-s.alpha, n))/s.alpha)
		return s.level + drift, math.Sqrt(s.variance * (1 + float64(j-1)*s.alpha*s.alpha))
	}), nil
}
