package pages

import "testing"

// TestList: things keep their numbers and places while others are added, and Reset
// gives the memory to new ones.
func TestList(t *testing.T) {
	var l List[int]
	var first *int
	for round := range 2 {
		for i := range int32(3*size + 1) {
			if n := l.Add(int(i) + round); n != i {
				t.Fatalf("round %d: thing %d has number %d", round, i, n)
			}
			if i == 0 && round == 0 {
				first = l.At(0)
			}
		}
		for i := range l.Len() {
			if *l.At(i) != int(i)+round {
				t.Fatalf("round %d: number %d is %d", round, i, *l.At(i))
			}
		}
		if l.Len() != 3*size+1 || l.At(0) != first || *first != round {
			t.Fatalf("round %d: %d things, the first is %d at %p, want %d at %p", round, l.Len(), *l.At(0), l.At(0), round, first)
		}
		l.Reset()
		if l.Len() != 0 {
			t.Fatalf("%d things are left", l.Len())
		}
	}
}
