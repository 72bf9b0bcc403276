// Package chart draws the answers of a study with gonum/plot, for a board paper:
// half a page wide, legible in grey and to the colour-blind, with its source in
// the foot. Equal answers give equal bytes.
package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Kind is what a figure is about.
type Kind string

// The kinds of figures.
const (
	Consumption Kind = "curve"
	Risk        Kind = "exhaustion"
	Refusals    Kind = "refusals"
	WhatIf      Kind = "what-if"
	Difference  Kind = "difference"
	CostRisk    Kind = "cost-risk"
	Claims      Kind = "claims"
	Plan        Kind = "plan"        // of the verb plan
	Sensitivity Kind = "sensitivity" // of the verb sensitivity
	Past        Kind = "past"        // of pools that name one
)

// A Figure is a picture that can be written as SVG and as PNG.
type Figure struct {
	Name    string // of its files, without extension; unique in a study
	Kind    Kind
	Tenant  string
	Product string // empty for a figure about a tenant
	Title   string // the message
	Sub     string // how to read it, with the numbers

	foot    string
	legend  []key
	panels  []panel
	columns int
}

// A panel is one set of axes.
type panel struct {
	title  string // empty for none
	plot   *plot.Plot
	height vg.Length
}

// A key explains a mark in the legend. Draw gets the box of the sample.
type key struct {
	label string
	draw  func(c *draw.Canvas, box vg.Rectangle)
}

// Sizes of the page, in points.
const (
	width   vg.Length = 400 // 14 cm: most of the text width of an A4 page
	margin  vg.Length = 8
	space   vg.Length = 6
	sample  vg.Length = 20 // width of a mark in the legend
	dpi               = 300
	leading           = 1.2
)

// WriteSVG writes f as an SVG document.
func (f *Figure) WriteSVG(w io.Writer) error {
	doc, err := f.svg()
	if err != nil {
		return fmt.Errorf("figure %s: %w", f.Name, err)
	}
	_, err = io.WriteString(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+doc)
	return err
}

// Inline returns f as an svg element to put into an HTML page.
func (f *Figure) Inline() (string, error) {
	doc, err := f.svg()
	if err != nil {
		return "", fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return namespaces.ReplaceAllString(doc, ""), nil
}

var (
	namespaces = regexp.MustCompile(`\s+xmlns(:xlink)?="[^"]*"`)
	families   = regexp.MustCompile(`font-family:[^;]*;font-variant:[^;]*;`)
)

// svg returns the svg element, with names for those who don't see it. The font
// is named as a stack in which every member has the same widths.
func (f *Figure) svg() (string, error) {
	c := vgsvg.New(width, f.height())
	page := draw.New(c)
	page.SetColor(white)
	page.Fill(page.Rectangle.Path())
	f.draw(page)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	doc := b.String()
	start := strings.Index(doc, "<svg")
	if start < 0 {
		return "", fmt.Errorf("no svg element in the drawing")
	}
	doc = families.ReplaceAllString(doc[start:], "font-family:'Liberation Sans',Arial,Helvetica,Arimo,sans-serif;")
	end := strings.Index(doc, ">")
	id := "fig-" + f.Name
	return doc[:end] + fmt.Sprintf(` role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>`,
		id, id, id, escape(f.Title), id, escape(f.Sub)) + doc[end+1:], nil
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

func (f *Figure) titleStyle() text.Style { return heavy(sans(titleSize, ink)) }
func (f *Figure) subStyle() text.Style   { return sans(textSize, grey) }
func (f *Figure) footStyle() text.Style  { return sans(footSize, grey) }
func (f *Figure) keyStyle() text.Style   { return sans(textSize, ink) }

func inner() vg.Length { return width - 2*margin }

func lineHeight(s text.Style) vg.Length { return s.Font.Size * leading }

// block returns the height of text in the figure's width.
func block(s text.Style, txt string) vg.Length {
	return vg.Length(len(breakLines(s, txt, inner()))) * lineHeight(s)
}

// breakLines breaks text into lines that are at most w wide. A word that is wider
// than that is cut.
func breakLines(s text.Style, txt string, w vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(printable(txt)) {
		for s.Width(word) > w {
			cut := shorten(s, word, w)
			if line != "" {
				lines, line = append(lines, line), ""
			}
			lines, word = append(lines, cut), word[len(cut):]
		}
		switch {
		case line == "":
			line = word
		case s.Width(line+" "+word) > w:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// shorten returns the longest beginning of word that is at most w wide, and at
// least one character.
func shorten(s text.Style, word string, w vg.Length) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if i > 0 && s.Width(word[:next]) > w {
			break
		}
		end = next
	}
	return word[:end]
}

// printable replaces what XML can't hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// height returns the height of the whole figure.
func (f *Figure) height() vg.Length {
	h := 2*margin + block(f.titleStyle(), f.Title) + space/2 + block(f.subStyle(), f.Sub) + space +
		block(f.footStyle(), f.foot) + space
	h += vg.Length(len(f.legendRows()))*f.legendLine() + space/2
	for i := 0; i < len(f.panels); i += f.columns {
		h += f.rowHeight(i)
	}
	return h
}

func (f *Figure) legendLine() vg.Length { return lineHeight(f.keyStyle()) + 2 }

// rowHeight returns the height of the row of panels that begins with panel i.
func (f *Figure) rowHeight(i int) vg.Length {
	h := f.panels[i].height + space
	if f.panels[i].title != "" {
		h += f.panelTitle()
	}
	return h
}

func (f *Figure) panelTitle() vg.Length { return lineHeight(f.keyStyle()) + space }

// legendRows breaks the legend into rows that fit the figure's width.
func (f *Figure) legendRows() [][]key {
	var rows [][]key
	var x vg.Length
	for _, k := range f.legend {
		w := f.keyWidth(k)
		if len(rows) == 0 || x+w > inner() {
			rows, x = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], k)
		x += w
	}
	return rows
}

func (f *Figure) keyWidth(k key) vg.Length {
	return sample + 4 + f.keyStyle().Width(k.label) + 12
}

// draw draws f on a white page.
func (f *Figure) draw(c draw.Canvas) {
	y := c.Max.Y - margin
	y = f.write(c, f.titleStyle(), f.Title, y) - space/2
	y = f.write(c, f.subStyle(), f.Sub, y) - space
	y = f.drawLegend(c, y) - space/2
	for i := 0; i < len(f.panels); i += f.columns {
		h := f.rowHeight(i)
		for j := i; j < min(i+f.columns, len(f.panels)); j++ {
			f.drawPanel(c, j, y, h-space)
		}
		y -= h
	}
	f.write(c, f.footStyle(), f.foot, y-space)
}

// write writes text from y down, and returns where it ends.
func (f *Figure) write(c draw.Canvas, s text.Style, txt string, y vg.Length) vg.Length {
	for _, line := range breakLines(s, txt, inner()) {
		c.FillText(s, vg.Point{X: c.Min.X + margin, Y: y}, line)
		y -= lineHeight(s)
	}
	return y
}

func (f *Figure) drawLegend(c draw.Canvas, y vg.Length) vg.Length {
	s := f.keyStyle()
	for _, row := range f.legendRows() {
		x := c.Min.X + margin
		for _, k := range row {
			middle := y - s.Font.Size*0.66
			k.draw(&c, vg.Rectangle{Min: vg.Point{X: x, Y: middle - 3.5}, Max: vg.Point{X: x + sample, Y: middle + 3.5}})
			c.FillText(s, vg.Point{X: x + sample + 4, Y: y}, k.label)
			x += f.keyWidth(k)
		}
		y -= f.legendLine()
	}
	return y
}

// drawPanel draws panel i into its column of the row that has its top at y.
func (f *Figure) drawPanel(c draw.Canvas, i int, y, h vg.Length) {
	const between = 14
	w := (inner() - vg.Length(f.columns-1)*between) / vg.Length(f.columns)
	x := c.Min.X + margin + vg.Length(i%f.columns)*(w+between)
	if p := f.panels[i]; p.title != "" {
		s := heavy(f.keyStyle())
		c.FillText(s, vg.Point{X: x, Y: y - space/2}, clip(s, p.title, w))
		y -= f.panelTitle()
		h -= f.panelTitle()
	}
	f.panels[i].plot.Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
		Min: vg.Point{X: x, Y: y - h}, Max: vg.Point{X: x + w, Y: y},
	}})
}

// clip shortens text to one line that is at most w wide.
func clip(s text.Style, txt string, w vg.Length) string {
	txt = strings.Join(strings.Fields(printable(txt)), " ")
	if s.Width(txt) <= w {
		return txt
	}
	return strings.TrimSpace(shorten(s, txt, w-s.Width("…"))) + "…"
}
