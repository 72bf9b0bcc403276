package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Limit is a bound on a number of the answers: "northlake/premium: exhaustion >
// 0.10 by 2026-06-30" is broken where that probability is above a tenth. A limit
// states what must not be.
type Limit struct {
	// Target is the pool, tenant/product, after the name of a what-if if it is not
	// about the scenario itself: "everyone northlake/premium". Either part of a
	// pool, a whole pool or a variant may be *, which stands for each. Where
	// variants have one pool each it may be left out.
	Target string
	Metric string // one of limitMetrics
	Op     string // > >= < <=
	Value  float64
	By     time.Time // a local date, at midnight UTC; zero for the end of the study
}

// A Verdict says whether a limit is broken, and by how much, a line for each pool.
type Verdict struct {
	Broken bool
	Text   string
}

// limitMetrics are the metrics in the order in which they are explained. The first
// two are probabilities, the others means over replications.
var limitMetrics = []string{"exhaustion", "refusal", "refused-users", "refused-claims", "blocked-days",
	"idle-days", "cost", "peak", "assigned-end"}

func isProbability(metric string) bool { return metric == "exhaustion" || metric == "refusal" }

// ParseLimit reads a limit: [[VARIANT] TENANT/PRODUCT:] METRIC OP NUMBER [by DATE|end].
// The metrics are exhaustion and refusal, probabilities (0.10 or 10%) by the end of
// DATE or of the study; and refused-users, refused-claims, blocked-days, idle-days,
// cost (USD), peak and assigned-end, means over the whole study.
func ParseLimit(s string) (Limit, error) {
	l, err := parseLimit(s)
	if err != nil {
		return Limit{}, fmt.Errorf("limit %q: %w", s, err)
	}
	return l, nil
}

func parseLimit(s string) (Limit, error) {
	var l Limit
	condition := s
	if i := strings.LastIndex(s, ":"); i >= 0 {
		l.Target, condition = strings.Join(strings.Fields(s[:i]), " "), s[i+1:]
		if l.Target == "" {
			return l, errors.New("no pool before the colon; write tenant/product, or * for every pool")
		}
	}
	start := strings.IndexAny(condition, "<>")
	if start < 0 {
		return l, errors.New("no comparison; write METRIC > NUMBER, with >, >=, < or <=")
	}
	end := start + 1
	if strings.HasPrefix(condition[end:], "=") {
		end++
	}
	l.Metric, l.Op = strings.TrimSpace(condition[:start]), condition[start:end]
	if !slices.Contains(limitMetrics, l.Metric) {
		return l, fmt.Errorf("unknown metric %q; nearest is %s, all are %s", l.Metric,
			nearest(l.Metric, limitMetrics), strings.Join(limitMetrics, ", "))
	}
	words := strings.Fields(condition[end:])
	if len(words) != 1 && (len(words) != 3 || words[1] != "by") {
		return l, fmt.Errorf("after %s comes a number, and after that nothing or by DATE", l.Op)
	}
	if err := l.parseValue(words[0]); err != nil || len(words) == 1 {
		return l, err
	}
	return l, l.parseBy(words[2])
}

func (l *Limit) parseValue(word string) error {
	number, percent := strings.CutSuffix(word, "%")
	if percent {
		number += "e-2" // the nearest float of the share itself, which a division may miss
	}
	value, err := strconv.ParseFloat(number, 64)
	switch probability := isProbability(l.Metric); {
	case err != nil || math.IsNaN(value) || math.IsInf(value, 0):
		return fmt.Errorf("%q is not a number", word)
	case percent && !probability:
		return fmt.Errorf("%s is not a probability: leave the %% of %q out", l.Metric, word)
	case probability && (value < 0 || value > 1):
		return fmt.Errorf("a probability lies between 0 and 1, %q does not; write 0.10 or 10%%", word)
	}
	l.Value = value
	return nil
}

func (l *Limit) parseBy(word string) error {
	if !isProbability(l.Metric) {
		return fmt.Errorf("%s counts the whole study: leave out by %s; exhaustion and refusal can have a date", l.Metric, word)
	}
	if word == "end" {
		return nil
	}
	by, err := time.Parse(time.DateOnly, word)
	if err != nil || by.IsZero() {
		return fmt.Errorf("%q is not a date such as 2026-06-30, nor the word end", word)
	}
	l.By = by
	return nil
}

// String returns the limit in the form that ParseLimit reads.
func (l Limit) String() string {
	s := l.Metric + " " + l.Op + " " + strconv.FormatFloat(l.Value, 'g', -1, 64)
	if l.Target != "" {
		s = l.Target + ": " + s
	}
	if !l.By.IsZero() {
		s += " by " + l.By.Format(time.DateOnly)
	}
	return s
}

// Check holds the limit against answers. Estimates are compared as they are; the
// text has their intervals and says where the limit lies within one. "By" a date
// means by the midnight that ends that day, in the tenant's zone. It is an error
// if the target or the date is not in the study, or no replication has finished.
func (l Limit) Check(a Answers) (Verdict, error) {
	verdict, err := l.check(a)
	if err != nil {
		return Verdict{}, fmt.Errorf("limit %q: %w", l, err)
	}
	return verdict, nil
}

func (l Limit) check(a Answers) (Verdict, error) {
	day := a.Study.Days - 1
	if !l.By.IsZero() {
		day = dayOf(a.Study, l.By)
		if day < 0 || day >= a.Study.Days {
			return Verdict{}, fmt.Errorf("the study runs from %s to %s", dateOfDay(a.Study, 0), dateOfDay(a.Study, a.Study.Days-1))
		}
	}
	matches, err := l.matches(a)
	if err != nil {
		return Verdict{}, err
	}
	var verdict Verdict
	var lines []string
	for _, m := range matches {
		if m.variant.Replications == 0 {
			return Verdict{}, fmt.Errorf("no replication of variant %q has finished", m.variant.Name)
		}
		broken, line := l.hold(a, m, day)
		verdict.Broken = verdict.Broken || broken
		lines = append(lines, line)
	}
	verdict.Text = strings.Join(lines, "\n")
	return verdict, nil
}

// A match is a pool that a limit is about.
type match struct {
	variant Variant
	pool    Pool
}

func (l Limit) matches(a Answers) ([]match, error) {
	var matches []match
	var names []string
	for i, v := range a.Variants {
		for _, p := range v.Pools {
			if slices.Contains(targets(v, p, i == 0), l.Target) {
				matches = append(matches, match{v, p})
			}
			names = append(names, poolName(a.Study, v.Name, p.Tenant, p.Product))
		}
	}
	if len(matches) == 0 {
		if len(names) == 0 {
			return nil, errors.New("the study has no pool")
		}
		if l.Target == "" {
			return nil, fmt.Errorf("which pool? write one of %s before a colon, or * for every pool", strings.Join(names, ", "))
		}
		return nil, fmt.Errorf("no pool is called %q; nearest is %q, all are %s", l.Target, nearest(l.Target, names), strings.Join(names, ", "))
	}
	return matches, nil
}

// targets returns every way to write a target that means this pool among others.
func targets(v Variant, p Pool, base bool) []string {
	pools := []string{p.Tenant + "/" + p.Product, p.Tenant + "/*", "*/" + p.Product, "*/*", "*"}
	variants := []string{v.Name + " ", "* "}
	if base {
		variants = append(variants, "")
	}
	var list []string
	for _, variant := range variants {
		for _, pool := range pools {
			list = append(list, variant+pool)
		}
		if len(v.Pools) == 1 && variant != "* " { // * alone means every pool
			list = append(list, strings.TrimSpace(variant))
		}
	}
	return list
}

// hold holds the limit against one pool.
func (l Limit) hold(a Answers, m match, day int) (broken bool, line string) {
	value, low, high := l.estimate(m.pool, day)
	verdict := "kept"
	if l.broken(value) {
		broken, verdict = true, "broken"
	}
	show, when, limit := countText, "", strconv.FormatFloat(l.Value, 'g', -1, 64)
	if isProbability(l.Metric) {
		show = func(x float64) string { return percentText(x) + "%" }
		when = " by the end of " + dateOfDay(a.Study, day)
		limit = strconv.FormatFloat(100*l.Value, 'g', 12, 64) + "%"
	}
	spread := ""
	if low < high {
		spread = fmt.Sprintf(" (95%%: %s to %s)", show(low), show(high))
		if l.broken(low) != l.broken(high) {
			verdict += fmt.Sprintf(", though %d replications do not settle it", m.variant.Replications)
		}
	}
	name := poolName(a.Study, m.variant.Name, m.pool.Tenant, m.pool.Product)
	return broken, fmt.Sprintf("%s: %s%s is %s%s; the limit %s %s is %s", name, l.Metric, when,
		show(value), spread, l.Op, limit, verdict)
}

// broken reports whether a value is what must not be.
func (l Limit) broken(value float64) bool {
	switch l.Op {
	case ">":
		return value > l.Value
	case ">=":
		return value >= l.Value
	case "<":
		return value < l.Value
	default:
		return value <= l.Value
	}
}

// estimate returns the metric of a pool, for a probability by the end of a day.
func (l Limit) estimate(p Pool, day int) (value, low, high float64) {
	if isProbability(l.Metric) {
		risk := p.Risk[day+1].Exhaustion
		if l.Metric == "refusal" {
			risk = p.Risk[day+1].Refusal
		}
		return risk.Value, risk.Low, risk.High
	}
	var e Estimate
	switch l.Metric {
	case "refused-users":
		e = p.RefusedUsers
	case "refused-claims":
		e = p.RefusedClaims
	case "blocked-days":
		e = p.BlockedUserDays
	case "idle-days":
		e = p.IdleSeatDays
	case "cost":
		e = p.Cost
	case "peak":
		e = p.Peak
	case "assigned-end":
		e = p.AssignedEnd
	}
	return e.Mean, e.Low, e.High
}

// nearest returns the word of a list that is fewest edits away, the first of equals.
func nearest(word string, list []string) string {
	return slices.MinFunc(list, func(a, b string) int { return edits(word, a) - edits(word, b) })
}

// edits is the Levenshtein distance of two words, in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
