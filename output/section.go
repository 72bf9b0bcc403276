package output

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A Section is the answer of a verb beside run, for the report and the terminal.
type Section struct {
	ID, Title string
	Words     []string // sentences, a paragraph each
	Tables    []Table
	Notes     []string
}

// A Table has its first Left columns aligned left, the others right.
type Table struct {
	Title   string
	Left    int
	Columns []string
	Rows    [][]string
}

// WriteSection writes s for a terminal of some columns, 0 where it is none.
func WriteSection(w io.Writer, s Section, width int) error {
	var text strings.Builder
	for _, p := range s.Words {
		text.WriteString(wrap(p, "", width) + "\n")
	}
	for _, t := range s.Tables {
		if t.Title != "" {
			text.WriteString(t.Title + "\n\n")
		}
		out := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		for _, row := range append([][]string{t.Columns}, t.Rows...) {
			fmt.Fprintln(out, strings.TrimRight("  "+strings.Join(row, "\t"), "\t "))
		}
		out.Flush()
		text.WriteByte('\n')
	}
	for _, n := range s.Notes {
		text.WriteString(wrap("Note: "+n, "", width))
	}
	_, err := io.WriteString(w, strings.TrimRight(text.String(), "\n")+"\n")
	return err
}
