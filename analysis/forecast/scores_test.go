package forecast

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/analysis/oracle"
)

func TestScores(t *testing.T) {
	in := oracle.Field[struct {
		Ensemble                         []float64
		Y, Y_pinball                     float64
		Quantile_levels, Quantile_values []float64
		Train, Actual, Forecast          []float64
	}](t, "forecast_scores", "inputs")
	w := oracle.Field[struct {
		Gaussian                                                []struct{ Y, CRPS float64 }
		Ensemble_crps, Fair_ensemble_crps                       float64
		Pinball                                                 []float64
		Mean_pinball, Interval_score_90, Interval_score_50, WIS float64
		MASE                                                    float64
	}](t, "forecast_scores", "expected")
	for _, g := range w.Gaussian {
		oracle.Near(t, "normal", CRPSNormal(0, 1, g.Y), g.CRPS, 1e-9)
	}
	oracle.Near(t, "ensemble", CRPSEnsemble(in.Ensemble, in.Y, false), w.Ensemble_crps, 1e-9)
	oracle.Near(t, "fair ensemble", CRPSEnsemble(in.Ensemble, in.Y, true), w.Fair_ensemble_crps, 1e-9)
	sum := 0.0
	for i, level := range in.Quantile_levels {
		got := Pinball(level, in.Quantile_values[i], in.Y_pinball)
		oracle.Near(t, "pinball", got, w.Pinball[i], 1e-9)
		sum += got
	}
	oracle.Near(t, "mean pinball", sum/5, w.Mean_pinball, 1e-9)
	oracle.Near(t, "interval of 90%", IntervalScore(80, 140, 0.1, 120), w.Interval_score_90, 1e-9)
	oracle.Near(t, "interval of 50%", IntervalScore(95, 115, 0.5, 120), w.Interval_score_50, 1e-9)
	oracle.Near(t, "WIS", WIS(in.Quantile_levels, in.Quantile_values, in.Y_pinball), w.WIS, 1e-9)
	oracle.Near(t, "MASE", MASE(in.Train, in.Actual, in.Forecast), w.MASE, 1e-9)
	if math.Abs(Brier(0.3, true)-0.49) > 1e-15 || math.Abs(Brier(0.3, false)-0.09) > 1e-15 {
		t.Error("Brier")
	}
}

func TestCRPSUntil(t *testing.T) {
	in := oracle.Field[struct{ H, Mean float64 }](t, "crps_threshold_weighted", "inputs")
	w := oracle.Field[struct{ Y_30, Y_censored_gt_90 float64 }](t, "crps_threshold_weighted", "expected")
	cdf := func(x float64) float64 { return -math.Expm1(-x / in.Mean) }
	oracle.Near(t, "at 30", CRPSUntil(cdf, 30, in.H), w.Y_30, 1e-9)
	oracle.Near(t, "after the horizon", CRPSUntil(cdf, 120, in.H), w.Y_censored_gt_90, 1e-9)
	oracle.Near(t, "never", CRPSUntil(cdf, math.Inf(1), in.H), w.Y_censored_gt_90, 1e-9)
}

func TestCoverageBand(t *testing.T) {
	for _, w := range oracle.Field[[]struct {
		Intervals   int
		Nominal     float64
		Accept_hits []int
	}](t, "coverage_acceptance_band", "expected") {
		if least, most := CoverageBand(w.Intervals, w.Nominal, 0.99); least != w.Accept_hits[0] || most != w.Accept_hits[1] {
			t.Errorf("of %d: %d to %d, want %v", w.Intervals, least, most, w.Accept_hits)
		}
	}
}

// IntervalScore returns the score of an interval of nominal coverage 1-alpha: its
// width, and 2/alpha times how far y is outside (Gneiting and Raftery, JASA 102, 2007).
func IntervalScore(low, high, alpha, y float64) float64 {
	return high - low + 2/alpha*(max(0, low-y)+max(0, y-high))
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

// MASE returns the mean absolute error of forecasts, scaled by NaiveError of the
// past (Hyndman and Koehler 2006).
func MASE(past, actual, forecast []float64) float64 {
	sum := 0.0
	for i, y := range actual {
		sum += math.Abs(y - forecast[i])
	}
	return sum / float64(len(actual)) / NaiveError(past)
}
