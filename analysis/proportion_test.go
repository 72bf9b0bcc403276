package analysis

import (
	"fmt"
	"math"
	"testing"

	"seatcast/analysis/oracle"
)

func TestOracleBinomialCI(t *testing.T) {
	for _, c := range oracle.Expected[[]struct {
		X, N     int
		Conf     float64
		Wilson   [2]float64
		Clopper  [2]float64 `json:"clopper_pearson"`
		Jeffreys [2]float64
	}](t, "binomial_ci") {
		for _, method := range []struct {
			name string
			of   func(int, int, float64) Proportion
			want [2]float64
		}{{"Wilson", Wilson, c.Wilson}, {"ClopperPearson", ClopperPearson, c.Clopper}, {"Jeffreys", Jeffreys, c.Jeffreys}} {
			got := method.of(c.X, c.N, c.Conf)
			what := fmt.Sprintf("%s(%d, %d)", method.name, c.X, c.N)
			oracle.Near(t, what+" value", got.Value, float64(c.X)/float64(c.N), 0)
			oracle.Near(t, what+" low", got.Low, method.want[0], 1e-8)
			oracle.Near(t, what+" high", got.High, method.want[1], 1e-8)
		}
	}
}

// coverage enumerates every count of n and adds up the probability of those whose
// interval holds p.
func coverage(n int, p float64, interval func(x int) (low, high float64)) float64 {
	sum := 0.0
	for x := range n + 1 {
		if low, high := interval(x); low <= p && p <= high {
			sum += binomialFrom(n, x, p) - binomialFrom(n, x+1, p)
		}
	}
	return sum
}

func TestOracleBinomialCICoverage(t *testing.T) {
	for _, c := range oracle.Expected[[]struct {
		N                        int
		P, Wald, Wilson, Clopper float64
		Exact                    float64 `json:"clopper_pearson"`
	}](t, "binomial_ci_coverage") {
		of := func(method func(int, int, float64) Proportion) float64 {
			return coverage(c.N, c.P, func(x int) (float64, float64) {
				p := method(x, c.N, 0.95)
				return p.Low, p.High
			})
		}
		oracle.Near(t, "Wilson coverage", of(Wilson), c.Wilson, 1e-6)
		oracle.Near(t, "Clopper-Pearson coverage", of(ClopperPearson), c.Exact, 1e-6)
		oracle.Near(t, "Wald coverage, which nothing here uses", coverage(c.N, c.P, func(x int) (float64, float64) {
			p := float64(x) / float64(c.N)
			half := 1.959963984540054 * math.Sqrt(p*(1-p)/float64(c.N))
			return p - half, p + half
		}), c.Wald, 1e-6)
	}
}

// TestProportionProperties: each interval holds its estimate, mirrors under
// exchange of events and non-events, and Clopper-Pearson always covers.
func TestProportionProperties(t *testing.T) {
	methods := map[string]func(int, int, float64) Proportion{"Wilson": Wilson, "ClopperPearson": ClopperPearson, "Jeffreys": Jeffreys}
	for name, method := range methods {
		if got := method(0, 0, 0.95); got != (Proportion{High: 1}) {
			t.Errorf("%s of nothing = %v, want value 0 in [0, 1]", name, got)
		}
		for n := 1; n <= 30; n++ {
			for x := range n + 1 {
				p, mirror := method(x, n, 0.95), method(n-x, n, 0.95)
				if !(0 <= p.Low && p.Low <= p.Value && p.Value <= p.High && p.High <= 1) {
					t.Errorf("%s(%d, %d) = %v does not hold its value", name, x, n, p)
				}
				oracle.Near(t, name+" mirrored", 1-mirror.High, p.Low, 1e-12)
			}
		}
	}
	for _, n := range []int{5, 20, 77} {
		for p := 0.01; p < 1; p += 0.01 {
			got := coverage(n, p, func(x int) (float64, float64) {
				i := ClopperPearson(x, n, 0.95)
				return i.Low, i.High
			})
			if got < 0.95 {
				t.Errorf("Clopper-Pearson covers %v at n=%d, p=%v", got, n, p)
			}
		}
	}
}

// Jeffreys returns the share x/n with the equal-tailed interval of Jeffreys'
// prior, Beta(1/2, 1/2); its bound is 0 where x = 0 and 1 where x = n (Brown, Cai
// and DasGupta, Statistical Science 16, 2001, 101–133).
func Jeffreys(x, n int, confidence float64) Proportion {
	if n == 0 {
		return Proportion{High: 1}
	}
	return betaInterval(x, n, confidence, 0.5, 0.5)
}
