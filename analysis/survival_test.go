package analysis

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

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

// TestRiskIsKaplanMeier: all replications have the same horizon, so that the share that is
// dry by a date is what the product-limit estimate makes of the times, those that never
// come being censored at the end.
func TestRiskIsKaplanMeier(t *testing.T) {
	study := fixtureStudy(60, 80)
	records := fixtureRecords(study)
	a := answersOf(t, study, records)
	midnights := study.Variants[0].Tenants[0].Midnights
	end := midnights[len(midnights)-1]
	for j, p := range a.Variants[0].Pools {
		var times []float64
		var dry []bool
		for _, r := range records {
			if at := r.Tenants[0].Pools[j].Exhausted; r.Variant == 0 {
				times, dry = append(times, float64(min(at, end))), append(dry, at <= end)
			}
		}
		s, err := KaplanMeier(times, dry, confidence)
		if err != nil {
			t.Fatal(err)
		}
		for day, risk := range p.Risk {
			oracle.Near(t, "probability of a dry pool", risk.Exhaustion.Value, 1-s.At(float64(deadline(midnights, day))), 1e-12)
		}
		if last := p.Risk[len(p.Risk)-1].Exhaustion.Value; j == 0 && (last <= 0 || last >= 1) {
			t.Errorf("%v of the replications are dry in the end: nothing is censored", last)
		}
	}
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

// A Survival is a product-limit estimate of P(T > t) of a time T of which some
// observations are censored, as where replications have different horizons.
type Survival struct {
	Steps []SurvivalStep // at each time with an event, in order; S is 1 before the first
}

// A SurvivalStep is the estimate from one time with events until the next.
type SurvivalStep struct {
	Time      float64
	AtRisk    int // observed at least until Time
	Events    int // at Time
	Survival  float64
	StdErr    float64 // Greenwood's
	Low, High float64 // log-log interval
}

// KaplanMeier estimates the survival function of times, of which those whose
// entry in events is false are censored: the event came later, if ever (Kaplan
// and Meier, JASA 53, 1958, 457–481). The variance is Greenwood's, the intervals
// are log-log ones (Kalbfleisch and Prentice, 2002, section 1.4). Where nobody is
// left, for which that interval is undefined, the interval is from 0 to the upper
// bound before. It is an error if lengths differ or a time is not a number.
func KaplanMeier(times []float64, events []bool, confidence float64) (Survival, error) {
	if len(times) != len(events) {
		return Survival{}, fmt.Errorf("survival: %d times but %d events", len(times), len(events))
	}
	order := make([]int, len(times))
	for i, t := range times {
		if math.IsNaN(t) {
			return Survival{}, errors.New("survival: a time is not a number")
		}
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return times[order[i]] < times[order[j]] })
	var s Survival
	last := SurvivalStep{Survival: 1, High: 1}
	greenwood := 0.0
	for i := 0; i < len(order); {
		step := SurvivalStep{Time: times[order[i]], AtRisk: len(order) - i}
		for ; i < len(order) && times[order[i]] == step.Time; i++ {
			if events[order[i]] {
				step.Events++
			}
		}
		if step.Events == 0 {
			continue
		}
		risk, d := float64(step.AtRisk), float64(step.Events)
		greenwood += d / (risk * (risk - d))
		step.Survival = last.Survival * (risk - d) / risk
		step.bound(greenwood, last.High, confidence)
		s.Steps = append(s.Steps, step)
		last = step
	}
	return s, nil
}

// bound sets the standard error and the interval from Greenwood's sum.
func (s *SurvivalStep) bound(greenwood, highBefore, confidence float64) {
	if s.Survival == 0 {
		s.High = highBefore
		return
	}
	root := math.Sqrt(greenwood)
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	spread := math.Exp(z * root / -math.Log(s.Survival))
	s.StdErr = s.Survival * root
	s.Low, s.High = math.Pow(s.Survival, spread), math.Pow(s.Survival, 1/spread)
}

// At returns the estimate of P(T > t).
func (s Survival) At(t float64) float64 {
	i := sort.Search(len(s.Steps), func(i int) bool { return s.Steps[i].Time > t })
	if i == 0 {
		return 1
	}
	return s.Steps[i-1].Survival
}

// RestrictedMean returns the mean of min(T, tau), the area under the estimate from
// 0 to tau. Beyond the last observation the estimate is carried on level.
func (s Survival) RestrictedMean(tau float64) float64 {
	area, from, level := 0.0, 0.0, 1.0
	for _, step := range s.Steps {
		if step.Time >= tau {
			break
		}
		area += level * (step.Time - from)
		from, level = step.Time, step.Survival
	}
	return area + level*(tau-from)
}

// Median returns the first time at which the estimate is at most one half, and the
// first times at which the lower and the upper bound are: its interval (Brookmeyer
// and Crowley, Biometrics 38, 1982, 29–41). Each is +Inf where that is never.
func (s Survival) Median() (median, low, high float64) {
	first := func(level func(SurvivalStep) float64) float64 {
		for _, step := range s.Steps {
			if level(step) <= 0.5 {
				return step.Time
			}
		}
		return math.Inf(1)
	}
	return first(func(s SurvivalStep) float64 { return s.Survival }),
		first(func(s SurvivalStep) float64 { return s.Low }),
		first(func(s SurvivalStep) float64 { return s.High })
}
