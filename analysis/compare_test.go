package analysis

import (
	"math"
	"math/rand/v2"
	"testing"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

func TestOraclePaired(t *testing.T) {
	in := oracleField[struct {
		A []float64 `json:"policy_A"`
		B []float64 `json:"policy_B"`
	}](t, "paired_vs_welch", "inputs")
	want := oracle[struct {
		Mean float64    `json:"mean_diff"`
		CI   [2]float64 `json:"paired_ci"`
	}](t, "paired_vs_welch")
	got := Paired(in.B, in.A)
	near(t, "mean difference", got.Mean, want.Mean, 1e-8*want.Mean)
	near(t, "low", got.Low, want.CI[0], 1e-8*want.CI[0])
	near(t, "high", got.High, want.CI[1], 1e-8*want.CI[1])
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
	near(t, "mean", d.Mean, 9.0/40, 1e-15)
	// (12.5 − 3.5)/42 ± z √(12.5 + 3.5 − 9²/42)/42
	half := 1.959963984540054 * math.Sqrt(16-81.0/42) / 42
	near(t, "low", d.Low, 9.0/42-half, 1e-12)
	near(t, "high", d.High, 9.0/42+half, 1e-12)
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
	if len(a.Differences) != 6 {
		t.Fatalf("%d differences, want exhaustion, refused-users and cost of two pools", len(a.Differences))
	}
	for _, c := range a.Differences {
		p, q := a.Variants[0].Pools[0], a.Variants[1].Pools[0]
		if c.Product == "per-user" {
			p, q = a.Variants[0].Pools[1], a.Variants[1].Pools[1]
		}
		base, other := p.RefusedUsers.Mean, q.RefusedUsers.Mean
		switch c.Metric {
		case "exhaustion":
			base, other = p.Exhaustion.Probability.Value, q.Exhaustion.Probability.Value
		case "cost":
			base, other = p.Cost.Mean, q.Cost.Mean
		}
		if c.Variant != "everyone" || c.Base != base || c.Other != other || c.Noise != (c.Difference.Low <= 0 && c.Difference.High >= 0) {
			t.Errorf("%+v, want base %v and other %v", c, base, other)
		}
		near(t, "difference", c.Difference.Mean, other-base, 1e-9)
	}
	if c := a.Differences[1]; c.Noise || c.Difference.Mean <= 0 {
		t.Errorf("25 more people refuse nobody more: %+v", c)
	}
	if c := a.Differences[2]; !c.Noise || c.Difference != (Difference{}) {
		t.Errorf("the same seats cost another price: %+v", c)
	}
}

// TestDifferencesUnequal: a what-if that was stopped is compared over the
// replications that both have, and a pool of one side alone is not compared.
func TestDifferencesUnequal(t *testing.T) {
	study := fixtureStudy(60, 30)
	records := fixtureRecords(study)
	tenant := &study.Variants[1].Tenants[0]
	tenant.Pools = []record.PoolInfo{tenant.Pools[0], {Product: "process"}}
	a := answersOf(t, study, records[:30+11])
	if len(a.Differences) != 3 || a.Replications != 11 || a.Variants[0].Replications != 30 {
		t.Fatalf("%d differences, %d replications", len(a.Differences), a.Replications)
	}
	dry := 0
	for _, r := range records[:11] {
		if r.Tenants[0].Pools[0].Exhausted != clock.Never {
			dry++
		}
	}
	near(t, "base over the common replications", a.Differences[0].Base, float64(dry)/11, 0)
}
