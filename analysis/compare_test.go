package analysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"seatcast/analysis/oracle"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

func TestOraclePaired(t *testing.T) {
	in := oracle.Field[struct {
		A []float64 `json:"policy_A"`
		B []float64 `json:"policy_B"`
	}](t, "paired_vs_welch", "inputs")
	want := oracle.Expected[struct {
		Mean float64    `json:"mean_diff"`
		CI   [2]float64 `json:"paired_ci"`
	}](t, "paired_vs_welch")
	got := Paired(in.B, in.A)
	oracle.Near(t, "mean difference", got.Mean, want.Mean, 1e-8*want.Mean)
	oracle.Near(t, "low", got.Low, want.CI[0], 1e-8*want.CI[0])
	oracle.Near(t, "high", got.High, want.CI[1], 1e-8*want.CI[1])
	if back := Paired(in.A, in.B); back.Mean != -got.Mean || got.Noise() {
		t.Errorf("the other way round %v, want the mirror of %v, which is no noise", back, got)
	}
}

func TestPairedNothing(t *testing.T) {
	if d := Paired(nil, []float64{1}); d != (Difference{}) {
		t.Errorf("no pair gives %v", d)
	}
	if d := Paired([]float64{1}, []float64{4}); d != (Difference{3, 3, 3}) || d.Noise() {
		t.Errorf("one pair gives %v", d)
	}
	if d := PairedEvents(nil, nil); d != (Difference{}) {
		t.Errorf("no pair of events gives %v", d)
	}
	if d := PairedEvents([]bool{false}, []bool{true}); d != (Difference{1, 1, 1}) {
		t.Errorf("one pair of events gives %v", d)
	}
}

// TestPairedEventsCells sets the interval against the formula of Agresti and Min
// written out for one table: of 40 pairs 12 gained and 3 lost.
func TestPairedEventsCells(t *testing.T) {
	base, other := make([]bool, 40), make([]bool, 40)
	for i := range 12 {
		other[i] = true
	}
	for i := range 3 {
		base[12+i] = true
	}
	d := PairedEvents(base, other)
	oracle.Near(t, "mean", d.Mean, 9.0/40, 1e-15)
	// (12.5 − 3.5)/42 ± z √(12.5 + 3.5 − 9²/42)/42
	half := 1.959963984540054 * math.Sqrt(16-81.0/42) / 42
	oracle.Near(t, "low", d.Low, 9.0/42-half, 1e-12)
	oracle.Near(t, "high", d.High, 9.0/42+half, 1e-12)
	if same := PairedEvents(base, base); same.Mean != 0 || !(same.Low < 0 && same.High > 0) {
		t.Errorf("no difference in 40 pairs: %v, want an interval around 0", same)
	}
	all := make([]bool, 40)
	for i := range all {
		all[i] = true
	}
	if d := PairedEvents(make([]bool, 40), all); d.Mean != 1 || d.High != 1 || d.Low > 0.95 || d.Noise() {
		t.Errorf("every pair differs: %v", d)
	}
}

// TestPairedEventsCoverage: the interval covers the true difference of correlated
// events at least 93% of the time, also where nearly all pairs agree.
func TestPairedEventsCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	const runs, n = 4000, 50
	for _, c := range []struct{ gained, lost float64 }{{0.02, 0.01}, {0.1, 0.02}, {0.3, 0.3}, {0.6, 0.05}, {0, 0}} {
		hits := 0
		for range runs {
			base, other := make([]bool, n), make([]bool, n)
			for i := range n {
				u := rng.Float64()
				base[i] = u < c.lost || u > 0.97
				other[i] = u >= c.lost && u < c.lost+c.gained || u > 0.97
			}
			if d := PairedEvents(base, other); d.Low <= c.gained-c.lost && c.gained-c.lost <= d.High {
				hits++
			}
		}
		if share := float64(hits) / runs; share < 0.93 {
			t.Errorf("gained %v, lost %v: covers %v", c.gained, c.lost, share)
		}
	}
}

// TestDifferences: the comparisons agree with the estimates of either variant, and
// name noise as such.
func TestDifferences(t *testing.T) {
	study := fixtureStudy(60, 37)
	a := answersOf(t, study, fixtureRecords(study))
	if want := 2 * len(comparedMetrics); len(a.Differences) != want {
		t.Fatalf("%d differences, want %d of two pools", len(a.Differences), want)
	}
	for i, c := range a.Differences {
		p, q := a.Variants[0].Pools[i/len(comparedMetrics)], a.Variants[1].Pools[i/len(comparedMetrics)]
		base, other := metricOf(p, c.Metric), metricOf(q, c.Metric)
		if c.Dates != nil {
			if c.Dates.BaseCensored != censoredOf(p, c.Metric) || c.Dates.OtherCensored != censoredOf(q, c.Metric) {
				t.Errorf("%+v: censored, want %d and %d", c.Dates, censoredOf(p, c.Metric), censoredOf(q, c.Metric))
			}
			base, other = c.Base, c.Other
		}
		if c.Variant != "everyone" || c.Product != p.Product || c.Metric != comparedMetrics[i%len(comparedMetrics)] {
			t.Errorf("%s, %s, %s in the place of %s", c.Variant, c.Product, c.Metric, comparedMetrics[i%len(comparedMetrics)])
		}
		oracle.Near(t, c.Metric+" of the scenario", c.Base, base, 1e-9*math.Abs(base))
		oracle.Near(t, c.Metric+" of the what-if", c.Other, other, 1e-9*math.Abs(other))
		oracle.Near(t, c.Metric+" difference", c.Difference.Mean, c.Other-c.Base, 1e-9*max(1, math.Abs(c.Other)))
		if c.Noise != (c.Difference.Noise() || c.Difference.Low < c.Difference.High && c.Adjusted > 0.05) || c.Adjusted < c.P {
			t.Errorf("%+v: noise", c)
		}
	}
	if c := comparisonOf(t, a, "premium", "refused-users"); c.Noise || c.Difference.Mean <= 0 || c.Reduction <= 0 {
		t.Errorf("25 more people refuse nobody more: %+v", c)
	}
	if c := comparisonOf(t, a, "premium", "cost"); !c.Noise || c.Difference != (Difference{}) || c.P != 1 {
		t.Errorf("the same seats cost another price: %+v", c)
	}
	if c := comparisonOf(t, a, "premium", exhaustionDate); c.Noise || c.Difference.Mean >= 0 || !(c.Dates.LogRank.P < 0.05) {
		t.Errorf("25 more people delay exhaustion: %+v, %+v", c, c.Dates)
	}
}

func comparisonOf(t *testing.T, a Answers, product, metric string) Comparison {
	t.Helper()
	for _, c := range a.Differences {
		if c.Product == product && c.Metric == metric {
			return c
		}
	}
	t.Fatalf("%s of %s is not compared", metric, product)
	return Comparison{}
}

func metricOf(p Pool, metric string) float64 {
	switch metric {
	case "exhaustion":
		return p.Exhaustion.Probability.Value
	case exhaustionDate, refusalDate:
		return math.NaN()
	}
	value, _, _ := Limit{Metric: metric}.estimate(p, 0)
	return value
}

func censoredOf(p Pool, metric string) int {
	if metric == exhaustionDate {
		return p.Exhaustion.First.Censored
	}
	return p.FirstRefusal.First.Censored
}

// TestDifferencesUnequal: a what-if that was stopped is compared over the
// replications that both have, and a pool of one side alone is not compared.
func TestDifferencesUnequal(t *testing.T) {
	study := fixtureStudy(60, 30)
	records := fixtureRecords(study)
	tenant := &study.Variants[1].Tenants[0]
	tenant.Pools = []record.PoolInfo{tenant.Pools[0], {Product: "process"}}
	a := answersOf(t, study, records[:30+11])
	if len(a.Differences) != len(comparedMetrics) || a.Replications != 11 || a.Variants[0].Replications != 30 {
		t.Fatalf("%d differences, %d replications", len(a.Differences), a.Replications)
	}
	dry := 0
	for _, r := range records[:11] {
		if r.Tenants[0].Pools[0].Exhausted != clock.Never {
			dry++
		}
	}
	oracle.Near(t, "base over the common replications", a.Differences[0].Base, float64(dry)/11, 0)
}

// TestEqualVariants: a what-if that changes nothing differs by exactly nothing, and
// ties with the scenario.
func TestEqualVariants(t *testing.T) {
	study := fixtureStudy(60, 20)
	b, err := NewBuilder(study)
	if err != nil {
		t.Fatal(err)
	}
	b.Follow(Rule{Replications: 20, Question: &Question{Metric: "refused-users", Confidence: 0.95, Indifference: 1}})
	for _, r := range fixtureRecords(study)[:20] {
		for v := range study.Variants {
			r.Variant = v
			if err := b.Add(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	a := b.Answers()
	for _, c := range a.Differences {
		if c.Difference != (Difference{}) || c.Base != c.Other || !c.Noise || c.P != 1 {
			t.Errorf("%+v", c)
		}
	}
	for _, c := range a.Decision.Curves {
		for _, p := range c.Points {
			if p.Difference != (Difference{}) {
				t.Fatalf("holders differ by %v", p.Difference)
			}
		}
	}
	r := a.Decision.Ranking
	if !r.Standings[1].Tied || r.Regret != 0 || r.Standings[0].Variant != "base" || !r.Sought.Done {
		t.Errorf("%+v", r)
	}
}

// TestRankByDate: exhaustion counts up to the end of the day that is asked about.
func TestRankByDate(t *testing.T) {
	study := fixtureStudy(60, 25)
	records := fixtureRecords(study)
	ranked := func(q Question) Answers {
		b, err := NewBuilder(study)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Check(study); err != nil {
			t.Fatal(err)
		}
		b.Follow(Rule{Replications: 25, Question: &q})
		for _, r := range records {
			if err := b.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		return b.Answers()
	}
	a := ranked(Question{Metric: "exhaustion", Confidence: 0.95, By: time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC), Pool: "northlake/premium"})
	by := study.Variants[0].Tenants[0].Midnights[40] // the end of day 39, the 10th of April
	dry := 0
	for _, r := range records[:25] {
		if r.Tenants[0].Pools[0].Exhausted <= by {
			dry++
		}
	}
	oracle.Near(t, "dry by then", a.Differences[0].Base, float64(dry)/25, 0)
	first := a.Decision.Ranking.Standings[0]
	if first.Variant != "base" {
		t.Fatalf("%s is first", first.Variant)
	}
	oracle.Near(t, "dry by then, of the first", first.Value.Mean, float64(dry)/25, 1e-15)
}

func TestQuestionCheck(t *testing.T) {
	study := fixtureStudy(60, 5)
	good := Question{Metric: "cost", Confidence: 0.9}
	for want, change := range map[string]func(q *Question){
		"": func(*Question) {},
		"by 2026-12-31: the study runs from 2 March 2026 to 30 April 2026": func(q *Question) { q.By = time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC) },
		"a confidence of 95": func(q *Question) { q.Confidence = 95 },
		"an indifference of": func(q *Question) { q.Indifference = math.NaN() },
		"a budget of -1":     func(q *Question) { q.Budget = -1 },
		`variant base has no pool "northlake/premum"; nearest is "northlake/premium"`: func(q *Question) { q.Pool = "northlake/premum" },
	} {
		q := good
		change(&q)
		err := q.Check(study)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if pool, metric, err := ParseMetric(" northlake/premium : cost "); err != nil || pool != "northlake/premium" || metric != "cost" {
		t.Errorf("%q, %q, %v", pool, metric, err)
	}
	for s, want := range map[string]string{"costs": "nearest is cost", ": cost": "no pool before the colon", "": "unknown metric"} {
		if _, _, err := ParseMetric(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// FuzzParseMetric: what is read is a metric to rank by, and a pool without spaces
// around it.
func FuzzParseMetric(f *testing.F) {
	for _, s := range []string{"cost", "northlake/premium: blocked-days", " a/b :exhaustion ", ":", "a:b:turned-away"} {
		f.Add(s)
	}
	study := fixtureStudy(3, 1)
	f.Fuzz(func(t *testing.T, s string) {
		pool, metric, err := ParseMetric(s)
		if err != nil {
			return
		}
		if !slices.Contains(RankMetrics, metric) || strings.TrimSpace(pool) != pool {
			t.Errorf("%q reads as %q of %q", s, metric, pool)
		}
		_ = Question{Pool: pool, Metric: metric, Confidence: 0.9}.Check(study) // never panics
	})
}
