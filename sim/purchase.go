package sim

import (
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

// Apart returns why what happens in the tenant before the first refusal could depend
// on how many seats a subscription of a product has, and "" where it cannot: then the
// seats that a replication needs can be read off a run in which there are more than
// enough. A seat that an administrator assigns is one that is needed, and one that
// cannot be had a refusal. product and subscription are indices.
func (t *Tenant) Apart(product, subscription int) string {
	name := t.Rules.Products[product].Name
	for i := range t.Rules.Groups {
		if t.Rules.Groups[i].Product == product {
			return "group-based licensing assigns " + name + ", and errs where a claim would be refused"
		}
	}
	for i := range t.Rules.Policies {
		for _, p := range t.Rules.Policies[i].Products {
			if p != product {
				return "claims that find no seat of one product may be served by another"
			}
		}
	}
	if s := &t.Rules.Products[product].Subscriptions[subscription]; s.Starts > 0 || s.Ends <= t.Midnights[len(t.Midnights)-1] {
		return "the subscription does not run all the time"
	}
	for i := range t.Timeline {
		switch e := &t.Timeline[i]; {
		case e.Do == EditPolicy && slices.ContainsFunc(e.Products, func(p int) bool { return p != product }):
			return "claims that find no seat of one product may be served by another"
		case e.Product == product && (e.Do == ChangeSeats && e.Seats < 0 || e.Do == Renew):
			return "the timeline takes seats away or sets their number"
		}
	}
	return ""
}
