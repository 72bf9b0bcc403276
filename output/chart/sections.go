package chart

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/analysis/sensitivity"
	"seatcast/output"
)

// Sections returns the figures of what other verbs than run found: what a risk costs,
// and what moves an answer; and of what was seen before, with what follows from it.
func Sections(r output.Result) (figures []*Figure) {
	names := map[string]bool{}
	add := func(f *Figure, replications int, parts ...string) { // of the search, which are not those of the study
		if f == nil {
			return
		}
		f.Name = fileName(names, append([]string{string(f.Kind)}, parts...)...)
		a := r.Answers
		a.Replications = replications
		f.foot = "Source: " + output.Source(a)
		f.columns = 1
		figures = append(figures, f)
	}
	if r.Plan != nil {
		for _, b := range r.Plan.Purchases {
			add(frontier(*r.Plan, b), b.Replications, b.Variant)
		}
	}
	if r.Sensitivity != nil {
		add(tornado(*r.Sensitivity), r.Sensitivity.Replications, r.Sensitivity.Metric)
	}
	for _, p := range r.Pasts {
		add(pastAndFuture(r.Answers, p), r.Answers.Replications, p.Tenant, p.Product)
	}
	return figures
}

// frontier draws the risk of a refused claim by the number of seats, with what they
// cost: of several pools by the cost alone.
func frontier(p purchase.Plan, b purchase.Purchase) *Figure {
	if len(b.Frontier) < 2 {
		return nil
	}
	at := func(q purchase.Point) float64 { return float64(q.Seats) }
	if len(b.Pools) > 1 {
		at = func(q purchase.Point) float64 { return q.Cost }
	}
	f := &Figure{Kind: Plan, Title: frontierTitle(p, b)}
	f.Sub = fmt.Sprintf("Risk of a refused claim by %s, by the number of seats and what they cost over the study. Dashed: the accepted risk.", output.DayName(p.By))
	if len(b.Pools) > 1 {
		f.Sub = fmt.Sprintf("Joint risk of a refused claim by %s, by what the seats of all pools cost over the study. Dashed: the accepted risk.", output.DayName(p.By))
	}
	points := slices.Clone(b.Frontier)
	slices.SortStableFunc(points, func(a, b purchase.Point) int {
		return cmp.Compare(at(a), at(b))
	})
	var low, mid, high []point
	top := p.Risk
	for _, q := range points {
		low, mid, high = append(low, point{at(q), q.Risk.Low}), append(mid, point{at(q), q.Risk.Value}), append(high, point{at(q), q.Risk.High})
		top = max(top, q.Risk.High)
	}
	plan := purchase.Point{Cost: b.Cost, Risk: b.Risk}
	for _, pool := range b.Pools {
		plan.Seats += pool.Seats
	}
	if len(b.Stages) > 0 {
		plan.Seats = b.Stages[len(b.Stages)-1].Seats
	}
	line := draw.LineStyle{Color: blue, Width: 1.8}
	accepted := draw.LineStyle{Color: vermillion, Width: 1.2, Dashes: []vg.Length{5, 2.5}}
	dot := draw.GlyphStyle{Color: vermillion, Radius: 3.5, Shape: draw.CircleGlyph{}}
	first, last := at(points[0]), at(points[len(points)-1])
	pl := axes()
	pl.Add(grid(), band{low, high, faint(blue, 0x38)}, curveLine{mid, line, false},
		curveLine{[]point{{first, p.Risk}, {last, p.Risk}}, accepted, false}, dots{[]point{{at(plan), plan.Risk.Value}}, dot})
	top = min(1, top)
	pl.Y.Tick.Marker, pl.Y.Min, pl.Y.Max = plot.ConstantTicks(riskTicks(top)), 0, top
	pl.X.Tick.Marker, pl.X.Min, pl.X.Max = plot.ConstantTicks(seatTicks(b, first, last)), first, last
	f.panels = []panel{{plot: pl, height: 190}}
	f.legend = []key{lineKey("risk", line), bandKey("95% interval", faint(blue, 0x38)), lineKey("accepted", accepted), dotKey("the plan", dot)}
	return f
}

func frontierTitle(p purchase.Plan, b purchase.Purchase) string {
	variant := ""
	if b.Variant != output.Base {
		variant = b.Variant + ": "
	}
	if len(b.Pools) > 1 {
		return fmt.Sprintf("%s%s USD keep the joint risk at %s", variant, output.Count(b.Cost), fmt.Sprintf("%.6g%%", 100*p.Risk))
	}
	pool := b.Pools[0]
	seats := pool.Seats
	if len(b.Stages) > 0 {
		seats = b.Stages[len(b.Stages)-1].Seats
	}
	return fmt.Sprintf("%s%s seats of %s/%s keep the risk at %s", variant, output.Count(float64(seats)), pool.Tenant, pool.Product, fmt.Sprintf("%.6g%%", 100*p.Risk))
}

// riskTicks labels an axis of probabilities up to top.
func riskTicks(top float64) (ticks []plot.Tick) {
	step := 0.25
	for _, s := range []float64{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1} {
		if top/s <= 6 {
			step = s
			break
		}
	}
	for i := 0; float64(i)*step <= top*1.0001; i++ {
		ticks = append(ticks, plot.Tick{Value: float64(i) * step, Label: fmt.Sprintf("%.4g%%", 100*float64(i)*step)})
	}
	return ticks
}

// seatTicks labels an axis of seats with what they cost, or one of costs.
func seatTicks(b purchase.Purchase, first, last float64) (ticks []plot.Tick) {
	const labels = 5
	step := niceStep((last - first) / labels)
	for x := math.Ceil(first/step) * step; x <= last*1.0000001; x += step {
		label := output.Count(x) + " USD"
		if len(b.Pools) == 1 {
			label = output.Count(x) + "\n" + output.Count(x*b.Pools[0].Price) + " USD"
		}
		ticks = append(ticks, plot.Tick{Value: x, Label: label})
	}
	return ticks
}

// niceStep returns 1, 2 or 5 times a power of ten, at least x and at least 1.
func niceStep(x float64) float64 {
	step := math.Pow(10, math.Floor(math.Log10(max(x, 1))))
	for _, f := range []float64{1, 2, 5, 10} {
		if f*step >= x {
			return f * step
		}
	}
	return 10 * step
}

// dots are glyphs at points.
type dots struct {
	at    []point
	style draw.GlyphStyle
}

// Plot draws the dots.
func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, q := range d.at {
		c.DrawGlyph(d.style, vg.Point{X: x(q.x), Y: y(q.y)})
	}
}

// bars is the most rows of a tornado.
const bars = 12

// tornado draws how far each number moves the answer, the largest on top: lower and
// higher numbers in two colours. Of Morris it draws the sizes of effects, of Sobol the
// total indices.
func tornado(r sensitivity.Result) *Figure {
	f := &Figure{Kind: Sensitivity}
	lower, higher := draw.GlyphStyle{Color: blue, Radius: 3, Shape: draw.BoxGlyph{}}, draw.GlyphStyle{Color: vermillion, Radius: 3, Shape: draw.BoxGlyph{}}
	var names []string
	var low, high []row
	unit, scale := output.MetricUnit(r.Metric)
	one := func(d analysis.Difference) row {
		return row{mean: scale * d.Mean, low: scale * d.Low, high: scale * d.High}
	}
	switch {
	case len(r.Swings) > 0:
		f.Title = fmt.Sprintf("What moves %s of %s/%s", output.MetricName(r.Metric), r.Tenant, r.Product)
		f.Sub = fmt.Sprintf("Change of the answer in %s, one number changed at a time, with its 95%% interval.", unit)
		for _, w := range r.Swings {
			names = append(names, w.Path)
			low, high = append(low, one(w.AtLow)), append(high, one(w.AtHigh))
		}
		f.legend = []key{dotKey("lower", lower), dotKey("higher", higher)}
	case len(r.Effects) > 0:
		f.Title, f.Sub = "What moves "+output.MetricName(r.Metric), fmt.Sprintf("Mean size of the effect of a number over its whole range in %s (Morris), with its 95%% interval.", unit)
		for _, e := range r.Effects {
			names, high = append(names, e.Path), append(high, one(e.Absolute))
		}
	default:
		scale = 1
		f.Title, f.Sub = "What makes "+output.MetricName(r.Metric)+" uncertain", "Share of the variance: by itself (blue) and with all that it takes part in (orange), with 95% intervals (Sobol)."
		for _, i := range r.Indices {
			names = append(names, i.Path)
			low, high = append(low, one(i.First)), append(high, one(i.Total))
		}
		f.legend = []key{dotKey("by itself", lower), dotKey("with others", higher)}
	}
	f.panels = []panel{{plot: tornadoPlot(names, low, high), height: 26 + vg.Length(min(len(names), bars))*1.6*rowHeight}}
	return f
}

func tornadoPlot(names []string, low, high []row) *plot.Plot {
	p := axes()
	n := min(len(names), bars)
	least, most := 0.0, 0.0
	var labels []plot.Tick
	for _, rows := range [][]row{low, high} {
		for i := range rows[:min(n, len(rows))] {
			rows[i].y = float64(n - 1 - i)
			least, most = min(least, rows[i].mean, rows[i].low), max(most, rows[i].mean, rows[i].high)
		}
	}
	style := sans(textSize, ink)
	for i, name := range names[:n] {
		labels = append(labels, plot.Tick{Value: float64(n - 1 - i), Label: clip(style, output.NumberName(name), 150)})
	}
	if len(low) > 0 {
		p.Add(sideBars{low[:n], 0.17, blue})
		p.Add(sideBars{high[:n], -0.17, vermillion})
	} else {
		p.Add(sideBars{high[:n], 0, blue})
	}
	step := niceFraction((most - least) / 4)
	var ticks []plot.Tick
	for x := math.Ceil(least/step) * step; x <= most+step*1e-9; x += step {
		if math.Abs(x) < step/2 {
			x = 0
		}
		ticks = append(ticks, plot.Tick{Value: x, Label: fmt.Sprintf("%.6g", x)})
	}
	p.X.Tick.Marker, p.X.Min, p.X.Max = plot.ConstantTicks(ticks), least, most
	if least == most {
		p.X.Max = least + 1
	}
	nameRows(p, labels)
	return p
}

// niceFraction returns 1, 2 or 5 times a power of ten, at least x.
func niceFraction(x float64) float64 {
	if x <= 0 {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(x)))
	for _, f := range []float64{1, 2, 5} {
		if f*step >= x {
			return f * step
		}
	}
	return 10 * step
}

// sideBars are lying bars from 0 to the mean, at a side of their rows, with the
// interval as a whisker.
type sideBars struct {
	rows []row
	side float64
	fill color.Color
}

// Plot draws the bars.
func (b sideBars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	half := 0.16
	if b.side == 0 {
		half = 0.3
	}
	for _, r := range b.rows {
		c.FillPolygon(b.fill, box(x(0), x(r.mean), y(r.y+b.side-half), y(r.y+b.side+half)))
		whisker(&c, draw.LineStyle{Color: ink, Width: 0.8}, x(r.low), x(r.high), y(r.y+b.side), 1.5)
	}
	c.StrokeLine2(draw.LineStyle{Color: grey, Width: 0.8}, x(0), c.Min.Y, x(0), c.Max.Y)
}
