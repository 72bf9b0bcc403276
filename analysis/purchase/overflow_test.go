package purchase

import (
	"math"
	"slices"
	"testing"

	"seatcast/sim/rng"
)

// A hunt is a replication of a small tenant: people come, take a seat of the first pool
// of their kind that has one, and go.
type hunt struct{ steps []step }

type step struct {
	person int
	comes  bool
	kind   []int // the pools that can serve, in the order in which they are asked
}

// newHunt draws a replication, in which every kind of person comes.
func newHunt(luck *rng.Stream, kinds [][]int) (h hunt) {
	draw := func(n int) int { return int(luck.Uniform() * float64(n)) }
	var there []int
	for person := range 12 + draw(14) {
		h.steps = append(h.steps, step{person, true, kinds[draw(len(kinds))]})
		there = append(there, person)
		for len(there) > 0 && luck.Uniform() < 0.25 {
			k := draw(len(there))
			h.steps = append(h.steps, step{person: there[k]})
			there = slices.Delete(there, k, k+1)
		}
	}
	return h
}

// refused reports whether anyone finds no seat, and how many of each pool are taken at
// once at most up to then.
func (h hunt) refused(seats []int) (refused bool, peak []int) {
	taken, peak := make([]int, len(seats)), make([]int, len(seats))
	has := map[int]int{}
	for _, s := range h.steps {
		if !s.comes {
			if p, ok := has[s.person]; ok {
				taken[p]--
			}
			continue
		}
		i := slices.IndexFunc(s.kind, func(p int) bool { return taken[p] < seats[p] })
		if i < 0 {
			refused = true
			continue
		}
		p := s.kind[i]
		has[s.person] = p
		taken[p]++
		peak[p] = max(peak[p], taken[p])
	}
	return refused, peak
}

// overflowOf returns the choice for some replications, of whose pools the first are tried.
func overflowOf(hunts []hunt, first int, floor []int, price []float64, allowed int) *Overflow {
	return &Overflow{Floor: floor, Price: price[:first], Last: price[first:], Replications: len(hunts), Allowed: allowed,
		Demands: func(tried, replications []int) (all []Demand, err error) {
			seats := slices.Clone(tried)
			for range price[first:] {
				seats = append(seats, Plenty)
			}
			for _, r := range replications {
				refused, peak := hunts[r].refused(seats)
				all = append(all, Demand{refused, peak[:first], peak[first:]})
			}
			return all, nil
		}}
}

// exhaustive returns the least cost of all numbers of seats up to most of each pool with
// which at most allowed replications are refused something, by simulating them all.
func exhaustive(hunts []hunt, floor []int, price []float64, allowed, most int) (least float64) {
	least = math.Inf(1)
	seats := make([]int, len(price))
	var next func(p int)
	next = func(p int) {
		if p == len(seats) {
			if c := cost(seats, price); c < least && count(hunts, seats) <= allowed {
				least = c
			}
			return
		}
		low := 0
		if p < len(floor) {
			low = floor[p]
		}
		for seats[p] = low; seats[p] <= most; seats[p]++ {
			next(p + 1)
		}
	}
	next(0)
	return least
}

func count(hunts []hunt, seats []int) (refused int) {
	for _, h := range hunts {
		if r, _ := h.refused(seats); r {
			refused++
		}
	}
	return refused
}

// TestOverflow: the answer costs what the cheapest of all numbers of seats does, with one
// and two last pools; with two first pools it is never dearer than by a seat or two, and
// mostly as cheap. It takes few looks.
func TestOverflow(t *testing.T) {
	for _, c := range []struct {
		name         string
		kinds        [][]int
		first, cases int
		exact        bool
	}{
		{"one before one", [][]int{{0, 1}, {1}}, 1, 40, true},
		{"people whom the first pool alone serves", [][]int{{0, 1}, {0, 1}, {1}, {0}}, 1, 40, true},
		{"another tenant beside", [][]int{{0, 1}, {1}, {2}}, 1, 10, true},
		{"two before one", [][]int{{0, 1, 2}, {1, 2}, {2}}, 2, 15, false},
	} {
		same, looks, runs := 0, 0, 0
		for k := range c.cases {
			luck := rng.New(uint64(k)).Name(c.name).Stream()
			draw := func(n int) int { return int(luck.Uniform() * float64(n)) }
			pools := 1 + slices.Max(slices.Concat(c.kinds...))
			price, floor := make([]float64, pools), make([]int, c.first)
			for p := range price {
				price[p] = 1 + 0.25*float64(draw(5))
			}
			for p := range floor {
				floor[p] = draw(3)
			}
			hunts := make([]hunt, 40)
			for r := range hunts {
				hunts[r] = newHunt(&luck, c.kinds)
			}
			allowed := draw(4)
			o := overflowOf(hunts, c.first, floor, price, allowed)
			first, last, err := o.Cheapest()
			if err != nil {
				t.Fatal(err)
			}
			seats := slices.Concat(first, last)
			if n := count(hunts, seats); n > allowed {
				t.Errorf("%s, case %d: %v are refused in %d replications, allowed are %d", c.name, k, seats, n, allowed)
			}
			if n, err := o.Refused(first, last); err != nil || n != count(hunts, seats) {
				t.Errorf("%s, case %d: %d replications are said to be refused something with %v (%v), there are %d", c.name, k, n, seats, err, count(hunts, seats))
			}
			got, want := cost(seats, price), exhaustive(hunts, floor, price, allowed, most(o, last))
			if math.Abs(got-want) < 1e-9 {
				same++
			} else if c.exact || got > 1.1*want {
				t.Errorf("%s, case %d: %v cost %v, the cheapest cost %v", c.name, k, seats, got, want)
			}
			if against, compared := o.Against(); against > 0 || compared == 0 {
				t.Errorf("%s, case %d: %d of %d comparisons are against what is taken for granted", c.name, k, against, compared)
			}
			l, r := o.Looks()
			if looks, runs = looks+l, runs+r; l > 16 || r > 8*len(hunts) {
				t.Errorf("%s, case %d: %d looks by %d runs of %d replications", c.name, k, l, r, len(hunts))
			}
		}
		t.Logf("%s: the cheapest in %d of %d, by %.1f looks and %.1f runs for each of 40 replications", c.name, same, c.cases,
			float64(looks)/float64(c.cases), float64(runs)/40/float64(c.cases))
	}
}

// most returns how many seats of any pool an exhaustive search need look at.
func most(o *Overflow, last []int) int {
	most := slices.Max(last)
	for _, l := range o.looks {
		for _, d := range l.demands {
			most = max(most, slices.Max(d.Used), slices.Max(d.Needs))
		}
	}
	return most
}
