package behave

import (
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/sim/clock"
	"seatcast/sim/dist"
	"seatcast/sim/rng"
)

// A tree lays out blockMean acts on average over leaves of leafMean. Four acts
// make a leaf cheap to draw whole when a single act is wanted; sixteen leaves keep
// the way down to one short, and let a year of a busy person be counted in a few
// draws.
const (
	leafMean  = 4
	depth     = 4
	leaves    = 1 << depth
	blockMean = leafMean * leaves
)

// blockMax and leafMax bound the acts of a block and of a leaf: Poisson numbers
// of means 64 and 4 exceed them with probability below 2^-64, less than the
// resolution of a draw.
const (
	blockMax = 144
	leafMax  = 36
)

// The words of a block's stream: one for the number of its acts, then those that
// split each node's acts between its halves, then those that place the acts of
// each leaf.
const (
	countWord  = 0
	splitWords = 4           // of each of the nodes 1 to leaves-1; 64 acts a word
	placeWords = leafMax / 2 // two acts a word
	placeFirst = leaves * splitWords
)

// grain is the part of an act's time that tells apart the acts of a leaf: two acts
// of one kind never share a tick, so that a time identifies an act.
const grain = 64 * clock.Time(1)

// A Process is one person's acts of one kind, as operational time since the
// person's adoption.
//
// It is a Poisson process of rate one, read at the speed of the person's rate: a
// changed rate stretches the same luck instead of drawing other luck. Time is cut
// into blocks. The number of acts of a block is Poisson; each act falls into
// either half of it by the toss of a coin, and so on down to leaves, in which acts
// are uniform: given their number, the acts of a Poisson process are independent
// and uniform. All tosses are words of the stream that the block addresses, so any
// part of the process is had without the rest, and a block is counted without its
// acts. n tosses are the ones among n random bits.
//
// A renewal process (Gap not nil) has no such blocks: it is walked from its start.
type Process struct {
	Key  rng.Key   // of the person
	Kind uint64    // of the acts: the high bits of the index of their streams
	Leaf float64   // ticks in a leaf: leafMean over the rate; +Inf where the person never acts
	Gap  dist.Dist // law of the gaps of a renewal process, or nil
}

// kindShift leaves room for 2^48 blocks or gaps below the number of an action.
const kindShift = 48

// NewProcess returns the acts that habit h gives the person at key. Where rates
// differ between people, the person's own is drawn from the same key.
func NewProcess(h *Habit, key rng.Key) Process {
	p := Process{Key: key, Kind: (uint64(h.Action) + 1) << kindShift, Gap: h.Gap}
	if h.Gap != nil {
		return p
	}
	rate := h.Rate
	if h.Spread > 0 {
		rate *= gamma(h.Spread, p.stream(1<<kindShift-1))
	}
	p.Leaf = leafMean / rate
	return p
}

// gamma draws a gamma variate of mean 1 by the method of Marsaglia and Tsang (ACM
// TOMS 26, 2000): exact, and a fiftieth of the cost of inverting the distribution
// function. It may draw more than once, which moves nothing: the stream is the
// person's own, for this one number.
func gamma(shape float64, s rng.Stream) float64 {
	boost, a := 1.0, shape
	if a < 1 {
		boost, a = math.Pow(s.Uniform(), 1/a), a+1
	}
	d := a - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := distuv.UnitNormal.Quantile(s.Uniform())
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(s.Uniform()) < x*x/2+float64(d*(1-v+math.Log(v))) {
			return boost * d * v / shape
		}
	}
}

// A poissonTable draws Poisson numbers by inversion: cdf is the distribution
// function scaled to 64 bits, and guess the least number that a draw's first eight
// bits allow, from which it is a step or two.
type poissonTable struct {
	cdf   [blockMax]uint64
	guess [256]uint8
}

// blocks draws the number of acts of a block.
var blocks = newPoissonTable(blockMean)

func newPoissonTable(mean float64) *poissonTable {
	t := new(poissonTable)
	term, sum := math.Exp(-mean), 0.0
	for k := range t.cdf {
		sum += term
		term *= mean / float64(k+1)
		t.cdf[k] = math.MaxUint64
		if sum < 1-0x1p-53 {
			t.cdf[k] = uint64(sum * 0x1p64)
		}
	}
	for i := range t.guess {
		t.guess[i] = uint8(t.step(0, uint64(i)<<56))
	}
	return t
}

// draw returns the number at a uniform word.
func (t *poissonTable) draw(u uint64) int { return t.step(int(t.guess[u>>56]), u) }

func (t *poissonTable) step(n int, u uint64) int {
	for n < blockMax-1 && u >= t.cdf[n] {
		n++
	}
	return n
}

// stream returns the stream of a block.
func (p *Process) stream(block int64) rng.Stream {
	return p.Key.Index(p.Kind | uint64(block)).Stream()
}

// split returns how many of the n acts of a node fall into its first half.
func split(s rng.Stream, node uint64, n int) int {
	first := 0
	for word := node * splitWords; n > 0; word++ {
		first += bits.OnesCount64(s.Word(word) << (64 - min(n, 64)))
		n -= 64
	}
	return first
}

// descend returns the number of acts in a leaf of a block, and in those before it.
func descend(s rng.Stream, leaf int64) (n int, before int64) {
	n = blocks.draw(s.Word(countWord))
	node := uint64(1)
	for bit := int64(leaves / 2); bit > 0; bit /= 2 {
		first := split(s, node, n)
		node *= 2
		if leaf&bit == 0 {
			n = first
		} else {
			n -= first
			before += int64(first)
			node++
		}
	}
	return min(n, leafMax), before
}

// spread returns the number of acts in the leaves of a block from first to last, at
// leaves and on, and in the nodes above them.
func spread(s rng.Stream, first, last int64) (n [2 * leaves]int16) {
	n[1] = int16(blocks.draw(s.Word(countWord)))
	for level := range depth {
		row := int64(1) << level
		for node := row + first>>(depth-level); node <= row+last>>(depth-level); node++ {
			half := int16(split(s, uint64(node), int(n[node])))
			n[2*node], n[2*node+1] = half, n[node]-half
		}
	}
	return n
}

// start returns the first tick of leaf number l, counted through all blocks.
func (p *Process) start(l int64) clock.Time {
	t := clock.Ticks(float64(l) * p.Leaf)
	if t == clock.Never {
		return t
	}
	return t &^ (grain - 1)
}

// A placer places the acts of a leaf.
type placer struct {
	s          rng.Stream
	word       uint64
	begin, end clock.Time
	leaf       float64
}

func (p *Process) placer(s rng.Stream, l int64) placer {
	return placer{s, placeFirst + uint64(l%leaves)*placeWords, p.start(l), p.start(l + 1), p.Leaf}
}

// act returns the time of act number i of the leaf, in no order.
func (p *placer) act(i int) clock.Time { return p.place(p.s.Word(p.word+uint64(i/2))<<(32*(i&1)), i) }

// place returns the time of act number i of the leaf by the high half of a word: one
// of 2^32 places, which are 30 ms apart for acts that happen once a year.
func (p *placer) place(word uint64, i int) clock.Time {
	word &^= 1<<32 - 1
	if p.end == clock.Never { // the leaf of a rare act may be longer than time itself
		return p.begin.Add(clock.Ticks(float64(word>>11) * 0x1p-53 * p.leaf))
	}
	at, _ := bits.Mul64(word, uint64(p.end-p.begin))
	return p.begin + clock.Time(at)&^(grain-1) + clock.Time(i)
}

// Never reports whether the person never acts: the rate is zero.
func (p *Process) Never() bool { return p.Gap == nil && math.IsInf(p.Leaf, 1) }

// Next returns the first act at or after from, or clock.Never if there is none
// at or before until.
func (p *Process) Next(from, until clock.Time) clock.Time {
	if p.Never() || from > until {
		return clock.Never
	}
	if p.Gap != nil {
		return p.walkNext(from, until)
	}
	for l := p.index(from); p.start(l) <= until; l++ {
		s := p.stream(l / leaves)
		n, _ := descend(s, l%leaves)
		next, place := clock.Never, p.placer(s, l)
		for i := range n {
			if t := place.act(i); t >= from {
				next = min(next, t)
			}
		}
		switch {
		case next <= until:
			return next
		case next < clock.Never:
			return clock.Never
		}
	}
	return clock.Never
}

// Last returns the last act in [from, to], or -1 if there is none.
func (p *Process) Last(from, to clock.Time) clock.Time {
	if p.Never() || to < from {
		return -1
	}
	if p.Gap != nil {
		return p.walkLast(from, to)
	}
	for l := p.index(to); l >= 0; l-- {
		s := p.stream(l / leaves)
		n, _ := descend(s, l%leaves)
		last, place := clock.Time(-1), p.placer(s, l)
		for i := range n {
			if t := place.act(i); t <= to {
				last = max(last, t)
			}
		}
		switch {
		case last >= from:
			return last
		case last >= 0 || p.start(l) <= from:
			return -1
		}
	}
	return -1
}

// Count returns the number of acts in [0, to].
func (p *Process) Count(to clock.Time) (total int64) {
	if p.Never() || to < 0 {
		return 0
	}
	if p.Gap != nil {
		return p.walkCount(to)
	}
	l := p.index(to)
	for b := range l / leaves {
		total += int64(blocks.draw(p.stream(b).Word(countWord)))
	}
	s := p.stream(l / leaves)
	n, before := descend(s, l%leaves)
	total += before
	place := p.placer(s, l)
	for i := range n {
		if place.act(i) <= to {
			total++
		}
	}
	return total
}

// Acts appends the acts in [from, to] to at, in no order.
func (p *Process) Acts(at []clock.Time, from, to clock.Time) []clock.Time {
	if p.Never() || to < from {
		return at
	}
	if p.Gap != nil {
		return p.walkActs(at, from, to)
	}
	l, last := p.index(from), p.index(to)
	for begin := p.start(l); l <= last; {
		s, end := p.stream(l/leaves), min(last, l|(leaves-1))
		n := spread(s, l%leaves, end%leaves)
		at = slices.Grow(at, int(n[1])+1)
		for ; l <= end; l++ {
			place := placer{s, placeFirst + uint64(l%leaves)*placeWords, begin, p.start(l + 1), p.Leaf}
			at = place.within(at, min(int(n[leaves+l%leaves]), leafMax), from, to)
			begin = place.end
		}
	}
	return at
}

// within appends those of the leaf's n acts that are in [from, to] to at.
func (p *placer) within(at []clock.Time, n int, from, to clock.Time) []clock.Time {
	m := len(at)
	at = at[:m+n+n&1] // an odd one makes a pair of two, of which one is cut off
	for i := 0; i < n; i += 2 {
		word := p.s.Word(p.word + uint64(i/2))
		at[m+i], at[m+i+1] = p.place(word, i), p.place(word<<32, i+1)
	}
	at = at[:m+n]
	if from <= p.begin && p.end <= to {
		return at
	}
	kept := at[:m]
	for _, t := range at[m:] {
		if t >= from && t <= to {
			kept = append(kept, t)
		}
	}
	return kept
}

// Covered returns a time up to which acts are sure to follow each other, and the
// one at from, within gap: an act in every leaf or two is proof enough, and cheap. It
// may be from, where nothing is sure.
func (p *Process) Covered(from, gap, to clock.Time) clock.Time {
	empty := int(float64(gap-2*grain)/p.Leaf) - 2 // leaves between two acts that may be without any
	if p.Gap != nil || p.Never() || empty < 0 || from >= to {
		return from
	}
	covered, run := from, 0
	for l := p.index(from) + 1; ; {
		n := spread(p.stream(l/leaves), l%leaves, leaves-1)
		for end := (l/leaves + 1) * leaves; l < end; l++ {
			switch {
			case n[leaves+l%leaves] > 0:
				covered, run = p.start(l), 0
			case run == empty:
				return covered
			default:
				run++
			}
			if covered >= to {
				return to
			}
		}
	}
}

// index returns the leaf that t is in, counted through all blocks.
func (p *Process) index(t clock.Time) int64 {
	x := float64(t) / p.Leaf
	l := int64(x)
	if part := (x - float64(l)) * p.Leaf; part > 4*float64(grain) && part < p.Leaf-4*float64(grain) && x < 1<<40 {
		return l // far enough from either end for rounding not to matter
	}
	for l > 0 && p.start(l) > t { // rounding of the division
		l--
	}
	for p.start(l+1) <= t {
		l++
	}
	return l
}

// gap returns the gap before act number i of a renewal process.
func (p *Process) gap(i uint64) clock.Time {
	return max(clock.Ticks(p.Gap.Quantile(p.Key.Index(p.Kind|i).Uniform())), 1)
}

// walkNext is Next for a renewal process.
func (p *Process) walkNext(from, until clock.Time) clock.Time {
	t := clock.Time(0)
	for i := uint64(0); ; i++ {
		if t = t.Add(p.gap(i)); t > until {
			return clock.Never
		} else if t >= from {
			return t
		}
	}
}

// walkLast is Last for a renewal process.
func (p *Process) walkLast(from, to clock.Time) clock.Time {
	last, t := clock.Time(-1), clock.Time(0)
	for i := uint64(0); ; i++ {
		if t = t.Add(p.gap(i)); t > to {
			return last
		} else if t >= from {
			last = t
		}
	}
}

// walkCount is Count for a renewal process.
func (p *Process) walkCount(to clock.Time) (n int64) {
	for t := p.gap(0); t <= to; n++ {
		t = t.Add(p.gap(uint64(n) + 1))
	}
	return n
}

// walkActs is Acts for a renewal process.
func (p *Process) walkActs(at []clock.Time, from, to clock.Time) []clock.Time {
	t := clock.Time(0)
	for i := uint64(0); ; i++ {
		if t = t.Add(p.gap(i)); t > to {
			return at
		} else if t >= from {
			at = append(at, t)
		}
	}
}
