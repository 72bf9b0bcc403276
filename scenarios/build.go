package scenarios

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
	_ "time/tzdata" // the zones, on machines that have none

	"seatcast/sim"
	"seatcast/sim/calendar"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/dist"
)

// built is a variant while it is built, and what became of it. Its world holds
// only where there are no problems.
type built struct {
	name        string
	tree        *node
	catalogue   *catalogue
	world       *sim.World
	assumptions []Assumption
	poolKeys    map[string]string // the dotted key of a pool, by tenant/product
	pasts       []Past
	random      bool
	problems    Problems
	warnings    Problems
}

func (b *built) problem(p Problem) { b.problems = append(b.problems, p) }
func (b *built) warn(p Problem)    { b.warnings = append(b.warnings, p) }

// build makes the world of a checked tree. What the check found wrong is left
// out quietly, so that everything else is still held against each other.
func (l *loader) build(b *built) {
	b.world = &sim.World{Seed: uint64(got[int](b.tree, "study", "seed"))}
	if !b.stock() || !b.countPeople() {
		return
	}
	tenants := b.tree.get("tenants")
	if tenants.table() != nil && len(tenants.table()) == 0 {
		b.problem(tenants.keyProblem("there is no tenant: write, for example, [tenants.northlake]"))
	}
	if n := len(tenants.names()); n > maxTenants {
		b.problem(tenants.keyProblem("has %d tenants; the most is %d", n, maxTenants))
		return
	}
	for _, name := range tenants.names() {
		if n := tenants.get(name); n.table() != nil {
			t := &tenant{built: b, loader: l, n: n, sim: sim.Tenant{Name: name}}
			t.build()
			b.world.Tenants = append(b.world.Tenants, t.sim)
		}
	}
}

// stock makes the catalogue and applies the scenario's changes to it. It reports
// whether there is one to work with.
func (b *built) stock() bool {
	c, err := newCatalogue()
	if err != nil {
		b.problem(b.tree.problem("%v", err))
		return false
	}
	b.catalogue = c
	changes := b.tree.get("catalogue")
	if changes.table() == nil {
		return true
	}
	for _, p := range c.override(changes.plain().(map[string]any)) {
		n := b.tree
		for _, key := range p.Path {
			if next := n.get(key); next != nil {
				n = next
			}
		}
		b.problem(n.problem("%s", p.Message))
	}
	return true
}

// countPeople refuses more people than memory holds, before any is made: those
// who are there, and those who are expected to join.
func (b *built) countPeople() bool {
	people, last := 0.0, (*node)(nil)
	horizon := float64(got[int](b.tree, "study", "days")) * float64(clock.Day)
	for _, tenant := range b.tree.get("tenants").names() {
		users := b.tree.get("tenants", tenant, "users")
		for _, segment := range users.names() {
			n := users.get(segment)
			people += float64(got[int](n, "count")) + got[float64](n, "joins")*horizon
			last = n
		}
	}
	if people > maxPeople {
		b.problem(last.keyProblem("the scenario has %.0f people in all, newcomers included; the most is %d", people, maxPeople))
		return false
	}
	return true
}

// A tenant is a tenant while it is built.
type tenant struct {
	*built
	loader       *loader
	n            *node
	zone         *time.Location
	layout       *layout
	sim          sim.Tenant
	products     map[string]int // by short name
	environments map[string]int
	policies     map[string]int
	groups       map[string]int
	segments     map[string]int
	calendars    map[string]int
	created      []*node // of the policies, for messages; without the default ones
}

// horizon returns the end of the study.
func (t *tenant) horizon() clock.Time { return t.sim.Midnights[len(t.sim.Midnights)-1] }

// build makes the tenant, part by part in the order of what refers to what.
func (t *tenant) build() {
	t.days()
	t.pools()
	t.buildEnvironments()
	t.settings()
	t.buildGroups()
	t.buildPolicies()
	t.checkCalendars(t.tree.get("calendars"))
	t.checkCalendars(t.n.get("calendars"))
	t.buildSegments()
	t.buildReclaim()
	t.members()
	t.timeline()
	t.defaultPolicies()
	t.sortTimeline()
	t.checkTimeline()
	t.trace()
	t.checkWhole()
	t.assume()
	t.random = t.random || t.draws()
}

// draws reports whether anything in the tenant is drawn: people who act at times
// of their own, or a delay that matters and is not the same each time.
func (t *tenant) draws() bool {
	for i := range t.sim.Segments {
		if s := &t.sim.Segments[i]; s.Count > 0 || s.Joins > 0 {
			return true
		}
	}
	for i := range t.sim.Rules.Policies {
		if t.sim.Rules.Policies[i].Created > longAgo && !constant(t.sim.Activation) {
			return true
		}
	}
	for i := range t.sim.Groups {
		if !constant(t.sim.Groups[i].Latency) {
			return true
		}
	}
	return false
}

// longAgo is when that began which has always been: before anything a scenario
// dates, and far enough from the ends of clock.Time to add durations to.
const longAgo clock.Time = math.MinInt64 / 4 * 3

// days lays out the local days of the study.
func (t *tenant) days() {
	word := t.n.get("time-zone")
	name := got[string](t.n, "time-zone")
	zone, err := time.LoadLocation(name)
	if word.parsed == nil {
		zone, err = time.UTC, nil
	}
	if err != nil || name == "Local" || name == "" && word.given {
		t.problem(word.problem("%s is no time zone: write an IANA name, such as Europe/Oslo", quote(name)))
		zone = time.UTC
	}
	start, days := got[time.Time](t.tree, "study", "start"), got[int](t.tree, "study", "days")
	if start.IsZero() || days == 0 { // which has been reported; all that is dated is then beyond the study
		start, days = time.Date(minYear, 1, 1, 0, 0, 0, 0, time.UTC), 1
	}
	t.zone, t.sim.Zone = zone, zone.String()
	t.layOut(start, days)
}

// instant returns the clock time of a checked date or time of n in the tenant's
// zone.
func (t *tenant) instant(n *node) clock.Time {
	wall, ok := n.parsed.(time.Time)
	if !ok {
		return 0
	}
	at, err := localTime(wall, t.zone)
	if err != nil && wall.Equal(wall.Truncate(24*time.Hour)) {
		noon := time.Date(wall.Year(), wall.Month(), wall.Day(), 12, 0, 0, 0, t.zone)
		at, err = calendar.Midnight(noon, 0), nil // a day that begins at 01:00
	}
	if err != nil {
		t.problem(n.problem("%v", err))
		return 0
	}
	return since(at, t.layout.start)
}

// moment returns the instant of a key, and whether there is one.
func (t *tenant) moment(n *node, key string) (clock.Time, bool) {
	m := n.get(key)
	if m == nil || m.parsed == nil {
		return 0, false
	}
	return t.instant(m), true
}

// product returns the index of the product that a key names, or -1. The product
// must have a pool unless it is only held.
func (t *tenant) product(n *node, needPool bool) int {
	word, ok := n.parsed.(string)
	if !ok {
		return -1
	}
	name := t.productName(n, word)
	i, ok := t.products[name]
	switch {
	case name == "":
		return -1
	case !ok, needPool && t.sim.Rules.Products[i].Subscriptions == nil:
		t.problem(n.problem("the tenant has no pool of %s%s", name, suggest(name, t.poolNames())))
		return -1
	}
	return i
}

// productName returns the short name of a product of the catalogue, or "".
func (t *tenant) productName(n *node, word string) string {
	p, note, ok := t.catalogue.lookup(word)
	if !ok {
		t.problem(n.keyOrValue(word, "%s is no product of the catalogue%s", quote(word), suggest(word, t.catalogue.names())))
		return ""
	}
	if note != "" {
		t.warn(n.keyOrValue(word, "%s", note))
	}
	return p.Name
}

// keyOrValue returns a problem of a word at the value that holds it, else at the key.
func (n *node) keyOrValue(word, format string, args ...any) Problem {
	if n.value == word {
		return n.problem(format, args...)
	}
	return n.keyProblem(format, args...)
}

// poolNames returns the names of the products with a pool.
func (t *tenant) poolNames() []string {
	var names []string
	for i := range t.sim.Rules.Products {
		if p := &t.sim.Rules.Products[i]; p.Subscriptions != nil {
			names = append(names, p.Name)
		}
	}
	return names
}

// pools makes the products: those of the pools and those that people hold, in
// the order of the catalogue.
func (t *tenant) pools() {
	t.products = map[string]int{}
	pools := map[string]*node{}
	for _, key := range t.n.get("pools").names() {
		n := t.n.get("pools", key)
		name := t.productName(n, key)
		if name == "" || n.table() == nil {
			continue
		}
		if twin := pools[name]; twin != nil {
			t.problem(n.keyProblem("%s is the same product as %s: keep one", quote(key), twin.path))
		}
		pools[name] = n
		t.poolKeys[t.sim.Name+"/"+name] = dotted([]string{"tenants", t.sim.Name, "pools", key})
		t.past(n, name)
	}
	wanted := t.held(pools)
	for _, name := range t.catalogue.names() {
		if wanted[name] {
			t.products[name] = len(t.products)
			t.addProduct(name, pools[name])
		}
	}
	if len(t.products) > claim.MaxProducts {
		t.problem(t.n.keyProblem("has %d products; the most is %d", len(t.products), claim.MaxProducts))
	}
}

// past notes what a pool names of the time before the study.
func (t *tenant) past(n *node, product string) {
	history, backtest := got[string](n, "history"), got[string](n, "backtest")
	for _, key := range []string{"history", "backtest"} {
		if file := n.get(key); file != nil {
			if _, err := t.loader.data(got[string](n, key)); err != nil {
				t.problem(file.problem("%v", err))
			}
		}
	}
	if history == "" && backtest != "" {
		t.problem(n.get("backtest").problem("stands for the scores of a history: give history as well"))
	}
	if history != "" {
		t.pasts = append(t.pasts, Past{n.path, t.sim.Name, product, history, backtest})
	}
}

// held returns the names of the products that have a pool or are held.
func (t *tenant) held(pools map[string]*node) map[string]bool {
	wanted := map[string]bool{}
	for name := range pools {
		wanted[name] = true
	}
	users := t.n.get("users")
	for _, segment := range users.names() {
		holds := users.get(segment, "holds")
		for _, word := range holds.names() {
			if p, _, ok := t.catalogue.lookup(word); ok {
				wanted[p.Name] = true
			}
		}
	}
	return wanted
}

// addProduct adds a product, with its pool where it has one.
func (t *tenant) addProduct(name string, pool *node) {
	row, _, _ := t.catalogue.lookup(name)
	p := claim.Product{Name: name, Grants: t.catalogue.grants(row, t.layout.start)}
	price := row.Price
	if pool != nil {
		if pool.has("price") {
			price = got[float64](pool, "price")
		}
		if math.IsNaN(price) {
			t.problem(pool.keyProblem("the catalogue has no price of %s: write price = …, in USD per seat and month", name))
		}
		p.Reserved = got[int](pool, "reserved")
		p.Subscriptions = t.subscriptions(pool)
		t.checkReserved(pool, &p)
	} else {
		price = 0
	}
	t.sim.Rules.Products = append(t.sim.Rules.Products, p)
	t.sim.Prices = append(t.sim.Prices, price)
}

func (t *tenant) checkReserved(pool *node, p *claim.Product) {
	seats := 0
	for _, s := range p.Subscriptions {
		seats += s.Seats
	}
	if p.Reserved > seats {
		t.warn(pool.get("reserved").problem("%d reserved seats are more than the %d that are bought, so nothing can be claimed", p.Reserved, seats))
	}
}

// shortForm is the name of the subscription that seats = … of a pool is short for.
const shortForm = "seats"

// subscriptions makes the subscriptions of a pool, in the order of their names;
// the short form seats = N is the first.
func (t *tenant) subscriptions(pool *node) []claim.Subscription {
	all := []claim.Subscription{}
	if pool.has("seats") {
		all = append(all, claim.Subscription{Name: shortForm, Seats: got[int](pool, "seats"), Starts: longAgo, Ends: clock.Never})
	}
	named := pool.get("subscriptions")
	for _, name := range named.names() {
		n := named.get(name)
		if name == shortForm && pool.has("seats") {
			t.problem(n.keyProblem("seats is the name of the subscription that seats = … of the pool is short for: call this one something else"))
		}
		if n.table() != nil {
			all = append(all, t.subscription(name, n))
		}
	}
	if !pool.has("seats") && len(named.names()) == 0 {
		t.problem(pool.keyProblem("has no seats: write seats = …, or a table [%s.subscriptions.NAME]", pool.path))
	}
	return all
}

// subscription makes one subscription. One that renews has no end, whatever its
// term is.
func (t *tenant) subscription(name string, n *node) claim.Subscription {
	s := claim.Subscription{Name: name, Seats: got[int](n, "seats"), Starts: longAgo, Ends: clock.Never}
	if at, ok := t.moment(n, "starts"); ok {
		s.Starts = at
		if at > t.horizon() {
			t.warn(n.get("starts").problem("is after the study, so its seats are never there"))
		}
	}
	ends, ok := t.moment(n, "ends")
	renews := got[bool](n, "renews")
	switch {
	case !renews && !n.has("ends") && n.get("renews").parsed != nil:
		t.problem(n.get("renews").problem("a subscription that does not renew needs ends = DATE"))
	case ok && ends <= s.Starts:
		t.problem(n.get("ends").problem("must be later than starts"))
	case ok && !renews:
		s.Ends = ends
		if ends > t.horizon() {
			t.warn(n.get("ends").problem("is after the study, so nothing comes of it"))
		}
	}
	word := got[string](n, "channel")
	channel, ok := t.catalogue.channel(word)
	if !ok && n.get("channel").parsed != nil {
		t.problem(n.get("channel").problem("%s is no channel%s", quote(word), suggest(word, t.catalogue.channels())))
	}
	s.Expired, s.Disabled = channel.Expired, channel.Disabled
	return s
}

// maxNamed bounds the environments and the segments of a tenant, whose indices
// are stored in 16 bits.
const maxNamed = 30_000

// buildEnvironments makes the environments, by name.
func (t *tenant) buildEnvironments() {
	t.environments = map[string]int{}
	all := t.n.get("environments")
	if len(all.names()) > maxNamed {
		t.problem(all.keyProblem("has %d environments; the most is %d", len(all.names()), maxNamed))
	}
	for _, name := range all.names() {
		n := all.get(name)
		e := claim.Environment{Name: name, Managed: got[bool](n, "managed"), PayAsYouGo: got[bool](n, "pay-as-you-go")}
		t.environments[name] = len(t.environments)
		if at, ok := t.moment(n, "managed-from"); ok {
			switch {
			case n.has("managed"):
				t.problem(n.get("managed-from").problem("says the same as managed: leave one out"))
			case at <= 0:
				e.Managed = true
			default:
				t.manageFrom(n.get("managed-from"), name, at)
			}
		}
		t.sim.Rules.Environments = append(t.sim.Rules.Environments, e)
	}
	if len(t.environments) == 0 {
		t.environments["default"] = 0
		t.sim.Rules.Environments = []claim.Environment{{Name: "default"}}
	}
}

// act adds an act to the timeline, unless the study does not see it.
func (t *tenant) act(n *node, e sim.Event) {
	if e.At < 0 || e.At > t.horizon() {
		t.warn(n.problem("is outside of the study, so nothing comes of it"))
		return
	}
	t.sim.Timeline = append(t.sim.Timeline, e)
}

// sortTimeline orders acts by time, then by name.
func (t *tenant) sortTimeline() {
	slices.SortFunc(t.sim.Timeline, func(a, b sim.Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Name, b.Name))
	})
}

// settings takes over the tenant's settings of auto-claim.
func (t *tenant) settings() {
	n := t.n.get("auto-claim")
	r := &t.sim.Rules
	r.Enabled = got[bool](n, "enabled")
	r.Scope = scopeOf(got[string](n, "scope"))
	switch got[string](n, "precedence") {
	case "per-user-first":
		r.Precedence = claim.PerUserFirst
	case "creation-order":
		r.Precedence = claim.CreationOrder
	}
	r.ClaimWhenExpired = got[bool](n, "claim-when-expired")
	r.FreeRights, r.TrialRights = t.catalogue.everyone(t.layout.start), t.catalogue.trial(t.layout.start)
	r.TrialFor = t.catalogue.trialFor()
	r.MinDesktop, _ = t.catalogue.minDesktop()
	t.sim.Activation = got[dist.Dist](n, "activation")
	t.sim.Lag = got[dist.Dist](n, "portal-lag")
	if d := t.sim.Activation; d != nil && d.Max() > float64(2*clock.Hour) {
		t.warn(n.get("activation").problem("can take longer than the two hours that are documented"))
	}
}

func scopeOf(word string) claim.Scope {
	if word == "managed" {
		return claim.ManagedOnly
	}
	return claim.AllEnvironments
}

// buildGroups makes the groups, by name.
func (t *tenant) buildGroups() {
	t.groups = map[string]int{}
	all := t.n.get("groups")
	for _, name := range all.names() {
		n := all.get(name)
		g := claim.Group{Name: name, Product: -1}
		if p := n.get("product"); p != nil {
			g.Product = t.product(p, true)
		}
		t.groups[name] = len(t.groups)
		t.sim.Rules.Groups = append(t.sim.Rules.Groups, g)
		t.sim.Groups = append(t.sim.Groups, sim.Group{Latency: got[dist.Dist](n, "latency")})
	}
	if len(t.groups) > claim.MaxGroups {
		t.problem(all.keyProblem("has %d groups; the most is %d", len(t.groups), claim.MaxGroups))
	}
}

// buildReclaim makes the administrator's rules, in the order of the products.
func (t *tenant) buildReclaim() {
	all := t.n.get("reclaim")
	for _, key := range all.names() {
		n := all.get(key)
		if n.table() == nil {
			continue
		}
		word := &node{path: n.path, key: n.key, at: n.key, value: key, parsed: key}
		r := sim.Reclaim{Product: t.product(word, true), Idle: ticks(n, "idle-for"), Every: ticks(n, "check-every")}
		for _, from := range items[string](n, "from") {
			r.From |= map[string]claim.Sources{"auto-claim": claim.FromAutoClaim, "direct": claim.FromDirect, "group": claim.FromGroup}[from]
		}
		if n.get("idle-for") != nil && n.get("idle-for").parsed != nil && r.Idle == 0 {
			t.problem(n.get("idle-for").problem("must be more than 0h"))
		}
		if n.has("check-every") && n.get("check-every").parsed != nil && r.Every < clock.Minute {
			t.problem(n.get("check-every").problem("must be at least 1m; leave it out for the very instant"))
		}
		if n.get("from").parsed != nil && len(got[[]*node](n, "from")) == 0 {
			t.problem(n.get("from").problem("is empty, so the rule would take nothing back: name auto-claim, direct or group"))
		}
		t.sim.Reclaim = append(t.sim.Reclaim, r)
	}
	slices.SortStableFunc(t.sim.Reclaim, func(a, b sim.Reclaim) int { return cmp.Compare(a.Product, b.Product) })
	for i := 1; i < len(t.sim.Reclaim); i++ {
		if p := t.sim.Reclaim[i].Product; p >= 0 && p == t.sim.Reclaim[i-1].Product {
			t.problem(all.keyProblem("has two rules for %s: keep one", t.sim.Rules.Products[p].Name))
		}
	}
}

// nothing says that an index or a number is not given.
const nothing = -1

// blank returns an event that refers to nothing yet.
func blank(at clock.Time, name string, do sim.Deed) sim.Event {
	return sim.Event{At: at, Name: name, Do: do, Policy: nothing, Environment: nothing, Product: nothing, Group: nothing,
		Segment: nothing, Subscription: nothing, Seats: nothing, Count: nothing}
}

// index finds a name, or reports that there is no such thing.
func (t *tenant) index(n *node, what string, known map[string]int) int {
	name, ok := n.parsed.(string)
	if !ok {
		return nothing
	}
	i, ok := known[name]
	if !ok {
		t.problem(n.problem("there is no %s %s%s", what, quote(name), others(name, known)))
		return nothing
	}
	return i
}

// others is suggest for names of the author's.
func others(name string, known map[string]int) string {
	names := make([]string, 0, len(known))
	for k := range known {
		names = append(names, k)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "; there is none"
	}
	if m := nearest(name, names); m != "" {
		return fmt.Sprintf("; did you mean %q?", m)
	}
	if len(names) > 12 {
		names = append(names[:12], "…")
	}
	return suggest("", names)
}
