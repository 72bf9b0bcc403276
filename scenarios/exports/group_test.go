package exports

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
)

// member returns a user with a licence of premium for each source: "direct", a group,
// or !group for one that could not give it.
func member(n int, sources ...string) string {
	var rows []string
	for _, s := range sources {
		group, failed := strings.CutPrefix(s, "!")
		by, state, why := `"`+group+`"`, "Active", "null"
		if s == "direct" {
			by = "null"
		}
		if failed {
			state, why = "Error", `"CountViolation"`
		}
		rows = append(rows, fmt.Sprintf(`{"skuId":%q,"assignedByGroup":%s,"state":%q,"error":%s,"lastUpdatedDateTime":"2026-01-%02dT08:00:00Z"}`, premiumGUID, by, state, why, n))
	}
	return fmt.Sprintf(`{"id":"u-%d","accountEnabled":true,"licenseAssignmentStates":[%s]}`, n, strings.Join(rows, ","))
}

const (
	largeGroup = "0f5ce8a1-0000-4000-8000-000000000001"
	smallGroup = "b2000000-0000-4000-8000-000000000002"
)

// staff are twelve people: four hold premium directly, three through the large group,
// of whom one also directly and one through the small one too, one through the small
// group alone, two are in error, and two have nothing.
func staff() []byte {
	return []byte("[" + strings.Join([]string{
		member(1, "direct"), member(2, "direct"), member(3, "direct"), member(4, "direct"),
		member(5, largeGroup), member(6, largeGroup, "direct"), member(7, smallGroup, largeGroup),
		member(8, smallGroup), member(9, "!"+largeGroup), member(10, "!"+largeGroup), member(11), member(12),
	}, ",\n") + "]")
}

// TestGroups: whoever holds a licence through a group is a member of that group in the
// scenario, there are as many distinct holders as in the exports, and a rule that takes
// back what was given directly leaves the members theirs.
func TestGroups(t *testing.T) {
	files := map[string][]byte{"users.json": staff(), "sku.json": []byte("[" + skuRow("", premiumGUID, "", 20, 0, 8) + "]")}
	i, out, s := read(t, files, Options{})
	tenant := s.Variants[0].World.Tenants[0]
	if n := len(tenant.Rules.Groups); n != 2 || tenant.Rules.Groups[0].Name != "g-0f5ce8a1" || tenant.Rules.Groups[1].Name != "g-b2000000" {
		t.Fatalf("groups %+v, want two", tenant.Rules.Groups)
	}
	for _, want := range []string{
		"members = { others-g-0f5ce8a1 = 1.0 }", "members = { others-g-b2000000 = 1.0 }",
		"the group with id " + largeGroup + " gives premium to 3 people with an enabled account",
		"assumed: 2 people in error (CountViolation) in the group g-0f5ce8a1",
	} {
		if !strings.Contains(strings.ReplaceAll(out[ScenarioFile], "\n#  ", ""), want) {
			t.Errorf("no %q in\n%s", want, out[ScenarioFile])
		}
	}
	if text := strings.Join(i.Report.Assumed, "\n"); !strings.Contains(text, "1 person in several groups of one product count") {
		t.Errorf("assumed: %s", text)
	}
	people := 0
	for _, g := range tenant.Segments {
		people += g.Count
	}
	if people != 12 {
		t.Errorf("%d people, want 12", people)
	}
	one := 1
	for set, want := range map[string]int32{"study.days=30": 8, `tenants.tenant.reclaim.premium={ idle-for = "1d", from = ["auto-claim", "direct"] }`: 4} {
		s := load(t, out, scenarios.Options{Replications: &one, Set: []string{set}})
		r, err := sim.NewRunner(s.Variants[0].World).Run(t.Context(), 0, 0, sim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		held := r.Tenants[0].Pools[0].Assigned
		if held[0] != 8 || held[len(held)-1] != want {
			t.Errorf("%s: %d holders at first and %d at last, want 8 and %d", set, held[0], held[len(held)-1], want)
		}
	}
}

// TestInError: an assignment by which nobody holds a seat is none, and is told of with how
// many have it; of disabled accounts, and of licences without a pool, there is nothing to tell.
func TestInError(t *testing.T) {
	row := func(id, sku, state, why string, enabled bool) string {
		return fmt.Sprintf(`{"id":%q,"accountEnabled":%v,"licenseAssignmentStates":[{"skuId":%q,"assignedByGroup":null,"state":%q,"error":%q}]}`, id, enabled, sku, state, why)
	}
	users := []byte("[" + strings.Join([]string{
		row("a", premiumGUID, "Error", "CountViolation", true), row("b", premiumGUID, "Error", "CountViolation", true),
		row("c", premiumGUID, "Error", "MutuallyExclusiveViolation", true), row("d", premiumGUID, "Disabled", "", true),
		row("e", premiumGUID, "ActiveWithError", "Other", true), row("f", premiumGUID, "Error", "CountViolation", false),
		row("g", "05e9a617-0261-4cee-bb44-138d3ef5d965", "Error", "CountViolation", true),
	}, ",\n") + "]")
	i, out, s := read(t, map[string][]byte{"users.json": users}, Options{Start: today})
	want := []string{
		"2 people with premium assigned directly and in error (CountViolation): that holds no seat",
		"1 person with premium assigned directly and in error (MutuallyExclusiveViolation): that holds no seat",
		`1 person with premium in the state "Disabled": that holds no seat`,
	}
	assumed := strings.Join(i.Report.Assumed, "\n")
	for _, text := range want {
		if !strings.Contains(assumed, text) || !strings.Contains(strings.ReplaceAll(out[ScenarioFile], "\n#  ", ""), text) {
			t.Errorf("no %q in\n%s\n%s", text, assumed, out[ScenarioFile])
		}
	}
	if n := strings.Count(assumed, ": that holds no seat"); n != len(want) {
		t.Errorf("%d assignments are told of, want %d:\n%s", n, len(want), assumed)
	}
	r, err := sim.NewRunner(s.Variants[0].World).Run(t.Context(), 0, 0, sim.Options{})
	if err != nil || r.Tenants[0].Pools[0].Assigned[0] != 1 {
		t.Errorf("%+v, %v: want one holder, who is active with an error", r.Tenants[0].Pools[0].Assigned, err)
	}
}

// TestGroupNames: a group is called as the export of groups has it, and by a code
// where there is a key.
func TestGroupNames(t *testing.T) {
	groups := []byte(`{"value":[{"id":"` + strings.ToUpper(largeGroup) + `","displayName":"PA Premium / Finance","groupTypes":[],"licenseProcessingState":{"state":"QueuedForProcessing"}}]}`)
	files := map[string][]byte{"users.json": staff(), "groups.json": groups}
	for name, opt := range map[string]Options{"pa-premium-finance": {}, "g-": {Key: []byte("0123456789abcdef")}} {
		i, out, s := read(t, files, opt)
		if got := s.Variants[0].World.Tenants[0].Rules.Groups; !slices.ContainsFunc(got, func(g claim.Group) bool { return strings.HasPrefix(g.Name, name) }) {
			t.Errorf("groups %+v, want one called %s", got, name)
		}
		if text := fmt.Sprint(out, i.Report); opt.Key != nil && (strings.Contains(text, "Finance") || strings.Contains(text, largeGroup) || strings.Contains(text, "0f5ce8a1")) {
			t.Errorf("a group's name or id is in what was written:\n%s", text)
		}
	}
}

// TestManyGroups: of more groups than a scenario may have the members are holders all
// the same, and it is said.
func TestManyGroups(t *testing.T) {
	var users []string
	for n := range 40 {
		users = append(users, strings.ReplaceAll(member(1, fmt.Sprintf("g%d", n)), `"u-1"`, fmt.Sprintf(`"u-%d"`, n)))
	}
	i, _, s := read(t, map[string][]byte{"users.json": []byte("[" + strings.Join(users, ",\n") + "]")}, Options{})
	if n := len(s.Variants[0].World.Tenants[0].Rules.Groups); n != mostGroups {
		t.Errorf("%d groups, want %d", n, mostGroups)
	}
	if text := strings.Join(i.Report.Warnings, "\n"); strings.Count(text, "a group more than the 32") != 1 || !strings.Contains(text, "users.json:33: ") {
		t.Errorf("warnings %s", text)
	}
}
