package exports

import (
	"fmt"
	"strconv"
)

// writePool writes the seats of a product.
func (p *plan) writePool(pool *pool) {
	d := &p.doc
	d.table("tenants", p.name, "pools", pool.product)
	d.note("%s", p.holding(pool))
	for _, how := range sortedKeys(p.unheld[pool.product]) {
		d.note("%s", p.assumed("%s with %s %s: that holds no seat, and they are not in error on day one, as no key of a scenario says it; they try at the next act that needs it",
			persons(p.unheld[pool.product][how]), pool.product, how))
	}
	if pool.product == p.main && p.showsPast() {
		d.set("history", quoted(HistoryFile), "for the report, and for fit: it changes no number")
	}
	switch {
	case len(pool.subscriptions) > 0 && pool.agree && p.anyAssignable(pool):
		p.writeReserved(pool)
		p.writeSubscriptions(pool)
		return
	case pool.skus > 0:
		p.writeUnits(pool, pool.enabled, pool.warning, pool.at.short()+": prepaidUnits")
		if pool.suspended > 0 {
			d.note("%d suspended or locked seats cannot be assigned, and are left out (%s)", pool.suspended, pool.at.short())
		}
	case pool.row != nil:
		p.writeUnits(pool, pool.row.total, pool.row.expired, pool.row.at.short()+": Total Licenses")
		if !pool.row.renewal.IsZero() {
			d.note("%s", p.assumed("%s renews on %s (%s)", pool.product, pool.row.renewal.Format("2006-01-02"), pool.row.at.short()))
		}
	case len(pool.subscriptions) > 0:
		d.set("seats", "0", pool.subscriptions[0].at.short()+": no subscription is enabled or in warning")
		p.writeReserved(pool)
	default:
		n := p.presentHolders(pool)
		d.set("seats", strconv.Itoa(n), p.assumed("as many seats of %s as people who are known to hold one: no export tells how many are bought; --set tenants.%s.pools.%s.seats=N", pool.product, p.name, pool.product))
		p.writeReserved(pool)
	}
}

// showsPast reports whether the history can stand before the study: days one after the
// other that end before it, and no more of them than make a picture.
func (p *plan) showsPast() bool {
	const most = 100 * 365
	if p.past == nil || p.past.partly || len(p.past.days) < 2 || len(p.past.days) > most {
		return false
	}
	return p.past.days[len(p.past.days)-1].day < p.start
}

// anyAssignable reports whether a subscription has seats to write.
func (p *plan) anyAssignable(pool *pool) bool {
	for _, s := range pool.subscriptions {
		if s.status == "enabled" || s.status == "warning" {
			return true
		}
	}
	return false
}

// writeUnits writes seats that have no term: those that are active, and those of a
// subscription that has expired.
func (p *plan) writeUnits(pool *pool, enabled, warning int, why string) {
	d := &p.doc
	if enabled > 0 || warning == 0 {
		d.set("seats", strconv.Itoa(enabled), why)
	}
	p.writeReserved(pool)
	if warning > 0 {
		d.table("tenants", p.name, "pools", pool.product, "subscriptions", "expired")
		d.set("seats", strconv.Itoa(warning), why+", in warning")
		d.set("ends", p.start.String(), p.assumed("the expired seats of %s expired on the day the study starts; no export of subscriptions tells when", pool.product))
		d.set("renews", "false", "")
	}
}

// writeSubscriptions writes the subscriptions of a pool with their terms.
func (p *plan) writeSubscriptions(pool *pool) {
	n := 0
	for _, s := range pool.subscriptions {
		if s.status != "enabled" && s.status != "warning" {
			p.doc.note("%s: a subscription with %s, which cannot be assigned: it is %s", s.at.short(), plural(s.seats, "seat"), s.status)
			continue
		}
		n++
		p.writeSubscription(pool, s, fmt.Sprintf("s%d", n))
	}
}

// writeSubscription writes one subscription. One that is in warning has ended, and is
// expired until the next state: nextLifecycleDateTime less the days of that state.
func (p *plan) writeSubscription(pool *pool, s *subscription, name string) {
	d, at := &p.doc, s.at.short()
	d.table("tenants", p.name, "pools", pool.product, "subscriptions", name)
	d.set("seats", strconv.Itoa(s.seats), at+": totalLicenses")
	ends, lapses, why := day(0), s.status == "warning" || s.trial, ""
	if !s.next.IsZero() {
		ends, why = dayOf(s.next.In(p.zone)), at+": nextLifecycleDateTime"
	}
	switch {
	case s.status == "warning" && s.next.IsZero():
		ends, why = p.start, p.assumed("the subscription %s of %s expired on the day the study starts; it has no nextLifecycleDateTime", name, pool.product)
	case s.status == "warning":
		ends -= day(p.products.ExpiredDays())
		why += fmt.Sprintf(", less the %d days of being expired", p.products.ExpiredDays())
	}
	if !s.starts.IsZero() && (ends == 0 || dayOf(s.starts.In(p.zone)) < ends) {
		d.set("starts", p.dateOf(s.starts), at+": createdDateTime")
	}
	switch {
	case lapses && ends != 0 && ends < p.start+day(p.days):
		d.set("ends", ends.String(), why)
		d.set("renews", "false", map[bool]string{true: "a trial", false: "it has expired"}[s.trial && s.status != "warning"])
	case lapses:
	case ends >= p.start:
		d.set("ends", ends.String(), why)
		d.set("renews", "true", p.assumed("%s %s renews by itself; no export tells", pool.product, name))
	}
}

// holding says what is known of the holders of a product.
func (p *plan) holding(pool *pool) string {
	h, text := pool.holders, ""
	if pool.consumed.known {
		text = fmt.Sprintf("%d seats are held (%s).", pool.consumed.value, pool.consumed.at.short())
	}
	if !p.tenant.people.listed.known {
		if text == "" {
			return "No export tells how many seats are held."
		}
		return text
	}
	text += fmt.Sprintf(" Holders by the export of users (%s): %d", p.tenant.people.listed.at.short(), h.listed())
	if h.byGroup > 0 {
		text += fmt.Sprintf(", %d of them through a group alone", h.byGroup)
	}
	if h.disabled > 0 {
		text += fmt.Sprintf(", %d of them with a disabled account", h.disabled)
	}
	if h.withSignIn > 0 {
		text += fmt.Sprintf("; %d of the %d whose sign-ins are known have not signed in for 90 days", h.idle, h.withSignIn)
	}
	return text + "."
}

// writeReserved writes the seats of holders who are not modelled: those whom the
// export of users does not have, and disabled accounts.
func (p *plan) writeReserved(pool *pool) {
	h := pool.holders
	if !p.tenant.people.listed.known {
		return // all who hold a seat are people of their own
	}
	n, why := h.disabled, fmt.Sprintf("%s with a disabled account", persons(h.disabled))
	switch listed := h.listed(); {
	case pool.consumed.known && pool.consumed.value >= listed:
		n = pool.consumed.value - h.active - h.others
		why = pool.consumed.at.short() + ": consumed, less the holders whom the export of users has with an account that is enabled"
	case pool.consumed.known:
		p.report.warn("%s has %d seats of %s consumed, and %s has %d holders: they are of different days; the holders stand",
			pool.consumed.at, pool.consumed.value, pool.product, p.tenant.people.listed.at, listed)
	}
	if n > 0 {
		p.doc.set("reserved", strconv.Itoa(n), why)
	}
}

// presentHolders returns how many are known to hold a product on day one.
func (p *plan) presentHolders(pool *pool) int {
	n := 0
	switch {
	case p.tenant.people.listed.known:
		return pool.holders.listed()
	case pool.product == p.main && p.past != nil:
		n = p.past.present()
	}
	return max(n, pool.holders.reported)
}
