package output

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"seatcast/analysis"
	"seatcast/sim/clock"
)

// number is the shortest decimal that reads back as x, as encoding/json has it.
// It fails on NaN and the infinities, which no file may hold.
func number(x float64) (string, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "", fmt.Errorf("%v is not a number that can be reported", x)
	}
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(x, 'g', -1, 64), nil
	}
	return strconv.FormatFloat(x, 'f', -1, 64), nil
}

// Count returns x for people to read, as the headlines have it: whole from 10 on,
// below that with two digits if it isn't whole, and with commas between thousands.
func Count(x float64) string {
	a := math.Abs(x)
	switch {
	case a == math.Trunc(a) || a >= 9.95:
		return analysis.Thousands(strconv.FormatFloat(x, 'f', 0, 64))
	case a >= 0.995:
		return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
	case a < 0.005:
		return "<0.01"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// Percent returns the probability p for people to read. Only 0 reads 0% and
// only 1 reads 100%.
func Percent(p float64) string {
	const rounding = 1e-12 // the limits of an interval may miss 0 and 1 by that
	switch {
	case p < rounding:
		return "0%"
	case p > 1-rounding:
		return "100%"
	case p < 0.0005:
		return "<0.1%"
	case p >= 0.9995:
		return ">99.9%"
	case p < 0.0995, p > 0.9905:
		return strconv.FormatFloat(100*p, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(100*p, 'f', 0, 64) + "%"
}

// Likely returns a probability with its 95% interval, 93% (88%–96%); of a single
// replication it says yes or no, since an interval would say nothing.
func Likely(p analysis.Proportion, replications int) string {
	switch {
	case replications <= 1 && p.Value > 0:
		return "yes"
	case replications <= 1:
		return "no"
	}
	return fmt.Sprintf("%s (%s–%s)", Percent(p.Value), Percent(p.Low), Percent(p.High))
}

// Mean returns a mean with its 95% interval, 143 (139–147), and the mean alone
// where the interval is a point.
func Mean(e analysis.Estimate) string {
	low, mean, high := Count(e.Low), Count(e.Mean), Count(e.High)
	if low == mean && mean == high {
		return mean
	}
	return fmt.Sprintf("%s (%s–%s)", mean, low, high)
}

// NotReached is what stands for a date that lies beyond the horizon.
const NotReached = "not reached"

// Brief is the length of a study, in days, up to which times of day are told.
const Brief = 14

// DayOf returns the local date of t, 2006-01-02, in a study of that many days: with
// the time of day in a brief one, and NotReached for clock.Never.
func (c Calendar) DayOf(t clock.Time, days int) string {
	return c.moment(t, days, DateFormat, "2006-01-02 15:04")
}

// LongDay returns the local date of t as LongDate does, else as DayOf.
func (c Calendar) LongDay(t clock.Time, days int) string {
	return c.moment(t, days, longDate, longDate+" 15:04")
}

func (c Calendar) moment(t clock.Time, days int, date, dateAndTime string) string {
	switch {
	case t == clock.Never:
		return NotReached
	case days <= Brief:
		return c.Local(t).Format(dateAndTime)
	}
	return c.Local(t).Format(date)
}

const longDate = "2 Jan 2006"

// LongDate returns a date for people to read: 3 Jun 2026.
func LongDate(t time.Time) string { return t.Format(longDate) }

// Seats returns the usable seats of a pool: 900, or 900 → 1,100 where their
// number changes over the study.
func Seats(p analysis.Pool) string {
	start, end := Count(float64(p.SeatsStart)), Count(float64(p.SeatsEnd))
	if start == end {
		return start
	}
	return start + " → " + end
}
