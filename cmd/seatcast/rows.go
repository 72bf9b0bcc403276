package main

import (
	"fmt"
	"strconv"

	"seatcast/output"
	"seatcast/output/ledger"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// rows turns the entries of a replication into the rows of its ledger.
type rows struct {
	w         *ledger.Writer
	variant   *scenarios.Variant
	calendars []output.Calendar // by tenant
	row       ledger.Row
	user      []byte
	err       error // the first
}

func newRows(w *ledger.Writer, v *scenarios.Variant, calendars map[string]output.Calendar, replication int) *rows {
	r := &rows{w: w, variant: v, row: ledger.Row{Replication: replication, Variant: v.Name}}
	for i := range v.World.Tenants {
		r.calendars = append(r.calendars, calendars[v.World.Tenants[i].Name])
	}
	return r
}

func (r *rows) add(tenant int, e *sim.Entry) {
	t := &r.variant.World.Tenants[tenant]
	row := &r.row
	*row = ledger.Row{Replication: row.Replication, Variant: row.Variant, Tenant: t.Name, Time: r.calendars[tenant].Local(e.At),
		Population: "trace", Action: e.Action.Word(), Flow: e.Action.Flow(),
		Outcome: e.Decision.Outcome.String(), Reason: e.Decision.Reason.String(), Assigned: ledger.Unknown, Assignable: ledger.Unknown}
	if e.Segment >= 0 {
		row.Population = t.Segments[e.Segment].Name
		r.user = strconv.AppendInt(append(append(r.user[:0], row.Population...), '-'), int64(e.Number)+1, 10)
		row.User = string(r.user)
	} else {
		row.User = t.Trace.People[e.Number]
	}
	if e.Environment >= 0 {
		row.Environment = t.Rules.Environments[e.Environment].Name
	}
	if e.Decision.Policy >= 0 {
		row.Policy = t.Rules.Policies[e.Decision.Policy].Name
	}
	switch {
	case e.Decision.Product >= 0:
		row.Product = t.Rules.Products[e.Decision.Product].Name
		row.Assigned, row.Assignable = e.Assigned, e.Assignable
	case e.Action == claim.StartTrial && e.Decision.Outcome == claim.Assigned:
		row.Product = "trial"
	case e.Action == claim.RequestPremium:
		row.Product = "premium"
	case e.Action == claim.RequestPerUser:
		row.Product = "per-user"
	}
	if e.Shown != clock.Never {
		row.Shown = r.calendars[tenant].Local(e.Shown)
	}
	if err := r.w.Add(row); err != nil && r.err == nil {
		r.err = fmt.Errorf("writing the ledger: %w", err)
	}
}
