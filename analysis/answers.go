// Package analysis turns the records of replications into estimates with
// intervals and warnings. It never runs a simulation and never prints.
package analysis

import (
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// Answers are the estimates of a study.
type Answers struct {
	Study        record.Study
	Replications int // finished in every variant; fewer than Study.Replications where a run was stopped
	Variants     []Variant
	Differences  []Comparison
	Precision    []Reached // of each target that was stated, in their order
	Decision     *Decision // where a question was asked
	Warnings     []string
}

// A Decision answers a Question.
type Decision struct {
	Question Question
	Ranking  *Ranking // nil where there is nothing to choose between
	Curves   []DifferenceCurve
}

// A Variant holds the answers of one variant, in the order of Study.Variants.
type Variant struct {
	Name, Title  string
	Replications int    // finished; variants differ where a run was stopped
	Pools        []Pool // every tenant's pools, in the order of the study
	Policies     []Policy
	Outcomes     []Outcome // of all tenants, those that occurred
}

// A Pool holds the answers about one pool of seats.
type Pool struct {
	Tenant, Product string
	Reserved        int
	SeatsStart      int // usable seats at the start and at the end
	SeatsEnd        int

	AssignedEnd     Estimate
	Peak            Estimate
	Claims          Estimate
	RefusedClaims   Estimate // acts
	RefusedUsers    Estimate // people
	BlockedUserDays Estimate
	IdleSeatDays    Estimate
	Cost            Estimate // USD

	// Controlled are the means that control variates make better known than above.
	Controlled []Controlled

	Exhaustion   Event // no assignable seat
	FirstRefusal Event // a claim that met no seat

	Curve []CurvePoint // a point for each local midnight
	Risk  []RiskPoint
}

// A Policy holds the answers about one auto-claim policy.
type Policy struct {
	Tenant, Name string
	Claims       Estimate
	Backups      Estimate            // of the claims, those served by a backup product
	ByTrigger    map[string]Estimate // by claim.Action.String(), those that occurred
}

// An Outcome is the number of acts that ended in an outcome.
type Outcome struct {
	Tenant          string
	Outcome, Reason string
	Acts            Estimate
	People          Estimate // with such an act; of the refused and the ineligible
}

// An Estimate is a mean over replications with its 95% interval, and quantiles
// across replications.
type Estimate struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	P05  float64 `json:"p05"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
}

// A Controlled is a mean of a pool with its 95% interval by control variates, the
// numbers of people who have adopted by some times: another estimate of the same.
type Controlled struct {
	Metric string `json:"metric"` // one of Means
	Difference
	Factor float64 `json:"factor"` // how many times as many plain replications it is worth
}

// A Proportion is an estimated probability with its 95% interval.
type Proportion struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// An Event is something that happens once in a replication, or not within the horizon.
type Event struct {
	Probability Proportion // of happening within the horizon
	First       Times
}

// Times are quantiles of the time of an Event, right-censored at the horizon:
// clock.Never where that share of replications never saw it.
type Times struct {
	P05, P50, P95                         clock.Time
	P05Interval, P50Interval, P95Interval [2]clock.Time // 95%, by order statistics; Never where censored
	Censored                              int           // replications without the event
}

// A CurvePoint describes the holders of a pool at one local midnight.
type CurvePoint struct {
	Time                    clock.Time
	Seats                   int     // usable
	Assignable              float64 // mean
	Mean                    float64 // distinct holders
	P05, P25, P50, P75, P95 float64
	RefusedMean             float64 // refused claims since the midnight before
}

// A RiskPoint is the probability of an event before one local midnight, so by the
// end of the day before it: what happens at the very midnight has the date of the
// day that begins, as a subscription's end does. The first point has what was so
// at the start, and the last includes the horizon.
type RiskPoint struct {
	Time       clock.Time
	Exhaustion Proportion // no assignable seat by then
	Refusal    Proportion // a refused claim by then
}
