package plan

import (
	"slices"
	"testing"
	"testing/fstest"

	"seatcast/cmd/seatcast/study"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// wantedOf returns what is wanted of a scenario by itself, still to be worked out, and
// the number of replications that it asks for.
func wantedOf(t *testing.T, text string, change func(*Options), sets ...string) (*wanted, *int) {
	t.Helper()
	s, err := scenarios.Load(fstest.MapFS{"plan.toml": {Data: []byte(text)}}, "plan.toml", scenarios.Options{Set: sets, Variants: []string{scenarios.Base}})
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Risks: []float64{0.05}}
	change(&opt)
	p, err := New(s, []study.World{study.World{Variant: scenarios.Base}.Of(s.Variants[0].World)}, opt)
	if err != nil {
		t.Fatal(err)
	}
	asked := new(int)
	p.ask = func(cells []study.Cell, sink func(*record.Record) error) error {
		var worlds []*sim.World
		var jobs []sim.Job
		for i, c := range cells {
			worlds = append(worlds, c.Sim())
			for _, r := range numbers(c.From, c.To) {
				jobs = append(jobs, sim.Job{Variant: i, Replication: r})
			}
		}
		*asked += len(jobs)
		return sim.Replicate(t.Context(), worlds, jobs, 2, func(r record.Record) error { return sink(&r) })
	}
	w, err := p.wanted(0)
	if err != nil {
		t.Fatal(err)
	}
	return w, asked
}

// TestNeedsAreWhatIsRefused: the seats that a replication needs, read off a run with
// plenty, are those with which nothing is refused, and with one fewer something is, by
// plain simulation: with contagion, leavers, newcomers, idle seats taken back, seats
// held at the start, reserved ones, more bought on the way, and some assigned by hand.
func TestNeedsAreWhatIsRefused(t *testing.T) {
	const text = `
[study]
start = 2026-01-05
days = 60

[tenants.t]
pools.premium.seats = 100000
auto-claim = { enabled = true }
policies.p = { app = "rpa-attended", product = "premium" }

[tenants.t.users.crowd]
count = 1000
adoption = "exp(90d)"
starts-with = "trigger-premium"
joins = "1/day"
leaves = "3%/month"
holds = { premium = 0.2 }
does.trigger-premium = "2/week"
when-refused = { request = 0.5 }
[tenants.t.reclaim.premium]
idle-for = "5d"
[tenants.t.timeline.more]
at = 2026-02-01
do = "change-seats"
product = "premium"
seats = 3
`
	for _, sets := range [][]string{
		{"tenants.t.users.crowd.count=40", "tenants.t.pools.premium.reserved=4"},
		{"tenants.t.users.crowd.count=30", "tenants.t.users.crowd.adoption=contagion(p=0.02/day, q=0.2/day)"},
		{"tenants.t.users.crowd.count=30", `tenants.t.timeline.hands={ at = 2026-02-10, do = "assign", product = "premium", users = "crowd", count = 9 }`},
	} {
		whole, _ := wantedOf(t, text, func(*Options) {}, sets...)
		w := whole.full
		if why := w.Tenants[0].Apart(0, 0); why != "" {
			t.Fatal(why)
		}
		var needs []int
		var plentiful []record.Pool
		runner := sim.NewRunner(w.WithSeats(0, 0, 0, plenty))
		for r := range 40 {
			got, err := runner.Run(t.Context(), 0, r, sim.Options{})
			if err != nil {
				t.Fatal(err)
			}
			need, err := needOf(&got.Tenants[0].Pools[0])
			if err != nil {
				t.Fatal(err)
			}
			needs, plentiful = append(needs, need), append(plentiful, got.Tenants[0].Pools[0])
		}
		if slices.Min(needs) < 5 || slices.Min(needs) == slices.Max(needs) {
			t.Errorf("needs %v: this proves little", needs)
		}
		for r, need := range needs {
			for _, seats := range []int{need, need - 1} {
				got, err := sim.NewRunner(w.WithSeats(0, 0, 0, seats)).Run(t.Context(), 0, r, sim.Options{})
				if err != nil {
					t.Fatal(err)
				}
				pool := &got.Tenants[0].Pools[0]
				byHand := !slices.Equal(pool.Assigned, plentiful[r].Assigned) // what cannot be assigned is in no count of a record
				if refused := pool.FirstRefusal != clock.Never || byHand; refused != (seats < need) {
					t.Errorf("replication %d needs %d; with %d something is refused: %v", r, need, seats, refused)
				}
			}
		}
	}
}
