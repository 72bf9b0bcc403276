package main

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"seatcast/analysis/fit"
	"seatcast/analysis/forecast"
	"seatcast/output"
	"seatcast/output/report"
	"seatcast/sim/rng"
)

var fitVerb = verb{
	name: "fit", args: "SCENARIO", does: "adoption from observed history, as a scenario that goes on from today",
	help: `Fits the process of Bass to what has been seen, says how many people will hold a seat in the end, as an
interval, and forecasts when the pool runs dry. It writes a folder with a report and fitted.toml: the
scenario from the day after the history on, with the present holders and with adoption drawn anew for
each replication from what the history leaves possible, and so how often people act where
the history tells it. Run that, and change policies in it. Its report shows
the history before what is to come, and how good forecasts of that history have been. With --what-if NAME
what was fitted is a what-if of a scenario that is otherwise as assumed, for compare; what-if.toml has it
to paste elsewhere.

Examples:
  seatcast fit mine.toml --history history.csv --people people.csv --out fitted
  seatcast run fitted/fitted.toml
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		opt := observeFlags(flags)
		flags.StringVar(&opt.whatIf, "what-if", "", "write what is fitted as the what-if `NAME` of a scenario that is otherwise as assumed, for compare")
		return func(c *call) error {
			if err := c.want(1, 1, "a scenario"); err != nil {
				return err
			}
			o, err := newObservation(c.args[0], opt)
			if err != nil {
				return err
			}
			return o.fit(c)
		}
	},
}

// Names of the files that fit writes beside its report.
const (
	fittedFile   = "fitted.toml"
	adoptionFile = "adoption.csv"
	habitsFile   = "habits.csv"
	fitFile      = "fit.json"
	historyFile  = "history.csv"
	backtestFile = "backtest.csv" // of the verb backtest too
	whatIfFile   = "what-if.toml"
)

// draws is the number of equally likely laws in adoption.csv and habits.csv: enough for
// the replications of a study to differ.
const draws = 1000

// fitted is what fit prints as JSON, and writes as fit.json.
type fitted struct {
	Pool       string        `json:"pool"`
	From       string        `json:"from"`
	To         string        `json:"to"`
	Unit       string        `json:"unit"`
	Seats      float64       `json:"seats"`
	Headcount  int           `json:"headcount"`
	Saturation saturation    `json:"saturation"`
	Dispersion float64       `json:"dispersion"`
	Curves     []curveFit    `json:"curves"`
	Unseen     *unseen       `json:"unseen,omitempty"`
	Behaviour  *behaviour    `json:"behaviour,omitempty"`
	Weights    []modelWeight `json:"weights"`
	Risk       []riskPoint   `json:"risk"`
}

type saturation struct {
	Low      float64  `json:"low"`
	High     float64  `json:"high"`
	Estimate *float64 `json:"estimate"` // null where the history does not identify it
}

type curveFit struct {
	Name       string             `json:"name"`
	Parameters map[string]float64 `json:"parameters"`
	RSS        *float64           `json:"rss,omitempty"`
	LogLik     *float64           `json:"log_likelihood,omitempty"`
}

type modelWeight struct {
	Model  string  `json:"model"`
	Weight float64 `json:"weight"`
}

type riskPoint struct {
	Date      string  `json:"date"`
	P05       float64 `json:"p05"`
	P50       float64 `json:"p50"`
	P95       float64 `json:"p95"`
	Exhausted float64 `json:"exhausted"`
}

// fit fits the history and publishes what it says.
func (o *observation) fit(c *call) error {
	seen := slices.Clone(o.Seats)
	fell := 0
	for i := 1; i < len(seen); i++ {
		if seen[i] < seen[i-1] {
			seen[i], fell = seen[i-1], fell+1
		}
	}
	if fell > 0 {
		o.warnings = append(o.warnings, fmt.Sprintf("the history falls in %s; the process of adoption is fitted to the most that was held so far", count(fell, o.Unit())))
	}
	past := fit.History{Before: seen[0], Headcount: float64(o.headcount)}
	for i := 1; i < len(seen); i++ {
		past.Adoptions = append(past.Adoptions, seen[i]-seen[i-1])
	}
	posterior, err := fit.Infer(past)
	if err != nil {
		return wrong("%s: fitting: %w", o.opt.history, err)
	}
	law, err := o.law()
	if err != nil {
		return err
	}
	var people *unseen
	if len(o.Acts) > 0 {
		people = o.unseen()
	}
	posterior.Widen(law.Quantile(o.horizon, 0.05), law.Quantile(o.horizon, 0.5), max(law.Quantile(o.horizon, 0.95), people.all()))
	f := o.summary(seen, posterior, law)
	f.Unseen = people
	written := map[string][]byte{adoptionFile: o.adoption(posterior, law), historyFile: o.historyCSV()}
	var table *forecast.Table
	if p := forecast.ProtocolFor(len(o.Seats), o.horizon); p.First+p.Horizon <= len(o.Seats) {
		if t := o.scores(p); t.Scores[0].Origins > 0 {
			table, written[backtestFile] = &t, tableCSV(t)
		}
	}
	f.Behaviour = o.behaviour()
	if f.Behaviour != nil {
		written[habitsFile] = f.Behaviour.draws(rng.New(o.scenario.Seed).Name("habits"))
	}
	scenario, files, err := o.patched(written, f.Behaviour)
	if err != nil {
		return err
	}
	files[whatIfFile] = o.whatIf(f.Behaviour)
	var doc bytes.Buffer
	if err := writeJSON(&call{stdout: &doc}, f); err != nil {
		return err
	}
	for name, data := range written {
		files[name] = data
	}
	files[fittedFile], files[fitFile] = scenario, doc.Bytes()
	page := o.fitPage(f, past, posterior, law, table)
	return o.publish(c, outcome{page, f, files}, filepath.Join("results", o.scenario.Name+"-fit-"+o.scenario.Hash[:8]))
}

// fitPage returns the page of a fit; table is nil where the history is too short for scores.
func (o *observation) fitPage(f fitted, past fit.History, posterior fit.Posterior, law forecast.Law, table *forecast.Table) report.Outlook {
	line, residuals := trace(past, posterior)
	page := report.Outlook{
		Kicker:  fmt.Sprintf("Fit · %s to %s", f.From, f.To),
		Title:   "From history to forecast: " + o.poolName(),
		Answers: []string{o.saturationWords(posterior), o.risk(law)}, Warnings: o.warnings,
		Figures: o.figures("Seats taken, the fitted curve and the forecast", law, line, residuals), Tables: o.fitTables(f),
	}
	if f.Unseen != nil {
		page.Answers = append(page.Answers, f.Unseen.words(o))
	}
	if f.Behaviour != nil {
		page.Answers = append(page.Answers, f.Behaviour.words())
	} else if len(o.Acts) == 0 {
		page.Answers = append(page.Answers, noActs)
	}
	if table != nil {
		page.Answers = append(page.Answers, "How far to trust such forecasts. "+output.Verdict(*table, o.Unit()))
		page.Tables = slices.Insert(page.Tables, 1, o.scoreTable(*table))
	} else {
		page.Answers = append(page.Answers, fmt.Sprintf("The history is too short to hold forecasts %s ahead against it: nothing tells how good they are.", count(o.horizon, o.Unit())))
	}
	page.Answers = append(page.Answers, fmt.Sprintf("%s goes on from %s with %.0f holders: run it, and its what-ifs.", fittedFile, o.day(len(o.Seats)), o.Seats[len(o.Seats)-1]))
	return page
}

// saturationWords says how many adopt in the end.
func (o *observation) saturationWords(p fit.Posterior) string {
	n := len(o.Seats)
	text := fmt.Sprintf("%s: %s of %s people held a seat on %s, after %s. ", o.poolName(), output.Count(o.Seats[n-1]), output.Count(float64(o.headcount)), o.day(n-1), count(n, o.Unit()))
	low, high := output.Count(math.Round(p.Low)), output.Count(math.Round(p.High))
	if !p.Identified {
		return text + fmt.Sprintf("The history leaves open how many will in the end: from %s to %s (90%% interval). No single number can stand for that.", low, high)
	}
	return text + fmt.Sprintf("In the end it will be %s to %s (90%% interval), most likely about %s.", low, high, output.Count(math.Round(p.Median)))
}

// summary collects the numbers.
func (o *observation) summary(seen []float64, p fit.Posterior, law forecast.Law) fitted {
	n := len(o.Seats)
	f := fitted{Pool: o.poolName(), From: o.day(0), To: o.day(n - 1), Unit: o.Unit(), Seats: o.Seats[n-1], Headcount: o.headcount,
		Saturation: saturation{Low: p.Low, High: p.High}, Dispersion: p.Dispersion, Curves: o.curves(seen, p)}
	if p.Identified {
		f.Saturation.Estimate = &p.Median
	}
	for _, w := range forecast.NewCombined(float64(o.headcount)).Weights(o.Seats, o.horizon) {
		f.Weights = append(f.Weights, modelWeight(w))
	}
	for j := 1; j <= o.horizon; j++ {
		f.Risk = append(f.Risk, riskPoint{o.day(n + j - 1), law.Quantile(j, 0.05), law.Quantile(j, 0.5), law.Quantile(j, 0.95), law.Exceeds(float64(o.seats)-0.5, j)})
	}
	return f
}

// curves fits the curves in use, for comparison. M of a curve of least squares is
// told only where the history identifies it: see fit.Posterior.
func (o *observation) curves(seen []float64, p fit.Posterior) (all []curveFit) {
	m := func(parameters map[string]float64) map[string]float64 {
		if !p.Identified {
			delete(parameters, "m")
		}
		return parameters
	}
	all = append(all, curveFit{Name: "Bass, pure birth", Parameters: m(map[string]float64{"m": p.Best.M, "p": p.Best.P, "q": p.Best.Q}), LogLik: &p.LogLik})
	steps := []float64{seen[0]}
	for i := 1; i < len(seen); i++ {
		steps = append(steps, seen[i]-seen[i-1])
	}
	for _, criterion := range []fit.Criterion{fit.Poisson, fit.SrinivasanMason, fit.Cumulative} {
		b, err := fit.FitBass(steps, criterion)
		if err != nil {
			continue
		}
		k := curveFit{Name: "Bass, " + criterion.String(), Parameters: m(map[string]float64{"m": b.M, "p": b.P, "q": b.Q})}
		if criterion == fit.Poisson {
			k.LogLik = &b.LogLik
		} else {
			k.RSS = &b.RSS
		}
		all = append(all, k)
	}
	if l, rss, err := fit.FitLogistic(seen); err == nil {
		all = append(all, curveFit{Name: "logistic", Parameters: m(map[string]float64{"m": l.M, "k": l.K, "t0": l.T0}), RSS: &rss})
	}
	if g, rss, err := fit.FitGompertz(seen); err == nil {
		all = append(all, curveFit{Name: "Gompertz", Parameters: m(map[string]float64{"m": g.M, "a": g.A, "b": g.B}), RSS: &rss})
	}
	return all
}

// fitTables returns the fits as tables.
func (o *observation) fitTables(f fitted) []report.Table {
	number := func(v *float64) string {
		if v == nil {
			return "–"
		}
		return strconv.FormatFloat(*v, 'g', 6, 64)
	}
	curves := report.Table{Title: "Curves", Heads: []string{"curve", "parameters", "log-likelihood", "RSS"},
		Note: fmt.Sprintf("Per %s. The data scatter %.1f times as much as the pure-birth process does, which widens its intervals.", f.Unit, f.Dispersion)}
	for _, k := range f.Curves {
		words := ""
		for _, name := range []string{"m", "p", "q", "k", "t0", "a", "b"} {
			if v, ok := k.Parameters[name]; ok {
				words += fmt.Sprintf("%s=%.4g ", name, v)
			}
		}
		curves.Rows = append(curves.Rows, []string{k.Name, words, number(k.LogLik), number(k.RSS)})
	}
	weights := report.Table{Title: "What the forecast is made of", Heads: []string{"model", "weight"},
		Note: "By how each has forecast this history from its own past. 'seatcast backtest' says how far to trust the whole."}
	for _, w := range f.Weights {
		weights.Rows = append(weights.Rows, []string{w.Model, output.Percent(w.Weight)})
	}
	ahead := report.Table{Title: "The next periods", Heads: []string{"date", "5%", "median", "95%", "all seats taken"}}
	for i := 0; i < len(f.Risk); i++ {
		if step := max(1, len(f.Risk)/8); (i+1)%step == 0 || i == len(f.Risk)-1 {
			r := f.Risk[i]
			ahead.Rows = append(ahead.Rows, []string{r.Date, output.Count(r.P05), output.Count(r.P50), output.Count(r.P95), output.Percent(r.Exhausted)})
		}
	}
	return []report.Table{ahead, curves, weights}
}

// trace returns the best curve from the start of the history, and how far each
// period is from what the process expects of it, in standard deviations.
func trace(h fit.History, p fit.Posterior) (line, residuals []float64) {
	n, at := h.Before, h.Before
	line = append(line, at)
	for _, k := range h.Adoptions {
		at = p.Best.From(at, 1)
		mean := p.Best.From(n, 1) - n
		share := mean / (p.Best.M - n)
		sd := math.Sqrt(max(mean*(1-share), 0.05) * p.Dispersion)
		line, residuals = append(line, at), append(residuals, (k-mean)/sd)
		n += k
	}
	return line, residuals
}

// adoption returns the draws of the law by which those adopt who do not hold a seat
// yet: adoption.csv. Each goes through one quantile of the calibrated forecast at every
// waypoint up to its horizon, so that until then a simulation runs dry when the forecast
// says so; and from there on along a curve that the history leaves possible and that leads
// through the last of them, so that it spreads as far as forecasts of this history have
// missed. Of a series that falls, a quantile is what it has been at most so far.
//
// With n of m adopted, and k of the m-n others since, the hazard p + q(n+k)/m is that
// of the law contagion of the others alone, with p + qn/m for p and q(m-n)/m for q.
func (o *observation) adoption(p fit.Posterior, law forecast.Law) []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, "p,q,ceiling")
	way := o.way()
	for _, j := range way {
		fmt.Fprintf(&b, ",by-%d", o.ahead(j))
	}
	fmt.Fprintln(&b)
	n, days, most := math.Round(o.Seats[len(o.Seats)-1]), float64(o.Period), float64(o.headcount)
	others := max(1, most-n)
	key := rng.New(o.scenario.Seed).Name("posterior")
	for i := range draws {
		level := (float64(i) + 0.5) / draws
		d := p.Draw(key.Index(uint64(i))).Through(n, float64(o.horizon), law.Quantile(o.horizon, level), most)
		share := n / max(d.M, n)
		fmt.Fprintf(&b, "%.8g,%.8g,%.6g", min(86400, (d.P+d.Q*share)/days), min(86400, d.Q*(1-share)/days), min(1, max(d.M-n, 0)/others))
		so, next := 0.0, 0
		for j := 1; j <= o.horizon; j++ {
			so = max(so, math.Round(law.Quantile(j, level))-n)
			if next < len(way) && j == way[next] {
				fmt.Fprintf(&b, ",%.7g", min(1, so/others))
				next++
			}
		}
		fmt.Fprintln(&b)
	}
	return b.Bytes()
}

// waypoints is the most periods at which draws of adoption.csv are led through the
// forecast: enough for what is between them to be all but straight. mostAhead is how many
// days they reach at most: longer than a study.
const (
	waypoints = 32
	mostAhead = 36500
)

// way returns the periods at which they are, up to the horizon.
func (o *observation) way() (periods []int) {
	n := min(waypoints, o.horizon)
	for i := range n {
		if j := o.horizon * (i + 1) / n; o.ahead(j) <= mostAhead {
			periods = append(periods, j)
		}
	}
	return periods
}

// ahead returns the days from the start of the scenario to the end of period j of the
// forecast.
func (o *observation) ahead(j int) int {
	n := len(o.Seats)
	return int(o.Date(n+j).Sub(o.Date(n)).Hours() / 24)
}

// historyCSV returns the history as it was read, for the report of a run.
func (o *observation) historyCSV() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "date,seats")
	for i, seats := range o.Seats {
		fmt.Fprintf(&b, "%s,%s\n", o.day(i), strconv.FormatFloat(seats, 'f', -1, 64))
	}
	return b.Bytes()
}
