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

// Time is cut into leaves of leafMean acts on average, and leaves into blocks. Four
// acts make a leaf cheap to draw whole when a single act is wanted; 32 let a year of
// most people be counted in a few draws, and are nearly always few enough for the bits
// of one word.
const (
	leafMean  = 4
	leaves    = 8 // of a block
	blockMean = leafMean * leaves
	batchSize = 64
	cells     = 64 // of a block: an eighth of a leaf each, and as many as a word has bits
)

// blockMax bounds the acts of a block: a Poisson number of mean 32 reaches it with
// probability 2^-122, far below the resolution of a draw.
const blockMax = 128

// The words of a block's stretch of the stream: one for the number of its acts, then
// those that say in which leaf each act is, then those that say where in the leaf.
const (
	countWord  = 0
	coinWords  = 1 // three for each batch
	placeWords = 8 // two acts a word
	blockWords = 128
)

// grain is the part of an act's time that tells apart the acts of a block: two acts of
// one kind never share a tick, so that a time identifies an act.
const grain = blockMax * clock.Time(1)

// A Process is one person's acts of one kind, as operational time since the
// person's adoption.
//
// It is a Poisson process of rate one, read at the speed of the person's rate: a
// changed rate stretches the same luck instead of drawing other luck. Time is cut
// into blocks. The number of acts of a block is Poisson; each act falls into
// either half of it by the toss of a coin, and so on down to leaves, in which acts
// are uniform: given their number, the acts of a Poisson process are independent
// and uniform. All tosses are words of the stream at places that the block has, so any
// part of the process is had without the rest, and a block is counted without its
// acts. The tosses of 64 acts are the bits of one word: which of them are in some leaf
// takes three words and a few operations.
//
// A renewal process (gaps not nil) has no such blocks: it is walked from its start.
type Process struct {
	stream rng.Stream
	leaf   clock.Time // ticks in a leaf: leafMean over the rate, in whole grains; Never where that is more
	long   float64    // the same, however long; +Inf where the person never acts
	gaps   dist.Dist  // law of the gaps of a renewal process, or nil
}

// The number of a person's stream is that of the action, and for the person's rate
// rateStreams more.
const rateStreams = 1 << 8

// NewProcess returns the acts that habit h gives the person at key. Where rates
// differ between people, the person's own is drawn from the same key.
func NewProcess(h *Habit, key rng.Key) Process {
	p := Process{stream: key.Branch(uint64(h.Action)), gaps: h.Gap}
	if h.Gap != nil {
		return p
	}
	rate := h.Rate
	if h.Spread > 0 {
		rate *= gamma(h.Spread, key.Branch(uint64(h.Action)+rateStreams))
	}
	p.long = leafMean / rate
	if p.leaf = clock.Ticks(p.long + float64(grain/2)); p.leaf != clock.Never {
		p.leaf = max(p.leaf&^(grain-1), grain)
	}
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
// function scaled to 64 bits, and guess the least number that the first bits of a draw
// allow, which nearly always is the number.
type poissonTable struct {
	cdf   [blockMax]uint64
	guess [1 << guessBits]uint8
}

const guessBits = 12

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
		t.guess[i] = uint8(t.step(0, uint64(i)<<(64-guessBits)))
	}
	return t
}

// draw returns the number at a uniform word.
func (t *poissonTable) draw(u uint64) int { return t.step(int(t.guess[u>>(64-guessBits)]), u) }

func (t *poissonTable) step(n int, u uint64) int {
	for n < blockMax-1 && u >= t.cdf[n] {
		n++
	}
	return n
}

// block returns the stream of a block, and the number of its acts.
func (p *Process) block(b int64) (s rng.Stream, n int) {
	s = p.stream.Skip(uint64(b) * blockWords)
	return s, blocks.draw(s.Word(countWord))
}

// A batch is up to 64 acts of a block, nearly always all of them. Each has a bit in
// every word.
type batch struct {
	all                   uint64 // the bits of acts
	half, quarter, eighth uint64 // of each part, whether the act is in the second half of it
}

// batchOf returns the acts from number first on of the n of a block.
func batchOf(s rng.Stream, first, n int) batch {
	word := uint64(coinWords + 3*(first/batchSize))
	return batch{^uint64(0) >> max(0, batchSize-(n-first)), s.Word(word), s.Word(word + 1), s.Word(word + 2)}
}

// in returns the acts in a leaf of the block.
func (b *batch) in(leaf int64) uint64 {
	return b.all & same(b.half, leaf>>2) & same(b.quarter, leaf>>1) & same(b.eighth, leaf)
}

// before returns the acts in the leaves before one.
func (b *batch) before(leaf int64) uint64 {
	half, quarter, eighth := -uint64(leaf>>2&1), -uint64(leaf>>1&1), -uint64(leaf&1)
	return b.all & (half&^b.half |
		^(half^b.half)&(quarter&^b.quarter|
			^(quarter^b.quarter)&(eighth&^b.eighth)))
}

// upTo returns the acts in the leaves up to one.
func (b *batch) upTo(leaf int64) uint64 {
	half, quarter, eighth := -uint64(leaf>>2&1), -uint64(leaf>>1&1), -uint64(leaf&1)
	return b.all & (half&^b.half |
		^(half^b.half)&(quarter&^b.quarter|
			^(quarter^b.quarter)&(eighth|^b.eighth)))
}

// same returns the bits of coins that are as the last of bit.
func same(coins uint64, bit int64) uint64 { return coins ^ (uint64(bit&1) - 1) }

// leaf returns the leaf of act i of the batch.
func (b *batch) leaf(i int) uint64 {
	i &= batchSize - 1
	return b.half>>i&1<<2 | b.quarter>>i&1<<1 | b.eighth>>i&1
}

// occupied returns the leaves of the block that have acts of the batch, a bit each.
func (b *batch) occupied() (leaves uint64) {
	first, second := b.all&^b.half, b.all&b.half
	for _, acts := range [4]uint64{second & b.quarter, second &^ b.quarter, first & b.quarter, first &^ b.quarter} {
		leaves = leaves<<2 | some(acts&b.eighth)<<1 | some(acts&^b.eighth)
	}
	return leaves
}

// some returns 1 if a word has a bit, 0 if not.
func some(word uint64) uint64 { return (word | -word) >> 63 }

// start returns the first tick of leaf number l, counted through all blocks.
func (p *Process) start(l int64) clock.Time {
	over, t := bits.Mul64(uint64(l), uint64(p.leaf))
	if over > 0 || t > uint64(clock.Never) {
		return clock.Never
	}
	return clock.Time(t)
}

// act returns the time since the start of the block of act number i of it, which is in
// the given leaf of the block.
func (p *Process) act(s rng.Stream, i int, leaf uint64) clock.Time {
	word := s.Word(placeWords+uint64(i)/2) << (32 * (i & 1))
	if p.rare() {
		return p.start(int64(leaf)).Add(clock.Ticks(float64(word>>32) * 0x1p-32 * p.long))
	}
	return place(p.length(), leaf, word, i)
}

// place returns the time since the start of a block of a length of act number i of it,
// which is in the given leaf, by the high half of a word: one of 2^32 places of the
// leaf, which are 30 ms apart for acts that happen once a year.
func place(length, leaf, word uint64, i int) clock.Time {
	at, _ := bits.Mul64(leaf<<61|word>>32<<29, length)
	return clock.Time(at)&^(grain-1) + clock.Time(i)
}

// rare reports whether a block is longer than time itself.
func (p *Process) rare() bool { return p.leaf > clock.Never/leaves }

// length returns the ticks of a block.
func (p *Process) length() uint64 { return leaves * uint64(p.leaf) }

// Never reports whether the person never acts: the rate is zero.
func (p *Process) Never() bool { return p.gaps == nil && math.IsInf(p.long, 1) }

// Next returns the first act at or after from, or clock.Never if there is none
// at or before until.
func (p *Process) Next(from, until clock.Time) clock.Time {
	if p.Never() || from > until {
		return clock.Never
	}
	if p.gaps != nil {
		return p.walkNext(from, until)
	}
	for l := int64(max(from, 0) / p.leaf); p.start(l) <= until; l++ {
		s, n := p.block(l / leaves)
		begin, next := p.start(l&^(leaves-1)), clock.Never
		for first := 0; first < n; first += batchSize {
			b := batchOf(s, first, n)
			for acts := b.in(l % leaves); acts != 0; acts &= acts - 1 {
				if t := begin.Add(p.act(s, first+bits.TrailingZeros64(acts), uint64(l%leaves))); t >= from {
					next = min(next, t)
				}
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
	if p.Never() || to < max(from, 0) {
		return -1
	}
	if p.gaps != nil {
		return p.walkLast(from, to)
	}
	for l := int64(to / p.leaf); ; l-- {
		s, n := p.block(l / leaves)
		begin, last := p.start(l&^(leaves-1)), clock.Time(-1)
		for first := 0; first < n; first += batchSize {
			b := batchOf(s, first, n)
			for acts := b.in(l % leaves); acts != 0; acts &= acts - 1 {
				if t := begin.Add(p.act(s, first+bits.TrailingZeros64(acts), uint64(l%leaves))); t <= to {
					last = max(last, t)
				}
			}
		}
		switch {
		case last >= from:
			return last
		case last >= 0 || l == 0 || p.start(l) <= from:
			return -1
		}
	}
}

// Count returns the number of acts in [0, to].
func (p *Process) Count(to clock.Time) (total int64) {
	if p.Never() || to < 0 {
		return 0
	}
	if p.gaps != nil {
		return p.walkCount(to)
	}
	l := int64(to / p.leaf)
	for b := range l / leaves {
		_, n := p.block(b)
		total += int64(n)
	}
	s, n := p.block(l / leaves)
	rest := to - p.start(l&^(leaves-1))
	for first := 0; first < n; first += batchSize {
		b := batchOf(s, first, n)
		total += int64(bits.OnesCount64(b.before(l % leaves)))
		for acts := b.in(l % leaves); acts != 0; acts &= acts - 1 {
			if p.act(s, first+bits.TrailingZeros64(acts), uint64(l%leaves)) <= rest {
				total++
			}
		}
	}
	return total
}

// Acts appends the acts in [from, to] to at, in no order.
func (p *Process) Acts(at []clock.Time, from, to clock.Time) []clock.Time {
	from = max(from, 0)
	if p.Never() || to < from {
		return at
	}
	if p.gaps != nil {
		return p.walkActs(at, from, to)
	}
	last := int64(to / p.leaf)
	for l := int64(from / p.leaf); l <= last; l = l&^(leaves-1) + leaves {
		s, n := p.block(l / leaves)
		begin, m := clock.Time(l&^(leaves-1))*p.leaf, len(at) // begin is at most to
		at = slices.Grow(at, n)
		for first := 0; first < n; first += batchSize {
			b := batchOf(s, first, n)
			wanted := b.all &^ b.before(l%leaves)
			if l|(leaves-1) >= last {
				wanted &= b.upTo(last % leaves)
			}
			if wanted == b.all {
				at = p.layAll(at, s, &b, first, begin)
			} else {
				at = p.lay(at, s, &b, first, wanted, begin)
			}
		}
		if begin < from || l|(leaves-1) >= last {
			at = clip(at, m, from, to)
		}
	}
	return at
}

// lay appends the times of the wanted acts of a batch to at, where there is room. The
// acts of the batch are those of the block from number first on, and begin is the start
// of the block.
func (p *Process) lay(at []clock.Time, s rng.Stream, b *batch, first int, wanted uint64, begin clock.Time) []clock.Time {
	m := len(at)
	at = at[:m+bits.OnesCount64(wanted)]
	if p.rare() {
		for ; wanted != 0; wanted &= wanted - 1 {
			i := bits.TrailingZeros64(wanted)
			at[m] = begin + p.act(s, first+i, b.leaf(i))
			m++
		}
		return at
	}
	length, places := p.length(), s.Skip(placeWords+uint64(first)/2)
	begin += clock.Time(first)
	for ; wanted != 0; wanted &= wanted - 1 {
		i := bits.TrailingZeros64(wanted)
		at[m] = begin + place(length, b.leaf(i), places.Word(uint64(i)/2)<<(32*(i&1)), i)
		m++
	}
	return at
}

// layAll is lay of all acts of a batch.
func (p *Process) layAll(at []clock.Time, s rng.Stream, b *batch, first int, begin clock.Time) []clock.Time {
	if p.rare() {
		return p.lay(at, s, b, first, b.all, begin)
	}
	n := bits.OnesCount64(b.all)
	length, places := p.length(), s.Skip(placeWords+uint64(first)/2)
	begin += clock.Time(first)
	for i := 0; i < n; i += 2 {
		word := places.Uint64()
		at = append(at, begin+place(length, b.leaf(i), word, i))
		if i+1 < n { // an odd one has no other
			at = append(at, begin+place(length, b.leaf(i+1), word<<32, i+1))
		}
	}
	return at
}

// clip returns at without those from number m on that are not in [from, to].
func clip(at []clock.Time, m int, from, to clock.Time) []clock.Time {
	for _, t := range at[m:] {
		at[m] = t
		_, out := bits.Sub64(uint64(to-from), uint64(t-from), 0) // no branch: it would be guessed wrong
		m += 1 - int(out)
	}
	return at[:m]
}

// Covered returns the last of the acts that follow each other, and the one at from, within
// gap; or to, where that is not before to by more than gap. It asks which leaves have acts,
// or which cells where gap is short, and looks at times only where many in a row have none.
// Where gap is so short that this would be often, it returns from.
func (p *Process) Covered(from, gap, to clock.Time) clock.Time {
	if p.gaps != nil || p.rare() || from >= to {
		return from
	}
	if p.often(from, gap, to) {
		return to
	}
	part := p.leaf
	empty := int64(gap/part) - 2 // parts between two acts that may be without any
	if empty < 0 {
		part /= cells / leaves
		if empty = int64((gap-2*grain)/part) - 2; empty < cells/leaves-1 {
			return from
		}
	}
	for {
		doubt := p.bare(from, to, part, empty)
		if doubt > to {
			return to
		}
		last := max(p.Last(from+1, doubt-1), from)
		if last.Add(gap) >= to {
			return to
		}
		if from = p.Last(doubt, last+gap); from < 0 {
			return last
		}
	}
}

// often reports whether acts are sure to follow each other within gap because it is some
// blocks long, and one block in so many is seen to have acts.
func (p *Process) often(from, gap, to clock.Time) bool {
	length := clock.Time(p.length())
	step := int64(gap/length) - 1 // blocks from one with an act to another
	if step < 1 {
		return false
	}
	for b := int64(from/length) + step; b <= int64(to/length); b += step {
		if _, n := p.block(b); n == 0 {
			return false
		}
	}
	return true
}

// bare returns the start of the first run of more than empty parts without acts, of those
// after from that begin up to to, or clock.Never. A part is a leaf or a cell.
func (p *Process) bare(from, to, part clock.Time, empty int64) clock.Time {
	first, end := int64(from/part)+1, int64(to/part)+1
	base := first &^ (leaves - 1)
	if part < p.leaf {
		base = first &^ (cells - 1)
	}
	for run := int64(0); base < end; base += cells {
		occupied := uint64(0)
		if part < p.leaf {
			occupied = p.cells(base / cells)
		} else {
			for l := base; l < min(base+cells, end); l += leaves {
				occupied |= p.occupied(l/leaves) << (l - base)
			}
		}
		if base < first {
			occupied |= 1<<(first-base) - 1
		}
		if end-base < cells {
			occupied |= ^uint64(0) << (end - base)
		}
		if run+int64(bits.TrailingZeros64(occupied)) > empty {
			return clock.Time(base-run) * part
		}
		if i := zeros(occupied, empty+1); i < cells {
			return clock.Time(base+i) * part
		}
		if occupied == 0 {
			run += cells
		} else {
			run = int64(bits.LeadingZeros64(occupied))
		}
	}
	return clock.Never
}

// zeros returns where the first n zeros in a row are among the bits of a word, from the
// lowest, or 64.
func zeros(word uint64, n int64) int64 {
	begin := ^word // where so many begin as are sure
	for sure := int64(1); sure < n && begin != 0; {
		more := min(sure, n-sure)
		begin &= begin >> more
		sure += more
	}
	return int64(bits.TrailingZeros64(begin))
}

// occupied returns the leaves of a block that have acts, a bit each.
func (p *Process) occupied(block int64) (leaves uint64) {
	s, n := p.block(block)
	for first := 0; first < n; first += batchSize {
		b := batchOf(s, first, n)
		leaves |= b.occupied()
	}
	return leaves
}

// cells returns the cells of a block that have acts, a bit each. The time of an act is in
// its cell, or beside it by less than a grain.
func (p *Process) cells(block int64) (occupied uint64) {
	s, n := p.block(block)
	for first := 0; first < n; first += batchSize {
		b, places := batchOf(s, first, n), s.Skip(placeWords+uint64(first)/2)
		for i := 0; i < min(n-first, batchSize); i += 2 {
			word := places.Uint64()
			occupied |= 1 << (b.leaf(i)<<3 | word>>61)
			if first+i+1 < n {
				occupied |= 1 << (b.leaf(i+1)<<3 | word>>29&7)
			}
		}
	}
	return occupied
}

// gap returns the gap before act number i of a renewal process.
func (p *Process) gap(i uint64) clock.Time {
	return max(clock.Ticks(p.gaps.Quantile(p.stream.UniformAt(i))), 1)
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
