package analysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/sim/clock"
)

func TestOracleQuantileOrderStatCI(t *testing.T) {
	for _, c := range oracle.Expected[[]struct {
		N        int
		Quantile float64
		Conf     float64
		Lower    *int    `json:"lower_rank"`
		Upper    *int    `json:"upper_rank"`
		Coverage float64 `json:"exact_coverage"`
	}](t, "quantile_order_stat_ci") {
		lower, upper := 0, c.N+1
		if c.Lower != nil {
			lower = *c.Lower
		}
		if c.Upper != nil {
			upper = *c.Upper
		}
		got := QuantileRanks(c.N, c.Quantile, c.Conf)
		if got.Lower != lower || got.Upper != upper {
			t.Errorf("ranks of the %v-quantile of %d = %d, %d, want %d, %d", c.Quantile, c.N, got.Lower, got.Upper, lower, upper)
		}
		oracle.Near(t, "coverage", got.Coverage, c.Coverage, 1e-9)
	}
}

// TestQuantileRanksTails: each tail holds at most half the error, and one rank
// nearer it would hold more.
func TestQuantileRanksTails(t *testing.T) {
	for n := 1; n <= 200; n++ {
		for _, q := range []float64{0.05, 0.5, 0.95} {
			r := QuantileRanks(n, q, 0.95)
			if binomialBelow(n, r.Lower, q) > 0.025 || binomialFrom(n, r.Upper, q) > 0.025 || r.Coverage < 0.95 {
				t.Errorf("n=%d q=%v: ranks %v are too near", n, q, r)
			}
			if binomialBelow(n, r.Lower+1, q) <= 0.025 || binomialFrom(n, r.Upper-1, q) <= 0.025 {
				t.Errorf("n=%d q=%v: ranks %v are too far", n, q, r)
			}
		}
	}
}

// TestRank compares with the definition: the least value at or below which a share
// q of the sample lies.
func TestRank(t *testing.T) {
	for n := 1; n <= 400; n++ {
		for percent := 0; percent <= 100; percent++ {
			want := 1
			for want*100 < n*percent {
				want++
			}
			if got := Rank(n, float64(percent)/100); got != want {
				t.Fatalf("Rank(%d, %d%%) = %d, want %d", n, percent, got, want)
			}
		}
	}
}

// TestOracleOrderStatisticEvent simulates people who each adopt once and a pool
// that never takes a seat back: exhaustion is an order statistic with an exact law.
// Of 1,000 replications each probability is within 4 standard errors of the exact
// one, and the interval of each quantile at 1 − 10⁻⁴ holds the exact quantile.
func TestOracleOrderStatisticEvent(t *testing.T) {
	const replications = 1000
	rng := rand.New(rand.NewPCG(3, 14))
	for _, c := range oracle.Expected[[]struct {
		Users     int `json:"users_U"`
		Pool      int `json:"pool_c"`
		Law       string
		Mean      float64
		Shape     float64
		Scale     float64
		Quantiles map[string]float64
		By        map[string]float64 `json:"P_exhausted_by"`
	}](t, "order_statistic_exhaustion") {
		draw := func() float64 { return rng.ExpFloat64() * c.Mean }
		if c.Law == "weibull" {
			draw = func() float64 { return c.Scale * math.Pow(rng.ExpFloat64(), 1/c.Shape) }
		}
		instants := make([]clock.Time, replications)
		adoptions := make([]float64, c.Users)
		for i := range instants {
			for j := range adoptions {
				adoptions[j] = draw()
			}
			slices.Sort(adoptions)
			instants[i] = clock.Time(adoptions[c.Pool] * float64(clock.Day))
		}
		_, sorted := event(instants)
		for day, want := range c.By {
			at := clock.Time(number(t, day) * float64(clock.Day))
			got := float64(happenedBy(sorted, at)) / replications
			oracle.Near(t, "P(exhausted by "+day+")", got, want, 4*math.Sqrt(want*(1-want)/replications)+1e-12)
		}
		for q, want := range c.Quantiles {
			ranks := QuantileRanks(replications, number(t, q), 0.9999)
			low, high := sorted[ranks.Lower-1].Days(), sorted[ranks.Upper-1].Days()
			if want < low || want > high {
				t.Errorf("U=%d c=%d: %s-quantile %v is outside of [%v, %v]", c.Users, c.Pool, q, want, low, high)
			}
		}
	}
}

// TestTimesCoverage counts how often the interval of the median of 100 censored
// exponential times holds the true median, or is beyond the horizon with it. For a
// continuous law that is exactly 0.9648, within 4 standard errors.
func TestTimesCoverage(t *testing.T) {
	const runs, n = 5000, 100
	exact := QuantileRanks(n, 0.5, 0.95).Coverage
	rng := rand.New(rand.NewPCG(5, 5))
	// The horizon is at the quantile 0.52, so that the upper rank is often censored.
	median, horizon := clock.Time(-math.Log(0.5)*float64(clock.Day)), clock.Time(-math.Log(0.48)*float64(clock.Day))
	hits, censored := 0, 0
	for range runs {
		instants := make([]clock.Time, n)
		for i := range instants {
			instants[i] = clock.Time(rng.ExpFloat64() * float64(clock.Day))
			if instants[i] > horizon {
				instants[i] = clock.Never
			}
		}
		e, _ := event(instants)
		if i := e.First.P50Interval; i[0] <= median && median <= i[1] {
			hits++
		}
		if e.First.P50Interval[1] == clock.Never {
			censored++
		}
	}
	oracle.Near(t, "coverage", float64(hits)/runs, exact, 4*math.Sqrt(exact*(1-exact)/runs))
	if censored < runs/10 || censored > runs-runs/100 {
		t.Errorf("the upper end was censored %d times of %d; the test wants both cases", censored, runs)
	}
}
