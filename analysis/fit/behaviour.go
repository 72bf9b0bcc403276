package fit

import (
	"errors"
	"maps"
	"math"
	"slices"
	"sort"

	"seatcast/sim/rng"
)

// Rates is the law of how often people act from the day on which each began: a Poisson
// process each, at a rate of his own, gamma distributed with Mean per unit of time and
// Shape. Both are those of the greatest likelihood; the intervals, of 90%, are those of the
// posterior that Draw draws from.
//
// Its prior is flat in the logarithm of the mean, and flat in the coefficient of variation
// of the rates over people, Shape^-½: that is proper where people are as good as alike, so
// that the data need not exclude it (Gelman, Bayesian Analysis 1, 2006, of the scale of a
// hierarchical law).
type Rates struct {
	Mean, MeanLow, MeanHigh    float64
	Shape, ShapeLow, ShapeHigh float64 // from minShape to maxSize, where people are as good as alike
	LogLik                     float64
	People                     int

	posterior cells
}

// minShape is the least shape of a law of rates: dist.Gamma knows no smaller one.
const minShape = 0.01

// Doings is how often one person acted after the first act, and for how long he was
// watched since.
type Doings struct {
	More int
	Time float64
}

// FitRates fits rates to what people did after their first act: the first act itself is
// given, since it is what brought the person in, so nothing is truncated. Each count is
// negative binomial with the rate's mean times Time; who was watched for no time tells
// nothing.
func FitRates(all []Doings) (Rates, error) {
	w := newWatched(all)
	switch {
	case w.people < 5:
		return Rates{}, errors.New("fewer than 5 people were watched after their first act")
	case w.acts == 0:
		return Rates{}, errors.New("nobody acted a second time")
	}
	rough := w.acts / w.time
	bounded := func(x []float64) float64 {
		if math.Abs(x[0]) > 5 || x[1] < math.Log(minShape) || x[1] > math.Log(maxSize) {
			return math.Inf(1)
		}
		return -w.log(math.Exp(x[0])*rough, math.Exp(x[1]))
	}
	x, value := least(bounded, lattice([3]float64{-1, 1, 1}, [3]float64{-4, 8, 1}))
	r := Rates{Mean: math.Exp(x[0]) * rough, Shape: math.Exp(x[1]), LogLik: -value, People: w.people}
	r.posterior = w.posterior(r)
	r.MeanLow, r.MeanHigh = math.Exp(r.posterior.quantile(0, 0.05)), math.Exp(r.posterior.quantile(0, 0.95))
	r.ShapeLow, r.ShapeHigh = shapeOf(r.posterior.quantile(1, 0.95)), shapeOf(r.posterior.quantile(1, 0.05))
	return r, nil
}

// Draw returns a law that the data leave possible, with its probability: the draw at a
// key.
func (r *Rates) Draw(key rng.Key) (mean, shape float64) {
	log, cv := r.posterior.draw(key.Stream())
	return math.Exp(log), shapeOf(cv)
}

// shapeOf returns the shape of a gamma law with a coefficient of variation.
func shapeOf(cv float64) float64 { return min(max(minShape, 1/(cv*cv)), maxSize) }

// watched is what the likelihood needs of people: who was watched for the same time, or
// acted as often, counts together.
type watched struct {
	times      []watch // by time
	counts     []count // by times
	acts, time float64
	people     int
}

type (
	watch struct{ time, people, acts float64 }
	count struct{ times, people float64 }
)

func newWatched(all []Doings) *watched {
	w, times, counts := &watched{}, map[float64]watch{}, map[int]int{}
	for _, d := range all {
		if !(d.Time > 0) {
			continue
		}
		t := times[d.Time]
		times[d.Time] = watch{d.Time, t.people + 1, t.acts + float64(d.More)}
		counts[d.More]++
		w.people++
	}
	for _, time := range slices.Sorted(maps.Keys(times)) {
		t := times[time]
		w.times = append(w.times, t)
		w.acts, w.time = w.acts+t.acts, w.time+time*t.people
	}
	for _, n := range slices.Sorted(maps.Keys(counts)) {
		w.counts = append(w.counts, count{float64(n), float64(counts[n])})
	}
	return w
}

// log returns the log-likelihood of a mean and a shape.
func (w *watched) log(mean, shape float64) float64 { return w.ofShape(shape) + w.ofMean(mean, shape) }

// ofShape returns the part of the log-likelihood that does not depend on the mean.
func (w *watched) ofShape(shape float64) (sum float64) {
	a, _ := math.Lgamma(shape)
	for _, n := range w.counts {
		b, _ := math.Lgamma(shape + n.times)
		c, _ := math.Lgamma(n.times + 1)
		sum += n.people * (b - a - c)
	}
	return sum
}

// ofMean returns the part that does.
func (w *watched) ofMean(mean, shape float64) (sum float64) {
	for _, t := range w.times {
		m := mean * t.time
		sum += t.acts*math.Log(m/(m+shape)) - t.people*shape*math.Log1p(m/shape)
	}
	return sum
}

// cells are a law of two numbers, the logarithm of the mean and the coefficient of
// variation, on a grid of perAxis by perAxis cells; within a cell it is flat.
type cells struct {
	from, step [2]float64
	up         []float64 // by cell, those of one coefficient of variation side by side: the weights up to and with it
}

const (
	perAxis = 64
	deep    = 12 // logarithms below the peak that a law is followed down: six in a million
)

// posterior lays the law around the estimate r: a grid over all that there may be is drawn
// in around what is not negligible, until it is filled.
func (w *watched) posterior(r Rates) cells {
	best := [2]float64{math.Log(r.Mean), math.Pow(r.Shape, -0.5)}
	low := [2]float64{best[0] - 5, math.Pow(maxSize, -0.5)}
	high := [2]float64{best[0] + 5, math.Pow(minShape, -0.5)}
	for {
		c := cells{from: low, step: [2]float64{(high[0] - low[0]) / perAxis, (high[1] - low[1]) / perAxis}}
		first, last := best, best
		for j := range perAxis {
			shape := shapeOf(c.at(1, float64(j)+0.5))
			common := w.ofShape(shape) - r.LogLik
			for i := range perAxis {
				log := common + w.ofMean(math.Exp(c.at(0, float64(i)+0.5)), shape)
				c.up = append(c.up, math.Exp(log))
				for axis, k := range [2]int{i, j} {
					if log > -deep {
						first[axis], last[axis] = min(first[axis], c.at(axis, float64(k))), max(last[axis], c.at(axis, float64(k+1)))
					}
				}
			}
		}
		smaller := 1.0
		for axis := range low {
			from, to := max(low[axis], first[axis]-c.step[axis]), min(high[axis], last[axis]+c.step[axis])
			smaller = min(smaller, (to-from)/(high[axis]-low[axis]))
			low[axis], high[axis] = from, to
		}
		if smaller > 0.8 {
			for k := 1; k < len(c.up); k++ {
				c.up[k] += c.up[k-1]
			}
			return c
		}
	}
}

// at returns the number on an axis at a place counted in cells.
func (c *cells) at(axis int, place float64) float64 { return c.from[axis] + place*c.step[axis] }

// quantile returns a quantile of one of the two numbers.
func (c *cells) quantile(axis int, level float64) float64 {
	var weights [perAxis]float64
	before := 0.0
	for k, up := range c.up {
		weights[[2]int{k % perAxis, k / perAxis}[axis]] += up - before
		before = up
	}
	left := level * before
	for k, weight := range weights {
		if left <= weight {
			return c.at(axis, float64(k)+left/weight)
		}
		left -= weight
	}
	return c.at(axis, perAxis)
}

// draw draws the two numbers.
func (c *cells) draw(s rng.Stream) (log, cv float64) {
	k := sort.SearchFloat64s(c.up, s.Uniform()*c.up[len(c.up)-1])
	return c.at(0, float64(k%perAxis)+s.Uniform()), c.at(1, float64(k/perAxis)+s.Uniform())
}
