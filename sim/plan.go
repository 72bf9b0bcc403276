package sim

import (
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// plan schedules the person's next act that could change something, at or after
// operational time op; an act of a habit up to number after at op itself has
// already happened. In a run of every act that is simply the next act.
func (r *run) plan(i claim.Person, op clock.Time, after int) {
	p := &r.people[i]
	r.turns.next(i)
	if p.begins == clock.Never || r.engine.Gone(i) {
		return
	}
	if !r.everyAct && r.past(i).standing < 0 && r.allowed(i).all {
		return
	}
	until := r.lastOperational(i)
	op = max(op, p.begins)
	best, habit := clock.Never, -1
	habits := r.habits(i)
	r.crowd.begin(r.segmentOf(i), len(habits))
	for k := range habits {
		from := op
		if k <= after {
			from++
		}
		if !r.everyAct {
			if from = r.matters(i, k, from); from == clock.Never {
				continue
			}
		}
		if t := r.processesOf(i)[k].Next(from-p.begins, min(until, best)-p.begins); t != clock.Never && t+p.begins < best {
			best, habit = t+p.begins, k
		}
	}
	r.stand(i, op, after)
	if habit < 0 {
		return
	}
	if at := max(r.calendar(i).Clock(best), r.now); at <= r.horizon {
		e := clock.NewEvent(at, clock.User, r.order(i), actEvent, uint8(habit), uint32(i))
		e.Tag, e.Op = r.turns.of(i), best
		r.queue.Push(e)
	}
}

// turns tell apart the acts of a person that were put into the queue: events of other
// turns have been overtaken by another plan, or by leaving. They are kept in pages of
// people, of those alone of whom any act ever waits.
type turns []*[turnsPage]uint32

const turnsPage = 1 << 10

// of returns the turn of a person whose act is put into the queue, or waits there.
func (t turns) of(i claim.Person) uint32 {
	page := &t[i/turnsPage]
	if *page == nil {
		*page = new([turnsPage]uint32)
	}
	return (*page)[i%turnsPage]
}

// next begins another turn of a person.
func (t turns) next(i claim.Person) {
	if page := t[i/turnsPage]; page != nil {
		page[i%turnsPage]++
	}
}

// replan plans a person anew from now on, whose rights may have changed. Someone
// who has not adopted yet is planned then.
func (r *run) replan(i claim.Person) {
	if r.everyAct || r.segmentOf(i) < 0 {
		return
	}
	if op := r.calendar(i).First(r.now); op >= r.people[i].begins {
		r.plan(i, op, -1)
	}
}

// matters returns the first operational time from which single acts of habit k
// could change something: acts that the person is entitled to change nothing, those
// that only a running trial allows matter when it is over, and those that will be
// turned away as others were before are left to the crowd.
func (r *run) matters(i claim.Person, k int, from clock.Time) clock.Time {
	action := r.habits(i)[k].Action
	trial := r.engine.TrialUntil(i)
	wants := uint32(0)
	always, now, away := action != claim.StartTrial, action != claim.StartTrial, trial <= r.now
	for _, e := range r.places(i) {
		d := r.engine.Would(r.now, claim.Act{Person: i, Action: action, Environment: e})
		if d.Outcome != claim.Entitled {
			always, now = false, false
		} else if always && trial > r.now {
			need, given := r.engine.Need(action, e)
			always = given || r.engine.Rights(i, r.now, false).Has(need)
		}
		if away = away && r.knows(i, d); away {
			r.crowd.draft.answers[k] = append(r.crowd.draft.answers[k], r.cellOf(d))
			wants |= r.engine.Short
		}
	}
	switch {
	case always:
		return clock.Never
	case now && trial > r.now:
		return max(from, r.calendar(i).Operational(trial))
	case away:
		r.crowd.draft.habits |= 1 << k
		r.crowd.draft.wants |= wants
		return clock.Never
	}
	return from
}

// knows reports whether a person has met the answer d before and will do nothing
// about it, so that meeting it again only needs counting.
func (r *run) knows(i claim.Person, d claim.Decision) bool {
	h := r.past(i)
	switch d.Outcome {
	case claim.Entitled:
		return true
	case claim.Refused:
		when := &r.tenant.Segments[r.segmentOf(i)].WhenRefused
		return h.blocked != clock.Never && h.refusedBy&(1<<r.poolOf[d.Product]) != 0 && when.Request == 0 && when.Trial == 0
	case claim.Ineligible:
		return h.met&(1<<d.Reason) != 0
	}
	return false
}

// cellOf returns where acts that meet the answer d are counted.
func (r *run) cellOf(d claim.Decision) cell {
	if d.Outcome == claim.Entitled {
		return cell{-1, -1}
	}
	c := cell{int32(d.Outcome)*int32(claim.NumReasons) + int32(d.Reason), -1}
	if d.Outcome == claim.Refused {
		c.pool = int32(r.poolOf[d.Product])
	}
	return c
}
