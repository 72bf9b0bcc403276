package chart

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"math"
	"slices"

	"git.sr.ht/~sbinet/gg"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A Raster draws figures as PNG images, 1667 pixels wide, one after the other on the
// same memory: a fresh page of 8 MB costs more than what is drawn on it. The zero value
// is ready for use.
type Raster struct {
	pixels []uint8 // red, green, blue, alpha
	marks  []uint8 // which colour of the palette each pixel has
}

// WritePNG writes f.
func (r *Raster) WritePNG(w io.Writer, f *Figure) error {
	dots := func(x vg.Length) int { return int(x.Dots(dpi) + 0.5) }
	height := f.height()
	page := &image.RGBA{Rect: image.Rect(0, 0, dots(width), dots(height))}
	page.Stride = 4 * page.Rect.Dx()
	page.Pix = sized(&r.pixels, page.Stride*page.Rect.Dy())
	c := gg.NewContextForRGBA(page) // vgimg by itself makes two pages
	c.SetLineCapButt()
	c.InvertY()
	canvas := vgimg.NewWith(vgimg.UseDPI(dpi), vgimg.UseImageWithContext(page, c)) // it makes the page white
	f.draw(draw.NewCanvas(canvas, width, height))
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(w, r.indexed(page)); err != nil {
		return fmt.Errorf("figure %s: %w", f.Name, err)
	}
	return nil
}

// sized returns the first n bytes of a buffer, which grows where it must, with room for
// figures that are higher than the first.
func sized(buffer *[]uint8, n int) []uint8 {
	if n > cap(*buffer) {
		*buffer = make([]uint8, n+n/2)
	}
	return (*buffer)[:n]
}

// indexed returns an opaque page with a palette. Where it has more than 256 colours,
// those that agree in their first bits become the most frequent of them: shades at the
// edges of lines and letters, a few steps of 256 off. A page with a palette takes a fifth
// of the time to encode, and less than half the bytes.
func (r *Raster) indexed(page *image.RGBA) *image.Paletted {
	count := map[uint32]int{}
	runs(page.Pix, func(c uint32, from, to int) { count[c] += to - from })
	colors := slices.SortedFunc(maps.Keys(count), func(a, b uint32) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	palette, index := reduced(colors)
	marks := sized(&r.marks, len(page.Pix)/4)
	runs(page.Pix, func(c uint32, from, to int) {
		m := index[c]
		for i := range marks[from:to] {
			marks[from+i] = m
		}
	})
	return &image.Paletted{Pix: marks, Stride: page.Rect.Dx(), Rect: page.Rect, Palette: palette}
}

// reduced returns a palette for colours in the order of their weight, and where each is
// in it. It tells as many of the first bits apart as lead to 256 colours at most.
func reduced(colors []uint32) (color.Palette, map[uint32]uint8) {
	for bits := uint32(0xFF); ; bits = bits << 1 & 0xFF {
		var palette color.Palette
		index, cells := map[uint32]uint8{}, map[uint32]uint8{}
		for _, c := range colors {
			cell := c & (bits * 0x01010101)
			i, ok := cells[cell]
			if !ok && len(palette) > math.MaxUint8 {
				break
			}
			if !ok {
				i = uint8(len(palette))
				palette, cells[cell] = append(palette, color.RGBA{uint8(c), uint8(c >> 8), uint8(c >> 16), uint8(c >> 24)}), i
			}
			index[c] = i
		}
		if len(index) == len(colors) {
			return palette, index
		}
	}
}

// runs calls f for each run of pixels of one colour, 0xAABBGGRR.
func runs(pixels []uint8, f func(c uint32, from, to int)) {
	from, c := 0, binary.LittleEndian.Uint32(pixels)
	for i := 4; i < len(pixels); i += 4 {
		if here := binary.LittleEndian.Uint32(pixels[i:]); here != c {
			f(c, from/4, i/4)
			from, c = i, here
		}
	}
	f(c, from/4, len(pixels)/4)
}
