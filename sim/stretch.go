package sim

import (
	"cmp"
	"math/bits"
	"slices"

	"seatcast/sim/behave"
	"seatcast/sim/clock"
)

// A stretch is some time to come, for which the acts of the crowd are laid out in
// buckets of time, each by the slot of the bucket in which it is and the place of who
// acts. When somebody wants to know, the acts of a part of a bucket, a window, are put in
// order of their slots, and those of a slot, a few, are found out anew. That is rare, so
// to lay out an act is cheap: four bytes, in one of so few buckets that the ends of all
// are near. Nothing is taken out for who leaves, as those who stand at a place then are asked.
type stretch struct {
	from, until clock.Time // clock times
	shift       uint       // a bucket is 1<<shift ticks
	placeBits   uint       // of a laid
	windowBits  uint       // of its slot, that number the windows of a bucket
	buckets     clock.Buckets[laid]
	at          int      // the window at hand, counted through all buckets: those before it are past
	sorted      bool     // it is in order, in left
	left        []laid   // what is left of it, after hand
	kept        []laid   // the memory of left
	hand        []placed // what is left of the slot at hand
	slot        []placed // the memory of hand
	begin, end  []moment // of the slot at hand, by calendar
}

// A laid is an act in a bucket: its slot in the upper bits, and in the lower ones a place
// in crowd.standing. As many bits as the places of all people need are lower, so that
// slots are fewer, and hold more acts, the more people there are.
type laid uint32

const laidBits = 32

// A placed is an act of someone in the crowd with what puts it in order.
type placed struct {
	at, op clock.Time
	order  uint32 // of the person among those of one instant
	place  int32  // in crowd.standing
	habit  int32
}

func (a placed) compare(b placed) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order), cmp.Compare(a.habit, b.habit))
}

// before reports whether an act comes before an event of the queue.
func (a *placed) before(e *clock.Event) bool {
	if a.at != e.At || e.Class() != clock.User {
		return a.at < e.At
	}
	return a.order < e.Order() || a.order == e.Order() && a.habit < int32(e.Detail)
}

// actsLaidOut is how many acts of each person are laid out at a time, on average:
// few enough to be worth little where no other seat frees, and enough to share the
// cost of finding them. maxLaidOut bounds the memory of a large crowd. perBucket is
// few enough to be gone through cheaply for the acts of a window, and those few enough
// to be put in order, 1<<mostWindowBits windows.
const (
	actsLaidOut = 16
	maxLaidOut  = 2_500_000
	perBucket   = 512

	mostWindowBits = 4
)

// layOutAll counts and lays out the acts of a stretch of time from now on, of some
// length at least, and counts what is before.
func (r *run) layOutAll(least clock.Time) {
	c, s := &r.crowd, &r.crowd.stretch
	rate := 0.0
	for i := range c.standing.Len() {
		if p := c.standing.At(i).profile; p >= 0 {
			rate += r.rateOf(&c.profiles[p])
		}
	}
	crowd := max(c.size(), len(r.people)/8) // it may grow
	acts := min(actsLaidOut*crowd, maxLaidOut)
	s.from = r.now
	length := clock.Ticks(float64(acts) / float64(crowd) * float64(c.size()) / rate)
	s.until = min(s.from.Add(max(length, clock.Second, least)), r.horizon+1)
	s.shift = max(mostWindowBits, uint(bits.Len64(uint64(s.until-s.from)/uint64(max(8, acts/perBucket)))))
	s.placeBits = uint(bits.Len(uint(len(r.people))))
	s.windowBits = min(mostWindowBits, laidBits-s.placeBits)
	s.buckets.Reset(s.bucket(s.until)+1, acts)
	s.turn(0)
	r.countUntil(s.until)
}

// rateOf returns the acts per tick of a person of a profile, on average.
func (r *run) rateOf(f *profile) (rate float64) {
	for habits := f.habits; habits != 0; habits &= habits - 1 {
		rate += r.tenant.Segments[f.segment].Does[bits.TrailingZeros32(habits)].MeanRate()
	}
	return rate
}

func (s *stretch) bucket(t clock.Time) int { return int((t - s.from) >> s.shift) }

// window returns the number of the window of a clock time.
func (s *stretch) window(t clock.Time) int { return int((t - s.from) >> (s.shift - s.windowBits)) }

// width returns the binary logarithm of the ticks of a slot.
func (s *stretch) width() uint { return max(s.shift, laidBits-s.placeBits) - (laidBits - s.placeBits) }

// laid returns the act at a place and clock time as its bucket has it.
func (s *stretch) laid(t clock.Time, place int32) laid {
	slot := (t - s.from) & (1<<s.shift - 1) >> s.width()
	return laid(slot)<<s.placeBits | laid(place)
}

// layOut lays out those of the acts at a place that are in the stretch, by their
// clock times.
func (s *stretch) layOut(place int32, times []clock.Time) {
	for _, t := range times {
		if t < s.from {
			continue
		}
		s.buckets.Add(s.bucket(t), s.laid(t, place))
		if w := s.window(t); w <= s.at {
			s.turn(w)
		}
	}
}

// turn makes a window the one at hand.
func (s *stretch) turn(window int) { s.at, s.sorted, s.left, s.hand = window, false, nil, nil }

// take puts the acts of the window at hand from a clock time on in order.
func (s *stretch) take(t clock.Time) {
	begin := s.from + clock.Time(s.at)<<(s.shift-s.windowBits)
	first := s.laid(max(begin, t), 0)
	last := s.laid(begin+1<<(s.shift-s.windowBits)-1, 1<<s.placeBits-1)
	s.kept = slices.DeleteFunc(s.buckets.Append(s.kept[:0], s.at>>s.windowBits), func(l laid) bool { return l < first || l > last })
	slices.Sort(s.kept)
	s.left, s.sorted = slices.Compact(s.kept), true
}

// takeSlot finds the acts of the next slot from the time of the clock on, and puts them
// in order.
func (r *run) takeSlot() {
	c, s := &r.crowd, &r.crowd.stretch
	slot := s.left[0] >> s.placeBits
	begin := s.from + clock.Time(s.at>>s.windowBits)<<s.shift + clock.Time(slot)<<s.width()
	s.begin = r.moments(s.begin[:0], max(begin, r.now))
	s.end = r.moments(s.end[:0], min(begin+1<<s.width(), s.until))
	s.slot = s.slot[:0]
	for ; len(s.left) > 0 && s.left[0]>>s.placeBits == slot; s.left = s.left[1:] {
		if place := int32(s.left[0] & (1<<s.placeBits - 1)); c.standing.At(place).profile >= 0 {
			cal := r.calendarAt(place)
			s.slot = r.placed(s.slot, place, s.begin[cal], s.end[cal])
		}
	}
	slices.SortFunc(s.slot, placed.compare)
	s.hand = s.slot
}

// forget takes the acts at a place out of the hand.
func (s *stretch) forget(place int32) {
	s.hand = slices.DeleteFunc(s.hand, func(a placed) bool { return a.place == place })
}

// placed appends the acts of who stands at a place from a moment to another.
func (r *run) placed(to []placed, place int32, from, until moment) []placed {
	c := &r.crowd
	s := c.standing.At(place)
	f := &c.profiles[s.profile]
	segment := &r.tenant.Segments[f.segment]
	cal, key := r.tenant.Calendars[segment.Calendar], r.parts[f.segment].key(s.number)
	from = latest(from, s.from())
	for habits := f.habits; habits != 0; habits &= habits - 1 {
		k := bits.TrailingZeros32(habits)
		process := behave.NewProcess(&segment.Does[k], key)
		c.times = process.Acts(c.times[:0], from.first(k)-s.begins, until.first(k)-1-s.begins)
		for _, t := range c.times {
			op := s.begins + t
			to = append(to, placed{cal.Clock(op), op, order(key), place, int32(k)})
		}
	}
	return to
}

// nextLaid returns the next act of the stretch, nil at its end.
func (r *run) nextLaid() *placed {
	s := &r.crowd.stretch
	for {
		switch {
		case len(s.hand) > 0:
			return &s.hand[0]
		case len(s.left) > 0:
			r.takeSlot()
		case !s.sorted:
			s.take(r.now)
		case s.at == s.buckets.Len()<<s.windowBits-1:
			return nil
		default:
			s.turn(s.at + 1)
		}
	}
}
