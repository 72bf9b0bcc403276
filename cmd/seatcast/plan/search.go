package plan

import (
	"errors"
	"fmt"
	"slices"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/cmd/seatcast/study"
	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// lookAt simulates replications of a world, and returns what look makes of each.
func lookAt[T any](w *wanted, world study.World, from, to int, look func(r *record.Record) T) ([]T, error) {
	var out []T
	err := w.ask([]study.Cell{study.NewCell(world, from, to)}, func(r *record.Record) error {
		out = append(out, look(r))
		return nil
	})
	return out, err
}

// refusals simulates replications with numbers of seats of all targets, and returns
// which of them are refused something.
func (w *wanted) refusals(seats []int, from, to int) ([]bool, error) {
	world := w.asked
	for i, t := range w.targets {
		world = t.in(world, seats[i])
	}
	return lookAt(w, world, from, to, func(r *record.Record) bool { return w.refused(r, w.first) })
}

// trials returns the trials of the targets. Fewer seats than are held on the first day
// are too few.
func (w *wanted) trials() *purchase.Trials {
	return purchase.NewTrials(func(seats []int, from, to int) ([]bool, error) {
		for i, t := range w.targets {
			if seats[i] < t.held {
				return slices.Repeat([]bool{true}, to-from), nil
			}
		}
		return w.refusals(seats, from, to)
	})
}

// refused reports whether a replication is refused anything that some targets are for:
// a claim that a policy which serves one of them could have served, or the licence of a
// group that assigns it.
func (w *wanted) refused(r *record.Record, targets []int) bool {
	for _, i := range targets {
		t := w.targets[i]
		for _, pool := range t.named {
			if r.Tenants[t.tenant].Pools[pool].FirstRefusal != clock.Never {
				return true
			}
		}
		errs := r.Tenants[t.tenant].Outcomes[int(claim.GroupError)*int(claim.NumReasons)+int(claim.CountViolation)]
		if errs > 0 && slices.ContainsFunc(w.world.Tenants[t.tenant].Rules.Groups, func(g claim.Group) bool { return g.Product == t.product }) {
			return true
		}
	}
	return false
}

// searches is about how many numbers of seats a search looks at.
const searches = 16

// search finds the seats of one pool by simulating numbers of them.
func (w *wanted) search() error {
	w.out.Method = "search"
	trials, t := w.trials(), w.targets[0]
	most := max(w.scenario.Replications, w.budget(w.world)/searches)
	if w.opt.Most > 0 {
		most = w.opt.Most
	}
	top := t.reserved + t.taken + 1
	for _, tenant := range w.world.Tenants {
		top += tenant.Info().People + int(2*expectedNewcomers(&tenant))
	}
	c, err := purchase.Bisect(trials, t.now, top, w.risks[0], confidence, min(200, most), most)
	if errors.Is(err, purchase.ErrNever) {
		return unplannable("%w: with %d seats a claim is still refused, since %s; --by plans the time before", err, top, w.out.Why)
	}
	if err != nil {
		return err
	}
	if !w.scenario.Random {
		c.Low, c.High, c.Settled = c.Seats, c.Seats, true
	}
	n := c.Replications
	w.out.Count, w.out.Replications = &c, n
	w.set(w.first, c.Seats)
	risk := func(seats int) analysis.Proportion {
		if seats < 0 {
			return analysis.Proportion{Value: 1, Low: 1, High: 1}
		}
		refused, e := trials.Refused([]int{seats}, n)
		err = errors.Join(err, e)
		return w.proportion(refused, n)
	}
	w.out.Risk, w.out.Now, w.out.Pools[0].Fewer = risk(c.Seats), risk(t.now), risk(c.Seats-1)
	for _, seats := range nearby(c.Seats) {
		w.out.Nearby = append(w.out.Nearby, purchase.Point{Seats: seats, Risk: risk(seats), Cost: t.price * float64(seats)})
	}
	for _, seats := range around(c.Seats) {
		if !w.scenario.Random {
			break
		}
		w.out.Frontier = append(w.out.Frontier, purchase.Point{Seats: seats, Risk: risk(seats), Cost: t.price * float64(seats)})
	}
	if rising, compared := trials.Rising(); rising > 0 {
		w.out.Notes = append(w.out.Notes, fmt.Sprintf("In %d of %d comparisons a replication was refused something with more seats and nothing with fewer, "+
			"so that a smaller count may have been passed over.", rising, compared))
	}
	return errors.Join(err, w.cheapest(top))
}

// around returns numbers of seats about a count for a frontier.
func around(c int) (all []int) {
	for _, percent := range []int{-12, -8, -5, -3, -1, 0, 1, 3, 5, 8, 12} {
		seats := c + c*percent/100
		if seats >= 0 && !slices.Contains(all, seats) {
			all = append(all, seats)
		}
	}
	return all
}

func expectedNewcomers(t *sim.Tenant) (n float64) {
	for i := range t.Segments {
		n += t.Segments[i].Joins * float64(t.Midnights[len(t.Midnights)-1])
	}
	return n
}

// sample returns how many replications a search of several pools is made by, and how
// many of them may be refused something.
func (w *wanted) sample() (n, allowed int, err error) {
	if !w.scenario.Random {
		return 1, 0, nil
	}
	n = max(w.scenario.Replications, w.budget(w.world)/(searches*len(w.targets)))
	if w.opt.Most > 0 {
		n = w.opt.Most
	}
	for w.opt.Most == 0 && purchase.Allowed(n, w.risks[0], confidence) < 0 {
		n++ // as few as can show it
	}
	if allowed = purchase.Allowed(n, w.risks[0], confidence); allowed < 0 {
		return 0, 0, unplannable("%d replications cannot show that a joint risk is at most %v: say more with --most", n, w.risks[0])
	}
	return n, allowed, nil
}

// descend finds cheap seats of several pools by simulating numbers of them.
func (w *wanted) descend() error {
	w.out.Method = "search"
	n, allowed, err := w.sample()
	if err != nil {
		return err
	}
	start, err := w.top(n)
	if err != nil {
		return err
	}
	var price []float64
	for _, t := range w.targets {
		price = append(price, t.price)
	}
	seats, err := purchase.Descend(w.trials(), start, w.now(), price, allowed, n)
	if errors.Is(err, purchase.ErrNever) {
		return unplannable("%w: with %v seats of %s something is still refused, since %s; --by plans the time before", err, start, w.names(w.first), w.out.Why)
	}
	if err != nil {
		return err
	}
	w.set(w.first, seats...)
	from, to := n, 2*n // replications that had no part in the search
	if !w.scenario.Random {
		from, to = 0, 1
	}
	fresh := func(seats []int) analysis.Proportion {
		all, e := w.refusals(seats, from, to)
		err = errors.Join(err, e)
		refused := 0
		for _, r := range all {
			if r {
				refused++
			}
		}
		return w.proportion(refused, len(all))
	}
	w.out.Replications, w.out.Risk = n, fresh(seats)
	for i := range w.targets {
		w.out.Pools[i].Fewer = analysis.Proportion{Value: 1, Low: 1, High: 1}
		if seats[i] > 0 {
			fewer := slices.Clone(seats)
			fewer[i]--
			w.out.Pools[i].Fewer = fresh(fewer)
		}
	}
	w.out.Now = fresh(w.now())
	if !w.scenario.Random {
		return err
	}
	w.out.Notes = append(w.out.Notes, fmt.Sprintf("The seats are a local optimum of a search on %d replications, "+
		"in which no pool could be smaller by itself; the risks are of %d others.", n, n))
	return err
}

// top returns numbers of seats from which descend starts: of each pool what is in use at
// most in all pools of the tenant, where there is plenty, since one may have to serve
// for another.
func (w *wanted) top(n int) ([]int, error) {
	demands, err := w.demands(slices.Repeat([]int{plenty}, len(w.first)), numbers(0, n))
	if err != nil {
		return nil, err
	}
	start := make([]int, len(w.first))
	for k := range w.first {
		used := 0
		for _, d := range demands {
			used = max(used, d.Used[k])
		}
		for j := range start {
			if w.targets[j].tenant == w.targets[k].tenant {
				start[j] += used
			}
		}
	}
	return start, nil
}
