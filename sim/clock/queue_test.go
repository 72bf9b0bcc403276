package clock

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQueueAgainstStableSort compares the queue with the obvious slow twin: a
// stable sort of everything by time, class and order.
func TestQueueAgainstStableSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 600 {
		var q Queue
		if n%2 == 0 {
			q.Reset(Time(rng.IntN(12)), rng.IntN(100))
		}
		var want []Event
		for i := range rng.IntN(200) {
			e := NewEvent(Time(rng.IntN(8)), Class(rng.IntN(5)), uint32(rng.IntN(3)), uint8(i), 0, uint32(i))
			q.Push(e)
			want = append(want, e)
		}
		slices.SortStableFunc(want, func(a, b Event) int {
			switch {
			case a.At != b.At:
				return int(a.At - b.At)
			case a.key < b.key:
				return -1
			case a.key > b.key:
				return 1
			}
			return 0
		})
		for i, w := range want {
			if head, ok := q.Peek(w.At); !ok || head.Subject != w.Subject {
				t.Fatalf("event %d: peeked %v, want subject %d", i, head, w.Subject)
			}
			if got := q.Pop(); got.Subject != w.Subject || got.At != w.At || got.Class() != w.Class() {
				t.Fatalf("event %d: got %+v, want %+v", i, got, w)
			}
		}
		if e, ok := q.Peek(Never); ok {
			t.Fatalf("%+v is left over", e)
		}
	}
}

// TestQueueInterleaved pushes while popping and after looking ahead, as a simulation
// does, and demands that the clock never runs back (invariant I8).
func TestQueueInterleaved(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, horizon := range []Time{0, 1e3, 1e6} {
		var heap, calendar Queue
		calendar.Reset(horizon, 100)
		for i := range 100 {
			e := NewEvent(Time(rng.IntN(50)), User, 0, 0, 0, uint32(i))
			heap.Push(e)
			calendar.Push(e)
		}
		now := Time(-1)
		for i := range 20000 {
			until := now + Time(rng.IntN(60))
			_, some := calendar.Peek(until)
			if first, _ := heap.Peek(Never); some != (first.At <= until) {
				t.Fatalf("event %d: an event until %d is %v, the heap's first %+v", i, until, some, first)
			}
			if i%3 == 0 { // one that may come before what was looked at
				e := NewEvent(max(now, 0)+Time(rng.IntN(80)), User, 0, 0, 0, uint32(i))
				heap.Push(e)
				calendar.Push(e)
				if e, f := calendar.Pop(), heap.Pop(); e != f {
					t.Fatalf("event %d: the calendar has %+v, the heap %+v", i, e, f)
				} else {
					now = e.At
				}
			}
			e, f := calendar.Pop(), heap.Pop()
			if e != f || e.At < now {
				t.Fatalf("event %d after %d: the calendar has %+v, the heap %+v", i, now, e, f)
			}
			now = e.At
			next := NewEvent(now+Time(rng.IntN(80)), Class(rng.IntN(5)), uint32(rng.IntN(2)), 0, 0, uint32(i))
			heap.Push(next)
			calendar.Push(next)
		}
		for _, q := range []*Queue{&calendar, &heap} {
			left := 0
			for ; ; left++ {
				if _, ok := q.Peek(Never); !ok {
					break
				}
				q.Pop()
			}
			if left != 100 {
				t.Fatalf("%d events left, want 100", left)
			}
		}
	}
}

func TestTimeAdd(t *testing.T) {
	for _, c := range []struct{ a, b, want Time }{{1, 2, 3}, {Never, 1, Never}, {1, Never, Never}, {-5, 3, -2}, {5, -7, -2}} {
		if got := c.a.Add(c.b); got != c.want {
			t.Errorf("%d.Add(%d) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// BenchmarkQueueHold takes an event and schedules another at once: the hold model.
func BenchmarkQueueHold(b *testing.B) {
	for _, pending := range []int{1e3, 1e5, 1e6} {
		b.Run(fmt.Sprintf("pending=%.0e", float64(pending)), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			var q Queue
			q.Reset(100e9, 100*pending)
			for i := range pending {
				q.Push(NewEvent(Time(rng.ExpFloat64()*1e9), User, 0, 0, 0, uint32(i)))
			}
			b.ReportAllocs()
			for b.Loop() {
				e := q.Pop()
				if e.At > 90e9 {
					b.StopTimer()
					q.Reset(100e9, 100*pending)
					for i := range pending {
						q.Push(NewEvent(Time(rng.ExpFloat64()*1e9), User, 0, 0, 0, uint32(i)))
					}
					b.StartTimer()
					e = q.Pop()
				}
				q.Push(NewEvent(e.At+Time(rng.ExpFloat64()*1e9), User, 0, 0, 0, e.Subject))
			}
		})
	}
}
