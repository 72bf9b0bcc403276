package workbook

import (
	"fmt"
	"strings"
	"time"

	"seatcast/analysis"
	"seatcast/output"
	"seatcast/sim/clock"
)

// mostRows bounds what is held in memory of a sheet. A spreadsheet takes a million
// rows, and nobody reads a tenth of them.
const mostRows = 100_000

func sheets(r output.Result) ([]sheet, error) {
	a := r.Answers
	cals, err := output.Calendars(a.Study)
	if err != nil {
		return nil, err
	}
	all := []sheet{answers(a, cals), words(r), curve(a, cals)}
	if len(a.Differences) > 0 {
		all = append(all, differences(a, cals))
	}
	return append(all, assumptions(r), warnings(a), study(r)), nil
}

// answers has what becomes of each pool under each variant.
func answers(a analysis.Answers, cals map[string]output.Calendar) sheet {
	s := sheet{name: "Answers", fixed: 3, columns: []string{"Variant", "Tenant", "Product", "Seats at the start", "Seats at the end", "Reserved"}}
	for _, event := range []string{"Runs dry", "A claim is refused"} {
		for _, c := range []string{"probability", "low (95%)", "high (95%)", "in 5% by", "in half by", "in 95% by"} {
			s.columns = append(s.columns, event+": "+c)
		}
	}
	for _, e := range output.Estimates() {
		s.columns = append(s.columns, e.Name+": mean", e.Name+": low (95%)", e.Name+": high (95%)")
	}
	for _, v := range a.Variants {
		for _, n := range output.Pools(a) {
			p, ok := output.Find(v, n)
			if !ok {
				continue
			}
			row := []any{v.Name, p.Tenant, p.Product, p.SeatsStart, p.SeatsEnd, p.Reserved}
			for _, e := range []analysis.Event{p.Exhaustion, p.FirstRefusal} {
				row = append(row, probability(e.Probability, v.Replications)...)
				for _, t := range []clock.Time{e.First.P05, e.First.P50, e.First.P95} {
					row = append(row, date(t, cals[p.Tenant], a.Study.Days))
				}
			}
			for _, e := range output.Estimates() {
				x := e.Of(p)
				row = append(row, mean(x.Mean), mean(x.Low), mean(x.High))
			}
			s.rows = append(s.rows, row)
		}
	}
	return s
}

// probability returns a probability with its interval, of which a single replication
// has none.
func probability(p analysis.Proportion, replications int) []any {
	if replications <= 1 {
		return []any{share(p.Value), nil, nil}
	}
	return []any{share(p.Value), share(p.Low), share(p.High)}
}

// date returns the local day of t, in a brief study with the time of day.
func date(t clock.Time, cal output.Calendar, studied int) any {
	if t == clock.Never {
		return output.NotReached
	}
	local := unzoned(cal.Local(t))
	if studied <= output.Brief {
		return moment(local)
	}
	return local.Truncate(24 * time.Hour)
}

// unzoned returns the time with the same digits on the wall in UTC: a spreadsheet
// knows no zones.
func unzoned(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// words has the answer about each pool under each variant as a sentence.
func words(r output.Result) sheet {
	s := sheet{name: "In words", columns: []string{"Variant", "Tenant", "Product", "Answer"}}
	for _, h := range r.Headlines {
		s.rows = append(s.rows, []any{h.Variant, h.Tenant, h.Product, h.Text})
	}
	return s
}

// curve has the holders at each local midnight.
func curve(a analysis.Answers, cals map[string]output.Calendar) sheet {
	s := sheet{name: "Curve", fixed: 3, columns: []string{"Variant", "Tenant", "Product", "Day begins", "Seats", "Assignable: mean", "Holders: mean",
		"Holders: 5%", "Holders: 25%", "Holders: 50%", "Holders: 75%", "Holders: 95%", "Acts refused the day before: mean"}}
	for _, v := range a.Variants {
		for _, p := range v.Pools {
			if len(s.rows)+len(p.Curve) > mostRows {
				return sheet{name: s.name, columns: []string{"Curve"}, rows: [][]any{{fmt.Sprintf("More than %d rows: curve.csv has them.", mostRows)}}}
			}
			for _, c := range p.Curve {
				s.rows = append(s.rows, []any{v.Name, p.Tenant, p.Product, unzoned(cals[p.Tenant].Local(c.Time)).Truncate(24 * time.Hour), c.Seats,
					mean(c.Assignable), mean(c.Mean), mean(c.P05), mean(c.P25), mean(c.P50), mean(c.P75), mean(c.P95), mean(c.RefusedMean)})
			}
		}
	}
	return s
}

// differences has what each what-if changes.
func differences(a analysis.Answers, cals map[string]output.Calendar) sheet {
	s := sheet{name: "Differences", columns: []string{"What-if", "Tenant", "Product", "Measure", "Base", "What-if has", "Change", "low (95%)", "high (95%)", "May be noise"}}
	for _, c := range a.Differences {
		if output.Unchanged(c) {
			continue
		}
		var base, other any = mean(c.Base), mean(c.Other)
		by := func(x float64) any { return change(x) }
		switch d := output.Describe(c, cals[c.Tenant], a.Study.Days); {
		case c.Dates != nil:
			base, other = dateOf(d.Base), dateOf(d.Other)
			by = func(x float64) any { return days(x) }
		case c.Metric == "exhaustion":
			base, other = share(c.Base), share(c.Other)
			by = func(x float64) any { return points(x) }
		}
		row := []any{c.Variant, c.Tenant, c.Product, output.MeasureName(c.Metric), base, other, by(c.Difference.Mean), nil, nil, "no"}
		if c.Difference.Low < c.Difference.High {
			row[7], row[8] = by(c.Difference.Low), by(c.Difference.High)
		}
		if c.Noise {
			row[9] = "yes"
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// dateOf returns the date that a text is, or the text where it is none, as for a
// lower bound.
func dateOf(text string) any {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t
	}
	if t, err := time.Parse("2006-01-02 15:04", text); err == nil {
		return moment(t)
	}
	return text
}

// assumptions has what the documentation leaves open, and what is assumed instead.
func assumptions(r output.Result) sheet {
	s := sheet{name: "Assumptions", columns: []string{"Variant", "Parameter", "Value", "Set by", "Why it is an assumption"}}
	for _, a := range r.Assumptions {
		by := "the scenario"
		if a.Default {
			by = "default"
		}
		s.rows = append(s.rows, []any{a.Variant, a.Key, a.Value, by, a.Why})
	}
	return s
}

func warnings(a analysis.Answers) sheet {
	s := sheet{name: "Warnings", columns: []string{"Warning"}}
	for _, w := range a.Warnings {
		s.rows = append(s.rows, []any{w})
	}
	if len(s.rows) == 0 {
		s.rows = [][]any{{"None."}}
	}
	return s
}

// study says where the numbers come from.
func study(r output.Result) sheet {
	a := r.Answers
	command := r.Command
	if command == "" {
		command = "seatcast run scenario.toml"
	}
	return sheet{name: "Study", columns: []string{"Study", "Value"}, rows: [][]any{
		{"Scenario", a.Study.Scenario}, {"Title", a.Study.Title}, {"Hash of the scenario", a.Study.Hash}, {"Seed", fmt.Sprint(a.Study.Seed)},
		{"Replications", a.Replications}, {"First day", dateOf(a.Study.Start)}, {"Days", a.Study.Days},
		{"Program", strings.TrimSpace("seatcast " + r.Version)}, {"The same again, in the result folder", command},
	}}
}
