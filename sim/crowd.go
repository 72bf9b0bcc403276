package sim

import (
	"math/bits"
	"slices"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/pages"
)

// A crowd is the people who are turned away and will be turned away again: each
// of some acts of theirs meets the same answer as long as nothing changes in the
// tenant or in what they have. In a tenant whose pool is dry they are the bulk of
// all that happens. Their acts are not sent through the queue but counted, many at
// a time and ahead of time; of who leaves the crowd they are taken back.
//
// When a seat frees, single acts matter again, for the first who tries gets it.
// Then the acts of everyone in the crowd are counted for a stretch of time to come,
// and it is noted who acts when. So who acts next is looked up one by one while
// there is a seat, and taken back from what was counted.
type crowd struct {
	standing pages.List[standing]
	vacant   []int32 // places in standing
	profiles []profile
	draft    profile // of the person who is being planned
	wants    uint32  // products, a bit each, whose seats would serve someone

	counted   clock.Time // acts before it are counted
	countedOp []moment   // counted, by calendar
	awake     bool       // acts are looked at one by one
	stretch   stretch
	times     []clock.Time
}

// size returns the number of people in the crowd.
func (c *crowd) size() int { return int(c.standing.Len()) - len(c.vacant) }

// A standing is a person's place in the crowd.
type standing struct {
	person  claim.Person
	number  uint32 // and begins: as of the person
	begins  clock.Time
	op      clock.Time // a moment: acts before it are none of the crowd's
	after   int32
	profile int32 // -1 where nobody stands
}

// from returns the moment before which acts are none of the crowd's.
func (s *standing) from() moment { return moment{s.op, s.after} }

// A moment lies between acts of a person: it is after those before an operational
// time, and those at it of habits up to a number.
type moment struct {
	op    clock.Time
	after int32
}

// first returns the first operational time after m of acts of habit k.
func (m moment) first(k int) clock.Time {
	if k <= int(m.after) {
		return m.op + 1
	}
	return m.op
}

// latest returns the later of two moments.
func latest(m, n moment) moment {
	if m.op > n.op || m.op == n.op && m.after > n.after {
		return m
	}
	return n
}

// moments appends the moment just before what happens at t, by calendar.
func (r *run) moments(to []moment, t clock.Time) []moment {
	for _, cal := range r.tenant.Calendars {
		to = append(to, moment{cal.First(t), -1})
	}
	return to
}

// A profile is what becomes of people's acts in the crowd.
type profile struct {
	segment int
	habits  uint32   // a bit each: whose acts the crowd counts
	answers [][]cell // by habit; one, or by environment where it is drawn for each act
	wants   uint32   // products, a bit each, of which a seat would serve
}

// A cell is where an act is counted.
type cell struct {
	outcome int32 // index into run.acted, or -1 for what needs no counting
	pool    int32 // that refused, or -1
}

// resetCrowd empties the crowd.
func (r *run) resetCrowd() {
	c := &r.crowd
	c.standing.Reset()
	c.vacant, c.profiles = c.vacant[:0], c.profiles[:0]
	c.wants, c.awake = 0, false
	c.stretch.until = 0
	c.stretch.turn(0)
	r.setCounted(0)
}

// setCounted notes up to when the acts of the crowd are counted.
func (r *run) setCounted(t clock.Time) {
	r.crowd.counted, r.crowd.countedOp = t, r.moments(r.crowd.countedOp[:0], t)
}

// begin starts the profile of a person of a segment.
func (c *crowd) begin(segment, habits int) {
	c.draft.segment, c.draft.habits, c.draft.wants = segment, 0, 0
	c.draft.answers = slices.Grow(c.draft.answers[:0], habits)[:habits]
	for k := range c.draft.answers {
		c.draft.answers[k] = c.draft.answers[k][:0]
	}
}

// same reports whether the crowd does the same for two profiles.
func (p *profile) same(q *profile) bool {
	if p.segment != q.segment || p.habits != q.habits || p.wants != q.wants {
		return false
	}
	for k := range p.answers {
		if p.habits&(1<<k) != 0 && !slices.Equal(p.answers[k], q.answers[k]) {
			return false
		}
	}
	return true
}

// find returns the number of the draft among the profiles. There are few: as many
// as there are combinations of holdings and places.
func (c *crowd) find() int32 {
	for i := range c.profiles {
		if c.profiles[i].same(&c.draft) {
			return int32(i)
		}
	}
	kept := c.draft
	kept.answers = make([][]cell, len(c.draft.answers))
	for k := range kept.answers {
		kept.answers[k] = slices.Clone(c.draft.answers[k])
	}
	c.profiles = append(c.profiles, kept)
	c.wants |= kept.wants
	return int32(len(c.profiles) - 1)
}

// answer returns the cell in which an act of habit k is counted.
func (r *run) answer(f *profile, i claim.Person, k int, op clock.Time) cell {
	answers := f.answers[k]
	if len(answers) == 1 {
		return answers[0]
	}
	s := &r.tenant.Segments[f.segment]
	e := r.place(i, s.Does[k].Action, op)
	return answers[slices.IndexFunc(s.Environments, func(x Share) bool { return int16(x.Index) == e })]
}

// stand puts a person into the crowd as the draft has it from (op, after) on, as
// plan has them, or takes the person out of it.
func (r *run) stand(i claim.Person, op clock.Time, after int) {
	c, profile, from := &r.crowd, int32(-1), moment{op, int32(after)}
	if c.draft.habits != 0 {
		profile = c.find()
	}
	if at := r.past(i).standing; at >= 0 {
		if c.standing.At(at).profile == profile {
			return
		}
		r.quit(i, from)
	}
	if profile < 0 {
		return
	}
	h := r.note(i)
	if n := len(c.vacant); n > 0 {
		h.standing, c.vacant = c.vacant[n-1], c.vacant[:n-1]
	} else {
		h.standing = c.standing.Add(standing{})
	}
	*c.standing.At(h.standing) = standing{i, r.people[i].number, r.people[i].begins, from.op, from.after, profile}
	if r.now < c.counted {
		r.tally(h.standing, from, r.counted(h.standing), 1)
	}
}

// quit takes a person out of the crowd, whose acts up to a moment have been turned
// away.
func (r *run) quit(i claim.Person, at moment) {
	c, h := &r.crowd, r.note(i)
	r.settleAt(h.standing, at)
	c.stretch.forget(h.standing)
	c.standing.At(h.standing).profile = -1
	c.vacant = append(c.vacant, h.standing)
	h.standing = -1
}

// settleAt makes the acts of who stands at a place counted up to a moment, which is
// that of the clock: what is counted ahead is taken back.
func (r *run) settleAt(place int32, at moment) {
	if s := r.crowd.standing.At(place); r.now < r.crowd.counted {
		r.tally(place, latest(s.from(), at), r.counted(place), -1)
	} else {
		r.tally(place, latest(s.from(), r.counted(place)), at, 1)
	}
}

// counted returns the moment up to which the acts of who stands at a place are
// counted.
func (r *run) counted(place int32) moment { return r.crowd.countedOp[r.calendarAt(place)] }

// calendarAt returns the index of the calendar of who stands at a place.
func (r *run) calendarAt(place int32) int {
	c := &r.crowd
	return r.tenant.Segments[c.profiles[c.standing.At(place).profile].segment].Calendar
}

// tally counts the acts of who stands at a place from a moment to another n times,
// and lays out what is in the stretch; with n = -1 it takes back what was counted.
func (r *run) tally(place int32, from, to moment, n int64) {
	c := &r.crowd
	s := c.standing.At(place)
	f := &c.profiles[s.profile]
	segment := &r.tenant.Segments[f.segment]
	cal, key := r.tenant.Calendars[segment.Calendar], r.parts[f.segment].key(s.number)
	for habits := f.habits; habits != 0; habits &= habits - 1 {
		k := bits.TrailingZeros32(habits)
		process := behave.NewProcess(&segment.Does[k], key)
		c.times = process.Acts(c.times[:0], from.first(k)-s.begins, to.first(k)-1-s.begins)
		if len(f.answers[k]) > 1 {
			for _, t := range c.times {
				r.countAll(r.answer(f, s.person, k, s.begins+t), []clock.Time{cal.Clock(s.begins + t)}, n)
			}
		}
		cal.Place(c.times, s.begins)
		if len(f.answers[k]) == 1 {
			r.countAll(f.answers[k][0], c.times, n)
		}
		if n > 0 && r.now < c.stretch.until {
			c.stretch.layOut(place, c.times)
		}
	}
}

// countAll counts acts at clock times that meet the same answer n times.
func (r *run) countAll(answer cell, times []clock.Time, n int64) {
	if answer.outcome < 0 {
		return
	}
	r.acted[answer.outcome] += n * int64(len(times))
	r.planned += n * int64(len(times))
	if answer.pool >= 0 {
		r.meter.refuseAgain(times, int(answer.pool), n)
	}
}

// open reports whether there is a seat that would serve someone in the crowd.
func (r *run) open() bool {
	return r.free&r.crowd.wants != 0 && r.crowd.size() > 0
}

// nextOfCrowd returns the next act of the crowd, if acts of it are to be looked at.
func (r *run) nextOfCrowd() *placed {
	c := &r.crowd
	if !r.open() {
		c.awake = false
		return nil
	}
	if !c.awake {
		r.wake()
	}
	for {
		if next := r.nextLaid(); next != nil || c.stretch.until > r.horizon {
			return next
		}
		// What is before the end of the stretch was looked at. The next one begins now,
		// for who joins from now on, and goes twice as far, as there may be nothing in it.
		r.layOutAll(2 * max(c.stretch.until-r.now, 0))
	}
}

// wake makes sure that what the crowd does from now on is laid out.
func (r *run) wake() {
	r.crowd.awake = true
	if r.now < r.crowd.stretch.until {
		r.crowd.stretch.turn(r.crowd.stretch.window(r.now))
	} else {
		r.layOutAll(0)
	}
}

// countUntil counts all acts of the crowd before t that are not counted yet.
func (r *run) countUntil(t clock.Time) {
	c, to := &r.crowd, r.moments(nil, t)
	for i := range c.standing.Len() {
		if s := c.standing.At(i); s.profile >= 0 {
			cal := r.calendarAt(i)
			r.tally(i, latest(s.from(), c.countedOp[cal]), to[cal], 1)
		}
	}
	r.setCounted(t)
}

// look lets a person of the crowd act for whom there may be a seat.
func (r *run) look(e placed) {
	s := r.crowd.standing.At(e.place)
	f, i, habit := &r.crowd.profiles[s.profile], s.person, int(e.habit)
	r.countAll(r.answer(f, i, habit, e.op), []clock.Time{e.at}, -1)
	s.op, s.after = e.op, e.habit
	r.planned++
	action := r.habits(i)[habit].Action
	r.do(i, action, r.place(i, action, e.op))
	r.plan(i, e.op, habit)
}

// reconsider plans everyone in the crowd anew, after a change that may give acts
// another answer.
func (r *run) reconsider() {
	for _, i := range r.disperse() {
		r.replan(i)
	}
}

// disperse empties the crowd, and returns who was in it.
func (r *run) disperse() (people []claim.Person) {
	c := &r.crowd
	if c.size() == 0 {
		return nil
	}
	now := r.moments(nil, r.now)
	for i := range c.standing.Len() {
		if s := c.standing.At(i); s.profile >= 0 {
			r.settleAt(i, now[r.calendarAt(i)])
			people = append(people, s.person)
			r.note(s.person).standing = -1
		}
	}
	r.resetCrowd()
	return people
}

// finishCrowd counts what the crowd did until the end, which is inclusive.
func (r *run) finishCrowd() {
	if r.crowd.size() > 0 && r.crowd.counted <= r.horizon {
		r.countUntil(r.horizon + 1)
	}
}
