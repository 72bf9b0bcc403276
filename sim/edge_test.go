package sim

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"seatcast/sim/behave"
	"seatcast/sim/calendar"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// TestEditOfAppsKeepsProducts: an edit without products is none of them.
func TestEditOfAppsKeepsProducts(t *testing.T) {
	tn := tenant(60, 100)
	tn.Segments = []Segment{segment(60, perWeek)}
	want := mustRun(t, world(tn), 0, Options{})
	tn.Timeline = []Event{{At: clock.Day, Do: EditPolicy}}
	if got := mustRun(t, world(tn), 0, Options{}); !reflect.DeepEqual(got, want) {
		t.Errorf("an edit that keeps the products gives %+v, want %+v", got.Tenants[0].Policies, want.Tenants[0].Policies)
	}
}

// TestBackupsAfterAnEdit: what was a backup is none once it comes first.
func TestBackupsAfterAnEdit(t *testing.T) {
	tn := tenant(60, 100)
	tn.Rules.Products[1].Subscriptions = tn.Rules.Products[0].Subscriptions
	tn.Rules.Policies[0].Products = []int{0, 1}
	tn.Segments = []Segment{segment(60, perWeek)}
	tn.Timeline = []Event{{Do: EditPolicy, Products: []int{1, 0}}}
	got := mustRun(t, world(tn), 0, Options{}).Tenants[0]
	if got.Policies[0].Backups != 0 || got.Pools[1].Claims != got.Policies[0].Claims || got.Policies[0].Claims == 0 {
		t.Errorf("%+v, of which the product that comes first served %d", got.Policies[0], got.Pools[1].Claims)
	}
}

// TestExhaustionTakesTime: a pool that is empty between two deeds of one instant
// never was dry, whatever their order.
func TestExhaustionTakesTime(t *testing.T) {
	for _, order := range [][]Deed{{Assign, ChangeSeats}, {ChangeSeats, Assign}} {
		tn := tenant(30, 5)
		tn.Segments = []Segment{segment(5, 0)}
		for _, do := range order {
			tn.Timeline = append(tn.Timeline, Event{At: 10 * clock.Day, Do: do, Seats: 10, Subscription: -1, Count: 5})
		}
		if got := mustRun(t, world(tn), 0, Options{}).Tenants[0].Pools[0]; got.Exhausted != clock.Never || got.Assigned[30] != 5 {
			t.Errorf("%v: exhausted at %d with %d holders", order, got.Exhausted, got.Assigned[30])
		}
	}
	tn := tenant(30, 5)
	tn.Segments = []Segment{segment(5, 0)}
	tn.Timeline = []Event{{At: 30 * clock.Day, Do: Assign, Count: 5}}
	if got := mustRun(t, world(tn), 0, Options{}).Tenants[0].Pools[0].Exhausted; got != 30*clock.Day {
		t.Errorf("a pool that is dry at the very end is exhausted at %d", got)
	}
}

// TestNobodyActsWhileClosed: also newcomers of the last weekend do not.
func TestNobodyActsWhileClosed(t *testing.T) {
	tn := tenant(28, 10000)
	c, err := calendar.New(calendar.Office(), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), 28*clock.Day)
	if err != nil {
		t.Fatal(err)
	}
	tn.Calendars = []*calendar.Calendar{c}
	s := segment(50, 3*perWeek)
	s.Joins, s.StartsWith = 100*perWeek, int(claim.TriggerPremium)
	tn.Segments = []Segment{s}
	acts := 0
	mustRun(t, world(tn), 0, Options{EveryAct: true, Ledger: func(_ int, e *Entry) {
		acts++
		day, hour := e.At/clock.Day, e.At%clock.Day/clock.Hour
		if day%7 > 4 || hour < 9 || hour > 16 {
			t.Fatalf("%v on day %d at %d o'clock", e.Action, day, hour)
		}
	}})
	if acts < 500 {
		t.Fatalf("%d acts prove little", acts)
	}
}

// TestBlockedUntilEntitled: who is refused in a managed environment is no longer
// blocked when it becomes an ordinary one.
func TestBlockedUntilEntitled(t *testing.T) {
	tn := tenant(360, 0)
	tn.Rules.Environments[0].Managed = true
	s := segment(100, 0)
	s.Does = []behave.Habit{{Action: claim.TriggerStandard, Rate: 7 * perWeek}}
	tn.Segments = []Segment{s}
	tn.Timeline = []Event{{At: 30 * clock.Day, Do: UnmanageEnvironment}}
	for _, every := range []bool{false, true} {
		days := float64(mustRun(t, world(tn), 0, Options{EveryAct: every}).Tenants[0].Pools[0].BlockedMs) / 86400e3
		// 100 people, each from an exponential first act of mean 1 day to day 30: 2,900
		// with a standard error of 10.
		if math.Abs(days-2900) > 50 {
			t.Errorf("%.0f blocked user-days, want 2900", days)
		}
	}
}

// TestNewcomersAreDrawn: with few newcomers a replication, shares hold over
// replications. Of some 2,000 newcomers half have an environment with a standard
// error of 0.011; the tolerance is four of them.
func TestNewcomersAreDrawn(t *testing.T) {
	tn := tenant(365, 1)
	tn.Rules.Environments = append(tn.Rules.Environments, claim.Environment{Name: "other"})
	s := segment(0, 0)
	s.Environments, s.Joins = []Share{{0, 0.5}, {1, 0.5}}, 1/(365*float64(clock.Day))
	tn.Segments = []Segment{s}
	runner := NewRunner(world(tn))
	count := [2]float64{}
	for rep := range 2000 {
		runner.runs[0].reset(rep, new(record.Tenant))
		for i := range runner.runs[0].people {
			count[runner.runs[0].classOf(claim.Person(i)).environment]++
		}
	}
	if share := count[0] / (count[0] + count[1]); math.Abs(share-0.5) > 0.044 {
		t.Errorf("%v of %v newcomers are in the first environment", share, count[0]+count[1])
	}
}

// TestContagionOfLeavers: who leaves before adopting moves nobody. The mean of 60
// replications is held against that of 300 runs of the direct chain, within four
// standard errors of their difference.
func TestContagionOfLeavers(t *testing.T) {
	const people, days, p, q, leave = 500, 720, 0.0003, 0.01, 0.1 * 12 / 365
	tn := tenant(days, people)
	s := segment(people, 0)
	s.StartsWith, s.Leaves = int(claim.TriggerPremium), leave/float64(clock.Day)
	s.Adoption = behave.Adoption{Law: behave.Contagion, Ceiling: 1, P: p / float64(clock.Day), Q: q / float64(clock.Day)}
	tn.Segments = []Segment{s}
	moments := func(n int, f func(i int) float64) (mean, variance float64) {
		sum, squares := 0.0, 0.0
		for i := range n {
			x := f(i)
			sum += x
			squares += x * x
		}
		mean = sum / float64(n)
		return mean, (squares/float64(n) - mean*mean) / float64(n)
	}
	got, v := moments(60, func(rep int) float64 {
		return float64(mustRun(t, world(tn), rep, Options{}).Tenants[0].Pools[0].Claims)
	})
	dice := rand.New(rand.NewPCG(4, 4))
	want, w := moments(300, func(int) float64 {
		there, adopted := float64(people), 0.0
		for at := 0.0; there > 0; {
			adopt := p + q*adopted/people
			if at += dice.ExpFloat64() / (there * (adopt + leave)); at > days {
				break
			}
			if there--; dice.Float64() < adopt/(adopt+leave) {
				adopted++
			}
		}
		return adopted
	})
	if math.Abs(got-want) > 4*math.Sqrt(v+w) {
		t.Errorf("%v adopters, the direct chain has %v, with a standard error of %v", got, want, math.Sqrt(v+w))
	}
}

// TestCrowdOfRareActs: where seats are free again and those who were turned away act
// hardly ever, as people of gamma-distributed rates may, the run finds the next act
// however far it is, and gives the record of its slow twin.
func TestCrowdOfRareActs(t *testing.T) {
	tn := tenant(365, 5)
	s := segment(60, 0.6*perWeek)
	s.Does[0].Spread = 0.1
	s.StartsWith = int(claim.TriggerPremium)
	tn.Segments = []Segment{s}
	tn.Timeline = []Event{{At: 30 * clock.Day, Do: ChangeSeats, Product: 0, Subscription: 0, Seats: 30}}
	for rep := range 20 {
		got, want := mustRun(t, world(tn), rep, Options{}), mustRun(t, world(tn), rep, Options{EveryAct: true})
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("replication %d: %+v, want %+v", rep, got, want)
		}
		if pool := got.Tenants[0].Pools[0]; pool.RefusedUsers != 55 || pool.Claims <= 5 {
			t.Fatalf("replication %d: %d refused, %d claims: the test proves little", rep, pool.RefusedUsers, pool.Claims)
		}
	}
}

// TestWayOverWeekend: a way whose end falls on a weekend, when nothing is open, has led
// all people to it by then whom it leads there.
func TestWayOverWeekend(t *testing.T) {
	tn := tenant(7, 100)
	office, err := calendar.New(calendar.Office(), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), tn.Midnights[len(tn.Midnights)-1])
	if err != nil {
		t.Fatal(err)
	}
	tn.Calendars = []*calendar.Calendar{office}
	s := segment(100, 0)
	s.StartsWith = int(claim.TriggerPremium)
	s.Adoption = behave.Adoption{Law: behave.Contagion, P: 1e-9 / float64(clock.Day), Ceiling: 0.8,
		Way: []behave.Waypoint{{At: 4 * clock.Day, Share: 0.2}, {At: 6 * clock.Day, Share: 0.4}, {At: 7 * clock.Day, Share: 0.5}}}
	tn.Segments = []Segment{s}
	for replication := range 20 {
		if n := mustRun(t, world(tn), replication, Options{}).Tenants[0].Pools[0].Claims; n != 50 {
			t.Errorf("replication %d: %d of 100 people have claimed by the end of the way, want 50", replication, n)
		}
	}
}
