package forecast

import (
	"math"
)

// A Protocol says at which origins a series is forecast, how far, and which events
// are asked for. Origins and horizons are in periods; origin o has seen the first o
// values.
type Protocol struct {
	First, Step, Horizon int
	Headrooms            []float64 // event: the series rises above floor(headroom·last) within the horizon
}

// A DateProtocol asks when the series rises above a level, at the origins at which it
// has first reached shares of the level. Levels are shares of the greatest value of
// the series: below 1 it does rise above them, and from 1 on it does not.
type DateProtocol struct {
	First   int       // least origin
	Horizon int       // periods; what is later is never
	Levels  []float64 // shares of the greatest value
	Used    []float64 // shares of the level that are used at the origins
}

// ProtocolFor returns the protocol for a series of n values: the first origin has seen a
// third of it, or at least Least values and one horizon, and there are 40 origins at
// most.
func ProtocolFor(n, horizon int) Protocol {
	first := max(Least+1, min(horizon, n/3))
	return Protocol{First: first, Step: max(1, (n-horizon-first)/40), Horizon: horizon, Headrooms: []float64{1.02, 1.05, 1.1, 1.2, 1.35, 1.5}}
}

// Baselines returns the models in common use, which a forecast must beat to be worth
// anything. window is the number of values that the straight line is drawn through.
func Baselines(window int) []Model {
	return []Model{Naive{}, Drift{}, Linear{window}, ETS{}, Theta{}, ARIMA{}, Curve{"bass"}, Curve{"logistic"}, Curve{"gompertz"}}
}

// Backtest scores models on a series. Origins at which a model has no forecast are
// left out of its score, which has their number.
func Backtest(y []float64, models []Model, p Protocol) (scores []Score) {
	for _, m := range models {
		t := tally{}
		t.backtest(y, m, p)
		scores = append(scores, t.result(m.Name()))
	}
	return scores
}

// A Score is how good the forecasts of a model were. Errors and scores are scaled by
// the mean step of the series before each origin.
type Score struct {
	Model            string
	Origins, Failed  int     // origins with a forecast, and without
	MASE             float64 // mean absolute error of the median
	WIS              float64 // from the median and the 50% and 90% intervals
	CRPS             float64 // from all quantiles
	Cover50, Cover90 float64
	Cases            int     // of events
	BaseRate         float64 // of them, those that happened
	Brier            float64
	Miss, Alarm      float64 // mean of 1-p of the events that happened, and of p of those that did not, over all cases
}

// tally adds up scores.
type tally struct {
	Score
	steps float64
}

var wisLevels = []float64{0.05, 0.25, 0.5, 0.75, 0.95}

// backtest adds the scores of a model at the origins of a series.
func (t *tally) backtest(y []float64, m Model, p Protocol) {
	for o := p.First; o+p.Horizon <= len(y); o += p.Step {
		law, err := m.Forecast(y[:o], p.Horizon)
		if err != nil || !law.finite() {
			t.Failed++
			continue
		}
		t.Origins++
		t.score(law, y[:o], y[o:o+p.Horizon])
		for _, k := range p.Headrooms {
			c := math.Floor(k*y[o-1] + 1e-9)
			happened := false
			for _, v := range y[o : o+p.Horizon] {
				happened = happened || v > c
			}
			t.event(law.Exceeds(c, p.Horizon), happened)
		}
	}
}

func (t *tally) score(law Law, past, came []float64) {
	scale := NaiveError(past)
	for j, y := range came {
		t.steps++
		q := make([]float64, len(wisLevels))
		for i, level := range wisLevels {
			q[i] = law.Quantile(j+1, level)
		}
		t.MASE += math.Abs(y-q[2]) / scale
		t.WIS += WIS(wisLevels, q, y) / scale
		t.CRPS += 2 * loss(law[j], y) / scale
		if q[1] <= y && y <= q[3] {
			t.Cover50++
		}
		if q[0] <= y && y <= q[4] {
			t.Cover90++
		}
	}
}

func (t *tally) event(p float64, happened bool) {
	t.Cases++
	t.Brier += Brier(p, happened)
	if happened {
		t.BaseRate++
		t.Miss += 1 - p
	} else {
		t.Alarm += p
	}
}

func (t *tally) result(name string) Score {
	s := t.Score
	s.Model = name
	for _, x := range []*float64{&s.MASE, &s.WIS, &s.CRPS, &s.Cover50, &s.Cover90} {
		*x /= max(1, t.steps) // all 0 where there was no forecast
	}
	for _, x := range []*float64{&s.Brier, &s.Miss, &s.Alarm, &s.BaseRate} {
		*x /= max(1, float64(t.Cases))
	}
	return s
}
