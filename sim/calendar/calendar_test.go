package calendar

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"

	"seatcast/sim/clock"
)

func midnight(t testing.TB, zone, date string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation(time.DateOnly, date, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func build(t testing.TB, s Spec, start time.Time, days int) *Calendar {
	t.Helper()
	m := Midnights(start, days)
	c, err := New(s, start, m[days])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAgainstMinutes holds the map against its definition: the weights of the
// minutes of the clock, one by one, by their local wall time.
func TestAgainstMinutes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	zones := []string{"UTC", "Europe/Oslo", "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe", "America/Havana", "Africa/Cairo"}
	for n := range 84 {
		zone := zones[n%len(zones)]
		start := midnight(t, zone, []string{"2026-03-20", "2026-10-18", "2017-10-08"}[n%3])
		spec := randomSpec(rng, start)
		const days = 16
		c := build(t, spec, start, days)
		week, _ := spec.weekly()
		op := 0.0
		for at := clock.Time(0); at < Midnights(start, days)[days]; at += clock.Minute {
			if got := c.Operational(at); math.Abs(float64(got)-op) > 1000 {
				t.Fatalf("%s, spec %d: operational time at %v is %d, minute by minute %.0f", zone, n, start.Add(time.Duration(at)), got, op)
			}
			op += float64(clock.Minute) * spec.weight(start.Add(time.Duration(at))) / week
		}
	}
}

// weight returns the weight of the minute that begins at an instant, by the slow way.
func (s *Spec) weight(at time.Time) float64 {
	for _, h := range s.Holidays {
		if h.Format(time.DateOnly) == at.Format(time.DateOnly) {
			return 0
		}
	}
	minute := at.Hour()*60 + at.Minute()
	for _, p := range s.Days[at.Weekday()] {
		if p.From <= minute && minute < p.To {
			return p.Weight
		}
	}
	return 0
}

func randomSpec(rng *rand.Rand, start time.Time) Spec {
	s := Office()
	for d := range s.Days {
		if rng.IntN(2) == 0 {
			a := rng.IntN(22) * 60
			s.Days[d] = []Piece{{a, a + 60, 2 * rng.Float64()}, {a + 60, a + 120, 1}}
		}
	}
	if rng.IntN(2) == 0 {
		var w [168]float64
		for h := range w {
			w[h] = float64(rng.IntN(3))
		}
		s = Hourly(w)
	}
	if rng.IntN(2) == 0 { // by the minute, so that some end within an hour that is skipped or repeated
		for d := range s.Days {
			s.Days[d] = nil
			for from, to := 0, 0; from < 1440; from = to {
				to = min(from+1+rng.IntN(200), 1440)
				s.Days[d] = append(s.Days[d], Piece{from, to, float64(rng.IntN(3))})
			}
		}
	}
	s.Holidays = []time.Time{start.AddDate(0, 0, rng.IntN(10))}
	return s
}

// TestThereAndBack takes instants there and back: operational time comes back
// within the ticks that one tick of the clock is worth, clock time while open
// within a tick, and while closed at the next opening.
func TestThereAndBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for n := range 40 {
		start := midnight(t, "Europe/Oslo", "2026-03-20")
		spec := randomSpec(rng, start)
		c := build(t, spec, start, 365)
		end := c.points[len(c.points)-1]
		for range 2000 {
			op := clock.Time(rng.Int64N(int64(end.op)))
			at := c.Clock(op)
			if back := c.Operational(at); back < op || back > op+400 {
				t.Fatalf("spec %d: operational %d is at %d, where it is %d", n, op, at, back)
			}
			if spec.weight(start.Add(time.Duration(at))) == 0 && spec.weight(start.Add(time.Duration(at-1))) == 0 {
				t.Fatalf("spec %d: operational %d lands at %v, which is closed", n, op, start.Add(time.Duration(at)))
			}
			at = clock.Time(rng.Int64N(int64(end.at)))
			back := c.Clock(c.Operational(at))
			if open := spec.weight(start.Add(time.Duration(at))) > 0; open && (back > at || back < at-100) || !open && back < at {
				t.Fatalf("spec %d: %v (open: %v) comes back %d ticks later", n, start.Add(time.Duration(at)), open, back-at)
			}
		}
		if c.Clock(end.op+1) != clock.Never || c.Clock(end.op) != end.at {
			t.Fatalf("spec %d: the end is at %d and after it %d", n, c.Clock(end.op), c.Clock(end.op+1))
		}
	}
}

// operational and clockOf are Operational and Clock by their definition, point after
// point, and scaled by a division.
func (c *Calendar) operational(t clock.Time) clock.Time {
	end := c.points[len(c.points)-1]
	switch {
	case t <= 0:
		return 0
	case t >= end.at:
		return end.op.Add(t - end.at)
	}
	i := 0
	for c.points[i+1].at <= t {
		i++
	}
	p, q := c.points[i], c.points[i+1]
	whole, _ := divided(t-p.at, q.op-p.op, q.at-p.at)
	return p.op + whole
}

func (c *Calendar) clockOf(op clock.Time) clock.Time {
	end := c.points[len(c.points)-1]
	switch {
	case op > end.op:
		return clock.Never
	case op == end.op:
		return end.at
	}
	i := 0
	for c.points[i+1].op <= max(op, 0) {
		i++
	}
	p, q := c.points[i], c.points[i+1]
	whole, rest := divided(max(op, 0)-p.op, q.at-p.at, q.op-p.op)
	if rest > 0 {
		whole++
	}
	return p.at + whole
}

func divided(x, num, den clock.Time) (whole, rest clock.Time) {
	hi, lo := bits.Mul64(uint64(x), uint64(num))
	q, r := bits.Div64(hi, lo, uint64(den))
	return clock.Time(q), clock.Time(r)
}

// TestAgainstDivision holds both maps against their definition, at random instants, at
// the ends of all pieces and beside them, and with weights that differ by far more than
// those of any week.
func TestAgainstDivision(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for n := range 60 {
		start := midnight(t, []string{"Europe/Oslo", "UTC"}[n%2], "2026-03-20")
		spec := randomSpec(rng, start)
		if n%3 == 0 {
			for d := range spec.Days {
				for k := range spec.Days[d] {
					spec.Days[d][k].Weight *= math.Exp(20 * rng.NormFloat64())
				}
			}
		}
		c := build(t, spec, start, 14)
		var ats, ops []clock.Time
		for _, p := range c.points {
			for by := clock.Time(-2); by <= 2; by++ {
				ats, ops = append(ats, p.at+by), append(ops, p.op+by)
			}
		}
		for range 500 {
			ats, ops = append(ats, clock.Time(rng.Int64N(int64(c.end.at+clock.Day)))), append(ops, clock.Time(rng.Int64N(int64(c.end.op+clock.Day))))
		}
		for _, at := range append(ats, clock.Never) {
			op := c.operational(at)
			if got := c.Operational(at); got != op {
				t.Fatalf("spec %d: operational time at %d is %d, want %d", n, at, got, op)
			}
			first := c.operational(at - 1)
			if c.clockOf(first) < at {
				first++
			}
			if got := c.First(at); got != first {
				t.Fatalf("spec %d: the first operational time from %d on is %d, want %d", n, at, got, first)
			}
		}
		since := ops[rng.IntN(len(ops))]
		for _, op := range append(ops, clock.Never) {
			want := c.clockOf(op)
			if got := c.Clock(op); got != want {
				t.Fatalf("spec %d: operational %d is at %d, want %d", n, op, got, want)
			}
			times := []clock.Time{op - since}
			if c.Place(times, since); times[0] != want {
				t.Fatalf("spec %d: operational %d is placed at %d, want %d", n, op, times[0], want)
			}
		}
	}
}

// TestScale holds products and quotients of every size against a division, also where
// the quotient is whole, or the slope as a float says the wrong side of it.
func TestScale(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 5))
	wrong := 0
	for range 1_000_000 {
		num, den := clock.Time(1+dice.Uint64()>>(14+dice.IntN(49))), clock.Time(1+dice.Uint64()>>(14+dice.IntN(49)))
		x := clock.Time(dice.Int64N(int64(den)))
		slope := float64(num) / float64(den)
		if dice.IntN(2) == 0 { // beside the place where a whole begins
			whole, _ := divided(x, num, den)
			x, _ = divided(min(whole, num-1), den, num)
			x = min(x+clock.Time(dice.IntN(2)), den-1)
		}
		whole, rest := divided(x, num, den)
		if clock.Time(float64(x)*slope) != whole {
			wrong++
		}
		if gotWhole, gotRest := scale(x, num, den, slope); gotWhole != whole || gotRest != rest {
			t.Fatalf("%d·%d/%d is %d and %d, want %d and %d", x, num, den, gotWhole, gotRest, whole, rest)
		}
	}
	if wrong < 100 {
		t.Errorf("only %d had to be put right", wrong)
	}
}

func TestOfficeWeekIsAWeek(t *testing.T) {
	start := midnight(t, "Europe/Oslo", "2026-06-01") // a Monday without a change of the clocks after it
	c := build(t, Office(), start, 14)
	if got := c.Operational(clock.Week); got < clock.Week-10 || got > clock.Week+10 {
		t.Errorf("a week of office hours has %v operational days", got.Days())
	}
	if got := c.Operational(9 * clock.Hour); got != 0 {
		t.Errorf("before the office opens %d has passed", got)
	}
	if got := c.Operational(13 * clock.Hour); math.Abs(got.Days()-4*4.2/24) > 1e-9 {
		t.Errorf("four office hours are %v operational days, want 0.7", got.Days())
	}
}

// TestSine: the weights of a sine wave over a week, exact by the hour, put the
// share of the oracle nhpp_time_rescaling into the first half week: 92.2817 of 560
// acts in four weeks.
func TestSine(t *testing.T) {
	start := midnight(t, "UTC", "2026-06-01")
	c := build(t, Hourly(Sine()), start, 28)
	got := c.Operational(3*clock.Day+12*clock.Hour).Days() / c.Operational(28*clock.Day).Days() * 560
	if math.Abs(got-92.28169203286535) > 1e-9 {
		t.Errorf("the first half week has %v acts of 560", got)
	}
}

// Sine returns the hourly means of 20 + 10 sin(2πt/week).
func Sine() (w [168]float64) {
	for h := range w {
		a, b := 2*math.Pi*float64(h)/168, 2*math.Pi*float64(h+1)/168
		w[h] = 20 + 10*(math.Cos(a)-math.Cos(b))/(b-a)
	}
	return w
}

func TestMidnights(t *testing.T) {
	for _, c := range []struct {
		zone, date string
		hours      []int
	}{
		{"Europe/Oslo", "2026-03-28", []int{24, 23, 24}},
		{"Europe/Oslo", "2026-10-24", []int{24, 25, 24}},
		{"America/Sao_Paulo", "2017-10-14", []int{24, 23, 24}}, // midnight itself is skipped
		{"Asia/Beirut", "2026-03-28", []int{24, 23, 24}},
		{"America/Havana", "2026-10-31", []int{24, 25, 24}},  // midnight itself is repeated
		{"Pacific/Apia", "2011-12-28", []int{24, 24, 0, 24}}, // the 30th is skipped
		{"UTC", "2026-03-28", []int{24, 24}},
	} {
		m := Midnights(midnight(t, c.zone, c.date), len(c.hours))
		for i, h := range c.hours {
			if got := m[i+1] - m[i]; got != clock.Time(h)*clock.Hour {
				t.Errorf("%s, day %d from %s has %v hours, want %d", c.zone, i, c.date, float64(got)/float64(clock.Hour), h)
			}
		}
	}
	start := midnight(t, "America/Sao_Paulo", "2017-10-14")
	if got := Midnight(start, 1).Format("2006-01-02 15:04"); got != "2017-10-15 01:00" {
		t.Errorf("the first instant of 15 October 2017 is %s", got)
	}
}

func TestMonths(t *testing.T) {
	for date, days := range map[string]int{"2026-01-05": 365, "2026-01-31": 365, "2027-03-01": 366, "2024-02-29": 366} {
		m := Months(midnight(t, "UTC", date), days)
		if date != "2024-02-29" && m[days] != 12 {
			t.Errorf("from %s, %d days are %v months, want 12", date, days, m[days])
		}
		for i := range days {
			if step := m[i+1] - m[i]; step < 1.0/31-0.01 || step > 1.0/28+0.01 {
				t.Errorf("from %s, day %d is %v months", date, i, step)
			}
		}
	}
	if m := Months(midnight(t, "UTC", "2026-02-01"), 28); math.Abs(m[14]-0.5) > 1e-15 || m[28] != 1 {
		t.Errorf("February is %v, half of it %v", m[28], m[14])
	}
}

func TestErrors(t *testing.T) {
	start := midnight(t, "UTC", "2026-06-01")
	at := func(p ...Piece) (s Spec) { s.Days[time.Monday] = p; return s }
	holidays := Office()
	for d := range 10 {
		holidays.Holidays = append(holidays.Holidays, start.AddDate(0, 0, d))
	}
	for want, s := range map[string]Spec{
		"nothing is open in an ordinary week":                          {},
		"Monday: hours overlap":                                        at(Piece{60, 180, 1}, Piece{120, 240, 1}),
		"Monday: want hours that end after they begin, within the day": at(Piece{60, 60, 1}),
		"Monday: a weight must be 0 or above and finite, is NaN":       at(Piece{60, 90, math.NaN()}),
		"nothing is open from the start to the end of the study":       holidays,
	} {
		if _, err := New(s, start, 7*clock.Day); fmt.Sprint(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAlways(t *testing.T) {
	var c, none *Calendar = new(Calendar), nil
	for _, at := range []clock.Time{0, 1, clock.Day, clock.Never} {
		if c.Operational(at) != at || c.Clock(at) != at || none.Operational(at) != at || none.Clock(at) != at {
			t.Errorf("%d is not itself", at)
		}
	}
}

func BenchmarkClock(b *testing.B) {
	c := build(b, Office(), midnight(b, "Europe/Oslo", "2026-01-05"), 365)
	end := c.points[len(c.points)-1].op
	op := clock.Time(0)
	for b.Loop() {
		if op += 7 * clock.Hour; op > end {
			op -= end
		}
		c.Clock(op)
	}
}

func BenchmarkPlace(b *testing.B) {
	c := build(b, Office(), midnight(b, "Europe/Oslo", "2026-01-05"), 365)
	dice := rand.New(rand.NewPCG(3, 3))
	for name, window := range map[string]clock.Time{"year": 365 * clock.Day, "days": 3 * clock.Day} {
		from, times := make([]clock.Time, 1<<10), make([]clock.Time, 1<<10)
		for i := range from {
			from[i] = clock.Time(dice.Int64N(int64(window)))
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				copy(times, from)
				c.Place(times, 0)
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(len(times)), "ns/time")
		})
	}
}

func BenchmarkOperational(b *testing.B) {
	c := build(b, Office(), midnight(b, "Europe/Oslo", "2026-01-05"), 365)
	end := c.points[len(c.points)-1].at
	at := clock.Time(0)
	for b.Loop() {
		if at += 1001 * clock.Minute; at > end {
			at -= end
		}
		c.Operational(at)
	}
}

// TestRepeatedHour: in Oslo clocks go from 03:00 back to 02:00 on 25 October 2026, a
// Sunday. Of that night's hours from 01:30 to 02:30 there is so another half hour.
func TestRepeatedHour(t *testing.T) {
	var s Spec
	s.Days[time.Sunday] = []Piece{{90, 150, 1}}
	start := midnight(t, "Europe/Oslo", "2026-10-25")
	c := build(t, s, start, 1)
	for minutes, want := range map[clock.Time]float64{90: 0, 120: 30, 150: 60, 180: 60, 195: 75, 210: 90, 300: 90} {
		got := float64(c.Operational(minutes*clock.Minute)) / float64(clock.Minute) / 168
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%d minutes after midnight %v minutes of hours have passed, want %v", minutes, got, want)
		}
	}
}
