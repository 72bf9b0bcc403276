package analysis

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// A Comparison sets one number of a pool in a what-if against the scenario itself,
// replication by replication: both meet the same people.
type Comparison struct {
	Variant, Tenant, Product string
	Metric                   string  // a metric of a Limit: exhaustion, refused-users or cost
	Base, Other              float64 // means, a share for exhaustion, over the replications of both
	Difference               Difference
	Noise                    bool // the interval holds 0: printed as ~
}

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
func Paired(base, other []float64) Difference {
	differences := make([]float64, min(len(base), len(other)))
	for i := range differences {
		differences[i] = other[i] - base[i]
	}
	m := MomentsOf(differences)
	low, high := m.Interval(confidence)
	return Difference{m.Mean(), low, high}
}

// PairedEvents returns the difference of two shares, other − base, of events seen
// in pairs. A t interval has no width where every pair agrees; this one is Wald's
// with half a pair added to each of the four cells (Agresti and Min, Statistics in
// Medicine 24, 2005, 729–740). A single pair has no interval.
func PairedEvents(base, other []bool) Difference {
	n := min(len(base), len(other))
	if n == 0 {
		return Difference{}
	}
	var gained, lost float64
	for i := range n {
		switch {
		case other[i] && !base[i]:
			gained++
		case base[i] && !other[i]:
			lost++
		}
	}
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

// differences compares every what-if with the scenario, pool by pool, where both
// have the pool and a replication in common.
func (b *Builder) differences() []Comparison {
	var list []Comparison
	for i := 1; i < len(b.variants); i++ {
		n := min(b.variants[0].finished, b.variants[i].finished)
		if n == 0 {
			continue
		}
		info := b.study.Variants[i]
		for j, tenant := range info.Tenants {
			for k, pool := range tenant.Pools {
				base := b.basePool(tenant.Name, pool.Product)
				if base == nil {
					continue
				}
				other := &b.variants[i].tenants[j].pools[k]
				for _, c := range comparePools(base, other, n) {
					c.Variant, c.Tenant, c.Product = info.Name, tenant.Name, pool.Product
					list = append(list, c)
				}
			}
		}
	}
	return list
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

func comparePools(base, other *poolTally, n int) []Comparison {
	was, is := happened(base.exhausted[:n]), happened(other.exhausted[:n])
	list := []Comparison{{
		Metric: "exhaustion", Base: share(was), Other: share(is), Difference: PairedEvents(was, is),
	}}
	for _, m := range []struct {
		metric string
		figure figure
	}{{"refused-users", refusedUsers}, {"cost", cost}} {
		was, is := base.figures[m.figure].values(n), other.figures[m.figure].values(n)
		list = append(list, Comparison{
			Metric: m.metric, Base: MomentsOf(was).Mean(), Other: MomentsOf(is).Mean(), Difference: Paired(was, is),
		})
	}
	for i := range list {
		list[i].Noise = list[i].Difference.Noise()
	}
	return list
}

func happened(times []clock.Time) []bool {
	events := make([]bool, len(times))
	for i, t := range times {
		events[i] = t != clock.Never
	}
	return events
}

func share(events []bool) float64 {
	count := 0
	for _, e := range events {
		if e {
			count++
		}
	}
	return float64(count) / float64(len(events))
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
