package sim

import (
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// schedule lets group-based licensing get to a member after the group's latency
// (rule G1).
func (r *run) schedule(i claim.Person, group int) {
	h := r.note(i)
	u := r.key(i).Index(purposeGroup).Index(r.words[group]).Index(uint64(h.processings)).Uniform()
	h.processings++
	at := r.now.Add(clock.Ticks(r.tenant.Groups[group].Latency.Quantile(u)))
	r.queue.Push(clock.NewEvent(at, clock.Group, r.order(i), groupEvent, uint8(group), uint32(i)))
}

// join makes a newcomer a member of a group.
func (r *run) join(i claim.Person, group int) {
	r.engine.Enlist(i, group)
	r.follow(claim.Process)
}

// processGroup processes a membership. Someone who is being moved to the group
// add first loses the direct licence once the group's is there (rule G3).
func (r *run) processGroup(i claim.Person, group int) {
	if r.engine.Gone(i) {
		return
	}
	d := r.engine.Process(i, group)
	r.follow(claim.Process)
	r.fail(i, claim.Process, d)
	if r.past(i).standing >= 0 { // who was waiting for the group has failed
		r.replan(i)
	}
	if h := r.past(i); d.Outcome == claim.Assigned && h.moving&(1<<group) != 0 {
		h.moving &^= 1 << group
		r.unassign(i, r.tenant.Rules.Groups[group].Product)
	}
}

// moveToGroup moves those who auto-claimed the group's product in the last days
// of the report to the group: add first leaves no gap, remove first opens one of
// the group's latency (rule G3).
func (r *run) moveToGroup(e *Event) {
	product := r.tenant.Rules.Groups[e.Group].Product
	for _, row := range r.engine.Report(r.now - clock.Time(e.Days)*clock.Day) {
		i := row.Person
		if int(row.Product) != product || r.engine.HeldBy(i, product)&claim.FromAutoClaim == 0 {
			continue
		}
		switch {
		case e.AddFirst && r.engine.HeldBy(i, product)&claim.FromGroup == 0:
			r.note(i).moving |= 1 << e.Group
		default:
			r.unassign(i, product)
		}
		r.engine.Enlist(i, e.Group)
		r.follow(claim.Process)
	}
}

// reprocessGroup lets group-based licensing get again to the members whom it
// denied the licence (rule G2).
func (r *run) reprocessGroup(group int) {
	for i := range r.people {
		if r.engine.Failed(claim.Person(i), group) {
			r.schedule(claim.Person(i), group)
		}
	}
}
