package selection

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"seatcast/analysis/oracle"

	"gonum.org/v1/gonum/stat/distuv"
)

var full = flag.Bool("full", false, "run the selection procedures 2,000 times each, which takes a minute")

type designed struct {
	K     int     `json:"k"`
	PStar float64 `json:"P_star"`
	N0    int     `json:"n0"`
	H     float64 `json:"h"`
}

// TestOracleRinott: the oracle's constants are good to 1e-4, as its tolerance says. So that
// ours are to more, the integral that they solve is done again, by the midpoint rule.
func TestOracleRinott(t *testing.T) {
	for _, c := range oracle.Field[[]designed](t, "rinott_h", "expected") {
		h, err := Rinott(c.K, c.PStar, c.N0)
		if err != nil {
			t.Fatal(err)
		}
		oracle.Near(t, "h", h, c.H, 1e-4)
		oracle.Near(t, "P*", rinottIntegral(h, c.K, c.N0), c.PStar, 1e-10)
	}
}

// TestRinottTwice: of two systems, Z√(ν/X + ν/Y) with χ² variables X and Y is the
// difference of two Student variables, so Rinott's constant is that of Dudewicz and
// Dalal.
func TestRinottTwice(t *testing.T) {
	h, err := Rinott(2, 0.95, 2) // then it is Cauchy's, with a closed form
	if err != nil {
		t.Fatal(err)
	}
	oracle.Near(t, "h of two systems and two observations", h, 2*math.Tan(math.Pi*0.45), 1e-6)
	for _, n0 := range []int{5, 10, 50, 200} {
		h, err := Rinott(2, 0.95, n0)
		h1, err1 := DudewiczDalal(2, 0.95, n0)
		if err != nil || err1 != nil {
			t.Fatal(err, err1)
		}
		oracle.Near(t, "h of two systems", h, h1, 1e-8*h1)
	}
}

// rinottIntegral is the probability that a constant gives, the plainest way.
func rinottIntegral(h float64, k, n0 int) float64 {
	const cells = 600
	nu := float64(n0 - 1)
	chi := distuv.ChiSquared{K: nu}
	low, high := math.Log(chi.Quantile(1e-13)), math.Log(chi.Quantile(1-1e-13))
	step := (high - low) / cells
	at := func(i int) (x, weight float64) {
		x = math.Exp(low + (float64(i)+0.5)*step)
		return x, chi.Prob(x) * x * step
	}
	var total float64
	for i := range cells {
		y, outer := at(i)
		var inner float64
		for j := range cells {
			x, weight := at(j)
			inner += weight * distuv.UnitNormal.CDF(h/math.Sqrt(nu*(1/x+1/y)))
		}
		total += outer * math.Pow(inner, float64(k-1))
	}
	return total
}

func TestOracleDudewiczDalal(t *testing.T) {
	for _, c := range oracle.Field[[]designed](t, "dudewicz_dalal_h1", "expected") {
		h, err := DudewiczDalal(c.K, c.PStar, c.N0)
		if err != nil {
			t.Fatal(err)
		}
		oracle.Near(t, "h1", h, c.H, 1e-8)
	}
}

func TestOracleKN(t *testing.T) {
	for _, c := range oracle.Field[[]struct {
		K     int     `json:"k"`
		N0    int     `json:"n0"`
		Alpha float64 `json:"alpha"`
		Eta   float64 `json:"eta_bonferroni"`
		H2    float64 `json:"h2_bonferroni"`
		EtaI  float64 `json:"eta_independent"`
		H2I   float64 `json:"h2_independent"`
	}](t, "kn_constants", "expected") {
		d := KN{Systems: c.K, FirstStage: c.N0, Confidence: 1 - c.Alpha, Indifference: 1}
		eta, h2 := d.Constants()
		oracle.Near(t, "η", eta, c.Eta, 1e-10*c.Eta)
		oracle.Near(t, "h²", h2, c.H2, 1e-10*c.H2)
		eta, h2 = d.IndependentConstants()
		oracle.Near(t, "independent η", eta, c.EtaI, 1e-10*c.EtaI)
		oracle.Near(t, "independent h²", h2, c.H2I, 1e-10*c.H2I)
	}
}

func TestOracleOCBA(t *testing.T) {
	in := oracle.Field[struct {
		Mean []float64 `json:"mean"`
		SD   []float64 `json:"sd"`
	}](t, "ocba_allocation", "inputs")
	want := oracle.Field[struct {
		Fractions []float64 `json:"fractions"`
		Alloc     []float64 `json:"alloc_T_1000"`
	}](t, "ocba_allocation", "expected")
	got, err := OCBA(in.Mean, in.SD)
	if err != nil {
		t.Fatal(err)
	}
	divided := Divide(got, make([]int, len(got)), 1000)
	total := 0
	for i := range got {
		oracle.Near(t, "fraction", got[i], want.Fractions[i], 1e-9*want.Fractions[i])
		oracle.Near(t, "observations", 1000*got[i], want.Alloc[i], 1e-9*want.Alloc[i])
		oracle.Near(t, "whole observations", float64(divided[i]), want.Alloc[i], 1)
		total += divided[i]
	}
	if total != 1000 {
		t.Errorf("%d observations were divided, want 1000", total)
	}
}

func TestDivide(t *testing.T) {
	for _, c := range []struct {
		fractions  []float64
		have       []int
		more       int
		want       []int
		whatItDoes string
	}{
		{[]float64{0.5, 0.5}, []int{10, 20}, 10, []int{10, 0}, "who has less gets all"},
		{[]float64{0.1, 0.9}, []int{50, 50}, 20, []int{0, 20}, "who has enough gets nothing"},
		{[]float64{1. / 3, 1. / 3, 1. / 3}, []int{0, 0, 0}, 10, []int{4, 3, 3}, "the rest goes to the first of equals"},
		{[]float64{0, 0}, []int{5, 5}, 10, []int{0, 0}, "nobody needs any"},
	} {
		if got := Divide(c.fractions, c.have, c.more); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.whatItDoes, got, c.want)
		}
	}
}

func TestOCBAEdges(t *testing.T) {
	if f, err := OCBA([]float64{1, 2}, []float64{0, 0}); err != nil || f[0] != 0 || f[1] != 0 {
		t.Errorf("nothing varies: %v, %v", f, err)
	}
	f, err := OCBA([]float64{1, 1, 5}, []float64{1, 1, 0})
	if err != nil || math.IsNaN(f[0]) || f[2] != 0 || math.Abs(f[0]-0.5) > 1e-12 {
		t.Errorf("a tie: %v, %v; want the two halves", f, err)
	}
	if _, err := OCBA([]float64{1}, []float64{1}); err == nil {
		t.Error("one system is divided among")
	}
}

func TestWrongDesigns(t *testing.T) {
	for _, d := range []designed{{K: 1, PStar: 0.9, N0: 10}, {K: 2, PStar: 0.9, N0: 1}, {K: 2, PStar: 0.5, N0: 10}, {K: 2, PStar: 1, N0: 10}, {K: 2, PStar: math.NaN(), N0: 9}} {
		if _, err := Rinott(d.K, d.PStar, d.N0); err == nil {
			t.Errorf("Rinott takes %+v", d)
		}
		if _, err := DudewiczDalal(d.K, d.PStar, d.N0); err == nil {
			t.Errorf("Dudewicz and Dalal take %+v", d)
		}
		if _, err := (KN{d.K, d.N0, d.PStar, 1}).Select(make([][]float64, d.K)); err == nil {
			t.Errorf("KN takes %+v", d)
		}
	}
	for _, delta := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := (KN{2, 2, 0.9, delta}).Select([][]float64{{1, 2}, {2, 3}}); err == nil {
			t.Errorf("KN takes an indifference of %v", delta)
		}
	}
}

// TestKNByHand: two systems, whose difference has variance 1 in the first stage.
// With n0 = 2, confidence 0.95 and δ = 1, η = (0.1^−2 − 1)/2 = 49.5 and h² = 99: the
// continuation region after r pairs is a sum of differences within (99 − r)/2.
func TestKNByHand(t *testing.T) {
	d := KN{Systems: 2, FirstStage: 2, Confidence: 0.95, Indifference: 1}
	_, h2 := d.Constants()
	oracle.Near(t, "h²", h2, 99, 1e-9)
	step := math.Sqrt2 / 2
	a := []float64{10 + step, 10 - step} // the first differs by 10 ± √½: variance 1
	b := []float64{0, 0}
	for range 8 {
		a, b = append(a, 10), append(b, 0)
	}
	s, err := d.Select([][]float64{a, b})
	// 10r > (99 − r)/2 from r = 5 on
	if err != nil || !s.Done || s.After != 5 || !slices.Equal(s.Left, []int{1}) || s.Needs < 99 || s.Needs > 100 {
		t.Errorf("%+v, %v; want system 1 after 5 of at most 100", s, err)
	}
	if s, _ = d.Select([][]float64{a[:4], b[:4]}); s.Done || len(s.Left) != 2 || s.After != 4 {
		t.Errorf("%+v, want both left after 4", s)
	}
	// A system that was dropped needs no more; equal ones end in the first of them.
	if s, _ = d.Select([][]float64{a[:5], b}); !s.Done {
		t.Errorf("%+v, want done", s)
	}
	if s, _ = d.Select([][]float64{b, b}); !s.Done || !slices.Equal(s.Left, []int{0}) || s.After != 2 {
		t.Errorf("%+v, want the first of two equal ones", s)
	}
}

// slippage are k systems of which the last is the best, by δ, and the others are
// equal: the hardest case of the guarantee. With correlation ρ they share luck.
func slippage(r *rand.Rand, samples [][]float64, delta, rho float64) {
	common := r.NormFloat64()
	for i := range samples {
		x := math.Sqrt(rho)*common + math.Sqrt(1-rho)*r.NormFloat64()
		if i == len(samples)-1 {
			x -= delta
		}
		samples[i] = append(samples[i], x)
	}
}

// TestSelection runs KN and Rinott's procedure at the slippage configuration of 5
// systems: the right one is picked at least as often as is promised, less 3
// standard errors of the count (less 0.01 in the 2,000 runs of -full), and KN needs
// no more observations than Rinott, far fewer under common random numbers.
func TestSelection(t *testing.T) {
	const k, n0, pStar, delta = 5, 10, 0.95, 0.5
	runs, slack := 300, 3*math.Sqrt(pStar*(1-pStar)/300)
	if *full {
		runs, slack = 2000, 0.01
	}
	h, err := Rinott(k, pStar, n0)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(4, 1))
	d := KN{Systems: k, FirstStage: n0, Confidence: pStar, Indifference: delta}
	rightR, usedR := 0, 0
	for range runs {
		right, used := twoStage(r, h, k, n0, delta)
		rightR, usedR = rightR+right, usedR+used
	}
	report(t, "Rinott", rightR, usedR, runs, pStar-slack)
	for _, rho := range []float64{0, 0.8} {
		right, used := 0, 0
		for range runs {
			samples := make([][]float64, k)
			for range n0 {
				slippage(r, samples, delta, rho)
			}
			s, err := d.Select(samples)
			for ; err == nil && !s.Done; s, err = d.Select(samples) {
				for range 16 {
					slippage(r, samples, delta, rho)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.Left[0] == k-1 {
				right++
			}
			used += observed(d, samples)
		}
		report(t, "KN", right, used, runs, pStar-slack)
		if used > usedR {
			t.Errorf("ρ = %v: KN used %d observations, Rinott %d", rho, used, usedR)
		}
	}
}

func report(t *testing.T, what string, right, used, runs int, least float64) {
	t.Helper()
	share := float64(right) / float64(runs)
	t.Logf("%s: right in %.4f of %d runs, %.1f observations a run", what, share, runs, float64(used)/float64(runs))
	if share < least {
		t.Errorf("%s is right in %v of the runs, want %v", what, share, least)
	}
}

// observed counts the observations that KN looks at: what a system is dropped
// after is left out.
func observed(d KN, samples [][]float64) int {
	used, left := d.FirstStage*d.Systems, d.Systems
	for r := d.FirstStage; left > 1; r++ {
		cut := make([][]float64, len(samples))
		for i := range samples {
			cut[i] = samples[i][:r]
		}
		s := d.run(cut)
		if left = len(s.Left); left > 1 {
			used += left
		}
	}
	return used
}

// twoStage runs Rinott's procedure once.
func twoStage(r *rand.Rand, h float64, k, n0 int, delta float64) (right, used int) {
	best, least := 0, math.Inf(1)
	for i := range k {
		draw := func() float64 {
			if i == k-1 {
				return r.NormFloat64() - delta
			}
			return r.NormFloat64()
		}
		var sum, squares float64
		for range n0 {
			x := draw()
			sum, squares = sum+x, squares+x*x
		}
		s := math.Sqrt((squares - sum*sum/float64(n0)) / float64(n0-1))
		n := RinottNeeds(h, s, delta, n0)
		for range n - n0 {
			sum += draw()
		}
		if mean := sum / float64(n); mean < least {
			best, least = i, mean
		}
		used += n
	}
	if best == k-1 {
		right = 1
	}
	return right, used
}

// IndependentConstants returns η and h² for systems that share no luck, which
// would be wrong under common random numbers.
func (d KN) IndependentConstants() (eta, h2 float64) {
	beta := 1 - math.Pow(d.Confidence, 1/float64(d.Systems-1))
	return d.constants(beta)
}

// DudewiczDalal returns the constant h1 of the two-stage procedure of Dudewicz and
// Dalal (Sankhyā B37, 1975, 28–78), as Law tabulates it (Simulation Modeling and
// Analysis, 5th ed., table 10.11):
//
//	∫ F(t + h)^(k−1) f(t) dt = pStar
//
// where F and f belong to Student's t with n0−1 degrees of freedom.
func DudewiczDalal(k int, pStar float64, n0 int) (float64, error) {
	if err := checkDesign(k, pStar, n0); err != nil {
		return 0, fmt.Errorf("the constant of Dudewicz and Dalal: %w", err)
	}
	t := distuv.StudentsT{Sigma: 1, Nu: float64(n0 - 1)}
	law := student(t)
	return root(func(h float64) float64 {
		return law.mean(func(x float64) float64 { return math.Pow(t.CDF(x+h), float64(k-1)) }) - pStar
	}), nil
}

// student integrates over u with t = sinh u, in which
// the heavy tails of few degrees of freedom are short.
func student(t distuv.StudentsT) law {
	end := math.Asinh(t.Quantile(1 - far))
	l := legendre(1000, -end, end)
	for i, u := range l.at {
		l.at[i] = math.Sinh(u)
		l.weight[i] *= t.Prob(l.at[i]) * math.Cosh(u)
	}
	return l
}
