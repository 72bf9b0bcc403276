package scenarios

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/dist"
)

// The values of a scenario that TOML has no type for are written as strings in
// one small language: names, durations (1d12h), rates (3/week), numbers (0.6,
// 60%), and calls of them, name(value, key=value, …), which may be nested.
const (
	maxValue = 4096 // characters of a value: far more than any sensible one has
	maxDepth = 8    // calls within calls
	maxWord  = 64   // characters of a word that nearest looks at

	// maxDuration keeps sums of durations far from the range of clock.Time, 292 years.
	maxDuration = 36500 * clock.Day
)

// A valueError says what is wrong with a value written as a string. Column
// counts the characters of the string from 1.
type valueError struct {
	Column  int
	Message string
}

func (e *valueError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Message) }

// An openData returns the data file that an empirical(FILE) or posterior(FILE)
// names.
type openData func(name string) ([]byte, error)

// parseDuration parses a duration from 0 to 100 years: 45s, 30m, 2h, 1d12h, 2w.
func parseDuration(s string) (clock.Time, error) {
	e, err := parseExpr(s)
	if err != nil {
		return 0, err
	}
	return e.duration()
}

// parseRate parses a rate, as acts per tick: 3/week, 0.4/day, 1%/month. A month
// is a twelfth of a year and a year 365 days, so that a rate does not depend on
// the calendar; 1% counts as 0.01. The most is one per second.
func parseRate(s string) (perTick float64, err error) {
	e, err := parseExpr(s)
	if err != nil {
		return 0, err
	}
	return e.rate()
}

// parseDist parses the distribution of a duration: a duration alone, or one of distForms.
func parseDist(s string, open openData) (dist.Dist, error) {
	e, err := parseExpr(s)
	if err != nil {
		return nil, err
	}
	return e.dist(open)
}

// parseHabit parses how often a person acts: a rate alone; gamma(mean=RATE,
// shape=NUMBER), a rate that differs between people, whose shape is spread;
// every(DIST), a renewal process with these gaps, whose rate is 0; or
// posterior(FILE), one of the gamma laws of a file in each replication.
func parseHabit(s string, open openData) (h behave.Habit, err error) {
	e, err := parseExpr(s)
	if err != nil {
		return h, err
	}
	if !e.call {
		h.Rate, err = e.rate()
		return h, err
	}
	a := e.bind(habitForms, "a rate")
	switch a.form.name {
	case "gamma":
		h.Rate, h.Spread = a.rate("mean"), a.positive("shape")
		a.made(dist.Gamma(h.Spread, 1)) // what a run will make of it, rate by rate
	case "every":
		h.Gap = a.gap(open)
	case "posterior":
		h.Draws = a.habits(open)
	}
	if a.err != nil {
		return behave.Habit{}, a.err
	}
	return h, nil
}

// An adoption is the law of the time at which a person begins to act. Of a posterior,
// without may name a product: who holds it on day one has begun, and the law is of the
// others.
type adoption struct {
	behave.Adoption
	without string
}

// parseAdoption parses an adoption: a distribution, or one of adoptionForms. Every one
// but a posterior takes ceiling, the share of people who ever adopt.
func parseAdoption(s string, open openData) (adoption, error) {
	e, err := parseExpr(s)
	if err != nil {
		return adoption{}, err
	}
	all := behave.Adoption{Law: behave.AtStart, Ceiling: 1}
	if !e.call && e.text == "all-at-start" {
		return adoption{Adoption: all}, nil
	}
	if !e.call {
		if d := e.text[0]; d >= 'a' && d <= 'z' {
			return adoption{}, e.unknown(adoptionForms, "an adoption")
		}
		d, err := e.dist(open)
		return adoption{Adoption: behave.Adoption{Law: behave.FromDist, Ceiling: 1, Dist: d}}, err
	}
	a := e.bind(adoptionForms, "an adoption")
	law := adoption{Adoption: a.adoption(open), without: a.at["without"].text}
	a.require(!a.at["without"].call, "without", "%s is no name of a product", quote(law.without))
	if a.err != nil {
		return adoption{}, a.err
	}
	return law, nil
}

// parseVersion parses a version of Power Automate for desktop. "" is the zero
// Version: not installed. Parts beyond Major.Minor are builds of one version.
func parseVersion(s string) (claim.Version, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return claim.Version{}, nil
	}
	bad := &valueError{1, fmt.Sprintf(`%s is no version: write Major.Minor, such as 2.43, or "" where it is not installed`, quote(s))}
	parts := strings.Split(s, ".")
	if len(parts) < 2 {
		return claim.Version{}, bad
	}
	var numbers []int
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return claim.Version{}, bad
		}
		numbers = append(numbers, int(n))
	}
	v := claim.Version{Major: numbers[0], Minor: numbers[1]}
	if v == (claim.Version{}) {
		return v, bad
	}
	return v, nil
}

// readSample reads what an empirical(FILE) names: one duration, or number of
// days, per line or in the first column of a CSV file. A first line that holds
// neither is a header. The sample is in ticks.
func readSample(r io.Reader) ([]float64, error) {
	var sample []float64
	lines := bufio.NewScanner(r)
	header := true
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if n == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if i := strings.IndexAny(text, ",;\t"); i >= 0 {
			text = text[:i]
		}
		text = strings.Trim(strings.TrimSpace(text), `"`)
		if text == "" {
			continue
		}
		ticks, err := sampleValue(text)
		if err != nil && !header {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if err == nil {
			sample = append(sample, ticks)
		}
		header = false
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(sample) == 0 {
		return nil, fmt.Errorf("no duration or number of days in the first column of any line")
	}
	return sample, nil
}

// sampleValue parses a duration or a number of days.
func sampleValue(text string) (float64, error) {
	if t, err := parseDuration(text); err == nil {
		return float64(t), nil
	}
	days, ok := decimal(text)
	if !ok || days < 0 || days > maxDuration.Days() {
		return 0, fmt.Errorf("%s is neither a duration such as 36h nor a number of days from 0 to %g", quote(text), maxDuration.Days())
	}
	return math.Round(days * float64(clock.Day)), nil
}

// An expr is a value as written: a text, or a call of it.
type expr struct {
	column int
	text   string
	call   bool
	args   []arg
}

// An arg is an argument of a call; key is "" where it is given by its place.
type arg struct {
	key   string
	value expr
}

func (e expr) errorf(format string, args ...any) error {
	return &valueError{e.column, fmt.Sprintf(format, args...)}
}

// A parser reads an expr; it stands at byte at of src.
type parser struct {
	src       string
	at, depth int
}

// parseExpr parses the whole of s.
func parseExpr(s string) (expr, error) {
	if n := utf8.RuneCountInString(s); n > maxValue {
		return expr{}, &valueError{1, fmt.Sprintf("the value has %d characters, the most is %d", n, maxValue)}
	}
	p := &parser{src: s}
	e, err := p.expr()
	if err == nil && p.at < len(s) {
		err = p.errorf("%s is too much: the value ends before it", quote(s[p.at:]))
	}
	return e, err
}

// errorf returns an error at the place where the parser stands.
func (p *parser) errorf(format string, args ...any) error {
	return &valueError{utf8.RuneCountInString(p.src[:p.at]) + 1, fmt.Sprintf(format, args...)}
}

// expr parses a text, or a call, and the space around it.
func (p *parser) expr() (expr, error) {
	p.space()
	text := p.src[p.at:]
	if i := strings.IndexAny(text, "(),="); i >= 0 {
		text = text[:i]
	}
	e := expr{column: utf8.RuneCountInString(p.src[:p.at]) + 1, text: strings.TrimSpace(text)}
	if e.text == "" {
		return e, p.errorf("a value is missing")
	}
	p.at += len(text)
	if p.next() != '(' {
		return e, nil
	}
	e.call = true
	if p.depth++; p.depth > maxDepth {
		return e, p.errorf("calls are nested more than %d deep", maxDepth)
	}
	err := p.args(&e)
	p.depth--
	return e, err
}

// args parses the arguments of e, from the opening parenthesis on.
func (p *parser) args(e *expr) error {
	open := *p
	p.at++
	if p.space(); p.next() == ')' {
		p.at++
		p.space()
		return nil
	}
	for {
		value, err := p.expr()
		if err != nil {
			return err
		}
		key := ""
		if p.next() == '=' && !value.call {
			p.at++
			key = value.text
			if value, err = p.expr(); err != nil {
				return err
			}
		}
		e.args = append(e.args, arg{key, value})
		switch p.next() {
		case ',':
			p.at++
		case ')':
			p.at++
			p.space()
			return nil
		case 0:
			return open.errorf("the parenthesis is not closed")
		default:
			return p.errorf("%s stands where , or ) must", quote(p.src[p.at:]))
		}
	}
}

// next returns the byte where the parser stands, 0 at the end.
func (p *parser) next() byte {
	if p.at == len(p.src) {
		return 0
	}
	return p.src[p.at]
}

func (p *parser) space() {
	p.at = len(p.src) - len(strings.TrimLeft(p.src[p.at:], " \t\r\n"))
}

// units are the units of durations, by falling length.
var units = []struct {
	name  string
	ticks clock.Time
}{{"w", clock.Week}, {"d", clock.Day}, {"h", clock.Hour}, {"m", clock.Minute}, {"s", clock.Second}}

// duration returns e as a duration of at least 0.
func (e expr) duration() (clock.Time, error) {
	t, err := e.offset()
	if err == nil && t < 0 {
		err = e.errorf("%s is less than 0h", quote(e.text))
	}
	return t, err
}

// offset returns e as a duration that may be negative.
func (e expr) offset() (clock.Time, error) {
	rest, sign := e.text, 1.0
	if r, ok := strings.CutPrefix(rest, "-"); ok {
		rest, sign = r, -1
	}
	if e.call || rest == "" {
		return 0, e.errorf("%s is no duration: write one such as 30m, 2h, 90d or 1d12h", quote(e.text))
	}
	sum, unit := 0.0, 0
	for rest != "" {
		digits := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if digits < 0 {
			return 0, e.errorf("%s has no unit: write %ss, %sm, %sh, %sd or %sw", quote(e.text), rest, rest, rest, rest, rest)
		}
		n, ok := decimal(rest[:digits])
		if !ok {
			return 0, e.errorf("%s is no duration: write one such as 30m, 2h, 90d or 1d12h", quote(e.text))
		}
		rest = rest[digits:]
		for unit < len(units) && units[unit].name != rest[:1] {
			unit++
		}
		if unit == len(units) {
			return 0, e.errorf("%s is no duration: its units are w, d, h, m and s, each once and the longer ones first; a year is 365d", quote(e.text))
		}
		sum += math.Round(n * float64(units[unit].ticks))
		rest, unit = strings.TrimLeft(rest[1:], " "), unit+1
	}
	if sum > float64(maxDuration) {
		return 0, e.errorf("%s is more than %gd, 100 years", quote(e.text), maxDuration.Days())
	}
	return clock.Time(sign * sum), nil
}

// periods are what a rate may be per. A year is 365 days, a month a twelfth of it.
var periods = map[string]clock.Time{
	"second": clock.Second, "minute": clock.Minute, "hour": clock.Hour, "day": clock.Day,
	"week": clock.Week, "month": 365 * clock.Day / 12, "year": 365 * clock.Day,
}

var periodNames = []string{"second", "minute", "hour", "day", "week", "month", "year"}

// rate returns e as a rate per tick.
func (e expr) rate() (float64, error) {
	count, period, ok := strings.Cut(e.text, "/")
	if e.call || !ok {
		return 0, e.errorf("%s is no rate: write one such as 3/week, 0.4/day or 1%%/month", quote(e.text))
	}
	period = strings.TrimSpace(period)
	ticks, ok := periods[period]
	if !ok {
		return 0, e.errorf("a rate is not per %s%s", quote(period), suggest(period, periodNames))
	}
	n, err := expr{column: e.column, text: strings.TrimSpace(count)}.number()
	if err != nil {
		return 0, err
	}
	rate := n / float64(ticks)
	if n < 0 || rate > 1/float64(clock.Second) {
		return 0, e.errorf("%s is not between 0 and 1/second", quote(e.text))
	}
	return rate, nil
}

// number returns e as a number; 60% is 0.6.
func (e expr) number() (float64, error) {
	text, percent := strings.CutSuffix(e.text, "%")
	n, ok := decimal(text)
	if e.call || !ok {
		return 0, e.errorf("%s is no number", quote(e.text))
	}
	if percent {
		n /= 100
	}
	return n, nil
}

// decimal parses a finite decimal number: none of the other forms that strconv knows.
func decimal(text string) (float64, bool) {
	if strings.Trim(text, "0123456789.eE+-") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// dist returns e as the distribution of a duration.
func (e expr) dist(open openData) (dist.Dist, error) {
	if e.call {
		a := e.bind(distForms, "a distribution")
		d := a.dist(open)
		return d, a.err
	}
	if d := e.text[0]; d >= 'a' && d <= 'z' {
		return nil, e.unknown(distForms, "a distribution")
	}
	t, err := e.duration()
	if err != nil {
		return nil, err
	}
	return dist.Constant(float64(t))
}

// A form is a function of the language. Arguments in places may also be given
// by key; the others only by key, the optional ones or not.
type form struct {
	name             string
	places           []string
	keyed, optionals []string
}

// String returns f as it is to be written: lognormal(median=…, p95=…).
func (f form) String() string {
	words := append([]string(nil), f.places...)
	for _, k := range f.keyed {
		words = append(words, k+"=…")
	}
	return f.name + "(" + strings.Join(words, ", ") + ")"
}

// distForms are the distributions of a duration.
var distForms = []form{
	{name: "uniform", places: []string{"a", "b"}},
	{name: "exp", places: []string{"mean"}},
	{name: "triangular", places: []string{"a", "mode", "b"}},
	{name: "lognormal", keyed: []string{"median", "p95"}},
	{name: "weibull", keyed: []string{"shape", "scale"}},
	{name: "gamma", keyed: []string{"shape", "mean"}},
	{name: "empirical", places: []string{"FILE"}},
}

// habitForms are the ways of acting again and again.
var habitForms = []form{
	{name: "gamma", keyed: []string{"mean", "shape"}},
	{name: "every", places: []string{"DISTRIBUTION"}},
	{name: "posterior", places: []string{"FILE"}},
}

// adoptionForms are the laws of adoption: the distributions and the curves of diffusion.
var adoptionForms = func() []form {
	forms := append([]form{{name: "all-at-start"}}, distForms...)
	forms = append(forms,
		form{name: "logistic", keyed: []string{"mid", "scale"}},
		form{name: "gompertz", keyed: []string{"mid", "scale"}},
		form{name: "bass", keyed: []string{"p", "q"}},
		form{name: "contagion", keyed: []string{"p", "q"}})
	for i := range forms {
		forms[i].optionals = []string{"ceiling"}
	}
	return append(forms, form{name: "posterior", places: []string{"FILE"}, optionals: []string{"without"}})
}()

// unknown returns the error of a name that is none of forms.
func (e expr) unknown(forms []form, what string) error {
	names := make([]string, len(forms))
	for i, f := range forms {
		if names[i] = f.name; f.name == e.text {
			return e.errorf("%s lacks its arguments: write %v", e.text, f)
		}
	}
	return e.errorf("%s is not %s%s", quote(e.text), what, suggest(e.text, names))
}

// A bound is a call whose arguments stand by name. The first error sticks, and
// everything read after it is zero.
type bound struct {
	expr
	form form
	at   map[string]expr
	err  error
}

// bind finds the form that e calls and puts its arguments to their names. what
// says what is wanted.
func (e expr) bind(forms []form, what string) *bound {
	a := &bound{expr: e, at: map[string]expr{}}
	for _, f := range forms {
		if f.name == e.text {
			a.form = f
		}
	}
	if a.form.name == "" {
		a.err = e.unknown(forms, what)
		return a
	}
	for i, given := range e.args {
		a.bindArg(i, given)
	}
	for _, name := range append(a.form.places, a.form.keyed...) {
		if _, ok := a.at[name]; !ok {
			a.fail(e, "%s needs %s: write %v", e.text, name, a.form)
		}
	}
	return a
}

// bindArg binds the argument at place i.
func (a *bound) bindArg(i int, given arg) {
	names := append(append(append([]string(nil), a.form.places...), a.form.keyed...), a.form.optionals...)
	name := given.key
	if name == "" {
		if i >= len(a.form.places) {
			a.fail(given.value, "%s is too much, or lacks its name: write %v", quote(given.value.text), a.form)
			return
		}
		name = a.form.places[i]
	}
	known := false
	for _, n := range names {
		known = known || n == name
	}
	if !known {
		a.fail(given.value, "%s takes no %s%s", a.form.name, quote(name), suggest(name, names))
		return
	}
	if _, twice := a.at[name]; twice {
		a.fail(given.value, "%s is given twice", name)
	}
	a.at[name] = given.value
}

// fail keeps the first error.
func (a *bound) fail(at expr, format string, args ...any) {
	if a.err == nil {
		a.err = at.errorf(format, args...)
	}
}

// require fails at the argument name where ok is false.
func (a *bound) require(ok bool, name, format string, args ...any) {
	if !ok {
		a.fail(a.at[name], format, args...)
	}
}

// read reads an argument by a method of expr, and is zero after an error.
func read[T any](a *bound, name string, get func(expr) (T, error)) (v T) {
	if a.err != nil {
		return v
	}
	got, err := get(a.at[name])
	if err != nil {
		a.err = err
		return v
	}
	return got
}

func (a *bound) duration(name string) float64 { return float64(read(a, name, expr.duration)) }
func (a *bound) offset(name string) float64   { return float64(read(a, name, expr.offset)) }
func (a *bound) rate(name string) float64     { return read(a, name, expr.rate) }

// span reads a duration above 0.
func (a *bound) span(name string) float64 {
	d := a.duration(name)
	a.require(d > 0, name, "%s must be more than 0h", name)
	return d
}

// positive reads a number above 0.
func (a *bound) positive(name string) float64 {
	n := read(a, name, expr.number)
	a.require(n > 0, name, "%s must be more than 0", name)
	return n
}

// made keeps the error of making a distribution.
func (a *bound) made(d dist.Dist, err error) dist.Dist {
	if a.err != nil {
		return nil
	}
	if err != nil {
		a.err = a.errorf("%v", err)
		return nil
	}
	return d
}

// dist makes the distribution that a calls.
func (a *bound) dist(open openData) dist.Dist {
	switch a.form.name {
	case "uniform":
		lo, hi := a.duration("a"), a.duration("b")
		a.require(lo <= hi, "b", "b must not be less than a")
		return a.made(dist.Uniform(lo, hi))
	case "exp":
		return a.made(dist.Exponential(a.span("mean")))
	case "triangular":
		lo, mode, hi := a.duration("a"), a.duration("mode"), a.duration("b")
		a.require(lo <= mode && mode <= hi, "mode", "the mode must lie between a and b")
		return a.made(dist.Triangular(lo, mode, hi))
	case "lognormal":
		median, p95 := a.span("median"), a.duration("p95")
		a.require(p95 > median, "p95", "p95 must be more than the median")
		return a.made(dist.LogNormal(median, p95))
	case "weibull":
		return a.made(dist.Weibull(a.positive("shape"), a.span("scale")))
	case "gamma":
		return a.made(dist.Gamma(a.positive("shape"), a.span("mean")))
	case "empirical":
		return a.empirical(open)
	}
	return nil
}

// file reads the file that a call names, and reports whether it could.
func (a *bound) file(open openData) (name expr, data []byte, ok bool) {
	name = a.at["FILE"]
	a.require(!name.call, "FILE", "%s is no name of a file", quote(name.text))
	a.require(open != nil, "FILE", "no file can be read here")
	if a.err != nil {
		return name, nil, false
	}
	data, err := open(name.text)
	if err != nil {
		a.fail(name, "%v", err)
	}
	return name, data, err == nil
}

// empirical makes the distribution of a sample.
func (a *bound) empirical(open openData) dist.Dist {
	file, data, ok := a.file(open)
	if !ok {
		return nil
	}
	sample, err := readSample(bytes.NewReader(data))
	if err != nil {
		a.fail(file, "%s: %v", file.text, err)
		return nil
	}
	return a.made(dist.Empirical(sample))
}

// gap makes the law of the gaps of a renewal process, whose mean must be enough
// for the acts of a year to be counted.
func (a *bound) gap(open openData) dist.Dist {
	gap := read(a, "DISTRIBUTION", func(e expr) (dist.Dist, error) { return e.dist(open) })
	if a.err == nil {
		mean := gap.Mean()
		a.require(mean >= float64(clock.Second) && mean <= math.MaxFloat64, "DISTRIBUTION", "the mean of the gaps must be at least 1s and finite")
	}
	return gap
}

// adoption makes the law that a calls.
func (a *bound) adoption(open openData) behave.Adoption {
	law := behave.Adoption{Ceiling: 1}
	if _, ok := a.at["ceiling"]; ok {
		law.Ceiling = read(a, "ceiling", expr.number)
		a.require(law.Ceiling >= 0 && law.Ceiling <= 1, "ceiling", "ceiling is a share of people: from 0 to 1")
	}
	switch a.form.name {
	case "all-at-start":
		law.Law = behave.AtStart
	case "logistic", "gompertz":
		law.Law = behave.Logistic
		if a.form.name == "gompertz" {
			law.Law = behave.Gompertz
		}
		law.Mid, law.Scale = a.offset("mid"), a.span("scale")
	case "bass", "contagion":
		law.Law = behave.Bass
		if a.form.name == "contagion" {
			law.Law = behave.Contagion
		}
		law.P, law.Q = a.rate("p"), a.rate("q")
		a.require(law.P > 0, "p", "p must be more than 0, for with nobody to begin nobody ever adopts")
	case "posterior":
		law.Draws = a.posterior(open)
	default:
		law.Law, law.Dist = behave.FromDist, a.dist(open)
	}
	return law
}

// quote returns the beginning of s in quotation marks, for a message.
func quote(s string) string {
	if r := []rune(s[:min(len(s), 4*40)]); len(r) > 40 || len(s) > 4*40 {
		s = string(r[:min(len(r), 40)]) + "…"
	}
	return strconv.Quote(s)
}

// suggest returns the end of a message about an unknown word: the word that was
// meant, or all the words there are.
func suggest(word string, known []string) string {
	if n := nearest(word, known); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	if len(known) == 0 {
		return ""
	}
	return "; there is " + list(known)
}

// list joins words for a message, no more of them than can be read.
func list(words []string) string {
	const most = 20
	if len(words) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), len(words)-most)
	}
	return strings.Join(words, ", ")
}

// nearest returns the known word that word was most likely meant to be, the
// first of equals, or "" where none is near: a third of its letters, or one of
// two or three, may be wrong, missing, too many or swapped with a neighbour.
func nearest(word string, known []string) string {
	letters := utf8.RuneCountInString(word)
	if len(word) > maxWord || letters < 2 {
		return ""
	}
	best, least := "", math.MaxInt
	for _, k := range known {
		if d := distance(fold(word), fold(k)); d < least {
			best, least = k, d
		}
	}
	if least > max(1, letters/3) {
		return ""
	}
	return best
}

// fold makes words equal that differ in what people mix up.
func fold(s string) []rune {
	return []rune(strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(s)))
}

// distance is the optimal string alignment distance: edits and swaps of
// neighbours, none twice in a place (Damerau 1964).
func distance(a, b []rune) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
