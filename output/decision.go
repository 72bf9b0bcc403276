package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"seatcast/analysis"
)

// The keys of summary.json about what a study was to find out.
type (
	// precisionJSON is where a target is met least.
	precisionJSON struct {
		Metric       string  `json:"metric"`
		Width        float64 `json:"width"` // as it was asked for
		Relative     bool    `json:"relative"`
		Variant      string  `json:"variant"`
		Tenant       string  `json:"tenant"`
		Product      string  `json:"product"`
		Value        float64 `json:"value"`
		Have         end     `json:"have"` // null where the interval has no end
		Want         float64 `json:"want"`
		Met          bool    `json:"met"`
		Replications int     `json:"replications"`
	}
	decisionJSON struct {
		By           string       `json:"by"` // a date, or "" for the whole study
		Best         string       `json:"best"`
		Pool         string       `json:"pool"` // or "" for all of them together
		Confidence   float64      `json:"confidence"`
		Indifference float64      `json:"indifference"`
		Budget       int          `json:"budget"`
		Ranking      *rankingJSON `json:"ranking"` // null where there is nothing to choose between
	}
	rankingJSON struct {
		Certain   float64             `json:"certain"`
		Regret    float64             `json:"regret"`
		Enough    int                 `json:"enough"`
		Standings []analysis.Standing `json:"standings"`
		Sought    *analysis.Sought    `json:"sought,omitempty"`
	}
	// datesJSON is what base and other of a date cannot tell.
	datesJSON struct {
		BaseCensored  int              `json:"base_censored"`
		OtherCensored int              `json:"other_censored"`
		LogRank       analysis.LogRank `json:"log_rank"`
	}
	// rangeJSON is an interval.
	rangeJSON struct {
		Low  float64 `json:"low"`
		High float64 `json:"high"`
	}
)

// An end is a number that may be infinite, which JSON has as null.
type end float64

// MarshalJSON writes the number, or null.
func (e end) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(e), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(e))
}

// UnmarshalJSON reads the number, or null.
func (e *end) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*e = end(math.Inf(1))
		return nil
	}
	return json.Unmarshal(data, (*float64)(e))
}

func toDifference(c analysis.Comparison) differenceJSON {
	d := differenceJSON{Variant: c.Variant, Tenant: c.Tenant, Product: c.Product, Metric: c.Metric, Base: c.Base, Other: c.Other,
		Mean: c.Difference.Mean, Low: c.Difference.Low, High: c.Difference.High, Noise: c.Noise, P: c.P, Adjusted: c.Adjusted,
		Independent: rangeJSON{c.Independent.Low, c.Independent.High}, Reduction: c.Reduction}
	if c.Dates != nil {
		dates := datesJSON(*c.Dates)
		d.Dates = &dates
	}
	return d
}

func fromDifference(d differenceJSON) analysis.Comparison {
	c := analysis.Comparison{
		Variant: d.Variant, Tenant: d.Tenant, Product: d.Product, Metric: d.Metric, Base: d.Base, Other: d.Other,
		Difference: analysis.Difference{Mean: d.Mean, Low: d.Low, High: d.High}, Noise: d.Noise, P: d.P, Adjusted: d.Adjusted,
		Independent: analysis.Difference{Mean: d.Mean, Low: d.Independent.Low, High: d.Independent.High}, Reduction: d.Reduction,
	}
	if d.Dates != nil {
		dates := analysis.DateComparison(*d.Dates)
		c.Dates = &dates
	}
	return c
}

func toPrecision(r analysis.Reached) precisionJSON {
	return precisionJSON{r.Metric, r.Width, r.Relative, r.Variant, r.Tenant, r.Product, r.Value, end(r.Have), r.Want, r.Met, r.Replications}
}

func fromPrecision(j precisionJSON) analysis.Reached {
	return analysis.Reached{Target: analysis.Target{Metric: j.Metric, Width: j.Width, Relative: j.Relative}, Variant: j.Variant,
		Tenant: j.Tenant, Product: j.Product, Value: j.Value, Have: float64(j.Have), Want: j.Want, Met: j.Met, Replications: j.Replications}
}

func toDecision(d *analysis.Decision) *decisionJSON {
	if d == nil {
		return nil
	}
	q := d.Question
	j := &decisionJSON{By: q.ByText(), Best: q.Metric, Pool: q.Pool, Confidence: q.Confidence, Indifference: q.Indifference, Budget: q.Budget}
	if r := d.Ranking; r != nil {
		j.Ranking = &rankingJSON{r.Certain, r.Regret, r.Enough, r.Standings, r.Sought}
	}
	return j
}

func fromDecision(j *decisionJSON) (*analysis.Decision, error) {
	if j == nil {
		return nil, nil
	}
	q := analysis.Question{Metric: j.Best, Pool: j.Pool, Confidence: j.Confidence, Indifference: j.Indifference, Budget: j.Budget}
	if j.By != "" {
		by, err := time.Parse(DateFormat, j.By)
		if err != nil {
			return nil, fmt.Errorf("decision: by %q: want a date such as 2026-06-30", j.By)
		}
		q.By = by
	}
	d := &analysis.Decision{Question: q}
	if r := j.Ranking; r != nil {
		d.Ranking = &analysis.Ranking{Question: q, Standings: r.Standings, Certain: r.Certain, Regret: r.Regret, Enough: r.Enough, Sought: r.Sought}
	}
	return d, nil
}

// WriteDifference writes difference.csv: by how much the holders of a pool differ
// in each what-if, at each local midnight, with a 95% interval.
func WriteDifference(w io.Writer, a analysis.Answers) error {
	cals, err := Calendars(a.Study)
	if err != nil {
		return err
	}
	t := newTable(w, DifferenceColumns)
	if a.Decision != nil {
		for _, c := range a.Decision.Curves {
			for _, p := range c.Points {
				t.text(c.Variant, c.Tenant, c.Product, cals[c.Tenant].Local(p.Time).Format(time.RFC3339))
				t.floats(p.Mean, p.Low, p.High)
				t.end()
			}
		}
	}
	return t.close()
}

// ReadDifference adds the curves in a difference.csv to the decision of a, which
// must have one.
func ReadDifference(r io.Reader, a analysis.Answers) error {
	cals, err := Calendars(a.Study)
	if err != nil {
		return err
	}
	if a.Decision == nil {
		return errors.New("summary.json has no decision that the curves could belong to")
	}
	byName := pools(a)
	return rows(r, DifferenceColumns, func(cells []string) error {
		pool, err := find(byName, cells)
		if err != nil {
			return err
		}
		at, err := time.Parse(time.RFC3339, cells[3])
		if err != nil {
			return fmt.Errorf("time: %s: want a time such as 2026-01-05T00:00:00+01:00", strconv.Quote(cells[3]))
		}
		p := analysis.DifferencePoint{Time: cals[pool.Tenant].Time(at)}
		err = parse(cells[4:], DifferenceColumns[4:], &p.Mean, &p.Low, &p.High)
		d := a.Decision
		if n := len(d.Curves); n == 0 || d.Curves[n-1].Variant != cells[0] || d.Curves[n-1].Tenant != pool.Tenant || d.Curves[n-1].Product != pool.Product {
			d.Curves = append(d.Curves, analysis.DifferenceCurve{Variant: strings.Clone(cells[0]), Tenant: pool.Tenant, Product: pool.Product})
		}
		last := &d.Curves[len(d.Curves)-1]
		last.Points = append(last.Points, p)
		return err
	})
}
