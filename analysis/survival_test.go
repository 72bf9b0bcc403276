package analysis

import (
	"math"
	"strconv"
	"testing"

	"seatcast/analysis/oracle"
)

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestOracleKaplanMeier(t *testing.T) {
	in := oracle.Field[struct {
		Time  []float64
		Event []int
		Conf  float64
	}](t, "kaplan_meier_6mp", "inputs")
	want := oracle.Expected[struct {
		Table []struct {
			T, S   float64
			AtRisk int `json:"n_risk"`
			D      int
			SE     float64    `json:"greenwood_se"`
			CI     [2]float64 `json:"loglog_ci"`
		}
		Mean   float64 `json:"rmst_tau35"`
		Median float64
		Low    float64  `json:"median_lcl"`
		High   *float64 `json:"median_ucl"`
	}](t, "kaplan_meier_6mp")
	events := make([]bool, len(in.Event))
	for i, e := range in.Event {
		events[i] = e == 1
	}
	s, err := KaplanMeier(in.Time, events, in.Conf)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Steps) != len(want.Table) {
		t.Fatalf("%d steps, want %d", len(s.Steps), len(want.Table))
	}
	for i, w := range want.Table {
		got := s.Steps[i]
		if got.Time != w.T || got.AtRisk != w.AtRisk || got.Events != w.D {
			t.Errorf("step %d = %+v, want %+v", i, got, w)
		}
		oracle.Near(t, "survival", got.Survival, w.S, 1e-8)
		oracle.Near(t, "standard error", got.StdErr, w.SE, 1e-8)
		oracle.Near(t, "low", got.Low, w.CI[0], 1e-8)
		oracle.Near(t, "high", got.High, w.CI[1], 1e-8)
		oracle.Near(t, "At", s.At(w.T), w.S, 1e-8)
	}
	oracle.Near(t, "before the first event", s.At(5.999), 1, 0)
	oracle.Near(t, "restricted mean", s.RestrictedMean(35), want.Mean, 1e-8)
	median, low, high := s.Median()
	if median != want.Median || low != want.Low || !math.IsInf(high, 1) || want.High != nil {
		t.Errorf("median = %v [%v, %v], want %v [%v, never]", median, low, high, want.Median, want.Low)
	}
}

// TestKaplanMeierUncensored: without censoring the estimate is the empirical share,
// Greenwood's error that of a binomial share, and the restricted mean the mean.
func TestKaplanMeierUncensored(t *testing.T) {
	s, err := KaplanMeier([]float64{4, 1, 3, 2}, []bool{true, true, true, true}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range s.Steps[:3] {
		p := 1 - float64(i+1)/4
		oracle.Near(t, "survival", step.Survival, p, 1e-15)
		oracle.Near(t, "standard error", step.StdErr, math.Sqrt(p*(1-p)/4), 1e-15)
	}
	last := s.Steps[3]
	if last.Survival != 0 || last.Low != 0 || last.High != s.Steps[2].High || last.StdErr != 0 {
		t.Errorf("where nobody is left: %+v", last)
	}
	oracle.Near(t, "restricted mean", s.RestrictedMean(10), 2.5, 1e-15)
}

func TestKaplanMeierErrors(t *testing.T) {
	if _, err := KaplanMeier([]float64{1, 2}, []bool{true}, 0.95); err == nil {
		t.Error("no error for lengths that differ")
	}
	if _, err := KaplanMeier([]float64{math.NaN()}, []bool{true}, 0.95); err == nil {
		t.Error("no error for NaN")
	}
	s, err := KaplanMeier(nil, nil, 0.95)
	if median, _, _ := s.Median(); err != nil || s.At(1) != 1 || !math.IsInf(median, 1) {
		t.Errorf("of nothing: %+v, %v", s, err)
	}
}
