package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	return &opt
}

// load loads a scenario by path, or by name if it is built in.
func load(name string, opt scenarios.Options) (*scenarios.Scenario, error) {
	fsys, file, err := find(name)
	if err != nil {
		return nil, err
	}
	s, err := scenarios.Load(fsys, file, opt)
	var problems scenarios.Problems
	if errors.As(err, &problems) {
		return nil, wrong("%s has %d problems:\n%w", name, len(problems), err)
	}
	if err != nil {
		return nil, wrongError{err}
	}
	return s, nil
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
				ok, err := check(c, name, *opt)
				if err != nil {
					return err
				}
				if !ok {
					bad++
				}
			}
			if bad > 0 {
				return wrong("%d of %d files have problems", bad, len(c.args))
			}
			return nil
		}
	},
}

// check prints what is wrong with one scenario, and reports whether nothing is.
func check(c *call, name string, opt scenarios.Options) (ok bool, err error) {
	fsys, file, err := find(name)
	if err != nil {
		return false, err
	}
	s, err := scenarios.Load(fsys, file, opt)
	var problems scenarios.Problems
	switch {
	case errors.As(err, &problems):
		fmt.Fprintln(c.stdout, problems)
		return false, nil
	case err != nil:
		return false, wrongError{err}
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(c.stdout, "warning: %s\n", w)
	}
	_, err = fmt.Fprintf(c.stdout, "%s: ok (%d variants, %d replications of %d days)\n", name, len(s.Variants), s.Replications, s.Days)
	return true, err
}
