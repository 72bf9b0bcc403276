// Package workbook writes the answers of a study as a workbook of Office Open XML
// (XLSX), for people who go on in a spreadsheet: cells are numbers and dates, not
// words, and names stay text whatever they begin with.
package workbook

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"seatcast/output"
)

// A sheet has a header and rows of cells: text, whole numbers, the kinds of number
// below, times, or nil for none.
type sheet struct {
	name    string
	fixed   int // columns that stay in view
	columns []string
	rows    [][]any
}

// Kinds of number, which differ in how they are shown.
type (
	mean   float64
	share  float64 // a probability
	change float64 // a difference of means
	points float64 // a difference of probabilities
	days   float64 // a difference of dates
	moment time.Time
)

// formats are how kinds are shown. A time without zone is the tenant's.
var formats = []string{"General", "#,##0", "#,##0.00", "0.0%", `+#,##0.00;-#,##0.00;0`, `+0.0%;-0.0%;0%`, `+0.0" d";-0.0" d";0" d"`, "yyyy-mm-dd", "yyyy-mm-dd hh:mm"}

// shown returns the value of a cell, which of the formats it has, and about how many
// characters it takes.
func shown(cell any) (value any, format, width int) {
	switch c := cell.(type) {
	case string:
		return c, 0, utf8.RuneCountInString(c)
	case int:
		return c, 1, 9
	case mean:
		return float64(c), 2, 12
	case share:
		return float64(c), 3, 8
	case change:
		return float64(c), 4, 12
	case points:
		return float64(c), 5, 9
	case days:
		return float64(c), 6, 9
	case time.Time:
		return c, 7, 11
	case moment:
		return time.Time(c), 8, 16
	}
	return nil, 0, 0
}

// Write writes the workbook of r. The same result gives the same bytes.
func Write(w io.Writer, r output.Result) (err error) {
	sheets, err := sheets(r)
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer func() {
		if closed := f.Close(); err == nil { // it removes what it has put aside of large sheets
			err = closed
		}
	}()
	f.SetZipWriter(func(w io.Writer) excelize.ZipWriter { return newSorted(w) })
	const never = "2000-01-01T00:00:00Z" // the time of writing is no result
	if err := f.SetDocProps(&excelize.DocProperties{Creator: "seatcast", LastModifiedBy: "seatcast", Created: never, Modified: never,
		Title: r.Answers.Study.Title, Description: output.Source(r.Answers)}); err != nil {
		return err
	}
	header, styles, err := newStyles(f)
	if err != nil {
		return err
	}
	for i, s := range sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", s.name)
		} else {
			_, err = f.NewSheet(s.name)
		}
		if err == nil {
			err = s.write(f, header, styles)
		}
		if err != nil {
			return fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	return f.Write(w)
}

// newStyles returns the style of headers, and that of each of the formats.
func newStyles(f *excelize.File) (header int, styles []int, err error) {
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	header, err = f.NewStyle(&excelize.Style{Alignment: top, Font: &excelize.Font{Bold: true, Family: "Calibri", Size: 11, Color: "FFFFFF"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F4E79"}}})
	for i := 0; i < len(formats) && err == nil; i++ {
		s := &excelize.Style{Alignment: top, CustomNumFmt: &formats[i]}
		var id int
		id, err = f.NewStyle(s)
		styles = append(styles, id)
	}
	return header, styles, err
}

// write writes the sheet, whose header stays in view.
func (s sheet) write(f *excelize.File, header int, styles []int) error {
	w, err := f.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	widths := s.widths()
	for i, width := range widths {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	panes := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if s.fixed > 0 {
		panes.XSplit, panes.TopLeftCell, panes.ActivePane = s.fixed, fmt.Sprintf("%c2", 'A'+s.fixed), "bottomRight"
	}
	if err := w.SetPanes(panes); err != nil {
		return err
	}
	cells, titles := make([]any, len(s.columns)), make([]any, len(s.columns))
	for i, c := range s.columns {
		cells[i], titles[i] = excelize.Cell{StyleID: header, Value: c}, c
	}
	if err := w.SetRow("A1", cells, height(titles, widths)); err != nil {
		return err
	}
	for i, row := range s.rows {
		for j, cell := range row {
			value, format, _ := shown(cell)
			cells[j] = excelize.Cell{StyleID: styles[format], Value: value}
			if value == nil {
				cells[j] = nil
			}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+2), cells[:len(row)], height(row, widths)); err != nil {
			return err
		}
	}
	return w.Flush()
}

// height returns the height of a row whose texts are wrapped: not every program makes
// room for them by itself.
func height(row []any, widths []float64) excelize.RowOpts {
	const line, most = 15, 409 // points; the most that there is
	lines := 1
	for i, cell := range row {
		_, _, width := shown(cell)
		if room := int(widths[i]) - 2; width > room {
			lines = max(lines, 1+width*5/(room*4)) // a line ends where a word does, a fifth before its end
		}
	}
	return excelize.RowOpts{Height: float64(min(lines*line, most))}
}

// widths returns the width of each column: of its longest cell or of the longest
// word of its header, but no wider than reads well. What is longer is wrapped.
func (s sheet) widths() []float64 {
	const narrow, wide = 9, 60
	ws := make([]float64, len(s.columns))
	for i, c := range s.columns {
		n := narrow
		for _, word := range strings.Fields(c) {
			n = max(n, utf8.RuneCountInString(word))
		}
		for _, row := range s.rows {
			_, _, width := shown(row[i])
			n = max(n, width)
		}
		ws[i] = float64(min(n, wide) + 2)
	}
	return ws
}
