package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/floats"

	"seatcast/analysis"
	"seatcast/analysis/reduction"
	"seatcast/analysis/sensitivity"
	"seatcast/cmd/seatcast/study"
	"seatcast/output"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
	"seatcast/sim/rng"
)

var sensitivityVerb = verb{
	name: "sensitivity", args: "SCENARIO", does: "which numbers of a scenario move an answer most",
	help: `Changes numbers of the scenario, on the same luck, and says what that does to an answer: one at a time (tornado),
over their whole ranges (morris), or by their shares of the variance (sobol). A number within a string has an
address too, as tenants.northlake.users.makers.adoption.ceiling.

Examples:
  seatcast sensitivity first-year
  seatcast sensitivity first-year --answer 'refusal by 2026-12-31' --vary tenants.northlake.users.makers.adoption.ceiling=0.5..0.8 --replications 50
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		opt := sensitivityOptions{runOptions: runOptions{scenario: scenarioFlags(flags), format: formatFlag(flags)}}
		flags.StringVar(&opt.answer, "answer", "", "ask about `[TENANT/PRODUCT:] METRIC [by DATE]`: a metric of --fail-if, exhaustion-date or refusal-date (default: exhaustion-date, or peak where no pool is likely to run dry; of the pool where that is worst)")
		flags.Func("vary", "vary a number: `PATH=LOW..HIGH`, or PATH=10% for that much to either side (repeatable; default: people, adoption, rates, seats, idle times, by 10%)", func(s string) error {
			opt.vary = append(opt.vary, s)
			return nil
		})
		opt.method = tornado
		flags.Func("method", "`METHOD`: tornado (default), morris or sobol", func(s string) error {
			if s != tornado && s != morris && s != sobol {
				return errors.New("want tornado, morris or sobol")
			}
			opt.method = s
			return nil
		})
		flags.IntVar(&opt.points, "points", 0, "morris: `N` trajectories (default 10); sobol: N rows of the design (default 64)")
		flags.StringVar(&opt.out, "out", "", "write the results to folder `DIR` (default results/<scenario>-<hash>)")
		executionFlags(flags, &opt.runOptions)
		return func(c *call) error {
			if err := c.want(1, 1, "one scenario: a file, or the name of a built-in one"); err != nil {
				return err
			}
			return findSensitivity(c, c.args[0], opt)
		}
	},
}

// The methods of sensitivity.
const (
	tornado = "tornado"
	morris  = "morris"
	sobol   = "sobol"
)

// sensitivityOptions are the flags of sensitivity.
type sensitivityOptions struct {
	runOptions
	answer, method string
	vary           []string
	points         int
}

// findSensitivity goes from the file to the result folder.
func findSensitivity(c *call, name string, opt sensitivityOptions) error {
	if slices.ContainsFunc(opt.scenario.Variants, func(v string) bool { return v != scenarios.Base }) {
		return wrong("--variant: the numbers that are varied are those of the scenario itself; change it with --set to what the what-if has")
	}
	opt.scenario.Variants = []string{scenarios.Base}
	s, err := load(name, *opt.scenario)
	if err != nil {
		return err
	}
	if err := writable(c, opt.out); err != nil {
		return err
	}
	p := &prober{call: c, name: name, opt: opt, scenario: s}
	if err := p.prepare(); err != nil {
		return wrongError{err}
	}
	if p.execution, err = openStudy(c, s, opt.runOptions); err != nil {
		return err
	}
	return p.execution.close(p.publish())
}

// publish makes the analysis, and simulates the scenario itself.
func (p *prober) publish() error {
	result, err := p.probe()
	if err != nil {
		return err
	}
	return publishWith(p.call, p.execution, newSimulation(p.scenario, nil), p.opt.runOptions, func(r *output.Result) { r.Sensitivity = &result }, func(r output.Result) error {
		if *p.opt.format == formatJSON {
			return writeJSON(p.call, result)
		}
		return output.WriteSection(p.stdout, output.SensitivitySection(result), terminalWidth(p.stdout))
	})
}

// confidence of the interval of an answer.
const confidence = 0.95

// A prober changes numbers of a scenario and looks at an answer.
type prober struct {
	*call
	execution    *execution
	name         string
	opt          sensitivityOptions
	scenario     *scenarios.Scenario
	measure      analysis.Measure
	tenant, pool int
	choose       bool // the pool is not named, and there are several
	replications int
	numbers      []scenarios.Number
	inputs       []sensitivity.Input
	result       sensitivity.Result
}

// prepare reads what is asked for.
func (p *prober) prepare() error {
	if p.opt.points < 0 || p.opt.method == morris && p.opt.points == 1 {
		return fmt.Errorf("--points %d: want 2 or more", p.opt.points)
	}
	if err := p.readAnswer(); err != nil {
		return fmt.Errorf("--answer %q: %w", p.opt.answer, err)
	}
	p.replications = p.scenario.Replications
	if p.opt.method != tornado && p.opt.scenario.Replications == nil {
		p.replications = min(p.replications, 50) // there are many points
	}
	fsys, file, err := find(p.name)
	if err != nil {
		return err
	}
	all, err := scenarios.Numbers(fsys, file, *p.opt.scenario)
	if err != nil {
		return err
	}
	if len(p.opt.vary) == 0 {
		p.usual(all)
	}
	for _, text := range p.opt.vary {
		if err := p.readVary(text, all); err != nil {
			return fmt.Errorf("--vary %s: %w", text, err)
		}
	}
	if len(p.inputs) == 0 {
		return errors.New("the scenario has no number to vary: name some with --vary PATH=LOW..HIGH")
	}
	p.result.Method, p.result.Replications, p.result.Notes = p.opt.method, p.replications, append([]string{}, p.result.Notes...)
	return nil
}

// readAnswer reads [TENANT/PRODUCT:] METRIC [by DATE].
func (p *prober) readAnswer() error {
	pool, rest, found := strings.Cut(p.opt.answer, ":")
	if !found {
		pool, rest = "", p.opt.answer
	}
	words := strings.Fields(rest)
	if p.opt.answer == "" {
		words = []string{exhaustionDate}
	}
	if len(words) != 1 && (len(words) != 3 || words[1] != "by") {
		return errors.New("write METRIC or METRIC by DATE, after TENANT/PRODUCT: where there are several pools")
	}
	day := p.scenario.Days
	if len(words) == 3 {
		start, _ := time.Parse(time.DateOnly, p.scenario.Start)
		date, err := time.Parse(time.DateOnly, words[2])
		if err != nil {
			return fmt.Errorf("%q is no date such as 2026-06-30", words[2])
		}
		day = int(date.Sub(start)/(24*time.Hour)) + 1
		if day < 1 || day > p.scenario.Days {
			return fmt.Errorf("%s is no day of the study", words[2])
		}
		p.result.By = words[2]
	}
	var err error
	if p.measure, err = analysis.NewMeasure(words[0], day); err != nil {
		return err
	}
	if len(words) == 3 && !p.measure.IsProbability() {
		return fmt.Errorf("%s counts the whole study: leave out by %s", words[0], words[2])
	}
	p.result.Metric = words[0]
	return p.readPool(strings.TrimSpace(pool))
}

// readPool finds the pool that is asked about.
func (p *prober) readPool(name string) error {
	var names []string
	for i, tenant := range p.scenario.Variants[0].World.Tenants {
		for j, pool := range tenant.Info().Pools {
			full := tenant.Name + "/" + pool.Product
			names = append(names, full)
			if full == name || name == "" && len(names) == 1 {
				p.tenant, p.pool = i, j
				p.result.Tenant, p.result.Product = tenant.Name, pool.Product
			}
		}
	}
	switch {
	case p.result.Tenant == "" && name != "":
		return fmt.Errorf("no pool is called %q; there are %s", name, strings.Join(names, ", "))
	case len(names) == 0:
		return errors.New("the scenario has no pool")
	}
	p.choose = name == "" && len(names) > 1
	return nil
}

// usual takes the numbers that are varied where none is named.
func (p *prober) usual(all []scenarios.Number) {
	for _, n := range all {
		parts := strings.Split(n.Path, ".")
		key, last := parts[min(4, len(parts)-1)], parts[len(parts)-1]
		people := parts[2] == "users" && slices.Contains([]string{"count", "adoption", "does", "joins", "leaves"}, key)
		if n.Value == 0 || !people && !(parts[2] == "pools" && last == "seats") && !(parts[2] == "reclaim" && last == "idle-for") {
			continue
		}
		low, high := 0.9*n.Value, 1.1*n.Value
		if n.Whole {
			low, high = min(math.Round(low), n.Value-1), max(math.Round(high), n.Value+1)
		}
		if last == "ceiling" { // at most everyone
			everyone := 1.0
			if n.Unit == "%" {
				everyone = 100
			}
			high = min(high, everyone)
		}
		p.add(n, low, high)
	}
}

// add varies a number. What counts is rounded.
func (p *prober) add(n scenarios.Number, low, high float64) {
	if n.Whole {
		low, high = math.Round(low), math.Round(high)
	}
	p.numbers = append(p.numbers, n)
	p.inputs = append(p.inputs, sensitivity.Input{Path: n.Path, Unit: n.Unit, Value: n.Value, Low: low, High: high})
}

// readVary reads PATH=LOW..HIGH or PATH=10%.
func (p *prober) readVary(text string, all []scenarios.Number) error {
	path, span, ok := strings.Cut(text, "=")
	path = strings.TrimSpace(path)
	i := slices.IndexFunc(all, func(n scenarios.Number) bool { return n.Path == path })
	if !ok || i < 0 {
		var known []string
		for _, n := range all {
			known = append(known, n.Path)
		}
		return fmt.Errorf("want PATH=LOW..HIGH of a number that the scenario gives; those are %s", strings.Join(known, ", "))
	}
	n := all[i]
	if from, to, ok := strings.Cut(span, ".."); ok {
		low, err1 := readNumber(from, n.Unit)
		high, err2 := readNumber(to, n.Unit)
		if err1 != nil || err2 != nil || !(low < high) {
			return fmt.Errorf("want two rising numbers of %s, as %s..%s", quoteUnit(n.Unit), output.Value(0.9*n.Value, n.Unit), output.Value(1.1*n.Value, n.Unit))
		}
		p.add(n, low, high)
		return nil
	}
	percent, err := readNumber(span, "%")
	if err != nil || !(percent > 0) || !strings.HasSuffix(strings.TrimSpace(span), "%") {
		return errors.New("want PATH=LOW..HIGH, or PATH=10% for that much to either side")
	}
	p.add(n, n.Value*(1-percent/100), n.Value*(1+percent/100))
	return nil
}

func quoteUnit(unit string) string {
	if unit == "" {
		return "no unit"
	}
	return unit
}

// readNumber reads a number with its unit or without.
func readNumber(text, unit string) (float64, error) {
	x, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), unit), 64)
	if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
		err = errors.New("is no number")
	}
	return x, err
}

// world returns the scenario with other values of the numbers.
func (p *prober) world(numbers []scenarios.Number, values []float64) (study.World, error) {
	opt := *p.opt.scenario
	opt.Set = slices.Concat(opt.Set, scenarios.Settings(numbers, values))
	s, err := load(p.name, opt)
	if err != nil {
		return study.World{}, err
	}
	return worldOf(p.call, s, 0, opt.Set), nil
}

// base returns the scenario itself.
func (p *prober) base() study.World { return worldOf(p.call, p.scenario, 0, p.opt.scenario.Set) }

// foretold is so many replications that it is told beforehand.
const foretold = 1000

// answers simulates worlds on the same luck, and returns the answer of each,
// replication by replication.
func (p *prober) answers(worlds []study.World) ([][]float64, error) {
	all := make([][]float64, len(worlds))
	if n := len(worlds) * p.replications; n >= foretold && !p.opt.quiet {
		fmt.Fprintf(p.stderr, "%s: %d points of %s each, %s in all; --vary, --points and --replications make them fewer.\n",
			p.opt.method, len(worlds), count(p.replications, "replication"), output.Count(float64(n)))
	}
	for i := range worlds {
		worlds[i].Antithetic = p.paired()
	}
	midnights := p.scenario.Variants[0].World.Tenants[p.tenant].Midnights
	err := p.execution.ask(p.ctx, study.Cells(worlds, 0, p.replications), func(r *record.Record) error {
		all[r.Variant] = append(all[r.Variant], p.measure.Of(&r.Tenants[p.tenant].Pools[p.pool], midnights))
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.result.Points += len(worlds)
	return all, nil
}

// paired reports whether replications come in antithetic pairs: where the answer is a
// number, of which the mean of a pair is one observation. Of a probability, whose
// intervals are those of events, they do not.
func (p *prober) paired() bool {
	return !p.measure.IsProbability() && p.replications%2 == 0 && p.replications >= 4
}

// observed returns the independent observations among the answers of a point.
func (p *prober) observed(answers []float64) []float64 {
	if !p.paired() {
		return answers
	}
	pairs := make([]float64, len(answers)/2)
	for k := range pairs {
		pairs[k] = (answers[2*k] + answers[2*k+1]) / 2
	}
	return pairs
}

// noteOfPairs says what antithetic pairs were worth.
func (p *prober) noteOfPairs(base []float64) {
	if !p.paired() {
		return
	}
	note := "Replications are antithetic pairs, people of opposite luck of adoption, and a pair is one observation"
	const enough = 40 // replications, for a factor that is itself a ratio of two estimated variances
	if factor := reduction.Antithetic(base, confidence).Factor; len(base) >= enough && !math.IsInf(factor, 1) {
		note += fmt.Sprintf(": for the answer itself that is worth about %.1f times as many", factor)
	}
	p.result.Notes = append(p.result.Notes, note+".")
}

// settle settles what the call leaves open, by the scenario as it is: which answer, and
// of which pool.
func (p *prober) settle() error {
	if !p.choose && p.opt.answer != "" && !p.measure.IsDate() {
		return nil
	}
	world := p.scenario.Variants[0].World
	var pools []place
	for i := range world.Tenants {
		for j := range world.Tenants[i].Info().Pools {
			if p.choose || i == p.tenant && j == p.pool {
				pools = append(pools, place{tenant: i, pool: j})
			}
		}
	}
	peak, err := analysis.NewMeasure("peak", p.scenario.Days)
	if err != nil {
		return err
	}
	alike := p.base() // as answers has it
	alike.Antithetic, alike.Series = p.paired(), true
	err = p.execution.ask(p.ctx, []study.Cell{study.NewCell(alike, 0, p.replications)}, func(r *record.Record) error {
		for k := range pools {
			pools[k].add(r, p.measure, peak, world)
		}
		return nil
	})
	if err != nil {
		return err
	}
	most := func(a, b place) int { return cmp.Compare(b.answer, a.answer) }
	if p.measure.IsDate() { // the earliest, or else the one that is most often reached
		most = func(a, b place) int {
			return cmp.Or(cmp.Compare(a.answer, b.answer), cmp.Compare(b.reached, a.reached))
		}
	}
	worst := slices.MinFunc(pools, most)
	if p.opt.answer == "" && 5*worst.reached < p.replications {
		worst = slices.MinFunc(pools, func(a, b place) int { return cmp.Compare(b.peak, a.peak) })
		p.measure, p.result.Metric = peak, "peak"
		p.result.Notes = append(p.result.Notes, "In fewer than a fifth of the replications a pool runs dry, so that a date of exhaustion says little: the peak is asked about. --answer asks about something else.")
	}
	if p.measure.IsDate() {
		p.result.Reached = worst.reached
	}
	p.tenant, p.pool = worst.tenant, worst.pool
	tenant := &world.Tenants[p.tenant]
	p.result.Tenant, p.result.Product = tenant.Name, tenant.Info().Pools[p.pool].Product
	if p.choose {
		p.result.Notes = append(p.result.Notes, fmt.Sprintf("No pool is named, so that the one is asked about where the answer is worst; --answer '%s/%s: %s' names one.",
			p.result.Tenant, p.result.Product, p.result.Metric))
	}
	return nil
}

// exhaustionDate is the answer where none is asked for.
const exhaustionDate = "exhaustion-date"

// A place is a pool that may be asked about, with sums over replications.
type place struct {
	tenant, pool int
	answer       float64
	peak         float64 // the share of the seats
	reached      int     // replications that reach a date
}

// add adds a replication.
func (l *place) add(r *record.Record, asked, peak analysis.Measure, world *sim.World) {
	pool, midnights := &r.Tenants[l.tenant].Pools[l.pool], world.Tenants[l.tenant].Midnights
	l.answer += asked.Of(pool, midnights)
	l.peak += peak.Of(pool, midnights) / float64(max(1, pool.Seats[0]))
	if at := pool.Exhausted; asked.Metric == exhaustionDate && at != clock.Never || asked.Metric != exhaustionDate && pool.FirstRefusal != clock.Never {
		l.reached++
	}
}

// probe makes the analysis.
func (p *prober) probe() (sensitivity.Result, error) {
	if err := p.settle(); err != nil {
		return p.result, err
	}
	if p.measure.IsDate() {
		p.result.Notes = append(p.result.Notes, "A date that a replication does not reach counts as the end of the study, so that a later one cannot show: look at its probability too.")
	}
	if p.opt.method == tornado {
		return p.tornado()
	}
	base, err := p.answers([]study.World{p.base()})
	if err != nil {
		return p.result, err
	}
	p.result.Base = p.mean(base[0])
	p.noteOfPairs(base[0])
	points := p.opt.points
	luck := rng.New(p.scenario.Seed).Name("sensitivity")
	if p.opt.method == morris {
		if points == 0 {
			points = 10
		}
		err = p.design(func(f sensitivity.Function) (err error) {
			p.result.Effects, err = sensitivity.Morris(f, p.inputs, points, 4, luck)
			return err
		})
		return p.result, err
	}
	if points == 0 {
		points = 64
	}
	p.result.Notes = append(p.result.Notes, "Numbers are uniform over their ranges and independent; the luck of the replications is the same at every point and has no share.")
	err = p.design(func(f sensitivity.Function) (err error) {
		p.result.Indices, err = sensitivity.Sobol(f, p.inputs, points, luck)
		return err
	})
	return p.result, err
}

// design runs an analysis whose points do not depend on the answers: first to hear the
// points, so that all are simulated in one round, and then with their answers.
func (p *prober) design(analyse func(sensitivity.Function) error) error {
	var worlds []study.World
	err := analyse(func(x []float64) (float64, error) {
		values := make([]float64, len(x))
		for i, in := range p.inputs {
			values[i] = in.Low + x[i]*(in.High-in.Low)
		}
		w, err := p.world(p.numbers, values)
		worlds = append(worlds, w)
		return 0, err
	})
	if err != nil {
		return err
	}
	all, err := p.answers(worlds)
	if err != nil {
		return err
	}
	next := 0
	return analyse(func([]float64) (float64, error) {
		next++
		return p.mean(all[next-1]).Mean, nil
	})
}

// mean returns the mean of a sample with its interval: of a probability Wilson's.
func (p *prober) mean(sample []float64) analysis.Difference {
	if p.measure.IsProbability() {
		w := analysis.Wilson(int(floats.Sum(sample)), len(sample), confidence)
		return analysis.Difference{Mean: w.Value, Low: w.Low, High: w.High}
	}
	pairs := p.observed(sample)
	return analysis.Paired(make([]float64, len(pairs)), pairs)
}

// tornado changes one number at a time. A usual range that the scenario does not
// take is left out, and said so.
func (p *prober) tornado() (sensitivity.Result, error) {
	worlds := []study.World{p.base()}
	var inputs []sensitivity.Input
	for i, in := range p.inputs {
		low, err := p.world(p.numbers[i:i+1], []float64{in.Low})
		if err == nil {
			var high study.World
			if high, err = p.world(p.numbers[i:i+1], []float64{in.High}); err == nil {
				worlds, inputs = append(worlds, low, high), append(inputs, in)
				continue
			}
		}
		if len(p.opt.vary) > 0 {
			return p.result, err
		}
		p.result.Notes = append(p.result.Notes, fmt.Sprintf("%s was not varied: the scenario does not take %s to %s.", in.Path, output.Value(in.Low, in.Unit), output.Value(in.High, in.Unit)))
	}
	all, err := p.answers(worlds)
	if err != nil {
		return p.result, err
	}
	var low, high [][]float64
	for i := 1; i < len(all); i += 2 {
		low, high = append(low, p.observed(all[i])), append(high, p.observed(all[i+1]))
	}
	p.result.Base = p.mean(all[0])
	p.noteOfPairs(all[0])
	p.result.Swings = sensitivity.Tornado(inputs, p.observed(all[0]), low, high, p.measure.IsProbability())
	return p.result, nil
}
