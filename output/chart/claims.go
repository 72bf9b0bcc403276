package chart

import (
	"cmp"
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
	for _, name := range c.policies() {
		c.add(name)
	}
	if c.n == 0 {
		return nil
	}
	f.Title = c.message()
	f.Sub = "Claims by policy and by the act that triggered them: mean of " + s.runs() + " with its 95% interval."
	if s.answers.Replications == 1 {
		f.Sub = "Claims by policy and by the act that triggered them, in 1 replication."
	}
	f.panels = []panel{{plot: c.plot(), height: 24 + vg.Length(c.n)*16}}
	if n := len(s.answers.Variants); n > 1 && n <= overlaid {
		f.legend = append(f.legend, bandKey(s.answers.Variants[0].Name, barColor))
		for i := 1; i < n; i++ {
			f.legend = append(f.legend, dotKey(s.answers.Variants[i].Name, variantDot(i)))
		}
	}
	return f
}

var barColor = faint(blue, 0x90)

func variantDot(i int) draw.GlyphStyle {
	return draw.GlyphStyle{Color: variantColor[i], Radius: 2.4, Shape: variantGlyph[i]}
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

// policies returns the names of the tenant's policies in all variants, each once.
func (c *claimRows) policies() []string {
	var names []string
	for _, v := range c.answers.Variants {
		for _, p := range v.Policies {
			if p.Tenant == c.tenant && !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// policy returns a policy of variant i; where it has none, one without claims.
func (c *claimRows) policy(i int, name string) (analysis.Policy, bool) {
	for _, p := range c.answers.Variants[i].Policies {
		if p.Tenant == c.tenant && p.Name == name {
			return p, true
		}
	}
	return analysis.Policy{Tenant: c.tenant, Name: name}, false
}

func (c *claimRows) add(name string) {
	base, ok := c.policy(0, name)
	triggers := c.triggers(name)
	if len(triggers) == 0 {
		return
	}
	if c.total == 0 || base.Claims.Mean > c.most.Claims.Mean {
		c.most = base
	}
	c.total++
	short := clip(heavy(sans(textSize, ink)), name, 120)
	head := fmt.Sprintf("%s: %s claims", short, output.Mean(base.Claims))
	switch {
	case !ok:
		head = fmt.Sprintf("%s: not in %s", short, c.answers.Variants[0].Name)
	case base.Backups.Mean > 0:
		head += fmt.Sprintf(", %s by backup", output.Count(base.Backups.Mean))
	}
	c.heads.at = append(c.heads.at, c.next(""))
	c.heads.text = append(c.heads.text, head)
	for _, t := range triggers {
		c.trigger(name, t)
	}
}

// triggers returns what triggers a policy in any variant that is drawn, most
// claims of the base first.
func (c *claimRows) triggers(name string) []string {
	var names []string
	for i := range c.drawn() {
		p, _ := c.policy(i, name)
		for t := range p.ByTrigger {
			if !slices.Contains(names, t) {
				names = append(names, t)
			}
		}
	}
	base, _ := c.policy(0, name)
	slices.SortFunc(names, func(a, b string) int {
		if x, y := base.ByTrigger[a].Mean, base.ByTrigger[b].Mean; x != y {
			return cmp.Compare(y, x)
		}
		return strings.Compare(a, b)
	})
	return names
}

// drawn returns how many variants are drawn: all if they fit, else the base alone.
func (c *claimRows) drawn() int {
	if n := len(c.answers.Variants); n <= overlaid {
		return n
	}
	return 1
}

// next takes the next row, from the top down: 0, −1, …
func (c *claimRows) next(name string) float64 {
	y := -float64(c.n)
	c.n++
	c.names = append(c.names, plot.Tick{Value: y, Label: name})
	return y
}

func (c *claimRows) trigger(policy, trigger string) {
	y := c.next(trigger)
	for i := range c.drawn() {
		p, _ := c.policy(i, policy)
		e, ok := p.ByTrigger[trigger]
		if !ok {
			continue
		}
		c.top = max(c.top, e.High, e.Mean)
		if i == 0 {
			c.bars = append(c.bars, row{y, e.Mean, e.Low, e.High})
			continue
		}
		c.dots[i] = append(c.dots[i], row{y + offset(i-1, c.drawn()-1), e.Mean, e.Low, e.High})
	}
}

// offset moves mark i of n off the middle of its row, so that none hides another.
func offset(i, n int) float64 { return 0.26 * (float64(n-1)/2 - float64(i)) }

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
