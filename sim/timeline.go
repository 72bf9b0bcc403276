package sim

import (
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// deed runs a dated act of the administrator.
func (r *run) deed(e *Event) {
	switch e.Do {
	case EnableSetting, DisableSetting:
		r.engine.SetEnabled(e.Do == EnableSetting)
		r.reconsider()
	case EditPolicy:
		if e.Products != nil { // an edit of the apps alone leaves them
			r.engine.Edit(e.Policy, e.Products)
			r.reconsider()
		}
	case TurnPolicyOn, TurnPolicyOff:
		r.engine.SetOn(e.Policy, e.Do == TurnPolicyOn)
		r.reconsider()
	case DeletePolicy:
		r.engine.Delete(e.Policy)
		r.reconsider()
	case SetScope:
		r.engine.SetScope(e.Scope)
		r.reconsider()
	case ManageEnvironment, UnmanageEnvironment:
		r.settleAll()
		r.engine.SetManaged(e.Environment, e.Do == ManageEnvironment)
		r.rightsChanged()
	case ChangeSeats:
		r.settleAll()
		r.subscriptionChanged(e.Product, r.engine.ChangeSeats(r.now, e.Product, e.Subscription, e.Seats))
	case Renew:
		r.renew(e)
	case MoveToGroup:
		r.moveToGroup(e)
	case ReprocessGroup:
		r.reprocessGroup(e.Group)
	case Assign, Unassign:
		r.handOut(e)
	}
}

// renew renews a subscription (rule S3).
func (r *run) renew(e *Event) {
	r.settleAll()
	changed := r.engine.Renew(r.now, e.Product, e.Subscription, e.Until, e.Seats)
	r.subscriptionChanged(e.Product, changed)
}

// due brings the subscriptions of a product up to now (rule S3).
func (r *run) due(product int) {
	r.settleAll()
	r.subscriptionChanged(product, r.engine.Refresh(r.now, product))
}

func (r *run) subscriptionChanged(product int, rightsChanged bool) {
	r.follow(claim.Lapse)
	r.gauge(product)
	if rightsChanged {
		r.rightsChanged()
	}
	r.scheduleDue(product)
}

// scheduleDue schedules the next change of a product's subscriptions. One that a
// renewal has overtaken does no harm: it finds everything up to date.
func (r *run) scheduleDue(product int) {
	if at := r.engine.Due(r.now, product); at <= r.horizon {
		r.queue.Push(clock.NewEvent(at, clock.Subscription, uint32(product), dueEvent, 0, uint32(product)))
	}
}

// grantsChanged runs when the entitlement matrix changes.
func (r *run) grantsChanged() {
	r.settleAll()
	if at := r.engine.Regrant(r.now); at <= r.horizon {
		r.queue.Push(clock.NewEvent(at, clock.Subscription, 0, grantsEvent, 0, 0))
	}
	r.rightsChanged()
}

// handOut assigns a product to people of a segment who have no direct
// assignment of it, or removes it from people who have, in the order of the people.
func (r *run) handOut(e *Event) {
	left := e.Count
	for _, person := range r.parts[e.Segment].byNumber(r.people) {
		if left == 0 {
			return
		}
		if r.joined(person) > r.now || r.engine.Gone(person) {
			continue
		}
		direct := r.engine.HeldBy(person, e.Product)&(claim.FromAutoClaim|claim.FromDirect) != 0
		switch {
		case e.Do == Assign && !direct:
			r.assign(person, e.Product)
		case e.Do == Unassign && direct:
			r.unassign(person, e.Product)
		default:
			continue
		}
		left--
	}
}
