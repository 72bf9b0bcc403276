package plan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"seatcast/analysis/purchase"
	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// overflowTOML is a tenant in which the per-user plan serves before Premium does, but for
// attended flows; a group assigns Premium too.
const overflowTOML = `
[study]
start = 2026-01-05
days = 60
replications = 5

[tenants.t]
pools.premium.seats = 8
pools.premium.reserved = 1
pools.per-user.seats = 6
auto-claim = { enabled = true, precedence = "per-user-first" }
policies.cloud = { app = "per-user", product = "per-user" }
policies.automation = { app = "rpa-attended", product = "premium" }
groups.team = { product = "premium", members = { makers = 0.2 }, latency = "exp(1d)" }

[tenants.t.users.makers]
count = 12
holds = { per-user = 0.1 }
adoption = "exp(30d)"
joins = "1/week"
leaves = "10%/month"
does.trigger-premium = "2/week"
does.trigger-attended = "1/month"
when-refused = { request = 0.5 }
`

// somethingRefused simulates a replication, and reports whether any claim is refused, or
// the licence of a group.
func somethingRefused(t *testing.T, w *sim.World, replication int) bool {
	t.Helper()
	got, err := sim.NewRunner(w).Run(t.Context(), 0, replication, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range got.Tenants {
		if tenant.Outcomes[int(claim.GroupError)*int(claim.NumReasons)+int(claim.CountViolation)] > 0 {
			return true
		}
		if slices.ContainsFunc(tenant.Pools, func(p record.Pool) bool { return p.FirstRefusal != clock.Never }) {
			return true
		}
	}
	return false
}

// TestDemandsAreWhatIsRefused: with any number of per-user seats, the seats of Premium
// that a replication demands are those with which nothing is refused, and with one fewer
// something is, by plain simulation; where it is refused with plenty it is with any.
func TestDemandsAreWhatIsRefused(t *testing.T) {
	for _, sets := range [][]string{
		nil,
		{`tenants.t.reclaim.premium={ idle-for = "10d" }`, `tenants.t.reclaim.per-user={ idle-for = "5d" }`},
		{`tenants.t.policies.cloud.backups=["premium"]`, `tenants.t.users.makers.does.request-per-user="1/month"`},
		{`tenants.t.users.makers.does.request-per-user="1/month"`}, // whom Premium does not serve
	} {
		w, _ := wantedOf(t, overflowTOML, func(*Options) {}, sets...)
		if len(w.first) != 1 || len(w.last) != 1 || w.targets[w.last[0]].product != 0 {
			t.Fatalf("first %v, last %v", w.first, w.last)
		}
		first, last := w.targets[w.first[0]], w.targets[w.last[0]]
		refused, seen := 0, map[int]bool{}
		for _, perUser := range []int{0, 1, 4, 9, 20} {
			demands, err := w.demands([]int{perUser}, numbers(0, 30))
			if err != nil {
				t.Fatal(err)
			}
			world := w.world.WithSeats(0, first.product, 0, perUser)
			for r, d := range demands {
				need := d.Needs[0]
				if d.Refused {
					refused++
				}
				seen[need] = true
				if got := somethingRefused(t, world.WithSeats(0, last.product, 0, need), r); got != d.Refused {
					t.Errorf("%v: replication %d with %d per-user demands %d, %v: refused: %v", sets, r, perUser, need, d.Refused, got)
				}
				if need > last.held && !somethingRefused(t, world.WithSeats(0, last.product, 0, need-1), r) {
					t.Errorf("%v: replication %d with %d per-user demands %d, and fewer are enough", sets, r, perUser, need)
				}
			}
		}
		t.Logf("%v: needs %v, %d refused anyway", sets, len(seen), refused)
		if len(seen) < 8 {
			t.Errorf("needs %v: this proves little", seen)
		}
	}
}

// TestOverflowIsTheCheapest: of two and of three pools the choice costs what the cheapest
// of all numbers of seats does, by plain simulation of each on the same replications.
func TestOverflowIsTheCheapest(t *testing.T) {
	const n, allowed, most = 15, 1, 30
	other := []string{`tenants.u.pools.premium.seats=3`, `tenants.u.auto-claim.enabled=true`, `tenants.u.policies.p={ app = "rpa-attended", product = "premium" }`,
		`tenants.u.users.few={ count = 4, adoption = "exp(40d)", starts-with = "trigger-premium" }`}
	for _, sets := range [][]string{
		nil,
		{`catalogue.per-user.price=4`},
		{`tenants.t.users.makers.does.request-per-user="1/month"`, `tenants.t.users.makers.leaves="1%/month"`},
		{`tenants.t.reclaim.per-user={ idle-for = "10d" }`, "study.seed=5"},
		other,
	} {
		w, _ := wantedOf(t, overflowTOML, func(*Options) {}, sets...)
		o := &purchase.Overflow{Demands: w.demands, Replications: n, Allowed: allowed}
		for _, i := range w.first {
			o.Floor, o.Price = append(o.Floor, w.targets[i].held), append(o.Price, w.targets[i].price)
		}
		for _, i := range w.last {
			o.Last = append(o.Last, w.targets[i].price)
		}
		first, last, err := o.Cheapest()
		if err != nil {
			t.Fatal(err)
		}
		got, enough := 0.0, 0
		seats := make([]int, len(w.targets))
		for k, i := range w.first {
			seats[i] = first[k]
		}
		for k, i := range w.last {
			seats[i] = last[k]
		}
		for i, target := range w.targets {
			got += target.price * float64(seats[i])
		}
		least := math.Inf(1)
		var try func(i int, cost float64)
		try = func(i int, cost float64) {
			if cost >= min(least, got-1e-9) { // dearer ones need no simulation
				return
			}
			if i < len(w.targets) {
				for seats[i] = w.targets[i].held; seats[i] <= most; seats[i]++ {
					try(i+1, cost+w.targets[i].price*float64(seats[i]))
				}
				return
			}
			world, refused := w.world, 0
			for i, target := range w.targets {
				world = world.WithSeats(target.tenant, target.product, target.subscription, seats[i])
			}
			for r := 0; r < n && refused <= allowed; r++ {
				if somethingRefused(t, world, r) {
					refused++
				}
			}
			if enough++; refused <= allowed {
				least = cost
			}
		}
		try(0, 0)
		looks, runs := o.Looks()
		t.Logf("%v: %v and %v by %d looks and %d runs; %d cheaper ones are not enough", sets, first, last, looks, runs, enough)
		if least < got || enough < 20 {
			t.Errorf("%v: %v and %v cost %v, but %v is enough; %d were tried", sets, first, last, got, least, enough)
		}
		if refused, err := o.Refused(first, last); err != nil || refused > allowed {
			t.Errorf("%v: %v and %v are refused in %d replications (%v)", sets, first, last, refused, err)
		}
		if looks > 12 || runs > 6*n {
			t.Errorf("%v: it took %d looks and %d runs", sets, looks, runs)
		}
	}
}

// TestPlanOfEnterpriseInSmall: a plan of the enterprise scenario, with a hundredth of its
// people and seats, asks for no more replications than a few for each that it counts by.
func TestPlanOfEnterpriseInSmall(t *testing.T) {
	s, err := scenarios.Source("enterprise")
	if err != nil {
		t.Fatal(err)
	}
	sets := []string{"tenants.meridian.pools.premium.seats=112", "tenants.meridian.pools.premium.reserved=3", "tenants.meridian.pools.per-user.subscriptions.legacy.seats=15"}
	for _, people := range []struct {
		name         string
		count, joins int
	}{{"office", 700, 2}, {"frontline", 250, 1}, {"makers", 40, 0}, {"rpa", 10, 0}} {
		sets = append(sets, fmt.Sprintf("tenants.meridian.users.%s.count=%d", people.name, people.count), fmt.Sprintf(`tenants.meridian.users.%s.joins="%d/week"`, people.name, people.joins))
	}
	w, asked := wantedOf(t, string(s), func(opt *Options) { opt.Most = 100 }, sets...)
	if err := w.plan(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v by %d replications", w.out.Pools, *asked)
	if w.out.Method != "overflow" || *asked > 600 {
		t.Errorf("method %s, %d replications", w.out.Method, *asked)
	}
	if w.out.Count == nil || w.out.Count.Replications != 100 || w.out.Risk.Value > 0.05 || w.out.Pools[w.out.Counted].Fewer.Value <= 0.05 {
		t.Errorf("%+v, risk %+v, with one fewer %+v", w.out.Count, w.out.Risk, w.out.Pools[w.out.Counted].Fewer)
	}
}

// TestTop: where a search of several pools starts is as good as plenty: all pools
// together, and each of them with none of the others.
func TestTop(t *testing.T) {
	const n = 30
	for _, sets := range [][]string{
		nil,
		{`tenants.t.policies.cloud.backups=["premium"]`},
		{`tenants.t.timeline.fewer={ at = 2026-02-01, do = "change-seats", product = "per-user", seats = -3 }`},
	} {
		sets = append(sets, `tenants.t.policies.automation.backups=["per-user"]`) // so that neither pool is the last
		w, _ := wantedOf(t, overflowTOML, func(*Options) {}, sets...)
		if len(w.last) > 0 || len(w.targets) != 2 {
			t.Fatalf("first %v, last %v", w.first, w.last)
		}
		start, err := w.top(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range [][2][]int{
			{start, {plenty, plenty}}, {{start[0], 0}, {plenty, 0}}, {{0, start[1]}, {0, plenty}},
		} {
			got, err1 := w.refusals(c[0], 0, n)
			want, err2 := w.refusals(c[1], 0, n)
			if err1 != nil || err2 != nil || !slices.Equal(got, want) {
				t.Errorf("%v: with %v %v are refused something, with %v %v (%v, %v)", sets, c[0], got, c[1], want, err1, err2)
			}
		}
		for i, c := range start {
			if c > 4*30 {
				t.Errorf("%v: pool %d starts from %d seats", sets, i, c)
			}
		}
	}
}
