package analysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"seatcast/analysis/oracle"
)

func TestOracleContrast(t *testing.T) {
	in := oracle.Field[struct {
		A []float64 `json:"policy_A"`
		B []float64 `json:"policy_B"`
	}](t, "paired_vs_welch", "inputs")
	want := oracle.Expected[struct {
		Mean        float64    `json:"mean_diff"`
		PairedT     float64    `json:"paired_t"`
		PairedP     float64    `json:"paired_p"`
		PairedCI    [2]float64 `json:"paired_ci"`
		WelchT      float64    `json:"welch_t"`
		WelchDF     float64    `json:"welch_df"`
		WelchP      float64    `json:"welch_p"`
		WelchCI     [2]float64 `json:"welch_ci"`
		Correlation float64    `json:"correlation"`
		VarianceA   float64    `json:"var_A"`
		VarianceB   float64    `json:"var_B"`
		VarianceD   float64    `json:"var_diff"`
		Reduction   float64    `json:"variance_reduction_factor"`
	}](t, "paired_vs_welch")
	c := ContrastOf(in.B, in.A)
	difference := make([]float64, len(in.A))
	for i := range difference {
		difference[i] = in.A[i] - in.B[i]
	}
	for _, x := range []struct {
		what      string
		got, want float64
	}{
		{"mean", c.Paired.Interval.Mean, want.Mean}, {"paired t", c.Paired.T, want.PairedT}, {"paired p", c.Paired.P, want.PairedP},
		{"paired low", c.Paired.Interval.Low, want.PairedCI[0]}, {"paired high", c.Paired.Interval.High, want.PairedCI[1]},
		{"Welch's t", c.Welch.T, want.WelchT}, {"Welch's degrees of freedom", c.Welch.DF, want.WelchDF}, {"Welch's p", c.Welch.P, want.WelchP},
		{"Welch's low", c.Welch.Interval.Low, want.WelchCI[0]}, {"Welch's high", c.Welch.Interval.High, want.WelchCI[1]},
		{"correlation", c.Correlation, want.Correlation}, {"variance reduction", c.Reduction, want.Reduction},
		{"variance of A", MomentsOf(in.A).Variance(), want.VarianceA}, {"variance of B", MomentsOf(in.B).Variance(), want.VarianceB},
		{"variance of the difference", MomentsOf(difference).Variance(), want.VarianceD},
	} {
		oracle.Near(t, x.what, x.got, x.want, 1e-8*math.Abs(x.want))
	}
}

// TestContrastEdges: what does not vary is known, and a single pair tells nothing.
func TestContrastEdges(t *testing.T) {
	same := ContrastOf([]float64{1, 2, 3}, []float64{1, 2, 3})
	if same.Paired.P != 1 || same.Paired.Interval != (Difference{}) || !math.IsInf(same.Reduction, 1) {
		t.Errorf("equal samples: %+v", same)
	}
	shifted := ContrastOf([]float64{1, 2, 3}, []float64{2, 3, 4})
	if shifted.Paired.P != 0 || shifted.Paired.Interval != (Difference{1, 1, 1}) {
		t.Errorf("a constant difference: %+v", shifted)
	}
	if flat := ContrastOf([]float64{1, 1}, []float64{1, 1}); !math.IsNaN(flat.Reduction) || flat.Correlation != 0 {
		t.Errorf("nothing varies: %+v", flat)
	}
	if one := ContrastOf([]float64{1}, []float64{5}); one.Paired.P != 1 || one.Paired.Interval != (Difference{4, 4, 4}) {
		t.Errorf("one pair: %+v", one)
	}
}

func TestOracleAdjust(t *testing.T) {
	in := oracle.Field[struct {
		P []float64 `json:"p"`
	}](t, "multiple_comparison_adjust", "inputs")
	want := oracle.Expected[map[string][]float64](t, "multiple_comparison_adjust")
	order := []int{3, 0, 4, 2, 1} // p-values need not come in order
	shuffled := make([]float64, len(order))
	for i, from := range order {
		shuffled[i] = in.P[from]
	}
	for name, adjust := range map[string]func([]float64) []float64{"holm": Holm, "benjamini_hochberg": BenjaminiHochberg, "bonferroni": Bonferroni} {
		for i, got := range adjust(shuffled) {
			oracle.Near(t, name, got, want[name][order[i]], 1e-12)
		}
		if got := adjust(nil); len(got) != 0 {
			t.Errorf("%s of nothing: %v", name, got)
		}
	}
}

func TestMcNemar(t *testing.T) {
	oracle.Near(t, "p of 12 against 3", McNemar(12, 3), 0.03515625, 1e-12) // 2·(1+15+105+455)/2^15
	if McNemar(3, 12) != McNemar(12, 3) || McNemar(0, 0) != 1 || McNemar(4, 4) != 1 {
		t.Error("not symmetric, or a p-value above 1")
	}
}

func TestOracleLogRank(t *testing.T) {
	in := oracle.Field[struct {
		Time1  []float64 `json:"time1"`
		Event1 []int     `json:"event1"`
		Time2  []float64 `json:"time2"`
	}](t, "logrank_two_policies", "inputs")
	want := oracle.Expected[struct {
		ChiSquare float64 `json:"chisq"`
		Expected1 float64 `json:"expected1"`
		Expected2 float64 `json:"expected2"`
		Variance  float64 `json:"variance"`
		P         float64 `json:"p"`
	}](t, "logrank_two_policies")
	event1, event2 := make([]bool, len(in.Time1)), slices.Repeat([]bool{true}, len(in.Time2))
	for i, e := range in.Event1 {
		event1[i] = e == 1
	}
	l, err := LogRankOf(in.Time1, event1, in.Time2, event2)
	if err != nil {
		t.Fatal(err)
	}
	oracle.Near(t, "χ²", l.ChiSquare, want.ChiSquare, 1e-8*want.ChiSquare)
	oracle.Near(t, "expected 1", l.Expected1, want.Expected1, 1e-8*want.Expected1)
	oracle.Near(t, "expected 2", l.Expected2, want.Expected2, 1e-8*want.Expected2)
	oracle.Near(t, "variance", l.Variance, want.Variance, 1e-8*want.Variance)
	oracle.Near(t, "p", l.P, want.P, 1e-8*want.P)
	oracle.Near(t, "events", l.Observed1+l.Observed2, l.Expected1+l.Expected2, 1e-9)
}

func TestLogRankEdges(t *testing.T) {
	if l, err := LogRankOf(nil, nil, nil, nil); err != nil || l.P != 1 {
		t.Errorf("of nothing: %+v, %v", l, err)
	}
	if l, err := LogRankOf([]float64{5, 5}, []bool{false, false}, []float64{5}, []bool{false}); err != nil || l.P != 1 || l.ChiSquare != 0 {
		t.Errorf("without events: %+v, %v", l, err)
	}
	if _, err := LogRankOf([]float64{1}, nil, nil, nil); err == nil {
		t.Error("a time without an entry in events")
	}
	if _, err := LogRankOf([]float64{math.NaN()}, []bool{true}, nil, nil); err == nil {
		t.Error("a time that is not a number")
	}
}

// TestCompareWithBest: at the slippage configuration and with common luck or none,
// the best is among those that may be it, the regret is no less than the truth, and
// a confidence that is given is held, each at 95% but for 3 standard errors.
func TestCompareWithBest(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 3))
	const runs, n, k = 500, 20, 4
	least := 0.95 - 3*math.Sqrt(0.05*0.95/runs)
	for _, rho := range []float64{0, 0.9} {
		for _, lead := range []float64{0.01, 0.6} {
			among, regret, wrong, sure := 0, 0, 0, 0
			for range runs {
				samples := make([][]float64, k)
				for range n {
					common := r.NormFloat64()
					for i := range samples {
						x := math.Sqrt(rho)*common + math.Sqrt(1-rho)*r.NormFloat64()
						if i == 2 {
							x -= lead
						}
						samples[i] = append(samples[i], x)
					}
				}
				c := CompareWithBest(samples, 0.95)
				if slices.Contains(c.Among, 2) {
					among++
				}
				if truth := lead; c.First == 2 || c.Regret >= truth {
					regret++
				}
				if c.Certain >= 0.95 {
					sure++
					if c.First != 2 {
						wrong++
					}
				}
			}
			t.Logf("ρ %v, lead %v: among %.4f, regret %.4f, sure of it in %d runs, wrongly in %d", rho, lead, float64(among)/runs, float64(regret)/runs, sure, wrong)
			if float64(among)/runs < least || float64(regret)/runs < least || float64(wrong)/runs > 1-least {
				t.Errorf("ρ %v, lead %v: best among in %d, regret in %d, wrong in %d of %d", rho, lead, among, regret, wrong, runs)
			}
		}
	}
}

func TestCompareWithBestTies(t *testing.T) {
	c := CompareWithBest([][]float64{{5, 7}, {1, 3}, {1, 3}}, 0.95)
	if c.First != 1 || !slices.Equal(c.Among, []int{1, 2}) || c.Certain != 1 || c.Regret != 0 {
		t.Errorf("%+v, want the first of the two equal ones, and both among the best for sure", c)
	}
}

// BenjaminiHochberg returns the p-values of a family adjusted so that among those
// at most q the expected share of false ones is at most q, where they are
// independent or positively dependent (JRSS B 57, 1995, 289–300).
func BenjaminiHochberg(ps []float64) []float64 {
	return adjust(ps, func(order []int, out []float64) {
		best := 1.0
		for rank, i := range slices.Backward(order) {
			best = min(best, float64(len(ps))/float64(rank+1)*ps[i])
			out[i] = best
		}
	})
}

// Bonferroni returns the p-values of a family times their number, 1 at most.
func Bonferroni(ps []float64) []float64 {
	return adjust(ps, func(_ []int, out []float64) {
		for i, p := range ps {
			out[i] = min(1, float64(len(ps))*p)
		}
	})
}
