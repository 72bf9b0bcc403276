package main

import (
	"errors"
	"fmt"
	"slices"

	"seatcast/analysis/purchase"
	"seatcast/cmd/seatcast/study"
	"seatcast/output"
	"seatcast/sim/record"
)

// overflow finds the cheapest seats of several pools, of some of which what finds no seat
// goes to others: half of the replications say which, and the others, which had no part
// in it, how risky that is.
func (w *wanted) overflow() error {
	n, allowed, err := w.sample()
	if err != nil {
		return err
	}
	o := &purchase.Overflow{Demands: w.demands, Replications: n, Allowed: allowed}
	for _, i := range w.first {
		o.Floor, o.Price = append(o.Floor, w.targets[i].held), append(o.Price, w.targets[i].price)
	}
	for _, i := range w.last {
		o.Last = append(o.Last, w.targets[i].price)
	}
	first, last, err := o.Cheapest()
	if errors.Is(err, purchase.ErrNever) {
		return wrong("%w: with more seats than there are people something is still refused, since %s; --by plans the time before an end", err, w.out.Why)
	}
	if err != nil {
		return err
	}
	w.set(w.together(first, last)...)
	nowFirst, nowLast := w.parts(w.now())
	refused, err := o.Refused(nowFirst, nowLast)
	if err != nil {
		return err
	}
	w.out.Replications, w.out.Now = n, w.proportion(refused, n)
	if err := w.assessOverflow(o, first, last); err != nil {
		return err
	}
	w.noteOfOverflow(o)
	return nil
}

// assessOverflow puts the risks of the answer and of what is near it into the purchase.
func (w *wanted) assessOverflow(o *purchase.Overflow, first, last []int) error {
	fresh := numbers(o.Replications, 2*o.Replications)
	if !w.scenario.Random {
		fresh = numbers(0, 1)
	}
	demands, err := w.demands(first, fresh)
	if err != nil {
		return err
	}
	w.out.Risk = w.proportion(purchase.Unmet(demands, last), len(fresh))
	for k, i := range w.last {
		fewer := slices.Clone(last)
		fewer[k]--
		w.out.Pools[i].Fewer = w.proportion(purchase.Unmet(demands, fewer), len(fresh))
	}
	for k, i := range w.first {
		if first[k] == 0 {
			continue
		}
		fewer := slices.Clone(first)
		fewer[k]--
		demands, err := w.demands(fewer, fresh)
		if err != nil {
			return err
		}
		w.out.Pools[i].Fewer = w.proportion(purchase.Unmet(demands, last), len(fresh))
	}
	return nil
}

// noteOfOverflow says how the answer was found, and what was taken for granted.
func (w *wanted) noteOfOverflow(o *purchase.Overflow) {
	first, last := w.names(w.first), w.names(w.last)
	looks, _ := o.Looks()
	text := fmt.Sprintf("Of %s %d numbers of seats were simulated, since %s; with each, what is needed of %s was read off. ", first, looks, w.out.Why, last)
	if w.scenario.Random {
		text += fmt.Sprintf("The seats are the cheapest with which at most %d of %d replications are refused something; the risks with them are of %d others. ",
			o.Allowed, o.Replications, o.Replications)
	}
	if len(w.first) > 1 {
		text += fmt.Sprintf("No other number of one of %s would be cheaper, but others of several of them might. ", first)
	}
	text += fmt.Sprintf("That one more seat of %s needs no more of %s, and spares at most one, decides which numbers need no simulation: ", first, last)
	if against, compared := o.Against(); against > 0 {
		text += fmt.Sprintf("%d of %d comparisons are against it, so that a cheaper answer may have been passed over.", against, compared)
	} else {
		text += fmt.Sprintf("none of %d comparisons is against it.", compared)
	}
	w.out.Notes = append(w.out.Notes, text)
}

// names returns the names of some targets, for a sentence.
func (w *wanted) names(targets []int) string {
	var names []string
	for _, i := range targets {
		names = append(names, w.out.Pools[i].Tenant+"/"+w.out.Pools[i].Product)
	}
	return output.Join(names)
}

// together returns the seats of the targets in their order, parts those of the first and
// of the last.
func (w *wanted) together(first, last []int) []int {
	seats := make([]int, len(w.targets))
	for k, i := range w.first {
		seats[i] = first[k]
	}
	for k, i := range w.last {
		seats[i] = last[k]
	}
	return seats
}

func (w *wanted) parts(seats []int) (first, last []int) {
	for _, i := range w.first {
		first = append(first, seats[i])
	}
	for _, i := range w.last {
		last = append(last, seats[i])
	}
	return first, last
}

// demands simulates replications, in rising order, with some seats of the first targets
// and more than enough of the last.
func (w *wanted) demands(first, replications []int) (all []purchase.Demand, err error) {
	world := w.asked
	for k, i := range w.first {
		world = w.targets[i].in(world, first[k])
	}
	for _, i := range w.last {
		world = w.targets[i].in(world, plenty)
	}
	var cells []study.Cell
	for from := 0; from < len(replications); {
		to := from + 1
		for to < len(replications) && replications[to] == replications[to-1]+1 {
			to++
		}
		cells = append(cells, study.NewCell(world, replications[from], replications[to-1]+1))
		from = to
	}
	err = w.execution.askCells(w.ctx, cells, func(r *record.Record) error {
		d := purchase.Demand{Refused: w.refused(r)}
		for _, i := range w.first {
			t := w.targets[i]
			d.Used = append(d.Used, t.reserved+int(r.Tenants[t.tenant].Pools[t.pool].Peak))
		}
		for _, i := range w.last {
			need, err := w.targets[i].needOf(r)
			if err != nil {
				return err
			}
			d.Needs = append(d.Needs, need)
		}
		all = append(all, d)
		return nil
	})
	return all, err
}

// numbers returns the numbers from up to, not including, to.
func numbers(from, to int) (all []int) {
	for ; from < to; from++ {
		all = append(all, from)
	}
	return all
}
