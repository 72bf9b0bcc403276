package sim

import (
	"cmp"
	"math/bits"
	"slices"

	"seatcast/sim/behave"
	"seatcast/sim/clock"
)

// A stretch is some time to come, for which the acts of the crowd are laid out in
// buckets of time: a bucket says at which places of the crowd someone may act in it.
// When a bucket is reached and somebody wants to know, the acts are found out anew
// and put in order. That is rare, so to lay out an act is cheap; and nothing is taken
// out for who leaves, as those who stand at a place then are asked.
type stretch struct {
	from, until clock.Time // clock times
	shift       uint       // a bucket is 1<<shift ticks
	buckets     clock.Buckets[int32]
	at          int      // the bucket at hand: those before it are past
	sorted      bool     // the acts of the bucket at hand are in order, in hand
	hand        []placed // what is left of them
	kept        []placed // the memory of hand
	places      []int32  // that the bucket at hand lists
	begin, end  []moment // of the bucket at hand, by calendar
}

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
// few enough to be put in order cheaply.
const (
	actsLaidOut = 6
	maxLaidOut  = 1 << 21
	perBucket   = 32
)

// layOutAll counts and lays out the acts of a stretch of time from now on, of some
// length at least, and counts what is before.
func (r *run) layOutAll(least clock.Time) {
	c, s := &r.crowd, &r.crowd.stretch
	rate, people := 0.0, 0
	for i := range c.standing {
		if p := c.standing[i].profile; p >= 0 {
			rate += r.rateOf(&c.profiles[p])
			people++
		}
	}
	acts := min(actsLaidOut*people, maxLaidOut)
	s.from = r.now
	s.until = min(s.from.Add(max(clock.Ticks(float64(acts)/rate), clock.Second, least)), r.horizon+1)
	s.shift = uint(bits.Len64(uint64(s.until-s.from) / uint64(max(8, acts/perBucket))))
	s.buckets.Reset(s.bucket(s.until)+1, acts)
	s.turn(s.from)
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

// layOut lays out those of the acts at a place that are in the stretch, by their
// clock times.
func (s *stretch) layOut(place int32, times []clock.Time) {
	for _, t := range times {
		if t >= s.from {
			s.buckets.Add(s.bucket(t), place)
		}
	}
}

// turn makes the bucket of a clock time the one at hand.
func (s *stretch) turn(t clock.Time) { s.at, s.sorted, s.hand = s.bucket(t), false, nil }

// take finds the acts of the bucket at hand from now on, and puts them in order.
func (r *run) take() {
	c, s := &r.crowd, &r.crowd.stretch
	s.places, s.kept = s.buckets.Append(s.places[:0], s.at), s.kept[:0]
	begin := s.from + clock.Time(s.at)<<s.shift
	s.end = r.moments(s.end[:0], min(begin+1<<s.shift, s.until))
	if len(s.places) > 0 {
		s.begin = r.moments(s.begin[:0], max(begin, r.now))
		slices.Sort(s.places)
		for _, place := range slices.Compact(s.places) {
			if c.standing[place].profile >= 0 {
				cal := r.calendarAt(place)
				s.kept = r.placed(s.kept, place, s.begin[cal], s.end[cal])
			}
		}
		slices.SortFunc(s.kept, placed.compare)
	}
	s.hand, s.sorted = s.kept, true
}

// enlist puts the acts of who just came to stand at a place into the hand.
func (r *run) enlist(place int32) {
	if s := &r.crowd.stretch; s.sorted {
		s.hand = r.placed(s.hand, place, moment{}, s.end[r.calendarAt(place)])
		slices.SortFunc(s.hand, placed.compare)
	}
}

// forget takes the acts at a place out of the hand.
func (s *stretch) forget(place int32) {
	s.hand = slices.DeleteFunc(s.hand, func(a placed) bool { return a.place == place })
}

// placed appends the acts of who stands at a place from a moment to another.
func (r *run) placed(to []placed, place int32, from, until moment) []placed {
	c := &r.crowd
	s := &c.standing[place]
	f := &c.profiles[s.profile]
	segment := &r.tenant.Segments[f.segment]
	cal, key := r.tenant.Calendars[segment.Calendar], r.parts[f.segment].key(s.number)
	from = latest(from, s.from)
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
		case !s.sorted:
			r.take()
		case s.at == s.buckets.Len()-1:
			return nil
		default:
			s.at, s.sorted = s.at+1, false
		}
	}
}
