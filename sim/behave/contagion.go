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
// joined at the same time, whatever the policy. Those who leave go on counting in
// n, for what they showed to others remains.
func (a *Adoption) Spread(people []Susceptible, population int) {
	type waiting struct {
		person    int
		threshold float64 // resistance above the hazard accumulated before joining
	}
	var resist []waiting
	for i := range people {
		people[i].Adopts = clock.Never
		if people[i].Luck < a.Ceiling {
			resist = append(resist, waiting{i, -math.Log1p(-people[i].Luck / a.Ceiling)})
		}
	}
	slices.SortStableFunc(resist, func(x, y waiting) int {
		return cmp.Compare(people[x.person].Joined, people[y.person].Joined)
	})
	ceiling := a.Ceiling * float64(population)
	now, hazard, adopted := 0.0, 0.0, 0.0
	var exposed []waiting // by falling threshold: the next to adopt is the last
	for len(resist) > 0 || len(exposed) > 0 {
		rate := a.P
		if adopted > 0 && ceiling > 0 {
			rate += float64(a.Q * min(adopted/ceiling, 1))
		}
		adopts, joins := math.Inf(1), math.Inf(1)
		if len(exposed) > 0 {
			adopts = now + float64((exposed[len(exposed)-1].threshold-hazard)/rate)
		}
		if len(resist) > 0 {
			joins = float64(people[resist[0].person].Joined)
		}
		if joins <= adopts {
			hazard += float64(rate * max(joins-now, 0))
			now = max(joins, now)
			n := 0
			for n < len(resist) && float64(people[resist[n].person].Joined) == joins {
				resist[n].threshold += hazard
				n++
			}
			exposed = append(exposed, resist[:n]...)
			resist = resist[n:]
			slices.SortStableFunc(exposed, func(x, y waiting) int { return cmp.Compare(y.threshold, x.threshold) })
			continue
		}
		next := exposed[len(exposed)-1]
		exposed = exposed[:len(exposed)-1]
		hazard, now = next.threshold, adopts
		adopted++
		people[next.person].Adopts = ticks(now)
	}
}
