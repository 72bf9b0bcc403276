package scenarios

import (
	"errors"
	"strings"
	"time"

	"seatcast/sim/calendar"
	"seatcast/sim/clock"
)

// A layout is the local days of the study in one zone, and the calendars of that
// zone, which tenants and variants share.
type layout struct {
	start     time.Time // the first instant of the first local day
	midnights []clock.Time
	months    []float64
	calendars map[string]*calendar.Calendar // by content
}

// layOut lays out the local days of the study.
func (t *tenant) layOut(first time.Time, days int) {
	key := t.sim.Zone + first.Format(time.DateOnly)
	l := t.loader.layouts[key]
	if l == nil {
		y, m, d := first.Date()
		start := calendar.Midnight(time.Date(y, m, d, 12, 0, 0, 0, t.zone), 0)
		l = &layout{start: start, midnights: calendar.Midnights(start, days), months: calendar.Months(start, days),
			calendars: map[string]*calendar.Calendar{}}
		t.loader.layouts[key] = l
	}
	t.layout = l
	t.sim.Midnights, t.sim.Months = l.midnights, l.months
}

// The calendars that need no table.
const (
	always = "always"
	office = "office"
)

// checkCalendars checks the calendars that a scenario or a tenant has, used or not.
func (t *tenant) checkCalendars(all *node) {
	for _, name := range all.names() {
		n := all.get(name)
		if name == always || name == office {
			t.problem(n.keyProblem("%s is built in: call this calendar something else", name))
		}
		if n.table() == nil {
			continue
		}
		if _, err := weekOf(n); err != nil {
			t.problem(n.keyProblem("%v", err))
		}
	}
}

// hours returns the index of the calendar that a word names; a tenant's own goes
// before the scenario's.
func (t *tenant) hours(word *node) int {
	name := got[string](&node{value: table{"hours": word}}, "hours")
	if i, ok := t.calendars[name]; ok {
		return i
	}
	t.calendars[name] = len(t.sim.Calendars)
	t.sim.Calendars = append(t.sim.Calendars, t.calendar(word, name))
	return t.calendars[name]
}

// calendar makes the calendar that a word names.
func (t *tenant) calendar(word *node, name string) *calendar.Calendar {
	n := t.n.get("calendars", name)
	if n == nil {
		n = t.tree.get("calendars", name)
	}
	var key strings.Builder
	spec := calendar.Office()
	switch {
	case name == always:
		return &calendar.Calendar{}
	case name == office:
		key.WriteString(office)
	case n == nil:
		known := append([]string{always, office}, append(t.n.get("calendars").names(), t.tree.get("calendars").names()...)...)
		t.problem(word.problem("there is no calendar %s%s", quote(name), suggest(name, known)))
		return &calendar.Calendar{}
	default:
		var err error
		if spec, err = weekOf(n); err != nil || n.table() == nil {
			return &calendar.Calendar{} // reported with the calendar
		}
		n.canonical(&key)
	}
	if c := t.layout.calendars[key.String()]; c != nil {
		return c
	}
	c, err := calendar.New(spec, t.layout.start, t.horizon())
	if err != nil {
		t.problem(word.problem("the calendar %s: %v", name, err))
		return &calendar.Calendar{}
	}
	t.layout.calendars[key.String()] = c
	return c
}

// weekOf returns what a table of calendars describes.
func weekOf(n *node) (calendar.Spec, error) {
	var spec calendar.Spec
	days := false
	for i, day := range weekdays() {
		days = days || n.has(day)
		for _, s := range got[[]span](n, day) {
			weekday := (i + 1) % 7 // weekdays begin with Monday, those of time with Sunday
			spec.Days[weekday] = append(spec.Days[weekday], calendar.Piece{From: s.from, To: s.to, Weight: 1})
		}
	}
	switch {
	case days && n.has("weights"):
		return spec, errors.New("has both hours and weights: leave one out")
	case !days && !n.has("weights"):
		return spec, errors.New(`has no hours: write, for example, monday = "09:00-17:00"`)
	case n.has("weights"):
		var weights [168]float64
		sum := 0.0
		for i, w := range items[float64](n, "weights") {
			if i < len(weights) {
				weights[i] = w
				sum += w
			}
		}
		if sum == 0 && n.get("weights").parsed != nil {
			return spec, errors.New("all weights are 0")
		}
		spec = calendar.Hourly(weights)
	}
	spec.Holidays = items[time.Time](n, "holidays")
	return spec, nil
}
