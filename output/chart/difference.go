package chart

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"seatcast/analysis"
	"seatcast/output"
)

// difference draws by how much the holders of a pool differ in each what-if, day by
// day. It returns nil for a study that compares nothing.
func difference(v view) *Figure {
	curves := v.curves()
	if len(curves) == 0 {
		return nil
	}
	f := &Figure{Kind: Difference, Title: v.differenceMessage(curves)}
	f.Sub = "Holders at each midnight, less those of " + v.variants[0] + " with the same people and the same luck: mean and 95% interval of " + v.runs() + "."
	low, high := span(curves)
	if len(curves) < overlaid {
		f.panels = []panel{{plot: v.differencePlot(curves, 1, wide, low, high), height: 170}}
		for i, c := range curves {
			f.legend = append(f.legend, lineKey(c.Variant, variantLine(i+1)))
		}
		return f
	}
	f.columns = 2
	for i, c := range curves {
		f.panels = append(f.panels, panel{c.Variant, v.differencePlot(curves[i:i+1], 1, half, low, high), 115})
	}
	return f
}

// curves returns the difference curves of the pool.
func (v view) curves() (list []analysis.DifferenceCurve) {
	if v.answers.Decision == nil {
		return nil
	}
	for _, c := range v.answers.Decision.Curves {
		if c.Tenant+"/"+c.Product == v.name && len(c.Points) > 0 {
			list = append(list, c)
		}
	}
	return list
}

// differenceMessage tells where the widest gap is.
func (v view) differenceMessage(curves []analysis.DifferenceCurve) string {
	var at analysis.DifferencePoint
	variant := ""
	for _, c := range curves {
		for _, p := range c.Points {
			if math.Abs(p.Mean) > math.Abs(at.Mean) {
				at, variant = p, c.Variant
			}
		}
	}
	if variant == "" {
		return v.name + ": as many holders under every variant"
	}
	more := "more"
	if at.Mean < 0 {
		more = "fewer"
	}
	return fmt.Sprintf("%s: up to %s %s holders under %s, at the end of %s", v.name, output.Count(math.Abs(at.Mean)), more, variant,
		output.LongDate(v.cal.Ended(at.Time)))
}

// span returns the range of the curves, 0 in it.
func span(curves []analysis.DifferenceCurve) (low, high float64) {
	for _, c := range curves {
		for _, p := range c.Points {
			low, high = min(low, p.Low), max(high, p.High)
		}
	}
	if high-low < 1 {
		high = low + 1
	}
	return low, high
}

// differencePlot draws curves over each other, the first as variant number from.
func (v view) differencePlot(curves []analysis.DifferenceCurve, from int, room vg.Length, low, high float64) *plot.Plot {
	p := axes()
	p.Add(grid())
	v.timeAxis(p, room)
	p.Add(curveLine{[]point{{p.X.Min, 0}, {p.X.Max, 0}}, draw.LineStyle{Color: ink, Width: 0.9}, false})
	for i, c := range curves {
		var lows, mids, highs []point
		for _, k := range thin(len(c.Points)) {
			q := c.Points[k]
			x := q.Time.Days()
			lows, mids, highs = append(lows, point{x, q.Low}), append(mids, point{x, q.Mean}), append(highs, point{x, q.High})
		}
		if v.answers.Replications > 1 {
			p.Add(band{lows, highs, faint(variantColor[from+i], 0x50)})
		}
		style := variantLine(from + i)
		style.Width = 1 // a weekly sweep is a saw
		p.Add(curveLine{mids, style, v.answers.Replications == 1})
	}
	pad := 0.03 * (high - low)
	p.Y.Tick.Marker, p.Y.Min, p.Y.Max = plot.ConstantTicks(rangeTicks(low, high, 5)), low-pad, high+pad
	return p
}

// rangeTicks labels low..high with round numbers, at most about limit of them.
func rangeTicks(low, high float64, limit int) []plot.Tick {
	step := roundStep(high-low, limit)
	var ticks []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*step; i++ {
		x := i * step
		label := output.Count(math.Abs(x))
		if x == 0 {
			label = "0"
		}
		if x < 0 {
			label = "−" + label
		}
		ticks = append(ticks, plot.Tick{Value: x, Label: label})
	}
	return ticks
}

// roundStep returns a round number that goes into a length at most limit times.
func roundStep(length float64, limit int) float64 {
	step := math.Pow(10, math.Floor(math.Log10(length)))
	for _, f := range []float64{0.1, 0.2, 0.5, 1, 2, 5} {
		if math.Floor(length/(step*f)) <= float64(limit) {
			return step * f
		}
	}
	return 10 * step
}

// costRisk draws what each variant costs against the risk that it leaves. It
// returns nil for a study that compares nothing.
func costRisk(v view) *Figure {
	if len(v.curves()) == 0 {
		return nil
	}
	f := &Figure{Kind: CostRisk, Title: v.costRiskMessage(), columns: 2}
	f.Sub = "Cost in USD (across) against two risks (up): down and to the left is better. Mean of " + v.runs() + "; the lines are 95% intervals."
	for _, m := range []measure{
		ofEstimate("People refused", func(p analysis.Pool) analysis.Estimate { return p.RefusedUsers }),
		{title: "Probability of running dry", share: true, pick: measures[0].pick},
	} {
		f.panels = append(f.panels, panel{m.title, v.costRiskPlot(m), 160})
	}
	return f
}

func (v view) costRiskMessage() string {
	low, high := v.extremes(func(p analysis.Pool) float64 { return p.Cost.Mean })
	cheap, dear := v.pools[low].Cost.Mean, v.pools[high].Cost.Mean
	if output.Count(cheap) == output.Count(dear) {
		return fmt.Sprintf("%s costs USD %s under every variant, at different risks", v.name, output.Count(cheap))
	}
	return fmt.Sprintf("%s: from USD %s (%s) to USD %s (%s)", v.name, output.Count(cheap), v.variants[low], output.Count(dear), v.variants[high])
}

// A mark is a variant in the plane of cost and risk.
type mark struct {
	x, y  row // mean, low and high of cost and risk
	names []string
}

// costRiskPlot draws a point for each variant. Variants in the same place share one.
func (v view) costRiskPlot(m measure) *plot.Plot {
	var marks []mark
	top, left, right := 0.0, math.Inf(1), 0.0
	for i, pool := range v.pools {
		c := pool.Cost
		k := mark{x: row{mean: c.Mean, low: c.Low, high: c.High}, y: m.pick(pool), names: []string{v.variants[i]}}
		if v.finished[i] == 1 {
			k.y.low, k.y.high = k.y.mean, k.y.mean
		}
		top, left, right = max(top, k.y.high), min(left, k.x.low), max(right, k.x.high)
		marks = append(marks, k)
	}
	ticks := shareTicks()
	if m.share {
		top = 1
	} else {
		ticks, top = valueTicks(max(top, 1)*1.05, 4)
	}
	pad := max(0.25*(right-left), 0.05*right, 1)
	p := axes()
	p.Add(grid())
	p.X.Min, p.X.Max = left-pad, right+pad
	p.X.Tick.Marker = plot.ConstantTicks(rangeTicks(p.X.Min, p.X.Max, 3))
	p.Y.Tick.Marker, p.Y.Min, p.Y.Max = plot.ConstantTicks(ticks), -0.07*top, 1.05*top // names have room above the axis
	p.Add(plane{together(marks, 0.04*(p.X.Max-p.X.Min), 0.06*top)})
	return p
}

// together joins marks that are within dx and dy of each other.
func together(marks []mark, dx, dy float64) (list []mark) {
	for _, m := range marks {
		joined := false
		for i := range list {
			if math.Abs(list[i].x.mean-m.x.mean) < dx && math.Abs(list[i].y.mean-m.y.mean) < dy {
				list[i].names = append(list[i].names, m.names...)
				joined = true
				break
			}
		}
		if !joined {
			list = append(list, m)
		}
	}
	return list
}

// A plane draws marks with their intervals and names.
type plane struct{ marks []mark }

// Plot draws the marks; names stand on the side where there is more room.
func (l plane) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	line := draw.LineStyle{Color: blue, Width: 1.2}
	style := sans(textSize, ink)
	style.YAlign = draw.YCenter
	for _, m := range l.marks {
		at := vg.Point{X: x(m.x.mean), Y: y(m.y.mean)}
		c.StrokeLine2(line, x(m.x.low), at.Y, x(m.x.high), at.Y)
		c.StrokeLine2(line, at.X, y(m.y.low), at.X, y(m.y.high))
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: blue, Radius: 3, Shape: draw.CircleGlyph{}}, at)
		s, dx, room := style, vg.Length(6), c.Max.X-at.X-6
		if at.X > (c.Min.X+c.Max.X)/2+1 {
			s.XAlign, dx, room = draw.XRight, -6, at.X-c.Min.X-6
		}
		c.FillText(s, vg.Point{X: at.X + dx, Y: at.Y + s.FontExtents().Descent}, m.label(s, room))
	}
}

// label names the variants of a mark, as many as there is room for.
func (m mark) label(s text.Style, room vg.Length) string {
	all := strings.Join(m.names, ", ")
	if n := len(m.names) - 1; n > 0 && s.Width(all) > room {
		more := fmt.Sprintf(" + %d", n)
		return clip(s, m.names[0], room-s.Width(more)) + more
	}
	return clip(s, all, room)
}
