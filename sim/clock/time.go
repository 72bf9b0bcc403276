// Package clock is the simulation clock: integer instants and one ordered
// queue of things to do.
//
// Events at one instant run in the order of their Class, then of their Order,
// then of being scheduled; so a run depends on nothing but its inputs.
package clock

import (
	"math"
	"time"
)

// A Time is an instant of a tenant's simulated time: nanoseconds of elapsed
// (not wall) time since the local midnight at which the study starts. It may be
// negative for what happened before. Integers keep results equal bit by bit
// where floating-point sums would depend on their order.
type Time int64

// Never is later than every instant of every study.
const Never Time = math.MaxInt64

// Durations in ticks. A Day is 24 elapsed hours; a local day is 23, 24 or 25.
const (
	Second Time = Time(time.Second)
	Minute      = 60 * Second
	Hour        = 60 * Minute
	Day         = 24 * Hour
	Week        = 7 * Day
)

// Ticks converts a number of ticks to a Time: below zero is zero, and what is
// beyond the range of Time is Never.
func Ticks(t float64) Time {
	switch {
	case !(t > 0):
		return 0
	case t >= math.MaxInt64:
		return Never
	}
	return Time(t)
}

// Days returns t in days of 24 hours.
func (t Time) Days() float64 { return float64(t) / float64(Day) }

// Add returns t moved by d, and Never where that is beyond the range of Time.
func (t Time) Add(d Time) Time {
	if d > 0 && t > Never-d {
		return Never
	}
	return t + d
}
