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

// An event is one of the two that must not be mixed: no seat left, and a claim
// refused. They are often a seat and some days apart.
type event struct {
	name string
	pick func(analysis.RiskPoint) analysis.Proportion
	line draw.LineStyle
}

var (
	dry     = event{"no seat left", func(r analysis.RiskPoint) analysis.Proportion { return r.Exhaustion }, dryLine}
	refused = event{"a claim refused", func(r analysis.RiskPoint) analysis.Proportion { return r.Refusal }, refusalLine}
)

// risk draws the probabilities of both events by each date. A single variant has
// them in one panel; a few variants are overlaid, with a panel for each event;
// more have a panel each.
func risk(v view) *Figure {
	f := &Figure{Kind: Risk, Title: v.riskMessage(), Sub: v.riskText(v.pools[0]), columns: 2}
	n := len(v.pools)
	switch {
	case n == 1:
		f.columns = 1
		f.panels = []panel{{plot: v.riskPlot(v.pools[0], wide), height: 180}}
	case n <= overlaid:
		for _, e := range []event{dry, refused} {
			f.panels = append(f.panels, panel{"Probability of " + e.name, v.eventPlot(e), 150})
		}
		for i := range v.pools {
			f.legend = append(f.legend, lineKey(v.variants[i], variantLine(i)))
		}
	default:
		for i, p := range v.pools {
			f.panels = append(f.panels, panel{v.variants[i], v.riskPlot(p, half), 115})
		}
	}
	if len(f.legend) == 0 {
		f.legend = []key{lineKey(dry.name, dry.line), lineKey(refused.name, refused.line)}
	}
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
	of := "No"
	if len(v.pools) > 1 {
		of = "Under " + v.variants[0] + ", no"
	}
	return fmt.Sprintf("Probability by the end of each day. %s seat left by %s: %s, %s; a claim refused: %s, %s.", of,
		v.end(), output.Likely(p.Exhaustion.Probability, v.finished[0]), v.halfBy(p.Exhaustion.First),
		output.Likely(p.FirstRefusal.Probability, v.finished[0]), v.halfBy(p.FirstRefusal.First))
}

func (v view) halfBy(t analysis.Times) string {
	if v.date(t.P50) == output.NotReached {
		return "an even chance is not reached"
	}
	s := "even chance on " + v.date(t.P50)
	if interval := v.interval(t.P50Interval); interval != v.date(t.P50) {
		s += " (" + interval + ")"
	}
	return s
}

// riskPlot draws both events of one pool.
func (v view) riskPlot(pool analysis.Pool, room vg.Length) *plot.Plot {
	p := axes()
	p.Add(grid())
	v.addRisk(p, pool, refused.pick, refused.line, faint(blue, 0x30))
	v.addRisk(p, pool, dry.pick, dry.line, faint(vermillion, 0x38))
	v.riskAxes(p, room)
	return p
}

// eventPlot draws one event of every variant.
func (v view) eventPlot(e event) *plot.Plot {
	p := axes()
	p.Add(grid())
	for i := range v.pools {
		v.addRisk(p, v.pools[i], e.pick, variantLine(i), faint(variantColor[i], 0x2A))
	}
	v.riskAxes(p, half)
	return p
}

func (v view) addRisk(p *plot.Plot, pool analysis.Pool, pick func(analysis.RiskPoint) analysis.Proportion,
	line draw.LineStyle, fill color.Color) {
	var low, mid, high []point
	for _, i := range thin(len(pool.Risk)) {
		x, q := pool.Risk[i].Time.Days(), pick(pool.Risk[i])
		low, mid, high = append(low, point{x, q.Low}), append(mid, point{x, q.Value}), append(high, point{x, q.High})
	}
	if v.answers.Replications > 1 {
		p.Add(band{low, high, fill})
	}
	p.Add(curveLine{mid, line, v.answers.Replications == 1})
}

func (v view) riskAxes(p *plot.Plot, room vg.Length) {
	v.timeAxis(p, room)
	p.Y.Tick.Marker, p.Y.Min, p.Y.Max = plot.ConstantTicks(shareTicks()), 0, 1
}
