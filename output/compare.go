package output

import (
	"fmt"
	"strings"

	"seatcast/analysis"
	"seatcast/sim/clock"
)

// A Described is a comparison as it is written.
type Described struct {
	Base, Other, Change, Interval string
	Reduction                     string // of the variance, by common luck
	Note                          string // ~ for what may be noise; the log-rank test of a date
}

// Unchanged reports whether nothing changes, and surely.
func Unchanged(c analysis.Comparison) bool {
	return c.Base == c.Other && c.Difference == (analysis.Difference{})
}

// Describe writes a comparison in a study of that many days.
func Describe(c analysis.Comparison, cal Calendar, days int) Described {
	value, change := measureText(c.Metric)
	d := Described{Base: value(c.Base), Other: value(c.Other), Change: change(c.Difference.Mean),
		Interval: "–", Reduction: "–"}
	if c.Difference.Low < c.Difference.High {
		d.Interval = change(c.Difference.Low) + " to " + change(c.Difference.High)
	}
	if c.Reduction > 0 {
		d.Reduction = Count(c.Reduction) + "×"
	}
	var notes []string
	if c.Noise && c.Difference != (analysis.Difference{}) {
		notes = append(notes, "~")
	}
	if c.Dates != nil {
		d.Base, d.Other = meanDate(c.Base, c.Dates.BaseCensored, cal, days), meanDate(c.Other, c.Dates.OtherCensored, cal, days)
		if replications := c.Dates.BaseCensored + int(c.Dates.LogRank.Observed1); replications > 1 {
			notes = append(notes, "log-rank p "+pValue(c.Dates.LogRank.P))
		}
	}
	d.Note = strings.Join(notes, " ")
	return d
}

// meanDate writes a mean date; a mean over replications of which some never see it
// is a lower bound.
func meanDate(mean float64, censored int, cal Calendar, days int) string {
	if mean >= cal.Midnight(days).Days()-1e-9 {
		return NotReached
	}
	date := cal.DayOf(clock.Time(mean*float64(clock.Day)), days)
	if censored > 0 {
		return "≥ " + date
	}
	return date
}

func pValue(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

// MeasureName returns the words for the metric of a Comparison.
func MeasureName(metric string) string {
	switch metric {
	case "exhaustion":
		return "runs dry"
	case "exhaustion-date":
		return "runs dry on"
	case "refusal-date":
		return "first refusal on"
	case "refused-users":
		return "people refused"
	case "turned-away":
		return "people turned away"
	case "refused-claims":
		return "acts refused"
	case "blocked-days":
		return "blocked user-days"
	case "assigned-end":
		return "holders at the end"
	case "idle-days":
		return "idle seat-days"
	case "cost":
		return "cost USD"
	}
	return metric
}

// measureText returns how values of a metric of a Comparison are written, and how
// differences of them are: those of a probability in percentage points, of a date
// in days.
func measureText(metric string) (value, difference func(float64) string) {
	switch metric {
	case "exhaustion":
		return Percent, func(d float64) string {
			return signed(100*d, func(x float64) string { return fmt.Sprintf("%.1f", x) }) + " pts"
		}
	case "exhaustion-date", "refusal-date":
		return Count, func(d float64) string { return signed(d, Count) + " d" }
	}
	return Count, func(d float64) string { return signed(d, Count) }
}

// MeasureValue writes a value of a metric that variants are ranked by.
func MeasureValue(metric string, e analysis.Estimate) string {
	if metric != "exhaustion" {
		return Mean(e)
	}
	low, high := Percent(max(0, e.Low)), Percent(min(1, e.High))
	if low == high {
		return Percent(e.Mean)
	}
	return fmt.Sprintf("%s (%s–%s)", Percent(e.Mean), low, high)
}

func rankingTitle(a analysis.Answers) string {
	if a.Decision == nil || a.Decision.Ranking == nil {
		return ""
	}
	return "The variants by " + analysis.MetricText(a.Decision.Ranking.Metric, a.Decision.Ranking.Pool)
}

// RankingRows returns the header and the rows of the ranking, nil where there is
// none.
func RankingRows(a analysis.Answers) (columns []string, rows [][]string) {
	if a.Decision == nil || a.Decision.Ranking == nil {
		return nil, nil
	}
	r := a.Decision.Ranking
	_, change := measureText(r.Metric)
	columns = []string{"", "variant", MeasureName(r.Metric), "behind the first", "95% interval", "cost USD", "replications", "may be best"}
	for i, s := range r.Standings {
		behind, interval, may := "", "", "no"
		if i > 0 {
			behind, interval = change(s.Behind.Mean), "–"
		}
		if s.Behind.Low < s.Behind.High {
			interval = change(s.Behind.Low) + " to " + change(s.Behind.High)
		}
		switch {
		case s.Tied:
			behind, interval, may = "level", "", "yes"
		case s.MayBeBest:
			may = "yes"
		}
		rows = append(rows, []string{fmt.Sprintf("%d.", i+1), s.Variant, MeasureValue(r.Metric, s.Value), behind, interval,
			Mean(s.Cost), Count(float64(s.Replications)), may})
	}
	return columns, rows
}

func rankingTable(a analysis.Answers) grid {
	columns, rows := RankingRows(a)
	return grid{columns: columns, left: 2, rows: rows}
}
