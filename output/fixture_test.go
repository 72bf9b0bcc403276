package output_test

import (
	"math"
	"testing"

	"seatcast/analysis"
	"seatcast/output"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

const (
	fixtureDays = 365
	fixtureRuns = 200
)

// fixture is a made-up result of two tenants with three pools, under three
// variants: one pool runs dry, one may, one never does.
func fixture(t testing.TB) output.Result {
	t.Helper()
	s := record.Study{
		Scenario: "northlake-first-year", Title: "Northlake: Finance becomes a managed environment",
		Hash: "1a2b3c4d5e6f708192a3b4c5d6e7f80912a3b4c5d6e7f80912a3b4c5d6e7f809", Seed: 1,
		Replications: fixtureRuns, Start: "2026-01-05", Days: fixtureDays,
	}
	for _, v := range [][2]string{{"base", ""}, {"everyone", "All environments"}, {"true-up", "200 more seats in April"}} {
		s.Variants = append(s.Variants, record.Variant{Name: v[0], Title: v[1], Tenants: []record.TenantInfo{
			{Name: "northlake", Zone: "Europe/Oslo", People: 1200,
				Pools: []record.PoolInfo{{Product: "premium", Reserved: 40, Price: 15}, {Product: "per-user", Price: 15}},
				Policies: []record.PolicyInfo{{Name: "automation", App: "rpa-attended", Product: "premium"},
					{Name: "flows", App: "per-user", Product: "per-user"}}},
			{Name: "southridge", Zone: "America/New_York", People: 300,
				Pools:    []record.PoolInfo{{Product: "premium", Price: 15}},
				Policies: []record.PolicyInfo{{Name: "automation", App: "rpa-attended", Product: "premium"}}},
		}})
	}
	if err := output.Midnights(&s); err != nil {
		t.Fatal(err)
	}
	a := analysis.Answers{Study: s, Replications: fixtureRuns, Warnings: []string{
		"200 replications are few: of northlake/premium, the probability of exhaustion by 30 June 2026 is only known to lie between 49% and 63%.",
		"southridge/premium was never exhausted: the dates of exhaustion are censored at the horizon.",
	}}
	for i, v := range s.Variants {
		a.Variants = append(a.Variants, fixtureVariant(v, i))
	}
	for _, v := range a.Variants[1:] {
		for j, p := range v.Pools {
			base := a.Variants[0].Pools[j]
			for _, c := range []struct {
				metric      string
				base, other float64
				half        float64
			}{
				{"exhaustion", base.Exhaustion.Probability.Value, p.Exhaustion.Probability.Value, 0.04},
				{"refused-users", base.RefusedUsers.Mean, p.RefusedUsers.Mean, 7},
				{"cost", base.Cost.Mean, p.Cost.Mean, 0},
			} {
				d := c.other - c.base
				diff := analysis.Difference{Mean: d, Low: d - c.half, High: d + c.half}
				a.Differences = append(a.Differences, analysis.Comparison{Variant: v.Name, Tenant: p.Tenant, Product: p.Product,
					Metric: c.metric, Base: c.base, Other: c.other, Difference: diff, Noise: diff.Noise(),
					Independent: analysis.Difference{Mean: d, Low: d - 2*c.half, High: d + 2*c.half}})
			}
		}
	}
	return output.Result{
		Answers: a,
		Scenario: []byte("title = \"Northlake: Finance becomes a managed environment\"\n\n[study]\nstart = 2026-01-05\ndays = 365\n\n" +
			"[tenants.northlake.pools.premium]\nseats = 900\nreserved = 40\n"),
		Version: "v0.1.0", Commit: "e2f8308", GoVersion: "go1.26.8",
		Provenance: map[string]string{"finished": "2026-01-04T12:00:00Z", "machine": "two cores"},
		Assumptions: []output.Assumption{
			{Variant: "base", Key: "tenants.northlake.auto-claim.precedence", Value: "premium-first", Why: "Which of several matching policies serves a claim is not documented.", Default: true},
			{Variant: "base", Key: "tenants.northlake.auto-claim.activation", Value: "uniform(0h, 2h)", Why: "The page says up to two hours and no more."},
			{Variant: "base", Key: "tenants.southridge.auto-claim.precedence", Value: "creation-order", Why: "Which of several matching policies serves a claim is not documented."},
		},
		Headlines: []output.Headline{
			{Variant: "base", Tenant: "northlake", Product: "premium", Text: "Northlake's pool of 900 Premium seats (40 reserved) runs dry within the year with probability 93% (95%: 88% to 96%); half of the replications are dry by 3 June 2026 (95%: 28 May 2026 to 9 June 2026); 5% by 2 April 2026, 95% not within the horizon. By the end 143 people (mean, 95%: 139 to 147; 5% to 95% of the replications: 20 to 260) have been refused; the first refusal comes by 5 June 2026 in half of the replications."},
			{Variant: "base", Tenant: "northlake", Product: "per-user", Text: "Northlake's pool of 50 Per-user seats runs dry within the year with probability 31% (95%: 25% to 38%); 5% of the replications are dry by 1 August 2026, half of them not within the horizon."},
			{Variant: "base", Tenant: "southridge", Product: "premium", Text: "Southridge's pool of 200 Premium seats never ran dry in 200 replications of the year: the probability is at most 1.9% (95%)."},
			{Variant: "everyone", Tenant: "northlake", Product: "premium", Text: "Northlake's pool of 900 Premium seats is dry by 1 May 2026 in half of the replications."},
		},
	}
}

// pace says how a pool fills: holders at the end against its seats, when half of
// the growth is over, and how wide replications spread.
type pace struct {
	seats, start, end, mid, spread float64
}

func fixtureVariant(info record.Variant, n int) analysis.Variant {
	v := analysis.Variant{Name: info.Name, Title: info.Title, Replications: fixtureRuns}
	shift := []float64{0, -30, 0}[n]
	more := []int{0, 0, 200}[n]
	for i, t := range info.Tenants {
		for j, p := range t.Pools {
			pc := []pace{{900, 60, 1040, 130 + shift, 0.09}, {50, 12, 46, 160 + shift, 0.12}, {200, 20, 120, 150 + shift, 0.10}}[2*i+j]
			extra := 0
			if p.Product == "premium" && i == 0 {
				extra = more
			}
			v.Pools = append(v.Pools, fixturePool(t, p, pc, extra))
		}
		for j, p := range t.Policies {
			v.Policies = append(v.Policies, fixturePolicy(t.Name, p.Name, float64(700-250*i-300*j+40*n)))
		}
		for k, o := range [][2]string{{"claimed", ""}, {"entitled", ""}, {"refused", "no-seat"}, {"ineligible", "out-of-scope"}, {"ineligible", "desktop-too-old"}} {
			v.Outcomes = append(v.Outcomes, analysis.Outcome{Tenant: t.Name, Outcome: o[0], Reason: o[1],
				Acts: estimate(float64([]int{820, 70312, 1546, 9120, 311}[k])/float64(1+i), 0.04)})
		}
	}
	return v
}

func fixturePolicy(tenant, name string, claims float64) analysis.Policy {
	return analysis.Policy{Tenant: tenant, Name: name, Claims: estimate(claims, 0.03), Backups: estimate(claims/20, 0.1),
		ByTrigger: map[string]analysis.Estimate{
			"trigger-premium": estimate(claims*0.5, 0.04), "save-premium": estimate(claims*0.25, 0.04),
			"trigger-standard": estimate(claims*0.15, 0.05), "request-premium": estimate(claims*0.08, 0.08),
			"go-premium": estimate(claims*0.02, 0.2),
		}}
}

func estimate(mean, relative float64) analysis.Estimate {
	sd := mean * relative
	return analysis.Estimate{Mean: mean, Low: mean - sd, High: mean + sd, P05: mean - 5*sd, P50: mean - sd/7, P95: mean + 5*sd}
}

// normal is the standard normal distribution function.
func normal(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// wilson is a proportion of fixtureRuns with Wilson's interval.
func wilson(p float64) analysis.Proportion {
	const n, z = fixtureRuns, 1.96
	p = math.Round(p*n) / n
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return analysis.Proportion{Value: p, Low: max(0, mid-half), High: min(1, mid+half)}
}

func fixturePool(t record.TenantInfo, info record.PoolInfo, pc pace, extra int) analysis.Pool {
	p := analysis.Pool{Tenant: t.Name, Product: info.Product, Reserved: info.Reserved,
		SeatsStart: int(pc.seats), SeatsEnd: int(pc.seats) + extra}
	wanted := func(day float64) float64 { return pc.start + (pc.end-pc.start)/(1+math.Exp((pc.mid-day)/35)) }
	refused := 0.0
	var dry, refusal [fixtureDays + 1]float64
	for day, midnight := range t.Midnights {
		seats := pc.seats
		if day >= 86 {
			seats += float64(extra)
		}
		room := seats - float64(info.Reserved)
		m := wanted(float64(day))
		sd := pc.spread * m
		held := func(z float64) float64 { return math.Round(min(room, m+z*sd)) }
		today := 0.0
		if day > 0 {
			today = 0.02 * max(0, m-room) * (1 + 0.8*math.Sin(float64(day)*2*math.Pi/7))
		}
		refused += today
		dry[day], refusal[day] = normal((m-room)/sd), normal((m-room-1)/sd-0.15)
		mean := min(room, m) - 0.4*sd*math.Exp(-math.Abs(room-m)/sd)
		p.Curve = append(p.Curve, analysis.CurvePoint{Time: midnight, Seats: int(seats), Assignable: room - mean, Mean: mean,
			P05: held(-1.645), P25: held(-0.674), P50: held(0), P75: held(0.674), P95: held(1.645), RefusedMean: today})
		if day > 0 { // an event that has happened stays so
			dry[day], refusal[day] = max(dry[day], dry[day-1]), max(refusal[day], refusal[day-1])
		}
		p.Risk = append(p.Risk, analysis.RiskPoint{Time: midnight, Exhaustion: wilson(dry[day]), Refusal: wilson(refusal[day])})
	}
	p.Exhaustion = fixtureEvent(dry[:], t.Midnights)
	p.FirstRefusal = fixtureEvent(refusal[:], t.Midnights)
	p.AssignedEnd, p.Peak = estimate(p.Curve[fixtureDays].Mean, 0.01), estimate(p.Curve[fixtureDays].P75, 0.01)
	p.Claims = estimate(p.Curve[fixtureDays].Mean-pc.start, 0.012)
	p.RefusedClaims, p.RefusedUsers = estimate(refused, 0.05), estimate(refused/6, 0.05)
	p.BlockedUserDays, p.IdleSeatDays = estimate(refused*4, 0.06), estimate(pc.seats*90, 0.02)
	p.Cost = estimate(12*15*pc.seats+9*15*float64(extra), 0)
	return p
}

// fixtureEvent reads the quantiles of an event off its distribution by midnight,
// three hours and a nanosecond later.
func fixtureEvent(by []float64, midnights []clock.Time) analysis.Event {
	at := func(q float64) clock.Time {
		for day, p := range by {
			if p >= q {
				return midnights[day] + 3*clock.Hour + 1
			}
		}
		return clock.Never
	}
	last := wilson(by[len(by)-1])
	return analysis.Event{Probability: last, First: analysis.Times{
		P05: at(0.05), P50: at(0.5), P95: at(0.95),
		P05Interval: [2]clock.Time{at(0.02), at(0.09)}, P50Interval: [2]clock.Time{at(0.43), at(0.57)},
		P95Interval: [2]clock.Time{at(0.92), at(0.98)}, Censored: fixtureRuns - int(math.Round(last.Value*fixtureRuns)),
	}}
}
