package claim

import (
	"cmp"
	"slices"

	"seatcast/sim/clock"
)

// An Engine holds the state of one tenant. It is not safe for concurrent use.
// Times given to its methods must not fall.
type Engine struct {
	// Effects lists what the last call changed. It is overwritten by the next.
	Effects []Effect
	// Short is the products, a bit each, that the last act wanted and that had no
	// seat left.
	Short uint32
	// KeepReport makes the engine remember its claims for Report.
	KeepReport bool

	config   *Config
	enabled  bool
	scope    Scope
	managed  []bool // by environment
	pools    []pool // by product
	policies []policyState
	order    []int // policies, by precedence
	people   []holder
	gone     []bool       // by person; empty until one leaves
	members  []groupsIn   // by person, where there are groups
	trials   []clock.Time // by person: the end of the self-assisted trial, 0 where none was started; empty until one is
	desktops []Version    // by person; empty until one has any
	report   []ReportRow

	given       []Rights // by product, as of the grants in force
	free, trial Rights
	era         uint64 // see Era
}

// An Effect is a change that a call made.
type Effect struct {
	Kind    EffectKind
	Person  Person
	Product int16
	Group   int16
}

// An EffectKind is the kind of an Effect.
type EffectKind uint8

// The effects.
const (
	SeatTaken EffectKind = iota // the person holds Product, which the person did not before
	SeatFreed                   // the person's last source of Product went
	Enlisted                    // the person was added to Group: call Process when group-based licensing gets to it
)

// A ReportRow is an assignment as the auto-claim policy report lists it (rule P6).
type ReportRow struct {
	At      clock.Time
	Person  Person
	Product int16
	Policy  int16
}

// A policyState is the part of a policy that changes.
type policyState struct {
	products []int
	on       bool
	deleted  bool
	active   clock.Time // the first instant at which it can claim (rule P2)
}

// A holder is the products that a person holds but by groups, a bit each. What only some
// tenants or few people have is kept apart, so that millions take little memory.
type holder struct {
	auto   uint32 // assigned by an auto-claim policy
	direct uint32 // assigned by an administrator, or held on day one
}

// A groupsIn is a person's groups, a bit each.
type groupsIn struct {
	held   uint32 // products that the person holds by any of them
	active uint32 // groups whose licence the person has
	member uint32 // groups the person is in
	failed uint32 // groups whose licence the person was denied (rule G2)
}

// New returns an engine for a number of people who hold nothing.
func New(config *Config, people int) *Engine {
	e := &Engine{config: config}
	e.Reset(people)
	return e
}

// Reset returns the engine to its start, with a number of people who hold
// nothing. It keeps its memory for the next replication.
func (e *Engine) Reset(people int) {
	c := e.config
	e.Effects, e.report = e.Effects[:0], e.report[:0]
	e.enabled, e.scope = c.Enabled, c.Scope
	e.managed = e.managed[:0]
	for i := range c.Environments {
		e.managed = append(e.managed, c.Environments[i].Managed)
	}
	e.policies = e.policies[:0]
	for i := range c.Policies {
		p := &c.Policies[i]
		e.policies = append(e.policies, policyState{products: p.Products, on: p.On, active: p.Created})
	}
	e.order = precedence(c, e.order[:0])
	e.people = blank(e.people, people)
	e.gone, e.trials, e.desktops = e.gone[:0], e.trials[:0], e.desktops[:0]
	if len(c.Groups) > 0 {
		e.members = blank(e.members, people)
	}
	e.pools = slices.Grow(e.pools[:0], len(c.Products))[:len(c.Products)]
	e.given = slices.Grow(e.given[:0], len(c.Products))[:len(c.Products)]
	for i := range e.pools {
		e.pools[i].reset(&c.Products[i], c.ClaimWhenExpired)
		e.pools[i].refresh(0)
	}
	e.Regrant(0)
}

// blank returns s with a number of zero values.
func blank[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// Order returns the policies in the order in which they are asked (rule C12).
func (c *Config) Order() []int { return precedence(c, nil) }

// precedence appends the policies to order, in the order in which they are asked.
func precedence(c *Config, order []int) []int {
	first := RPAAttendedApp
	if c.Precedence == PerUserFirst {
		first = PerUserApp
	}
	rank := func(p *Policy) int {
		if c.Precedence == CreationOrder || p.App == first {
			return 0
		}
		return 1
	}
	for i := range c.Policies {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int {
		p, q := &c.Policies[a], &c.Policies[b]
		return cmp.Or(cmp.Compare(rank(p), rank(q)), cmp.Compare(p.Created, q.Created), cmp.Compare(p.Name, q.Name))
	})
	return order
}

// AddPerson adds a person who holds nothing and returns the person's index.
func (e *Engine) AddPerson() Person {
	e.people = append(e.people, holder{})
	if len(e.config.Groups) > 0 {
		e.members = append(e.members, groupsIn{})
	}
	if len(e.gone) > 0 {
		e.gone = append(e.gone, false)
	}
	if len(e.trials) > 0 {
		e.trials = append(e.trials, 0)
	}
	if len(e.desktops) > 0 {
		e.desktops = append(e.desktops, Version{})
	}
	return Person(len(e.people) - 1)
}

// SetDesktop sets the person's version of Power Automate for desktop.
func (e *Engine) SetDesktop(p Person, v Version) {
	if len(e.desktops) == 0 {
		if v == (Version{}) {
			return
		}
		e.desktops = blank(e.desktops, len(e.people))
	}
	e.desktops[p] = v
}

// desktop returns the person's version of Power Automate for desktop.
func (e *Engine) desktop(p Person) Version {
	if len(e.desktops) == 0 {
		return Version{}
	}
	return e.desktops[p]
}

// Hold gives a person a product on day one, whether there is a seat or not: what
// is over-assigned before the start stays so (rule S4).
func (e *Engine) Hold(p Person, product int) {
	e.Effects = e.Effects[:0]
	e.add(p, product, FromDirect)
}

// HoldByGroup makes a person a member of a group who has its licence on day one.
func (e *Engine) HoldByGroup(p Person, group int) {
	e.Effects = e.Effects[:0]
	e.members[p].member |= 1 << group
	e.members[p].active |= 1 << group
	e.add(p, e.config.Groups[group].Product, FromGroup)
}

// add gives a person a product by a source; it takes a seat if the person did
// not hold the product (rule S1).
func (e *Engine) add(p Person, product int, by Sources) {
	h, bit, held := &e.people[p], uint32(1)<<product, e.Holds(p, product)
	if by&FromAutoClaim != 0 {
		h.auto |= bit
	}
	if by&FromDirect != 0 {
		h.direct |= bit
	}
	if by&FromGroup != 0 {
		e.members[p].held |= bit
	}
	if held {
		return
	}
	e.pools[product].assigned++
	e.Effects = append(e.Effects, Effect{SeatTaken, p, int16(product), -1})
}

// drop takes sources of a product from a person; the seat frees when the last
// one goes (rule S1). It reports whether any was there.
func (e *Engine) drop(p Person, product int, from Sources) bool {
	h, bit := &e.people[p], uint32(1)<<product
	had := false
	if from&FromAutoClaim != 0 && h.auto&bit != 0 {
		h.auto &^= bit
		had = true
	}
	if from&FromDirect != 0 && h.direct&bit != 0 {
		h.direct &^= bit
		had = true
	}
	if groups := e.groupsOf(p, product); from&FromGroup != 0 && groups != 0 {
		e.members[p].active &^= groups
		e.members[p].member &^= groups
		e.members[p].held &^= bit
		had = true
	}
	if had && !e.Holds(p, product) {
		e.vacate(p, product)
	}
	return had
}

// vacate frees the seat of a person who has no source of the product left.
func (e *Engine) vacate(p Person, product int) {
	e.pools[product].assigned--
	e.Effects = append(e.Effects, Effect{SeatFreed, p, int16(product), -1})
}

// groupsOf returns the groups through which a person has a product.
func (e *Engine) groupsOf(p Person, product int) (groups uint32) {
	for g := range e.config.Groups {
		if e.config.Groups[g].Product == product {
			groups |= e.members[p].active & (1 << g)
		}
	}
	return groups
}

// Assigned returns the number of people who hold a product (invariant I1).
func (e *Engine) Assigned(product int) int { return e.pools[product].assigned }

// Seats returns the usable seats of a product.
func (e *Engine) Seats(product int) int { return e.pools[product].usable }

// Paid returns the seats of a product that are being paid for.
func (e *Engine) Paid(product int) int { return e.pools[product].paid }

// Assignable returns the seats of a product that can be assigned (invariant I2).
func (e *Engine) Assignable(product int) int { return e.pools[product].assignable() }

// First returns the product that a policy claims before its backups.
func (e *Engine) First(policy int) int { return e.policies[policy].products[0] }

// Holds reports whether a person holds a product by any source.
func (e *Engine) Holds(p Person, product int) bool { return e.Held(p)&(1<<product) != 0 }

// Era tells apart times between which what acts need or what licences give has changed:
// while it is the same, so is what people who hold the same may do, but for trials.
func (e *Engine) Era() uint64 { return e.era }

// Held returns the products that a person holds by any source, a bit each.
func (e *Engine) Held(p Person) uint32 {
	h := &e.people[p]
	if len(e.members) == 0 {
		return h.auto | h.direct
	}
	return h.auto | h.direct | e.members[p].held
}

// HeldBy returns the sources by which a person holds a product.
func (e *Engine) HeldBy(p Person, product int) Sources {
	h, bit := &e.people[p], uint32(1)<<product
	var s Sources
	if h.auto&bit != 0 {
		s |= FromAutoClaim
	}
	if h.direct&bit != 0 {
		s |= FromDirect
	}
	if e.groupsOf(p, product) != 0 {
		s |= FromGroup
	}
	return s
}

// Gone reports whether a person has left.
func (e *Engine) Gone(p Person) bool { return len(e.gone) > 0 && e.gone[p] }

// TrialUntil returns when the person's self-assisted trial ends, 0 if none was started.
func (e *Engine) TrialUntil(p Person) clock.Time {
	if len(e.trials) == 0 {
		return 0
	}
	return e.trials[p]
}

// Report returns the auto-claimed assignments after from and up to now, oldest
// first (rule P6). KeepReport must have been set since the start.
func (e *Engine) Report(from clock.Time) []ReportRow {
	i, _ := slices.BinarySearchFunc(e.report, from, func(r ReportRow, t clock.Time) int {
		if r.At <= t {
			return -1
		}
		return 1
	})
	return e.report[i:]
}
