package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"seatcast/analysis"
	"seatcast/cmd/seatcast/control"
	"seatcast/cmd/seatcast/study"
	"seatcast/output"
	"seatcast/output/folder"
	"seatcast/output/ledger"
	"seatcast/output/report"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/record"
)

var runVerb = verb{
	name: "run", args: "SCENARIO", does: "simulates, prints the answer, writes a result folder",
	help: `Simulates the scenario and each of its what-ifs on the same luck, prints when seats run out and with what
risk, and writes a result folder with a report, plots and every number. ^C keeps the finished replications;
the same command with --resume carries on from them to the same bytes.

Examples:
  seatcast run first-year
  seatcast run first-year --replications 50 --set tenants.northlake.pools.premium.seats=150 --fail-if 'exhaustion > 10% by 2026-06-30'
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		opt := runFlags(flags)
		return func(c *call) error {
			if err := c.want(1, 1, "one scenario: a file, or the name of a built-in one"); err != nil {
				return err
			}
			s, err := loadToRun(c.args[0], *opt.scenario)
			if err != nil {
				return err
			}
			return simulate(c, newSimulation(s, nil), *opt)
		}
	},
}

// runFlags adds the flags of a verb that simulates.
func runFlags(flags *flag.FlagSet) *runOptions {
	opt := &runOptions{scenario: scenarioFlags(flags), format: formatFlag(flags)}
	flags.StringVar(&opt.out, "out", "", "write the results to folder `DIR` (default results/<scenario>-<hash>)")
	executionFlags(flags, opt)
	flags.Var((*ledgerFlag)(&opt.ledger), "ledger", "write claims.csv, every act of the first `K` replications (default 1 if K is left out)")
	opt.formats.addTo(flags)
	flags.Func("fail-if", "exit with 3 if `LIMIT` is broken: 'northlake/premium: exhaustion > 0.10 by 2026-06-30' (repeatable)", func(s string) error {
		limit, err := analysis.ParseLimit(s)
		opt.limits = append(opt.limits, limit)
		return err
	})
	return opt
}

// runOptions are the flags of a verb that simulates.
type runOptions struct {
	scenario                *scenarios.Options
	out, suffix             string // of the default folder
	workers, ledger         int
	resume, quiet, progress bool
	format                  *string
	formats                 formats
	limits                  []analysis.Limit
	engineOptions
}

// checkWorkers reports a wrong number of workers.
func (o runOptions) checkWorkers() error {
	if o.workers < 1 {
		return fmt.Errorf("--workers %d: want 1 or more", o.workers)
	}
	return nil
}

// A ledgerFlag is a number that may be left out: --ledger is --ledger=1.
type ledgerFlag int

func (l *ledgerFlag) String() string   { return strconv.Itoa(int(*l)) }
func (l *ledgerFlag) IsBoolFlag() bool { return true }
func (l *ledgerFlag) Set(s string) error {
	if s == "true" {
		s = "1"
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return errors.New("want a number of replications, as in --ledger=5")
	}
	*l = ledgerFlag(n)
	return nil
}

// loadToRun loads a scenario, and counts its problems where it has some.
func loadToRun(name string, opt scenarios.Options) (*scenarios.Scenario, error) {
	s, err := load(name, opt)
	var problems scenarios.Problems
	if errors.As(err, &problems) {
		return nil, wrong("%s: %s:\n%w", name, count(len(problems), "problem"), err)
	}
	return s, err
}

// simulate runs a study up to the result folder.
func simulate(c *call, st *simulation, opt runOptions) error {
	if err := st.ready(c, st.results(opt), opt); err != nil {
		return wrongError{err}
	}
	x, err := openStudy(c, st.scenario, opt)
	if err != nil {
		return err
	}
	return x.close(publishWith(c, x, st, opt, func(*output.Result) {}, func(r output.Result) error { return printResult(c, r, *opt.format) }))
}

// results returns the place of the result folder.
func (st *simulation) results(opt runOptions) string {
	if opt.out != "" {
		return opt.out
	}
	return filepath.Join("results", st.Scenario+"-"+st.Hash[:8]+opt.suffix)
}

// publishWith runs a study to the result folder; more adds to the result before
// it is written, and show prints it.
func publishWith(c *call, x *execution, st *simulation, opt runOptions, more func(*output.Result), show func(output.Result) error) error {
	dir := st.results(opt)
	if err := st.ready(c, dir, opt); err != nil {
		return wrongError{err}
	}
	result, err := st.publish(c, x, dir, opt, more)
	if err != nil {
		return err
	}
	x.finished = true
	return tell(c, result, dir, opt, show)
}

// writable reports what would keep a result folder from being written to dir, where
// that is known before there is a result.
func writable(c *call, dir string) error {
	if dir == "" || c.preparing() {
		return nil
	}
	out, err := folder.Create(dir)
	if err != nil {
		return wrongError{err}
	}
	out.Abort()
	return nil
}

// publish simulates what is left to simulate, and writes the result folder.
func (st *simulation) publish(c *call, x *execution, dir string, opt runOptions, more func(*output.Result)) (output.Result, error) {
	if err := st.replicate(c, x, opt); err != nil {
		return output.Result{}, err
	}
	out, err := folder.Create(dir)
	if err != nil {
		return output.Result{}, err
	}
	defer out.Abort()
	result, err := st.result(c.ctx, x, out, opt.ledger)
	if err != nil {
		return output.Result{}, err
	}
	more(&result)
	return result, write(out, result, st.scenario.Files, opt.formats)
}

// ready reports what would make the run fail at its end, before it begins.
func (st *simulation) ready(c *call, dir string, opt runOptions) error {
	if err := opt.checkWorkers(); err != nil {
		return err
	}
	blank := st.blank()
	for _, l := range opt.limits {
		if _, err := l.Check(blank); err != nil {
			return fmt.Errorf("--fail-if: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(st.scenario.Files)) {
		if reserved(name) {
			return fmt.Errorf("the scenario reads a file called %s, which is the name of a file of the result folder: rename it", name)
		}
	}
	return writable(c, dir)
}

// reserved reports whether a file of the result folder has the name.
func reserved(name string) bool {
	switch name {
	case folder.Scenario, folder.Manifest, folder.Summary, folder.Curve, folder.Exhaustion, folder.Difference, folder.Claims,
		folder.Replications, folder.Report, folder.Plots, folder.Plan, folder.Sensitivity, folder.Past:
		return true
	}
	return strings.HasPrefix(name, folder.Plots+"/") || formatted(name)
}

// A simulation is a scenario with what it needs to be simulated.
type simulation struct {
	scenario *scenarios.Scenario
	record.Study
	worlds  []*sim.World
	rule    analysis.Rule
	stopper *analysis.Stopper
	want    []int // replications of each variant, as is known by now; see extend
	rounds  []*study.Round
	command string // that gives the result again, where it is no run of scenario.toml
}

// newSimulation returns the simulation of a scenario, with a question or nil.
func newSimulation(s *scenarios.Scenario, question *analysis.Question) *simulation {
	st := &simulation{scenario: s, Study: record.Study{Scenario: s.Name, Title: s.Title, Hash: s.Hash, Seed: s.Seed, Start: s.Start, Days: s.Days}}
	for _, v := range s.Variants {
		info := record.Variant{Name: v.Name, Title: v.Title}
		for i := range v.World.Tenants {
			info.Tenants = append(info.Tenants, v.World.Tenants[i].Info())
		}
		st.Variants = append(st.Variants, info)
		st.worlds = append(st.worlds, v.World)
	}
	st.rule = analysis.Rule{Replications: s.Replications, Most: max(mostReplications, s.Replications), Question: question, Exact: !s.Random}
	if s.Random { // else one replication tells all
		for _, t := range s.Precision {
			st.rule.Targets = append(st.rule.Targets, analysis.Target(t))
		}
	} else if question != nil {
		question.Budget = 0
	}
	st.stopper = analysis.NewStopper(st.Study, st.rule)
	st.Replications = st.stopper.First()
	st.want = slices.Repeat([]int{st.Replications}, len(s.Variants))
	return st
}

// mostReplications is where a precision that is still not reached is given up, and
// the result says so; a study that asks for more replications gets them.
const mostReplications = 100_000

// extend plans the next round once all jobs are finished, and reports whether there
// is one. It depends on the finished replications alone, so a study that is resumed
// goes through the same rounds.
func (st *simulation) extend() (bool, error) {
	want := st.stopper.More()
	if want == nil {
		return false, nil
	}
	if slices.Equal(want, st.want) {
		return false, errors.New("a round without a replication: a defect of seatcast")
	}
	st.want = want
	st.Replications = slices.Min(want)
	return true, nil
}

// blank returns answers without numbers, to hold limits against before there are
// any.
func (st *simulation) blank() analysis.Answers {
	a := analysis.Answers{Study: st.Study}
	for _, v := range st.Variants {
		w := analysis.Variant{Name: v.Name, Replications: 1}
		for _, t := range v.Tenants {
			for _, p := range t.Pools {
				w.Pools = append(w.Pools, analysis.Pool{Tenant: t.Name, Product: p.Product, Risk: make([]analysis.RiskPoint, st.Days+1)})
			}
		}
		a.Variants = append(a.Variants, w)
	}
	return a
}

// replicate has the replications simulated, round by round.
func (st *simulation) replicate(c *call, x *execution, opt runOptions) error {
	have := make([]int, len(st.worlds))
	for {
		var cells []study.Cell
		for v := range st.worlds {
			w := worldOf(c, st.scenario, v, opt.scenario.Set)
			w.Series = true
			cells = append(cells, study.NewCell(w, have[v], st.want[v]))
		}
		round, err := x.Ask(c.ctx, cells, st.stopper.Add)
		if err != nil {
			return fmt.Errorf("simulating: %w", err)
		}
		st.rounds, have = append(st.rounds, round), st.want
		if more, err := st.extend(); err != nil || !more {
			return err
		}
	}
}

// each hands the records of a variant to f, in the order of replications.
func (st *simulation) each(x *execution, variant int, f func(record.Record) error) error {
	for _, round := range st.rounds {
		if err := x.Each(round, variant, f); err != nil {
			return err
		}
	}
	return nil
}

// result makes the answers from the summaries, and writes the files that are made
// of single replications.
func (st *simulation) result(ctx context.Context, x *execution, out *folder.Folder, ledgers int) (output.Result, error) {
	answers, err := st.answers(x, out)
	if err != nil {
		return output.Result{}, err
	}
	if ledgers > 0 {
		if err := st.writeLedger(ctx, x, out, min(ledgers, st.Replications)); err != nil {
			return output.Result{}, err
		}
	}
	var warnings []string
	for _, w := range st.scenario.Warnings {
		warnings = append(warnings, w.Key+": "+w.Text) // the line differs between two equal scenarios
	}
	answers.Warnings = append(warnings, answers.Warnings...)
	version, commit := build()
	r := output.Result{Answers: answers, Scenario: st.scenario.TOML, Command: st.command, Version: version, Commit: commit, GoVersion: runtime.Version()}
	if r.Pasts, err = pasts(st.scenario); err != nil {
		return output.Result{}, err
	}
	for i, v := range st.scenario.Variants {
		for _, a := range v.Assumptions {
			r.Assumptions = append(r.Assumptions, output.Assumption{Variant: v.Name, Key: a.Key, Value: a.Value, Why: a.Why, Default: a.Default})
		}
		for _, p := range answers.Variants[i].Pools {
			r.Headlines = append(r.Headlines, output.Headline{Variant: v.Name, Tenant: p.Tenant, Product: p.Product,
				Text: analysis.Headline(answers, answers.Variants[i], p)})
		}
	}
	return r, nil
}

// answers reads the summaries a variant at a time, so that replications.csv is in
// the order of its columns.
func (st *simulation) answers(x *execution, out *folder.Folder) (analysis.Answers, error) {
	builder, err := analysis.NewBuilder(st.Study)
	if err != nil {
		return analysis.Answers{}, err
	}
	builder.Follow(st.rule)
	file, err := out.File(folder.Replications)
	if err != nil {
		return analysis.Answers{}, err
	}
	rows, err := output.NewReplications(file, st.Study)
	if err != nil {
		return analysis.Answers{}, errors.Join(err, file.Close())
	}
	var all []*control.Means
	for v := range st.Variants {
		c := control.NewMeans(st.worlds[v], st.Days)
		all = append(all, c)
		err := st.each(x, v, func(r record.Record) error {
			c.Add(&r)
			return errors.Join(builder.Add(r), rows.Add(r))
		})
		if err != nil {
			return analysis.Answers{}, errors.Join(err, file.Close())
		}
	}
	answers := builder.Answers()
	for v, c := range all {
		c.Put(&answers.Variants[v])
	}
	return answers, errors.Join(rows.Flush(), file.Close())
}

// writeLedger simulates the first replications again, act by act, and writes the
// ledger. The two ways to simulate must give the same records: where they don't,
// neither can be trusted, and the run fails.
func (st *simulation) writeLedger(ctx context.Context, x *execution, out *folder.Folder, replications int) (err error) {
	file, err := out.File(folder.Claims)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil { // a full disk is told once
			err = closed
		}
	}()
	calendars, err := output.Calendars(st.Study)
	if err != nil {
		return err
	}
	w := ledger.NewWriter(file)
	for v := range st.Variants {
		runner := sim.NewRunner(st.worlds[v])
		err := st.each(x, v, func(want record.Record) error {
			if want.Replication >= replications {
				return nil
			}
			rows := newRows(w, &st.scenario.Variants[v], calendars, want.Replication)
			got, err := runner.Run(ctx, v, want.Replication, sim.Options{EveryAct: true, Ledger: rows.add})
			if err == nil && !reflect.DeepEqual(got, want) {
				err = fmt.Errorf("variant %s, replication %d: simulating act by act gives other numbers; this is a defect of seatcast, please report it with the scenario",
					st.Variants[v].Name, want.Replication)
			}
			return errors.Join(err, rows.err)
		})
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

// write writes the result folder and puts it in its place.
func write(out *folder.Folder, r output.Result, files map[string][]byte, also formats) error {
	if err := out.WriteResult(r); err != nil {
		return err
	}
	for name, data := range files {
		if err := writeFile(out, name, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
	}
	if err := errors.Join(report.Draw(out.File, r), also.write(out, r)); err != nil {
		return err
	}
	return out.Commit()
}

func writeFile(out *folder.Folder, name string, fill func(io.Writer) error) error {
	file, err := out.File(name)
	if err != nil {
		return err
	}
	return errors.Join(fill(file), file.Close())
}

// tell prints the answer and holds it against the stated limits.
func tell(c *call, r output.Result, dir string, opt runOptions, show func(output.Result) error) error {
	if !opt.quiet {
		if err := show(r); err != nil {
			return err
		}
		fmt.Fprintf(c.stderr, "Report: %s\n", filepath.Join(dir, folder.Report))
	}
	broken := false
	for _, l := range opt.limits {
		v, err := l.Check(r.Answers)
		if err != nil {
			return wrongError{err}
		}
		broken = broken || v.Broken
		if v.Broken || !opt.quiet {
			fmt.Fprintln(c.stderr, v.Text)
		}
	}
	if broken {
		return errBroken
	}
	return nil
}

func printResult(c *call, r output.Result, format string) error {
	if format == formatJSON {
		return output.WriteJSON(c.stdout, r.Answers)
	}
	return output.WriteSummary(c.stdout, r, terminalWidth(c.stdout))
}

// terminalWidth returns the columns of a terminal, 0 where w is none.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 0
}
