package scenarios

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// traceColumns are the columns of a trace.
var traceColumns = []string{"time", "user", "action", "flow", "product", "environment", "desktop"}

const (
	traceProblems = 20       // that are told one by one
	tracePeek     = 64 << 10 // bytes in which the header must end
)

// traceOptions says how to read a trace.
type traceOptions struct {
	Columns      map[string]string // trace column → the file's name of it: time → checkout
	Constants    map[string]string // trace column → its value in every row, whatever the file has: action → trigger
	Zone         *time.Location    // of times without one of their own
	Start        time.Time         // the local midnight at which the study starts
	Horizon      clock.Time        // the end of the study, inclusive
	Environments map[string]int    // name → index into Rules.Environments
	Products     map[string]int    // short name → index into Rules.Products
	Catalogue    *catalogue        // finds products by name, SKU part number or GUID
}

// A traceProblem is something wrong with a trace.
type traceProblem struct {
	Line, Col int    // in the file, from 1; 0 where it is not of one row
	Key       string // the trace column it is about, or ""
	Text      string // what is wrong, and what would be right
	Warning   bool   // the trace can be used nevertheless
}

// readTrace reads the CSV of a trace, a row per act. Commas, semicolons or tabs
// separate, as the header has it. Columns are found by name, whatever their case;
// further ones are ignored. Rows may stand in any order: acts are sorted by time,
// those of one instant stay in the order of the file. People are numbered in the
// order of the file. Rows outside the study are left out with a warning.
//
// A trace with any problem but warnings is empty.
func readTrace(r io.Reader, opt traceOptions) (sim.Trace, []traceProblem) {
	t := traceReader{opt: opt, people: map[string]int32{}, words: map[string]productWord{}}
	t.read(r)
	if t.errors > traceProblems {
		t.problems = append(t.problems, traceProblem{Text: fmt.Sprintf("%d more problems", t.errors-traceProblems)})
	}
	if t.errors > 0 {
		return sim.Trace{}, t.problems
	}
	t.outside("before the start of the study", t.before)
	t.outside("after its end", t.after)
	if len(t.trace.Acts) == 0 {
		t.problems = append(t.problems, traceProblem{Text: "the trace has no row within the study", Warning: true})
	}
	slices.SortStableFunc(t.trace.Acts, func(a, b sim.TraceAct) int { return cmp.Compare(a.At, b.At) })
	return t.trace, t.problems
}

// A traceReader is what is known of a trace while it is read.
type traceReader struct {
	opt           traceOptions
	csv           *csv.Reader
	column        map[string]int // trace column → field
	row           []string
	people        map[string]int32
	words         map[string]productWord
	trace         sim.Trace
	problems      []traceProblem
	errors        int // told or not
	before, after int // rows outside the study
}

// A productWord is what a word in the column product means.
type productWord struct {
	name string // short
	err  string
}

// problem keeps a problem of the present row, if there are not too many yet.
func (t *traceReader) problem(key, format string, args ...any) {
	if t.errors++; t.errors > traceProblems {
		return
	}
	p := traceProblem{Key: key, Text: fmt.Sprintf(format, args...)}
	if field, ok := t.column[key]; ok && field < len(t.row) {
		p.Line, p.Col = t.csv.FieldPos(field)
	} else if len(t.row) > 0 {
		p.Line, p.Col = t.csv.FieldPos(0)
	}
	t.problems = append(t.problems, p)
}

// warn keeps a warning.
func (t *traceReader) warn(key, format string, args ...any) {
	t.problems = append(t.problems, traceProblem{Key: key, Text: fmt.Sprintf(format, args...), Warning: true})
}

// outside warns of rows that were left out.
func (t *traceReader) outside(where string, rows int) {
	if rows > 0 {
		t.warn("time", "%s left out: %s", plural(rows, "row"), where)
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// read reads the whole file.
func (t *traceReader) read(r io.Reader) {
	in := bufio.NewReaderSize(r, tracePeek)
	if bom, _ := in.Peek(3); string(bom) == "\ufeff" {
		in.Discard(3)
	}
	head, _ := in.Peek(tracePeek)
	t.csv = csv.NewReader(in)
	t.csv.Comma = separator(string(head))
	t.csv.ReuseRecord = true
	if !t.header() {
		return
	}
	for {
		var err error
		if t.row, err = t.csv.Read(); err == io.EOF {
			return
		}
		if err != nil && !t.malformed(err) {
			return
		}
		if err == nil {
			t.act()
		}
	}
}

// malformed keeps an error of the CSV and reports whether to read on.
func (t *traceReader) malformed(err error) bool {
	t.row = nil
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		t.problem("", "cannot be read: %v", err)
		return false
	}
	if errors.Is(err, csv.ErrFieldCount) {
		t.problem("", "the row has not as many fields as the header, %d", t.csv.FieldsPerRecord)
	} else {
		t.problem("", `%v: a field with quotation marks in it must be in quotation marks, and they doubled: "a ""b"""`, parse.Err)
	}
	if t.errors <= traceProblems {
		p := &t.problems[len(t.problems)-1]
		p.Line, p.Col = parse.Line, parse.Column
		if errors.Is(err, csv.ErrFieldCount) {
			p.Line, p.Col = parse.StartLine, 1
		}
	}
	return true
}

// separator returns what separates the fields of the header.
func separator(head string) rune {
	head, _, _ = strings.Cut(head, "\n")
	best, most := ',', 0
	for _, s := range ",;\t" {
		if n := strings.Count(head, string(s)); n > most {
			best, most = s, n
		}
	}
	return best
}

// header finds the columns and reports whether the rows can be read.
func (t *traceReader) header() bool {
	row, err := t.csv.Read()
	if err == io.EOF {
		t.problem("", "the file is empty: its first line must name the columns, such as time,user,action,flow")
		return false
	}
	if err != nil {
		t.malformed(err)
		return false
	}
	names := make([]string, len(row))
	for i, name := range row {
		names[i] = strings.ToLower(strings.TrimSpace(name))
	}
	t.column = map[string]int{}
	for _, key := range traceColumns {
		t.find(key, names)
	}
	for _, given := range []map[string]string{t.opt.Columns, t.opt.Constants} {
		for _, key := range slices.Sorted(maps.Keys(given)) {
			if !slices.Contains(traceColumns, key) {
				t.problem("", "a trace has no column %s%s", quote(key), suggest(key, traceColumns))
			}
		}
	}
	for _, key := range []string{"time", "user", "action"} {
		if _, ok := t.column[key]; !ok && t.errors == 0 && t.opt.Constants[key] == "" {
			t.problem("", "the file has no column %s; it has %s", key, list(row))
		}
	}
	return t.errors == 0
}

// find finds the column key among the file's names, unless the scenario gives its value.
func (t *traceReader) find(key string, names []string) {
	name, mapped := t.opt.Columns[key]
	constant, given := t.opt.Constants[key]
	if !mapped {
		name = key
	}
	name = strings.ToLower(strings.TrimSpace(name))
	at := slices.Index(names, name)
	switch {
	case mapped && given:
		t.problem(key, "has both a column of the file, %s, and the value %s for every row: leave one out", quote(name), quote(constant))
	case given && at >= 0:
		t.warn(key, "the file has this column, but every row counts as %s, as the scenario says", quote(constant))
	case given:
	case mapped && at < 0:
		t.problem(key, "the file has no column %s%s", quote(name), suggest(name, names))
	case at >= 0 && slices.Contains(names[at+1:], name):
		t.problem(key, "the file has two columns %s", quote(name))
	case at >= 0:
		t.column[key] = at
	}
}

// get returns the present row's value of a trace column; "" where it has none.
func (t *traceReader) get(key string) string {
	if v, ok := t.opt.Constants[key]; ok {
		return strings.TrimSpace(v)
	}
	if i, ok := t.column[key]; ok {
		return strings.TrimSpace(t.row[i])
	}
	return ""
}

// act reads the present row.
func (t *traceReader) act() {
	act := sim.TraceAct{Environment: -1, Product: -1}
	had := t.errors
	t.time(&act)
	if t.action(&act) {
		t.environment(&act)
	}
	t.desktop(&act)
	user := t.get("user")
	if user == "" {
		t.problem("user", "is empty: write who acts")
	}
	switch {
	case t.errors > had:
	case act.At < 0:
		t.before++
	case act.At > t.opt.Horizon:
		t.after++
	default:
		act.Person = t.person(user)
		t.trace.Acts = append(t.trace.Acts, act)
	}
}

// person returns the index of a person by name.
func (t *traceReader) person(name string) int32 {
	i, ok := t.people[name]
	if !ok {
		name = strings.Clone(name) // the row that it is a part of can go
		i = int32(len(t.trace.People))
		t.people[name] = i
		t.trace.People = append(t.trace.People, name)
	}
	return i
}

func (t *traceReader) time(act *sim.TraceAct) {
	text := t.get("time")
	at, err := parseTraceTime(text, t.opt.Zone)
	if err != nil {
		t.problem("time", "%v", err)
		return
	}
	act.At = since(at, t.opt.Start)
}

// since returns at as clock time from start. Years beyond the range of
// clock.Time are before or after every study.
func since(at, start time.Time) clock.Time {
	switch d := at.Sub(start); d {
	case math.MinInt64:
		return -clock.Never
	case math.MaxInt64:
		return clock.Never
	default:
		return clock.Time(d)
	}
}

// localForms are the forms of local times. A fraction of a second may follow
// seconds.
var localForms = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"}

// parseTraceTime parses an instant, or a local time in zone.
func parseTraceTime(text string, zone *time.Location) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00"} {
		if at, err := time.Parse(form, text); err == nil {
			return at, nil
		}
	}
	for _, form := range localForms {
		if wall, err := time.Parse(form, text); err == nil {
			return localTime(wall, zone)
		}
	}
	return time.Time{}, fmt.Errorf("%s is no time: write it as 2026-03-29 14:05:00, or with its zone as 2026-03-29T14:05:00+02:00", quote(text))
}

// localTime returns the first instant at which clocks in zone show the date and
// time of wall, whose own location is ignored; an error where they never do.
func localTime(wall time.Time, zone *time.Location) (time.Time, error) {
	y, m, d := wall.Date()
	utc := time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	// A day before and a day after, clocks have the two offsets that the time can
	// be in. The greater offset is the earlier instant.
	_, before := utc.Add(-24 * time.Hour).In(zone).Zone()
	_, after := utc.Add(24 * time.Hour).In(zone).Zone()
	for _, offset := range []int{max(before, after), min(before, after)} {
		at := utc.Add(-time.Duration(offset) * time.Second).In(zone)
		if _, has := at.Zone(); has == offset {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s does not exist in %s, where clocks go forward over it", utc.Format("2006-01-02 15:04:05"), zone)
}

// traceWords are the values of the column action: those of people, with or
// without the kind of flow, and the administrator's.
var traceWords = []string{"trigger", "save", "turn-on", "request", "go-premium", "start-trial", "use-rpa", "release", "leave", "assign", "unassign"}

// action sets what is done, and reports whether that is known.
func (t *traceReader) action(act *sim.TraceAct) bool {
	had := t.errors
	word := strings.ToLower(t.get("action"))
	for a := range claim.NumActions {
		if a.String() == word && a != claim.Process && a != claim.Reclaim && a != claim.Lapse {
			act.Action = a
			t.product(act)
			return t.errors == had
		}
	}
	switch word {
	case "trigger", "save", "turn-on":
		t.flow(act, word)
	case "request":
		t.request(act)
	case "":
		t.problem("action", "is empty: write %s", strings.Join(traceWords, ", "))
	default:
		t.problem("action", "%s is no action%s", quote(word), suggest(word, traceWords))
	}
	return t.errors == had
}

// flow completes an act on a flow by the kind of flow.
func (t *traceReader) flow(act *sim.TraceAct, word string) {
	flow := strings.ToLower(t.get("flow"))
	for a := range claim.NumActs {
		if a.Word() == word && a.Flow() == flow {
			act.Action = a
			return
		}
	}
	kinds := []string{"premium", "standard", "attended"}
	if flow == "" {
		t.problem("flow", "is missing: to %s is about a flow, which is %s", word, strings.Join(kinds, ", "))
		return
	}
	t.problem("flow", "%s is no kind of flow%s", quote(flow), suggest(flow, kinds))
}

// request completes a request by the product.
func (t *traceReader) request(act *sim.TraceAct) {
	name, ok := t.productName()
	switch {
	case !ok:
	case name == "premium":
		act.Action = claim.RequestPremium
	case name == "per-user":
		act.Action = claim.RequestPerUser
	case name == "":
		t.problem("product", "is missing: a request is for premium or per-user")
	default:
		t.problem("product", "a request is for premium or per-user, not %s", name)
	}
}

// product sets the product of an act that has one: "" is all products for a
// release. Other acts do not look at the column, which may be about anything.
func (t *traceReader) product(act *sim.TraceAct) {
	if act.Action != claim.Assign && act.Action != claim.Unassign && act.Action != claim.Release {
		return
	}
	name, ok := t.productName()
	if !ok {
		return
	}
	if name == "" {
		if act.Action != claim.Release {
			t.problem("product", "is missing: write the product to %v", act.Action)
		}
		return
	}
	i, ok := t.opt.Products[name]
	if !ok {
		t.problem("product", "the tenant has no product %s; it has %s", name, list(slices.Sorted(maps.Keys(t.opt.Products))))
		return
	}
	act.Product = int16(i)
}

// productName returns the short name that the column product means.
func (t *traceReader) productName() (name string, ok bool) {
	word := t.get("product")
	if word == "" {
		return "", true
	}
	known, ok := t.words[word]
	if !ok {
		known = t.lookup(word)
		t.words[strings.Clone(word)] = known
	}
	if known.err != "" {
		t.problem("product", "%s", known.err)
	}
	return known.name, known.err == ""
}

// lookup finds a product, by a name of the tenant's or in the catalogue.
func (t *traceReader) lookup(word string) productWord {
	if _, ok := t.opt.Products[word]; ok {
		return productWord{name: word}
	}
	p, note, ok := t.opt.Catalogue.lookup(word)
	if !ok {
		return productWord{err: fmt.Sprintf("%s is no product%s", quote(word), suggest(word, t.opt.Catalogue.names()))}
	}
	if note != "" {
		t.warn("product", "%s", note)
	}
	return productWord{name: p.Name}
}

// environment sets where an act happens. An act on a flow that does not say so
// happens in the environment default, or in the only one.
func (t *traceReader) environment(act *sim.TraceAct) {
	name := t.get("environment")
	if name == "" {
		if act.Action.Flow() == "" || len(t.opt.Environments) == 0 {
			return
		}
		name = "default"
		if len(t.opt.Environments) == 1 {
			for only := range t.opt.Environments {
				name = only
			}
		}
	}
	if i, ok := t.opt.Environments[name]; ok {
		act.Environment = int16(i)
		return
	}
	known := slices.Sorted(maps.Keys(t.opt.Environments))
	if t.get("environment") == "" {
		t.problem("environment", "is missing, and there is no environment default: write %s", list(known))
		return
	}
	t.problem("environment", "%s is no environment of the tenant%s", quote(name), suggest(name, known))
}

func (t *traceReader) desktop(act *sim.TraceAct) {
	v, err := parseVersion(t.get("desktop"))
	var bad *valueError
	if errors.As(err, &bad) {
		t.problem("desktop", "%s", bad.Message)
	}
	act.Desktop = v
}
