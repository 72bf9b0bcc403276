package exports

import (
	"fmt"
	"slices"
	"strings"
)

// The columns of an auto-claim policy report. What the Microsoft 365 admin center calls
// them is not documented: these are the words for who was given which licence by which
// policy, and when.
var (
	reportUser    = []string{"user principal name", "userprincipalname", "upn", "email", "user", "user name", "username"}
	reportPolicy  = []string{"policy", "policy name", "auto-claim policy"}
	reportProduct = []string{"product", "product name", "product title", "license", "licence"}
	reportDate    = []string{"date", "date assigned", "assigned date", "assigned on", "assignment date", "license assigned date", "time"}
)

// isReport reports whether the columns are those of an auto-claim policy report.
func (t *table) isReport() bool {
	for _, columns := range [][]string{reportUser, reportPolicy, reportProduct, reportDate} {
		if !slices.ContainsFunc(columns, func(c string) bool { return t.has(c) }) {
			return false
		}
	}
	return !t.has("outcome") // the ledger of a run, which has other acts than claims
}

// maxPolicies is how many policies are told of by name.
const maxPolicies = 20

// reported reads a row of the auto-claim policy report: a licence that a policy
// assigned by itself.
func (f *file) reported(t *table) {
	tenant, who, policy := f.tenant, t.get(reportUser...), t.get(reportPolicy...)
	at, err := moment(t.get(reportDate...), tenant.zone)
	switch {
	case who == "" || policy == "":
		f.skip(reportKind, "the user or the policy is empty")
		return
	case err != nil:
		f.skip(reportKind, "the date %v", err)
		return
	case tenant.again("report", who, policy, t.get(reportProduct...), t.get(reportDate...)):
		f.skip(reportKind, "stands before: the same person, policy, product and date")
		return
	}
	f.use(reportKind)
	tenant.observe(at, f.at())
	product, note, ok := tenant.find(t.get(reportProduct...))
	switch i := slices.Index(claimable, product); {
	case !ok:
		tenant.unknownLicence(t.get(reportProduct...), f.at())
	case i < 0:
		tenant.held(product, f.at())
	default:
		tenant.noteSKU(note, f.at())
		tenant.audits.see(at, f.at())
		tenant.audits.claims = true
		p := tenant.people.byName(who)
		p.audited[i] = first(p.audited[i], at.Unix())
		name := fmt.Sprintf("%s (%s)", printable(policy), product)
		if n := tenant.audits.policies[name]; n > 0 || len(tenant.audits.policies) < maxPolicies {
			tenant.audits.policies[name] = n + 1
		}
	}
}

// byPolicy says how often each policy claimed, by the reports; "" where there is none.
func (a *audits) byPolicy() string {
	var all []string
	for _, name := range sortedKeys(a.policies) {
		all = append(all, fmt.Sprintf("%s %d", name, a.policies[name]))
	}
	if len(all) == 0 {
		return ""
	}
	return "claims by policy, as reported: " + strings.Join(all, ", ")
}

// unread says why nothing is taken from a CSV file that is known by its columns; "" for
// others.
func (t *table) unread() string {
	if t.has("report refresh date", "user principal name") {
		return "is a usage report of Microsoft 365, from which nothing is taken: it has no column of Power Automate"
	}
	return ""
}
