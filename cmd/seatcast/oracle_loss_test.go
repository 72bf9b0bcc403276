package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// lossTOML is a loss system: newcomers come as a Poisson process, claim as they
// come, and stay for an exponential time of a day in the mean, with a seat or not.
const lossTOML = `
[study]
start = 2026-01-05
days = 1030

[tenants.t]
pools.premium.seats = 100000
auto-claim = { enabled = true }
policies.p = { app = "rpa-attended", product = "premium" }

[tenants.t.users.crowd]
count = 0
starts-with = "trigger-premium"
joins = "1/day"
leaves = "1/day"
`

// chainTOML adds three products to the catalogue, so that a policy can have four
// backups that serve.
const chainTOML = `
[catalogue]
third  = { gives = ["premium"], price = 1.0 }
fourth = { gives = ["premium"], price = 1.0 }
fifth  = { gives = ["premium"], price = 1.0 }
`

// chain sets the seats of a policy's product and of its backups, in order.
func chain(seats []int) []string {
	names := []string{"premium", "per-user", "third", "fourth", "fifth"}[:len(seats)]
	var all []string
	for i, n := range seats {
		all = append(all, set("pools."+names[i]+".seats", "%d", n))
	}
	if len(seats) == 1 {
		return all
	}
	return append(all, set("policies.p.backups", `["%s"]`, strings.Join(names[1:], `", "`)))
}

// chainOf returns the pools of a record in the order of the policy's products.
func chainOf(s *scenarios.Scenario) (pools []int) {
	tenant := &s.Variants[0].World.Tenants[0]
	info := tenant.Info()
	for _, p := range tenant.Rules.Policies[0].Products {
		pools = append(pools, slices.IndexFunc(info.Pools, func(i record.PoolInfo) bool { return i.Product == tenant.Rules.Products[p].Name }))
	}
	return pools
}

// A steady is what one replication shows of a system that has become stationary:
// of the pools, in the order of the policy's products, by their midnights.
type steady struct {
	claims       []float64 // by pool
	refused, all float64   // claims
	held         []float64 // holders
	squares      []float64 // of holders
	full         []float64 // share of midnights without a seat
	allFull      float64   // of those without a seat in any
}

// observeSteady simulates n replications, and looks at each from the midnight of
// day warm on.
func observeSteady(t *testing.T, s *scenarios.Scenario, n, warm int) []steady {
	pools := chainOf(s)
	products := s.Variants[0].World.Tenants[0].Rules.Policies[0].Products
	return observe(t, s, n, func(run runOne) steady {
		x := steady{claims: make([]float64, len(pools)), held: make([]float64, len(pools)),
			squares: make([]float64, len(pools)), full: make([]float64, len(pools))}
		record := run(sim.Options{Ledger: func(_ int, e *sim.Entry) {
			if e.At < clock.Time(warm)*clock.Day {
				return
			}
			if e.Decision.Outcome == claim.Claimed {
				x.claims[slices.Index(products, int(e.Decision.Product))]++
				x.all++
			}
		}})
		for i := range record.Pools { // of the refused the record alone has all
			for _, n := range record.Pools[i].Refused[warm+1:] {
				x.refused += float64(n)
				x.all += float64(n)
			}
		}
		midnights := len(record.Pools[0].Assigned) - warm
		for day := warm; day < warm+midnights; day++ {
			allFull := true
			for i, pool := range pools {
				p := &record.Pools[pool]
				held := float64(p.Assigned[day])
				x.held[i] += held / float64(midnights)
				x.squares[i] += held * held / float64(midnights)
				if p.Assigned[day] == p.Seats[day] {
					x.full[i] += 1 / float64(midnights)
				} else {
					allFull = false
				}
			}
			if allFull {
				x.allFull += 1 / float64(midnights)
			}
		}
		return x
	})
}

// refusedShare estimates the share of claims that are refused.
func refusedShare(seen []steady) interval {
	return ratioOf(pick(seen, func(x steady) float64 { return x.refused }), pick(seen, func(x steady) float64 { return x.all }))
}

// TestOracleErlangB: Poisson arrivals, exponential stays, refused claims lost:
// M/M/c/c. The refused share and, arrivals being Poisson, the share of time
// without a seat are both Erlang's B(c, A).
func TestOracleErlangB(t *testing.T) {
	var f family
	for _, row := range oracle.Expected[[]struct {
		Offered  float64 `json:"offered_A"`
		Seats    int     `json:"servers_c"`
		Blocking float64 `json:"blocking_B"`
		Carried  float64
	}](t, "erlang_b_table") {
		replications, days := max(62, int(1600/row.Offered)), 1030
		if row.Offered > 100 { // 500, 1000 and 5000
			if !*full {
				continue
			}
			days = 130
		}
		s := scenarioOf(t, lossTOML, append(chain([]int{row.Seats}), set("users.crowd.joins", "%v/day", row.Offered), horizon(days))...)
		seen := observeSteady(t, s, replications, 30)
		name := fmt.Sprintf("%v offered to %d seats: ", row.Offered, row.Seats)
		f.share(name+"refused", row.Blocking, refusedShare(seen))
		f.share(name+"time without a seat", row.Blocking, averageOf(pick(seen, func(x steady) float64 { return x.full[0] })))
		f.mean(name+"holders", row.Carried, averageOf(pick(seen, func(x steady) float64 { return x.held[0] })))
	}
	f.hold(t)
}

// TestOracleOverflow: what a full product sends on to an unlimited backup has the
// mean and variance of Riordan; a backup of c2 seats leaves B(c1+c2, A) refused.
// The variance is dear: with -full it is checked in every row, else in the first.
func TestOracleOverflow(t *testing.T) {
	var f family
	for i, row := range oracle.Expected[[]struct {
		Offered     float64 `json:"offered_A"`
		First       int     `json:"primary_c1"`
		Second      int     `json:"backup_c2"`
		Mean        float64 `json:"overflow_mean"`
		Variance    float64 `json:"overflow_variance"`
		PrimaryFull float64 `json:"P_primary_full"`
		Denied      float64 `json:"P_denied_total_exact"`
		Given       float64 `json:"P_backup_denies_given_overflow_exact"`
	}](t, "overflow_backup_product") {
		name := fmt.Sprintf("%v offered to %d+%d seats: ", row.Offered, row.First, row.Second)
		joins := set("users.crowd.joins", "%v/day", row.Offered)

		s := scenarioOf(t, lossTOML, append(chain([]int{row.First, row.Second}), joins)...)
		seen := observeSteady(t, s, 180, 30)
		f.share(name+"product full", row.PrimaryFull, averageOf(pick(seen, func(x steady) float64 { return x.full[0] })))
		f.share(name+"refused", row.Denied, refusedShare(seen))
		f.share(name+"refused, of what overflows", row.Given, ratioOf(pick(seen, func(x steady) float64 { return x.refused }),
			pick(seen, func(x steady) float64 { return x.refused + x.claims[1] })))

		s = scenarioOf(t, lossTOML, append(chain([]int{row.First, 1_000_000}), joins)...)
		replications := 180
		if i == 0 || *full {
			replications = []int{1080, 600, 600}[i] // a variance asks for most
		}
		seen = observeSteady(t, s, replications, 30)
		f.mean(name+"holders of an unlimited backup", row.Mean, averageOf(pick(seen, func(x steady) float64 { return x.held[1] })))
		if i == 0 || *full {
			f.mean(name+"their variance", row.Variance, averageOf(pick(seen, func(x steady) float64 {
				return x.squares[1] - 2*row.Mean*x.held[1] + row.Mean*row.Mean
			})))
		}
	}
	f.hold(t)
}

// TestOracleBackupChain: products hunted in order. Product i carries
// A(B(A, C_{i−1}) − B(A, C_i)), C_i being the seats up to it, and serves as many
// of the claims as it carries of A.
func TestOracleBackupChain(t *testing.T) {
	var f family
	for i, row := range oracle.Expected[[]struct {
		Offered  float64 `json:"offered_A"`
		Products []struct {
			Seats   int
			Carried float64
			Share   float64 `json:"claims_served_share"`
		}
		Denied float64
	}](t, "backup_chain_erlang") {
		var seats []int
		for _, p := range row.Products {
			seats = append(seats, p.Seats)
		}
		s := scenarioOf(t, lossTOML+chainTOML, append(chain(seats), set("users.crowd.joins", "%v/day", row.Offered))...)
		seen := observeSteady(t, s, []int{100, 220, 60}[i], 30)
		name := fmt.Sprintf("%v offered to %d: ", row.Offered, seats)
		for i, p := range row.Products {
			f.mean(fmt.Sprintf("%sholders of product %d", name, i+1), p.Carried, averageOf(pick(seen, func(x steady) float64 { return x.held[i] })))
			f.share(fmt.Sprintf("%sserved by product %d", name, i+1), p.Share,
				ratioOf(pick(seen, func(x steady) float64 { return x.claims[i] }), pick(seen, func(x steady) float64 { return x.all })))
		}
		f.share(name+"refused", row.Denied, refusedShare(seen))
		f.share(name+"time without any seat", row.Denied, averageOf(pick(seen, func(x steady) float64 { return x.allFull })))
	}
	f.hold(t)
}

// TestOracleEngset: N people who trigger at rate λ while they hold nothing, and
// hold for spells of (e^{λτ}−1)/λ in the mean: Engset's system, a = e^{λτ} − 1,
// which asks for no more than the mean of a spell.
func TestOracleEngset(t *testing.T) {
	var f family
	for _, row := range oracle.Expected[[]struct {
		People int     `json:"sources_N"`
		Seats  int     `json:"servers_c"`
		A      float64 `json:"a_idle_rate_times_mean_hold"`
		Time   float64 `json:"time_congestion"`
		Call   float64 `json:"call_congestion"`
		Busy   float64 `json:"mean_busy"`
	}](t, "engset_table") {
		s := scenarioOf(t, habitTOML, set("reclaim.premium.idle-for", "1d"), set("pools.premium.seats", "%d", row.Seats), set("users.crowd.count", "%d", row.People),
			set("users.crowd.does.trigger-premium", "%v/day", math.Log1p(row.A)), horizon(1030))
		seen := observeSteady(t, s, max(75, 6000/row.People), 30)
		name := fmt.Sprintf("%d people, %d seats, a=%v: ", row.People, row.Seats, row.A)
		f.share(name+"time without a seat", row.Time, averageOf(pick(seen, func(x steady) float64 { return x.full[0] })))
		f.share(name+"refused", row.Call, refusedShare(seen))
		f.mean(name+"holders", row.Busy, averageOf(pick(seen, func(x steady) float64 { return x.held[0] })))
	}
	f.hold(t)
}
