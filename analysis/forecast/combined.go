package forecast

import (
	"math"
	"slices"
	"sort"
)

// Combined averages the quantiles of models, weighted by how they have done on the
// series' own past, and then stretches its intervals about the median until those
// of the past would have held as often as they say (conformal calibration, Vovk,
// Gammerman and Shafer 2005).
//
// Forecasts of neighbouring origins miss together, so a past that is as long as one
// horizon counts as one trial, and a short past leaves the weights nearly equal and
// the intervals nearly as the models have them. Who is asked for more than a past of
// a few horizons can tell judges by shorter ones: what is best in the next weeks is not
// always so in the next year, but no judgement would be worse.
//
// The zero Combined has no models: see NewCombined. It remembers what its models
// said of a series, so that forecasts from many origins of one series cost little
// more than from the last.
type Combined struct {
	Rising []Model // for a series that has never fallen
	Free   []Model // for any other
	Most   float64 // headcount; 0 where there is no bound
	past   memory
}

// NewCombined returns the combination of the models of this package, for a series
// of at most most; 0 where there is no bound.
//
// A series that has never fallen, as seats that nobody takes back, is taken for
// adoption, in which growth slows down as fewer are left: it gets the models that
// can slow down, and the naive one, for which nobody more comes. That choice was
// made after a look at two real logs as well as at simulated tenants, so scores on
// those logs flatter it.
func NewCombined(most float64) *Combined {
	bass, logistic, gompertz := Curve{"bass"}, Curve{"logistic"}, Curve{"gompertz"}
	return &Combined{
		Rising: []Model{Naive{}, Theta{}, bass, logistic, gompertz, Power{}},
		Free:   []Model{Naive{}, Drift{}, Linear{14}, ETS{}, ETS{Log: true}, Theta{}, ARIMA{}, bass, logistic, gompertz, Power{}},
		Most:   most,
	}
}

// Name returns "seatcast".
func (*Combined) Name() string { return "seatcast" }

// The choices of the combination: round numbers, chosen by hand.
const (
	origins   = 24  // of the past, at most, by which models are judged
	sharpness = 4.0 // power of the inverse scores that makes the weights, where the past is long
	trials    = 4.0 // that the prior counts for: equal weights, and intervals as they are; so many must a past give
	widest    = 5.0 // factor by which an interval may be stretched, or shrunk
)

// Forecast implements Model.
func (c *Combined) Forecast(y []float64, h int) (Law, error) {
	if len(y) < Least {
		return nil, errShort
	}
	c.past.follow(y, c, h)
	t := trialsOf(len(y), h)
	weights := c.weigh(y, t)
	law := c.average(len(y), h, weights)
	stretch(law, c.calibrate(y, t, weights))
	law.clamp(bounds(y, c.Most))
	if whole(y) {
		law.hold(y[len(y)-1])
	}
	return law, nil
}

// whole reports whether a series counts something.
func whole(y []float64) bool {
	return !slices.ContainsFunc(y, func(v float64) bool { return v != math.Trunc(v) })
}

// A Weight is the part of a model in a combination.
type Weight struct {
	Model  string
	Weight float64
}

// Weights returns the parts of the models in the forecast of y.
func (c *Combined) Weights(y []float64, h int) (weights []Weight) {
	c.past.follow(y, c, h)
	for i, w := range c.weigh(y, trialsOf(len(y), h)) {
		weights = append(weights, Weight{c.past.models[i].Name(), w})
	}
	return weights
}

// A trial is a way to judge models by the past.
type trial struct {
	folds   []int   // origins at which the past is forecast again, the last first
	horizon int     // how far
	worth   float64 // of the past, in horizons that do not overlap
}

// trialsOf returns how a past of n values judges forecasts of h periods: by periods of
// the past that are no longer than gives it as many of them as the prior counts for.
func trialsOf(n, h int) trial {
	t := trial{horizon: min(h, max(1, int(float64(n-Least)/trials)))}
	step := max(1, (n-Least)/origins)
	for o := n - 1; o >= max(Least-1, n/5) && len(t.folds) < origins; o -= step {
		t.folds = append(t.folds, o)
	}
	t.worth = float64(n-t.folds[len(t.folds)-1]) / float64(t.horizon)
	return t
}

// belief returns the weight of the past against the prior, in [0, 1).
func (t trial) belief() float64 { return t.worth / (t.worth + trials) }

// bounds returns what the next values of a series can be.
func bounds(y []float64, most float64) (low, high float64) {
	if slices.IsSorted(y) {
		low = y[len(y)-1]
	}
	if most > 0 {
		return low, max(most, low)
	}
	return low, math.Inf(1)
}

// weigh returns the weights of the models: their mean losses at the folds, to the
// power of -sharpness as far as the past is believed. So one that was absurd gets no
// weight, and does not make the others alike. Who has no forecast at a fold loses as
// much as the worst there.
func (c *Combined) weigh(y []float64, t trial) []float64 {
	scores := make([]float64, len(c.past.models))
	for _, o := range t.folds {
		losses := c.past.losses(y, o, min(t.horizon, len(y)-o))
		worst := 0.0
		for _, l := range losses {
			if !math.IsNaN(l) {
				worst = max(worst, l)
			}
		}
		for i, l := range losses {
			if math.IsNaN(l) {
				l = worst
			}
			scores[i] += l / NaiveError(y[:o]) / float64(len(t.folds))
		}
	}
	sum := 0.0
	for i, s := range scores {
		scores[i] = math.Pow(s+1e-9, -sharpness*t.belief())
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
	return scores
}

// average returns the weighted average of the models' quantiles at an origin.
func (c *Combined) average(origin, h int, weights []float64) Law {
	law, sum := make(Law, h), 0.0
	for j := range law {
		law[j] = make([]float64, len(levels))
	}
	for i, l := range c.past.laws(origin, h) {
		if l == nil {
			continue
		}
		sum += weights[i]
		for j := range law {
			for k, q := range l[j] {
				law[j][k] += weights[i] * q
			}
		}
	}
	for j := range law {
		for k := range law[j] {
			law[j][k] /= sum
		}
	}
	return law
}

// A factor stretches a law about its medians: by half up to the quartiles, by tail
// from the quantiles of 5% and 95% on, and in between by what is between.
type factor struct{ half, tail float64 }

// calibrate returns the factor with which the intervals of the past would have held
// what came, shrunk to 1.
func (c *Combined) calibrate(y []float64, t trial, weights []float64) factor {
	var half, tail []float64 // misses in half-widths of the intervals
	for _, o := range t.folds {
		low, _ := bounds(y[:o], c.Most)
		law := c.average(o, min(t.horizon, len(y)-o), weights)
		for j := range law {
			median, side := law[j][len(levels)/2], 1.0
			if y[o+j] < median {
				side = -1
			}
			inner, outer := law.Quantile(j+1, 0.5+side*0.25), law.Quantile(j+1, 0.5+side*0.45)
			half, tail = append(half, ratio(y[o+j]-median, inner-median)), append(tail, ratio(y[o+j]-median, outer-median))
			if side < 0 && outer <= low { // it ends where the series cannot go: it holds, whatever the factor
				tail[len(tail)-1] = 0
			}
		}
	}
	at := func(ratios []float64, level float64) float64 {
		sort.Float64s(ratios)
		i := min(len(ratios)-1, int(math.Ceil(level*float64(len(ratios)+1)))-1)
		return math.Pow(min(max(ratios[i], 1/widest), widest), t.belief())
	}
	return factor{at(half, 0.5), at(tail, 0.9)}
}

// ratio returns how many half-widths a miss is.
func ratio(miss, width float64) float64 {
	switch {
	case math.Abs(width) > 1e-9:
		return math.Abs(miss / width)
	case math.Abs(miss) < 1e-9:
		return 0
	}
	return math.Inf(1)
}

// stretch stretches a law.
func stretch(law Law, f factor) {
	quartile, tail := normals[sort.SearchFloat64s(levels, 0.75)], normals[sort.SearchFloat64s(levels, 0.95)]
	for _, q := range law {
		median := q[len(levels)/2]
		for k := range q {
			share := min(max((math.Abs(normals[k])-quartile)/(tail-quartile), 0), 1)
			q[k] = median + (q[k]-median)*(f.half+share*(f.tail-f.half))
		}
	}
}

// A memory holds the forecasts that models have made at the origins of a series.
type memory struct {
	series []float64
	models []Model
	most   float64
	rising bool
	reach  int                 // the longest horizon asked for
	at     map[int][]Law       // by origin
	lost   map[int][][]float64 // by origin: of each model, the loss of each period that has come
}

// follow keeps the memory if y goes on from what it knows.
func (m *memory) follow(y []float64, by *Combined, h int) {
	n := min(len(y), len(m.series))
	if rising := slices.IsSorted(y); m.at == nil || m.rising != rising || m.most != by.Most || !slices.Equal(y[:n], m.series[:n]) {
		*m = memory{models: by.Free, most: by.Most, rising: rising, at: map[int][]Law{}, lost: map[int][][]float64{}}
		if rising {
			m.models = by.Rising
		}
	}
	m.reach = max(m.reach, h)
	if len(y) > len(m.series) {
		m.series = slices.Clone(y)
	}
}

// laws returns the forecasts of all models at an origin, within bounds; nil where
// a model has none.
func (m *memory) laws(origin, h int) []Law {
	laws := m.at[origin]
	for _, l := range laws {
		if l != nil && len(l) >= h {
			return laws
		}
	}
	y := m.series[:origin]
	laws = make([]Law, len(m.models))
	for i, model := range m.models {
		if law, err := model.Forecast(y, max(h, m.reach)); err == nil && law.finite() {
			law.clamp(bounds(y, m.most))
			laws[i] = law
		}
	}
	m.at[origin] = laws
	delete(m.lost, origin)
	return laws
}

// losses returns the mean loss of each model over the periods after an origin; NaN
// where it had no forecast.
func (m *memory) losses(y []float64, origin, periods int) []float64 {
	laws := m.laws(origin, periods)
	lost := m.lost[origin]
	if lost == nil {
		lost = make([][]float64, len(laws))
		m.lost[origin] = lost
	}
	mean := make([]float64, len(laws))
	for i, law := range laws {
		if law == nil {
			mean[i] = math.NaN()
			continue
		}
		for j := len(lost[i]); j < periods; j++ {
			lost[i] = append(lost[i], loss(law[j], y[origin+j]))
		}
		for _, l := range lost[i][:periods] {
			mean[i] += l / float64(periods)
		}
	}
	return mean
}

// loss returns the mean pinball loss of all quantiles, half the CRPS.
func loss(quantiles []float64, y float64) float64 {
	sum := 0.0
	for k, level := range levels {
		sum += Pinball(level, quantiles[k], y)
	}
	return sum / float64(len(levels))
}

// hold makes quantiles that are within half of a value that value: of a count, half
// more is no more.
func (l Law) hold(value float64) {
	for _, q := range l {
		for k := range q {
			if math.Abs(q[k]-value) < 0.5 {
				q[k] = value
			}
		}
	}
}

// finite reports whether all quantiles are numbers.
func (l Law) finite() bool {
	for _, q := range l {
		for _, v := range q {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}
