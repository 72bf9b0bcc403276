package sim

import (
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// finish closes the record at the horizon.
func (r *run) finish(out *record.Tenant) {
	r.now = r.horizon
	r.finishCrowd()
	r.meter.finish()
	for i := range r.histories {
		r.unblock(&r.histories[i])
	}
	out.Outcomes = append([]int64(nil), r.acted...)
	out.Outcomes[int(claim.Entitled)*int(claim.NumReasons)] += r.skipped()
}

// skipped returns the number of acts that were not asked for one by one, because
// the person was entitled to them.
func (r *run) skipped() int64 {
	total := int64(0)
	for i := range r.traced {
		p := &r.people[i]
		if p.begins == clock.Never {
			continue
		}
		until := r.lastOperational(claim.Person(i))
		for k := range r.habits(claim.Person(i)) {
			process := r.process(claim.Person(i), k)
			total += process.Count(until - p.begins)
		}
	}
	return total - r.planned
}
