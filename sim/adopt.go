package sim

import (
	"cmp"
	"math/bits"
	"slices"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// perBin is how many people share a bin of arrange, on average.
const perBin = 4

// arrange puts the people of a part into the order in which they adopt, in place:
// into bins of time, and the few of a bin among themselves (American flag sort,
// McIlroy, Bostic and McIlroy, Computing Systems 6, 1993). Then who acts next is
// who comes next in memory, and in every table that is by person, which for a
// million people is worth more than the sorting costs.
func (r *run) arrange(s *Segment, part *part, people []person) {
	shift := uint(bits.Len64(uint64(r.horizon) / uint64(max(1, len(people)/perBin))))
	bins := int(r.horizon>>shift) + 2 // the last is of those who never begin
	simple := r.tenant.Calendars[s.Calendar].Always() && len(part.newcomers) == 0 && s.Leaves == 0
	at := func(p *person) clock.Time {
		if simple {
			return p.begins
		}
		return r.beginsAt(s, part, p)
	}
	bin := func(p *person) int {
		if at := at(p); at <= r.horizon {
			return int(at >> shift)
		}
		return bins - 1
	}
	r.ends = slices.Grow(r.ends[:0], 2*bins)[:2*bins]
	ends, next := r.ends[:bins], r.ends[bins:]
	clear(ends)
	for i := range people {
		ends[bin(&people[i])]++
	}
	first := int32(0)
	for b := range ends {
		next[b] = first
		first += ends[b]
		ends[b] = first
	}
	for b := range ends {
		for next[b] < ends[b] {
			p := &people[next[b]]
			if to := bin(p); to != b {
				*p, people[next[to]] = people[next[to]], *p
				next[to]++
			} else {
				next[b]++
			}
		}
	}
	first = 0
	for _, end := range ends[:bins-1] {
		if end-first > 1 {
			slices.SortFunc(people[first:end], func(p, q person) int {
				if p, q := at(&p), at(&q); p != q {
					return cmp.Compare(p, q)
				}
				if s.StartsWith < 0 { // nothing happens yet, so the order of equals cannot show
					return cmp.Compare(p.number, q.number)
				}
				return cmp.Or(cmp.Compare(order(part.key(p.number)), order(part.key(q.number))), cmp.Compare(p.number, q.number))
			})
		}
		first = end
	}
	part.adopters, part.begun = int(first), -1
	r.nextOf(part)
}

// beginsAt returns the clock time at which a person adopts, clock.Never for who
// does not before leaving. Someone who adopts with an act does so when there is
// something open.
func (r *run) beginsAt(s *Segment, part *part, p *person) clock.Time {
	cal, end := r.tenant.Calendars[s.Calendar], r.endOp[p.segment]
	if p.begins == clock.Never || p.begins >= end && s.StartsWith >= 0 && cal.Operational(r.horizon-1) == end {
		return clock.Never
	}
	at := cal.Clock(p.begins)
	if joined := part.joined(p.number); joined > at {
		at = joined
	}
	if s.Leaves > 0 && at >= part.leaves(s, p.number) {
		return clock.Never
	}
	return at
}

// nextOf moves on to the next adopter of a part.
func (r *run) nextOf(p *part) {
	p.next = clock.Never
	if p.begun++; p.begun < p.adopters {
		next := &r.people[p.first+p.begun]
		p.next = r.beginsAt(&r.tenant.Segments[next.segment], p, next)
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
