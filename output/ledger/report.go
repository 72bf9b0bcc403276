package ledger

import (
	"fmt"
	"iter"
	"slices"
	"time"
)

// A Query says which auto-claim policy report to make.
type Query struct {
	AsOf        string // the last local day of the report, 2026-03-31
	Days        int    // 1, 7, 30 or 90
	Replication int
	Variant     string
	Tenant      string // every tenant where empty
	Policy      string // every policy where empty
}

// Report lists the assignments that policies made by themselves on the last
// days, oldest first, whether or not the seat is still held: rule P6, after
// "View license assignment in auto-claim policy report" of Microsoft's page on
// auto-claim policies. The days are local dates of each tenant, of which the last
// is q.AsOf; so the report of one day holds the claims of that date.
func Report(rows iter.Seq2[Row, error], q Query) ([]Row, error) {
	if !slices.Contains([]int{1, 7, 30, 90}, q.Days) {
		return nil, fmt.Errorf("%d days: the report covers the last 1, 7, 30 or 90", q.Days)
	}
	last, err := time.Parse(time.DateOnly, q.AsOf)
	if err != nil {
		return nil, fmt.Errorf("as of %q: want a date such as 2026-03-31", q.AsOf)
	}
	first := last.AddDate(0, 0, 1-q.Days).Format(time.DateOnly)
	var found []Row
	for r, err := range rows {
		if err != nil {
			return nil, err
		}
		date := r.Time.Format(time.DateOnly)
		if date >= first && date <= q.AsOf && q.wants(r) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b Row) int { return a.Time.Compare(b.Time) })
	return found, nil
}

func (q Query) wants(r Row) bool {
	return r.Outcome == "claimed" && r.Replication == q.Replication && r.Variant == q.Variant &&
		(q.Tenant == "" || r.Tenant == q.Tenant) && (q.Policy == "" || r.Policy == q.Policy)
}
