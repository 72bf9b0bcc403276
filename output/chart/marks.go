package chart

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A point of a series: x in days since the start.
type point struct{ x, y float64 }

// curveLine is a line through points, or steps after each where step is set.
type curveLine struct {
	points []point
	style  draw.LineStyle
	step   bool
}

// Plot draws the line.
func (l curveLine) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var pts []vg.Point
	for i, q := range l.points {
		if l.step && i > 0 {
			pts = append(pts, vg.Point{X: x(q.x), Y: y(l.points[i-1].y)})
		}
		pts = append(pts, vg.Point{X: x(q.x), Y: y(q.y)})
	}
	c.StrokeLines(l.style, pts)
}

// A band fills the room between two lines.
type band struct {
	low, high []point
	color     color.Color
}

// Plot draws the band.
func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var pts []vg.Point
	for _, q := range b.high {
		pts = append(pts, vg.Point{X: x(q.x), Y: y(q.y)})
	}
	for i := len(b.low) - 1; i >= 0; i-- {
		pts = append(pts, vg.Point{X: x(b.low[i].x), Y: y(b.low[i].y)})
	}
	c.FillPolygon(b.color, pts)
}

// columns are upright bars from 0, each over an interval of x.
type columns struct {
	from, to, heights []float64
	color             color.Color
}

// Plot draws the bars, with a hair's breadth between them.
func (b columns) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, h := range b.heights {
		if h <= 0 {
			continue
		}
		left, right := x(b.from[i]), x(b.to[i])
		if right-left > 2 {
			left, right = left+0.4, right-0.4
		}
		c.FillPolygon(b.color, box(left, right, y(0), y(h)))
	}
}

func box(left, right, bottom, top vg.Length) []vg.Point {
	return []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}}
}

// A row is a mean with its interval, on the line y of a chart with named rows.
type row struct {
	y, mean, low, high float64
}

// rowBars are lying bars from 0 to the mean, with the interval as a whisker.
type rowBars struct {
	rows  []row
	color color.Color
}

// Plot draws the bars.
func (b rowBars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, r := range b.rows {
		c.FillPolygon(b.color, box(x(0), x(r.mean), y(r.y-0.32), y(r.y+0.32)))
		whisker(&c, draw.LineStyle{Color: ink, Width: 0.8}, x(r.low), x(r.high), y(r.y), 1.5)
	}
}

func whisker(c *draw.Canvas, s draw.LineStyle, low, high, y, cap vg.Length) {
	if high-low < 0.5 {
		return
	}
	c.StrokeLine2(s, low, y, high, y)
	c.StrokeLine2(s, low, y-cap, low, y+cap)
	c.StrokeLine2(s, high, y-cap, high, y+cap)
}

// rowDots are dots at the mean, with the interval as a line.
type rowDots struct {
	rows  []row
	style draw.GlyphStyle
}

// Plot draws the dots.
func (d rowDots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, r := range d.rows {
		whisker(&c, draw.LineStyle{Color: d.style.Color, Width: 1.2}, x(r.low), x(r.high), y(r.y), 2.5)
		c.DrawGlyphNoClip(d.style, vg.Point{X: x(r.mean), Y: y(r.y)})
	}
}

// rowText writes text on rows: at the left of the data, or at its right end.
type rowText struct {
	at    []float64
	text  []string
	style text.Style
	right bool
}

// Plot writes the text.
func (t rowText) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	s := t.style
	s.YAlign = draw.YCenter
	descent := s.FontExtents().Descent // as the axis centres its labels
	at := c.Min.X + 2
	if t.right {
		s.XAlign = draw.XRight
		at = c.Max.X
	}
	for i, txt := range t.text {
		c.FillText(s, vg.Point{X: at, Y: y(t.at[i]) + descent}, clip(s, txt, c.Max.X-c.Min.X))
	}
}

// rowLines are pale lines from 0 to a value on each row.
type rowLines struct {
	rows []row
	to   float64
}

// Plot draws the lines.
func (l rowLines) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, r := range l.rows {
		c.StrokeLine2(draw.LineStyle{Color: pale, Width: 0.6}, x(0), y(r.y), x(l.to), y(r.y))
	}
}

// grid returns horizontal grid lines at the ticks of the axis.
func grid() plot.Plotter {
	g := plotter.NewGrid()
	g.Vertical.Width = 0
	g.Vertical.Color = nil
	g.Horizontal = draw.LineStyle{Color: pale, Width: 0.6}
	return g
}

func lineKey(label string, s draw.LineStyle) key {
	return key{label, func(c *draw.Canvas, b vg.Rectangle) {
		y := (b.Min.Y + b.Max.Y) / 2
		c.StrokeLine2(s, b.Min.X, y, b.Max.X, y)
	}}
}

func bandKey(label string, colors ...color.Color) key {
	return key{label, func(c *draw.Canvas, b vg.Rectangle) {
		for _, fill := range colors {
			c.FillPolygon(fill, box(b.Min.X, b.Max.X, b.Min.Y, b.Max.Y))
		}
	}}
}

func dotKey(label string, s draw.GlyphStyle) key {
	return key{label, func(c *draw.Canvas, b vg.Rectangle) {
		c.DrawGlyphNoClip(s, vg.Point{X: (b.Min.X + b.Max.X) / 2, Y: (b.Min.Y + b.Max.Y) / 2})
	}}
}
