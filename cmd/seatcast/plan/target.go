package plan

import (
	"math"
	"slices"
	"strings"

	"seatcast/cmd/seatcast/study"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/record"
)

// A target is a pool that is planned, by indices into a world.
type target struct {
	tenant, pool, product, subscription int
	reserved                            int
	key                                 string // of its seats
	now                                 int
	held                                int     // on the first day: no fewer are bought
	taken                               int     // by the timeline, where that makes seats fewer
	named                               []int   // pools under whose names claims are refused that it could have served
	price                               float64 // of a seat over the study
}

// in returns a world in which a target has some seats.
func (t target) in(world study.World, seats int) study.World {
	return world.WithSeats(t.tenant, t.product, t.subscription, seats)
}

// targets returns the pools of a variant that are planned.
func (p *Planner) targets(v scenarios.Variant) ([]target, error) {
	var all []target
	var names []string
	known := map[string]bool{}
	for i := range v.World.Tenants {
		t := &v.World.Tenants[i]
		claimed := map[string]bool{}
		for k := range t.Rules.Policies {
			for _, product := range t.Rules.Policies[k].Products {
				claimed[t.Rules.Products[product].Name] = true
			}
		}
		for j, pool := range t.Info().Pools {
			name := t.Name + "/" + pool.Product
			names, known[name] = append(names, name), true
			if slices.Contains(p.opt.Pools, name) || len(p.opt.Pools) == 0 && claimed[pool.Product] {
				all = append(all, newTarget(v, i, j, pool.Product))
			}
		}
	}
	for _, name := range p.opt.Pools {
		if !known[name] {
			return nil, unplannable("--pool %s: there is no such pool; there are %s", name, strings.Join(names, ", "))
		}
	}
	if len(all) == 0 {
		return nil, unplannable("no policy claims from any pool: name one with --pool TENANT/PRODUCT")
	}
	return all, nil
}

func newTarget(v scenarios.Variant, tenant, pool int, name string) target {
	t := &v.World.Tenants[tenant]
	product := slices.IndexFunc(t.Rules.Products, func(p claim.Product) bool { return p.Name == name })
	rule := &t.Rules.Products[product]
	out := target{tenant: tenant, pool: pool, product: product, reserved: rule.Reserved}
	for i := range rule.Subscriptions { // the first that runs at the start, as the deeds of a timeline have it
		if s := &rule.Subscriptions[i]; s.Starts <= 0 && s.Ends > 0 {
			out.subscription = i
			break
		}
	}
	s := &rule.Subscriptions[out.subscription]
	out.held, out.named = t.Held(product, out.subscription), named(t, product)
	for i := range t.Timeline {
		if e := &t.Timeline[i]; e.Product == product && e.Do == sim.ChangeSeats {
			out.taken += max(0, -e.Seats)
		}
	}
	out.now, out.key = s.Seats, v.SeatsKey(t.Name, name, s.Name)
	return out
}

// price finds what a seat of each target costs over the study: the difference that a
// thousand of them make, since a subscription may not run all the time. Luck has no
// part in it.
func (p *Planner) price(world study.World, targets []target) error {
	const many = 1000
	var worlds []study.World
	for _, t := range targets {
		for i := range 2 {
			worlds = append(worlds, t.in(world, t.now+(i+1)*many))
		}
	}
	var costs []float64
	err := p.ask(study.Cells(worlds, 0, 1), func(r *record.Record) error {
		t := targets[r.Variant/2]
		costs = append(costs, r.Tenants[t.tenant].Pools[t.pool].Cost)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range targets {
		targets[i].price = math.Round((costs[2*i+1]-costs[2*i])/many*1e6) / 1e6
	}
	return nil
}

// named returns the pools under whose names a claim is refused that a product could have
// served: a claim is refused under that of the first product that had no seat for it.
func named(t *sim.Tenant, product int) (pools []int) {
	var before []int
	for _, i := range t.Rules.Order() {
		products := t.Rules.Policies[i].Products
		for _, p := range products {
			if pool := poolIndex(t, p); pool >= 0 && !slices.Contains(before, pool) {
				before = append(before, pool)
			}
		}
		if slices.Contains(products, product) {
			pools = slices.Clone(before)
		}
	}
	if own := poolIndex(t, product); !slices.Contains(pools, own) {
		pools = append(pools, own)
	}
	return pools
}

// poolIndex returns the place of a product among the pools of a record, or -1.
func poolIndex(t *sim.Tenant, product int) int {
	if t.Rules.Products[product].Subscriptions == nil {
		return -1
	}
	n := 0
	for i := range product {
		if t.Rules.Products[i].Subscriptions != nil {
			n++
		}
	}
	return n
}
