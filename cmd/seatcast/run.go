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
			return simulate(c, newStudy(s, nil), *opt)
		}
	},
}

// runFlags adds the flags of a verb that simulates.
func runFlags(flags *flag.FlagSet) *runOptions {
	opt := &runOptions{scenario: scenarioFlags(flags), format: formatFlag(flags)}
	flags.StringVar(&opt.out, "out", "", "write the results to folder `DIR` (default results/<scenario>-<hash>)")
	flags.IntVar(&opt.workers, "workers", runtime.NumCPU(), "simulate on `N` cores; the results are the same on any number")
	flags.Var((*ledgerFlag)(&opt.ledger), "ledger", "write claims.csv, every act of the first `K` replications (default 1 if K is left out)")
	opt.formats.addTo(flags)
	flags.BoolVar(&opt.resume, "resume", false, "carry on from the finished replications of the same command, stopped before")
	flags.BoolVar(&opt.quiet, "quiet", false, "print nothing but errors")
	flags.BoolVar(&opt.progress, "progress", false, "show progress also where stderr is no terminal")
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
	whole                   bool // the verb cannot carry on from where it was stopped
	format                  *string
	formats                 formats
	limits                  []analysis.Limit
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
func simulate(c *call, st *study, opt runOptions) error {
	return publishWith(c, st, opt, func(*output.Result) {}, func(r output.Result) error { return printResult(c, r, *opt.format) })
}

// publishWith runs a study to the result folder; more adds to the result before
// it is written, and show prints it.
func publishWith(c *call, st *study, opt runOptions, more func(*output.Result), show func(output.Result) error) error {
	dir := opt.out
	if dir == "" {
		dir = filepath.Join("results", st.Scenario+"-"+st.Hash[:8]+opt.suffix)
	}
	if err := st.ready(dir, opt); err != nil {
		return wrongError{err}
	}
	log, err := openJournal(dir, st, opt.resume)
	if err != nil {
		return err
	}
	defer log.close()
	result, err := st.publish(c, log, dir, opt, more)
	if errors.Is(err, context.Canceled) && opt.whole {
		log.remove()
		return errStopped
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("stopped with %d of %d replications finished; the same command with --resume carries on", log.finished, len(st.jobs))
	}
	if err != nil {
		return err
	}
	log.remove()
	return tell(c, result, dir, opt, show)
}

// errStopped ends a verb that cannot carry on.
var errStopped = errors.New("stopped; nothing is written")

// stopped returns errStopped in place of the error of a context that is done.
func stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return errStopped
	}
	return err
}

// writable reports what would keep a result folder from being written to dir, where
// that is known before there is a result.
func writable(dir string) error {
	if dir == "" {
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
func (st *study) publish(c *call, log *journal, dir string, opt runOptions, more func(*output.Result)) (output.Result, error) {
	if err := replicate(c, st, log, opt); err != nil {
		return output.Result{}, err
	}
	out, err := folder.Create(dir)
	if err != nil {
		return output.Result{}, err
	}
	defer out.Abort()
	result, err := st.result(c.ctx, log, out, opt.ledger)
	if err != nil {
		return output.Result{}, err
	}
	more(&result)
	return result, write(out, result, st.scenario.Files, opt.formats)
}

// ready reports what would make the run fail at its end, before it begins.
func (st *study) ready(dir string, opt runOptions) error {
	if opt.workers < 1 {
		return fmt.Errorf("--workers %d: want 1 or more", opt.workers)
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
	return writable(dir)
}

// reserved reports whether a file of the result folder has the name.
func reserved(name string) bool {
	switch name {
	case folder.Scenario, folder.Manifest, folder.Summary, folder.Curve, folder.Exhaustion, folder.Difference, folder.Claims,
		folder.Replications, folder.Report, folder.Plots, folder.Plan, folder.Sensitivity:
		return true
	}
	return strings.HasPrefix(name, folder.Plots+"/") || formatted(name)
}

// A study is a scenario with what its simulation needs.
type study struct {
	scenario *scenarios.Scenario
	record.Study
	worlds  []*sim.World
	rule    analysis.Rule
	stopper *analysis.Stopper
	jobs    []sim.Job // those that are known by now; see extend
	command string    // that gives the result again, where it is no run of scenario.toml
}

// newStudy returns the study of a scenario, with a question or nil.
func newStudy(s *scenarios.Scenario, question *analysis.Question) *study {
	st := &study{scenario: s, Study: record.Study{Scenario: s.Name, Title: s.Title, Hash: s.Hash, Seed: s.Seed, Start: s.Start, Days: s.Days}}
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
	st.jobs = sim.Plan(len(s.Variants), 0, st.Replications)
	return st
}

// mostReplications is where a precision that is still not reached is given up, and
// the result says so; a study that asks for more replications gets them.
const mostReplications = 100_000

// extend plans the next round once all jobs are finished, and reports whether there
// is one. It depends on the finished replications alone, so a study that is resumed
// goes through the same rounds.
func (st *study) extend() (bool, error) {
	want := st.stopper.More()
	if want == nil {
		return false, nil
	}
	have := make([]int, len(want))
	for _, job := range st.jobs {
		have[job.Variant]++
	}
	more := sim.Extend(have, want)
	if len(more) == 0 {
		return false, errors.New("a round without a replication: a defect of seatcast")
	}
	st.jobs = append(st.jobs, more...)
	st.Replications = slices.Min(want)
	return true, nil
}

// blank returns answers without numbers, to hold limits against before there are
// any.
func (st *study) blank() analysis.Answers {
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

// replicate simulates what the journal does not have yet, round by round.
func replicate(c *call, st *study, log *journal, opt runOptions) error {
	bar := newProgress(c.stderr, opt, len(st.jobs), log.finished)
	defer bar.done()
	for {
		err := sim.Replicate(c.ctx, st.worlds, st.jobs[log.finished:], opt.workers, func(r record.Record) error {
			bar.step()
			return errors.Join(st.stopper.Add(r), log.add(&r))
		})
		if err != nil {
			return fmt.Errorf("simulating: %w", err)
		}
		more, err := st.extend()
		if err != nil || !more {
			return err
		}
		bar.grow(len(st.jobs))
	}
}

// result makes the answers from the journal, and writes the files that are made
// of single replications.
func (st *study) result(ctx context.Context, log *journal, out *folder.Folder, ledgers int) (output.Result, error) {
	answers, err := st.answers(log, out)
	if err != nil {
		return output.Result{}, err
	}
	if ledgers > 0 {
		if err := st.writeLedger(ctx, log, out, min(ledgers, st.Replications)); err != nil {
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

// answers reads the journal a variant at a time, so that replications.csv is in
// the order of its columns.
func (st *study) answers(log *journal, out *folder.Folder) (analysis.Answers, error) {
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
	for v := range st.Variants {
		err := log.read(func(r record.Record) error {
			if r.Variant != v {
				return nil
			}
			return errors.Join(builder.Add(r), rows.Add(r))
		})
		if err != nil {
			return analysis.Answers{}, errors.Join(err, file.Close())
		}
	}
	return builder.Answers(), errors.Join(rows.Flush(), file.Close())
}

// writeLedger simulates the first replications again, act by act, and writes the
// ledger. The two ways to simulate must give the same records: where they don't,
// neither can be trusted, and the run fails.
func (st *study) writeLedger(ctx context.Context, log *journal, out *folder.Folder, replications int) (err error) {
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
		err := log.read(func(want record.Record) error {
			if want.Variant != v || want.Replication >= replications {
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
