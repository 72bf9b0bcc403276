package exports

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// sortedKeys returns the keys of a map, in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// environment folds an environment of the Power Platform.
func (f *file) environment(r *record) {
	t := f.tenant
	if r.Name == "" {
		f.skip(environmentKind, "name is missing")
		return
	}
	e := t.environmentOf(r.Name, f.at())
	managed, told := false, false
	if r.Properties != nil && r.Properties.GovernanceConfiguration != nil {
		switch strings.ToLower(r.Properties.GovernanceConfiguration.ProtectionLevel) {
		case "standard":
			managed, told = true, true
		case "basic":
			told = true
		}
	}
	if e.listed {
		if told && e.managed != managed {
			t.report.warn("%s: protectionLevel of the environment is another than at %s; the later one stands", f.at(), e.at)
		} else {
			f.skip(environmentKind, "stands before: the same name")
			return
		}
	}
	f.use(environmentKind)
	if !told {
		t.report.warnOnce("protection "+f.name, "%s: protectionLevel is neither Standard nor Basic; such environments count as not managed", f.at())
	}
	e.listed, e.managed, e.at = true, managed, f.at()
	if r.Properties != nil {
		e.isDefault, e.sku = r.Properties.IsDefault, r.Properties.EnvironmentSku
	}
}

// The kinds of flows, as acts have them.
const (
	premiumFlow = iota
	standardFlow
	attendedFlow
	numClasses
)

var classNames = [numClasses]string{"premium", "standard", "attended"}

// flows are what the inventory of flows tells.
type flows struct {
	n        int
	at       Place // of the first
	class    [numClasses]int
	saves    [numClasses]int // creations and later changes
	instant  [numClasses]int // that people start
	licensed int             // by a licence of their own
	first    time.Time       // creation
	last     fact[time.Time]
}

func newFlows() flows { return flows{} }

// consumption is what the licence consumption of the last 30 days tells.
type consumption struct {
	known  bool
	at     Place
	rows   int
	manual [numClasses]int // flows that somebody started
}

// flow folds a flow. It counts as premium, standard or with attended RPA by its
// connectors; one with a licence of its own asks nobody for one.
func (f *file) flow(r *record) {
	t, fl := f.tenant, &f.tenant.flows
	p := r.Properties
	if r.Name == "" && r.ID == "" || p == nil {
		f.skip(flowKind, "name or properties are missing")
		return
	}
	environment := ""
	if p.Environment != nil {
		environment = p.Environment.Name
	}
	if t.again("flow", environment, r.Name, r.ID) {
		f.skip(flowKind, "stands before: the same name")
		return
	}
	created, err := moment(p.CreatedTime, time.UTC)
	changed, err2 := moment(p.LastModifiedTime, time.UTC)
	if err != nil && p.CreatedTime != "" || err2 != nil && p.LastModifiedTime != "" {
		f.skip(flowKind, "createdTime or lastModifiedTime %v", errTime)
		return
	}
	f.use(flowKind)
	if fl.n == 0 {
		fl.at = f.at()
	}
	fl.n++
	class := classOf(p)
	fl.class[class]++
	if p.LicenseData != nil && ownLicence(p.LicenseData.FlowLicenseName) {
		fl.licensed++
		return
	}
	if environment != "" && strings.EqualFold(p.State, "Started") {
		t.environmentOf(environment, f.at()).flows++
	}
	if c := p.Creator; c != nil && (c.ObjectID != "" || c.UserID != "") {
		id := c.ObjectID
		if id == "" {
			id = c.UserID
		}
		p := t.people.byID(id)
		p.active, p.premium = true, p.premium || class != standardFlow
	}
	f.flowTimes(class, created, changed)
	if instant(p) {
		fl.instant[class]++
	}
}

// flowTimes counts the times at which a flow is known to have been saved.
func (f *file) flowTimes(class int, created, changed time.Time) {
	fl := &f.tenant.flows
	if changed.Equal(created) {
		changed = time.Time{} // saved once
	}
	for _, at := range []time.Time{created, changed} {
		if at.IsZero() {
			continue
		}
		fl.saves[class]++
		if fl.first.IsZero() || at.Before(fl.first) {
			fl.first = at
		}
		if !fl.last.known || at.After(fl.last.value) {
			fl.last = known(at, f.at())
		}
		f.tenant.observe(at, f.at())
	}
}

// classOf returns the kind of a flow by its connectors. HTTP is a premium
// connector ("Limits of automated, scheduled, and instant flows"), and so is one of
// the tenant's own; a flow that runs a desktop flow counts as attended.
func classOf(p *properties) int {
	class := standardFlow
	for key, c := range p.ConnectionReferences {
		if strings.Contains(strings.ToLower(key+c.ID), "shared_uiflow") {
			return attendedFlow
		}
		if strings.EqualFold(c.Tier, "Premium") || strings.EqualFold(c.Tier, "Custom") {
			class = premiumFlow
		}
	}
	if p.DefinitionSummary == nil {
		return class
	}
	for _, s := range slices.Concat(p.DefinitionSummary.Triggers, p.DefinitionSummary.Actions) {
		switch {
		case strings.Contains(strings.ToLower(s.SwaggerOperationID), "runuiflow"):
			return attendedFlow
		case strings.EqualFold(s.Type, "Http"), strings.EqualFold(s.Type, "HttpWebhook"), strings.EqualFold(s.Type, "Request") && strings.EqualFold(s.Kind, "Http"):
			class = premiumFlow
		}
	}
	return class
}

// instant reports whether people start a flow themselves.
func instant(p *properties) bool {
	return p.DefinitionSummary != nil && slices.ContainsFunc(p.DefinitionSummary.Triggers, func(s step) bool {
		return strings.EqualFold(s.Type, "Request") && !strings.EqualFold(s.Kind, "Http") || strings.EqualFold(s.Type, "Manual")
	})
}

// ownLicence reports whether a licence is one of a flow, and not of a person.
func ownLicence(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "process") || strings.Contains(name, "per flow") || strings.Contains(name, "perflow")
}

// Tenant settings that say whether policies apply to managed environments alone:
// that of Power Automate, and the older one for both.
const (
	scopeKey      = "applyPAutoAutoClaimToOnlyManagedEnvironments"
	olderScopeKey = "applyAutoClaimToOnlyManagedEnvironments"
)

// settings folds the tenant settings of the Power Platform.
func (f *file) settings(r *record) {
	t := f.tenant
	for _, key := range []string{scopeKey, olderScopeKey} {
		for name, raw := range r.PowerPlatform.Licensing {
			if !strings.EqualFold(name, key) || bytes.Equal(raw, []byte("null")) {
				continue
			}
			var only bool
			if json.Unmarshal(raw, &only) != nil {
				f.skip(settingsKind, "%s is neither true nor false", key)
				return
			}
			f.use(settingsKind)
			if key == olderScopeKey {
				t.report.warn("%s: has no %s; %s, the older setting for both products, counts", f.at(), scopeKey, olderScopeKey)
			}
			if t.managedOnly.known && t.managedOnly.value != only {
				t.report.warn("%s: %s is %v, and the other way round at %s; the later one stands", f.at(), key, only, t.managedOnly.at)
			}
			t.managedOnly = known(only, f.at())
			return
		}
	}
	f.skip(settingsKind, "has neither of the settings of auto-claim")
}

// tenantSwitch folds the tenant's switch of auto-claim.
func (f *file) tenantSwitch(r *record) {
	t := f.tenant
	if !t.belongs(r.TenantID, f.at()) {
		f.skip(switchKind, foreign)
		return
	}
	on := strings.EqualFold(r.TenantPolicyValue, "Enabled")
	if !on && r.TenantPolicyValue != "" && !strings.EqualFold(r.TenantPolicyValue, "Disabled") {
		f.skip(switchKind, "tenantPolicyValue is neither Enabled nor Disabled")
		return
	}
	f.use(switchKind)
	if t.enabled.known && t.enabled.value != on {
		t.report.warn("%s: the switch is %s, and the other way round at %s; the later one stands", f.at(), r.TenantPolicyValue, t.enabled.at)
	}
	t.enabled = known(on, f.at())
}
