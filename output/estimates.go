package output

import "seatcast/analysis"

// An Estimate is a mean that is told of every pool, with its name for people.
type Estimate struct {
	Name string
	Of   func(analysis.Pool) analysis.Estimate
}

// Estimates returns the means that reports and workbooks tell, in their order.
func Estimates() []Estimate {
	return []Estimate{
		{"People refused", func(p analysis.Pool) analysis.Estimate { return p.RefusedUsers }},
		{"Acts refused", func(p analysis.Pool) analysis.Estimate { return p.RefusedClaims }},
		{"Blocked user-days", func(p analysis.Pool) analysis.Estimate { return p.BlockedUserDays }},
		{"Claims served", func(p analysis.Pool) analysis.Estimate { return p.Claims }},
		{"Most holders at once", func(p analysis.Pool) analysis.Estimate { return p.Peak }},
		{"Holders at the end", func(p analysis.Pool) analysis.Estimate { return p.AssignedEnd }},
		{"Idle seat-days", func(p analysis.Pool) analysis.Estimate { return p.IdleSeatDays }},
		{"Cost, USD", func(p analysis.Pool) analysis.Estimate { return p.Cost }},
	}
}
