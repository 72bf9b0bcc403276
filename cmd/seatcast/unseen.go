package main

import (
	"fmt"

	"seatcast/analysis/fit"
)

// unseen is how many people come who have not been seen, as fit tells it.
type unseen struct {
	People       int      `json:"people"`
	Ahead        int      `json:"ahead"` // periods
	GoodToulmin  float64  `json:"good_toulmin"`
	SD           float64  `json:"good_toulmin_sd"`
	GammaPoisson *float64 `json:"gamma_poisson,omitempty"`
	Size         *float64 `json:"size,omitempty"`
	Mean         *float64 `json:"mean,omitempty"`
	LogLik       *float64 `json:"log_likelihood,omitempty"`
	people       float64
}

// unseen says how many people come who have not been seen, from who acted how often.
func (o *observation) unseen() *unseen {
	f := fit.Frequencies(o.Acts)
	t := float64(o.horizon) / float64(len(o.Seats))
	u := &unseen{Ahead: o.horizon}
	for _, k := range f {
		u.People += k
	}
	u.GoodToulmin, u.SD = fit.GoodToulmin(f, t)
	if g, err := fit.FitGammaPoisson(f, o.headcount); err == nil {
		more := g.Unseen(t)
		u.GammaPoisson, u.Size, u.Mean, u.LogLik, u.people = &more, &g.Size, &g.Mean, &g.LogLik, g.People
	} else {
		o.warnings = append(o.warnings, "acts of people: "+err.Error())
	}
	return u
}

// all returns how many people there are by the gamma-Poisson law, 0 where it is not
// known.
func (u *unseen) all() float64 {
	if u == nil || u.GammaPoisson == nil {
		return 0
	}
	return u.people
}

func (u *unseen) words(o *observation) string {
	text := fmt.Sprintf("From how often each of %d people acted: %.0f ± %.0f who have not been seen yet come within %s (Good and Toulmin, one standard deviation)",
		u.People, max(0, u.GoodToulmin), u.SD, count(u.Ahead, o.Unit()))
	if u.GammaPoisson != nil {
		text += fmt.Sprintf(", or %.0f where people act at rates of a gamma law", *u.GammaPoisson)
	}
	return text + "."
}
