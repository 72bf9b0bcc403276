package exports

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"seatcast/scenarios"
)

// claimable are the products that auto-claim policies of Power Automate assign:
// those that get a pool.
var claimable = []string{"premium", "per-user"}

// A tenant is what the exports tell, each value with its place.
type tenant struct {
	opt      Options
	products scenarios.Products
	names    []string // of the products, in the order of their bits
	zone     *time.Location
	report   *report

	found map[string]finding // words that products were looked up by

	id     fact[string] // of the tenant
	name   fact[string]
	domain fact[string]    // the first that users are of, of those that a tenant has at the start
	latest fact[time.Time] // observation
	seen   map[uint64]bool // rows that must not count twice

	skus          map[string]*sku // by SKU GUID or part number
	subscriptions map[string]*subscription
	rows          map[string]*licenceRow // of the admin center, by product
	others        map[string]Place       // products without a pool, and where they are first
	unknown       map[string]Place

	people       people
	unheld       map[string]map[string]int // by product: assignments by which nobody holds a seat, by what they are
	groups       []*group
	groupNames   map[string]string // as the export of groups has them, by id
	audits       audits
	environments map[string]*environment
	flows        flows
	consumed     consumption
	enabled      fact[bool]
	managedOnly  fact[bool]
	sessions     sessions
	series       map[day]fact[int]
	pages        map[string]*pages
}

type (
	sku struct {
		product                               string
		enabled, warning, suspended, consumed int
		at                                    Place
	}
	subscription struct {
		product, status string
		seats           int
		trial           bool
		starts, next    time.Time // zero where unknown
		at              Place
	}
	licenceRow struct {
		total, expired, assigned int
		hasAssigned              bool
		renewal                  time.Time
		at                       Place
	}
	environment struct {
		name            string
		managed, listed bool
		isDefault       bool
		sku             string
		flows, requests int
		at              Place
	}
	pages struct {
		last, more Place
		hasLast    bool
		hasMore    bool
	}
)

// report is the report with what is said once only.
type report struct {
	Report
	once map[string]bool
}

func (r *report) warnOnce(key, format string, args ...any) {
	if !r.once[key] {
		r.once[key] = true
		r.warn(format, args...)
	}
}

func newTenant(products scenarios.Products, opt Options) *tenant {
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	return &tenant{
		opt: opt, products: products, names: products.Names(), zone: opt.Zone, report: &report{once: map[string]bool{}},
		found: map[string]finding{}, seen: map[uint64]bool{}, skus: map[string]*sku{}, subscriptions: map[string]*subscription{}, rows: map[string]*licenceRow{},
		others: map[string]Place{}, unknown: map[string]Place{},
		people: newPeople(), unheld: map[string]map[string]int{}, groupNames: map[string]string{}, audits: audits{policies: map[string]int{}}, environments: map[string]*environment{}, flows: newFlows(), sessions: newSessions(),
		series: map[day]fact[int]{}, pages: map[string]*pages{},
	}
}

// digest returns a number for texts, which stands for them where only their
// equality matters: names of people need not be kept.
func digest(parts ...string) uint64 {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), strings.ToLower(p))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// maxSeen is how many rows are remembered, some 40 MB of them: those of a large
// tenant. What a row adds to people counts once anyway, however often it is read.
const maxSeen = 1 << 20

// again reports whether a row has been read before.
func (t *tenant) again(parts ...string) bool {
	d := digest(parts...)
	if t.seen[d] {
		return true
	}
	if len(t.seen) == maxSeen {
		t.report.warnOnce("seen", "of more than %d rows, later ones that stand twice are not told of; people count once all the same", maxSeen)
		return false
	}
	t.seen[d] = true
	return false
}

// bit returns the bit that stands for a product.
func (t *tenant) bit(product string) uint64 { return 1 << slices.Index(t.names, product) }

// observe notes an instant at which the tenant was looked at.
func (t *tenant) observe(at time.Time, place Place) {
	if !t.latest.known || at.After(t.latest.value) {
		t.latest = known(at, place)
	}
}

// belongs reports whether a row is of the tenant that the first row with a tenant
// is of. It warns of others.
func (t *tenant) belongs(id string, at Place) bool {
	switch id = strings.ToLower(id); {
	case id == "":
		return true
	case !t.id.known:
		t.id = known(id, at)
	case t.id.value != id:
		t.report.warnOnce("tenant "+id+at.File, "%s is of the tenant %.40s, and %s of %.40s: rows of the former are left out", at, id, t.id.at, t.id.value)
		return false
	}
	return true
}

// initialDomain is what the domain ends with that a tenant has from the start: "Your initial domain
// name" (Microsoft Learn, Entra, "Add your custom domain name to your tenant").
const initialDomain = ".onmicrosoft.com"

// sameTenant warns of users of another initial domain than the users before: /users says
// of which tenant they are in no other way. They count all the same, for a tenant may have
// been given a second one.
func (t *tenant) sameTenant(userName string, at Place) {
	_, domain, _ := strings.Cut(strings.ToLower(userName), "@")
	if name, ok := strings.CutSuffix(domain, initialDomain); !ok || name == "" || strings.Contains(name, ".") {
		return
	}
	switch {
	case !t.domain.known:
		t.domain = known(domain, at)
	case t.domain.value != domain:
		t.report.warnOnce("domain "+domain, "%s has a user of %.60s, and %s one of %.60s: if these are two tenants, import each from a folder of its own", at, domain, t.domain.at, t.domain.value)
	}
}

// foreign is why a row of another tenant is skipped.
const foreign = "is of another tenant than the exports before"

// page notes a page of an answer of Graph, and whether it says there is a further
// one.
func (t *tenant) page(about string, at Place, next bool) {
	p := t.pages[about]
	if p == nil {
		p = &pages{}
		t.pages[about] = p
	}
	if next && !p.hasMore {
		p.more, p.hasMore = at, true
	}
	if !next && !p.hasLast {
		p.last, p.hasLast = at, true
	}
}

// A finding is the product that a word means, if any, and what to warn of.
type finding struct {
	product, note string
	ok            bool
}

// maxFound is how many words are remembered.
const maxFound = 10_000

// find finds a product, as scenarios.Products does, and remembers it: exports have
// the same few licences over and over.
func (t *tenant) find(word string) (product, note string, ok bool) {
	f, had := t.found[word]
	if !had {
		f.product, f.note, f.ok = t.products.Find(word)
		if len(t.found) < maxFound {
			t.found[strings.Clone(word)] = f
		}
	}
	return f.product, f.note, f.ok
}

// product finds the product of a row of Graph, by GUID first. known is false where the
// catalogue has none, which is noted.
func (t *tenant) product(guid, part string, at Place) (product string, known bool) {
	byGUID, _, ok := "", "", false
	if guid != "" {
		byGUID, _, ok = t.find(guid)
	}
	byPart, note, okPart := "", "", false
	if part != "" {
		byPart, note, okPart = t.find(part)
	}
	switch {
	case ok && okPart && byGUID != byPart:
		t.report.warn("%s: the GUID is of %s and the part number %.40q of %s; the GUID counts", at, byGUID, part, byPart)
	case !ok && okPart:
		if note == "" && guid != "" {
			note = fmt.Sprintf("the catalogue does not know the GUID %.40q; %.40q is %s by its part number", guid, part, byPart)
		}
		byGUID, ok = byPart, true
	}
	if okPart {
		t.noteSKU(note, at)
	}
	if !ok {
		name := part
		if name == "" {
			name = guid
		}
		t.unknownLicence(name, at)
	}
	return byGUID, ok
}

// noteSKU warns of a name that is none of a SKU, once for each file.
func (t *tenant) noteSKU(note string, at Place) {
	if note != "" {
		t.report.warnOnce(note+at.File, "%s: %s", at, note)
	}
}

// unknownLicence notes a licence that the catalogue does not have.
func (t *tenant) unknownLicence(name string, at Place) {
	name = printable(name)
	if _, ok := t.unknown[name]; !ok && len(t.unknown) < maxUnknown {
		t.unknown[name] = at
	}
}

// maxUnknown is how many unknown licences are listed.
const maxUnknown = 500

// held notes a product that people hold and that has no pool.
func (t *tenant) held(product string, at Place) {
	if _, ok := t.others[product]; !ok {
		t.others[product] = at
	}
}

// printable returns a text of one line, short enough for a list.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "…"
	}
	return s
}

// licenceRow folds a row of the admin center.
func (t *tenant) licenceRow(product string, row licenceRow) {
	if old := t.rows[product]; old != nil && (old.total != row.total || old.expired != row.expired || old.assigned != row.assigned) {
		t.report.warn("%s has %d licenses of %s with %d assigned, and %s %d with %d: the later one stands", row.at, row.total, product, row.assigned, old.at, old.total, old.assigned)
	}
	t.rows[product] = &row
}

// environmentOf returns an environment by its name.
func (t *tenant) environmentOf(name string, at Place) *environment {
	key := strings.ToLower(name)
	e := t.environments[key]
	if e == nil {
		e = &environment{name: name, at: at}
		t.environments[key] = e
	}
	return e
}

// checkWhole holds what the exports say against each other.
func (t *tenant) checkWhole() {
	for _, about := range sortedKeys(t.pages) {
		if p := t.pages[about]; p.hasMore && !p.hasLast {
			what := about
			if what == "" {
				what = "the answer"
			}
			t.report.warn("%s: %s goes on at its @odata.nextLink, and no file is the last page: counts are too small; export all pages", p.more, printable(what))
		}
	}
	for _, product := range claimable {
		t.checkPool(product)
	}
	for _, name := range sortedKeys(t.unknown) {
		t.report.Unknown = append(t.report.Unknown, fmt.Sprintf("%s (%s)", name, t.unknown[name]))
	}
}

// checkPool compares what two exports say about a product.
func (t *tenant) checkPool(product string) {
	p := t.pool(product)
	row := t.rows[product]
	if p.skus > 0 && row != nil {
		if row.total != p.enabled || row.expired != p.warning {
			t.report.warn("%s has %d licenses of %s and %d expired, and %s has %d enabled and %d in warning; what Graph says stands",
				row.at, row.total, product, row.expired, p.at, p.enabled, p.warning)
		}
		if row.hasAssigned && row.assigned != p.consumed.value {
			t.report.warn("%s has %d assigned licenses of %s, and %s has %d consumed; what Graph says stands", row.at, row.assigned, product, p.at, p.consumed.value)
		}
	}
	if p.skus > 0 && len(p.subscriptions) > 0 && !p.agree {
		t.report.warn("%s: the subscriptions of %s add up to %d seats, and %s has %d enabled and %d in warning; subscribedSkus stands, without terms",
			p.subscriptions[0].at, product, p.subscribed, p.at, p.enabled, p.warning)
	}
}
