package purchase

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// A Demand is what one replication demands of pools, the first of which have some
// numbers of seats, and the last more than enough. The last are such that nothing before
// the first refusal depends on their seats: what finds no seat of a first pool may go to
// a last one, but what finds none there is refused.
type Demand struct {
	Refused bool  // something is refused however many seats the last pools have
	Used    []int // seats of each first pool that are taken at once at most: with so many it is never dry
	Needs   []int // the fewest of each last pool with which nothing is refused there
}

// An Overflow is a choice of the cheapest seats of such pools with which at most Allowed
// of some replications are refused something. One run for each replication tells what is
// needed of all last pools, so that numbers of seats are tried of the first ones only.
//
// That a number needs no trial is concluded from those on either side of it: one more
// seat of a first pool is taken to need no more of the last ones, nor to spare more than
// one of each. Where people come back after seats were taken from them that is not
// certain, so Against counts how often what was simulated is against it.
type Overflow struct {
	// Demands returns what some replications demand with some seats of the first pools.
	Demands func(first, replications []int) ([]Demand, error)
	Floor   []int // of the first pools: no fewer are bought
	Price   []float64
	Last    []float64 // price of a seat of each last pool

	Replications, Allowed int

	looks []*look
	order []int // the replications, those that demand most first
}

// A look is what was seen with some seats of the first pools.
type look struct {
	first   []int
	demands []Demand // of the first replications in order
}

// Plenty is more seats than any replication has people for.
const Plenty = 1 << 26

// Cheapest returns the seats of the first pools and of the last. Of one first pool that
// is the cheapest answer there is; of several, one that is not made cheaper by any other
// number of a single first pool with the last that go with it.
func (o *Overflow) Cheapest() (first, last []int, err error) {
	top, err := o.ample()
	if err != nil {
		return nil, nil, err
	}
	if _, rest := o.rest(o.looks[0], true); math.IsInf(rest, 1) {
		return nil, nil, ErrNever
	}
	first, least := slices.Clone(top), math.Inf(1)
	for improved := true; improved; {
		improved = false
		for p := range first {
			seats, total, err := o.line(first, p, top[p], least)
			if err != nil {
				return nil, nil, err
			}
			if below(total, least) {
				first[p], least, improved = seats, total, len(first) > 1
			}
		}
	}
	l, err := o.at(first, math.Inf(1))
	if err != nil {
		return nil, nil, err
	}
	last, _ = o.rest(l, true)
	return first, last, nil
}

// below reports whether a cost is below another by more than rounding.
func below(a, b float64) bool { return a < b*(1-1e-12) }

// ample returns so many seats of the first pools that none of them is ever dry, and
// orders the replications by what they demand then.
func (o *Overflow) ample() ([]int, error) {
	o.order = make([]int, o.Replications)
	for r := range o.order {
		o.order[r] = r
	}
	first := make([]int, len(o.Floor))
	for p := range first {
		first[p] = Plenty
	}
	all, err := o.Demands(first, o.order)
	if err != nil {
		return nil, err
	}
	copy(first, o.Floor)
	weight := make([]float64, len(all))
	for r, d := range all {
		for p, used := range d.Used {
			first[p] = max(first[p], used)
		}
		for p, need := range d.Needs {
			weight[r] += o.Last[p] * float64(need)
		}
		if d.Refused {
			weight[r] = math.Inf(1)
		}
	}
	slices.SortStableFunc(o.order, func(a, b int) int { return cmp.Compare(weight[b], weight[a]) })
	l := &look{first: slices.Clone(first)}
	for _, r := range o.order {
		l.demands = append(l.demands, all[r])
	}
	o.looks = append(o.looks, l)
	return first, nil
}

// at looks at some seats of the first pools: at all replications, or at the most
// demanding of them, if those show that it costs limit or more.
func (o *Overflow) at(first []int, limit float64) (*look, error) {
	i := slices.IndexFunc(o.looks, func(l *look) bool { return slices.Equal(l.first, first) })
	if i < 0 {
		i = len(o.looks)
		o.looks = append(o.looks, &look{first: slices.Clone(first)})
	}
	l := o.looks[i]
	for len(l.demands) < o.Replications {
		if _, rest := o.rest(l, true); len(l.demands) > 0 && !below(cost(first, o.Price)+rest, limit) && !math.IsInf(limit, 1) {
			break
		}
		n := min(max(8, 2*(o.Allowed+1), 4*len(l.demands)), o.Replications)
		more := slices.Sorted(slices.Values(o.order[len(l.demands):n]))
		demands, err := o.Demands(first, more)
		if err != nil {
			return nil, err
		}
		for _, r := range o.order[len(l.demands):n] {
			k, _ := slices.BinarySearch(more, r)
			l.demands = append(l.demands, demands[k])
		}
	}
	return l, nil
}

// rest returns the cheapest seats of the last pools for a look, and what they cost:
// infinitely much where too many replications are refused something anyway. Without
// refused those count by their needs alone. Of part of the replications it is the least
// that the seats for all of them can cost.
func (o *Overflow) rest(l *look, refused bool) ([]int, float64) {
	needs, allowed := make([][]float64, len(o.Last)), o.Allowed
	for _, d := range l.demands {
		if d.Refused && refused {
			allowed--
			continue
		}
		for p, need := range d.Needs {
			needs[p] = append(needs[p], float64(need))
		}
	}
	seats := make([]int, len(o.Last))
	switch {
	case allowed < 0:
		return nil, math.Inf(1)
	case len(needs[0]) <= allowed:
		return seats, 0
	}
	for p, c := range Joint(needs, o.Last, allowed) {
		seats[p] = int(c)
	}
	return seats, cost(seats, o.Last)
}

// An end is what a look says about other numbers of one first pool: the last ones cost
// at least fewer with fewer seats of it, and at least more, less what a seat spares for
// each seat, with more.
type end struct {
	seats       int
	fewer, more float64
}

// line finds the cheapest number of seats of a first pool p up to top, the others held,
// if that costs less than least in all. Between two looks no cost can be below a bound;
// where that is below the least cost there are more looks, half way.
func (o *Overflow) line(first []int, p, top int, least float64) (seats int, total float64, err error) {
	seats, total = first[p], least
	there := slices.Clone(first)
	there[p] = 0
	others := cost(there, o.Price)
	var ends []end
	for _, next := range []int{top, o.Floor[p]} {
		for ; next >= 0; next = o.next(ends, p, total-others) {
			if i, known := slices.BinarySearchFunc(ends, next, end.compare); !known {
				there[p] = next
				l, err := o.at(there, total)
				if err != nil {
					return 0, 0, err
				}
				_, rest := o.rest(l, true)
				_, free := o.rest(l, false)
				if all := cost(there, o.Price) + rest; len(l.demands) == o.Replications && below(all, total) {
					seats, total = next, all
				}
				ends = slices.Insert(ends, i, end{next, rest, free})
			}
		}
	}
	return seats, total, nil
}

func (e end) compare(seats int) int { return cmp.Compare(e.seats, seats) }

// next returns the middle of the longest run of numbers of seats between looks with which
// pool p and the last pools may cost less than least, -1 where there is none.
func (o *Overflow) next(ends []end, p int, least float64) (middle int) {
	price, spared, longest := o.Price[p], 0.0, 0
	for _, last := range o.Last {
		spared += last
	}
	middle = -1
	for i := 1; i < len(ends); i++ {
		a, b := ends[i-1], ends[i]
		up := func(c int) bool { return below(price*float64(c)+b.fewer, least) }
		down := func(c int) bool { return below(price*float64(c)+a.more-spared*float64(c-a.seats), least) }
		from, to := a.seats+1, b.seats
		to = from + sort.Search(to-from, func(k int) bool { return !up(from + k) })
		if price < spared {
			from += sort.Search(to-from, func(k int) bool { return down(from + k) })
		} else {
			to = from + sort.Search(to-from, func(k int) bool { return !down(from + k) })
		}
		if to-from > longest {
			middle, longest = (from+to)/2, to-from
		}
	}
	return middle
}

// Refused returns how many replications are refused something with some seats.
func (o *Overflow) Refused(first, last []int) (int, error) {
	l, err := o.at(first, math.Inf(1))
	if err != nil {
		return 0, err
	}
	return Unmet(l.demands, last), nil
}

// Unmet counts the demands that some seats of the last pools do not meet.
func Unmet(demands []Demand, last []int) (n int) {
	for _, d := range demands {
		for p, need := range d.Needs {
			d.Refused = d.Refused || need > last[p]
		}
		if d.Refused {
			n++
		}
	}
	return n
}

// Against returns how many of the pairs of what was simulated are against what Overflow
// takes for granted, and how many there are.
func (o *Overflow) Against() (against, compared int) {
	for _, a := range o.looks {
		for _, b := range o.looks {
			more, ordered := 0, a != b
			for p := range a.first {
				more += b.first[p] - a.first[p]
				ordered = ordered && b.first[p] >= a.first[p]
			}
			for r := 0; ordered && r < min(len(a.demands), len(b.demands)); r++ {
				compared++
				x, y := a.demands[r], b.demands[r]
				odd := y.Refused && !x.Refused
				for p := range x.Needs {
					odd = odd || y.Needs[p] > x.Needs[p] || !x.Refused && y.Needs[p] < x.Needs[p]-more
				}
				if odd {
					against++
				}
			}
		}
	}
	return against, compared
}

// Looks returns how many numbers of seats of the first pools were simulated, and by how
// many replications in all.
func (o *Overflow) Looks() (looks, replications int) {
	for _, l := range o.looks {
		replications += len(l.demands)
	}
	return len(o.looks), replications
}
