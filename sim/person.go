package sim

import (
	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/rng"
)

// The purposes of a person's streams; habits use the numbers of their actions.
const (
	purposeAdoption = 1000 + iota
	purposeLeave
	purposeRefusal
	purposeGroup
	purposePlace
	purposeLag
	purposeMember
)

// A person is one modelled person in a run.
type person struct {
	key     rng.Key
	begins  clock.Time // operational time of adoption; clock.Never where the person never acts
	joined  clock.Time // clock time
	leaves  clock.Time // clock time; clock.Never where the person stays
	next    clock.Time // clock time of the act that waits in the queue, or clock.Never
	op      clock.Time // operational time of that act
	blocked clock.Time // since when the person is refused, or clock.Never

	segment     int16 // -1 for people of a trace
	environment int16
	pool        int16        // that refused the person
	where       int16        // the environment of the act that was refused
	wanted      claim.Action // the act that was refused
	refusals    uint32
	processings uint16
	claims      uint16
	refusedBy   uint32 // pools that ever refused the person
	met         uint64 // what the person was told so far: reasons of acts, then of group errors
	standing    int32  // in the crowd, or -1
	moving      uint32 // groups that the person is being moved to, add first
	action      uint8  // index of the habit of the act that waits
	requested   bool   // a request to the administrator is under way
}

// habits returns the number of habits of p, none for people of a trace.
func (r *run) habits(p *person) int {
	if p.segment < 0 {
		return 0
	}
	return len(r.tenant.Segments[p.segment].Does)
}

// process returns the acts of a person's habit number k.
func (r *run) process(p *person, k int) behave.Process {
	return behave.NewProcess(&r.tenant.Segments[p.segment].Does[k], p.key)
}

// place returns where an act happens: the person's environment, or one drawn for
// the act by its operational time.
func (r *run) place(p *person, a claim.Action, op clock.Time) int16 {
	if p.segment < 0 || !r.tenant.Segments[p.segment].PerAct {
		return p.environment
	}
	s := &r.tenant.Segments[p.segment]
	u := p.key.Index(purposePlace).Index(uint64(a)).Index(uint64(op)).Uniform()
	for _, e := range s.Environments {
		if u -= e.Share; u < 0 {
			return int16(e.Index)
		}
	}
	return int16(s.Environments[len(s.Environments)-1].Index)
}

// plan schedules the person's next act that could change something, at or after
// operational time op; an act of a habit up to number after at op itself has
// already happened. In a run of every act that is simply the next act.
func (r *run) plan(i claim.Person, op clock.Time, after int) {
	p := &r.people[i]
	p.next = clock.Never
	if p.begins == clock.Never || r.engine.Gone(i) {
		return
	}
	cal := r.calendar(p)
	until := r.lastOperational(p)
	op = max(op, p.begins)
	best, habit := clock.Never, -1
	r.crowd.begin(int(p.segment), r.habits(p))
	for k := range r.habits(p) {
		from := op
		if k <= after {
			from++
		}
		if !r.everyAct {
			if from = r.matters(i, p, k, from); from == clock.Never {
				continue
			}
		}
		process := r.process(p, k)
		if t := process.Next(from-p.begins, min(until, best)-p.begins); t != clock.Never && t+p.begins < best {
			best, habit = t+p.begins, k
		}
	}
	r.stand(i, op, after)
	if habit < 0 {
		return
	}
	p.op, p.action = best, uint8(habit)
	p.next = max(cal.Clock(best), r.now)
	if p.next <= r.horizon {
		r.queue.Push(clock.NewEvent(p.next, clock.User, p.order(), actEvent, uint8(habit), uint32(i)))
	}
}

// matters returns the first operational time from which single acts of habit k
// could change something: acts that the person is entitled to change nothing, those
// that only a running trial allows matter when it is over, and those that will be
// turned away as others were before are left to the crowd.
func (r *run) matters(i claim.Person, p *person, k int, from clock.Time) clock.Time {
	s := &r.tenant.Segments[p.segment]
	action := s.Does[k].Action
	trial := r.engine.TrialUntil(i)
	wants := uint32(0)
	always, now, away := action != claim.StartTrial, action != claim.StartTrial, trial <= r.now
	for _, e := range r.places(s, p) {
		d := r.engine.Would(r.now, claim.Act{Person: i, Action: action, Environment: e})
		if d.Outcome != claim.Entitled {
			always, now = false, false
		} else if always && trial > r.now {
			need, given := r.engine.Need(action, e)
			always = given || r.engine.Rights(i, r.now, false).Has(need)
		}
		if away = away && r.knows(p, d); away {
			r.crowd.draft.answers[k] = append(r.crowd.draft.answers[k], r.cellOf(d))
			wants |= r.engine.Short
		}
	}
	switch {
	case always:
		return clock.Never
	case now && trial > r.now:
		return max(from, r.calendar(p).Operational(trial))
	case away:
		r.crowd.draft.habits |= 1 << k
		r.crowd.draft.wants |= wants
		return clock.Never
	}
	return from
}

// knows reports whether a person has met the answer d before and will do nothing
// about it, so that meeting it again only needs counting.
func (r *run) knows(p *person, d claim.Decision) bool {
	when := &r.tenant.Segments[p.segment].WhenRefused
	switch d.Outcome {
	case claim.Entitled:
		return true
	case claim.Refused:
		return p.blocked != clock.Never && p.refusedBy&(1<<r.poolOf[d.Product]) != 0 && when.Request == 0 && when.Trial == 0
	case claim.Ineligible:
		return p.met&(1<<d.Reason) != 0
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

// places returns the environments in which the person may act.
func (r *run) places(s *Segment, p *person) []int16 {
	r.scratch = r.scratch[:0]
	if !s.PerAct {
		return append(r.scratch, p.environment)
	}
	for _, e := range s.Environments {
		r.scratch = append(r.scratch, int16(e.Index))
	}
	return r.scratch
}

// lastOperational returns the operational time of the person's last moment: acts
// up to it happen.
func (r *run) lastOperational(p *person) clock.Time {
	if p.leaves > r.horizon {
		return r.endOp[p.segment]
	}
	return r.calendar(p).Operational(p.leaves - 1) // who leaves acts no more at that instant
}

// order returns the person's place among those who act at one instant: fair, and
// apart from the administrator's dated acts, which have the low numbers.
func (p *person) order() uint32 { return p.key.Order() | 1<<31 }
