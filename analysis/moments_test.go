package analysis

import (
	"math"
	"math/rand/v2"
	"testing"

	"seatcast/analysis/oracle"
)

func TestOracleWelfordMerge(t *testing.T) {
	in := oracle.Field[struct{ A, B []float64 }](t, "welford_merge", "inputs")
	want := oracle.Expected[struct{ Mean, Var float64 }](t, "welford_merge")
	var a, b, streamed Moments
	for _, x := range in.A {
		a.Add(x)
		streamed.Add(x)
	}
	for _, x := range in.B {
		b.Add(x)
		streamed.Add(x)
	}
	reversed := b
	reversed.Merge(a)
	a.Merge(b)
	for name, m := range map[string]Moments{
		"merged": a, "merged in reverse": reversed, "streamed": streamed,
		"two-pass": MomentsOf(append(append([]float64{}, in.A...), in.B...)),
	} {
		if m.N() != 6 {
			t.Errorf("%s: N = %d, want 6", name, m.N())
		}
		oracle.Near(t, name+" mean", m.Mean(), want.Mean, 1e-12*want.Mean)
		oracle.Near(t, name+" variance", m.Variance(), want.Var, 1e-12*want.Var)
	}
}

func TestMomentsEmpty(t *testing.T) {
	var m, empty Moments
	m.Add(3)
	m.Merge(empty)
	empty.Merge(m)
	if m != empty || m.N() != 1 || m.Mean() != 3 || m.Variance() != 0 {
		t.Errorf("merging with an empty sample gives %v and %v", m, empty)
	}
	if low, high := m.Interval(0.95); low != 3 || high != 3 {
		t.Errorf("interval of one observation = [%v, %v], want [3, 3]", low, high)
	}
	if low, high := MomentsOf([]float64{0.1, 0.1, 0.1, 0.1}).Interval(0.95); high-low > 1e-15 {
		t.Errorf("interval of equal observations = [%v, %v]", low, high)
	}
}

// TestStudentCoverage counts how often the interval of ten normal numbers holds
// their mean. It is exact for them: 0.95, within 4 standard errors.
func TestStudentCoverage(t *testing.T) {
	const runs, n = 20000, 10
	rng := rand.New(rand.NewPCG(11, 1))
	hits := 0
	for range runs {
		var m Moments
		for range n {
			m.Add(5 + 2*rng.NormFloat64())
		}
		if low, high := m.Interval(0.95); low <= 5 && 5 <= high {
			hits++
		}
	}
	oracle.Near(t, "coverage", float64(hits)/runs, 0.95, 4*math.Sqrt(0.95*0.05/runs))
}
