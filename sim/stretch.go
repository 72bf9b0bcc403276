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
	at          int      // the bucket at hand: what was in those before is counted, or was looked at
	sorted      bool     // the bucket at hand is in order, in hand
	hand        []placed // what is left of it
	kept        []placed // the memory of hand
	taken       []laid
}

// A laid is an act of someone in the crowd that is laid out.
type laid struct {
	at    clock.Time
	place int32  // in crowd.standing
	act   uint32 // the tag of who stands there, and the habit in the low bits
}

// habitBits are enough for the habits of a segment, one an action.
const habitBits = 5

func (a *laid) tag() uint32 { return a.act >> habitBits }
func (a *laid) habit() int  { return int(a.act & (1<<habitBits - 1)) }

// A placed is a laid act with what puts it in order.
type placed struct {
	laid
	order uint32 // of the person among those of one instant
}

func (a placed) compare(b placed) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order), cmp.Compare(a.habit(), b.habit()))
}

// before reports whether an act comes before an event of the queue.
func (a *placed) before(e *clock.Event) bool {
	if a.at != e.At || e.Class() != clock.User {
		return a.at < e.At
	}
	return a.order < e.Order() || a.order == e.Order() && a.habit() < int(e.Detail)
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

// layOutAll lays out the acts of a stretch of time, of some length at least, from
// what is counted on.
func (r *run) layOutAll(least clock.Time) {
	c, s := &r.crowd, &r.crowd.stretch
	rate, people := 0.0, 0
	for i := range c.standing {
		if c.standing[i].taken {
			rate += r.rateOf(c.profileOf(int32(i)))
			people++
		}
	}
	acts := min(actsLaidOut*people, maxLaidOut)
	s.from = c.counted
	s.until = min(s.from.Add(max(clock.Ticks(float64(acts)/rate), clock.Second, least)), r.horizon+1)
	s.shift = uint(bits.Len64(uint64(s.until-s.from) / uint64(max(8, acts/perBucket))))
	s.buckets.Reset(s.bucket(s.until)+1, acts)
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
	s, f := &c.standing[place], c.profileOf(place)
	segment := &r.tenant.Segments[f.segment]
	cal, key := r.tenant.Calendars[segment.Calendar], r.parts[f.segment].key(s.number)
	act := laid{place: place}
	counted, to := firstAt(cal, c.counted), min(firstAt(cal, c.stretch.until)-1, r.endOp[f.segment])
	for habits := f.habits; habits != 0; habits &= habits - 1 {
		k := bits.TrailingZeros32(habits)
		from := s.from
		if k <= int(s.after) {
			from++
		}
		process := behave.NewProcess(&segment.Does[k], key)
		c.times = process.Acts(c.times[:0], max(from, counted)-s.begins, to-s.begins)
		act.act = c.marks[place].tag<<habitBits | uint32(k)
		for _, t := range c.times {
			act.at = cal.Clock(s.begins + t)
			r.put(act)
		}
	}
}

// put puts an act into its bucket, or into the hand.
func (r *run) put(a laid) {
	s := &r.crowd.stretch
	if b := s.bucket(a.at); b > s.at || !s.sorted {
		s.buckets.Add(b, a)
		return
	}
	act := r.placed(a)
	i, _ := slices.BinarySearchFunc(s.hand, act, placed.compare)
	s.hand = slices.Insert(s.hand, i, act)
}

// placed finds out what puts an act in order.
func (r *run) placed(a laid) placed {
	c := &r.crowd
	return placed{a, order(r.parts[c.profileOf(a.place).segment].key(c.standing[a.place].number))}
}

// opOf returns the operational time of an act that is laid out: it is the first of
// its kind in that tick of the clock, or that one which follows what was looked at.
func (r *run) opOf(s *standing, a laid) clock.Time {
	cal := r.calendar(s.person)
	if cal.Always() {
		return a.at
	}
	from := max(firstAt(cal, a.at), s.from)
	if from == s.from && int16(a.habit()) <= s.after {
		from++
	}
	process := r.process(s.person, a.habit())
	return s.begins + process.Next(from-s.begins, clock.Never-1)
}

// take puts the bucket at hand in order.
func (r *run) take() {
	s := &r.crowd.stretch
	s.taken, s.kept = s.buckets.Take(s.at, s.taken[:0]), s.kept[:0]
	for _, a := range s.taken {
		if r.crowd.marks[a.place].tag == a.tag() {
			s.kept = append(s.kept, r.placed(a))
		}
	}
	slices.SortFunc(s.kept, placed.compare)
	s.hand, s.sorted = s.kept, true
}

// next returns the next act of the stretch, nil at its end.
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

// drain counts the acts before t of those that are laid out, t in the stretch or
// its end.
func (r *run) drain(t clock.Time) {
	s := &r.crowd.stretch
	for last := s.bucket(t); s.at < last; s.at, s.sorted = s.at+1, false {
		for i := range s.hand {
			r.countLaid(&s.hand[i].laid)
		}
		s.hand = nil
		if !s.sorted { // nor needs it to be
			s.taken = s.buckets.Take(s.at, s.taken[:0])
			for i := range s.taken {
				r.countLaid(&s.taken[i])
			}
		}
	}
	for next := r.nextLaid(); next != nil && next.at < t; next = r.nextLaid() {
		r.countLaid(&next.laid)
		s.hand = s.hand[1:]
	}
	r.crowd.counted = t
}

// countLaid counts an act that is laid out, unless its person has left the crowd.
func (r *run) countLaid(a *laid) {
	c := &r.crowd
	if c.marks[a.place].tag != a.tag() {
		return
	}
	f := c.profileOf(a.place)
	if answers := f.answers[a.habit()]; len(answers) == 1 {
		r.countOne(answers[0], a.at)
	} else {
		s := &c.standing[a.place]
		r.countOne(r.answer(f, s.person, a.habit(), r.opOf(s, *a)), a.at)
	}
}
