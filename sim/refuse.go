package sim

import (
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// refused counts a refusal and lets the person do what the segment's people do
// then: ask the administrator, or start a trial. There is no queue: the person's
// next act is the next try (rule C8).
func (r *run) refused(i claim.Person, action claim.Action, environment int16, d claim.Decision) {
	h, pool := r.note(i), r.poolOf[d.Product]
	r.meter.refuse(r.now, pool, h.refusedBy&(1<<pool) == 0)
	h.refusedBy |= 1 << pool
	if h.blocked == clock.Never {
		h.blocked, h.pool, h.wanted, h.where = r.now, int16(pool), action, environment
	}
	segment := r.segmentOf(i)
	if segment < 0 {
		return
	}
	when := &r.tenant.Segments[segment].WhenRefused
	if when.Request == 0 && when.Trial == 0 {
		return
	}
	luck := r.key(i).Index(purposeRefusal).Index(uint64(h.refusals)).Stream()
	h.refusals++
	switch u := luck.Uniform(); {
	case u < when.Request:
		if !h.requested {
			h.requested = true
			wait := clock.Ticks(when.Approval.Quantile(luck.Uniform()))
			r.queue.Push(clock.NewEvent(r.now.Add(wait), clock.Administrator, r.order(i), approveEvent, uint8(d.Product), uint32(i)))
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
	r.note(i).requested = false
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
