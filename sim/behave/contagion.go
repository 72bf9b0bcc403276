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
func (a *Adoption) Spread(people []Susceptible, population int) {
	var waves [2][]exposed // those who were there at the start, and newcomers: the next to adopt last
	var joining []exposed  // by the time of joining
	for i := range people {
		people[i].Adopts = clock.Never
		switch e := (exposed{i, -math.Log1p(-people[i].Luck / a.Ceiling)}); {
		case people[i].Luck >= a.Ceiling:
		case people[i].Joined == 0:
			waves[0] = append(waves[0], e)
		default:
			joining = append(joining, e)
		}
	}
	slices.SortFunc(waves[0], later)
	slices.SortStableFunc(joining, func(x, y exposed) int { return cmp.Compare(people[x.person].Joined, people[y.person].Joined) })

	ceiling := a.Ceiling * float64(population)
	now, hazard, adopted := 0.0, 0.0, 0.0
	for {
		rate := a.P
		if adopted > 0 && ceiling > 0 {
			rate += float64(a.Q * min(adopted/ceiling, 1))
		}
		next, wave := nearest(waves)
		if len(joining) > 0 {
			if joins := float64(people[joining[0].person].Joined); wave < 0 || joins <= now+float64((next.threshold-hazard)/rate) {
				hazard += float64(rate * (joins - now))
				now = joins
				e := exposed{joining[0].person, joining[0].threshold + hazard}
				at, _ := slices.BinarySearchFunc(waves[1], e, later)
				waves[1], joining = slices.Insert(waves[1], at, e), joining[1:]
				continue
			}
		}
		if wave < 0 {
			return
		}
		waves[wave] = waves[wave][:len(waves[wave])-1]
		now += float64((next.threshold - hazard) / rate)
		hazard = next.threshold
		if p := &people[next.person]; p.Leaves == 0 || clock.Ticks(now) < p.Leaves {
			adopted++
			p.Adopts = clock.Ticks(now)
		}
	}
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
