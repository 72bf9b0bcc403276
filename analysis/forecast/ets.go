package forecast

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// ETS is exponential smoothing with additive errors (Hyndman, Koehler, Snyder and
// Grose 2002): without trend, with Holt's, or with a damped one, whichever has the
// least AICc by maximum likelihood. On the logarithm of the series where Log.
type ETS struct{ Log bool }

// Name returns "ets", or "log ets".
func (e ETS) Name() string {
	if e.Log {
		return "log ets"
	}
	return "ets"
}

// Forecast implements Model.
func (e ETS) Forecast(y []float64, h int) (Law, error) {
	if e.Log {
		return logarithmic(y, func(logs []float64) (Law, error) { return ETS{}.Forecast(logs, h) })
	}
	var best smoothing
	aicc := math.Inf(1)
	for _, trend := range []trend{none, holt, damped} {
		if s := smooth(y, trend); s.aicc(len(y)) < aicc {
			best, aicc = s, s.aicc(len(y))
		}
	}
	if math.IsInf(aicc, 1) {
		return nil, errShort
	}
	return best.law(h), nil
}

// logarithmic forecasts the logarithm of a series that is positive. Nothing becomes
// more than a thousand times what it has ever been: a logarithm has no sense of what is
// absurd.
func logarithmic(y []float64, forecast func([]float64) (Law, error)) (Law, error) {
	logs := make([]float64, len(y))
	for i, v := range y {
		if v <= 0 {
			return nil, errShort
		}
		logs[i] = math.Log(v)
	}
	law, err := forecast(logs)
	most := slices.Max(logs) + math.Log(1000)
	for _, q := range law {
		for k := range q {
			q[k] = math.Exp(min(q[k], most))
		}
	}
	return law, err
}

// A trend is the form of the trend of exponential smoothing.
type trend uint8

const (
	none trend = iota
	holt
	damped
)

// A smoothing is exponential smoothing after it has seen a series.
type smoothing struct {
	trend            trend
	alpha, beta, phi float64
	level, slope     float64 // at the end
	variance         float64
	sse              float64
	parameters       int
}

func (s *smoothing) aicc(n int) float64 {
	k, m := float64(s.parameters+1), float64(n)
	if m-k-1 <= 0 || math.IsInf(s.sse, 1) {
		return math.Inf(1)
	}
	return m*math.Log(max(s.sse, 1e-12)/m) + 2*k + 2*k*(k+1)/(m-k-1)
}

// smooth fits a smoothing by least squares of one-step errors, initial states
// included.
func smooth(y []float64, tr trend) smoothing {
	level, slope := line(y[:min(10, len(y))])
	scale := NaiveError(y)
	run := func(x []float64) smoothing {
		s := smoothing{trend: tr, alpha: 1e-4 + 0.9998*sigmoid(x[0]), phi: 1, level: y[0] + scale*x[1], parameters: 2}
		if tr != none {
			s.level = level - slope + scale*x[1]
			s.beta, s.slope, s.parameters = s.alpha*(1e-4+0.9998*sigmoid(x[2])), slope+scale*x[3], 4
		}
		if tr == damped {
			s.phi, s.parameters = 0.8+0.18*sigmoid(x[4]), 5
		}
		for _, v := range y {
			s.step(v)
		}
		return s
	}
	start := [][]float64{{0, 0, -2, 0, 0}, {2, 0, -1, 0, 1}, {-2, 0, -3, 0, 1}}
	best := smoothing{sse: math.Inf(1)}
	for _, x := range start {
		x = x[:map[trend]int{none: 2, holt: 4, damped: 5}[tr]]
		if got := run(minimize(func(x []float64) float64 { return run(x).sse + penalty(x) }, x, 120*len(x))); got.sse < best.sse {
			best = got
		}
	}
	best.variance = best.sse / float64(max(1, len(y)-best.parameters))
	return best
}

// penalty keeps a search away from where nothing changes any more.
func penalty(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		if a := math.Abs(v); a > 15 {
			sum += 1e6 * (a - 15)
		}
	}
	return sum
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// minimize returns where f is least near x.
func minimize(f func([]float64) float64, x []float64, most int) []float64 {
	problem := optimize.Problem{Func: func(x []float64) float64 {
		if v := f(x); !math.IsNaN(v) {
			return v
		}
		return math.Inf(1)
	}}
	settings := &optimize.Settings{MajorIterations: most, Converger: &optimize.FunctionConverge{Relative: 1e-8, Absolute: 1e-12, Iterations: 20}}
	if r, _ := optimize.Minimize(problem, x, settings, &optimize.NelderMead{SimplexSize: 0.5}); r != nil && r.X != nil {
		return r.X
	}
	return x
}

// step sees one more value.
func (s *smoothing) step(v float64) {
	expected := s.level + s.phi*s.slope
	e := v - expected
	s.sse += e * e
	s.level = expected + s.alpha*e
	s.slope = s.phi*s.slope + s.beta*e
}

// law returns the law of the next h periods: normal, with the variance of the
// linear state space model (Hyndman et al. 2008, table 6.1).
func (s *smoothing) law(h int) Law {
	mean, variance, damp, reach := s.level, s.variance, 0.0, 1.0
	return normal(h, func(j int) (float64, float64) {
		if j > 1 {
			c := s.alpha + s.beta*damp // damp = φ + … + φ^(j-1)
			variance += s.variance * c * c
		}
		reach *= s.phi
		damp += reach
		if j == 1 && s.trend == none {
			damp = 0
		}
		mean += reach * s.slope
		return mean, math.Sqrt(variance)
	})
}
