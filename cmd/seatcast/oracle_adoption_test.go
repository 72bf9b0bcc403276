package main

import (
	"bytes"
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"seatcast/output"
	"seatcast/output/ledger"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// crowdTOML is a crowd whose people claim once, when they adopt.
const crowdTOML = `
[study]
start = 2026-01-05

[tenants.t]
pools.premium.seats = 100000
auto-claim = { enabled = true }
policies.p = { app = "rpa-attended", product = "premium" }

[tenants.t.users.crowd]
count = 1000
adoption = "exp(90d)"
starts-with = "trigger-premium"
`

// TestOracleOrderStatistic: U people claim at independent times of law F, and
// nothing comes back. A pool of c is full at the c-th claim and exhausted, in the
// oracle's word, at claim c+1: our first refusal. P(claim k by t) is the
// incomplete beta function I_{F(t)}(k, U−k+1).
func TestOracleOrderStatistic(t *testing.T) {
	const replications = 190_000
	var f family
	for _, row := range oracle[[]struct {
		Users         int     `json:"users_U"`
		Pool          int     `json:"pool_c"`
		Law           string  `json:"law"`
		Mean          float64 `json:"mean"`
		Shape         float64 `json:"shape"`
		Scale         float64 `json:"scale"`
		MeanExhausted float64 `json:"mean_exhaustion"`
		Quantiles     map[string]float64
		By            map[string]float64 `json:"P_exhausted_by"`
	}](t, "order_statistic_exhaustion") {
		law, days := fmt.Sprintf("exp(%vd)", row.Mean), int(2.5*row.MeanExhausted)
		if row.Law == "weibull" {
			law, days = fmt.Sprintf("weibull(shape=%v, scale=%vd)", row.Shape, row.Scale), int(1.5*row.MeanExhausted)
		}
		if row.Pool == row.Users-1 { // the last of all claims is long in coming
			days = 800
		}
		s := scenarioOf(t, crowdTOML, fmt.Sprintf("study.days=%d", days), set("pools.premium.seats", "%d", row.Pool),
			set("users.crowd.count", "%d", row.Users), set("users.crowd.adoption", "%s", law))
		var full, refused []clock.Time
		simulateRecords(t, s, replications, func(r *record.Tenant) {
			full, refused = append(full, r.Pools[0].Exhausted), append(refused, r.Pools[0].FirstRefusal)
		})
		name := fmt.Sprintf("%d people, %d seats, %s: ", row.Users, row.Pool, law)
		f.mean(name+"mean first refusal", row.MeanExhausted, averageOf(days64(refused)))
		for q, exact := range sortedBy(row.Quantiles) {
			f.mean(fmt.Sprintf("%s%v-quantile", name, q), exact, quantileOf(days64(refused), q))
		}
		adoption := s.Variants[0].World.Tenants[0].Segments[0].Adoption
		for day, exact := range sortedBy(row.By) {
			f.share(fmt.Sprintf("%srefusal by day %v", name, day), exact, shareWhere(refused, by(day)))
			c, u := float64(row.Pool), float64(row.Users)
			f.share(fmt.Sprintf("%sfull by day %v", name, day), mathext.RegIncBeta(c, u-c+1, cdf(adoption.Dist.Quantile, day)),
				shareWhere(full, by(day)))
		}
	}
	f.hold(t)
}
