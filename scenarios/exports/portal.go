package exports

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A table is a CSV file: its columns, and the present row.
type table struct {
	kind    kind
	columns []string // in small letters
	row     []string
	twice   string // a column that is there twice
	read    func(*file, *table)
}

// newTable tells what a CSV file is by its first line.
func newTable(header []string) *table {
	t := &table{}
	for _, name := range header {
		t.columns = append(t.columns, strings.ToLower(strings.TrimSpace(name)))
	}
	switch {
	case t.has("product title", "total licenses"):
		t.kind, t.read = licencesKind, (*file).licences
	case t.has("email", "flow name", "last run date"):
		t.kind, t.read = consumptionKind, (*file).consumption
	case t.has("environment id", "caller id", "usage datetime"):
		t.kind, t.read = requestsKind, (*file).requests
	case t.has("auditdata"):
		t.kind, t.read = purviewKind, (*file).purviewRow
	case t.isReport():
		t.kind, t.read = reportKind, (*file).reported
	case t.has("checkout") && (t.has("seat_id") || t.has("user_id")):
		t.kind, t.read = sessionKind, (*file).session
	case t.has("date") && (t.has("seats") || t.has("cumulative_seats")):
		t.kind, t.read = seriesKind, (*file).point
	}
	return t
}

// reader returns what reads the rows, or nil. A column that is there twice cannot
// be read.
func (t *table) reader() func(*file, *table) {
	for i, name := range t.columns {
		if name != "" && slices.Contains(t.columns[i+1:], name) {
			t.twice = name
		}
	}
	return t.read
}

// list returns the columns for a message, no more of them than can be read.
func (t *table) list() string {
	names := t.columns
	if len(names) > 12 {
		names = append(slices.Clone(names[:12]), "…")
	}
	text := []rune(strings.Join(names, ", "))
	if len(text) > 200 {
		text = append(text[:200], '…')
	}
	return strconv.Quote(string(text))
}

func (t *table) has(columns ...string) bool {
	for _, c := range columns {
		if !slices.Contains(t.columns, c) {
			return false
		}
	}
	return true
}

// get returns the present row's value of the first of some columns that is there.
func (t *table) get(columns ...string) string {
	for _, c := range columns {
		if i := slices.Index(t.columns, c); i >= 0 && i < len(t.row) {
			return strings.TrimSpace(t.row[i])
		}
	}
	return ""
}

var (
	thousands = regexp.MustCompile(`^\d{1,3}([,.' \x{a0}\x{202f}’]\d{3})+$`)
	notDigit  = regexp.MustCompile(`\D`)
)

// maxUnits is the most licences that a row may have: as many as a scenario may have people.
const maxUnits = 20_000_000

var errCount = fmt.Errorf("is no whole number from 0 to %d", maxUnits)

// number returns the whole number of a column, which may be grouped in thousands;
// 0 where it is empty.
func (t *table) number(columns ...string) (int, error) {
	text := t.get(columns...)
	if text == "" {
		return 0, nil
	}
	if thousands.MatchString(text) {
		text = notDigit.ReplaceAllString(text, "")
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != math.Trunc(n) || n < 0 || n > maxUnits {
		return 0, errCount
	}
	return int(n), nil
}

// The years that exports may have dates of.
const (
	minYear = 1990
	maxYear = 2199
)

var (
	errTime   = errors.New("is no time such as 2026-03-29T14:05:00Z, or of a year that cannot be")
	errSerial = errors.New("is a number by which Excel counts days: format the column as 2026-03-29 and save it again")
)

// moment parses an instant; one without a zone is in loc.
func moment(s string, loc *time.Location) (time.Time, error) {
	if len(s) == 5 && strings.Trim(s, "0123456789") == "" {
		return time.Time{}, errSerial
	}
	forms := []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}
	for _, form := range forms {
		at, err := time.ParseInLocation(form, s, loc)
		if err == nil && at.Year() >= minYear && at.Year() <= maxYear {
			return at, nil
		}
	}
	return time.Time{}, errTime
}

// licences reads a row of the licences of the Microsoft 365 admin center.
func (f *file) licences(t *table) {
	title := t.get("product title")
	total, err1 := t.number("total licenses")
	expired, err2 := t.number("expired licenses")
	assigned, err3 := t.number("assigned licenses")
	if err := errors.Join(err1, err2, err3); title == "" || err != nil {
		f.skip(licencesKind, "Product Title is empty, or a count of licenses is no whole number")
		return
	}
	row := licenceRow{at: f.at(), total: total, expired: expired, assigned: assigned, hasAssigned: t.has("assigned licenses")}
	if text := t.get("renewal date"); text != "" {
		at, err := moment(text, time.UTC)
		if err != nil {
			f.tenant.report.warn("%s: Renewal Date %.30q is no date such as 2027-02-01; the term is left open", f.at(), text)
		}
		row.renewal = at
	}
	f.use(licencesKind)
	product, note, ok := f.tenant.find(title)
	switch {
	case !ok:
		f.tenant.unknownLicence(title, f.at())
	case !slices.Contains(claimable, product):
		f.tenant.held(product, f.at())
	default:
		f.tenant.noteSKU(note, f.at())
		f.tenant.licenceRow(product, row)
	}
}

// consumption reads a row of the licence consumption of the Power Platform admin
// center: a flow that somebody ran within the last 30 days.
func (f *file) consumption(t *table) {
	email := t.get("email")
	last, err := moment(t.get("last run date"), f.tenant.zone)
	switch {
	case email == "":
		f.skip(consumptionKind, "Email is empty")
		return
	case err != nil:
		f.skip(consumptionKind, "Last run date %v", err)
		return
	}
	name := t.get("flow name")
	if f.tenant.again("consumption", email, name, t.get("flow type")) {
		f.skip(consumptionKind, "stands before: the same person and flow")
		return
	}
	f.use(consumptionKind)
	f.tenant.observe(last, f.at())
	p := f.tenant.people.byName(email)
	p.active = true
	if product, _, ok := f.tenant.find(t.get("license")); ok {
		p.reported |= f.tenant.bit(product)
	}
	class := standardFlow
	if truth := strings.ToLower(t.get("premium features")); truth != "" && truth != "no" && truth != "false" && truth != "0" {
		class = premiumFlow
	}
	p.premium = p.premium || class == premiumFlow
	c := &f.tenant.consumed
	c.known, c.at, c.rows = true, cmpPlace(c.at, f.at()), c.rows+1
	switch strings.ToLower(t.get("flow type")) {
	case "manual", "instant", "button":
		c.manual[class]++
	case "scheduled or manual":
		c.manual[class]++
		f.tenant.report.warnOnce("consumption-type", "%s: the Flow type \"scheduled or manual\" does not tell the two apart; such flows count as manual", f.at())
	}
}

// cmpPlace returns the first of two places, where the first may not be known yet.
func cmpPlace(a, b Place) Place {
	if a.File == "" {
		return b
	}
	return a
}

// requests reads a row of the request report: how much somebody did on a day in an
// environment.
func (f *file) requests(t *table) {
	id, environment := t.get("caller id"), t.get("environment id")
	at, err := moment(t.get("usage datetime"), time.UTC)
	flows, countErr := t.number("power automate requests")
	switch who := strings.ToLower(t.get("caller type")); {
	case id == "" || environment == "":
		f.skip(requestsKind, "Caller ID or Environment ID is empty")
		return
	case who != "" && who != "user":
		f.skip(requestsKind, "Caller Type is not User: only people claim")
		return
	case err != nil:
		f.skip(requestsKind, "Usage Datetime %v", err)
		return
	case countErr != nil:
		f.skip(requestsKind, "Power Automate Requests %v", countErr)
		return
	case f.tenant.again("requests", id, environment, at.Format(time.RFC3339)):
		f.skip(requestsKind, "stands before: the same person, environment and time")
		return
	}
	f.use(requestsKind)
	f.tenant.observe(at, f.at())
	if flows == 0 {
		return
	}
	f.tenant.people.byID(id).active = true
	f.tenant.environmentOf(environment, f.at()).requests += flows
}

// session reads a session of a licence server.
func (f *file) session(t *table) {
	who := t.get("seat_id", "user_id")
	out, err := moment(t.get("checkout"), f.tenant.zone)
	switch {
	case who == "":
		f.skip(sessionKind, "seat_id is empty")
		return
	case err != nil:
		f.skip(sessionKind, "checkout %v", err)
		return
	case !exists(t.get("checkout"), out):
		f.skip(sessionKind, "checkout is in the hour that clocks skip in %s", f.tenant.zone)
		return
	}
	if text := t.get("checkin"); text != "" {
		in, err := moment(text, f.tenant.zone)
		if err != nil || in.Before(out) {
			f.skip(sessionKind, "checkin is before checkout, or is no time")
			return
		}
	}
	if f.tenant.again("session", t.get("product"), who, t.get("checkout"), t.get("checkin")) {
		f.skip(sessionKind, "stands before: the same session")
		return
	}
	f.use(sessionKind)
	f.tenant.sessions.add(f.tenant, who, out, f.at())
}

// exists reports whether clocks in a zone ever show what was written.
func exists(text string, at time.Time) bool {
	form := "2006-01-02T15:04:05"
	return len(text) < len(form) || strings.ContainsAny(text[len(form):], "Z+-") || strings.Replace(text[:len(form)], " ", "T", 1) == at.Format(form)
}

// point reads a row of a series of seats by date.
func (f *file) point(t *table) {
	at, err := moment(t.get("date"), time.UTC)
	seats, countErr := t.number("seats", "cumulative_seats")
	switch {
	case err != nil:
		f.skip(seriesKind, "date %v", err)
		return
	case countErr != nil || t.get("seats", "cumulative_seats") == "":
		f.skip(seriesKind, "seats %v", errCount)
		return
	}
	day := dayOf(at)
	if old, ok := f.tenant.series[day]; ok {
		if old.value == seats {
			f.skip(seriesKind, "stands before: the same date and seats")
			return
		}
		f.tenant.report.warn("%s: %s has %d seats, and %d at %s; the later row stands", f.at(), day, seats, old.value, old.at)
	}
	f.use(seriesKind)
	f.tenant.series[day] = known(seats, f.at())
}
