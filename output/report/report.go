// Package report writes a result as one HTML page that needs no network and no
// script: the answer first, then the figures, the numbers, what was assumed, and
// how to get the same again.
package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"seatcast/analysis"
	"seatcast/output"
	"seatcast/output/chart"
	"seatcast/output/folder"
)

//go:embed page.html outlook.html parts.html
var files embed.FS

//go:embed style.css
var style template.CSS

// fill fills the template of a page. It is parsed here, so that only a verb that writes
// a report waits for it.
func fill(w io.Writer, name string, view any) error {
	page, err := template.ParseFS(files, name, "parts.html")
	if err == nil {
		err = page.Execute(w, view)
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// Draw writes every figure as plots/NAME.svg and plots/NAME.png, and the page as
// report.html, to files that create makes, such as a folder.Folder's File.
func Draw(create func(name string) (io.WriteCloser, error), r output.Result) error {
	figures, err := chart.All(r.Answers)
	if err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	figures = append(figures, chart.Sections(r)...)
	if err := plots(create, figures); err != nil {
		return err
	}
	return write(create, folder.Report, func(w io.Writer) error { return Write(w, r, figures) })
}

// plots writes figures as SVG and PNG.
func plots(create func(name string) (io.WriteCloser, error), figures []*chart.Figure) error {
	var raster chart.Raster
	for _, f := range figures {
		name := folder.Plots + "/" + f.Name
		if err := write(create, name+".svg", f.WriteSVG); err != nil {
			return err
		}
		if err := write(create, name+".png", func(w io.Writer) error { return raster.WritePNG(w, f) }); err != nil {
			return err
		}
	}
	return nil
}

func write(create func(name string) (io.WriteCloser, error), name string, fn func(io.Writer) error) error {
	w, err := create(name)
	if err != nil {
		return err
	}
	err = fn(w)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Write writes the page about r, with the figures of chart.All.
func Write(w io.Writer, r output.Result, figures []*chart.Figure) error {
	v, err := newView(r, figures)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return fill(w, "page.html", v)
}

// A view is what the template shows.
type view struct {
	Kicker, Title   string
	Source, Program string
	Hash            string
	Seed            uint64
	Replications    int
	First, Last     string // days of the study
	Days            int
	Style           template.CSS
	Answers         []string // of the scenario itself, the choice first, and where the what-ifs are
	Warnings        []string
	Sections        []section // of other verbs than run
	Overview        table
	Pools           []pool
	Changes         []string
	Ranking         table
	RankedBy        string
	Precision       []string
	Differences     table
	Command         string
	WhatIfs         []output.Headline
	Tenants         []tenant
	Outcomes        table
	Assumptions     table
	Scenario        string
	Glossary        []term
}

// A pool is a section about one pool.
type pool struct {
	ID, Name string
	Figures  []template.HTML
	Numbers  table
	Quiet    bool // nobody is refused under any variant
}

// A tenant is a section about the policies of one tenant.
type tenant struct {
	Name     string
	Figures  []template.HTML
	Policies table
}

// A section is the answer of another verb than run.
type section struct {
	output.Section
	Figures []template.HTML
}

// table returns t for the template.
func (section) Table(t output.Table) table {
	return table{Left: t.Left, Columns: t.Columns, Rows: t.Rows}
}

// A table has its first Left columns aligned left, the others right.
type table struct {
	Left    int
	Columns []string
	Rows    [][]string
	Stack   bool // on a phone, a cell to a line
}

// Text reports whether column i holds words.
func (t table) Text(i int) bool { return i < t.Left }

// Again reports whether row n is about the same as the row above it.
func (t table) Again(n int) bool { return n > 0 && t.Left > 1 && t.Rows[n][0] == t.Rows[n-1][0] }

// Under reports whether row n tells more about a row above it.
func (t table) Under(n int) bool {
	first, _, _ := strings.Cut(t.Rows[n][0], " ")
	return t.Left == 1 && (first == "in" || first == "of" || first == "on")
}

func newView(r output.Result, figures []*chart.Figure) (view, error) {
	a := r.Answers
	cals, err := output.Calendars(a.Study)
	if err != nil {
		return view{}, err
	}
	v := view{
		Title: a.Study.Title, Source: output.Source(a), Program: program(r),
		Hash: a.Study.Hash, Seed: a.Study.Seed, Replications: a.Replications, Days: a.Study.Days,
		Style: style, Warnings: a.Warnings, Overview: overview(a), Differences: differences(a, cals),
		Ranking: ranking(a), Precision: analysis.PrecisionText(a), Command: r.Command,
		Outcomes: outcomes(a), Assumptions: assumptions(r), Glossary: glossary(a),
	}
	const longest = 64 << 10
	if len(r.Scenario) <= longest {
		v.Scenario = string(r.Scenario)
	}
	if v.Title == "" {
		v.Title = a.Study.Scenario
	}
	v.First, v.Last = days(a)
	v.Kicker = "Licence forecast · " + v.First + " to " + v.Last
	if v.Command == "" {
		v.Command = "seatcast run scenario.toml"
	}
	if d := a.Decision; d != nil {
		v.RankedBy = analysis.MetricText(d.Question.Metric, d.Question.Pool)
		for _, w := range a.Variants {
			if text := analysis.WhatIf(a, w); text != "" {
				v.Changes = append(v.Changes, text)
			}
		}
	}
	if err := v.answer(r, figures); err != nil {
		return view{}, err
	}
	if err := v.sections(a, cals, figures); err != nil {
		return view{}, err
	}
	return v, nil
}

// answer writes the answer, and the sections of other verbs than run.
func (v *view) answer(r output.Result, figures []*chart.Figure) error {
	add := func(text string) {
		if text != "" {
			v.Answers = append(v.Answers, text)
		}
	}
	choice := analysis.Choice(r.Answers)
	add(choice)
	var trust []string
	for _, s := range r.Sections() {
		if s.ID == output.PastID {
			trust, s.Words = append(trust, s.Words...), nil
		} else {
			add(s.Words[0])
		}
		part := section{Section: s}
		for _, f := range figures {
			if string(f.Kind) == s.ID {
				if err := inline(&part.Figures, f); err != nil {
					return err
				}
			}
		}
		v.Sections = append(v.Sections, part)
	}
	before := ""
	if n := r.Answers.Replications; r.Plan != nil && n > 1 { // the plan's risks are of others, most often more
		before = fmt.Sprintf("By the scenario's own %s replications: ", output.Count(float64(n)))
	}
	for _, h := range r.Headlines {
		if h.Variant == output.Base {
			add(before + h.Text)
		} else {
			v.WhatIfs = append(v.WhatIfs, h)
		}
	}
	if choice == "" {
		add(whatIfs(r.Answers))
	}
	v.Answers = append(v.Answers, trust...)
	if len(v.Answers) == 0 {
		add("No replication has finished, so there is no answer yet.")
	}
	return nil
}

func program(r output.Result) string {
	s := "seatcast"
	for _, part := range []string{r.Version, r.Commit, r.GoVersion} {
		if part != "" {
			s += " " + part
		}
	}
	return s
}

// days returns the first and the last local day of the study.
func days(a analysis.Answers) (first, last string) {
	cal, err := output.NewCalendar(a.Study.Start, "UTC")
	if err != nil {
		return a.Study.Start, ""
	}
	return output.LongDate(cal.Local(0)), output.LongDate(cal.Ended(cal.Midnight(a.Study.Days)))
}

func (v *view) sections(a analysis.Answers, cals map[string]output.Calendar, figures []*chart.Figure) error {
	for i, name := range output.Pools(a) {
		s := pool{ID: fmt.Sprintf("pool-%d", i+1), Name: name.String(), Quiet: true}
		s.Numbers = numbers(a, name, cals[name.Tenant])
		for _, f := range figures {
			if f.Tenant != name.Tenant || f.Product != name.Product {
				continue
			}
			s.Quiet = s.Quiet && f.Kind != chart.Refusals
			if err := inline(&s.Figures, f); err != nil {
				return err
			}
		}
		v.Pools = append(v.Pools, s)
	}
	for _, name := range output.Tenants(a) {
		s := tenant{Name: name, Policies: policies(a, name)}
		for _, f := range figures {
			if f.Tenant == name && f.Kind == chart.Claims {
				if err := inline(&s.Figures, f); err != nil {
					return err
				}
			}
		}
		if len(s.Policies.Rows) > 0 {
			v.Tenants = append(v.Tenants, s)
		}
	}
	return nil
}

func inline(to *[]template.HTML, f *chart.Figure) error {
	svg, err := f.Inline()
	*to = append(*to, template.HTML(svg)) // drawn by us; its texts are escaped
	return err
}
