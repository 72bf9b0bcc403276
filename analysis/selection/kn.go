package selection

import (
	"errors"
	"fmt"
	"math"
)

// A KN is a design of the fully sequential procedure of Kim and Nelson (ACM
// Transactions on Modeling and Computer Simulation 11, 2001, 251–273): systems
// are simulated side by side, one observation each at a time, and one that is
// clearly worse than another is dropped.
type KN struct {
	Systems      int
	FirstStage   int     // observations of each before the first is dropped; two at least
	Confidence   float64 // that the one that is left is the best, or within Indifference of it
	Indifference float64 // > 0
}

// Constants returns η and h² = 2cη(n0−1) with c = 1. Common random numbers make
// the systems dependent, so the error is divided among them by Bonferroni, and not
// by the constant for independent systems.
func (d KN) Constants() (eta, h2 float64) {
	beta := (1 - d.Confidence) / float64(d.Systems-1)
	return d.constants(beta)
}

func (d KN) constants(beta float64) (eta, h2 float64) {
	free := float64(d.FirstStage - 1)
	eta = (math.Pow(2*beta, -2/free) - 1) / 2
	return eta, 2 * eta * free
}

func (d KN) check() error {
	switch {
	case d.Systems < 2:
		return errors.New("want two systems or more")
	case d.FirstStage < 2:
		return errors.New("want a first stage of two observations or more")
	case !(d.Confidence > 1/float64(d.Systems) && d.Confidence < 1):
		return fmt.Errorf("a confidence of %v: want one between that of a guess, 1/%d, and 1", d.Confidence, d.Systems)
	case !(d.Indifference > 0) || math.IsInf(d.Indifference, 1):
		return fmt.Errorf("an indifference of %v: want a number above 0", d.Indifference)
	}
	return nil
}

// A Selection is how far the procedure has come.
type Selection struct {
	Left  []int // the systems that are not dropped, in their order
	After int   // observations of each, when it ended or ran out of them
	Done  bool  // one is left, and is the best at the stated confidence
	Needs int   // observations of each after which it has ended for sure
}

// Select runs the procedure over observations: samples[i][r] is observation r of
// system i, made with the luck r. A dropped system needs no more of them. Where
// observations run out first, the selection is not done; more of them, after the
// same ones, carry on where it stopped. Systems that are equal in every
// observation are never told apart: the first of them stands for them.
func (d KN) Select(samples [][]float64) (Selection, error) {
	if err := d.check(); err != nil {
		return Selection{}, fmt.Errorf("selecting the best: %w", err)
	}
	if len(samples) != d.Systems {
		return Selection{}, fmt.Errorf("selecting the best: %d samples of %d systems", len(samples), d.Systems)
	}
	for i, s := range samples {
		if len(s) < d.FirstStage {
			return Selection{}, fmt.Errorf("selecting the best: system %d has %d observations, less than the first stage of %d", i, len(s), d.FirstStage)
		}
	}
	return d.run(samples), nil
}

func (d KN) run(samples [][]float64) Selection {
	_, h2 := d.Constants()
	k := d.Systems
	scale := make([]float64, k*k) // h²S²/δ² of each pair
	s := Selection{}
	for i := range k {
		s.Left = append(s.Left, i)
		for l := range i {
			v := h2 * varianceOfDifference(samples[i][:d.FirstStage], samples[l][:d.FirstStage]) / (d.Indifference * d.Indifference)
			scale[i*k+l], scale[l*k+i] = v, v
			s.Needs = max(s.Needs, int(min(1<<40, math.Floor(v)))+1)
		}
	}
	s.Needs = max(s.Needs, d.FirstStage)
	sums := make([]float64, k)
	for i := range k {
		for _, x := range samples[i][:d.FirstStage-1] {
			sums[i] += x
		}
	}
	for r := d.FirstStage; ; r++ {
		for _, i := range s.Left {
			if len(samples[i]) < r {
				return s
			}
		}
		for _, i := range s.Left {
			sums[i] += samples[i][r-1]
		}
		s.After = r
		s.Left = d.screen(s.Left, sums, scale, r)
		if len(s.Left) == 1 {
			s.Done = true
			return s
		}
	}
}

// screen returns the systems that no other is clearly better than after r
// observations. Once r passes a pair's h²S²/δ² the worse of the two is dropped.
func (d KN) screen(left []int, sums, scale []float64, r int) []int {
	var keep []int
	for _, i := range left {
		kept := true
		for _, l := range left {
			slack := max(0, d.Indifference/2*(scale[i*d.Systems+l]-float64(r)))
			worse := sums[i] - sums[l]
			if l != i && (worse > slack || slack == 0 && worse == 0 && l < i) {
				kept = false
			}
		}
		if kept {
			keep = append(keep, i)
		}
	}
	return keep
}

func varianceOfDifference(a, b []float64) float64 {
	n := float64(len(a))
	var mean float64
	for i := range a {
		mean += (a[i] - b[i]) / n
	}
	var sum float64
	for i := range a {
		e := a[i] - b[i] - mean
		sum += float64(e * e)
	}
	return sum / (n - 1)
}
