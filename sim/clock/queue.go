package clock

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

// An Event is something to do at an instant. What Kind, Detail and Subject mean
// is its scheduler's business; it is small and holds no pointers, so that a queue
// of millions costs neither allocations nor garbage collection.
type Event struct {
	At      Time
	key     uint64 // class, then order
	seq     uint32 // of being scheduled, the last tie-break
	Subject uint32
	Kind    uint8
	Detail  uint8
}

// NewEvent returns an event of a class. Events of one class at one instant run
// by order, then in the order of being pushed.
func NewEvent(at Time, class Class, order uint32, kind, detail uint8, subject uint32) Event {
	return Event{At: at, key: uint64(class)<<32 | uint64(order), Subject: subject, Kind: kind, Detail: detail}
}

// Class returns the class of e.
func (e *Event) Class() Class { return Class(e.key >> 32) }

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
// ready to use; Reset keeps its memory for the next replication. It is a 4-ary
// heap: half the levels, and so half the cache misses, of a binary one.
type Queue struct {
	events []Event
	seq    uint32
}

// Len returns the number of events waiting.
func (q *Queue) Len() int { return len(q.events) }

// Reset empties the queue.
func (q *Queue) Reset() { q.events, q.seq = q.events[:0], 0 }

// Push adds an event.
func (q *Queue) Push(e Event) {
	q.seq++
	e.seq = q.seq
	q.events = append(q.events, e)
	h := q.events
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

// Peek returns the next event without removing it; ok is false when there is none.
func (q *Queue) Peek() (e *Event, ok bool) {
	if len(q.events) == 0 {
		return nil, false
	}
	return &q.events[0], true
}

// Pop removes and returns the next event. The queue must not be empty.
func (q *Queue) Pop() Event {
	h := q.events
	top := h[0]
	last := h[len(h)-1]
	h = h[:len(h)-1]
	q.events = h
	if len(h) > 0 {
		siftDown(h, last)
	}
	return top
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
