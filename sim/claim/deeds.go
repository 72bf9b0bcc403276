package claim

import (
	"math/bits"

	"seatcast/sim/clock"
)

// SetEnabled turns the tenant's setting on or off. Holders keep their seats
// (rule P4), and so it is for every deed about policies below.
func (e *Engine) SetEnabled(on bool) { e.enabled = on }

// SetScope says which environments policies apply to (rule P5).
func (e *Engine) SetScope(s Scope) { e.scope = s }

// SetManaged makes an environment a managed one, or an ordinary one again.
func (e *Engine) SetManaged(environment int, managed bool) {
	e.managed[environment] = managed
	e.era++
}

// SetActive says from when on a policy can claim: its creation plus what it
// takes to propagate (rule P2).
func (e *Engine) SetActive(policy int, from clock.Time) { e.policies[policy].active = from }

// SetOn turns a policy on or off, at once (rule P8, an assumption).
func (e *Engine) SetOn(policy int, on bool) { e.policies[policy].on = on }

// Delete deletes a policy.
func (e *Engine) Delete(policy int) { e.policies[policy].deleted = true }

// Edit gives a policy another product and other backups, at once (rule P8).
func (e *Engine) Edit(policy int, products []int) { e.policies[policy].products = products }

// StartTrial starts a person's self-assisted trial. A person has one.
func (e *Engine) StartTrial(t clock.Time, p Person) Decision {
	e.Effects = e.Effects[:0]
	if e.TrialUntil(p) != 0 {
		return ineligible(TrialUsed)
	}
	if len(e.trials) == 0 {
		e.trials = blank(e.trials, len(e.people))
	}
	e.trials[p] = t.Add(e.config.TrialFor)
	return Decision{Assigned, NoReason, -1, -1}
}

// Assign assigns a product to a person directly, by an administrator's hand.
func (e *Engine) Assign(p Person, product int) Decision {
	e.Effects = e.Effects[:0]
	h, pool := &e.people[p], &e.pools[product]
	switch {
	case (h.auto|h.direct)&(1<<product) != 0:
		return Decision{Ineligible, AlreadyHeld, -1, int16(product)}
	case pool.disabled: // no assignment, not even of a second source (rule S3)
		return Decision{Ineligible, PoolDisabled, -1, int16(product)}
	case e.Holds(p, product): // by a group: a second row, no second seat (rule S1)
	case pool.assignable() == 0:
		return Decision{Refused, NoSeat, -1, int16(product)}
	}
	e.add(p, product, FromDirect)
	return Decision{Assigned, NoReason, -1, int16(product)}
}

// Unassign removes a person's direct assignment of a product. One that the
// person does not hold is an error of the deed and changes nothing (rule G4).
func (e *Engine) Unassign(p Person, product int) Decision {
	return e.Reclaim(p, product, FromAutoClaim|FromDirect)
}

// Reclaim removes the sources of a product from a person that are in from. The
// product does nothing of the kind by itself (rule S2): it is an administrator's
// rule, or the person gives the seat back.
func (e *Engine) Reclaim(p Person, product int, from Sources) Decision {
	e.Effects = e.Effects[:0]
	if !e.drop(p, product, from) {
		return Decision{Ineligible, NotHeld, -1, int16(product)}
	}
	return Decision{Released, NoReason, -1, int16(product)}
}

// Leave removes a person from the tenant, which frees every seat (rule S6).
func (e *Engine) Leave(p Person) {
	e.Effects = e.Effects[:0]
	for held := e.Held(p); held != 0; held &= held - 1 {
		e.vacate(p, bits.TrailingZeros32(held))
	}
	e.people[p] = holder{}
	if len(e.gone) == 0 {
		e.gone = blank(e.gone, len(e.people))
	}
	e.gone[p] = true
	if len(e.members) > 0 {
		e.members[p] = groupsIn{}
	}
	if len(e.trials) > 0 {
		e.trials[p] = 0
	}
	if len(e.desktops) > 0 {
		e.desktops[p] = Version{}
	}
}

// Return lets a person who left come back, with nothing.
func (e *Engine) Return(p Person) {
	if len(e.gone) > 0 {
		e.gone[p] = false
	}
}

// Enlist adds a person to a group, who gets its licence when Process is called:
// not at once (rule G1). It reports whether the person is new to the group.
func (e *Engine) Enlist(p Person, group int) bool {
	e.Effects = e.Effects[:0]
	return e.enlist(p, group)
}

func (e *Engine) enlist(p Person, group int) bool {
	if e.Gone(p) || e.members[p].member&(1<<group) != 0 {
		return false
	}
	e.members[p].member |= 1 << group
	e.Effects = append(e.Effects, Effect{Enlisted, p, int16(e.config.Groups[group].Product), int16(group)})
	return true
}

// Process lets group-based licensing get to a member of a group. Where no seat
// is left the member is in error, and stays so until the group is reprocessed:
// nothing retries by itself (rule G2).
func (e *Engine) Process(p Person, group int) Decision {
	e.Effects = e.Effects[:0]
	product := e.config.Groups[group].Product
	h, pool, bit := &e.members[p], &e.pools[product], uint32(1)<<group
	switch {
	case h.member&bit == 0:
		return Decision{Ineligible, NotHeld, -1, int16(product)}
	case h.active&bit != 0:
		return Decision{Ineligible, AlreadyHeld, -1, int16(product)}
	case pool.disabled:
		h.failed |= bit
		return Decision{GroupError, PoolDisabled, -1, int16(product)}
	case e.Holds(p, product): // a second source, no second seat (rules S1, G3)
	case pool.assignable() == 0:
		h.failed |= bit
		return Decision{GroupError, CountViolation, -1, int16(product)}
	}
	h.failed &^= bit
	h.active |= bit
	e.add(p, product, FromGroup)
	return Decision{Assigned, NoReason, -1, int16(product)}
}

// Failed reports whether group-based licensing denied a person a group's licence.
func (e *Engine) Failed(p Person, group int) bool { return e.members[p].failed&(1<<group) != 0 }
