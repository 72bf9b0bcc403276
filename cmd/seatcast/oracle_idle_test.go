package main

import (
	"fmt"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/sim/record"
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
	for _, row := range oracle.Expected[[]struct {
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
		seen := observeSteady(t, s, 200, int(20*row.Idle))
		name := fmt.Sprintf("%d people, %d seats, %.4g/day, idle %v d: ", row.Users, row.Pool, row.Rate, row.Idle)
		f.share(name+"time without a seat", row.Time, averageOf(pick(seen, func(x steady) float64 { return x.full[0] })))
		f.share(name+"refused", row.Denied, refusedShare(seen))
		f.mean(name+"holders", row.Mean, averageOf(pick(seen, func(x steady) float64 { return x.held[0] })))
	}
	f.hold(t)
}

// TestOracleIdlePoisson: a person who triggers at rate λ and loses the seat after
// τ without is licensed with probability 1 − e^{−λτ} from day τ on, in spells of
// (e^{λτ}−1)/λ in the mean, λe^{−λτ} of them begun a day.
func TestOracleIdlePoisson(t *testing.T) {
	var f family
	for _, row := range oracle.Expected[[]struct {
		Rate     float64 `json:"trigger_rate_per_day"`
		Idle     float64 `json:"idle_timeout_days"`
		Licensed float64 `json:"P_licensed"`
		Spell    float64 `json:"mean_licensed_spell_days"`
		Claims   float64 `json:"claims_per_user_per_year"`
	}](t, "ttl_poisson") {
		const users, last = 500, 3650
		s := scenarioOf(t, habitTOML, set("users.crowd.count", "%d", users), set("users.crowd.does.trigger-premium", "%v/day", row.Rate),
			set("reclaim.premium.idle-for", "%vd", row.Idle), horizon(last))
		seen := observeSteady(t, s, 100, int(row.Idle))
		held := pick(seen, func(x steady) float64 { return x.held[0] })
		perYear := 365 / (last - row.Idle)
		name := fmt.Sprintf("%.4g/day, idle %v d: ", row.Rate, row.Idle)
		f.share(name+"licensed", row.Licensed, averageOf(pick(seen, func(x steady) float64 { return x.held[0] / users })))
		f.mean(name+"claims of a person and year", row.Claims, averageOf(pick(seen, func(x steady) float64 { return x.claims[0] / users * perYear })))
		f.mean(name+"spell", row.Spell, ratioOf(held, pick(seen, func(x steady) float64 { return x.claims[0] / (last - row.Idle) })))
	}
	f.hold(t)
}

// TestOracleIdleRenewal: triggers as a renewal process of gap X make a person
// licensed for E[min(X, τ)]/E[X] of the time. Everyone begins at the start, so the
// process is looked at when that is forgotten, to less than a thousandth: Weibull
// gaps of shape ½ take 1000 days. A renewal process is walked from its start, so
// they are dear, and the two longest idle times of theirs need -full.
func TestOracleIdleRenewal(t *testing.T) {
	gaps := map[string]struct {
		law        string
		warm, days int
	}{
		"Exp(mean 20)":              {"every(exp(20d))", 100, 400},
		"Erlang-2 mean 20":          {"every(gamma(shape=2, mean=20d))", 200, 500},
		"Weibull shape 0.5 mean 20": {"every(weibull(shape=0.5, scale=10d))", 1000, 1400},
	}
	var f family
	for _, row := range oracle.Expected[[]struct {
		Interval string
		Licensed map[string]float64 `json:"P_licensed"`
	}](t, "ttl_renewal") {
		gap, ok := gaps[row.Interval]
		if !ok {
			t.Fatalf("no law for %q", row.Interval)
		}
		for idle, exact := range numbered(row.Licensed) {
			if gap.warm == 1000 && idle > 30 && !*full {
				continue
			}
			const users = 100
			s := scenarioOf(t, habitTOML, set("users.crowd.count", "%d", users), set("users.crowd.does.trigger-premium", "%s", gap.law),
				set("reclaim.premium.idle-for", "%vd", idle), horizon(gap.days))
			replications := max(75, int((200+36*idle)*exact*(1-exact)))
			seen := observeSteady(t, s, replications, gap.warm)
			f.share(fmt.Sprintf("%s, idle %v d: licensed", gap.law, idle), exact, averageOf(pick(seen, func(x steady) float64 { return x.held[0] / users })))
		}
	}
	f.hold(t)
}

// TestOracleIdleTransient: from an empty pool the licensed are U(1 − e^{−λ·min(t, τ)})
// in the mean: the warm-up is over at the very instant τ.
func TestOracleIdleTransient(t *testing.T) {
	var f family
	for _, row := range oracle.Expected[[]struct {
		Users    int                `json:"U"`
		Rate     float64            `json:"trigger_rate_per_day"`
		Idle     float64            `json:"idle_timeout_days"`
		Licensed map[string]float64 `json:"mean_licensed"`
	}](t, "ttl_transient") {
		s := scenarioOf(t, habitTOML, set("users.crowd.count", "%d", row.Users), set("users.crowd.does.trigger-premium", "%v/day", row.Rate),
			set("reclaim.premium.idle-for", "%vd", row.Idle), horizon(60))
		held := map[float64][]float64{}
		simulateRecords(t, s, 8000, func(r *record.Tenant) {
			for day := range numbered(row.Licensed) {
				held[day] = append(held[day], float64(r.Pools[0].Assigned[int(day)]))
			}
		})
		for day, exact := range numbered(row.Licensed) {
			f.mean(fmt.Sprintf("%d people, %v/day, idle %v d: licensed on day %v", row.Users, row.Rate, row.Idle, day), exact, averageOf(held[day]))
		}
	}
	f.hold(t)
}
