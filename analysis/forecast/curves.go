package forecast

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/analysis/fit"
)

// Curve is a sigmoid of least squares, shifted to pass through the last value. Its
// law has the variance of one-step errors about the shifted curve, as a random walk.
// It grows by nine times the most that was seen before the last value, and no more:
// least squares on early data, or on a spike, say nothing of the saturation.
type Curve struct{ Form string } // bass, logistic or gompertz

// Name returns the form.
func (c Curve) Name() string { return c.Form }

// Forecast implements Model.
func (c Curve) Forecast(y []float64, h int) (Law, error) {
	var at func(float64) float64
	switch c.Form {
	case "bass":
		f, err := fit.FitBass(steps(y), fit.Cumulative)
		if err != nil {
			return nil, err
		}
		at = f.At
	case "logistic":
		f, _, err := fit.FitLogistic(y)
		if err != nil {
			return nil, err
		}
		at = f.At
	default:
		f, _, err := fit.FitGompertz(y)
		if err != nil {
			return nil, err
		}
		at = f.At
	}
	n := float64(len(y))
	sum := 0.0
	for i := 1; i < len(y); i++ {
		d := y[i] - y[i-1] - (at(float64(i+1)) - at(float64(i)))
		sum += d * d
	}
	sd, last := math.Sqrt(sum/max(1, n-4)), y[len(y)-1]
	most := believed * slices.Max(y[:len(y)-1])
	return normal(h, func(j int) (float64, float64) {
		return last + min(at(n+float64(j))-at(n), most), sd * math.Sqrt(float64(j))
	}), nil
}

// believed is how far a curve of least squares is, in what was seen.
const believed = 9

// steps returns the differences of y, from 0.
func steps(y []float64) []float64 { return append([]float64{y[0]}, differences(y)...) }

// Power is growth as a power of time, as when people are met for the first time
// who differ in how often they act (Heaps' law): the recent rate fixes the power,
// at most 1, so growth never speeds up and slows down in proportion to the time that
// has passed. The growth is gamma distributed, so that nothing is ever lost; its
// relative variance is that of past forecasts of this model, shrunk to one half.
type Power struct{}

// Name returns "power".
func (Power) Name() string { return "power" }

// Forecast implements Model.
func (Power) Forecast(y []float64, h int) (Law, error) {
	n := len(y)
	spread := make([]float64, h+1) // sums of squared relative errors, by horizon
	weight := make([]float64, h+1)
	for o := Least; o < n; o++ {
		growth := power(y[:o])
		for j := 1; j <= h && o+j <= n; j++ {
			m := growth(j) + 0.5
			d := (y[o+j-1] - y[o-1] + 0.5 - m) / m
			spread[j] += min(d*d, 9)
			weight[j]++
		}
	}
	growth, last := power(y), y[n-1]
	law, variance := make(Law, h), 0.0
	for j := 1; j <= h; j++ {
		if v := (spread[j] + 3*0.5) / (weight[j] + 3); weight[j] >= 3 || variance == 0 {
			variance = v
		}
		m := growth(j) + 0.25
		shape := m / (1 + variance*m)
		g := distuv.Gamma{Alpha: shape, Beta: shape / m}
		law[j-1] = make([]float64, len(levels))
		for k, level := range levels {
			law[j-1][k] = last + g.Quantile(level)
		}
	}
	return law, nil
}

// power returns the growth after the end of y by period.
func power(y []float64) func(j int) float64 {
	n := len(y)
	keep := 1 - 2/(math.Min(14, float64(n))+1)
	rate, total, w := 0.0, 0.0, 1.0
	for i := n - 1; i > 0; i-- {
		rate += w * (y[i] - y[i-1])
		total += w
		w *= keep
	}
	rate = math.Max(rate/total, 0)
	t := float64(n)
	b := math.Min(1, rate*t/math.Max(y[n-1], 1))
	if b <= 0 {
		return func(int) float64 { return 0 }
	}
	return func(j int) float64 { return rate * t / b * (math.Pow(1+float64(j)/t, b) - 1) }
}
