package behave

import (
	"cmp"
	"math"
	"slices"

	"seatcast/sim/clock"
)

// A Susceptible is a person whom contagion can reach.
type Susceptible struct {
	Luck   float64    // uniform in (0, 1); at or above the ceiling the person never adopts
	Joined clock.Time // operational time of joining; 0 for those who are there at the start
	Leaves clock.Time // operational time of leaving; 0 for those who stay
	Adopts clock.Time // set by Spread: operational time of adoption, or clock.Never
}

// Spread decides when each person adopts under the law Contagion, Bass as pure
// birth: with n of M = ceiling × population adopted, each susceptible person
// adopts at hazard P + Q·n/M, at most P + Q where newcomers have joined.
// population is the number of people at the start; where it is 0 nobody is moved
// by others.
//
// Everyone has a resistance, exponential with mean 1, and adopts when the hazard
// accumulated since joining has reached it. That is the pure-birth chain (the
// least of k exponentials is exponential with rate k), with people who keep their
// identity: a person of greater resistance never adopts before one of less who
// joined at the same time, whatever the policy. Who adopts and then leaves goes on
// counting in n, for what was shown to others remains.
//
// A way of waypoints in operational time says how many of those at the start have
// adopted by when, if none of them leaves. Up to its end the hazard is what makes it
// so, a constant one from waypoint to waypoint: the chance is in who adopts, and when
// within a stretch. The ceiling, too, is then a number of people.
func (a *Adoption) Spread(people []Susceptible, population int, way []Waypoint) {
	o := outbreak{law: a, people: people, ceiling: a.Ceiling, most: a.Ceiling * float64(population)}
	var there []float64
	for i := range people {
		people[i].Adopts = clock.Never
		if people[i].Joined == 0 {
			there = append(there, people[i].Luck)
		}
	}
	if len(way) > 0 {
		o.lead(there, population, way)
	}
	o.expose()
	for o.step() {
	}
}

// An outbreak is a spread under way.
type outbreak struct {
	law     *Adoption
	people  []Susceptible
	ceiling float64 // of the luck of those who ever adopt
	most    float64 // people who ever adopt of those at the start, in the mean
	legs    []leg
	waves   [2][]exposed // those who were there at the start, and newcomers: the next to adopt last
	joining []exposed    // by the time of joining

	now, hazard, adopted float64
}

// A leg is a stretch of the way: until a time, with so much accumulated hazard then.
type leg struct{ at, hazard float64 }

// lead makes the way of a spread among people of some luck who are there at the start:
// the hazard at each waypoint lies between the resistance of the last who has adopted by
// then and that of the next.
func (o *outbreak) lead(there []float64, population int, way []Waypoint) {
	slices.Sort(there)
	n := len(there)
	number := func(share float64) int { return min(n, int(math.Round(share*float64(population)))) }
	ever := max(number(o.law.Ceiling), number(way[len(way)-1].Share))
	luck := func(k int) float64 { // that parts the first k from the others
		switch {
		case k == 0:
			return 0
		case k == n:
			return 1
		}
		return (there[k-1] + there[k]) / 2
	}
	o.ceiling = luck(ever)
	for _, w := range way {
		k, hazard := number(w.Share), 0.0
		switch {
		case k == ever && k > 0:
			hazard = -math.Log1p(-there[k-1]/o.ceiling) * (1 + 1e-6) // just after the last
		case k > 0:
			hazard = -math.Log1p(-luck(k) / o.ceiling)
		}
		o.legs = append(o.legs, leg{float64(w.At), hazard})
	}
}

// expose makes the waves of those whom the spread can reach.
func (o *outbreak) expose() {
	for i := range o.people {
		switch e := (exposed{i, -math.Log1p(-o.people[i].Luck / o.ceiling)}); {
		case o.people[i].Luck >= o.ceiling:
		case o.people[i].Joined == 0:
			o.waves[0] = append(o.waves[0], e)
		default:
			o.joining = append(o.joining, e)
		}
	}
	slices.SortFunc(o.waves[0], later)
	slices.SortStableFunc(o.joining, func(x, y exposed) int { return cmp.Compare(o.people[x.person].Joined, o.people[y.person].Joined) })
}

// rate returns the hazard of the present.
func (o *outbreak) rate() float64 {
	if len(o.legs) > 0 {
		return (o.legs[0].hazard - o.hazard) / (o.legs[0].at - o.now)
	}
	rate := o.law.P
	if o.adopted > 0 && o.most > 0 {
		rate += float64(o.law.Q * min(o.adopted/o.most, 1))
	}
	return rate
}

// step goes on to what happens next, and reports whether anything does: a leg ends,
// someone joins or someone adopts.
func (o *outbreak) step() bool {
	rate, joins := o.rate(), math.Inf(1)
	next, wave := nearest(o.waves)
	if len(o.joining) > 0 {
		joins = float64(o.people[o.joining[0].person].Joined)
	}
	switch {
	case len(o.legs) > 0 && joins >= o.legs[0].at && (wave < 0 || next.threshold > o.legs[0].hazard):
		o.now, o.hazard, o.legs = o.legs[0].at, o.legs[0].hazard, o.legs[1:]
	case len(o.joining) > 0 && (wave < 0 || joins <= o.now+float64((next.threshold-o.hazard)/rate)):
		o.hazard += float64(rate * (joins - o.now))
		o.now = joins
		e := exposed{o.joining[0].person, o.joining[0].threshold + o.hazard}
		at, _ := slices.BinarySearchFunc(o.waves[1], e, later)
		o.waves[1], o.joining = slices.Insert(o.waves[1], at, e), o.joining[1:]
	case wave < 0:
		return false
	default:
		o.waves[wave] = o.waves[wave][:len(o.waves[wave])-1]
		if wait := next.threshold - o.hazard; wait > 0 { // at the same instant the hazard may be 0
			o.now += float64(wait / rate)
		}
		o.hazard = next.threshold
		if p := &o.people[next.person]; p.Leaves == 0 || clock.Ticks(o.now) < p.Leaves {
			o.adopted++
			p.Adopts = clock.Ticks(o.now)
		}
	}
	return true
}

// An exposed person adopts when the accumulated hazard reaches a threshold: the
// person's resistance above what had accumulated before joining.
type exposed struct {
	person    int
	threshold float64
}

// later orders people by falling threshold.
func later(x, y exposed) int {
	return cmp.Or(cmp.Compare(y.threshold, x.threshold), cmp.Compare(y.person, x.person))
}

// nearest returns the person who adopts next and the wave that the person is
// the last of, -1 if there is none.
func nearest(waves [2][]exposed) (next exposed, wave int) {
	wave = -1
	for w := range waves {
		if n := len(waves[w]); n > 0 && (wave < 0 || waves[w][n-1].threshold < next.threshold) {
			next, wave = waves[w][n-1], w
		}
	}
	return next, wave
}
