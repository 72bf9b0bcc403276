package fit

import (
	"encoding/csv"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"seatcast/analysis/oracle"
)

// Series whose licence does not let them into the repository are read from a
// folder, where one is given:
//
//	go test ./analysis/fit -run GlobalOptimum -data FOLDER
var data = flag.String("data", "", "a folder with r_diffusion_*.csv, the series of the R package diffusion")

// near fails unless got is within a tolerance of want, relative to it.
func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)+1e-12) {
		t.Errorf("%s = %.12g, want %.12g ± %g of it", what, got, want, relative)
	}
}

type optimum struct {
	M, P, Q, RSS, RSE, LogLik float64
	SE                        []float64
}

func vcr(t *testing.T) []float64 {
	return oracle.Field[struct{ Sales []float64 }](t, "bass_fit_vcr", "inputs").Sales
}

func TestFitBassVCR(t *testing.T) {
	want := oracle.Field[map[string]optimum](t, "bass_fit_vcr", "expected")
	for name, c := range map[string]Criterion{"nls_density": Density, "nls_srinivasan_mason": SrinivasanMason, "nls_cumulative": Cumulative,
		"poisson_mle_nhpp": Poisson, "ols_bass1969_lagged": Lagged} {
		got, err := FitBass(vcr(t), c)
		if err != nil {
			t.Fatal(err)
		}
		w := want[name]
		near(t, name+" m", got.M, w.M, 1e-4)
		near(t, name+" p", got.P, w.P, 1e-4)
		near(t, name+" q", got.Q, w.Q, 1e-4)
		if w.RSS > 0 {
			near(t, name+" rss", got.RSS, w.RSS, 1e-7)
		}
		for i, se := range w.SE {
			near(t, name+" se", got.SE[i], se, 1e-3)
		}
		if w.LogLik != 0 && math.Abs(got.LogLik-w.LogLik) > 1e-4 {
			t.Errorf("%s loglik = %v, want %v", name, got.LogLik, w.LogLik)
		}
		if w.RSE > 0 {
			near(t, name+" rse", math.Sqrt(got.RSS/7), w.RSE, 1e-6)
		}
	}
}

// TestFitBassGlobalOptimum: the residual sum of squares is the least there is,
// found from outside by 200 random starts.
func TestFitBassGlobalOptimum(t *testing.T) {
	want := oracle.Field[map[string]optimum](t, "bass_fit_global_optimum", "expected")
	series := map[string][]float64{"vcr_us_1979_88": vcr(t)}
	if *data == "" {
		t.Log("only the series that may be copied: give -data for the others")
	} else {
		series["tsChicken_diff"] = differences(column(t, "tsChicken", "weight"))[1:]
		series["tsIbm_SIU1"] = column(t, "tsIbm", "SIU1")
		series["tsAc_ac1"] = column(t, "tsAc_weekly_sales", "ac1")
		series["tsAc_ac3"] = column(t, "tsAc_weekly_sales", "ac3")
		series["tsCovid"] = column(t, "tsCovid_daily", "cases")
	}
	for name, y := range series {
		for y[0] == 0 {
			y = y[1:]
		}
		for suffix, c := range map[string]Criterion{":cum": Cumulative, ":per": SrinivasanMason} {
			w := want[name+suffix]
			got, err := FitBass(y, c)
			if err != nil {
				t.Errorf("%s%s: %v", name, suffix, err)
				continue
			}
			t.Logf("%s%s: RSS %.10g of %.10g at %+v", name, suffix, got.RSS, w.RSS, got.Bass)
			if !(w.RSS > 0) || !(got.RSS <= 1.00001*w.RSS) {
				t.Errorf("%s%s: RSS %v, want at most 1.00001 × %v", name, suffix, got.RSS, w.RSS)
			}
		}
	}
}

func column(t *testing.T, file, name string) (values []float64) {
	t.Helper()
	f, err := os.Open(filepath.Join(*data, "r_diffusion_"+file+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for k, head := range rows[0] {
		for _, row := range rows[1:] {
			if head == name && row[k] != "" {
				v, err := strconv.ParseFloat(row[k], 64)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, v)
			}
		}
	}
	return values
}

func differences(y []float64) []float64 {
	d := []float64{y[0]}
	for i := 1; i < len(y); i++ {
		d = append(d, y[i]-y[i-1])
	}
	return d
}

func TestBassPeak(t *testing.T) {
	type product struct {
		P, Q, T_star, S_star_million, Printed_T_star, Printed_S_star_million float64
		Product                                                              string
		M_thousand                                                           float64
	}
	for _, w := range oracle.Field[[]product](t, "bass1969_durables", "expected") {
		at, sales := Bass{w.M_thousand * 1000, w.P, w.Q}.Peak()
		near(t, w.Product+" T*", at, w.T_star, 1e-9)
		near(t, w.Product+" S*", sales/1e6, w.S_star_million, 1e-9)
		if math.Abs(at-w.Printed_T_star) > 0.3 || math.Abs(sales/1e6-w.Printed_S_star_million) > 0.2 {
			t.Errorf("%s: peak at %v of %v, printed as %v of %v", w.Product, at, sales/1e6, w.Printed_T_star, w.Printed_S_star_million)
		}
	}
	if at, sales := (Bass{100, 0.3, 0.1}).Peak(); at != 0 || sales != 30 {
		t.Errorf("without much imitation the peak is at %v of %v, want 0 of 30", at, sales)
	}
}

func TestBassCampaign(t *testing.T) {
	in := oracle.Field[struct {
		M, P, Q float64
		X       []float64
	}](t, "generalized_bass_campaign", "inputs")
	want := oracle.Field[struct{ Cumulative []float64 }](t, "generalized_bass_campaign", "expected").Cumulative
	for i, got := range (Bass{in.M, in.P, in.Q}).Campaign(in.X) {
		near(t, "adopters", got, want[i], 1e-9)
	}
}

func TestSigmoidForms(t *testing.T) {
	in := oracle.Field[struct{ M, A, B, K, T0 float64 }](t, "sigmoid_forms", "inputs")
	want := oracle.Field[struct{ T, Gompertz, Shifted_gompertz, Logistic []float64 }](t, "sigmoid_forms", "expected")
	for i, x := range want.T {
		near(t, "gompertz", Gompertz{in.M, in.A, in.B}.At(x), want.Gompertz[i], 1e-12)
		near(t, "shifted gompertz", ShiftedGompertz{in.M, in.A, in.B}.At(x), want.Shifted_gompertz[i], 1e-12)
		near(t, "logistic", Logistic{in.M, in.K, in.T0}.At(x), want.Logistic[i], 1e-12)
	}
}

// TestSigmoidsRecover: data on a curve give back the curve.
func TestSigmoidsRecover(t *testing.T) {
	l, g := Logistic{1000, 0.3, 15}, Gompertz{800, 6, 0.2}
	var yl, yg []float64
	for i := range 30 {
		yl, yg = append(yl, l.At(float64(i+1))), append(yg, g.At(float64(i+1)))
	}
	gotL, _, err := FitLogistic(yl)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "logistic M", gotL.M, 1000, 1e-5)
	near(t, "logistic K", gotL.K, 0.3, 1e-5)
	near(t, "logistic T0", gotL.T0, 15, 1e-5)
	gotG, _, err := FitGompertz(yg)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "gompertz M", gotG.M, 800, 1e-5)
	near(t, "gompertz A", gotG.A, 6, 1e-5)
	near(t, "gompertz B", gotG.B, 0.2, 1e-5)
}

// TestBassFrom: going on from a point of the curve stays on the curve.
func TestBassFrom(t *testing.T) {
	b := Bass{500, 0.01, 0.2}
	for _, at := range []float64{0, 3, 17, 60} {
		near(t, "the curve", b.From(b.At(at), 5), b.At(at+5), 1e-12)
	}
}

// TestBassThrough: the curve leads where it should, within what is possible.
func TestBassThrough(t *testing.T) {
	b := Bass{300, 0.01, 0.1}
	for _, target := range []float64{100.5, 150, 299, 450, 499} {
		got := b.Through(100, 20, target, 500)
		near(t, "adopters", got.From(100, 20), target, 1e-6)
		if got.M > 500 || got.M < target {
			t.Errorf("the curve to %v saturates at %v", target, got.M)
		}
	}
	if got := b.Through(100, 20, 100, 500); got.From(100, 20) != 100 {
		t.Errorf("a curve that stays leads to %v", got.From(100, 20))
	}
	if got := b.Through(100, 20, 900, 500).From(100, 20); got < 490 || got > 500 {
		t.Errorf("a curve beyond everyone leads to %v", got)
	}
}

func TestFitBassRefuses(t *testing.T) {
	for _, y := range [][]float64{nil, {1, 2, 3}, {0, 0, 5, 0, 0}, {1, 2, -1, 4, 5}, {1, 2, math.NaN(), 4}, {1, 2, math.Inf(1), 4}} {
		if f, err := FitBass(y, SrinivasanMason); err == nil {
			t.Errorf("%v was fitted: %+v", y, f)
		}
	}
	if _, err := FitBass([]float64{1, 3, 9, 30, 100, 400}, Lagged); err == nil {
		t.Error("growth without an end has a saturation by the regression of Bass 1969")
	}
}

func TestPureBirth(t *testing.T) {
	type moment struct{ T, Mean_N, Var_N, P_exhausted, Fluid_Bass_mean float64 }
	type chain struct {
		Population_M, Pool_c                      int
		P, Q                                      float64
		Mean_exhaustion_time, Var_exhaustion_time float64
		At                                        []moment
		Exhaustion_time_quantiles                 map[string]float64
	}
	for _, w := range oracle.Field[[]chain](t, "bass_pure_birth", "expected") {
		b := PureBirth{w.Population_M, w.P, w.Q}
		mean, variance := b.Time(0, w.Pool_c+1)
		near(t, "mean time", mean, w.Mean_exhaustion_time, 1e-7)
		near(t, "variance of the time", variance, w.Var_exhaustion_time, 1e-7)
		for _, at := range w.At {
			mean, variance := b.Moments(0, at.T)
			near(t, "mean", mean, at.Mean_N, 1e-7)
			near(t, "variance", variance, at.Var_N, 1e-7)
			near(t, "fluid curve", Bass{float64(b.M), b.P, b.Q}.At(at.T), at.Fluid_Bass_mean, 1e-9)
			if got := b.Reached(0, w.Pool_c+1, at.T); math.Abs(got-at.P_exhausted) > 1e-7*at.P_exhausted+1e-9 {
				t.Errorf("P(exhausted by %v) = %v, want %v", at.T, got, at.P_exhausted)
			}
		}
		for level, want := range w.Exhaustion_time_quantiles {
			p, _ := strconv.ParseFloat(level, 64)
			near(t, "quantile "+level, b.Quantile(0, w.Pool_c+1, p), want, 1e-7)
		}
	}
}

func TestPureBirthConditional(t *testing.T) {
	w := oracle.Field[struct {
		M, Observed_claims, Pool_c   int
		P, Q                         float64
		Mean_remaining, Sd_remaining float64
		Quantiles                    map[string]float64
		P_exhausted_within           map[string]float64
	}](t, "bass_conditional_exhaustion", "expected")
	b := PureBirth{w.M, w.P, w.Q}
	mean, variance := b.Time(w.Observed_claims, w.Pool_c+1)
	near(t, "mean", mean, w.Mean_remaining, 1e-6)
	near(t, "sd", math.Sqrt(variance), w.Sd_remaining, 1e-6)
	for level, want := range w.Quantiles {
		p, _ := strconv.ParseFloat(level, 64)
		near(t, "quantile "+level, b.Quantile(w.Observed_claims, w.Pool_c+1, p), want, 1e-6)
	}
	for within, want := range w.P_exhausted_within {
		at, _ := strconv.ParseFloat(within, 64)
		if got := b.Reached(w.Observed_claims, w.Pool_c+1, at); math.Abs(got-want) > 1e-6*want+1e-9 {
			t.Errorf("P(exhausted within %v) = %v, want %v", at, got, want)
		}
	}
	if b.Reached(120, 1001, 1e9) != 0 || !math.IsInf(b.Quantile(120, 1001, 0.5), 1) {
		t.Error("more people adopt than there are")
	}
}

func TestButterflies(t *testing.T) {
	f := oracle.Field[struct{ Freq_of_freq []int }](t, "good_toulmin_butterfly", "inputs").Freq_of_freq
	w := oracle.Field[struct {
		Good_toulmin  map[string]float64
		Sd_poisson_t1 float64
		ZTNB          struct {
			Size, Mu, LogLik float64
			New_species      map[string]float64
		}
	}](t, "good_toulmin_butterfly", "expected")
	for at, want := range w.Good_toulmin {
		x, _ := strconv.ParseFloat(at, 64)
		got, sd := GoodToulmin(f, x)
		near(t, "new in "+at, got, want, 1e-11)
		if x == 1 {
			near(t, "sd", sd, w.Sd_poisson_t1, 1e-12)
		}
	}
	g, err := FitGammaPoisson(f, 0)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "size", g.Size, w.ZTNB.Size, 1e-4)
	near(t, "mean", g.Mean, w.ZTNB.Mu, 1e-4)
	near(t, "loglik", g.LogLik, w.ZTNB.LogLik, 1e-8)
	for at, want := range w.ZTNB.New_species {
		x, _ := strconv.ParseFloat(at, 64)
		near(t, "new by law in "+at, g.Unseen(x), want, 1e-4)
	}
}

// TestShakespeare: of the words that he used once, twice, … a hundred times
// (Efron and Thisted, Biometrika 63, 1976, table 1), the alternating sum.
func TestShakespeare(t *testing.T) {
	words := []int{14376, 4343, 2292, 1463, 1043, 837, 638, 519, 430, 364, 305, 259, 242, 223, 187, 181, 179, 130, 127, 128,
		104, 105, 99, 112, 93, 74, 83, 76, 72, 63, 73, 47, 56, 59, 53, 45, 34, 49, 45, 52, 49, 41, 30, 35, 37, 21, 41, 30, 28, 19,
		25, 19, 28, 27, 31, 19, 19, 22, 23, 14, 30, 19, 21, 18, 15, 10, 15, 14, 11, 16, 13, 12, 10, 16, 18, 11, 8, 15, 12, 7,
		13, 12, 11, 8, 10, 11, 7, 12, 9, 8, 4, 7, 6, 7, 10, 10, 15, 7, 7, 5}
	if got, _ := GoodToulmin(words, 1); got != 11486 {
		t.Errorf("as much again would have %v new words, want 11486", got)
	}
	if got, sd := GoodToulmin(words, 2); got < 11486 || got > 40000 || sd > 5000 {
		t.Errorf("twice as much again would have %v ± %v new words, which is not smooth", got, sd)
	}
}

// TestGammaPoissonCap: the headcount is the most people there can be.
func TestGammaPoissonCap(t *testing.T) {
	f := []int{300, 20, 2}
	free, err := FitGammaPoisson(f, 0)
	if err != nil {
		t.Fatal(err)
	}
	g, err := FitGammaPoisson(f, 500)
	if err != nil {
		t.Fatal(err)
	}
	if free.People < 1000 || !g.Capped || g.People != 500 || g.Unseen(1e9) > 178.0001 {
		t.Errorf("free %+v, capped %+v, of whom %v are still to come", free, g, g.Unseen(1e9))
	}
	for _, bad := range [][]int{nil, {0, 0}, {17}} {
		if g, err := FitGammaPoisson(bad, 0); err == nil {
			t.Errorf("%v was fitted: %+v", bad, g)
		}
	}
	if _, err := FitGammaPoisson(f, 100); err == nil {
		t.Error("more people acted than there are")
	}
}

// A ShiftedGompertz curve is M (1-e^-Bt) exp(-A e^-Bt) (Bemmaor 1994).
type ShiftedGompertz struct{ M, A, B float64 }

// At returns the number of adopters at time t.
func (g ShiftedGompertz) At(t float64) float64 {
	return -g.M * math.Expm1(-g.B*t) * math.Exp(-g.A*math.Exp(-g.B*t))
}
