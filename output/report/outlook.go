package report

import (
	"fmt"
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

var outlookPage = template.Must(template.ParseFS(files, "outlook.html"))

// DrawOutlook writes the figures of an outlook as SVG and PNG, and its page as
// report.html.
func DrawOutlook(create func(name string) (io.WriteCloser, error), o Outlook) error {
	if err := plots(create, o.Figures); err != nil {
		return err
	}
	var figures []template.HTML
	for _, f := range o.Figures {
		svg, err := f.Inline()
		if err != nil {
			return err
		}
		figures = append(figures, template.HTML(svg)) // ours: text in it is escaped by the figure
	}
	style, err := files.ReadFile("style.css")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	view := struct {
		Outlook
		Style template.CSS
		Drawn []template.HTML
	}{o, template.CSS(style), figures}
	return write(create, folder.Report, func(w io.Writer) error { return outlookPage.Execute(w, view) })
}
