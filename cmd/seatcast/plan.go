package main

import (
	"errors"
	"flag"
	"slices"
	"strconv"
	"strings"

	"seatcast/cmd/seatcast/plan"
	"seatcast/cmd/seatcast/study"
	"seatcast/output"
	"seatcast/scenarios"
	"seatcast/sim/record"
)

var planVerb = verb{
	name: "plan", args: "SCENARIO", does: "how many seats to buy, so that a refused claim is improbable enough",
	help: `Finds the fewest seats with which the probability of a refused claim by a date is at most --risk, by adding
replications on the same luck until the count is settled, and says with what confidence. It prints what the count
costs, what a seat more or fewer does, and writes a result folder of the scenario with these seats.

Examples:
  seatcast plan first-year
  seatcast plan managed-only --risk 0.1 --by 2026-06-30 --over all --most 2000
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		opt := planOptions{runOptions: runOptions{scenario: scenarioFlags(flags), format: formatFlag(flags)}}
		flags.Func("pool", "plan the pool `TENANT/PRODUCT` (repeatable, for a joint risk; default: every pool that a policy claims from)", func(s string) error {
			opt.Pools = append(opt.Pools, s)
			return nil
		})
		opt.Risks = []float64{0.05}
		flags.Func("risk", "accept a probability `P` of a refused claim, as 0.05 or 5% (default 0.05); with --true-up one for each stage, P,P,… (default: even parts of 0.05)", opt.setRisk)
		flags.StringVar(&opt.By, "by", "", "count refusals up to the end of `DATE` (default the end of the study)")
		flags.Func("true-up", "buy again on `DATE,DATE,…`: the fewest seats of each stage", func(s string) error {
			opt.TrueUps = strings.Split(s, ",")
			return nil
		})
		flags.Float64Var(&opt.RefusalCost, "refusal-cost", 0, "say which number of seats is cheapest, where a refused person costs `USD`")
		flags.Func("over", "plan the what-if `NAME` as well, or all: which needs the fewest seats (repeatable)", func(s string) error {
			opt.over = append(opt.over, s)
			return nil
		})
		flags.BoolVar(&opt.Rare, "rare", false, "for a risk below one in a thousand: importance sampling of adoption, where the scenario allows")
		flags.IntVar(&opt.Most, "most", 0, "simulate at most `N` replications in a search (default as many as 10 million people make, and not above 100,000)")
		flags.StringVar(&opt.out, "out", "", "write the results to folder `DIR` (default results/<scenario>-<hash>, of the scenario with these seats)")
		executionFlags(flags, &opt.runOptions)
		return func(c *call) error {
			if err := c.want(1, 1, "one scenario: a file, or the name of a built-in one"); err != nil {
				return err
			}
			return planSeats(c, opt)
		}
	},
}

// planOptions are the flags of plan.
type planOptions struct {
	runOptions
	plan.Options
	over []string
}

// setRisk reads --risk: probabilities in (0, 1), separated by commas.
func (o *planOptions) setRisk(s string) error {
	o.Risks = nil
	for _, word := range strings.Split(s, ",") {
		number, percent := strings.CutSuffix(strings.TrimSpace(word), "%")
		if percent {
			number += "e-2"
		}
		p, err := strconv.ParseFloat(number, 64)
		if err != nil || !(p > 0 && p < 1) {
			return errors.New("want a probability between 0 and 1, as 0.05 or 5%")
		}
		o.Risks = append(o.Risks, p)
	}
	return nil
}

// planSeats plans a scenario from the file to the result folder.
func planSeats(c *call, opt planOptions) error {
	if slices.Contains(opt.over, "all") {
		opt.over, opt.scenario.Variants = nil, nil
	} else if len(opt.scenario.Variants) == 0 {
		opt.scenario.Variants = append([]string{scenarios.Base}, opt.over...)
	}
	s, err := load(c.args[0], *opt.scenario)
	if err != nil {
		return err
	}
	if err := writable(c, opt.out); err != nil {
		return err
	}
	var worlds []study.World
	for i := range s.Variants {
		worlds = append(worlds, worldOf(c, s, i, opt.scenario.Set))
	}
	p, err := plan.New(s, worlds, opt.Options)
	if err != nil {
		return wrongError{err}
	}
	x, err := openStudy(c, s, opt.runOptions)
	if err != nil {
		return err
	}
	return x.close(buy(c, x, p, opt))
}

// buy plans every variant, and simulates the scenario with the seats that are found.
func buy(c *call, x *execution, p *plan.Planner, opt planOptions) error {
	found, err := p.Plan(func(cells []study.Cell, sink func(*record.Record) error) error { return x.ask(c.ctx, cells, sink) })
	if errors.As(err, new(plan.Unplannable)) {
		return wrongError{err}
	}
	if err != nil {
		return err
	}
	set := *opt.scenario
	set.Set = slices.Concat(set.Set, p.Settings(found))
	opt.scenario = &set
	s, err := loadToRun(c.args[0], set)
	if err != nil {
		return err
	}
	return publishWith(c, x, newSimulation(s, nil), opt.runOptions, func(r *output.Result) { r.Plan = found.With(r.Answers) }, func(r output.Result) error {
		if *opt.format == formatJSON {
			return writeJSON(c, r.Plan)
		}
		return output.WriteSection(c.stdout, output.PlanSection(*r.Plan), terminalWidth(c.stdout))
	})
}
