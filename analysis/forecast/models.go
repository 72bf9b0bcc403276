package forecast

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Model forecasts a series.
type Model interface {
	Name() string
	// Forecast returns the law of the h periods after the end of y, which has at
	// least Least values, all finite.
	Forecast(y []float64, h int) (Law, error)
}

// Least is the number of values that every model needs.
const Least = 5

var errShort = errors.New("too short a past")

// Naive says that nothing changes but by chance: a random walk without drift.
type Naive struct{}

// Name returns "naive".
func (Naive) Name() string { return "naive" }

// Forecast implements Model.
func (Naive) Forecast(y []float64, h int) (Law, error) {
	sum := 0.0
	for i := 1; i < len(y); i++ {
		d := y[i] - y[i-1]
		sum += d * d
	}
	sd := math.Sqrt(sum / float64(len(y)-1))
	last := y[len(y)-1]
	return normal(h, func(j int) (float64, float64) { return last, sd * math.Sqrt(float64(j)) }), nil
}

// Drift is a random walk with the mean step of the whole past.
type Drift struct{}

// Name returns "drift".
func (Drift) Name() string { return "drift" }

// Forecast implements Model.
func (Drift) Forecast(y []float64, h int) (Law, error) {
	n := float64(len(y) - 1)
	last := y[len(y)-1]
	step, sum := (last-y[0])/n, 0.0
	for i := 1; i < len(y); i++ {
		d := y[i] - y[i-1] - step
		sum += d * d
	}
	sd := math.Sqrt(sum / (n - 1))
	return normal(h, func(j int) (float64, float64) {
		return last + step*float64(j), sd * math.Sqrt(float64(j)*(1+float64(j)/n))
	}), nil
}

// Linear is the straight line through the last Window values, with the prediction
// intervals of regression: what monitoring systems draw.
type Linear struct{ Window int }

// Name returns "linear".
func (Linear) Name() string { return "linear" }

// Forecast implements Model.
func (l Linear) Forecast(y []float64, h int) (Law, error) {
	if len(y) > l.Window {
		y = y[len(y)-l.Window:]
	}
	n := float64(len(y))
	level, slope := line(y)
	rss, mid := 0.0, (n-1)/2
	for i, v := range y {
		d := v - level - slope*float64(i)
		rss += d * d
	}
	sd, spread := math.Sqrt(rss/(n-2)), n*(n*n-1)/12
	student, law := distuv.StudentsT{Sigma: 1, Nu: n - 2}, make(Law, h)
	t := make([]float64, len(levels))
	for k, p := range levels {
		t[k] = student.Quantile(p)
	}
	for j := range law {
		x := n + float64(j)
		law[j] = make([]float64, len(levels))
		for k := range t {
			law[j][k] = level + slope*x + sd*math.Sqrt(1+1/n+(x-mid)*(x-mid)/spread)*t[k]
		}
	}
	return law, nil
}

// line returns the least-squares line through y at 0, 1, ….
func line(y []float64) (level, slope float64) {
	n := float64(len(y))
	mid, mean, num := (n-1)/2, 0.0, 0.0
	for i, v := range y {
		mean += v / n
		num += (float64(i) - mid) * v
	}
	slope = num / (n * (n*n - 1) / 12)
	return mean - slope*mid, slope
}
