package plan

import (
	"cmp"
	"slices"

	"seatcast/analysis/purchase"
	"seatcast/cmd/seatcast/study"
	"seatcast/output"
	"seatcast/sim"
	"seatcast/sim/claim"
)

// wanted is a purchase while it is worked out.
type wanted struct {
	*Planner
	world   *sim.World  // up to the last day that counts
	asked   study.World // the same, to ask for
	full    *sim.World  // of the whole study
	whole   study.World // the same, to ask for
	targets []target
	// first and last are indices of targets: before the first refusal nothing depends on
	// the seats of the last, so that those are read off what replications need.
	first, last []int
	chosen      int // replications by which the seats of the first were chosen: the last are read off others
	out         purchase.Purchase
}

// variant plans one variant.
func (p *Planner) variant(index int) (purchase.Purchase, error) {
	w, err := p.wanted(index)
	if err != nil {
		return purchase.Purchase{}, err
	}
	err = w.plan()
	return w.out, err
}

// wanted returns the purchase that is wanted for a variant, which is still to be worked out.
func (p *Planner) wanted(index int) (*wanted, error) {
	v := p.scenario.Variants[index]
	targets, err := p.targets(v)
	if err != nil {
		return nil, err
	}
	whole := p.worlds[index]
	if err := p.price(whole, targets); err != nil {
		return nil, err
	}
	w := &wanted{Planner: p, world: v.World.Until(p.day), asked: whole.Until(p.day), full: v.World, whole: whole, targets: targets}
	w.out = purchase.Purchase{Variant: v.Name, Title: v.Title, Notes: []string{}}
	for _, t := range targets {
		w.out.Pools = append(w.out.Pools, purchase.Pool{Tenant: v.World.Tenants[t.tenant].Name,
			Product: v.World.Tenants[t.tenant].Rules.Products[t.product].Name, Key: t.key, Now: t.now, Held: t.held, Price: t.price})
	}
	w.split()
	return w, nil
}

// split tells the targets whose seats have to be tried from those of which they can be
// read off what replications need, and says why there are some of the former.
func (w *wanted) split() {
	for i, t := range w.targets {
		why := w.world.Tenants[t.tenant].Apart(t.product, t.subscription)
		if why == "" {
			w.last = append(w.last, i)
			continue
		}
		w.first = append(w.first, i)
		w.out.Why = cmp.Or(w.out.Why, why)
	}
}

// plan finds the purchase.
func (w *wanted) plan() error {
	w.noteOfHands()
	special := len(w.stages) > 1 || w.opt.RefusalCost > 0
	switch {
	case w.opt.Rare:
		return w.rare()
	case special && len(w.targets) > 1 && len(w.last) != 1:
		return unplannable("--true-up and --refusal-cost plan one pool: name one of %s with --pool, each with its part of --risk; the others keep the seats of the scenario", w.names(numbers(0, len(w.targets))))
	case len(w.stages) > 1 && len(w.last) == 0:
		return unplannable("--true-up: %s, so that what the stages need cannot be told apart", w.out.Why)
	case len(w.targets) == 1 && len(w.first) == 1:
		return w.search()
	case len(w.last) == 0:
		return w.descend()
	case len(w.first) > 0:
		return w.overflow()
	}
	w.out.Method = "needs"
	return w.read()
}

// read finds the seats of the last targets from what replications need.
func (w *wanted) read() error {
	switch {
	case len(w.stages) > 1:
		return w.schedule()
	case len(w.last) == 1:
		return w.count()
	}
	return w.joint()
}

// noteOfHands says what becomes of seats that an administrator assigns.
func (w *wanted) noteOfHands() {
	for i, t := range w.targets {
		tenant := &w.world.Tenants[t.tenant]
		byHand := slices.ContainsFunc(tenant.Timeline, func(e sim.Event) bool { return e.Do == sim.Assign && e.Product == t.product })
		byHand = byHand || slices.ContainsFunc(tenant.Trace.Acts, func(a sim.TraceAct) bool {
			return a.Action == claim.Assign && (a.Product < 0 || int(a.Product) == t.product)
		})
		switch name := tenant.Rules.Products[t.product].Name; {
		case byHand && slices.Contains(w.last, i) && !w.opt.Rare:
			w.out.Notes = append(w.out.Notes, "The administrator assigns seats of "+name+" too: one that cannot be assigned counts as a refused claim.")
		case byHand:
			w.out.Notes = append(w.out.Notes, "The administrator assigns seats of "+name+" too: one that cannot be assigned is not counted as a refused claim.")
		}
	}
}

// set puts the seats of some targets into the purchase, and what all cost.
func (w *wanted) set(targets []int, seats ...int) {
	for k, i := range targets {
		w.out.Pools[i].Seats = seats[k]
	}
	w.out.Cost = 0
	for i, t := range w.targets {
		w.out.Cost += t.price * float64(w.out.Pools[i].Seats)
	}
}

// seats returns the seats of the targets in the purchase.
func (w *wanted) seats() (seats []int) {
	for _, p := range w.out.Pools {
		seats = append(seats, p.Seats)
	}
	return seats
}

// now returns those in the scenario.
func (w *wanted) now() (seats []int) {
	for _, t := range w.targets {
		seats = append(seats, t.now)
	}
	return seats
}

// parts splits the seats of the targets into those of the first and of the last.
func (w *wanted) parts(seats []int) (first, last []int) {
	for _, i := range w.first {
		first = append(first, seats[i])
	}
	for _, i := range w.last {
		last = append(last, seats[i])
	}
	return first, last
}

// names returns the names of some targets, for a sentence.
func (w *wanted) names(targets []int) string {
	var names []string
	for _, i := range targets {
		names = append(names, w.out.Pools[i].Tenant+"/"+w.out.Pools[i].Product)
	}
	return output.Join(names)
}

// numbers returns the numbers from up to, not including, to.
func numbers(from, to int) (all []int) {
	for ; from < to; from++ {
		all = append(all, from)
	}
	return all
}
