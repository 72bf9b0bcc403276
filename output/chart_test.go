package output_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"seatcast/output"
	"seatcast/output/chart"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func figures(t testing.TB, r output.Result) []*chart.Figure {
	t.Helper()
	fs, err := chart.All(r.Answers)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

func svgOf(t testing.TB, f *chart.Figure) string {
	return string(bytesOf(t, func(b *bytes.Buffer) error { return f.WriteSVG(b) }))
}

func figure(t testing.TB, r output.Result, name string) *chart.Figure {
	t.Helper()
	for _, f := range figures(t, r) {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no figure %s", name)
	return nil
}

// TestGolden compares a small chart with the one a person has looked at. Other
// architectures may round coordinates otherwise (fused multiply-add).
func TestGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the golden file is of amd64")
	}
	got := svgOf(t, figure(t, short(fixture(t)), "northlake-premium-curve"))
	name := filepath.Join("testdata", "curve.svg")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it and run with -update", name)
	}
}

// paths returns the y coordinates of the strokes and fills of one colour.
func paths(svg, color string) [][]float64 {
	var all [][]float64
	for _, m := range regexp.MustCompile(`<path d="([^"]*)" style="[^"]*(?:stroke|fill):`+color+`[;"]`).FindAllStringSubmatch(svg, -1) {
		var ys []float64
		for _, p := range regexp.MustCompile(`[ML][-0-9.e]+,([-0-9.e]+)`).FindAllStringSubmatch(m[1], -1) {
			y, err := strconv.ParseFloat(p[1], 64)
			if err != nil {
				return nil
			}
			ys = append(ys, y)
		}
		all = append(all, ys)
	}
	return all
}

// TestAxesAgreeWithData measures the picture: the seats and the median are where
// the grid lines of the axis say that they are. Golden files don't show that.
func TestAxesAgreeWithData(t *testing.T) {
	r := short(fixture(t))
	svg := svgOf(t, figure(t, r, "northlake-premium-curve"))
	grid, ink, blue := paths(svg, "#E4E4E4"), paths(svg, "#222222"), paths(svg, "#0072B2")
	if len(grid) != 5 {
		t.Fatalf("%d grid lines, want those of 0, 200, 400, 600 and 800", len(grid))
	}
	zero, per := grid[0][0], (grid[4][0]-grid[0][0])/800
	at := func(y float64) float64 { return (y - zero) / per }
	seats := ink[len(ink)-1] // the legend's sample comes first
	if got := at(seats[0]); math.Abs(got-900) > 1 {
		t.Errorf("the line of 900 seats is drawn at %.1f", got)
	}
	curve := r.Answers.Variants[0].Pools[0].Curve
	var median []float64
	for _, ys := range blue {
		if len(ys) == len(curve) {
			median = ys
		}
	}
	if median == nil {
		t.Fatalf("no line of %d points", len(curve))
	}
	for i, c := range curve {
		if got := at(median[i]); math.Abs(got-c.P50) > 1 {
			t.Errorf("day %d: a median of %v is drawn at %.1f", i, c.P50, got)
		}
	}
}

// TestEveryFigure checks all figures of all shapes of results: well-formed XML
// with a title, nothing outside of the page, and the same bytes again.
func TestEveryFigure(t *testing.T) {
	for shape, r := range fixtures(t) {
		names := map[string]bool{}
		again := figures(t, r)
		for i, f := range figures(t, r) {
			if names[f.Name] {
				t.Errorf("%s: two figures are called %s", shape, f.Name)
			}
			names[f.Name] = true
			svg := svgOf(t, f)
			if svg != svgOf(t, f) || svg != svgOf(t, again[i]) {
				t.Errorf("%s %s: drawn again it differs", shape, f.Name)
			}
			insidePage(t, shape+" "+f.Name, svg)
			if !strings.Contains(svg, "Source: seatcast") {
				t.Errorf("%s %s has no source", shape, f.Name)
			}
		}
		if shape == "none" && len(names) > 0 || shape != "none" && len(names) < 4 {
			t.Errorf("%s: %d figures", shape, len(names))
		}
	}
}

func insidePage(t *testing.T, name, svg string) {
	t.Helper()
	var box [4]float64
	titles := 0
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "script", "image", "a", "foreignObject":
			t.Errorf("%s has an element %s", name, e.Name.Local)
		case "title", "desc":
			titles++
		}
		for _, a := range e.Attr {
			switch {
			case a.Name.Local == "viewBox":
				for i, s := range strings.Fields(a.Value) {
					box[i], _ = strconv.ParseFloat(s, 64)
				}
			case a.Name.Local == "d":
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s: a path without place: %s", name, a.Value)
				}
				for _, p := range regexp.MustCompile(`[ML]([-0-9.e]+),([-0-9.e]+)`).FindAllStringSubmatch(a.Value, -1) {
					x, _ := strconv.ParseFloat(p[1], 64)
					y, _ := strconv.ParseFloat(p[2], 64)
					if x < -0.01 || x > box[2]+0.01 || y < -0.01 || y > box[3]+0.01 {
						t.Errorf("%s: point %v,%v is outside of the page %v", name, x, y, box)
					}
				}
			}
		}
	}
	if titles != 2 {
		t.Errorf("%s: %d titles and descriptions, want 2", name, titles)
	}
}

func TestPNG(t *testing.T) {
	f := figure(t, short(fixture(t)), "northlake-premium-exhaustion")
	var raster chart.Raster
	draw := func(b *bytes.Buffer) error { return raster.WritePNG(b, f) }
	data := bytesOf(t, draw)
	if !bytes.Equal(data, bytesOf(t, draw)) {
		t.Error("drawn again it differs")
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if config.Width < 1600 {
		t.Errorf("%d pixels wide, want 1600 at least", config.Width)
	}
}

// TestBothDates: exhaustion and first refusal are two dates, and the figure of the
// risk has both.
func TestBothDates(t *testing.T) {
	f := figure(t, single(fixture(t)), "northlake-premium-exhaustion")
	for _, want := range []string{"7 Jul 2026", "10 Jul 2026", "No seat left", "a claim refused"} {
		if !strings.Contains(f.Sub, want) {
			t.Errorf("%q lacks %q", f.Sub, want)
		}
	}
}
