package output

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"seatcast/analysis"
	"seatcast/analysis/sensitivity"
)

// SensitivitySection tells what moves an answer most.
func SensitivitySection(r sensitivity.Result) Section {
	s := Section{ID: "sensitivity", Title: "What matters", Notes: r.Notes}
	after := ""
	if strings.HasSuffix(r.Metric, "-date") {
		after = " after the start, in the mean"
	}
	if r.Replications == 1 {
		after = strings.TrimSuffix(after, ", in the mean")
	}
	base := fmt.Sprintf("%s of %s/%s%s is %s%s%s, from %s.", capitalize(MetricName(r.Metric)), r.Tenant, r.Product, byDay(r.By),
		amount(r.Metric, r.Base.Mean), spread(r.Metric, r.Base, amount), after, replicationsText(r.Replications))
	switch {
	case after != "" && r.Reached == 0:
		base = fmt.Sprintf("%s of %s/%s is not reached within the study in any of %s.", capitalize(MetricName(r.Metric)), r.Tenant, r.Product, replicationsText(r.Replications))
	case after != "" && r.Reached < r.Replications:
		base += fmt.Sprintf(" %s reach it within the study; in the others it counts as the end.", Count(float64(r.Reached)))
	}
	s.Words = []string{sensitivityAnswer(r) + rivalsText(r), base}
	switch {
	case len(r.Swings) > 0:
		t := Table{Title: "One change at a time, all on the same luck", Left: 1,
			Columns: []string{"number", "from", "to", "lower: change (95%)", "higher: change (95%)"}}
		for _, w := range r.Swings {
			t.Rows = append(t.Rows, []string{w.Path, Value(w.Low, w.Unit), Value(w.High, w.Unit), change(r.Metric, w.AtLow), change(r.Metric, w.AtHigh)})
		}
		s.Tables = append(s.Tables, t)
	case len(r.Effects) > 0:
		t := Table{Title: fmt.Sprintf("Elementary effects over the whole range (Morris), at %s points", Count(float64(r.Points))), Left: 1,
			Columns: []string{"number", "from", "to", "size of effect (95%)", "mean effect", "spread"}}
		for _, e := range r.Effects {
			t.Rows = append(t.Rows, []string{e.Path, Value(e.Low, e.Unit), Value(e.High, e.Unit),
				amount(r.Metric, e.Absolute.Mean) + spread(r.Metric, e.Absolute, amount), signedAmount(r.Metric, e.Mean), amount(r.Metric, e.Spread)})
		}
		s.Tables = append(s.Tables, t)
	case len(r.Indices) > 0:
		t := Table{Title: fmt.Sprintf("Shares of the variance (Sobol), from %s points", Count(float64(r.Points))), Left: 1,
			Columns: []string{"number", "from", "to", "by itself (95%)", "with all it takes part in (95%)"}}
		for _, i := range r.Indices {
			t.Rows = append(t.Rows, []string{i.Path, Value(i.Low, i.Unit), Value(i.High, i.Unit), share(i.First), share(i.Total)})
		}
		s.Tables = append(s.Tables, t)
	}
	return s
}

func replicationsText(n int) string {
	if n == 1 {
		return "1 replication"
	}
	return Count(float64(n)) + " replications"
}

// sensitivityAnswer says in a sentence what moves the answer most.
func sensitivityAnswer(r sensitivity.Result) string {
	answer := MetricName(r.Metric)
	switch {
	case len(r.Swings) > 0:
		w := r.Swings[0]
		if w.Size() == 0 {
			return fmt.Sprintf("Nothing that was varied moves %s.", answer)
		}
		text := fmt.Sprintf("%s moves %s most: %s.", capitalize(NumberName(w.Path)), answer, swingText(r.Metric, w))
		var others []string
		for _, o := range r.Swings[1:] {
			if len(others) < 2 && o.Size() > 0 && !(o.AtLow.Noise() && o.AtHigh.Noise() && o.Span.Noise()) {
				others = append(others, fmt.Sprintf("%s, %s", NumberName(o.Path), swingText(r.Metric, o)))
			}
		}
		if len(others) > 0 {
			text += " Next: " + strings.Join(others, "; ") + "."
		}
		return text
	case len(r.Effects) > 0:
		e := r.Effects[0]
		return fmt.Sprintf("%s moves %s most: by %s over its range, %s to %s, in the mean.", capitalize(NumberName(e.Path)), answer,
			amount(r.Metric, e.Absolute.Mean), Value(e.Low, e.Unit), Value(e.High, e.Unit))
	case len(r.Indices) > 0:
		i := r.Indices[0]
		return fmt.Sprintf("%s makes the largest part of the variance of %s: %s by itself, %s with all it takes part in.", capitalize(NumberName(i.Path)), answer,
			share(i.First), share(i.Total))
	}
	return "Nothing was varied."
}

// rivalsText says which numbers may move the answer as much as the first.
func rivalsText(r sensitivity.Result) string {
	rivals := r.Rivals()
	switch len(rivals) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(" That %s moves it less is not settled: the intervals overlap.", NumberName(rivals[0]))
	}
	return fmt.Sprintf(" That %s and %d more move it less is not settled: the intervals overlap.", NumberName(rivals[0]), len(rivals)-1)
}

// swingText tells a swing: "±0.06 is ∓11 days", or both sides where they differ.
func swingText(metric string, w sensitivity.Swing) string {
	down, up := w.Value-w.Low, w.High-w.Value
	low, high := w.AtLow.Mean, w.AtHigh.Mean
	even := math.Abs(down-up) <= 1e-9*math.Abs(w.Value)
	opposite := low*high < 0 && math.Abs(math.Abs(low)-math.Abs(high)) <= 0.15*max(math.Abs(low), math.Abs(high))
	if even && opposite {
		sign := "±"
		if high < 0 {
			sign = "∓"
		}
		return fmt.Sprintf("±%s is %s%s", Value(up, w.Unit), sign, amount(metric, math.Abs(high-low)/2))
	}
	return fmt.Sprintf("at %s %s, at %s %s", Value(w.Low, w.Unit), change(metric, w.AtLow), Value(w.High, w.Unit), change(metric, w.AtHigh))
}

// MetricName is the answer that a metric is, in words.
func MetricName(metric string) string {
	switch metric {
	case "exhaustion":
		return "the probability of running dry"
	case "refusal":
		return "the probability of a refused claim"
	case "exhaustion-date":
		return "the date of exhaustion"
	case "refusal-date":
		return "the date of the first refusal"
	case "refused-users":
		return "the number of people refused"
	case "refused-claims":
		return "the number of refused claims"
	case "blocked-days":
		return "the number of blocked user-days"
	case "idle-days":
		return "the number of idle seat-days"
	case "assigned-end":
		return "the number of seats assigned at the end"
	case "peak":
		return "the peak of seats assigned"
	}
	return "the cost"
}

// MetricUnit is what a metric is counted in, and how much of that its unit is.
func MetricUnit(metric string) (unit string, scale float64) {
	switch metric {
	case "exhaustion", "refusal":
		return "points", 100
	case "exhaustion-date", "refusal-date":
		return "days", 1
	case "cost":
		return "USD", 1
	case "refused-users":
		return "people", 1
	case "refused-claims":
		return "claims", 1
	case "blocked-days", "idle-days":
		return "days", 1
	}
	return "seats", 1
}

// NumberName is a number of a scenario in words: of tenants.t.users.makers.adoption.q
// the q of the adoption of makers.
func NumberName(path string) string {
	parts := strings.Split(path, ".")
	if len(parts) < 4 || parts[0] != "tenants" {
		return path
	}
	whose, rest := parts[3], parts[4:]
	switch {
	case len(rest) == 0:
		return path
	case parts[2] == "users" && rest[0] == "count":
		return "the number of " + whose
	case parts[2] == "users" && rest[0] == "adoption" && len(rest) > 1:
		return fmt.Sprintf("the adoption %s of %s", strings.Join(rest[1:], " "), whose)
	case parts[2] == "users" && rest[0] == "does" && len(rest) > 1:
		if len(rest) == 3 { // of the law of a rate
			return fmt.Sprintf("the %s of %s of %s", rest[2], rest[1], whose)
		}
		return fmt.Sprintf("%s of %s", strings.Join(rest[1:], " "), whose)
	case parts[2] == "pools" && rest[0] == "seats":
		return "the number of seats of " + whose
	case parts[2] == "pools" && len(rest) == 3 && rest[0] == "subscriptions" && rest[2] == "seats":
		return fmt.Sprintf("the number of seats of %s in the subscription %s", whose, rest[1])
	}
	return fmt.Sprintf("%s of %s", strings.Join(rest, " "), whose)
}

// Value writes a number of a scenario with its unit: 0.6, 3/week, 12%.
func Value(x float64, unit string) string { return strconv.FormatFloat(x, 'g', 6, 64) + unit }

// amount writes a value of a metric: 24 days, 12 points, 3,200.
func amount(metric string, x float64) string {
	switch metric {
	case "exhaustion", "refusal":
		return Percent(x)
	case "exhaustion-date", "refusal-date":
		return short(x) + " days"
	case "cost":
		return Count(x) + " USD"
	}
	return short(x)
}

func short(x float64) string {
	if math.Abs(x) < 0.005 {
		return "0"
	}
	return Count(x)
}

func signedAmount(metric string, x float64) string {
	text := amount(metric, math.Abs(x))
	if metric == "exhaustion" || metric == "refusal" {
		text = short(100*math.Abs(x)) + " points"
	}
	switch number, _, _ := strings.Cut(text, " "); {
	case number == "0":
		return text
	case x > 0:
		return "+" + text
	case x < 0:
		return "−" + text
	}
	return text
}

// spread writes an interval, and nothing where it is a point.
func spread(metric string, d analysis.Difference, show func(string, float64) string) string {
	if d.Low == d.High {
		return ""
	}
	return fmt.Sprintf(" (95%%: %s to %s)", bare(show(metric, d.Low)), bare(show(metric, d.High)))
}

// bare leaves out the unit, which stands before the interval.
func bare(text string) string {
	number, _, _ := strings.Cut(text, " ")
	return number
}

// change writes a difference with its interval, and ~ where it may be noise.
func change(metric string, d analysis.Difference) string {
	mark := ""
	if d.Low < d.High && d.Noise() {
		mark = "~ "
	}
	return mark + signedAmount(metric, d.Mean) + spread(metric, d, signedAmount)
}

func share(d analysis.Difference) string {
	show := func(x float64) string {
		return strings.Replace(strconv.FormatFloat(math.Round(100*x)/100+0, 'f', 2, 64), "-", "−", 1) // + 0: none is −0
	}
	return fmt.Sprintf("%s (%s to %s)", show(d.Mean), show(d.Low), show(d.High))
}

func byDay(day string) string {
	if day == "" {
		return ""
	}
	return " by the end of " + DayName(day)
}

func capitalize(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
