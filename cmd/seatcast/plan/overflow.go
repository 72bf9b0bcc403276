package plan

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"seatcast/analysis/purchase"
	"seatcast/cmd/seatcast/study"
	"seatcast/sim/record"
)

// overflow finds the cheapest seats of several pools, of some of which what finds no seat
// goes to others: some replications choose the seats of the first, and with those the
// seats of the last are read off what others need.
func (w *wanted) overflow() error {
	w.out.Method = "overflow"
	o := &purchase.Overflow{Demands: w.demands, Replications: 1}
	if w.scenario.Random {
		o.Replications = w.choosing()
		o.Allowed = int(sum(w.risks)*float64(o.Replications) + 1e-9)
	}
	for _, i := range w.first {
		o.Floor, o.Price = append(o.Floor, w.targets[i].held), append(o.Price, w.targets[i].price)
	}
	for _, i := range w.last {
		o.Last = append(o.Last, w.targets[i].price)
	}
	first, _, err := o.Cheapest()
	if errors.Is(err, purchase.ErrNever) {
		return unplannable("%w: with more seats than there are people something is still refused, since %s; --by plans the time before", err, w.out.Why)
	}
	if err != nil {
		return err
	}
	firstNow, lastNow := w.parts(w.now())
	refused, err := o.Refused(firstNow, lastNow)
	if err != nil {
		return err
	}
	w.noteOfOverflow(o)
	if w.scenario.Random {
		w.chosen = o.Replications
	}
	w.set(w.first, first...)
	for k, i := range w.first {
		w.asked, w.whole = w.targets[i].in(w.asked, first[k]), w.targets[i].in(w.whole, first[k])
	}
	if err := w.read(); err != nil {
		return err
	}
	w.out.Now = w.proportion(refused, o.Replications)
	if len(w.stages) > 1 {
		return nil
	}
	return w.fewerOfFirst(first, o.Replications)
}

// choosing returns how many replications choose the seats of the first pools: enough to
// tell the accepted risk, where that is not too small.
func (w *wanted) choosing() int {
	n := max(w.scenario.Replications, w.budget(w.world)/(searches*len(w.targets)), min(60, int(math.Ceil(3/sum(w.risks)))))
	if w.opt.Most > 0 {
		n = min(n, w.opt.Most)
	}
	return n
}

// fewerOfFirst finds the risks with a seat fewer of each first pool, of which there can
// be fewer, by replications that had no part in the choice.
func (w *wanted) fewerOfFirst(first []int, n int) error {
	_, last := w.parts(w.seats())
	for k, i := range w.first {
		if first[k] <= w.targets[i].held {
			continue
		}
		fewer := slices.Clone(first)
		fewer[k]--
		demands, err := w.demands(fewer, numbers(w.chosen, w.chosen+n))
		if err != nil {
			return err
		}
		w.out.Pools[i].Fewer = w.proportion(purchase.Unmet(demands, last), n)
	}
	return nil
}

// noteOfOverflow says how the answer was found, and what was taken for granted.
func (w *wanted) noteOfOverflow(o *purchase.Overflow) {
	first, last := w.names(w.first), w.names(w.last)
	looks, _ := o.Looks()
	text := fmt.Sprintf("Of %s %d numbers of seats were simulated, since %s; what is needed of %s with each was read off. ", first, looks, w.out.Why, last)
	if w.scenario.Random {
		text += fmt.Sprintf("Those chosen are the cheapest with which at most %d of %d replications are refused something; the risks are of others. ", o.Allowed, o.Replications)
	}
	if len(w.stages) > 1 {
		text += fmt.Sprintf("Those of %s are bought once, at the start. ", first)
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
	err = w.ask(cells, func(r *record.Record) error {
		d, err := w.demandOf(r)
		all = append(all, d)
		return err
	})
	return all, err
}

// demandOf returns what a replication demands, from its record with plenty of the last targets.
func (w *wanted) demandOf(r *record.Record) (purchase.Demand, error) {
	d := purchase.Demand{Refused: w.refused(r, w.first)}
	for _, i := range w.first {
		t := w.targets[i]
		d.Used = append(d.Used, t.reserved+t.taken+int(r.Tenants[t.tenant].Pools[t.pool].Peak))
	}
	for _, i := range w.last {
		need, err := w.targets[i].needOf(r)
		if err != nil {
			return d, err
		}
		d.Needs = append(d.Needs, need)
	}
	return d, nil
}
