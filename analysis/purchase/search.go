package purchase

import (
	"errors"
	"fmt"
	"slices"

	"seatcast/analysis"
)

// Simulate returns, for each of the replications from up to, not including, to,
// whether something is refused with these numbers of seats, a number a pool. The
// same replication has the same luck with any number.
type Simulate func(seats []int, from, to int) ([]bool, error)

// Trials remember what was simulated, so that looking again at a number of seats
// costs only the replications that it did not have.
type Trials struct {
	simulate Simulate
	seen     map[string][]bool
	counts   map[int][]bool // the same, of purchases of a single pool
}

// NewTrials returns Trials that simulate by f.
func NewTrials(f Simulate) *Trials {
	return &Trials{simulate: f, seen: map[string][]bool{}, counts: map[int][]bool{}}
}

// Refused returns how many of the first n replications are refused something.
func (t *Trials) Refused(seats []int, n int) (int, error) {
	key := fmt.Sprint(seats)
	if have := t.seen[key]; len(have) < n {
		more, err := t.simulate(seats, len(have), n)
		if err != nil {
			return 0, err
		}
		t.seen[key] = append(have, more...)
		if len(seats) == 1 {
			t.counts[seats[0]] = t.seen[key]
		}
	}
	refused := 0
	for _, r := range t.seen[key][:n] {
		if r {
			refused++
		}
	}
	return refused, nil
}

// Rising returns how many replications were seen to be refused something with more
// seats and nothing with fewer, and how many were compared: a search by halves takes
// for granted that there are none.
func (t *Trials) Rising() (rising, compared int) {
	var counts []int
	for c := range t.counts {
		counts = append(counts, c)
	}
	slices.Sort(counts)
	for i := 1; i < len(counts); i++ {
		fewer, more := t.counts[counts[i-1]], t.counts[counts[i]]
		for r := range min(len(fewer), len(more)) {
			compared++
			if more[r] && !fewer[r] {
				rising++
			}
		}
	}
	return rising, compared
}

// ErrNever is the error of a search that finds no number of seats small enough in risk.
var ErrNever = errors.New("no number of seats keeps the risk as small as that")

// Bisect finds the fewest seats, from 0 to top, by simulating numbers of seats, on
// the same luck: by halves at the first look, and then with more replications of
// what is next to the count, as Search does it. start is a first guess.
func Bisect(t *Trials, start, top int, risk, confidence float64, first, most int) (Count, error) {
	sizes := looks(first, most)
	level := 1 - (1-confidence)/float64(len(sizes))
	enough := func(c, n int) (bool, error) {
		if c < 0 {
			return false, nil
		}
		refused, err := t.Refused([]int{c}, n)
		return float64(refused) <= risk*float64(n), err
	}
	count := Count{Seats: min(start, top), High: Unbounded}
	for _, n := range sizes {
		c, err := turn(count.Seats, top, func(c int) (bool, error) { return enough(c, n) })
		if err != nil {
			return count, err
		}
		count.Seats, count.Replications = c, n
		near := []int{c - 1, c}
		if n == sizes[len(sizes)-1] { // the last word: how far it could be
			for step := 1; step <= top; step *= 2 {
				near = append(near, c-1-step, c+step)
			}
		}
		low, high, err := t.bounds(near, top, risk, level, n)
		if err != nil {
			return count, err
		}
		count.Low = max(count.Low, low)
		if high != Unbounded && (count.High == Unbounded || high < count.High) {
			count.High = high
		}
		if count.Settled = count.Low == count.High && count.Low == c; count.Settled {
			break
		}
	}
	return count, nil
}

// turn finds where enough turns true, by steps that double away from a start and
// then by halves.
func turn(start, top int, enough func(int) (bool, error)) (int, error) {
	low, high := -1, top // not enough, enough
	ok, err := enough(start)
	for step := 1; err == nil; step *= 2 {
		if ok {
			high = start
			if start = start - step; start <= low {
				break
			}
			if ok, err = enough(start); !ok {
				low = start
				break
			}
		} else {
			if start == top {
				return 0, ErrNever
			}
			low = start
			start = min(start+step, top)
			if ok, err = enough(start); ok {
				high = start
				break
			}
		}
	}
	for err == nil && high-low > 1 {
		middle := low + (high-low)/2
		if ok, err = enough(middle); ok {
			high = middle
		} else {
			low = middle
		}
	}
	return high, err
}

// bounds returns the interval of the count that what was simulated of all numbers of
// seats shows: one is too few where the lower bound of its risk is above what is
// allowed, and enough where the upper is not. Those near are simulated for it, in that
// order, as far as an end of the interval is still open.
func (t *Trials) bounds(near []int, top int, risk, level float64, n int) (low, high int, err error) {
	low, high = t.known(risk, level)
	for i, seats := range near {
		open := i < 2 || seats < near[0] && low == 0 || seats > near[0] && high == Unbounded
		if !open || seats < 0 || seats > top {
			continue
		}
		if _, err := t.Refused([]int{seats}, n); err != nil {
			return 0, 0, err
		}
		low, high = t.known(risk, level)
	}
	return low, min(high, top), nil
}

// known returns the interval of the count by what was simulated so far.
func (t *Trials) known(risk, level float64) (low, high int) {
	high = Unbounded
	for seats, all := range t.counts {
		refused := 0
		for _, r := range all {
			if r {
				refused++
			}
		}
		p := analysis.ClopperPearson(refused, len(all), level)
		if p.Low > risk {
			low = max(low, seats+1)
		}
		if p.High <= risk && (high == Unbounded || seats < high) {
			high = seats
		}
	}
	return low, high
}

// Descend finds a cheap purchase of several pools with which at most allowed of n
// replications are refused something. From ample, with which that is so, each pool in
// turn is made as small as the others allow, in every order of the first three pools;
// and so it is from today's numbers with one pool ample, where that is enough. The
// cheapest of the answers is taken. It is a local optimum: no pool can be smaller by
// itself.
func Descend(t *Trials, ample, today []int, price []float64, allowed, n int) ([]int, error) {
	if refused, err := t.Refused(ample, n); err != nil || refused > allowed {
		return nil, errors.Join(err, ErrNever)
	}
	var best []int
	try := func(seats, order []int) error {
		err := t.shrink(seats, order, allowed, n)
		if best == nil || cost(seats, price) < cost(best, price) {
			best = seats
		}
		return err
	}
	for _, order := range orders(len(ample)) {
		if err := try(slices.Clone(ample), order); err != nil {
			return nil, err
		}
		start := slices.Clone(today)
		start[order[0]] = ample[order[0]]
		enough, err := t.allowed(start, allowed, n)
		if err == nil && enough {
			err = try(start, order)
		}
		if err != nil {
			return nil, err
		}
	}
	return best, nil
}

// shrink makes pools as small as the others allow, in an order.
func (t *Trials) shrink(seats, order []int, allowed, n int) error {
	for _, p := range order {
		c, err := turn(seats[p], seats[p], func(c int) (bool, error) {
			if c < 0 {
				return false, nil
			}
			fewer := slices.Clone(seats)
			fewer[p] = c
			return t.allowed(fewer, allowed, n)
		})
		if err != nil {
			return err
		}
		seats[p] = c
	}
	return nil
}

// allowed reports whether at most so many of n replications are refused something,
// looking at no more of them than it takes to know.
func (t *Trials) allowed(seats []int, most, n int) (bool, error) {
	for m := min(8, n); ; m = min(2*m, n) {
		refused, err := t.Refused(seats, m)
		if err != nil || refused > most || m == n {
			return refused <= most, err
		}
	}
}

func cost(seats []int, price []float64) (sum float64) {
	for p := range seats {
		sum += float64(seats[p]) * price[p]
	}
	return sum
}

// orders returns the orders of n pools: all of up to three, else each rotation.
func orders(n int) (all [][]int) {
	for first := range n {
		var order []int
		for i := range n {
			order = append(order, (first+i)%n)
		}
		all = append(all, order)
		if n == 3 {
			all = append(all, []int{order[0], order[2], order[1]})
		}
	}
	return all
}
