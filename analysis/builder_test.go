package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// definitionQuantile is the slow twin: the least value of a sample such that at
// least percent/100 of the sample is at or below it.
func definitionQuantile(sample []float64, percent int) float64 {
	best := math.Inf(1)
	for _, x := range sample {
		below := 0
		for _, y := range sample {
			if y <= x {
				below++
			}
		}
		if 100*below >= percent*len(sample) {
			best = min(best, x)
		}
	}
	return best
}

func TestCurveAgainstDefinition(t *testing.T) {
	study := fixtureStudy(60, 37)
	records := fixtureRecords(study)
	a := answersOf(t, study, records)
	for v, variant := range a.Variants {
		for i, pool := range variant.Pools {
			for day, point := range pool.Curve {
				var assigned, assignable, refused []float64
				for _, r := range records[v*37 : (v+1)*37] {
					p := r.Tenants[0].Pools[i]
					assigned = append(assigned, float64(p.Assigned[day]))
					assignable = append(assignable, math.Max(0, float64(p.Seats[day])-float64(pool.Reserved)-float64(p.Assigned[day])))
					refused = append(refused, float64(p.Refused[day]))
				}
				want := CurvePoint{
					Time: study.Variants[v].Tenants[0].Midnights[day], Seats: []int{40, 60}[i],
					Assignable: MomentsOf(assignable).Mean(), Mean: MomentsOf(assigned).Mean(), RefusedMean: MomentsOf(refused).Mean(),
					P05: definitionQuantile(assigned, 5), P25: definitionQuantile(assigned, 25), P50: definitionQuantile(assigned, 50),
					P75: definitionQuantile(assigned, 75), P95: definitionQuantile(assigned, 95),
				}
				if point != want {
					t.Fatalf("variant %d pool %d day %d: %+v, want %+v", v, i, day, point, want)
				}
			}
		}
	}
}

func TestRiskAndEvents(t *testing.T) {
	study := fixtureStudy(60, 37)
	records := fixtureRecords(study)
	a := answersOf(t, study, records)
	for v, variant := range a.Variants {
		for i, pool := range variant.Pools {
			var exhausted, refused []clock.Time
			for _, r := range records[v*37 : (v+1)*37] {
				exhausted = append(exhausted, r.Tenants[0].Pools[i].Exhausted)
				refused = append(refused, r.Tenants[0].Pools[i].FirstRefusal)
			}
			count := func(times []clock.Time, by clock.Time) (n int) {
				for _, x := range times {
					if x < by || x == by && (by <= 0 || by >= pool.Risk[60].Time) {
						n++
					}
				}
				return n
			}
			for day, point := range pool.Risk {
				if want := Wilson(count(exhausted, point.Time), 37, 0.95); point.Exhaustion != want {
					t.Errorf("exhaustion by day %d = %v, want %v", day, point.Exhaustion, want)
				}
				if want := Wilson(count(refused, point.Time), 37, 0.95); point.Refusal != want {
					t.Errorf("refusal by day %d = %v, want %v", day, point.Refusal, want)
				}
				if point.Refusal.Value > point.Exhaustion.Value {
					t.Errorf("day %d: refused before dry: %+v", day, point)
				}
			}
			slices.Sort(exhausted)
			last := pool.Risk[len(pool.Risk)-1].Exhaustion
			e := pool.Exhaustion
			ranks := QuantileRanks(37, 0.5, 0.95)
			wantInterval := [2]clock.Time{exhausted[ranks.Lower-1], exhausted[ranks.Upper-1]}
			if e.Probability != last || e.First.Censored != 37-count(exhausted, clock.Never-1) ||
				e.First.P50 != exhausted[18] || e.First.P50Interval != wantInterval {
				t.Errorf("event %+v does not fit its times", e)
			}
		}
	}
}

func TestEstimates(t *testing.T) {
	study := fixtureStudy(60, 37)
	records := fixtureRecords(study)
	a := answersOf(t, study, records)
	figures := []struct {
		name string
		got  func(Pool) Estimate
		of   func(record.Pool) float64
	}{
		{"assigned end", func(p Pool) Estimate { return p.AssignedEnd }, func(p record.Pool) float64 { return float64(p.Assigned[60]) }},
		{"peak", func(p Pool) Estimate { return p.Peak }, func(p record.Pool) float64 { return float64(p.Peak) }},
		{"claims", func(p Pool) Estimate { return p.Claims }, func(p record.Pool) float64 { return float64(p.Claims) }},
		{"refused claims", func(p Pool) Estimate { return p.RefusedClaims }, func(p record.Pool) float64 { return float64(p.RefusedClaims) }},
		{"refused users", func(p Pool) Estimate { return p.RefusedUsers }, func(p record.Pool) float64 { return float64(p.RefusedUsers) }},
		{"blocked days", func(p Pool) Estimate { return p.BlockedUserDays }, func(p record.Pool) float64 { return float64(p.BlockedMs) / 86400000 }},
		{"idle days", func(p Pool) Estimate { return p.IdleSeatDays }, func(p record.Pool) float64 { return float64(p.IdleMs) / 86400000 }},
		{"cost", func(p Pool) Estimate { return p.Cost }, func(p record.Pool) float64 { return p.Cost }},
	}
	for v, variant := range a.Variants {
		for i, pool := range variant.Pools {
			for _, f := range figures {
				var sample []float64
				for _, r := range records[v*37 : (v+1)*37] {
					sample = append(sample, f.of(r.Tenants[0].Pools[i]))
				}
				m := MomentsOf(sample)
				low, high := m.Interval(0.95)
				want := Estimate{m.Mean(), max(0, low), high, definitionQuantile(sample, 5), definitionQuantile(sample, 50), definitionQuantile(sample, 95)}
				if got := f.got(pool); got != want {
					t.Errorf("%s of %s in %s = %+v, want %+v", f.name, pool.Product, variant.Name, got, want)
				}
			}
		}
	}
	policy := a.Variants[0].Policies[0]
	if got := policy.ByTrigger["trigger-premium"]; got != policy.Claims || len(policy.ByTrigger) != 1 {
		t.Errorf("claims by trigger %v, want all %v under trigger-premium", policy.ByTrigger, policy.Claims)
	}
	oracle.Near(t, "claims by backups", policy.Backups.Mean, 18.0/37, 1e-15)
	var names []string
	for _, o := range a.Variants[0].Outcomes {
		names = append(names, o.Tenant+" "+o.Outcome+" "+o.Reason)
	}
	if got := strings.Join(names, "|"); got != "northlake claimed |northlake refused no-seat" {
		t.Errorf("outcomes %q", got)
	}
}

// TestSameRecordsSameBytes: the answers depend on the records alone, not on how the
// variants interleave nor on what happens to a record after Add.
func TestSameRecordsSameBytes(t *testing.T) {
	study := fixtureStudy(60, 20)
	records := fixtureRecords(study)
	want, err := json.Marshal(answersOf(t, study, records))
	if err != nil {
		t.Fatal(err)
	}
	var interleaved []record.Record
	for i := range 20 {
		interleaved = append(interleaved, records[20+i], records[i])
	}
	b, err := NewBuilder(study)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range interleaved {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
		for i := range r.Tenants[0].Pools {
			clear(r.Tenants[0].Pools[i].Assigned)
			clear(r.Tenants[0].Pools[i].Seats)
		}
		b.Answers() // asking changes nothing
	}
	got, err := json.Marshal(b.Answers())
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("the same records in another interleaving give other bytes")
	}
}

func TestAddErrors(t *testing.T) {
	study := fixtureStudy(10, 3)
	fresh := func() record.Record { return fixtureRecord(study, 0, 1) }
	pool := func(r *record.Record) *record.Pool { return &r.Tenants[0].Pools[0] }
	for _, c := range []struct {
		want   string
		damage func(*record.Record)
	}{
		{"the study has 2 variants", func(r *record.Record) { r.Variant = 2 }},
		{"the study has 2 variants", func(r *record.Record) { r.Variant = -1 }},
		{"replication 1 comes next", func(r *record.Record) { r.Replication = 2 }},
		{"replication 1 comes next", func(r *record.Record) { r.Replication = 0 }},
		{"0 tenants; the study has 1", func(r *record.Record) { r.Tenants = nil }},
		{`tenant "northlake": 1 pools; the study has 2`, func(r *record.Record) { r.Tenants[0].Pools = r.Tenants[0].Pools[:1] }},
		{"0 policies; the study has 1", func(r *record.Record) { r.Tenants[0].Policies = nil }},
		{"outcomes; the study has", func(r *record.Record) { r.Tenants[0].Outcomes = r.Tenants[0].Outcomes[1:] }},
		{`policy "automation": 0 actions; the study has 14`, func(r *record.Record) { r.Tenants[0].Policies[0].ByAction = nil }},
		{`pool "premium": 10 midnights of assigned; the study has 11`, func(r *record.Record) { pool(r).Assigned = pool(r).Assigned[1:] }},
		{"0 midnights of seats", func(r *record.Record) { pool(r).Seats = nil }},
		{"0 midnights of refused", func(r *record.Record) { pool(r).Refused = nil }},
		{"41 seats on day 7, 40 in the replication before", func(r *record.Record) { pool(r).Seats[7]++ }},
		{"exhausted after the horizon", func(r *record.Record) { pool(r).Exhausted = 11 * clock.Day }},
		{"first refusal after the horizon", func(r *record.Record) { pool(r).FirstRefusal = clock.Never - 1 }},
		{"cost is NaN", func(r *record.Record) { pool(r).Cost = math.NaN() }},
		{"cost is +Inf", func(r *record.Record) { pool(r).Cost = math.Inf(1) }},
	} {
		b, err := NewBuilder(study)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Add(fixtureRecord(study, 0, 0)); err != nil {
			t.Fatal(err)
		}
		before := fmt.Sprintf("%+v", b.Answers())
		r := fresh()
		c.damage(&r)
		if err := b.Add(r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
		if fmt.Sprintf("%+v", b.Answers()) != before {
			t.Errorf("%s: the record that did not fit left a trace", c.want)
		}
		if err := b.Add(fresh()); err != nil {
			t.Errorf("%s: the record that fits is refused after it: %v", c.want, err)
		}
	}
}

func TestNewBuilderErrors(t *testing.T) {
	study := fixtureStudy(10, 3)
	study.Start, study.Days = "2 March", 9
	twin := study.Variants[0]
	twin.Tenants = slices.Clone(twin.Tenants)
	twin.Tenants[0].Zone = "Europe/Atlantis"
	local := twin.Tenants[0]
	local.Zone, local.Midnights = "Local", []clock.Time{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}
	local.Pools = append(slices.Clone(local.Pools), local.Pools[0])
	twin.Tenants = append(twin.Tenants, local)
	study.Variants = append(study.Variants, twin)
	_, err := NewBuilder(study)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`study "northlake"`, `start "2 March"`, `two variants are called "base"`, "Europe/Atlantis", `"Local" is not the IANA name`,
		"11 midnights; 9 days have 10", "midnights are out of order", "the name is given twice", `two pools of "premium"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not tell %q:\n%v", want, err)
		}
	}
	if _, err := NewBuilder(record.Study{Start: "2026-01-05"}); err == nil || !strings.Contains(err.Error(), "no variant") || !strings.Contains(err.Error(), "0 days") {
		t.Errorf("an empty study: %v", err)
	}
}

// TestNothingFinished: a run stopped at once gives answers that say so, and numbers
// that JSON can hold.
func TestNothingFinished(t *testing.T) {
	a := answersOf(t, fixtureStudy(10, 200), nil)
	if _, err := json.Marshal(a); err != nil {
		t.Error(err)
	}
	if p := a.Variants[0].Pools[0].Exhaustion; p.Probability != (Proportion{High: 1}) || p.First.P50 != clock.Never {
		t.Errorf("exhaustion of nothing = %+v", p)
	}
	want := "The run was stopped early: 0 of 200 replications of variant base are finished."
	if !slices.Contains(a.Warnings, want) {
		t.Errorf("warnings %q lack %q", a.Warnings, want)
	}
	if len(a.Differences) != 0 {
		t.Errorf("differences of nothing: %v", a.Differences)
	}
}

// TestDryAtStart: a pool without an assignable seat at the first instant.
func TestDryAtStart(t *testing.T) {
	study := fixtureStudy(10, 12)
	records := fixtureRecords(study)
	for i := range records {
		records[i].Tenants[0].Pools[0].Exhausted = 0
	}
	p := answersOf(t, study, records).Variants[0].Pools[0]
	if p.Risk[0].Exhaustion.Value != 1 || p.Exhaustion.First.P95 != 0 || p.Exhaustion.First.Censored != 0 {
		t.Errorf("dry at the start, but %+v and %+v", p.Risk[0], p.Exhaustion)
	}
}

// TestRiskAtMidnight: what happens at the very midnight has the date of the day
// that begins, in the risk by date as in the date of the event; the horizon is
// included.
func TestRiskAtMidnight(t *testing.T) {
	study := fixtureStudy(10, 12)
	records := fixtureRecords(study)
	midnights := study.Variants[0].Tenants[0].Midnights
	for i := range records {
		records[i].Tenants[0].Pools[0].Exhausted = midnights[3]
		records[i].Tenants[0].Pools[0].FirstRefusal = midnights[10]
	}
	risk := answersOf(t, study, records).Variants[0].Pools[0].Risk
	for day, p := range risk {
		if dry := p.Exhaustion.Value == 1; dry != (day > 3) {
			t.Errorf("dry from midnight 3 on, so on day 3; but by the end of day %d: %v", day-1, dry)
		}
		if refused := p.Refusal.Value == 1; refused != (day == 10) {
			t.Errorf("refused at the horizon; but by the end of day %d: %v", day-1, refused)
		}
	}
}

func TestDate(t *testing.T) {
	study := fixtureStudy(60, 1)
	tenant := study.Variants[0].Tenants[0]
	for day, midnight := range tenant.Midnights {
		got := Date(study, tenant, midnight+12*clock.Hour)
		if longDate(got) != dateOfDay(study, day) || dayOf(study, got.UTC().Truncate(24*3600e9)) != day {
			t.Errorf("noon of day %d is %v, want %s", day, got, dateOfDay(study, day))
		}
		if h, m, _ := Date(study, tenant, midnight).Clock(); h != 0 || m != 0 {
			t.Errorf("midnight %d is at %02d:%02d", day, h, m)
		}
	}
	if !Date(study, tenant, clock.Never).IsZero() {
		t.Error("Never has a date")
	}
}
