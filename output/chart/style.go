package chart

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The palette of Okabe and Ito, "Color Universal Design" (2008), which people with
// any common colour blindness can tell apart. What-ifs differ by dashes too.
var (
	blue       = color.NRGBA{0x00, 0x72, 0xB2, 0xFF}
	vermillion = color.NRGBA{0xD5, 0x5E, 0x00, 0xFF}
	green      = color.NRGBA{0x00, 0x9E, 0x73, 0xFF}
	purple     = color.NRGBA{0xCC, 0x79, 0xA7, 0xFF}

	ink   = color.NRGBA{0x22, 0x22, 0x22, 0xFF}
	grey  = color.NRGBA{0x5F, 0x5F, 0x5F, 0xFF}
	pale  = color.NRGBA{0xE4, 0xE4, 0xE4, 0xFF}
	white = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
)

// overlaid is the most variants that one set of axes takes. With more, each
// variant has a panel of its own.
const overlaid = 4

// variantColor and variantDashes tell overlaid variants apart, the base first.
var (
	variantColor  = [overlaid]color.NRGBA{blue, vermillion, green, purple}
	variantDashes = [overlaid][]vg.Length{nil, {6, 2.5}, {1.5, 2}, {7, 2, 1.5, 2}}
	variantGlyph  = [overlaid]draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.CircleGlyph{}}
)

func faint(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// Sizes of text, in points at the figure's own width, which is that of a page.
const (
	titleSize vg.Length = 13
	textSize  vg.Length = 10
	footSize  vg.Length = 8
)

// bold is font.WeightBold of golang.org/x/image.
const bold = 3

// sans returns a style of Liberation Sans, whose widths are those of Arial.
func sans(size vg.Length, c color.Color) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		Handler: plot.DefaultTextHandler,
		YAlign:  draw.YTop,
	}
}

func heavy(s text.Style) text.Style {
	s.Font.Weight = bold
	return s
}

// axes returns a plot without data, with horizontal grid lines only.
func axes() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil // the page is white
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		label := sans(textSize, grey)
		label.XAlign, label.YAlign = a.Tick.Label.XAlign, a.Tick.Label.YAlign
		a.Tick.Label = label
		a.Tick.LineStyle = draw.LineStyle{Color: grey, Width: 0.6}
		a.Tick.Length = 3
		a.LineStyle = draw.LineStyle{Color: grey, Width: 0.6}
		a.Label.TextStyle = label
	}
	p.Y.LineStyle.Width = 0
	p.Y.Tick.Length = 0
	p.Y.Padding = 3
	return p
}
