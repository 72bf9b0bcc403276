package exports

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// A halfRow is one of the two records of a change, for both logs.
type halfRow struct {
	who, operation string
	second         int // since 2026-03-02 08:00 UTC
	change         bool
	other          bool   // made by somebody else
	before, after  string // GUIDs of licences
}

func (h halfRow) at() string {
	return time.Date(2026, 3, 2, 8, 0, h.second, 0, time.UTC).Format("2006-01-02T15:04:05")
}

// graph returns the record as Graph has it.
func (h halfRow) graph(id int) string {
	activity, properties, app := "Update user", changed(h.before, h.after), licenseManager
	if h.change {
		activity, properties = "Change user license", ""
	}
	if h.other {
		app = perUserGUID
	}
	return fmt.Sprintf(`{"id":"%d","correlationId":%q,"activityDateTime":"%sZ","activityDisplayName":%q,"result":"success","initiatedBy":{"app":{"appId":%q}},"targetResources":[{"id":%q,"type":"User","userPrincipalName":"%s@x.example","modifiedProperties":[%s]}]}`,
		id, h.operation, h.at(), activity, app, h.who, h.who, properties)
}

// unified returns the record as Purview has it.
func (h halfRow) unified(id int) string {
	activity, properties, actor := "Update user.", fmt.Sprintf(`{"Name":"AssignedLicense","OldValue":"[%s]","NewValue":"[\r\n  \"[SkuName=X, AccountId=11111111-2222-3333-4444-555555555555, SkuId=%s, DisabledPlans=[]]\"\r\n]"},{"Name":"Included Updated Properties","NewValue":"AssignedLicense","OldValue":""}`, h.before, h.after), licenseManager
	if h.change {
		activity, properties = "Change user license.", ""
	}
	if h.other {
		actor = "admin@x.example"
	}
	return fmt.Sprintf(`{"CreationTime":%q,"Id":"p%d","Operation":%q,"RecordType":8,"ResultStatus":"Success","ObjectId":"%s@x.example","UserId":"Not Available","Actor":[{"ID":%q,"Type":2}],"InterSystemsId":%q,"Target":[{"ID":"User_1","Type":2}],"ModifiedProperties":[%s]}`,
		h.at(), id, activity, h.who, actor, h.operation, properties)
}

// logs returns records in the forms of the two logs.
func logs(rows []halfRow) map[string]map[string][]byte {
	var graph, plain, nested []string
	var text strings.Builder
	w := csv.NewWriter(&text)
	w.Write([]string{"RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData"})
	for id, h := range rows {
		graph, plain = append(graph, h.graph(id)), append(plain, h.unified(id))
		data, _ := json.Marshal(h.unified(id))
		nested = append(nested, `{"CreationDate":"2026-03-02","Operations":"","AuditData":`+string(data)+`}`)
		w.Write([]string{fmt.Sprint(id), h.at(), "8", "", "x", h.unified(id)})
	}
	w.Flush()
	array := func(rows []string) []byte { return []byte("[\n" + strings.Join(rows, ",\n") + "\n]") }
	return map[string]map[string][]byte{
		"Graph": {"a.json": array(graph)}, "Purview, CSV": {"a.csv": []byte(text.String())}, "Purview, JSON": {"a.json": array(plain)}, "Purview, PowerShell": {"a.json": array(nested)},
		"in both logs": {"a.json": array(graph), "b.csv": []byte(text.String())},
		"in two files": {"a.json": array(graph[len(graph)/2:]), "b.json": array(graph[:len(graph)/2])},
	}
}

// TestHalves: a change of a user's licence stands in two records, of which one says that it was for a
// policy and the other of which licence; in either order, in either log, they are one claim of
// that licence.
func TestHalves(t *testing.T) {
	rows := []halfRow{
		{who: "a", second: 0, change: true}, {who: "a", second: 1, after: premiumGUID},
		{who: "b", second: 86400, after: perUserGUID}, {who: "b", second: 86401, change: true}, // no claim of premium
		{who: "c", second: 86400, operation: "o", change: true}, {who: "c", second: 87400, operation: "o", after: premiumGUID}, // late, of one operation
		{who: "d", second: 2 * 86400, change: true}, {who: "d", second: 2*86400 + 90, before: premiumGUID, after: "05e9a617-0261-4cee-bb44-138d3ef5d965"}, // taken away
		{who: "e", second: 2 * 86400, change: true}, {who: "e", second: 2 * 86400, change: true}, // one of each
		{who: "e", second: 2*86400 + 5, after: premiumGUID}, {who: "e", second: 2*86400 + 9, before: premiumGUID, after: premiumGUID + " " + perUserGUID},
		{who: "f", second: 3 * 86400, other: true, change: true}, {who: "f", second: 3 * 86400, other: true, after: premiumGUID}, // by an administrator
	}
	const want = "date,seats,claims\n2026-03-02,1,1\n2026-03-03,2,1\n2026-03-04,3,1\n2026-03-05,3,0\n"
	reversed := slices.Clone(rows)
	slices.Reverse(reversed)
	for order, rows := range map[string][]halfRow{"as it came": rows, "the other way round": reversed} {
		for log, files := range logs(rows) {
			i, out, _ := read(t, files, Options{})
			if out[HistoryFile] != want {
				t.Errorf("%s, %s: history %q, want %q", log, order, out[HistoryFile], want)
			}
			if w := strings.Join(append(i.Report.Warnings, fmt.Sprint(i.Report.Skips)), "\n"); w != "[]" {
				t.Errorf("%s, %s: %s", log, order, w)
			}
			if strings.Contains(out[ScenarioFile], "name no licence") {
				t.Errorf("%s, %s: claims without a licence in\n%s", log, order, out[ScenarioFile])
			}
		}
	}
}

// TestMissingHalves: halves without the other are counted and listed, and count by what they say.
func TestMissingHalves(t *testing.T) {
	rows := []halfRow{
		{who: "a", second: 0, change: true},
		{who: "a", second: 121, after: perUserGUID}, // too late to be of that
		{who: "b", second: 0, after: premiumGUID},
		{who: "c", second: 86400, after: "", before: premiumGUID}, // taken away: there is nothing to claim
	}
	i, out, _ := read(t, map[string][]byte{"a.json": logs(rows)["Graph"]["a.json"]}, Options{})
	if want := "date,seats,claims\n2026-03-02,2,2\n2026-03-03,2,0\n"; out[HistoryFile] != want {
		t.Errorf("history %q, want %q", out[HistoryFile], want)
	}
	told := strings.Join(i.Report.Warnings, "\n")
	for _, want := range []string{
		`1 record of "Change user license" for a policy without the "Update user" within 120 seconds that says of which license: such a claim counts as of premium (a.json:2)`,
		`2 records of "Update user" in which a policy's licence is assigned, without the "Change user license" within 120 seconds: the claim counts all the same (a.json:3, a.json:4)`,
	} {
		if !strings.Contains(told, want) {
			t.Errorf("no %q in\n%s", want, told)
		}
	}
}

// TestHalvesInAnyOrder: random changes make the same, in whatever order their records come.
func TestHalvesInAnyOrder(t *testing.T) {
	dice := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		var rows []halfRow
		for range 1 + dice.IntN(30) {
			c := halfRow{who: string(rune('a' + dice.IntN(4))), second: dice.IntN(5 * 86400), change: true}
			if dice.IntN(2) == 0 {
				c.operation = fmt.Sprint("o", dice.IntN(6))
			}
			u := c
			u.change, u.after = false, []string{premiumGUID, perUserGUID}[dice.IntN(2)]
			u.second += dice.IntN(200) - 20
			rows = append(rows, c, u)
			if dice.IntN(5) == 0 {
				rows = rows[:len(rows)-1-dice.IntN(2)]
			}
		}
		if len(rows) == 0 {
			continue
		}
		_, want, _ := read(t, map[string][]byte{"a.json": logs(rows)["Graph"]["a.json"]}, Options{Start: today})
		dice.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		_, got, _ := read(t, map[string][]byte{"a.json": logs(rows)["Graph"]["a.json"]}, Options{Start: today})
		if got[HistoryFile] != want[HistoryFile] {
			t.Fatalf("in another order: history %q, want %q", got[HistoryFile], want[HistoryFile])
		}
	}
}

// TestManyHalves: of more halves than can wait for the other each meets it all the same, where
// the log has them near each other.
func TestManyHalves(t *testing.T) {
	var b strings.Builder
	b.WriteString("[")
	const people = maxHalves + 1000
	for k := range people {
		who := halfRow{who: fmt.Sprint("u", k%5000), second: 60 * k, change: true}
		b.WriteString(who.graph(3*k) + ",\n")
		if k%3 > 0 { // else the change is without its update
			who.change, who.second, who.after = false, who.second+1, perUserGUID
			b.WriteString(who.graph(3*k+1) + ",\n")
		}
	}
	b.WriteString("{}]")
	i, err := Read(sources(map[string][]byte{"a.json": []byte(b.String())}), Options{Start: today})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(i.Report.Warnings, "\n")
	if want := fmt.Sprintf(`%d records of "Change user license" for a policy without`, (people+2)/3); !strings.Contains(told, want) || strings.Contains(told, `of "Update user" in which`) {
		t.Errorf("want %s alone in\n%.500s", want, told)
	}
}
