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
// Each period ahead has weights and factors of its own. Forecasts of neighbouring origins
// miss together, so a past as long as the way ahead counts as one trial: the further
// ahead, the less the past says of it, and the nearer the weights are to those before any
// evidence, and the intervals to those of the models. What is best in the next weeks is
// not always so in the next year. Before any evidence all models count alike, but the
// naive one double: on simulated adoptions, walks and concurrent use that made fewer false
// alarms, and did not miss more of what did run out.
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
		Rising: []Model{Naive{}, Theta{}, ETS{}, Damped{}, bass, logistic, gompertz, Power{}},
		Free:   []Model{Naive{}, Drift{}, Linear{14}, ETS{}, ETS{Log: true}, Damped{}, Theta{}, ARIMA{}, bass, logistic, gompertz, Power{}},
		Most:   most,
	}
}

// Name returns "seatcast".
func (*Combined) Name() string { return "seatcast" }

// The choices of the combination: round numbers, chosen by hand.
const (
	origins   = 24  // of the past, at most, by which models are judged
	sharpness = 4.0 // power of the inverse scores that makes the weights, where the past is long
	trials    = 4.0 // that the prior counts for; so many must a past give
	doubt     = 2.0 // weight of the naive model before any evidence, of the others 1
	widest    = 5.0 // factor by which an interval may be stretched, or shrunk
)

// Forecast implements Model.
func (c *Combined) Forecast(y []float64, h int) (Law, error) {
	if len(y) < Least {
		return nil, errShort
	}
	c.past.follow(y, c, h)
	plan := c.judge(y, h)
	law := make(Law, h)
	for j := range law {
		law[j] = average(c.past.laws(len(y), h), j, plan[j].weights)
	}
	c.calibrate(y, plan)
	for j := range law {
		stretch(law[j], plan[j].factor)
	}
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

// Weights returns the parts of the models in the forecast of y, h periods ahead.
func (c *Combined) Weights(y []float64, h int) (weights []Weight) {
	c.past.follow(y, c, h)
	for i, w := range c.judge(y, h)[h-1].weights {
		weights = append(weights, Weight{c.past.models[i].Name(), w})
	}
	return weights
}

// A judgement is what the past says of forecasts of one period ahead.
type judgement struct {
	folds   []int     // origins at which the past is forecast again, the last first
	horizon int       // how far
	belief  float64   // weight of the past against the prior, in [0, 1)
	weights []float64 // of the models
	factor  factor    // of the intervals
}

// judge returns the judgements of periods 1 to h: by periods of the past that are no
// longer than gives it as many of them as the prior counts for.
func (c *Combined) judge(y []float64, h int) []judgement {
	n, plan := len(y), make([]judgement, h)
	var folds []int
	step := max(1, (n-Least)/origins)
	for o := n - 1; o >= max(Least-1, n/5) && len(folds) < origins; o -= step {
		folds = append(folds, o)
	}
	var losses []float64
	for j := range plan {
		t := judgement{folds: folds, horizon: min(j+1, max(1, int(float64(n-Least)/trials)))}
		worth := float64(n-folds[len(folds)-1]) / float64(j+1)
		t.belief = worth / (worth + trials)
		if j == 0 || t.horizon > plan[j-1].horizon {
			losses = c.losses(y, t)
		}
		t.weights = c.weigh(losses, t.belief)
		plan[j] = t
	}
	return plan
}

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

// losses returns the mean losses of the models at the folds, in mean steps of the past.
// Who has no forecast at a fold loses as much as the worst there.
func (c *Combined) losses(y []float64, t judgement) []float64 {
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
	return scores
}

// weigh returns the weights of the models: their losses to the power of -sharpness, as
// far as the past is believed. So one that was absurd gets no weight, and does not make
// the others alike.
func (c *Combined) weigh(losses []float64, belief float64) []float64 {
	weights, sum := make([]float64, len(losses)), 0.0
	for i, l := range losses {
		weights[i] = math.Pow(l+1e-9, -sharpness*belief)
		if _, naive := c.past.models[i].(Naive); naive {
			weights[i] *= doubt
		}
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}

// average returns the weighted average of the models' quantiles of the period at an
// index.
func average(laws []Law, index int, weights []float64) []float64 {
	mean, sum := make([]float64, len(levels)), 0.0
	for i, l := range laws {
		if l == nil {
			continue
		}
		sum += weights[i]
		for k, q := range l[index] {
			mean[k] += weights[i] * q
		}
	}
	for k := range mean {
		mean[k] /= sum
	}
	return mean
}

// A factor stretches a law about its medians: by half up to the quartiles, by tail
// from the quantiles of 5% and 95% on, and in between by what is between.
type factor struct{ half, tail float64 }

// calibrate finds the factors with which the intervals of the past would have held what
// came, shrunk to 1 as far as the past is not believed.
func (c *Combined) calibrate(y []float64, plan []judgement) {
	var half, tail []float64 // misses in half-widths of the intervals, up to a horizon
	raw := factor{}
	for j := range plan {
		t := &plan[j]
		if t.horizon == j+1 {
			for _, o := range t.folds {
				if o+j < len(y) {
					h, t := c.miss(y, o, j, t.weights)
					half, tail = append(half, h), append(tail, t)
				}
			}
			raw = factor{conformal(half, 0.5), conformal(tail, 0.9)}
		}
		t.factor = factor{math.Pow(raw.half, t.belief), math.Pow(raw.tail, t.belief)}
	}
}

// miss returns how far off the median was that the combination would have given at an
// origin, in half-widths of its intervals of 50% and 90%.
func (c *Combined) miss(y []float64, origin, index int, weights []float64) (half, tail float64) {
	law := Law{average(c.past.laws(origin, index+1), index, weights)}
	low, _ := bounds(y[:origin], c.Most)
	came, median, side := y[origin+index], law[0][len(levels)/2], 1.0
	if came < median {
		side = -1
	}
	inner, outer := law.Quantile(1, 0.5+side*0.25), law.Quantile(1, 0.5+side*0.45)
	if side < 0 && outer <= low { // it ends where the series cannot go: it holds, whatever the factor
		return ratio(came-median, inner-median), 0
	}
	return ratio(came-median, inner-median), ratio(came-median, outer-median)
}

// conformal returns the ratio that a share of ratios, and of one that is yet to come, is
// below, as far as an interval may be stretched. It sorts them.
func conformal(ratios []float64, level float64) float64 {
	sort.Float64s(ratios)
	i := min(len(ratios)-1, int(math.Ceil(level*float64(len(ratios)+1)))-1)
	return min(max(ratios[i], 1/widest), widest)
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

// stretch stretches the quantiles of a period.
func stretch(q []float64, f factor) {
	quartile, tail := normals[sort.SearchFloat64s(levels, 0.75)], normals[sort.SearchFloat64s(levels, 0.95)]
	median := q[len(levels)/2]
	for k := range q {
		share := min(max((math.Abs(normals[k])-quartile)/(tail-quartile), 0), 1)
		q[k] = median + (q[k]-median)*(f.half+share*(f.tail-f.half))
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
