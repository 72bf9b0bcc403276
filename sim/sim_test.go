package sim

import (
	"context"
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

// fixed is a distribution of one value, for tests that need no others.
type fixed float64

func (f fixed) Quantile(float64) float64 { return float64(f) }
func (f fixed) Mean() float64            { return float64(f) }
func (f fixed) Max() float64             { return float64(f) }
func (f fixed) String() string           { return "fixed" }

const perWeek = 1 / float64(clock.Week)

// tenant returns a tenant with a Premium pool, a policy that is active from the
// start, one ordinary environment and no people.
func tenant(days, seats int) Tenant {
	t := Tenant{Name: "northlake", Zone: "UTC", Activation: fixed(0), Lag: fixed(0), Prices: []float64{15, 15},
		Calendars: []*calendar.Calendar{new(calendar.Calendar)}}
	for d := range days + 1 {
		t.Midnights = append(t.Midnights, clock.Time(d)*clock.Day)
		t.Months = append(t.Months, float64(d)/30)
	}
	t.Rules = claim.Config{Enabled: true, TrialFor: 90 * clock.Day, MinDesktop: claim.Version{Major: 2, Minor: 43}, ClaimWhenExpired: true,
		FreeRights:  []claim.Grant{{Rights: 1 << claim.StandardFlow}},
		TrialRights: []claim.Grant{{Rights: 1<<claim.StandardFlow | 1<<claim.StandardManaged | 1<<claim.PremiumFlow | 1<<claim.AttendedFlow}},
		Products: []claim.Product{
			{Name: "premium", Grants: []claim.Grant{{Rights: 1<<claim.NumRights - 1}},
				Subscriptions: []claim.Subscription{{Name: "seats", Seats: seats, Starts: -clock.Day, Ends: clock.Never}}},
			{Name: "per-user", Grants: []claim.Grant{{Rights: 1<<claim.StandardFlow | 1<<claim.StandardManaged | 1<<claim.PremiumFlow | 1<<claim.PerUserSeat}}}},
		Policies:     []claim.Policy{{Name: "automation", App: claim.RPAAttendedApp, Products: []int{0}, Created: -clock.Day, On: true, Group: -1}},
		Environments: []claim.Environment{{Name: "default"}}}
	return t
}

// segment returns people who all adopt at the start and trigger premium flows.
func segment(count int, rate float64) Segment {
	return Segment{Name: "makers", Count: count, StartsWith: -1,
		Environments: []Share{{0, 1}},
		Adoption:     behave.Adoption{Law: behave.AtStart, Ceiling: 1},
		Does:         []behave.Habit{{Action: claim.TriggerPremium, Rate: rate}},
		WhenRefused:  WhenRefused{Approval: fixed(0)}}
}

func world(tenants ...Tenant) *World { return &World{Seed: 1, Tenants: tenants} }

func mustRun(t testing.TB, w *World, replication int, opt Options) record.Record {
	t.Helper()
	out, err := NewRunner(w).Run(context.Background(), 0, replication, opt)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// randomWorld returns a small tenant with any of the features.
func randomWorld(rng *rand.Rand) *World {
	t := tenant(60+rng.IntN(60), rng.IntN(60))
	t.Rules.Products[1].Subscriptions = []claim.Subscription{{Name: "legacy", Seats: rng.IntN(20), Starts: -1,
		Ends: clock.Time(rng.IntN(100)) * clock.Day, Expired: 10 * clock.Day, Disabled: 15 * clock.Day}}
	if rng.IntN(2) == 0 {
		t.Rules.Products[0].Subscriptions = append(t.Rules.Products[0].Subscriptions, claim.Subscription{Name: "extra",
			Seats: 5, Starts: clock.Time(rng.IntN(40)) * clock.Day, Ends: 70 * clock.Day, Expired: clock.Day, Disabled: clock.Day})
	}
	if rng.IntN(3) == 0 { // the entitlement matrix changes on a day
		t.Rules.Products[1].Grants = append(t.Rules.Products[1].Grants, claim.Grant{From: clock.Time(rng.IntN(60)) * clock.Day, Rights: 1 << claim.StandardFlow})
	}
	t.Rules.Environments = append(t.Rules.Environments, claim.Environment{Name: "finance", Managed: rng.IntN(2) == 0}, claim.Environment{Name: "payg", PayAsYouGo: true})
	t.Rules.Scope = claim.Scope(rng.IntN(2))
	t.Rules.Precedence = claim.Precedence(rng.IntN(3))
	t.Rules.Groups = []claim.Group{{Name: "makers", Product: 0}, {Name: "old", Product: 1}}
	t.Groups = []Group{{Latency: fixed(float64(clock.Hour))}, {Latency: fixed(float64(30 * clock.Hour))}}
	t.Rules.Policies[0].Products = [][]int{{0}, {0, 1}}[rng.IntN(2)]
	t.Rules.Policies = append(t.Rules.Policies, claim.Policy{Name: "legacy", App: claim.PerUserApp, Products: []int{1, 0}[:1+rng.IntN(2)],
		Created: clock.Time(rng.IntN(30)) * clock.Day, On: rng.IntN(4) > 0, Group: rng.IntN(2)*2 - 1})
	t.Activation = fixed(float64(clock.Hour) * float64(rng.IntN(3)))
	for _, k := range rng.Perm(2)[:rng.IntN(3)] {
		rule := Reclaim{Product: k, Idle: clock.Time(1+rng.IntN(20)) * clock.Day, From: claim.Sources(1 + rng.IntN(7))}
		if rng.IntN(2) == 0 {
			rule.Every = 5 * clock.Day
		}
		t.Reclaim = append(t.Reclaim, rule)
	}
	for i := range 1 + rng.IntN(3) {
		t.Segments = append(t.Segments, randomSegment(rng, string(rune('a'+i))))
	}
	t.Timeline = randomTimeline(rng, &t)
	if rng.IntN(3) == 0 {
		t.Trace = randomTrace(rng)
	}
	if rng.IntN(2) == 0 { // a calendar that closes, and delays without bounds
		c, err := calendar.New(calendar.Office(), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), t.Midnights[len(t.Midnights)-1])
		if err != nil {
			panic(err)
		}
		t.Calendars = append(t.Calendars, c)
		for i := range t.Segments {
			t.Segments[i].Calendar = rng.IntN(2)
			t.Segments[i].WhenRefused.Approval = heavyTail{}
		}
		t.Groups[0].Latency = heavyTail{}
		t.Rules.TrialFor = clock.Time(1+rng.IntN(20)) * clock.Day
	}
	w := world(t)
	w.Seed = rng.Uint64()
	return w
}

// heavyTail is a Pareto law whose tail is beyond the range of Time.
type heavyTail struct{}

func (heavyTail) Quantile(u float64) float64 { return float64(clock.Hour) / math.Pow(1-u, 8) }
func (heavyTail) Mean() float64              { return math.Inf(1) }
func (heavyTail) Max() float64               { return math.Inf(1) }
func (heavyTail) String() string             { return "heavy tail" }

func randomSegment(rng *rand.Rand, name string) Segment {
	s := segment(rng.IntN(60), 0)
	s.Name = name
	s.Environments = []Share{{0, 0.5}, {1, 0.25}, {2, 0.25}}
	s.PerAct = rng.IntN(3) == 0
	s.Holds = []Share{{0, 0.1}, {1, 0.1}}
	s.Desktops = []DesktopShare{{claim.Version{Major: 2, Minor: 50}, 0.5}, {claim.Version{Major: 2, Minor: 39}, 0.2}}
	s.Members = []Share{{0, 0.1}, {1, 0.2}}
	s.Does = nil
	for a := range claim.NumActs {
		switch h := (behave.Habit{Action: a, Rate: rng.Float64() * perWeek}); rng.IntN(6) {
		case 0, 1:
			s.Does = append(s.Does, h)
		case 2:
			h.Spread = 0.5 + rng.Float64()
			s.Does = append(s.Does, h)
		case 3:
			h.Gap = fixed(float64(clock.Day) * (0.5 + 30*rng.Float64()))
			s.Does = append(s.Does, h)
		case 4:
			h.Draws = []behave.HabitDraw{{Rate: h.Rate}, {Rate: 2 * h.Rate, Spread: 0.7}, {}}
			s.Does = append(s.Does, h)
		}
	}
	if len(s.Does) > 0 && rng.IntN(2) == 0 { // people of few habits are entitled to all they do
		rng.Shuffle(len(s.Does), func(i, j int) { s.Does[i], s.Does[j] = s.Does[j], s.Does[i] })
		s.Does = s.Does[:1+rng.IntN(min(2, len(s.Does)))]
	}
	laws := []behave.Adoption{{Law: behave.AtStart, Ceiling: 1},
		{Law: behave.Logistic, Ceiling: 0.9, Mid: 30 * float64(clock.Day), Scale: 5 * float64(clock.Day)},
		{Law: behave.Bass, Ceiling: 0.8, P: 0.01 / float64(clock.Day), Q: 0.1 / float64(clock.Day)},
		{Law: behave.Contagion, Ceiling: 0.8, P: 0.01 / float64(clock.Day), Q: 0.1 / float64(clock.Day)}}
	s.Adoption = laws[rng.IntN(len(laws))]
	if rng.IntN(2) == 0 {
		s.StartsWith = rng.IntN(int(claim.NumActs))
	}
	if rng.IntN(2) == 0 {
		s.Joins, s.Leaves = 5*perWeek*rng.Float64(), 0.1*perWeek*rng.Float64()
	}
	if rng.IntN(2) == 0 {
		s.WhenRefused = WhenRefused{Request: 0.3, Trial: 0.2, Approval: fixed(float64(clock.Day))}
	}
	return s
}

func randomTimeline(rng *rand.Rand, t *Tenant) (events []Event) {
	at := clock.Time(0)
	for len(events) < 12 {
		at += clock.Time(rng.IntN(10)) * clock.Day
		events = append(events, Event{At: at, Do: Deed(rng.IntN(int(Unassign) + 1)), Policy: rng.IntN(2), Environment: rng.IntN(2),
			Product: rng.IntN(2), Group: rng.IntN(2), Segment: rng.IntN(len(t.Segments)), Subscription: -1 + rng.IntN(2),
			Scope: claim.Scope(rng.IntN(2)), Products: []int{rng.IntN(2)}, Seats: rng.IntN(20) - 8, Until: at + clock.Time(rng.IntN(40))*clock.Day,
			Count: rng.IntN(10) - 1, Days: 30, AddFirst: rng.IntN(2) == 0})
	}
	return events
}

func randomTrace(rng *rand.Rand) Trace {
	tr := Trace{People: []string{"ana", "ben", "cleo"}}
	at := clock.Time(0)
	for range 60 {
		at += clock.Time(rng.IntN(2)) * clock.Day
		tr.Acts = append(tr.Acts, TraceAct{At: at, Person: int32(rng.IntN(3)), Action: claim.Action(rng.IntN(int(claim.Unassign) + 1)),
			Environment: int16(rng.IntN(4) - 1), Product: int16(rng.IntN(2))})
	}
	return tr
}

// TestSkippingChangesNothing compares a run that asks only for acts that matter
// with its slow twin, which sends every act through the queue: the records must
// be equal, and so must every change of a seat, in its order.
func TestSkippingChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	acts, saved := int64(0), int64(0)
	for n := range 400 {
		w := randomWorld(rng)
		var fast, slow []Entry
		quick := NewRunner(w)
		got, _ := quick.Run(context.Background(), 0, n, Options{Ledger: changes(&fast)})
		want := mustRun(t, w, n, Options{EveryAct: true, Ledger: changes(&slow)})
		for i := range min(len(fast), len(slow)) {
			if fast[i] != slow[i] {
				t.Fatalf("world %d: entry %d is %+v, in the slow twin %+v", n, i, fast[i], slow[i])
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("world %d: records differ:\n%+v\n%+v", n, got, want)
		}
		for _, c := range got.Tenants[0].Outcomes {
			acts += c
		}
		saved += quick.runs[0].skipped()
	}
	if acts < 100_000 || saved < acts/4 {
		t.Fatalf("of %d acts only %d were skipped: the test proves little", acts, saved)
	}
}

// changes collects the entries that change something.
func changes(out *[]Entry) func(int, *Entry) {
	return func(_ int, e *Entry) {
		if o := e.Decision.Outcome; o != claim.Entitled && o != claim.Refused && o != claim.Ineligible {
			*out = append(*out, *e)
		}
	}
}
