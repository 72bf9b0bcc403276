// Package sensitivity says what moves an answer most: changes one at a time (a
// tornado), elementary effects over the whole range (Morris), and shares of the
// variance (Sobol).
package sensitivity

import (
	"cmp"
	"math"
	"slices"

	"seatcast/analysis"
)

// A Result is what a sensitivity analysis found about one answer.
type Result struct {
	Metric  string `json:"metric"`
	Tenant  string `json:"tenant"`
	Product string `json:"product"`
	By      string `json:"by"` // the last day of a probability, 2006-01-02; empty for the whole study
	Method  string `json:"method"`
	// Replications are those of each point, on the same luck at all of them; Points
	// how many points there were.
	Replications int                 `json:"replications"`
	Points       int                 `json:"points"`
	Base         analysis.Difference `json:"base"`              // the answer itself, with its interval
	Reached      int                 `json:"reached,omitempty"` // of a date: the replications that reach it
	Swings       []Swing             `json:"swings,omitempty"`
	Effects      []Effect            `json:"effects,omitempty"`
	Indices      []Index             `json:"indices,omitempty"`
	Notes        []string            `json:"notes"`
}

// An Input is a number of a scenario that is varied.
type Input struct {
	Path  string  `json:"path"`
	Unit  string  `json:"unit"` // that follows the number: "/week", "%", "d", or nothing
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// A Swing is the difference that one input makes to the answer, others held.
type Swing struct {
	Input
	AtLow  analysis.Difference `json:"at_low"`  // minus the answer itself
	AtHigh analysis.Difference `json:"at_high"` // minus the answer itself
	Span   analysis.Difference `json:"span"`    // high minus low
}

// Tornado returns the swings of inputs, the largest first. base, low[i] and high[i]
// are answers replication by replication, on the same luck.
// Where events is set they are 1 for an event and 0 for none.
func Tornado(inputs []Input, base []float64, low, high [][]float64, events bool) []Swing {
	difference := analysis.Paired
	if events {
		difference = func(a, b []float64) analysis.Difference { return analysis.PairedEvents(happened(a), happened(b)) }
	}
	var swings []Swing
	for i, in := range inputs {
		swings = append(swings, Swing{in, difference(base, low[i]), difference(base, high[i]), difference(low[i], high[i])})
	}
	slices.SortStableFunc(swings, func(a, b Swing) int { return cmp.Compare(b.Size(), a.Size()) })
	return swings
}

func happened(sample []float64) []bool {
	events := make([]bool, len(sample))
	for i, x := range sample {
		events[i] = x != 0
	}
	return events
}

// Size is the most that the answer moves from where it is, to either side.
func (s Swing) Size() float64 {
	return max(math.Abs(s.AtLow.Mean), math.Abs(s.AtHigh.Mean), math.Abs(s.Span.Mean))
}

// size is the difference that Size is of, turned so that it is positive.
func (s Swing) size() analysis.Difference {
	d := s.Span
	for _, other := range []analysis.Difference{s.AtLow, s.AtHigh} {
		if math.Abs(other.Mean) > math.Abs(d.Mean) {
			d = other
		}
	}
	if d.Mean < 0 {
		d = analysis.Difference{Mean: -d.Mean, Low: -d.High, High: -d.Low}
	}
	return d
}

// Rivals returns the numbers that may move the answer as much as the first does: those
// whose intervals reach into that of the first.
func (r Result) Rivals() (paths []string) {
	var names []string
	var sizes []analysis.Difference
	for _, s := range r.Swings {
		names, sizes = append(names, s.Path), append(sizes, s.size())
	}
	for _, e := range r.Effects {
		names, sizes = append(names, e.Path), append(sizes, e.Absolute)
	}
	for _, i := range r.Indices {
		names, sizes = append(names, i.Path), append(sizes, i.Total)
	}
	for i, size := range sizes {
		if i > 0 && size.High > 0 && size.High >= sizes[0].Low && sizes[0].Low < sizes[0].High {
			paths = append(paths, names[i])
		}
	}
	return paths
}

// A Function is an answer by its inputs, each scaled to [0, 1] of its range.
type Function func(x []float64) (float64, error)
