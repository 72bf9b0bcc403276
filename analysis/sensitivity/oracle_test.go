package sensitivity

import (
	"math"
	"slices"
	"strings"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/analysis"
	"seatcast/sim/rng"
)

// named returns inputs x1, x2, ….
func named(n int) (inputs []Input) {
	for i := range n {
		inputs = append(inputs, Input{Path: string("x") + string(rune('1'+i))})
	}
	return inputs
}

// byPath puts results back into the order of the inputs.
func byPath[T any](all []T, path func(T) string) []T {
	return slices.SortedFunc(slices.Values(all), func(a, b T) int { return strings.Compare(path(a), path(b)) })
}

// indicesOf returns the indices of a function in the order of its inputs.
func indicesOf(t *testing.T, f Function, k, n int, seed uint64) []Index {
	t.Helper()
	all, err := Sobol(f, named(k), n, rng.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return byPath(all, func(i Index) string { return i.Path })
}

func TestOracleSobolIshigami(t *testing.T) {
	want := oracle.Expected[struct {
		Variance float64 `json:"variance"`
		S1, ST   []float64
		S13      float64
	}](t, "sobol_ishigami")
	var values, squares, n float64
	ishigami := func(u []float64) (float64, error) {
		x := func(i int) float64 { return math.Pi * (2*u[i] - 1) }
		y := math.Sin(x(0)) + 7*math.Pow(math.Sin(x(1)), 2) + 0.1*math.Pow(x(2), 4)*math.Sin(x(0))
		values, squares, n = values+y, squares+y*y, n+1
		return y, nil
	}
	for seed := range uint64(3) {
		indices := indicesOf(t, ishigami, 3, 65_536, seed)
		for i, index := range indices {
			oracle.Near(t, "S1 of "+index.Path, index.First.Mean, want.S1[i], 0.01)
			oracle.Near(t, "ST of "+index.Path, index.Total.Mean, want.ST[i], 0.01)
		}
		for _, i := range []int{0, 2} { // these two interact, and with nothing else
			oracle.Near(t, "ST − S1 of "+indices[i].Path, indices[i].Total.Mean-indices[i].First.Mean, want.S13, 0.01)
		}
	}
	oracle.Near(t, "variance", squares/n-(values/n)*(values/n), want.Variance, 0.01*want.Variance)
}

// TestSobolG: Sobol's g-function ∏ (|4x−2| + a)/(1+a), whose V_i = 1/(3(1+a_i)²).
func TestSobolG(t *testing.T) {
	a := []float64{0, 1, 4.5, 9}
	g := func(x []float64) (float64, error) {
		y := 1.0
		for i := range a {
			y *= (math.Abs(4*x[i]-2) + a[i]) / (1 + a[i])
		}
		return y, nil
	}
	variance := 1.0
	for _, c := range a {
		variance *= 1 + 1/(3*(1+c)*(1+c))
	}
	variance--
	for i, index := range indicesOf(t, g, len(a), 65_536, 1) {
		v := 1 / (3 * (1 + a[i]) * (1 + a[i]))
		oracle.Near(t, "S1 of "+index.Path, index.First.Mean, v/variance, 0.01)
		oracle.Near(t, "ST of "+index.Path, index.Total.Mean, v*(variance+1)/(1+v)/variance, 0.01)
	}
}

// TestSobolIntervals: the intervals hold the exact index about as often as they say.
func TestSobolIntervals(t *testing.T) {
	linear := func(x []float64) (float64, error) { return 2*x[0] + x[1], nil }
	const runs = 200
	held := 0
	for seed := range uint64(runs) {
		first := indicesOf(t, linear, 2, 128, seed)[0].First
		if first.Low <= 0.8 && 0.8 <= first.High {
			held++
		}
	}
	if held < runs*90/100 {
		t.Errorf("the 95%% interval held the index in %d of %d runs", held, runs)
	}
}

func TestOracleMorris(t *testing.T) {
	want := oracle.Expected[struct {
		Mu     []float64 `json:"mu"`
		MuStar []float64 `json:"mu_star"`
		Sigma  []float64 `json:"sigma"`
	}](t, "morris_linear")
	linear := func(x []float64) (float64, error) { return 3*x[0] - 2*x[1] + 0.5*x[2], nil }
	effects, err := Morris(linear, named(4), 10, 4, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	if effects[0].Path != "x1" || effects[3].Path != "x4" {
		t.Errorf("the largest comes first, %s, and the least last, %s", effects[0].Path, effects[3].Path)
	}
	for i, e := range byPath(effects, func(e Effect) string { return e.Path }) {
		oracle.Near(t, "mu of "+e.Path, e.Mean, want.Mu[i], 1e-12)
		oracle.Near(t, "mu* of "+e.Path, e.Absolute.Mean, want.MuStar[i], 1e-12)
		oracle.Near(t, "sigma of "+e.Path, e.Spread, want.Sigma[i], 1e-12)
	}
	product := func(x []float64) (float64, error) { y, _ := linear(x); return y + 4*x[0]*x[1], nil }
	effects, _ = Morris(product, named(4), 10, 4, rng.New(1))
	for i, e := range byPath(effects, func(e Effect) string { return e.Path }) {
		if (e.Spread > 1e-9) != (i < 2) {
			t.Errorf("sigma of %s = %v: only x1 and x2 interact", e.Path, e.Spread)
		}
	}
}

// TestTornado: on the same luck a shift is known exactly, and noise is not.
func TestTornado(t *testing.T) {
	base := []float64{1, 5, 3}
	shifted := func(by float64) []float64 { return []float64{1 + by, 5 + by, 3 + by} }
	in := named(2)
	swings := Tornado(in, base, [][]float64{shifted(-1), shifted(4)}, [][]float64{shifted(2), shifted(-4)}, false)
	if swings[0].Path != "x2" || swings[0].Span.Mean != -8 || swings[1].AtHigh.Low != 2 || swings[1].AtHigh.High != 2 {
		t.Errorf("%+v", swings)
	}
}

// TestRivals: who may be as large as the first, by the intervals of what is told.
func TestRivals(t *testing.T) {
	d := func(low, mean, high float64) analysis.Difference {
		return analysis.Difference{Mean: mean, Low: low, High: high}
	}
	in := named(3)
	r := Result{Swings: []Swing{{Input: in[0], AtLow: d(4, 5, 6), AtHigh: d(-6, -5, -4), Span: d(-12, -10, -8)},
		{Input: in[1], Span: d(5, 7, 9)}, {Input: in[2], AtHigh: d(-7, -5, -3)}}}
	if got := r.Rivals(); !slices.Equal(got, []string{"x2"}) {
		t.Errorf("%v, want x2 alone", got)
	}
	r = Result{Effects: []Effect{{Input: in[0], Absolute: d(3, 3, 3)}, {Input: in[1], Absolute: d(3, 3, 3)}}}
	if got := r.Rivals(); got != nil {
		t.Errorf("what is known exactly has no rivals: %v", got)
	}
	r = Result{Indices: []Index{{Input: in[0], Total: d(0.5, 0.6, 0.7)}, {Input: in[1], Total: d(0.2, 0.4, 0.6)}, {Input: in[2], Total: d(0, 0.1, 0.2)}}}
	if got := r.Rivals(); !slices.Equal(got, []string{"x2"}) {
		t.Errorf("%v, want x2 alone", got)
	}
}
