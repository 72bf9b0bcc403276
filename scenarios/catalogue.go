package scenarios

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

//go:embed catalogue.toml
var catalogueTOML string

// A catalogue is what the licence products are, and the terms that are common to
// all of them.
type catalogue struct {
	products      []*product // in the order of the catalogue
	free, onTrial *product   // what everyone has, and what a self-assisted trial gives
	terms         terms
}

// terms are the parts of the catalogue file that scenarios do not change.
type terms struct {
	MinDesktop      string                  `toml:"min-desktop"`
	TrialDays       int                     `toml:"trial-days"`
	DefaultPolicies defaultPolicies         `toml:"default-policies"`
	Channels        map[string]channelTerms `toml:"channels"`
}

type defaultPolicies struct {
	NewPremium time.Time `toml:"new-premium"`
	Managed    time.Time `toml:"managed"`
}

type channelTerms struct {
	ExpiredDays  int `toml:"expired-days"`
	DisabledDays int `toml:"disabled-days"`
}

// catalogueFile is the whole of the catalogue file.
type catalogueFile struct {
	terms
	Everyone any            `toml:"everyone"`
	Trial    any            `toml:"trial"`
	Products map[string]any `toml:"products"`
}

// A product is a row of the catalogue: a licence that people hold.
type product struct {
	Name     string // short: premium
	Title    string
	SKU      string // part number
	GUID     string // of the SKU
	Plan     string // name of the service plan that is Power Automate
	PlanGUID string
	Also     map[string]string // part numbers and GUIDs of other SKUs that are the same to us
	Price    float64           // USD per seat and month, NaN where the catalogue has none
	gives    []entitlement
}

// An entitlement is a right that a product gives from one local date until
// another; a zero date is no bound.
type entitlement struct {
	right       claim.Right
	from, until time.Time
}

// A channel is how long a subscription that was bought through it and has ended
// stays in each state (rule S3).
type channel struct {
	Name              string
	Expired, Disabled clock.Time
}

// A keyProblem is something wrong at a key of the scenario.
type keyProblem struct {
	Path    []string // from the root: catalogue, premium, gives
	Message string
}

// newCatalogue returns the built-in catalogue.
func newCatalogue() (*catalogue, error) {
	var file catalogueFile
	meta, err := toml.Decode(catalogueTOML, &file)
	if err != nil {
		return nil, fmt.Errorf("the built-in catalogue: %w", err)
	}
	c := &catalogue{free: &product{Name: "everyone"}, onTrial: &product{Name: "trial"}, terms: file.terms}
	problems := c.override(map[string]any{"everyone": file.Everyone, "trial": file.Trial})
	for _, key := range meta.Keys() {
		if len(key) == 2 && key[0] == "products" {
			problems = append(problems, c.override(map[string]any{key[1]: file.Products[key[1]]})...)
		}
	}
	var errs []error
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("the built-in catalogue: %s: %s", strings.Join(p.Path, "."), p.Message))
	}
	return c, errors.Join(errs...)
}

// override applies the tables [catalogue.NAME] of a scenario, by name: changes of
// products, and new ones. What is wrong is reported and left as it was.
func (c *catalogue) override(tables map[string]any) []keyProblem {
	var r rows
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		r.path = []string{"catalogue", name}
		table, ok := tables[name].(map[string]any)
		switch {
		case !ok:
			r.problem("", "must be a table of title, sku, guid, plan, price and gives")
		case name == "everyone":
			r.rights(c.free, table)
		case name == "trial":
			r.rights(c.onTrial, table)
		default:
			r.product(c, name, table)
		}
	}
	r.path = []string{"catalogue"}
	c.checkUnique(&r, tables)
	return r.problems
}

// checkUnique finds SKUs that two products share.
func (c *catalogue) checkUnique(r *rows, changed map[string]any) {
	owner := map[string]string{}
	for _, p := range c.products {
		for _, id := range p.ids() {
			id = strings.ToLower(id)
			other, taken := owner[id]
			if !taken {
				owner[id] = p.Name
				continue
			}
			at := p.Name
			if _, ok := changed[at]; !ok {
				at, other = other, at
			}
			r.problem(at, "%s is a SKU of %s too; a SKU is one product", quote(id), other)
		}
	}
}

// ids returns the part numbers and GUIDs of p's SKUs.
func (p *product) ids() []string {
	ids := []string{p.SKU, p.GUID}
	for _, sku := range slices.Sorted(maps.Keys(p.Also)) {
		ids = append(ids, sku, p.Also[sku])
	}
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" })
}

// find returns the product called name, or nil.
func (c *catalogue) find(name string) *product {
	for _, p := range c.products {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// names returns the short names, in the order of the catalogue.
func (c *catalogue) names() []string {
	names := make([]string, len(c.products))
	for i, p := range c.products {
		names[i] = p.Name
	}
	return names
}

// lookup finds a product by short name, SKU part number or SKU GUID; in none of
// them does case matter. The name of a service plan that only one product has
// will do too, with a note to warn of: Microsoft's own script calls the SKU of
// Premium by the name of its plan, POWER_AUTOMATE_ATTENDED_RPA.
func (c *catalogue) lookup(word string) (p *product, note string, ok bool) {
	if word = strings.TrimSpace(word); word == "" {
		return nil, "", false
	}
	for _, p := range c.products {
		if strings.EqualFold(p.Name, word) || slices.ContainsFunc(p.ids(), func(id string) bool { return strings.EqualFold(id, word) }) {
			return p, "", true
		}
	}
	var has []*product
	for _, p := range c.products {
		if strings.EqualFold(p.Plan, word) {
			has = append(has, p)
		}
	}
	if len(has) != 1 {
		return nil, "", false
	}
	return has[0], fmt.Sprintf("%s is a service plan; the SKU of %s is %s", word, has[0].Title, has[0].SKU), true
}

// grants returns the dated rights of p from start on, whose zone is that of the
// dates.
func (c *catalogue) grants(p *product, start time.Time) []claim.Grant {
	changes := []clock.Time{0}
	for _, e := range p.gives {
		for _, t := range []clock.Time{e.begins(start), e.ends(start)} {
			if t > 0 && t < clock.Never {
				changes = append(changes, t)
			}
		}
	}
	slices.Sort(changes)
	var grants []claim.Grant
	for _, at := range changes {
		var rights claim.Rights
		for _, e := range p.gives {
			if e.begins(start) <= at && at < e.ends(start) {
				rights |= 1 << e.right
			}
		}
		if n := len(grants); n == 0 || grants[n-1].Rights != rights {
			grants = append(grants, claim.Grant{From: at, Rights: rights})
		}
	}
	return grants
}

// begins returns the first instant of e, and ends the one after the last.
func (e *entitlement) begins(start time.Time) clock.Time {
	if e.from.IsZero() {
		return math.MinInt64
	}
	return midnight(e.from, start)
}

func (e *entitlement) ends(start time.Time) clock.Time {
	if e.until.IsZero() {
		return clock.Never
	}
	return midnight(e.until, start)
}

// midnight returns the beginning of a date in the zone of start. Where clocks
// skip midnight that is the first instant after.
func midnight(date, start time.Time) clock.Time {
	y, m, d := date.Date()
	return clock.Time(time.Date(y, m, d, 0, 0, 0, 0, start.Location()).Sub(start))
}

// everyone returns the rights that nobody needs a licence for.
func (c *catalogue) everyone(start time.Time) []claim.Grant { return c.grants(c.free, start) }

// trial returns the rights of a self-assisted trial while it runs.
func (c *catalogue) trial(start time.Time) []claim.Grant { return c.grants(c.onTrial, start) }

// trialFor returns how long a self-assisted trial runs.
func (c *catalogue) trialFor() clock.Time { return clock.Time(c.terms.TrialDays) * clock.Day }

// minDesktop returns the first Power Automate for desktop that claims (rule C5).
func (c *catalogue) minDesktop() (claim.Version, error) { return parseVersion(c.terms.MinDesktop) }

// channel finds a channel of buying by name.
func (c *catalogue) channel(name string) (ch channel, ok bool) {
	t, ok := c.terms.Channels[name]
	return channel{name, clock.Time(t.ExpiredDays) * clock.Day, clock.Time(t.DisabledDays) * clock.Day}, ok
}

// channels returns the names of the channels, in order.
func (c *catalogue) channels() []string { return slices.Sorted(maps.Keys(c.terms.Channels)) }

// defaultPolicies returns since which dates the service makes a policy by itself:
// for tenants that buy Premium anew, and for tenants with managed environments
// (rule P5).
func (c *catalogue) defaultPolicies() (newPremium, managed time.Time) {
	return c.terms.DefaultPolicies.NewPremium, c.terms.DefaultPolicies.Managed
}

// rows reads tables of products and keeps what is wrong with them.
type rows struct {
	path     []string // of the table
	problems []keyProblem
}

// problem reports something wrong at a key below path, dotted.
func (r *rows) problem(key, format string, args ...any) {
	path := slices.Clone(r.path)
	if key != "" {
		path = append(path, strings.Split(key, ".")...)
	}
	r.problems = append(r.problems, keyProblem{path, fmt.Sprintf(format, args...)})
}

var (
	productName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	guidForm    = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	productKeys = []string{"title", "sku", "guid", "plan", "plan-guid", "also", "price", "gives"}
)

// product changes or adds the product called name.
func (r *rows) product(c *catalogue, name string, table map[string]any) {
	p := c.find(name)
	if p == nil {
		if !productName.MatchString(name) {
			r.problem("", "%s is no name of a product: use small letters, digits and single hyphens", quote(name))
			return
		}
		if _, ok := table["gives"]; !ok {
			r.problem("", "is no product of the catalogue, and a new one needs gives%s", suggest(name, c.names()))
			return
		}
		p = &product{Name: name, Title: name, Price: math.NaN()}
		c.products = append(c.products, p)
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		value := table[key]
		switch key {
		case "title":
			r.text(key, value, &p.Title)
		case "sku":
			r.text(key, value, &p.SKU)
		case "guid":
			r.guid(key, value, &p.GUID)
		case "plan":
			r.text(key, value, &p.Plan)
		case "plan-guid":
			r.guid(key, value, &p.PlanGUID)
		case "also":
			r.also(p, value)
		case "price":
			r.price(p, value)
		case "gives":
			r.gives(p, value)
		default:
			r.problem(key, "unknown key%s", suggest(key, productKeys))
		}
	}
}

// rights changes what everyone has, or what a trial gives.
func (r *rows) rights(p *product, table map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if key == "gives" {
			r.gives(p, table[key])
			continue
		}
		r.problem(key, "unknown key; there is gives")
	}
}

func (r *rows) text(key string, value any, to *string) {
	s, ok := value.(string)
	if !ok || strings.TrimSpace(s) == "" {
		r.problem(key, "must be a text that is not empty")
		return
	}
	*to = s
}

func (r *rows) guid(key string, value any, to *string) {
	s, ok := value.(string)
	if !ok || !guidForm.MatchString(s) {
		r.problem(key, "must be a GUID such as eda1941c-3c4f-4995-b5eb-e85a42175ab9")
		return
	}
	*to = strings.ToLower(s)
}

func (r *rows) also(p *product, value any) {
	table, ok := value.(map[string]any)
	if !ok {
		r.problem("also", "must be a table of GUIDs by SKU part number")
		return
	}
	p.Also = map[string]string{}
	for _, sku := range slices.Sorted(maps.Keys(table)) {
		var id string
		if r.guid("also", table[sku], &id); id != "" {
			p.Also[sku] = id
		}
	}
}

func (r *rows) price(p *product, value any) {
	price, ok := value.(float64)
	if n, whole := value.(int64); whole {
		price, ok = float64(n), true
	}
	if !ok || !(price >= 0 && price <= 1e6) {
		r.problem("price", "must be a number from 0 to 1000000: USD per seat and month")
		return
	}
	p.Price = price
}

// rightNames returns the names of the rights, in their order.
func rightNames() []string {
	names := make([]string, claim.NumRights)
	for r := range claim.NumRights {
		names[r] = r.String()
	}
	return names
}

// gives sets what p gives: a list of rights, or a table of them, each true,
// false, or { from = DATE, until = DATE }.
func (r *rows) gives(p *product, value any) {
	before := len(r.problems)
	var gives []entitlement
	add := func(name string, from, until time.Time) {
		i := slices.Index(rightNames(), name)
		if i < 0 {
			r.problem("gives", "%s is no right%s", quote(name), suggest(name, rightNames()))
			return
		}
		gives = append(gives, entitlement{claim.Right(i), from, until})
	}
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			name, ok := v.(string)
			if !ok {
				r.problem("gives", "%v is no name of a right", v)
				continue
			}
			add(name, time.Time{}, time.Time{})
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if from, until, given := r.period("gives."+name, value[name]); given {
				add(name, from, until)
			}
		}
	default:
		r.problem("gives", "must be a list of rights, or a table of them: %s", strings.Join(rightNames(), ", "))
	}
	if len(r.problems) == before {
		p.gives = gives
	}
}

// period reads when a right is given: true, false, or { from = DATE, until = DATE }.
func (r *rows) period(key string, value any) (from, until time.Time, given bool) {
	if given, ok := value.(bool); ok {
		return from, until, given
	}
	table, ok := value.(map[string]any)
	if !ok {
		r.problem(key, "must be true, false or { from = DATE, until = DATE }")
		return from, until, false
	}
	for _, k := range slices.Sorted(maps.Keys(table)) {
		at, ok := localDate(table[k])
		switch {
		case k != "from" && k != "until":
			r.problem(key+"."+k, "unknown key%s", suggest(k, []string{"from", "until"}))
		case !ok:
			r.problem(key+"."+k, "must be a date such as 2026-03-31")
		case k == "from":
			from = at
		default:
			until = at
		}
	}
	if !from.IsZero() && !until.IsZero() && !from.Before(until) {
		r.problem(key, "until must be later than from")
	}
	return from, until, true
}

// localDate returns a date as a TOML decoder gives it, or as a text, at midnight UTC.
func localDate(value any) (time.Time, bool) {
	text := ""
	switch v := value.(type) {
	case time.Time:
		text = v.Format(time.DateOnly)
		if v.Hour() != 0 || v.Minute() != 0 || v.Second() != 0 || v.Nanosecond() != 0 {
			return time.Time{}, false
		}
	case fmt.Stringer:
		text = v.String()
	case string:
		text = v
	}
	t, err := time.Parse(time.DateOnly, text)
	// Beyond these years instants relative to a study are beyond clock.Time.
	return t, err == nil && t.Year() >= minDate && t.Year() <= maxDate
}

// The years that dates of the catalogue may have.
const (
	minDate = 1990
	maxDate = 2200
)
