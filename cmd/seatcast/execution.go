package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"seatcast/cmd/seatcast/study"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/record"
)

// executionFlags adds the flags that say how and where a verb simulates, which never
// change a result.
func executionFlags(flags *flag.FlagSet, opt *runOptions) {
	flags.IntVar(&opt.workers, "workers", runtime.NumCPU(), "simulate on `N` cores; the results are the same on any number")
	flags.BoolVar(&opt.resume, "resume", false, "carry on from the parts, of about a second each, that the same command finished before it was stopped")
	flags.BoolVar(&opt.quiet, "quiet", false, "print nothing but errors")
	flags.BoolVar(&opt.progress, "progress", false, "show progress also where stderr is no terminal")
	onFlags(flags, &opt.engineOptions)
}

// silent are the flags that a study folder does not remember; telling those that
// decide what is told of the records. All others decide what is simulated.
var (
	silent  = []string{"out", "workers", "resume", "quiet", "progress", "on", "parts", "memory", "image", "volume", "namespace", "user", "stall"}
	telling = []string{"format", "ledger", "parquet", "xlsx", "fail-if"}
)

// kinds returns the flags of the call that decide what is simulated, and those that tell.
func (c *call) kinds() (deciding, tells []string) {
	deciding = []string{}
	for _, f := range c.flags {
		name, _, _ := strings.Cut(strings.TrimPrefix(f, "--"), "=")
		switch {
		case slices.Contains(telling, name):
			tells = append(tells, f)
		case !slices.Contains(silent, name):
			deciding = append(deciding, f)
		}
	}
	return deciding, tells
}

// A studyCall is how a verb runs on behalf of the verb study.
type studyCall struct {
	folder   *study.Folder  // nil for prepare, which makes it
	executor study.Executor // nil for the engine of --on
}

// An execution is a verb's study while the verb runs.
type execution struct {
	*study.Study
	bar      *progress
	ours     bool // to be removed when the verb is done
	finished bool // the result folder holds everything

	preparing bool
}

// openStudy opens the study of a call: that of the verb study, or one beside the place
// of the result folder, which is begun anew unless it is to be resumed.
func openStudy(c *call, s *scenarios.Scenario, opt runOptions) (*execution, error) {
	if err := errors.Join(opt.check(), opt.checkWorkers()); err != nil {
		return nil, wrongError{err}
	}
	x := &execution{Study: &study.Study{}, bar: newProgress(c.stderr, opt), ours: c.study == nil, preparing: c.preparing()}
	x.Progress = x.bar
	plan := planFor(c, s)
	version, commit := build()
	class := study.Build(version, commit)
	var err error
	switch {
	case c.study != nil && c.study.folder != nil:
		x.Folder = c.study.folder
		if !x.Has(plan) {
			return nil, wrong("%s: the files or the flags of the study were changed since it was prepared", x.Dir)
		}
	case c.study != nil:
		if opt.out == "" {
			return nil, wrong("say with --out DIR where the study folder is to be")
		}
		if x.Folder, err = study.Create(opt.out, plan, class); err != nil {
			return nil, wrongError{err}
		}
	default:
		if x.Folder, err = besideResults(c, s, opt, plan, class); err != nil {
			return nil, err
		}
	}
	x.Executor = study.Local{Workers: opt.workers, Load: loadWorld(x.Dir), Step: func() { x.bar.Step(1) }}
	switch {
	case c.study != nil && c.study.executor != nil:
		x.Executor = c.study.executor
	case opt.on != onLocal:
		x.Executor = remote{opt.engineOptions, x.bar.Step}
	}
	if _, here := x.Executor.(study.Local); !here && (c.study == nil || c.study.folder == nil) {
		if err := putInputs(c, x.Folder, opt); err != nil {
			return nil, x.close(err)
		}
	}
	return x, nil
}

// besideResults opens or begins the study folder of a verb that is called by itself.
func besideResults(c *call, s *scenarios.Scenario, opt runOptions, plan study.Plan, class string) (*study.Folder, error) {
	dir := opt.out
	if dir == "" {
		dir = filepath.Join("results", s.Name+"-"+s.Hash[:8]+"-"+c.verb)
	}
	dir, err := filepath.Abs(dir) // also without a slash at its end
	if err != nil {
		return nil, fmt.Errorf("opening the study folder: %w", err)
	}
	dir = filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".study")
	if opt.resume {
		f, err := study.Open(dir, class)
		if err == nil && !f.Has(plan) {
			f.Close()
			err = study.ErrOther
		}
		switch {
		case err == nil:
			f.Passing = opt.on == onLocal
			return f, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, wrong("cannot resume from %s: %w; run without --resume to start anew", dir, err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("removing the study folder of another run: %w", err)
	}
	if opt.on == onLocal {
		return study.CreatePassing(dir, plan, class)
	}
	return study.Create(dir, plan, class)
}

// planFor returns the plan of the study of a call.
func planFor(c *call, s *scenarios.Scenario) study.Plan {
	version, commit := build()
	asRun := sha256.Sum256(s.TOML)
	p := study.Plan{Verb: c.verb, Scenario: s.Hash, AsRun: hex.EncodeToString(asRun[:8]), Seed: s.Seed, Replications: s.Replications, Version: version, Commit: commit}
	p.Flags, p.Telling = c.kinds()
	for i, name := range c.args {
		file := filepath.Base(name)
		if _, found, err := find(name); err == nil {
			file = found
		}
		p.Scenarios = append(p.Scenarios, fmt.Sprintf("inputs/%d/%s", i+1, file))
	}
	return p
}

// putInputs copies the scenarios of a call, and the files that they read, to the folder
// of a study, for processes that have nothing else.
func putInputs(c *call, f *study.Folder, opt runOptions) error {
	for i, name := range c.args {
		fsys, file, err := find(name)
		if err != nil {
			return err
		}
		from := *opt.scenario
		if i > 0 {
			from.Variants = []string{scenarios.Base}
		}
		s, err := load(name, from)
		if err != nil {
			return err
		}
		src, err := fs.ReadFile(fsys, file)
		if err != nil {
			return fmt.Errorf("reading the scenario %s: %w", name, err)
		}
		dir := fmt.Sprintf("inputs/%d/", i+1)
		err = f.Put(dir+file, src)
		for name, data := range s.Files {
			err = errors.Join(err, f.Put(dir+name, data))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// loadWorld returns what loads the worlds of a study from its folder.
func loadWorld(dir string) func(study.Plan, study.World) (*sim.World, error) {
	return func(p study.Plan, w study.World) (*sim.World, error) {
		if w.Scenario >= len(p.Scenarios) {
			return nil, wrong("%s: there is no scenario number %d", dir, w.Scenario)
		}
		s, err := load(filepath.Join(dir, p.Scenarios[w.Scenario]), scenarios.Options{Set: w.Set, Variants: []string{w.Variant}})
		if err != nil {
			return nil, err
		}
		return s.Variants[0].World, nil
	}
}

// worldOf returns a variant of the scenario of a call as a world of its study. set are
// all the settings that it was loaded with. The last of the variants are those of
// further scenarios.
func worldOf(c *call, s *scenarios.Scenario, variant int, set []string) study.World {
	v := s.Variants[variant]
	w := study.World{Variant: v.Name, Set: append(slices.Clone(set), fmt.Sprintf("study.seed=%d", s.Seed))}
	if first := len(s.Variants) - len(c.args) + 1; variant >= first {
		w.Scenario, w.Variant = variant-first+1, scenarios.Base
	}
	return w.Of(v.World)
}

// ask asks for cells; sink is given the index of the cell as the Variant of a record.
func (x *execution) ask(ctx context.Context, cells []study.Cell, sink func(*record.Record) error) error {
	_, err := x.Ask(ctx, cells, func(r record.Record) error { return sink(&r) })
	if err != nil {
		return fmt.Errorf("simulating: %w", err)
	}
	return nil
}

// close ends the execution of a verb that ends with err, and returns what to say.
func (x *execution) close(err error) error {
	x.bar.done()
	stopped := errors.Is(err, context.Canceled)
	if x.preparing && !errors.As(err, new(*study.Incomplete)) {
		x.Remove()
		return err
	}
	if !x.ours {
		if x.finished {
			err = errors.Join(err, x.Tidy())
		}
		x.Folder.Close()
		if stopped {
			return fmt.Errorf("stopped with %d of %d replications finished; the same command carries on", x.Sound, x.Wanted)
		}
		return err
	}
	if errors.As(err, new(*study.Fault)) {
		x.Folder.Close()
		return fmt.Errorf("%w; without --resume the study starts anew", err)
	}
	if x.finished || err == nil || errors.As(err, new(wrongError)) || x.Sound == 0 {
		x.Remove()
		if stopped {
			return errors.New("stopped; nothing is written")
		}
		return err
	}
	x.Folder.Close()
	if stopped {
		return fmt.Errorf("stopped with %d of %d replications finished; the same command with --resume carries on", x.Sound, x.Wanted)
	}
	return err
}
