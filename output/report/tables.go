package report

import (
	"fmt"
	"slices"
	"strings"

	"seatcast/analysis"
	"seatcast/output"
)

// overview has the answers on one line a pool and variant.
func overview(a analysis.Answers) table {
	t := table{Left: 2, Stack: true, Columns: []string{"Pool", "Variant", "Seats", "Runs dry", "A claim is refused", "People refused", "Cost, USD"}}
	for _, name := range output.Pools(a) {
		for _, v := range a.Variants {
			p, ok := output.Find(v, name)
			if !ok {
				continue
			}
			t.Rows = append(t.Rows, []string{name.String(), v.Name, output.Seats(p),
				output.Likely(p.Exhaustion.Probability, v.Replications), output.Likely(p.FirstRefusal.Probability, v.Replications),
				output.Mean(p.RefusedUsers), output.Mean(p.Cost)})
		}
	}
	return t
}

// whatIfs says in a sentence what the what-ifs do to the people who are refused, and
// where to find them; "" where there are none.
func whatIfs(a analysis.Answers) string {
	const where = "At a glance, below, sets them side by side."
	n := len(a.Variants) - 1
	if n < 1 || a.Replications == 0 {
		return ""
	}
	its := fmt.Sprintf("The scenario has %d what-ifs", n)
	if n == 1 {
		its = "The scenario has the what-if " + a.Variants[1].Name
	}
	pools := output.Pools(a)
	var refused []analysis.Pool // of each variant
	for _, v := range a.Variants {
		if p, ok := output.Find(v, pools[0]); ok {
			refused = append(refused, p)
		}
	}
	if len(pools) > 1 || len(refused) <= n {
		return its + ". " + where
	}
	people := func(i int) string { return output.Count(refused[i].RefusedUsers.Mean) }
	least, most := 1, 1
	for i := range refused {
		if i > 0 && refused[i].RefusedUsers.Mean < refused[least].RefusedUsers.Mean {
			least = i
		}
		if i > 0 && refused[i].RefusedUsers.Mean > refused[most].RefusedUsers.Mean {
			most = i
		}
	}
	those := fmt.Sprintf("%s people (%s) to %s (%s)", people(least), a.Variants[least].Name, people(most), a.Variants[most].Name)
	if people(least) == people(most) {
		those = people(least) + " people"
	}
	return fmt.Sprintf("%s, in which %s are refused instead of %s. %s", its, those, people(0), where)
}

// numbers has everything known about a pool, a column for each variant.
func numbers(a analysis.Answers, name output.PoolName, cal output.Calendar) table {
	t := table{Left: 1, Columns: []string{""}}
	var ps []analysis.Pool
	var runs []int
	for _, v := range a.Variants {
		if p, ok := output.Find(v, name); ok {
			ps, runs = append(ps, p), append(runs, v.Replications)
			t.Columns = append(t.Columns, v.Name)
		}
	}
	add := func(name string, cell func(analysis.Pool) string) {
		row := []string{name}
		for _, p := range ps {
			row = append(row, cell(p))
		}
		t.Rows = append(t.Rows, row)
	}
	add("Seats", output.Seats)
	add("of which reserved", func(p analysis.Pool) string { return output.Count(float64(p.Reserved)) })
	for _, e := range []struct {
		name string
		pick func(analysis.Pool) analysis.Event
	}{
		{"Runs dry", func(p analysis.Pool) analysis.Event { return p.Exhaustion }},
		{"First refusal", func(p analysis.Pool) analysis.Event { return p.FirstRefusal }},
	} {
		once := slices.Max(runs) == 1
		row := []string{e.name + ": probability"}
		if once {
			row[0] = e.name
		}
		for i, p := range ps {
			row = append(row, output.Likely(e.pick(p).Probability, runs[i]))
		}
		t.Rows = append(t.Rows, row)
		if once {
			add("on", func(p analysis.Pool) string { return cal.LongDay(e.pick(p).First.P50, a.Study.Days) })
			continue
		}
		add("in 5% of replications by", func(p analysis.Pool) string { return cal.LongDay(e.pick(p).First.P05, a.Study.Days) })
		add("in half of them by", func(p analysis.Pool) string { return cal.LongDay(e.pick(p).First.P50, a.Study.Days) })
		add("in 95% of them by", func(p analysis.Pool) string { return cal.LongDay(e.pick(p).First.P95, a.Study.Days) })
	}
	for _, e := range output.Estimates() {
		add(e.Name, func(p analysis.Pool) string { return output.Mean(e.Of(p)) })
		if slices.ContainsFunc(ps, func(p analysis.Pool) bool { _, ok := e.Controlled(p); return ok }) {
			add("of the same, by control variates", func(p analysis.Pool) string { return controlled(e, p) })
		}
	}
	return t
}

// controlled has the estimate of a mean by control variates, and what it is worth.
func controlled(e output.Estimate, p analysis.Pool) string {
	c, ok := e.Controlled(p)
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%s, worth %.1f×", output.Mean(analysis.Estimate{Mean: c.Mean, Low: c.Low, High: c.High}), c.Factor)
}

// differences has what each what-if changes.
func differences(a analysis.Answers, cals map[string]output.Calendar) table {
	t := table{Left: 3, Columns: []string{"Pool", "What-if", "Measure", "Base", "What-if", "Change", "95% interval", "Fewer runs", ""}}
	for _, c := range a.Differences {
		if output.Unchanged(c) {
			continue
		}
		d := output.Describe(c, cals[c.Tenant], a.Study.Days)
		t.Rows = append(t.Rows, []string{c.Tenant + "/" + c.Product, c.Variant, output.MeasureName(c.Metric),
			d.Base, d.Other, d.Change, d.Interval, d.Reduction, d.Note})
	}
	return t
}

// ranking has the variants in the order of the answer that was asked about.
func ranking(a analysis.Answers) table {
	columns, rows := output.RankingRows(a)
	for i, c := range columns {
		columns[i] = strings.ToUpper(c[:min(1, len(c))]) + c[min(1, len(c)):]
	}
	return table{Left: 2, Columns: columns, Rows: rows, Stack: true}
}

// policies has the claims of a tenant's policies by trigger, a column a variant.
func policies(a analysis.Answers, tenant string) table {
	t := table{Left: 2, Columns: []string{"Policy", "Claims"}}
	lines := map[[2]string][]string{} // cells by policy and trigger
	var order [][2]string
	set := func(variant int, policy, what, cell string) {
		k := [2]string{policy, what}
		if lines[k] == nil {
			order = append(order, k)
			lines[k] = make([]string, len(a.Variants))
		}
		lines[k][variant] = cell
	}
	for i, v := range a.Variants {
		t.Columns = append(t.Columns, v.Name)
		for _, p := range v.Policies {
			if p.Tenant != tenant {
				continue
			}
			set(i, p.Name, "all", output.Mean(p.Claims))
			set(i, p.Name, "by a backup product", output.Mean(p.Backups))
			for _, trigger := range triggers(p) {
				set(i, p.Name, trigger, output.Mean(p.ByTrigger[trigger]))
			}
		}
	}
	slices.SortStableFunc(order, func(x, y [2]string) int { // a variant's own triggers join their policy
		return firstOf(order, x[0]) - firstOf(order, y[0])
	})
	for _, k := range order {
		t.Rows = append(t.Rows, append([]string{k[0], k[1]}, dashes(lines[k])...))
	}
	return t
}

func triggers(p analysis.Policy) []string {
	var names []string
	for name := range p.ByTrigger {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func firstOf(keys [][2]string, name string) int {
	return slices.IndexFunc(keys, func(k [2]string) bool { return k[0] == name })
}

// dashes shows that a cell is empty.
func dashes(cells []string) []string {
	for i, c := range cells {
		if c == "" {
			cells[i] = "–"
		}
	}
	return cells
}

// reasons say in words what the reasons of an outcome mean.
var reasons = map[string]string{
	"no-seat":         "no seat in the product and all backups",
	"setting-off":     "the tenant's auto-claim setting is off",
	"no-policy":       "no policy covers the act",
	"policy-off":      "the policy is turned off",
	"policy-pending":  "the policy is not active yet",
	"out-of-scope":    "the environment is outside the policies' scope",
	"desktop-too-old": "Power Automate for desktop is too old to claim",
	"no-trial":        "no self-assisted trial is running",
	"pool-disabled":   "the subscription is disabled",
	"group-pending":   "waits for group-based licensing",
	"CountViolation":  "no seat left for a member of a licensing group",
	"not-held":        "the licence to remove is not held",
	"trial-used":      "the person had a trial before",
	"already-held":    "the licence is held already",
}

// outcomes has what acts led to, a column a variant.
func outcomes(a analysis.Answers) table {
	t := table{Left: 3, Columns: []string{"Tenant", "Outcome", "Reason"}}
	lines := map[[3]string][]string{}
	var order [][3]string
	for i, v := range a.Variants {
		t.Columns = append(t.Columns, v.Name)
		for _, o := range v.Outcomes {
			k := [3]string{o.Tenant, o.Outcome, o.Reason}
			if lines[k] == nil {
				order = append(order, k)
				lines[k] = make([]string, len(a.Variants))
			}
			lines[k][i] = output.Count(o.Acts.Mean)
			if o.People.Mean > 0 {
				lines[k][i] += " (" + output.Count(o.People.Mean) + ")"
			}
		}
	}
	slices.SortStableFunc(order, func(x, y [3]string) int {
		at := func(k [3]string) int {
			return slices.IndexFunc(order, func(o [3]string) bool { return o[0] == k[0] })
		}
		return at(x) - at(y)
	})
	for _, k := range order {
		reason := k[2]
		if words, ok := reasons[reason]; ok {
			reason += ": " + words
		}
		t.Rows = append(t.Rows, append([]string{k[0], k[1], reason}, dashes(lines[k])...))
	}
	return t
}

// assumptions has each assumption once, with the variants that make it.
func assumptions(r output.Result) table {
	t := table{Left: 5, Columns: []string{"Parameter", "Value", "Set by", "Variants", "Why it is an assumption"}}
	lines := map[output.Assumption][]string{}
	var order []output.Assumption
	for _, a := range r.Assumptions {
		k := a
		k.Variant = ""
		if lines[k] == nil {
			order = append(order, k)
		}
		lines[k] = append(lines[k], a.Variant)
	}
	for _, k := range order {
		by, variants := "the scenario", strings.Join(lines[k], ", ")
		if k.Default {
			by = "default"
		}
		if len(lines[k]) == len(r.Answers.Variants) {
			variants = "all"
		}
		t.Rows = append(t.Rows, []string{k.Key, k.Value, by, variants, k.Why})
	}
	return t
}

// A term is a word of the report and what it means.
type term struct{ Word, Meaning string }

func glossary(a analysis.Answers) []term {
	terms := []term{
		{"Runs dry, exhausted", "No seat of the pool can be assigned: its usable seats, less those reserved, all have a holder. Nobody needs to have been refused yet."},
		{"First refusal", "The first claim that meets no seat in the product and all its backups. It comes at the same time as exhaustion or later, because it takes one more person who wants a seat."},
		{"People refused, acts refused", "A person who is refused and tries again is one person and two acts. Budgets follow people; help-desk calls follow acts."},
		{"Blocked user-days", "Days between a person's refusal and the licence, the person's leaving or the end of the study, added up over people."},
		{"Idle seat-days", "Days on which a seat is bought, not reserved and held by nobody, added up over seats."},
		{"Cost", "Seats times list price, by calendar month, for the whole pool: reserved and idle seats cost the same as used ones."},
		{"95% interval", "How far the estimate may be off because only so many replications were run. More replications narrow it; they don't remove the assumptions."},
		{"Bands, 5% to 95%", "How different one year may be from another under the same assumptions. More replications don't narrow them."},
		{"By a date", "By the end of that local day. “Not reached” means not within the days that were simulated."},
		{"Replication", "One simulated run of the whole study. Every variant sees the same people with the same luck in the same replication."},
	}
	if slices.ContainsFunc(a.Variants, func(v analysis.Variant) bool {
		return slices.ContainsFunc(v.Pools, func(p analysis.Pool) bool { return len(p.Controlled) > 0 })
	}) {
		terms = append(terms, term{"By control variates, worth 2×", "Another estimate of the same mean, by regression on the numbers of people who have adopted by each quarter of the study, whose own means are known exactly. It is as good as a plain mean of twice as many replications; plots, differences and replications.csv have the plain one."})
	}
	if len(a.Variants) > 1 {
		terms = append(terms, term{"~", "The interval of the difference holds 0: the what-if may make no difference."})
	}
	return terms
}
