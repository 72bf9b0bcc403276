package analysis

import (
	"strings"
	"testing"
	"time"
)

func TestParseLimit(t *testing.T) {
	june := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text string
		want Limit
	}{
		{"northlake/premium: exhaustion > 0.10 by 2026-06-30", Limit{"northlake/premium", "exhaustion", ">", 0.1, june}},
		{"  everyone   northlake/premium :refusal>=12.5%  by  2026-06-30 ", Limit{"everyone northlake/premium", "refusal", ">=", 0.125, june}},
		{"exhaustion<0.1%", Limit{"", "exhaustion", "<", 0.001, time.Time{}}},
		{"exhaustion > 7% by end", Limit{"", "exhaustion", ">", 0.07, time.Time{}}},
		{"*: refused-users <= 3", Limit{"*", "refused-users", "<=", 3, time.Time{}}},
		{"a:b/c: cost > 1e6", Limit{"a:b/c", "cost", ">", 1e6, time.Time{}}},
	} {
		got, err := ParseLimit(c.text)
		if err != nil || got != c.want {
			t.Errorf("ParseLimit(%q) = %+v, %v, want %+v", c.text, got, err, c.want)
		}
	}
	for _, metric := range limitMetrics {
		if l, err := ParseLimit(metric + " > 1"); err != nil || l.Metric != metric {
			t.Errorf("%s: %+v, %v", metric, l, err)
		}
	}
}

func TestParseLimitErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `limit "": no comparison; write METRIC > NUMBER, with >, >=, < or <=`},
		{": peak > 1", `limit ": peak > 1": no pool before the colon; write tenant/product, or * for every pool`},
		{"peak = 1", `limit "peak = 1": no comparison; write METRIC > NUMBER, with >, >=, < or <=`},
		{"exhuastion > 1", `unknown metric "exhuastion"; nearest is exhaustion, all are exhaustion, refusal, refused-users, refused-claims, blocked-days, idle-days, cost, peak, assigned-end`},
		{"exhaustion > 10", `a probability lies between 0 and 1, "10" does not; write 0.10 or 10%`},
		{"exhaustion > -1%", `a probability lies between 0 and 1, "-1%" does not`},
		{"peak > 5%", `peak is not a probability: leave the % of "5%" out`},
		{"peak > NaN", `"NaN" is not a number`},
		{"peak > inf", `"inf" is not a number`},
		{"peak > 1e999", `"1e999" is not a number`},
		{"refusal > %", `"%" is not a number`},
		{"peak >", "after > comes a number, and after that nothing or by DATE"},
		{"refusal > 0.1 before 2026-06-30", "after > comes a number, and after that nothing or by DATE"},
		{"peak > 3 by 2026-06-30", "peak counts the whole study: leave out by 2026-06-30; exhaustion and refusal can have a date"},
		{"refusal > 0.1 by 2026-06-31", `"2026-06-31" is not a date such as 2026-06-30`},
	} {
		if _, err := ParseLimit(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ParseLimit(%q): %v\nwant %s", c.text, err, c.want)
		}
	}
}

// FuzzParseLimit: what is read is written so that it reads the same, and Check of
// it never panics.
func FuzzParseLimit(f *testing.F) {
	for _, s := range []string{"northlake/premium: exhaustion > 0.10 by 2026-03-30", "* *: refusal <= 5%", "everyone */premium: cost >= 1e3",
		"peak < -0", "a:b: idle-days>0x1p-2", ":", "exhaustion>1% by 0001-01-02", "northlake/*: blocked-days > 3"} {
		f.Add(s)
	}
	study := fixtureStudy(30, 3)
	a := answersOf(f, study, fixtureRecords(study))
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLimit(s)
		if err != nil {
			return
		}
		again, err := ParseLimit(l.String())
		if err != nil || again != l {
			t.Errorf("%q reads as %+v, written %q, which reads as %+v, %v", s, l, l, again, err)
		}
		if v, err := l.Check(a); err == nil && v.Text == "" {
			t.Errorf("%q: a verdict without text", s)
		}
	})
}

// limitAnswers are answers of 40 replications with round numbers: premium is dry by
// 8 March (day 6) in 16 of them, and refuses 0, 1, 2, … people.
func limitAnswers(t *testing.T) Answers {
	study := fixtureStudy(10, 40)
	records := fixtureRecords(study)
	midnights := study.Variants[0].Tenants[0].Midnights
	for i := range records {
		p := &records[i].Tenants[0].Pools[0]
		p.RefusedUsers = int64(records[i].Replication)
		if records[i].Replication < 16 {
			p.Exhausted = midnights[6] + 1
			p.FirstRefusal = midnights[8]
		}
	}
	return answersOf(t, study, records)
}

func TestLimitCheck(t *testing.T) {
	a := limitAnswers(t)
	for _, c := range []struct {
		limit  string
		broken bool
		text   string
	}{
		{"northlake/premium: exhaustion > 0.10 by 2026-03-08", true,
			"northlake/premium: exhaustion by the end of 8 March 2026 is 40% (95%: 26% to 55%); the limit > 10% is broken"},
		{"northlake/premium: exhaustion > 0.10 by 2026-03-07", false,
			"northlake/premium: exhaustion by the end of 7 March 2026 is 0% (95%: 0% to 8.8%); the limit > 10% is kept"},
		{"northlake/premium: exhaustion > 40%", false,
			"northlake/premium: exhaustion by the end of 11 March 2026 is 40% (95%: 26% to 55%); the limit > 40% is kept, though 40 replications do not settle it"},
		{"northlake/premium: exhaustion >= 40% by end", true,
			"northlake/premium: exhaustion by the end of 11 March 2026 is 40% (95%: 26% to 55%); the limit >= 40% is broken, though 40 replications do not settle it"},
		{"base northlake/premium: refusal > 0 by 2026-03-08", false,
			"northlake/premium: refusal by the end of 8 March 2026 is 0% (95%: 0% to 8.8%); the limit > 0% is kept, though 40 replications do not settle it"},
		{"everyone */premium: refused-users > 19", true,
			"everyone northlake/premium: refused-users is 20 (95%: 16 to 23); the limit > 19 is broken, though 40 replications do not settle it"},
		{"northlake/*: cost < 700", true,
			"northlake/premium: cost is 600; the limit < 700 is broken\nnorthlake/per-user: cost is 900; the limit < 700 is kept"},
		{"*: cost <= 500", false,
			"northlake/premium: cost is 600; the limit <= 500 is kept\nnorthlake/per-user: cost is 900; the limit <= 500 is kept"},
	} {
		l, err := ParseLimit(c.limit)
		if err != nil {
			t.Fatal(err)
		}
		v, err := l.Check(a)
		if err != nil || v.Broken != c.broken || v.Text != c.text {
			t.Errorf("%s: broken %v, %v\n%s\nwant %v\n%s", c.limit, v.Broken, err, v.Text, c.broken, c.text)
		}
		if v.Broken != strings.Contains(v.Text, "is broken") {
			t.Errorf("%s: the text does not fit the verdict: %s", c.limit, v.Text)
		}
	}
}

// TestLimitMetrics: each metric reads its own estimate.
func TestLimitMetrics(t *testing.T) {
	p := Pool{
		RefusedUsers: Estimate{Mean: 1}, RefusedClaims: Estimate{Mean: 2}, BlockedUserDays: Estimate{Mean: 3}, IdleSeatDays: Estimate{Mean: 4},
		Cost: Estimate{Mean: 5}, Peak: Estimate{Mean: 6}, AssignedEnd: Estimate{Mean: 7},
		Risk: []RiskPoint{{}, {Exhaustion: Proportion{Value: 8}, Refusal: Proportion{Value: 9}}},
	}
	want := map[string]float64{"refused-users": 1, "refused-claims": 2, "blocked-days": 3, "idle-days": 4, "cost": 5, "peak": 6,
		"assigned-end": 7, "exhaustion": 8, "refusal": 9}
	for _, metric := range limitMetrics {
		if got, _, _ := (Limit{Metric: metric}).estimate(p, 0); got != want[metric] {
			t.Errorf("%s = %v, want %v", metric, got, want[metric])
		}
	}
}

func TestLimitTargets(t *testing.T) {
	a := limitAnswers(t)
	for target, want := range map[string]int{
		"*": 2, "*/*": 2, "northlake/*": 2, "*/per-user": 1, "northlake/premium": 1, "base *": 2, "everyone *": 2, "* *": 4, "* */premium": 2,
	} {
		if got, err := (Limit{Target: target}).matches(a); err != nil || len(got) != want {
			t.Errorf("%q matches %d pools, %v, want %d", target, len(got), err, want)
		}
	}
	for i := range a.Variants {
		a.Variants[i].Pools = a.Variants[i].Pools[:1]
	}
	for target, want := range map[string]string{"": "base", "base": "base", "everyone": "everyone", "*": "base"} {
		got, err := (Limit{Target: target}).matches(a)
		if err != nil || len(got) != 1 || got[0].variant.Name != want {
			t.Errorf("with one pool each, %q matches %d pools, %v, want that of %s", target, len(got), err, want)
		}
	}
}

func TestLimitCheckErrors(t *testing.T) {
	a := limitAnswers(t)
	nothing := answersOf(t, fixtureStudy(10, 40), nil)
	for _, c := range []struct {
		limit   string
		answers Answers
		want    string
	}{
		{"nortlake/premum: peak > 1", a, `limit "nortlake/premum: peak > 1": no pool is called "nortlake/premum"; nearest is "northlake/premium", all are northlake/premium, northlake/per-user, everyone northlake/premium, everyone northlake/per-user`},
		{"peak > 1", a, "which pool? write one of northlake/premium, northlake/per-user,"},
		{"*: exhaustion > 0.1 by 2026-03-01", a, "the study runs from 2 March 2026 to 11 March 2026"},
		{"*: exhaustion > 0.1 by 2026-03-12", a, "the study runs from 2 March 2026 to 11 March 2026"},
		{"*: peak > 1", nothing, `no replication of variant "base" has finished`},
		{"*: peak > 1", Answers{}, "the study has no pool"},
	} {
		l, err := ParseLimit(c.limit)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Check(c.answers); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.limit, err, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	if d := edits("kitten", "sitting"); d != 3 {
		t.Errorf("from kitten to sitting are %d edits, want 3", d)
	}
	if d := edits("", "abc") + edits("abc", "") + edits("abc", "abc"); d != 6 {
		t.Errorf("edits to and from nothing: %d, want 6", d)
	}
	if got := nearest("peek", limitMetrics); got != "peak" {
		t.Errorf("nearest to peek is %s", got)
	}
}
