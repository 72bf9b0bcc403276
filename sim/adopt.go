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
	people  []claim.Person // by bucket
	ends    []int32        // of the buckets, in people
	shift   uint           // a bucket is 1<<shift ticks
	bucket  int            // the one at hand, sorted
	reached int            // in people: who begins next
	order   uint32         // and in which order among those of one instant
	at      clock.Time     // when, or clock.Never
}

// resetAdopters lays out who begins when.
func (r *run) resetAdopters() {
	a := &r.adopters
	a.shift = uint(bits.Len64(uint64(r.horizon) / uint64(max(64, r.traced/4))))
	n := int(r.horizon>>a.shift) + 1
	a.ends = slices.Grow(a.ends[:0], n+1)[:n+1]
	clear(a.ends)
	count := int32(0)
	for i := range r.traced {
		if at := r.beginsAt(claim.Person(i)); at <= r.horizon {
			a.ends[at>>a.shift]++
			count++
		}
	}
	a.people = slices.Grow(a.people[:0], int(count))[:count]
	for b, first := 0, int32(0); b <= n; b++ {
		first, a.ends[b] = first+a.ends[b], first
	}
	for i := range r.traced {
		if at := r.beginsAt(claim.Person(i)); at <= r.horizon {
			b := at >> a.shift
			a.people[a.ends[b]] = claim.Person(i)
			a.ends[b]++
		}
	}
	a.bucket, a.reached = -1, 0
	r.nextAdopter()
}

// beginsAt returns the clock time at which a person adopts, clock.Never for who
// does not before leaving or the end. Someone who adopts with an act does so when
// there is something open.
func (r *run) beginsAt(i claim.Person) clock.Time {
	p := &r.people[i]
	if p.begins == clock.Never {
		return clock.Never
	}
	s := r.segmentOf(i)
	cal, end := r.calendar(i), r.endOp[s]
	if p.begins >= end && r.tenant.Segments[s].StartsWith >= 0 && cal.Operational(r.horizon-1) == end {
		return clock.Never
	}
	if at := max(cal.Clock(p.begins), r.joined(i)); at < r.leavesAt(i) {
		return at
	}
	return clock.Never
}

// nextAdopter moves on to who begins next.
func (r *run) nextAdopter() {
	a := &r.adopters
	if a.reached == len(a.people) {
		a.at = clock.Never
		return
	}
	for a.bucket < 0 || a.reached == int(a.ends[a.bucket]) {
		a.bucket++
		if bucket := a.people[a.reached:a.ends[a.bucket]]; len(bucket) > 1 {
			slices.SortFunc(bucket, func(i, j claim.Person) int {
				return cmp.Or(cmp.Compare(r.beginsAt(i), r.beginsAt(j)), cmp.Compare(r.order(i), r.order(j)), cmp.Compare(i, j))
			})
		}
	}
	next := a.people[a.reached]
	a.at, a.order = r.beginsAt(next), r.order(next)
	a.reached++
}

// begin lets a person begin, with an act where the segment's people start with one.
func (r *run) begin(i claim.Person) {
	p := &r.people[i]
	if r.engine.Gone(i) {
		return
	}
	if with := r.tenant.Segments[r.segmentOf(i)].StartsWith; with >= 0 {
		action := claim.Action(with)
		r.do(i, action, r.place(i, claim.NumActs, p.begins))
	}
	r.plan(i, p.begins, -1)
}
