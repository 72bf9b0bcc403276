package sim

import (
	"context"

	"seatcast/sim/calendar"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
	"seatcast/sim/rng"
)

// Options say how to run, never what comes out.
type Options struct {
	// EveryAct sends every act through the queue, also those that can change
	// nothing. It is slower, and gives the same record.
	EveryAct bool
	// Ledger, where not nil, is given an Entry for everything that happens to a
	// seat and, with EveryAct, every act of every person. The Entry is reused.
	Ledger func(tenant int, e *Entry)
}

// The kinds of events in the queue.
const (
	actEvent      = iota // Subject acts; Detail is the habit
	beginEvent           // Subject adopts with an act
	joinEvent            // Subject, who joins, becomes a member of a group; Detail is the group
	leaveEvent           // Subject leaves
	approveEvent         // Subject's request is approved; Detail is the product
	groupEvent           // group-based licensing gets to Subject; Detail is the group
	idleEvent            // Subject's seat may have been idle for long enough; Detail is the rule
	sweepEvent           // rule Subject goes through the holders
	timelineEvent        // Subject is an index into Timeline
	dueEvent             // a subscription of product Subject changes its state
	grantsEvent          // the entitlement matrix changes
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

	key       rng.Key    // of the tenant in this replication
	roster    [][]member // by segment: the people who are there at the start
	newcomers [][]member // by segment: those who join in this replication
	people    []person
	idle      []idleRule // by Tenant.Reclaim
	poolOf    []int      // by product: index into the meter, or -1
	judged    clock.Time // acts before it have been judged, see settleAll
	traced    int        // index of the first person of the trace
	pending   int        // the next row of the trace
	acted     []int64    // executed acts by outcome and reason
	planned   int64      // acts of habits that went through the queue
	scratch   []int16
	words     []uint64 // by group: the index of its streams
	effects   []claim.Effect
}

// newRun returns a run of a tenant of w.
func newRun(w *World, index int) *run {
	t := &w.Tenants[index]
	r := &run{world: w, tenant: t, index: index, seed: w.Seed, horizon: t.Midnights[len(t.Midnights)-1]}
	for i := range t.Segments {
		s := &t.Segments[i]
		r.roster = append(r.roster, s.members(s.Count))
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
	r.newcomers = make([][]member, len(t.Segments))
	r.idle = make([]idleRule, len(t.Reclaim))
	return r
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
	head, ok := r.queue.Peek()
	if row := r.nextRow(); row != nil && (!ok || row.At < head.At || row.At == head.At && head.Class() == clock.User) {
		if row.At > r.horizon {
			return false
		}
		r.advance(row.At)
		r.pending++
		r.replay(row)
		return true
	}
	if !ok || head.At > r.horizon {
		return false
	}
	e := r.queue.Pop()
	r.advance(e.At)
	r.dispatch(&e)
	return true
}

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
	case beginEvent:
		r.begin(subject)
	case joinEvent:
		r.join(subject, int(e.Detail))
	case leaveEvent:
		r.leave(subject)
	case approveEvent:
		r.approve(subject, int(e.Detail))
	case groupEvent:
		r.processGroup(subject, int(e.Detail))
	case idleEvent:
		r.checkIdle(subject, int(e.Detail))
	case sweepEvent:
		r.sweep(int(e.Subject))
	case timelineEvent:
		r.deed(&r.tenant.Timeline[e.Subject])
	case dueEvent:
		r.due(int(e.Subject))
	case grantsEvent:
		r.grantsChanged()
	}
}

// calendar returns the calendar of a person.
func (r *run) calendar(p *person) *calendar.Calendar {
	return r.tenant.Calendars[r.tenant.Segments[p.segment].Calendar]
}

// act runs a person's act that waited in the queue, unless another took its place.
func (r *run) act(e *clock.Event, i claim.Person) {
	p := &r.people[i]
	if p.next != e.At || p.action != e.Detail {
		return
	}
	p.next = clock.Never
	r.planned++
	habit, op := int(p.action), p.op
	action := r.tenant.Segments[p.segment].Does[habit].Action
	r.do(i, action, r.place(p, action, op))
	r.plan(i, op, habit)
}

// do lets the claim engine decide an act, and follows its effects.
func (r *run) do(i claim.Person, action claim.Action, environment int16) {
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
	if p := &r.people[i]; d.Reason != claim.NoReason && p.met&bit == 0 {
		p.met |= bit
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
		if f.Kind == claim.SeatFreed {
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
		r.meter.read(r.now, i, reading{e.Assigned(product), e.Seats(product), e.Assignable(product), e.Paid(product)})
	}
}

// replan plans a person anew from now on, whose rights may have changed.
func (r *run) replan(i claim.Person) {
	if p := &r.people[i]; p.segment >= 0 && !r.everyAct {
		r.plan(i, r.calendar(p).Operational(r.now), -1)
	}
}

// rightsChanged takes note of a change that reaches many: some of the refused may
// be entitled now, and everyone is planned anew.
func (r *run) rightsChanged() {
	for i := range r.people {
		r.serve(claim.Person(i))
		r.replan(claim.Person(i))
	}
}

// serve ends the time in which a person is refused, if the person may do now what
// was refused.
func (r *run) serve(i claim.Person) {
	p := &r.people[i]
	if p.blocked == clock.Never {
		return
	}
	if need, given := r.engine.Need(p.wanted, p.where); given || r.engine.Rights(i, r.now, true).Has(need) {
		r.unblock(i)
	}
}

// unblock ends the time in which a person is refused.
func (r *run) unblock(i claim.Person) {
	p := &r.people[i]
	if p.blocked == clock.Never {
		return
	}
	r.meter.out.Pools[p.pool].BlockedMs += int64(milliseconds(r.now) - milliseconds(p.blocked))
	p.blocked = clock.Never
}

// begin runs the act with which a person adopts.
func (r *run) begin(i claim.Person) {
	p := &r.people[i]
	if r.engine.Gone(i) {
		return
	}
	action := claim.Action(r.tenant.Segments[p.segment].StartsWith)
	r.do(i, action, r.place(p, claim.NumActs, p.begins))
	r.plan(i, p.begins, -1)
}

// leave removes a person from the tenant (rule S6).
func (r *run) leave(i claim.Person) {
	if r.engine.Gone(i) {
		return
	}
	r.engine.Leave(i)
	r.people[i].next = clock.Never
	r.unblock(i)
	r.follow(claim.Leave)
}
