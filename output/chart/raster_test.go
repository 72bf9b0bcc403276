package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"testing"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// TestRasterAgainstCanvas holds pages that are drawn on used memory and with a palette
// against those that vgimg draws by itself, in full colour.
func TestRasterAgainstCanvas(t *testing.T) {
	var raster Raster
	for i, lines := range []int{4, 1, 9} { // lower than the page before it, then higher
		f := &Figure{Name: fmt.Sprint("figure ", i), Title: "All of the colours", Sub: "Lines over lines", columns: 1}
		p := axes()
		for j := range lines {
			for k, c := range variantColor {
				line, err := plotter.NewLine(plotter.XYs{{X: 0, Y: float64(k)}, {X: float64(k + 1), Y: float64(j)}})
				if err != nil {
					t.Fatal(err)
				}
				line.Color, line.Width = faint(c, uint8(255-80*(j%3))), 3
				p.Add(line)
			}
		}
		f.panels = []panel{{plot: p, height: 60 + 30*vg.Length(lines)}}

		var b bytes.Buffer
		if err := raster.WritePNG(&b, f); err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		dots := func(n int) vg.Length { return vg.Length(n) / dpi * vg.Inch }
		c := vgimg.NewWith(vgimg.UseWH(dots(got.Bounds().Dx()), dots(got.Bounds().Dy())), vgimg.UseDPI(dpi))
		f.draw(draw.NewCanvas(c, width, f.height()))
		compare(t, f.Name, got, c.Image())
	}
}

// compare wants the pages to be of one size and their colours to be close, and the same
// almost everywhere.
func compare(t *testing.T, name string, got, want image.Image) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%s: %v, want %v", name, got.Bounds(), want.Bounds())
	}
	const most, share = 31, 0.05 // of 255, five bits; of the pixels
	other, pixels := 0, got.Bounds().Dx()*got.Bounds().Dy()
	for i := range pixels {
		x, y := i%got.Bounds().Dx(), i/got.Bounds().Dx()
		r, g, b, a := got.At(x, y).RGBA()
		r0, g0, b0, a0 := want.At(x, y).RGBA()
		far := max(max(r, r0)-min(r, r0), max(g, g0)-min(g, g0), max(b, b0)-min(b, b0)) >> 8
		if a != a0 || far > most {
			t.Fatalf("%s: pixel %d, %d is %v, want %v", name, x, y, got.At(x, y), want.At(x, y))
		}
		if far > 0 {
			other++
		}
	}
	t.Logf("%s: %d of %d pixels have another colour", name, other, pixels)
	if float64(other) > share*float64(pixels) {
		t.Errorf("%s: %d of %d pixels have another colour", name, other, pixels)
	}
}
