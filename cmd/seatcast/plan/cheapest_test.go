package plan

import (
	"testing"

	"seatcast/analysis"
	"seatcast/analysis/reduction"
	"seatcast/sim/rng"
)

// A cost that is all but a line of its control variate has a controlled interval that
// holds too rarely: what is told must then be no narrower than the interval of plain
// replications. Where the control is sound it is the controlled interval.
func TestCostInterval(t *testing.T) {
	s := rng.New(7).Stream()
	const n = 200
	adopters := make([]float64, n)
	line, noisy := make([]float64, n), make([]float64, n)
	for i := range n {
		x := s.Uniform()
		adopters[i], line[i], noisy[i] = 100*x, 50*x, 50*x+30*s.Uniform()
	}
	for _, c := range []struct {
		name  string
		costs []float64
		sound bool
	}{{"line", line, false}, {"noisy", noisy, true}} {
		plain := analysis.EstimateOf(c.costs)
		controlled := reduction.Control(c.costs, confidence, reduction.Variate{Values: adopters, Mean: 50})
		if got := controlled.Sound(n); got != c.sound {
			t.Fatalf("%s: sound is %v, worth %v, kurtosis %v", c.name, got, controlled.Factor, controlled.Kurtosis)
		}
		e := costInterval(c.costs, controlled)
		if e.Mean != controlled.Mean || e.Low > e.Mean || e.High < e.Mean {
			t.Errorf("%s: mean %v outside %v to %v, or not the controlled %v", c.name, e.Mean, e.Low, e.High, controlled.Mean)
		}
		if c.sound && (e.Low != controlled.Low || e.High != controlled.High) {
			t.Errorf("%s: %v to %v is not the controlled interval", c.name, e.Low, e.High)
		}
		if !c.sound && (e.Low > plain.Low || e.High < plain.High) {
			t.Errorf("%s: %v to %v is narrower than the plain %v to %v", c.name, e.Low, e.High, plain.Low, plain.High)
		}
	}
}
