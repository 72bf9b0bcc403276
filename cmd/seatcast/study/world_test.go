package study

import (
	"testing"

	"seatcast/analysis"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// TestDropSeries: every measure that can be asked about is the same of a record without
// its daily series, from which plan and sensitivity answer.
func TestDropSeries(t *testing.T) {
	midnights := []clock.Time{0, clock.Day, 2 * clock.Day, 3 * clock.Day}
	pool := func() record.Pool {
		return record.Pool{
			Assigned: []int32{3, 9, 7, 5}, Seats: []int32{9, 9, 8, 10}, Refused: []int32{0, 1, 4, 6}, Users: []int32{0, 1, 3, 4},
			Exhausted: clock.Day / 2, FirstRefusal: clock.Day + 5, Peak: 9, Tightest: 0, Claims: 11, RefusedClaims: 6, RefusedUsers: 4,
			BlockedMs: 123456789, IdleMs: 987654321, Cost: 77.5,
		}
	}
	full := pool()
	lean := record.Record{Tenants: []record.Tenant{{Pools: []record.Pool{pool()}}}}
	dropSeries(&lean)
	if n := len(lean.Tenants[0].Pools[0].Assigned); n != 1 {
		t.Fatalf("%d days are left, want the last", n)
	}
	for _, metric := range analysis.Measures() {
		for day := range midnights {
			m, err := analysis.NewMeasure(metric, day)
			if err != nil {
				t.Fatal(err)
			}
			if want, got := m.Of(&full, midnights), m.Of(&lean.Tenants[0].Pools[0], midnights); got != want {
				t.Errorf("%s by day %d: %v without the series, %v with it", metric, day, got, want)
			}
		}
	}
}
