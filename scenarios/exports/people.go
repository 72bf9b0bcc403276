package exports

import (
	"regexp"
	"time"
)

var guids = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// A person is what is known of somebody. No name is kept.
type person struct {
	listed    bool     // in the export of users
	disabled  bool     // an account that cannot sign in
	active    bool     // was seen at work on flows
	premium   bool     // of which some are premium, or have attended RPA
	hasSignIn bool     // the export tells when
	holds     uint64   // products, by their bits
	reported  uint64   // products that the consumption report names
	groups    uint64   // that gave a claimable product, by their bits
	failed    uint64   // and those that could not give it
	direct    uint8    // claimable products that were given directly, by their index
	since     [2]int64 // of each claimable product: since when, in seconds; 0 where unknown
	audited   [2]int64 // when the audits have it claimed
	claimed   int64    // when the audits have some product claimed
	signedIn  int64
}

// people are all who appear in the exports, by what identifies them there.
type people struct {
	listed fact[bool]      // there is an export of users
	last   fact[time.Time] // that it has
	all    []person
	ids    map[uint64]int32 // of directory objects
	names  map[uint64]int32 // principal names
	merged map[int32]int32  // of people who turned out to be others
}

func newPeople() people {
	return people{ids: map[uint64]int32{}, names: map[uint64]int32{}, merged: map[int32]int32{}}
}

// join returns the person with an id and a principal name, of which one may be
// missing. Two that turn out to be one are merged.
func (p *people) join(id, name string) *person { return &p.all[p.index(id, name)] }

// index returns the index of the person that join returns.
func (p *people) index(id, name string) int32 {
	i, byID := p.lookup(p.ids, id)
	j, byName := p.lookup(p.names, name)
	switch {
	case byID && byName && i != j:
		p.merge(i, j)
	case !byID && byName:
		i = j
	case !byID:
		i = int32(len(p.all))
		p.all = append(p.all, person{})
	}
	if id != "" {
		p.ids[digest(id)] = i
	}
	if name != "" {
		p.names[digest(name)] = i
	}
	return i
}

// now returns the index that a person has by now.
func (p *people) now(i int32) int32 {
	for into, merged := p.merged[i]; merged; into, merged = p.merged[i] {
		i = into
	}
	return i
}

func (p *people) lookup(index map[uint64]int32, key string) (int32, bool) {
	if key == "" {
		return 0, false
	}
	i, ok := index[digest(key)]
	return i, ok
}

// merge folds person j into i, and leaves j behind empty.
func (p *people) merge(i, j int32) {
	a, b := &p.all[i], p.all[j]
	p.all[j], p.merged[j] = person{}, i
	a.premium = a.premium || b.premium
	a.active, a.listed, a.disabled, a.hasSignIn = a.active || b.active, a.listed || b.listed, a.disabled || b.disabled, a.hasSignIn || b.hasSignIn
	a.holds, a.reported, a.direct = a.holds|b.holds, a.reported|b.reported, a.direct|b.direct
	a.groups, a.failed = a.groups|b.groups, a.failed|b.failed
	a.signedIn = max(a.signedIn, b.signedIn)
	for k := range a.since {
		a.since[k], a.audited[k] = earlier(a.since[k], b.since[k]), earlier(a.audited[k], b.audited[k])
	}
	a.claimed = earlier(a.claimed, b.claimed)
}

// earlier returns the earlier of two times, either of which may be 0 for none.
func earlier(a, b int64) int64 {
	if b == 0 {
		return a
	}
	return first(a, b)
}

// byID and byName return a person by the id of the directory, and by principal name.
func (p *people) byID(id string) *person     { return p.join(id, "") }
func (p *people) byName(name string) *person { return p.join("", name) }

// observe notes an instant at which the users were looked at.
func (p *people) observe(at time.Time, place Place) {
	if !p.last.known || at.After(p.last.value) {
		p.last = known(at, place)
	}
}
