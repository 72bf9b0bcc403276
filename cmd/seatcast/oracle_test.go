package main

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"maps"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"seatcast/analysis"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// The tests named TestOracle… hold the simulator against exact answers, end to
// end: a scenario of the format is loaded, simulated, and its records are turned
// into estimates. analysis/oracle has the answers and how each was
// computed.
//
// The rule, for estimates of R independent replications: the 99.9% confidence
// interval must hold the exact value, and half its width must be at most 1% of a
// mean or 0.005 of a probability. The k checks of a case are a family: each is
// made at 1 − 0.001/k (Bonferroni). The seed is 1, and was not chosen.
//
// What is too dear for every day runs with the flag -full:
//
//	go test ./cmd/seatcast -run Oracle -full -timeout 1h
var full = flag.Bool("full", false, "also run the oracle checks that take minutes")

// A family is the checks of one case.
type family struct {
	checks []check
}

// A check compares an estimate with its exact value.
type check struct {
	what     string
	exact    float64
	width    float64 // that half the interval may have
	interval interval
}

// An interval returns an estimate with its interval at a confidence in (0, 1).
type interval func(confidence float64) (value, low, high float64)

const (
	ofMean  = 0.01  // half-width allowed, relative to a mean
	ofShare = 0.005 // half-width allowed of a probability
)

// mean demands a mean, to 1% of its size.
func (f *family) mean(what string, exact float64, i interval) {
	f.checks = append(f.checks, check{what, exact, ofMean * math.Abs(exact), i})
}

// share demands a probability, to 0.005.
func (f *family) share(what string, exact float64, i interval) {
	f.checks = append(f.checks, check{what, exact, ofShare, i})
}

// hold holds all checks of the family against the rule.
func (f *family) hold(t *testing.T) {
	t.Helper()
	if len(f.checks) == 0 {
		t.Fatal("nothing is checked")
	}
	confidence := 1 - 0.001/float64(len(f.checks))
	for _, c := range f.checks {
		value, low, high := c.interval(confidence)
		half, rounding := (high-low)/2, 1e-9*math.Abs(c.exact)
		verdict := "pass"
		switch {
		case !(low <= c.exact+rounding && c.exact-rounding <= high):
			verdict = "FAIL: the interval does not hold the exact value"
		case !(half <= c.width):
			verdict = fmt.Sprintf("FAIL: half-width above %.3g", c.width)
		}
		report := t.Logf
		if verdict != "pass" {
			report = t.Errorf
		}
		report("%-64s exact %-13.8g simulated %-13.8g ± %-9.3g %s", c.what, c.exact, value, half, verdict)
	}
}

// averageOf estimates a mean from independent observations, by Student's t.
func averageOf(sample []float64) interval {
	return averageBy(analysis.MomentsOf(sample))
}

func averageBy(m analysis.Moments) interval {
	return func(confidence float64) (value, low, high float64) {
		low, high = m.Interval(confidence)
		return m.Mean(), low, high
	}
}

// varianceAbout estimates a variance about an exact mean, by Student's t over the
// squares.
func varianceAbout(mean float64, sample []float64) interval {
	squares := make([]float64, len(sample))
	for i, x := range sample {
		squares[i] = (x - mean) * (x - mean)
	}
	return averageOf(squares)
}

// shareOf estimates a probability from x in n independent trials, by Clopper and
// Pearson.
func shareOf(x, n int) interval {
	return func(confidence float64) (value, low, high float64) {
		p := analysis.ClopperPearson(x, n, confidence)
		return p.Value, p.Low, p.High
	}
}

// shareWhere estimates the probability that a condition holds of an observation.
func shareWhere[T any](sample []T, holds func(T) bool) interval {
	x := 0
	for _, v := range sample {
		if holds(v) {
			x++
		}
	}
	return shareOf(x, len(sample))
}

// quantileOf estimates a quantile from independent observations, by ranks.
func quantileOf(sample []float64, q float64) interval {
	sorted := slices.Sorted(slices.Values(sample))
	return func(confidence float64) (value, low, high float64) {
		ranks := analysis.QuantileRanks(len(sorted), q, confidence)
		low, high = math.Inf(-1), math.Inf(1)
		if ranks.Lower >= 1 {
			low = sorted[ranks.Lower-1]
		}
		if ranks.Upper <= len(sorted) {
			high = sorted[ranks.Upper-1]
		}
		return sorted[analysis.Rank(len(sorted), q)-1], low, high
	}
}

// ratioOf estimates E[x]/E[y] from independent pairs, by Student's t over the
// residuals x − ratio·y.
func ratioOf(x, y []float64) interval {
	mx, my := analysis.MomentsOf(x).Mean(), analysis.MomentsOf(y).Mean()
	ratio := mx / my
	residuals := make([]float64, len(x))
	for i := range x {
		residuals[i] = (x[i] - ratio*y[i]) / my
	}
	m := analysis.MomentsOf(residuals)
	return func(confidence float64) (value, low, high float64) {
		low, high = m.Interval(confidence)
		return ratio, ratio + low - m.Mean(), ratio + high - m.Mean()
	}
}

// scenarioOf loads a scenario, changed as by --set.
func scenarioOf(t testing.TB, text string, set ...string) *scenarios.Scenario {
	t.Helper()
	fsys := fstest.MapFS{"oracle.toml": {Data: []byte(text)}}
	s, err := scenarios.Load(fsys, "oracle.toml", scenarios.Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// set returns a --set of the tenant that all oracle scenarios have.
func set(key, format string, args ...any) string {
	return "tenants.t." + key + "=" + fmt.Sprintf(format, args...)
}

// simulateRecords simulates n replications on all cores and hands over each
// record's only tenant, in the order of the replications.
func simulateRecords(t *testing.T, s *scenarios.Scenario, n int, each func(r *record.Tenant)) {
	t.Helper()
	err := sim.Replicate(t.Context(), []*sim.World{s.Variants[0].World}, sim.Plan(1, 0, n), runtime.NumCPU(), func(r record.Record) error {
		each(&r.Tenants[0])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A runOne simulates a replication with options.
type runOne func(sim.Options) record.Tenant

// observe simulates n replications on all cores and returns what look made of
// each, in the order of the replications. It is for what only a ledger shows.
func observe[T any](t *testing.T, s *scenarios.Scenario, n int, look func(run runOne) T) []T {
	t.Helper()
	seen := make([]T, n)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			runner := sim.NewRunner(s.Variants[0].World)
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				seen[i] = look(func(opt sim.Options) record.Tenant {
					r, err := runner.Run(context.Background(), 0, i, opt)
					if err != nil {
						t.Error(err)
					}
					return r.Tenants[0]
				})
			}
		})
	}
	workers.Wait()
	return seen
}

// pick returns one number of each observation.
func pick[T any](seen []T, number func(T) float64) []float64 {
	out := make([]float64, len(seen))
	for i := range seen {
		out[i] = number(seen[i])
	}
	return out
}

// days returns times in days, and +Inf for never.
func days(at []clock.Time) []float64 {
	return pick(at, func(t clock.Time) float64 {
		if t == clock.Never {
			return math.Inf(1)
		}
		return t.Days()
	})
}

// by returns whether a time is at or before a day.
func by(day float64) func(clock.Time) bool {
	limit := clock.Time(day * float64(clock.Day))
	return func(t clock.Time) bool { return t <= limit }
}

// adopted returns the number of people who have claimed or been refused by the
// midnight that ends a day, where nobody acts twice.
func adopted(r *record.Tenant, day int) (n int) {
	for i := range r.Pools {
		p := &r.Pools[i]
		n += int(p.Assigned[day])
		for _, users := range p.Users[:day+1] {
			n += int(users)
		}
	}
	return n
}

// numbered goes through a map whose keys are numbers, in their order.
func numbered(m map[string]float64) iter.Seq2[float64, float64] {
	values := map[float64]float64{}
	for key, v := range m {
		k, err := strconv.ParseFloat(key, 64)
		if err != nil {
			panic(err) // a defect of oracles.json
		}
		values[k] = v
	}
	return func(yield func(float64, float64) bool) {
		for _, k := range slices.Sorted(maps.Keys(values)) {
			if !yield(k, values[k]) {
				return
			}
		}
	}
}
