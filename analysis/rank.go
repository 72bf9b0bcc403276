package analysis

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"seatcast/analysis/selection"
)

// A Ranking orders the variants by one answer, smaller being better.
type Ranking struct {
	Question
	Standings []Standing // the best first; equal ones by people turned away for any reason, by cost, then as in the study
	// Certain is the highest confidence at which the first, and no other but those
	// tied with it, could be the best (CompareWithBest).
	Certain float64
	Regret  float64 // by how much the first may be worse than the best, at Confidence
	Enough  int     // replications that would settle it; 0 where it is, or nothing does
	// Sought is how far the procedure of Kim and Nelson has come; nil where the
	// question states no indifference.
	Sought *Sought
}

// A Standing is the place of one variant.
type Standing struct {
	Variant      string     `json:"variant"`
	Replications int        `json:"replications"`
	Value        Estimate   `json:"value"`
	Cost         Estimate   `json:"cost"`        // USD, over the same pools
	Behind       Difference `json:"behind"`      // Value less that of the first, on the same luck
	Tied         bool       `json:"tied"`        // equal to the first in every replication
	MayBeBest    bool       `json:"may_be_best"` // at Confidence
}

// Sought is a selection at a stated indifference.
type Sought struct {
	Done   bool     `json:"done"`
	After  int      `json:"after"`  // replications of each that was left
	Left   []string `json:"left"`   // variants
	Needs  int      `json:"needs"`  // replications of each with which it ends for sure
	Rinott int      `json:"rinott"` // replications of each that Rinott's rule asks for, which pairs nothing
}

// choice is the samples that a ranking is made of.
type choice struct {
	question Question
	first    int // replications of each before any is dropped
	finished []int
	names    []string
	values   [][]float64
	away     [][]float64 // people turned away for any reason
	costs    [][]float64
}

// certain makes one replication of a study in which nothing is drawn into two, which
// say that nothing varies.
func (c choice) certain() choice {
	for i := range c.values {
		c.values[i], c.away[i], c.costs[i] = slices.Repeat(c.values[i], 2), slices.Repeat(c.away[i], 2), slices.Repeat(c.costs[i], 2)
	}
	return c
}

// rank makes the ranking. It returns nil for fewer than two variants with two
// replications each.
func (c choice) rank() *Ranking {
	order := make([]int, 0, len(c.names))
	for i := range c.names {
		if len(c.values[i]) < 2 {
			return nil
		}
		order = append(order, i)
	}
	if len(order) < 2 {
		return nil
	}
	sought, selected := c.seek()
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(selectedFirst(selected, i, j),
			cmp.Compare(MomentsOf(c.values[i]).Mean(), MomentsOf(c.values[j]).Mean()),
			c.besides(i, j, len(c.costs[i]), len(c.costs[j])))
	})
	samples := make([][]float64, len(order))
	for place, i := range order {
		samples[place] = c.values[i]
	}
	best := CompareWithBest(samples, c.question.Confidence)
	r := &Ranking{Question: c.question, Certain: best.Certain, Regret: best.Regret, Enough: best.Enough, Sought: sought}
	for place, i := range order {
		n := len(samples[place])
		common := min(n, len(samples[0]))
		s := Standing{Variant: c.names[i], Replications: c.finished[i], Value: estimate(samples[place], n), Cost: estimate(c.costs[i], n),
			Behind: Paired(samples[0], samples[place]), MayBeBest: slices.Contains(best.Among, place)}
		s.Tied = place > 0 && slices.Equal(samples[0][:common], samples[place][:common])
		r.Standings = append(r.Standings, s)
	}
	return r
}

// besides orders variants that are equal otherwise, by their first replications.
func (c choice) besides(i, j, ni, nj int) int {
	return cmp.Or(cmp.Compare(MomentsOf(c.away[i][:ni]).Mean(), MomentsOf(c.away[j][:nj]).Mean()),
		cmp.Compare(MomentsOf(c.costs[i][:ni]).Mean(), MomentsOf(c.costs[j][:nj]).Mean()))
}

// selectedFirst orders the variant that was selected, if one was, before others.
func selectedFirst(selected, i, j int) int {
	switch selected {
	case i:
		return -1
	case j:
		return 1
	}
	return 0
}

// seek runs the procedure of Kim and Nelson over the samples. selected is −1
// unless it has chosen. Variants that are equal in every replication stand or fall
// together, so the first of them by what else counts stands for them.
func (c choice) seek() (sought *Sought, selected int) {
	if c.question.Indifference == 0 || c.first < 2 {
		return nil, -1
	}
	order := make([]int, len(c.names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return c.besides(i, j, c.first, c.first) })
	samples := make([][]float64, len(order))
	for place, i := range order {
		samples[place] = c.values[i]
	}
	s, err := selection.KN{Systems: len(order), FirstStage: c.first, Confidence: c.question.Confidence, Indifference: c.question.Indifference}.Select(samples)
	if err != nil {
		return nil, -1 // the question was checked
	}
	sought, selected = &Sought{Done: s.Done, After: s.After, Needs: s.Needs, Rinott: c.rinott()}, -1
	for _, place := range s.Left {
		sought.Left = append(sought.Left, c.names[order[place]])
	}
	if s.Done {
		selected = order[s.Left[0]]
	}
	return sought, selected
}

// rinott returns the most replications of a variant that Rinott's rule asks for.
func (c choice) rinott() int {
	h, err := selection.Rinott(len(c.names), c.question.Confidence, c.first)
	if err != nil {
		return 0
	}
	most := 0
	for _, values := range c.values {
		s := math.Sqrt(MomentsOf(values[:c.first]).Variance())
		most = max(most, selection.RinottNeeds(h, s, c.question.Indifference, c.first))
	}
	return most
}

// needs returns how many replications each variant is to have for the next step of
// the choice, and how many of the budget that takes; none once it is made, or the
// budget is spent.
func (c choice) needs(left, step int) (want []int, cost int) {
	want = make([]int, len(c.values))
	for i := range want {
		want[i] = len(c.values[i])
	}
	if left <= 0 || len(want) < 2 {
		return want, 0
	}
	if c.question.Indifference == 0 {
		return c.allocate(want, min(left, step*len(want)))
	}
	sought, _ := c.seek()
	if sought == nil || sought.Done {
		return want, 0
	}
	more := min(step, left/len(sought.Left))
	for i, name := range c.names {
		if slices.Contains(sought.Left, name) {
			want[i] += more
			cost += more
		}
	}
	return want, cost
}

// allocate divides more replications by OCBA, applied to the differences from the
// best so far: common luck makes them what is known, and known well. A difference
// needs both of its sides, so the best is to have as many as any other.
func (c choice) allocate(have []int, more int) (want []int, cost int) {
	best := 0
	for i := range c.values {
		if MomentsOf(c.values[i]).Mean() < MomentsOf(c.values[best]).Mean() {
			best = i
		}
	}
	means, deviations := make([]float64, len(have)), make([]float64, len(have))
	for i := range c.values {
		d := lead(c.values[best], c.values[i])
		means[i], deviations[i] = max(0, d.Mean()), math.Sqrt(d.Variance())
	}
	fractions, err := selection.OCBA(means, deviations)
	if err != nil {
		return have, 0 // there are two or more
	}
	// The others get as many as leave the best its share.
	rest := sort.Search(more, func(n int) bool {
		_, cost := c.divide(fractions, have, best, n+1)
		return cost > more
	})
	return c.divide(fractions, have, best, rest)
}

// divide gives n replications to the others, and to the best what it then lacks.
func (c choice) divide(fractions []float64, have []int, best, n int) (want []int, cost int) {
	want = slices.Clone(have)
	for i, more := range selection.Divide(fractions, have, n) {
		want[i] += more
		cost += more
	}
	lacks := max(0, slices.Max(want)-want[best])
	want[best] += lacks
	return want, cost + lacks
}
