package sim

import (
	"math/bits"
	"slices"

	"seatcast/sim/behave"
	"seatcast/sim/calendar"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// A crowd is the people who are turned away and will be turned away again: each
// of some acts of theirs meets the same answer as long as nothing changes in the
// tenant or in what they have. In a tenant whose pool is dry they are the bulk of
// all that happens. Their acts are not sent through the queue but counted, exactly,
// when it is known that nothing has changed: when a seat frees, when someone
// leaves the crowd, at the end.
//
// When a seat frees, single acts matter again, for the first who tries gets it.
// Then the acts of everyone in the crowd are laid out in order for a stretch of
// time, and looked at one by one while there is a seat. When there is none left,
// what is laid out waits to be counted or looked at.
type crowd struct {
	standing []standing
	marks    []mark  // by place in standing
	vacant   []int32 // places in standing
	profiles []profile
	draft    profile // of the person who is being planned
	wants    uint32  // products, a bit each, whose seats would serve someone

	counted clock.Time // acts before it are counted, or were looked at
	awake   bool       // acts are looked at one by one
	stretch stretch
	times   []clock.Time
}

// A standing is a person's place in the crowd.
type standing struct {
	person claim.Person
	number uint32 // and begins: as of the person
	begins clock.Time
	from   clock.Time // operational time before which acts, and those of habits up to after at it, are none of the crowd's
	after  int16
	taken  bool // someone stands here
}

// A mark is what is needed to count an act that is laid out, in little memory.
type mark struct {
	profile uint32
	tag     uint32 // of the person's acts that are laid out; those of other tags are of someone who has left
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

func (c *crowd) reset() {
	c.standing, c.marks, c.vacant, c.profiles = c.standing[:0], c.marks[:0], c.vacant[:0], c.profiles[:0]
	c.wants, c.counted, c.awake = 0, 0, false
	c.stretch.until = 0
}

// begin starts the profile of a person of a segment.
func (c *crowd) begin(segment, habits int) {
	c.draft.segment, c.draft.habits, c.draft.wants = segment, 0, 0
	c.draft.answers = slices.Grow(c.draft.answers[:0], habits)[:habits]
	for k := range c.draft.answers {
		c.draft.answers[k] = c.draft.answers[k][:0]
	}
}

// profileOf returns the profile of who stands at a place.
func (c *crowd) profileOf(place int32) *profile { return &c.profiles[c.marks[place].profile] }

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
	c, profile := &r.crowd, int32(-1)
	if c.draft.habits != 0 {
		profile = c.find()
	}
	if at := r.past(i).standing; at >= 0 {
		if int32(c.marks[at].profile) == profile {
			return
		}
		r.quit(i, op, after)
	}
	if profile < 0 {
		return
	}
	h := r.note(i)
	if n := len(c.vacant); n > 0 {
		h.standing, c.vacant = c.vacant[n-1], c.vacant[:n-1]
	} else {
		h.standing = int32(len(c.standing))
		c.standing, c.marks = append(c.standing, standing{}), append(c.marks, mark{})
	}
	c.standing[h.standing] = standing{person: i, number: r.people[i].number, begins: r.people[i].begins, from: op, after: int16(after), taken: true}
	c.marks[h.standing].profile = uint32(profile)
	if r.now < c.stretch.until {
		r.layOut(h.standing)
	}
}

// quit takes a person out of the crowd; acts before (op, after) have been turned
// away, and at op those of habits up to after.
func (r *run) quit(i claim.Person, op clock.Time, after int) {
	h := r.note(i)
	r.turnAway(h.standing, op, after)
	m := &r.crowd.marks[h.standing]
	m.tag = (m.tag + 1) % (1 << (32 - habitBits))
	r.crowd.standing[h.standing].taken = false
	r.crowd.vacant = append(r.crowd.vacant, h.standing)
	h.standing = -1
}

// turnAway counts the acts of a person in the crowd up to (op, after) that are not
// counted yet.
func (r *run) turnAway(place int32, op clock.Time, after int) {
	c := &r.crowd
	s, f := &c.standing[place], c.profileOf(place)
	does, key := r.tenant.Segments[f.segment].Does, r.parts[f.segment].key(s.number)
	cal := r.tenant.Calendars[r.tenant.Segments[f.segment].Calendar]
	counted := firstAt(cal, c.counted)
	for habits := f.habits; habits != 0; habits &= habits - 1 {
		k := bits.TrailingZeros32(habits)
		from, to := s.from, op
		if k <= int(s.after) {
			from++
		}
		if k > after {
			to--
		}
		if from = max(from, counted); from > to {
			continue
		}
		process := behave.NewProcess(&does[k], key)
		c.times = process.Acts(c.times[:0], from-s.begins, to-s.begins)
		if len(f.answers[k]) == 1 {
			r.countAll(f.answers[k][0], cal, s.begins, c.times)
			continue
		}
		for _, t := range c.times {
			r.countOne(r.answer(f, s.person, k, s.begins+t), cal.Clock(s.begins+t))
		}
	}
}

// countAll counts acts at operational times since begins that meet the same answer.
func (r *run) countAll(answer cell, cal *calendar.Calendar, begins clock.Time, times []clock.Time) {
	if answer.outcome < 0 {
		return
	}
	r.acted[answer.outcome] += int64(len(times))
	r.planned += int64(len(times))
	switch {
	case answer.pool < 0:
	case cal.Always():
		for _, t := range times {
			r.meter.refuseAgain(begins+t, int(answer.pool))
		}
	default:
		for _, t := range times {
			r.meter.refuseAgain(cal.Clock(begins+t), int(answer.pool))
		}
	}
}

// countOne counts an act.
func (r *run) countOne(answer cell, at clock.Time) {
	if answer.outcome < 0 {
		return
	}
	r.acted[answer.outcome]++
	r.planned++
	if answer.pool >= 0 {
		r.meter.refuseAgain(at, int(answer.pool))
	}
}

// open reports whether there is a seat that would serve someone in the crowd.
func (r *run) open() bool {
	return r.free&r.crowd.wants != 0 && len(r.crowd.standing) > len(r.crowd.vacant)
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
		empty := max(c.stretch.until-r.now, 0)
		c.counted = r.now
		r.layOutAll(2 * empty)
	}
}

// wake counts what the crowd did until now, and lays out what it does from now on.
func (r *run) wake() {
	c := &r.crowd
	c.awake = true
	if r.now < c.stretch.until {
		r.drain(r.now)
		return
	}
	r.countUntil(r.now)
	r.layOutAll(0)
}

// countUntil counts all acts of the crowd before t.
func (r *run) countUntil(t clock.Time) {
	c := &r.crowd
	if c.stretch.until > c.counted {
		r.drain(min(t, c.stretch.until))
	}
	for i := range c.standing {
		if c.standing[i].taken {
			segment := &r.tenant.Segments[c.profileOf(int32(i)).segment]
			r.turnAway(int32(i), firstAt(r.tenant.Calendars[segment.Calendar], t)-1, len(segment.Does))
		}
	}
	c.counted = t
}

// look lets a person of the crowd act for whom there may be a seat.
func (r *run) look(e laid) {
	if r.crowd.marks[e.place].tag != e.tag() {
		return
	}
	s, habit := &r.crowd.standing[e.place], e.habit()
	i, op := s.person, r.opOf(s, e)
	s.from, s.after = op, int16(habit)
	r.planned++
	action := r.habits(i)[habit].Action
	r.do(i, action, r.place(i, action, op))
	r.plan(i, op, habit)
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
	if len(c.standing) == len(c.vacant) {
		return nil
	}
	r.countUntil(r.now)
	for i := range c.standing {
		if s := &c.standing[i]; s.taken {
			people = append(people, s.person)
			r.note(s.person).standing = -1
		}
	}
	c.reset()
	return people
}

// finishCrowd counts what the crowd did until the end, which is inclusive.
func (r *run) finishCrowd() {
	if len(r.crowd.standing) > len(r.crowd.vacant) {
		r.countUntil(r.horizon + 1)
	}
}
