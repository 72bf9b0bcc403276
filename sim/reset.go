package sim

import (
	"math"
	"slices"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
	"seatcast/sim/rng"
)

// reset sets a run to the start of a replication.
func (r *run) reset(replication int, out *record.Tenant) {
	t := r.tenant
	key := rng.New(r.seed).Index(uint64(replication)).Name(t.Name)
	r.acting, r.processesFor = nobody, nobody
	r.now, r.judged, r.pending, r.total, r.planned = 0, 0, 0, 0, 0
	r.acted = append(r.acted[:0], make([]int64, int(claim.NumOutcomes)*int(claim.NumReasons))...)
	r.meter.reset(t, out)
	out.People = make([]int64, len(r.acted))
	for range t.Rules.Policies {
		out.Policies = append(out.Policies, record.Policy{ByAction: make([]int64, claim.NumActs)})
	}
	r.drawHabits(key)
	r.populate(key, replication)
	r.queue.Reset(r.horizon, len(r.people)/8)
	r.resetCrowd()
	r.engine.Reset(len(r.people))
	r.activate(key)
	r.resetIdle()
	r.dayOne()
	r.free = 0
	for p := range t.Rules.Products {
		r.gauge(p)
	}
	r.scheduleTenant()
	for i, at := range r.leaves {
		if at <= r.horizon {
			r.queue.Push(clock.NewEvent(at, clock.Administrator, r.order(claim.Person(i)), leaveEvent, 0, uint32(i)))
		}
	}
	r.chooseAdopter()
}

// activate draws how long each policy takes to propagate (rule P2).
func (r *run) activate(key rng.Key) {
	for i := range r.tenant.Rules.Policies {
		p := &r.tenant.Rules.Policies[i]
		u := key.Name("policy").Name(p.Name).Uniform()
		active := p.Created.Add(clock.Ticks(r.tenant.Activation.Quantile(u)))
		r.engine.SetActive(i, active)
		for _, at := range []clock.Time{p.Created, active} {
			if at > 0 && at <= r.horizon {
				r.queue.Push(clock.NewEvent(at, clock.Arrival, uint32(i), policyEvent, 0, uint32(i)))
			}
		}
	}
}

// drawHabits gives habits whose rates are not known those of this replication.
func (r *run) drawHabits(tenant rng.Key) {
	for s := range r.tenant.Segments {
		segment := &r.tenant.Segments[s]
		for k := range segment.Does {
			if h := &segment.Does[k]; len(h.Draws) > 0 {
				h.Draw(tenant.Name("segment").Name(segment.Name).Name("habit").Name(h.Action.String()).Uniform())
			}
		}
	}
}

// populate makes the people: of each segment those who are there, then those who
// join, and at last those of the trace. Newcomers have addresses of their own, so
// that a larger count moves nobody's luck.
func (r *run) populate(key rng.Key, replication int) {
	t := r.tenant
	n, leave := 0, false
	for s := range t.Segments {
		r.parts[s] = r.partOf(s, key.Name("segment").Name(t.Segments[s].Name), n)
		n += r.parts[s].size
		leave = leave || t.Segments[s].Leaves > 0
	}
	r.traced, r.traceKey = n, key.Name("trace")
	n += len(t.Trace.People)
	r.people = slices.Grow(r.people[:0], n)[:n]
	r.begins = slices.Grow(r.begins[:0], n)
	for len(r.turns)*turnsPage < n {
		r.turns = append(r.turns, nil)
	}
	r.histories.Reset()
	r.histories.Add(uneventful())
	if r.leaves = r.leaves[:0]; leave {
		r.leaves = slices.Grow(r.leaves, n)[:n]
	}
	stranger := uint32(0)
	if r.traced < n {
		stranger = r.classNumber(member{environment: -1}, -1)
	}
	if r.class = r.class[:0]; len(r.classes) > 1 {
		r.class = slices.Grow(r.class, n)[:n]
	}
	for s := range t.Segments {
		r.inhabit(s, replication, key)
	}
	for i := r.traced; i < n; i++ {
		r.people[i] = person{begins: clock.Never, number: uint32(i - r.traced)}
		if len(r.class) > 0 {
			r.class[i] = stranger
		}
		if leave {
			r.leaves[i] = clock.Never
		}
	}
}

// partOf returns where the people of a segment are.
func (r *run) partOf(segment int, key rng.Key, first int) part {
	s := &r.tenant.Segments[segment]
	p := part{segment: segment, first: first, count: s.Count, there: key.Name("there"), newcomer: key.Name("newcomer"), newcomers: r.parts[segment].newcomers[:0]}
	for j, at := range r.joins(s, key) {
		m := s.newcomer(p.newcomer.Index(uint64(j)))
		p.newcomers = append(p.newcomers, newcomer{r.classNumber(m, segment), at})
	}
	p.size = p.count + len(p.newcomers)
	return p
}

// inhabit makes the people of a segment, in the order in which they adopt.
func (r *run) inhabit(segment, replication int, tenant rng.Key) {
	s, part := &r.tenant.Segments[segment], &r.parts[segment]
	law := s.Adoption.Draw(tenant.Name("segment").Name(s.Name).Name("adoption").Uniform())
	r.begins = slices.Grow(r.begins[:0], part.size)[:part.size]
	r.adopt(s, law, part, r.begins, newLuck(r.world, r.tenant, s, replication))
	r.arrange(s, part)
	if len(r.leaves) > 0 {
		for i := part.first; i < part.first+part.size; i++ {
			r.leaves[i] = part.leaves(s, r.people[i].number)
		}
	}
}

// leaves returns the clock time at which a person of the part leaves the tenant,
// clock.Never for one who stays.
func (p *part) leaves(s *Segment, number uint32) clock.Time {
	if s.Leaves == 0 {
		return clock.Never
	}
	stay := -math.Log(p.key(number).Index(purposeLeave).Uniform()) / s.Leaves
	return p.joined(number).Add(clock.Time(min(stay, math.MaxInt64/2)))
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

// adopt decides when each person of a segment begins to act, by number, by the law of
// this replication.
func (r *run) adopt(s *Segment, law *behave.Adoption, part *part, begins []clock.Time, luck luck) {
	cal := r.tenant.Calendars[s.Calendar]
	if law.Law == behave.Contagion {
		r.spread(s, law, part, begins, luck)
		return
	}
	for n := range part.count {
		begins[n] = law.At(luck.of(n))
	}
	for n, newcomer := range part.newcomers {
		wait := law.At(luck.of(part.count + n))
		begins[part.count+n] = cal.Operational(newcomer.joined).Add(wait)
	}
}

// spread decides when each person of a segment begins to act by contagion. Who has begun
// before the study is not among them, and adds to their numbers by what the law says of
// the start.
func (r *run) spread(s *Segment, law *behave.Adoption, part *part, begins []clock.Time, luck luck) {
	cal := r.tenant.Calendars[s.Calendar]
	crowd, who, there := make([]behave.Susceptible, 0, len(begins)), make([]int, 0, len(begins)), 0
	for n := range begins {
		if n < part.count && r.begun(s, &r.classes[r.roster[part.segment].of(n)].member) {
			begins[n] = 0
			continue
		}
		if n < part.count {
			there++
		}
		number := uint32(n)
		crowd = append(crowd, behave.Susceptible{Luck: luck.of(n), Joined: cal.Operational(part.joined(number)), Leaves: cal.Operational(part.leaves(s, number))})
		who = append(who, n)
	}
	way := make([]behave.Waypoint, 0, len(law.Way))
	for _, w := range law.Way {
		if w.At = cal.Operational(w.At); w.At == 0 { // nothing was open: nobody begins
			continue
		}
		if last := len(way) - 1; last >= 0 && w.At == way[last].At {
			way[last] = w // nor since: who comes then has come before
			continue
		}
		way = append(way, w)
	}
	law.Spread(crowd, there, way)
	for i, n := range who {
		begins[n] = crowd[i].Adopts
	}
}

// begun reports whether a member has begun before the study.
func (r *run) begun(s *Segment, m *member) bool {
	held := m.holds
	for g := range r.tenant.Groups {
		if m.groups&(1<<g) != 0 {
			held |= 1 << r.tenant.Rules.Groups[g].Product
		}
	}
	return held&s.Begun != 0
}

// dayOne gives people what they hold at the start: licences, memberships that
// have long been processed, a version of Power Automate for desktop.
func (r *run) dayOne() {
	if !slices.ContainsFunc(r.classes, func(c class) bool { return !c.bare() }) {
		return
	}
	for i := range r.traced {
		if c := r.classOf(claim.Person(i)); !c.bare() {
			r.endow(claim.Person(i), &c.member, int(r.people[i].number) < r.parts[c.segment].count)
		}
	}
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
			r.queue.Push(clock.NewEvent(r.joined(i), clock.Administrator, r.order(i), joinEvent, uint8(g), uint32(i)))
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
