package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// WhatIf returns what a variant changes against the scenario itself, in words, and
// "" for the scenario. A difference that may be noise is named as such and not told.
func WhatIf(a Answers, v Variant) string {
	w := whatIf{answers: a, variant: v}
	var pools []string
	byPool := map[string][]Comparison{}
	for _, c := range a.Differences {
		if c.Variant != v.Name {
			continue
		}
		name := c.Tenant + "/" + c.Product
		if byPool[name] == nil {
			pools = append(pools, name)
		}
		byPool[name] = append(byPool[name], c)
	}
	var parts []string
	for _, name := range pools {
		text := w.pool(byPool[name])
		if len(pools) > 1 {
			text = "in " + name + ", " + text
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	s := fmt.Sprintf("%s: %s.", variantTitle(a, v.Name), strings.Join(parts, "; "))
	if away := w.turnedAway(); len(away) > 0 {
		s += " It also " + listText(away) + "."
	}
	return s
}

// baseName is the variant that is the scenario itself (record.Variant).
const baseName = "base"

// variantTitle names a variant for a sentence.
func variantTitle(a Answers, name string) string {
	if name == baseName {
		return "The scenario as it is"
	}
	for _, v := range a.Variants {
		switch {
		case v.Name != name:
		case v.Title != "":
			return v.Title
		}
	}
	return name
}

// A whatIf writes the sentence about one what-if.
type whatIf struct {
	answers Answers
	variant Variant
}

func (w whatIf) once() bool {
	return min(w.variant.Replications, w.answers.Variants[0].Replications) == 1
}

// pool tells what changes in one pool.
func (w whatIf) pool(list []Comparison) string {
	var told, noise []string
	changed := false
	for _, c := range list {
		changed = changed || c.Difference != (Difference{}) || c.Base != c.Other
		text, words := w.clause(c)
		switch {
		case words == "":
		case c.Difference.Mean == 0 && !c.Noise, c.Metric == "cost" && c.Difference == (Difference{}):
			told = append(told, text)
		case c.Noise && c.Difference.Low < c.Difference.High:
			noise = append(noise, words)
		case c.Difference != (Difference{}):
			told = append(told, text)
		}
	}
	if !changed {
		return "changes nothing"
	}
	s := strings.Join(told, ", ")
	if len(noise) > 0 {
		mayBe := "what it does to " + listText(noise) + " may be noise"
		if s != "" {
			return s + "; " + mayBe
		}
		return mayBe
	}
	return s
}

// clause tells one difference, and names what it is about; "" where it is not worth
// a clause.
func (w whatIf) clause(c Comparison) (text, about string) {
	switch c.Metric {
	case "exhaustion":
		return w.exhaustion(c)
	case exhaustionDate:
		return w.date(c)
	case "refused-users":
		return "refuses " + w.amount(c, "fewer people", "more people"), "people refused"
	case "blocked-days":
		if c.Difference.Mean < 0 {
			return "saves " + w.amount(c, "blocked user-days", ""), "blocked user-days"
		}
		return "adds " + w.amount(c, "", "blocked user-days"), "blocked user-days"
	case "assigned-end":
		return "ends with " + w.amount(c, "fewer holders", "more holders"), "holders at the end"
	case "cost":
		if c.Difference == (Difference{}) {
			return "costs the same", "cost"
		}
		return "costs USD " + w.amount(c, "less", "more"), "cost"
	}
	return "", ""
}

// exhaustion tells by how much the probability of running dry changes.
func (w whatIf) exhaustion(c Comparison) (text, about string) {
	if c.Base == c.Other {
		return "", "" // it is the date that changes, if anything does
	}
	within := w.within()
	if w.once() {
		if c.Other == 1 {
			return "runs dry " + within + ", which it did not", "exhaustion"
		}
		return "no longer runs dry " + within, "exhaustion"
	}
	d := c.Difference
	return fmt.Sprintf("runs dry %s in %s%% of the replications in place of %s%% (%s points, 95%%: %s to %s)", within,
		percentText(c.Other), percentText(c.Base), signedText(100*d.Mean), signedText(100*d.Low), signedText(100*d.High)), "the probability of running dry"
}

// within names the time up to which exhaustion counts.
func (w whatIf) within() string {
	if w.answers.Decision != nil && !w.answers.Decision.Question.By.IsZero() {
		return "by " + longDate(w.answers.Decision.Question.By)
	}
	return "within " + headline{answers: w.answers}.horizon()
}

// date tells by how many days exhaustion moves. Where one side hardly ever runs
// dry the probability tells more.
func (w whatIf) date(c Comparison) (text, about string) {
	n := min(w.variant.Replications, w.answers.Variants[0].Replications)
	if c.Dates == nil || 2*c.Dates.BaseCensored > n || 2*c.Dates.OtherCensored > n {
		return "", ""
	}
	note := ""
	if c.Dates.BaseCensored+c.Dates.OtherCensored > 0 {
		note = ", counted up to the end"
	}
	if c.Difference.Mean > 0 {
		return "delays exhaustion by " + w.amount(c, "", "days") + note, "the date of exhaustion"
	}
	return "brings exhaustion forward by " + w.amount(c, "days", "") + note, "the date of exhaustion"
}

// amount writes the size of a difference with its interval: "140 fewer people (95%:
// 131 to 149)".
func (w whatIf) amount(c Comparison, less, more string) string {
	d, unit := c.Difference, more
	if d.Mean < 0 {
		d, unit = Difference{-d.Mean, -d.High, -d.Low}, less
	}
	if countText(d.Mean) == "1" {
		unit = strings.NewReplacer("people", "person", "days", "day", "holders", "holder").Replace(unit)
	}
	s := strings.TrimSpace(countText(d.Mean) + " " + unit)
	if countText(d.Low) != countText(d.High) {
		s += fmt.Sprintf(" (95%%: %s to %s)", countText(d.Low), countText(d.High))
	}
	return s
}

// Choice returns which variant is best by the answer that was asked about, and how
// sure that is, in words. It is "" where nothing was to be chosen.
func Choice(a Answers) string {
	if a.Decision == nil || a.Decision.Ranking == nil {
		return ""
	}
	r := a.Decision.Ranking
	first := r.Standings[0]
	s := fmt.Sprintf("Best by %s: %s, with %s.", MetricText(r.Metric, r.Pool), lowerThe(variantTitle(a, first.Variant)), valueText(r.Metric, first.Value))
	var tied, among []string
	for _, st := range r.Standings[1:] {
		switch {
		case st.Tied:
			tied = append(tied, lowerThe(variantTitle(a, st.Variant)))
		case st.MayBeBest:
			among = append(among, lowerThe(variantTitle(a, st.Variant)))
		}
	}
	if len(tied) > 0 {
		s += fmt.Sprintf(" In every replication it is level with %s", listText(tied))
		switch {
		case peopleAwayIn(a, first.Variant) < peopleAwayIn(a, r.Standings[1].Variant):
			s += ", and turns fewer people away for other reasons"
		case first.Cost.Mean < r.Standings[1].Cost.Mean:
			s += ", and costs less"
		}
		s += "."
		if len(tied) == len(r.Standings)-1 {
			return s + notCounted(a, first.Variant)
		}
	}
	switch {
	case r.Sought != nil:
		s += soughtText(a, r, among)
	case a.Replications > 1: // of one there is no confidence to tell
		s += certainText(r, among)
	}
	return s + notCounted(a, first.Variant)
}

// notCounted warns where the best turns people away for other reasons than seats,
// who would not count as refused.
func notCounted(a Answers, name string) string {
	metric := a.Decision.Question.Metric
	if metric != "refused-users" && metric != "refused-claims" && metric != "blocked-days" {
		return ""
	}
	for _, v := range a.Variants {
		if v.Name != name {
			continue
		}
		var reasons []string
		people := 0.0
		for _, o := range v.Outcomes {
			if o.Outcome == "ineligible" && o.People.Mean > 0 {
				reasons, people = append(reasons, o.Reason), people+o.People.Mean
			}
		}
		if len(reasons) > 0 {
			s := fmt.Sprintf(" Mind that it turns %s away for other reasons than seats (%s), who do not count here; ", peopleText(people), listText(slices.Compact(reasons)))
			best := slices.MinFunc(a.Variants, func(v, w Variant) int { return cmp.Compare(peopleAwayIn(a, v.Name), peopleAwayIn(a, w.Name)) })
			if least := peopleAwayIn(a, best.Name); least < peopleAwayIn(a, name) {
				return s + fmt.Sprintf("if they did, %s would be best, with %s (--best %s).", lowerThe(variantTitle(a, best.Name)), countText(least), turnedAway)
			}
			return s + "--best " + turnedAway + " counts them."
		}
	}
	return ""
}

// peopleAwayIn returns how many people a variant turns away in the mean, each once a reason.
func peopleAwayIn(a Answers, name string) (people float64) {
	for _, v := range a.Variants {
		for _, o := range v.Outcomes {
			if v.Name == name {
				people += o.People.Mean
			}
		}
	}
	return people
}

// turnedAway tells of acts that do not end as they did, though no seat is missing:
// where the intervals of the two variants are apart.
func (w whatIf) turnedAway() (list []string) {
	find := func(v Variant, o Outcome) (acts, people Estimate) {
		for _, x := range v.Outcomes {
			if x.Tenant == o.Tenant && x.Outcome == o.Outcome && x.Reason == o.Reason {
				return x.Acts, x.People
			}
		}
		return Estimate{}, Estimate{}
	}
	told := map[string]bool{}
	base := w.answers.Variants[0]
	for _, o := range append(slices.Clone(w.variant.Outcomes), base.Outcomes...) {
		key := o.Tenant + "/" + o.Outcome + "/" + o.Reason
		if o.Outcome != "ineligible" && o.Outcome != "group-error" || told[key] {
			continue
		}
		told[key] = true
		wasActs, was := find(base, o)
		isActs, is := find(w.variant, o)
		what := "turns %s away as %s, in place of %s"
		show := peopleText
		if o.Outcome == "group-error" {
			was, is, what, show = wasActs, isActs, "leaves %s of a group without a seat (%s), in place of %s", membersText
		}
		if is.Low > was.High || was.Low > is.High {
			if is.Mean == 0 && o.Outcome == "ineligible" {
				list = append(list, fmt.Sprintf("turns nobody away as %s, in place of %s", o.Reason, peopleText(was.Mean)))
				continue
			}
			list = append(list, fmt.Sprintf(what, show(is.Mean), o.Reason, countText(was.Mean)))
		}
	}
	return list
}

func membersText(x float64) string {
	if x == 1 {
		return "1 member"
	}
	return countText(x) + " members"
}

// certainText tells how sure the first place is.
func certainText(r *Ranking, among []string) string {
	if len(among) == 0 {
		return fmt.Sprintf(" The confidence that no other is better is %s.", confidenceText(r.Certain))
	}
	s := fmt.Sprintf(" That is not settled: %s may be better, by %s at most (%s confidence).", listText(among),
		differenceSize(r.Metric, r.Regret), confidenceText(r.Confidence))
	if r.Enough > 0 {
		s += fmt.Sprintf(" If what was seen so far holds, about %s replications would settle it.", countText(float64(r.Enough)))
	}
	return s
}

// soughtText tells how the procedure of Kim and Nelson ended.
func soughtText(a Answers, r *Ranking, among []string) string {
	delta := differenceSize(r.Metric, r.Indifference)
	if r.Sought.Done {
		return fmt.Sprintf(" No other is better by %s or more, with a confidence of %s, by the procedure of Kim and Nelson after %s replications.",
			delta, confidenceText(r.Confidence), countText(float64(r.Sought.After)))
	}
	var left []string
	for _, name := range r.Sought.Left {
		left = append(left, lowerThe(variantTitle(a, name)))
	}
	return certainText(r, among) + fmt.Sprintf(" The procedure of Kim and Nelson, which is to rule out that another is better by %s, has %s left after %s replications, and ends after %s of each at most; Rinott's rule, which makes no use of common luck, asks for %s.",
		delta, listText(left), countText(float64(r.Sought.After)), countText(float64(r.Sought.Needs)), countText(float64(r.Sought.Rinott)))
}

// confidenceText writes a confidence: never 100%, for nothing is.
func confidenceText(c float64) string {
	const most = 0.999
	if c > most {
		return "more than 99.9%"
	}
	return strings.TrimSuffix(percentText(c), ".0") + "%"
}

// MetricText names what variants are ranked by.
func MetricText(metric, pool string) string {
	name := map[string]string{"refused-users": "people refused", "refused-claims": "acts refused", turnedAway: "people refused or turned away", "blocked-days": "blocked user-days",
		"exhaustion": "the probability of running dry", "cost": "cost", "assigned-end": "holders at the end", "idle-days": "idle seat-days"}[metric]
	if pool != "" {
		name += " of " + pool
	}
	return name
}

// valueText writes the mean of a metric with its interval.
func valueText(metric string, e Estimate) string {
	show, unit := countText, ""
	switch metric {
	case "exhaustion":
		show = func(x float64) string { return percentText(min(1, x)) + "%" }
	case "cost":
		unit = "USD "
	}
	if e.Low == e.High {
		return unit + show(e.Mean)
	}
	return fmt.Sprintf("%s%s (95%%: %s to %s)", unit, show(e.Mean), show(e.Low), show(e.High))
}

// differenceSize writes the size of a difference of a metric with its unit.
func differenceSize(metric string, x float64) string {
	switch metric {
	case "exhaustion":
		return countText(100*x) + " points"
	case "cost":
		return "USD " + countText(x)
	case "refused-users", turnedAway:
		return peopleText(x)
	case "refused-claims":
		return countText(x) + " acts"
	case "assigned-end":
		return countText(x) + " holders"
	}
	return countText(x) + " days"
}

// listText joins words: "a", "a and b", "a, b and c".
func listText(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// lowerThe puts the name of the scenario itself into a sentence.
func lowerThe(title string) string {
	if rest, ok := strings.CutPrefix(title, "The scenario"); ok {
		return "the scenario" + rest
	}
	return title
}

// signedText writes a difference with its sign.
func signedText(x float64) string {
	s := strings.TrimPrefix(countText(x), "-")
	switch {
	case x > 0:
		return "+" + s
	case x < 0:
		return "\u2212" + s
	}
	return s
}

// PrecisionText tells how far each target is met, a sentence each.
func PrecisionText(a Answers) []string {
	var list []string
	for _, r := range a.Precision {
		what := precisionName(r.Metric)
		show := func(x float64) string { return "± " + countText(x) }
		if isDateQuantile(r.Metric) {
			show = func(x float64) string { return "an interval of " + countText(x) + " days" }
		}
		where := poolName(a.Study, r.Variant, r.Tenant, r.Product)
		state := "is met after " + countText(float64(r.Replications)) + " replications"
		if !r.Met {
			state = "is NOT met after " + countText(float64(r.Replications)) + " replications"
		}
		reached := show(r.Have)
		if r.Have > 1e300 {
			reached = "an interval that ends beyond the horizon"
		}
		list = append(list, fmt.Sprintf("The precision asked of %s, %s, %s: least known is %s, to %s.", what, show(r.Want), state, where, reached))
	}
	return list
}

// ControlText tells what control variates make better known of the scenario itself, a
// sentence for each pool of which they do.
func ControlText(a Answers) (list []string) {
	if len(a.Variants) == 0 {
		return nil
	}
	for _, p := range a.Variants[0].Pools {
		var known []string
		for _, c := range p.Controlled {
			value := strings.TrimSuffix(valueText(c.Metric, Estimate{Mean: c.Mean, Low: c.Low, High: c.High}), ")")
			known = append(known, fmt.Sprintf("%s %s; worth %.1f times the replications)", precisionName(c.Metric), value, c.Factor))
		}
		if len(known) > 0 {
			list = append(list, fmt.Sprintf("Better known of %s/%s by control variates, the numbers of people who adopt by each quarter of the study: %s.", p.Tenant, p.Product, strings.Join(known, ", ")))
		}
	}
	return list
}

func isDateQuantile(metric string) bool {
	for _, q := range dateQuantiles {
		if q.metric == metric {
			return true
		}
	}
	return false
}

// precisionName names the metric of a target.
func precisionName(metric string) string {
	if metric == Probabilities {
		return "every probability"
	}
	for _, q := range dateQuantiles {
		if q.metric == metric {
			what := "exhaustion"
			if q.refusal {
				what = "the first refusal"
			}
			return fmt.Sprintf("the date by which %s%% see %s", countText(100*q.q), what)
		}
	}
	switch metric {
	case "refusal":
		return "the probability of a refusal"
	case "peak":
		return "the most holders at once"
	}
	return MetricText(metric, "")
}

// ByText writes the day up to which exhaustion counts, "" for the whole study.
func (q Question) ByText() string {
	if q.By.IsZero() {
		return ""
	}
	return q.By.Format(time.DateOnly)
}
