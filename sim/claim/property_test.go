package claim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"seatcast/sim/clock"
)

// A step is one thing that happens to a tenant.
type step struct {
	kind         kind
	wait         clock.Time // since the step before
	person       Person
	action       Action
	environment  int16
	product      int
	policy       int
	group        int
	subscription int
	n            int
	from         Sources
	yes          bool
	products     []int
}

type kind uint8

const (
	doAct kind = iota
	doAssign
	doUnassign
	doReclaim
	doLeave
	doEnlist
	doProcess
	doSetEnabled
	doSetScope
	doSetOn
	doDelete
	doEdit
	doSetManaged
	doChangeSeats
	doRenew
	doAddPerson
	doSetDesktop
)

// often has each kind as often as it should come, of deeds that end the game seldom.
var often = slices.Concat(slices.Repeat([]kind{doAct}, 30), slices.Repeat([]kind{doProcess}, 6),
	slices.Repeat([]kind{doAssign, doUnassign, doReclaim, doEnlist, doChangeSeats, doRenew}, 3),
	slices.Repeat([]kind{doSetOn, doSetEnabled, doSetScope, doSetManaged, doEdit, doSetDesktop}, 2),
	[]kind{doLeave, doDelete, doAddPerson})

// dice throw bytes: random ones, or those of a fuzzer. When they run out they
// throw nothing but 0.
type dice struct{ bytes []byte }

func (d *dice) n(sides int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	b := d.bytes[0]
	d.bytes = d.bytes[1:]
	return int(b) % sides
}

func (d *dice) oneIn(n int) bool { return d.n(n) == n-1 }

// The products of random tenants: the last is only held, and is no pool.
const (
	premiumPool = iota
	perUserPool
	otherPool
	heldOnly
	randomProducts
)

// randomConfig throws a small tenant.
func randomConfig(d *dice) *Config {
	premium, perUser := matrix["premium"], matrix["per-user"]
	c := &Config{Enabled: !d.oneIn(4), Scope: Scope(d.n(2)), Precedence: Precedence(d.n(3)), TrialFor: 3 * clock.Day,
		ClaimWhenExpired: d.oneIn(2), MinDesktop: Version{2, 43},
		TrialRights: []Grant{{0, 1<<StandardFlow | 1<<StandardManaged | 1<<PremiumFlow | 1<<AttendedFlow}},
		Products: []Product{
			{Name: "premium", Grants: []Grant{{0, premium}}},
			{Name: "per-user", Grants: []Grant{{0, perUser}}},
			{Name: "other", Grants: []Grant{{0, matrix["m365"]}, {2 * clock.Day, perUser}, {5 * clock.Day, matrix["power-apps-premium"]}}},
			{Name: "held", Grants: []Grant{{0, matrix["m365"]}, {4 * clock.Day, matrix["power-apps-premium"]}}},
		},
		Environments: []Environment{{"default", false, false}, {"finance", true, false}, {"meter", d.oneIn(2), true}},
	}
	if !d.oneIn(4) { // else a standard flow needs a licence, and still claims none (rule C2)
		c.FreeRights = []Grant{{0, 1 << StandardFlow}}
	}
	for i := range heldOnly {
		p := &c.Products[i]
		p.Reserved = max(0, d.n(4)-2)
		for range 1 + max(0, d.n(3)-1) {
			p.Subscriptions = append(p.Subscriptions, randomSubscription(d))
		}
	}
	for range d.n(3) {
		c.Groups = append(c.Groups, Group{fmt.Sprint("group", len(c.Groups)), d.n(2)})
	}
	for range 1 + d.n(3) {
		c.Policies = append(c.Policies, randomPolicy(d, c))
	}
	return c
}

func randomSubscription(d *dice) Subscription {
	s := Subscription{Seats: d.n(4), Starts: -10 * clock.Day, Ends: clock.Never, Expired: clock.Time(d.n(3)) * clock.Day, Disabled: clock.Time(d.n(3)) * clock.Day}
	if d.oneIn(4) {
		s.Starts = clock.Time(d.n(4)) * clock.Day
	}
	if d.oneIn(2) {
		s.Ends = max(-2*clock.Day, s.Starts) + clock.Time(1+d.n(5))*clock.Day
	}
	return s
}

func randomPolicy(d *dice, c *Config) Policy {
	p := Policy{Name: fmt.Sprint("policy", 9-len(c.Policies)), App: App(d.n(2)), Created: clock.Time(max(0, d.n(8)-4)) * clock.Hour,
		On: !d.oneIn(4), Group: -1, Products: randomProductsOf(d)}
	if len(c.Groups) > 0 && d.oneIn(3) {
		p.Group = d.n(len(c.Groups))
		p.Products = []int{c.Groups[p.Group].Product}
	}
	return p
}

// randomProductsOf returns a product and backups for a policy.
func randomProductsOf(d *dice) []int {
	first := d.n(heldOnly)
	products := []int{first, (first + 1 + d.n(2)) % heldOnly}
	return products[:1+d.n(2)]
}

// randomStep throws what happens next.
func randomStep(d *dice, c *Config, people int) step {
	s := step{kind: often[d.n(len(often))], person: Person(d.n(people)), action: Action(d.n(int(NumActs))), environment: int16(d.n(len(c.Environments))),
		product: d.n(heldOnly), policy: d.n(len(c.Policies)), subscription: -1, n: d.n(5), from: Sources(1 + d.n(7)), yes: d.oneIn(2)}
	s.wait = []clock.Time{0, 0, 1, clock.Hour, 6 * clock.Hour, clock.Day}[d.n(6)]
	if len(c.Groups) > 0 {
		s.group = d.n(len(c.Groups))
	}
	if d.oneIn(2) {
		s.subscription = d.n(len(c.Products[s.product].Subscriptions))
	}
	if s.kind == doAct && s.action.Flow() == "" && s.yes {
		s.environment = -1
	}
	if s.kind == doEdit {
		s.products = randomProductsOf(d)
	}
	return s
}

// A game plays steps on an engine and on its twin, and demands after each that
// they agree and that the invariants hold.
type game struct {
	t      testing.TB
	config *Config
	engine *Engine
	twin   *twin
	people int
	played []step
	seen   *sights
}

// sights counts what a test has seen, so that it cannot pass for want of anything to see.
type sights struct {
	outcomes                             [NumOutcomes]int
	reasons                              [NumReasons]int
	backups, seconds, overAssigned, ends int
}

// newGame sets a tenant up: what people hold on day one is thrown.
func newGame(t testing.TB, c *Config, e *Engine, d *dice, people int, seen *sights) *game {
	g := &game{t: t, config: c, engine: e, twin: newTwin(c), people: people, seen: seen}
	e.KeepReport = true
	for i := range c.Policies {
		active := c.Policies[i].Created + clock.Time(d.n(3))*clock.Hour
		e.SetActive(i, active)
		g.twin.policies[i].active = active
	}
	for i := range Person(people) {
		v := Version{2, 41 + d.n(4)}
		e.SetDesktop(i, v)
		g.twin.desktops[i] = v
		if d.oneIn(4) {
			product := d.n(randomProducts) % len(c.Products)
			e.Hold(i, product)
			g.twin.rows[row{i, product, direct}] = true
		}
		if len(c.Groups) > 0 && d.oneIn(6) {
			group := d.n(len(c.Groups))
			e.HoldByGroup(i, group)
			g.twin.rows[row{i, c.Groups[group].Product, group}] = true
		}
	}
	g.refresh(0)
	g.compare()
	return g
}

func (g *game) failf(format string, args ...any) {
	g.t.Helper()
	text := ""
	for i, s := range g.played {
		text += fmt.Sprintf("\n%d: %+v", i, s)
	}
	g.t.Fatalf(format+"\nin %+v\nafter%s", append(args, *g.config, text)...)
}

// refresh brings both up to an instant, at which something may be due.
func (g *game) refresh(t clock.Time) {
	g.twin.now = t
	g.twin.end()
	g.engine.Regrant(t)
	for p := range g.config.Products {
		before := g.engine.Assigned(p)
		g.engine.Refresh(t, p)
		if g.engine.Assigned(p) < before {
			g.seen.ends++
		}
		if got, want := g.engine.Due(t, p), g.twin.next(p); got != want {
			g.failf("at %d, product %d: the next change is due at %d, want %d", t, p, got, want)
		}
	}
}

// advance moves both clocks, stopping wherever a subscription changes.
func (g *game) advance(t clock.Time) {
	for {
		due := t
		for p := range g.config.Products {
			due = min(due, g.engine.Due(g.twin.now, p))
		}
		g.refresh(due)
		if due == t {
			return
		}
	}
}

// play plays one step.
func (g *game) play(s step) {
	g.played = append(g.played, s)
	g.advance(g.twin.now + s.wait)
	if s.kind <= doAssign && g.twin.gone[s.person] {
		return // who has left does nothing
	}
	before := g.look()
	acted, got, want := g.run(s)
	if got != want {
		g.failf("%s got %+v, want %+v", s.action, got, want)
	}
	if acted {
		g.seen.outcomes[got.Outcome]++
		g.seen.reasons[got.Reason]++
	}
	g.invariants(s, got, before)
	g.effects(before)
	g.compare()
}

// run runs a step on both, and returns their decisions where it has any.
func (g *game) run(s step) (acted bool, got, want Decision) {
	e, w := g.engine, g.twin
	switch s.kind {
	case doAct:
		a := Act{s.person, s.action, s.environment}
		return true, e.Do(w.now, a), w.do(a)
	case doAssign:
		return true, e.Assign(s.person, s.product), w.assign(s.person, s.product)
	case doUnassign:
		return true, e.Unassign(s.person, s.product), w.reclaim(s.person, s.product, FromAutoClaim|FromDirect)
	case doReclaim:
		return true, e.Reclaim(s.person, s.product, s.from), w.reclaim(s.person, s.product, s.from)
	case doProcess:
		if len(g.config.Groups) > 0 {
			return true, e.Process(s.person, s.group), w.process(s.person, s.group)
		}
	}
	g.deed(s)
	return false, got, want
}

// deed runs a step that has no decision.
func (g *game) deed(s step) {
	e, w := g.engine, g.twin
	e.Effects = e.Effects[:0]
	switch s.kind {
	case doLeave:
		e.Leave(s.person)
		w.leave(s.person)
	case doEnlist:
		if len(g.config.Groups) > 0 {
			if got, want := e.Enlist(s.person, s.group), w.enlist(s.person, s.group); got != want {
				g.failf("Enlist is %v, want %v", got, want)
			}
		}
	case doChangeSeats:
		e.ChangeSeats(w.now, s.product, s.subscription, s.n-2)
		w.changeSeats(s.product, s.subscription, s.n-2)
	case doRenew:
		until := w.now + clock.Time(1+s.n)*clock.Day
		e.Renew(w.now, s.product, s.subscription, until, s.n-2)
		w.renew(s.product, s.subscription, until, s.n-2)
	case doAddPerson:
		if g.people < 6 {
			e.AddPerson()
			g.people++
		}
	case doSetDesktop:
		if !w.gone[s.person] {
			e.SetDesktop(s.person, Version{2, 41 + s.n})
			w.desktops[s.person] = Version{2, 41 + s.n}
		}
	default:
		g.policyDeed(s)
	}
}

// policyDeed runs a step about policies and environments.
func (g *game) policyDeed(s step) {
	e, w := g.engine, g.twin
	switch s.kind {
	case doSetEnabled:
		e.SetEnabled(s.yes)
		w.enabled = s.yes
	case doSetScope:
		e.SetScope(Scope(s.n % 2))
		w.scope = Scope(s.n % 2)
	case doSetOn:
		e.SetOn(s.policy, s.yes)
		w.policies[s.policy].on = s.yes
	case doDelete:
		e.Delete(s.policy)
		w.policies[s.policy].deleted = true
	case doEdit:
		if g.config.Policies[s.policy].Group < 0 {
			e.Edit(s.policy, s.products)
			w.policies[s.policy].products = s.products
		}
	case doSetManaged:
		e.SetManaged(int(s.environment), s.yes)
		w.managed[s.environment] = s.yes
	}
}

// compare demands that everything that can be asked of the engine is as its twin has it.
func (g *game) compare() {
	e, w := g.engine, g.twin
	for p := range g.config.Products {
		got := [4]int{e.Assigned(p), e.Seats(p), e.Paid(p), e.Assignable(p)}
		if want := [4]int{w.assigned(p), w.usable(p), w.paid(p), w.assignable(p)}; got != want {
			g.failf("product %d: assigned, seats, paid and assignable are %v, want %v", p, got, want)
		}
	}
	for i := range Person(g.people) {
		for p := range g.config.Products {
			if got, want := e.HeldBy(i, p), w.sources(i, p); got != want || e.Holds(i, p) != (want != 0) {
				g.failf("person %d holds product %d: %v by %03b, want %03b", i, p, e.Holds(i, p), got, want)
			}
		}
		for _, trial := range []bool{false, true} {
			if got, want := e.Rights(i, w.now, trial), w.rights(i, trial); got != want {
				g.failf("person %d has rights %06b, want %06b", i, got, want)
			}
		}
		for group := range g.config.Groups {
			if got, want := e.Failed(i, group), w.waiting[membership{i, group}]; got != want {
				g.failf("person %d in group %d is in error: %v, want %v", i, group, got, want)
			}
		}
		if e.Gone(i) != w.gone[i] || e.TrialUntil(i) != w.trials[i] {
			g.failf("person %d: gone %v, trial until %d", i, e.Gone(i), e.TrialUntil(i))
		}
	}
	for _, days := range []clock.Time{1, 7} {
		since := w.now - days*clock.Day
		recent := slices.DeleteFunc(slices.Clone(w.report), func(r ReportRow) bool { return r.At <= since })
		if got := e.Report(since); !slices.Equal(got, recent) {
			g.failf("the report of %d days has %v, want %v", days, got, recent)
		}
	}
}

// A view is what an invariant needs to know of the state before a step.
type view struct {
	assigned, assignable [randomProducts]int
	disabled             [randomProducts]bool
	holds                [randomProducts][8]bool
	member               [8][2]bool
}

func (g *game) look() (v view) {
	for p := range g.config.Products {
		v.assigned[p], v.assignable[p], v.disabled[p] = g.engine.Assigned(p), g.engine.Assignable(p), g.twin.disabled(p)
		for i := range g.people {
			v.holds[p][i] = g.engine.Holds(Person(i), p)
		}
	}
	for i := range g.people {
		for group := range g.config.Groups {
			v.member[i][group] = g.twin.isMember(Person(i), group)
		}
	}
	return v
}

// invariants demands those of the model that hold after every step, from what
// the engine itself says.
func (g *game) invariants(s step, d Decision, before view) {
	e := g.engine
	for p := range g.config.Products {
		holders := 0
		for i := range g.people {
			if e.Holds(Person(i), p) {
				holders++
			}
		}
		free := e.Seats(p) - g.config.Products[p].Reserved - holders
		if e.Assigned(p) != holders {
			g.failf("I1: %d assigned of product %d, which has %d holders", e.Assigned(p), p, holders)
		}
		if e.Assignable(p) != max(0, free) {
			g.failf("I2: %d assignable of product %d, want %d", e.Assignable(p), p, free)
		}
		if free < 0 {
			g.seen.overAssigned++
		}
		ends := s.kind == doLeave || s.kind == doUnassign || s.kind == doReclaim || s.kind == doRenew || s.kind == doChangeSeats
		if e.Assigned(p) < before.assigned[p] && !ends {
			g.failf("I7: a seat of product %d is gone", p)
		}
	}
	if s.kind == doAct && s.action != StartTrial && d.Outcome > Ineligible {
		g.failf("I6: an act of a person is %s", d.Outcome)
	}
	if s.kind == doAct && d.Outcome == Claimed {
		g.claimed(s, d, before)
	}
}

// claimed demands what must hold of a claim.
func (g *game) claimed(s step, d Decision, before view) {
	w, policy := g.twin, &g.twin.policies[d.Policy]
	config := &g.config.Policies[d.Policy]
	if before.assignable[d.Product] == 0 || before.disabled[d.Product] {
		g.failf("I3: a claim of product %d, which has no seat", d.Product)
	}
	if before.holds[d.Product][s.person] {
		g.failf("I4: a claim of product %d, which the person holds", d.Product)
	}
	managed, _, somewhere := w.place(Act{s.person, s.action, s.environment})
	open := w.enabled && policy.on && !policy.deleted && w.now >= policy.active && w.now >= config.Created
	if !open || w.scope == ManagedOnly && somewhere && !managed {
		g.failf("I5: a claim through a closed gate")
	}
	need, _ := g.engine.Need(s.action, s.environment)
	for _, product := range policy.products {
		if product == int(d.Product) {
			break
		}
		if before.assignable[product] > 0 && g.engine.Gives(product).Has(need) {
			g.failf("I9: product %d had a seat before the backup %d", product, d.Product)
		}
		g.seen.backups++
	}
	if !g.engine.Gives(int(d.Product)).Has(need) {
		g.failf("C14: product %d does not give %s", d.Product, need)
	}
	for p := range heldOnly {
		if p != int(d.Product) && before.holds[p][s.person] {
			g.seen.seconds++
		}
	}
	if config.Group < 0 && g.engine.Assigned(int(d.Product)) > g.engine.Seats(int(d.Product)) {
		g.failf("S5: a claim over-assigns product %d", d.Product)
	}
}

// effects demands that the effects of a step are what it changed, each once.
func (g *game) effects(before view) {
	var want []Effect
	for i := range Person(g.people) {
		for p := range g.config.Products {
			switch had, has := before.holds[p][i], g.engine.Holds(i, p); {
			case has && !had:
				want = append(want, Effect{SeatTaken, i, int16(p), -1})
			case had && !has:
				want = append(want, Effect{SeatFreed, i, int16(p), -1})
			}
		}
		for group := range g.config.Groups {
			if g.twin.isMember(i, group) && !before.member[i][group] {
				want = append(want, Effect{Enlisted, i, int16(g.config.Groups[group].Product), int16(group)})
			}
		}
	}
	got := slices.Clone(g.engine.Effects)
	order := func(a, b Effect) int {
		return slices.Compare([]int{int(a.Person), int(a.Kind), int(a.Product), int(a.Group)}, []int{int(b.Person), int(b.Kind), int(b.Product), int(b.Group)})
	}
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if !slices.Equal(got, want) {
		g.failf("the effects are %v, want %v", got, want)
	}
}

// playAll plays the game that bytes describe. An engine that has played before
// is reset first, and must then be as new.
func playAll(t testing.TB, bytes []byte, again bool, seen *sights) {
	d := &dice{bytes}
	c, people := randomConfig(d), 2+d.n(3)
	e := New(c, people)
	rest := *d
	for range 1 + map[bool]int{true: 1}[again] {
		*d = rest
		e.Reset(people)
		g := newGame(t, c, e, d, people, seen)
		for len(d.bytes) > 0 && len(g.played) < 60 {
			g.play(randomStep(d, c, g.people))
		}
	}
}

// TestTwin plays random games.
func TestTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 14))
	var seen sights
	for n := range 3000 {
		bytes := make([]byte, 100+rng.IntN(600))
		for i := range bytes {
			bytes[i] = byte(rng.Uint32())
		}
		playAll(t, bytes, n%8 == 0, &seen)
	}
	for o, n := range seen.outcomes {
		if n < 100 {
			t.Errorf("only %d outcomes are %s: the test proves little", n, Outcome(o))
		}
	}
	for r, n := range seen.reasons {
		if n < 20 {
			t.Errorf("only %d reasons are %q: the test proves little", n, Reason(r))
		}
	}
	if seen.backups < 100 || seen.seconds < 100 || seen.overAssigned < 100 || seen.ends < 100 {
		t.Errorf("backups, second products, over-assigned states and ends of products: %d, %d, %d and %d; the test proves little",
			seen.backups, seen.seconds, seen.overAssigned, seen.ends)
	}
}

// TestEverySmallGame plays every game of four steps of a tenant with one seat,
// two people, and one policy.
func TestEverySmallGame(t *testing.T) {
	c := &Config{Enabled: true, TrialFor: clock.Day, MinDesktop: Version{2, 43}, FreeRights: []Grant{{0, 1 << StandardFlow}},
		TrialRights:  []Grant{{0, 1 << PremiumFlow}},
		Products:     []Product{{Name: "premium", Grants: []Grant{{0, matrix["premium"]}}, Subscriptions: []Subscription{{"seats", 1, -1, clock.Day, clock.Day, clock.Day}}}},
		Policies:     []Policy{{"automation", RPAAttendedApp, []int{0}, -1, true, -1}},
		Environments: []Environment{{"default", false, false}},
		Groups:       []Group{{"makers", 0}},
	}
	act := func(p Person, a Action) step { return step{person: p, action: a} }
	alphabet := []step{act(0, TriggerPremium), act(1, TriggerPremium), act(0, GoPremium), act(0, StartTrial),
		{kind: doAssign, person: 1, subscription: -1}, {kind: doUnassign, person: 0}, {kind: doLeave, person: 1},
		{kind: doEnlist, person: 0}, {kind: doProcess, person: 0}, {kind: doSetEnabled},
		{kind: doChangeSeats, n: 1}, {kind: doRenew, n: 3, wait: clock.Day}, {kind: doProcess, person: 0, wait: clock.Day}}
	var seen sights
	const length = 4
	games := 1
	for range length {
		games *= len(alphabet)
	}
	e := New(c, 2)
	for n := range games {
		e.Reset(2)
		g := newGame(t, c, e, &dice{}, 2, &seen)
		for range length {
			g.play(alphabet[n%len(alphabet)])
			n /= len(alphabet)
		}
	}
	for _, o := range []Outcome{Claimed, Entitled, Refused, Ineligible, Assigned, Released, GroupError} {
		if seen.outcomes[o] == 0 {
			t.Errorf("no outcome is %s: the test proves little", o)
		}
	}
	if seen.ends == 0 || seen.overAssigned == 0 {
		t.Errorf("%d ends of the product and %d over-assigned states: the test proves little", seen.ends, seen.overAssigned)
	}
}

// FuzzEngine plays the games that a fuzzer thinks of.
func FuzzEngine(f *testing.F) {
	rng := rand.New(rand.NewPCG(2, 71))
	for n := range 12 {
		bytes := make([]byte, n*50)
		for i := range bytes {
			bytes[i] = byte(rng.Uint32())
		}
		f.Add(bytes)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) { playAll(t, bytes, false, &sights{}) })
}
