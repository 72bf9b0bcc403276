package main

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/cmd/seatcast/study"
	"seatcast/output"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
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
			opt.pools = append(opt.pools, s)
			return nil
		})
		opt.risks = []float64{0.05}
		flags.Func("risk", "accept a probability `P` of a refused claim, as 0.05 or 5% (default 0.05); with --true-up one for each stage, P,P,… (default: even parts of 0.05)", opt.setRisk)
		flags.StringVar(&opt.by, "by", "", "count refusals up to the end of `DATE` (default the end of the study)")
		flags.Func("true-up", "buy again on `DATE,DATE,…`: the fewest seats of each stage", func(s string) error {
			opt.trueUps = strings.Split(s, ",")
			return nil
		})
		flags.Float64Var(&opt.refusalCost, "refusal-cost", 0, "say which number of seats is cheapest, where a refused person costs `USD`")
		flags.Func("over", "plan the what-if `NAME` as well, or all: which needs the fewest seats (repeatable)", func(s string) error {
			opt.over = append(opt.over, s)
			return nil
		})
		flags.BoolVar(&opt.rare, "rare", false, "for a risk below one in a thousand: importance sampling of adoption, where the scenario allows")
		flags.IntVar(&opt.most, "most", 0, "simulate at most `N` replications in a search (default as many as 10 million people make, and not above 100,000)")
		flags.StringVar(&opt.out, "out", "", "write the results to folder `DIR` (default results/<scenario>-<hash>, of the scenario with these seats)")
		executionFlags(flags, &opt.runOptions)
		return func(c *call) error {
			if err := c.want(1, 1, "one scenario: a file, or the name of a built-in one"); err != nil {
				return err
			}
			return planSeats(c, c.args[0], opt)
		}
	},
}

// planOptions are the flags of plan.
type planOptions struct {
	runOptions
	pools, trueUps, over []string
	risks                []float64
	riskGiven            bool
	by                   string
	refusalCost          float64
	rare                 bool
	most                 int
}

// setRisk reads --risk: probabilities in (0, 1), separated by commas.
func (o *planOptions) setRisk(s string) error {
	o.risks, o.riskGiven = nil, true
	for _, word := range strings.Split(s, ",") {
		number, percent := strings.CutSuffix(strings.TrimSpace(word), "%")
		if percent {
			number += "e-2"
		}
		p, err := strconv.ParseFloat(number, 64)
		if err != nil || !(p > 0 && p < 1) {
			return errors.New("want a probability between 0 and 1, as 0.05 or 5%")
		}
		o.risks = append(o.risks, p)
	}
	return nil
}

// confidence of a count of seats.
const confidence = 0.95

// planSeats plans a scenario from the file to the result folder.
func planSeats(c *call, name string, opt planOptions) error {
	if slices.Contains(opt.over, "all") {
		opt.over, opt.scenario.Variants = nil, nil
	} else if len(opt.scenario.Variants) == 0 {
		opt.scenario.Variants = append([]string{scenarios.Base}, opt.over...)
	}
	s, err := load(name, *opt.scenario)
	if err != nil {
		return err
	}
	if err := writable(c, opt.out); err != nil {
		return err
	}
	p, err := newPlanner(c, s, opt)
	if err != nil {
		return wrongError{err}
	}
	if p.execution, err = openStudy(c, s, opt.runOptions); err != nil {
		return err
	}
	return p.execution.close(p.purchase(name))
}

// purchase plans every variant, and simulates the scenario with the seats that it finds.
func (p *planner) purchase(name string) error {
	plan, err := p.plan()
	if err != nil {
		return err
	}
	opt := p.opt
	set := *opt.scenario
	set.Set = slices.Concat(set.Set, p.settings(plan))
	opt.scenario = &set
	s, err := loadToRun(name, set)
	if err != nil {
		return err
	}
	return publishWith(p.call, p.execution, newSimulation(s, nil), opt.runOptions, func(r *output.Result) { r.Plan = plan.With(r.Answers) }, func(r output.Result) error {
		if *opt.format == formatJSON {
			return writeJSON(p.call, r.Plan)
		}
		return output.WriteSection(p.stdout, output.PlanSection(*r.Plan), terminalWidth(p.stdout))
	})
}

func sum(all []float64) (total float64) {
	for _, x := range all {
		total += x
	}
	return total
}

// A planner plans the purchases of a scenario.
type planner struct {
	*call
	execution *execution
	opt       planOptions
	scenario  *scenarios.Scenario
	day       int   // refusals count up to this midnight
	stages    []int // the midnights at which the stages end; one where there are no true-ups
	risks     []float64
	start     time.Time
}

// newPlanner checks the call against the scenario.
func newPlanner(c *call, s *scenarios.Scenario, opt planOptions) (*planner, error) {
	p := &planner{call: c, opt: opt, scenario: s, day: s.Days}
	p.start, _ = time.Parse(time.DateOnly, s.Start)
	if opt.by != "" {
		day, err := p.dayOf(opt.by)
		if err != nil {
			return nil, fmt.Errorf("--by %s: %w", opt.by, err)
		}
		p.day = day + 1
	}
	for _, date := range opt.trueUps {
		day, err := p.dayOf(date)
		if err != nil || day < 1 || day >= p.day || len(p.stages) > 0 && day <= p.stages[len(p.stages)-1] {
			return nil, fmt.Errorf("--true-up %s: want rising dates after the first day and up to %s", date, p.date(p.day-1))
		}
		p.stages = append(p.stages, day)
	}
	p.stages = append(p.stages, p.day)
	switch {
	case len(opt.risks) == len(p.stages):
		p.risks = opt.risks
	case len(opt.risks) == 1:
		for range p.stages {
			p.risks = append(p.risks, opt.risks[0]/float64(len(p.stages)))
		}
	default:
		return nil, fmt.Errorf("--risk has %d probabilities, want 1 or %d: one for each stage", len(opt.risks), len(p.stages))
	}
	switch {
	case sum(p.risks) >= 1:
		return nil, errors.New("--risk: the probabilities of the stages add up to 1 or more")
	case opt.most < 0:
		return nil, fmt.Errorf("--most %d: want 1 or more", opt.most)
	case opt.refusalCost < 0:
		return nil, fmt.Errorf("--refusal-cost %v: want 0 or more", opt.refusalCost)
	case opt.rare && len(p.stages) > 1:
		return nil, errors.New("--rare plans no schedule: leave --true-up out")
	}
	return p, nil
}

// plan plans every variant. One that cannot be planned says why; where none can, that
// is the error.
func (p *planner) plan() (purchase.Plan, error) {
	plan := purchase.Plan{Risk: sum(p.risks), By: p.date(p.day - 1), Confidence: confidence, Certain: !p.scenario.Random}
	var problems []error
	for i, v := range p.scenario.Variants {
		bought, err := p.variant(i)
		if errors.As(err, new(wrongError)) {
			problems = append(problems, fmt.Errorf("%s: %w", v.Name, err))
			bought = purchase.Purchase{Variant: v.Name, Title: v.Title, Unplanned: err.Error(), Pools: []purchase.Pool{}, Notes: []string{}, Reasons: []string{}}
		} else if err != nil {
			return plan, fmt.Errorf("%s: %w", v.Name, err)
		}
		plan.Purchases = append(plan.Purchases, bought)
	}
	if len(problems) == len(p.scenario.Variants) {
		return plan, errors.Join(problems...)
	}
	return plan, nil
}

// dayOf returns the index of a date among the days of the study.
func (p *planner) dayOf(date string) (int, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(date))
	if err != nil {
		return 0, errors.New("want a date such as 2026-06-30")
	}
	day := int(t.Sub(p.start) / (24 * time.Hour))
	if day < 0 || day >= p.scenario.Days {
		return 0, fmt.Errorf("is no day of the study, %s to %s", p.date(0), p.date(p.scenario.Days-1))
	}
	return day, nil
}

// date returns the date of a day of the study.
func (p *planner) date(day int) string { return p.start.AddDate(0, 0, day).Format(time.DateOnly) }

// A target is a pool that is planned, by indices into a world.
type target struct {
	tenant, pool, product, subscription int
	reserved                            int
	key                                 string // of its seats
	now                                 int
	held                                int     // on the first day: no fewer are bought
	taken                               int     // by the timeline, where that makes seats fewer
	named                               []int   // pools under whose names claims are refused that it could have served
	price                               float64 // of a seat over the study
}

// in returns a world in which a target has some seats.
func (t target) in(world study.World, seats int) study.World {
	return world.WithSeats(t.tenant, t.product, t.subscription, seats)
}

// targets returns the pools of a variant that are planned.
func (p *planner) targets(v scenarios.Variant) ([]target, error) {
	var all []target
	var names []string
	known := map[string]bool{}
	for i := range v.World.Tenants {
		t := &v.World.Tenants[i]
		claimed := map[string]bool{}
		for k := range t.Rules.Policies {
			for _, product := range t.Rules.Policies[k].Products {
				claimed[t.Rules.Products[product].Name] = true
			}
		}
		for j, pool := range t.Info().Pools {
			name := t.Name + "/" + pool.Product
			names, known[name] = append(names, name), true
			if slices.Contains(p.opt.pools, name) || len(p.opt.pools) == 0 && claimed[pool.Product] {
				all = append(all, newTarget(v, i, j, pool.Product))
			}
		}
	}
	for _, name := range p.opt.pools {
		if !known[name] {
			return nil, wrong("--pool %s: there is no such pool; there are %s", name, strings.Join(names, ", "))
		}
	}
	if len(all) == 0 {
		return nil, wrong("no policy claims from any pool: name one with --pool TENANT/PRODUCT")
	}
	return all, nil
}

func newTarget(v scenarios.Variant, tenant, pool int, name string) target {
	t := &v.World.Tenants[tenant]
	product := slices.IndexFunc(t.Rules.Products, func(p claim.Product) bool { return p.Name == name })
	rule := &t.Rules.Products[product]
	out := target{tenant: tenant, pool: pool, product: product, reserved: rule.Reserved}
	for i := range rule.Subscriptions { // the first that runs at the start, as the deeds of a timeline have it
		if s := &rule.Subscriptions[i]; s.Starts <= 0 && s.Ends > 0 {
			out.subscription = i
			break
		}
	}
	s := &rule.Subscriptions[out.subscription]
	out.held, out.named = t.Held(product, out.subscription), named(t, product)
	for i := range t.Timeline {
		if e := &t.Timeline[i]; e.Product == product && e.Do == sim.ChangeSeats {
			out.taken += max(0, -e.Seats)
		}
	}
	out.now, out.key = s.Seats, v.SeatsKey(t.Name, name, s.Name)
	return out
}

// price finds what a seat of each target costs over the study: the difference that a
// thousand of them make, since a subscription may not run all the time. Luck has no
// part in it.
func (p *planner) price(world study.World, targets []target) error {
	const many = 1000
	var worlds []study.World
	for _, t := range targets {
		for i := range 2 {
			worlds = append(worlds, t.in(world, t.now+(i+1)*many))
		}
	}
	var costs []float64
	err := p.execution.ask(p.ctx, worlds, 0, 1, func(r *record.Record) error {
		t := targets[r.Variant/2]
		costs = append(costs, r.Tenants[t.tenant].Pools[t.pool].Cost)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range targets {
		targets[i].price = math.Round((costs[2*i+1]-costs[2*i])/many*1e6) / 1e6
	}
	return nil
}

// variant plans one variant.
func (p *planner) variant(index int) (purchase.Purchase, error) {
	w, err := p.wanted(index)
	if err != nil {
		return purchase.Purchase{}, err
	}
	err = w.plan()
	return w.out, err
}

// wanted returns the purchase that is wanted for a variant, which is still to be worked out.
func (p *planner) wanted(index int) (*wanted, error) {
	v := p.scenario.Variants[index]
	targets, err := p.targets(v)
	if err != nil {
		return nil, err
	}
	whole := worldOf(p.call, p.scenario, index, p.opt.scenario.Set)
	if err := p.price(whole, targets); err != nil {
		return nil, err
	}
	w := &wanted{planner: p, world: v.World.Until(p.day), asked: whole.Until(p.day), full: v.World, whole: whole, targets: targets}
	w.out = purchase.Purchase{Variant: v.Name, Title: v.Title, Notes: []string{}}
	for _, t := range targets {
		w.out.Pools = append(w.out.Pools, purchase.Pool{Tenant: v.World.Tenants[t.tenant].Name,
			Product: v.World.Tenants[t.tenant].Rules.Products[t.product].Name, Key: t.key, Now: t.now, Held: t.held, Price: t.price})
	}
	w.split()
	return w, nil
}

// settings returns the --set of the plan: the seats of every variant.
func (p *planner) settings(plan purchase.Plan) (sets []string) {
	for _, bought := range plan.Purchases {
		prefix := ""
		if bought.Variant != scenarios.Base {
			prefix = "what-if." + scenarios.Key(bought.Variant) + "."
		}
		for _, pool := range bought.Pools {
			sets = append(sets, fmt.Sprintf("%s%s=%d", prefix, pool.Key, pool.Seats))
		}
		for i := 1; i < len(bought.Stages); i++ {
			pool, stage := bought.Pools[bought.Counted], bought.Stages[i]
			if more := stage.Seats - bought.Stages[i-1].Seats; more > 0 {
				sets = append(sets, fmt.Sprintf("%s%s={at=%s, do=\"change-seats\", product=%q, seats=%d}",
					prefix, scenarios.Key("tenants", pool.Tenant, "timeline", p.free(pool.Tenant, i)), stage.From, pool.Product, more))
			}
		}
	}
	return sets
}

// free returns a name for act number i of the plan that no act of the tenant's timeline has.
func (p *planner) free(tenant string, i int) string {
	name := fmt.Sprintf("plan-%d", i)
	for _, v := range p.scenario.Variants {
		for _, t := range v.World.Tenants {
			for t.Name == tenant && slices.ContainsFunc(t.Timeline, func(e sim.Event) bool { return e.Name == name }) {
				name += "-more"
			}
		}
	}
	return name
}

// budget returns how many replications a search may use.
func (p *planner) budget(w *sim.World) int {
	switch {
	case !p.scenario.Random:
		return 1 // they are all the same
	case p.opt.most > 0:
		return p.opt.most
	}
	people := 1
	for _, t := range w.Tenants {
		people += t.Info().People
	}
	return max(p.scenario.Replications, min(10_000_000/people, 100_000))
}

// proportion returns a share with the interval by Clopper and Pearson, and without
// one where nothing is drawn.
func (p *planner) proportion(x, n int) analysis.Proportion {
	if !p.scenario.Random {
		share := float64(x) / float64(n)
		return analysis.Proportion{Value: share, Low: share, High: share}
	}
	return analysis.ClopperPearson(x, n, purchase.Confidence)
}
