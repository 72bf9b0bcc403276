package analysis

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// story makes answers about one pool of 120 seats over a year in Oslo, out of the
// days on which each replication runs dry, first refuses (none where negative), and
// how many people it refuses.
func story(t *testing.T, replications int, of func(i int) (dry, refused float64, people int64)) (Answers, Variant, Pool) {
	t.Helper()
	study := fixtureStudy(365, replications)
	study.Variants = study.Variants[:1]
	tenant := &study.Variants[0].Tenants[0]
	tenant.Pools, tenant.Policies = []record.PoolInfo{{Product: "premium"}}, nil
	var records []record.Record
	for i := range replications {
		r := fixtureRecord(fixtureStudy(365, 1), 0, 0)
		r.Replication = i
		r.Tenants[0].Policies = nil
		r.Tenants[0].Pools = r.Tenants[0].Pools[:1]
		p := &r.Tenants[0].Pools[0]
		for day := range p.Seats {
			p.Seats[day] = 120
		}
		instant := func(day float64) clock.Time {
			if day < 0 {
				return clock.Never
			}
			return clock.Time(day * float64(clock.Day))
		}
		dry, refused, people := of(i)
		p.Exhausted, p.FirstRefusal, p.RefusedUsers, p.RefusedClaims = instant(dry), instant(refused), people, people
		records = append(records, r)
	}
	a := answersOf(t, study, records)
	return a, a.Variants[0], a.Variants[0].Pools[0]
}

func TestHeadline(t *testing.T) {
	never := func(int) (float64, float64, int64) { return -1, -1, 0 }
	for _, c := range []struct {
		name         string
		replications int
		of           func(i int) (dry, refused float64, people int64)
		want         string
	}{
		{"mostly", 200, func(i int) (float64, float64, int64) {
			if i >= 166 {
				return -1, -1, 0
			}
			return 100.5 + float64(i), 102.5 + float64(i), 40
		}, "Northlake's pool of 120 Premium seats runs dry within the year with probability 83% (95%: 77 to 88); half of the replications are dry by 17 September 2026 (95%: 3 September 2026 to 2 October 2026); 5% by 19 June 2026, 95% not within the horizon. " +
			"By the end 33 people (mean, 95%: 31 to 35; 5% to 95% of the replications: 0 to 40) have been refused; the first refusal comes by 19 September 2026 in half of the replications."},
		{"seldom", 200, func(i int) (float64, float64, int64) {
			if i >= 20 {
				return -1, -1, 0
			}
			return 200.5 + float64(i), 210.5, 1
		}, "Northlake's pool of 120 Premium seats runs dry within the year with probability 10% (95%: 6.6 to 15); 5% of the replications are dry by 27 September 2026, half of them not within the horizon. " +
			"By the end 0.1 people (mean, 95%: 0.058 to 0.14; 5% to 95% of the replications: 0 to 1) have been refused; a first refusal comes within the year with probability 10% (95%: 6.6 to 15)."},
		{"hardly", 200, func(i int) (float64, float64, int64) {
			if i > 0 {
				return -1, -1, 0
			}
			return 300, -1, 0
		}, "Northlake's pool of 120 Premium seats runs dry within the year with probability 0.5% (95%: 0.09 to 2.8); fewer than 5% of the replications see it. " +
			"Nobody was refused a seat in any of 200 replications: the probability of a refusal is at most 1.9% (95%)."},
		{"never", 200, never, "Northlake's pool of 120 Premium seats never ran dry in 200 replications of the year: the probability is at most 1.9% (95%). " +
			"Nobody was refused a seat in any of 200 replications: the probability of a refusal is at most 1.9% (95%)."},
		{"always", 1000, func(i int) (float64, float64, int64) { return 30.5 + float64(i)/100, 45.5, 7 },
			"Northlake's pool of 120 Premium seats ran dry within the year in all of 1,000 replications (the probability is at least 99.6%, at 95%); half of the replications are dry by 6 April 2026; 5% by 2 April 2026, 95% by 11 April 2026. " +
				"By the end 7 people in every replication have been refused; the first refusal comes by 16 April 2026 in half of the replications."},
		{"from the start", 50, func(int) (float64, float64, int64) { return 0, 0.5, 1 },
			"Northlake's pool of 120 Premium seats is dry from the start in every replication. " +
				"By the end 1 person in every replication has been refused; the first refusal comes by 2 March 2026 in half of the replications."},
		{"on the first day", 50, func(int) (float64, float64, int64) { return 0.4, -1, 0 },
			"Northlake's pool of 120 Premium seats runs dry on the first day in every replication. " +
				"Nobody was refused a seat in any of 50 replications: the probability of a refusal is at most 7.1% (95%)."},
		{"one", 1, func(int) (float64, float64, int64) { return 196.5, 198.5, 1234 },
			"Northlake's pool of 120 Premium seats runs dry on 14 September 2026. By the end 1,234 people have been refused, for the first time on 16 September 2026."},
		{"one, never", 1, never, "Northlake's pool of 120 Premium seats does not run dry within the year. Nobody is refused."},
		{"one, at once", 1, func(int) (float64, float64, int64) { return 0, 0, 1 },
			"Northlake's pool of 120 Premium seats is dry from the start. By the end 1 person has been refused, for the first time on 2 March 2026."},
		{"none", 0, never, "Northlake's pool of 0 Premium seats: no replication has finished, so nothing is known."},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, v, p := story(t, c.replications, c.of)
			if got := Headline(a, v, p); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			checkHeadline(t, c.want, p, c.replications)
		})
	}
}

// checkHeadline holds what a golden text says against the numbers it is about.
func checkHeadline(t *testing.T, text string, p Pool, replications int) {
	t.Helper()
	if replications > 1 && strings.Contains(text, "Nobody") != (p.FirstRefusal.First.Censored == replications) {
		t.Errorf("%d replications without a refusal, but: %s", p.FirstRefusal.First.Censored, text)
	}
	if replications <= 1 && strings.Contains(text, "%") {
		t.Errorf("a probability out of %d replications: %s", replications, text)
	}
	m := regexp.MustCompile(`dry within .* with probability ([0-9.]+)% \(95%: ([0-9.]+) to ([0-9.]+)\)`).FindStringSubmatch(text)
	if m == nil {
		return
	}
	q := p.Exhaustion.Probability
	for i, want := range []float64{q.Value, q.Low, q.High} {
		oracle.Near(t, m[0], number(t, m[i+1]), 100*want, 0.5)
	}
}

// TestHeadlineSubject: reserved seats and changes are named, one seat is one seat.
func TestHeadlineSubject(t *testing.T) {
	for _, c := range []struct {
		pool Pool
		want string
	}{
		{Pool{Tenant: "contoso", Product: "per-user", SeatsStart: 1, SeatsEnd: 1}, "Contoso's pool of 1 Per-user seat"},
		{Pool{Tenant: "Ærø", Product: "premium", SeatsStart: 12000, SeatsEnd: 900, Reserved: 40}, "Ærø's pool of 12,000 Premium seats (900 at the end, 40 reserved)"},
	} {
		if got := (headline{pool: c.pool}).subject(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	for days, want := range map[int]string{1: "the day", 90: "90 days", 365: "the year", 366: "the year", 1095: "1,095 days"} {
		if got := (headline{answers: Answers{Study: record.Study{Days: days}}}).horizon(); got != want {
			t.Errorf("%d days are %q, want %q", days, got, want)
		}
	}
}

// TestPercentText: what is written is within half a last digit, and certainty is
// only written where it is.
func TestPercentText(t *testing.T) {
	for share, want := range map[float64]string{0: "0", 1: "100", 0.5: "50", 0.1: "10", 0.9: "90", 0.019: "1.9", 0.922: "92", 0.981: "98", 0.99: "99", 0.9912: "99.1",
		0.0005: "0.05", 0.999999: "99.9999", 0.00096: "0.10"} {
		if got := percentText(share); got != want {
			t.Errorf("percentText(%v) = %s, want %s", share, got, want)
		}
	}
	for n := 1; n <= 100000; n = n*3 + 1 {
		for _, share := range []float64{1 / float64(n+1), float64(n) / float64(n+1)} {
			s := percentText(share)
			x := number(t, s)
			decimals := len(s) - 1 - strings.IndexByte(s+".", '.')
			if decimals < 0 {
				decimals = 0
			}
			if x <= 0 || x >= 100 || math.Abs(x-100*share) > 0.50001*math.Pow(10, -float64(decimals)) {
				t.Errorf("percentText(%v) = %s", share, s)
			}
		}
	}
}

// TestTurnedAwayWarning: who is turned away without want of a seat is told where
// they outnumber those who met none, or the headline would hide them.
func TestTurnedAwayWarning(t *testing.T) {
	study := fixtureStudy(60, 5)
	records := fixtureRecords(study)
	pending := int(claim.Ineligible)*int(claim.NumReasons) + int(claim.PolicyPending)
	scope := int(claim.Ineligible)*int(claim.NumReasons) + int(claim.OutOfScope)
	for i, r := range records {
		r.Tenants[0].Outcomes[pending], r.Tenants[0].People[pending] = 300, 90
		r.Tenants[0].Outcomes[scope], r.Tenants[0].People[scope] = 500, 80
		if i >= 5 {
			r.Tenants[0].People[pending], r.Tenants[0].People[scope] = 2, 2
			r.Tenants[0].Pools[0].RefusedUsers = 3
		}
	}
	want := "northlake turns away 300 acts of 90 people (means) though no seat is missing, for policy-pending: what is said of seats leaves them out."
	warnings := answersOf(t, study, records).Warnings
	told := slices.DeleteFunc(warnings, func(w string) bool { return !strings.Contains(w, "turns away") })
	if !slices.Equal(told, []string{want}) {
		t.Errorf("got %q, want %q alone", told, want)
	}
}

func TestCountText(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 3: "3", 3.25: "3.2", 9.96: "10", 31.4: "31", 999.6: "1,000", 1234567: "1,234,567",
		0.058: "0.058", 0.1: "0.1", -12345.6: "-12,346", -2.5: "-2.5"} {
		if got := countText(x); got != want {
			t.Errorf("countText(%v) = %s, want %s", x, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	study := fixtureStudy(60, 25)
	records := fixtureRecords(study)
	for _, r := range records[25:] {
		p := &r.Tenants[0].Pools[1]
		for day := 40; day < 43; day++ {
			p.Seats[day] = 2
			p.Assigned[day] = 2 + int32(r.Replication%2)
		}
		if r.Replication < 5 {
			p.Exhausted = clock.Hour
		}
	}
	got := answersOf(t, study, records[:45]).Warnings
	want := []string{
		"The run was stopped early: 20 of 25 replications of variant everyone are finished.",
		"20 replications are few: of everyone northlake/premium, the probability of a refusal by 11 April 2026 is only known to lie between 30% and 70%. About 92 replications would halve that.",
		"northlake/premium: in 36% of the replications the pool never ran dry within the horizon, so the 95% quantile of that date is not known.",
		"northlake/premium: in 36% of the replications nobody was refused within the horizon, so the 95% quantile of that date is not known.",
		"northlake/premium refuses 28 claims of 3.7 people (means): whoever is refused tries again at the next act, so refused claims do not count people.",
		"everyone northlake/premium refuses 135 claims of 12 people (means): whoever is refused tries again at the next act, so refused claims do not count people.",
		"everyone northlake/per-user has no assignable seat on the first day in 25% of the replications: check its seats, those reserved and those held on day one.",
		"everyone northlake/per-user: in 75% of the replications the pool never ran dry within the horizon, so the 50% and 95% quantiles of that date are not known.",
		"everyone northlake/per-user has more holders than seats, at 3 midnights from 11 April 2026 to 13 April 2026, in up to 50% of the replications: no claim succeeds until there is room. Holders keep their rights while any subscription of the pool runs or is expired; once all are disabled they lose the rights, and then the seats.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	censored, acts := 0, int64(0)
	for _, r := range records[:25] {
		p := r.Tenants[0].Pools[0]
		acts += p.RefusedClaims
		if p.Exhausted == clock.Never {
			censored++
		}
	}
	if censored*100 != 36*25 || math.Round(float64(acts)/25) != 28 {
		t.Errorf("never dry in %d of 25, and %d refused claims in all", censored, acts)
	}
	refused := 0
	for _, r := range records[25:45] {
		if at := r.Tenants[0].Pools[0].FirstRefusal; at <= study.Variants[1].Tenants[0].Midnights[41] { // ends 11 April
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("%d of 20 refused by 11 April, want the half whose interval is 30%% to 70%%", refused)
	}
}

// TestReplicationsToHalve: that many halve the interval, and a tenth fewer do not.
func TestReplicationsToHalve(t *testing.T) {
	width := func(p float64, n int) float64 {
		low, high := wilson(p, float64(n), 0.95)
		return min(1, high) - max(0, low)
	}
	for _, c := range []struct{ x, n int }{{10, 20}, {3, 50}, {0, 20}, {500, 1000}, {1, 2}} {
		p := Wilson(c.x, c.n, 0.95)
		n := replicationsToHalve(p, c.n)
		half := (p.High - p.Low) / 2
		if width(p.Value, n) > half || width(p.Value, n*9/10) <= half {
			t.Errorf("%d of %d: %s replications do not just halve its interval", c.x, c.n, strconv.Itoa(n))
		}
	}
}

func TestOneReplicationWarning(t *testing.T) {
	study := fixtureStudy(60, 1)
	got := answersOf(t, study, fixtureRecords(study)).Warnings
	if len(got) == 0 || !strings.HasPrefix(got[0], "One replication was run") {
		t.Errorf("warnings %q", got)
	}
	for _, w := range got {
		if strings.Contains(w, "quantile") || strings.Contains(w, "are few") {
			t.Errorf("of one replication: %s", w)
		}
	}
}
