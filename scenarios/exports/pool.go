package exports

import (
	"cmp"
	"slices"
	"strings"
)

// A pool is what all exports together say of the seats of a product.
type pool struct {
	product                     string
	skus                        int // rows of subscribedSkus
	enabled, warning, suspended int
	consumed                    fact[int]
	at                          Place           // of the first row
	subscriptions               []*subscription // in order of their starts
	subscribed                  int             // their seats that can be assigned
	agree                       bool            // subscriptions and SKUs have the same seats, or only one of them is there
	row                         *licenceRow
	holders                     holders
}

// holders are who holds a seat.
type holders struct {
	active, others, disabled int // listed in the export of users, by what they do
	reported                 int // active people of whom the consumption report says so
	byGroup                  int // through a group alone
	idle                     int // who have not signed in for 90 days
	withSignIn               int
}

// pool gathers what is known of a product.
func (t *tenant) pool(product string) *pool {
	p := &pool{product: product, row: t.rows[product], agree: true}
	for _, key := range sortedKeys(t.skus) {
		if s := t.skus[key]; s.product == product {
			if p.skus == 0 {
				p.at = s.at
			}
			p.skus++
			p.enabled, p.warning, p.suspended = p.enabled+s.enabled, p.warning+s.warning, p.suspended+s.suspended
			p.consumed = known(p.consumed.value+s.consumed, p.at)
		}
	}
	enabled, warning := 0, 0
	for _, key := range sortedKeys(t.subscriptions) {
		s := t.subscriptions[key]
		if s.product != product {
			continue
		}
		p.subscriptions = append(p.subscriptions, s)
		switch s.status {
		case "enabled":
			enabled += s.seats
		case "warning":
			warning += s.seats
		}
	}
	slices.SortStableFunc(p.subscriptions, func(a, b *subscription) int {
		return cmp.Or(a.starts.Compare(b.starts), strings.Compare(a.status, b.status), cmp.Compare(b.seats, a.seats))
	})
	p.subscribed = enabled + warning
	p.agree = p.skus == 0 || enabled == p.enabled && warning == p.warning
	if !p.consumed.known && p.row != nil && p.row.hasAssigned {
		p.consumed = known(p.row.assigned, p.row.at)
	}
	p.holders = t.holders(product)
	return p
}

// idleAfter is the time without a sign-in after which a holder counts as idle: the
// threshold that most use.
const idleAfter = 90 * secondsPerDay

// holders counts who holds a product.
func (t *tenant) holders(product string) (h holders) {
	i, bit, groups := slices.Index(claimable, product), t.bit(product), t.giving(product)
	for k := range t.people.all {
		p := &t.people.all[k]
		if p.active && p.reported&bit != 0 {
			h.reported++
		}
		if p.holds&bit == 0 {
			continue
		}
		switch {
		case p.disabled:
			h.disabled++
		case p.active:
			h.active++
		default:
			h.others++
		}
		if p.groups&groups != 0 && p.direct&(1<<i) == 0 {
			h.byGroup++
		}
		if p.hasSignIn {
			h.withSignIn++
			if t.latest.known && p.signedIn < t.latest.value.Unix()-idleAfter {
				h.idle++
			}
		}
	}
	return h
}

// listed returns the holders that the export of users has.
func (h holders) listed() int { return h.active + h.others + h.disabled }

// mainIndex returns the index of the product that the past is of: premium, unless
// the exports know the per-user plan alone.
func (t *tenant) mainIndex() int {
	if t.mentions("premium") || !t.mentions("per-user") {
		return 0
	}
	return 1
}

// mentions reports whether any export mentions a product.
func (t *tenant) mentions(product string) bool {
	for _, s := range t.skus {
		if s.product == product {
			return true
		}
	}
	for _, s := range t.subscriptions {
		if s.product == product {
			return true
		}
	}
	i, bit := slices.Index(claimable, product), t.bit(product)
	return t.rows[product] != nil || slices.ContainsFunc(t.people.all, func(p person) bool { return (p.holds|p.reported)&bit != 0 || p.audited[i] != 0 })
}
