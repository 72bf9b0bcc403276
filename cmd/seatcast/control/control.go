// Package control knows how many people adopt before anything is simulated, where they
// adopt independently of each other, and makes means better known by that: each
// replication's number of adopters is a control variate.
package control

import (
	"seatcast/analysis"
	"seatcast/analysis/reduction"
	"seatcast/sim"
	"seatcast/sim/behave"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// confidence of the intervals of means.
const confidence = 0.95

// quarters is the number of control variates of Means.
const quarters = 4

// Means gathers the numbers of a variant whose means control variates may make
// better known. The variates are the numbers of people who have adopted by each quarter
// of the study. They are for means alone: quantiles and probabilities have intervals of
// plain replications.
type Means struct {
	world    *sim.World
	measures []analysis.Measure
	values   [][][][]float64 // by tenant, pool and measure, of each replication
}

// NewMeans returns the means of a world over a study of some days, of no replication yet.
func NewMeans(w *sim.World, days int) *Means {
	m := &Means{world: w, values: make([][][][]float64, len(w.Tenants))}
	for _, name := range analysis.Means() {
		m.measures = append(m.measures, analysis.Measure{Metric: name, Day: days})
	}
	for i := range w.Tenants {
		for range w.Tenants[i].Info().Pools {
			m.values[i] = append(m.values[i], make([][]float64, len(m.measures)))
		}
	}
	return m
}

// Add takes in the numbers of a replication, the next.
func (m *Means) Add(r *record.Record) {
	for i := range r.Tenants {
		for j := range r.Tenants[i].Pools {
			for k, measure := range m.measures {
				m.values[i][j][k] = append(m.values[i][j][k], measure.Of(&r.Tenants[i].Pools[j], m.world.Tenants[i].Midnights))
			}
		}
	}
}

// Put adds to the answers of the variant what is better known.
func (m *Means) Put(v *analysis.Variant) {
	pool := 0
	for i := range m.values {
		variates := m.variates(i, v.Replications)
		for j := range m.values[i] {
			for k, measure := range m.measures {
				e := reduction.Control(m.values[i][j][k], confidence, variates...)
				if e.Sound(v.Replications) {
					e.Low = max(0, e.Low) // as all of these numbers are
					v.Pools[pool].Controlled = append(v.Pools[pool].Controlled, analysis.Controlled{Metric: measure.Metric, Difference: e.Difference, Factor: e.Factor})
				}
			}
			pool++
		}
	}
}

func (m *Means) variates(tenant, replications int) []reduction.Variate {
	midnights := m.world.Tenants[tenant].Midnights
	var by []clock.Time
	for q := range quarters {
		by = append(by, midnights[(q+1)*(len(midnights)-1)/quarters])
	}
	return Variates(m.world, tenant, by, 0, replications)
}

// Variates returns how many of a tenant's people who are there at the start have adopted
// by each of some rising times, in the replications from up to, not including, to: none
// where Shares does not know it. It costs some ns a person and replication.
func Variates(w *sim.World, tenant int, by []clock.Time, from, to int) []reduction.Variate {
	t := &w.Tenants[tenant]
	var shares [][]float64
	all := make([]reduction.Variate, len(by))
	for i := range by {
		share, ok := Shares(t, by[i])
		if !ok {
			return nil
		}
		shares = append(shares, share)
		for s := range share {
			all[i].Mean += float64(share[s] * float64(t.Segments[s].Count))
		}
	}
	for r := from; r < to; r++ {
		for i, n := range w.Adopters(tenant, r, shares) {
			all[i].Values = append(all[i].Values, float64(n))
		}
	}
	return all
}

// Shares returns the share of each segment's people that has adopted by a time; ok is
// false where people adopt by contagion, or by a law that each replication draws.
func Shares(t *sim.Tenant, by clock.Time) (shares []float64, ok bool) {
	for i := range t.Segments {
		s := &t.Segments[i]
		if s.Adoption.Law == behave.Contagion || len(s.Adoption.Draws) > 0 {
			return nil, false
		}
		shares = append(shares, s.Adoption.ShareBy(t.Calendars[s.Calendar].Operational(by)))
	}
	return shares, true
}
