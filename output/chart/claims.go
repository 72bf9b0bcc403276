package chart

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"seatcast/analysis"
	"seatcast/output"
)

// claims draws the claims of a tenant by policy and by what triggered them. It
// returns nil where there is none.
func (s study) claims(tenant string) *Figure {
	f := &Figure{Kind: Claims}
	c := claimRows{study: s, tenant: tenant}
	for _, p := range s.answers.Variants[0].Policies {
		if p.Tenant == tenant {
			c.add(p)
		}
	}
	if len(c.bars) == 0 {
		return nil
	}
	f.Title = c.message()
	f.Sub = "Claims by policy and by the act that triggered them: mean of " + s.runs() + " with its 95% interval."
	f.panels = []panel{{plot: c.plot(), height: 24 + vg.Length(c.n)*rowHeight}}
	if n := len(s.answers.Variants); n > 1 && n <= overlaid {
		f.legend = append(f.legend, bandKey(s.answers.Variants[0].Name, barColor))
		for i := 1; i < n; i++ {
			f.legend = append(f.legend, dotKey(s.answers.Variants[i].Name, variantDot(i)))
		}
	}
	return f
}

var barColor = faint(blue, 0xB0)

func variantDot(i int) draw.GlyphStyle {
	return draw.GlyphStyle{Color: variantColor[i], Radius: 3, Shape: variantGlyph[i]}
}

// claimRows lays out the rows of a claims figure from the top down. Rows are
// counted from 0 at the top; the plot turns them round.
type claimRows struct {
	study
	tenant string
	n      int
	most   analysis.Policy // the policy with the most claims
	total  int             // policies
	names  []plot.Tick
	heads  rowText
	bars   []row
	dots   [overlaid][]row
	top    float64
}

func (c *claimRows) add(p analysis.Policy) {
	var triggers []string
	for t := range p.ByTrigger {
		triggers = append(triggers, t)
	}
	if len(triggers) == 0 {
		return
	}
	slices.SortFunc(triggers, func(a, b string) int {
		if x, y := p.ByTrigger[a].Mean, p.ByTrigger[b].Mean; x != y {
			if x > y {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	if c.total == 0 || p.Claims.Mean > c.most.Claims.Mean {
		c.most = p
	}
	c.total++
	head := fmt.Sprintf("%s: %s claims", p.Name, output.Mean(p.Claims))
	if p.Backups.High > 0 {
		head += fmt.Sprintf(", %s of them by a backup product", output.Count(p.Backups.Mean))
	}
	c.heads.at = append(c.heads.at, c.next(""))
	c.heads.text = append(c.heads.text, head)
	for _, t := range triggers {
		c.trigger(p, t)
	}
}

// next takes the next row, from the top down: 0, −1, …
func (c *claimRows) next(name string) float64 {
	y := -float64(c.n)
	c.n++
	c.names = append(c.names, plot.Tick{Value: y, Label: name})
	return y
}

func (c *claimRows) trigger(p analysis.Policy, trigger string) {
	y := c.next(trigger)
	e := p.ByTrigger[trigger]
	c.bars = append(c.bars, row{y, e.Mean, e.Low, e.High})
	c.top = max(c.top, e.High, e.Mean)
	if len(c.answers.Variants) > overlaid {
		return
	}
	for i, v := range c.answers.Variants[1:] {
		for _, q := range v.Policies {
			if e, ok := q.ByTrigger[trigger]; ok && q.Tenant == p.Tenant && q.Name == p.Name {
				c.dots[i+1] = append(c.dots[i+1], row{y, e.Mean, e.Low, e.High})
				c.top = max(c.top, e.High, e.Mean)
			}
		}
	}
}

func (c *claimRows) message() string {
	if c.total == 1 {
		return fmt.Sprintf("%s: the policy %s serves %s claims", c.tenant, c.most.Name, output.Count(c.most.Claims.Mean))
	}
	return fmt.Sprintf("%s: of %d policies, %s serves most claims, %s", c.tenant, c.total, c.most.Name, output.Count(c.most.Claims.Mean))
}

func (c *claimRows) plot() *plot.Plot {
	p := axes()
	p.Add(rowBars{c.bars, barColor})
	for i, rows := range c.dots {
		p.Add(rowDots{rows, variantDot(i)})
	}
	c.heads.style = heavy(sans(textSize, ink))
	p.Add(c.heads)
	ticks, top := valueTicks(c.top*1.05, 6)
	p.X.Tick.Marker, p.X.Min, p.X.Max = plot.ConstantTicks(ticks), 0, top
	nameRows(p, c.names)
	p.Y.Min, p.Y.Max = -float64(c.n)+0.4, 0.6
	return p
}
