package scenarios

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// A deed is a kind of act in a timeline, with the keys that it needs and those
// that it may have beside.
type deed struct {
	do    string
	deed  sim.Deed
	needs []string
	takes []string
}

// created is the deed of create-policy, which the simulator does not know: the
// policy has a time of creation instead.
const created sim.Deed = math.MaxUint8

// deeds are the acts of a timeline, in the order of the manual.
func deeds() []deed {
	return []deed{
		{do: "enable-setting", deed: sim.EnableSetting},
		{do: "disable-setting", deed: sim.DisableSetting},
		{do: "create-policy", deed: created, needs: []string{"policy", "app", "product"}, takes: []string{"backups", "apps-off", "assign", "on"}},
		{do: "edit-policy", deed: sim.EditPolicy, needs: []string{"policy"}, takes: []string{"product", "backups", "apps-off"}},
		{do: "turn-policy-on", deed: sim.TurnPolicyOn, needs: []string{"policy"}},
		{do: "turn-policy-off", deed: sim.TurnPolicyOff, needs: []string{"policy"}},
		{do: "delete-policy", deed: sim.DeletePolicy, needs: []string{"policy"}},
		{do: "set-scope", deed: sim.SetScope, needs: []string{"scope"}},
		{do: "manage-environment", deed: sim.ManageEnvironment, needs: []string{"environment"}},
		{do: "unmanage-environment", deed: sim.UnmanageEnvironment, needs: []string{"environment"}},
		{do: "change-seats", deed: sim.ChangeSeats, needs: []string{"product", "seats"}, takes: []string{"subscription"}},
		{do: "renew", deed: sim.Renew, needs: []string{"product"}, takes: []string{"subscription", "seats", "until"}},
		{do: "move-to-group", deed: sim.MoveToGroup, needs: []string{"group"}, takes: []string{"days", "order"}},
		{do: "reprocess-group", deed: sim.ReprocessGroup, needs: []string{"group"}},
		{do: "assign", deed: sim.Assign, needs: []string{"product", "users"}, takes: []string{"count", "share"}},
		{do: "unassign", deed: sim.Unassign, needs: []string{"product", "users"}, takes: []string{"count", "share"}},
	}
}

// deedNames returns the values of do.
func deedNames() []string {
	var names []string
	for _, d := range deeds() {
		names = append(names, d.do)
	}
	return names
}

// A dated act is an entry of the timeline whose time and kind are right.
type dated struct {
	at   clock.Time
	name string
	n    *node
	deed deed
}

// timeline makes the acts of the timeline in the order in which they happen, for
// what an edit means depends on the edits before it.
func (t *tenant) timeline() {
	var acts []dated
	all := t.n.get("timeline")
	for _, name := range all.names() {
		n := all.get(name)
		i := slices.IndexFunc(deeds(), func(d deed) bool { return d.do == got[string](n, "do") })
		if i < 0 {
			continue
		}
		d := deeds()[i]
		t.checkActKeys(n, d)
		if at, ok := t.moment(n, "at"); ok {
			acts = append(acts, dated{at, name, n, d})
		}
	}
	slices.SortFunc(acts, func(a, b dated) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.name, b.name)) })
	books := t.openBooks()
	for _, a := range acts {
		e := blank(a.at, a.name, a.deed.deed)
		t.fill(&e, a.n, a.deed)
		books.enter(t, &e, a)
		if a.deed.deed == created {
			if a.at < 0 || a.at > t.horizon() {
				t.warn(a.n.get("at").problem("is outside of the study, so nothing comes of it"))
			}
			continue
		}
		t.act(a.n.get("at"), e)
	}
}

// checkActKeys reports keys that an act lacks, and those that mean nothing to it.
func (t *tenant) checkActKeys(n *node, d deed) {
	for _, key := range d.needs {
		if !n.has(key) && d.deed != created { // which says so itself
			t.problem(n.keyProblem("%s needs %s", d.do, key))
		}
	}
	for _, key := range n.names() {
		m := n.get(key)
		known := !m.given || !m.done || key == "at" || key == "do" // or reported as unknown
		if !known && !slices.Contains(d.needs, key) && !slices.Contains(d.takes, key) {
			what := "takes no further keys"
			if takes := append(slices.Clone(d.needs), d.takes...); len(takes) > 0 {
				what = "takes " + strings.Join(takes, ", ")
			}
			t.problem(m.keyProblem("means nothing to %s, which %s", d.do, what))
		}
	}
}

// fill puts the parameters of an act into its event.
func (t *tenant) fill(e *sim.Event, n *node, d deed) {
	if d.deed == created {
		return
	}
	takes := func(key string) bool {
		return n.has(key) && (slices.Contains(d.needs, key) || slices.Contains(d.takes, key))
	}
	if takes("policy") {
		e.Policy = t.index(n.get("policy"), "policy", t.policies)
	}
	if takes("environment") {
		e.Environment = t.index(n.get("environment"), "environment", t.environments)
	}
	if takes("group") {
		e.Group = t.index(n.get("group"), "group", t.groups)
	}
	if takes("users") {
		e.Segment = t.index(n.get("users"), "population", t.segments)
	}
	if takes("product") {
		e.Product = t.product(n.get("product"), true)
	}
	if takes("subscription") && e.Product >= 0 {
		e.Subscription = t.index(n.get("subscription"), "subscription", t.subscriptionsOf(e.Product))
	}
	if takes("seats") {
		e.Seats = got[int](n, "seats")
	}
	switch e.Do {
	case sim.SetScope:
		e.Scope = scopeOf(got[string](n, "scope"))
	case sim.Renew:
		t.fillRenew(e, n)
	case sim.MoveToGroup:
		e.Days, e.AddFirst = got[int](n, "days"), got[string](n, "order") == "add-first"
	case sim.Assign, sim.Unassign:
		t.fillCount(e, n)
	case sim.EditPolicy:
		e.Product = nothing // in Products
	}
}

// subscriptionsOf returns the subscriptions of a product by name.
func (t *tenant) subscriptionsOf(product int) map[string]int {
	known := map[string]int{}
	for i, s := range t.sim.Rules.Products[product].Subscriptions {
		known[s.Name] = i
	}
	return known
}

func (t *tenant) fillRenew(e *sim.Event, n *node) {
	e.Until = clock.Never
	if until, ok := t.moment(n, "until"); ok {
		e.Until = until
		if until <= e.At {
			t.problem(n.get("until").problem("must be later than at"))
		}
	}
	if n.has("seats") && e.Seats < 0 {
		t.problem(n.get("seats").problem("is the new number of seats, which cannot be negative"))
	}
}

// fillCount says how many people of a segment get or lose a licence.
func (t *tenant) fillCount(e *sim.Event, n *node) {
	if n.has("count") && n.has("share") {
		t.problem(n.get("share").problem("says the same as count: leave one out"))
	}
	switch {
	case n.has("count"):
		e.Count = got[int](n, "count")
	case n.has("share") && e.Segment >= 0:
		e.Count = int(math.Round(got[float64](n, "share") * float64(t.sim.Segments[e.Segment].Count)))
	}
}

// books keep what a timeline has changed so far.
type books struct {
	products [][]int // by policy
	deleted  []bool
	seats    [][]int // by product and subscription
}

func (t *tenant) openBooks() *books {
	b := &books{}
	for _, p := range t.sim.Rules.Policies {
		b.products = append(b.products, p.Products)
		b.deleted = append(b.deleted, false)
	}
	for _, p := range t.sim.Rules.Products {
		var seats []int
		for _, s := range p.Subscriptions {
			seats = append(seats, s.Seats)
		}
		b.seats = append(b.seats, seats)
	}
	return b
}

// enter holds an act against what has happened before it.
func (b *books) enter(t *tenant, e *sim.Event, a dated) {
	if e.Policy >= 0 {
		p, word := &t.sim.Rules.Policies[e.Policy], a.n.get("policy")
		switch {
		case b.deleted[e.Policy]:
			t.problem(word.problem("the policy %q was deleted before", p.Name))
		case p.Created > e.At:
			t.problem(word.problem("the policy %q is created later, on %s", p.Name, t.date(p.Created)))
		}
	}
	switch e.Do {
	case sim.DeletePolicy:
		if e.Policy >= 0 {
			b.deleted[e.Policy] = true
		}
	case sim.EditPolicy:
		b.edit(t, e, a.n)
	case sim.ChangeSeats, sim.Renew:
		b.buy(t, e, a.n)
	}
}

// edit gives a policy other products (rules P4, P7, P8).
func (b *books) edit(t *tenant, e *sim.Event, n *node) {
	if !n.has("product") && !n.has("backups") && !n.has("apps-off") {
		t.problem(n.keyProblem("edit-policy changes nothing: give product, backups or apps-off"))
	}
	if e.Policy < 0 {
		return
	}
	old := &t.sim.Rules.Policies[e.Policy]
	p := claim.Policy{Name: old.Name, App: old.App, Products: b.products[e.Policy], Group: old.Group}
	if n.has("product") || n.has("backups") {
		p.Products = t.claimed(n, n.get("product"), p.Products)
		e.Products = p.Products
		t.checkEdit(n, &p)
	}
	t.checkAppsOff(n, &p)
	b.products[e.Policy] = p.Products
}

// checkEdit holds what an edited policy claims against its app (rule P7) and the
// group that it adds people to.
func (t *tenant) checkEdit(n *node, p *claim.Policy) {
	as := n.copy()
	as.table()["app"] = &node{parsed: p.App.String()}
	if as.get("product") == nil { // it is as it was, and was right
		as.table()["product"] = n
	}
	t.checkApp(as, p)
	if p.Group < 0 {
		return
	}
	g := t.sim.Rules.Groups[p.Group]
	if len(p.Products) > 1 || len(p.Products) == 1 && p.Products[0] >= 0 && p.Products[0] != g.Product {
		t.problem(n.keyProblem("the policy adds people to the group %s, which gives one product: it can claim no other and have no backups", g.Name))
	}
}

// buy keeps the seats of subscriptions, where the act says or it is clear which
// one it is about: none can have fewer than no seats.
func (b *books) buy(t *tenant, e *sim.Event, n *node) {
	if e.Product < 0 || e.Subscription < 0 && len(b.seats[e.Product]) != 1 {
		return
	}
	have := &b.seats[e.Product][max(0, e.Subscription)]
	switch {
	case e.Do == sim.Renew && e.Seats >= 0:
		*have = e.Seats
	case e.Do == sim.ChangeSeats && *have+e.Seats < 0:
		t.problem(n.get("seats").problem("takes %d seats away, and there are %d by then", -e.Seats, *have))
	case e.Do == sim.ChangeSeats:
		*have += e.Seats
	}
}
