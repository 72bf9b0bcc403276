package purchase

import (
	"slices"

	"seatcast/analysis"
)

// A Plan is the answer to how many seats to buy.
type Plan struct {
	Risk       float64    `json:"risk"`       // of a refused claim, that is accepted
	By         string     `json:"by"`         // the last day, 2006-01-02, of the time in which there may be none
	Confidence float64    `json:"confidence"` // of the interval of a count
	Certain    bool       `json:"certain"`    // nothing in the scenario is drawn: every replication is the same, and risks are 0 or 1
	Purchases  []Purchase `json:"purchases"`  // the scenario's or a what-if's, in the order of the study
}

// A Purchase is the plan of one variant.
type Purchase struct {
	Variant string `json:"variant"`
	Title   string `json:"title"`
	// Unplanned is why there is no plan; then nothing below is set.
	Unplanned string `json:"unplanned,omitempty"`
	Pools     []Pool `json:"pools"`
	// Method is how the count was found: "needs" from the seats that replications
	// need, "search" by simulating numbers of seats, "overflow" by both, "tilted" by
	// importance sampling.
	Method string `json:"method"`
	Why    string `json:"why"` // numbers of seats had to be simulated

	// Count is that of a single pool, the one with the index Counted; those of others are
	// as planned. So is it with Nearby, Stages and Cheapest.
	Count        *Count              `json:"count,omitempty"`
	Counted      int                 `json:"counted"`
	Replications int                 `json:"replications"` // that Risk is over
	Risk         analysis.Proportion `json:"risk"`         // with the seats of the plan
	Now          analysis.Proportion `json:"risk_now"`     // with those of the scenario
	Cost         float64             `json:"cost"`         // USD over the study
	Nearby       []Point             `json:"nearby"`       // one seat fewer, five fewer, five more
	Frontier     []Point             `json:"frontier"`     // of several pools: seats in all
	Stages       []Stage             `json:"stages,omitempty"`
	Cheapest     *Best               `json:"cheapest,omitempty"`
	Rare         *Rare               `json:"rare,omitempty"`

	// SeatsInAll are the seats of the pools, at the start or the end of the study,
	// whichever are more, with those that the scenario has besides: of other
	// subscriptions, or bought by its timeline. CostInAll is what they all cost, in USD.
	SeatsInAll int      `json:"seats_in_all"`
	CostInAll  float64  `json:"cost_in_all"`
	TurnedAway float64  `json:"turned_away"`         // people, in the mean, for other reasons than seats, each once a reason
	Reasons    []string `json:"turned_away_reasons"` // why they are
	Notes      []string `json:"notes"`
}

// A Pool is what is bought of one pool.
type Pool struct {
	Tenant  string  `json:"tenant"`
	Product string  `json:"product"`
	Key     string  `json:"key"`           // of the number of seats in the scenario
	Now     int     `json:"now"`           // in the scenario
	Seats   int     `json:"seats"`         // in the plan
	Held    int     `json:"held_at_start"` // with those that are reserved: no fewer are bought
	Price   float64 `json:"price"`         // USD for a seat over the study
	// Fewer is the risk with one seat fewer of this pool and the others as planned.
	Fewer analysis.Proportion `json:"risk_with_one_fewer"`
}

// A Stage is what a schedule has from a date to the next.
type Stage struct {
	From  string              `json:"from"` // the day on which it is bought
	To    string              `json:"to"`   // the last day before the next stage
	Seats int                 `json:"seats"`
	Risk  float64             `json:"risk"`         // that the first refusal falls into the stage, as accepted
	Found analysis.Proportion `json:"risk_found"`   // the same, with these seats
	Fewer analysis.Proportion `json:"risk_fewer"`   // with one fewer in this stage
	Whole analysis.Proportion `json:"risk_through"` // of a refusal from the start to the end of the stage
}

// A Best is the number of seats with the least expected cost, where refusing a
// person has a price.
type Best struct {
	RefusalCost float64           `json:"refusal_cost"` // USD for each refused person
	Seats       int               `json:"seats"`
	Cost        analysis.Estimate `json:"cost"`       // of seats and refused people
	Seating     float64           `json:"seats_cost"` // of seats alone
	Fewer       float64           `json:"five_fewer"` // the mean cost with five seats fewer, and more
	More        float64           `json:"five_more"`
	Nearly      [2]int            `json:"nearly"` // the seats whose cost is within 1% of the least
}

// A Rare is what importance sampling found.
type Rare struct {
	Target       float64 `json:"tilted_to"`      // the mean seats needed under the tilt
	Relative     float64 `json:"relative_error"` // standard error of the risk, relative to it
	Replications int     `json:"replications"`
	Naive        float64 `json:"naive"` // replications that a count would need for the same error
}

// With returns the plan with what a study of the scenario that has its seats says
// beside it: all the seats of its pools, what they cost, and who is turned away.
func (p Plan) With(a analysis.Answers) *Plan {
	p.Purchases = slices.Clone(p.Purchases)
	for i := range p.Purchases {
		b := &p.Purchases[i]
		k := slices.IndexFunc(a.Variants, func(v analysis.Variant) bool { return v.Name == b.Variant })
		if k < 0 || b.Unplanned != "" {
			continue
		}
		b.SeatsInAll, b.CostInAll, b.TurnedAway, b.Reasons = 0, 0, 0, []string{}
		tenants := map[string]bool{}
		for _, pool := range a.Variants[k].Pools {
			if slices.ContainsFunc(b.Pools, func(q Pool) bool { return q.Tenant == pool.Tenant && q.Product == pool.Product }) {
				b.SeatsInAll += max(pool.SeatsStart, pool.SeatsEnd)
				b.CostInAll += pool.Cost.Mean
				tenants[pool.Tenant] = true
			}
		}
		for _, o := range a.Variants[k].Outcomes {
			if tenants[o.Tenant] && o.Outcome == "ineligible" && o.People.Mean > 0 {
				b.TurnedAway += o.People.Mean
				b.Reasons = append(b.Reasons, o.Reason)
			}
		}
	}
	return &p
}

// Schedule returns the fewest seats of each stage of a schedule, none fewer than those
// of the stage before. needs[s] are what replications need from the start to the end
// of stage s: with seats that never fall, a replication is free of refusals up to then
// if and only if needs[s] are met in every stage up to s, for a larger need of a stage
// before has been met by it. risks[s] is the share of replications whose first refusal
// may fall into stage s; so that of a refusal at all is at most their sum. fewer[s] is
// how many have it there with a seat fewer in that stage alone.
func Schedule(needs [][]int, risks []float64) (seats []int, first, fewer []int) {
	met := make([]bool, len(needs[0]))
	for r := range met {
		met[r] = true
	}
	least := 0
	for s := range needs {
		var open []int
		for r, need := range needs[s] {
			if met[r] {
				open = append(open, need)
			}
		}
		all := NewNeeds(open)
		c := least
		if allowed := int(risks[s]*float64(len(met)) + 1e-9); len(all) > allowed {
			c = max(c, all[len(all)-1-allowed])
		}
		seats, first, fewer, least = append(seats, c), append(first, all.Over(c)), append(fewer, all.Over(c-1)), c
		for r, need := range needs[s] {
			met[r] = met[r] && need <= c
		}
	}
	return seats, first, fewer
}
