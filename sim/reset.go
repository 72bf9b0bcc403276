package sim

import (
	"math"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
	"seatcast/sim/rng"
)

// reset sets a run to the start of a replication.
func (r *run) reset(replication int, out *record.Tenant) {
	t := r.tenant
	r.key = rng.New(r.seed).Index(uint64(replication)).Name(t.Name)
	r.now, r.judged, r.pending, r.planned = 0, 0, 0, 0
	r.acted = append(r.acted[:0], make([]int64, int(claim.NumOutcomes)*int(claim.NumReasons))...)
	r.meter.reset(t, out)
	out.People = make([]int64, len(r.acted))
	for range t.Rules.Policies {
		out.Policies = append(out.Policies, record.Policy{ByAction: make([]int64, claim.NumActs)})
	}
	r.people = r.people[:0]
	for s := range t.Segments {
		r.populate(s)
	}
	r.traced = len(r.people)
	for j := range t.Trace.People {
		r.people = append(r.people, person{key: r.key.Name("trace").Index(uint64(j)), segment: -1, environment: -1,
			begins: clock.Never, leaves: clock.Never, next: clock.Never, blocked: clock.Never})
	}
	r.queue.Reset(r.horizon, len(r.people))
	r.engine.Reset(len(r.people))
	r.activate()
	r.resetIdle()
	r.dayOne()
	for p := range t.Rules.Products {
		r.gauge(p)
	}
	r.scheduleTenant()
	for i := range r.traced {
		r.launch(claim.Person(i))
	}
}

// activate draws how long each policy takes to propagate (rule P2).
func (r *run) activate() {
	for i := range r.tenant.Rules.Policies {
		p := &r.tenant.Rules.Policies[i]
		u := r.key.Name("policy").Name(p.Name).Uniform()
		r.engine.SetActive(i, p.Created.Add(clock.Ticks(r.tenant.Activation.Quantile(u))))
	}
}

// populate adds the people of a segment: those who are there, then those who
// join. Newcomers have addresses of their own, so that a larger count moves
// nobody's luck.
func (r *run) populate(segment int) {
	s := &r.tenant.Segments[segment]
	key := r.key.Name("segment").Name(s.Name)
	there, newcomers := key.Name("there"), key.Name("newcomer")
	first := len(r.people)
	for i := range r.roster[segment] {
		r.people = append(r.people, person{key: there.Index(uint64(i)), segment: int16(segment)})
	}
	for j, at := range r.joins(s, key) {
		r.people = append(r.people, person{key: newcomers.Index(uint64(j)), segment: int16(segment), joined: at})
	}
	r.newcomers[segment] = r.newcomers[segment][:0]
	for i := first + s.Count; i < len(r.people); i++ {
		r.newcomers[segment] = append(r.newcomers[segment], s.newcomer(r.people[i].key))
	}
	people := r.people[first:]
	for i := range people {
		p := &people[i]
		p.environment = r.member(segment, i).environment
		p.next, p.blocked, p.leaves = clock.Never, clock.Never, clock.Never
		if s.Leaves > 0 {
			stay := -math.Log(p.key.Index(purposeLeave).Uniform()) / s.Leaves
			p.leaves = p.joined.Add(clock.Time(min(stay, math.MaxInt64/2)))
		}
	}
	r.adopt(s, s.Adoption.Draw(key.Name("adoption").Uniform()), people)
}

// joins returns the clock times at which newcomers join: a Poisson process.
func (r *run) joins(s *Segment, key rng.Key) (at []clock.Time) {
	h := behave.Habit{Rate: s.Joins}
	p := behave.NewProcess(&h, key.Name("joins"))
	for t := p.Next(0, r.horizon); t != clock.Never; t = p.Next(t+1, r.horizon) {
		at = append(at, t)
	}
	return at
}

// adopt decides when each person of a segment begins to act.
func (r *run) adopt(s *Segment, law *behave.Adoption, people []person) {
	cal := r.tenant.Calendars[s.Calendar]
	if law.Law == behave.Contagion {
		crowd := make([]behave.Susceptible, len(people))
		for i := range people {
			crowd[i] = behave.Susceptible{Luck: people[i].key.Index(purposeAdoption).Uniform(), Joined: cal.Operational(people[i].joined), Leaves: cal.Operational(people[i].leaves)}
		}
		law.Spread(crowd, s.Count)
		for i := range people {
			people[i].begins = crowd[i].Adopts
		}
		return
	}
	for i := range people {
		wait := law.At(people[i].key.Index(purposeAdoption).Uniform())
		people[i].begins = cal.Operational(people[i].joined).Add(wait)
	}
}

// dayOne gives people what they hold at the start: licences, memberships that
// have long been processed, a version of Power Automate for desktop.
func (r *run) dayOne() {
	i := claim.Person(0)
	for s := range r.tenant.Segments {
		for n := range len(r.roster[s]) + len(r.newcomers[s]) {
			r.endow(i, r.member(s, n), n < len(r.roster[s]))
			i++
		}
	}
}

// member returns person number n of a segment: newcomers follow those who are there.
func (r *run) member(segment, n int) *member {
	if there := r.roster[segment]; n < len(there) {
		return &there[n]
	}
	return &r.newcomers[segment][n-len(r.roster[segment])]
}

// endow gives a person what a member holds. Newcomers bring no seats of pools,
// and join the segment's groups when they arrive.
func (r *run) endow(i claim.Person, m *member, there bool) {
	r.engine.SetDesktop(i, m.desktop)
	for product := range r.tenant.Rules.Products {
		if m.holds&(1<<product) != 0 && (there || r.poolOf[product] < 0) {
			r.engine.Hold(i, product)
			r.watchIdle(i, product)
		}
	}
	for g := range r.tenant.Groups {
		if m.groups&(1<<g) == 0 {
			continue
		}
		if there {
			r.engine.HoldByGroup(i, g)
			r.watchIdle(i, r.tenant.Rules.Groups[g].Product)
		} else {
			r.queue.Push(clock.NewEvent(r.people[i].joined, clock.Administrator, r.people[i].order(), joinEvent, uint8(g), uint32(i)))
		}
	}
}

// scheduleTenant schedules what is dated.
func (r *run) scheduleTenant() {
	for i := range r.tenant.Timeline {
		r.queue.Push(clock.NewEvent(r.tenant.Timeline[i].At, clock.Administrator, uint32(i), timelineEvent, 0, uint32(i)))
	}
	for p := range r.tenant.Rules.Products {
		r.scheduleDue(p)
	}
	if at := r.engine.Regrant(r.now); at <= r.horizon {
		r.queue.Push(clock.NewEvent(at, clock.Subscription, 0, grantsEvent, 0, 0))
	}
	for i := range r.tenant.Reclaim {
		if every := r.tenant.Reclaim[i].Every; every > 0 {
			r.queue.Push(clock.NewEvent(every, clock.Administrator, uint32(i)|1<<30, sweepEvent, 0, uint32(i)))
		}
	}
}

// launch schedules a person's first act, and the person's leaving.
func (r *run) launch(i claim.Person) {
	p := &r.people[i]
	if p.leaves <= r.horizon {
		r.queue.Push(clock.NewEvent(p.leaves, clock.Administrator, p.order(), leaveEvent, 0, uint32(i)))
	}
	if p.begins == clock.Never {
		return
	}
	if r.tenant.Segments[p.segment].StartsWith < 0 {
		r.plan(i, p.begins, -1)
		return
	}
	cal, end := r.calendar(p), r.endOp[p.segment]
	if p.begins >= end && cal.Operational(r.horizon-1) == end {
		return // nothing is open any more
	}
	at := max(cal.Clock(p.begins), p.joined)
	if at <= r.horizon && at < p.leaves {
		r.queue.Push(clock.NewEvent(at, clock.User, p.order(), beginEvent, 0, uint32(i)))
	}
}
