package sim

import (
	"fmt"
	"slices"

	"seatcast/sim/behave"
	"seatcast/sim/rng"
)

// WithSeats returns w with another number of seats in a subscription of a product,
// each by its index. w is not changed, and shares everything else.
func (w *World) WithSeats(tenant, product, subscription, seats int) *World {
	v := w.with(tenant)
	rules := &v.Tenants[tenant].Rules
	rules.Products = slices.Clone(rules.Products)
	p := &rules.Products[product]
	p.Subscriptions = slices.Clone(p.Subscriptions)
	p.Subscriptions[subscription].Seats = seats
	return v
}

// Until returns w with a study that ends at the local midnight number day, which is
// to be one of it. Its records are the beginnings of those of w.
func (w *World) Until(day int) *World {
	v := &World{Seed: w.Seed, Antithetic: w.Antithetic}
	for i := range w.Tenants {
		t := w.Tenants[i]
		end := t.Midnights[day]
		t.Midnights, t.Months = t.Midnights[:day+1], t.Months[:day+1]
		t.Timeline = slices.DeleteFunc(slices.Clone(t.Timeline), func(e Event) bool { return e.At > end })
		v.Tenants = append(v.Tenants, t)
	}
	return v
}

// Tilted returns w with other probabilities of adoption of the segments of a
// tenant, for importance sampling: see behave.Tilt.
func (w *World) Tilted(tenant int, tilts []behave.Tilt) *World {
	v := w.with(tenant)
	t := &v.Tenants[tenant]
	t.Segments = slices.Clone(t.Segments)
	for i := range t.Segments {
		t.Segments[i].Tilt = tilts[i]
	}
	return v
}

// with returns w with a copy of one tenant that may be changed.
func (w *World) with(tenant int) *World {
	v := *w
	v.Tenants = slices.Clone(w.Tenants)
	return &v
}

// Below returns, segment by segment of a tenant, how many of the people who are
// there at the start have luck of adoption below a threshold in a replication: it
// is a binomial count, known before anything is simulated.
func (w *World) Below(tenant, replication int, thresholds []float64) []int {
	t := &w.Tenants[tenant]
	counts := make([]int, len(t.Segments))
	for k := range t.Segments {
		s := &t.Segments[k]
		l := newLuck(w, t, s, replication)
		for i := range s.Count {
			if l.of(i) < thresholds[k] {
				counts[k]++
			}
		}
	}
	return counts
}

// Adopters returns how many of the people of a tenant who are there at the start have
// adopted by each of some times in a replication: shares has the share of each segment
// that has by then, rising from time to time.
func (w *World) Adopters(tenant, replication int, shares [][]float64) []int {
	t := &w.Tenants[tenant]
	counts := make([]int, len(shares))
	for k := range t.Segments {
		s := &t.Segments[k]
		l := newLuck(w, t, s, replication)
		for i := range s.Count {
			u := l.of(i)
			for time := len(shares) - 1; time >= 0 && u < shares[time][k]; time-- {
				counts[time]++
			}
		}
	}
	return counts
}

// A luck is where the luck of adoption of a segment's people comes from: the number
// at each person's own address.
type luck struct {
	there, newcomers rng.Key
	count            int
	mirrored         bool
	tilt             behave.Tilt
}

// newLuck returns the luck of a replication. In an antithetic world the odd one of
// a pair takes that of the even one, mirrored: u becomes 1 − u.
func newLuck(w *World, t *Tenant, s *Segment, replication int) luck {
	l := luck{count: s.Count, tilt: s.Tilt}
	if w.Antithetic {
		l.mirrored = replication%2 == 1
		replication &^= 1
	}
	key := rng.New(w.Seed).Index(uint64(replication)).Name(t.Name).Name("segment").Name(s.Name)
	l.there, l.newcomers = key.Name("there"), key.Name("newcomer")
	return l
}

// of returns the luck of person number i of the segment, newcomers after those who
// are there.
func (l *luck) of(i int) float64 {
	key := l.there.Index(uint64(i))
	if i >= l.count {
		key = l.newcomers.Index(uint64(i - l.count))
	}
	u := key.Uniform()
	if l.mirrored {
		u = 1 - u // exact: u is a multiple of 2^-53
	}
	if i < l.count {
		u = l.tilt.Luck(u)
	}
	return u
}

// spare notes how many seats of a product were assignable after one was taken.
func (r *run) spare(product int) {
	if i := r.poolOf[product]; i >= 0 {
		pool := &r.meter.out.Pools[i]
		pool.Tightest = min(pool.Tightest, int32(r.engine.Assignable(product)))
	}
}

// Held returns how many of the seats of a subscription of a product are taken on the
// first day, or reserved, beyond those that other subscriptions have then: fewer would
// leave holders without. It is 0 where the subscription does not run then.
func (t *Tenant) Held(product, subscription int) int {
	p := &t.Rules.Products[product]
	if s := &p.Subscriptions[subscription]; s.Starts > 0 || s.Ends <= 0 {
		return 0
	}
	held := p.Reserved
	for i := range t.Segments {
		s := &t.Segments[i]
		for _, holds := range s.members(s.Count, func(m member) uint32 {
			for g := range t.Rules.Groups {
				if t.Rules.Groups[g].Product == product && m.groups&(1<<g) != 0 {
					return 1
				}
			}
			return m.holds >> product & 1
		}) {
			held += int(holds)
		}
	}
	for i := range p.Subscriptions {
		if s := &p.Subscriptions[i]; i != subscription && s.Starts <= 0 && s.Ends > 0 {
			held -= s.Seats
		}
	}
	return max(0, held)
}

// Apart returns why what happens in the tenant before the first refusal could depend
// on how many seats a subscription of a product has, and "" where it cannot: then the
// seats that a replication needs can be read off a run in which there are more than
// enough, for whatever numbers of the other products. A seat that an administrator or a
// group assigns is one that is needed, and one that cannot be had a refusal. product and
// subscription are indices.
func (t *Tenant) Apart(product, subscription int) string {
	name := t.Rules.Products[product].Name
	for i := range t.Rules.Policies {
		if g := t.Rules.Policies[i].Group; g >= 0 && t.Rules.Groups[g].Product == product {
			return "a policy claims " + name + " through a group, which takes the seat later"
		}
	}
	if t.overflows(product) {
		return "claims that find no seat of one product may be served by another"
	}
	for i := range t.Timeline {
		switch e := &t.Timeline[i]; {
		case e.Product != product:
		case e.Do == Renew && e.Seats >= 0:
			return fmt.Sprintf("the timeline renews it with a number of its own, %d seats, which tenants.%s.timeline.%s.seats changes", e.Seats, t.Name, e.Name)
		case e.Do == Renew || e.Do == ChangeSeats && e.Seats < 0:
			return "the timeline takes seats away or renews the subscription"
		}
	}
	if s := &t.Rules.Products[product].Subscriptions[subscription]; s.Starts > 0 || s.Ends <= t.Midnights[len(t.Midnights)-1] {
		return "the subscription does not run all the time"
	}
	return ""
}

// overflows reports whether a claim that finds no seat of a product may be served by
// another one: a backup of it, or a product of a policy that is asked later.
func (t *Tenant) overflows(product int) bool {
	asked := false
	for _, i := range t.Rules.Order() {
		lists := [][]int{t.Rules.Policies[i].Products}
		for k := range t.Timeline {
			if e := &t.Timeline[k]; e.Do == EditPolicy && e.Policy == i && e.Products != nil {
				lists = append(lists, e.Products)
			}
		}
		here := false
		for _, list := range lists {
			for k, p := range list {
				here = here || p == product
				if p != product && (asked || slices.Contains(list[:k], product)) {
					return true
				}
			}
		}
		asked = asked || here
	}
	return false
}
