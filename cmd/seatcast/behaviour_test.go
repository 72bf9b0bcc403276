package main

import (
	"math"
	"slices"
	"testing"
	"testing/fstest"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/analysis/fit"
	"seatcast/scenarios"
	"seatcast/sim/claim"
	"seatcast/sim/record"
	"seatcast/sim/rng"
)

// TestDrawnRatesForecast: of simulated tenants of which 15 people were watched for up to 40
// days, a run whose rates are drawn from what that tells spreads as far as the truth is
// from it: its 90% intervals of how often 200 others act in 30 days hold what they do in 90% of
// the tenants, less 3 standard errors at least. With the rates taken as known they are too
// narrow: they would hold it in fewer than 60%.
func TestDrawnRatesForecast(t *testing.T) {
	const tenants, watched, people, days, replications = 60, 15, 200, 30, 100
	const mean, shape = 0.4, 0.8
	held, width := map[string]int{}, map[string]float64{}
	for k := range tenants {
		s := rng.New(11).Index(uint64(k)).Stream()
		poisson := func(time float64) (n int) {
			rate := distuv.Gamma{Alpha: shape, Beta: shape / mean}.Quantile(s.Uniform())
			for at := -math.Log(s.Uniform()) / rate; at < time; at -= math.Log(s.Uniform()) / rate {
				n++
			}
			return n
		}
		var seen []fit.Doings
		for range watched {
			time := math.Ceil(40 * s.Uniform())
			seen = append(seen, fit.Doings{More: poisson(time), Time: time})
		}
		truth := 0
		for range people {
			truth += poisson(days)
		}
		r, err := fit.FitRates(seen)
		if err != nil {
			t.Fatal(err)
		}
		b := newBehaviour(r)
		files := fstest.MapFS{"t.toml": {Data: []byte(`title = "Rates"
[study]
start = 2026-01-05
[tenants.t]
pools.premium.seats = 1000
auto-claim = { enabled = true }
policies.p = { app = "rpa-attended", product = "premium" }
users.crowd.count = 200
`)}, habitsFile: {Data: b.draws(rng.New(5).Index(uint64(k)))}}
		for name, habit := range map[string]string{"drawn": b.Habit, "known": b.Likeliest} {
			sc, err := scenarios.Load(files, "t.toml", scenarios.Options{Set: []string{set("users.crowd.does.trigger-premium", "%s", habit), horizon(days)}})
			if err != nil {
				t.Fatal(err)
			}
			var acts []float64
			simulateRecords(t, sc, replications, func(r *record.Tenant) {
				n := int64(0)
				for outcome := range claim.NumOutcomes {
					for reason := range claim.NumReasons {
						n += outcomes(r, outcome, reason)
					}
				}
				acts = append(acts, float64(n))
			})
			slices.Sort(acts)
			low, high := acts[replications/20], acts[replications-1-replications/20]
			width[name] += high / low / tenants
			if low <= float64(truth) && float64(truth) <= high {
				held[name]++
			}
		}
	}
	t.Logf("of %d intervals, of a factor of %.2f: %d hold the truth with rates drawn; of a factor of %.2f: %d with rates taken as known", tenants, width["drawn"], held["drawn"], width["known"], held["known"])
	if held["drawn"] < 47 {
		t.Errorf("%d of %d intervals of drawn rates hold the truth, want 47 at least", held["drawn"], tenants)
	}
	if held["known"] > 36 || width["known"] > width["drawn"] {
		t.Errorf("%d of %d intervals of rates taken as known hold the truth, %d of those drawn: the draws make no difference", held["known"], tenants, held["drawn"])
	}
}
