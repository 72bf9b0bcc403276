package output

import (
	"slices"

	"seatcast/analysis"
)

// An Estimate is a mean that is told of every pool, with its name for people.
type Estimate struct {
	Name   string
	Of     func(analysis.Pool) analysis.Estimate
	Metric string // of analysis.Means, where it is one
}

// Controlled returns the estimate of the same by control variates, if there is one.
func (e Estimate) Controlled(p analysis.Pool) (c analysis.Controlled, ok bool) {
	i := slices.IndexFunc(p.Controlled, func(c analysis.Controlled) bool { return c.Metric == e.Metric })
	if i < 0 {
		return c, false
	}
	return p.Controlled[i], true
}

// Estimates returns the means that reports and workbooks tell, in their order.
func Estimates() []Estimate {
	return []Estimate{
		{"People refused", func(p analysis.Pool) analysis.Estimate { return p.RefusedUsers }, "refused-users"},
		{"Acts refused", func(p analysis.Pool) analysis.Estimate { return p.RefusedClaims }, "refused-claims"},
		{"Blocked user-days", func(p analysis.Pool) analysis.Estimate { return p.BlockedUserDays }, "blocked-days"},
		{"Claims served", func(p analysis.Pool) analysis.Estimate { return p.Claims }, ""},
		{"Most holders at once", func(p analysis.Pool) analysis.Estimate { return p.Peak }, "peak"},
		{"Holders at the end", func(p analysis.Pool) analysis.Estimate { return p.AssignedEnd }, "assigned-end"},
		{"Idle seat-days", func(p analysis.Pool) analysis.Estimate { return p.IdleSeatDays }, "idle-days"},
		{"Cost, USD", func(p analysis.Pool) analysis.Estimate { return p.Cost }, "cost"},
	}
}
