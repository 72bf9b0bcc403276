package claim

import (
	"math/rand/v2"
	"slices"
	"testing"

	"seatcast/sim/clock"
)

// moreSeats is a tenant with seats of Premium and of the per-user plan, and
// policies that draw on both or on Premium alone.
func moreSeats(premium, perUser int, mixed bool) *Config {
	c := &Config{Enabled: true, FreeRights: []Grant{{0, 1 << StandardFlow}},
		Environments: []Environment{{"default", false, false}, {"finance", true, false}}}
	for _, p := range []struct {
		name  string
		seats int
	}{{"premium", premium}, {"per-user", perUser}} {
		c.Products = append(c.Products, Product{Name: p.name, Grants: []Grant{{0, matrix[p.name]}},
			Subscriptions: []Subscription{{"seats", p.seats, -1, clock.Never, 0, 0}}})
	}
	c.Policies = []Policy{{"automation", RPAAttendedApp, []int{0}, -1, true, -1}}
	if mixed {
		c.Policies[0].Products = []int{0, 1}
		c.Policies = append(c.Policies, Policy{"legacy", PerUserApp, []int{1, 0}, -1, true, -1})
	}
	return c
}

// refusals lets people act and returns the index of the first refusal, len(acts)
// if there is none, and how many there are. A Leave among the acts is one.
func refusals(c *Config, people int, acts []Act) (first, n int) {
	e := New(c, people)
	first = len(acts)
	for i, a := range acts {
		if e.Gone(a.Person) {
			continue
		}
		if a.Action == Leave {
			e.Leave(a.Person)
			continue
		}
		if e.Do(clock.Time(i), a).Outcome == Refused {
			first = min(first, i)
			n++
		}
	}
	return first, n
}

// randomActs throws acts of some kinds, and now and then a leaver.
func randomActs(rng *rand.Rand, people int, kinds []Action) []Act {
	acts := make([]Act, 10+rng.IntN(60))
	for i := range acts {
		acts[i] = Act{Person(rng.IntN(people)), kinds[rng.IntN(len(kinds))], int16(rng.IntN(2))}
		if rng.IntN(15) == 0 {
			acts[i].Action = Leave
		}
	}
	return acts
}

// TestOneMoreSeat proves invariant I10 on one product, where seats go to whoever
// comes first: on the same acts one more seat never brings the first refusal
// forward and never makes for more refused acts.
func TestOneMoreSeat(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 10))
	kinds := []Action{TriggerPremium, SavePremium, TurnOnAttended, TriggerStandard, RequestPremium}
	later, fewer := 0, 0
	for range 1500 {
		people := 2 + rng.IntN(8)
		acts := randomActs(rng, people, kinds)
		first, n := refusals(moreSeats(0, 0, false), people, acts)
		for seats := 1; seats <= people; seats++ {
			f, m := refusals(moreSeats(seats, 0, false), people, acts)
			if f < first || m > n {
				t.Fatalf("seat %d made the first refusal %d instead of %d, and %d refusals of %d\nin %v", seats, f, first, m, n, acts)
			}
			if f > first {
				later++
			}
			if m < n {
				fewer++
			}
			first, n = f, m
		}
		if n != 0 {
			t.Fatalf("%d refusals with a seat for everyone", n)
		}
	}
	if later < 2000 || fewer < 2000 {
		t.Fatalf("%d later first refusals and %d times fewer: the test proves little", later, fewer)
	}
}

// TestOneMoreSeatWithBackups demands the part of I10 that is seen to hold with two
// products while nobody leaves: the first refusal never comes forward.
func TestOneMoreSeatWithBackups(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 11))
	kinds := []Action{TriggerPremium, TriggerAttended, TriggerStandard, RequestPremium, RequestPerUser}
	later := 0
	for range 4000 {
		people := 2 + rng.IntN(5)
		acts := slices.DeleteFunc(randomActs(rng, people, kinds), func(a Act) bool { return a.Action == Leave })
		premium, perUser := rng.IntN(4), rng.IntN(4)
		precedence := Precedence(rng.IntN(3))
		at := func(premium, perUser int) int {
			c := moreSeats(premium, perUser, true)
			c.Precedence = precedence
			first, _ := refusals(c, people, acts)
			return first
		}
		first := at(premium, perUser)
		for _, more := range [][2]int{{premium + 1, perUser}, {premium, perUser + 1}} {
			f := at(more[0], more[1])
			if f < first {
				t.Fatalf("with %v seats instead of [%d %d] the first refusal is %d, was %d\nin %v", more, premium, perUser, f, first, acts)
			}
			if f > first {
				later++
			}
		}
	}
	if later < 1000 {
		t.Fatalf("%d later first refusals: the test proves little", later)
	}
}

// TestMoreSeatsMoreRefusals shows that I10 is about one product. Ben would be given
// Premium for want of a per-user seat; with one more he is given that. So Dan gets
// the only seat of Premium, and Ben is refused with every attended flow from then on.
func TestMoreSeatsMoreRefusals(t *testing.T) {
	const ann, ben, dan = 0, 1, 2
	acts := []Act{{ann, TriggerPremium, 0}, {ben, TriggerPremium, 0}, {dan, TriggerAttended, 0},
		{ben, TriggerAttended, 0}, {ben, TriggerAttended, 0}, {ben, TriggerAttended, 0}}
	for _, c := range []struct{ perUser, first, refused int }{{1, 2, 1}, {2, 3, 3}} {
		config := moreSeats(1, c.perUser, true)
		config.Precedence = PerUserFirst
		if first, refused := refusals(config, 3, acts); first != c.first || refused != c.refused {
			t.Errorf("with %d per-user seats act %d is the first of %d that are refused, want %d of %d", c.perUser, first, refused, c.first, c.refused)
		}
	}
}

// TestDoAllocatesNothing holds the engine to its promise for the hot path.
func TestDoAllocatesNothing(t *testing.T) {
	e := New(moreSeats(1, 1, true), 3)
	e.Hold(0, 0)
	e.Hold(1, 1)
	act := func(p Person, a Action, want Outcome) {
		if d := e.Do(0, Act{p, a, 0}); d.Outcome != want {
			t.Fatalf("%s of person %d is %s, want %s", a, p, d.Outcome, want)
		}
	}
	for name, do := range map[string]func(){
		"an entitled act": func() { act(0, TriggerPremium, Entitled) },
		"a refusal":       func() { act(2, TriggerPremium, Refused) },
		"a second try":    func() { act(1, SaveAttended, Refused) },
		"a claim": func() {
			e.Unassign(0, 0)
			act(2, TriggerPremium, Claimed)
			e.Unassign(2, 0)
			act(0, TriggerPremium, Claimed)
		},
	} {
		if n := testing.AllocsPerRun(100, do); n != 0 {
			t.Errorf("%s allocates %v times, want never", name, n)
		}
	}
}
