package clock

import (
	"math/bits"
	"slices"
)

// A Class orders events of one instant. Lower runs first.
type Class uint8

// The classes, in the order of the ordering contract.
const (
	Administrator Class = iota // dated acts, approvals, reclaims
	Subscription               // changes of a subscription's state
	Group                      // group-based licensing processes memberships
	Arrival                    // a propagation arrives
	User                       // what people do
)

// An Event is something to do at an instant. What Kind, Detail, Tag, Op and Subject
// mean is its scheduler's business; it is small and holds no pointers, so that a queue
// of millions costs neither allocations nor garbage collection.
type Event struct {
	At      Time
	key     uint64 // class, then order
	seq     uint32 // of being scheduled, the last tie-break
	Subject uint32
	Kind    uint8
	Detail  uint8
	Tag     uint32
	Op      Time // At on the subject's own clock, for a scheduler that gives it one
}

// NewEvent returns an event of a class. Events of one class at one instant run
// by order, then in the order of being pushed.
func NewEvent(at Time, class Class, order uint32, kind, detail uint8, subject uint32) Event {
	return Event{At: at, key: uint64(class)<<32 | uint64(order), Subject: subject, Kind: kind, Detail: detail}
}

// Class returns the class of e.
func (e *Event) Class() Class { return Class(e.key >> 32) }

// Order returns the order of e among the events of its class at one instant.
func (e *Event) Order() uint32 { return uint32(e.key) }

// before is the ordering contract: time, class, order, being scheduled.
func (e *Event) before(f *Event) bool {
	if e.At != f.At {
		return e.At < f.At
	}
	if e.key != f.key {
		return e.key < f.key
	}
	return int32(e.seq-f.seq) < 0
}

// A Queue holds events in the order in which they are to run. The zero Queue is
// ready to use, as a heap; Reset makes it a calendar.
//
// A heap of a million events costs a chain of dependent cache misses for each one
// that is taken. The calendar puts an event into a bucket of its time, unsorted,
// at the cost of one independent write, and sorts a bucket when the clock reaches
// it. What is scheduled into the bucket at hand goes to the heap, which is small.
type Queue struct {
	seq  uint32
	late []Event // a 4-ary heap: of the bucket at hand, or of everything
	run  []Event // the bucket at hand, sorted; what is left of it

	shift   uint // a bucket is 1<<shift ticks
	at      int  // the bucket at hand
	buckets Buckets[Event]
	sorted  []Event
}

// maxBuckets bounds the memory of an empty calendar to four megabytes.
const maxBuckets = 1 << 19

// Reset empties the queue and prepares it for times from 0 to a horizon with a
// number of buckets, or somewhat fewer. It keeps its memory. Events beyond the
// horizon are held, in order, but slowly.
func (q *Queue) Reset(horizon Time, buckets int) {
	q.seq, q.at = 0, -1
	q.late, q.run = q.late[:0], q.run[:0]
	wanted := max(64, min(buckets, maxBuckets))
	q.shift = uint(bits.Len64(uint64(horizon) / uint64(wanted)))
	q.buckets.Reset(int(horizon>>q.shift)+1, 0)
}

// Push adds an event. It must not be earlier than the last one taken.
func (q *Queue) Push(e Event) {
	q.seq++
	e.seq = q.seq
	if b := int(e.At >> q.shift); b > q.at && b < q.buckets.Len() {
		q.buckets.Add(b, e)
		return
	}
	q.late = append(q.late, e)
	siftUp(q.late, e)
}

// Peek returns the next event without removing it, if it is at or before a time. The
// calendar goes no further than that: one that ran ahead to an event months away would
// leave all that is scheduled before to the heap.
func (q *Queue) Peek(until Time) (e *Event, ok bool) {
	// Events of the heap may lie beyond the calendar, so the calendar comes first.
	for last := min(int(until>>q.shift), q.buckets.Len()-1); len(q.run) == 0 && q.at < last && (len(q.late) == 0 || int(q.late[0].At>>q.shift) > q.at); {
		q.reach(q.at + 1)
	}
	switch {
	case len(q.run) > 0 && (len(q.late) == 0 || q.run[0].before(&q.late[0])):
		e = &q.run[0]
	case len(q.late) > 0:
		e = &q.late[0]
	}
	return e, e != nil && e.At <= until
}

// reach makes a bucket the one at hand: gathers and sorts its events.
func (q *Queue) reach(b int) {
	q.at = b
	q.sorted = q.buckets.Take(b, q.sorted[:0])
	slices.SortFunc(q.sorted, func(x, y Event) int {
		if x.before(&y) {
			return -1
		}
		return 1
	})
	q.run = q.sorted
}

// Pop removes and returns the next event. The queue must not be empty.
func (q *Queue) Pop() Event {
	head, _ := q.Peek(Never)
	e := *head
	if len(q.run) > 0 && head == &q.run[0] {
		q.run = q.run[1:]
		return e
	}
	last := len(q.late) - 1
	moved := q.late[last]
	q.late = q.late[:last]
	if last > 0 {
		siftDown(q.late, moved)
	}
	return e
}

// siftUp puts e, the last of a heap, where it belongs.
func siftUp(h []Event, e Event) {
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}

// siftDown puts e, which takes the place of the root, where it belongs.
func siftDown(h []Event, e Event) {
	i := 0
	for {
		first := 4*i + 1
		if first >= len(h) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(h)); c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&e) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = e
}
