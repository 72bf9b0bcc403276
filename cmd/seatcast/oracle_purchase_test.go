package main

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"seatcast/analysis/oracle"

	"gonum.org/v1/gonum/mathext"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/analysis/reduction"
	"seatcast/analysis/sensitivity"
	"seatcast/cmd/seatcast/control"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// planOf plans a scenario by the command, and returns the purchase of its variant.
func planOf(t *testing.T, text string, args ...string) purchase.Purchase {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "plan.toml")
	write1(t, name, text)
	args = append([]string{"plan", name, "--format", "json", "--out", filepath.Join(dir, "out"), "--set", "study.replications=5"}, args...)
	stdout, _ := seatcast(t, exitDone, args...)
	var plan purchase.Plan
	if err := json.Unmarshal([]byte(stdout), &plan); err != nil {
		t.Fatal(err)
	}
	return plan.Purchases[0]
}

// TestOraclePlan: people claim once, at independent exponential times, so the fewest
// seats for a risk is a quantile of a binomial law. The command finds the exact number
// by simulation in at least 95% of runs of different seeds, and is never more than one
// off. The row whose neighbours differ least in risk takes a million replications a run,
// so with -full there are 100 runs of three rows and 1 of that, and without it a few of
// two; the search itself has 100 runs of each row in its package, from the same law.
func TestOraclePlan(t *testing.T) {
	rows := oracle.Expected[[]struct {
		Users    int     `json:"U"`
		By       float64 `json:"date_T"`
		Risk     float64 `json:"alpha"`
		Seats    int     `json:"min_purchase_c"`
		At       float64 `json:"P_exhaust_at_c"`
		Below    float64 `json:"P_exhaust_at_c_minus_1"`
		Claims   float64 `json:"mean_claims"`
		Adoption string
	}](t, "chance_constrained_purchase")
	for i, row := range rows {
		runs := []int{0, 2, 0, 5}[i]
		if *full {
			runs = []int{100, 100, 1, 100}[i]
		}
		law := exponential(t, row.Adoption)
		s := scenarioOf(t, crowdTOML, horizon(int(row.By)), set("users.crowd.count", "%d", row.Users), set("users.crowd.adoption", "%s", law))
		tenant := &s.Variants[0].World.Tenants[0]
		shares, _ := control.Shares(tenant, tenant.Midnights[len(tenant.Midnights)-1])
		oracle.Near(t, "mean claims", float64(row.Users)*shares[0], row.Claims, 1e-8*row.Claims)
		exact, settled := 0, 0
		for seed := range runs {
			p := planOf(t, crowdTOML, "--set", horizon(int(row.By)), "--set", set("users.crowd.count", "%d", row.Users), "--set", set("users.crowd.adoption", "%s", law),
				"--risk", fmt.Sprint(row.Risk), "--most", "2000000", "--seed", fmt.Sprint(seed))
			if p.Method != "needs" {
				t.Fatalf("method %s: %s", p.Method, p.Why)
			}
			if p.Count.Settled {
				settled++
			}
			if p.Count.Seats == row.Seats {
				exact++
			} else if p.Count.Seats < row.Seats-1 || p.Count.Seats > row.Seats+1 {
				t.Errorf("%d people, seed %d: %d seats, want %d", row.Users, seed, p.Count.Seats, row.Seats)
			}
		}
		t.Logf("%d people: %d seats, exact in %d of %d runs, settled in %d", row.Users, row.Seats, exact, runs, settled)
		if exact*100 < 95*runs || runs <= 5 && exact < runs || settled*100 < 95*runs {
			t.Errorf("%d people: exact in %d of %d runs, settled in %d", row.Users, exact, runs, settled)
		}
	}
}

// exponential returns the law of Exp(mean 90 d) as a scenario has it: exp(90d).
func exponential(t *testing.T, adoption string) string {
	t.Helper()
	var mean float64
	if _, err := fmt.Sscanf(adoption, "Exp(mean %f d)", &mean); err != nil {
		t.Fatalf("%s: %v", adoption, err)
	}
	return fmt.Sprintf("exp(%vd)", mean)
}

// TestOracleNewsvendorPlan: the command finds by simulation the number of seats with the
// least mean cost, to two seats, and what it costs: a refused person USD 600, a seat USD
// 180, which is 27/31 + 2 + 4/30 months at USD 59.9141.
func TestOracleNewsvendorPlan(t *testing.T) {
	want := oracle.Expected[struct {
		Seats int     `json:"optimal_c"`
		Cost  float64 `json:"expected_cost"`
		More  float64 `json:"cost_at_plus5"`
		Less  float64 `json:"cost_at_minus5"`
	}](t, "newsvendor_purchase")
	best := planOf(t, crowdTOML, "--set", horizon(90), "--set", set("users.crowd.count", "500"), "--set", set("users.crowd.adoption", "exp(90d)"),
		"--set", set("pools.premium.price", "59.9141"), "--refusal-cost", "600", "--most", "200", "--replications", "400").Cheapest
	t.Logf("%+v", best)
	oracle.Near(t, "seats", float64(best.Seats), float64(want.Seats), 2)
	oracle.Near(t, "cost", best.Cost.Mean, want.Cost, 1.7*(best.Cost.High-best.Cost.Low)/2) // ± 3.3 standard errors
	oracle.Near(t, "cost of five seats more", best.More, want.More, 0.005*want.More)
	oracle.Near(t, "cost of five seats fewer", best.Fewer, want.Less, 0.005*want.Less)
	if best.Nearly[0] > want.Seats || best.Nearly[1] < want.Seats {
		t.Errorf("within 1%% of the least are %v seats, without the %d that have it", best.Nearly, want.Seats)
	}
}

// TestPlanBySearchIsTheSame: the fast answer is that of simulating numbers of seats.
func TestPlanBySearchIsTheSame(t *testing.T) {
	sets := []string{"--set", horizon(60), "--set", set("users.crowd.count", "40"), "--set", set("users.crowd.adoption", "exp(40d)"), "--most", "300"}
	fast := planOf(t, crowdTOML, sets...)
	// A pool without seats that is asked later gives the planner a reason to search, and changes nothing else.
	slow := planOf(t, crowdTOML, append(sets, "--pool", "t/premium", "--set", "tenants.t.pools.per-user.seats=0",
		"--set", `tenants.t.policies.later={ app = "per-user", product = "per-user" }`)...)
	if fast.Method != "needs" || slow.Method != "search" {
		t.Fatalf("methods %s and %s", fast.Method, slow.Method)
	}
	if fast.Count.Seats != slow.Count.Seats || fast.Risk != slow.Risk || fast.Pools[0].Fewer != slow.Pools[0].Fewer {
		t.Errorf("by needs %+v, %+v, by search %+v, %+v", fast.Count, fast.Risk, slow.Count, slow.Risk)
	}
}

// TestUntil: the records of a study that is cut short are the beginnings of its own.
func TestUntil(t *testing.T) {
	w := scenarioOf(t, crowdTOML, horizon(60), set("users.crowd.joins", "1/day"), set("users.crowd.count", "40"), set("pools.premium.seats", "20"),
		set("users.crowd.adoption", "contagion(p=0.02/day, q=0.2/day)")).Variants[0].World
	for r := range 20 {
		whole, err := sim.NewRunner(w).Run(t.Context(), 0, r, sim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		cut, err := sim.NewRunner(w.Until(25)).Run(t.Context(), 0, r, sim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a, b := &whole.Tenants[0].Pools[0], &cut.Tenants[0].Pools[0]
		if !slices.Equal(a.Assigned[:26], b.Assigned) || !slices.Equal(a.Users[:26], b.Users) {
			t.Fatalf("replication %d: %v, cut %v", r, a.Assigned[:26], b.Assigned)
		}
	}
}

// TestScheduleHolds: a scenario with the seats of a schedule has the risk that the
// plan says, replication by replication, by plain simulation.
func TestScheduleHolds(t *testing.T) {
	dir := t.TempDir()
	name, out := filepath.Join(dir, "s.toml"), filepath.Join(dir, "out")
	write1(t, name, crowdTOML)
	stdout, _ := seatcast(t, exitDone, "plan", name, "--format", "json", "--out", out, "--set", horizon(60), "--set", set("users.crowd.count", "60"),
		"--set", set("users.crowd.adoption", "exp(40d)"), "--set", "study.replications=400", "--most", "400", "--true-up", "2026-01-25,2026-02-15", "--risk", "0.1")
	var plan purchase.Plan
	if err := json.Unmarshal([]byte(stdout), &plan); err != nil {
		t.Fatal(err)
	}
	summary := runJSON(t, filepath.Join(out, "scenario.toml"), filepath.Join(dir, "again"))
	if got, want := summary, plan.Purchases[0].Risk.Value; math.Abs(got-want) > 1e-12 || want == 0 {
		t.Errorf("the scenario of the plan has a risk of %v, the plan says %v", got, want)
	}
	for _, s := range plan.Purchases[0].Stages {
		if s.Found.Value > s.Risk+1e-9 || s.Fewer.Value <= s.Risk && s.Seats > plan.Purchases[0].Stages[0].Seats {
			t.Errorf("stage %+v", s)
		}
	}
}

// runJSON runs a scenario and returns the probability of a refusal.
func runJSON(t *testing.T, name, out string) float64 {
	t.Helper()
	stdout, _ := seatcast(t, exitDone, "run", name, "--format", "json", "--out", out)
	var summary struct {
		Variants struct {
			Base struct {
				Pools map[string]struct {
					First struct{ Probability analysis.Proportion } `json:"first_refusal"`
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &summary); err != nil {
		t.Fatal(err)
	}
	return summary.Variants.Base.Pools["t/premium"].First.Probability.Value
}

// rare is a row of importance_sampling_binomial, or of rare_event_exhaustion.
type rare struct {
	Users    int     `json:"U"`
	By       float64 `json:"T"`
	Mean     float64
	Adoption string
	Seats    int     `json:"pool_c"`
	P        float64 `json:"P"`
	Enough   int     `json:"reps_for_10pct_rel_se_IS"`
	Plain    float64 `json:"reps_for_10pct_rel_se_naive"`
	Naive    float64 `json:"naive_MC_replications_for_10pct_rel_se"`
}

// TestOracleRarePlan: importance sampling through the simulator, not only through its
// law. Of the rows without a number of replications that are enough, 530 are.
func TestOracleRarePlan(t *testing.T) {
	rows := oracle.Expected[[]rare](t, "importance_sampling_binomial")
	for _, row := range append(rows, oracle.Expected[[]rare](t, "rare_event_exhaustion")[:2]...) {
		law := fmt.Sprintf("exp(%vd)", row.Mean)
		if row.Adoption != "" {
			law = exponential(t, row.Adoption)
		}
		p := planOf(t, crowdTOML, "--set", horizon(int(row.By)), "--set", set("users.crowd.count", "%d", row.Users), "--set", set("users.crowd.adoption", "%s", law),
			"--rare", "--risk", fmt.Sprint(1.1*row.P), "--most", fmt.Sprint(10*max(row.Enough, 530)))
		if p.Count.Low > row.Seats || p.Count.High < row.Seats || p.Rare.Relative > 0.1 {
			t.Errorf("%+v %+v, want %d seats", p.Count, p.Rare, row.Seats)
		}
		if plain := max(row.Plain, row.Naive); p.Count.Seats == row.Seats { // what counting would take, for 10% in place of what is reached
			oracle.Near(t, "replications by counting", p.Rare.Naive*p.Rare.Relative*p.Rare.Relative/0.01, plain, 0.15*plain)
		}
		for _, point := range p.Frontier {
			// 99.9% from 95%: the interval is symmetric
			if half := (point.Risk.High - point.Risk.Value) * 3.29 / 1.96; point.Seats == row.Seats && math.Abs(point.Risk.Value-row.P) > half {
				t.Errorf("risk %+v of %d seats, exact %v", point.Risk, row.Seats, row.P)
			}
		}
		t.Logf("%d people, %d seats: risk %.4g of %d seats, exact %.4g of %d; standard error %.1f%%", row.Users, row.Seats, p.Risk.Value, p.Count.Seats, row.P, row.Seats, 100*p.Rare.Relative)
	}
}

// TestOracleControlAntitheticRuns: the same of the simulator's exhaustion times, with
// the adopters of each replication as control variate and antithetic worlds.
func TestOracleControlAntitheticRuns(t *testing.T) {
	want := oracle.Expected[struct {
		Mean       float64 `json:"exact_mean"`
		Control    float64 `json:"control_VRF"`
		Antithetic float64 `json:"antithetic_VRF_vs_two_independent"`
	}](t, "control_variate_antithetic")
	s := scenarioOf(t, crowdTOML, horizon(365), set("users.crowd.count", "500"), set("pools.premium.seats", "300"), set("users.crowd.adoption", "exp(90d)"))
	const n = 8000
	refused := func(s *scenarios.Scenario) (at []float64) {
		simulateRecords(t, s, n, func(r *record.Tenant) { at = append(at, r.Pools[0].FirstRefusal.Days()) })
		return at
	}
	w := s.Variants[0].World
	share := w.Tenants[0].Segments[0].Adoption.ShareBy(clock.Time(82.67625423748572 * float64(clock.Day)))
	if exact := -math.Expm1(-82.67625423748572 / 90); math.Abs(share-exact) > 1e-9 {
		t.Errorf("share %v, want %v", share, exact)
	}
	var adopters []float64
	for r := range n {
		adopters = append(adopters, float64(w.Below(0, r, []float64{share})[0]))
	}
	control := reduction.Control(refused(s), 0.999, reduction.Variate{Values: adopters, Mean: 500 * share})
	mirrored := *w
	mirrored.Antithetic = true
	s.Variants[0].World = &mirrored
	pairs := reduction.Antithetic(refused(s), 0.999)
	for _, c := range []struct {
		what   string
		got    reduction.Estimate
		factor float64
	}{{"control", control, want.Control}, {"antithetic", pairs, want.Antithetic}} {
		t.Logf("%s: %.4f (%.4f to %.4f), exact %.4f; factor %.2f, exact %.2f", c.what, c.got.Mean, c.got.Low, c.got.High, want.Mean, c.got.Factor, c.factor)
		if c.got.Low > want.Mean || c.got.High < want.Mean || math.Abs(c.got.Factor/c.factor-1) > 0.15 {
			t.Errorf("%s: %+v, want %v and factor %v", c.what, c.got, want.Mean, c.factor)
		}
	}
}

// TestOracleGradient: the tornado of the probability of a refusal by day 80 moves it by
// what the closed form says.
func TestOracleGradient(t *testing.T) {
	want := oracle.Expected[struct {
		P     float64
		Slope float64 `json:"dP_dmean"`
		More  float64 `json:"P_at_c_plus_10"`
		Fewer float64 `json:"P_at_c_minus_10"`
	}](t, "exhaustion_gradient")
	dir := t.TempDir()
	name := filepath.Join(dir, "g.toml")
	write1(t, name, crowdTOML)
	stdout, _ := seatcast(t, exitDone, "sensitivity", name, "--format", "json", "--out", filepath.Join(dir, "out"), "--set", horizon(90), "--set", set("users.crowd.count", "500"),
		"--set", set("pools.premium.seats", "300"), "--set", "study.replications=4000", "--answer", "refusal by 2026-03-25",
		"--vary", "tenants.t.users.crowd.adoption.mean=88..92", "--vary", "tenants.t.pools.premium.seats=290..310")
	var r sensitivity.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	of := func(seats, mean float64) float64 {
		return mathext.RegIncBeta(seats+1, 500-seats, -math.Expm1(-80/mean))
	}
	risk := func(mean float64) float64 { return of(300, mean) }
	oracle.Near(t, "risk", risk(90), want.P, 1e-7*want.P)
	oracle.Near(t, "risk of more seats", of(310, 90), want.More, 1e-7*want.More)
	oracle.Near(t, "risk of fewer seats", of(290, 90), want.Fewer, 1e-7*want.Fewer)
	oracle.Near(t, "slope", (risk(90+1e-3)-risk(90-1e-3))/2e-3, want.Slope, -1e-7*want.Slope)
	holds := func(what string, d analysis.Difference, exact float64) {
		half := (d.High - d.Low) / 2 * 3.29 / 1.96 // 99.9% from 95%
		t.Logf("%s: %+.4f ± %.4f, exact %+.4f", what, d.Mean, half, exact)
		if math.Abs(d.Mean-exact) > half || half > 0.05 {
			t.Errorf("%s: %+v, exact %v", what, d, exact)
		}
	}
	holds("risk", r.Base, want.P)
	for _, w := range r.Swings {
		switch w.Path {
		case "tenants.t.users.crowd.adoption.mean":
			holds("88 to 92 days", w.Span, risk(92)-risk(88))
		case "tenants.t.pools.premium.seats":
			holds("10 seats fewer", w.AtLow, want.Fewer-want.P)
			holds("10 seats more", w.AtHigh, want.More-want.P)
		}
	}
}
