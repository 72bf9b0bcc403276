package plan

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/cmd/seatcast/study"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// plenty is more seats than a model has people for.
const plenty = purchase.Plenty

// ample returns the world in which every last target has more than enough seats.
func (w *wanted) ample(world study.World) study.World {
	for _, i := range w.last {
		world = w.targets[i].in(world, plenty)
	}
	return world
}

// needs simulates replications from up to to with more than enough seats of the last
// targets, and returns the seats that each needs of each: plenty where something is
// refused for want of seats of the first.
func (w *wanted) needs(world study.World, from, to int) ([][]int, error) {
	needs := make([][]int, len(w.last))
	err := w.ask([]study.Cell{study.NewCell(world, w.chosen+from, w.chosen+to)}, func(r *record.Record) error {
		d, err := w.demandOf(r)
		if err != nil {
			return err
		}
		for k, need := range d.Needs {
			if d.Refused {
				need = plenty
			}
			needs[k] = append(needs[k], need)
		}
		return nil
	})
	return needs, err
}

// errShort is the error of a claim that plenty of seats do not serve.
var errShort = errors.New("a claim was refused with more seats than there are people; this is a defect of seatcast, please report it with the scenario")

// needOf returns the seats of a target that a replication needed, from its record with
// plenty: at least those that are held on the first day.
func (t target) needOf(r *record.Record) (int, error) {
	need, err := needOf(&r.Tenants[t.tenant].Pools[t.pool])
	return max(need, t.held), err
}

// needOf returns the seats that a replication needed for what was assigned on the way.
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
	if c.Seats >= plenty {
		return unplannable("%w: of %d replications, too many are refused something for want of %s", purchase.ErrNever, c.Replications, w.names(w.first))
	}
	if c.High >= plenty {
		c.High = purchase.Unbounded
	}
	needs, pool := search.Needs(), w.last[0]
	target, others := w.targets[pool], w.out.Cost
	w.out.Count, w.out.Counted, w.out.Replications = &c, pool, c.Replications
	w.set(w.last, c.Seats)
	risk := func(seats int) analysis.Proportion { return w.proportion(needs.Over(seats), len(needs)) }
	w.out.Risk, w.out.Now, w.out.Pools[pool].Fewer = risk(c.Seats), risk(target.now), risk(c.Seats-1)
	for _, seats := range nearby(c.Seats) {
		w.out.Nearby = append(w.out.Nearby, purchase.Point{Seats: seats, Risk: risk(seats), Cost: target.price * float64(seats)})
	}
	if w.scenario.Random {
		w.out.Frontier = w.besides(needs.Frontier(target.price, frontierPoints), others)
	}
	return w.cheapest(needs.Fewest(0, confidence).Seats)
}

// besides adds the seats of the first pools, and what those cost, to points of the last.
func (w *wanted) besides(points []purchase.Point, cost float64) (all []purchase.Point) {
	seats := 0
	for _, i := range w.first {
		seats += w.out.Pools[i].Seats
	}
	for _, p := range points {
		if p.Seats < plenty {
			all = append(all, purchase.Point{Seats: seats + p.Seats, Risk: p.Risk, Cost: cost + p.Cost})
		}
	}
	return all
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
		price = append(price, w.targets[w.last[i]].price)
		for _, need := range needs[i][:n] {
			first[i] = append(first[i], float64(need))
		}
		second[i] = needs[i][n:]
	}
	allowed := purchase.Allowed(n, w.risks[0], purchase.Sure)
	if allowed < 0 {
		return unplannable("%d replications cannot show that a joint risk is at most %v: say more with --most", 2*n, w.risks[0])
	}
	seats := whole(purchase.Joint(first, price, allowed))
	w.set(w.last, seats...)
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
	w.set(w.last, seats...)
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
	for k, i := range w.last {
		fewer := slices.Clone(seats)
		fewer[k]--
		w.out.Pools[i].Fewer = w.proportion(unmet(needs, fewer), n)
	}
	_, now := w.parts(w.now())
	w.out.Now = w.proportion(unmet(needs, now), n)
}

// point returns a point of the frontier: the last pools with some seats, the first as chosen.
func (w *wanted) point(needs [][]int, seats []int) (p purchase.Point) {
	for _, i := range w.first {
		p.Seats += w.out.Pools[i].Seats
		p.Cost += float64(w.out.Pools[i].Seats) * w.targets[i].price
	}
	for k, c := range seats {
		p.Seats += c
		p.Cost += float64(c) * w.targets[w.last[k]].price
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
	n, pool := w.budget(w.world), w.last[0]
	needs := make([][]int, len(w.stages))
	for s, day := range w.stages {
		got, err := w.needs(w.ample(w.whole.Until(day)), 0, n)
		if err != nil {
			return err
		}
		needs[s] = got[0]
	}
	seats, first, fewer := purchase.Schedule(needs, w.risks)
	if seats[len(seats)-1] >= plenty {
		return unplannable("%w: of %d replications, too many are refused something for want of %s", purchase.ErrNever, n, w.names(w.first))
	}
	w.out.Replications, w.out.Counted = n, pool
	from, refused := 0, 0
	for s, day := range w.stages {
		refused += first[s]
		w.out.Stages = append(w.out.Stages, purchase.Stage{From: w.date(from), To: w.date(day - 1), Seats: seats[s], Risk: w.risks[s],
			Found: w.proportion(first[s], n), Fewer: w.proportion(fewer[s], n), Whole: w.proportion(refused, n)})
		from = day
	}
	others := w.out.Cost
	w.set(w.last, seats[0])
	w.out.Cost = others + w.scheduleCost(seats)
	w.out.Risk = w.proportion(refused, n)
	last := purchase.NewNeeds(needs[len(needs)-1])
	w.out.Now = last.Risk(w.targets[pool].now, purchase.Confidence)
	w.out.Pools[pool].Fewer = w.proportion(fewer[0], n)
	w.out.Frontier = w.besides(last.Frontier(w.targets[pool].price, frontierPoints), others)
	w.out.Notes = append(w.out.Notes, fmt.Sprintf("Bought once for the whole time, %d seats would have the same risk.", last.Fewest(sum(w.risks), confidence).Seats))
	return nil
}

// scheduleCost returns what the seats of a schedule cost over the study.
func (w *wanted) scheduleCost(seats []int) (cost float64) {
	t := w.targets[w.last[0]]
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
