package chart

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"seatcast/analysis"
	"seatcast/output"
)

// rowHeight is the height of a named row.
const rowHeight vg.Length = 15

// A measure is what variants are compared by.
type measure struct {
	title string
	pick  func(analysis.Pool) row
	text  func(p analysis.Pool, replications int) string
	share bool
}

func ofEstimate(title string, pick func(analysis.Pool) analysis.Estimate) measure {
	return measure{title: title,
		pick: func(p analysis.Pool) row { e := pick(p); return row{mean: e.Mean, low: e.Low, high: e.High} },
		text: func(p analysis.Pool, _ int) string { return output.Mean(pick(p)) },
	}
}

var measures = []measure{
	{title: "Probability of running dry", share: true,
		pick: func(p analysis.Pool) row {
			q := p.Exhaustion.Probability
			return row{mean: q.Value, low: q.Low, high: q.High}
		},
		text: func(p analysis.Pool, n int) string { return output.Likely(p.Exhaustion.Probability, n) },
	},
	ofEstimate("People refused (mean)", func(p analysis.Pool) analysis.Estimate { return p.RefusedUsers }),
	ofEstimate("Cost in USD (mean)", func(p analysis.Pool) analysis.Estimate { return p.Cost }),
}

// whatIf draws the variants of a pool beside each other. It returns nil where
// there is only one.
func whatIf(v view) *Figure {
	if len(v.pools) < 2 {
		return nil
	}
	f := &Figure{Kind: WhatIf, Title: v.whatIfMessage()}
	f.Sub = "Every variant with the same people and the same luck. Mean and 95% interval of " + v.runs() + "."
	if v.answers.Replications == 1 {
		f.Sub = "Every variant with the same people and the same luck, in 1 replication."
	}
	for _, m := range measures {
		f.panels = append(f.panels, panel{m.title, v.measurePlot(m), 24 + vg.Length(len(v.pools))*rowHeight})
	}
	return f
}

// whatIfMessage names the variants with the fewest and the most people refused.
func (v view) whatIfMessage() string {
	least, most := v.extremes(func(p analysis.Pool) float64 { return p.RefusedUsers.Mean })
	low, high := people(v.pools[least].RefusedUsers.Mean), people(v.pools[most].RefusedUsers.Mean)
	if low == high {
		return fmt.Sprintf("%s: %s refused under every variant", v.name, high)
	}
	return fmt.Sprintf("%s: people refused, from %s (%s) to %s (%s)", v.name,
		strings.Fields(low)[0], v.variants[least], strings.Fields(high)[0], v.variants[most])
}

// extremes returns the variants with the least and the most of something, the first of equals.
func (v view) extremes(of func(analysis.Pool) float64) (least, most int) {
	for i, p := range v.pools {
		if of(p) < of(v.pools[least]) {
			least = i
		}
		if of(p) > of(v.pools[most]) {
			most = i
		}
	}
	return least, most
}

func (v view) measurePlot(m measure) *plot.Plot {
	p := axes()
	var rows []row
	var names []plot.Tick
	values := rowText{style: sans(textSize, ink), right: true}
	top := 0.0
	label := sans(textSize, ink)
	for i, pool := range v.pools {
		r := m.pick(pool)
		if v.finished[i] == 1 {
			r.low, r.high = r.mean, r.mean
		}
		r.y = float64(len(v.pools) - 1 - i)
		rows = append(rows, r)
		top = max(top, r.high, r.mean)
		names = append(names, plot.Tick{Value: r.y, Label: clip(label, v.variants[i], 110)})
		values.at, values.text = append(values.at, r.y), append(values.text, m.text(pool, v.finished[i]))
	}
	ticks := shareTicks()
	if m.share {
		top = 1
	} else {
		ticks, top = valueTicks(top, 4)
	}
	p.Add(rowLines{rows, top}, rowDots{rows, draw.GlyphStyle{Color: blue, Radius: 3, Shape: draw.CircleGlyph{}}}, values)
	p.X.Tick.Marker, p.X.Min, p.X.Max = plot.ConstantTicks(ticks), 0, top*1.6
	p.X.LineStyle.Width = 0
	nameRows(p, names)
	return p
}

// nameRows labels the rows of a plot, from 0 up.
func nameRows(p *plot.Plot, names []plot.Tick) {
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Label.Color = ink
	p.Y.Min, p.Y.Max = -0.6, float64(len(names))-0.4
}
