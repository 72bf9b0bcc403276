package sim

import (
	"context"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/pages"
	"seatcast/sim/record"
	"seatcast/sim/rng"
)

// Options say how to run, never what comes out.
type Options struct {
	// EveryAct sends every act through the queue, also those that can change
	// nothing. It is slower, and gives the same record.
	EveryAct bool
	// Ledger, where not nil, is given an Entry for everything that happens to a
	// seat and, with EveryAct, every act of every person; without, acts that change
	// nothing may be missing. The Entry is reused.
	Ledger func(tenant int, e *Entry)
}

// The kinds of events in the queue.
const (
	actEvent      = iota // Subject acts; Detail is the habit
	joinEvent            // Subject, who joins, becomes a member of a group; Detail is the group
	leaveEvent           // Subject leaves
	approveEvent         // Subject's request is approved; Detail is the product
	groupEvent           // group-based licensing gets to Subject; Detail is the group
	idleEvent            // Subject's seat may have been idle for long enough; Detail is the rule
	sweepEvent           // rule Subject goes through the holders
	timelineEvent        // Subject is an index into Timeline
	dueEvent             // a subscription of product Subject changes its state
	grantsEvent          // the entitlement matrix changes
	policyEvent          // a policy comes into being, or can claim from now on
)

// A run is one replication of one tenant. It is made once and reused, so that
// a replication allocates next to nothing.
type run struct {
	world    *World
	tenant   *Tenant
	seed     uint64
	everyAct bool
	ledger   func(tenant int, e *Entry)
	index    int // of the tenant in the World
	entry    Entry
	check    func(*run) // tests look at the state after every event

	engine  *claim.Engine
	queue   clock.Queue
	meter   meter
	now     clock.Time
	horizon clock.Time
	endOp   []clock.Time // operational time of the horizon, by segment

	adopting     *part // who the next adopter is of, or nil
	crowd        crowd
	free         uint32 // products, a bit each, that have an assignable seat
	traceKey     rng.Key
	classes      []class          // what people may have, each combination once
	numbers      map[class]uint32 // of classes
	roster       []roster         // by segment
	allowances   [][]allowance    // by class, a few each
	parts        []part           // by segment
	people       []person
	turns        turns
	class        []uint32     // by person: index into classes; empty where there is but one
	begins       []clock.Time // memory of inhabit: by number, operational and clock time of adoption
	beginsAt     []clock.Time
	sorter       sorter              // memory of arrange
	histories    pages.List[history] // of people to whom something happened; the first is that of everyone else
	leaves       []clock.Time        // by person: clock time; empty where nobody leaves
	idle         []idleRule          // by Tenant.Reclaim
	poolOf       []int               // by product: index into the meter, or -1
	acting       claim.Person        // who will be planned after the act at hand, or nobody
	judged       clock.Time          // acts before it have been judged, see settleAll
	traced       int                 // index of the first person of the trace
	pending      int                 // the next row of the trace
	acted        []int64             // executed acts by outcome and reason
	total        int64               // acts of habits of all who have begun, until they leave or the end
	planned      int64               // of them, those that went through the queue or were counted with the crowd's
	scratch      []int16
	processes    []behave.Process // by habit, of one person: see processesOf
	processesFor claim.Person     // or nobody
	words        []uint64         // by group: the index of its streams
	effects      []claim.Effect
}

// nobody is no person.
const nobody claim.Person = -1

// newRun returns a run of a tenant of w.
func newRun(w *World, index int) *run {
	t := w.Tenants[index].own()
	r := &run{world: w, tenant: t, index: index, seed: w.Seed, horizon: t.Midnights[len(t.Midnights)-1], numbers: map[class]uint32{}}
	for i := range t.Segments {
		s := &t.Segments[i]
		r.roster = append(r.roster, s.members(s.Count, func(m member) uint32 { return r.classNumber(m, i) }))
		r.endOp = append(r.endOp, t.Calendars[s.Calendar].Operational(r.horizon))
	}
	r.poolOf = make([]int, len(t.Rules.Products))
	for p := range r.poolOf {
		r.poolOf[p] = -1
	}
	for i, p := range t.pools() {
		r.poolOf[p] = i
	}
	r.engine = claim.New(&t.Rules, 0)
	for i := range t.Timeline {
		r.engine.KeepReport = r.engine.KeepReport || t.Timeline[i].Do == MoveToGroup
	}
	for _, g := range t.Rules.Groups {
		r.words = append(r.words, rng.Word(g.Name))
	}
	r.parts = make([]part, len(t.Segments))
	r.idle = make([]idleRule, len(t.Reclaim))
	for k := range r.idle {
		for _, cal := range t.Calendars {
			r.idle[k].least = append(r.idle[k].least, cal.Least(t.Reclaim[k].Idle))
		}
	}
	return r
}

// classNumber returns the number among r.classes of what people of a segment have.
func (r *run) classNumber(m member, segment int) uint32 {
	c := class{m, int16(segment)}
	n, known := r.numbers[c]
	if !known {
		n = uint32(len(r.classes))
		r.classes, r.numbers[c] = append(r.classes, c), n
	}
	return n
}

// replicate simulates a replication and returns what it leaves behind.
func (r *run) replicate(ctx context.Context, replication int, opt Options) (record.Tenant, error) {
	r.everyAct, r.ledger = opt.EveryAct, opt.Ledger
	var out record.Tenant
	r.reset(replication, &out)
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		if !r.step() {
			break
		}
		if r.check != nil {
			r.check(r)
		}
	}
	r.finish(&out)
	return out, nil
}

// step runs what is next, and reports whether there was anything up to the
// horizon: the end is inclusive.
func (r *run) step() bool {
	// Of one instant, an event that is not a person's comes first, then a row of the
	// trace, then adopters and people in their order.
	next, at, class, order := nothing, clock.Never, clock.User, uint32(0)
	e, soonest := r.nextOfCrowd(), r.horizon
	if e != nil {
		soonest = min(soonest, e.at)
	}
	if r.adopting != nil {
		soonest = min(soonest, r.adopting.next)
	}
	head, ok := r.queue.Peek(soonest)
	if ok {
		next, at, class, order = queued, head.At, head.Class(), head.Order()
	}
	if e != nil && (!ok || e.before(head)) {
		next, at, class, order = crowded, e.at, clock.User, e.order
	}
	if p := r.adopting; p != nil && (p.next < at || p.next == at && class == clock.User && r.order(p.adopter()) <= order) {
		next, at, class = adopting, p.next, clock.User
	}
	if row := r.nextRow(); row != nil && (row.At < at || row.At == at && class == clock.User) {
		if row.At > r.horizon {
			return false
		}
		r.advance(row.At)
		r.pending++
		r.replay(row)
		return true
	}
	if next == nothing || at > r.horizon {
		return false
	}
	r.advance(at)
	switch next {
	case adopting:
		i := r.adopting.adopter()
		r.nextAdopter()
		r.begin(i)
	case crowded:
		hand := &r.crowd.stretch.hand
		e := (*hand)[0]
		*hand = (*hand)[1:]
		r.look(e)
	default:
		e := r.queue.Pop()
		r.dispatch(&e)
	}
	return true
}

// Where the next thing to do waits.
const (
	nothing  = iota
	queued   // in the queue
	crowded  // in the crowd
	adopting // among the adopters
)

// advance moves the clock.
func (r *run) advance(t clock.Time) {
	r.now = t
	r.meter.pass(t)
}

func (r *run) dispatch(e *clock.Event) {
	subject := claim.Person(e.Subject)
	switch e.Kind {
	case actEvent:
		r.act(e, subject)
	case joinEvent:
		r.join(subject, int(e.Detail))
	case leaveEvent:
		r.leave(subject)
	case approveEvent:
		r.approve(subject, int(e.Detail))
	case groupEvent:
		r.processGroup(subject, int(e.Detail))
	case idleEvent:
		r.checkIdle(e, subject, int(e.Detail))
	case sweepEvent:
		r.sweep(int(e.Subject))
	case timelineEvent:
		r.deed(&r.tenant.Timeline[e.Subject])
	case dueEvent:
		r.due(int(e.Subject))
	case grantsEvent:
		r.grantsChanged()
	case policyEvent:
		r.reconsider()
	}
}

// act runs a person's act that waited in the queue, unless another took its place.
func (r *run) act(e *clock.Event, i claim.Person) {
	if r.turns.of(i) != e.Tag {
		return
	}
	r.planned++
	habit := int(e.Detail)
	action := r.habits(i)[habit].Action
	r.do(i, action, r.place(i, action, e.Op))
	r.plan(i, e.Op, habit)
}

// do lets the claim engine decide an act, and follows its effects.
func (r *run) do(i claim.Person, action claim.Action, environment int16) {
	r.acting = i
	used := r.usedBy(i, action, environment)
	d := r.engine.Do(r.now, claim.Act{Person: i, Action: action, Environment: environment})
	r.count(i, d)
	r.use(i, used)
	r.follow(action)
	r.enter(i, action, environment, d)
	switch d.Outcome {
	case claim.Claimed:
		r.claimed(action, d)
	case claim.Refused:
		r.refused(i, action, environment, d)
	case claim.Assigned: // a trial began
		r.serve(i)
	}
	r.acting = nobody
}

// count counts an act by what became of it, and the person the first time that an
// act of the person is turned away for a reason.
func (r *run) count(i claim.Person, d claim.Decision) {
	k := int(d.Outcome)*int(claim.NumReasons) + int(d.Reason)
	r.acted[k]++
	bit := uint64(1) << d.Reason
	if d.Outcome == claim.GroupError {
		bit <<= claim.NumReasons
	}
	if d.Reason != claim.NoReason && r.past(i).met&bit == 0 {
		r.note(i).met |= bit
		r.meter.out.People[k]++
	}
}

// claimed counts a claim.
func (r *run) claimed(action claim.Action, d claim.Decision) {
	policy := &r.meter.out.Policies[d.Policy]
	policy.Claims++
	policy.ByAction[action]++
	if int(d.Product) != r.engine.First(int(d.Policy)) {
		policy.Backups++
	}
	r.meter.out.Pools[r.poolOf[d.Product]].Claims++
}

// follow takes note of what the engine's last call changed.
func (r *run) follow(cause claim.Action) {
	// The effects are copied, for following them may call the engine again.
	r.effects = append(r.effects[:0], r.engine.Effects...)
	for _, f := range r.effects {
		switch f.Kind {
		case claim.SeatTaken:
			r.gauge(int(f.Product))
			r.spare(int(f.Product))
			r.serve(f.Person)
			r.watchIdle(f.Person, int(f.Product))
		case claim.SeatFreed:
			r.gauge(int(f.Product))
		case claim.Enlisted:
			r.schedule(f.Person, int(f.Group))
		}
	}
	for _, f := range r.effects {
		if f.Person != r.acting && (f.Kind == claim.SeatFreed || r.past(f.Person).standing >= 0) {
			r.replan(f.Person)
		}
	}
	if cause >= claim.NumActs {
		r.enterEffects(cause)
	}
}

// gauge reads the meter of a product's pool.
func (r *run) gauge(product int) {
	if i := r.poolOf[product]; i >= 0 {
		e := r.engine
		free := e.Assignable(product)
		r.meter.read(r.now, i, reading{e.Assigned(product), e.Seats(product), free, e.Paid(product)})
		r.free &^= 1 << product
		if free > 0 {
			r.free |= 1 << product
		}
	}
}

// rightsChanged takes note of a change that reaches many: some of the refused may
// be entitled now, and everyone is planned anew.
func (r *run) rightsChanged() {
	r.disperse()
	for i := range r.people {
		r.serve(claim.Person(i))
		r.replan(claim.Person(i))
		r.retime(claim.Person(i))
	}
}

// serve ends the time in which a person is refused, if the person may do now what
// was refused.
func (r *run) serve(i claim.Person) {
	h := r.past(i)
	if h.blocked == clock.Never {
		return
	}
	if need, given := r.engine.Need(h.wanted, h.where); given || r.engine.Rights(i, r.now, true).Has(need) {
		r.unblock(h)
	}
}

// unblock ends the time in which the person of a history is refused.
func (r *run) unblock(h *history) {
	if h.blocked != clock.Never {
		r.meter.out.Pools[h.pool].BlockedMs += int64(milliseconds(r.now) - milliseconds(h.blocked))
		h.blocked = clock.Never
	}
}

// leave removes a person from the tenant (rule S6).
func (r *run) leave(i claim.Person) {
	if r.engine.Gone(i) {
		return
	}
	if r.past(i).standing >= 0 {
		r.quit(i, moment{r.calendar(i).First(r.now), -1})
	}
	r.engine.Leave(i)
	r.turns.next(i)
	r.unblock(r.past(i))
	r.follow(claim.Leave)
}
