package sim

import (
	"seatcast/sim/behave"
	"seatcast/sim/calendar"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/rng"
)

// The purposes of a person's streams below the person's own, which is that of
// adoption; habits use numbers far above.
const (
	purposeLeave = 1000 + iota
	purposeRefusal
	purposeGroup
	purposePlace
	purposeLag
	purposeMember
)

// A person is one modelled person in a run. It is small, for there may be ten
// million: what has a formula is not kept, and what most people never meet is in a
// history.
type person struct {
	begins  clock.Time // operational time of adoption; clock.Never where the person never acts
	number  uint32     // in the segment or trace: the part of the address of the person's streams
	history int32      // in run.histories, 0 where nothing has happened to the person
}

// A class is people of a segment who have the same.
type class struct {
	member
	segment int16 // -1 for people of a trace
}

// A history is what happened to a person.
type history struct {
	blocked     clock.Time // since when the person is refused, or clock.Never
	met         uint64     // what the person was told so far: reasons of acts, then of group errors
	refusedBy   uint32     // pools that ever refused the person
	moving      uint32     // groups that the person is being moved to, add first
	refusals    uint32
	standing    int32        // in the crowd, or -1
	pool        int16        // that refused the person
	where       int16        // the environment of the act that was refused
	processings uint16       // of memberships
	claims      uint16       // in the ledger
	wanted      claim.Action // the act that was refused
	requested   bool         // a request to the administrator is under way
}

// uneventful returns the history of one to whom nothing happened.
func uneventful() history { return history{blocked: clock.Never, standing: -1} }

// A part is where a segment's people are, in the order in which they adopt. By
// number, those who are there at the start come before those who join.
type part struct {
	segment         int        // index into Tenant.Segments
	first, size     int        // in run.people
	adopters        int        // who begin before leaving and the end: the first so many
	begun           int        // of the adopters
	plain           bool       // those who adopt do so at that operational time by the clock, and stay
	next            clock.Time // clock time at which the next adopter begins, or clock.Never
	count           int        // of those who are there at the start
	there, newcomer rng.Key
	newcomers       []newcomer
}

// A newcomer joins in this replication.
type newcomer struct {
	class  uint32
	joined clock.Time // clock time
}

// past returns what happened to a person, to be read.
func (r *run) past(i claim.Person) *history { return r.histories.At(r.people[i].history) }

// note returns what happened to a person, to be written.
func (r *run) note(i claim.Person) *history {
	p := &r.people[i]
	if p.history == 0 {
		p.history = r.histories.Add(uneventful())
	}
	return r.histories.At(p.history)
}

// segmentOf returns the index of a person's segment, -1 for people of a trace.
func (r *run) segmentOf(i claim.Person) int { return int(r.classOf(i).segment) }

// classOf returns what a person has, with those who have the same.
func (r *run) classOf(i claim.Person) *class {
	if len(r.class) == 0 {
		return &r.classes[0]
	}
	return &r.classes[r.class[i]]
}

// key returns the address of a person's streams.
func (r *run) key(i claim.Person) rng.Key {
	number, s := r.people[i].number, r.segmentOf(i)
	if s < 0 {
		return r.traceKey.Index(uint64(number))
	}
	return r.parts[s].key(number)
}

// key returns the address of the streams of a person of the part.
func (p *part) key(number uint32) rng.Key {
	if int(number) < p.count {
		return p.there.Index(uint64(number))
	}
	return p.newcomer.Index(uint64(int(number) - p.count))
}

// joined returns the clock time at which a person joins the tenant.
func (r *run) joined(i claim.Person) clock.Time {
	s := r.segmentOf(i)
	if s < 0 {
		return 0
	}
	return r.parts[s].joined(r.people[i].number)
}

// joined returns the clock time at which a person of the part joins the tenant.
func (p *part) joined(number uint32) clock.Time {
	if n := int(number) - p.count; n >= 0 {
		return p.newcomers[n].joined
	}
	return 0
}

// leaves returns the clock time at which a person leaves, or clock.Never.
func (r *run) leavesAt(i claim.Person) clock.Time {
	if len(r.leaves) == 0 {
		return clock.Never
	}
	return r.leaves[i]
}

// order returns the person's place among those who act at one instant: fair, and
// apart from the administrator's dated acts, which have the low numbers.
func (r *run) order(i claim.Person) uint32 { return order(r.key(i)) }

func order(key rng.Key) uint32 { return key.Order() | 1<<31 }

// calendar returns the calendar of a person.
func (r *run) calendar(i claim.Person) *calendar.Calendar {
	return r.tenant.Calendars[r.tenant.Segments[r.segmentOf(i)].Calendar]
}

// habits returns what a person does, nothing for people of a trace.
func (r *run) habits(i claim.Person) []behave.Habit {
	if s := r.segmentOf(i); s >= 0 {
		return r.tenant.Segments[s].Does
	}
	return nil
}

// processesOf returns the acts of a person, by habit. They stay until another person's
// are asked for: one who begins is asked for them several times in a row.
func (r *run) processesOf(i claim.Person) []behave.Process {
	if r.processesFor == i {
		return r.processes
	}
	habits, key := r.habits(i), r.key(i)
	r.processes, r.processesFor = r.processes[:0], i
	for k := range habits {
		r.processes = append(r.processes, behave.NewProcess(&habits[k], key))
	}
	return r.processes
}

// place returns where an act happens: the person's environment, or one drawn for
// the act by its operational time.
func (r *run) place(i claim.Person, a claim.Action, op clock.Time) int16 {
	c := r.classOf(i)
	if c.segment < 0 || !r.tenant.Segments[c.segment].PerAct {
		return c.environment
	}
	s := &r.tenant.Segments[c.segment]
	u := r.key(i).Index(purposePlace).Index(uint64(a)).Index(uint64(op)).Uniform()
	for _, e := range s.Environments {
		if u -= e.Share; u < 0 {
			return int16(e.Index)
		}
	}
	return int16(s.Environments[len(s.Environments)-1].Index)
}

// places returns the environments in which a person may act.
func (r *run) places(i claim.Person) []int16 {
	s := &r.tenant.Segments[r.segmentOf(i)]
	r.scratch = r.scratch[:0]
	if !s.PerAct {
		r.scratch = append(r.scratch, r.classOf(i).environment)
		return r.scratch
	}
	for _, e := range s.Environments {
		r.scratch = append(r.scratch, int16(e.Index))
	}
	return r.scratch
}

// lastOperational returns the operational time of the person's last moment: acts
// up to it happen.
func (r *run) lastOperational(i claim.Person) clock.Time {
	leaves := r.leavesAt(i)
	if leaves > r.horizon {
		return r.endOp[r.segmentOf(i)]
	}
	return r.calendar(i).Operational(leaves - 1) // who leaves acts no more at that instant
}
