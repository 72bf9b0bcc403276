package exports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// sku folds a row of /subscribedSkus.
func (f *file) sku(r *record) {
	t, u := f.tenant, r.PrepaidUnits
	for _, n := range []int64{u.Enabled, u.Warning, u.Suspended, u.LockedOut, units(r.ConsumedUnits)} {
		if n < 0 || n > maxUnits {
			f.skip(skuKind, "prepaidUnits or consumedUnits is below 0 or above %d", maxUnits)
			return
		}
	}
	if !t.belongs(r.AccountID, f.at()) {
		f.skip(skuKind, foreign)
		return
	}
	f.use(skuKind)
	if r.AccountName != "" && !t.name.known {
		t.name = known(r.AccountName, f.at())
	}
	product, ok := t.product(r.SkuID, r.SkuPartNumber, f.at())
	if !ok {
		return
	}
	if !slices.Contains(claimable, product) {
		t.held(product, f.at())
		return
	}
	row := &sku{product, int(u.Enabled), int(u.Warning), int(u.Suspended + u.LockedOut), int(units(r.ConsumedUnits)), f.at()}
	key := strings.ToLower(cmp.Or(r.SkuID, r.SkuPartNumber))
	if old := t.skus[key]; old != nil {
		if old.enabled != row.enabled || old.warning != row.warning || old.consumed != row.consumed {
			t.report.warn("%s has %d of %d seats of %s consumed, and %s %d of %d: they are of different days, and the later one stands (name files in the order of their days)",
				row.at, row.consumed, row.enabled+row.warning, product, old.at, old.consumed, old.enabled+old.warning)
		}
	}
	t.skus[key] = row
}

func units(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// statuses are the values of the status of a subscription.
var statuses = []string{"enabled", "warning", "suspended", "lockedout", "deleted"}

// subscription folds a row of /directory/subscriptions.
func (f *file) subscription(r *record) {
	t := f.tenant
	status := strings.ToLower(r.Status)
	if n := *r.TotalLicenses; n < 0 || n > maxUnits {
		f.skip(subscriptionKind, "totalLicenses is below 0 or above %d", maxUnits)
		return
	}
	if !slices.Contains(statuses, status) {
		f.skip(subscriptionKind, "status is none of Enabled, Warning, Suspended, LockedOut and Deleted")
		return
	}
	row := subscription{status: status, seats: int(*r.TotalLicenses), trial: r.IsTrial, at: f.at()}
	for _, date := range []struct {
		text string
		to   *time.Time
	}{{r.CreatedDateTime, &row.starts}, {r.NextLifecycleDateTime, &row.next}} {
		at, err := moment(date.text, time.UTC)
		if err != nil && date.text != "" {
			f.skip(subscriptionKind, "createdDateTime or nextLifecycleDateTime %v", err)
			return
		}
		*date.to = at
	}
	f.use(subscriptionKind)
	product, ok := t.product(r.SkuID, r.SkuPartNumber, f.at())
	if !ok {
		return
	}
	if !slices.Contains(claimable, product) {
		t.held(product, f.at())
		return
	}
	row.product = product
	key := strings.ToLower(cmp.Or(r.ID, f.at().String()))
	if old := t.subscriptions[key]; old != nil && (old.seats != row.seats || old.status != row.status) {
		t.report.warn("%s has a subscription of %s with %d seats, %s, and %s has it with %d, %s: the later one stands", row.at, product, row.seats, status, old.at, old.seats, old.status)
	}
	t.subscriptions[key] = &row
}

// user folds a row of /users.
func (f *file) user(r *record) {
	t := f.tenant
	if r.ID == "" && r.UserPrincipalName == "" {
		f.skip(userKind, "id is missing")
		return
	}
	if t.again("user", cmp.Or(r.ID, r.UserPrincipalName)) {
		f.skip(userKind, "stands before: the same id")
		return
	}
	f.use(userKind)
	if !t.people.listed.known {
		t.people.listed = known(true, f.at())
	}
	t.sameTenant(r.UserPrincipalName, f.at())
	p := t.people.join(r.ID, r.UserPrincipalName)
	p.listed, p.disabled = true, r.AccountEnabled != nil && !*r.AccountEnabled
	for _, l := range r.AssignedLicenses {
		if product, ok := t.product(l.SkuID, "", f.at()); ok {
			p.holds |= t.bit(product)
		}
	}
	for _, s := range r.LicenseAssignmentStates {
		f.assignment(p, s)
	}
	if s := r.SignInActivity; s != nil {
		for _, text := range []string{s.LastSignInDateTime, s.LastNonInteractiveSignInDateTime, s.LastSuccessfulSignInDateTime} {
			if at, err := moment(text, time.UTC); err == nil {
				t.observe(at, f.at())
				t.people.observe(at, f.at())
				p.signedIn = max(p.signedIn, at.Unix())
			}
		}
		p.hasSignIn = true
	}
}

// assignment folds one assignment of a licence to a person. Direct and inherited
// rows of one licence are one seat; the earlier date counts.
func (f *file) assignment(p *person, s assignmentState) {
	t := f.tenant
	product, ok := t.product(s.SkuID, "", f.at())
	if !ok {
		return
	}
	at, err := moment(s.LastUpdatedDateTime, time.UTC)
	if err == nil {
		t.observe(at, f.at())
		t.people.observe(at, f.at())
	} else if s.LastUpdatedDateTime != "" {
		t.report.warnOnce("lastUpdated "+f.name, "%s: lastUpdatedDateTime %v; the assignment counts, without its date", f.at(), err)
	}
	i := slices.Index(claimable, product)
	var g *group
	if i >= 0 && s.AssignedByGroup != nil && *s.AssignedByGroup != "" {
		g = t.group(*s.AssignedByGroup, product, f.at())
	}
	switch s.State {
	case "Active", "ActiveWithError":
	case "Error":
		if g != nil {
			p.failed |= g.bit
			g.errors[cmp.Or(printable(s.Error), "Other")] = true
		} else if i >= 0 {
			t.note(p, "assigned directly and in error ("+cmp.Or(printable(s.Error), "Other")+")", product)
		}
		return
	default:
		if i >= 0 {
			t.note(p, fmt.Sprintf("in the state %q", printable(s.State)), product)
		}
		return
	}
	p.holds |= t.bit(product)
	switch {
	case i < 0:
		return
	case g != nil:
		p.groups |= g.bit
	default:
		p.direct |= 1 << i
	}
	if err == nil && (p.since[i] == 0 || at.Unix() < p.since[i]) {
		p.since[i] = at.Unix()
	}
}

// note keeps that a person has a licence in a way by which nobody holds a seat.
func (t *tenant) note(p *person, how, product string) {
	if p.disabled {
		return
	}
	if t.unheld[product] == nil {
		t.unheld[product] = map[string]int{}
	}
	if of := t.unheld[product]; of[how] > 0 || len(of) < maxUnheld {
		of[how]++
	} else {
		of["in error or in another state"]++
	}
}

// maxUnheld is how many such ways are told one by one.
const maxUnheld = 20
