package sim

import (
	"math"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// A meter reads the pools of a tenant as a run goes, and fills the record.
// Integrals over time are kept in whole milliseconds, floor by floor, so they are
// exact whatever the number of steps.
type meter struct {
	tenant *Tenant
	pools  []gauge
	next   int // the next midnight to be recorded
	out    *record.Tenant
}

// A gauge is the last reading of one pool.
type gauge struct {
	product    int
	assigned   int
	seats      int
	assignable int
	paid       int
	since      clock.Time // of the reading
	paidMonths float64    // calendar months at the last change of paid
	cost       float64    // seat-months
}

// reset starts the meter on an empty record.
func (m *meter) reset(t *Tenant, out *record.Tenant) {
	m.tenant, m.out, m.next = t, out, 0
	m.pools = m.pools[:0]
	days := len(t.Midnights)
	for _, p := range t.pools() {
		m.pools = append(m.pools, gauge{product: p})
		out.Pools = append(out.Pools, record.Pool{
			Assigned: make([]int32, days), Seats: make([]int32, days), Refused: make([]int32, days), Users: make([]int32, days),
			Exhausted: clock.Never, FirstRefusal: clock.Never, Tightest: math.MaxInt32})
	}
}

// reading is what a pool shows at an instant.
type reading struct{ assigned, seats, assignable, paid int }

// read takes a pool's reading at t, after whatever happened there.
func (m *meter) read(t clock.Time, pool int, r reading) {
	g, out := &m.pools[pool], &m.out.Pools[pool]
	m.integrate(t, pool)
	if r.paid != g.paid {
		months := m.months(t)
		g.cost += float64(float64(g.paid) * (months - g.paidMonths))
		g.paid, g.paidMonths = r.paid, months
	}
	g.assigned, g.seats, g.assignable = r.assigned, r.seats, r.assignable
	out.Peak = max(out.Peak, int32(r.assigned))
}

// integrate accounts for a pool's reading up to t.
func (m *meter) integrate(t clock.Time, pool int) {
	g := &m.pools[pool]
	if out := &m.out.Pools[pool]; g.assignable == 0 && t > g.since {
		out.Exhausted = min(out.Exhausted, g.since)
	}
	m.out.Pools[pool].IdleMs += int64(g.assignable) * int64(milliseconds(t)-milliseconds(g.since))
	g.since = t
}

func milliseconds(t clock.Time) clock.Time { return t / 1e6 }

// months returns the calendar months from the start to t: prices are charged by
// the calendar month, and within it by the day.
func (m *meter) months(t clock.Time) float64 {
	days, months := m.tenant.Midnights, m.tenant.Months
	d := m.next // days are passed in order, so the day of t is the one being recorded
	if d == 0 || d >= len(days) {
		return months[min(d, len(days)-1)]
	}
	part := float64(t-days[d-1]) / float64(days[d]-days[d-1])
	return months[d-1] + float64(part*(months[d]-months[d-1]))
}

// pass records the midnights before t: a day's entry includes everything at its
// very midnight.
func (m *meter) pass(t clock.Time) {
	for m.next < len(m.tenant.Midnights) && m.tenant.Midnights[m.next] < t {
		m.midnight()
	}
}

func (m *meter) midnight() {
	for i := range m.pools {
		g, out := &m.pools[i], &m.out.Pools[i]
		out.Assigned[m.next], out.Seats[m.next] = int32(g.assigned), int32(g.seats)
	}
	m.next++
}

// refuse counts a refused claim at t, by a person who is refused for the first
// time or not.
func (m *meter) refuse(t clock.Time, pool int, first bool) {
	m.refuseAgain([]clock.Time{t}, pool, 1)
	out := &m.out.Pools[pool]
	if first {
		out.RefusedUsers++
		out.Users[dayOf(m.tenant.Midnights, t)]++
	}
	out.FirstRefusal = min(out.FirstRefusal, t)
}

// refuseAgain counts refused claims by people whose first is counted, at times that
// may be past or to come, n times each: -1 takes back what was counted.
func (m *meter) refuseAgain(times []clock.Time, pool int, n int64) {
	out, days := &m.out.Pools[pool], m.tenant.Midnights
	out.RefusedClaims += n * int64(len(times))
	refused := out.Refused
	for _, t := range times {
		refused[dayOf(days, t)] += int32(n)
	}
}

// dayOf returns the midnight by which t is recorded: the first at or after it.
func dayOf(days []clock.Time, t clock.Time) int {
	d := min(int((t+clock.Day-1)/clock.Day), len(days)-1) // right but for the hour that daylight saving moves
	for d > 0 && days[d-1] >= t {
		d--
	}
	for d < len(days)-1 && days[d] < t {
		d++
	}
	return d
}

// finish records what is left up to the horizon.
func (m *meter) finish() {
	end := m.tenant.Midnights[len(m.tenant.Midnights)-1]
	m.pass(end)
	for i := range m.pools {
		g, out := &m.pools[i], &m.out.Pools[i]
		m.integrate(end, i)
		if g.assignable == 0 {
			out.Exhausted = min(out.Exhausted, g.since)
		}
		g.cost += float64(float64(g.paid) * (m.months(end) - g.paidMonths))
		out.Cost = float64(g.cost * m.tenant.Prices[g.product])
	}
	m.pass(end + 1)
}
