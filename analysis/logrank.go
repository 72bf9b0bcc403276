package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A LogRank is the log-rank test of two samples of times of which some are
// censored (Mantel, Cancer Chemotherapy Reports 50, 1966, 163–170).
type LogRank struct {
	ChiSquare float64 `json:"chi_square"` // with one degree of freedom; 0 where nothing can be told
	P         float64 `json:"p"`          // 1 where nothing can be told
	Observed1 float64 `json:"observed1"`  // events
	Observed2 float64 `json:"observed2"`
	Expected1 float64 `json:"expected1"` // events, if the two laws were the same
	Expected2 float64 `json:"expected2"`
	Variance  float64 `json:"variance"` // of Observed1, hypergeometric
}

// LogRankOf compares two samples of times, those whose entry in events is false
// being censored. It takes the samples for independent: of samples that share
// their luck it finds differences less often than it might, and not more. It is an
// error if lengths differ or a time is not a number.
func LogRankOf(times1 []float64, events1 []bool, times2 []float64, events2 []bool) (LogRank, error) {
	if len(times1) != len(events1) || len(times2) != len(events2) {
		return LogRank{}, fmt.Errorf("log-rank: %d and %d times, %d and %d events", len(times1), len(times2), len(events1), len(events2))
	}
	type observation struct {
		time  float64
		first bool
		event bool
	}
	var all []observation
	for i, t := range times1 {
		all = append(all, observation{t, true, events1[i]})
	}
	for i, t := range times2 {
		all = append(all, observation{t, false, events2[i]})
	}
	if slices.ContainsFunc(all, func(o observation) bool { return math.IsNaN(o.time) }) {
		return LogRank{}, errors.New("log-rank: a time is not a number")
	}
	slices.SortStableFunc(all, func(a, b observation) int {
		switch {
		case a.time < b.time:
			return -1
		case a.time > b.time:
			return 1
		}
		return 0
	})
	l := LogRank{P: 1}
	risk1, risk := float64(len(times1)), float64(len(all))
	for i := 0; i < len(all); {
		var events, events1, left1, left float64
		for at := all[i].time; i < len(all) && all[i].time == at; i++ {
			left++
			if all[i].first {
				left1++
			}
			if all[i].event {
				events++
				if all[i].first {
					events1++
				}
			}
		}
		share := risk1 / risk
		l.Observed1, l.Observed2 = l.Observed1+events1, l.Observed2+events-events1
		l.Expected1, l.Expected2 = l.Expected1+events*share, l.Expected2+events*(1-share)
		if risk > 1 {
			l.Variance += events * share * (1 - share) * (risk - events) / (risk - 1)
		}
		risk1, risk = risk1-left1, risk-left
	}
	if l.Variance > 0 {
		l.ChiSquare = (l.Observed1 - l.Expected1) * (l.Observed1 - l.Expected1) / l.Variance
		l.P = 2 * distuv.UnitNormal.CDF(-math.Sqrt(l.ChiSquare))
	}
	return l, nil
}
