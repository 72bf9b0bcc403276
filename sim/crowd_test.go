package sim

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// TestSeatsOfTwoKinds: while a free seat waits for the rare acts of some, others come to
// be turned away whose acts come before, and then find seats of their own. The records
// must be equal to those of the slow twin.
func TestSeatsOfTwoKinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	late := int64(0)
	for n := range 60 {
		tn := tenant(200, 0)
		tn.Rules.Products[1].Subscriptions = []claim.Subscription{{Name: "legacy", Starts: -clock.Day, Ends: clock.Never}}
		tn.Rules.Products[1].Grants = []claim.Grant{{Rights: 1 << claim.PerUserSeat}}
		tn.Rules.Policies = append(tn.Rules.Policies, claim.Policy{Name: "legacy", App: claim.PerUserApp, Products: []int{1}, On: true, Group: -1})
		rare, often := segment(5, 0), segment(30, 0)
		rare.Name, often.Name = "rare", "often"
		rare.Does = []behave.Habit{{Action: claim.RequestPerUser, Rate: perWeek / 8}}
		often.Does = []behave.Habit{{Action: claim.TriggerPremium, Rate: 3 * perWeek}}
		if second := []claim.Action{claim.TriggerPremium, claim.RequestPerUser, claim.UseRPA}[n%3]; n%3 > 0 { // who is turned away for both comes to stand anew
			often.Does = append(often.Does, behave.Habit{Action: second, Rate: perWeek})
		}
		often.StartsWith = int(claim.TriggerPremium)
		often.Adoption = behave.Adoption{Law: behave.Logistic, Ceiling: 1, Mid: 60 * float64(clock.Day), Scale: 5 * float64(clock.Day)}
		tn.Segments = []Segment{rare, often}
		for _, product := range []int{1, 0, 1, 0, 1, 0} {
			tn.Timeline = append(tn.Timeline, Event{At: clock.Time(40+rng.IntN(80)) * clock.Day, Do: ChangeSeats, Product: product, Subscription: -1, Seats: 1 + product + rng.IntN(3)})
		}
		w := world(tn)
		w.Seed = rng.Uint64()
		got, want := mustRun(t, w, n, Options{}), mustRun(t, w, n, Options{EveryAct: true})
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("world %d: the record differs from that of the slow twin:\n%+v\n%+v", n, got, want)
		}
		late += want.Tenants[0].Pools[0].Claims
	}
	if late < 200 {
		t.Fatalf("%d claims of those who were turned away prove little", late)
	}
}
