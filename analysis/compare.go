package analysis

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// A Comparison sets one number of a pool in a what-if against the scenario itself,
// replication by replication: both meet the same people.
type Comparison struct {
	Variant, Tenant, Product string
	Metric                   string  // one of comparedMetrics
	Base, Other              float64 // means, a share for exhaustion, over the replications of both
	Difference               Difference
	Noise                    bool // the interval holds 0, or the difference does not stand out of its family: printed as ~

	P, Adjusted float64    // of no difference: by itself, and by Holm within all comparisons of the study
	Independent Difference // with the interval that independent runs would have given (Welch)
	// Reduction is how many times as many replications independent runs would have
	// needed (Contrast.Reduction), and 0 where the difference does not vary.
	Reduction float64
	Dates     *DateComparison // of a date
}

// A DateComparison tells what Base and Other of a date cannot: they are days since
// the start up to the event, those beyond the horizon counted up to the horizon.
type DateComparison struct {
	BaseCensored, OtherCensored int // replications that do not see the event
	LogRank                     LogRank
}

// comparedMetrics are the metrics of a Comparison in their order: those of a Limit,
// and the dates of exhaustion and of the first refusal.
var comparedMetrics = []string{"exhaustion", exhaustionDate, refusalDate, "refused-users", "refused-claims",
	"blocked-days", "assigned-end", "idle-days", "cost"}

// figureOf are the metrics that are means of a figure.
var figureOf = map[string]figure{"refused-users": refusedUsers, "refused-claims": refusedClaims, "blocked-days": blockedDays,
	"assigned-end": assignedEnd, "idle-days": idleDays, "cost": cost, "peak": peak}

// A Difference is a mean difference with its 95% interval.
type Difference struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Noise reports whether the interval holds 0.
func (d Difference) Noise() bool { return d.Low <= 0 && 0 <= d.High }

// Paired returns the mean of other − base, pair by pair, with the paired t
// interval. Of slices that differ in length the longer loses its end.
func Paired(base, other []float64) Difference { return ContrastOf(base, other).Paired.Interval }

// PairedEvents returns the difference of two shares, other − base, of events seen
// in pairs. A t interval has no width where every pair agrees; this one is Wald's
// with half a pair added to each of the four cells (Agresti and Min, Statistics in
// Medicine 24, 2005, 729–740). A single pair has no interval.
func PairedEvents(base, other []bool) Difference {
	n := min(len(base), len(other))
	if n == 0 {
		return Difference{}
	}
	g, l := discordant(base, other)
	gained, lost := float64(g), float64(l)
	mean := (gained - lost) / float64(n)
	if n == 1 {
		return Difference{mean, mean, mean}
	}
	size := float64(n) + 2
	centre := (gained - lost) / size
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	half := z * math.Sqrt((gained+lost+1-(gained-lost)*(gained-lost)/size)/size/size)
	return Difference{mean, max(-1, centre-half), min(1, centre+half)}
}

// discordant returns the pairs in which only other has the event, and only base.
func discordant(base, other []bool) (gained, lost int) {
	for i := range min(len(base), len(other)) {
		switch {
		case other[i] && !base[i]:
			gained++
		case base[i] && !other[i]:
			lost++
		}
	}
	return gained, lost
}

// differences compares every what-if with the scenario, pool by pool, where both
// have the pool and a replication in common.
func (b *Builder) differences() []Comparison {
	var list []Comparison
	b.pairs(func(info record.Variant, tenant record.TenantInfo, pool record.PoolInfo, base, other *poolTally, n int) {
		by, end := b.question.moment(b.study, tenant), tenant.Midnights[len(tenant.Midnights)-1]
		same := n > 1 && samePools(base, other, n)
		for _, metric := range comparedMetrics {
			c := comparePools(&base.numbers, &other.numbers, metric, n, by, end)
			c.Independent.Mean = c.Difference.Mean // but for rounding
			c.Variant, c.Tenant, c.Product, c.Metric = info.Name, tenant.Name, pool.Product, metric
			if same { // then nothing has touched it
				c.Difference, c.Independent, c.Reduction = Difference{}, Difference{}, 0
			}
			list = append(list, c)
		}
	})
	judge(list)
	return list
}

// pairs calls f for the pools that a what-if and the scenario both have, with the
// replications that both have.
func (b *Builder) pairs(f func(v record.Variant, t record.TenantInfo, p record.PoolInfo, base, other *poolTally, n int)) {
	for i := 1; i < len(b.variants); i++ {
		n := min(b.variants[0].finished, b.variants[i].finished)
		if n == 0 {
			continue
		}
		info := b.study.Variants[i]
		for j, tenant := range info.Tenants {
			for k, pool := range tenant.Pools {
				if base := b.basePool(tenant.Name, pool.Product); base != nil {
					f(info, tenant, pool, base, &b.variants[i].tenants[j].pools[k], n)
				}
			}
		}
	}
}

// basePool returns the scenario's pool of that name, or nil.
func (b *Builder) basePool(tenant, product string) *poolTally {
	for j, t := range b.study.Variants[0].Tenants {
		for k, pool := range t.Pools {
			if t.Name == tenant && pool.Product == product {
				return &b.variants[0].tenants[j].pools[k]
			}
		}
	}
	return nil
}

// samePools reports whether two pools are the same in each of n replications, bit
// by bit.
func samePools(a, b *poolTally, n int) bool {
	if !slices.Equal(a.seats, b.seats) || !slices.Equal(a.exhausted[:n], b.exhausted[:n]) || !slices.Equal(a.firstRefusal[:n], b.firstRefusal[:n]) {
		return false
	}
	for f := range numFigures {
		if !slices.Equal(a.figures[f].values(n), b.figures[f].values(n)) {
			return false
		}
	}
	for day := range a.assigned {
		if !slices.Equal(a.assigned[day][:n], b.assigned[day][:n]) {
			return false
		}
	}
	return true
}

// comparePools compares one metric over n replications; exhaustion counts up to
// by, and dates are censored at end.
func comparePools(base, other *numbers, metric string, n int, by, end clock.Time) Comparison {
	was, is := base.values(metric, n, by, end), other.values(metric, n, by, end)
	contrast := ContrastOf(was, is)
	c := Comparison{Base: MomentsOf(was).Mean(), Other: MomentsOf(is).Mean(), Difference: contrast.Paired.Interval,
		P: contrast.Paired.P, Independent: contrast.Welch.Interval, Reduction: contrast.Reduction}
	if math.IsNaN(c.Reduction) || math.IsInf(c.Reduction, 0) {
		c.Reduction = 0
	}
	switch metric {
	case "exhaustion":
		dryBase, dryOther := happened(base.exhausted[:n], by), happened(other.exhausted[:n], by)
		c.Difference = PairedEvents(dryBase, dryOther)
		c.P = McNemar(discordant(dryBase, dryOther))
	case exhaustionDate:
		c.Dates = compareDates(base.exhausted[:n], other.exhausted[:n], was, is)
	case refusalDate:
		c.Dates = compareDates(base.firstRefusal[:n], other.firstRefusal[:n], was, is)
	}
	return c
}

func compareDates(base, other []clock.Time, was, is []float64) *DateComparison {
	saw, sees := happened(base, clock.Never-1), happened(other, clock.Never-1)
	test, err := LogRankOf(was, saw, is, sees)
	if err != nil {
		return nil // as many times as events, and none that is not a number
	}
	return &DateComparison{len(base) - count(saw), len(other) - count(sees), test}
}

// judge adjusts the p-values of all comparisons in which anything varies, and says
// which may be noise.
func judge(list []Comparison) {
	var family []int
	var ps []float64
	for i := range list {
		c := &list[i]
		c.Adjusted = c.P
		if c.Difference.Low < c.Difference.High {
			family, ps = append(family, i), append(ps, c.P)
		}
		c.Noise = c.Difference.Noise()
	}
	for i, p := range Holm(ps) {
		c := &list[family[i]]
		c.Adjusted = p
		c.Noise = c.Noise || p > 1-confidence
	}
}

// values returns a metric of n replications: of an event 1 where it has happened
// by then, of a date the days up to it.
func (p *numbers) values(metric string, n int, by, end clock.Time) []float64 {
	days := func(times []clock.Time) []float64 {
		values := make([]float64, n)
		for i, t := range times[:n] {
			values[i] = min(t, end).Days()
		}
		return values
	}
	switch metric {
	case "exhaustion":
		values := make([]float64, n)
		for i, dry := range happened(p.exhausted[:n], by) {
			if dry {
				values[i] = 1
			}
		}
		return values
	case exhaustionDate:
		return days(p.exhausted)
	case refusalDate:
		return days(p.firstRefusal)
	}
	return p.figures[figureOf[metric]].values(n)
}

func happened(times []clock.Time, by clock.Time) []bool {
	events := make([]bool, len(times))
	for i, t := range times {
		events[i] = t <= by
	}
	return events
}

func count(events []bool) int {
	n := 0
	for _, e := range events {
		if e {
			n++
		}
	}
	return n
}

// A DifferenceCurve is by how much the holders of a pool differ in a what-if, at
// each local midnight, replication by replication.
type DifferenceCurve struct {
	Variant, Tenant, Product string
	Points                   []DifferencePoint
}

// A DifferencePoint is a mean difference of holders with its 95% interval, each
// midnight by itself.
type DifferencePoint struct {
	Time clock.Time
	Difference
}

// differenceCurves returns the curves of all pairs of pools.
func (b *Builder) differenceCurves() (list []DifferenceCurve) {
	b.pairs(func(info record.Variant, tenant record.TenantInfo, pool record.PoolInfo, base, other *poolTally, n int) {
		c := DifferenceCurve{Variant: info.Name, Tenant: tenant.Name, Product: pool.Product}
		differences := make([]float64, n)
		for day, midnight := range tenant.Midnights {
			for i := range differences {
				differences[i] = float64(other.assigned[day][i] - base.assigned[day][i])
			}
			m := MomentsOf(differences)
			low, high := m.Interval(confidence)
			c.Points = append(c.Points, DifferencePoint{midnight, Difference{m.Mean(), low, high}})
		}
		list = append(list, c)
	})
	return list
}

// poolName names a pool as a Limit does: northlake/premium in the scenario itself,
// everyone northlake/premium in the what-if everyone.
func poolName(study record.Study, variant, tenant, product string) string {
	name := tenant + "/" + product
	if len(study.Variants) > 0 && study.Variants[0].Name == variant {
		return name
	}
	return variant + " " + name
}
