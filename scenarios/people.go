package scenarios

import (
	"cmp"
	"math"
	"slices"

	"seatcast/sim"
	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/dist"
)

// maxShares bounds the environments and desktop versions of one segment; the
// simulator deals people out to fewer than 64 choices.
const maxShares = 60

// buildSegments makes the populations, by name.
func (t *tenant) buildSegments() {
	t.segments, t.calendars = map[string]int{}, map[string]int{}
	all := t.n.get("users")
	if len(all.names()) > maxNamed {
		t.problem(all.keyProblem("has %d populations; the most is %d", len(all.names()), maxNamed))
	}
	for _, name := range all.names() {
		n := all.get(name)
		if n.table() == nil {
			continue
		}
		t.segments[name] = len(t.sim.Segments)
		t.sim.Segments = append(t.sim.Segments, t.segment(name, n))
	}
}

func (t *tenant) segment(name string, n *node) sim.Segment {
	refused := n.get("when-refused")
	s := sim.Segment{
		Name:         name,
		Count:        got[int](n, "count"),
		Environments: t.shares(n.get("environments"), "environment", t.environments),
		Holds:        t.holds(n),
		Desktops:     t.desktops(n.get("desktop")),
		PerAct:       got[string](n, "environment-choice") == "act",
		Adoption:     got[adoption](n, "adoption").Adoption,
		Begun:        t.begun(n.get("adoption")),
		StartsWith:   nothing,
		Does:         does(n.get("does")),
		Joins:        got[float64](n, "joins"),
		Leaves:       got[float64](n, "leaves"),
		WhenRefused: sim.WhenRefused{Request: got[float64](refused, "request"),
			Approval: got[dist.Dist](refused, "approval"), Trial: got[float64](refused, "trial")},
	}
	if word := n.get("hours"); word != nil && word.parsed != nil {
		s.Calendar = t.hours(word)
	}
	if first := got[string](n, "starts-with"); first != "" {
		s.StartsWith = int(action(first))
	}
	t.place(n, &s)
	if s.WhenRefused.Request+s.WhenRefused.Trial > 1+tolerance {
		t.problem(refused.keyProblem("request and trial add up to %.4g: they are shares of the same refusals, at most 1 together",
			s.WhenRefused.Request+s.WhenRefused.Trial))
	}
	return s
}

// tolerance is how far a sum of shares may be off.
const tolerance = 1e-9

// shares returns the shares of a table by index, in the order of the index.
func (t *tenant) shares(n *node, what string, known map[string]int) []sim.Share {
	var all []sim.Share
	for _, name := range n.names() {
		e := n.get(name)
		word := &node{path: e.path, key: e.key, at: e.key, value: name, parsed: name}
		if i := t.index(word, what, known); i >= 0 {
			all = append(all, sim.Share{Index: i, Share: got[float64](n, name)})
		}
	}
	return sortShares(all)
}

// place checks where the people of a segment act. A segment that acts on flows
// must be somewhere: where it says nothing, in the tenant's one environment.
func (t *tenant) place(n *node, s *sim.Segment) {
	given := n.get("environments")
	if given != nil && n.has("environments") {
		t.sumsToOne(given)
		return
	}
	if len(t.environments) == 1 {
		s.Environments = []sim.Share{{Index: 0, Share: 1}}
		return
	}
	if actsOnFlows(s) {
		t.problem(n.keyProblem("says nothing of environments, of which the tenant has %d: write, for example, environments = { %s = 1.0 }",
			len(t.environments), quoteKey(t.sim.Rules.Environments[0].Name)))
	}
}

// sumsToOne checks that the shares of all people add up.
func (t *tenant) sumsToOne(n *node) {
	sum, whole := 0.0, n.table() != nil
	for _, name := range n.names() {
		share, ok := n.get(name).parsed.(float64)
		sum, whole = sum+share, whole && ok
	}
	switch {
	case !whole:
	case math.Abs(sum-1) > tolerance:
		t.problem(n.problem("the shares add up to %.12g, not 1", sum))
	case len(n.table()) > maxShares:
		t.problem(n.problem("has %d environments; the most for one population is %d", len(n.table()), maxShares))
	}
}

// holds returns the shares of people who hold a product on day one.
func (t *tenant) holds(n *node) []sim.Share {
	var all []sim.Share
	had := map[int]bool{}
	held := n.get("holds")
	for _, word := range held.names() {
		e := held.get(word)
		i := t.product(&node{path: e.path, key: e.key, at: e.key, value: word, parsed: word}, false)
		if i < 0 {
			continue
		}
		if had[i] {
			t.problem(e.keyProblem("is a product that is named before, by another of its names"))
		}
		had[i] = true
		all = append(all, sim.Share{Index: i, Share: got[float64](held, word)})
	}
	return sortShares(all)
}

// begun returns the products whose holders have begun before the study, a bit each.
func (t *tenant) begun(n *node) uint32 {
	if n == nil {
		return 0
	}
	law, _ := n.parsed.(adoption)
	if law.without == "" {
		return 0
	}
	i := t.product(&node{path: n.path, key: n.key, at: n.at, value: law.without, parsed: law.without}, false)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// desktops returns the shares of people by version of Power Automate for desktop.
func (t *tenant) desktops(n *node) []sim.DesktopShare {
	var all []sim.DesktopShare
	sum, seen := 0.0, map[claim.Version]bool{}
	for _, word := range n.names() {
		e := n.get(word)
		v, err := parseVersion(word)
		if err != nil {
			p := e.valueProblem(err)
			p.Line, p.Col = e.key.line, e.key.col
			t.problem(p)
			continue
		}
		if seen[v] {
			t.problem(e.keyProblem("is a version that is named before"))
		}
		seen[v] = true
		sum += got[float64](n, word)
		if v != (claim.Version{}) { // those without are what the others leave over
			all = append(all, sim.DesktopShare{Version: v, Share: got[float64](n, word)})
		}
	}
	switch {
	case sum > 1+tolerance:
		t.problem(n.problem("the shares add up to %.12g, more than 1", sum))
	case len(all) > maxShares:
		t.problem(n.problem("has %d versions; the most is %d", len(all), maxShares))
	}
	return all
}

// does returns the habits of a segment, in the order of the acts.
func does(n *node) []behave.Habit {
	var all []behave.Habit
	for a := range claim.NumActs {
		if h := n.get(a.String()); h != nil && h.parsed != nil {
			habit := h.parsed.(behave.Habit)
			habit.Action = a
			all = append(all, habit)
		}
	}
	return all
}

// action returns the act that a key of the format names.
func action(key string) claim.Action {
	for a := range claim.NumActs {
		if a.String() == key {
			return a
		}
	}
	return claim.NumActs
}

// members adds the shares of the segments that are in each group.
func (t *tenant) members() {
	groups := t.n.get("groups")
	for _, name := range groups.names() {
		g := t.groups[name]
		for _, share := range t.shares(groups.get(name, "members"), "population", t.segments) {
			s := &t.sim.Segments[share.Index]
			s.Members = append(s.Members, sim.Share{Index: g, Share: share.Share})
		}
	}
}

// sortShares orders shares by index, so that what a table's keys are called
// cannot matter.
func sortShares(all []sim.Share) []sim.Share {
	slices.SortFunc(all, func(a, b sim.Share) int { return cmp.Compare(a.Index, b.Index) })
	return all
}
