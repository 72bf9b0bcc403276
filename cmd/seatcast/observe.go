package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"seatcast/analysis/forecast"
	"seatcast/analysis/history"
	"seatcast/output"
	"seatcast/output/chart"
	"seatcast/output/folder"
	"seatcast/output/report"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/behave"
	"seatcast/sim/record"
)

// observeOptions are the flags of the verbs that read a history.
type observeOptions struct {
	scenario                          *scenarios.Options
	history, people, pool, users, out string
	whatIf                            string // of the verb fit
	headcount, horizon                int
	format                            *string
}

func observeFlags(flags *flag.FlagSet) *observeOptions {
	opt := &observeOptions{scenario: &scenarios.Options{}, format: formatFlag(flags)}
	flags.StringVar(&opt.history, "history", "", "`FILE` of what has been seen: date,seats, or the sessions of a licence server")
	flags.StringVar(&opt.people, "people", "", "`FILE` of who has acted how often: person,acts")
	flags.StringVar(&opt.pool, "pool", "", "the `TENANT/PRODUCT` whose seats the history counts, where the scenario has more than one pool")
	flags.StringVar(&opt.users, "users", "", "the `POPULATION` that the history is of, where the tenant has more than one")
	flags.IntVar(&opt.headcount, "headcount", 0, "the most people who can hold a seat, `N`, in place of the population's count")
	flags.IntVar(&opt.horizon, "horizon", 0, "forecast `N` periods of the history (default: half as long as the history, at most 90)")
	flags.StringVar(&opt.out, "out", "", "write the results to folder `DIR`")
	flags.Func("set", "change a key of the scenario: `PATH=VALUE` (repeatable)", func(s string) error {
		opt.scenario.Set = append(opt.scenario.Set, s)
		return nil
	})
	return opt
}

// An observation is a history with the pool and the people of a scenario that it is of.
type observation struct {
	*history.History
	opt              *observeOptions
	name             string // of the scenario, as given
	scenario         *scenarios.Scenario
	tenant           *sim.Tenant
	segment          *sim.Segment
	product          int
	seats, headcount int // seats: usable at the start, without the reserved
	horizon          int
	there            bool // the scenario says who holds a seat on day one, and stands
	warnings         []string
}

func (o *observation) poolName() string {
	return o.tenant.Name + "/" + o.tenant.Rules.Products[o.product].Name
}

// newObservation loads the scenario and the history and fits them to each other.
func newObservation(name string, opt *observeOptions) (*observation, error) {
	if opt.history == "" {
		return nil, wrong("want --history FILE: what has been seen of the seats")
	}
	s, err := load(name, *opt.scenario)
	if err != nil {
		return nil, err
	}
	o := &observation{opt: opt, name: name, scenario: s}
	if err := o.pick(); err != nil {
		return nil, wrongError{err}
	}
	if err := o.read(name); err != nil {
		return nil, wrongError{err}
	}
	n := len(o.Seats)
	o.settle()
	if n < 2*forecast.Least {
		return nil, wrong("%s has %s: want %d or more", opt.history, count(n, o.Unit()), 2*forecast.Least)
	}
	if o.horizon = opt.horizon; o.horizon == 0 {
		o.horizon = min(max(forecast.Least, n/2), 90)
	}
	if o.horizon < 1 || o.horizon > 3660 {
		return nil, wrong("--horizon %d: want 1 to 3660 periods", o.horizon)
	}
	if last := int(o.Seats[n-1]); last > o.headcount {
		return nil, wrong("%s ends with %d seats, more than the %d people of %s: give --headcount", opt.history, last, o.headcount, o.segment.Name)
	}
	if o.there && int(math.Round(o.Seats[n-1])) == o.headcount && o.segment.Count == 0 {
		return nil, wrong("the scenario does not say how many people may yet come, %s are none: give --headcount, the most people of the tenant who can ever hold a seat", o.segment.Name)
	}
	if o.there && int(math.Round(o.Seats[n-1])) == o.headcount {
		return nil, wrong("all people of %s hold a seat, so nobody can come: give --headcount, the most people of the tenant who can hold one", o.segment.Name)
	}
	if o.Filled > 0 {
		o.warnings = append(o.warnings, fmt.Sprintf("%s without a row keep the seats of the day before", count(o.Filled, "day")))
	}
	return o, nil
}

// pick finds the pool and the population.
func (o *observation) pick() error {
	var pools, people []string
	world := o.scenario.Variants[0].World
	for i := range world.Tenants {
		t := &world.Tenants[i]
		for p := range t.Rules.Products {
			if t.Rules.Products[p].Subscriptions == nil {
				continue
			}
			name := t.Name + "/" + t.Rules.Products[p].Name
			if pools = append(pools, name); o.opt.pool == "" && o.named(name, len(pools)) || o.opt.pool == name {
				o.tenant, o.product = t, p
			}
		}
	}
	if o.tenant == nil || o.opt.pool == "" && len(pools) > 1 && len(o.scenario.Pasts) != 1 {
		return fmt.Errorf("the scenario has the pools %s: say which the history is of with --pool", strings.Join(pools, ", "))
	}
	adopt := 0 // populations that come by and by
	for i := range o.tenant.Segments {
		s := &o.tenant.Segments[i]
		gradual := s.Adoption.Law != behave.AtStart && s.Count > 0
		if gradual {
			adopt++
		}
		if people = append(people, s.Name); o.opt.users == "" && (o.segment == nil || gradual && adopt == 1) || o.opt.users == s.Name {
			o.segment = s
		}
	}
	if adopt == 0 && o.opt.users == "" {
		adopt = o.without()
	}
	if len(people) == 0 {
		return fmt.Errorf("the tenant %s has no population, only a trace: add [tenants.%s.users.NAME] with the count of people who may adopt", o.tenant.Name, o.tenant.Name)
	}
	if o.segment == nil || o.opt.users == "" && len(people) > 1 && adopt != 1 {
		return fmt.Errorf("the tenant %s has the populations %s: say which the history is of with --users", o.tenant.Name, strings.Join(people, ", "))
	}
	product := o.tenant.Rules.Products[o.product]
	for _, s := range product.Subscriptions {
		if s.Starts <= 0 && s.Ends > 0 {
			o.seats += s.Seats
		}
	}
	o.seats = max(0, o.seats-product.Reserved)
	if o.headcount = o.segment.Count; o.opt.headcount > 0 {
		o.headcount = o.opt.headcount
	}
	return nil
}

// without picks the population of whom nobody holds the product, and returns how many such
// there are: those who may come where none comes by and by.
func (o *observation) without() (n int) {
	for i := range o.tenant.Segments {
		if s := &o.tenant.Segments[i]; holders(o.tenant, s, o.product) == 0 {
			o.segment, n = s, n+1
		}
	}
	return n
}

// named reports whether a pool is that of the history where --pool does not say so: the
// one that names its past, or the only one.
func (o *observation) named(name string, n int) bool {
	if past := o.scenario.Pasts; len(past) == 1 {
		return past[0].Tenant+"/"+past[0].Product == name
	}
	return n == 1
}

// settle holds the history against who holds a seat on day one by the scenario. With one
// population the history says how many of it do. With several it cannot say which, and
// the scenario stands: those who may yet come are the people of the population without a
// seat, and the history counts on top of the modelled holders only reserved ones, whom the
// seats for the history then include. So it is with one that agrees with the history.
func (o *observation) settle() {
	last, held, reserved := int(math.Round(o.Seats[len(o.Seats)-1])), 0, o.tenant.Rules.Products[o.product].Reserved
	for i := range o.tenant.Segments {
		held += holders(o.tenant, &o.tenant.Segments[i], o.product)
	}
	beyond := last - held
	if o.there = len(o.tenant.Segments) > 1 || held > 0 && beyond >= 0 && beyond <= reserved; !o.there {
		return
	}
	if o.opt.headcount == 0 {
		o.headcount = last + o.segment.Count - holders(o.tenant, o.segment, o.product)
	}
	switch {
	case beyond < 0:
		o.warnings = append(o.warnings, fmt.Sprintf("%s ends with %d holders, and by the scenario %d hold a seat on day one: the scenario stands", o.opt.history, last, held))
	case beyond > reserved:
		o.warnings = append(o.warnings, fmt.Sprintf("%s ends with %d holders, and by the scenario %d hold a seat on day one and %d are reserved: a run starts with fewer than the history ends with",
			o.opt.history, last, held, reserved))
	}
	o.seats += min(max(0, beyond), reserved)
}

// holders returns how many people of a population hold a product on day one, directly or
// through groups; where shares of both overlap, as many as independence leaves.
func holders(t *sim.Tenant, s *sim.Segment, product int) int {
	without := 1.0
	for _, h := range s.Holds {
		if h.Index == product {
			without *= 1 - h.Share
		}
	}
	for _, m := range s.Members {
		if t.Rules.Groups[m.Index].Product == product {
			without *= 1 - m.Share
		}
	}
	return int(math.Round(float64(s.Count) * (1 - without)))
}

// read reads the files of the history, which may be beside a built-in scenario.
func (o *observation) read(scenario string) error {
	file, err := openBeside(scenario, o.opt.history)
	if err != nil {
		return fmt.Errorf("--history: %w", err)
	}
	defer file.Close()
	if o.History, err = history.Read(file); err != nil {
		return fmt.Errorf("%s: %w", o.opt.history, err)
	}
	if o.opt.people == "" {
		return nil
	}
	people, err := openBeside(scenario, o.opt.people)
	if err != nil {
		return fmt.Errorf("--people: %w", err)
	}
	defer people.Close()
	if err = o.ReadPeople(people); err != nil {
		return fmt.Errorf("%s: %w", o.opt.people, err)
	}
	return nil
}

// openBeside opens a file, or one that stands beside a built-in scenario.
func openBeside(scenario, name string) (io.ReadCloser, error) {
	file, err := os.Open(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	if fsys, builtin, ok := scenarios.Builtin(scenario); ok && fs.ValidPath(name) {
		if f, inside := fsys.Open(path.Join(path.Dir(builtin), name)); inside == nil {
			return f, nil
		}
	}
	return nil, err
}

// dates returns the dates of the history and of the next h periods.
func (o *observation) dates(h int) []time.Time {
	all := make([]time.Time, len(o.Seats)+h)
	for i := range all {
		all[i] = o.Date(i)
	}
	return all
}

// law returns the calibrated forecast from today.
func (o *observation) law() (forecast.Law, error) {
	law, err := forecast.NewCombined(float64(o.headcount)).Forecast(o.Seats, o.horizon)
	if err != nil {
		return nil, fmt.Errorf("forecasting: %w", err)
	}
	return law, nil
}

// fan returns the quantiles of a law that a figure shows.
func fan(law forecast.Law) [][5]float64 {
	all := make([][5]float64, len(law))
	for j := range law {
		for k, level := range []float64{0.05, 0.25, 0.5, 0.75, 0.95} {
			all[j][k] = law.Quantile(j+1, level)
		}
	}
	return all
}

// day writes the date of period i, counted from 0.
func (o *observation) day(i int) string { return o.Date(i).Format(time.DateOnly) }

// risk says in words when the seats run out by a forecast.
func (o *observation) risk(law forecast.Law) string {
	n, end := len(o.Seats), o.day(len(o.Seats)+o.horizon-1)
	if int(o.Seats[n-1]) >= o.seats {
		return fmt.Sprintf("%s: %.0f people held a seat on %s, of %d seats: the pool is dry.", o.poolName(), o.Seats[n-1], o.day(n-1), o.seats)
	}
	full := float64(o.seats) - 0.5
	text := fmt.Sprintf("%s: all %s are taken by %s with a probability of %s, and someone is refused with %s.", o.poolName(), count(o.seats, "seat"), end,
		output.Percent(law.Exceeds(full, o.horizon)), output.Percent(law.Exceeds(float64(o.seats)+0.5, o.horizon)))
	var when []string
	for _, p := range []float64{0.05, 0.5, 0.95} {
		if j, ok := law.First(full, 1-p); ok {
			when = append(when, fmt.Sprintf("%.0f%% by %s", 100*p, o.day(n+j-1)))
		}
	}
	if len(when) > 0 {
		text += " The probability has reached " + strings.Join(when, ", ") + "."
	}
	return text
}

// An outcome is what such a verb finds: a page, and the rows of its files.
type outcome struct {
	page  report.Outlook
	json  any
	files map[string][]byte
}

// publish prints an outcome and writes its folder.
func (o *observation) publish(c *call, found outcome, dir string) error {
	if o.opt.out != "" {
		dir = o.opt.out
	}
	out, err := folder.Create(dir)
	if err != nil {
		return wrongError{err}
	}
	defer out.Abort()
	version, commit := build()
	s := o.scenario
	about := output.Result{Version: version, Commit: commit, GoVersion: runtime.Version()}
	about.Answers.Study = record.Study{Scenario: s.Name, Title: s.Title, Hash: s.Hash, Seed: s.Seed, Start: s.Start, Days: s.Days}
	about.Answers.Warnings = found.page.Warnings
	out.About(about)
	for name, data := range found.files {
		if err := writeFile(out, name, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
	}
	if err := report.DrawOutlook(out.File, found.page); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if *o.opt.format == formatJSON {
		err = writeJSON(c, found.json)
	} else {
		err = printOutlook(c.stdout, found.page)
	}
	if err == nil {
		fmt.Fprintf(c.stderr, "Report: %s\n", filepath.Join(dir, folder.Report))
	}
	return err
}

// printOutlook prints the words and tables of a page.
func printOutlook(w io.Writer, p report.Outlook) error {
	var text strings.Builder
	for _, a := range p.Answers {
		fmt.Fprintln(&text, wrapped(a))
	}
	for _, t := range p.Tables {
		fmt.Fprintf(&text, "\n%s\n", t.Title)
		table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, strings.Join(t.Heads, "\t"))
		for _, row := range t.Rows {
			fmt.Fprintln(table, strings.Join(row, "\t"))
		}
		table.Flush()
		if t.Note != "" {
			fmt.Fprintln(&text, wrapped(t.Note))
		}
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(&text, "\nwarning: %s\n", wrapped(warning))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// wrapped breaks text into lines of at most 100 characters.
func wrapped(text string) string {
	var b strings.Builder
	line := 0
	for i, word := range strings.Fields(text) {
		switch n := len([]rune(word)); {
		case i > 0 && line+1+n > 100:
			b.WriteByte('\n')
			line = n
		case i > 0:
			b.WriteByte(' ')
			line += 1 + n
		default:
			line = n
		}
		b.WriteString(word)
	}
	return b.String()
}

// figures returns the figures of an outlook on o.
func (o *observation) figures(title string, law forecast.Law, fitted, residuals []float64) []*chart.Figure {
	return chart.OutlookFigures(chart.Outlook{
		Title: title, Sub: fmt.Sprintf("People who hold a seat of %s, and how many will: median and bands of the calibrated forecast.", o.poolName()),
		Source: fmt.Sprintf("%s, scenario %s; seatcast", filepath.Base(o.opt.history), o.scenario.Name),
		Seats:  float64(o.seats), Dates: o.dates(len(law)), History: o.Seats, Fitted: fitted, Residual: residuals, Fan: fan(law),
	})
}
