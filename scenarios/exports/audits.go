package exports

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// licenseManager is the application that assigns licences for auto-claim
// policies: M365 License Manager.
const (
	licenseManager     = "aeb86249-8ea3-49e2-900b-54cc8e308f85"
	licenseManagerName = "M365 License Manager"
)

// audits are what directory audits, Purview's log and the policy report tell.
type audits struct {
	first, last fact[time.Time] // of all changes of licences
	claims      bool            // some were made for a policy
	unnamed     bool            // and some of those do not say of which licence
	policies    map[string]int  // claims by policy and product, as the policy report has them

	halves           []half
	files            []string // that halves are in
	noUpdate, noWord missing  // changes without the update that says of what, and updates without the change
}

// A half is one of the two records that a change of a user's licence leaves behind:
// "Change user license" says that there was one, and only newer ones of which licence;
// "Update user" of the same person at about the same time says of which. Kept are
// those of the application that assigns for policies.
type half struct {
	at        int64  // seconds
	operation uint64 // digest of the id that both may have in common, 0 where there is none
	person    int32
	file      int32 // index into audits.files
	line      int32
	change    bool // Change user license
	told      bool // it says of which licences
	added     byte // claimable products, by their index
}

// kind is a number for what the half says.
func (h half) kind() (n byte) {
	if h.change {
		n |= 1 << 7
	}
	if h.told {
		n |= 1 << 6
	}
	return n | h.added
}

// Two halves of one person within maxApart are of one change. That many seconds apart
// community scripts look for them.
const maxApart = 120

// maxHalves is how many halves wait for the other at a time, some 2 MB of them.
const maxHalves = 1 << 16

// missing are halves without the other.
type missing struct {
	n     int
	first []Place
}

func (m *missing) add(at Place) {
	if m.n++; len(m.first) < maxLines {
		m.first = append(m.first, at)
	}
}

// String lists the first places.
func (m *missing) String() string {
	var all []string
	for _, at := range m.first {
		all = append(all, at.String())
	}
	if m.n > len(all) {
		all = append(all, "…")
	}
	return strings.Join(all, ", ")
}

// A change is a record of a change of a user's licences, from either log.
type change struct {
	kind                  kind
	id, operation, result string
	activity              string
	at                    time.Time
	err                   error // of the time
	user, name            string
	manager               bool // made by the application that assigns for policies
	products              uint64
	told                  bool
}

// audit folds a row of the directory audits.
func (f *file) audit(r *record) {
	c := change{kind: auditKind, id: r.ID, operation: r.CorrelationID, result: r.Result, activity: r.ActivityDisplayName}
	c.at, c.err = moment(r.ActivityDateTime, time.UTC)
	c.manager = r.InitiatedBy != nil && r.InitiatedBy.App != nil && strings.EqualFold(r.InitiatedBy.App.AppID, licenseManager)
	for _, x := range r.TargetResources {
		if x.Type == "" || strings.EqualFold(x.Type, "User") {
			c.user, c.name = x.ID, x.UserPrincipalName
			for _, p := range x.ModifiedProperties {
				f.tenant.modified(&c, p.DisplayName, p.OldValue, p.NewValue)
			}
			break
		}
	}
	f.change(c)
}

// unified is a record of Purview's log: the AuditData of its exports, and the rows of
// the Management Activity API.
type unified struct {
	CreationTime, Operation, ResultStatus string
	ObjectID, UserID, InterSystemsID      string
	Actor, Target                         []struct{ ID string }
	ModifiedProperties                    []struct{ Name, OldValue, NewValue string }
}

// purview folds a record of Purview's log.
func (f *file) purview(id string, r *unified) {
	c := change{kind: purviewKind, id: id, operation: r.InterSystemsID, result: r.ResultStatus, activity: strings.TrimSuffix(r.Operation, ".")}
	c.at, c.err = moment(r.CreationTime, time.UTC)
	c.manager = strings.Contains(r.UserID, licenseManager) || strings.EqualFold(r.UserID, licenseManagerName)
	for _, a := range r.Actor {
		c.manager = c.manager || strings.EqualFold(a.ID, licenseManager) || strings.EqualFold(a.ID, licenseManagerName)
	}
	for _, target := range r.Target {
		if c.user == "" && wholeGUID.MatchString(target.ID) {
			c.user = target.ID
		}
	}
	switch {
	case strings.Contains(r.ObjectID, "@"):
		c.name = r.ObjectID
	case c.user == "":
		c.user = r.ObjectID
	}
	for _, p := range r.ModifiedProperties {
		f.tenant.modified(&c, p.Name, p.OldValue, p.NewValue)
	}
	f.change(c)
}

// auditRecord folds a record of either log, or a row of an export of Purview's as JSON.
func (f *file) auditRecord(r *record) {
	if r.ActivityDateTime != "" || r.ActivityDisplayName != "" {
		f.audit(r)
		return
	}
	if r.AuditData == nil {
		f.purview(r.ID, &r.unified)
		return
	}
	text := ""
	if json.Unmarshal(r.AuditData, &text) != nil {
		text = string(r.AuditData)
	}
	f.auditData(text, cmp.Or(r.Operation, r.Operations), cmp.Or(r.CreationDate, r.CreatedDateTime), cmp.Or(r.ID, r.Identity))
}

// purviewRow reads a row of an export of Purview's log as CSV.
func (f *file) purviewRow(t *table) {
	f.auditData(t.get("auditdata"), t.get("operations", "operation"), t.get("creationdate"), t.get("recordid", "identity"))
}

// auditData reads the record within a row of an export of Purview's log. What the row
// says beside it counts where the record does not say it.
func (f *file) auditData(text, operation, created, id string) {
	if operation != "" && !isChange(operation) && !isUpdate(operation) {
		f.skip(purviewKind, noChange)
		return
	}
	var r struct {
		ID string
		unified
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		f.skip(purviewKind, "AuditData is no JSON of a record: it may be cut short")
		return
	}
	r.Operation, r.CreationTime = cmp.Or(r.Operation, operation), cmp.Or(r.CreationTime, created)
	f.purview(cmp.Or(r.ID, id), &r.unified)
}

func isChange(activity string) bool {
	return strings.HasPrefix(strings.ToLower(activity), "change user license")
}

func isUpdate(activity string) bool {
	return strings.EqualFold(strings.TrimSuffix(activity, "."), "update user")
}

// noChange is why other records are skipped.
const noChange = "is no change of a user's license"

// change folds a change of licences. Those that the service made for a policy are
// claims, once both halves of each are there.
func (f *file) change(c change) {
	t, a := f.tenant, &f.tenant.audits
	switch {
	case !isChange(c.activity) && !isUpdate(c.activity):
		f.skip(c.kind, noChange)
		return
	case isUpdate(c.activity) && !c.told:
		f.skip(c.kind, "is an update of a user that changes no license")
		return
	case c.err != nil:
		f.skip(c.kind, "the time of the change %v", c.err)
		return
	case c.result != "" && !strings.EqualFold(c.result, "success"):
		f.skip(c.kind, "the change did not succeed")
		return
	case c.user == "" && c.name == "":
		f.skip(c.kind, "the record has no user whose licences changed")
		return
	case c.id != "" && t.again("audit", c.id):
		f.skip(c.kind, "stands before: the same id")
		return
	}
	f.use(c.kind)
	t.observe(c.at, f.at())
	a.see(c.at, f.at())
	if !c.manager {
		return
	}
	h := half{at: c.at.Unix(), person: t.people.index(c.user, c.name), line: int32(f.line), change: isChange(c.activity), told: c.told}
	if c.operation != "" {
		h.operation = digest(c.operation)
	}
	for i, name := range claimable {
		if c.products&t.bit(name) != 0 {
			h.added |= 1 << i
		}
	}
	if n := len(a.files); n == 0 || a.files[n-1] != f.name {
		a.files = append(a.files, f.name)
	}
	h.file = int32(len(a.files) - 1)
	if a.halves = append(a.halves, h); len(a.halves) == maxHalves {
		t.joinHalves(false)
	}
}

// modified notes what a record says of a changed property: products with a pool that it
// adds, and whether it says at all which licences changed.
func (t *tenant) modified(c *change, property, before, after string) {
	if !strings.EqualFold(property, "AssignedLicense") {
		return
	}
	had, has := guids.FindAllString(before, -1), guids.FindAllString(after, -1)
	for _, id := range has {
		product, _, ok := t.find(id)
		if ok && slices.Contains(claimable, product) && !slices.Contains(had, id) {
			c.products |= t.bit(product)
		}
	}
	c.told = c.told || len(had)+len(has) > 0
}

// joinHalves joins the halves of the changes of each person: those of one operation, and
// of the others a change and an update, in the order of their times, that are no more than
// maxApart apart. At the end all that are left over count by themselves; before, of many
// those whose times are farthest from where the log is now.
func (t *tenant) joinHalves(end bool) {
	a := &t.audits
	if len(a.halves) == 0 {
		return
	}
	now := a.halves[len(a.halves)-1].at
	for i := range a.halves {
		a.halves[i].person = t.people.now(a.halves[i].person)
	}
	same := func(x, y half) int { // whatever the order of the files
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.operation, y.operation), cmp.Compare(x.kind(), y.kind()))
	}
	byOperation := func(x, y half) int {
		return cmp.Or(cmp.Compare(x.person, y.person), cmp.Compare(x.operation, y.operation), same(x, y))
	}
	byTime := func(x, y half) int { return cmp.Or(cmp.Compare(x.person, y.person), same(x, y)) }
	rest := t.pair(a.halves, byOperation, func(x, y half) bool { return x.operation != 0 && x.operation == y.operation })
	rest = t.pair(rest, byTime, func(x, y half) bool { return max(x.at-y.at, y.at-x.at) <= maxApart })
	keep, order := maxHalves/2, func(x, y half) int { return cmp.Compare(max(y.at-now, now-y.at), max(x.at-now, now-x.at)) }
	if end {
		keep, order = 0, func(x, y half) int { return cmp.Or(cmp.Compare(x.file, y.file), cmp.Compare(x.line, y.line)) }
	}
	slices.SortStableFunc(rest, order)
	for len(rest) > keep {
		t.alone(rest[0])
		rest = rest[1:]
	}
	a.halves = append(a.halves[:0], rest...)
}

// pair claims for pairs of a change and an update of one person that are near, and returns the
// halves that are left over, in order.
func (t *tenant) pair(halves []half, order func(x, y half) int, near func(x, y half) bool) (rest []half) {
	slices.SortFunc(halves, order)
	var waiting [2][]half // updates and changes of the person that have met no other
	for i, h := range halves {
		mine, other := &waiting[0], &waiting[1]
		if h.change {
			mine, other = other, mine
		}
		for len(*other) > 0 && !near((*other)[0], h) {
			rest, *other = append(rest, (*other)[0]), (*other)[1:]
		}
		if len(*other) > 0 {
			t.whole((*other)[0], h)
			*other = (*other)[1:]
		} else {
			*mine = append(*mine, h)
		}
		if i+1 == len(halves) || halves[i+1].person != h.person {
			rest = append(append(rest, waiting[0]...), waiting[1]...)
			waiting[0], waiting[1] = waiting[0][:0], waiting[1][:0]
		}
	}
	return rest
}

// whole claims for a change of which both halves are there. What the update says of
// licences stands.
func (t *tenant) whole(x, y half) {
	if x.change {
		x, y = y, x
	}
	if !x.told {
		x.added, x.told = y.added, y.told
	}
	x.at = min(x.at, y.at)
	t.claim(x)
}

// alone claims for a half without the other. An update says all that there is to know; a change
// says by itself, or leaves open, of which licence it was.
func (t *tenant) alone(h half) {
	a, at := &t.audits, Place{t.audits.files[h.file], int(h.line)}
	switch {
	case h.change && !h.told:
		a.noUpdate.add(at)
	case !h.change && h.added != 0:
		a.noWord.add(at)
	}
	t.claim(h)
}

// claim notes an assignment that the service made for a policy; a removal, or one of a
// licence that has no pool, is none.
func (t *tenant) claim(h half) {
	p, a := &t.people.all[h.person], &t.audits
	if !h.told {
		a.unnamed, a.claims = true, true
		p.claimed = first(p.claimed, h.at)
		return
	}
	a.claims = a.claims || h.added != 0
	for i := range claimable {
		if h.added&(1<<i) != 0 {
			p.audited[i] = first(p.audited[i], h.at)
		}
	}
}

// settleAudits claims for all that still waits, and tells of halves without the other.
func (t *tenant) settleAudits() {
	t.joinHalves(true)
	a := &t.audits
	if m := &a.noUpdate; m.n > 0 {
		t.report.warn(`%s of "Change user license" for a policy without the "Update user" within %d seconds that says of which license: %s (%s); export both activities`,
			plural(m.n, "record"), maxApart, "such a claim counts as of "+claimable[t.mainIndex()], m)
	}
	if m := &a.noWord; m.n > 0 {
		t.report.warn(`%s of "Update user" in which a policy's licence is assigned, without the "Change user license" within %d seconds: the claim counts all the same (%s)`,
			plural(m.n, "record"), maxApart, m)
	}
}

// first returns the earlier of two times, of which 0 is none.
func first(a, b int64) int64 {
	if a == 0 || b < a {
		return b
	}
	return a
}

// see notes an instant of a change of licences.
func (a *audits) see(at time.Time, place Place) {
	if !a.first.known || at.Before(a.first.value) {
		a.first = known(at, place)
	}
	if !a.last.known || at.After(a.last.value) {
		a.last = known(at, place)
	}
}
