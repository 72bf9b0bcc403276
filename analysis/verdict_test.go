package analysis

import (
	"math"
	"strings"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/sim/claim"
	"seatcast/sim/record"
)

// asked makes answers with a question from records of the fixture.
func asked(t *testing.T, study record.Study, records []record.Record, q *Question) Answers {
	t.Helper()
	b, err := NewBuilder(study)
	if err != nil {
		t.Fatal(err)
	}
	b.Follow(Rule{Replications: study.Replications, Question: q})
	for _, r := range records {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Answers()
}

func TestWhatIf(t *testing.T) {
	study := fixtureStudy(60, 200)
	a := asked(t, study, fixtureRecords(study), nil)
	want := "All environments: in northlake/premium, runs dry within 60 days in 99% of the replications in place of 72% (+26 points, 95%: +20 to +32), " +
		"brings exhaustion forward by 12 days (95%: 11 to 12), counted up to the end, refuses 9 more people (95%: 8.5 to 9.5), " +
		"adds 118 blocked user-days (95%: 108 to 129), ends with 0.95 more holders (95%: 0.68 to 1.2), costs the same; " +
		"in northlake/per-user, ends with 4.5 more holders (95%: 3.9 to 5), costs the same."
	if got := WhatIf(a, a.Variants[1]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	oracle.Near(t, "points", 26, 100*comparisonOf(t, a, "premium", "exhaustion").Difference.Mean, 0.5)
	oracle.Near(t, "days", -12, comparisonOf(t, a, "premium", exhaustionDate).Difference.Mean, 0.5)
	oracle.Near(t, "people", 9, comparisonOf(t, a, "premium", "refused-users").Difference.Mean, 0.05)
	if got := WhatIf(a, a.Variants[0]); got != "" {
		t.Errorf("the scenario against itself: %s", got)
	}
	for i := range a.Differences {
		if c := &a.Differences[i]; c.Metric == "refused-users" && c.Product == "premium" {
			c.Noise = true
		}
	}
	if got := WhatIf(a, a.Variants[1]); strings.Contains(got, "refuses") || !strings.Contains(got, "; what it does to people refused may be noise; in northlake/per-user") {
		t.Errorf("noise: %s", got)
	}
}

// TestWhatIfOne: a single replication has neither shares nor intervals.
func TestWhatIfOne(t *testing.T) {
	study := fixtureStudy(60, 1)
	records := fixtureRecords(study)
	records[0].Tenants[0].Pools[0].Exhausted = math.MaxInt64
	records[1].Tenants[0].Pools[1].RefusedUsers = 1
	got := WhatIf(asked(t, study, records, nil), Variant{Name: "everyone", Replications: 1})
	for _, want := range []string{"runs dry within 60 days, which it did not, refuses 8 more people,", "in northlake/per-user, refuses 1 more person,"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q has no %q", got, want)
		}
	}
	if strings.Contains(got, "95%") {
		t.Errorf("an interval of one replication: %s", got)
	}
}

// TestChoice: the words about the best, by each way to find it.
func TestChoice(t *testing.T) {
	study := fixtureStudy(60, 40)
	records := fixtureRecords(study)
	if got := Choice(asked(t, study, records, nil)); got != "" {
		t.Errorf("a choice that nobody asked for: %s", got)
	}
	q := Question{Metric: "refused-users", Confidence: 0.95}
	for want, change := range map[string]func(q *Question){
		"Best by people refused: the scenario as it is, with 3.":                                                                       func(*Question) {},
		"The confidence that no other is better is more than 99.9%.":                                                                   func(*Question) {},
		" No other is better by 1 person or more, with a confidence of 95%, by the procedure of Kim and Nelson after 40 replications.": func(q *Question) { q.Indifference = 1 },
		"Best by cost: the scenario as it is, with USD 1,500. In every replication it is level with All environments.":                 func(q *Question) { q.Metric = "cost"; q.Pool = "" },
		"Best by holders at the end of northlake/premium: the scenario as it is, with ":                                                func(q *Question) { q.Metric, q.Pool = "assigned-end", "northlake/premium" },
	} {
		asking := q
		change(&asking)
		got := Choice(asked(t, study, records, &asking))
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// TestChoiceUnsettled: two variants that differ by chance alone are not told apart,
// neither by the multiple comparison nor by a small indifference.
func TestChoiceUnsettled(t *testing.T) {
	study := fixtureStudy(60, 40)
	records := fixtureRecords(study)[:40]
	for r := range 40 { // the same law, and other luck
		other := fixtureRecord(study, 0, 1000+r)
		other.Variant, other.Replication = 1, r
		records = append(records, other)
	}
	q := Question{Metric: "refused-users", Confidence: 0.95}
	got := Choice(asked(t, study, records, &q))
	if !strings.Contains(got, "That is not settled: ") || !strings.Contains(got, "may be better, by ") || !strings.Contains(got, " replications would settle it.") {
		t.Error(got)
	}
	q.Indifference = 0.01
	got = Choice(asked(t, study, records, &q))
	if !strings.Contains(got, "The procedure of Kim and Nelson, which is to rule out that another is better by 0.01 people, has the scenario as it is and All environments left after 40 replications, and ends after ") {
		t.Error(got)
	}
}

// TestNotCounted: whom the best turns away for other reasons than seats is told.
func TestNotCounted(t *testing.T) {
	study := fixtureStudy(60, 20)
	records := fixtureRecords(study)
	for i := range records[20:] {
		t := &records[20+i].Tenants[0]
		index := int(claim.Ineligible)*int(claim.NumReasons) + int(claim.OutOfScope)
		t.Outcomes[index], t.People[index] = 90, 30
		for j := range t.Pools {
			t.Pools[j].RefusedUsers = 0
		}
	}
	a := asked(t, study, records, &Question{Metric: "refused-users", Confidence: 0.95})
	if got := Choice(a); !strings.Contains(got, "Best by people refused: All environments") ||
		!strings.HasSuffix(got, " Mind that it turns 30 people away for other reasons than seats (out-of-scope), who do not count here; if they did, the scenario as it is would be best, with 0 (--best turned-away).") {
		t.Error(got)
	}
	if got := WhatIf(a, a.Variants[1]); !strings.HasSuffix(got, " It also turns 30 people away as out-of-scope, in place of 0.") {
		t.Error(got)
	}
	a = asked(t, study, records, &Question{Metric: turnedAway, Confidence: 0.95})
	if got := Choice(a); !strings.HasPrefix(got, "Best by people refused or turned away: ") || strings.Contains(got, "Mind that") {
		t.Error(got)
	}
}

func TestPrecisionText(t *testing.T) {
	study := fixtureStudy(60, 80)
	a := Answers{Study: study, Precision: []Reached{
		{Target: Target{Metric: Probabilities, Width: 0.02}, Variant: "base", Tenant: "northlake", Product: "premium", Have: 0.019, Want: 0.02, Met: true, Replications: 1234},
		{Target: Target{Metric: "refusal-p05", Width: 7}, Variant: "everyone", Tenant: "northlake", Product: "premium", Have: math.Inf(1), Want: 7, Replications: 80},
	}}
	want := []string{
		"The precision asked of every probability, ± 0.02, is met after 1,234 replications: least known is northlake/premium, to ± 0.019.",
		"The precision asked of the date by which 5% see the first refusal, an interval of 7 days, is NOT met after 80 replications: least known is everyone northlake/premium, to an interval that ends beyond the horizon.",
	}
	for i, got := range PrecisionText(a) {
		if got != want[i] {
			t.Errorf("got\n%s\nwant\n%s", got, want[i])
		}
	}
}

// TestChoiceExact: where nothing is drawn one replication decides; where something
// is, one decides nothing.
func TestChoiceExact(t *testing.T) {
	study := fixtureStudy(60, 1)
	for _, exact := range []bool{true, false} {
		b, err := NewBuilder(study)
		if err != nil {
			t.Fatal(err)
		}
		b.Follow(Rule{Replications: 1, Exact: exact, Question: &Question{Metric: "refused-users", Confidence: 0.95}})
		for _, r := range fixtureRecords(study) {
			if err := b.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		a := b.Answers()
		if got := Choice(a); (got != "") != exact || exact && !strings.HasPrefix(got, "Best by people refused: the scenario as it is, with ") {
			t.Errorf("exact %v: %q", exact, got)
		}
		if r := a.Decision.Ranking; exact && (r.Standings[0].Replications != 1 || r.Certain != 1 || r.Standings[1].MayBeBest) {
			t.Errorf("%+v", r)
		}
	}
}
