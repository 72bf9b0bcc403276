package dist

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/sim/clock"
)

const day = float64(clock.Day)

func must(t *testing.T) func(Dist, error) Dist {
	return func(d Dist, err error) Dist {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

// laws are distributions with their textbook distribution functions.
func laws(t *testing.T) map[string]struct {
	d   Dist
	cdf func(x float64) float64
} {
	ok := must(t)
	sigma := math.Log(5) / distuv.UnitNormal.Quantile(0.95)
	return map[string]struct {
		d   Dist
		cdf func(x float64) float64
	}{
		"uniform":     {ok(Uniform(day, 3*day)), distuv.Uniform{Min: day, Max: 3 * day}.CDF},
		"exponential": {ok(Exponential(day)), distuv.Exponential{Rate: 1 / day}.CDF},
		"triangular":  {ok(Triangular(day, 2*day, 5*day)), distuv.NewTriangle(day, 5*day, 2*day, nil).CDF},
		"lognormal":   {ok(LogNormal(day, 5*day)), distuv.LogNormal{Mu: math.Log(day), Sigma: sigma}.CDF},
		"weibull":     {ok(Weibull(1.5, 60*day)), distuv.Weibull{K: 1.5, Lambda: 60 * day}.CDF},
		"burst":       {ok(Weibull(0.5, 10*day)), distuv.Weibull{K: 0.5, Lambda: 10 * day}.CDF},
		"gamma":       {ok(Gamma(0.8, day)), distuv.Gamma{Alpha: 0.8, Beta: 0.8 / day}.CDF},
		"spiky gamma": {ok(Gamma(0.05, day)), distuv.Gamma{Alpha: 0.05, Beta: 0.05 / day}.CDF},
		"tight gamma": {ok(Gamma(50, 1e-15)), distuv.Gamma{Alpha: 50, Beta: 50 / 1e-15}.CDF},
	}
}

// TestQuantileInvertsCDF holds each quantile function against the distribution
// function of gonum.
func TestQuantileInvertsCDF(t *testing.T) {
	for name, l := range laws(t) {
		last := math.Inf(-1)
		for _, u := range []float64{1e-6, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1 - 1e-6, 1 - 0x1p-53} {
			x := l.d.Quantile(u)
			if got := l.cdf(x); math.Abs(got-u) > 1e-9 {
				t.Errorf("%s: F(quantile(%v)) = %v", name, u, got)
			}
			if x < last || x > l.d.Max() || math.IsNaN(x) || math.IsInf(x, 0) {
				t.Errorf("%s: quantile(%v) = %v after %v, at most %v", name, u, x, last, l.d.Max())
			}
			last = x
		}
	}
}

// TestGammaAgainstReference holds gamma quantiles, of scale 1, against values that
// were solved for with 60 digits (mpmath), on both sides of where the method changes.
func TestGammaAgainstReference(t *testing.T) {
	for _, c := range []struct{ shape, u, want float64 }{
		{0.05, 1e-06, 5.844632057286584e-121},
		{0.05, 0.5, 5.573878440746248e-07},
		{0.05, 1 - 1e-12, 21.69768048076263},
		{0.1, 1e-12, 6.073048362407975e-121},
		{0.1, 0.3, 3.586086018410947e-06},
		{0.8, 1e-12, 9.149783811511425e-16},
		{0.8, 0.0001, 9.149830322125936e-06},
		{0.8, 0.1, 0.05298182180017685},
		{0.8, 0.5, 0.5013512263630726},
		{0.8, 1 - 1e-6, 13.134280906333695},
		{1.5, 0.001, 0.012148792907846366},
		{1.5, 0.9, 3.1256943155851618},
		{5.0, 1e-12, 0.0103893448525018},
		{5.0, 0.2, 3.089539628019696},
		{5.0, 0.999, 14.794149222537209},
		{20.0, 1e-09, 3.4742288093537663},
		{20.0, 0.5, 19.667672423305667},
		{20.5, 1e-12, 2.474510934888652},
		{20.5, 0.01, 11.45280555304057},
		{20.5, 0.95, 28.471193573412048},
		{50.0, 1e-12, 15.04208379308092},
		{50.0, 0.5, 49.66706461799423},
		{50.0, 1 - 1e-9, 104.65879940567221},
	} {
		d := must(t)(Gamma(c.shape, c.shape))
		if got := d.Quantile(c.u); !(math.Abs(got/c.want-1) <= 1e-12) {
			t.Errorf("gamma(%v): quantile(%v) = %v, want %v", c.shape, c.u, got, c.want)
		}
	}
}

// TestTriangularRisesThroughItsMode steps through the numbers around the mode,
// where the two halves of the quantile function meet.
func TestTriangularRisesThroughItsMode(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		p := []float64{rng.Float64() * day, rng.Float64() * day, rng.Float64() * day}
		slices.Sort(p)
		d := must(t)(Triangular(p[0], p[1], p[2]))
		u, last := (p[1]-p[0])/(p[2]-p[0])*(1-0x1p-50), 0.0
		for range 20 {
			x := d.Quantile(u)
			if x < last {
				t.Fatalf("%v: quantile(%v) = %v after %v", p, u, x, last)
			}
			u, last = math.Nextafter(u, 1), x
		}
	}
}

// TestMeanIsThatOfTheQuantile integrates the quantile function with a midpoint
// rule that is graded towards both ends, where heavy tails have their mass.
func TestMeanIsThatOfTheQuantile(t *testing.T) {
	sample, _ := Empirical([]float64{3 * day, day, 7 * day})
	all := map[string]Dist{"empirical": sample}
	for name, l := range laws(t) {
		all[name] = l.d
	}
	for name, d := range all {
		const n = 20000
		sum, at := 0.0, 0.0
		for i := range n {
			s := float64(i+1) / n
			u := s * s * s * (10 - 15*s + 6*s*s)
			sum += d.Quantile((at+u)/2) * (u - at)
			at = u
		}
		if math.Abs(sum/d.Mean()-1) > 1e-3 {
			t.Errorf("%s: the quantile's mean is %v, Mean says %v", name, sum, d.Mean())
		}
	}
}

func TestLogNormalMeetsItsP95(t *testing.T) {
	d := must(t)(LogNormal(day, 5*day))
	if got := d.Quantile(0.95); math.Abs(got/(5*day)-1) > 1e-12 {
		t.Errorf("p95 is %v days", got/day)
	}
	if got := d.Quantile(0.5); math.Abs(got/day-1) > 1e-12 {
		t.Errorf("median is %v days", got/day)
	}
}

func TestEmpirical(t *testing.T) {
	d := must(t)(Empirical([]float64{4, 1, 2}))
	for u, want := range map[float64]float64{1e-300: 1, 0.25: 1.5, 0.5: 2, 0.75: 3, 1: 4} {
		if got := d.Quantile(u); got != want {
			t.Errorf("quantile(%v) = %v, want %v", u, got, want)
		}
	}
	if one := must(t)(Empirical([]float64{5})); one.Quantile(0.3) != 5 || one.Mean() != 5 {
		t.Error("a sample of one value is that value")
	}
}

// TestRejects demands an error that names what is wrong.
func TestRejects(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		do   func() (Dist, error)
		want string
	}{
		{func() (Dist, error) { return Constant(-1) }, "the duration must be 0 or above"},
		{func() (Dist, error) { return Constant(nan) }, "is NaN"},
		{func() (Dist, error) { return Uniform(2*day, day) }, "the lower end 2d is above the upper end 1d"},
		{func() (Dist, error) { return Uniform(0, inf) }, "the upper end"},
		{func() (Dist, error) { return Exponential(0) }, "the mean must be above 0"},
		{func() (Dist, error) { return Triangular(day, 3*day, 2*day) }, "in rising order, have 1d, 3d, 2d"},
		{func() (Dist, error) { return LogNormal(day, day) }, "p95 must be above the median 1d, is 1d"},
		{func() (Dist, error) { return LogNormal(1e-300, 1e300) }, "for a finite mean"},
		{func() (Dist, error) { return Weibull(-1, day) }, "shape must be above 0"},
		{func() (Dist, error) { return Weibull(0.001, day) }, "gives no finite mean"},
		{func() (Dist, error) { return Gamma(1e9, day) }, "shape must be from 0.01 to 10000"},
		{func() (Dist, error) { return Empirical(nil) }, "the sample is empty"},
		{func() (Dist, error) { return Empirical([]float64{1, -2}) }, "value 2 of the sample must be 0 or above"},
	} {
		if _, err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want …%s…", err, c.want)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for want, ticks := range map[string]clock.Time{"0h": 0, "30m": 30 * clock.Minute, "2h": 2 * clock.Hour,
		"1d12h": 36 * clock.Hour, "90d": 90 * clock.Day, "1d1h1m1s": clock.Day + clock.Hour + clock.Minute + clock.Second} {
		if got := FormatDuration(float64(ticks)); got != want {
			t.Errorf("%d ticks are %q, want %q", ticks, got, want)
		}
	}
	if got := FormatDuration(5e-15); got != "5e-15" {
		t.Errorf("a rate is %q", got)
	}
}
