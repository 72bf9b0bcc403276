package claim

import (
	"cmp"
	"slices"
	"strings"

	"seatcast/sim/clock"
)

// A twin is the rules told once more, slowly and so plainly that one can see
// that they are right: a set of rows says who holds what by which source, and
// everything else is worked out from it, from scratch, whenever it is asked for.
type twin struct {
	config   *Config
	now      clock.Time
	enabled  bool
	scope    Scope
	managed  []bool
	policies []twinPolicy
	subs     [][]Subscription // by product
	rows     map[row]bool
	waiting  map[membership]bool // members who do not have the group's licence; true after an error
	trials   map[Person]clock.Time
	desktops map[Person]Version
	gone     map[Person]bool
	report   []ReportRow
}

type twinPolicy struct {
	products    []int
	on, deleted bool
	active      clock.Time
}

// A row of licence assignments. The source is a group, or one of the two below.
type row struct {
	person  Person
	product int
	source  int
}

const (
	auto   = -1
	direct = -2
)

type membership struct {
	person Person
	group  int
}

func newTwin(c *Config) *twin {
	w := &twin{config: c, enabled: c.Enabled, scope: c.Scope, rows: map[row]bool{}, waiting: map[membership]bool{},
		trials: map[Person]clock.Time{}, desktops: map[Person]Version{}, gone: map[Person]bool{}}
	for _, e := range c.Environments {
		w.managed = append(w.managed, e.Managed)
	}
	for _, p := range c.Policies {
		w.policies = append(w.policies, twinPolicy{products: p.Products, on: p.On, active: p.Created})
	}
	for _, p := range c.Products {
		w.subs = append(w.subs, slices.Clone(p.Subscriptions))
	}
	return w
}

// state returns the state of a subscription (rule S3).
func (w *twin) state(s Subscription) string {
	switch {
	case w.now < s.Starts:
		return "future"
	case s.Ends == clock.Never || w.now < s.Ends:
		return "active"
	case w.now-s.Ends < s.Expired:
		return "expired"
	case w.now-s.Ends < s.Expired+s.Disabled:
		return "disabled"
	}
	return "deleted"
}

// in returns how many subscriptions of a product are in a state, and their seats.
func (w *twin) in(product int, state string) (subscriptions, seats int) {
	for _, s := range w.subs[product] {
		if w.state(s) == state {
			subscriptions++
			seats += s.Seats
		}
	}
	return subscriptions, seats
}

func (w *twin) paid(product int) int {
	_, seats := w.in(product, "active")
	return seats
}

func (w *twin) usable(product int) int {
	seats := w.paid(product)
	if _, more := w.in(product, "expired"); w.config.ClaimWhenExpired {
		seats += more
	}
	return seats
}

// disabled reports whether a product's subscriptions are over and none is left
// that gives rights.
func (w *twin) disabled(product int) bool {
	a, _ := w.in(product, "active")
	b, _ := w.in(product, "expired")
	c, _ := w.in(product, "disabled")
	d, _ := w.in(product, "deleted")
	return a+b == 0 && c+d > 0
}

// next returns the next instant at which a subscription of a product changes.
func (w *twin) next(product int) clock.Time {
	next := clock.Never
	for _, s := range w.subs[product] {
		changes := []clock.Time{s.Starts}
		if s.Ends != clock.Never {
			changes = append(changes, s.Ends, s.Ends+s.Expired, s.Ends+s.Expired+s.Disabled)
		}
		for _, t := range changes {
			if t > w.now {
				next = min(next, t)
			}
		}
	}
	return next
}

// end removes the rows of products whose every subscription is deleted.
func (w *twin) end() {
	for product, subs := range w.subs {
		if n, _ := w.in(product, "deleted"); n > 0 && n == len(subs) {
			w.remove(func(r row) bool { return r.product == product })
		}
	}
}

// remove removes the rows that match, and reports whether there were any.
func (w *twin) remove(match func(row) bool) bool {
	before := len(w.rows)
	for r := range w.rows {
		if match(r) {
			delete(w.rows, r)
		}
	}
	return len(w.rows) < before
}

// sources returns the sources by which a person holds a product.
func (w *twin) sources(p Person, product int) Sources {
	var s Sources
	for r := range w.rows {
		if r.person != p || r.product != product {
			continue
		}
		switch r.source {
		case auto:
			s |= FromAutoClaim
		case direct:
			s |= FromDirect
		default:
			s |= FromGroup
		}
	}
	return s
}

// assigned counts the distinct holders of a product (rule S1).
func (w *twin) assigned(product int) int {
	holders := map[Person]bool{}
	for r := range w.rows {
		if r.product == product {
			holders[r.person] = true
		}
	}
	return len(holders)
}

func (w *twin) assignable(product int) int {
	return max(0, w.usable(product)-w.config.Products[product].Reserved-w.assigned(product))
}

// gives returns what grants give now: the last one that has begun.
func (w *twin) gives(grants []Grant) Rights {
	if len(grants) == 0 {
		return 0
	}
	rights := grants[0].Rights
	for _, g := range grants[1:] {
		if g.From <= w.now {
			rights = g.Rights
		}
	}
	return rights
}

func (w *twin) onTrial(p Person) bool {
	until, ok := w.trials[p]
	return ok && w.now < until
}

// rights returns what a person may do now (rule C7).
func (w *twin) rights(p Person, trial bool) Rights {
	all := w.gives(w.config.FreeRights)
	for r := range w.rows {
		if r.person == p && !w.disabled(r.product) {
			all |= w.gives(w.config.Products[r.product].Grants)
		}
	}
	if trial && w.onTrial(p) {
		all |= w.gives(w.config.TrialRights)
	}
	return all
}

// in which environment an act is, as the rules see it: acts of the desktop
// application and requests have none (rule C11).
func (w *twin) place(a Act) (managed, metered, somewhere bool) {
	if a.Action.Flow() == "" || a.Environment < 0 {
		return false, false, false
	}
	return w.managed[a.Environment], w.config.Environments[a.Environment].PayAsYouGo, true
}

func (w *twin) need(a Act) Right {
	managed, _, _ := w.place(a)
	switch a.Action.Flow() {
	case "premium":
		return PremiumFlow
	case "attended":
		return AttendedFlow
	case "standard":
		if managed {
			return StandardManaged
		}
		return StandardFlow
	}
	if a.Action == RequestPerUser {
		return PerUserSeat
	}
	return PremiumSeat
}

// do decides an act.
func (w *twin) do(a Act) Decision {
	no := func(r Reason) Decision { return Decision{Ineligible, r, -1, -1} }
	if a.Action == StartTrial {
		if _, ok := w.trials[a.Person]; ok {
			return no(TrialUsed)
		}
		w.trials[a.Person] = w.now + w.config.TrialFor
		return Decision{Assigned, NoReason, -1, -1}
	}
	need := w.need(a)
	_, metered, _ := w.place(a)
	byTheRun := metered && (need == PremiumFlow || need == AttendedFlow)
	if byTheRun || w.rights(a.Person, true).Has(need) {
		return Decision{Entitled, NoReason, -1, -1}
	}
	desktop := a.Action == GoPremium || a.Action == UseRPA
	switch {
	case desktop && w.tooOld(a.Person):
		return no(DesktopTooOld)
	case a.Action == UseRPA && !w.onTrial(a.Person):
		return no(NoTrial)
	case !w.enabled:
		return no(SettingOff)
	}
	best := no(NoPolicy)
	for _, i := range w.inOrder() {
		d := w.ask(i, a, need)
		if d.Outcome == Claimed {
			return d
		}
		if progress(d) > progress(best) {
			best = d
		}
	}
	return best
}

func (w *twin) tooOld(p Person) bool {
	has, least := w.desktops[p], w.config.MinDesktop
	return has.Major*1000+has.Minor < least.Major*1000+least.Minor
}

// progress says how far an act got.
func progress(d Decision) int {
	if d.Outcome == Refused {
		return 100
	}
	return slices.Index([]Reason{NoPolicy, PolicyOff, PolicyPending, OutOfScope, PoolDisabled, GroupPending, CountViolation}, d.Reason)
}

// inOrder returns the policies by precedence (rule C12).
func (w *twin) inOrder() []int {
	var order []int
	for i := range w.policies {
		order = append(order, i)
	}
	first := map[Precedence][]App{PremiumFirst: {RPAAttendedApp, PerUserApp}, PerUserFirst: {PerUserApp, RPAAttendedApp}}[w.config.Precedence]
	slices.SortFunc(order, func(i, j int) int {
		p, q := w.config.Policies[i], w.config.Policies[j]
		return cmp.Or(slices.Index(first, p.App)-slices.Index(first, q.App), cmp.Compare(p.Created, q.Created), strings.Compare(p.Name, q.Name))
	})
	return order
}

// matches reports whether an app lists an act among its triggers (rules C1 to C6).
func matches(app App, action string, managed bool) bool {
	switch action {
	case "trigger-premium", "save-premium", "turn-on-premium":
		return true
	case "trigger-standard", "save-standard", "turn-on-standard":
		return managed
	case "request-per-user":
		return app == PerUserApp
	case "trigger-attended", "save-attended", "turn-on-attended", "request-premium", "go-premium", "use-rpa":
		return app == RPAAttendedApp
	}
	return false
}

// ask asks one policy for a seat.
func (w *twin) ask(i int, a Act, need Right) Decision {
	p, config := &w.policies[i], &w.config.Policies[i]
	managed, _, somewhere := w.place(a)
	no := func(r Reason) Decision { return Decision{Ineligible, r, int16(i), -1} }
	switch {
	case p.deleted, w.now < config.Created, !matches(config.App, a.Action.String(), managed):
		return Decision{Ineligible, NoPolicy, -1, -1}
	case !p.on:
		return no(PolicyOff)
	case w.now < p.active:
		return no(PolicyPending)
	case w.scope == ManagedOnly && somewhere && !managed:
		return no(OutOfScope)
	}
	if config.Group >= 0 {
		if failed, waits := w.waiting[membership{a.Person, config.Group}]; waits {
			reason := map[bool]Reason{false: GroupPending, true: CountViolation}[failed]
			return Decision{Ineligible, reason, int16(i), int16(w.config.Groups[config.Group].Product)}
		}
	}
	return w.serve(i, a.Person, need)
}

// serve goes through a policy's products: those that have a seat, those that
// would have one, those that are disabled (rules C8, C9, C14).
func (w *twin) serve(i int, p Person, need Right) Decision {
	var dry, disabled []int
	for _, product := range w.policies[i].products {
		switch {
		case !w.gives(w.config.Products[product].Grants).Has(need):
		case w.disabled(product):
			disabled = append(disabled, product)
		case w.assignable(product) == 0:
			dry = append(dry, product)
		default:
			if g := w.config.Policies[i].Group; g >= 0 {
				w.waiting[membership{p, g}] = false
			} else {
				w.rows[row{p, product, auto}] = true
			}
			w.report = append(w.report, ReportRow{w.now, p, int16(product), int16(i)})
			return Decision{Claimed, NoReason, int16(i), int16(product)}
		}
	}
	switch {
	case dry != nil:
		return Decision{Refused, NoSeat, int16(i), int16(dry[0])}
	case disabled != nil:
		return Decision{Ineligible, PoolDisabled, int16(i), int16(disabled[len(disabled)-1])}
	}
	return Decision{Ineligible, NoPolicy, int16(i), -1}
}

// assign assigns by an administrator's hand.
func (w *twin) assign(p Person, product int) Decision {
	by := w.sources(p, product)
	no := func(o Outcome, r Reason) Decision { return Decision{o, r, -1, int16(product)} }
	switch {
	case by&(FromAutoClaim|FromDirect) != 0:
		return no(Ineligible, AlreadyHeld)
	case w.disabled(product):
		return no(Ineligible, PoolDisabled)
	case by == 0 && w.assignable(product) == 0:
		return no(Refused, NoSeat)
	}
	w.rows[row{p, product, direct}] = true
	return no(Assigned, NoReason)
}

// reclaim removes rows of some sources.
func (w *twin) reclaim(p Person, product int, from Sources) Decision {
	removed := w.remove(func(r row) bool {
		source := map[int]Sources{auto: FromAutoClaim, direct: FromDirect}[r.source]
		if r.source >= 0 {
			source = FromGroup
		}
		return r.person == p && r.product == product && from&source != 0
	})
	if !removed {
		return Decision{Ineligible, NotHeld, -1, int16(product)}
	}
	return Decision{Released, NoReason, -1, int16(product)}
}

func (w *twin) leave(p Person) {
	w.remove(func(r row) bool { return r.person == p })
	for m := range w.waiting {
		if m.person == p {
			delete(w.waiting, m)
		}
	}
	delete(w.trials, p)
	delete(w.desktops, p)
	w.gone[p] = true
}

// isMember reports whether a person is in a group, licensed or not.
func (w *twin) isMember(p Person, group int) bool {
	_, waits := w.waiting[membership{p, group}]
	return waits || w.rows[row{p, w.config.Groups[group].Product, group}]
}

func (w *twin) enlist(p Person, group int) bool {
	if w.gone[p] || w.isMember(p, group) {
		return false
	}
	w.waiting[membership{p, group}] = false
	return true
}

// process lets group-based licensing get to a member (rules G1, G2).
func (w *twin) process(p Person, group int) Decision {
	product, m := w.config.Groups[group].Product, membership{p, group}
	d := Decision{Assigned, NoReason, -1, int16(product)}
	_, waits := w.waiting[m]
	switch {
	case !w.isMember(p, group):
		d.Outcome, d.Reason = Ineligible, NotHeld
	case !waits:
		d.Outcome, d.Reason = Ineligible, AlreadyHeld
	case w.disabled(product):
		d.Outcome, d.Reason = GroupError, PoolDisabled
		w.waiting[m] = true
	case w.sources(p, product) == 0 && w.assignable(product) == 0:
		d.Outcome, d.Reason = GroupError, CountViolation
		w.waiting[m] = true
	default:
		delete(w.waiting, m)
		w.rows[row{p, product, group}] = true
	}
	return d
}

// pick finds the subscription that a deed is about: the first active one, or the first.
func (w *twin) pick(product, subscription int) *Subscription {
	if subscription >= 0 {
		return &w.subs[product][subscription]
	}
	active := slices.IndexFunc(w.subs[product], func(s Subscription) bool { return w.state(s) == "active" })
	return &w.subs[product][max(0, active)]
}

func (w *twin) changeSeats(product, subscription, seats int) {
	s := w.pick(product, subscription)
	s.Seats = max(0, s.Seats+seats)
}

func (w *twin) renew(product, subscription int, until clock.Time, seats int) {
	s := w.pick(product, subscription)
	s.Starts, s.Ends = min(s.Starts, w.now), until
	if seats >= 0 {
		s.Seats = seats
	}
	w.end()
}
