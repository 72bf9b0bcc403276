package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// TestOracleTimeRescaling: one person acts at rate 20 + 10 sin(2πt/7) a day, as a
// calendar of 168 weights has it, each the integral over its hour. The number of
// acts in 28 days is Poisson of 560; and the acts, rescaled by the integral Λ of
// the rate, come at gaps of Exp(1), by the test of Kolmogorov and Smirnov at 1%.
func TestOracleTimeRescaling(t *testing.T) {
	want := oracle.Expected[struct {
		Mean     float64
		Variance float64 `json:"var"`
		First    float64 `json:"mean_first_3_5_days"`
	}](t, "nhpp_time_rescaling")
	lambda := func(day float64) float64 { return 20*day + 70/(2*math.Pi)*(1-math.Cos(2*math.Pi*day/7)) }
	var weights []string
	for h := range 168 {
		weights = append(weights, fmt.Sprintf("%.12f", lambda(float64(h+1)/24)-lambda(float64(h)/24)))
	}
	calendar := "\n[calendars.wave]\nweights = [" + strings.Join(weights, ", ") + "]\n"
	s := scenarioOf(t, habitTOML+calendar, set("users.crowd.count", "1"), set("users.crowd.hours", "wave"),
		set("users.crowd.does.trigger-premium", "20/day"), horizon(28)) // from a Monday
	var f family

	var acts []float64
	simulateRecords(t, s, 500_000, func(r *record.Tenant) {
		acts = append(acts, float64(outcomes(r, claim.Claimed, claim.NoReason)+outcomes(r, claim.Entitled, claim.NoReason)))
	})
	f.mean("mean of acts in 28 days", want.Mean, averageOf(acts))
	f.mean("variance of acts in 28 days", want.Variance, varianceAbout(want.Mean, acts))

	times := observe(t, s, 3000, func(run runOne) (at []float64) {
		run(sim.Options{EveryAct: true, Ledger: func(_ int, e *sim.Entry) { at = append(at, e.At.Days()) }})
		return at
	})
	early := pick(times, func(at []float64) float64 {
		n, _ := slices.BinarySearch(at, clock.Time(3.5*float64(clock.Day)).Days())
		return float64(n)
	})
	f.mean("mean of acts in the first 3.5 days", want.First, averageOf(early))
	f.hold(t)

	const gaps = 5000
	if d := kolmogorov(rescaled(times, lambda)[:gaps]); d > 1.6276/math.Sqrt(gaps) { // the 99% quantile of the limit law
		t.Errorf("distance of %d rescaled gaps from Exp(1) is %.4f, above %.4f", gaps, d, 1.6276/math.Sqrt(gaps))
	} else {
		t.Logf("distance of %d rescaled gaps from Exp(1): %.4f, at most %.4f at 1%%: pass", gaps, d, 1.6276/math.Sqrt(gaps))
	}
}

// rescaled returns the gaps of the acts of all replications by Λ, laid end to end:
// Poisson processes of rate 1 on [0, Λ(28)] make one.
func rescaled(times [][]float64, lambda func(float64) float64) (gaps []float64) {
	end, last := 0.0, 0.0
	for _, at := range times {
		for _, day := range at {
			now := end + lambda(day)
			gaps = append(gaps, now-last)
			last = now
		}
		end += lambda(28)
	}
	return gaps
}

// kolmogorov returns the largest distance of a sample's distribution from Exp(1).
func kolmogorov(sample []float64) (d float64) {
	slices.Sort(sample)
	n := float64(len(sample))
	for i, x := range sample {
		f := -math.Expm1(-x)
		d = max(d, f-float64(i)/n, float64(i+1)/n-f)
	}
	return d
}
