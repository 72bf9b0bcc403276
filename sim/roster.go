package sim

import (
	"slices"

	"seatcast/sim/claim"
	"seatcast/sim/rng"
)

// A member is what is known of a person of a segment before any dice.
type member struct {
	environment int16 // index into Rules.Environments, or -1
	desktop     claim.Version
	holds       uint32 // products held on day one
	groups      uint32 // groups the person is in
}

// bare reports whether a member has nothing on day one that others have not.
func (m *member) bare() bool { return m.desktop == claim.Version{} && m.holds == 0 && m.groups == 0 }

// A roster is the classes of the first people of a segment, by number; or one class,
// where it is that of all.
type roster []uint32

// of returns the class of a person.
func (r roster) of(number int) uint32 {
	if len(r) == 1 {
		return r[0]
	}
	return r[number]
}

// members lays out the first n people of a segment, as the numbers that a function
// gives to what they have. Shares are met as exactly as
// whole people can: 5% of 800 are 40, in every replication, for who holds a
// licence today is known and not a matter of luck. People are told apart by
// their streams alone, so which of them it is does not matter; but adding a person
// at the end changes nobody else, and attributes are spread evenly over each
// other's classes, so that they are independent.
func (s *Segment) members(n int, number func(member) uint32) roster {
	var people roster
	q, last := quotas{}, member{}
	environments, desktops := make([]float64, 0, len(s.Environments)), make([]float64, 0, len(s.Desktops))
	for _, e := range s.Environments {
		environments = append(environments, e.Share)
	}
	for _, d := range s.Desktops {
		desktops = append(desktops, d.Share)
	}
	for i := range n {
		m, class := member{environment: -1}, 0
		if k := q.pick(0, &class, environments); k >= 0 {
			m.environment = int16(s.Environments[k].Index)
		}
		if k := q.pick(1, &class, desktops); k >= 0 {
			m.desktop = s.Desktops[k].Version
		}
		for k, h := range s.Holds {
			if q.pick(2+k, &class, []float64{h.Share}) == 0 {
				m.holds |= 1 << h.Index
			}
		}
		for k, g := range s.Members {
			if q.pick(2+len(s.Holds)+k, &class, []float64{g.Share}) == 0 {
				m.groups |= 1 << g.Index
			}
		}
		switch {
		case i == 0:
			people = append(people, number(m))
		case m == last && len(people) == 1: // and so were all before
		case len(people) == 1:
			people = append(make(roster, 0, n), slices.Repeat(people, i)...)
			people = append(people, number(m))
		case m == last:
			people = append(people, people[i-1])
		default:
			people = append(people, number(m))
		}
		last = m
	}
	return people
}

// newcomer draws what a person has who joins later: who that will be is luck.
func (s *Segment) newcomer(key rng.Key) member {
	key = key.Index(purposeMember)
	m := member{environment: -1}
	u := key.Index(0).Uniform()
	for _, e := range s.Environments { // shares that add up to 1 leave nobody over
		m.environment = int16(e.Index)
		if u -= e.Share; u < 0 {
			break
		}
	}
	u = key.Index(1).Uniform()
	for _, d := range s.Desktops {
		if u -= d.Share; u < 0 {
			m.desktop = d.Version
			break
		}
	}
	for _, h := range s.Holds {
		if key.Index(2).Index(uint64(h.Index)).Uniform() < h.Share {
			m.holds |= 1 << h.Index
		}
	}
	for _, g := range s.Members {
		if key.Index(3).Index(uint64(g.Index)).Uniform() < g.Share {
			m.groups |= 1 << g.Index
		}
	}
	return m
}

// quotas deals choices out in proportion: over all people, and within each class
// of people who are alike so far. The key is an attribute, or an attribute of a
// class; the value what each choice is still owed there.
type quotas map[[2]int][]float64

// everyone is the class of all people.
const everyone = -1

// pick deals the next choice of an attribute to someone of a class, -1 where
// shares leave some over, and refines the class by it.
func (q quotas) pick(attribute int, class *int, shares []float64) int {
	switch {
	case len(shares) == 0:
		return -1
	case len(shares) == 1 && shares[0] == 1:
		return 0 // everyone: nothing to deal
	}
	overall, within := q.owed(attribute, everyone, shares), q.owed(attribute, *class, shares)
	best := 0
	for k := range overall {
		// The total goes first: it is what an administrator counts. Shares of decimal
		// fractions tie, hence the margin.
		if 2*overall[k]+within[k] > 2*overall[best]+within[best]+1e-9 {
			best = k
		}
	}
	overall[best]--
	within[best]--
	*class = *class*64 + best + 1 // below 64 choices keep classes apart; past ten attributes some share, which only blurs their independence
	if best == len(shares) {
		return -1
	}
	return best
}

// owed returns what the choices of an attribute are owed in a class, after one
// more person; the last is what the shares leave over.
func (q quotas) owed(attribute, class int, shares []float64) []float64 {
	key := [2]int{attribute, class}
	owed := q[key]
	if owed == nil {
		owed = make([]float64, len(shares)+1)
		q[key] = owed
	}
	rest := 1.0
	for k, share := range shares {
		owed[k] += share
		rest -= share
	}
	owed[len(shares)] += rest
	return owed
}
