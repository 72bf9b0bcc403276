package clock

import "slices"

// Buckets are numbered heaps of things, unsorted. A thing is added at the cost of
// one independent write, and memory goes round between buckets. The zero Buckets
// has none.
type Buckets[E any] struct {
	heads  []int32 // the first chunk of each bucket, or -1
	chunks []chunk[E]
	free   int32 // the first chunk that is not in use, or -1
}

// A chunk holds a part of a bucket, so that a bucket grows without being copied.
type chunk[E any] struct {
	items [15]E
	n     int32
	next  int32
}

// Reset empties all buckets and makes their number n. It keeps the memory.
func (b *Buckets[E]) Reset(n int) {
	b.chunks, b.free = b.chunks[:0], -1
	b.heads = slices.Grow(b.heads[:0], n)[:n]
	for i := range b.heads {
		b.heads[i] = -1
	}
}

// Len returns the number of buckets.
func (b *Buckets[E]) Len() int { return len(b.heads) }

// Add adds a thing to a bucket.
func (b *Buckets[E]) Add(bucket int, e E) {
	i := b.heads[bucket]
	if i < 0 || int(b.chunks[i].n) == len(b.chunks[i].items) {
		next := i
		if i = b.free; i >= 0 {
			b.free = b.chunks[i].next
		} else {
			i = int32(len(b.chunks))
			b.chunks = append(b.chunks, chunk[E]{})
		}
		b.chunks[i].n, b.chunks[i].next = 0, next
		b.heads[bucket] = i
	}
	c := &b.chunks[i]
	c.items[c.n] = e
	c.n++
}

// Take empties a bucket and appends what was in it to items.
func (b *Buckets[E]) Take(bucket int, items []E) []E {
	i := b.heads[bucket]
	b.heads[bucket] = -1
	for i >= 0 {
		c := &b.chunks[i]
		items = append(items, c.items[:c.n]...)
		next := c.next
		c.next, b.free = b.free, i
		i = next
	}
	return items
}
