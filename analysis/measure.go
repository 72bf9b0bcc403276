package analysis

import (
	"fmt"
	"slices"
	"strings"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// The measures beside the metrics of a Limit: dates, in days since the start, that
// count as the end of the study where they are not reached (a restricted mean).
const (
	exhaustionDate = "exhaustion-date"
	refusalDate    = "refusal-date"
)

// Measures returns the names that ParseMeasure knows.
func Measures() []string { return append(slices.Clone(limitMetrics), exhaustionDate, refusalDate) }

// Means returns the measures whose means are neither probabilities nor dates.
func Means() (names []string) {
	for _, m := range limitMetrics {
		if !isProbability(m) {
			names = append(names, m)
		}
	}
	return names
}

// A Measure is one number of a pool in a replication.
type Measure struct {
	Metric string // one of Measures
	Day    int    // of a probability: the index of the midnight up to which it counts
}

// NewMeasure returns the measure of a metric, of a probability up to a midnight.
func NewMeasure(metric string, day int) (Measure, error) {
	if !slices.Contains(Measures(), metric) {
		return Measure{}, fmt.Errorf("unknown metric %q; nearest is %s, all are %s", metric, nearest(metric, Measures()), strings.Join(Measures(), ", "))
	}
	return Measure{metric, day}, nil
}

// IsProbability reports whether the mean of m is a probability.
func (m Measure) IsProbability() bool { return isProbability(m.Metric) }

// IsDate reports whether m is in days.
func (m Measure) IsDate() bool { return m.Metric == exhaustionDate || m.Metric == refusalDate }

// Of returns the number of a pool of a tenant.
func (m Measure) Of(p *record.Pool, midnights []clock.Time) float64 {
	by := func(t clock.Time) float64 {
		if t <= deadline(midnights, m.Day) {
			return 1
		}
		return 0
	}
	days := func(t clock.Time) float64 { return max(0, min(t, midnights[len(midnights)-1])).Days() }
	switch m.Metric {
	case "exhaustion":
		return by(p.Exhausted)
	case "refusal":
		return by(p.FirstRefusal)
	case exhaustionDate:
		return days(p.Exhausted)
	case refusalDate:
		return days(p.FirstRefusal)
	}
	return figuresOf(p)[figureOf[m.Metric]]
}
