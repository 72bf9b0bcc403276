package sim

import "seatcast/sim/claim"

// An allowance is what people of a class may do who hold the same: what their habits
// come to is found out once for all of them, until rights change.
type allowance struct {
	held   uint32   // products, a bit each
	era    uint64   // of rights, for which it holds
	all    bool     // they are entitled to every act of their habits, whether a trial runs or not
	usedBy []uint32 // by rule of reclaim: habits, a bit each, whose acts use its product; for people of one place
}

// allowed returns a person's allowance.
func (r *run) allowed(i claim.Person) *allowance {
	n, held := uint32(0), r.engine.Held(i)
	if len(r.class) > 0 {
		n = r.class[i]
	}
	for int(n) >= len(r.allowances) {
		r.allowances = append(r.allowances, nil)
	}
	of := &r.allowances[n]
	for k := range *of {
		if a := &(*of)[k]; a.held == held {
			if a.era != r.engine.Era() {
				r.allow(a, i)
			}
			return a
		}
	}
	*of = append(*of, allowance{held: held})
	a := &(*of)[len(*of)-1]
	r.allow(a, i)
	return a
}

// allow finds out the allowance of a person as rights are now.
func (r *run) allow(a *allowance, i claim.Person) {
	a.era, a.all = r.engine.Era(), true
	a.usedBy = append(a.usedBy[:0], make([]uint32, len(r.idle))...)
	habits := r.habits(i)
	for h := range habits {
		action := habits[h].Action
		for _, e := range r.places(i) {
			need, given := r.engine.Need(action, e)
			a.all = a.all && action != claim.StartTrial && (given || r.engine.Rights(i, r.now, false).Has(need))
		}
		used := r.usedBy(i, action, r.classOf(i).environment)
		for k := range r.tenant.Reclaim {
			a.usedBy[k] |= used >> r.tenant.Reclaim[k].Product & 1 << h
		}
	}
}
