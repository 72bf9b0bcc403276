package chart

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"seatcast/analysis"
	"seatcast/output"
)

var (
	dryLine     = draw.LineStyle{Color: vermillion, Width: 1.8}
	refusalLine = draw.LineStyle{Color: blue, Width: 1.8, Dashes: []vg.Length{5, 2.5}}
)

// risk draws the probabilities that a pool has run dry, and that a claim has been
// refused, by each date: two events, often a seat and some days apart.
func risk(v view) *Figure {
	p := v.pools[0]
	f := &Figure{Kind: Risk, Title: v.riskMessage(), Sub: v.riskText(p)}
	height := vg.Length(180)
	labels := 12
	if len(v.pools) > 1 {
		f.columns, height, labels = 2, 115, 6
	}
	for i, q := range v.pools {
		title := ""
		if len(v.pools) > 1 {
			title = v.variants[i]
		}
		f.panels = append(f.panels, panel{title, v.riskPlot(q, labels), height})
	}
	f.legend = []key{lineKey("no seat left", dryLine), lineKey("a claim refused", refusalLine)}
	if v.answers.Replications > 1 {
		f.legend = append(f.legend, bandKey("95% interval", faint(grey, 0x40)))
	}
	return f
}

func (v view) riskMessage() string {
	p := v.pools[0]
	if v.answers.Replications == 1 {
		return v.message()
	}
	return fmt.Sprintf("%s: %s chance of running dry, %s of a refused claim", v.name,
		output.Percent(p.Exhaustion.Probability.Value), output.Percent(p.FirstRefusal.Probability.Value))
}

// riskText gives both dates with their intervals.
func (v view) riskText(p analysis.Pool) string {
	if v.answers.Replications == 1 {
		return fmt.Sprintf("First instant without a seat: %s. First refused claim: %s.",
			v.date(p.Exhaustion.First.P50), v.date(p.FirstRefusal.First.P50))
	}
	of := ""
	if len(v.pools) > 1 {
		of = v.variants[0] + ": "
	}
	return fmt.Sprintf("Probability by the end of each day. %sno seat left by %s: %s, %s; a claim refused: %s, %s.", of,
		v.end(), output.Likely(p.Exhaustion.Probability), v.halfBy(p.Exhaustion.First),
		output.Likely(p.FirstRefusal.Probability), v.halfBy(p.FirstRefusal.First))
}

func (v view) halfBy(t analysis.Times) string {
	if v.date(t.P50) == output.NotReached {
		return "an even chance is not reached"
	}
	return fmt.Sprintf("even chance on %s (%s)", v.date(t.P50), v.interval(t.P50Interval))
}

func (v view) riskPlot(pool analysis.Pool, labels int) *plot.Plot {
	p := axes()
	p.Add(grid())
	for _, e := range []struct {
		pick func(analysis.RiskPoint) analysis.Proportion
		line draw.LineStyle
		fill color.NRGBA
	}{
		{func(r analysis.RiskPoint) analysis.Proportion { return r.Refusal }, refusalLine, faint(blue, 0x30)},
		{func(r analysis.RiskPoint) analysis.Proportion { return r.Exhaustion }, dryLine, faint(vermillion, 0x38)},
	} {
		var low, mid, high []point
		for _, i := range thin(len(pool.Risk)) {
			x, q := pool.Risk[i].Time.Days(), e.pick(pool.Risk[i])
			low, mid, high = append(low, point{x, q.Low}), append(mid, point{x, q.Value}), append(high, point{x, q.High})
		}
		if v.answers.Replications > 1 {
			p.Add(band{low, high, e.fill})
		}
		p.Add(curveLine{mid, e.line, false})
	}
	v.timeAxis(p, labels)
	p.Y.Tick.Marker, p.Y.Min, p.Y.Max = plot.ConstantTicks(shareTicks()), 0, 1
	return p
}
