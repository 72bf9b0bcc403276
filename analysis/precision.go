package analysis

import (
	"fmt"
	"math"
	"slices"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// A Target is how well one answer is to be known, of every pool in every variant.
type Target struct {
	// Metric is probabilities, for every probability of a dry pool and of a refusal
	// by every date, each by itself; exhaustion or refusal, for that within the
	// study; a metric of means; or a quantile of a date, such as exhaustion-p50.
	Metric string
	// Width is half the interval of a probability or a mean, and the whole interval
	// of a date, in days.
	Width    float64
	Relative bool // Width is a share of the mean
}

// Probabilities is the metric of a Target that is every reported probability.
const Probabilities = "probabilities"

// A dateQuantile is a quantile of a date that a Target may name.
type dateQuantile struct {
	metric  string
	q       float64
	refusal bool
}

var dateQuantiles = []dateQuantile{
	{"exhaustion-p05", 0.05, false}, {"exhaustion-p50", 0.50, false}, {"exhaustion-p95", 0.95, false},
	{"refusal-p05", 0.05, true}, {"refusal-p50", 0.50, true}, {"refusal-p95", 0.95, true},
}

// leastReplications is the fewest after which a study may stop for its precision:
// below, Student's interval of a skewed number covers less than it says, and
// stopping where it happens to be narrow would make it worse.
const leastReplications = 64

// Reached is how well a target is met: where it is met least.
type Reached struct {
	Target
	Variant, Tenant, Product string
	Value                    float64 // the estimate: a probability, a mean, or days since the start
	Have, Want               float64 // of the interval, in the terms of Width, and not relative; Have is +Inf where it has no end
	Met                      bool
	Replications             int
}

// worse reports whether r is further from its target than s.
func (r Reached) worse(s Reached) bool {
	if r.Met != s.Met {
		return s.Met
	}
	if r.Want == 0 || s.Want == 0 {
		return r.Have > s.Have
	}
	return r.Have/r.Want > s.Have/s.Want
}

// reach holds targets against n replications of each variant. All intervals but
// those of Probabilities hold together at 95%: each is made at the level of
// Bonferroni.
func reach(study record.Study, targets []Target, piles []pile, n int) []Reached {
	pools, joint := 0, 0
	for _, p := range piles {
		for _, t := range p.pools {
			pools += len(t)
		}
	}
	for _, t := range targets {
		if t.Metric != Probabilities {
			joint += pools
		}
	}
	var list []Reached
	for _, t := range targets {
		level := confidence
		if t.Metric != Probabilities {
			level = 1 - (1-confidence)/float64(joint)
		}
		var worst *Reached
		for v, p := range piles {
			for i, tenant := range p.tenants {
				for j, pool := range tenant.Pools {
					r := t.hold(p.pools[i][j], tenant.Midnights, n, level)
					r.Variant, r.Tenant, r.Product = study.Variants[v].Name, tenant.Name, pool.Product
					if worst == nil || r.worse(*worst) {
						worst = &r
					}
				}
			}
		}
		if worst != nil {
			list = append(list, *worst)
		}
	}
	return list
}

// hold holds a target against one pool.
func (t Target) hold(p *numbers, midnights []clock.Time, n int, level float64) Reached {
	r := Reached{Target: t, Want: t.Width, Replications: n}
	end := midnights[len(midnights)-1]
	for _, q := range dateQuantiles {
		if q.metric == t.Metric {
			times := p.exhausted
			if q.refusal {
				times = p.firstRefusal
			}
			r.holdDate(slices.Sorted(slices.Values(times[:n])), q.q, level)
			return r
		}
	}
	switch t.Metric {
	case Probabilities:
		r.holdShare(math.Max(nearestHalf(p.exhausted[:n], midnights), nearestHalf(p.firstRefusal[:n], midnights)), level)
	case "exhaustion":
		r.holdShare(float64(count(happened(p.exhausted[:n], end)))/float64(n), level)
	case "refusal":
		r.holdShare(float64(count(happened(p.firstRefusal[:n], end)))/float64(n), level)
	default:
		r.holdMean(MomentsOf(p.values(t.Metric, n, end, end)), level)
	}
	return r
}

// nearestHalf returns, of the shares of times up to each midnight, the one nearest
// to a half, which is known worst; mirrored to be a half at most.
func nearestHalf(times []clock.Time, midnights []clock.Time) float64 {
	sorted := slices.Sorted(slices.Values(times))
	n, best := len(sorted), 0
	for _, midnight := range midnights {
		by := happenedBy(sorted, midnight)
		best = max(best, min(by, n-by))
	}
	return float64(best) / float64(n)
}

func (r *Reached) holdShare(share, level float64) {
	n := float64(r.Replications)
	low, high := wilson(share, n, level)
	r.Value, r.Have = share, (high-low)/2
	r.Met = r.Have <= r.Want
}

func (r *Reached) holdMean(m Moments, level float64) {
	low, high := m.Interval(level)
	r.Value, r.Have = m.Mean(), (high-low)/2
	if r.Relative {
		r.Want = r.Width / (1 + r.Width) * math.Abs(m.Mean())
	}
	r.Met = r.Have <= r.Want
}

// holdDate holds the target against a quantile of sorted times. One that lies
// beyond the horizon, its whole interval, is known as well as it can be.
func (r *Reached) holdDate(sorted []clock.Time, q, level float64) {
	n := len(sorted)
	ranks := QuantileRanks(n, q, level)
	r.Value, r.Have = quantile(sorted, q).Days(), math.Inf(1)
	switch {
	case ranks.Lower >= 1 && sorted[ranks.Lower-1] == clock.Never:
		r.Have = 0
	case ranks.Lower >= 1 && ranks.Upper <= n && sorted[ranks.Upper-1] != clock.Never:
		r.Have = (sorted[ranks.Upper-1] - sorted[ranks.Lower-1]).Days()
	}
	r.Met = r.Have <= r.Want
}

// needs returns how many replications the target seems to take: intervals shrink
// with the root of their number.
func (r Reached) needs() int {
	if r.Met {
		return r.Replications
	}
	const most = 1 << 30
	return int(min(most, math.Ceil(float64(r.Replications)*math.Pow(r.Have/r.Want, 2))))
}

// A Rule says when a study stops: how many replications it has at least, and what
// makes it ask for more. What it asks for is a function of the finished ones alone.
type Rule struct {
	Replications int       // of each variant, at least
	Targets      []Target  // all of them must be met
	Most         int       // of each variant; a target that is not met by then is given up
	Question     *Question // nil where nothing is to be chosen
	Exact        bool      // nothing is drawn, so that one replication tells all
}

// A Stopper follows a study by its records, and decides how many more replications
// it needs. It keeps some numbers a replication.
type Stopper struct {
	study    record.Study
	rule     Rule
	piles    []pile
	finished []int
	precise  int // replications of each variant when the targets were met, 0 before
}

// block is the number of replications in which a study grows.
const block = 16

// NewStopper returns a Stopper for a study.
func NewStopper(study record.Study, rule Rule) *Stopper {
	s := &Stopper{study: study, rule: rule, finished: make([]int, len(study.Variants))}
	for _, v := range study.Variants {
		s.piles = append(s.piles, newPile(v.Tenants))
	}
	return s
}

func newPile(tenants []record.TenantInfo) pile {
	p := pile{tenants: tenants}
	for _, t := range tenants {
		var pools []*numbers
		for range t.Pools {
			pools = append(pools, &numbers{})
		}
		p.pools, p.away = append(p.pools, pools), append(p.away, &column{})
	}
	return p
}

// First returns how many replications of each variant the study begins with.
func (s *Stopper) First() int {
	if len(s.rule.Targets) > 0 {
		return max(s.rule.Replications, leastReplications)
	}
	return s.rule.Replications
}

// Add takes in a record, in the order that a Builder takes them.
func (s *Stopper) Add(r record.Record) error {
	if r.Variant < 0 || r.Variant >= len(s.piles) || r.Replication != s.finished[r.Variant] || len(r.Tenants) != len(s.piles[r.Variant].pools) {
		return fmt.Errorf("record of variant %d, replication %d, does not come next in the study", r.Variant, r.Replication)
	}
	for i := range r.Tenants {
		if err := sameLength("pools", len(r.Tenants[i].Pools), len(s.piles[r.Variant].pools[i])); err != nil {
			return fmt.Errorf("record of variant %d, replication %d: %w", r.Variant, r.Replication, err)
		}
		s.piles[r.Variant].away[i].set(r.Replication, peopleAway(&r.Tenants[i]))
		for j := range r.Tenants[i].Pools {
			s.piles[r.Variant].pools[i][j].add(r.Replication, &r.Tenants[i].Pools[j])
		}
	}
	s.finished[r.Variant]++
	return nil
}

// More returns how many replications each variant is to have; once those are
// finished it must be asked again. It returns nil where the study is done.
func (s *Stopper) More() []int {
	if s.precise == 0 {
		if more := s.moreForTargets(); more != nil {
			return more
		}
		s.precise = s.finished[0]
	}
	if s.rule.Question == nil {
		return nil
	}
	left := s.rule.Question.Budget
	for _, n := range s.finished {
		left -= n - s.precise
	}
	want, cost := s.choice().needs(left, grown(s.finished[0]))
	if cost == 0 {
		return nil
	}
	return want
}

// grown returns by how many replications a study of n grows: an eighth, in blocks.
func grown(n int) int { return max(1, n/8/block) * block }

// moreForTargets returns nil where the targets are met or given up.
func (s *Stopper) moreForTargets() []int {
	n := s.finished[0]
	needs := 0
	for _, r := range reach(s.study, s.rule.Targets, s.piles, n) {
		if !r.Met {
			needs = max(needs, r.needs(), n+1)
		}
	}
	if needs == 0 || n >= s.rule.Most {
		return nil
	}
	return slices.Repeat([]int{min(halfway(n, needs), s.rule.Most)}, len(s.finished))
}

// halfway returns half of the way from n replications to those that seem to be
// needed, at most twice n, in blocks.
func halfway(n, needs int) int {
	more := min((needs-n+1)/2, n)
	return n + (more+block-1)/block*block
}

func (s *Stopper) choice() choice {
	return choiceOf(s.study, *s.rule.Question, s.First(), s.piles, s.finished)
}

// choiceOf gathers the samples that a question is about.
func choiceOf(study record.Study, q Question, first int, piles []pile, finished []int) choice {
	c := choice{question: q, first: min(first, slices.Min(finished)), finished: finished}
	for i, p := range piles {
		c.names = append(c.names, study.Variants[i].Name)
		c.values = append(c.values, q.total(study, p, q.Metric, finished[i]))
		c.away = append(c.away, q.total(study, p, turnedAway, finished[i]))
		c.costs = append(c.costs, q.total(study, p, "cost", finished[i]))
	}
	return c
}
