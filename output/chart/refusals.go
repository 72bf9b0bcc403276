package chart

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"seatcast/analysis"
	"seatcast/output"
)

// stacked is the most variants whose panels stand one under the other.
const stacked = 3

// refusals draws how many claims are refused, by week, or by day in a short study.
// It returns nil where none is in any variant.
func refusals(v view) *Figure {
	days := 7
	per := "week"
	if v.answers.Study.Days <= 62 {
		days, per = 1, "day"
	}
	var bars []columns
	top := 0.0
	for _, p := range v.pools {
		b := refusedBars(p.Curve, days)
		for _, h := range b.heights {
			top = max(top, h)
		}
		bars = append(bars, b)
	}
	if top == 0 {
		return nil
	}
	f := &Figure{Kind: Refusals, Title: v.refusalMessage()}
	f.Sub = fmt.Sprintf("Refused claims a %s, mean of %s. A person who tries again is counted again.", per, v.runs())
	if v.answers.Replications == 1 {
		f.Sub = fmt.Sprintf("Refused claims a %s. A person who tries again is counted again.", per)
	}
	if rest := v.answers.Study.Days % days; rest > 0 {
		f.Sub += fmt.Sprintf(" The last bar has %d of %d days.", rest, days)
	}
	height, room := vg.Length(150), wide
	switch n := len(v.pools); {
	case n > stacked:
		f.columns, height, room = 2, 105, half
	case n > 1:
		height = 90
	}
	for i, b := range bars {
		p := axes()
		p.Add(grid(), b)
		v.timeAxis(p, room)
		ticks, end := valueTicks(top*1.05, 4)
		p.Y.Tick.Marker, p.Y.Min, p.Y.Max = plot.ConstantTicks(ticks), 0, end
		title := ""
		if len(v.pools) > 1 {
			title = fmt.Sprintf("%s: %s, %s acts", v.variants[i],
				people(v.pools[i].RefusedUsers.Mean), output.Count(v.pools[i].RefusedClaims.Mean))
		}
		f.panels = append(f.panels, panel{title, p, height})
	}
	return f
}

func (v view) refusalMessage() string {
	p := v.pools[0]
	if p.RefusedClaims.High == 0 {
		return v.name + ": nobody is refused unless something changes"
	}
	mean := " on average"
	if v.answers.Replications == 1 {
		mean = ""
	}
	return fmt.Sprintf("%s: %s refused%s, in %s acts", v.name,
		people(p.RefusedUsers.Mean), mean, output.Count(p.RefusedClaims.Mean))
}

// refusedBars adds up the mean refused claims of a number of days. The last bar is
// narrower where fewer days are left.
func refusedBars(curve []analysis.CurvePoint, days int) columns {
	b := columns{color: blue}
	for i := 1; i < len(curve); i += days {
		last := min(i+days, len(curve)) - 1
		sum := 0.0
		for _, c := range curve[i : last+1] {
			sum += c.RefusedMean
		}
		b.from = append(b.from, curve[i-1].Time.Days())
		b.to = append(b.to, curve[last].Time.Days())
		b.heights = append(b.heights, sum)
	}
	return b
}
