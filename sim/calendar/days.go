package calendar

import (
	"time"

	"seatcast/sim/clock"
)

// Midnight returns the first instant of a local date, days after that of start: the
// midnight, or where daylight saving skips it, the instant of the change.
func Midnight(start time.Time, days int) time.Time {
	y, m, d := start.Date()
	return start.Add(time.Duration(firstInstant(start, y, m, d+days)))
}

// Midnights returns the local midnights 0 to days, as times since the first,
// which is start.
func Midnights(start time.Time, days int) []clock.Time {
	out := make([]clock.Time, days+1)
	y, m, d := start.Date()
	for i := range out {
		out[i] = firstInstant(start, y, m, d+i)
	}
	return out
}

// Months returns the calendar months from start to each of the local midnights
// 0 to days, as prices are charged: a day of a month of n days is 1/n of it, so a
// calendar year is 12 whichever day it starts on.
func Months(start time.Time, days int) []float64 {
	position := func(date time.Time) float64 { // months since year 0, within which a day counts 1/n
		n := time.Date(date.Year(), date.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		return float64(date.Day()-1) / float64(n)
	}
	y, m, d := start.Date()
	first := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	out := make([]float64, days+1)
	for i := range out {
		date := time.Date(y, m, d+i, 0, 0, 0, 0, time.UTC)
		whole := 12*(date.Year()-first.Year()) + int(date.Month()) - int(first.Month())
		out[i] = float64(whole) + (position(date) - position(first))
	}
	return out
}

// firstInstant returns the clock time of the midnight of a local date: of the first
// of two, or where daylight saving skips it, of the change. time.Date promises neither.
func firstInstant(start time.Time, y int, m time.Month, d int) clock.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, start.Location())
	from, to := t.ZoneBounds()
	if day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Day(); t.Day() != day || t.Hour() != 0 || t.Minute() != 0 { // beside the gap, on either side
		if !to.IsZero() && to.Sub(t) < t.Sub(from) {
			from = to
		}
		return clock.Time(from.Sub(start))
	}
	if !from.IsZero() {
		_, before := from.Add(-1).Zone()
		_, after := t.Zone()
		if first := t.Add(time.Duration(after-before) * time.Second); first.Before(from) {
			t = first
		}
	}
	return clock.Time(t.Sub(start))
}
