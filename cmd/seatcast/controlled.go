package main

import (
	"seatcast/analysis"
	"seatcast/analysis/reduction"
	"seatcast/sim"
	"seatcast/sim/behave"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// A controlled gathers the numbers of a variant whose means control variates may make
// better known. The variates are the numbers of people who have adopted by each quarter
// of the study. They are for means alone: quantiles and probabilities have intervals of
// plain replications.
type controlled struct {
	world    *sim.World
	measures []analysis.Measure
	values   [][][][]float64 // by tenant, pool and measure, of each replication
}

// quarters is the number of control variates.
const quarters = 4

func newControlled(w *sim.World, days int) *controlled {
	c := &controlled{world: w, values: make([][][][]float64, len(w.Tenants))}
	for _, name := range analysis.Means() {
		c.measures = append(c.measures, analysis.Measure{Metric: name, Day: days})
	}
	for i := range w.Tenants {
		for range w.Tenants[i].Info().Pools {
			c.values[i] = append(c.values[i], make([][]float64, len(c.measures)))
		}
	}
	return c
}

// add takes in the numbers of a replication.
func (c *controlled) add(r *record.Record) {
	for i := range r.Tenants {
		for j := range r.Tenants[i].Pools {
			for k, m := range c.measures {
				c.values[i][j][k] = append(c.values[i][j][k], m.Of(&r.Tenants[i].Pools[j], c.world.Tenants[i].Midnights))
			}
		}
	}
}

// put adds to the answers of the variant what is better known.
func (c *controlled) put(v *analysis.Variant) {
	pool := 0
	for i := range c.values {
		variates := c.variates(i, v.Replications)
		for j := range c.values[i] {
			for k, m := range c.measures {
				e := reduction.Control(c.values[i][j][k], confidence, variates...)
				if e.Sound(v.Replications) {
					e.Low = max(0, e.Low) // as all of these numbers are
					v.Pools[pool].Controlled = append(v.Pools[pool].Controlled, analysis.Controlled{Metric: m.Metric, Difference: e.Difference, Factor: e.Factor})
				}
			}
			pool++
		}
	}
}

// variates returns the control variates of a tenant, none where its people adopt by
// contagion, or by laws that are drawn.
func (c *controlled) variates(tenant, replications int) []reduction.Variate {
	t := &c.world.Tenants[tenant]
	var shares [][]float64
	all := make([]reduction.Variate, quarters)
	for q := range all {
		by, ok := sharesBy(t, t.Midnights[(q+1)*(len(t.Midnights)-1)/quarters])
		if !ok {
			return nil
		}
		shares = append(shares, by)
		for s, share := range by {
			all[q].Mean += float64(share * float64(t.Segments[s].Count))
		}
	}
	for r := range replications {
		for q, n := range c.world.Adopters(tenant, r, shares) {
			all[q].Values = append(all[q].Values, float64(n))
		}
	}
	return all
}

// sharesBy returns the share of each segment's people that has adopted by a time; ok is
// false where people adopt by contagion, or by a law that each replication draws.
func sharesBy(t *sim.Tenant, by clock.Time) (shares []float64, ok bool) {
	for i := range t.Segments {
		s := &t.Segments[i]
		if s.Adoption.Law == behave.Contagion || len(s.Adoption.Draws) > 0 {
			return nil, false
		}
		shares = append(shares, s.Adoption.ShareBy(t.Calendars[s.Calendar].Operational(by)))
	}
	return shares, true
}
