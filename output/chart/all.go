package chart

import (
	"fmt"
	"strings"

	"seatcast/analysis"
	"seatcast/output"
	"seatcast/sim/clock"
)

// A study is the answers as the figures need them.
type study struct {
	answers analysis.Answers
	cals    map[string]output.Calendar
}

// A view is one pool in every variant that has it, the base first. It has at
// least one.
type view struct {
	study
	name     string // tenant/product
	cal      output.Calendar
	variants []string
	pools    []analysis.Pool
	finished []int // replications
}

// All returns the figures of a study in the order of a report: for each pool its
// consumption, the risk of exhaustion, the refusals, the comparison of the what-ifs
// and, where they were compared, their difference day by day and cost against risk;
// then for each tenant its claims. A figure without data is left out: refusals
// where there are none, what-ifs where there are none.
func All(a analysis.Answers) ([]*Figure, error) {
	cals, err := output.Calendars(a.Study)
	if err != nil {
		return nil, err
	}
	if a.Replications == 0 {
		return nil, nil
	}
	s := study{a, cals}
	var figures []*Figure
	names := map[string]bool{}
	add := func(f *Figure, tenant, product string) {
		if f == nil {
			return
		}
		f.Tenant, f.Product = tenant, product
		f.Name = fileName(names, tenant, product, string(f.Kind))
		f.foot = "Source: " + output.Source(a)
		f.columns = max(f.columns, 1)
		figures = append(figures, f)
	}
	for _, n := range output.Pools(a) {
		v := s.view(n)
		for _, draw := range []func(view) *Figure{consumption, risk, refusals, whatIf, difference, costRisk} {
			add(draw(v), n.Tenant, n.Product)
		}
	}
	for _, tenant := range output.Tenants(a) {
		add(s.claims(tenant), tenant, "")
	}
	return figures, nil
}

func (s study) view(n output.PoolName) view {
	v := view{study: s, name: n.String(), cal: s.cals[n.Tenant]}
	for _, w := range s.answers.Variants {
		if p, ok := output.Find(w, n); ok {
			v.variants = append(v.variants, w.Name)
			v.pools = append(v.pools, p)
			v.finished = append(v.finished, w.Replications)
		}
	}
	return v
}

// fileName joins parts into a name that every file system takes, and that is not
// in taken yet.
func fileName(taken map[string]bool, parts ...string) string {
	var words []string
	for _, p := range parts {
		if p != "" {
			words = append(words, p)
		}
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '-':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, strings.Join(words, "-"))
	const longest = 100
	if len(name) > longest {
		name = name[:longest/2] + "_" + name[len(name)-longest/2:]
	}
	unique := name
	for i := 2; taken[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	taken[unique] = true
	return unique
}

// end writes the last day of the study: 4 Jan 2027.
func (v view) end() string {
	return output.LongDate(v.cal.Ended(v.cal.Midnight(v.answers.Study.Days)))
}

// date writes the day of an event: 3 Jun 2026, or "not reached".
func (v view) date(t clock.Time) string { return v.cal.LongDay(t, v.answers.Study.Days) }

// interval writes the interval of a date: 28 May 2026 to 9 Jun 2026.
func (v view) interval(t [2]clock.Time) string {
	to := "later than " + v.end()
	if t[1] != clock.Never {
		to = v.date(t[1])
	}
	if t[0] == clock.Never {
		return to
	}
	if v.date(t[0]) == to {
		return to
	}
	return v.date(t[0]) + " to " + to
}

// runs writes how many runs the bands are over.
func (s study) runs() string {
	if s.answers.Replications == 1 {
		return "1 replication"
	}
	return output.Count(float64(s.answers.Replications)) + " replications"
}

// people writes a mean number of people for a title: 87 people.
func people(mean float64) string {
	if mean == 1 {
		return "1 person"
	}
	return output.Count(mean) + " people"
}

// message says when a pool runs dry, in a title.
func (v view) message() string {
	e := v.pools[0].Exhaustion
	switch p50 := e.First.P50; {
	case p50 <= 0:
		return v.name + " has no seat left from the start"
	case p50 != clock.Never && v.answers.Replications == 1:
		return fmt.Sprintf("%s runs dry on %s", v.name, v.date(p50))
	case p50 != clock.Never:
		return fmt.Sprintf("%s: even odds of running dry by %s", v.name, v.date(p50))
	case e.Probability.Value > 0:
		return fmt.Sprintf("%s: a %s risk of running dry by %s", v.name, output.Percent(e.Probability.Value), v.end())
	case v.answers.Replications == 1:
		return fmt.Sprintf("%s has seats left until %s", v.name, v.end())
	}
	return fmt.Sprintf("%s never runs dry by %s in %s", v.name, v.end(), v.runs())
}
