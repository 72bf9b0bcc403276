// Package plan finds how many seats to buy. It asks for rounds of replications, which its
// caller has simulated, and ends with a purchase.Plan.
//
// The seats of a pool on which nothing depends before the first refusal are read off what
// replications need (needs.go), for a small risk off tilted ones (rare.go). Where something
// does, as where claims may be served by another pool, numbers of seats are tried
// (search.go), of several pools those of some alone (overflow.go).
package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/cmd/seatcast/study"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/record"
)

// confidence of a count of seats.
const confidence = 0.95

// Options say what is to be planned, and how. Messages call them by their flags.
type Options struct {
	Pools       []string  // TENANT/PRODUCT; those that a policy claims from where there are none
	Risks       []float64 // of a refused claim, that is accepted: of each stage, or one to be shared by them
	By          string    // the last day on which refusals count, 2006-01-02; "" is that of the study
	TrueUps     []string  // days on which stages begin, beside the first
	RefusalCost float64   // USD for each refused person, to say which number is cheapest; or 0
	Rare        bool      // importance sampling of adoption, for a small risk
	Most        int       // replications in a search; 0 is as many as 10 million people make, up to 100,000
}

// An Ask has cells simulated, and hands the records to sink in the order of the cells,
// each with the index of its cell as its Variant.
type Ask func(cells []study.Cell, sink func(*record.Record) error) error

// Unplannable is the error of what is asked for and cannot be planned.
type Unplannable struct{ error }

// Unwrap returns what is wrapped.
func (u Unplannable) Unwrap() error { return u.error }

func unplannable(format string, args ...any) error { return Unplannable{fmt.Errorf(format, args...)} }

// A Planner plans the purchases of a scenario.
type Planner struct {
	opt      Options
	scenario *scenarios.Scenario
	worlds   []study.World // of the variants, to ask for
	ask      Ask           // while it plans
	day      int           // refusals count up to this midnight
	stages   []int         // the midnights at which the stages end; one where there are no true-ups
	risks    []float64
	start    time.Time
}

// New returns the planner of a scenario, whose variants are to be asked for as worlds.
// It fails where the options do not fit the scenario.
func New(s *scenarios.Scenario, worlds []study.World, opt Options) (*Planner, error) {
	p := &Planner{opt: opt, scenario: s, worlds: worlds, day: s.Days}
	p.start, _ = time.Parse(time.DateOnly, s.Start)
	if opt.By != "" {
		day, err := p.dayOf(opt.By)
		if err != nil {
			return nil, fmt.Errorf("--by %s: %w", opt.By, err)
		}
		p.day = day + 1
	}
	for _, date := range opt.TrueUps {
		day, err := p.dayOf(date)
		if err != nil || day < 1 || day >= p.day || len(p.stages) > 0 && day <= p.stages[len(p.stages)-1] {
			return nil, fmt.Errorf("--true-up %s: want rising dates after the first day and up to %s", date, p.date(p.day-1))
		}
		p.stages = append(p.stages, day)
	}
	p.stages = append(p.stages, p.day)
	switch {
	case len(opt.Risks) == len(p.stages):
		p.risks = opt.Risks
	case len(opt.Risks) == 1:
		for range p.stages {
			p.risks = append(p.risks, opt.Risks[0]/float64(len(p.stages)))
		}
	default:
		return nil, fmt.Errorf("--risk has %d probabilities, want 1 or %d: one for each stage", len(opt.Risks), len(p.stages))
	}
	switch {
	case sum(p.risks) >= 1:
		return nil, errors.New("--risk: the probabilities of the stages add up to 1 or more")
	case opt.Most < 0:
		return nil, fmt.Errorf("--most %d: want 1 or more", opt.Most)
	case opt.RefusalCost < 0:
		return nil, fmt.Errorf("--refusal-cost %v: want 0 or more", opt.RefusalCost)
	case opt.Rare && len(p.stages) > 1:
		return nil, errors.New("--rare plans no schedule: leave --true-up out")
	}
	return p, nil
}

// dayOf returns the index of a date among the days of the study.
func (p *Planner) dayOf(date string) (int, error) {
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
func (p *Planner) date(day int) string { return p.start.AddDate(0, 0, day).Format(time.DateOnly) }

// Plan plans every variant. One that cannot be planned says why; where none can, that
// is the error, an Unplannable.
func (p *Planner) Plan(ask Ask) (purchase.Plan, error) {
	p.ask = ask
	plan := purchase.Plan{Risk: sum(p.risks), By: p.date(p.day - 1), Confidence: confidence, Certain: !p.scenario.Random}
	var problems []error
	for i, v := range p.scenario.Variants {
		bought, err := p.variant(i)
		if errors.As(err, new(Unplannable)) {
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

// Settings returns what makes the scenario one with the seats of a plan of it, as
// PATH=VALUE.
func (p *Planner) Settings(plan purchase.Plan) (sets []string) {
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
func (p *Planner) free(tenant string, i int) string {
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
func (p *Planner) budget(w *sim.World) int {
	switch {
	case !p.scenario.Random:
		return 1 // they are all the same
	case p.opt.Most > 0:
		return p.opt.Most
	}
	people := 1
	for _, t := range w.Tenants {
		people += t.Info().People
	}
	return max(p.scenario.Replications, min(10_000_000/people, 100_000))
}

// proportion returns a share with the interval by Clopper and Pearson, and without
// one where nothing is drawn.
func (p *Planner) proportion(x, n int) analysis.Proportion {
	if !p.scenario.Random {
		share := float64(x) / float64(n)
		return analysis.Proportion{Value: share, Low: share, High: share}
	}
	return analysis.ClopperPearson(x, n, purchase.Confidence)
}

func sum(all []float64) (total float64) {
	for _, x := range all {
		total += x
	}
	return total
}
