package exports

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
)

const (
	premiumGUID = "eda1941c-3c4f-4995-b5eb-e85a42175ab9"
	perUserGUID = "4a51bf65-409c-4a91-b845-1121b571cc9d"
)

func skuRow(account, guid, part string, enabled, warning, consumed int) string {
	return fmt.Sprintf(`{"accountId":%q,"skuId":%q,"skuPartNumber":%q,"prepaidUnits":{"enabled":%d,"warning":%d},"consumedUnits":%d}`, account, guid, part, enabled, warning, consumed)
}

func subscriptionRow(id, status string, seats int, created, next string, trial bool) string {
	return fmt.Sprintf(`{"id":%q,"skuId":%q,"status":%q,"isTrial":%v,"totalLicenses":%d,"createdDateTime":%q,"nextLifecycleDateTime":%q}`, id, premiumGUID, status, trial, seats, created, next)
}

// seatsOf returns the seats of a product that can be assigned on day one, and those that are
// reserved.
func seatsOf(t *testing.T, s *scenarios.Scenario, product string) (seats, reserved int) {
	t.Helper()
	for _, p := range s.Variants[0].World.Tenants[0].Rules.Products {
		if p.Name != product {
			continue
		}
		for _, sub := range p.Subscriptions {
			if sub.Starts <= 0 && sub.Ends.Add(sub.Expired) > 0 {
				seats += sub.Seats
			}
		}
		return seats, p.Reserved
	}
	t.Fatalf("no %s", product)
	return 0, 0
}

// TestSKUs: GUIDs come first, then part numbers, and the name of the service plan
// that Microsoft's script has for the SKU is accepted with a warning.
func TestSKUs(t *testing.T) {
	const alien = "99999999-9999-4999-8999-999999999999"
	for name, c := range map[string]struct {
		guid, part, product, warning string
	}{
		"both":             {premiumGUID, "POWERAUTOMATE_ATTENDED_RPA", "premium", ""},
		"GUID alone":       {strings.ToUpper(premiumGUID), "", "premium", ""},
		"part alone":       {"", "flow_per_user", "per-user", ""},
		"service plan":     {"", "POWER_AUTOMATE_ATTENDED_RPA", "premium", "a.json:1: POWER_AUTOMATE_ATTENDED_RPA is a service plan; the SKU of Power Automate Premium is POWERAUTOMATE_ATTENDED_RPA"},
		"GUID and plan":    {premiumGUID, "POWER_AUTOMATE_ATTENDED_RPA", "premium", "a.json:1: POWER_AUTOMATE_ATTENDED_RPA is a service plan"},
		"contradiction":    {premiumGUID, "FLOW_PER_USER", "premium", "a.json:1: the GUID is of premium and the part number \"FLOW_PER_USER\" of per-user; the GUID counts"},
		"unknown GUID":     {alien, "FLOW_PER_USER", "per-user", "a.json:1: the catalogue does not know the GUID"},
		"another variant":  {"d3987516-4b53-4dc0-8335-411260bf5626", "POWERAUTOMATE_ATTENDED_RPA_GCC", "premium", ""},
		"department's own": {"d80a4c5d-8f05-4b64-9926-6574b9e6aee4", "FLOW_PER_USER_DEPT", "per-user", ""},
	} {
		i, _, s := read(t, map[string][]byte{"a.json": []byte("[" + skuRow("", c.guid, c.part, 7, 0, 0) + "]")}, Options{})
		if seats, _ := seatsOf(t, s, c.product); seats != 7 {
			t.Errorf("%s: %d seats of %s, want 7", name, seats, c.product)
		}
		w := strings.Join(i.Report.Warnings, "\n")
		if (w == "") != (c.warning == "") || !strings.Contains(w, c.warning) {
			t.Errorf("%s: warnings %q, want %q", name, w, c.warning)
		}
	}
	i, files, _ := read(t, map[string][]byte{"a.json": []byte("[" + skuRow("", alien, "POWERAUTOMATE_PROCESS", 7, 0, 0) + "]")}, Options{})
	if len(i.Report.Unknown) != 1 || i.Report.Unknown[0] != "POWERAUTOMATE_PROCESS (a.json:1)" || !strings.Contains(files[ScenarioFile], "# - POWERAUTOMATE_PROCESS (a.json:1)") {
		t.Errorf("unknown %v", i.Report.Unknown)
	}
}

// TestDisagreement: where two exports disagree both places are told, and which
// stands.
func TestDisagreement(t *testing.T) {
	a, b := skuRow("11111111-0000-4000-8000-000000000001", premiumGUID, "", 40, 0, 37), skuRow("11111111-0000-4000-8000-000000000001", premiumGUID, "", 60, 0, 41)
	foreign := skuRow("22222222-0000-4000-8000-000000000002", premiumGUID, "", 500, 0, 499)
	list := func(rows ...string) []byte { return []byte("[\n" + strings.Join(rows, ",\n") + "\n]") }
	for name, c := range map[string]struct {
		files   map[string][]byte
		seats   int
		warning string
	}{
		"two days": {map[string][]byte{"1.json": list(a), "2.json": list(b)}, 60,
			"2.json:2 has 41 of 60 seats of premium consumed, and 1.json:2 37 of 40: they are of different days, and the later one stands"},
		"another tenant": {map[string][]byte{"1.json": list(a), "2.json": list(foreign)}, 40,
			"2.json:2 is of the tenant 22222222-0000-4000-8000-000000000002, and 1.json:2 of 11111111-0000-4000-8000-000000000001: rows of the former are left out"},
		"another tenant's switch": {map[string][]byte{"1.json": list(a), "2.json": []byte(`{"policyId":"Autoclaim","tenantPolicyValue":"Disabled","tenantId":"22222222-0000-4000-8000-000000000002"}`)}, 40,
			"2.json:1 is of the tenant 22222222"},
		"admin center": {map[string][]byte{"1.json": list(a), "2.csv": []byte("Product Title,Total Licenses,Expired Licenses,Assigned licenses\nPower Automate Premium,50,0,37\n")}, 40,
			"2.csv:2 has 50 licenses of premium and 0 expired, and 1.json:2 has 40 enabled and 0 in warning; what Graph says stands"},
		"assigned": {map[string][]byte{"1.json": list(a), "2.csv": []byte("Product Title,Total Licenses,Expired Licenses,Assigned licenses\nPower Automate Premium,40,0,36\n")}, 40,
			"2.csv:2 has 36 assigned licenses of premium, and 1.json:2 has 37 consumed"},
		"subscriptions": {map[string][]byte{"1.json": list(a), "2.json": list(subscriptionRow("s", "Enabled", 45, "2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z", false))}, 40,
			"2.json:2: the subscriptions of premium add up to 45 seats, and 1.json:2 has 40 enabled and 0 in warning; subscribedSkus stands, without terms"},
		"one subscription": {map[string][]byte{"1.json": list(subscriptionRow("s", "Enabled", 45, "2025-01-01T00:00:00Z", "", false)), "2.json": list(subscriptionRow("s", "Enabled", 50, "2025-01-01T00:00:00Z", "", false))}, 50,
			"2.json:2 has a subscription of premium with 50 seats, enabled, and 1.json:2 has it with 45, enabled: the later one stands"},
		"holders": {map[string][]byte{"1.json": list(skuRow("", premiumGUID, "", 40, 0, 1)), "2.json": list(user(1, 3), user(2, 3))}, 40,
			"1.json:2 has 1 seats of premium consumed, and 2.json:2 has 2 holders: they are of different days; the holders stand"},
		"users of two tenants": {map[string][]byte{"1.json": list(a), "2.json": list(`{"id":"x","userPrincipalName":"x@alpha.onmicrosoft.com"}`, `{"id":"w","userPrincipalName":"w@alpha.mail.onmicrosoft.com"}`, `{"id":"v","userPrincipalName":"v@alpha.example"}`),
			"3.json": list(`{"id":"y","userPrincipalName":"Y_beta.example#EXT#@Beta.OnMicrosoft.com"}`)}, 40,
			"3.json:2 has a user of beta.onmicrosoft.com, and 2.json:2 one of alpha.onmicrosoft.com: if these are two tenants, import each from a folder of its own"},
		"series": {map[string][]byte{"1.json": list(a), "2.csv": []byte("date,seats\n2026-01-01,5\n2026-01-01,6\n2026-01-02,37\n")}, 40,
			"2.csv:3: 2026-01-01 has 6 seats, and 5 at 2.csv:2; the later row stands"},
		"series and consumed": {map[string][]byte{"1.json": list(a), "2.csv": []byte("date,seats\n2026-01-01,5\n")}, 40,
			"history.csv ends with 5 holders, by 2.csv:2, and 1.json:2 has 37 seats of premium held"},
		"switch": {map[string][]byte{"1.json": list(a), "2.json": []byte(`{"policyId":"Autoclaim","tenantPolicyValue":"Enabled"}`), "3.json": []byte(`{"policyId":"Autoclaim","tenantPolicyValue":"Disabled"}`)}, 40,
			"3.json:1: the switch is Disabled, and the other way round at 2.json:1; the later one stands"},
		"scope": {map[string][]byte{"1.json": list(a), "2.json": settingsOf(true), "3.json": settingsOf(false)}, 40,
			"3.json:1: " + scopeKey + " is false, and the other way round at 2.json:1; the later one stands"},
	} {
		i, _, s := read(t, c.files, Options{})
		if seats, _ := seatsOf(t, s, "premium"); seats != c.seats {
			t.Errorf("%s: %d seats, want %d", name, seats, c.seats)
		}
		if w := strings.Join(i.Report.Warnings, "\n"); !strings.Contains(w, c.warning) {
			t.Errorf("%s: warnings\n%s\nwant %s", name, w, c.warning)
		}
	}
}

func settingsOf(managed bool) []byte {
	return fmt.Appendf(nil, `{"powerPlatform":{"licensing":{%q:%v}}}`, scopeKey, managed)
}

// TestSubscriptions: each state of a subscription gives the seats that it has on
// day one.
func TestSubscriptions(t *testing.T) {
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		row   string
		seats int
	}{
		"enabled":                 {subscriptionRow("s", "Enabled", 9, "2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z", false), 9},
		"enabled, term just over": {subscriptionRow("s", "Enabled", 9, "2025-01-01T00:00:00Z", "2026-05-30T00:00:00Z", false), 9},
		"enabled, no dates":       {subscriptionRow("s", "Enabled", 9, "", "", false), 9},
		"trial":                   {subscriptionRow("s", "Enabled", 9, "2026-05-20T00:00:00Z", "2026-06-19T00:00:00Z", true), 9},
		"trial of long":           {subscriptionRow("s", "Enabled", 9, "2026-05-20T00:00:00Z", "2029-06-19T00:00:00Z", true), 9},
		"in warning":              {subscriptionRow("s", "Warning", 9, "2025-01-01T00:00:00Z", "2026-06-10T00:00:00Z", false), 9},
		"in warning, no date":     {subscriptionRow("s", "Warning", 9, "2025-01-01T00:00:00Z", "", false), 9},
		"in warning, young":       {subscriptionRow("s", "Warning", 9, "2026-05-25T00:00:00Z", "2026-06-10T00:00:00Z", false), 9},
		"warning is over":         {subscriptionRow("s", "Warning", 9, "2025-01-01T00:00:00Z", "2026-05-20T00:00:00Z", false), 0},
		"suspended":               {subscriptionRow("s", "Suspended", 9, "2025-01-01T00:00:00Z", "2026-08-01T00:00:00Z", false), 0},
		"locked out":              {subscriptionRow("s", "LockedOut", 9, "2025-01-01T00:00:00Z", "2026-08-01T00:00:00Z", false), 0},
		"deleted":                 {subscriptionRow("s", "Deleted", 9, "2025-01-01T00:00:00Z", "", false), 0},
	} {
		_, files, s := read(t, map[string][]byte{"s.json": []byte("[" + c.row + "]")}, Options{Start: start})
		if seats, _ := seatsOf(t, s, "premium"); seats != c.seats {
			t.Errorf("%s: %d seats on day one, want %d\n%s", name, seats, c.seats, files[ScenarioFile])
		}
	}
	_, _, s := read(t, map[string][]byte{"s.json": []byte("[" + skuRow("", premiumGUID, "", 3, 15, 0) + "]")}, Options{Start: start})
	if seats, _ := seatsOf(t, s, "premium"); seats != 18 {
		t.Errorf("3 enabled and 15 in warning: %d seats on day one, want 18", seats)
	}
}

// TestHolders: who holds what on day one, and what is reserved for those who are
// not modelled.
func TestHolders(t *testing.T) {
	disabled := strings.Replace(user(4, 2), `"accountEnabled":true`, `"accountEnabled":false`, 1)
	none := `{"id":"u-5","accountEnabled":true,"assignedLicenses":[]}`
	m365 := `{"id":"u-6","assignedLicenses":[{"skuId":"05e9a617-0261-4cee-bb44-138d3ef5d965"}]}`
	both := strings.Replace(user(3, 9), `[{"skuId"`, `[{"skuId":"`+premiumGUID+`","assignedByGroup":"g","state":"Active","lastUpdatedDateTime":"2026-01-08T00:00:00Z"},{"skuId"`, 1)
	waits := `{"id":"u-7","licenseAssignmentStates":[{"skuId":"` + premiumGUID + `","assignedByGroup":"g","state":"Error","error":"CountViolation","lastUpdatedDateTime":"2026-01-20T00:00:00Z"}]}`
	users := "[" + strings.Join([]string{user(1, 3), user(2, 3), both, disabled, none, m365, waits}, ",\n") + "]"
	_, files, s := read(t, map[string][]byte{"sku.json": []byte("[" + skuRow("", premiumGUID, "", 10, 0, 6) + "]"), "users.json": []byte(users)}, Options{})
	seats, reserved := seatsOf(t, s, "premium")
	if seats != 10 || reserved != 3 {
		t.Errorf("%d seats, %d reserved; want 10, and 6 consumed less 3 of enabled accounts", seats, reserved)
	}
	segments := s.Variants[0].World.Tenants[0].Segments
	if len(segments) != 2 || segments[0].Name != "others" || segments[0].Count != 5 || segments[1].Name != "others-g" || segments[1].Count != 1 {
		t.Errorf("%+v, want the 6 enabled accounts, one of them in a group", segments)
	}
	for _, want := range []string{"holds = { premium = 0.4, m365 = 0.2 }", "holds = { premium = 1.0 }", "members = { others-g = 1.0 }"} {
		if !strings.Contains(files[ScenarioFile], want) {
			t.Errorf("no %s, want 3 of 6 to hold premium, one of them also through the group, and 1 m365:\n%s", want, files[ScenarioFile])
		}
	}
	// The earlier of direct and inherited counts; 4 is a holder, too.
	want := "2026-01-02,1,1\n2026-01-03,3,2\n2026-01-04,3,0\n2026-01-05,3,0\n2026-01-06,3,0\n2026-01-07,3,0\n2026-01-08,4,1\n"
	if h := files[HistoryFile]; !strings.HasPrefix(h, "date,seats,claims\n"+want) || !strings.HasSuffix(h, "\n2026-01-20,4,0\n") {
		t.Errorf("history %s", h)
	}
	// 18 days since the first, 3 claims after it, 3 without a seat: one begins in 18 days.
	if !strings.Contains(files[ScenarioFile], `adoption = "exp(18.00d)"`) {
		t.Errorf("adoption:\n%s", files[ScenarioFile])
	}
	r := load(t, files, scenarios.Options{})
	rec, err := sim.NewRunner(r.Variants[0].World).Run(t.Context(), 0, 0, sim.Options{})
	if err != nil || len(rec.Tenants) != 1 {
		t.Fatal(err)
	}
}

func auditRow(id, who, at, app, properties string) string {
	return fmt.Sprintf(`{"id":%q,"activityDateTime":%q,"activityDisplayName":"Change user license","result":"success","initiatedBy":{"app":{"appId":%q}},"targetResources":[{"id":%q,"type":"User","modifiedProperties":[%s]}]}`,
		id, at, app, who, properties)
}

func changed(before, after string) string {
	return fmt.Sprintf(`{"displayName":"AssignedLicense","oldValue":"[SkuId=%s]","newValue":"[SkuId=%s]"}`, before, after)
}

// TestAudits: claims are what the service assigned for a policy, of a product with
// a pool, by local day.
func TestAudits(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	rows := []string{
		auditRow("1", "a", "2026-03-01T23:30:00Z", licenseManager, ""),                       // the 2nd in Oslo
		auditRow("2", "b", "2026-03-03T12:00:00Z", licenseManager, changed("", premiumGUID)), // named
		auditRow("3", "b", "2026-03-04T12:00:00Z", licenseManager, changed("", premiumGUID)), // again
		auditRow("4", "c", "2026-03-04T12:00:00Z", licenseManager, changed(premiumGUID, "")), // taken away
		auditRow("5", "d", "2026-03-04T12:00:00Z", licenseManager, changed("", "05e9a617-0261-4cee-bb44-138d3ef5d965")),
		auditRow("6", "e", "2026-03-04T12:00:00Z", "00000000-0000-0000-0000-000000000000", ""), // an administrator
		auditRow("7", "f", "2026-03-05T12:00:00Z", licenseManager, changed("", perUserGUID)),
		auditRow("1", "a", "2026-03-01T23:30:00Z", licenseManager, ""), // the same record
	}
	i, files, s := read(t, map[string][]byte{"audit.json": []byte("[\n" + strings.Join(rows, ",\n") + "\n]")}, Options{Zone: zone})
	if want := "date,seats,claims\n2026-03-02,1,1\n2026-03-03,2,1\n2026-03-04,2,0\n2026-03-05,2,0\n"; files[HistoryFile] != want {
		t.Errorf("history %q, want %q", files[HistoryFile], want)
	}
	if len(i.Report.Skips) != 1 || !strings.HasPrefix(i.Report.Skips[0].String(), "audit.json:9: 1 row skipped: stands before: the same id") {
		t.Errorf("skips %v", i.Report.Skips)
	}
	if s.Start != "2026-03-06" {
		t.Errorf("start %s", s.Start)
	}
	// An export of users tells who still holds one, and of what.
	_, files, _ = read(t, map[string][]byte{"audit.json": []byte("[\n" + strings.Join(rows, ",\n") + "\n]"),
		"users.json": []byte(`[{"id":"b","licenseAssignmentStates":[{"skuId":"` + premiumGUID + `","state":"Active","lastUpdatedDateTime":"2026-03-07T00:00:00Z"}]},{"id":"a","assignedLicenses":[]}]`)}, Options{Zone: zone})
	if want := "date,seats,claims\n2026-03-03,1,1\n2026-03-04,1,0\n2026-03-05,1,0\n2026-03-06,1,0\n2026-03-07,1,0\n"; files[HistoryFile] != want {
		t.Errorf("history %q, want %q", files[HistoryFile], want)
	}
}

// TestSessions: a replay of the sessions claims as the simulator's own scenario of
// the same log does, and the history and the people are those of the log.
func TestSessions(t *testing.T) {
	log, err := os.ReadFile("../library/upm_autodesk_sessions.csv")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"log.csv": log}
	if _, err := Read(sources(files), Options{Zone: zone}); err == nil || !strings.HasPrefix(err.Error(), "log.csv: a trace of the sessions would tell who worked when") {
		t.Errorf("without a key: %v", err)
	}
	_, out, s := read(t, files, Options{Zone: zone, Tenant: "upm", Key: []byte("a key of 16 bytes")})
	if s.Start != "2022-05-05" || s.Days != 64 || s.Replications != 1 {
		t.Errorf("%s, %d days, %d replications", s.Start, s.Days, s.Replications)
	}
	// data/README: 3,846 checkouts by 792 machines, in 64 days.
	if n := strings.Count(out[PeopleFile], "\n"); n != 792+1 {
		t.Errorf("%d people", n-1)
	}
	h := strings.Split(strings.TrimSpace(out[HistoryFile]), "\n")
	if len(h) != 64+1 || h[1] != "2022-05-05,34,34" || h[2] != "2022-05-06,56,22" || !strings.HasPrefix(h[64], "2022-07-07,792,") {
		t.Errorf("history %v … %v", h[:3], h[len(h)-1])
	}
	got := replay(t, load(t, out, scenarios.Options{Set: []string{"tenants.upm.pools.premium.seats=400"}, Variants: []string{"base"}}))
	fsys, file, _ := scenarios.Builtin("autodesk-log")
	own, err := scenarios.Load(fsys, file, scenarios.Options{Variants: []string{"base"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := replay(t, own); got != want || !strings.Contains(got, "refused") {
		t.Errorf("the replay:\n%.300s\nwant\n%.300s", got, want)
	}
}

// replay returns what became of every act, without the names.
func replay(t *testing.T, s *scenarios.Scenario) string {
	t.Helper()
	var b strings.Builder
	opt := sim.Options{EveryAct: true, Ledger: func(_ int, e *sim.Entry) {
		fmt.Fprintln(&b, e.At, e.Decision.Outcome, e.Assigned, e.Assignable)
	}}
	if _, err := sim.NewRunner(s.Variants[0].World).Run(t.Context(), 0, 0, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestAfterTheLog: a study that begins after a log starts from the present
// holders, and needs no names.
func TestAfterTheLog(t *testing.T) {
	log := []byte("seat_id,checkout,checkin\na,2026-01-01 08:00:00,\nb,2026-01-02 08:00:00,2026-01-02 09:00:00\na,2026-01-04 08:00:00,\na,2026-01-04 09:30:00,\n")
	_, out, s := read(t, map[string][]byte{"log.csv": log}, Options{Start: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)})
	if out[TraceFile] != "" || out[PeopleFile] != "person,first,last,acts\np1,2026-01-01,2026-01-04,2\np2,2026-01-02,2026-01-02,1\n" {
		t.Errorf("trace %q, people %q", out[TraceFile], out[PeopleFile])
	}
	if want := "date,seats,claims\n2026-01-01,1,1\n2026-01-02,2,1\n2026-01-03,2,0\n2026-01-04,2,0\n"; out[HistoryFile] != want {
		t.Errorf("history %q", out[HistoryFile])
	}
	segment := s.Variants[0].World.Tenants[0].Segments[0]
	if segment.Count != 2 || len(segment.Holds) != 1 || segment.Holds[0].Share != 1 || segment.Does[0].Action != claim.TriggerPremium {
		t.Errorf("%+v, want two people who hold a seat", segment)
	}
}

// TestPseudonyms: codes are those of the key, the same in every import, whatever
// the case of a name; the key and the names are nowhere.
func TestPseudonyms(t *testing.T) {
	log := "seat_id,checkout\nMara@x.example,2026-01-01 08:00:00\nivo@x.example,2026-01-02 08:00:00\nmara@X.example,2026-01-02 09:00:00\n"
	key := []byte("correct horse battery staple")
	codes := regexp.MustCompile(`p-[0-9a-f]{20}`)
	_, a, _ := read(t, map[string][]byte{"log.csv": []byte(log)}, Options{Key: key})
	reversed := "seat_id,checkout\nivo@x.example,2026-01-01 08:00:00\nmara@x.example,2026-01-05 08:00:00\n"
	_, b, _ := read(t, map[string][]byte{"log.csv": []byte(reversed)}, Options{Key: key})
	_, c, _ := read(t, map[string][]byte{"log.csv": []byte(log)}, Options{Key: []byte("another key, as long")})
	first := codes.FindAllString(a[TraceFile], -1)
	if len(first) != 3 || first[0] != first[2] || first[0] == first[1] {
		t.Fatalf("codes %v", first)
	}
	if got := codes.FindAllString(b[TraceFile], -1); got[0] != first[1] || got[1] != first[0] {
		t.Errorf("another import with the key has %v, want those of %v", got, first)
	}
	if strings.Contains(c[TraceFile], first[0]) {
		t.Error("another key gives the same codes")
	}
	for name, text := range a {
		if lower := strings.ToLower(text); strings.Contains(lower, "mara") || strings.Contains(lower, "ivo@") || strings.Contains(lower, "horse") {
			t.Errorf("%s has a name or the key", name)
		}
	}
	_, d, _ := read(t, map[string][]byte{"log.csv": []byte(log)}, Options{KeepNames: true})
	if !strings.Contains(d[TraceFile], "ivo@x.example") || !strings.Contains(d[PeopleFile], "ivo@x.example") {
		t.Errorf("names are not kept: %v", d)
	}
}

// TestEnvironments: many environments become forty, and the shares add up.
func TestEnvironments(t *testing.T) {
	var environments, flows []string
	for i := range 150 {
		level := "Basic"
		if i%3 == 0 {
			level = "Standard"
		}
		environments = append(environments, fmt.Sprintf(`{"name":"env %d/é","properties":{"environmentSku":"Developer","governanceConfiguration":{"protectionLevel":%q}}}`, i, level))
		for k := range 1 + (150-i)/10 {
			flows = append(flows, fmt.Sprintf(`{"name":"f-%d-%d","properties":{"state":"Started","createdTime":"2026-01-01T00:00:00Z","lastModifiedTime":"2026-02-01T00:00:00Z","environment":{"name":"env %d/é"},"creator":{"objectId":"u-%d"},"connectionReferences":{"shared_sql":{"tier":"Premium"}}}}`, i, k, i, k))
		}
	}
	files := map[string][]byte{"e.json": []byte("[" + strings.Join(environments, ",") + "]"), "f.json": []byte("[" + strings.Join(flows, ",") + "]")}
	_, out, s := read(t, files, Options{})
	rules := s.Variants[0].World.Tenants[0].Rules
	managed := 0
	for _, e := range rules.Environments {
		if e.Managed {
			managed++
		}
	}
	if len(rules.Environments) != mostEnvironments || managed < 10 {
		t.Errorf("%d environments, %d managed\n%s", len(rules.Environments), managed, out[ScenarioFile])
	}
	clone := maps.Clone(files)
	clone["e.json"] = bytes.ReplaceAll(files["e.json"], []byte("Standard"), []byte("Basic"))
	if _, _, s := read(t, clone, Options{}); len(s.Variants[0].World.Tenants[0].Rules.Environments) != mostEnvironments-1 {
		t.Errorf("want 38 environments and one for the others")
	}
}

// TestRates: what flows and reports tell of how often people act.
func TestRates(t *testing.T) {
	flow := func(name, who, trigger, tier, created, modified string) string {
		return fmt.Sprintf(`{"name":%q,"properties":{"state":"Started","createdTime":%q,"lastModifiedTime":%q,"environment":{"name":"e"},"creator":{"objectId":%q},"definitionSummary":{"triggers":[{"type":%q}]},"connectionReferences":{"c":{"tier":%q}}}}`,
			name, created, modified, who, trigger, tier)
	}
	flows := "[" + strings.Join([]string{
		flow("1", "a", "Recurrence", "Premium", "2026-01-01T00:00:00Z", "2026-01-11T00:00:00Z"),
		flow("2", "b", "Request", "Standard", "2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z"),
	}, ",") + "]"
	_, out, s := read(t, map[string][]byte{"f.json": []byte(flows)}, Options{})
	if g := s.Variants[0].World.Tenants[0].Segments; g[0].Name != "makers" || g[0].Count != 1 || g[2].Name != "standard" || g[2].Count != 1 {
		t.Errorf("%+v, want one who makes premium flows, and one of standard flows", g)
	}
	// 2 saves of premium flows by one person in 60 days: 2/60 × 365/12 = 1.01 a month; 1 of standard ones by
	// two: 1/2/60 × 365/12 = 0.253. Who makes standard flows alone does nothing with premium ones.
	for _, want := range []string{`save-premium = "1.01/month"`, `save-standard = "0.253/month"`, `trigger-standard = "1/week"`} {
		if !strings.Contains(out[ScenarioFile], want) {
			t.Errorf("no %s in\n%s", want, out[ScenarioFile])
		}
	}
	if _, standard, _ := strings.Cut(out[ScenarioFile], "users.standard.does]"); strings.Contains(standard, "-premium =") {
		t.Errorf("standard flows give premium acts:\n%s", standard)
	}
	report := "Email,Flow name,Last run date,License,Premium features,Flow type\na@x.example,one,2026-05-29,Power Automate Premium,Yes,instant\na@x.example,two,2026-05-28,Power Automate Premium,Yes,manual\nb@x.example,one,2026-05-27,Microsoft 365,Yes,scheduled\n"
	_, out, _ = read(t, map[string][]byte{"c.csv": []byte(report)}, Options{})
	// 2 flows started by 2 people in 30 days: 1/30 × 365/12 = 1.01 a month.
	for _, want := range []string{`trigger-premium = "1.01/month"`, "holds = { premium = 0.5 }", "start = 2026-05-30"} {
		if !strings.Contains(out[ScenarioFile], want) {
			t.Errorf("no %s in\n%s", want, out[ScenarioFile])
		}
	}
}
