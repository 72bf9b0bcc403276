package sim

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"seatcast/sim/behave"
	"seatcast/sim/calendar"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// w4 is the work that peers are measured on, the "auto-claim year": six of ten
// people adopt along an S-curve, begin with a premium flow, and trigger one three
// times a week; a seat idle for 30 days is reclaimed at that instant.
func w4(people int, idle bool) *World {
	t := tenant(365, people*45/100)
	s := segment(people, 3*perWeek)
	s.StartsWith = int(claim.TriggerPremium)
	s.Adoption = sCurve()
	t.Segments = []Segment{s}
	if idle {
		t.Reclaim = []Reclaim{{Product: 0, Idle: 30 * clock.Day, From: claim.FromAutoClaim}}
	}
	return world(t)
}

func sCurve() behave.Adoption {
	return behave.Adoption{Law: behave.Logistic, Ceiling: 0.6, Mid: 182.5 * float64(clock.Day), Scale: 30 * float64(clock.Day)}
}

// w4h is w4 in office hours, by four kinds of people in two environments, of which
// one is managed, with a backup product.
func w4h(people int) *World {
	t := tenant(365, people*30/100)
	t.Rules.Products[1].Subscriptions = []claim.Subscription{{Name: "legacy", Seats: people * 15 / 100, Starts: -clock.Day, Ends: clock.Never}}
	t.Rules.Policies[0].Products = []int{0, 1}
	t.Rules.Environments = append(t.Rules.Environments, claim.Environment{Name: "finance", Managed: true})
	office, err := calendar.New(calendar.Office(), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), t.Midnights[len(t.Midnights)-1])
	if err != nil {
		panic(err)
	}
	t.Calendars = []*calendar.Calendar{office}
	for i, does := range [][]claim.Action{
		{claim.TriggerPremium},
		{claim.TriggerPremium, claim.SavePremium},
		{claim.TriggerPremium, claim.TriggerStandard},
		{claim.TriggerPremium, claim.TriggerAttended},
	} {
		s := segment(people/4, 0)
		s.Name = string(rune('a' + i))
		s.Environments = []Share{{0, 0.5}, {1, 0.5}}
		s.Adoption = sCurve()
		s.Does = nil
		for _, a := range does {
			s.Does = append(s.Does, behave.Habit{Action: a, Rate: 3 * perWeek / float64(len(does))})
		}
		t.Segments = append(t.Segments, s)
	}
	t.Reclaim = []Reclaim{{Product: 0, Idle: 30 * clock.Day, From: claim.FromAutoClaim}, {Product: 1, Idle: 30 * clock.Day, From: claim.FromAutoClaim}}
	return world(t)
}

// BenchmarkWhole simulates years of tenants. An act is one of a person, simulated
// or not: cpu-ns/act is the processor time of the program over them.
func BenchmarkWhole(b *testing.B) {
	for _, c := range []struct {
		name  string
		world func(people int) *World
	}{
		{"W4", func(n int) *World { return w4(n, true) }},
		{"W4n", func(n int) *World { return w4(n, false) }},
		{"W4h", w4h},
	} {
		for _, people := range []int{1e4, 1e5, 1e6} {
			b.Run(fmt.Sprintf("%s/people=%d", c.name, people), func(b *testing.B) {
				r := NewRunner(c.world(people))
				years(b, r, 0) // memory that is kept between replications
				acts, began := int64(0), cpu()
				for i := 0; b.Loop(); i++ {
					acts += years(b, r, i)
				}
				b.ReportMetric(float64(cpu()-began)/float64(acts), "cpu-ns/act")
			})
		}
	}
}

// BenchmarkReplicate simulates replications on one core and on two: compare the
// time that passes.
func BenchmarkReplicate(b *testing.B) {
	w := w4(20_000, true)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			for b.Loop() {
				err := Replicate(context.Background(), []*World{w}, Plan(1, 0, 32), workers, func(record.Record) error { return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(32*float64(b.N)/b.Elapsed().Seconds(), "replications/s")
		})
	}
}

// TestNoAllocationsPerAct: what a replication allocates is its record, whatever
// the number of acts, once memory has been used to one as large.
func TestNoAllocationsPerAct(t *testing.T) {
	for name, world := range map[string]func(people int) *World{"W4": func(n int) *World { return w4(n, true) }, "W4h": w4h} {
		r := NewRunner(world(4000))
		run := func() { mustReplicate(t, r, 0) }
		run()
		if n := testing.AllocsPerRun(3, run); n > 60 {
			t.Errorf("%s: %v allocations in some 190,000 acts, want those of the record alone", name, n)
		}
	}
}

// TestCrowdsChangeNothing is TestSkippingChangesNothing where crowds are large and
// seats free all the time, so that acts are laid out, counted and looked at in many
// stretches and buckets: W4 and W4h with fewer seats and idle times of days.
func TestCrowdsChangeNothing(t *testing.T) {
	for name, w := range map[string]*World{"W4": w4(1500, true), "W4h": w4h(1600)} {
		tn := &w.Tenants[0]
		tn.Rules.Products[0].Subscriptions[0].Seats /= 2
		for k := range tn.Reclaim {
			tn.Reclaim[k].Idle = 4 * clock.Day
		}
		got, want := mustRun(t, w, 1, Options{}), mustRun(t, w, 1, Options{EveryAct: true})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the record differs from that of the slow twin", name)
		}
		pool := want.Tenants[0].Pools[0]
		if pool.RefusedClaims < 5000 || pool.Claims < 3*int64(tn.Rules.Products[0].Subscriptions[0].Seats) {
			t.Errorf("%s: %d claims and %d refusals prove little", name, pool.Claims, pool.RefusedClaims)
		}
	}
}

func mustReplicate(t testing.TB, r *Runner, replication int) record.Record {
	t.Helper()
	out, err := r.Run(context.Background(), 0, replication, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// years simulates a replication and returns the number of acts.
func years(b *testing.B, r *Runner, replication int) (acts int64) {
	out := mustReplicate(b, r, replication)
	for _, n := range out.Tenants[0].Outcomes {
		acts += n
	}
	return acts
}
