package sim

import (
	"math/bits"
	"slices"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// An idleRule is a Reclaim at work.
//
// A holder's acts change nothing but the time at which the seat will have been
// idle for long enough. So nothing is moved at every act. A rule that reclaims at
// the very instant looks ahead along the holder's acts for the first that no other
// follows in time, and sets a timer for that alone: most holders never need one. The
// timer may be too early, where something else was done with the seat, never too
// late; when it comes, the last use is looked up.
type idleRule struct {
	due   []clock.Time // by person: when the seat will have been idle for long enough, by the last use that is known
	timer []uint32     // by person: the tag of the event that waits and looks again, or 0
	tag   uint32       // the last that was given to an event
	least []clock.Time // by calendar: the least operational time in as much clock time
}

// resetIdle sets the rules to the start of a replication.
func (r *run) resetIdle() {
	for k := range r.idle {
		rule := &r.idle[k]
		if k == 0 { // takes over memory of the setting up, of which there may be much
			rule.due, rule.timer = r.begins, r.sorter.numbers
		}
		rule.due = slices.Grow(rule.due[:0], len(r.people))[:len(r.people)]
		rule.timer = slices.Grow(rule.timer[:0], len(r.people))[:len(r.people)]
		rule.tag = 0
		clear(rule.due)
		clear(rule.timer)
	}
}

// watchIdle starts the idle time of a product that a person just got.
func (r *run) watchIdle(i claim.Person, product int) {
	for k := range r.idle {
		if r.tenant.Reclaim[k].Product == product {
			r.setIdle(i, k, r.now)
		}
	}
}

// setIdle notes that a person used the product of rule k at an instant.
func (r *run) setIdle(i claim.Person, k int, used clock.Time) {
	rule, terms := &r.idle[k], &r.tenant.Reclaim[k]
	rule.due[i] = used.Add(terms.Idle)
	if terms.Every == 0 && rule.timer[i] == 0 {
		r.setTimer(i, k)
	}
}

// setTimer sets the timer of a holder, which replaces one that waits.
func (r *run) setTimer(i claim.Person, k int) {
	rule := &r.idle[k]
	at := r.lookAhead(i, k)
	rule.timer[i] = 0
	if at <= r.horizon {
		rule.tag = max(rule.tag+1, 1)
		rule.timer[i] = rule.tag
		e := clock.NewEvent(at, clock.Administrator, r.order(i), idleEvent, uint8(k), uint32(i))
		e.Tag = rule.tag
		r.queue.Push(e)
	}
}

// lookAhead returns when a holder's seat will have been idle for long enough, if
// nothing changes but by the holder's habits.
func (r *run) lookAhead(i claim.Person, k int) clock.Time {
	due, idle := r.idle[k].due[i], r.tenant.Reclaim[k].Idle
	if r.everyAct {
		return due
	}
	due = max(due, r.covered(i, k, due-idle).Add(idle))
	for due <= r.horizon {
		last := r.someUse(i, k, max(due-idle+1, r.now), due-1)
		if last < 0 {
			break
		}
		due = last.Add(idle)
	}
	return due
}

// covered returns a clock time until which the habits of a person who used the
// product of rule k at an instant are sure to leave it idle for less than the rule
// allows: clock.Never if that is until the end. It reckons in operational time, of
// which some least amount passes in the time that the rule allows.
func (r *run) covered(i claim.Person, k int, used clock.Time) clock.Time {
	p, s := &r.people[i], r.segmentOf(i)
	if s < 0 || used < r.now || r.tenant.Segments[s].PerAct {
		return used
	}
	cal, end := r.calendar(i), r.endOp[s]
	from, gap := cal.First(used), r.idle[k].least[r.tenant.Segments[s].Calendar]-1
	if from < p.begins || gap == clock.Never-1 {
		return used
	}
	processes, using, op := r.processesOf(i), r.allowed(i).usedBy[k], from
	for rest := using; rest != 0; rest &= rest - 1 {
		process := &processes[bits.TrailingZeros32(rest)]
		op = max(op, p.begins+process.Covered(op-p.begins, gap, end-p.begins))
	}
	for op+gap <= end {
		next := clock.Time(-1)
		for rest := using; rest != 0 && next < 0; rest &= rest - 1 {
			next = processes[bits.TrailingZeros32(rest)].Last(op+1-p.begins, op+gap-p.begins)
		}
		switch {
		case next >= 0:
			op = p.begins + next
		case op == from:
			return used
		default:
			return cal.Clock(op)
		}
	}
	return clock.Never
}

// retime sets the timers of a person's seats anew, after a change of what an act
// needs or a licence gives.
func (r *run) retime(i claim.Person) {
	for k := range r.idle {
		if terms := &r.tenant.Reclaim[k]; terms.Every == 0 && r.engine.Holds(i, terms.Product) {
			r.setTimer(i, k)
		}
	}
}

// usedBy returns the products that an act uses, a bit each: those the person
// holds that give the right it needs, where not everyone has that right.
func (r *run) usedBy(i claim.Person, a claim.Action, environment int16) (products uint32) {
	if len(r.idle) == 0 || a == claim.StartTrial {
		return 0
	}
	need, given := r.engine.Need(a, environment)
	if given || r.engine.Free().Has(need) {
		return 0
	}
	for k := range r.tenant.Reclaim {
		if p := r.tenant.Reclaim[k].Product; r.engine.Holds(i, p) && r.engine.Gives(p).Has(need) {
			products |= 1 << p
		}
	}
	return products
}

// use notes that a person used products now.
func (r *run) use(i claim.Person, products uint32) {
	for k := range r.idle {
		if products&(1<<r.tenant.Reclaim[k].Product) != 0 {
			r.setIdle(i, k, r.now)
		}
	}
}

// checkIdle runs when a timer comes, unless another took its place.
func (r *run) checkIdle(e *clock.Event, i claim.Person, k int) {
	rule := &r.idle[k]
	if rule.timer[i] != e.Tag {
		return
	}
	rule.timer[i] = 0
	if r.engine.Holds(i, r.tenant.Reclaim[k].Product) && !r.reclaimIdle(i, k) {
		r.setTimer(i, k)
	}
}

// sweep runs rule k over all holders.
func (r *run) sweep(k int) {
	terms := &r.tenant.Reclaim[k]
	for i := range r.people {
		if r.engine.Holds(claim.Person(i), terms.Product) {
			r.reclaimIdle(claim.Person(i), k)
		}
	}
	r.queue.Push(clock.NewEvent(r.now.Add(terms.Every), clock.Administrator, uint32(k)|1<<30, sweepEvent, 0, uint32(k)))
}

// reclaimIdle takes a holder's seat back if it has been idle for long enough,
// and otherwise sets the time when it may have been. It reports whether the
// person holds it no more.
func (r *run) reclaimIdle(i claim.Person, k int) bool {
	rule, terms := &r.idle[k], &r.tenant.Reclaim[k]
	if rule.due[i] > r.now {
		return false
	}
	r.settle(i, k)
	if rule.due[i] > r.now {
		return false
	}
	d := r.engine.Reclaim(i, terms.Product, terms.From)
	if d.Outcome != claim.Released { // held in a way that the rule may not touch
		if terms.Every == 0 { // the next sweep looks again by itself
			rule.due[i] = r.now.Add(terms.Idle)
		}
		return false
	}
	r.follow(claim.Reclaim)
	return !r.engine.Holds(i, terms.Product)
}

// someUse is lastUse but that it may miss later uses by other habits.
func (r *run) someUse(i claim.Person, k int, from, to clock.Time) clock.Time {
	return r.uses(i, k, from, to, true)
}

// settle looks up the last act before now by which a person used the product of
// rule k, since the last one that is known and the last settleAll. In a run of every act all are known.
func (r *run) settle(i claim.Person, k int) {
	if r.everyAct {
		return
	}
	rule, idle := &r.idle[k], r.tenant.Reclaim[k].Idle
	known := rule.due[i] - idle
	if last := r.lastUse(i, k, max(known, r.judged), r.now-1); last > known {
		rule.due[i] = last.Add(idle)
	}
}

// lastUse returns the clock time of the last act of a person's habits in [from, to]
// that uses the product of rule k, as rights are now, or -1 if there is none.
func (r *run) lastUse(i claim.Person, k int, from, to clock.Time) clock.Time {
	return r.uses(i, k, from, to, false)
}

// uses returns the last use by all habits, or by the first that has one.
func (r *run) uses(i claim.Person, k int, from, to clock.Time, some bool) clock.Time {
	p, product := &r.people[i], r.tenant.Reclaim[k].Product
	if r.segmentOf(i) < 0 || p.begins == clock.Never {
		return -1
	}
	cal, last := r.calendar(i), clock.Time(-1)
	first, end := max(cal.First(from)-p.begins, 0), cal.First(to+1)-1-p.begins
	everywhere := !r.tenant.Segments[r.segmentOf(i)].PerAct // the same for every act of a habit
	habits := r.habits(i)
	for h := range habits {
		if some && last >= 0 {
			break
		}
		action := habits[h].Action
		if everywhere && r.usedBy(i, action, r.place(i, action, 0))&(1<<product) == 0 {
			continue
		}
		process := &r.processesOf(i)[h]
		for to := end; to >= first; {
			at := process.Last(first, to)
			if at < 0 {
				break
			}
			if everywhere || r.usedBy(i, action, r.place(i, action, at+p.begins))&(1<<product) != 0 {
				last = max(last, cal.Clock(at+p.begins))
				first = at
				break
			}
			to = at - 1
		}
	}
	return last
}

// settleAll settles every holder's idle time, before a change of what an act
// needs or a licence gives: acts before it are judged by what held then.
func (r *run) settleAll() {
	if r.everyAct {
		return
	}
	for k := range r.idle {
		for i := range r.people {
			if r.engine.Holds(claim.Person(i), r.tenant.Reclaim[k].Product) {
				r.settle(claim.Person(i), k)
			}
		}
	}
	r.judged = r.now
}
