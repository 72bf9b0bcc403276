package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"seatcast/cmd/seatcast/engine"
	"seatcast/cmd/seatcast/study"
	"seatcast/sim/record"
)

var studyVerb = verb{
	name: "study", args: "STEP …", does: studyDoes,
	help:  studyHelp,
	steps: runStudy,
}

// studyDoes is what the verb study does.
const studyDoes = "runs a study on many machines, step by step, to the same bytes"

// studyHelp is what the verb study says about itself below its steps.
const studyHelp = `
A study folder holds a plan, and summaries of the parts that are done. Processes that see the folder, on any machine,
add summaries; one that is sound is never computed again. 'seatcast study STEP -h' explains a step.

Examples:
  seatcast study prepare first-year --replications 500 --out large
  seatcast study submit --on local --dir large
`

// studySteps returns the steps of a study, in their order.
func studySteps() []verb { return []verb{prepareStep, shardStep, statusStep, mergeStep, submitStep} }

// runStudy runs a step.
func runStudy(c *call, args []string) int {
	var text strings.Builder
	text.WriteString("seatcast study: " + studyDoes + ".\n\nUsage: seatcast study STEP …\n\n")
	var names []string
	for _, s := range studySteps() {
		step, _ := strings.CutPrefix(s.name, "study ")
		names = append(names, step)
		fmt.Fprintf(&text, "  seatcast %-46s %s\n", s.name+" "+s.args, s.does)
		if len(args) > 0 && args[0] == step {
			if step == "prepare" {
				return runPrepare(c, args[1:])
			}
			return s.run(c, args[1:])
		}
	}
	text.WriteString(studyHelp)
	if len(args) > 0 && slices.Contains([]string{"-h", "--help", "-help"}, args[0]) {
		_, err := fmt.Fprint(c.stdout, text.String())
		return exitCode(err)
	}
	if len(args) == 0 {
		fmt.Fprint(c.stderr, text.String())
	} else {
		fmt.Fprintf(c.stderr, "seatcast study: there is no step %q; the steps are %s\n", args[0], strings.Join(names, ", "))
	}
	return exitWrong
}

// planned are the verbs that study prepares.
func planned() []verb { return []verb{runVerb, compareVerb, planVerb, sensitivityVerb} }

var prepareStep = verb{
	name: "study prepare", args: "[VERB] SCENARIO --out DIR [FLAG…]", does: "writes the study folder: the plan, and the first round",
	help: `Writes a study folder of a verb (run, which may be left out, compare, plan or sensitivity) with its flags: the scenario with the
files that it reads, and what is to be simulated first. Nothing is simulated yet.

Examples:
  seatcast study prepare first-year --replications 500 --out DIR
  seatcast study prepare plan managed-only --risk 1% --out DIR
`,
}

// runPrepare runs a verb up to its first round.
func runPrepare(c *call, args []string) int {
	v := runVerb
	for _, p := range planned() {
		if len(args) > 0 && args[0] == p.name {
			v, args = p, args[1:]
			break
		}
	}
	c.verb, c.study = v.name, &studyCall{executor: study.Wait{}}
	start := v.start
	v.name, v.args, v.does, v.help = prepareStep.name, prepareStep.args, prepareStep.does, prepareStep.help
	v.start = func(flags *flag.FlagSet) func(*call) error {
		do := start(flags)
		flags.Lookup("out").Usage = "write the study to folder `DIR`, which is not there yet or empty"
		return func(c *call) error {
			err := do(c)
			var first *study.Incomplete
			if !errors.As(err, &first) {
				return err
			}
			dir := c.lastFlag("out")
			_, err = fmt.Fprintf(c.stdout, "%s: %s of %s in %s\n", dir, c.verb, count(first.Round.Replications(first.Missing), "replication"),
				count(first.Round.Shards(), "shard"))
			fmt.Fprintf(c.stderr, "Now 'seatcast study shard --dir %s', on as many machines as you like, then 'seatcast study merge --dir %s'.\n", dir, dir)
			return err
		}
	}
	return v.run(c, args)
}

// lastFlag returns the value that a flag was given last.
func (c *call) lastFlag(name string) (value string) {
	for _, f := range c.flags {
		if v, ok := strings.CutPrefix(f, "--"+name+"="); ok {
			value = v
		}
	}
	return value
}

// preparing reports whether nothing but a study folder is to be written.
func (c *call) preparing() bool { return c.study != nil && c.study.folder == nil }

// dirFlag adds the flag of the study folder.
func dirFlag(flags *flag.FlagSet) *string {
	return flags.String("dir", "", "the study `folder`")
}

// openDir opens the folder of a step, of this very program.
func openDir(c *call, dir string) (*study.Folder, error) {
	if err := c.want(0, 0, "no arguments but flags"); err != nil {
		return nil, err
	}
	if dir == "" {
		return nil, wrong("say with --dir which study folder")
	}
	version, commit := build()
	f, err := study.Open(dir, study.Build(version, commit))
	if err != nil {
		return nil, wrongError{err}
	}
	if f.Plan.Version != version || f.Plan.Commit != commit {
		f.Close()
		return nil, wrong("%s was prepared by seatcast %s commit %s, and this is %s commit %s: one program must do it all", dir, f.Plan.Version, f.Plan.Commit, version, commit)
	}
	return f, nil
}

var shardStep = verb{
	name: "study shard", args: "--dir DIR [--part I/N]", does: "computes what is missing, or a part of it",
	help: `Computes the shards of the study that have no sound summary. With --part I/N only the shards I, I+N, I+2N…, counted from 0,
so that N processes share the work; on an engine its environment says which part this is.

Examples:
  seatcast study shard --dir DIR
  seatcast study shard --dir DIR --part 0/8
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		dir := dirFlag(flags)
		part, parts := 0, 1
		flags.Func("part", "compute part `I/N`, I from 0 to N-1 (default: what the engine says, else everything)", func(s string) (err error) {
			i, n, ok := strings.Cut(s, "/")
			a, err1 := strconv.Atoi(i)
			b, err2 := strconv.Atoi(n)
			if !ok || err1 != nil || err2 != nil || a < 0 || a >= b {
				return errors.New("want I/N with I from 0 to N-1, as 0/8")
			}
			part, parts = a, b
			return nil
		})
		var opt runOptions
		flags.IntVar(&opt.workers, "workers", runtime.NumCPU(), "simulate on `N` cores; the results are the same on any number")
		flags.BoolVar(&opt.quiet, "quiet", false, "print nothing but errors")
		flags.BoolVar(&opt.progress, "progress", false, "show progress also where stderr is no terminal")
		return func(c *call) error {
			f, err := openDir(c, *dir)
			if err != nil {
				return err
			}
			defer f.Close()
			if c.lastFlag("part") == "" {
				if i, n, ok, err := engine.Part(os.Getenv); err != nil {
					return wrongError{err}
				} else if ok {
					part, parts = i, n
				}
			}
			return computePart(c, f, part, parts, opt)
		}
	},
}

// computePart computes what is missing of a part of every round that is planned.
func computePart(c *call, f *study.Folder, part, parts int, opt runOptions) error {
	if err := opt.checkWorkers(); err != nil {
		return wrongError{err}
	}
	rounds, err := f.Rounds()
	if err != nil {
		return wrongError{err}
	}
	bar := newProgress(c.stderr, opt)
	defer bar.done()
	local := study.Local{Workers: opt.workers, Load: loadWorld(f.Dir), Step: func() { bar.Step(1) }}
	computed, replications := 0, 0
	for _, r := range rounds {
		missing, _, err := f.Missing(r)
		if err != nil {
			return wrongError{err}
		}
		missing = slices.DeleteFunc(missing, func(s int) bool { return s%parts != part })
		bar.Grow(r.Replications(missing))
		if err := local.Compute(c.ctx, f, r, missing, func(int, record.Record) error { return nil }); err != nil {
			if errors.Is(err, context.Canceled) {
				return errors.New("stopped; the shards that are finished are kept")
			}
			return fmt.Errorf("round %d: %w", r.Number, err)
		}
		computed, replications = computed+len(missing), replications+r.Replications(missing)
	}
	if opt.quiet {
		return nil
	}
	_, err = fmt.Fprintf(c.stdout, "part %d of %d: %s, %s computed\n", part, parts, count(computed, "shard"), count(replications, "replication"))
	return err
}

var statusStep = verb{
	name: "study status", args: "--dir DIR", does: "says what is done and what is missing",
	help: `A line for each round: how many shards are done, and the numbers of those that are missing. Exit code 3 if some are.

Examples:
  seatcast study status --dir DIR
  seatcast study status --dir results/.first-year.study
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		dir := dirFlag(flags)
		return func(c *call) error {
			f, err := openDir(c, *dir)
			if err != nil {
				return err
			}
			defer f.Close()
			return status(c, f)
		}
	},
}

func status(c *call, f *study.Folder) error {
	rounds, err := f.Rounds()
	if err != nil {
		return wrongError{err}
	}
	incomplete := false
	for _, r := range rounds {
		missing, faults, err := f.Missing(r)
		if err != nil {
			return wrongError{err}
		}
		text := ""
		if len(missing) > 0 {
			incomplete, text = true, "; missing "+study.Ranges(missing)
		}
		if _, err := fmt.Fprintf(c.stdout, "round %d: %d of %s done%s\n", r.Number, r.Shards()-len(missing), count(r.Shards(), "shard"), text); err != nil {
			return err
		}
		for _, fault := range faults {
			fmt.Fprintf(c.stderr, "%v: 'seatcast study shard' computes it again\n", fault)
		}
	}
	if incomplete {
		return errBroken
	}
	_, err = fmt.Fprintf(c.stdout, "'seatcast study merge --dir %s' goes on\n", f.Dir)
	return err
}

var mergeStep = verb{
	name: "study merge", args: "--dir DIR [--out RESULTS]", does: "writes the result folder, or plans the next round",
	help: `Folds the summaries in the order of the plan. Where the study needs another round, its plan is written, and the exit code is 3;
when all is there, the result folder is that of the verb itself, to the byte. Summaries that are damaged, of another
plan, of another class of machine, or that differ from another of the same shard, are refused by name.

Examples:
  seatcast study merge --dir DIR
  seatcast study merge --dir DIR --out results/large
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		dir := dirFlag(flags)
		out := flags.String("out", "", "write the results to folder `RESULTS` (default results/<scenario>-<hash>, as the verb itself)")
		return func(c *call) error {
			f, err := openDir(c, *dir)
			if err != nil {
				return err
			}
			err = goOn(c, f, study.Wait{}, "--out="+*out, "--quiet=false")
			var next *study.Incomplete
			if !errors.As(err, &next) {
				return err
			}
			if len(next.Faults) > 0 {
				return wrong("%w: 'seatcast study shard --dir %s' computes it again", next.Faults[0], *dir)
			}
			return fmt.Errorf("%w; compute them with 'seatcast study shard --dir %s', then merge again", next, *dir)
		}
	},
}

// goOn runs the verb of a study folder again, to where it needs what is not there.
func goOn(c *call, f *study.Folder, executor study.Executor, more ...string) error {
	i := slices.IndexFunc(planned(), func(v verb) bool { return v.name == f.Plan.Verb })
	if i < 0 {
		return wrong("%s: there is no verb %q to prepare", f.Dir, f.Plan.Verb)
	}
	inner := &call{ctx: c.ctx, stdout: c.stdout, stderr: c.stderr, verb: f.Plan.Verb, study: &studyCall{f, executor}}
	var args []string
	for _, s := range f.Plan.Scenarios {
		args = append(args, f.Name(s))
	}
	args = slices.Concat(args, f.Plan.Flags, f.Plan.Telling, more)
	flags := flag.NewFlagSet(f.Plan.Verb, flag.ContinueOnError)
	flags.SetOutput(c.stderr)
	flags.Usage = func() {}
	do := planned()[i].start(flags)
	if err := inner.parse(flags, args); err != nil {
		return wrong("%s: %w", f.Dir, err)
	}
	return do(inner)
}

var submitStep = verb{
	name: "study submit", args: "--dir DIR --on ENGINE [--parts N]", does: "has an engine compute what is missing, round by round, and merges",
	help: `Submits the parts of the study that are missing to an engine, waits for their summaries, submits again what did not
come, goes on to the next round, and writes the result folder at the end. What is done stays done, whenever it is stopped.

Examples:
  seatcast study submit --on slurm --parts 40 --dir DIR
  seatcast study submit --on local --dir DIR --out results/large
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		dir := dirFlag(flags)
		var opt runOptions
		flags.String("out", "", "write the results to folder `RESULTS` (default results/<scenario>-<hash>, as the verb itself)")
		flags.IntVar(&opt.workers, "workers", runtime.NumCPU(), "on local, simulate on `N` cores; the results are the same on any number")
		flags.BoolVar(&opt.quiet, "quiet", false, "print nothing but errors")
		flags.BoolVar(&opt.progress, "progress", false, "show progress also where stderr is no terminal")
		dry := flags.Bool("dry-run", false, "print what would be submitted, and submit nothing")
		onFlags(flags, &opt.engineOptions)
		return func(c *call) error {
			if err := errors.Join(opt.check(), opt.checkWorkers()); err != nil {
				return wrongError{err}
			}
			if *dry && opt.on == onLocal {
				return wrong("--dry-run shows what would be submitted: say to what with --on slurm or --on kubernetes")
			}
			f, err := openDir(c, *dir)
			if err != nil {
				return err
			}
			var executor study.Executor
			if *dry {
				executor = dryRun{opt.engineOptions, c}
			}
			rest := slices.DeleteFunc(slices.Clone(c.flags), func(f string) bool {
				return strings.HasPrefix(f, "--dir=") || strings.HasPrefix(f, "--dry-run=")
			})
			err = goOn(c, f, executor, rest...)
			if errors.Is(err, errShown) {
				return nil
			}
			return err
		}
	},
}
