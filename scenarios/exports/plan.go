package exports

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Names of the files that an import leaves behind.
const (
	ScenarioFile = "scenario.toml"
	HistoryFile  = "history.csv"
	PeopleFile   = "people.csv"
	TraceFile    = "trace.csv"
)

// The days of the study where it is no replay, and the most that it may have.
const (
	studyDays = 365
	mostDays  = 3660
)

// A plan is the scenario that is to be written.
type plan struct {
	*tenant
	name         string
	start        day
	startWhy     string
	days         int
	replay       bool
	pools        []*pool
	main         string // the product that the past is of
	past         *history
	environments []*environment // that people act in, or that matter to policies
	merged       int            // that stand for others
	makers       int            // people who were seen at work on premium flows
	standard     int            // and on standard ones alone
	others       int            // of the export of users
	populations  []part         // that have been written, parted by groups
	strangers    int            // seen at work, and not in the export of users
	doc          document
}

// compose makes the scenario and the files beside it.
func (t *tenant) compose() (*Import, error) {
	p := &plan{tenant: t, main: claimable[t.mainIndex()]}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	p.write()
	files := []File{{ScenarioFile, func(w io.Writer) error { _, err := w.Write(p.doc.Bytes()); return err }}}
	if p.past != nil {
		files = append(files, File{HistoryFile, p.past.write})
	}
	if len(t.sessions.rows) > 0 {
		files = append(files, File{PeopleFile, func(w io.Writer) error { return t.sessions.writePeople(w, t) }})
	}
	if p.replay {
		files = append(files, File{TraceFile, func(w io.Writer) error { return t.sessions.writeTrace(w, t.zone) }})
	}
	report := t.report.Report
	if report.more > 0 {
		report.Warnings = append(report.Warnings, fmt.Sprintf("%d more warnings", report.more))
	}
	made := &Import{Report: report, Files: files, Open: !t.people.listed.known && !p.replay}
	if p.replay {
		made.After = (dayOf(t.sessions.last.value.In(t.zone)) + 1).String()
	}
	return made, nil
}

// prepare settles all that the parts of the scenario share.
func (p *plan) prepare() error {
	t := p.tenant
	p.name = cmp.Or(t.opt.Tenant, slug(t.name.value), "tenant")
	if err := p.when(); err != nil {
		return err
	}
	t.settleGroups()
	for _, product := range claimable {
		if t.mentions(product) || product == p.main {
			p.pools = append(p.pools, t.pool(product))
		}
	}
	p.past = t.history(p.main)
	held := len(t.people.all)
	for _, pool := range p.pools {
		held += pool.consumed.value
		if held > maxUnits {
			return Problems{fmt.Sprintf("%s: with the holders of %s there are %d people, more than the %d that a scenario may have", pool.consumed.at, pool.product, held, maxUnits)}
		}
	}
	for k := range t.people.all {
		switch q := &t.people.all[k]; {
		case q.disabled:
		case q.active && t.people.listed.known && !q.listed:
			p.strangers++
		case q.active && q.premium:
			p.makers++
		case q.active:
			p.standard++
		case q.listed:
			p.others++
		}
	}
	if p.strangers > 0 {
		t.report.warn("%s who own or run flows are not in the export of users (%s), and left out: they have left, are known there by another name, or the export is not whole",
			persons(p.strangers), t.people.listed.at)
	}
	p.chooseEnvironments()
	p.checkPast()
	return nil
}

// checkPast says what the history is made of, and holds it against the seats that
// are held.
func (p *plan) checkPast() {
	if p.past == nil {
		return
	}
	r := p.report
	r.assume("%s is of %s: %s, up to %s", HistoryFile, p.main, p.past.of, p.past.until)
	if p.past.undated > 0 {
		r.assume("%s whose licence has no date held it from the first day of %s", persons(p.past.undated), HistoryFile)
	}
	if p.past.partly {
		r.assume("days that the series does not have are left out of %s", HistoryFile)
	}
	for _, pool := range p.pools {
		if pool.product == p.main && pool.consumed.known && pool.consumed.value != p.past.present() {
			r.warn("%s ends with %s, by %s, and %s has %d seats of %s held: exports of different days, or not whole",
				HistoryFile, plural(p.past.present(), "holder"), p.past.until, pool.consumed.at, pool.consumed.value, p.main)
		}
	}
}

func persons(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// when settles the days of the study: those of the log where one is replayed, and
// else a year from the day after the last observation.
func (p *plan) when() error {
	t := p.tenant
	last, why, at := day(-1), "", Place{}
	if t.latest.known {
		last, why, at = dayOf(t.latest.value.In(t.zone)), "the day after the last observation, "+t.latest.at.short(), t.latest.at
	}
	for d, f := range t.series {
		if d > last {
			last, why, at = d, "the day after the last row of the series, "+f.at.short(), f.at
		}
	}
	log := len(t.sessions.rows) > 0
	var from, until day
	if log {
		if from, until = dayOf(t.sessions.first.value.In(t.zone)), dayOf(t.sessions.last.value.In(t.zone)); until > last {
			at = t.sessions.last.at
		}
	}
	if today := dayOf(t.opt.Today); !t.opt.Today.IsZero() && max(last, until) > today+1 {
		t.report.warn("the last observation is of %s, which is in the future: correct the date if it is mistyped (%s)",
			max(last, until), at.short())
	}
	switch {
	case !t.opt.Start.IsZero():
		p.start, p.startWhy = dayOf(t.opt.Start), "as given with --start"
	case log && last <= until:
		p.start, p.startWhy = from, "the first day of the sessions, "+t.sessions.first.at.short()
	case last >= 0:
		p.start, p.startWhy = last+1, why
	case !t.opt.Today.IsZero():
		p.start, p.startWhy = dayOf(t.opt.Today), "the day of the import, as no export has a date"
	default:
		return Problems{"no export has a date of observation: give the first day of the study with --start"}
	}
	p.days = studyDays
	if p.replay = log && p.start <= until; p.replay {
		p.days = min(int(until-p.start)+1, mostDays)
	}
	if p.replay && !t.opt.KeepNames && len(t.opt.Key) == 0 {
		return Problems{fmt.Sprintf("%s: a trace of the sessions would tell who worked when: give a key with --pseudonyms KEYFILE, or --keep-names, or begin after the log with --start %s",
			t.sessions.first.at.File, until+1)}
	}
	return nil
}

var notName = regexp.MustCompile(`[^\pL\pN._-]+`)

// slug returns a text as a name of a scenario; "" where nothing is left of it.
func slug(s string) string {
	s = strings.Trim(notName.ReplaceAllString(strings.ToLower(s), "-"), "-._")
	for len(s) > 40 {
		r := []rune(s)
		s = strings.TrimRight(string(r[:len(r)-1]), "-._")
	}
	return s
}

// mostEnvironments is how many environments are written; the rest is put together.
const mostEnvironments = 40

// weight is how much goes on in an environment.
func (e *environment) weight(byFlows bool) int {
	if byFlows {
		return e.flows
	}
	return e.requests
}

// byFlows reports whether flows tell where people act; if not, requests do.
func (p *plan) byFlows() bool {
	return slices.ContainsFunc(p.environments, func(e *environment) bool { return e.flows > 0 })
}

// chooseEnvironments keeps the environments in which something goes on, the
// busiest first; all of them where that is not known. A managed one is kept in any
// case: that there is one makes the service create a policy.
func (p *plan) chooseEnvironments() {
	for _, key := range sortedKeys(p.tenant.environments) {
		p.environments = append(p.environments, p.tenant.environments[key])
	}
	byFlows := p.byFlows()
	busy := slices.DeleteFunc(slices.Clone(p.environments), func(e *environment) bool { return e.weight(byFlows) == 0 })
	managed := func(e *environment) bool { return e.managed }
	if len(busy) > 0 {
		if i := slices.IndexFunc(p.environments, managed); i >= 0 && !slices.ContainsFunc(busy, managed) {
			busy = append(busy, p.environments[i])
		}
		p.environments = busy
	}
	slices.SortStableFunc(p.environments, func(a, b *environment) int { return cmp.Compare(b.weight(byFlows), a.weight(byFlows)) })
	if len(p.environments) <= mostEnvironments {
		return
	}
	rest := map[bool]*environment{}
	for _, e := range p.environments[mostEnvironments-2:] {
		r := rest[e.managed]
		if r == nil {
			name := "others"
			if e.managed {
				name = "others-managed"
			}
			r = &environment{name: name, managed: e.managed, listed: true, at: e.at}
			rest[e.managed] = r
		}
		r.flows, r.requests = r.flows+e.flows, r.requests+e.requests
		p.merged++
	}
	p.environments = p.environments[:mostEnvironments-2]
	for _, managed := range []bool{false, true} {
		if rest[managed] != nil {
			p.environments = append(p.environments, rest[managed])
		}
	}
}

// A document is TOML that is being written.
type document struct{ bytes.Buffer }

// note writes a comment, in lines that can be read.
func (d *document) note(format string, args ...any) {
	const width = 110
	line := "#"
	for _, word := range strings.Fields(clean(fmt.Sprintf(format, args...))) {
		if len(line)+1+len(word) > width && line != "#" {
			d.WriteString(line + "\n")
			line = "#  "
		}
		line += " " + word
	}
	d.WriteString(line + "\n")
}

// table begins a table, by the parts of its name.
func (d *document) table(parts ...string) {
	for i, p := range parts {
		parts[i] = bare(p)
	}
	d.WriteString("\n[" + strings.Join(parts, ".") + "]\n")
}

// set writes a key, which may be dotted. Why is where the value comes from.
func (d *document) set(key, value, why string) {
	line := key + " = " + value
	why = clean(why)
	if len(line)+len(why) > 150 {
		d.note("%s", why)
		why = ""
	}
	if why != "" {
		line += " # " + why
	}
	d.WriteString(line + "\n")
}

// clean makes one line of a text that others wrote parts of.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// bare returns a key as TOML has it.
func bare(key string) string {
	if bareKey.MatchString(key) {
		return key
	}
	return quoted(key)
}

// quoted returns a string as TOML has it. Only what may stand in names and file
// names gets here.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(clean(s)) + `"`
}

// assumed keeps an assumption, and returns it for a comment.
func (p *plan) assumed(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	p.report.assume("%s", text)
	return "assumed: " + text
}

// dateOf returns the local date of an instant as TOML has it.
func (p *plan) dateOf(at time.Time) string { return dayOf(at.In(p.zone)).String() }
