package behave

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/sim/clock"
	"seatcast/sim/dist"
	"seatcast/sim/rng"
)

// blockMean is the mean number of acts in a block. Four makes a block cheap to
// draw whole when a single act is wanted (some 20 ns), and dear enough to skip
// when it is not.
const blockMean = 4

// blockMax bounds the acts of a block: a Poisson number of mean 4 exceeds it
// with probability below 2^-64, less than the resolution of a draw.
const blockMax = 36

// A Process is one person's acts of one kind, as operational time since the
// person's adoption.
//
// It is a Poisson process of rate one, read at the speed of the person's rate: a
// changed rate stretches the same luck instead of drawing other luck. Time is cut
// into blocks of blockMean acts on average; the acts of a block are a Poisson
// number and then the order statistics of as many uniform numbers, all from the
// stream addressed by the block, so a block is had without the ones before.
// A renewal process (Gap not nil) has no such blocks: it is walked from its start.
type Process struct {
	Key   rng.Key
	Block float64   // ticks in a block: blockMean over the rate; +Inf where the person never acts
	Gap   dist.Dist // law of the gaps of a renewal process, or nil
}

// NewProcess returns the acts that habit h gives the person at key. Where rates
// differ between people, the person's own is drawn from the same key.
func NewProcess(h *Habit, key rng.Key) Process {
	p := Process{Key: key.Index(uint64(h.Action)), Gap: h.Gap}
	if h.Gap != nil {
		return p
	}
	rate := h.Rate
	if h.Spread > 0 {
		rate *= gamma(h.Spread, p.Key.Index(math.MaxUint64).Stream())
	}
	p.Block = blockMean / rate
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

// poisson holds the distribution function of the Poisson law of mean blockMean,
// scaled to 64 bits: a count is the number of entries at or below a draw.
var poisson = func() (cdf [blockMax]uint64) {
	term, sum := math.Exp(-blockMean), 0.0
	for k := range cdf {
		sum += term
		term *= blockMean / float64(k+1)
		cdf[k] = math.MaxUint64
		if sum < 1-0x1p-53 {
			cdf[k] = uint64(sum * 0x1p64)
		}
	}
	return cdf
}()

// draw returns the number of acts in block b and the stream that places them.
func (p *Process) draw(b int64) (n int, s rng.Stream) {
	s = p.Key.Index(uint64(b)).Stream()
	u := s.Uint64()
	for n < blockMax-1 && u >= poisson[n] {
		n++
	}
	return n, s
}

// start returns the first tick of block b.
func (p *Process) start(b int64) clock.Time { return clock.Ticks(float64(b) * p.Block) }

// acts draws the acts of block b into at, in strictly rising order.
func (p *Process) acts(b int64, at *[blockMax]clock.Time) []clock.Time {
	n, s := p.draw(b)
	begin, end := p.start(b), p.start(b+1)
	length := float64(end - begin)
	if end == clock.Never { // the block of a rare act may be longer than time itself
		length = p.Block
	}
	for i := range n {
		t := begin.Add(clock.Ticks(length * (float64(s.Uint64()>>11) * 0x1p-53)))
		t = min(t, end-1)
		j := i
		for ; j > 0 && at[j-1] > t; j-- {
			at[j] = at[j-1]
		}
		at[j] = t
	}
	// Two acts of one kind never share a tick, so that a time identifies an act.
	for i := n - 2; i >= 0; i-- {
		if at[i] >= at[i+1] {
			at[i] = at[i+1] - 1
		}
	}
	return at[:n]
}

// Never reports whether the person never acts: the rate is zero.
func (p *Process) Never() bool { return p.Gap == nil && math.IsInf(p.Block, 1) }

// Next returns the first act at or after from, or clock.Never if there is none
// at or before until.
func (p *Process) Next(from, until clock.Time) clock.Time {
	if p.Never() || from > until {
		return clock.Never
	}
	if p.Gap != nil {
		return p.walkNext(from, until)
	}
	var at [blockMax]clock.Time
	for b := p.index(from); p.start(b) <= until; b++ {
		for _, t := range p.acts(b, &at) {
			if t > until {
				return clock.Never
			}
			if t >= from {
				return t
			}
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
	var at [blockMax]clock.Time
	for b := p.index(to); b >= 0; b-- {
		acts := p.acts(b, &at)
		for i := len(acts) - 1; i >= 0; i-- {
			if acts[i] < from {
				return -1
			}
			if acts[i] <= to {
				return acts[i]
			}
		}
		if p.start(b) <= from {
			break
		}
	}
	return -1
}

// Count returns the number of acts in [0, to].
func (p *Process) Count(to clock.Time) int64 {
	if p.Never() || to < 0 {
		return 0
	}
	if p.Gap != nil {
		return p.walkCount(to)
	}
	var total int64
	last := p.index(to)
	for b := range last {
		n, _ := p.draw(b)
		total += int64(n)
	}
	var at [blockMax]clock.Time
	for _, t := range p.acts(last, &at) {
		if t <= to {
			total++
		}
	}
	return total
}

// index returns the block that t is in.
func (p *Process) index(t clock.Time) int64 {
	b := int64(float64(t) / p.Block)
	for b > 0 && p.start(b) > t { // rounding of the division
		b--
	}
	for p.start(b+1) <= t {
		b++
	}
	return b
}

// gap returns the gap before act number i of a renewal process.
func (p *Process) gap(i uint64) clock.Time {
	return max(clock.Ticks(p.Gap.Quantile(p.Key.Index(i).Uniform())), 1)
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
