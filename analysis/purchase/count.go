// Package purchase says how many seats to buy: the fewest with which the risk of a
// refused claim is small enough, from the numbers of seats that replications need or
// from replications of a number of seats, and the cheapest where a refusal has a cost.
// It knows no scenario and runs nothing: replications are asked for.
package purchase

import (
	"slices"
	"sort"

	"seatcast/analysis"
)

// Unbounded is the upper end of an interval of seats that too few replications
// leave open.
const Unbounded = -1

// A Count is the fewest seats with which the risk is at most what was asked for.
type Count struct {
	Seats int `json:"seats"`
	// Low to High holds the true count at the confidence of the search, whenever the
	// search stopped. High may be Unbounded.
	Low          int  `json:"low"`
	High         int  `json:"high"`
	Settled      bool `json:"settled"` // Low is High
	Replications int  `json:"replications"`
}

// Needs are the numbers of seats that replications need, in rising order: one that
// needs n is free of refusals with n seats, and with n−1 is not.
type Needs []int

// NewNeeds returns needs in order.
func NewNeeds(all []int) Needs { return slices.Sorted(slices.Values(all)) }

// Over returns how many replications need more than a number of seats.
func (n Needs) Over(seats int) int { return len(n) - sort.SearchInts(n, seats+1) }

// Risk returns the share of replications that need more than a number of seats, with
// its interval by Clopper and Pearson.
func (n Needs) Risk(seats int, confidence float64) analysis.Proportion {
	return analysis.ClopperPearson(n.Over(seats), len(n), confidence)
}

// Fewest returns the fewest seats that at most a share risk of the replications
// exceed: the (1−risk)-quantile, an order statistic. Its interval is that of the
// quantile, whatever the law of the needs.
func (n Needs) Fewest(risk, confidence float64) Count {
	ranks := analysis.QuantileRanks(len(n), 1-risk, confidence)
	c := Count{Seats: n[analysis.Rank(len(n), 1-risk)-1], High: Unbounded, Replications: len(n)}
	if ranks.Lower >= 1 {
		c.Low = n[ranks.Lower-1]
	}
	if ranks.Upper <= len(n) {
		c.High = n[ranks.Upper-1]
	}
	c.Settled = c.Low == c.High
	return c
}

// A Search finds the fewest seats by looking at more and more replications until the
// count is settled, or there have been as many as allowed.
//
// Every look has an interval at 1 − (1−confidence)/looks, so that all of them hold
// the count together at the confidence (Bonferroni), and stopping at any of them is
// fair. Their intersection is the interval of the search.
type Search struct {
	Risk, Confidence float64
	sizes            []int // replications of each look
	looks            int   // made
	low, high        int
	needs            []int
}

// NewSearch returns a search for a risk in (0, 1) that looks first at some
// replications, then at twice as many, and last at most of them.
func NewSearch(risk, confidence float64, first, most int) *Search {
	return &Search{Risk: risk, Confidence: confidence, sizes: looks(first, most), high: Unbounded}
}

// looks returns the sizes of the looks from first to most, each twice the one before.
func looks(first, most int) (sizes []int) {
	for n := max(1, min(first, most)); n < most; n *= 2 {
		sizes = append(sizes, n)
	}
	return append(sizes, max(1, most))
}

// Wanted returns the replications that are needed for the next look, from … to−1;
// ok is false where there is none.
func (s *Search) Wanted() (from, to int, ok bool) {
	if s.looks == len(s.sizes) || s.looks > 0 && s.low == s.high {
		return 0, 0, false
	}
	return len(s.needs), s.sizes[s.looks], true
}

// Look takes the needs of the replications that were wanted, in their order.
func (s *Search) Look(needs []int) Count {
	s.needs = append(s.needs, needs...)
	c := NewNeeds(s.needs).Fewest(s.Risk, 1-(1-s.Confidence)/float64(len(s.sizes)))
	s.looks++
	s.low = max(s.low, c.Low)
	if s.high == Unbounded || c.High != Unbounded && c.High < s.high {
		s.high = c.High
	}
	if s.high != Unbounded && s.low > s.high { // has the probability 1 − confidence at most
		s.low, s.high = c.Low, c.High
	}
	c.Low, c.High, c.Settled = s.low, s.high, s.low == s.high
	if c.Settled {
		c.Seats = c.Low
	}
	return c
}

// Needs returns the needs of all replications so far.
func (s *Search) Needs() Needs { return NewNeeds(s.needs) }

// A Point of a frontier is a number of seats with its risk and its cost.
type Point struct {
	Seats int                 `json:"seats"`
	Risk  analysis.Proportion `json:"risk"`
	Cost  float64             `json:"cost"` // USD
}

// Frontier returns the risk and the cost of every number of seats at which the risk
// changes, from where half of the replications have enough up to where all have; of
// more than most, evenly spread ones.
func (n Needs) Frontier(price float64, most int) []Point {
	var counts []int
	for _, seats := range n[analysis.Rank(len(n), 0.5)-1:] {
		if len(counts) == 0 || counts[len(counts)-1] != seats {
			counts = append(counts, seats)
		}
	}
	var points []Point
	for _, i := range spread(len(counts), most) {
		seats := counts[i]
		points = append(points, Point{seats, n.Risk(seats, Confidence), price * float64(seats)})
	}
	return points
}

// Confidence is the level of the intervals of risks.
const Confidence = 0.95

// spread returns the indices 0..n−1, or most of them, the first and the last with them.
func spread(n, most int) (indices []int) {
	if n <= most {
		most = n
	}
	for i := range most {
		indices = append(indices, i*(n-1)/max(1, most-1))
	}
	return indices
}
