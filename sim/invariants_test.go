package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// TestInvariants runs random worlds, event by event, and demands the invariants
// of the model after each.
func TestInvariants(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	events, claims, taken := 0, 0, 0
	for n := range 120 {
		w := randomWorld(rng)
		runner := NewRunner(w)
		r, last := runner.runs[0], clock.Time(0)
		r.check = func(r *run) {
			events++
			if r.now < last {
				t.Fatalf("world %d: I8: the clock ran back from %d to %d", n, last, r.now)
			}
			last = r.now
			checkPools(t, n, r)
		}
		_, err := runner.Run(context.Background(), 0, n, Options{EveryAct: n%2 == 0, Ledger: func(_ int, e *Entry) {
			switch d := e.Decision; d.Outcome {
			case claim.Claimed:
				claims++
				taken += checkClaim(t, n, r, e)
			case claim.Released:
				if !slices.Contains([]claim.Action{claim.Release, claim.Leave, claim.Unassign, claim.Reclaim, claim.Lapse}, e.Action) {
					t.Fatalf("world %d: I7: %v freed a seat", n, e.Action)
				}
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if events < 50_000 || claims < 500 || taken < 300 {
		t.Fatalf("%d events, %d claims, of which %d direct: the test proves little", events, claims, taken)
	}
}

// checkPools demands I1 and I2, and that the meter shows what the engine has.
func checkPools(t *testing.T, n int, r *run) {
	for p := range r.tenant.Rules.Products {
		holders := 0
		for i := range r.people {
			if r.engine.Holds(claim.Person(i), p) {
				holders++
			}
		}
		if got := r.engine.Assigned(p); got != holders {
			t.Fatalf("world %d at %d: I1: %d assigned, %d holders", n, r.now, got, holders)
		}
		free := max(0, r.engine.Seats(p)-r.tenant.Rules.Products[p].Reserved-holders)
		if got := r.engine.Assignable(p); got != free {
			t.Fatalf("world %d at %d: I2: %d assignable, want %d", n, r.now, got, free)
		}
		if i := r.poolOf[p]; i >= 0 {
			if g := r.meter.pools[i]; g.assigned != holders || g.assignable != free || g.seats != r.engine.Seats(p) {
				t.Fatalf("world %d at %d: the meter shows %+v, the engine %d holders and %d assignable", n, r.now, g, holders, free)
			}
		}
	}
}

// checkClaim demands I3 and I5 of a claim, and returns 1 if it took a seat at once.
func checkClaim(t *testing.T, n int, r *run, e *Entry) int {
	d := e.Decision
	policy := &r.tenant.Rules.Policies[d.Policy]
	if policy.Group >= 0 {
		return 0
	}
	if e.Assigned+r.tenant.Rules.Products[d.Product].Reserved > r.engine.Seats(int(d.Product)) {
		t.Fatalf("world %d at %d: I3: a claim made %d assigned of %d seats", n, e.At, e.Assigned, r.engine.Seats(int(d.Product)))
	}
	if e.At < policy.Created+clock.Time(r.tenant.Activation.Quantile(0)) {
		t.Fatalf("world %d at %d: I5: %s claims before it is active", n, e.At, policy.Name)
	}
	return 1
}

// TestConservation is I6: every act that people do ends in one of four outcomes,
// and nothing else does. The acts are counted anew, from the streams.
func TestConservation(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 11))
	total := int64(0)
	for n := range 60 {
		w := randomWorld(rng)
		w.Tenants[0].Trace = Trace{}
		for i := range w.Tenants[0].Segments {
			w.Tenants[0].Segments[i].StartsWith = -1
			w.Tenants[0].Segments[i].WhenRefused.Trial = 0
			w.Tenants[0].Segments[i].Does = slices.DeleteFunc(w.Tenants[0].Segments[i].Does, func(h behave.Habit) bool { return h.Action == claim.StartTrial })
		}
		runner := NewRunner(w)
		out, err := runner.Run(context.Background(), 0, n, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := int64(0)
		for o := claim.Claimed; o <= claim.Ineligible; o++ {
			for reason := range claim.NumReasons {
				got += out.Tenants[0].Outcomes[int(o)*int(claim.NumReasons)+int(reason)]
			}
		}
		acts := runner.runs[0].acts()
		if got != acts {
			t.Fatalf("world %d: %d outcomes of acts, want %d", n, got, acts)
		}
		total += acts
	}
	if total < 20_000 {
		t.Fatalf("%d acts prove little", total)
	}
}

// acts counts the acts of the last replication from the streams alone.
func (r *run) acts() (n int64) {
	for i := range r.people {
		person, begins := claim.Person(i), r.people[i].begins
		for k := range r.habits(person) {
			process, until := &r.processesOf(person)[k], r.calendar(person).Operational(min(r.leavesAt(person)-1, r.horizon))
			for at := process.Next(0, until-begins); at != clock.Never; at = process.Next(at+1, until-begins) {
				n++
			}
		}
	}
	return n
}

// TestOneMoreSeat is I10: on the same luck, first come first served, one more
// seat never brings the first refusal forward, and refuses nobody more.
func TestOneMoreSeat(t *testing.T) {
	moved := 0
	for seats := range 40 {
		for replication := range 5 {
			var last *record.Pool
			for _, extra := range []int{0, 1} {
				tn := tenant(60, seats+extra)
				tn.Segments = []Segment{segment(60, perWeek/4)}
				pool := mustRun(t, world(tn), replication, Options{}).Tenants[0].Pools[0]
				if last != nil {
					if pool.FirstRefusal < last.FirstRefusal || pool.RefusedClaims > last.RefusedClaims || pool.Exhausted < last.Exhausted {
						t.Fatalf("%d seats: one more brings %+v forward to %+v", seats, last, pool)
					}
					if pool.FirstRefusal > last.FirstRefusal {
						moved++
					}
				}
				last = &pool
			}
		}
	}
	if moved < 50 {
		t.Fatalf("only %d first refusals moved: the test proves little", moved)
	}
}

// story returns what happened to some people, for comparing luck: the entries
// of those whom keep accepts, without the state of the pool they share.
func story(t *testing.T, w *World, keep func(tenant int, e *Entry) bool) []string {
	var out []string
	mustRun(t, w, 3, Options{EveryAct: true, Ledger: func(tenant int, e *Entry) {
		if keep(tenant, e) && e.Action < claim.NumActs {
			out = append(out, fmt.Sprintf("%d %s-%d %v %d", e.At, w.Tenants[tenant].Segments[e.Segment].Name, e.Number, e.Action, e.Environment))
		}
	}})
	slices.Sort(out)
	return out
}

// TestLuckIsAddressed changes a world in ways that must not touch what other
// people do: one more person, one more segment, another tenant, other policies and
// pools, another order.
func TestLuckIsAddressed(t *testing.T) {
	base := func() *World {
		tn := tenant(60, 20)
		a, b := segment(30, perWeek), segment(50, 2*perWeek)
		a.Name, b.Name = "a", "b"
		a.Environments, a.PerAct = []Share{{0, 1}}, true
		b.Joins, b.Leaves = perWeek, perWeek/10
		b.Adoption = behave.Adoption{Law: behave.Logistic, Ceiling: 0.9, Mid: 20 * float64(clock.Day), Scale: 5 * float64(clock.Day)}
		tn.Segments = []Segment{a, b}
		return world(tn)
	}
	everyone := func(int, *Entry) bool { return true }
	want := story(t, base(), everyone)
	for name, c := range map[string]struct {
		change func(w *World)
		keep   func(tenant int, e *Entry) bool
	}{
		"one more person": {func(w *World) { w.Tenants[0].Segments[0].Count++ }, func(_ int, e *Entry) bool { return e.Segment != 0 || e.Number < 30 }},
		"one more segment": {func(w *World) {
			s := segment(5, perWeek)
			s.Name = "c"
			w.Tenants[0].Segments = append(w.Tenants[0].Segments, s)
		}, func(_ int, e *Entry) bool { return e.Segment < 2 }},
		"one more tenant": {func(w *World) {
			other := tenant(60, 5)
			other.Name, other.Segments = "aachen", []Segment{segment(9, perWeek)}
			w.Tenants = []Tenant{other, w.Tenants[0]}
		}, func(tenant int, _ *Entry) bool { return tenant == 1 }},
		"fewer seats":   {func(w *World) { w.Tenants[0].Rules.Products[0].Subscriptions[0].Seats = 3 }, everyone},
		"no auto-claim": {func(w *World) { w.Tenants[0].Rules.Enabled = false }, everyone},
		"idle reclaim":  {func(w *World) { w.Tenants[0].Reclaim = []Reclaim{{Idle: 3 * clock.Day, From: claim.FromAutoClaim}} }, everyone},
		"more days": {func(w *World) {
			longer := tenant(90, 20)
			w.Tenants[0].Midnights, w.Tenants[0].Months = longer.Midnights, longer.Months
		}, func(_ int, e *Entry) bool { return e.At <= 60*clock.Day }},
		"other segments first": {func(w *World) { s := w.Tenants[0].Segments; s[0], s[1] = s[1], s[0] }, everyone},
	} {
		w := base()
		c.change(w)
		got := story(t, w, c.keep)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d acts, want the same %d", name, len(got), len(want))
		}
	}
	if len(want) < 500 {
		t.Fatalf("%d acts prove little", len(want))
	}
}

// TestZeroDelayIsNoDelay: a group that is processed at once assigns as directly,
// and a policy created at the start that is active at once is one of old.
func TestZeroDelayIsNoDelay(t *testing.T) {
	build := func(change func(*Tenant)) []byte {
		tn := tenant(60, 25)
		s := segment(60, perWeek)
		s.StartsWith = int(claim.TriggerPremium)
		tn.Segments = []Segment{s}
		change(&tn)
		b, err := json.Marshal(mustRun(t, world(tn), 1, Options{}).Tenants[0].Pools)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	want := build(func(*Tenant) {})
	for name, change := range map[string]func(*Tenant){
		"group": func(t *Tenant) {
			t.Rules.Groups, t.Groups, t.Rules.Policies[0].Group = []claim.Group{{Name: "g"}}, []Group{{Latency: fixed(0)}}, 0
		},
		"policy":   func(t *Tenant) { t.Rules.Policies[0].Created = 0 },
		"calendar": func(t *Tenant) { t.Lag = fixed(float64(clock.Hour)) },
	} {
		if got := build(change); !bytes.Equal(got, want) {
			t.Errorf("%s: pools differ:\n%s\n%s", name, got, want)
		}
	}
}

// TestWorkersCannotShow simulates a plan on 1, 2 and 8 workers.
func TestWorkersCannotShow(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 13))
	worlds := []*World{randomWorld(rng), randomWorld(rng), randomWorld(rng)}
	var want []record.Record
	for _, workers := range []int{1, 2, 8} {
		var got []record.Record
		err := Replicate(context.Background(), worlds, Plan(3, 0, 37), workers, func(r record.Record) error {
			got = append(got, r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if len(got) != 3*37 || !reflect.DeepEqual(got, want) {
			t.Fatalf("%d workers give other records", workers)
		}
	}
}

// TestReplicateStops stops at an error of emit, and when the context is done.
func TestReplicateStops(t *testing.T) {
	worlds := []*World{w4(50, true)}
	for _, workers := range []int{1, 4} {
		n := 0
		stop := fmt.Errorf("full")
		err := Replicate(context.Background(), worlds, Plan(1, 0, 100), workers, func(record.Record) error {
			if n++; n == 7 {
				return stop
			}
			return nil
		})
		if err != stop || n != 7 {
			t.Errorf("%d workers: %v after %d records", workers, err, n)
		}
		ctx, cancel := context.WithCancel(context.Background())
		n = 0
		err = Replicate(ctx, worlds, Plan(1, 0, 100), workers, func(r record.Record) error {
			if r.Replication != n {
				t.Fatalf("record %d is of replication %d", n, r.Replication)
			}
			if n++; n == 5 {
				cancel()
			}
			return nil
		})
		if err != context.Canceled || n >= 100 {
			t.Errorf("%d workers: %v after %d records", workers, err, n)
		}
	}
}

// TestQuotas: shares are met as exactly as whole people can, for any number of
// people, and independently of each other.
func TestQuotas(t *testing.T) {
	s := Segment{Environments: []Share{{0, 0.3}, {1, 0.7}}, Holds: []Share{{0, 0.05}, {1, 0.5}}, Members: []Share{{0, 0.25}}}
	count := func(people []member, f func(m member) bool) (n int) {
		for _, m := range people {
			if f(m) {
				n++
			}
		}
		return n
	}
	deal := func(n int) (people []member) {
		var kinds []member
		for _, kind := range s.members(n, func(m member) uint32 {
			kinds = append(kinds, m)
			return uint32(len(kinds) - 1)
		}) {
			people = append(people, kinds[kind])
		}
		return people
	}
	people := deal(800)
	for name, c := range map[string]struct {
		f    func(m member) bool
		want int
	}{
		"in default":     {func(m member) bool { return m.environment == 0 }, 240},
		"premium":        {func(m member) bool { return m.holds&1 != 0 }, 40},
		"per-user":       {func(m member) bool { return m.holds&2 != 0 }, 400},
		"both":           {func(m member) bool { return m.holds == 3 }, 20},
		"group":          {func(m member) bool { return m.groups != 0 }, 200},
		"group, default": {func(m member) bool { return m.groups != 0 && m.environment == 0 }, 60},
	} {
		slack := 0
		if strings.Contains(name, "both") || strings.Contains(name, ",") {
			slack = 4 // classes of classes
		}
		if got := count(people, c.f); got < c.want-slack || got > c.want+slack {
			t.Errorf("%s: %d of 800 people, want %d", name, got, c.want)
		}
	}
	if got := deal(799); !slices.Equal(got, people[:799]) {
		t.Error("one more person changes others")
	}
}

// TestPlan goes round the variants in blocks.
func TestPlan(t *testing.T) {
	jobs := Plan(2, 0, 20)
	if len(jobs) != 40 || jobs[15] != (Job{0, 15}) || jobs[16] != (Job{1, 0}) || jobs[32] != (Job{0, 16}) || jobs[39] != (Job{1, 19}) {
		t.Errorf("a plan of %v", jobs)
	}
}
