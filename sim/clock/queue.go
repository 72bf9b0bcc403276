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
	Tag     uint16
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

// Before reports whether e comes before f, an event of another queue. Of two that
// differ in Detail alone, as acts of one person, the lower comes first.
func (e *Event) Before(f *Event) bool {
	if e.At != f.At {
		return e.At < f.At
	}
	if e.key != f.key {
		return e.key < f.key
	}
	return e.Detail < f.Detail
}

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
	seq   uint32
	count int
	late  []Event // a 4-ary heap: of the bucket at hand, or of everything
	run   []Event // the bucket at hand, sorted; what is left of it

	from    Time    // the start of the first bucket
	shift   uint    // a bucket is 1<<shift ticks
	at      int     // the bucket at hand
	buckets []int32 // the first chunk of each bucket, or -1
	chunks  []chunk
	free    int32 // the first chunk that is not in use, or -1
	sorted  []Event
}

// A chunk holds a part of a bucket's events: eight cache lines, so that a bucket
// grows without being copied, and memory goes round between buckets.
type chunk struct {
	events [15]Event
	n      int32
	next   int32
}

// maxBuckets bounds the memory of an empty calendar to four megabytes.
const maxBuckets = 1 << 20

// Len returns the number of events waiting.
func (q *Queue) Len() int { return q.count }

// Reset empties the queue and prepares it for times from one to another with a
// number of buckets, or somewhat fewer. It keeps its memory. Events before and
// beyond are held, in order, but slowly.
func (q *Queue) Reset(from, to Time, buckets int) {
	q.seq, q.count, q.from, q.at = 0, 0, from, -1
	q.late, q.run = q.late[:0], q.run[:0]
	q.chunks, q.free = q.chunks[:0], -1
	wanted := max(64, min(buckets, maxBuckets))
	q.shift = uint(bits.Len64(uint64(to-from) / uint64(wanted)))
	n := int((to-from)>>q.shift) + 1
	q.buckets = slices.Grow(q.buckets[:0], n)[:n]
	for i := range q.buckets {
		q.buckets[i] = -1
	}
}

// Push adds an event. It must not be earlier than the last one taken.
func (q *Queue) Push(e Event) {
	q.seq++
	e.seq = q.seq
	q.count++
	if b := q.bucket(e.At); b > q.at && b < len(q.buckets) {
		q.file(b, e)
		return
	}
	q.late = append(q.late, e)
	siftUp(q.late, e)
}

// bucket returns the bucket of an instant, which may be none of the calendar's.
func (q *Queue) bucket(t Time) int { return int((t - q.from) >> q.shift) }

// file puts an event into a bucket that the clock has not reached.
func (q *Queue) file(b int, e Event) {
	i := q.buckets[b]
	if i < 0 || int(q.chunks[i].n) == len(q.chunks[i].events) {
		next := i
		if i = q.free; i >= 0 {
			q.free = q.chunks[i].next
		} else {
			i = int32(len(q.chunks))
			q.chunks = append(q.chunks, chunk{})
		}
		q.chunks[i].n, q.chunks[i].next = 0, next
		q.buckets[b] = i
	}
	c := &q.chunks[i]
	c.events[c.n] = e
	c.n++
}

// Peek returns the next event without removing it; ok is false when there is none.
func (q *Queue) Peek() (e *Event, ok bool) {
	// Events of the heap may lie beyond the calendar, so the calendar comes first.
	for len(q.run) == 0 && q.at+1 < len(q.buckets) && (len(q.late) == 0 || q.bucket(q.late[0].At) > q.at) {
		q.reach(q.at + 1)
	}
	switch {
	case len(q.run) == 0 && len(q.late) == 0:
		return nil, false
	case len(q.run) == 0 || len(q.late) > 0 && q.late[0].before(&q.run[0]):
		return &q.late[0], true
	}
	return &q.run[0], true
}

// Drain removes all events before t and hands them to f: in no order, which saves
// sorting them.
func (q *Queue) Drain(t Time, f func(*Event)) {
	for q.count > 0 {
		if next := q.at + 1; len(q.run) == 0 && next < min(q.bucket(t), len(q.buckets)) {
			q.at = next
			q.empty(next, func(events []Event) {
				q.count -= len(events)
				for i := range events {
					f(&events[i])
				}
			})
			continue
		}
		if head, ok := q.Peek(); !ok || head.At >= t {
			return
		}
		e := q.Pop()
		f(&e)
	}
}

// empty hands the events of a bucket to f, a chunk at a time, and frees the chunks.
func (q *Queue) empty(b int, f func([]Event)) {
	for i := q.buckets[b]; i >= 0; {
		c := &q.chunks[i]
		f(c.events[:c.n])
		next := c.next
		c.next, q.free = q.free, i
		i = next
	}
}

// reach makes a bucket the one at hand: gathers and sorts its events.
func (q *Queue) reach(b int) {
	q.at = b
	q.sorted = q.sorted[:0]
	q.empty(b, func(events []Event) { q.sorted = append(q.sorted, events...) })
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
	head, _ := q.Peek()
	e := *head
	q.count--
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
