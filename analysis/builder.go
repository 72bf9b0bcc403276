package analysis

import (
	"fmt"
	"slices"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// msPerDay is the number of milliseconds in a day of 24 hours.
const msPerDay = 24 * 60 * 60 * 1000

// A Builder gathers the Records of a study. It keeps some numbers a replication
// and, for the curves, four bytes a replication, pool and day.
type Builder struct {
	study    record.Study
	rule     Rule
	question Question // of the rule, or the zero one
	variants []variantTally
}

type variantTally struct {
	finished int
	tenants  []tenantTally
}

type tenantTally struct {
	pools    []poolTally
	policies []policyTally
	outcomes []column // by the index of record.Tenant.Outcomes
	people   []column // by the same index
	away     column   // people turned away
}

type policyTally struct {
	claims, backups column
	byAction        []column
}

// A column holds one number of each replication; replications after the last that
// is not 0 are left out, so that what never occurs costs nothing.
type column []float64

// set notes the value of a replication, the replications coming in order.
func (c *column) set(replication int, value float64) {
	if value == 0 {
		return
	}
	*c = append(*c, make(column, replication-len(*c))...)
	*c = append(*c, value)
}

// values returns the column of n replications; the caller may change it.
func (c column) values(n int) []float64 {
	values := make([]float64, n)
	copy(values, c)
	return values
}

// NewBuilder returns a Builder for the records of a study. The error lists all
// that is wrong with the study: a time zone that cannot be loaded, midnights
// that are missing or out of order, names given twice.
func NewBuilder(study record.Study) (*Builder, error) {
	if err := checkStudy(study); err != nil {
		return nil, fmt.Errorf("study %q: %w", study.Scenario, err)
	}
	b := &Builder{study: study}
	for _, variant := range study.Variants {
		var v variantTally
		for _, tenant := range variant.Tenants {
			v.tenants = append(v.tenants, newTenantTally(tenant))
		}
		b.variants = append(b.variants, v)
	}
	return b, nil
}

// Follow tells the Builder what the study is to find out: its answers then say how
// far each target is met, and which variant the question chooses.
func (b *Builder) Follow(rule Rule) {
	b.rule = rule
	if rule.Question != nil {
		b.question = *rule.Question
	}
}

func newTenantTally(tenant record.TenantInfo) tenantTally {
	t := tenantTally{
		pools:    make([]poolTally, len(tenant.Pools)),
		policies: make([]policyTally, len(tenant.Policies)),
		outcomes: make([]column, int(claim.NumOutcomes)*int(claim.NumReasons)),
		people:   make([]column, int(claim.NumOutcomes)*int(claim.NumReasons)),
	}
	for i := range t.pools {
		t.pools[i] = newPoolTally(len(tenant.Midnights))
	}
	for i := range t.policies {
		t.policies[i].byAction = make([]column, claim.NumActs)
	}
	return t
}

// Add takes in a record and keeps no part of it. The records of a variant come in
// the order of their replications, from 0; variants may interleave. A record that
// does not fit the study is an error that names what differs, and changes nothing.
func (b *Builder) Add(r record.Record) error {
	if err := b.check(r); err != nil {
		return fmt.Errorf("record of variant %d, replication %d: %w", r.Variant, r.Replication, err)
	}
	v := &b.variants[r.Variant]
	for i := range r.Tenants {
		tally, tenant := &v.tenants[i], &r.Tenants[i]
		for j := range tenant.Pools {
			reserved := b.study.Variants[r.Variant].Tenants[i].Pools[j].Reserved
			tally.pools[j].add(r.Replication, reserved, &tenant.Pools[j])
		}
		for j := range tenant.Policies {
			tally.policies[j].add(r.Replication, &tenant.Policies[j])
		}
		tally.away.set(r.Replication, peopleAway(tenant))
		for j, acts := range tenant.Outcomes {
			tally.outcomes[j].set(r.Replication, float64(acts))
			tally.people[j].set(r.Replication, float64(tenant.People[j]))
		}
	}
	v.finished++
	return nil
}

func (p *policyTally) add(replication int, r *record.Policy) {
	p.claims.set(replication, float64(r.Claims))
	p.backups.set(replication, float64(r.Backups))
	for i, claims := range r.ByAction {
		p.byAction[i].set(replication, float64(claims))
	}
}

// Answers returns the answers from the records so far. The same records give the
// same answers, bit by bit.
func (b *Builder) Answers() Answers {
	a := Answers{Study: b.study}
	for i := range b.variants {
		v := b.variant(i)
		if i == 0 || v.Replications < a.Replications {
			a.Replications = v.Replications
		}
		a.Variants = append(a.Variants, v)
	}
	a.Differences = b.differences()
	if a.Replications > 0 {
		a.Precision = reach(b.study, b.rule.Targets, b.piles(), a.Replications)
	}
	if b.rule.Question != nil && a.Replications > 0 {
		a.Decision = b.decision()
	}
	a.Warnings = b.warnings(a)
	return a
}

// decision answers the question of the rule.
func (b *Builder) decision() *Decision {
	finished := make([]int, len(b.variants))
	for i := range finished {
		finished[i] = b.variants[i].finished
	}
	first := NewStopper(b.study, b.rule).First()
	choice := choiceOf(b.study, b.question, first, b.piles(), finished)
	if b.rule.Exact {
		choice = choice.certain()
	}
	return &Decision{Question: b.question, Ranking: choice.rank(), Curves: b.differenceCurves()}
}

func (b *Builder) piles() (list []pile) {
	for i := range b.variants {
		p := pile{tenants: b.study.Variants[i].Tenants}
		for j := range b.variants[i].tenants {
			var pools []*numbers
			for k := range b.variants[i].tenants[j].pools {
				pools = append(pools, &b.variants[i].tenants[j].pools[k].numbers)
			}
			p.pools, p.away = append(p.pools, pools), append(p.away, &b.variants[i].tenants[j].away)
		}
		list = append(list, p)
	}
	return list
}

func (b *Builder) variant(i int) Variant {
	info, tally := b.study.Variants[i], &b.variants[i]
	n := tally.finished
	v := Variant{Name: info.Name, Title: info.Title, Replications: n}
	for j, tenant := range info.Tenants {
		t := &tally.tenants[j]
		for k, pool := range tenant.Pools {
			v.Pools = append(v.Pools, t.pools[k].answers(tenant, pool, n))
		}
		for k, policy := range tenant.Policies {
			v.Policies = append(v.Policies, t.policies[k].answers(tenant.Name, policy.Name, n))
		}
		v.Outcomes = append(v.Outcomes, outcomes(tenant.Name, t.outcomes, t.people, n)...)
	}
	return v
}

func (p *policyTally) answers(tenant, name string, n int) Policy {
	policy := Policy{
		Tenant: tenant, Name: name,
		Claims:    estimate(p.claims, n),
		Backups:   estimate(p.backups, n),
		ByTrigger: map[string]Estimate{},
	}
	for i, c := range p.byAction {
		if len(c) > 0 {
			policy.ByTrigger[claim.Action(i).String()] = estimate(c, n)
		}
	}
	return policy
}

// outcomes returns the estimates of the outcomes that occurred.
func outcomes(tenant string, acts, people []column, n int) []Outcome {
	var list []Outcome
	for i, c := range acts {
		if len(c) == 0 {
			continue
		}
		outcome, reason := claim.Outcome(i/int(claim.NumReasons)), claim.Reason(i%int(claim.NumReasons))
		list = append(list, Outcome{tenant, outcome.String(), reason.String(), estimate(c, n), estimate(people[i], n)})
	}
	return list
}

// estimate summarises n replications of a number that cannot be negative, and so
// neither can its interval be.
func estimate(c column, n int) Estimate {
	if n == 0 {
		return Estimate{}
	}
	values := c.values(n)
	m := MomentsOf(values)
	low, high := m.Interval(confidence)
	slices.Sort(values)
	return Estimate{
		Mean: m.Mean(), Low: max(0, low), High: high,
		P05: quantile(values, 0.05), P50: quantile(values, 0.50), P95: quantile(values, 0.95),
	}
}

// EstimateOf summarises a sample of a number that cannot be negative.
func EstimateOf(sample []float64) Estimate { return estimate(sample, len(sample)) }

// event summarises the instants of an event, a replication each.
func event(instants []clock.Time) (e Event, sorted []clock.Time) {
	sorted = slices.Sorted(slices.Values(instants))
	e.First = timesOf(sorted)
	e.Probability = Wilson(len(sorted)-e.First.Censored, len(sorted), confidence)
	return e, sorted
}
