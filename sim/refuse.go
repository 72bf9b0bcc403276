package sim

import (
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// refused counts a refusal and lets the person do what the segment's people do
// then: ask the administrator, or start a trial. There is no queue: the person's
// next act is the next try (rule C8).
func (r *run) refused(i claim.Person, action claim.Action, environment int16, d claim.Decision) {
	p, pool := &r.people[i], r.poolOf[d.Product]
	r.meter.refuse(r.now, pool, p.refusedBy&(1<<pool) == 0)
	p.refusedBy |= 1 << pool
	if p.blocked == clock.Never {
		p.blocked, p.pool, p.wanted, p.where = r.now, int16(pool), action, environment
	}
	if p.segment < 0 {
		return
	}
	when := &r.tenant.Segments[p.segment].WhenRefused
	luck := p.key.Index(purposeRefusal).Index(uint64(p.refusals)).Stream()
	p.refusals++
	switch u := luck.Uniform(); {
	case u < when.Request:
		if !p.requested {
			p.requested = true
			wait := clock.Ticks(when.Approval.Quantile(luck.Uniform()))
			r.queue.Push(clock.NewEvent(r.now.Add(wait), clock.Administrator, p.order(), approveEvent, uint8(d.Product), uint32(i)))
		}
	case u < when.Request+when.Trial:
		trial := r.engine.StartTrial(r.now, i)
		r.count(i, trial)
		r.enter(i, claim.StartTrial, -1, trial)
		if trial.Outcome == claim.Assigned {
			r.serve(i)
		}
	}
}

// approve lets the administrator act on a person's request for a product.
func (r *run) approve(i claim.Person, product int) {
	r.people[i].requested = false
	if r.engine.Gone(i) {
		return
	}
	r.assign(i, product)
}

// assign assigns a product directly, by an administrator's hand.
func (r *run) assign(i claim.Person, product int) {
	d := r.engine.Assign(i, product)
	r.follow(claim.Assign)
	r.fail(i, claim.Assign, d)
}

// unassign removes a direct assignment (rule G4).
func (r *run) unassign(i claim.Person, product int) {
	d := r.engine.Unassign(i, product)
	r.follow(claim.Unassign)
	r.fail(i, claim.Unassign, d)
}
