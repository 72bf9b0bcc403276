package sim

import (
	"slices"
	"testing"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// TestTraceOfOneWhoReturns: who acts after leaving has come back, claims again,
// and frees the seat by leaving again.
func TestTraceOfOneWhoReturns(t *testing.T) {
	tn := tenant(10, 1)
	tn.Trace.People = []string{"ana"}
	for day, a := range []claim.Action{claim.TriggerPremium, claim.Leave, claim.Leave, claim.SavePremium, claim.Leave, claim.Assign} {
		tn.Trace.Acts = append(tn.Trace.Acts, TraceAct{At: clock.Time(day)*clock.Day + clock.Hour, Action: a, Environment: -1})
	}
	got := mustRun(t, world(tn), 0, Options{}).Tenants[0].Pools[0].Assigned
	if want := []int32{0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("holders at midnight are %v, want %v", got, want)
	}
}
