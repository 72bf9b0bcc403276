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

// maxPoints is how many points a line has at most: about two a point of paper.
const maxPoints = 800

// thin returns every k-th of n indices, the last among them, at most maxPoints.
func thin(n int) []int {
	k := (n + maxPoints - 1) / maxPoints
	var is []int
	for i := 0; i < n; i += max(k, 1) {
		is = append(is, i)
	}
	if len(is) > 0 && is[len(is)-1] != n-1 {
		is = append(is, n-1)
	}
	return is
}

// series picks one number of each point of a curve.
func series(curve []analysis.CurvePoint, pick func(analysis.CurvePoint) float64) []point {
	var pts []point
	for _, i := range thin(len(curve)) {
		pts = append(pts, point{curve[i].Time.Days(), pick(curve[i])})
	}
	return pts
}

// seatSteps returns the points at which the usable seats change, and the ends.
func seatSteps(curve []analysis.CurvePoint, less int) []point {
	var pts []point
	for i, c := range curve {
		if i == 0 || i == len(curve)-1 || c.Seats != curve[i-1].Seats {
			pts = append(pts, point{c.Time.Days(), float64(max(0, c.Seats-less))})
		}
	}
	return pts
}

var (
	seatLine     = draw.LineStyle{Color: ink, Width: 1.6}
	reservedFill = faint(grey, 0x38)
	outerAlpha   = uint8(0x2E)
	innerAlpha   = uint8(0x50)
)

func variantLine(i int) draw.LineStyle {
	width := vg.Length(1.7)
	if i > 0 {
		width = 1.3
	}
	return draw.LineStyle{Color: variantColor[i], Width: width, Dashes: variantDashes[i]}
}

// consumption draws the holders of a pool over time against its seats.
func consumption(v view) *Figure {
	f := &Figure{Kind: Consumption, Title: v.message()}
	what := "People who hold a seat at each midnight"
	many := v.answers.Replications > 1
	if many {
		what += ": median and bands over " + v.runs()
	}
	f.Sub = what + ". " + v.seatsText()
	if len(v.pools) <= overlaid {
		f.panels = []panel{{plot: v.curvePlot(v.pools, wide), height: 190}}
		for i := range v.pools {
			f.legend = append(f.legend, lineKey(v.variants[i], variantLine(i)))
		}
	} else {
		f.columns = 2
		for i := range v.pools {
			f.panels = append(f.panels, panel{v.variants[i], v.curvePlot(v.pools[i:i+1], half), 125})
		}
		f.legend = append(f.legend, lineKey("median", variantLine(0)))
	}
	if many {
		of := ""
		if len(f.panels) == 1 && len(v.pools) > 1 {
			of = " of " + v.variants[0]
		}
		f.legend = append(f.legend, bandKey("middle 50%"+of, faint(blue, outerAlpha), faint(blue, innerAlpha)),
			bandKey("middle 90%", faint(blue, outerAlpha)))
	}
	f.legend = append(f.legend, lineKey("seats", seatLine))
	if v.pools[0].Reserved > 0 {
		f.legend = append(f.legend, bandKey("reserved", reservedFill))
	}
	return f
}

// seatsText says how many seats there are, and when that is not all of them.
func (v view) seatsText() string {
	p := v.pools[0]
	s := "Seats: " + output.Seats(p)
	if p.Reserved > 0 {
		s += fmt.Sprintf(", of which %s are reserved", output.Count(float64(p.Reserved)))
	}
	return s + "."
}

// curvePlot draws pools over each other, with the bands of the first.
func (v view) curvePlot(pools []analysis.Pool, room vg.Length) *plot.Plot {
	p := axes()
	base := pools[0]
	p.Add(grid())
	if base.Reserved > 0 {
		p.Add(stepBand(base))
	}
	if v.answers.Replications > 1 {
		p.Add(bandOf(base, func(c analysis.CurvePoint) (float64, float64) { return c.P05, c.P95 }, faint(blue, outerAlpha)))
		p.Add(bandOf(base, func(c analysis.CurvePoint) (float64, float64) { return c.P25, c.P75 }, faint(blue, innerAlpha)))
	}
	for i := len(pools) - 1; i >= 0; i-- {
		if i > 0 && !sameSeats(pools[i].Curve, base.Curve) {
			s := seatLine
			s.Color, s.Dashes, s.Width = variantColor[i], variantDashes[i], 0.9
			p.Add(curveLine{seatSteps(pools[i].Curve, 0), s, true})
		}
	}
	p.Add(curveLine{seatSteps(base.Curve, 0), seatLine, true})
	for i := range pools { // dashes over the solid line, which shows between them
		p.Add(curveLine{series(pools[i].Curve, func(c analysis.CurvePoint) float64 { return c.P50 }), variantLine(i), false})
	}
	v.timeAxis(p, room)
	ticks, top := valueTicks(v.mostHeld()*1.06, 5)
	p.Y.Tick.Marker, p.Y.Min, p.Y.Max = plot.ConstantTicks(ticks), 0, top
	return p
}

func sameSeats(a, b []analysis.CurvePoint) bool {
	for i := range a {
		if i >= len(b) || a[i].Seats != b[i].Seats {
			return false
		}
	}
	return true
}

// stepBand fills the reserved seats: the topmost, under the line of all seats.
func stepBand(p analysis.Pool) band {
	return band{stepped(seatSteps(p.Curve, p.Reserved)), stepped(seatSteps(p.Curve, 0)), reservedFill}
}

func stepped(pts []point) []point {
	var out []point
	for i, q := range pts {
		if i > 0 {
			out = append(out, point{q.x, pts[i-1].y})
		}
		out = append(out, q)
	}
	return out
}

func bandOf(p analysis.Pool, pick func(analysis.CurvePoint) (low, high float64), fill color.Color) band {
	return band{
		series(p.Curve, func(c analysis.CurvePoint) float64 { low, _ := pick(c); return low }),
		series(p.Curve, func(c analysis.CurvePoint) float64 { _, high := pick(c); return high }),
		fill,
	}
}

// mostHeld returns the largest number in the curves of all variants.
func (v view) mostHeld() float64 {
	top := 0.0
	for _, p := range v.pools {
		for _, c := range p.Curve {
			top = max(top, c.P95, c.P50, float64(c.Seats))
		}
	}
	return top
}

// wide and half are the room for dates under a panel of the page's width, and of
// half of it.
const (
	wide vg.Length = 340
	half vg.Length = 145
)

// timeAxis makes x the study's time, with as many dates as the room takes.
func (v view) timeAxis(p *plot.Plot, room vg.Length) {
	days := v.answers.Study.Days
	p.X.Min, p.X.Max = 0, max(v.cal.Midnight(days).Days(), 1)
	p.X.Tick.Marker = plot.ConstantTicks(dateTicks(v.cal, days, room))
}
