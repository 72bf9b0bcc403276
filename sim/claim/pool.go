package claim

import "seatcast/sim/clock"

// A pool is the seats of one product.
type pool struct {
	subscriptions    []Subscription
	reserved         int
	claimWhenExpired bool

	assigned int  // distinct holders
	usable   int  // seats that can be assigned or are
	paid     int  // seats of active subscriptions
	disabled bool // no rights, no assignment (rule S3)
}

func (p *pool) reset(product *Product, claimWhenExpired bool) {
	*p = pool{subscriptions: append(p.subscriptions[:0], product.Subscriptions...),
		reserved: product.Reserved, claimWhenExpired: claimWhenExpired}
}

// assignable returns the seats that can be assigned: never fewer than none, also
// where seats were reduced below what is assigned (rule S4).
func (p *pool) assignable() int { return max(0, p.usable-p.reserved-p.assigned) }

// A phase is a subscription's state (rule S3).
type phase uint8

const (
	future phase = iota
	active
	expired  // rights kept
	disabled // no rights, no assignment
	deleted
)

// phase returns the state of a subscription, and when it changes next.
func (s *Subscription) phase(t clock.Time) (phase, clock.Time) {
	switch suspended := s.Ends.Add(s.Expired); {
	case t < s.Starts:
		return future, s.Starts
	case t < s.Ends:
		return active, s.Ends
	case t < suspended:
		return expired, suspended
	case t < suspended.Add(s.Disabled):
		return disabled, suspended.Add(s.Disabled)
	}
	return deleted, clock.Never
}

// refresh brings the pool up to an instant and reports whether its last
// subscription is deleted, which ends every assignment.
func (p *pool) refresh(t clock.Time) (ended bool) {
	var seats [deleted + 1]int
	var count [deleted + 1]int
	for i := range p.subscriptions {
		s := &p.subscriptions[i]
		state, _ := s.phase(t)
		seats[state] += s.Seats
		count[state]++
	}
	p.paid = seats[active]
	p.usable = seats[active]
	if p.claimWhenExpired {
		p.usable += seats[expired]
	}
	over := count[disabled] + count[deleted]
	p.disabled = over > 0 && count[active]+count[expired] == 0
	return count[deleted] > 0 && count[deleted] == len(p.subscriptions)
}

// Due returns the next instant after t at which a subscription of the product
// changes its state, or clock.Never. Call Refresh then.
func (e *Engine) Due(t clock.Time, product int) clock.Time {
	next := clock.Never
	for i := range e.pools[product].subscriptions {
		_, change := e.pools[product].subscriptions[i].phase(t)
		next = min(next, change)
	}
	return next
}

// Refresh brings the subscriptions of a product up to t (rule S3). It may be
// called at any time; where the last subscription is deleted it takes every
// holder's seat. It reports whether the rights of holders changed.
func (e *Engine) Refresh(t clock.Time, product int) (rightsChanged bool) {
	e.Effects = e.Effects[:0]
	return e.refresh(t, product)
}

func (e *Engine) refresh(t clock.Time, product int) (rightsChanged bool) {
	p := &e.pools[product]
	before := p.disabled
	e.era++
	if ended := p.refresh(t); ended && p.assigned > 0 {
		for person := range e.people {
			if e.Holds(Person(person), product) {
				e.drop(Person(person), product, FromAutoClaim|FromDirect|FromGroup)
			}
		}
	}
	return p.disabled != before
}

// ChangeSeats adds seats to a subscription of a product, or takes some away:
// what is assigned stays assigned (rule S4). subscription is an index, or -1 for
// the first one that is active or, failing that, the first. A subscription never
// has fewer than no seats. It reports whether the rights of holders changed, as
// they do where a subscription's state is due to change at t too.
func (e *Engine) ChangeSeats(t clock.Time, product, subscription, seats int) (rightsChanged bool) {
	e.Effects = e.Effects[:0]
	s := &e.pools[product].subscriptions[e.pick(t, product, subscription)]
	s.Seats = max(0, s.Seats+seats)
	return e.refresh(t, product)
}

// Renew lets a subscription run until an instant, from whatever state it is in
// (rule S3), with a number of seats or, if that is negative, as many as it had.
// It reports whether the rights of holders changed.
func (e *Engine) Renew(t clock.Time, product, subscription int, until clock.Time, seats int) (rightsChanged bool) {
	e.Effects = e.Effects[:0]
	s := &e.pools[product].subscriptions[e.pick(t, product, subscription)]
	s.Ends = until
	s.Starts = min(s.Starts, t)
	if seats >= 0 {
		s.Seats = seats
	}
	return e.refresh(t, product)
}

// pick returns the index of the subscription that a deed is about.
func (e *Engine) pick(t clock.Time, product, subscription int) int {
	if subscription >= 0 {
		return subscription
	}
	for i := range e.pools[product].subscriptions {
		if state, _ := e.pools[product].subscriptions[i].phase(t); state == active {
			return i
		}
	}
	return 0
}
