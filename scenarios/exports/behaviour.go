package exports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// writePeople writes the populations: who was seen at work, the others, and holders of
// whom nothing else is known.
func (p *plan) writePeople() {
	for _, premium := range []bool{true, false} {
		name := map[bool]string{true: "makers", false: "standard"}[premium]
		for _, q := range p.parts(name, func(q *person) bool {
			return q.active && q.premium == premium && (q.listed || !p.tenant.people.listed.known)
		}) {
			p.writeActive(q, premium)
		}
	}
	if p.tenant.people.listed.known {
		for _, q := range p.parts("others", func(q *person) bool { return q.listed && !q.active }) {
			p.writeOthers(q)
		}
	} else {
		for _, pool := range p.pools {
			p.writeHoldersOf(pool)
		}
		if !p.replay {
			p.writeNobody()
		}
	}
}

// writeActive writes the people who own flows, or ran some: those who work with
// premium flows, or with standard ones alone.
func (p *plan) writeActive(q part, premium bool) {
	d := &p.doc
	d.table("tenants", p.name, "users", q.name)
	why := "people who own a premium flow or ran one within 30 days"
	if !premium {
		why = "people who own standard flows alone, ran such, or made requests of Power Automate"
	}
	if !p.tenant.people.listed.known {
		why += "; " + p.assumed("people known by e-mail and people known by id are not the same (%s); no export of users tells", q.name)
	}
	d.set("count", strconv.Itoa(q.count), why+q.why())
	if shares, why := p.shares(false); shares != "" {
		d.set("environments", shares, why)
	}
	p.writeHolds(q)
	d.table("tenants", p.name, "users", q.name, "does")
	for class := range numClasses {
		switch {
		case class == standardFlow:
			p.writeRates(class, p.makers+p.standard)
		case premium:
			p.writeRates(class, p.makers)
		}
	}
	if fl := &p.tenant.flows; fl.licensed > 0 {
		d.note("%s with a licence of their own ask nobody for one, and are left out", plural(fl.licensed, "flow"))
	}
	if !premium && p.tenant.flows.n == 0 && !p.consumed.known {
		d.set("trigger-standard", `"1/week"`, p.assumed("people of the request report trigger standard flows once a week; no export tells which flows"))
	}
}

// perMonth is the days of a month of a rate: a twelfth of a year.
const perMonth = 365.0 / 12

// writeRates writes how often each of so many people saves and triggers flows of a
// kind.
func (p *plan) writeRates(class, people int) {
	d, fl, c, name := &p.doc, &p.tenant.flows, &p.tenant.consumed, classNames[class]
	window := 30.0
	if fl.last.known && p.latest.known {
		window = max(window, p.latest.value.Sub(fl.first).Hours()/24)
	}
	if n := fl.saves[class]; n > 0 {
		d.set("save-"+name, rate(float64(n)/float64(people)/window*perMonth), fmt.Sprintf("%s: %s of %s flows by %s within %.0f days; a flow is known to have been saved twice at most, so this is a lower bound",
			fl.at.short(), plural(n, "save"), name, persons(people), window))
	}
	switch n := c.manual[class]; {
	case n > 0:
		d.set("trigger-"+name, rate(float64(n)/float64(people)/30*perMonth), fmt.Sprintf("%s: %s started by %s within 30 days, each counted once: a lower bound",
			c.at.short(), plural(n, name+" flow"), persons(people)))
	case fl.instant[class] > 0 && !c.known:
		d.set("trigger-"+name, `"1/week"`, p.assumed("people trigger their %s flows once a week; %s tells which flows they start, not how often", name, fl.at.short()))
	}
}

// rate returns a rate per month as the format has it.
func rate(perMonth float64) string {
	return `"` + strconv.FormatFloat(max(perMonth, 1e-6), 'g', 3, 64) + `/month"`
}

// writeHolds writes the shares of people who hold each product on day one, but for
// those who hold it through a group alone.
func (p *plan) writeHolds(part part) {
	counts := make([]int, len(p.names))
	for k := range p.tenant.people.all {
		q := &p.tenant.people.all[k]
		if q.disabled || !part.in(q) {
			continue
		}
		bits := q.holds
		if !p.tenant.people.listed.known {
			bits |= q.reported
		}
		for i, product := range claimable {
			if q.groups&p.giving(product) != 0 && q.direct&(1<<i) == 0 {
				bits &^= p.bit(product)
			}
		}
		for i := range p.names {
			counts[i] += int(bits >> i & 1)
		}
	}
	var parts, said []string
	for i, name := range p.names {
		if counts[i] > 0 {
			parts = append(parts, bare(name)+" = "+share(counts[i], part.count))
			said = append(said, fmt.Sprintf("%d %s", counts[i], name))
		}
	}
	if len(parts) > 0 {
		p.doc.set("holds", "{ "+strings.Join(parts, ", ")+" }", "people: "+strings.Join(said, ", "))
	}
}

// leastDays is the shortest history that a rate is taken of.
const leastDays = 14

// writeOthers writes the people of the export of users who were not seen at work.
// They begin at the rate at which people came to hold a seat of late.
func (p *plan) writeOthers(part part) {
	d := &p.doc
	d.table("tenants", p.name, "users", part.name)
	d.set("count", strconv.Itoa(part.count), p.tenant.people.listed.at.short()+": enabled accounts that were not seen at work on flows"+part.why())
	p.writeHolds(part)
	if part.groups&p.giving(p.main) != 0 {
		return // all of them hold it
	}
	main := p.pools[0]
	for _, pool := range p.pools {
		if pool.product == p.main {
			main = pool
		}
	}
	without := p.others - main.holders.others
	claims, days := 0, 0
	if p.past != nil {
		claims, days = p.past.recent()
	}
	if claims == 0 || without <= 0 || days < leastDays {
		d.note("%s", p.assumed("nobody else begins: no export of %d days or more tells how many come to need a licence; give adoption and does", leastDays))
		return
	}
	mean := float64(without) * float64(days) / float64(claims)
	if shares, why := p.shares(p.managedOnly.known && p.managedOnly.value); shares != "" {
		d.set("environments", shares, why)
	}
	d.set("adoption", fmt.Sprintf(`"exp(%sd)"`, strconv.FormatFloat(min(max(mean, 0.01), 36000), 'f', 2, 64)),
		p.assumed("people without a seat (%d) come to need one at the rate of the last %d days of %s, in which %d did", without, days, HistoryFile, claims))
	d.set("starts-with", `"trigger-premium"`, "")
	d.set("does.trigger-premium", `"1/week"`, p.assumed("people who have begun trigger a premium flow once a week"))
}

// writeHoldersOf writes holders of a product of whom nothing else is known.
func (p *plan) writeHoldersOf(pool *pool) {
	n, why := 0, ""
	switch {
	case pool.consumed.known:
		n, why = pool.consumed.value-pool.holders.reported, pool.consumed.at.short()+": seats that are held"
		if pool.holders.reported > 0 {
			why += ", less the active people whom the consumption report has with one"
		}
	case pool.product == p.main && p.past != nil && !p.replay:
		n, why = p.past.present()-pool.holders.reported, "present holders, by the last row of "+HistoryFile
	}
	if n <= 0 {
		return
	}
	d := &p.doc
	d.table("tenants", p.name, "users", "holders-"+pool.product)
	d.set("count", strconv.Itoa(n), why)
	d.set("holds", "{ "+bare(pool.product)+" = 1.0 }", "")
	s := &p.tenant.sessions
	if len(s.rows) == 0 || pool.consumed.known {
		d.note("%s", p.assumed("holders of %s do nothing that needs more than they hold", pool.product))
		return
	}
	days := s.last.value.Sub(s.first.value).Hours()/24 + 1
	d.set("does.trigger-premium", rate(float64(len(s.rows))/float64(len(s.seats))/math.Max(days, 1)*perMonth),
		fmt.Sprintf("%s: %s by %s within %.0f days", s.first.at.short(), plural(len(s.rows), "session"), persons(len(s.seats)), days))
}

// writeNobody writes an empty population where nobody else is known who might
// claim.
func (p *plan) writeNobody() {
	d := &p.doc
	d.table("tenants", p.name, "users", "others")
	d.set("count", "0", p.assumed("nobody but those above: no export tells how many people there are; --set tenants.%s.users.others.count=N", p.name))
	d.note("and give adoption and does, or fit them to %s", HistoryFile)
}
