package study

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"seatcast/sim"
	"seatcast/sim/behave"
)

// A World is a world to simulate, in words that another process can follow: a variant
// of a scenario of the study, and what is changed in it. Its methods change a copy.
type World struct {
	Scenario   int      `json:"scenario"` // index into Plan.Scenarios
	Variant    string   `json:"variant"`
	Set        []string `json:"set,omitempty"`        // PATH=VALUE, all that the verb was given and what it adds
	Days       int      `json:"days,omitempty"`       // where the study ends early, the index of that midnight
	Seats      []Seats  `json:"seats,omitempty"`      // numbers of seats in place of the scenario's
	Tilted     int      `json:"tilted,omitempty"`     // the tenant that Tilts is of
	Tilts      []Tilt   `json:"tilts,omitempty"`      // of the adoption of its segments
	Antithetic bool     `json:"antithetic,omitempty"` // replications come in pairs
	// Series says whether the records have their daily series. Without, the last day is
	// all that is kept of them, which is enough for a search and makes summaries small.
	Series bool `json:"series,omitempty"`

	base *sim.World // as loaded, where it is
}

// Seats are the seats of a subscription of a product of a tenant, each by its index.
type Seats struct {
	Tenant       int `json:"tenant"`
	Product      int `json:"product"`
	Subscription int `json:"subscription"`
	Seats        int `json:"seats"`
}

// A Tilt is a behave.Tilt.
type Tilt struct {
	Share float64 `json:"share"`
	To    float64 `json:"to"`
}

// Of returns w with what was loaded for it, so that it need not be loaded again.
func (w World) Of(base *sim.World) World { w.base = base; return w }

// WithSeats is that of sim.World.
func (w World) WithSeats(tenant, product, subscription, seats int) World {
	w.Seats = append(slices.Clone(w.Seats), Seats{tenant, product, subscription, seats})
	return w
}

// Until is that of sim.World.
func (w World) Until(day int) World { w.Days = day; return w }

// WithTilts is Tilted of sim.World.
func (w World) WithTilts(tenant int, tilts []behave.Tilt) World {
	w.Tilted, w.Tilts = tenant, nil
	for _, t := range tilts {
		w.Tilts = append(w.Tilts, Tilt(t))
	}
	return w
}

// Sim returns the world to simulate, of one that is Of something.
func (w World) Sim() *sim.World {
	v := *w.base
	v.Antithetic = w.Antithetic
	out := &v
	if w.Days > 0 {
		out = out.Until(w.Days)
	}
	for _, s := range w.Seats {
		out = out.WithSeats(s.Tenant, s.Product, s.Subscription, s.Seats)
	}
	if len(w.Tilts) > 0 {
		var tilts []behave.Tilt
		for _, t := range w.Tilts {
			tilts = append(tilts, behave.Tilt(t))
		}
		out = out.Tilted(w.Tilted, tilts)
	}
	return out
}

// sameBase reports whether v and w are made of the same that is loaded.
func (w World) sameBase(v World) bool {
	return w.Scenario == v.Scenario && w.Variant == v.Variant && slices.Equal(w.Set, v.Set)
}

// check reports what in w does not fit what was loaded for it.
func (w World) check() error {
	tenant := func(i int) (*sim.Tenant, bool) {
		if i < 0 || i >= len(w.base.Tenants) {
			return nil, false
		}
		return &w.base.Tenants[i], true
	}
	for i := range w.base.Tenants {
		if w.Days < 0 || w.Days >= len(w.base.Tenants[i].Midnights) {
			return fmt.Errorf("there is no day %d", w.Days)
		}
	}
	for _, s := range w.Seats {
		t, ok := tenant(s.Tenant)
		if !ok || s.Product < 0 || s.Product >= len(t.Rules.Products) || s.Subscription < 0 ||
			s.Subscription >= len(t.Rules.Products[s.Product].Subscriptions) || s.Seats < 0 || s.Seats > math.MaxInt32/2 {
			return fmt.Errorf("there are no seats such as %+v", s)
		}
	}
	if len(w.Tilts) > 0 {
		t, ok := tenant(w.Tilted)
		if !ok || len(t.Segments) != len(w.Tilts) {
			return errors.New("the tilts are of no tenant")
		}
	}
	return nil
}

// work returns about what a replication costs, in person-days, and what of that is
// for being a replication at all, and for the days of a pool.
func (w World) work() int64 {
	const replication, poolDay = 10_000, 100
	work := int64(replication)
	for i := range w.base.Tenants {
		info := w.base.Tenants[i].Info()
		days := len(info.Midnights) - 1
		if w.Days > 0 {
			days = w.Days
		}
		work += int64(days) * int64(info.People+poolDay*len(info.Pools))
	}
	return work
}
