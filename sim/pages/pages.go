// Package pages keeps many small things in pages, which are never copied: of millions
// of them a slice that grows would leave its memory behind several times.
package pages

// size is how many things a page has.
const size = 1 << 10

// A List is things by number. The zero List has none.
type List[T any] struct {
	pages []*[size]T
	n     int32
}

// Len returns the number of things.
func (l *List[T]) Len() int32 { return l.n }

// Reset forgets all things. It keeps the memory.
func (l *List[T]) Reset() { l.n = 0 }

// Add adds a thing, and returns its number.
func (l *List[T]) Add(thing T) int32 {
	i := l.n
	if int(i/size) == len(l.pages) {
		l.pages = append(l.pages, new([size]T))
	}
	l.n++
	*l.At(i) = thing
	return i
}

// At returns the thing of a number, which stays where it is until Reset.
func (l *List[T]) At(i int32) *T { return &l.pages[uint32(i)/size][uint32(i)%size] }
