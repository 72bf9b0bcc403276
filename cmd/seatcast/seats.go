package main

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/analysis/reduction"
	"seatcast/cmd/seatcast/study"
	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// plenty is more seats than a model has people for.
const plenty = 1 << 26

// wanted is a purchase while it is worked out.
type wanted struct {
	*planner
	world   *sim.World  // up to the last day that counts
	asked   study.World // the same, to ask for
	full    *sim.World  // of the whole study
	whole   study.World // the same, to ask for
	targets []target
	out     purchase.Purchase
}

// plan finds the purchase.
func (w *wanted) plan() error {
	for _, t := range w.targets {
		if why := w.world.Tenants[t.tenant].Apart(t.product, t.subscription); why != "" && w.out.Why == "" {
			w.out.Why = why
		}
	}
	w.noteOfHands()
	single := len(w.targets) == 1
	switch {
	case w.opt.rare:
		return w.rare()
	case (len(w.stages) > 1 || w.opt.refusalCost > 0) && !single:
		return wrong("--true-up and --refusal-cost plan one pool: say which with --pool, and of several each with its part of --risk")
	case len(w.stages) > 1 && w.out.Why != "":
		return wrong("--true-up: %s, so that what the stages need cannot be told apart", w.out.Why)
	case w.out.Why != "":
		w.out.Method = "search"
		if single {
			return w.search()
		}
		return w.descend()
	}
	w.out.Method = "needs"
	switch {
	case len(w.stages) > 1:
		return w.schedule()
	case single:
		return w.count()
	}
	return w.joint()
}

// noteOfHands says what becomes of seats that an administrator assigns.
func (w *wanted) noteOfHands() {
	for _, t := range w.targets {
		tenant := &w.world.Tenants[t.tenant]
		byHand := slices.ContainsFunc(tenant.Timeline, func(e sim.Event) bool { return e.Do == sim.Assign && e.Product == t.product })
		byHand = byHand || slices.ContainsFunc(tenant.Trace.Acts, func(a sim.TraceAct) bool {
			return a.Action == claim.Assign && (a.Product < 0 || int(a.Product) == t.product)
		})
		switch name := tenant.Rules.Products[t.product].Name; {
		case byHand && w.out.Why == "" && !w.opt.rare:
			w.out.Notes = append(w.out.Notes, "The administrator assigns seats of "+name+" too: one that cannot be assigned counts as a refused claim.")
		case byHand:
			w.out.Notes = append(w.out.Notes, "The administrator assigns seats of "+name+" too: one that cannot be assigned is not counted as a refused claim.")
		}
	}
}

// ample returns the world in which every target has more than enough seats.
func (w *wanted) ample(world study.World) study.World {
	for _, t := range w.targets {
		world = world.WithSeats(t.tenant, t.product, t.subscription, plenty)
	}
	return world
}

// needs simulates replications from up to to with more than enough seats, and
// returns the seats that each needs of each target.
func (w *wanted) needs(world study.World, from, to int) ([][]int, error) {
	needs := make([][]int, len(w.targets))
	err := w.execution.ask(w.ctx, []study.World{world}, from, to, func(r *record.Record) error {
		for i, t := range w.targets {
			need, err := needOf(&r.Tenants[t.tenant].Pools[t.pool])
			if err != nil {
				return err
			}
			needs[i] = append(needs[i], need)
		}
		return nil
	})
	return needs, err
}

// errShort is the error of a claim that plenty of seats do not serve.
var errShort = errors.New("a claim was refused with more seats than there are people; this is a defect of seatcast, please report it with the scenario")

// needOf returns the seats that a replication needed, from its record with plenty.
func needOf(p *record.Pool) (int, error) {
	switch {
	case p.FirstRefusal != clock.Never:
		return 0, errShort
	case p.Tightest == math.MaxInt32: // nobody took a seat
		return 0, nil
	}
	return max(0, plenty-int(p.Tightest)), nil
}

// count finds the seats of one pool from what replications need.
func (w *wanted) count() error {
	search := purchase.NewSearch(w.risks[0], confidence, max(w.scenario.Replications, 200), w.budget(w.world))
	world := w.ample(w.asked)
	var c purchase.Count
	for from, to, ok := search.Wanted(); ok; from, to, ok = search.Wanted() {
		needs, err := w.needs(world, from, to)
		if err != nil {
			return err
		}
		c = search.Look(needs[0])
	}
	if !w.scenario.Random {
		c.Low, c.High, c.Settled = c.Seats, c.Seats, true
	}
	needs, price := search.Needs(), w.targets[0].price
	w.out.Count, w.out.Replications = &c, c.Replications
	w.set(c.Seats)
	risk := func(seats int) analysis.Proportion { return w.proportion(needs.Over(seats), len(needs)) }
	w.out.Risk, w.out.Now, w.out.Pools[0].Fewer = risk(c.Seats), risk(w.targets[0].now), risk(c.Seats-1)
	for _, seats := range nearby(c.Seats) {
		w.out.Nearby = append(w.out.Nearby, purchase.Point{Seats: seats, Risk: risk(seats), Cost: price * float64(seats)})
	}
	if w.scenario.Random {
		w.out.Frontier = needs.Frontier(price, frontierPoints)
	}
	return w.cheapest(slices.Max(needs))
}

// frontierPoints is the most points of a frontier.
const frontierPoints = 120

// nearby returns the numbers of seats that are told beside a count: five fewer, one
// fewer, five more.
func nearby(seats int) (all []int) {
	for _, c := range []int{seats - 5, seats - 1, seats, seats + 5} {
		if c >= 0 {
			all = append(all, c)
		}
	}
	return all
}

// set puts the seats of the targets, and what they cost, into the purchase.
func (w *wanted) set(seats ...int) {
	w.out.Cost = 0
	for i, c := range seats {
		w.out.Pools[i].Seats = c
		w.out.Cost += w.targets[i].price * float64(c)
	}
}

// joint finds the cheapest seats of several pools that do not touch each other: half
// of the replications say which, and the others, which had no part in it, how risky
// that is.
func (w *wanted) joint() error {
	if !w.scenario.Random {
		return w.jointOfOne()
	}
	n := max(w.budget(w.world)/2, 100)
	needs, err := w.needs(w.ample(w.asked), 0, 2*n)
	if err != nil {
		return err
	}
	var price []float64
	first, second := make([][]float64, len(needs)), make([][]int, len(needs))
	for i := range needs {
		price = append(price, w.targets[i].price)
		for _, need := range needs[i][:n] {
			first[i] = append(first[i], float64(need))
		}
		second[i] = needs[i][n:]
	}
	allowed := purchase.Allowed(n, w.risks[0], purchase.Sure)
	if allowed < 0 {
		return wrong("%d replications cannot show that a joint risk is at most %v: say more with --most", 2*n, w.risks[0])
	}
	seats := whole(purchase.Joint(first, price, allowed))
	w.set(seats...)
	w.assess(second, seats)
	for _, risk := range []float64{0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005} {
		if risk*float64(n) < 1 {
			continue
		}
		c := whole(purchase.Joint(first, price, int(risk*float64(n))))
		w.out.Frontier = append(w.out.Frontier, w.point(second, c))
	}
	w.out.Notes = append(w.out.Notes, fmt.Sprintf("The seats are the cheapest whose joint risk is at most %v with %v confidence in %d replications; "+
		"the risks are of %d others. What other risks would take is the best estimate, without that confidence.",
		w.risks[0], purchase.Sure, n, n))
	return nil
}

// jointOfOne is joint where nothing is drawn: every pool has what it needs.
func (w *wanted) jointOfOne() error {
	needs, err := w.needs(w.ample(w.asked), 0, 1)
	if err != nil {
		return err
	}
	seats := make([]int, len(needs))
	for i := range needs {
		seats[i] = needs[i][0]
	}
	w.set(seats...)
	w.assess(needs, seats)
	return nil
}

func whole(seats []float64) (out []int) {
	for _, c := range seats {
		out = append(out, int(c))
	}
	return out
}

// assess puts the risks of a joint purchase into it.
func (w *wanted) assess(needs [][]int, seats []int) {
	n := len(needs[0])
	w.out.Replications = n
	w.out.Risk = w.proportion(unmet(needs, seats), n)
	now := make([]int, len(seats))
	for i, t := range w.targets {
		now[i] = t.now
		fewer := slices.Clone(seats)
		fewer[i]--
		w.out.Pools[i].Fewer = w.proportion(unmet(needs, fewer), n)
	}
	w.out.Now = w.proportion(unmet(needs, now), n)
}

func (w *wanted) point(needs [][]int, seats []int) (p purchase.Point) {
	for i, c := range seats {
		p.Seats += c
		p.Cost += float64(c) * w.targets[i].price
	}
	p.Risk = w.proportion(unmet(needs, seats), len(needs[0]))
	return p
}

// unmet counts the replications that need more of any pool than it has.
func unmet(needs [][]int, seats []int) (n int) {
	for r := range needs[0] {
		for i := range needs {
			if needs[i][r] > seats[i] {
				n++
				break
			}
		}
	}
	return n
}

// schedule finds the seats of each stage.
func (w *wanted) schedule() error {
	n := w.budget(w.world)
	needs := make([][]int, len(w.stages))
	for s, day := range w.stages {
		got, err := w.needs(w.ample(w.whole.Until(day)), 0, n)
		if err != nil {
			return err
		}
		needs[s] = got[0]
	}
	seats, first, fewer := purchase.Schedule(needs, w.risks)
	w.out.Replications = n
	from, refused := 0, 0
	for s, day := range w.stages {
		refused += first[s]
		w.out.Stages = append(w.out.Stages, purchase.Stage{From: w.date(from), To: w.date(day - 1), Seats: seats[s], Risk: w.risks[s],
			Found: w.proportion(first[s], n), Fewer: w.proportion(fewer[s], n), Whole: w.proportion(refused, n)})
		from = day
	}
	w.set(seats[0])
	w.out.Cost = w.scheduleCost(seats)
	w.out.Risk = w.proportion(refused, n)
	last := purchase.NewNeeds(needs[len(needs)-1])
	w.out.Now = last.Risk(w.targets[0].now, purchase.Confidence)
	w.out.Pools[0].Fewer = w.proportion(fewer[0], n)
	w.out.Frontier = last.Frontier(w.targets[0].price, frontierPoints)
	w.out.Notes = append(w.out.Notes, fmt.Sprintf("Bought once for the whole time, %d seats would have the same risk.", last.Fewest(sum(w.risks), confidence).Seats))
	return nil
}

// scheduleCost returns what the seats of a schedule cost over the study.
func (w *wanted) scheduleCost(seats []int) (cost float64) {
	t := w.targets[0]
	tenant := &w.full.Tenants[t.tenant]
	from := 0
	for s, day := range w.stages {
		if s == len(seats)-1 {
			day = len(tenant.Months) - 1 // what is bought last stays to the end
		}
		cost += float64(seats[s]) * tenant.Prices[t.product] * (tenant.Months[day] - tenant.Months[from])
		from = day
	}
	return cost
}

// simulate simulates replications with numbers of seats, and returns what look makes
// of each.
func simulateSeats[T any](w *wanted, seats []int, from, to int, look func(r *record.Record) T) ([]T, error) {
	world := w.asked
	for i, t := range w.targets {
		world = world.WithSeats(t.tenant, t.product, t.subscription, seats[i])
	}
	var out []T
	err := w.execution.ask(w.ctx, []study.World{world}, from, to, func(r *record.Record) error {
		out = append(out, look(r))
		return nil
	})
	return out, err
}

// trials returns the trials of the targets: whether anything is refused that a policy
// which serves one of them could have served, or an error of a group that assigns it.
func (w *wanted) trials() *purchase.Trials {
	return purchase.NewTrials(func(seats []int, from, to int) ([]bool, error) {
		return simulateSeats(w, seats, from, to, w.refused)
	})
}

// refused reports whether a replication is refused anything that the targets are for.
func (w *wanted) refused(r *record.Record) bool {
	for _, t := range w.targets {
		tenant := &w.world.Tenants[t.tenant]
		for i := range tenant.Rules.Policies {
			products := tenant.Rules.Policies[i].Products
			if !slices.Contains(products, t.product) {
				continue
			}
			for _, product := range products {
				if pool := poolIndex(tenant, product); pool >= 0 && r.Tenants[t.tenant].Pools[pool].FirstRefusal != clock.Never {
					return true
				}
			}
		}
		if r.Tenants[t.tenant].Pools[t.pool].FirstRefusal != clock.Never {
			return true
		}
		errs := r.Tenants[t.tenant].Outcomes[int(claim.GroupError)*int(claim.NumReasons)+int(claim.CountViolation)]
		if errs > 0 && slices.ContainsFunc(tenant.Rules.Groups, func(g claim.Group) bool { return g.Product == t.product }) {
			return true
		}
	}
	return false
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

// searches is about how many numbers of seats a search looks at.
const searches = 16

// search finds the seats of one pool by simulating numbers of them.
func (w *wanted) search() error {
	trials, t := w.trials(), w.targets[0]
	most := max(w.scenario.Replications, w.budget(w.world)/searches)
	if w.opt.most > 0 {
		most = w.opt.most
	}
	top := t.reserved + 1
	for _, tenant := range w.world.Tenants {
		top += tenant.Info().People + int(2*expectedNewcomers(&tenant))
	}
	for i := range w.world.Tenants[t.tenant].Timeline { // what the timeline takes away must be there
		if e := &w.world.Tenants[t.tenant].Timeline[i]; e.Product == t.product && e.Do == sim.ChangeSeats {
			top += max(0, -e.Seats)
		}
	}
	c, err := purchase.Bisect(trials, t.now, top, w.risks[0], confidence, min(200, most), most)
	if errors.Is(err, purchase.ErrNever) {
		return wrong("%w: with %d seats a claim is still refused, since %s; --by plans the time before an end", err, top, w.out.Why)
	}
	if err != nil {
		return err
	}
	if !w.scenario.Random {
		c.Low, c.High, c.Settled = c.Seats, c.Seats, true
	}
	n := c.Replications
	w.out.Count, w.out.Replications = &c, n
	w.set(c.Seats)
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

// descend finds cheap seats of several pools by simulating numbers of them.
func (w *wanted) descend() error {
	n := max(w.scenario.Replications, w.budget(w.world)/(searches*len(w.targets)))
	if w.opt.most > 0 {
		n = w.opt.most
	}
	for w.scenario.Random && w.opt.most == 0 && purchase.Allowed(n, w.risks[0], confidence) < 0 {
		n++ // as few as can show it
	}
	allowed := purchase.Allowed(n, w.risks[0], confidence)
	if !w.scenario.Random {
		n, allowed = 1, 0
	}
	if allowed < 0 {
		return wrong("%d replications cannot show that a joint risk is at most %v: say more with --most", n, w.risks[0])
	}
	trials := w.trials()
	start, price, err := w.top(trials, allowed, n)
	if err != nil {
		return err
	}
	now := make([]int, len(w.targets))
	for i, t := range w.targets {
		now[i] = t.now
	}
	seats, err := purchase.Descend(trials, start, now, price, allowed, n)
	if errors.Is(err, purchase.ErrNever) {
		return wrong("%w: with %v seats something is still refused", err, start)
	}
	if err != nil {
		return err
	}
	w.set(seats...)
	from, to := n, 2*n // replications that had no part in the search
	if !w.scenario.Random {
		from, to = 0, 1
	}
	fresh := func(seats []int) analysis.Proportion {
		all, e := simulateSeats(w, seats, from, to, w.refused)
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
	w.out.Now = fresh(now)
	if !w.scenario.Random {
		return err
	}
	w.out.Notes = append(w.out.Notes, fmt.Sprintf("The seats are a local optimum of a search on %d replications, "+
		"in which no pool could be smaller by itself; the risks are of %d others.", n, n))
	return err
}

// top returns numbers of seats from which descend starts, and the prices: of each pool
// what was most in use in all of the tenant's, where there was plenty, since one may
// have to serve for another; or else as many as there are people.
func (w *wanted) top(trials *purchase.Trials, allowed, n int) (start []int, price []float64, err error) {
	people := make([]int, len(w.targets))
	for i, t := range w.targets {
		tenant := &w.world.Tenants[t.tenant]
		people[i] = t.reserved + tenant.Info().People + int(2*expectedNewcomers(tenant))
		price = append(price, t.price)
	}
	needs, err := w.needs(w.ample(w.asked), 0, n)
	if errors.Is(err, errShort) { // a subscription that does not run all the time refuses claims all the same
		return people, price, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, t := range w.targets {
		all := 0
		for j, other := range w.targets {
			if other.tenant == t.tenant {
				all += slices.Max(needs[j])
			}
		}
		start = append(start, all)
	}
	if refused, err := trials.Refused(start, n); err != nil || refused > allowed {
		return people, price, err
	}
	return start, price, nil
}

// cheapest finds the number of seats with the least cost, where a refused person has a
// price: from the refused people of simulations, since seats may come back. Where
// people adopt independently, how many have is a control variate of known mean.
func (w *wanted) cheapest(most int) error {
	penalty := w.opt.refusalCost
	if penalty == 0 {
		return nil
	}
	t, n := w.targets[0], w.scenario.Replications
	adopters, known := w.adopters(n)
	costs, means := map[int][]float64{}, map[int]reduction.Estimate{}
	costOf := func(seats int) (float64, error) {
		if costs[seats] == nil {
			people, err := simulateSeats(w, []int{seats}, 0, n, func(r *record.Record) float64 {
				return float64(r.Tenants[t.tenant].Pools[t.pool].RefusedUsers)
			})
			if err != nil {
				return 0, err
			}
			for i := range people {
				people[i] = penalty*people[i] + t.price*float64(seats)
			}
			costs[seats], means[seats] = people, reduction.Control(people, confidence, reduction.Variate{Values: adopters, Mean: known})
		}
		return means[seats].Mean, nil
	}
	seats, least, err := purchase.Cheapest(most, costOf)
	if err != nil {
		return err
	}
	best := purchase.Best{RefusalCost: penalty, Seats: seats, Seating: t.price * float64(seats), Nearly: [2]int{seats, seats}}
	for c, m := range means {
		if m.Mean <= 1.01*least {
			best.Nearly = [2]int{min(best.Nearly[0], c), max(best.Nearly[1], c)}
		}
	}
	best.Cost = analysis.EstimateOf(costs[seats])
	best.Cost.Mean, best.Cost.Low, best.Cost.High = least, means[seats].Low, means[seats].High
	if factor := means[seats].Factor; factor > 1 && !math.IsInf(factor, 1) {
		w.out.Notes = append(w.out.Notes, fmt.Sprintf("The mean cost is controlled by the number of people who adopt, "+
			"whose mean is known (%.1f): that is worth %.1f times the %d replications.", known, factor, n))
	}
	fewer, err1 := costOf(max(0, seats-5))
	more, err2 := costOf(seats + 5)
	best.Fewer, best.More = fewer, more
	w.out.Cheapest = &best
	return errors.Join(err1, err2)
}

// adopters returns how many of the people who are there at the start adopt by the end
// in each of n replications, and the exact mean of that. Where people move each other
// it says nothing: all are 0.
func (w *wanted) adopters(n int) (counts []float64, known float64) {
	counts = make([]float64, n)
	tenant := &w.world.Tenants[w.targets[0].tenant]
	shares, ok := sharesOf(tenant)
	if !ok {
		return counts, 0
	}
	for s, share := range shares {
		known += share * float64(tenant.Segments[s].Count)
	}
	for r := range counts {
		counts[r] = float64(w.world.Adopters(w.targets[0].tenant, r, [][]float64{shares})[0])
	}
	return counts, known
}

// sharesOf returns the share of each segment's people that adopts by the end.
func sharesOf(t *sim.Tenant) (shares []float64, ok bool) {
	return sharesBy(t, t.Midnights[len(t.Midnights)-1])
}
