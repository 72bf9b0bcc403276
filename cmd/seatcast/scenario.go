package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"seatcast/scenarios"
)

// scenarioFlags adds the flags that change a scenario as it is loaded.
func scenarioFlags(flags *flag.FlagSet) *scenarios.Options {
	var opt scenarios.Options
	flags.Func("set", "change a key of the scenario: `PATH=VALUE`, as in tenants.northlake.pools.premium.seats=200 (repeatable)", func(s string) error {
		opt.Set = append(opt.Set, s)
		return nil
	})
	flags.Func("variant", "run only the variant `NAME`: base, or a what-if (repeatable; default: all)", func(s string) error {
		opt.Variants = append(opt.Variants, s)
		return nil
	})
	flags.Func("seed", "the seed `N` of all luck, in place of the scenario's", func(s string) error {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return errors.New("want a whole number from 0 to 18446744073709551615")
		}
		opt.Seed = &n
		return nil
	})
	flags.Func("replications", "simulate `N` replications, in place of the scenario's number", func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return errors.New("want a whole number above 0")
		}
		opt.Replications = &n
		return nil
	})
	flags.Func("precision", "add replications until every probability is known to ± `WIDTH`, or METRIC=WIDTH: refused-users=5%, cost=100, exhaustion-p50=7d (repeatable)", func(s string) error {
		opt.Precision = append(opt.Precision, s)
		return nil
	})
	return &opt
}

// load loads a scenario by path, or by name if it is built in. The error is
// Problems where what is written is wrong; they and the warnings have the path as
// it was given.
func load(name string, opt scenarios.Options) (*scenarios.Scenario, error) {
	fsys, file, err := find(name)
	if err != nil {
		return nil, err
	}
	s, err := scenarios.Load(fsys, file, opt)
	var problems scenarios.Problems
	switch {
	case errors.As(err, &problems):
		return nil, wrongError{located(problems, file, name)}
	case err != nil:
		return nil, wrongError{err}
	}
	if _, err := pasts(s); err != nil {
		return nil, wrongError{fmt.Errorf("%s: %w", name, err)}
	}
	s.Warnings = located(s.Warnings, file, name)
	return s, nil
}

// located replaces the file by the path that names it.
func located(problems scenarios.Problems, file, path string) scenarios.Problems {
	problems = slices.Clone(problems)
	for i := range problems {
		if problems[i].File == file && filepath.Base(path) == file {
			problems[i].File = path
		}
	}
	return problems
}

// find returns where a scenario is: a file, or one that is built in.
func find(name string) (fsys fs.FS, file string, err error) {
	info, err := os.Stat(name)
	if err == nil && !info.IsDir() {
		return os.DirFS(filepath.Dir(name)), filepath.Base(name), nil
	}
	if fsys, file, ok := scenarios.Builtin(name); ok {
		return fsys, file, nil
	}
	if err == nil {
		return nil, "", wrong("%s is a folder: want a scenario file", name)
	}
	if _, missing := scenarios.Source(name); missing != nil && errors.Is(err, fs.ErrNotExist) {
		return nil, "", wrong("there is no file %s, and %w", name, missing)
	}
	return nil, "", wrongError{err}
}

var checkVerb = verb{
	name: "check", args: "FILE…", does: "prints every problem of scenario files, with its place and what would be right",
	help: `A line for each problem: file:line:column: key: what is wrong, and what would be right. Warnings do not
make a file wrong. Built-in scenarios can be checked by name.

Examples:
  seatcast check mine.toml
  seatcast check --set tenants.northlake.pools.premium.seats=200 first-year
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		opt := scenarioFlags(flags)
		return func(c *call) error {
			if len(c.args) == 0 {
				return wrong("want one or more scenario files")
			}
			bad := 0
			for _, name := range c.args {
				err := checkScenario(c, name, *opt)
				if errors.As(err, new(wrongError)) {
					bad++
					_, err = fmt.Fprintln(c.stdout, err)
				}
				if err != nil {
					return err
				}
			}
			if bad > 0 {
				return wrong("%d of %d scenarios are wrong", bad, len(c.args))
			}
			return nil
		}
	},
}

// checkScenario prints the warnings of a scenario; what is wrong is the error.
func checkScenario(c *call, name string, opt scenarios.Options) error {
	s, err := load(name, opt)
	if err != nil {
		return err
	}
	for _, w := range s.Warnings {
		if _, err := fmt.Fprintf(c.stdout, "warning: %s\n", w); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.stdout, "%s: ok (%s, %s of %s)\n", name, count(len(s.Variants), "variant"),
		count(s.Replications, "replication"), count(s.Days, "day"))
	return err
}

// count returns a number of things in words.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
