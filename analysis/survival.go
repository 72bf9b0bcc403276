package analysis

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

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
