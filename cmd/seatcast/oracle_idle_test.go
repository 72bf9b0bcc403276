package main

import (
	"fmt"
	"testing"
)

// habitTOML is a crowd that triggers for ever. A reclaim rule without check-every
// takes a seat the very instant that it was idle for long enough.
const habitTOML = `
[study]
start = 2026-01-05

[tenants.t]
pools.premium.seats = 2000000
auto-claim = { enabled = true }
policies.p = { app = "rpa-attended", product = "premium" }

[tenants.t.users.crowd]
count = 1000
does.trigger-premium = "1/day"
`

// TestOracleFinitePool is the strongest of all: auto-claim on a finite pool with
// idle reclaim is Engset's system, so one number tests trigger, claim, refusal,
// renewal of the idle time and reclaim together.
func TestOracleFinitePool(t *testing.T) {
	var f family
	for _, row := range oracle[[]struct {
		Users  int     `json:"users_U"`
		Pool   int     `json:"pool_c"`
		Rate   float64 `json:"trigger_rate_per_day"`
		Idle   float64 `json:"idle_timeout_days"`
		Time   float64 `json:"time_congestion"`
		Denied float64 `json:"denied_fraction_of_claim_attempts"`
		Mean   float64 `json:"mean_licensed"`
	}](t, "ttl_finite_pool_engset") {
		s := scenarioOf(t, habitTOML, set("pools.premium.seats", "%d", row.Pool), set("users.crowd.count", "%d", row.Users),
			set("users.crowd.does.trigger-premium", "%v/day", row.Rate), set("reclaim.premium.idle-for", "%vd", row.Idle), horizon(3600))
		seen := observeSteady(t, s, 900, int(20*row.Idle))
		name := fmt.Sprintf("%d people, %d seats, %.4g/day, idle %v d: ", row.Users, row.Pool, row.Rate, row.Idle)
		f.share(name+"time without a seat", row.Time, averageOf(pick(seen, func(x steady) float64 { return x.full[0] })))
		f.share(name+"refused", row.Denied, refusedShare(seen))
		f.mean(name+"holders", row.Mean, averageOf(pick(seen, func(x steady) float64 { return x.held[0] })))
	}
	f.hold(t)
}
