package main

import (
	"fmt"
	"time"

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
	number    int               // of the replication
	forms     map[kind]*ledger.Form
	last      [claim.NumOutcomes]known // by outcome: those of the row before
	err       error                    // the first
}

// A known is a form with its kind.
type known struct {
	kind kind
	form *ledger.Form
}

// A kind is what the names in a row follow from, up to the number of its user.
type kind struct {
	tenant, segment int
	action          claim.Action
	environment     int16
	decision        claim.Decision
}

func newRows(w *ledger.Writer, v *scenarios.Variant, calendars map[string]output.Calendar, replication int) *rows {
	r := &rows{w: w, variant: v, number: replication, forms: map[kind]*ledger.Form{}}
	for i := range v.World.Tenants {
		r.calendars = append(r.calendars, calendars[v.World.Tenants[i].Name])
	}
	return r
}

func (r *rows) add(tenant int, e *sim.Entry) {
	var err error
	if e.Segment < 0 {
		row := r.named(tenant, e)
		row.User = r.variant.World.Tenants[tenant].Trace.People[e.Number]
		row.Time, row.Shown, row.Assigned, row.Assignable = r.numbers(tenant, e)
		err = r.w.Add(&row)
	} else {
		f := r.formOf(tenant, e)
		f.Number = e.Number + 1
		f.Time, f.Shown, f.Assigned, f.Assignable = r.numbers(tenant, e)
		err = r.w.AddForm(f)
	}
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("writing the ledger: %w", err)
	}
}

// numbers returns what differs between rows of a kind and user.
func (r *rows) numbers(tenant int, e *sim.Entry) (at, shown time.Time, assigned, assignable int) {
	at = r.calendars[tenant].Local(e.At)
	if e.Shown != clock.Never {
		shown = r.calendars[tenant].Local(e.Shown)
	}
	if e.Decision.Product < 0 {
		return at, shown, ledger.Unknown, ledger.Unknown
	}
	return at, shown, e.Assigned, e.Assignable
}

// formOf returns the form of the rows of people in segments that are of e's kind.
func (r *rows) formOf(tenant int, e *sim.Entry) *ledger.Form {
	k := kind{tenant, e.Segment, e.Action, e.Environment, e.Decision}
	last := &r.last[e.Decision.Outcome]
	if last.form != nil && k == last.kind {
		return last.form
	}
	f, ok := r.forms[k]
	if !ok {
		row := r.named(tenant, e)
		row.User = row.Population + "-"
		f = ledger.NewForm(&row)
		r.forms[k] = f
	}
	*last = known{k, f}
	return f
}

// named returns the row of an entry with the names that follow from its kind.
func (r *rows) named(tenant int, e *sim.Entry) ledger.Row {
	t := &r.variant.World.Tenants[tenant]
	row := ledger.Row{Replication: r.number, Tenant: t.Name, Population: "trace", Action: e.Action.Word(), Flow: e.Action.Flow(),
		Outcome: e.Decision.Outcome.String(), Reason: e.Decision.Reason.String(), Variant: r.variant.Name}
	if e.Segment >= 0 {
		row.Population = t.Segments[e.Segment].Name
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
	case e.Action == claim.StartTrial && e.Decision.Outcome == claim.Assigned:
		row.Product = "trial"
	case e.Action == claim.RequestPremium:
		row.Product = "premium"
	case e.Action == claim.RequestPerUser:
		row.Product = "per-user"
	}
	return row
}
