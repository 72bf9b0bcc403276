package sim

import (
	"cmp"
	"math/bits"
	"slices"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// adopters are those who begin to act before the end, in the order in which they
// do. They are known from the start and all wait, so they are kept apart from the
// queue: by buckets of time, each sorted when it is reached, at four bytes a person.
type adopters struct {
	people []claim.Person // by bucket
	ends   []int32        // of the buckets, in people
	shift  uint           // a bucket is 1<<shift ticks
	bucket int            // the one at hand
	hand   []adopter      // what is left of it, in order
	kept   []adopter      // the memory of hand
	adopter
}

// An adopter is someone who begins at a clock time, clock.Never for nobody.
type adopter struct {
	at     clock.Time
	order  uint32 // among those of one instant
	person claim.Person
}

// perAdoption is how many people share a bucket: enough that what is known of them
// is fetched from memory together, and not one after the other.
const perAdoption = 16

// resetAdopters lays out who begins when.
func (r *run) resetAdopters() {
	a := &r.adopters
	a.shift = uint(bits.Len64(uint64(r.horizon) / uint64(max(64, r.traced/perAdoption))))
	n := int(r.horizon>>a.shift) + 1
	a.ends = slices.Grow(a.ends[:0], n+1)[:n+1]
	clear(a.ends)
	r.eachAdopter(func(_ claim.Person, at clock.Time) { a.ends[at>>a.shift]++ })
	first := int32(0)
	for b := range a.ends {
		first, a.ends[b] = first+a.ends[b], first
	}
	a.people = slices.Grow(a.people[:0], int(first))[:first]
	r.eachAdopter(func(i claim.Person, at clock.Time) {
		b := at >> a.shift
		a.people[a.ends[b]] = i
		a.ends[b]++
	})
	a.bucket, a.hand = -1, nil
	r.nextAdopter()
}

// eachAdopter calls f for everyone who begins before the end.
func (r *run) eachAdopter(f func(i claim.Person, at clock.Time)) {
	for s := range r.parts {
		part, cal := &r.parts[s], r.tenant.Calendars[r.tenant.Segments[s].Calendar]
		people := r.people[part.first:][:part.count+len(part.newcomers)]
		simple := cal.Always() && len(part.newcomers) == 0 && len(r.leaves) == 0
		for n := range people {
			i, at := claim.Person(part.first+n), people[n].begins
			if at == clock.Never {
				continue
			}
			if !simple {
				at = r.beginsAt(i)
			}
			if at <= r.horizon {
				f(i, at)
			}
		}
	}
}

// beginsAt returns the clock time at which a person adopts, clock.Never for who
// does not before leaving or the end. Someone who adopts with an act does so when
// there is something open.
func (r *run) beginsAt(i claim.Person) clock.Time {
	begins, s := r.people[i].begins, r.segmentOf(i)
	cal, end := r.tenant.Calendars[r.tenant.Segments[s].Calendar], r.endOp[s]
	if begins == clock.Never || begins >= end && r.tenant.Segments[s].StartsWith >= 0 && cal.Operational(r.horizon-1) == end {
		return clock.Never
	}
	if at := max(cal.Clock(begins), r.joined(i)); at < r.leavesAt(i) {
		return at
	}
	return clock.Never
}

// nextAdopter moves on to who begins next.
func (r *run) nextAdopter() {
	a := &r.adopters
	for len(a.hand) == 0 {
		if a.bucket++; a.bucket >= len(a.ends) {
			a.adopter = adopter{at: clock.Never}
			return
		}
		first := int32(0)
		if a.bucket > 0 {
			first = a.ends[a.bucket-1]
		}
		a.kept = a.kept[:0]
		for _, i := range a.people[first:a.ends[a.bucket]] {
			r.engine.Gone(i) // fetches what the engine knows of the person
			a.kept = append(a.kept, adopter{r.beginsAt(i), r.order(i), i})
		}
		slices.SortFunc(a.kept, func(x, y adopter) int {
			return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.order, y.order), cmp.Compare(x.person, y.person))
		})
		a.hand = a.kept
	}
	a.adopter, a.hand = a.hand[0], a.hand[1:]
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
