package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"seatcast/analysis/oracle"

	"gonum.org/v1/gonum/mathext"

	"seatcast/analysis"
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

// horizon sets the days of the study.
func horizon(days int) string { return fmt.Sprintf("study.days=%d", days) }

// TestOracleOrderStatistic: U people claim at independent times of law F, and
// nothing comes back. A pool of c is full at claim c (our exhaustion) and refuses
// claim c+1 (the oracle's). Claim k comes by t with probability
// I_{F(t)}(k, U−k+1), the incomplete beta function.
func TestOracleOrderStatistic(t *testing.T) {
	const replications = 190_000
	var f family
	for _, row := range oracle.Expected[[]struct {
		Users         int `json:"users_U"`
		Pool          int `json:"pool_c"`
		Law           string
		Mean          float64
		Shape, Scale  float64
		MeanExhausted float64 `json:"mean_exhaustion"`
		Quantiles     map[string]float64
		By            map[string]float64 `json:"P_exhausted_by"`
	}](t, "order_statistic_exhaustion") {
		law := fmt.Sprintf("exp(%vd)", row.Mean)
		cdf := func(day float64) float64 { return -math.Expm1(-day / row.Mean) }
		if row.Law == "weibull" {
			law = fmt.Sprintf("weibull(shape=%v, scale=%vd)", row.Shape, row.Scale)
			cdf = func(day float64) float64 { return -math.Expm1(-math.Pow(day/row.Scale, row.Shape)) }
		}
		last := int(1.6*row.Quantiles["0.95"]) + 20
		if row.Pool == row.Users-1 { // the last of all is long in coming
			last = 800
		}
		s := scenarioOf(t, crowdTOML, horizon(last), set("pools.premium.seats", "%d", row.Pool),
			set("users.crowd.count", "%d", row.Users), set("users.crowd.adoption", "%s", law))
		var full, refused []clock.Time
		simulateRecords(t, s, replications, func(r *record.Tenant) {
			full, refused = append(full, r.Pools[0].Exhausted), append(refused, r.Pools[0].FirstRefusal)
		})
		name := fmt.Sprintf("%d of %d people, %s: ", row.Pool, row.Users, law)
		f.mean(name+"refusal", row.MeanExhausted, averageOf(days(refused)))
		for q, exact := range numbered(row.Quantiles) {
			f.mean(fmt.Sprintf("%srefusal, q%v", name, q), exact, quantileOf(days(refused), q))
		}
		for day, exact := range numbered(row.By) {
			c, u := float64(row.Pool), float64(row.Users)
			f.share(fmt.Sprintf("%srefusal by %v", name, day), exact, shareWhere(refused, by(day)))
			f.share(fmt.Sprintf("%sfull by %v", name, day), mathext.RegIncBeta(c, u-c+1, cdf(day)), shareWhere(full, by(day)))
		}
	}
	f.hold(t)
}

// TestOracleBassConditional: from 120 adopters on, how long it is until the claim
// that a pool of 400 refuses. The chain forgets how it came to 120, so the wait is
// read off runs from the start, of which a ledger shows each claim. Within six
// days it is known to 0.005 with -full.
func TestOracleBassConditional(t *testing.T) {
	want := oracle.Expected[struct {
		People    int     `json:"M"`
		P         float64 `json:"p"`
		Q         float64 `json:"q"`
		Observed  int     `json:"observed_claims"`
		Pool      int     `json:"pool_c"`
		Mean      float64 `json:"mean_remaining"`
		Deviation float64 `json:"sd_remaining"`
		Quantiles map[string]float64
		Within    map[string]float64 `json:"P_exhausted_within"`
	}](t, "bass_conditional_exhaustion")
	replications := 6_000
	if *full {
		replications = 170_000
	}
	s := scenarioOf(t, crowdTOML, set("users.crowd.count", "%d", want.People),
		set("users.crowd.adoption", "contagion(p=%v/day, q=%v/day)", want.P, want.Q), horizon(60))
	waits := observe(t, s, replications, func(run runOne) float64 {
		var claims []clock.Time
		run(sim.Options{EveryAct: true, Ledger: func(_ int, e *sim.Entry) {
			if e.Decision.Outcome == claim.Claimed {
				claims = append(claims, e.At)
			}
		}})
		return (claims[want.Pool] - claims[want.Observed-1]).Days()
	})
	var f family
	f.mean("mean wait", want.Mean, averageOf(waits))
	if *full {
		f.mean("variance of the wait", want.Deviation*want.Deviation, varianceAbout(want.Mean, waits))
	}
	for q, exact := range numbered(want.Quantiles) {
		f.mean(fmt.Sprintf("wait, q%v", q), exact, quantileOf(waits, q))
	}
	for within, exact := range numbered(want.Within) {
		if within != 6 || *full {
			f.share(fmt.Sprintf("within %v days", within), exact, shareWhere(waits, func(wait float64) bool { return wait <= within }))
		}
	}
	f.hold(t)
}

// TestOracleGammaPoisson: people trigger at rates that are gamma-distributed over
// them (shape k, scale θ), so a first trigger has Lomax's law,
// F(t) = 1 − (1+θt)^−k, and exhaustion is its order statistic.
//
// The median is held to 1%; with -full also the probability of refusal by then.
func TestOracleGammaPoisson(t *testing.T) {
	replications := 20_000
	if *full {
		replications = 190_000
	}
	var f family
	for _, row := range oracle.Expected[[]struct {
		Users     int                `json:"U"`
		Pool      int                `json:"pool_c"`
		Shape     float64            `json:"gamma_shape"`
		Rate      float64            `json:"mean_rate"`
		Claimed   map[string]float64 `json:"P_claimed_by"`
		Quantiles map[string]float64 `json:"exhaustion_quantiles"`
	}](t, "gamma_poisson_heterogeneity") {
		rate := fmt.Sprintf("gamma(mean=%v/day, shape=%v)", row.Rate, row.Shape)
		name := fmt.Sprintf("%d of %d people, %s: ", row.Pool, row.Users, rate)
		habit := []string{set("users.crowd.count", "%d", row.Users), set("users.crowd.does.trigger-premium", "%s", rate)}

		runs := 210_000 / row.Users
		claimed := map[int]int{}
		simulateRecords(t, scenarioOf(t, habitTOML, append(habit, horizon(365))...), runs, func(r *record.Tenant) {
			for day := range numbered(row.Claimed) {
				claimed[int(day)] += int(r.Pools[0].Assigned[int(day)])
			}
		})
		for day, exact := range numbered(row.Claimed) {
			f.share(fmt.Sprintf("%sclaimed by %v", name, day), exact, shareOf(claimed[int(day)], runs*row.Users))
		}

		var refused []clock.Time
		pool := append(habit, set("pools.premium.seats", "%d", row.Pool), horizon(int(1.05*row.Quantiles["0.95"])+1))
		simulateRecords(t, scenarioOf(t, habitTOML, pool...), replications, func(r *record.Tenant) {
			refused = append(refused, r.Pools[0].FirstRefusal)
		})
		for q, exact := range numbered(row.Quantiles) {
			f.mean(fmt.Sprintf("%srefusal, q%v", name, q), exact, quantileOf(days(refused), q))
		}
		if *full {
			f.share(name+"refusal by the median", 0.5, shareWhere(refused, by(row.Quantiles["0.5"])))
		}
	}
	f.hold(t)
}

// TestOracleActivationBatch: the policy is live two hours after its creation.
// People who trigger before are Bin(U, F(2h)); where they try again soon, the
// pool runs dry as if nothing had been: at the order statistic.
func TestOracleActivationBatch(t *testing.T) {
	const users = 300
	want := oracle.Expected[struct {
		Batch     float64 `json:"mean_batch"`
		None      float64 `json:"P_batch_zero"`
		Exhausted float64 `json:"mean_exhaustion_days"`
	}](t, "activation_batch")
	base := []string{set("users.crowd.count", "%d", users), set("users.crowd.adoption", "exp(100d)"), set("pools.premium.seats", "20"),
		set("policies.p.created", "2026-01-05"), set("auto-claim.activation", "2h")}
	var f family

	var early []float64
	simulateRecords(t, scenarioOf(t, crowdTOML, append(base, horizon(1))...), 540_000, func(r *record.Tenant) {
		early = append(early, float64(outcomes(r, claim.Ineligible, claim.PolicyPending)))
	})
	f.mean("mean number of people who trigger too early", want.Batch, averageOf(early))
	f.share("nobody triggers too early", want.None, shareWhere(early, func(n float64) bool { return n == 0 }))

	var refused []clock.Time
	retry := append(base, set("users.crowd.does.trigger-premium", "6/day"), horizon(25))
	simulateRecords(t, scenarioOf(t, crowdTOML, retry...), 7_000, func(r *record.Tenant) {
		refused = append(refused, r.Pools[0].FirstRefusal)
	})
	f.mean("mean first refusal, where people try again", want.Exhausted, averageOf(days(refused)))
	f.hold(t)
}

// TestOracleActivationLost: one person triggers three times an hour while the
// policy takes uniform(0h, 2h) to be live: a mixed Poisson number is in vain.
func TestOracleActivationLost(t *testing.T) {
	want := oracle.Expected[struct {
		Mean     float64 `json:"mean_lost_triggers"`
		Variance float64 `json:"var_lost"`
		None     float64 `json:"P_zero_lost"`
	}](t, "activation_lost_triggers")
	s := scenarioOf(t, habitTOML, set("users.crowd.count", "1"), set("users.crowd.does.trigger-premium", "3/hour"),
		set("policies.p.created", "2026-01-05"), set("auto-claim.activation", "uniform(0h, 2h)"), horizon(1))
	var lost []float64
	simulateRecords(t, s, 500_000, func(r *record.Tenant) {
		lost = append(lost, float64(outcomes(r, claim.Ineligible, claim.PolicyPending)))
	})
	var f family
	f.mean("mean of lost triggers", want.Mean, averageOf(lost))
	f.mean("variance of lost triggers", want.Variance, varianceAbout(want.Mean, lost))
	f.share("no trigger is lost", want.None, shareWhere(lost, func(n float64) bool { return n == 0 }))
	f.hold(t)
}

// TestOraclePropagation: the policy assigns by a group, whose licence comes a
// uniform(0d, 2d) after the claim. The holders at t are Bin(U, (F*H)(t)), of the
// convolution of both laws.
func TestOraclePropagation(t *testing.T) {
	want := oracle.Expected[struct {
		G     map[string]float64
		Users int                `json:"U"`
		Pool  int                `json:"pool_c"`
		More  map[string]float64 `json:"P_assigned_gt_c_by_t"`
	}](t, "propagation_convolution")
	s := scenarioOf(t, crowdTOML, set("users.crowd.count", "%d", want.Users), set("users.crowd.adoption", "exp(20d)"),
		set("policies.p.assign", "group:g"), set("groups.g", `{ product = "premium", latency = "uniform(0d, 2d)" }`), horizon(30))
	const replications = 185_000
	holders, more := map[int]int{}, map[int]int{}
	simulateRecords(t, s, replications, func(r *record.Tenant) {
		for day := range numbered(want.G) {
			holders[int(day)] += int(r.Pools[0].Assigned[int(day)])
		}
		for day := range numbered(want.More) {
			if int(r.Pools[0].Assigned[int(day)]) > want.Pool {
				more[int(day)]++
			}
		}
	})
	var f family
	for day, exact := range numbered(want.G) {
		f.share(fmt.Sprintf("a person holds by day %v", day), exact, shareOf(holders[int(day)], replications*want.Users))
	}
	for day, exact := range numbered(want.More) {
		f.share(fmt.Sprintf("more than %d hold by day %v", want.Pool, day), exact, shareOf(more[int(day)], replications))
	}
	f.hold(t)
}

// TestOracleReportWindow: the auto-claim policy report of the last w days has
// U(F(t) − F(t−w)) rows in the mean, F being Bass's curve. The claims of the
// window are read off the curve of holders, and that the report lists just these
// is shown for the first replications, through claims.csv.
//
// Windows with less than one row in the mean need millions of replications for 1%
// of it; without -full they are held to 0.005 of a person's probability to be in.
func TestOracleReportWindow(t *testing.T) {
	want := oracle.Expected[struct {
		At map[string]map[string]float64
	}](t, "report_window_mean")
	const users = 1000
	s := scenarioOf(t, crowdTOML, set("users.crowd.adoption", "bass(p=0.002/day, q=0.05/day)"), horizon(200))
	replications := 80_000
	if *full {
		replications = 4_200_000
	}
	type window struct{ at, days int }
	type tally struct {
		exact float64
		rows  analysis.Moments
		all   int   // rows of all replications
		first []int // rows of the first
	}
	tallies := map[window]*tally{}
	for at, windows := range want.At {
		at, _ := strconv.ParseFloat(at, 64)
		for days, mean := range numbered(windows) {
			tallies[window{int(at), int(days)}] = &tally{exact: mean}
		}
	}
	simulateRecords(t, s, replications, func(r *record.Tenant) {
		curve := r.Pools[0].Assigned
		for w, y := range tallies {
			n := int(curve[w.at] - curve[max(w.at-w.days, 0)])
			y.rows.Add(float64(n))
			y.all += n
			if len(y.first) < 3 {
				y.first = append(y.first, n)
			}
		}
	})
	var f family
	for _, w := range slices.SortedFunc(maps.Keys(tallies), func(a, b window) int { return cmp.Or(a.at-b.at, a.days-b.days) }) {
		name, y := fmt.Sprintf("rows on day %d of the last %d days", w.at, w.days), tallies[w]
		if y.exact >= 1 || *full {
			f.mean(name, y.exact, averageBy(y.rows))
		} else {
			f.share(name+", per person", y.exact/users, shareOf(y.all, replications*users))
		}
	}
	f.hold(t)
	for rep := range 3 {
		file := ledgerOf(t, s, rep)
		for w, y := range tallies {
			q := ledger.Query{AsOf: dayOf(t, s, w.at-1), Days: w.days, Replication: rep, Variant: scenarios.Base}
			report, err := ledger.Report(ledger.Read(strings.NewReader(file)), q)
			if err != nil || len(report) != y.first[rep] {
				t.Errorf("replication %d: the report as of %s of %d days has %d rows (%v), the curve says %d", rep, q.AsOf, w.days, len(report), err, y.first[rep])
			}
		}
	}
}

// TestOracleBassCurve: each person adopts by Bass's law, independently. F at
// several times, and its quantiles, are read off the ledger of one large crowd.
func TestOracleBassCurve(t *testing.T) {
	const users = 1_500_000
	var f family
	for _, row := range oracle.Expected[[]map[string]float64](t, "bass_curve") {
		law := fmt.Sprintf("bass(p=%v/day, q=%v/day)", row["p"], row["q"])
		s := scenarioOf(t, crowdTOML, set("users.crowd.count", "%d", users), set("pools.premium.seats", "%d", users),
			set("users.crowd.adoption", "%s", law), horizon(35))
		times := make([]clock.Time, 0, users)
		observe(t, s, 1, func(run runOne) struct{} {
			run(sim.Options{Ledger: func(_ int, e *sim.Entry) { times = append(times, e.At) }})
			return struct{}{}
		})
		for len(times) < users {
			times = append(times, clock.Never) // after the horizon
		}
		for _, day := range []float64{1, 5, 10, 20} {
			f.share(fmt.Sprintf("%s: adopted by %v", law, day), row[fmt.Sprintf("F(%v)", day)], shareWhere(times, by(day)))
		}
		f.share(law+": adopted by the peak", row["F_at_peak"], shareWhere(times, by(row["T_peak"])))
		for _, q := range []float64{0.1, 0.5, 0.9} {
			f.mean(fmt.Sprintf("%s: q%v", law, q), row[fmt.Sprintf("Finv(%v)", q)], quantileOf(days(times), q))
		}
	}
	f.hold(t)
}

// TestOracleBassPureBirth: adoption by contagion is the pure-birth chain of rate
// (M−n)(p+q·n/M). Refusal is the sum of the first c+1 waits; N(t) is the number
// who have adopted. Not all variances are known to 1%
// without -full.
func TestOracleBassPureBirth(t *testing.T) {
	var f family
	for _, row := range oracle.Expected[[]struct {
		Population int     `json:"population_M"`
		Pool       int     `json:"pool_c"`
		Mean       float64 `json:"mean_exhaustion_time"`
		Variance   float64 `json:"var_exhaustion_time"`
		At         []struct {
			T         float64
			MeanN     float64 `json:"mean_N"`
			VarN      float64 `json:"var_N"`
			Exhausted float64 `json:"P_exhausted"`
		}
		Quantiles map[string]float64 `json:"exhaustion_time_quantiles"`
	}](t, "bass_pure_birth") {
		p, q, replications := 0.1, 0.5, 1_400_000
		if row.Population == 200 {
			p, q, replications = 0.02, 0.3, 190_000
		}
		if *full {
			replications = 3_400_000 / (row.Population / 20)
		}
		s := scenarioOf(t, crowdTOML, set("users.crowd.count", "%d", row.Population), set("pools.premium.seats", "%d", row.Pool),
			set("users.crowd.adoption", "contagion(p=%v/day, q=%v/day)", p, q), horizon(40))
		var refused []clock.Time
		n := make([][]float64, len(row.At))
		simulateRecords(t, s, replications, func(r *record.Tenant) {
			refused = append(refused, r.Pools[0].FirstRefusal)
			for i, at := range row.At {
				n[i] = append(n[i], float64(adopted(r, int(at.T))))
			}
		})
		name := fmt.Sprintf("M=%d, p=%v, q=%v: ", row.Population, p, q)
		f.mean(name+"mean refusal", row.Mean, averageOf(days(refused)))
		if row.Population == 20 || *full {
			f.mean(name+"variance of refusal", row.Variance, varianceAbout(row.Mean, days(refused)))
		}
		for q, exact := range numbered(row.Quantiles) {
			f.mean(fmt.Sprintf("%srefusal, q%v", name, q), exact, quantileOf(days(refused), q))
		}
		for i, at := range row.At {
			f.mean(fmt.Sprintf("%smean N(%v)", name, at.T), at.MeanN, averageOf(n[i]))
			if row.Population == 20 && at.VarN > 1 || *full {
				f.mean(fmt.Sprintf("%svariance of N(%v)", name, at.T), at.VarN, varianceAbout(at.MeanN, n[i]))
			}
			f.share(fmt.Sprintf("%srefusal by %v", name, at.T), at.Exhausted, shareWhere(refused, by(at.T)))
		}
	}
	f.hold(t)
}

// TestOracleBackupNamed: N ~ Bin(U, F(t)) people have claimed, and product i of
// the chain holds clamp(N − C_{i−1}, 0, c_i) of them; the rest are refused.
// Their mean, half of a percent of the people, is known to 1% with -full.
func TestOracleBackupNamed(t *testing.T) {
	type row struct {
		Users     int `json:"U"`
		Adoption  string
		Seats     []int
		T         float64
		Used      []float64 `json:"mean_used"`
		Denied    float64   `json:"mean_denied_users"`
		Exhausted []float64 `json:"P_product_exhausted"`
		Any       float64   `json:"P_any_denied"`
	}
	all := oracle.Expected[[]row](t, "backup_chain_named")
	replications := 200_000
	if *full {
		replications = 640_000
	}
	var f family
	for _, c := range []struct {
		adoption     string
		replications int
		rows         []row // of one simulation
	}{{"exp(90d)", replications, all[:2]}, {"exp(120d)", 150_000, all[2:]}} {
		s := scenarioOf(t, chainTOML+crowdTOML, append(chain(c.rows[0].Seats), set("users.crowd.count", "%d", c.rows[0].Users),
			set("users.crowd.adoption", "%s", c.adoption), horizon(int(c.rows[len(c.rows)-1].T)))...)
		pools := chainOf(s)
		used, denied := make([][][]float64, len(c.rows)), make([][]float64, len(c.rows))
		for i := range used {
			used[i] = make([][]float64, len(pools))
		}
		simulateRecords(t, s, c.replications, func(r *record.Tenant) {
			for i, row := range c.rows {
				day, n := int(row.T), adopted(r, int(row.T))
				for j, pool := range pools {
					held := r.Pools[pool].Assigned[day]
					used[i][j] = append(used[i][j], float64(held))
					n -= int(held)
				}
				denied[i] = append(denied[i], float64(n))
			}
		})
		for i, row := range c.rows {
			name := fmt.Sprintf("%d people, %s, day %v: ", row.Users, c.adoption, row.T)
			for j, exact := range row.Used {
				pool := used[i][j]
				f.meanOrNone(t, fmt.Sprintf("%sholders of product %d", name, j+1), exact, pool)
				f.share(fmt.Sprintf("%sproduct %d full", name, j+1), row.Exhausted[j],
					shareWhere(pool, func(n float64) bool { return int(n) == row.Seats[j] }))
			}
			if row.Denied < 1e-7 || *full {
				f.meanOrNone(t, name+"people refused", row.Denied, denied[i])
			}
			f.share(name+"anyone refused", row.Any, shareWhere(denied[i], func(n float64) bool { return n > 0 }))
		}
	}
	f.hold(t)
}

// meanOrNone demands a mean, and where it is below 1e-7 that nothing is seen: all
// replications together would see it with probability below a tenth.
func (f *family) meanOrNone(t *testing.T, what string, exact float64, sample []float64) {
	t.Helper()
	if exact > 1e-7 {
		f.mean(what, exact, averageOf(sample))
	} else if slices.Max(sample) > 0 {
		t.Errorf("%s: exact %g, and seen", what, exact)
	}
}

// dayOf returns the date of a day of a scenario, 0 being the first.
func dayOf(t *testing.T, s *scenarios.Scenario, day int) string {
	start, err := time.Parse(time.DateOnly, s.Start)
	if err != nil {
		t.Fatal(err)
	}
	return start.AddDate(0, 0, day).Format(time.DateOnly)
}

// outcomes returns the number of acts with an outcome.
func outcomes(r *record.Tenant, o claim.Outcome, why claim.Reason) int64 {
	return r.Outcomes[int(o)*int(claim.NumReasons)+int(why)]
}

// ledgerOf returns the claims.csv of a replication of the base variant.
func ledgerOf(t *testing.T, s *scenarios.Scenario, replication int) string {
	t.Helper()
	calendars, err := output.Calendars(newSimulation(s, nil).Study)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w := ledger.NewWriter(&file)
	rows := newRows(w, &s.Variants[0], calendars, replication)
	if _, err := sim.NewRunner(s.Variants[0].World).Run(t.Context(), 0, replication, sim.Options{EveryAct: true, Ledger: rows.add}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil || rows.err != nil {
		t.Fatal(err, rows.err)
	}
	return file.String()
}
