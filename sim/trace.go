package sim

import "seatcast/sim/claim"

// nextRow returns the next row of the trace, or nil after the last. Rows of one
// instant keep the order of the file.
func (r *run) nextRow() *TraceAct {
	if r.pending >= len(r.tenant.Trace.Acts) {
		return nil
	}
	return &r.tenant.Trace.Acts[r.pending]
}

// replay runs a row of the trace through the same claim engine as everything else.
func (r *run) replay(row *TraceAct) {
	i := claim.Person(r.traced + int(row.Person))
	if row.Action != claim.Leave && r.engine.Gone(i) {
		r.engine.Return(i) // who acts after leaving has come back
	}
	if row.Desktop != (claim.Version{}) {
		r.engine.SetDesktop(i, row.Desktop)
	}
	switch row.Action {
	case claim.Leave:
		r.leave(i)
	case claim.Assign:
		r.assign(i, int(row.Product))
	case claim.Unassign:
		r.unassign(i, int(row.Product))
	case claim.Release:
		r.release(i, int(row.Product))
	default:
		r.do(i, row.Action, row.Environment)
	}
}

// release gives back a person's direct seats: of one product, or of all.
func (r *run) release(i claim.Person, product int) {
	for p := range r.tenant.Rules.Products {
		if r.poolOf[p] < 0 || product >= 0 && p != product || product < 0 && !r.engine.Holds(i, p) {
			continue
		}
		d := r.engine.Unassign(i, p)
		r.follow(claim.Release)
		r.fail(i, claim.Release, d)
	}
}
