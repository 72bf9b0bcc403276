package output

import (
	"fmt"
	"sort"
	"time"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// DateFormat is how files and tables have dates: 2006-01-02.
const DateFormat = time.DateOnly

// A Calendar turns the simulated time of one tenant into local time and back.
type Calendar struct{ start time.Time }

// NewCalendar returns the calendar of a study that starts on the local day
// start (2006-01-02) in the IANA time zone named zone.
func NewCalendar(start, zone string) (Calendar, error) {
	if zone == "Local" {
		return Calendar{}, fmt.Errorf("time zone %q depends on the machine: name one, such as Europe/Oslo", zone)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return Calendar{}, fmt.Errorf("time zone %q: %w", zone, err)
	}
	day, err := time.ParseInLocation(DateFormat, start, time.UTC)
	if err != nil {
		return Calendar{}, fmt.Errorf("start %q: want a date such as 2026-01-05", start)
	}
	return Calendar{firstInstant(day, 0, loc)}, nil
}

// Local returns t in the tenant's time zone.
func (c Calendar) Local(t clock.Time) time.Time { return c.start.Add(time.Duration(t)) }

// Ended returns the local day that is over at t, at noon: of a midnight, the day
// before. "By a date" always means by the end of that day.
func (c Calendar) Ended(t clock.Time) time.Time {
	y, m, d := c.Local(t - 1).Date()
	return time.Date(y, m, d, 12, 0, 0, 0, c.start.Location())
}

// Time returns the simulated time of an instant.
func (c Calendar) Time(at time.Time) clock.Time { return clock.Time(at.Sub(c.start)) }

// Midnight returns the first instant of the study's local day number day, from 0.
func (c Calendar) Midnight(day int) clock.Time {
	return c.Time(firstInstant(c.start, day, c.start.Location()))
}

// midnights returns the first instants of the days 0..days.
func (c Calendar) midnights(days int) []clock.Time {
	ts := make([]clock.Time, days+1)
	for i := range ts {
		ts[i] = c.Midnight(i)
	}
	return ts
}

// firstInstant returns the first second of the date that is days after that of
// from. Where clocks change at midnight time.Date may answer with 23:00 of the day
// before, or with the second of two midnights; then the day before noon is searched.
func firstInstant(from time.Time, days int, loc *time.Location) time.Time {
	y, m, d := from.Date()
	if t := time.Date(y, m, d+days, 0, 0, 0, 0, loc); t.Hour() == 0 && t.Add(-time.Second).Day() != t.Day() {
		return t
	}
	noon := time.Date(y, m, d+days, 12, 0, 0, 0, loc)
	date := noon.Format(DateFormat)
	const seconds = 24 * 60 * 60
	morning := noon.Add(-seconds * time.Second)
	n := sort.Search(seconds, func(i int) bool {
		return morning.Add(time.Duration(i)*time.Second).Format(DateFormat) >= date
	})
	return morning.Add(time.Duration(n) * time.Second)
}

// Calendars returns the calendar of every tenant of a study by name. It fails
// where the study's midnights are not those of the time zone: every date in the
// output would be wrong.
func Calendars(s record.Study) (map[string]Calendar, error) {
	cals := map[string]Calendar{}
	for _, v := range s.Variants {
		for _, t := range v.Tenants {
			if _, ok := cals[t.Name]; ok {
				continue
			}
			c, err := NewCalendar(s.Start, t.Zone)
			if err != nil {
				return nil, fmt.Errorf("tenant %s: %w", t.Name, err)
			}
			for i, m := range t.Midnights {
				if m != c.Midnight(i) {
					return nil, fmt.Errorf("tenant %s: midnight %d is simulated at %s, but %s has it at %s",
						t.Name, i, c.Local(m), t.Zone, c.Local(c.Midnight(i)))
				}
			}
			cals[t.Name] = c
		}
	}
	return cals, nil
}
