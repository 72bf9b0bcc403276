// Package calendar says where on the clock people's operational time lies.
//
// What people do is laid out in operational time, in which a week has the length
// of a week. A Calendar maps it to the clock: with office hours, 40 of 168, it
// runs 4.2 times as fast as the clock while the office is open, and stands still
// while it is closed; a week with holidays has less of it. A rate of three a week
// is so three in an ordinary week, all of them in office hours. The map is exact:
// a point process is moved by it, and none of its points is drawn and thrown away.
package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"seatcast/sim/clock"
)

// A Spec describes the weeks of a Calendar.
type Spec struct {
	Days     [7][]Piece  // by time.Weekday: Sunday is 0
	Holidays []time.Time // local dates on which nothing is open; only the date counts
}

// A Piece is a part of a local day, in minutes from 0 to 1440, in which people
// act with a weight relative to other pieces.
type Piece struct {
	From, To int
	Weight   float64
}

// Office returns office hours: Monday to Friday, 09:00 to 17:00.
func Office() Spec {
	var s Spec
	for d := time.Monday; d <= time.Friday; d++ {
		s.Days[d] = []Piece{{9 * 60, 17 * 60, 1}}
	}
	return s
}

// Hourly returns a Spec of 168 weights, one for each hour of the week from
// Monday 00:00 on.
func Hourly(weights [168]float64) Spec {
	var s Spec
	for h, w := range weights {
		d := (h/24 + 1) % 7
		s.Days[d] = append(s.Days[d], Piece{h % 24 * 60, (h%24 + 1) * 60, w})
	}
	return s
}

// A Calendar maps operational time to clock time and back. The zero Calendar, and
// a nil one, is always open: both times are the same.
type Calendar struct {
	points []point // where the slope changes, by time; the last is the horizon
	end    point   // the horizon
	open   []piece // in which time runs, after an empty one at the start and before one at the horizon
	byTime []int32 // the last of open that begins at or before each bucket of clock time
	byOp   []int32 // the same of operational time
}

// A point is an instant by both clocks.
type point struct{ at, op clock.Time }

// A piece is a stretch of time in which operational time runs evenly. It has the slopes,
// rounded, by which Operational and Clock do without a division.
type piece struct {
	point                   // its start
	long, worth  clock.Time // its length by the clock, and in operational time
	gain, stride float64    // worth over long, and long over worth
}

// bucketBits is the width of the buckets by which pieces are found: 2^44 ticks are
// 4.9 hours.
const bucketBits = 44

// New returns the calendar of a spec from start, a local midnight, to a horizon.
// Pieces are local wall times: an instant has the weight of the minute that clocks
// show at it. So a minute that daylight saving skips is left out, and one that it
// repeats counts both times. It is an error if pieces overlap, or nothing is ever
// open.
func New(spec Spec, start time.Time, horizon clock.Time) (*Calendar, error) {
	week, err := spec.weekly()
	if err != nil {
		return nil, err
	}
	closed := map[string]bool{}
	for _, h := range spec.Holidays {
		closed[h.Format(time.DateOnly)] = true
	}
	c := &Calendar{points: []point{{}}}
	for from := clock.Time(0); from < horizon; {
		at, to := start.Add(time.Duration(from)), horizon
		if _, change := at.ZoneBounds(); !change.IsZero() {
			to = min(to, clock.Time(change.Sub(start)))
		}
		c.stretch(&spec, closed, start, from, to, week)
		from = to
	}
	last := c.points[len(c.points)-1]
	if last.op == 0 {
		return nil, errors.New("nothing is open from the start to the end of the study")
	}
	if last.at < horizon {
		c.points = append(c.points, point{horizon, last.op})
	}
	c.index()
	return c, nil
}

// stretch appends the pieces from one clock time to another, between which the zone
// keeps its offset from UTC, so that wall time runs with the clock.
func (c *Calendar) stretch(spec *Spec, closed map[string]bool, start time.Time, from, to clock.Time, week float64) {
	at := start.Add(time.Duration(from))
	_, offset := at.Zone()
	y, m, d := at.Date()
	for ; ; d++ {
		date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		midnight := clock.Time(date.Sub(start)) - clock.Time(offset)*clock.Second
		if midnight >= to {
			return
		}
		if closed[date.Format(time.DateOnly)] {
			continue
		}
		for _, p := range spec.Days[date.Weekday()] {
			begin, end := midnight+clock.Time(p.From)*clock.Minute, midnight+clock.Time(p.To)*clock.Minute
			c.add(max(begin, from), min(end, to), p.Weight/week)
		}
	}
}

// weekly checks a spec and returns the mean weight over an ordinary week.
func (s *Spec) weekly() (float64, error) {
	sum := 0.0
	for d := range s.Days {
		pieces := slices.SortedFunc(slices.Values(s.Days[d]), func(a, b Piece) int { return cmp.Compare(a.From, b.From) })
		for i, p := range pieces {
			name := time.Weekday(d)
			switch {
			case p.From < 0 || p.To > 24*60 || p.From >= p.To:
				return 0, fmt.Errorf("%s: want hours that end after they begin, within the day", name)
			case i > 0 && p.From < pieces[i-1].To:
				return 0, fmt.Errorf("%s: hours overlap", name)
			case !(p.Weight >= 0) || math.IsInf(p.Weight, 0):
				return 0, fmt.Errorf("%s: a weight must be 0 or above and finite, is %v", name, p.Weight)
			}
			sum += p.Weight * float64(p.To-p.From)
		}
		s.Days[d] = pieces
	}
	if !(sum > 0) {
		return 0, errors.New("nothing is open in an ordinary week")
	}
	return sum / (7 * 24 * 60), nil
}

// add appends a piece in which operational time runs at a slope. There is none
// where the piece is empty or the slope is 0.
func (c *Calendar) add(from, to clock.Time, slope float64) {
	if from >= to || slope == 0 {
		return
	}
	last := c.points[len(c.points)-1]
	if from > last.at {
		c.points = append(c.points, point{from, last.op})
	}
	c.points = append(c.points, point{to, last.op + clock.Time(math.Round(float64(to-from)*slope))})
}

// index fills what is derived from the points.
func (c *Calendar) index() {
	c.end = c.points[len(c.points)-1]
	c.open = []piece{{}}
	for i, q := range c.points[1:] {
		p := c.points[i]
		if long, worth := q.at-p.at, q.op-p.op; worth > 0 {
			c.open = append(c.open, piece{p, long, worth, float64(worth) / float64(long), float64(long) / float64(worth)})
		}
	}
	c.open = append(c.open, piece{point: c.end})
	c.byTime = c.buckets(c.end.at, func(p point) clock.Time { return p.at })
	c.byOp = c.buckets(c.end.op, func(p point) clock.Time { return p.op })
}

// buckets returns the last open piece that begins at or before each bucket of the time
// by one of the clocks, up to an end.
func (c *Calendar) buckets(end clock.Time, of func(point) clock.Time) (last []int32) {
	i := int32(0)
	for t := clock.Time(0); t <= end; t += 1 << bucketBits {
		for int(i+1) < len(c.open) && of(c.open[i+1].point) <= t {
			i++
		}
		last = append(last, i)
	}
	return last
}

// Least returns the least operational time that passes in any stretch of clock time
// of a length before the horizon. It costs a pass over the calendar.
func (c *Calendar) Least(length clock.Time) clock.Time {
	if c.Always() {
		return length
	}
	least := clock.Never
	end := c.end.at
	for _, p := range c.points { // operational time is piecewise linear: the least is at an end of a piece
		for _, t := range [2]clock.Time{p.at, p.at - length} {
			if t >= 0 && t+length <= end {
				least = min(least, c.Operational(t+length)-c.Operational(t))
			}
		}
	}
	return least
}

// Always reports whether c is always open, so that both times are the same.
func (c *Calendar) Always() bool { return c == nil || c.points == nil }

// Operational returns the operational time that has passed at t. Beyond the
// horizon it runs with the clock.
func (c *Calendar) Operational(t clock.Time) clock.Time {
	if c.Always() {
		return t
	}
	switch {
	case t <= 0:
		return 0
	case t >= c.end.at:
		return c.end.op.Add(t - c.end.at)
	}
	p := c.openAt(t)
	if t-p.at >= p.long {
		return p.op + p.worth
	}
	whole, _ := scale(t-p.at, p.worth, p.long, p.gain)
	return p.op + whole
}

// First returns the first operational time of what happens at or after t: the one after
// what has passed just before t, or that itself where Clock puts it at t or later.
func (c *Calendar) First(t clock.Time) clock.Time {
	switch {
	case c.Always():
		return t
	case t <= 0:
		return 0
	}
	before := t - 1
	if before >= c.end.at {
		return c.end.op.Add(max(before-c.end.at, 1))
	}
	p := c.openAt(before)
	if before-p.at >= p.long {
		return p.op + p.worth
	}
	whole, _ := scale(before-p.at, p.worth, p.long, p.gain)
	return p.op + whole + 1
}

// openAt returns the last open piece that begins at or before t, which is before the
// horizon.
func (c *Calendar) openAt(t clock.Time) *piece {
	i := c.byTime[t>>bucketBits]
	for c.open[i+1].at <= t {
		i++
	}
	return &c.open[i]
}

// Clock returns the first instant while the calendar is open at which
// operational time has reached op, or clock.Never if that is beyond the horizon.
func (c *Calendar) Clock(op clock.Time) clock.Time {
	switch {
	case c.Always():
		return op
	case op > c.end.op:
		return clock.Never
	case op == c.end.op:
		return c.end.at
	}
	op = max(op, 0)
	i := c.byOp[op>>bucketBits]
	for c.open[i+1].op <= op {
		i++
	}
	p := &c.open[i]
	whole, rest := scale(op-p.op, p.long, p.worth, p.stride)
	if rest > 0 {
		whole++
	}
	return p.at + whole
}

// Place moves operational times since an instant, which is one too, to the clock.
func (c *Calendar) Place(times []clock.Time, since clock.Time) {
	if c.Always() {
		for i := range times {
			times[i] += since
		}
		return
	}
	for i := range times {
		times[i] = c.Clock(since + times[i])
	}
}

// scale returns x·num/den, whole and rest, for 0 ≤ x < den, exactly. By slope, which is
// num/den rounded, the whole is nearly always right at once; the rest shows whether it is,
// and is exact though the products may wrap, for it is small.
func scale(x, num, den clock.Time, slope float64) (whole, rest clock.Time) {
	whole = clock.Time(float64(x) * slope)
	rest = x*num - whole*den
	if uint64(rest) >= uint64(den) {
		return correct(whole, rest, den)
	}
	return whole, rest
}

// correct moves a whole to where its rest is in [0, den).
func correct(whole, rest, den clock.Time) (clock.Time, clock.Time) {
	for rest < 0 {
		whole, rest = whole-1, rest+den
	}
	for rest >= den {
		whole, rest = whole+1, rest-den
	}
	return whole, rest
}
