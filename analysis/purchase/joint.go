package purchase

import (
	"cmp"
	"slices"
	"sort"

	"seatcast/analysis"
)

// Allowed returns the most of n replications that may be refused something while the
// risk is at most risk, at a confidence, by the bound of Clopper and Pearson; -1 where
// n replications cannot show it.
func Allowed(n int, risk, confidence float64) int {
	return sort.Search(n+1, func(x int) bool {
		return analysis.ClopperPearson(x, n, 2*confidence-1).High > risk
	}) - 1
}

// Sure is the confidence of Allowed with which a joint purchase is sized. It is high
// because the cheapest of many combinations is one that a sample flatters.
const Sure = 0.999

// Joint returns the cheapest numbers of seats of several pools with which at most
// allowed replications have a need that is not met in any of them. needs[p][r] is
// what replication r needs of pool p, price what a seat of it costs.
//
// Two pools at a time are solved exactly, the others held, until no two of them give
// a cheaper answer. For one and two pools that is the optimum of the sample.
func Joint(needs [][]float64, price []float64, allowed int) []float64 {
	seats := make([]float64, len(needs))
	for p := range needs { // a start that is allowed: an even part of the exceptions for each pool
		sorted := slices.Sorted(slices.Values(needs[p]))
		seats[p] = sorted[len(sorted)-1-max(0, allowed)/len(needs)]
	}
	for improved := true; improved; {
		improved = false
		for p := range needs {
			for q := p + 1; q < len(needs); q++ {
				if exchange(needs, price, seats, p, q, allowed) {
					improved = true
				}
			}
		}
	}
	return seats
}

// exchange solves pools p and q, the others held, and reports whether that is cheaper.
func exchange(needs [][]float64, price, seats []float64, p, q, allowed int) bool {
	left := allowed
	var open []int // the replications that p and q decide
	for r := range needs[p] {
		met := true
		for o := range needs {
			met = met && (o == p || o == q || needs[o][r] <= seats[o])
		}
		if met {
			open = append(open, r)
		} else {
			left--
		}
	}
	if left < 0 {
		return false
	}
	slices.SortFunc(open, func(a, b int) int { return cmp.Compare(needs[p][b], needs[p][a]) })
	var rest largest // what is needed of q by those who are met in p
	for _, r := range open {
		rest = append(rest, needs[q][r])
	}
	slices.Sort(rest)
	best, improved := price[p]*seats[p]+price[q]*seats[q], false
	for i := 0; i <= left && i < len(open); i++ { // the i largest needs of p are left unmet
		x, y := needs[p][open[i]], rest.but(left-i)
		if cost := price[p]*x + price[q]*y; cost < best-1e-12*best {
			best, improved = cost, true
			seats[p], seats[q] = x, y
		}
		rest.remove(needs[q][open[i]])
	}
	return improved
}

// A largest is a sorted list.
type largest []float64

// but returns the least number that all but the n largest values are at or below.
func (l largest) but(n int) float64 {
	if i := len(l) - 1 - n; i >= 0 {
		return l[i]
	}
	return 0
}

func (l *largest) remove(x float64) {
	if i, ok := slices.BinarySearch(*l, x); ok {
		*l = slices.Delete(*l, i, i+1)
	}
}
