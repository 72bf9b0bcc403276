package clock

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQueueAgainstStableSort compares the queue with the obvious slow twin: a
// stable sort of everything by time, class and order.
func TestQueueAgainstStableSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var q Queue
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
			if head, ok := q.Peek(); !ok || head.Subject != w.Subject {
				t.Fatalf("event %d: peeked %v, want subject %d", i, head, w.Subject)
			}
			if got := q.Pop(); got.Subject != w.Subject || got.At != w.At || got.Class() != w.Class() {
				t.Fatalf("event %d: got %+v, want %+v", i, got, w)
			}
		}
		if q.Len() != 0 {
			t.Fatalf("%d events left over", q.Len())
		}
	}
}

// TestQueueInterleaved pushes while popping, as a simulation does, and demands
// that the clock never runs back (invariant I8).
func TestQueueInterleaved(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var q Queue
	for i := range 100 {
		q.Push(NewEvent(Time(rng.IntN(50)), User, 0, 0, 0, uint32(i)))
	}
	now := Time(-1)
	for range 20000 {
		e := q.Pop()
		if e.At < now {
			t.Fatalf("the clock ran back from %d to %d", now, e.At)
		}
		now = e.At
		q.Push(NewEvent(now+Time(rng.IntN(50)), Class(rng.IntN(5)), 0, 0, 0, 0))
	}
}

func TestTimeAdd(t *testing.T) {
	for _, c := range []struct{ a, b, want Time }{{1, 2, 3}, {Never, 1, Never}, {1, Never, Never}, {-5, 3, -2}, {5, -7, -2}} {
		if got := c.a.Add(c.b); got != c.want {
			t.Errorf("%d.Add(%d) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func BenchmarkQueueHold(b *testing.B) {
	for _, pending := range []int{1e3, 1e5} {
		b.Run(map[int]string{1e3: "1e3", 1e5: "1e5"}[pending], func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			var q Queue
			for i := range pending {
				q.Push(NewEvent(Time(rng.ExpFloat64()*1e9), User, 0, 0, 0, uint32(i)))
			}
			b.ReportAllocs()
			for b.Loop() {
				e := q.Pop()
				q.Push(NewEvent(e.At+Time(rng.ExpFloat64()*1e9), User, 0, 0, 0, e.Subject))
			}
		})
	}
}
