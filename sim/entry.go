package sim

import (
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// An Entry is a row of the ledger.
type Entry struct {
	At          clock.Time
	Person      int // index among the tenant's people of the replication
	Segment     int // index into Tenant.Segments, or -1 for people of the trace
	Number      int // of the person in the segment or trace, newcomers after those who were there
	Newcomer    bool
	Environment int16
	Action      claim.Action
	Decision    claim.Decision
	Assigned    int // holders and assignable seats of the product, afterwards
	Assignable  int
	Shown       clock.Time // when the portal shows a claim; clock.Never for what is no claim
}

// enter writes an act of a person to the ledger.
func (r *run) enter(i claim.Person, action claim.Action, environment int16, d claim.Decision) {
	if r.ledger == nil {
		return
	}
	e := &r.entry // every field is set: a literal would be built elsewhere and copied
	e.At, e.Person, e.Segment, e.Environment, e.Action, e.Decision = r.now, int(i), r.segmentOf(i), environment, action, d
	e.Number = int(r.people[i].number)
	e.Newcomer = e.Segment >= 0 && e.Number >= r.parts[e.Segment].count
	e.Assigned, e.Assignable, e.Shown = 0, 0, clock.Never
	if d.Product >= 0 {
		e.Assigned, e.Assignable = r.engine.Assigned(int(d.Product)), r.engine.Assignable(int(d.Product))
	}
	if d.Outcome == claim.Claimed {
		h := r.note(i)
		u := r.key(i).Index(purposeLag).Index(uint64(h.claims)).Uniform()
		h.claims++
		e.Shown = r.now.Add(clock.Ticks(r.tenant.Lag.Quantile(u)))
	}
	r.ledger(r.index, e)
}

// enterEffects counts the seats that changed hands by something that is not a
// person's act, and writes them to the ledger. Licences that come from no pool
// have no seats.
func (r *run) enterEffects(cause claim.Action) {
	for _, f := range r.effects {
		if r.poolOf[f.Product] < 0 {
			continue
		}
		d := claim.Decision{Outcome: claim.Assigned, Policy: -1, Product: f.Product}
		switch f.Kind {
		case claim.Enlisted:
			continue
		case claim.SeatFreed:
			d.Outcome = claim.Released
		}
		r.acted[int(d.Outcome)*int(claim.NumReasons)]++
		r.enter(f.Person, cause, -1, d)
	}
}

// fail writes to the ledger what a deed or group-based licensing could not do.
// Errors of groups are counted, too; what else an administrator could not do is no
// act of a person (invariant I6).
func (r *run) fail(i claim.Person, action claim.Action, d claim.Decision) {
	if d.Reason == claim.NoReason {
		return
	}
	if d.Outcome == claim.GroupError {
		r.count(i, d)
	}
	r.enter(i, action, -1, d)
}
