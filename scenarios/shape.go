package scenarios

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/BurntSushi/toml"

	"seatcast/sim/clock"
	"seatcast/sim/dist"
)

// A checker holds a tree against the specs of its keys: it reports unknown keys
// and wrong values, keeps what right ones mean, and fills in defaults.
type checker struct {
	open     openData
	problems Problems
}

func (c *checker) add(p Problem) { c.problems = append(c.problems, p) }

// check checks n, and all below it.
func (c *checker) check(n *node, s *spec) {
	switch s.kind {
	case isTable:
		if t := n.table(); t == nil {
			c.add(n.problem("must be a table, not %s", n.show()))
		} else {
			c.checkKeys(n, t, s)
		}
	case isNamed, isShares, isFree:
		if n.table() == nil {
			c.add(n.problem("must be a table, not %s", n.show()))
			return
		}
		c.checkEntries(n, s)
	case isPrecision:
		if t := n.table(); t != nil {
			c.checkKeys(n, t, s)
			return
		}
		fallthrough
	default:
		if n.done {
			return // a leaf that variants share is checked once
		}
		n.done = true
		v, err := c.leaf(n, s)
		if err != nil {
			c.add(n.valueProblem(err))
			return
		}
		n.parsed = v
	}
}

// checkKeys checks the keys of a table and adds those that are left out.
func (c *checker) checkKeys(n *node, t table, s *spec) {
	for _, key := range n.names() {
		k := s.find(key)
		if k == nil {
			c.add(t[key].keyProblem("unknown key%s", suggest(key, s.known())))
			continue
		}
		c.check(t[key], k)
	}
	for i := range s.keys {
		k := &s.keys[i]
		if t[k.name] != nil {
			continue
		}
		if k.required {
			c.add(n.keyProblem("%s is missing%s", k.name, k.sample(n.path)))
		} else if d := n.fallback(k); d != nil {
			t[k.name] = d
			c.check(d, k)
		}
	}
}

// sample shows how a key that is missing is written.
func (s *spec) sample(path string) string {
	if path != "" {
		path += "."
	}
	switch {
	case s.example != "":
		return ": write, for example, " + s.name + " = " + s.example
	case s.kind == isNamed:
		return ": write, for example, [" + path + s.name + ".NAME]"
	case s.kind == isTable:
		return ": write [" + path + s.name + "] and its keys"
	}
	return ""
}

// fallback returns what stands for a key that is left out, or nil: its default,
// or an empty table where that is one whose keys can all be left out.
func (n *node) fallback(k *spec) *node {
	d := &node{path: strings.TrimPrefix(n.path+"."+quoteKey(k.name), "."), key: n.key, at: n.key}
	switch {
	case k.kind == isTable && !slices.ContainsFunc(k.keys, func(s spec) bool { return s.required }):
		d.value = table{}
	case k.def != "":
		d.value = literal(k.def)
	default:
		return nil
	}
	if list, ok := d.value.([]any); ok {
		d.value = (&positions{}).weaveList(list, d, nil)
	}
	return d
}

// literal returns the value of a TOML literal that this package wrote.
func literal(s string) any {
	var v map[string]any
	if _, err := toml.Decode("v = "+s, &v); err != nil {
		return nil // and a test would tell
	}
	return v["v"]
}

// checkEntries checks a table whose keys are names.
func (c *checker) checkEntries(n *node, s *spec) {
	for _, key := range n.names() {
		e := n.get(key)
		switch s.kind {
		case isNamed:
			if err := nameError(key); err != nil {
				c.add(e.keyProblem("%v", err))
			}
			c.check(e, s.each)
		case isShares:
			c.check(e, &spec{kind: isNumber, low: 0, high: 1})
		}
	}
}

// nameError says what is wrong with a name. Names stand in the files that are
// written, in messages like northlake/premium, and as keys of random streams.
func nameError(name string) error {
	bad := func(i int, r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && (i == 0 || !strings.ContainsRune(" ._-", r))
	}
	if len(name) == 0 || len(name) > 64 {
		return errors.New("a name has 1 to 64 bytes")
	}
	for i, r := range name {
		if bad(i, r) {
			return fmt.Errorf("%q may not stand there: a name has letters, digits, spaces and . _ -, and begins with a letter or digit", r)
		}
	}
	return nil
}

// leaf returns what the value of n means.
func (c *checker) leaf(n *node, s *spec) (any, error) {
	switch s.kind {
	case isText, isChoice:
		return n.word(s)
	case isFlag:
		if v, ok := n.value.(bool); ok {
			return v, nil
		}
		return nil, fmt.Errorf("must be true or false, not %s", n.show())
	case isInteger, isNumber, isPrecision:
		return n.number(s)
	case isWidth:
		return n.width()
	case isDate, isMoment:
		return n.moment(s)
	case isList:
		return c.list(n, s)
	case isHours:
		return n.hours()
	}
	text, ok := n.value.(string)
	if !ok {
		return nil, fmt.Errorf("must be %s in quotes, not %s", s.noun(), n.show())
	}
	return c.expression(text, s)
}

// expression returns what a value in the language of strings means.
func (c *checker) expression(text string, s *spec) (any, error) {
	switch s.kind {
	case isDuration:
		d, err := parseDuration(text)
		return d, err
	case isDist:
		d, err := parseDist(text, c.open)
		return d, err
	case isRate:
		r, err := parseRate(text)
		return r, err
	case isHabit:
		h, err := parseHabit(text, c.open)
		return h, err
	default:
		a, err := parseAdoption(text, c.open)
		return a, err
	}
}

// noun says what a value of s is.
func (s *spec) noun() string {
	return map[kind]string{isDuration: `a duration such as "90d"`, isDist: `a distribution such as "uniform(0h, 2h)"`,
		isRate: `a rate such as "3/week"`, isHabit: `a rate such as "3/week"`, isAdoption: `a law such as "all-at-start"`}[s.kind]
}

// word returns a string; of a choice, one of the choices.
func (n *node) word(s *spec) (any, error) {
	v, ok := n.value.(string)
	switch {
	case !ok && s.kind == isChoice:
		return nil, fmt.Errorf("must be one of %s in quotes, not %s", strings.Join(s.choices, ", "), n.show())
	case !ok:
		return nil, fmt.Errorf("must be a string in quotes, not %s", n.show())
	case len(v) > maxValue:
		return nil, fmt.Errorf("has %d bytes, the most is %d", len(v), maxValue)
	case s.kind == isChoice && !slices.Contains(s.choices, v):
		return nil, fmt.Errorf("%s is not one of %s%s", quote(v), strings.Join(s.choices, ", "), meant(v, s.choices))
	}
	return v, nil
}

// meant returns the end of a message: the known word that word was meant to be.
func meant(word string, known []string) string {
	if m := nearest(word, known); m != "" {
		return fmt.Sprintf("; did you mean %q?", m)
	}
	return ""
}

// number returns an int of an integer key and a float64 of a number key.
func (n *node) number(s *spec) (any, error) {
	i, isInt := n.value.(int64)
	f, isFloat := n.value.(float64)
	if isInt {
		f = float64(i)
	}
	what := "a number"
	if s.kind == isInteger {
		what = "an integer"
	}
	switch {
	case s.kind == isInteger && !isInt, !isInt && !isFloat:
		return nil, fmt.Errorf("must be %s%s, not %s", what, s.limits(), n.show())
	case !(f >= s.low && f <= s.high):
		return nil, fmt.Errorf("must be %s%s, not %s", what, s.limits(), n.show())
	case len(s.choices) > 0 && !slices.Contains(s.choices, strconv.FormatInt(i, 10)):
		return nil, fmt.Errorf("must be one of %s, not %s", strings.Join(s.choices, ", "), n.show())
	case s.kind == isInteger:
		return int(i), nil
	}
	return f, nil
}

// A width is a number above 0, or a share of a mean.
type width struct {
	value    float64
	relative bool
}

// width returns a width of 12.5 or of "5%".
func (n *node) width() (any, error) {
	var w width
	switch v := n.value.(type) {
	case int64:
		w.value = float64(v)
	case float64:
		w.value = v
	case string:
		number, ok := strings.CutSuffix(strings.TrimSpace(v), "%")
		share, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if ok && err == nil {
			w = width{share / 100, true}
		}
	}
	if !(w.value > 0) || math.IsInf(w.value, 1) || w.relative && w.value > 1 {
		return nil, fmt.Errorf(`must be a number above 0, or a share of the mean such as "5%%", not %s`, n.show())
	}
	return w, nil
}

// limits says which numbers s takes.
func (s *spec) limits() string {
	show := func(f float64) string {
		if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return strconv.FormatInt(int64(f), 10)
		}
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	if s.high >= math.MaxInt64 {
		return " of at least " + show(s.low)
	}
	return " from " + show(s.low) + " to " + show(s.high)
}

// moment returns a local date or time as it is on the wall, in no zone: UTC.
func (n *node) moment(s *spec) (any, error) {
	t, ok := n.value.(time.Time)
	zone := ""
	if ok {
		zone = t.Location().String()
	}
	want := "a date without quotes, such as 2026-03-01"
	if s.kind == isMoment {
		want += ", or a date and time, such as 2026-03-01T09:00:00"
	}
	switch {
	case !ok, zone == "time-local", zone == "datetime-local" && s.kind == isDate:
		return nil, fmt.Errorf("must be %s, not %s", want, n.show())
	case zone != "date-local" && zone != "datetime-local":
		return nil, errors.New("must be a local time without an offset, such as 2026-03-01T09:00:00: times are those of the tenant's zone")
	case t.Year() < minYear || t.Year() > maxYear:
		return nil, fmt.Errorf("the year must be from %d to %d", minYear, maxYear)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), nil
}

// list checks the elements of an array and returns it.
func (c *checker) list(n *node, s *spec) (any, error) {
	elements, ok := n.value.([]*node)
	if !ok {
		return nil, fmt.Errorf("must be an array in brackets, not %s", n.show())
	}
	for _, e := range elements {
		c.check(e, s.each)
	}
	if n := float64(len(elements)); s.high > 0 && (n < s.low || n > s.high) {
		if s.low == s.high {
			return nil, fmt.Errorf("has %g entries, and must have %g", n, s.low)
		}
		return nil, fmt.Errorf("has %g entries; the most is %g", n, s.high)
	}
	return elements, nil
}

// items returns the checked elements of a list.
func items[T any](n *node, key string) []T {
	var all []T
	for _, e := range got[[]*node](n, key) {
		if v, ok := e.parsed.(T); ok {
			all = append(all, v)
		}
	}
	return all
}

// A span is a part of a day, in minutes from its local midnight.
type span struct{ from, to int }

// hours returns spans of "09:00-17:00" or of an array of such.
func (n *node) hours() (any, error) {
	var texts []string
	switch v := n.value.(type) {
	case string:
		texts = []string{v}
	case []*node:
		for _, e := range v {
			text, ok := e.value.(string)
			if !ok {
				return nil, fmt.Errorf(`must be hours such as "09:00-17:00", not %s`, e.show())
			}
			texts = append(texts, text)
		}
	default:
		return nil, fmt.Errorf(`must be hours such as "09:00-17:00", not %s`, n.show())
	}
	var spans []span
	for _, text := range texts {
		s, ok := parseSpan(text)
		if !ok {
			return nil, fmt.Errorf(`%s is no part of a day: write hours such as "09:00-17:00", up to 24:00`, quote(text))
		}
		if len(spans) > 0 && s.from < spans[len(spans)-1].to {
			return nil, fmt.Errorf("%s begins before the hours before it end", quote(text))
		}
		spans = append(spans, s)
	}
	return spans, nil
}

// parseSpan parses 09:00-17:00.
func parseSpan(s string) (span, bool) {
	from, to, _ := strings.Cut(s, "-")
	a, okA := parseClock(strings.TrimSpace(from))
	b, okB := parseClock(strings.TrimSpace(to))
	return span{a, b}, okA && okB && a < b
}

// parseClock parses 09:00, up to 24:00, to minutes.
func parseClock(s string) (int, bool) {
	h, m, ok := strings.Cut(s, ":")
	hours, err := strconv.ParseUint(h, 10, 8)
	minutes, err2 := strconv.ParseUint(m, 10, 8)
	t := int(hours)*60 + int(minutes)
	return t, ok && len(m) == 2 && err == nil && err2 == nil && minutes < 60 && t <= 24*60
}

// valueProblem returns the problem of a value; that of a string points into it.
func (n *node) valueProblem(err error) Problem {
	p := n.problem("%v", err)
	var in *valueError
	if errors.As(err, &in) {
		p.Text = in.Message
		if s, ok := n.value.(string); ok && p.Line > 0 && !strings.ContainsAny(s, "\"'\\\n\t") {
			p.Col += in.Column // the quotation mark is one
		}
	}
	return p
}

// show returns a value for a message.
func (n *node) show() string {
	switch v := n.value.(type) {
	case table:
		return "a table"
	case []*node:
		return "an array"
	case string:
		return "the string " + quote(v)
	case time.Time:
		return "a date or time"
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case map[string]any, []any, []map[string]any, nil:
		return "an array or a table"
	}
	return fmt.Sprint(n.value)
}

// constant reports whether nothing is drawn from d. A distribution that is
// missing counts as such.
func constant(d dist.Dist) bool {
	return d == nil || d.Quantile(1e-9) == d.Max()
}

// ticks returns the checked duration of a key.
func ticks(n *node, key string) clock.Time { return got[clock.Time](n, key) }
