package sim

import (
	"cmp"
	"math/bits"
	"slices"

	"seatcast/sim/behave"
	"seatcast/sim/clock"
)

// A stretch is the acts of the crowd for some time to come, in buckets of time,
// each put in order when it is reached and somebody wants to know.
type stretch struct {
	from, until clock.Time // clock times
	shift       uint       // a bucket is 1<<shift ticks
	buckets     clock.Buckets[laid]
	at          int    // the bucket at hand: what was in those before is counted, or was looked at
	sorted      bool   // the bucket at hand is in order, in hand
	hand        []laid // what is left of it
	kept        []laid // the memory of hand
}

// A laid is an act of someone in the crowd that is laid out.
type laid struct {
	at, op clock.Time // by the clock, and operational
	place  int32      // in crowd.standing
	order  uint32     // of the person among those of one instant
	tag    uint16
	habit  uint8
}

func (a laid) compare(b laid) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order), cmp.Compare(a.op, b.op), cmp.Compare(a.habit, b.habit))
}

// before reports whether an act comes before an event of the queue.
func (a *laid) before(e *clock.Event) bool {
	if a.at != e.At || e.Class() != clock.User {
		return a.at < e.At
	}
	return a.order < e.Order() || a.order == e.Order() && a.habit < e.Detail
}

// actsLaidOut is how many acts of each person are laid out at a time, on average:
// few enough to be worth little where no other seat frees, and enough to share the
// cost of finding them. maxLaidOut bounds the memory of a large crowd, and
// perBucket is few enough to be put in order
// cheaply.
const (
	actsLaidOut = 8
	maxLaidOut  = 1 << 21
	perBucket   = 32
)

// layOutAll lays out the acts of a stretch of time from what is counted on.
func (r *run) layOutAll() {
	c, s := &r.crowd, &r.crowd.stretch
	rate, people := 0.0, 0
	for i := range c.standing {
		if c.standing[i].taken {
			rate += r.rateOf(&c.profiles[c.standing[i].profile])
			people++
		}
	}
	acts := min(actsLaidOut*people, maxLaidOut)
	s.from = c.counted
	s.until = min(s.from.Add(max(clock.Ticks(float64(acts)/rate), clock.Second)), r.horizon+1)
	s.shift = uint(bits.Len64(uint64(s.until-s.from) / uint64(max(8, acts/perBucket))))
	s.buckets.Reset(s.bucket(s.until) + 1)
	s.at, s.sorted, s.hand = 0, false, nil
	for i := range c.standing {
		if c.standing[i].taken {
			r.layOut(int32(i))
		}
	}
}

// rateOf returns the acts per tick of a person of a profile, on average.
func (r *run) rateOf(f *profile) (rate float64) {
	for habits := f.habits; habits != 0; habits &= habits - 1 {
		rate += r.tenant.Segments[f.segment].Does[bits.TrailingZeros32(habits)].MeanRate()
	}
	return rate
}

func (s *stretch) bucket(t clock.Time) int { return int((t - s.from) >> s.shift) }

// layOut lays out the acts of one person of the crowd until the end of the stretch.
func (r *run) layOut(place int32) {
	c := &r.crowd
	s := &c.standing[place]
	f := &c.profiles[s.profile]
	cal, key := r.tenant.Calendars[r.tenant.Segments[f.segment].Calendar], r.parts[f.segment].key(s.number)
	act := laid{place: place, order: order(key), tag: s.tag}
	counted, to := firstAt(cal, c.counted), min(firstAt(cal, c.stretch.until)-1, r.lastOperational(s.person))
	for habits := f.habits; habits != 0; habits &= habits - 1 {
		k := bits.TrailingZeros32(habits)
		from := s.from
		if k <= int(s.after) {
			from++
		}
		process := behave.NewProcess(&r.tenant.Segments[f.segment].Does[k], key)
		c.times = process.Acts(c.times[:0], max(from, counted)-s.begins, to-s.begins)
		act.habit = uint8(k)
		for _, t := range c.times {
			act.op = s.begins + t
			act.at = cal.Clock(act.op)
			c.stretch.put(act)
		}
	}
}

// put puts an act into its bucket, or into the hand.
func (s *stretch) put(a laid) {
	if b := s.bucket(a.at); b > s.at || !s.sorted {
		s.buckets.Add(b, a)
		return
	}
	i, _ := slices.BinarySearchFunc(s.hand, a, laid.compare)
	s.hand = slices.Insert(s.hand, i, a)
}

// take puts the bucket at hand in order.
func (s *stretch) take() {
	s.kept = s.buckets.Take(s.at, s.kept[:0])
	slices.SortFunc(s.kept, laid.compare)
	s.hand, s.sorted = s.kept, true
}

// next returns the next act of the stretch, nil at its end.
func (s *stretch) next() *laid {
	for {
		switch {
		case len(s.hand) > 0:
			return &s.hand[0]
		case !s.sorted:
			s.take()
		case s.at == s.buckets.Len()-1:
			return nil
		default:
			s.at, s.sorted = s.at+1, false
		}
	}
}

// drain counts the acts before t of those that are laid out, t in the stretch or
// its end.
func (r *run) drain(t clock.Time) {
	s := &r.crowd.stretch
	for last := s.bucket(t); s.at < last; s.at, s.sorted = s.at+1, false {
		if !s.sorted { // nor needs it to be
			s.kept = s.buckets.Take(s.at, s.kept[:0])
			s.hand = s.kept
		}
		for i := range s.hand {
			r.countLaid(&s.hand[i])
		}
		s.hand = nil
	}
	for next := s.next(); next != nil && next.at < t; next = s.next() {
		r.countLaid(next)
		s.hand = s.hand[1:]
	}
	r.crowd.counted = t
}

// countLaid counts an act that is laid out, unless its person has left the crowd.
func (r *run) countLaid(a *laid) {
	s := &r.crowd.standing[a.place]
	if s.tag != a.tag {
		return
	}
	f := &r.crowd.profiles[s.profile]
	if answers := f.answers[a.habit]; len(answers) == 1 {
		r.countOne(answers[0], a.at)
	} else {
		r.countOne(r.answer(f, s.person, int(a.habit), a.op), a.at)
	}
}
