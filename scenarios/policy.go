package scenarios

import (
	"slices"
	"strings"
	"time"

	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// manageFrom adds the act by which an environment becomes a managed one.
func (t *tenant) manageFrom(n *node, environment string, at clock.Time) {
	e := blank(at, environment+" managed-from", sim.ManageEnvironment)
	e.Environment = t.environments[environment]
	t.act(n, e)
}

// buildPolicies makes the policies, by name: those of the scenario, and those
// that its timeline creates.
func (t *tenant) buildPolicies() {
	t.policies = map[string]int{}
	all := t.n.get("policies")
	for _, name := range all.names() {
		n := all.get(name)
		created, ok := t.moment(n, "created")
		if !ok {
			created = longAgo
		}
		if created > t.horizon() {
			t.warn(n.get("created").problem("is after the study, so the policy claims nothing"))
		}
		t.addPolicy(name, n, created)
	}
	acts := t.n.get("timeline")
	for _, name := range acts.names() {
		n := acts.get(name)
		if got[string](n, "do") != "create-policy" {
			continue
		}
		at, _ := t.moment(n, "at")
		word := n.get("policy")
		policy := got[string](n, "policy")
		for _, key := range []string{"policy", "app", "product"} {
			if !n.has(key) {
				t.problem(n.keyProblem("create-policy needs %s", key))
			}
		}
		if word == nil || word.parsed == nil {
			continue
		}
		if err := nameError(policy); err != nil {
			t.problem(word.problem("%v", err))
		}
		if _, ok := t.policies[policy]; ok {
			t.problem(word.problem("there is a policy %s already: give this one another name", quote(policy)))
			continue
		}
		t.addPolicy(policy, n, at)
	}
}

// addPolicy makes a policy out of a table of policies or of the timeline.
func (t *tenant) addPolicy(name string, n *node, created clock.Time) {
	p := claim.Policy{Name: name, App: appOf(got[string](n, "app")), Created: created, On: got[bool](n, "on"), Group: nothing}
	if n.has("product") {
		p.Products = t.claimed(n, n.get("product"), nil)
		t.checkApp(n, &p)
	}
	t.checkAppsOff(n, &p)
	if to := n.get("assign"); n.has("assign") && to.parsed != nil {
		p.Group = t.assignTo(n, to, &p)
	}
	t.policies[name] = len(t.sim.Rules.Policies)
	t.sim.Rules.Policies = append(t.sim.Rules.Policies, p)
	t.created = append(t.created, n)
}

func appOf(word string) claim.App {
	if word == "rpa-attended" {
		return claim.RPAAttendedApp
	}
	return claim.PerUserApp
}

// claimed returns the product and the backups that a table names: of an edit that
// names only one of the two, the other stays as it was.
func (t *tenant) claimed(n, first *node, before []int) []int {
	var products []int
	if n.has("product") {
		products = append(products, t.product(first, true))
	} else if len(before) > 0 {
		products = append(products, before[0])
	}
	if !n.has("backups") {
		if len(before) > 1 {
			products = append(products, before[1:]...)
		}
		return products
	}
	for _, word := range got[[]*node](n, "backups") {
		p := t.product(word, true)
		if p >= 0 && slices.Contains(products, p) {
			t.problem(word.problem("%s is named before: a policy has each product once", t.sim.Rules.Products[p].Name))
		}
		products = append(products, p)
	}
	return products
}

// checkApp holds the products of a policy against its app (rule P7).
func (t *tenant) checkApp(n *node, p *claim.Policy) {
	app := n.get("app")
	if app == nil || app.parsed == nil || len(p.Products) == 0 {
		return
	}
	fits := map[claim.App]string{claim.PerUserApp: "per-user", claim.RPAAttendedApp: "premium"}[p.App]
	want, _, ok := t.catalogue.lookup(fits)
	for k, i := range p.Products {
		if i < 0 || !ok {
			continue
		}
		row, _, _ := t.catalogue.lookup(t.sim.Rules.Products[i].Name)
		switch list := got[[]*node](n, "backups"); {
		case row.Plan == want.Plan:
		case k == 0:
			t.problem(n.get("product").problem("the app %s goes with the product %s, not %s", p.App, fits, row.Name))
		case n.has("backups") && k <= len(list):
			t.warn(list[k-1].problem("%s does not contain the service plan %s of the app %s, so the admin center would probably not offer it", row.Name, want.Plan, p.App))
		}
	}
}

// checkAppsOff holds the service plans that are cleared against the products:
// the plan that a product's rights come from cannot be cleared.
func (t *tenant) checkAppsOff(n *node, p *claim.Policy) {
	for _, word := range got[[]*node](n, "apps-off") {
		plan, ok := word.parsed.(string)
		if !ok {
			continue
		}
		for _, i := range p.Products {
			if i < 0 {
				continue
			}
			row, _, _ := t.catalogue.lookup(t.sim.Rules.Products[i].Name)
			if strings.EqualFold(row.Plan, plan) || strings.EqualFold(row.PlanGUID, plan) {
				t.problem(word.problem("%s is what gives %s its rights, so a policy cannot clear it", plan, row.Name))
			}
		}
	}
}

// assignTo returns the group that a policy adds people to, or nothing.
func (t *tenant) assignTo(n, to *node, p *claim.Policy) int {
	name, group := strings.CutPrefix(to.parsed.(string), "group:")
	if !group {
		if name != "direct" {
			t.problem(to.problem(`%s is no way to assign: write "direct" or "group:NAME"`, quote(name)))
		}
		return nothing
	}
	i := t.index(&node{path: to.path, key: to.key, at: to.at, value: name, parsed: name}, "group", t.groups)
	if i < 0 || len(p.Products) == 0 {
		return i
	}
	if g := t.sim.Rules.Groups[i]; g.Product >= 0 && p.Products[0] >= 0 && g.Product != p.Products[0] {
		t.problem(to.problem("the group %s gives %s, and the policy claims %s: they must be the same product",
			g.Name, t.sim.Rules.Products[g.Product].Name, t.sim.Rules.Products[p.Products[0]].Name))
	}
	if len(p.Products) > 1 {
		t.problem(to.problem("the group %s gives one product, so a policy that adds people to it can have no backups", name))
	}
	return i
}

// defaultPolicies adds the policies that the service creates by itself (rule P5):
// one for tenants that buy Premium anew, for all environments, and one for tenants
// with managed environments, for those. What the scenario says of the switch and
// the scope wins. A subscription of unknown age counts as new, for whoever asks
// for default policies has them; where both rules apply the wider scope stands,
// as it came first.
func (t *tenant) defaultPolicies() {
	n := t.n.get("auto-claim")
	if !got[bool](n, "default-policies") {
		return
	}
	newPremium, managed := t.catalogue.defaultPolicies()
	created, all := t.newPremium(midnight(newPremium, t.layout.start))
	if !all {
		created = t.firstManaged(midnight(managed, t.layout.start))
	}
	if created == clock.Never {
		t.warn(n.get("default-policies").problem("no default policy applies: the tenant neither buys Premium anew nor has managed environments"))
		return
	}
	name := t.defaultPolicy(created)
	if name == "" {
		t.warn(n.get("default-policies").problem("no default policy applies: the tenant has no pool of premium or per-user"))
		return
	}
	if !n.has("scope") && !all {
		t.sim.Rules.Scope = claim.ManagedOnly
	}
	switch {
	case n.has("enabled"):
	case created <= 0:
		t.sim.Rules.Enabled = true
	default:
		t.sim.Timeline = append(t.sim.Timeline, blank(created, name, sim.EnableSetting))
	}
}

// newPremium returns when a tenant that buys Premium anew gets its policy, and
// whether it does within the study.
func (t *tenant) newPremium(since clock.Time) (clock.Time, bool) {
	i, ok := t.products["premium"]
	if !ok {
		return clock.Never, false
	}
	first := clock.Never
	for _, s := range t.sim.Rules.Products[i].Subscriptions {
		switch {
		case s.Starts == longAgo && since <= 0:
			first = longAgo
		case s.Starts >= since:
			first = min(first, s.Starts)
		}
	}
	return first, first <= t.horizon()
}

// firstManaged returns when a tenant with managed environments gets its policy.
func (t *tenant) firstManaged(since clock.Time) clock.Time {
	first := clock.Never
	for _, e := range t.sim.Rules.Environments {
		if e.Managed {
			first = longAgo
		}
	}
	for _, e := range t.sim.Timeline {
		if e.Do == sim.ManageEnvironment {
			first = min(first, e.At)
		}
	}
	switch {
	case first == clock.Never, since > t.horizon():
		return clock.Never
	case since <= 0:
		return first
	}
	return max(first, since)
}

// defaultPolicy adds the policy that the service makes, unless the scenario has
// one of that name, and returns its name.
func (t *tenant) defaultPolicy(created clock.Time) string {
	for _, p := range []claim.Policy{{Name: "default-premium", App: claim.RPAAttendedApp}, {Name: "default-per-user", App: claim.PerUserApp}} {
		i, ok := t.products[strings.TrimPrefix(p.Name, "default-")]
		if !ok || t.sim.Rules.Products[i].Subscriptions == nil {
			continue
		}
		if _, given := t.policies[p.Name]; !given {
			p.Products, p.Created, p.On, p.Group = []int{i}, created, true, nothing
			t.policies[p.Name] = len(t.sim.Rules.Policies)
			t.sim.Rules.Policies = append(t.sim.Rules.Policies, p)
		}
		return p.Name
	}
	return ""
}

// date returns the local date of an instant.
func (t *tenant) date(at clock.Time) string {
	return t.layout.start.Add(time.Duration(at)).Format("2006-01-02 15:04")
}
