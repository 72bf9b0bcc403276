package exports

import (
	"cmp"
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strings"
)

// A group gives its members a product, by group-based licensing. One that gives two
// products is two groups here, as in a scenario.
type group struct {
	id, product string
	name        string // in the scenario
	at          Place  // of the first member
	bit         uint64 // of person.groups and person.failed
	members     int    // with an account that is enabled, who have the licence through this group
	failed      int    // whom the group could not give it: in error
	errors      map[string]bool
}

// mostGroups is how many groups a scenario may have.
const mostGroups = 32

// group returns the group with an id that gives a product, nil where there are more
// than can be told apart.
func (t *tenant) group(id, product string, at Place) *group {
	for _, g := range t.groups {
		if strings.EqualFold(g.id, id) && g.product == product {
			return g
		}
	}
	if len(t.groups) == mostGroups {
		t.report.warnOnce("groups", "%s: a group more than the %d that a scenario may have: members of it and of further ones count as licensed directly", at, mostGroups)
		return nil
	}
	g := &group{id: id, product: product, at: at, bit: 1 << len(t.groups), errors: map[string]bool{}}
	t.groups = append(t.groups, g)
	return g
}

// giving returns the bits of the groups that give a product.
func (t *tenant) giving(product string) (all uint64) {
	for _, g := range t.groups {
		if g.product == product {
			all |= g.bit
		}
	}
	return all
}

// groupRow folds a row of /groups, which tells what a group is called.
func (f *file) groupRow(r *record) {
	if r.ID == "" {
		f.skip(groupKind, "id is missing")
		return
	}
	f.use(groupKind)
	f.tenant.groupNames[strings.ToLower(r.ID)] = printable(r.DisplayName)
}

// settleGroups names the groups and counts their members. Who is in several groups of
// one product has one seat (rule S1), and counts in the largest.
func (t *tenant) settleGroups() {
	for _, g := range t.groups {
		g.members = t.count(func(p *person) uint64 { return p.groups & g.bit })
		g.failed = t.count(func(p *person) uint64 { return p.failed & g.bit })
	}
	slices.SortFunc(t.groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.members, a.members), strings.Compare(a.id, b.id), strings.Compare(a.product, b.product))
	})
	several := 0
	for k := range t.people.all {
		p, twice := &t.people.all[k], false
		for i, g := range t.groups {
			for _, other := range t.groups[i+1:] {
				if g.product == other.product && p.groups&g.bit != 0 && p.groups&other.bit != 0 {
					p.groups &^= other.bit
					if !p.disabled {
						other.members--
					}
					twice = true
				}
			}
		}
		if twice && !p.disabled {
			several++
		}
	}
	if several > 0 {
		t.report.assume("%s in several groups of one product count in the largest: they hold one seat", persons(several))
	}
	for _, g := range t.groups {
		g.name = t.groupName(g)
	}
}

// count returns how many people with an account that is enabled have some bits.
func (t *tenant) count(bits func(*person) uint64) (n int) {
	for k := range t.people.all {
		if p := &t.people.all[k]; !p.disabled && bits(p) != 0 {
			n++
		}
	}
	return n
}

var wholeGUID = regexp.MustCompile(`^` + guids.String() + `$`)

// groupName returns what a group is called in the scenario: as the export of groups
// has it, or by its id; a code of the id where there is a key of pseudonyms.
func (t *tenant) groupName(g *group) string {
	display := t.groupNames[strings.ToLower(g.id)]
	name := slug(cmp.Or(slug(display), g.id))
	switch {
	case len(t.opt.Key) > 0:
		name = "g" + strings.TrimPrefix(t.pseudonym(g.id, 0), "p")
	case slug(display) == "" && wholeGUID.MatchString(g.id):
		name = "g-" + name[:8] // the comment has all of it
	}
	return unused(cmp.Or(name, "group"), func(name string) bool {
		return slices.ContainsFunc(t.groups, func(other *group) bool { return other.name == name })
	})
}

// said returns what a group is called in a comment.
func (t *tenant) said(g *group) string {
	display := t.groupNames[strings.ToLower(g.id)]
	switch {
	case len(t.opt.Key) > 0:
		return "a group"
	case display != "":
		return fmt.Sprintf("the group %q, id %s", display, printable(g.id))
	}
	return "the group with id " + printable(g.id)
}

// A part is the people of a population who are in the same groups.
type part struct {
	name   string
	groups uint64
	count  int
	in     func(*person) bool
}

// parts parts a population by groups: a scenario deals licences and memberships out
// independently of each other, and only within such a part are the holders as many
// as the exports have. The part without groups has the name of the whole, as has the only one.
func (p *plan) parts(base string, in func(*person) bool) (all []part) {
	counts := map[uint64]int{}
	for k := range p.tenant.people.all {
		if q := &p.tenant.people.all[k]; !q.disabled && in(q) {
			counts[q.groups]++
		}
	}
	for groups, n := range counts {
		name := base
		if groups != 0 && len(counts) > 1 {
			for _, g := range p.tenant.groups {
				if groups&g.bit != 0 {
					name += "-" + g.name
				}
			}
		}
		all = append(all, part{name, groups, n, func(q *person) bool { return in(q) && q.groups == groups }})
	}
	slices.SortFunc(all, func(a, b part) int {
		return cmp.Or(cmp.Compare(bits.OnesCount64(a.groups), bits.OnesCount64(b.groups)), cmp.Compare(b.count, a.count), strings.Compare(a.name, b.name))
	})
	for i := range all { // two groups together may be called like a third
		all[i].name = unused(all[i].name, func(name string) bool {
			return slices.ContainsFunc(all[:i], func(other part) bool { return other.name == name })
		})
	}
	p.populations = append(p.populations, all...)
	return all
}

// why returns what a comment on a part's number of people ends in.
func (q part) why() string {
	if q.groups == 0 {
		return ""
	}
	return ", with a licence through a group"
}

// writeGroups writes the groups that give products.
func (p *plan) writeGroups() {
	d := &p.doc
	for _, g := range p.tenant.groups {
		d.table("tenants", p.name, "groups", g.name)
		d.note("%s: %s gives %s to %s with an enabled account", g.at.short(), p.tenant.said(g), g.product, persons(g.members))
		if g.failed > 0 {
			d.note("%s", p.assumed("%s in error (%s) in the group %s: they hold nothing through it and are no members here, so that reprocessing the group does not reach them; no key of a scenario puts anybody in error on day one",
				persons(g.failed), strings.Join(sortedKeys(g.errors), ", "), g.name))
		}
		d.set("product", quoted(g.product), "")
		var members []string
		for _, q := range p.populations {
			if q.groups&g.bit != 0 {
				members = append(members, bare(q.name)+" = 1.0")
			}
		}
		if len(members) > 0 {
			d.set("members", "{ "+strings.Join(members, ", ")+" }", "")
		}
	}
}
