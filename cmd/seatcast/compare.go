package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"seatcast/analysis"
	"seatcast/scenarios"
	"seatcast/sim/record"
)

var compareVerb = verb{
	name: "compare", args: "SCENARIO [SCENARIO…]", does: "says what each what-if changes, and which is best, and how sure that is",
	help: `Simulates the scenario, each of its what-ifs and every further scenario on the same luck, and compares
replication by replication: when seats run out, who is refused, what it costs, with intervals. What may be
noise is marked ~, once it is counted how many differences are looked at (Holm). The variants are ranked by
one answer, smaller being better, and the rank of the first comes with its confidence. Metrics to rank by:
refused-users, turned-away (refused for any reason), refused-claims, blocked-days, exhaustion, cost,
assigned-end, idle-days.

With --indifference, replications are added within --budget until one variant is left that no other beats
by that much (Kim and Nelson); with --budget alone they go where they decide most (OCBA).

Examples:
  seatcast compare managed-only
  seatcast compare idle-reclaim --best 'summit/premium: blocked-days' --indifference 100 --budget 400
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		opt := runFlags(flags)
		opt.suffix = "-compare"
		flags.Lookup("out").Usage = "write the results to folder `DIR` (default results/<scenario>-<hash>-compare)"
		question := analysis.Question{Metric: analysis.RankMetrics[0], Confidence: 0.95}
		flags.Func("by", "let exhaustion count up to the end of `DATE`, in place of the whole study", func(s string) (err error) {
			if question.By, err = time.Parse(time.DateOnly, s); err != nil {
				return errors.New("want a date such as 2026-06-30")
			}
			return nil
		})
		flags.Func("best", "rank the variants by `METRIC`, or 'TENANT/PRODUCT: METRIC' of one pool (default refused-users of all pools; equal ones by people turned away for any reason, then by cost)", func(s string) (err error) {
			question.Pool, question.Metric, err = analysis.ParseMetric(s)
			return err
		})
		flags.Float64Var(&question.Confidence, "confidence", question.Confidence, "the `P` with which the choice of the best is to be right (default 0.95)")
		flags.Float64Var(&question.Indifference, "indifference", 0, "the difference `D` that nobody would act on, in the unit of the metric (a share for exhaustion)")
		flags.IntVar(&question.Budget, "budget", 0, "add up to `N` replications, over all variants, to make the choice")
		return func(c *call) error {
			if len(c.args) == 0 {
				return wrong("want one scenario or more: files, or the names of built-in ones")
			}
			return compare(c, question, *opt)
		}
	},
}

// compare simulates the variants of all scenarios as one study.
func compare(c *call, question analysis.Question, opt runOptions) error {
	s, err := loadAll(c.args, *opt.scenario)
	if err != nil {
		return err
	}
	st := newSimulation(s, &question)
	if len(st.Variants) < 2 {
		return wrong("%s has one variant, and nothing to compare it with: add a [what-if.NAME] or name another scenario", s.Name)
	}
	if err := errors.Join(question.Check(st.Study), sameZones(st.Study)); err != nil {
		return wrongError{err}
	}
	st.command = compareCommand(c.args[1:], question, s)
	return simulate(c, st, opt)
}

// loadAll loads the first scenario with its what-ifs, and of the others the
// scenario itself, as variants of one study.
func loadAll(names []string, opt scenarios.Options) (*scenarios.Scenario, error) {
	s, err := loadToRun(names[0], opt)
	if err != nil {
		return nil, err
	}
	opt.Variants = []string{scenarios.Base}
	for _, name := range names[1:] {
		other, err := loadToRun(name, opt)
		if err != nil {
			return nil, err
		}
		if err := join(s, other); err != nil {
			return nil, wrong("%s and %s cannot be compared: %w", names[0], name, err)
		}
	}
	return s, nil
}

// join adds another scenario as a variant that is called like its file.
func join(s, other *scenarios.Scenario) error {
	if s.Start != other.Start || s.Days != other.Days || s.Seed != other.Seed {
		return fmt.Errorf("one is %s from %s with seed %d, the other %s from %s with seed %d; they must meet the same days with the same luck: change [study]",
			count(s.Days, "day"), s.Start, s.Seed, count(other.Days, "day"), other.Start, other.Seed)
	}
	for _, v := range s.Variants {
		if v.Name == other.Name {
			return fmt.Errorf("both have a variant called %s: rename a file or a what-if", v.Name)
		}
	}
	files := map[string][]byte{other.Name + ".toml": other.TOML}
	for name, data := range other.Files {
		files[name] = data
	}
	for name, data := range files {
		if had, ok := s.Files[name]; ok && !bytes.Equal(had, data) {
			return fmt.Errorf("both read a file called %s, and they differ: rename one", name)
		}
		s.Files[name] = data
	}
	v := other.Variants[0]
	v.Name, v.Title = other.Name, other.Title
	s.Variants = append(s.Variants, v)
	for _, w := range other.Warnings {
		w.Key = other.Name + ": " + w.Key
		s.Warnings = append(s.Warnings, w)
	}
	s.Replications, s.Random = max(s.Replications, other.Replications), s.Random || other.Random
	sum := sha256.Sum256([]byte(s.Hash + other.Hash + other.Name))
	s.Hash = hex.EncodeToString(sum[:8])
	return nil
}

// sameZones reports a tenant that has another time zone in another variant: its
// days would not be the same.
func sameZones(s record.Study) error {
	zones := map[string]string{}
	for _, v := range s.Variants {
		for _, t := range v.Tenants {
			if zone, ok := zones[t.Name]; ok && zone != t.Zone {
				return fmt.Errorf("the tenant %s is in %s in one variant and in %s in another: its days must be the same ones", t.Name, zone, t.Zone)
			}
			zones[t.Name] = t.Zone
		}
	}
	return nil
}

// compareCommand returns the command that gives the result folder again, in it.
func compareCommand(others []string, q analysis.Question, s *scenarios.Scenario) string {
	var b strings.Builder
	io.WriteString(&b, "seatcast compare scenario.toml")
	for _, v := range s.Variants[len(s.Variants)-len(others):] {
		fmt.Fprintf(&b, " %s.toml", v.Name)
	}
	flag := func(set bool, name, value string) {
		if set {
			fmt.Fprintf(&b, " --%s %s", name, value)
		}
	}
	metric := q.Metric
	if q.Pool != "" {
		metric = "'" + q.Pool + ": " + q.Metric + "'"
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	flag(!q.By.IsZero(), "by", q.ByText())
	flag(metric != analysis.RankMetrics[0], "best", metric)
	flag(q.Confidence != 0.95, "confidence", number(q.Confidence))
	flag(q.Indifference != 0, "indifference", number(q.Indifference))
	flag(q.Budget != 0, "budget", strconv.Itoa(q.Budget))
	return b.String()
}
