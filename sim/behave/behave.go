// Package behave is what people do: when a person begins to act (Adoption) and
// how often (Habit). It is laid out on a person's operational time, in which a
// week has the length of a week and a calendar says where on the clock it is;
// nothing here knows of licences.
//
// What a person does is one realised point process that no policy can move, and
// any part of it is available without the parts before: see Process.
package behave

import (
	"math"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/dist"
)

// A Habit is one kind of act that a person does again and again.
type Habit struct {
	Action claim.Action
	Rate   float64   // acts per tick and person
	Spread float64   // shape of the gamma law of Rate over people; 0 where all are alike
	Gap    dist.Dist // where not nil: acts are a renewal process with these gaps, and Rate is unused
	// Draws, where there are any, are equally likely rates with their spreads, of which
	// each replication has one: see Draw.
	Draws []HabitDraw
}

// A HabitDraw is the Rate and the Spread of a Habit.
type HabitDraw struct{ Rate, Spread float64 }

// Draw gives h the rate and the spread of a replication, by a uniform number in (0, 1).
func (h *Habit) Draw(u float64) {
	d := h.Draws[int(u*float64(len(h.Draws)))]
	h.Rate, h.Spread = d.Rate, d.Spread
}

// MeanRate returns the acts per tick and person, on average.
func (h *Habit) MeanRate() float64 {
	if h.Gap != nil {
		return 1 / h.Gap.Mean()
	}
	return h.Rate
}

// A Law is the form of an Adoption.
type Law uint8

// The laws of adoption.
const (
	AtStart   Law = iota // everyone at the start
	FromDist             // by Adoption.Dist
	Logistic             // 1/(1+exp(-(t-Mid)/Scale))
	Gompertz             // exp(-exp(-(t-Mid)/Scale))
	Bass                 // independent people, the Bass curve as distribution
	Contagion            // Bass as pure birth: the hazard grows with those who have adopted
)

// An Adoption is the law of the time at which a person begins to act, from the
// start of the study or from joining. Mass before that adopts at once.
type Adoption struct {
	Law        Law
	Ceiling    float64 // share of people who ever adopt, in [0, 1]
	Dist       dist.Dist
	Mid, Scale float64 // ticks
	P, Q       float64 // per tick
	// Way leads Contagion through so many people by so many times, and then lets it go
	// on from there: see Spread.
	Way []Waypoint
	// Draws, where there are any, are equally likely laws in place of this one, of
	// which each replication has one: what is not known of the law is part of the
	// forecast.
	Draws []Adoption
}

// A Waypoint is the share of the people there at the start who have adopted by a time
// from the start. Both rise from one waypoint to the next.
type Waypoint struct {
	At    clock.Time // on the clock, or operational: as who uses it says
	Share float64
}

// Draw returns the law of a replication whose luck is u in (0, 1).
func (a *Adoption) Draw(u float64) *Adoption {
	if len(a.Draws) == 0 {
		return a
	}
	return &a.Draws[int(u*float64(len(a.Draws)))]
}

// At returns the operational time from joining to adoption for a person whose
// luck is u in (0, 1), and clock.Never for one who never adopts. The law must
// not be Contagion, which is decided together: see Spread.
func (a *Adoption) At(u float64) clock.Time {
	if u >= a.Ceiling {
		return clock.Never
	}
	v := u / a.Ceiling
	var t float64
	switch a.Law {
	case FromDist:
		t = a.Dist.Quantile(v)
	case Logistic:
		t = a.Mid + float64(a.Scale*math.Log(v/(1-v)))
	case Gompertz:
		t = a.Mid - float64(a.Scale*math.Log(-math.Log(v)))
	case Bass:
		// Inverse of F(t) = (1-e^-(p+q)t)/(1+(q/p)e^-(p+q)t), Bass 1969.
		t = math.Log((1+float64(a.Q/a.P*v))/(1-v)) / (a.P + a.Q)
	}
	return clock.Ticks(t)
}
