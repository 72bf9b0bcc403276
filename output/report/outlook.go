package report

import (
	"html/template"
	"io"

	"seatcast/output/chart"
	"seatcast/output/folder"
)

// An Outlook is a page about a history and what follows from it: words, figures and
// tables.
type Outlook struct {
	Kicker, Title string
	Answers       []string
	Warnings      []string
	Figures       []*chart.Figure
	Tables        []Table
}

// A Table is rows under heads; the first column is text.
type Table struct {
	Title, Note string
	Heads       []string
	Rows        [][]string
}

// Table returns t for the template.
func (t Table) Table() table { return table{Left: 1, Columns: t.Heads, Rows: t.Rows} }

// DrawOutlook writes the figures of an outlook as SVG and PNG, and its page as
// report.html.
func DrawOutlook(create func(name string) (io.WriteCloser, error), o Outlook) error {
	if err := plots(create, o.Figures); err != nil {
		return err
	}
	var figures []template.HTML
	for _, f := range o.Figures {
		if err := inline(&figures, f); err != nil {
			return err
		}
	}
	view := struct {
		Outlook
		Style template.CSS
		Drawn []template.HTML
	}{o, style, figures}
	return write(create, folder.Report, func(w io.Writer) error { return fill(w, "outlook.html", view) })
}
