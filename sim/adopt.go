package sim

import (
	"cmp"
	"math/bits"
	"slices"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// People are put in order of adoption first by spans of time and then, within a span,
// by bins: a span has few enough people for their order to be found in the fastest
// memory, and a bin so few that they are compared. The number of spans is bounded so
// that the ends of all stay there as well.
const (
	perSpan  = 256
	maxSpans = 1 << 12
	perBin   = 2
)

// A sorter is memory for putting people in order.
type sorter struct {
	numbers  []uint32  // by span
	spans    []int32   // ends of spans in numbers
	bins     []int32   // ends of the bins of a span in adopters
	loose    []adopter // of a span, by number
	adopters []adopter // of a span, by bin
}

// An adopter is someone of a part who begins at a clock time.
type adopter struct {
	at     clock.Time
	number uint32
}

// arrange puts the people of a part into the order in which they adopt, and those who
// never do behind them. Then who acts next is who comes next in memory, and in every
// table that is by person, which for a million people is worth more than the sorting
// costs.
func (r *run) arrange(s *Segment, part *part) {
	o, at := &r.sorter, r.clockTimes(s, part)
	shift := uint(bits.Len64(uint64(r.horizon) / uint64(max(1, min(part.size/perSpan, maxSpans)))))
	never := int(r.horizon>>shift) + 1 // the span of those who never begin
	span := func(t clock.Time) int {
		if t > r.horizon {
			return never
		}
		return int(t >> shift)
	}
	o.spans = zeros(o.spans, never+1)
	for _, t := range at {
		o.spans[span(t)]++
	}
	starts(o.spans)
	o.numbers = slices.Grow(o.numbers[:0], part.size)[:part.size]
	for n, t := range at {
		end := &o.spans[span(t)]
		o.numbers[*end] = uint32(n)
		*end++
	}
	first, by := int32(0), &byAdoption{part, s.StartsWith >= 0}
	for k, end := range o.spans[:never] {
		o.sort(at, o.numbers[first:end], clock.Time(k)<<shift, shift, by)
		for j, a := range o.adopters {
			r.settleIn(part, int(first)+j, a.number)
		}
		first = end
	}
	for j, n := range o.numbers[first:] {
		r.settleIn(part, int(first)+j, n)
	}
	part.adopters, part.begun = int(first), -1
	r.nextOf(part)
}

// zeros returns n zeros, in the memory of a slice where it is enough.
func zeros(s []int32, n int) []int32 {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// starts turns how many there are of each of some kinds into where each kind starts,
// one after the other.
func starts(counts []int32) {
	first := int32(0)
	for k, n := range counts {
		counts[k] = first
		first += n
	}
}

// settleIn makes a person of a part the one at some place in it.
func (r *run) settleIn(part *part, place int, number uint32) {
	i := part.first + place
	r.people[i] = person{begins: r.begins[number], number: number}
	switch newcomer := int(number) - part.count; {
	case len(r.class) == 0:
	case newcomer >= 0:
		r.class[i] = part.newcomers[newcomer].class
	default:
		r.class[i] = r.roster[part.segment].of(int(number))
	}
}

// sort puts the people of a span that begins at a clock time and lasts 1<<shift ticks
// in order, into o.adopters.
func (o *sorter) sort(at []clock.Time, numbers []uint32, from clock.Time, shift uint, by *byAdoption) {
	o.loose = slices.Grow(o.loose[:0], len(numbers))[:len(numbers)]
	o.adopters = slices.Grow(o.adopters[:0], len(numbers))[:len(numbers)]
	for j, n := range numbers {
		o.loose[j] = adopter{at[n], n}
	}
	size := min(uint(bits.Len(uint(len(numbers)/perBin))), shift) // 1<<size bins
	o.bins = zeros(o.bins, 1<<size)
	for _, a := range o.loose {
		o.bins[(a.at-from)>>(shift-size)]++
	}
	starts(o.bins)
	for _, a := range o.loose {
		end := &o.bins[(a.at-from)>>(shift-size)]
		o.adopters[*end] = a
		*end++
	}
	first := int32(0)
	for _, end := range o.bins {
		if end-first > 1 {
			by.sort(o.adopters[first:end])
		}
		first = end
	}
}

// byAdoption is the order in which people of a part adopt.
type byAdoption struct {
	part *part
	acts bool // they begin with an act; if not, the order of those of one instant cannot show
}

// sort sorts people, nearly always a few.
func (by *byAdoption) sort(people []adopter) {
	if len(people) > 16 {
		slices.SortFunc(people, by.compare)
		return
	}
	for i := 1; i < len(people); i++ {
		a, j := people[i], i
		for ; j > 0 && (a.at < people[j-1].at || a.at == people[j-1].at && by.compare(a, people[j-1]) < 0); j-- {
			people[j] = people[j-1]
		}
		people[j] = a
	}
}

func (by *byAdoption) compare(a, b adopter) int {
	if a.at != b.at {
		return cmp.Compare(a.at, b.at)
	}
	if !by.acts {
		return cmp.Compare(a.number, b.number)
	}
	return cmp.Or(cmp.Compare(order(by.part.key(a.number)), order(by.part.key(b.number))), cmp.Compare(a.number, b.number))
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

// begin lets a person begin, with an act where the segment's people start with one, and
// counts the acts to come.
func (r *run) begin(i claim.Person) {
	processes, length := r.processesOf(i), r.lastOperational(i)-r.people[i].begins
	for k := range processes {
		r.total += processes[k].Count(length)
	}
	if r.engine.Gone(i) {
		return
	}
	begins := r.people[i].begins
	if with := r.tenant.Segments[r.segmentOf(i)].StartsWith; with >= 0 {
		r.do(i, claim.Action(with), r.place(i, claim.NumActs, begins))
	}
	r.plan(i, begins, -1)
}
