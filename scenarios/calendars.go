package scenarios

import (
	"time"

	"seatcast/sim/calendar"
	"seatcast/sim/clock"
)

// A layout is the local days of the study in one zone, which tenants share.
type layout struct {
	start     time.Time
	midnights []clock.Time
	months    []float64
}

// layOut lays out the local days of the study.
func (t *tenant) layOut(start time.Time, days int) {
	l, ok := t.loader.layouts[t.sim.Zone]
	if !ok || l.start.Format(time.DateOnly) != start.Format(time.DateOnly) {
		y, m, d := start.Date()
		l.start = time.Date(y, m, d, 0, 0, 0, 0, t.zone)
		for i := 0; i <= days; i++ {
			l.midnights = append(l.midnights, clock.Time(time.Date(y, m, d+i, 0, 0, 0, 0, t.zone).Sub(l.start)))
			l.months = append(l.months, float64(i)/30)
		}
		t.loader.layouts[t.sim.Zone] = l
	}
	t.start, t.sim.Midnights, t.sim.Months = l.start, l.midnights, l.months
}

// hours returns the index of the calendar that a word names.
func (t *tenant) hours(word *node) int {
	t.sim.Calendars = append(t.sim.Calendars, &calendar.Calendar{})
	return len(t.sim.Calendars) - 1
}
