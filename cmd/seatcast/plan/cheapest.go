package plan

import (
	"errors"
	"fmt"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/analysis/reduction"
	"seatcast/cmd/seatcast/control"
	"seatcast/sim/record"
)

// cheapest finds the number of seats with the least cost, where a refused person has a
// price: from the refused people of simulations, since seats may come back. Where
// people adopt independently, how many have is a control variate of known mean.
func (w *wanted) cheapest(most int) error {
	penalty := w.opt.RefusalCost
	if penalty == 0 {
		return nil
	}
	t, n := w.targets[w.out.Counted], w.scenario.Replications
	midnights := w.world.Tenants[t.tenant].Midnights
	variates := control.Variates(w.world, t.tenant, midnights[len(midnights)-1:], w.chosen, w.chosen+n)
	costs, means := map[int][]float64{}, map[int]reduction.Estimate{}
	costOf := func(seats int) (float64, error) {
		if costs[seats] == nil {
			people, err := lookAt(w, t.in(w.asked, seats), w.chosen, w.chosen+n, func(r *record.Record) (refused float64) {
				for _, pool := range t.named {
					refused += float64(r.Tenants[t.tenant].Pools[pool].RefusedUsers)
				}
				return refused
			})
			if err != nil {
				return 0, err
			}
			for i := range people {
				people[i] = penalty*people[i] + t.price*float64(seats)
			}
			costs[seats], means[seats] = people, reduction.Control(people, confidence, variates...)
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
	best.Cost = costInterval(costs[seats], means[seats])
	if controlled := means[seats]; controlled.Sound(n) {
		w.out.Notes = append(w.out.Notes, fmt.Sprintf("The mean cost is controlled by the number of people who adopt, "+
			"whose mean is known (%.1f): that is worth %.1f times the %d replications.", variates[0].Mean, controlled.Factor, n))
	}
	fewer, err1 := costOf(max(0, seats-5))
	more, err2 := costOf(seats + 5)
	best.Fewer, best.More = fewer, more
	w.out.Cheapest = &best
	return errors.Join(err1, err2)
}

// costInterval returns a mean cost with its interval: the controlled one, and where that
// may hold too rarely (reduction.Estimate.Sound) as much of the plain one as is beyond it.
func costInterval(costs []float64, controlled reduction.Estimate) analysis.Estimate {
	e := analysis.EstimateOf(costs)
	low, high := controlled.Low, controlled.High
	if !controlled.Sound(len(costs)) {
		low, high = min(low, e.Low), max(high, e.High)
	}
	e.Mean, e.Low, e.High = controlled.Mean, low, high
	return e
}
