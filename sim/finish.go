package sim

import (
	"seatcast/sim/claim"
	"seatcast/sim/record"
)

// finish closes the record at the horizon.
func (r *run) finish(out *record.Tenant) {
	r.now = r.horizon
	r.finishCrowd()
	r.meter.finish()
	for i := range r.histories.Len() {
		r.unblock(r.histories.At(i))
	}
	out.Outcomes = append([]int64(nil), r.acted...)
	out.Outcomes[int(claim.Entitled)*int(claim.NumReasons)] += r.skipped()
}

// skipped returns the number of acts that were not asked for one by one, because
// the person was entitled to them.
func (r *run) skipped() int64 { return r.total - r.planned }
