package exports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// write writes the scenario.
func (p *plan) write() {
	p.writeHead()
	p.doc.table("study")
	p.doc.set("start", p.start.String(), p.startWhy)
	p.doc.set("days", strconv.Itoa(p.days), "")
	p.doc.table("tenants", p.name)
	zone := "as given"
	if p.zone == time.UTC {
		zone = p.assumed("dates are in UTC; --time-zone names another zone")
	}
	p.doc.set("time-zone", quoted(p.zone.String()), zone)
	for _, pool := range p.pools {
		p.writePool(pool)
	}
	p.writeSettings()
	p.writeEnvironments()
	p.writePeople()
	p.writeGroups()
	p.writeTrace()
}

// writeHead writes what the scenario is made of, and what is missing.
func (p *plan) writeHead() {
	d, r := &p.doc, p.report
	d.note("Made by seatcast import. Behind each value stands the export that it is from, or what was assumed; correct what you know better, then run it.")
	d.note("Read:")
	for _, read := range r.Read {
		what := read.Kind
		if what == "" {
			what = "of no kind that is known"
		}
		line := fmt.Sprintf("- %s: %s, %s used", Place{File: read.File}.short(), what, plural(read.Used, "row"))
		if read.Skipped > 0 {
			line += fmt.Sprintf(", %d skipped", read.Skipped)
		}
		d.note("%s", line)
	}
	if missing := p.missing(); len(missing) > 0 {
		d.note("Missing, and what it would tell:")
		for _, m := range missing {
			d.note("- %s", m)
		}
	}
	if len(p.unknown) > 0 {
		d.note("Licences that the catalogue does not know, and that are not modelled:")
		for _, name := range sortedKeys(p.unknown) {
			d.note("- %s (%s)", name, p.unknown[name].short())
		}
	}
	for _, name := range sortedKeys(p.tenant.others) {
		d.note("%s (%s) has no pool here: auto-claim of Power Automate does not assign it.", name, p.tenant.others[name].short())
	}
	d.WriteString("title = " + quoted(p.name+", imported") + "\n")
}

// missing lists the exports that are not there, with what they would tell.
func (p *plan) missing() (all []string) {
	had := map[string]bool{}
	for _, r := range p.report.Read {
		had[r.Kind] = had[r.Kind] || r.Used > 0
	}
	had[auditKind.String()] = had[auditKind.String()] || had[purviewKind.String()]
	if had[seriesKind.String()] || had[sessionKind.String()] {
		return nil // of another kind altogether
	}
	for _, m := range []struct {
		kind kind
		what string
	}{
		{skuKind, "seats that are bought, and how many are held"},
		{subscriptionKind, "when terms end"},
		{userKind, "how many people there are, who holds a seat and since when"},
		{auditKind, "who claimed when"},
		{environmentKind, "which environments are managed"},
		{flowKind, "who makes premium flows, and where"},
		{consumptionKind, "who started flows within the last 30 days"},
		{settingsKind, "whether policies apply to managed environments only"},
		{switchKind, "whether auto-claim is on"},
	} {
		if !had[m.kind.String()] {
			all = append(all, m.kind.String()+": "+m.what)
		}
	}
	return all
}

// writeSettings writes the tenant's settings of auto-claim, and the policies.
func (p *plan) writeSettings() {
	d := &p.doc
	d.table("tenants", p.name, "auto-claim")
	asIf := len(p.series) > 0 || len(p.sessions.rows) > 0
	switch {
	case p.enabled.known:
		d.set("enabled", strconv.FormatBool(p.enabled.value), p.enabled.at.short()+": tenantPolicyValue")
	case asIf:
		d.set("enabled", "true", p.assumed("as if auto-claim had been on"))
	default:
		d.set("enabled", "true", p.assumed("auto-claim is on; no export of the switch"))
	}
	switch {
	case p.managedOnly.known && p.managedOnly.value:
		d.set("scope", `"managed"`, p.managedOnly.at.short()+": tenant settings")
	case p.managedOnly.known:
		d.set("scope", `"all"`, p.managedOnly.at.short()+": tenant settings")
	case !asIf:
		d.note("%s", p.assumed("the scope is that of the default policy; no export of the tenant settings"))
	}
	if !p.audits.claims && !asIf {
		d.set("default-policies", "true", p.assumed("the policies are those that the service creates by itself; no API exports policies"))
		return
	}
	app := "rpa-attended"
	if p.main == "per-user" {
		app = "per-user"
	}
	why := ""
	if !p.audits.claims {
		why = p.assumed("one policy for %s; no API exports policies", p.main)
	} else {
		why = p.assumed("one policy for %s, as there were claims by policies (%s)", p.main, p.audits.last.at.short())
		why += "; audits have assignments, not acts: no rate is taken of them"
		if text := p.audits.byPolicy(); text != "" {
			why += "; " + text
		}
		if p.audits.unnamed {
			why += "; " + p.assumed("claims of the audits that name no licence are of %s", p.main)
		}
	}
	d.table("tenants", p.name, "policies", "auto-claim")
	d.note("%s", why)
	d.set("app", quoted(app), "")
	d.set("product", quoted(p.main), "")
}

// writeTrace writes the replay of the sessions.
func (p *plan) writeTrace() {
	if !p.replay {
		return
	}
	d := &p.doc
	d.table("tenants", p.name, "trace")
	d.note("%s in %s, from %s to %s", plural(len(p.sessions.rows), "session"), p.sessions.first.at.short(), p.sessions.first.value.In(p.zone).Format(time.DateOnly), p.sessions.last.value.In(p.zone).Format(time.DateOnly))
	d.set("file", quoted(TraceFile), "")
	d.set("action", `"trigger"`, p.assumed("each session is an act that claims a seat"))
	d.set("flow", `"premium"`, "")
	if len(p.environments) > 1 {
		d.set("environment", quoted(p.environmentNames()[0]), p.assumed("all sessions happen in one environment"))
	}
}

// writeEnvironments writes the environments.
func (p *plan) writeEnvironments() {
	if len(p.environments) == 0 {
		return
	}
	d := &p.doc
	for i, name := range p.environmentNames() {
		e := p.environments[i]
		d.table("tenants", p.name, "environments", name)
		why := e.at.short() + ": protectionLevel"
		if !e.listed {
			why = p.assumed("environment %s is not managed; no export of environments has it (%s)", name, e.at.short())
		}
		if e.sku != "" {
			why += ", " + e.sku
		}
		d.set("managed", strconv.FormatBool(e.managed), why)
	}
	if left := len(p.tenant.environments) - len(p.environments) - p.merged; left > 0 && p.merged == 0 {
		d.note("%s without flows left out", plural(left, "environment"))
	}
	if p.merged > 0 {
		d.note("the %d least busy environments are put together as others", p.merged)
	}
}

// environmentNames returns the environments' names in the scenario.
func (p *plan) environmentNames() []string {
	var names []string
	for _, e := range p.environments {
		name := slug(e.name)
		if name == "" {
			name = "environment"
		}
		names = append(names, unused(name, func(name string) bool { return slices.Contains(names, name) }))
	}
	return names
}

// unused returns a name that is not taken: the one that is wanted, or that with the
// first number from 2 up.
func unused(name string, taken func(string) bool) string {
	unique := name
	for n := 2; taken(unique); n++ {
		unique = name + "-" + strconv.Itoa(n)
	}
	return unique
}

// shares returns the shares of people, or of what they do, by environment; of the
// managed ones alone if so wanted, and if there are any. "" where there is one
// environment at most.
func (p *plan) shares(managedOnly bool) (shares, why string) {
	if len(p.environments) < 2 {
		return "", ""
	}
	byFlows, total := p.byFlows(), 0
	in := func(e *environment) bool {
		return e.managed || !managedOnly || !slices.ContainsFunc(p.environments, func(e *environment) bool { return e.managed })
	}
	weights := make([]int, len(p.environments))
	for i, e := range p.environments {
		if in(e) {
			weights[i] = e.weight(byFlows)
		}
		total += weights[i]
	}
	why = "by flows that are on"
	switch {
	case total == 0:
		why = p.assumed("people are spread evenly over environments; no export tells where they act")
		for i, e := range p.environments {
			if in(e) {
				weights[i], total = 1, total+1
			}
		}
	case !byFlows:
		why = "by requests of Power Automate"
	}
	var parts []string
	for i, name := range p.environmentNames() {
		if weights[i] > 0 {
			parts = append(parts, bare(name)+" = "+share(weights[i], total))
		}
	}
	return "{ " + strings.Join(parts, ", ") + " }", why
}

// share returns n of total as TOML has it.
func share(n, total int) string {
	s := strconv.FormatFloat(float64(n)/float64(total), 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
