package sim

import (
	"cmp"
	"math/bits"
	"slices"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// perBin is how many people share a bin of arrange, on average, or twice as many.
const perBin = 2

// arrange puts the people of a part into the order in which they adopt: into bins of
// time, and the few of a bin among themselves. Then who acts next is who comes next in
// memory, and in every table that is by person, which for a million people is worth
// more than the sorting costs.
func (r *run) arrange(s *Segment, part *part, people []person) {
	at := r.clockTimes(s, part)
	shift := uint(bits.Len64(uint64(r.horizon) / uint64(max(1, len(people)/perBin))))
	last := int(r.horizon>>shift) + 1 // the bin of those who never begin
	bin := func(t clock.Time) int {
		if t > r.horizon {
			return last
		}
		return int(t >> shift)
	}
	r.ends = slices.Grow(r.ends[:0], last+1)[:last+1]
	clear(r.ends)
	for _, t := range at {
		r.ends[bin(t)]++
	}
	first := int32(0)
	for b, n := range r.ends {
		r.ends[b] = first // and the end when all are in
		first += n
	}
	roster := r.roster[part.segment]
	for n, t := range at {
		p := person{begins: r.begins[n], number: uint32(n)}
		if n < part.count {
			p.class = roster.of(n)
		} else {
			p.class = part.newcomers[n-part.count].class
		}
		end := &r.ends[bin(t)]
		people[*end] = p
		*end++
	}
	first = 0
	for _, end := range r.ends[:last] {
		if end-first > 1 {
			order := byAdoption{part, at, s.StartsWith >= 0}
			order.sort(people[first:end])
		}
		first = end
	}
	part.adopters, part.begun = int(first), -1
	r.nextOf(part)
}

// byAdoption is the order in which people of a part adopt.
type byAdoption struct {
	part *part
	at   []clock.Time // by number
	acts bool         // they begin with an act; if not, the order of those of one instant cannot show
}

// sort sorts people, nearly always a few.
func (o *byAdoption) sort(people []person) {
	if len(people) > 16 {
		slices.SortFunc(people, o.compare)
		return
	}
	for i := 1; i < len(people); i++ {
		p, j := people[i], i
		for at := o.time(p); j > 0; j-- {
			if before := o.time(people[j-1]); before < at || before == at && o.compare(people[j-1], p) < 0 {
				break
			}
			people[j] = people[j-1]
		}
		people[j] = p
	}
}

// time returns the clock time at which a person adopts.
func (o *byAdoption) time(p person) clock.Time {
	if o.part.plain {
		return p.begins
	}
	return o.at[p.number]
}

func (o *byAdoption) compare(p, q person) int {
	if at, other := o.time(p), o.time(q); at != other {
		return cmp.Compare(at, other)
	}
	if !o.acts {
		return cmp.Compare(p.number, q.number)
	}
	return cmp.Or(cmp.Compare(order(o.part.key(p.number)), order(o.part.key(q.number))), cmp.Compare(p.number, q.number))
}

// clockTimes returns the clock times at which the people of a part adopt, by number.
func (r *run) clockTimes(s *Segment, part *part) []clock.Time {
	part.plain = r.tenant.Calendars[s.Calendar].Always() && len(part.newcomers) == 0 && s.Leaves == 0
	if part.plain {
		return r.begins
	}
	r.beginsAt = slices.Grow(r.beginsAt[:0], part.size)[:part.size]
	for n, begins := range r.begins {
		r.beginsAt[n] = r.clockOf(s, part, uint32(n), begins)
	}
	return r.beginsAt
}

// clockOf returns the clock time at which a person adopts, clock.Never for who does not
// before leaving. Someone who adopts with an act does so when there is something open.
func (r *run) clockOf(s *Segment, part *part, number uint32, begins clock.Time) clock.Time {
	cal, end := r.tenant.Calendars[s.Calendar], r.endOp[part.segment]
	if begins == clock.Never || begins >= end && s.StartsWith >= 0 && cal.Operational(r.horizon-1) == end {
		return clock.Never
	}
	at := cal.Clock(begins)
	if joined := part.joined(number); joined > at {
		at = joined
	}
	if s.Leaves > 0 && at >= part.leaves(s, number) {
		return clock.Never
	}
	return at
}

// nextOf moves on to the next adopter of a part.
func (r *run) nextOf(p *part) {
	p.next = clock.Never
	if p.begun++; p.begun < p.adopters {
		next := &r.people[p.first+p.begun]
		if p.next = next.begins; !p.plain {
			p.next = r.clockOf(&r.tenant.Segments[p.segment], p, next.number, next.begins)
		}
	}
}

// adopter returns the next adopter of a part.
func (p *part) adopter() claim.Person { return claim.Person(p.first + p.begun) }

// nextAdopter moves on to who begins next.
func (r *run) nextAdopter() {
	r.nextOf(r.adopting)
	if len(r.parts) > 1 || r.adopting.next == clock.Never {
		r.chooseAdopter()
	}
}

// chooseAdopter finds the part whose next adopter is the next of all.
func (r *run) chooseAdopter() {
	r.adopting = nil
	for s := range r.parts {
		p := &r.parts[s]
		switch best := r.adopting; {
		case p.next == clock.Never:
		case best == nil || p.next < best.next || p.next == best.next && r.order(p.adopter()) < r.order(best.adopter()):
			r.adopting = p
		}
	}
}

// byNumber returns the people of a part in the order of their numbers, in which an
// administrator goes through them whatever they do.
func (p *part) byNumber(all []person) []claim.Person {
	people := make([]claim.Person, p.size)
	for i := p.first; i < p.first+p.size; i++ {
		people[all[i].number] = claim.Person(i)
	}
	return people
}

// begin lets a person begin, with an act where the segment's people start with one.
func (r *run) begin(i claim.Person) {
	if r.engine.Gone(i) {
		return
	}
	begins := r.people[i].begins
	if with := r.tenant.Segments[r.segmentOf(i)].StartsWith; with >= 0 {
		r.do(i, claim.Action(with), r.place(i, claim.NumActs, begins))
	}
	r.plan(i, begins, -1)
}
