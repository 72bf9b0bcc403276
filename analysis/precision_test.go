package analysis

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"

	"seatcast/analysis/oracle"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

var full = flag.Bool("full", false, "repeat the tests of sequential stopping 2,000 times each, which takes minutes")

func macroRuns(few int) int {
	if *full {
		return 2000
	}
	return few
}

func TestOracleNeeded(t *testing.T) {
	in := oracle.Field[struct {
		X []float64 `json:"x"`
	}](t, "replications_needed", "inputs")
	want := oracle.Expected[struct {
		Mean      float64 `json:"mean"`
		SD        float64 `json:"sd"`
		HalfWidth float64 `json:"half_width"`
		Abs       struct {
			A int `json:"0.8"`
			B int `json:"0.5"`
			C int `json:"0.25"`
		} `json:"n_abs"`
		Rel struct {
			A int `json:"0.1"`
			B int `json:"0.05"`
			C int `json:"0.02"`
		} `json:"n_rel"`
	}](t, "replications_needed")
	m := MomentsOf(in.X)
	low, high := m.Interval(0.95)
	oracle.Near(t, "mean", m.Mean(), want.Mean, 1e-9*want.Mean)
	oracle.Near(t, "deviation", math.Sqrt(m.Variance()), want.SD, 1e-9*want.SD)
	oracle.Near(t, "half-width", (high-low)/2, want.HalfWidth, 1e-9*want.HalfWidth)
	for halfWidth, n := range map[float64]int{0.8: want.Abs.A, 0.5: want.Abs.B, 0.25: want.Abs.C} {
		if got := m.Needed(halfWidth, 0.95); got != n {
			t.Errorf("%d replications for ± %v, want %d", got, halfWidth, n)
		}
	}
	for relative, n := range map[float64]int{0.1: want.Rel.A, 0.05: want.Rel.B, 0.02: want.Rel.C} {
		if got := m.NeededRelative(relative, 0.95); got != n {
			t.Errorf("%d replications for ± %v of the mean, want %d", got, relative, n)
		}
	}
}

// sequential draws Exp(1) numbers until the target is met: from a number on, checked
// every so many. It returns how many it took and whether the interval holds 1.
func sequential(r *rand.Rand, target Target, from int, next func(n, needs int) int) (n int, covers bool) {
	var m Moments
	for to := from; ; {
		for m.N() < to {
			m.Add(r.ExpFloat64())
		}
		reached := Reached{Target: target, Want: target.Width, Replications: m.N()}
		reached.holdMean(m, 0.95)
		if reached.Met {
			low, high := m.Interval(0.95)
			return m.N(), low <= 1 && 1 <= high
		}
		to = next(to, reached.needs())
	}
}

// TestOracleSequentialStopping: from 10 observations on, checked at each, a
// relative precision of 5% takes as many as the normal limit says, within 3%, and
// the interval covers in 0.93 of the runs at least. In fewer runs than 2,000 the
// share may miss what others measured, 0.948, by 3 standard errors.
func TestOracleSequentialStopping(t *testing.T) {
	want := oracle.Expected[struct {
		N        float64 `json:"asymptotic_n"`
		Coverage float64 `json:"coverage_min"`
		Measured struct {
			N        float64 `json:"mean_n"`
			Coverage float64 `json:"coverage"`
		} `json:"measured_2000_macroruns"`
	}](t, "sequential_stopping_contract")
	runs := macroRuns(60)
	r := rand.New(rand.NewPCG(20, 26))
	var total, covered float64
	for range runs {
		n, covers := sequential(r, Target{Width: 0.05, Relative: true}, 10, func(n, _ int) int { return n + 1 })
		total += float64(n)
		if covers {
			covered++
		}
	}
	mean, share := total/float64(runs), covered/float64(runs)
	t.Logf("%d runs: %.1f observations, coverage %.4f", runs, mean, share)
	oracle.Near(t, "observations a run", mean, want.N, 0.03*want.N)
	oracle.Near(t, "observations a run, as others measured", mean, want.Measured.N, 0.03*want.Measured.N)
	least := want.Coverage
	if !*full {
		least = want.Measured.Coverage - 3*math.Sqrt(want.Measured.Coverage*(1-want.Measured.Coverage)/float64(runs))
	}
	if share < least {
		t.Errorf("coverage %v, want %v", share, least)
	}
}

// TestStoppingCovers: with the rounds and the minimum of a Stopper the interval of
// a skewed mean covers in 0.93 of the runs, whatever precision is asked for.
func TestStoppingCovers(t *testing.T) {
	runs := macroRuns(400)
	for _, width := range []float64{0.03, 0.05, 0.1, 0.15, 0.2, 0.3} {
		r := rand.New(rand.NewPCG(7, math.Float64bits(width)))
		var total, covered float64
		for range runs {
			n, covers := sequential(r, Target{Width: width, Relative: true}, leastReplications, halfway)
			total += float64(n)
			if covers {
				covered++
			}
		}
		share := covered / float64(runs)
		t.Logf("± %v of the mean: %.0f replications, coverage %.4f", width, total/float64(runs), share)
		if least := 0.93 - 3*math.Sqrt(0.93*0.07/float64(runs)); share < least {
			t.Errorf("± %v: coverage %v", width, share)
		}
	}
}

// TestStoppingCoversShares computes the coverage of a probability exactly, by the
// law of how many replications saw the event when the study stops: 0.93 at least
// for every probability and precision tried.
func TestStoppingCoversShares(t *testing.T) {
	widths := []float64{0.05, 0.1}
	if *full {
		widths = []float64{0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2}
	}
	for _, width := range widths {
		worst, at := 1.0, 0.0
		for p := 0.01; p < 0.505; p += 0.0275 {
			if c := shareCoverage(width, p); c < worst {
				worst, at = c, p
			}
		}
		t.Logf("± %v: coverage %.4f at least, of a probability of %.3f", width, worst, at)
		if worst < 0.93 {
			t.Errorf("± %v: coverage %v of a probability of %v", width, worst, at)
		}
	}
}

// shareCoverage returns the probability that Wilson's interval holds p when a study
// stops for its width.
func shareCoverage(width, p float64) (covered float64) {
	start := make([]float64, leastReplications+1)
	for x := range start {
		start[x] = distuv.Binomial{N: leastReplications, P: p}.Prob(float64(x))
	}
	going := map[int][]float64{leastReplications: start} // probability by replications and those that saw the event
	for len(going) > 0 {
		n := math.MaxInt
		for m := range going {
			n = min(n, m)
		}
		law := going[n]
		delete(going, n)
		for x, probability := range law {
			if probability < 1e-12 {
				continue
			}
			r := Reached{Want: width, Replications: n}
			r.holdShare(float64(x)/float64(n), 0.95)
			if r.Met {
				if low, high := wilson(r.Value, float64(n), 0.95); low <= p && p <= high {
					covered += probability
				}
				continue
			}
			to := halfway(n, max(r.needs(), n+1))
			if going[to] == nil {
				going[to] = make([]float64, to+1)
			}
			more := distuv.Binomial{N: float64(to - n), P: p}
			for y := range to - n + 1 {
				going[to][x+y] += probability * more.Prob(float64(y))
			}
		}
	}
	return covered
}

// TestReach holds every kind of target against a study whose numbers are known.
func TestReach(t *testing.T) {
	study := fixtureStudy(60, 80)
	b, err := NewBuilder(study)
	if err != nil {
		t.Fatal(err)
	}
	targets := []Target{{Metric: Probabilities, Width: 0.2}, {Metric: "exhaustion", Width: 0.01}, {Metric: "refused-users", Width: 0.5, Relative: true},
		{Metric: "cost", Width: 1}, {Metric: "exhaustion-p50", Width: 400}, {Metric: "refusal-p95", Width: 1}}
	b.Follow(Rule{Replications: 80, Targets: targets})
	for _, r := range fixtureRecords(study) {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	a := b.Answers()
	if len(a.Precision) != len(targets) {
		t.Fatalf("%d targets, want %d", len(a.Precision), len(targets))
	}
	want := map[string]bool{Probabilities: true, "exhaustion": false, "cost": true}
	for _, r := range a.Precision {
		t.Logf("%+v", r)
		if met, ok := want[r.Metric]; ok && met != r.Met {
			t.Errorf("%s: met is %v", r.Metric, r.Met)
		}
		if r.Met != (r.Have <= r.Want) || r.Replications != 80 {
			t.Errorf("%+v", r)
		}
	}
}

// TestHoldDate: a quantile that lies beyond the horizon is known; one whose interval
// ends there is not.
func TestHoldDate(t *testing.T) {
	day := func(d float64) clock.Time { return clock.Time(d * float64(clock.Day)) }
	for _, c := range []struct {
		never int // of 100, the others a day apart
		have  float64
	}{{0, 20}, {55, math.Inf(1)}, {90, 0}} {
		var sorted []clock.Time
		for i := range 100 {
			if i < 100-c.never {
				sorted = append(sorted, day(float64(i)))
			} else {
				sorted = append(sorted, clock.Never)
			}
		}
		r := Reached{Want: 30, Replications: 100}
		r.holdDate(sorted, 0.5, 0.95)
		if r.Have != c.have || r.Met != (c.have <= 30) { // ranks 40 and 61, or 40 and 60
			if c.have != 20 || math.Abs(r.Have-20) > 1 {
				t.Errorf("%d never: %+v, want %v", c.never, r, c.have)
			}
		}
	}
}

// TestStopper runs studies to their end: they stop when their targets are met, ask
// for whole blocks, and ask for the same whenever they have the same records.
func TestStopper(t *testing.T) {
	study := fixtureStudy(60, 0)
	records := func(v, n int) record.Record { return fixtureRecord(study, v, n) }
	follow := func(rule Rule) (s *Stopper, rounds [][]int) {
		s = NewStopper(study, rule)
		want := []int{s.First(), s.First()}
		for want != nil {
			for v := range want {
				for s.finished[v] < want[v] {
					if err := s.Add(records(v, s.finished[v])); err != nil {
						t.Fatal(err)
					}
				}
			}
			rounds = append(rounds, want)
			want = s.More()
		}
		return s, rounds
	}
	if _, rounds := follow(Rule{Replications: 5}); len(rounds) != 1 || rounds[0][0] != 5 {
		t.Errorf("without a target: %v", rounds)
	}
	s, rounds := follow(Rule{Replications: 5, Most: 1000, Targets: []Target{{Metric: Probabilities, Width: 0.08}, {Metric: "refused-users", Width: 0.1, Relative: true}}})
	n := s.finished[0]
	for _, r := range reach(study, s.rule.Targets, s.piles, n) {
		if !r.Met {
			t.Errorf("stopped after %d with %+v", n, r)
		}
	}
	for _, round := range rounds {
		if round[0] != round[1] || round[0]%block != 0 || round[0] < leastReplications {
			t.Errorf("rounds of %v", rounds)
		}
	}
	if again, _ := follow(s.rule); again.finished[0] != n {
		t.Errorf("another time it stops after %d, not %d", again.finished[0], n)
	}
	if s, _ := follow(Rule{Replications: 70, Most: 100, Targets: []Target{{Metric: Probabilities, Width: 0.001}}}); s.finished[0] != 100 {
		t.Errorf("gives up after %d, want 100", s.finished[0])
	}
	question := Question{Metric: "refused-users", Confidence: 0.95, Budget: 90}
	if s, _ := follow(Rule{Replications: 20, Most: 100, Question: &question}); s.finished[0]+s.finished[1] != 40+90 {
		t.Errorf("a budget of 90 ends with %v", s.finished)
	}
	question.Indifference, question.Budget = 0.5, 4000
	s, _ = follow(Rule{Replications: 10, Most: 100, Question: &question})
	if sought, _ := s.choice().seek(); !sought.Done || sought.Left[0] != "base" {
		t.Errorf("%+v after %v, want the scenario with fewer people", sought, s.finished)
	}
	if err := s.Add(records(0, 3)); err == nil {
		t.Error("a record out of turn is taken")
	}
}
