package output

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"seatcast/analysis"
)

// WriteSummary writes the answers for a terminal that is width columns wide; 0
// is as wide as it takes. Where the table of pools is wider than that, it is
// written pool by pool.
func WriteSummary(w io.Writer, r Result, width int) error {
	a := r.Answers
	cals, err := Calendars(a.Study)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(wrap(Source(a), "  ", width))
	writeWords(&b, r, width)
	b.WriteString("\n")
	if a.Replications == 0 {
		b.WriteString("No replication is finished, so nothing is known.\n")
	}
	for _, section := range []struct {
		title string
		table grid
	}{
		{"", poolTable(a, cals)},
		{rankingTitle(a), rankingTable(a)},
		{"Acts that were turned away, though no seat was missing (people)", turnedAwayTable(a)},
		{"What each what-if changes, on the same luck (95% interval; ~ may be noise)", differenceTable(a, cals)},
	} {
		if len(section.table.rows) == 0 {
			continue
		}
		if section.title != "" {
			b.WriteString("\n" + wrap(section.title, "", width) + "\n")
		}
		section.table.fit(&b, width)
	}
	for i, text := range analysis.PrecisionText(a) {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString(wrap(text, "  ", width))
	}
	if a.Decision == nil {
		for _, text := range analysis.ControlText(a) {
			b.WriteString("\n" + wrap(text, "  ", width))
		}
	}
	for i, warning := range a.Warnings {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString(wrap("! "+warning, "  ", width))
	}
	_, err = w.Write(b.Bytes())
	return err
}

// writeWords writes the answers in words: of a comparison the choice and what each
// variant changes, else what becomes of each pool.
func writeWords(b *bytes.Buffer, r Result, width int) {
	a := r.Answers
	if a.Decision == nil {
		for _, h := range r.Headlines {
			if h.Variant == Base {
				b.WriteString("\n" + wrap(h.Text, "", width))
			}
		}
		if len(r.Pasts) > 0 {
			for _, words := range r.past().Words {
				b.WriteString("\n" + wrap(words, "", width))
			}
		}
		return
	}
	if choice := analysis.Choice(a); choice != "" {
		b.WriteString("\n" + wrap(choice, "", width))
	}
	for _, v := range a.Variants {
		if text := analysis.WhatIf(a, v); text != "" {
			b.WriteString("\n" + wrap(text, "", width))
		}
	}
}

// Source says in one line where the numbers come from.
func Source(a analysis.Answers) string {
	hash := a.Study.Hash
	if len(hash) > 8 {
		hash = hash[:8]
	}
	n := "replications"
	if a.Replications == 1 {
		n = "replication"
	}
	return fmt.Sprintf("seatcast · %s %s · seed %d · %s %s",
		oneLine(a.Study.Scenario), hash, a.Study.Seed, Count(float64(a.Replications)), n)
}

// oneLine replaces what could move a terminal's cursor or break a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// A grid is a table of plain text. Its first columns are left-aligned.
type grid struct {
	columns []string
	left    int
	rows    [][]string
}

func poolTable(a analysis.Answers, cals map[string]Calendar) grid {
	t := grid{left: 2, columns: []string{"pool", "variant", "seats", "held at the end", "runs dry", "half by",
		"a refusal", "half by", "people refused", "acts refused", "cost USD"}}
	for _, name := range Pools(a) {
		for _, v := range a.Variants {
			p, ok := Find(v, name)
			if !ok {
				continue
			}
			cal := cals[p.Tenant]
			t.rows = append(t.rows, []string{
				name.String(), v.Name, Seats(p), Count(p.AssignedEnd.Mean),
				Likely(p.Exhaustion.Probability, v.Replications), cal.DayOf(p.Exhaustion.First.P50, a.Study.Days),
				Likely(p.FirstRefusal.Probability, v.Replications), cal.DayOf(p.FirstRefusal.First.P50, a.Study.Days),
				Count(p.RefusedUsers.Mean), Count(p.RefusedClaims.Mean), Count(p.Cost.Mean),
			})
		}
	}
	return t
}

// turnedAwayTable lists the acts that ended ineligible, by reason: a column for
// each variant.
func turnedAwayTable(a analysis.Answers) grid {
	t := grid{left: 2, columns: []string{"tenant", "reason"}}
	type key struct{ tenant, reason string }
	row := map[key]int{}
	for i, v := range a.Variants {
		t.columns = append(t.columns, v.Name)
		for _, o := range v.Outcomes {
			if o.Outcome != "ineligible" {
				continue
			}
			k := key{o.Tenant, o.Reason}
			if _, ok := row[k]; !ok {
				row[k] = len(t.rows)
				t.rows = append(t.rows, append([]string{o.Tenant, o.Reason}, make([]string, len(a.Variants))...))
			}
			t.rows[row[k]][2+i] = Count(o.Acts.Mean) + " (" + Count(o.People.Mean) + ")"
		}
	}
	for _, r := range t.rows {
		for i := range r {
			if r[i] == "" {
				r[i] = "0"
			}
		}
	}
	return t
}

// briefMetrics are the differences that a run prints; a comparison prints all.
var briefMetrics = []string{"exhaustion", "refused-users", "cost"}

func differenceTable(a analysis.Answers, cals map[string]Calendar) grid {
	brief := a.Decision == nil
	t := grid{left: 3, columns: []string{"pool", "what-if", "measure", "base", "what-if", "change", "95% interval", ""}}
	if !brief {
		t.columns = append(t.columns[:7], "fewer runs", "")
	}
	for _, c := range a.Differences {
		if Unchanged(c) || brief && !slices.Contains(briefMetrics, c.Metric) {
			continue // nothing changes, and surely
		}
		d := Describe(c, cals[c.Tenant], a.Study.Days)
		row := []string{c.Tenant + "/" + c.Product, c.Variant, MeasureName(c.Metric), d.Base, d.Other, d.Change, d.Interval}
		if !brief {
			row = append(row, d.Reduction)
		}
		t.rows = append(t.rows, append(row, d.Note))
	}
	return t
}

func signed(d float64, show func(float64) string) string {
	switch {
	case d < 0:
		return "−" + show(-d)
	case d > 0:
		return "+" + show(d)
	}
	return "0"
}

func (t grid) widths() []int {
	ws := make([]int, len(t.columns))
	for _, row := range append([][]string{t.columns}, t.rows...) {
		for i, cell := range row {
			ws[i] = max(ws[i], utf8.RuneCountInString(oneLine(cell)))
		}
	}
	return ws
}

const gap = "  "

func (t grid) width() int {
	n := -len(gap)
	for _, w := range t.widths() {
		n += w + len(gap)
	}
	return n
}

// fit writes the table in a width, as a table or, where that is wider, row by row.
func (t grid) fit(b *bytes.Buffer, width int) {
	if width > 0 && t.width() > width {
		t.stack(b)
	} else {
		t.write(b)
	}
}

// write writes the table with aligned columns. A cell that repeats the one above
// it in the first column is left out.
func (t grid) write(b *bytes.Buffer) {
	ws := t.widths()
	above := ""
	for i, row := range append([][]string{t.columns}, t.rows...) {
		var line strings.Builder
		for j, cell := range row {
			cell = oneLine(cell)
			if j == 0 && i > 1 && row[0] == above {
				cell = ""
			}
			pad := strings.Repeat(" ", ws[j]-utf8.RuneCountInString(cell))
			if j < t.left {
				line.WriteString(cell + pad + gap)
			} else {
				line.WriteString(pad + cell + gap)
			}
		}
		above = row[0]
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// stack writes each row as lines of "column  cell", for a narrow terminal.
func (t grid) stack(b *bytes.Buffer) {
	w := 0
	for _, c := range t.columns {
		w = max(w, utf8.RuneCountInString(c))
	}
	for i, row := range t.rows {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(oneLine(strings.Join(row[:t.left], "  ")) + "\n")
		for j := t.left; j < len(row); j++ {
			if row[j] != "" {
				fmt.Fprintf(b, "  %-*s  %s\n", w, t.columns[j], oneLine(row[j]))
			}
		}
	}
}

// wrap breaks text into lines of at most width columns, those after the first
// indented. Words longer than a line are left whole.
func wrap(text, indent string, width int) string {
	var b strings.Builder
	n := 0
	for _, word := range strings.Fields(oneLine(text)) {
		w := utf8.RuneCountInString(word)
		switch {
		case n == 0:
		case width > 0 && n+1+w > width:
			b.WriteString("\n" + indent)
			n = len(indent)
		default:
			b.WriteString(" ")
			n++
		}
		b.WriteString(word)
		n += w
	}
	return b.String() + "\n"
}
