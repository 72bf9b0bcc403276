package sim

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zones, on machines that have none

	"seatcast/sim/clock"
)

// TestDayOf: a refusal is recorded by the first midnight at or after it, also where a
// day has 23, 24.5 or 25 hours. The slow twin asks the same function, and would not tell.
func TestDayOf(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var days []clock.Time
		lengths := map[clock.Time]bool{}
		start := time.Date(2026, 2, 1, 0, 0, 0, 0, zone)
		for d := range 366 {
			days = append(days, clock.Time(time.Date(2026, 2, 1+d, 0, 0, 0, 0, zone).Sub(start)))
			if d > 0 {
				lengths[days[d]-days[d-1]] = true
			}
		}
		if name != "UTC" && len(lengths) != 3 {
			t.Fatalf("%s: days have %d lengths, want 3", name, len(lengths))
		}
		times := slices.Clone(days)
		for _, at := range days[:len(days)-1] {
			times = append(times, at+1, at+clock.Time(rng.Int64N(int64(clock.Day))))
			if at > 0 {
				times = append(times, at-1)
			}
		}
		for _, at := range times {
			if at > days[len(days)-1] {
				continue
			}
			want := slices.IndexFunc(days, func(midnight clock.Time) bool { return midnight >= at })
			if got := dayOf(days, at); got != want {
				t.Errorf("%s: %v is recorded by midnight %d, want %d", name, at, got, want)
			}
		}
	}
}
