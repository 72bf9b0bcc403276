package clock

import "slices"

// Buckets are numbered heaps of things, unsorted. A thing is added at the cost of
// one independent write, and memory goes round between buckets. The zero Buckets
// has none.
type Buckets[E any] struct {
	heads  []head
	chunks []chunk[E]
	free   int32 // the first chunk that is not in use, or -1
}

// A head is the first chunk of a bucket, or -1, and how much of it is filled. The
// others are full.
type head struct{ chunk, n int32 }

// A chunk holds a part of a bucket, so that a bucket grows without being copied.
type chunk[E any] struct {
	items [chunkItems]E
	next  int32
}

const chunkItems = 15

// Reset empties all buckets, makes their number n, and prepares them for about as
// many things as are expected. It keeps the memory.
func (b *Buckets[E]) Reset(n, expected int) {
	b.chunks, b.free = slices.Grow(b.chunks[:0], min(n, expected)/2+expected/chunkItems), -1
	b.heads = slices.Grow(b.heads[:0], n)[:n]
	for i := range b.heads {
		b.heads[i] = head{-1, chunkItems}
	}
}

// Len returns the number of buckets.
func (b *Buckets[E]) Len() int { return len(b.heads) }

// Add adds a thing to a bucket.
func (b *Buckets[E]) Add(bucket int, e E) {
	h := &b.heads[bucket]
	if h.n == chunkItems {
		b.grow(h)
	}
	b.chunks[h.chunk].items[h.n] = e
	h.n++
}

// grow puts an empty chunk before those of a bucket.
func (b *Buckets[E]) grow(h *head) {
	next := h.chunk
	if h.chunk = b.free; h.chunk >= 0 {
		b.free = b.chunks[h.chunk].next
	} else {
		h.chunk = int32(len(b.chunks))
		b.chunks = append(b.chunks, chunk[E]{})
	}
	b.chunks[h.chunk].next, h.n = next, 0
}

// Take empties a bucket and appends what was in it to items.
func (b *Buckets[E]) Take(bucket int, items []E) []E {
	i, n := b.heads[bucket].chunk, b.heads[bucket].n
	b.heads[bucket] = head{-1, chunkItems}
	for i >= 0 {
		c := &b.chunks[i]
		items = append(items, c.items[:n]...)
		i, c.next, b.free, n = c.next, b.free, i, chunkItems
	}
	return items
}

// Append appends what is in a bucket to items.
func (b *Buckets[E]) Append(items []E, bucket int) []E {
	for i, n := b.heads[bucket].chunk, b.heads[bucket].n; i >= 0; i, n = b.chunks[i].next, chunkItems {
		items = append(items, b.chunks[i].items[:n]...)
	}
	return items
}
