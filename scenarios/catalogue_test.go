package scenarios

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// builtIn returns the built-in catalogue.
func builtIn(t testing.TB) *catalogue {
	t.Helper()
	c, err := newCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustDate(t testing.TB, s string, zone *time.Location) time.Time {
	t.Helper()
	d, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// rightsOf spells rights as the letters of: standard, standard-managed (m),
// premium, attended, premium-seat (P) and per-user-seat (U).
func rightsOf(r claim.Rights) string {
	var b strings.Builder
	for i, letter := range "smpaPU" {
		if r.Has(claim.Right(i)) {
			b.WriteRune(letter)
		}
	}
	return b.String()
}

// TestCatalogueIsWhatMicrosoftSays compares every row with Microsoft's table of
// "Product names and service plan identifiers for licensing" and with the
// entitlements of its licensing pages, typed in a second time: by a study of 2025
// and by one that starts when the 2026 text on managed environments holds.
func TestCatalogueIsWhatMicrosoftSays(t *testing.T) {
	rows := []struct {
		name, sku, guid, plan, planGUID string
		price                           float64
		in2025, in2026                  string
	}{
		{"premium", "POWERAUTOMATE_ATTENDED_RPA", "eda1941c-3c4f-4995-b5eb-e85a42175ab9", "POWER_AUTOMATE_ATTENDED_RPA", "375cd0ad-c407-49fd-866a-0bff4f8a9a4d", 15, "smpaPU", "smpaPU"},
		{"per-user", "FLOW_PER_USER", "4a51bf65-409c-4a91-b845-1121b571cc9d", "FLOW_PER_USER", "c5002c70-f725-4367-b409-f0eff4fee6c0", 15, "smpU", "smpU"},
		{"free", "FLOW_FREE", "f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_P2_VIRAL", "50e68c76-46c6-4674-81f9-75456511b170", 0, "s", "s"},
		{"m365", "SPE_E3", "05e9a617-0261-4cee-bb44-138d3ef5d965", "FLOW_O365_P2", "76846ad7-7776-4c40-a281-a386362dd1b9", math.NaN(), "s", "s"},
		{"power-apps-premium", "POWERAPPS_PER_USER", "b30411f5-fea1-4a59-9ad9-3db7c7ead579", "Flow_PowerApps_PerUser", "dc789ed8-0170-4b65-a415-eb77d5bb350a", math.NaN(), "s", "sm"},
		{"power-apps-per-app", "POWERAPPS_PER_APP_NEW", "b4d7b828-e8dc-4518-91f9-e123ae48440d", "Flow_Per_APP", "c539fa36-a64e-479a-82e1-e40ff2aa83ee", math.NaN(), "s", "s"},
		{"d365-enterprise", "DYN365_ENTERPRISE_SALES", "1e1a282c-9c54-43a2-9310-98ef728faace", "FLOW_DYN_APPS", "7e6d7d78-73de-46ba-83b1-6d25117334ba", math.NaN(), "sm", "sm"},
		{"d365-professional", "DYN365_CUSTOMER_SERVICE_PRO", "1439b6e2-5d59-4873-8c59-d60e2a196e92", "FLOW_CUSTOMER_SERVICE_PRO", "0368fc9c-3721-437f-8b7d-3d0f888cdefc", math.NaN(), "s", "s"},
		{"d365-team-member", "DYN365_TEAM_MEMBERS", "7ac9fe77-66b7-4e5e-9e46-10eed1cff547", "FLOW_DYN_TEAM", "1ec58c70-f69c-486a-8109-4b87ce86e449", math.NaN(), "s", "sm"},
		{"windows", "WIN_ENT_E5", "1e7e1070-8ccb-4aca-b470-d7cb538cb07e", "POWERAUTOMATE_DESKTOP_FOR_WIN", "2d589a15-b171-4e61-9b5f-31d15eeb2872", math.NaN(), "", ""},
		{"developer", "POWERAPPS_DEV", "5b631642-bd26-49fe-bd20-1daaa972ef80", "FLOW_DEV_VIRAL", "c7ce3f26-564d-4d3a-878d-d8ab868c85fe", 0, "s", "s"},
	}
	c := builtIn(t)
	in2025, in2026 := mustDate(t, "2025-01-06", time.UTC), mustDate(t, "2026-03-31", time.UTC)
	var names []string
	for _, want := range rows {
		names = append(names, want.name)
		p := c.find(want.name)
		if p == nil {
			t.Errorf("%s is missing", want.name)
			continue
		}
		if p.SKU != want.sku || p.GUID != want.guid || p.Plan != want.plan || p.PlanGUID != want.planGUID || p.Title == "" {
			t.Errorf("%s: got %+v, want %+v", want.name, *p, want)
		}
		if p.Price != want.price && !(math.IsNaN(p.Price) && math.IsNaN(want.price)) {
			t.Errorf("%s: price %v, want %v", want.name, p.Price, want.price)
		}
		for start, rights := range map[time.Time]string{in2025: want.in2025, in2026: want.in2026} {
			if got := rightsOf(c.grants(p, start)[0].Rights); got != rights {
				t.Errorf("%s gives %q at %v, want %q", want.name, got, start, rights)
			}
		}
		for sku, id := range p.Also {
			if q, note, ok := c.lookup(id); !ok || q != p || note != "" {
				t.Errorf("%s: %s is not found by its GUID", want.name, sku)
			}
		}
	}
	if !slices.Equal(c.names(), names) {
		t.Errorf("names %v, want %v", c.names(), names)
	}
	if got := rightsOf(c.everyone(in2025)[0].Rights); got != "s" {
		t.Errorf("everyone has %q", got)
	}
	// No seat: who uses RPA on a trial claims Premium (rule C6).
	if got := rightsOf(c.trial(in2025)[0].Rights); got != "smpa" {
		t.Errorf("a trial gives %q", got)
	}
}

func TestCatalogueTerms(t *testing.T) {
	c := builtIn(t)
	for name, days := range map[string][2]clock.Time{"direct": {30, 90}, "multi-year": {90, 90}, "volume": {90, 60}, "csp": {30, 90}} {
		want := channel{name, days[0] * clock.Day, days[1] * clock.Day}
		if got, ok := c.channel(name); !ok || got != want {
			t.Errorf("channel %s: got %+v, want %+v", name, got, want)
		}
	}
	if _, ok := c.channel("ebay"); ok || !slices.Equal(c.channels(), []string{"csp", "direct", "multi-year", "volume"}) {
		t.Errorf("channels %v", c.channels())
	}
	if v, err := c.minDesktop(); err != nil || v != (claim.Version{Major: 2, Minor: 43}) {
		t.Errorf("first claiming desktop %v, %v", v, err)
	}
	if c.trialFor() != 90*clock.Day {
		t.Errorf("a trial runs %v days", c.trialFor().Days())
	}
	premium, managed := c.defaultPolicies()
	if premium.Format(time.DateOnly) != "2024-02-01" || managed.Format(time.DateOnly) != "2024-04-15" {
		t.Errorf("default policies since %v and %v", premium, managed)
	}
}

func TestCatalogueLookup(t *testing.T) {
	c := builtIn(t)
	for word, want := range map[string]string{
		"premium":                              "premium",
		"POWERAUTOMATE_ATTENDED_RPA":           "premium",
		"powerautomate_attended_rpa":           "premium",
		"POWER_AUTOMATE_ATTENDED_RPA":          "premium (POWER_AUTOMATE_ATTENDED_RPA is a service plan; the SKU of Power Automate Premium is POWERAUTOMATE_ATTENDED_RPA)",
		"EDA1941C-3C4F-4995-B5EB-E85A42175AB9": "premium",
		"FLOW_PER_USER":                        "per-user",
		"c8803586-c136-479a-8ff3-f5f32d23a68e": "per-user",
		"POWERAPPS_PER_USER":                   "power-apps-premium",
		"SPE_E5":                               "m365",
		" m365 ":                               "m365",
		"":                                     "",
		"Inventor":                             "",
	} {
		got := ""
		if p, note, ok := c.lookup(word); ok {
			got = p.Name
			if note != "" {
				got += " (" + note + ")"
			}
		}
		if got != want {
			t.Errorf("lookup(%q) = %q, want %q", word, got, want)
		}
	}
}

// TestGrantsTurnAtLocalMidnight starts a study before the text of 2026-03-31, in
// a zone whose clocks go forward in between (on the 29th): the 85 days have one
// hour less.
func TestGrantsTurnAtLocalMidnight(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	c := builtIn(t)
	got := c.grants(c.find("power-apps-premium"), mustDate(t, "2026-01-05", oslo))
	want := []claim.Grant{{From: 0, Rights: 1 << claim.StandardFlow}, {From: 85*clock.Day - clock.Hour, Rights: 1<<claim.StandardFlow | 1<<claim.StandardManaged}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOverride(t *testing.T) {
	c := builtIn(t)
	problems := c.override(map[string]any{
		"premium": map[string]any{"price": int64(12)},
		"vendor-pack": map[string]any{
			"title": "Vendor pack", "sku": "VENDOR", "guid": "00000000-0000-0000-0000-00000000000A", "price": 3.5,
			"gives": map[string]any{"premium": true, "attended": false,
				"standard-managed": map[string]any{"from": mustDate(t, "2026-01-11", time.UTC), "until": "2026-01-21"}},
		},
		"trial": map[string]any{"gives": []any{"premium"}},
	})
	if problems != nil {
		t.Fatal(problems)
	}
	start := mustDate(t, "2026-01-01", time.UTC)
	p, _, _ := c.lookup("00000000-0000-0000-0000-00000000000a")
	if p == nil || p.Name != "vendor-pack" || p.Price != 3.5 || p.Title != "Vendor pack" {
		t.Fatalf("got %+v", p)
	}
	premium, managed := claim.Rights(1<<claim.PremiumFlow), claim.Rights(1<<claim.PremiumFlow|1<<claim.StandardManaged)
	want := []claim.Grant{{From: 0, Rights: premium}, {From: 10 * clock.Day, Rights: managed}, {From: 20 * clock.Day, Rights: premium}}
	if got := c.grants(p, start); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := c.find("premium"); got.Price != 12 || got.SKU != "POWERAUTOMATE_ATTENDED_RPA" {
		t.Errorf("premium is %+v", got)
	}
	if got := rightsOf(c.trial(start)[0].Rights); got != "p" {
		t.Errorf("the trial gives %q", got)
	}
	if other := builtIn(t); other.find("vendor-pack") != nil || other.find("premium").Price != 15 {
		t.Error("a change of one catalogue reached another")
	}
}

func TestOverrideProblems(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"premium", "free", "catalogue.premium: must be a table of title, sku, guid, plan, price and gives"},
		{"premum", map[string]any{"price": 3.0}, `catalogue.premum: is no product of the catalogue, and a new one needs gives; did you mean "premium"?`},
		{"My Pack", map[string]any{"gives": []any{}}, `catalogue.My Pack: "My Pack" is no name of a product: use small letters, digits and single hyphens`},
		{"premium", map[string]any{"prise": 3.0}, `catalogue.premium.prise: unknown key; did you mean "price"?`},
		{"premium", map[string]any{"price": -1.0}, "catalogue.premium.price: must be a number from 0 to 1000000: USD per seat and month"},
		{"premium", map[string]any{"price": math.NaN()}, "catalogue.premium.price: must be a number from 0 to 1000000: USD per seat and month"},
		{"premium", map[string]any{"guid": "eda1941c"}, "catalogue.premium.guid: must be a GUID such as eda1941c-3c4f-4995-b5eb-e85a42175ab9"},
		{"premium", map[string]any{"title": " "}, "catalogue.premium.title: must be a text that is not empty"},
		{"premium", map[string]any{"gives": []any{"premim"}}, `catalogue.premium.gives: "premim" is no right; did you mean "premium"?`},
		{"premium", map[string]any{"gives": []any{int64(3)}}, "catalogue.premium.gives: 3 is no name of a right"},
		{"premium", map[string]any{"gives": "premium"}, "catalogue.premium.gives: must be a list of rights, or a table of them: standard, standard-managed, premium, attended, premium-seat, per-user-seat"},
		{"premium", map[string]any{"gives": map[string]any{"premium": int64(1)}}, "catalogue.premium.gives.premium: must be true, false or { from = DATE, until = DATE }"},
		{"premium", map[string]any{"gives": map[string]any{"premium": map[string]any{"form": "2026-01-01"}}}, `catalogue.premium.gives.premium.form: unknown key; did you mean "from"?`},
		{"premium", map[string]any{"gives": map[string]any{"premium": map[string]any{"from": "2026-02-30"}}}, "catalogue.premium.gives.premium.from: must be a date such as 2026-03-31"},
		{"premium", map[string]any{"gives": map[string]any{"premium": map[string]any{"from": "9999-01-01"}}}, "catalogue.premium.gives.premium.from: must be a date such as 2026-03-31"},
		{"premium", map[string]any{"gives": map[string]any{"premium": map[string]any{"from": "2026-02-01", "until": "2026-02-01"}}}, "catalogue.premium.gives.premium: until must be later than from"},
		{"trial", map[string]any{"price": 1.0}, "catalogue.trial.price: unknown key; there is gives"},
		{"pack", map[string]any{"gives": []any{}, "sku": "flow_per_user"}, `catalogue.pack: "flow_per_user" is a SKU of per-user too; a SKU is one product`},
		{"per-user", map[string]any{"sku": "SPE_E3"}, `catalogue.per-user: "spe_e3" is a SKU of m365 too; a SKU is one product`},
	} {
		var got []string
		for _, p := range builtIn(t).override(map[string]any{c.name: c.value}) {
			got = append(got, strings.Join(p.Path, ".")+": "+p.Message)
		}
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}
