package reduction

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"seatcast/analysis/oracle"

	"gonum.org/v1/gonum/mathext"

	"seatcast/analysis"
	"seatcast/sim/rng"
)

// A rareCase is a binomial tail: P(N > c) of n people who have adopted with
// probability F by day T.
type rareCase struct {
	Users  int     `json:"U"`
	By     float64 `json:"T"`
	Mean   float64
	Seats  int     `json:"pool_c"`
	P      float64 `json:"P"`
	Tilted float64 `json:"tilted_p"`
	// Relative is the exact variance of a weight, relative to P².
	Relative float64 `json:"IS_relative_variance_per_rep"`
	Enough   int     `json:"reps_for_10pct_rel_se_IS"`
	// Adoption is Exp(mean 90 d), in place of Mean. Counting takes Naive or Plain
	// replications for 10%, Speedup times as many.
	Adoption string
	Naive    float64 `json:"naive_MC_replications_for_10pct_rel_se"`
	Plain    float64 `json:"reps_for_10pct_rel_se_naive"`
	Speedup  float64 `json:"speedup"`
}

func (c rareCase) share() float64 { return -math.Expm1(-c.By / c.Mean) }

// tilted returns a sampler of the number of adopters under the tilt, with the
// logarithm of its weight.
func (c rareCase) tilted() func(*rng.Stream) (int, float64) {
	p := c.share()
	q := Tilt([]float64{p}, []int{c.Users}, float64(c.Seats+1))[0]
	below := make([]float64, c.Users+1) // P(N ≤ k)
	for k := range c.Users {
		below[k] = mathext.RegIncBeta(float64(c.Users-k), float64(k+1), 1-q)
	}
	below[c.Users] = 1
	return func(luck *rng.Stream) (int, float64) {
		k, _ := slices.BinarySearch(below, luck.Uniform())
		return k, float64(k)*math.Log(p/q) + float64(c.Users-k)*math.Log((1-p)/(1-q))
	}
}

func (c rareCase) sample(n int, luck *rng.Stream) *Tail {
	draw := c.tilted()
	values, weights := make([]int, n), make([]float64, n)
	for i := range values {
		values[i], weights[i] = draw(luck)
	}
	return NewTail(values, weights)
}

// rareCases are the rows of importance_sampling_binomial, and those of
// rare_event_exhaustion that are tails of adoption.
func rareCases(t *testing.T) []rareCase {
	rows := oracle.Expected[[]rareCase](t, "importance_sampling_binomial")
	more := oracle.Expected[[]rareCase](t, "rare_event_exhaustion")[:2]
	for i := range more {
		if _, err := fmt.Sscanf(more[i].Adoption, "Exp(mean %f d)", &more[i].Mean); err != nil {
			t.Fatal(err)
		}
		more[i].Plain = more[i].Naive
	}
	return append(rows, more...)
}

// TestOracleRare: ten times the replications that the exact variance asks for know
// the probability to 10%, and well within five standard errors.
func TestOracleRare(t *testing.T) {
	for _, row := range rareCases(t) {
		if row.Tilted > 0 {
			if got := Tilt([]float64{row.share()}, []int{row.Users}, float64(row.Seats+1))[0]; math.Abs(got-row.Tilted) > 1e-9 {
				t.Errorf("tilted to %v, want %v", got, row.Tilted)
			}
		}
		n := 10 * max(row.Enough, 530)
		luck := rng.New(1).Index(uint64(row.Seats)).Stream()
		p, relative := row.sample(n, &luck).Over(row.Seats, 0.999)
		t.Logf("P = %.5g, exact %.5g, standard error %.1f%% of it, %d replications", p.Value, row.P, 100*relative, n)
		if relative > 0.1 || p.Low > row.P || p.High < row.P {
			t.Errorf("P(N > %d) = %.5g (%.5g to %.5g), exact %.5g; relative error %v", row.Seats, p.Value, p.Low, p.High, row.P, relative)
		}
		oracle.Near(t, "P", mathext.RegIncBeta(float64(row.Seats+1), float64(row.Users-row.Seats), row.share()), row.P, 1e-6*row.P)
		plain := (1 - p.Value) / p.Value / 0.01 // replications for 10% by counting, and what the tilt is worth
		oracle.Near(t, "replications by counting", plain, row.Plain, 0.15*row.Plain)
		if row.Relative > 0 {
			oracle.Near(t, "relative error", relative, math.Sqrt(row.Relative/float64(n)), 0.15*relative)
			oracle.Near(t, "replications for 10%", 100*row.Relative, float64(row.Enough), 1)
			oracle.Near(t, "gain", plain/(100*relative*relative*float64(n)), row.Speedup, 0.4*row.Speedup)
		}
	}
}

// TestRareCoverage: the 99.9% interval holds the exact probability in at least 995 of
// 1,000 repeats.
func TestRareCoverage(t *testing.T) {
	row := rareCases(t)[0]
	draw := row.tilted()
	held := 0
	const repeats, n = 1000, 5340
	values, weights := make([]int, n), make([]float64, n)
	for r := range uint64(repeats) {
		luck := rng.New(2).Index(r).Stream()
		for i := range values {
			values[i], weights[i] = draw(&luck)
		}
		if p, _ := NewTail(values, weights).Over(row.Seats, 0.999); p.Low <= row.P && row.P <= p.High {
			held++
		}
	}
	if t.Logf("held in %d of %d", held, repeats); held < 995 {
		t.Errorf("the interval held the exact value in %d of %d repeats", held, repeats)
	}
}

// TestTiltTogether: groups are tilted together, the sure ones not at all.
func TestTiltTogether(t *testing.T) {
	q := Tilt([]float64{0.1, 0.4, 0, 1}, []int{100, 50, 10, 10}, 60)
	odds := func(p float64) float64 { return p / (1 - p) }
	if got := 100*q[0] + 50*q[1] + 10; math.Abs(got-60) > 1e-9 || q[2] != 0 || q[3] != 1 {
		t.Errorf("%v make %v", q, got)
	}
	if a, b := odds(q[0])/odds(0.1), odds(q[1])/odds(0.4); math.Abs(a/b-1) > 1e-9 {
		t.Errorf("odds are tilted by %v and %v", a, b)
	}
}

type controlCase struct {
	Mean        float64 `json:"exact_mean"`
	Variance    float64 `json:"exact_var"`
	Control     float64 `json:"control_VRF"`
	Antithetic  float64 `json:"antithetic_VRF_vs_two_independent"`
	Correlation float64 `json:"control_correlation"`
}

// TestOracleControlAntithetic: the exhaustion time of 300 seats by 500 people of
// exponential adoption, by order statistics of luck, with claims by the median time
// as control variate and with antithetic luck.
func TestOracleControlAntithetic(t *testing.T) {
	want := oracle.Expected[controlCase](t, "control_variate_antithetic")
	const users, seats, mean, median, n = 500, 300, 90.0, 82.67625423748572, 20_000
	share := -math.Expm1(-median / mean)
	exhausted := func(luck []float64) (at, claimed float64) {
		for _, u := range luck {
			if u < share {
				claimed++
			}
		}
		slices.Sort(luck)
		return -mean * math.Log1p(-luck[seats]), claimed
	}
	var y, x, pairs []float64
	luck, mirrored := make([]float64, users), make([]float64, users)
	for r := range uint64(n) {
		stream := rng.New(3).Index(r).Stream()
		for i := range luck {
			luck[i] = stream.Uniform()
			mirrored[i] = 1 - luck[i]
		}
		at, claimed := exhausted(luck)
		y, x = append(y, at), append(x, claimed)
		if r < n/2 {
			opposite, _ := exhausted(mirrored)
			pairs = append(pairs, at, opposite)
		}
	}
	var exactMean, exactVariance float64 // the time is a sum of exponential ones
	for i := range seats + 1 {
		exactMean += mean / float64(users-i)
		exactVariance += mean * mean / float64((users-i)*(users-i))
	}
	oracle.Near(t, "mean", exactMean, want.Mean, 1e-9*want.Mean)
	oracle.Near(t, "variance", exactVariance, want.Variance, 1e-9*want.Variance)
	oracle.Near(t, "variance of the sample", analysis.MomentsOf(y).Variance(), want.Variance, 4*want.Variance*math.Sqrt(2.0/n)) // ± 4 standard errors
	oracle.Near(t, "correlation", analysis.ContrastOf(x, y).Correlation, want.Correlation, 5*(1-want.Correlation*want.Correlation)/math.Sqrt(n))
	for _, c := range []struct {
		what   string
		got    Estimate
		factor float64
	}{
		{"control variate", Control(y, 0.999, Variate{x, users * share}), want.Control},
		{"antithetic", Antithetic(pairs, 0.999), want.Antithetic},
	} {
		t.Logf("%s: mean %.4f (%.4f to %.4f), exact %.4f; worth %.2f times the replications, exact %.2f", c.what, c.got.Mean, c.got.Low, c.got.High, want.Mean, c.got.Factor, c.factor)
		if c.got.Low > want.Mean || c.got.High < want.Mean {
			t.Errorf("%s: the interval does not hold the exact mean", c.what)
		}
		if math.Abs(c.got.Factor/c.factor-1) > 0.15 {
			t.Errorf("%s: factor %.3f, want %.3f within 15%%", c.what, c.got.Factor, c.factor)
		}
	}
}

// TestControlCoverage: Student's interval of a control variate with few replications
// holds the mean as often as it says.
func TestControlCoverage(t *testing.T) {
	held := 0
	const runs = 2000
	for r := range uint64(runs) {
		luck := rng.New(4).Index(r).Stream()
		var x, y []float64
		for range 10 {
			u, v := luck.Uniform(), luck.Uniform()
			z := math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
			e := math.Sqrt(-2*math.Log(u)) * math.Sin(2*math.Pi*v)
			x, y = append(x, z), append(y, 2*z+e)
		}
		if c := Control(y, 0.95, Variate{x, 0}); c.Low <= 0 && 0 <= c.High {
			held++
		}
	}
	// 0.95 ± 4.1 standard errors
	if share := float64(held) / runs; share < 0.93 || share > 0.97 {
		t.Errorf("held in %v", share)
	}
}

// TestControlSkewed: of numbers as a study has them, skewed, or told nearly wholly by the
// variates, the intervals that are told hold the exact mean in 0.93 of the studies at
// least: 40 people adopt by four times, and those beyond the seats are refused.
func TestControlSkewed(t *testing.T) {
	const runs, n, people = 2000, 64, 40
	for _, seats := range []int{15, 18, 20, 22, 23, 24, 25, 26, 28, 30} {
		exact := 0.0
		for k := seats + 1; k <= people; k++ { // the mean of an excess is a sum of tails
			exact += mathext.RegIncBeta(float64(k), float64(people-k+1), 0.65)
		}
		held, told, factors := 0, 0, 0.0
		for r := range uint64(runs) {
			luck := rng.New(8).Index(uint64(seats)).Index(r).Stream()
			y, variates := excess(&luck, n, people, seats)
			e := Control(y, 0.95, variates...)
			if !e.Sound(n) {
				continue
			}
			told++
			factors += e.Factor
			if e.Low <= exact && exact <= e.High {
				held++
			}
		}
		share := float64(held) / float64(max(1, told))
		t.Logf("%d seats: %.4f refused, told in %d of %d studies, worth %.2f times the replications, held in %.4f", seats, exact, told, runs, factors/float64(max(1, told)), share)
		if least := 0.93 - 3*math.Sqrt(0.93*0.07/float64(max(1, told))); told > 0 && share < least {
			t.Errorf("%d seats: held in %v, want %v", seats, share, least)
		}
		if seats == 26 && told < runs*9/10 || seats == 15 && told > 0 {
			t.Errorf("%d seats: told in %d of %d studies", seats, told, runs)
		}
	}
}

// excess draws how many people adopt beyond the seats, and by each of four times.
func excess(luck *rng.Stream, n, people, seats int) (y []float64, variates []Variate) {
	shares := []float64{0.2, 0.4, 0.55, 0.65}
	for _, share := range shares {
		variates = append(variates, Variate{make([]float64, n), float64(people) * share})
	}
	for i := range n {
		for range people {
			u := luck.Uniform()
			for q, share := range shares {
				if u < share {
					variates[q].Values[i]++
				}
			}
		}
		y = append(y, max(0, variates[3].Values[i]-float64(seats)))
	}
	return y, variates
}

// TestControlRedundant: variates that do not vary, or that others tell, change nothing;
// what variates tell wholly is known.
func TestControlRedundant(t *testing.T) {
	y, x := []float64{3, 1, 4, 1, 5, 9, 2, 6}, []float64{2, 1, 3, 1, 6, 7, 2, 5}
	double, flat := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		double[i], flat[i] = 1-2*x[i], 7
	}
	one, all := Control(y, 0.95, Variate{x, 3}), Control(y, 0.95, Variate{flat, 7}, Variate{x, 3}, Variate{double, -5})
	if one != all || one.Factor < 2 {
		t.Errorf("%+v, with variates that say nothing more %+v", one, all)
	}
	plain := Control(y, 0.95)
	if none := Control(y, 0.95, Variate{flat, 7}); none != plain || plain.Factor != 1 || plain.Mean != 31.0/8 {
		t.Errorf("without a variate %+v, with one that does not vary %+v", plain, none)
	}
	if known := Control(double, 0.95, Variate{x, 3}); math.Abs(known.Mean+5) > 1e-9 || known.High-known.Low > 1e-6 || !math.IsInf(known.Factor, 1) {
		t.Errorf("what a variate tells: %+v, want −5", known)
	}
}
