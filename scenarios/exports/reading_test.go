package exports

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"seatcast/scenarios"
)

// packed returns data as gzip.
func packed(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wide returns UTF-8 as UTF-16.
func wide(data []byte, big, mark bool) []byte {
	var b []byte
	text := string(data)
	if mark {
		text = "\ufeff" + text
	}
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

// forms are the ways in which the bytes of one export are met.
var forms = map[string]func(t testing.TB, name string, data []byte) []byte{
	"gzip":           func(t testing.TB, _ string, data []byte) []byte { return packed(t, data) },
	"UTF-8 with BOM": func(_ testing.TB, _ string, data []byte) []byte { return append([]byte("\ufeff"), data...) },
	"UTF-16LE":       func(_ testing.TB, _ string, data []byte) []byte { return wide(data, false, true) },
	"UTF-16BE":       func(_ testing.TB, _ string, data []byte) []byte { return wide(data, true, true) },
	"UTF-16LE bare":  func(_ testing.TB, _ string, data []byte) []byte { return wide(data, false, false) },
	"UTF-16BE bare":  func(_ testing.TB, _ string, data []byte) []byte { return wide(data, true, false) },
	"gzip of UTF-16": func(t testing.TB, _ string, data []byte) []byte { return packed(t, wide(data, false, true)) },
	"CRLF": func(_ testing.TB, _ string, data []byte) []byte {
		return bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	},
	"semicolons": func(_ testing.TB, name string, data []byte) []byte {
		return separated(name, data, ";")
	},
	"tabs":   func(_ testing.TB, name string, data []byte) []byte { return separated(name, data, "\t") },
	"quoted": func(_ testing.TB, name string, data []byte) []byte { return separated(name, data, `","`) },
	"in capitals": func(_ testing.TB, name string, data []byte) []byte { // as PowerShell writes names of fields
		for _, key := range []string{"value", "skuId", "prepaidUnits", "consumedUnits", "licenseAssignmentStates", "activityDateTime", "properties", "policyId"} {
			data = bytes.ReplaceAll(data, []byte(`"`+key+`":`), []byte(`"`+strings.ToUpper(key[:1])+key[1:]+`":`))
		}
		return bytes.ReplaceAll(data, []byte(`"Value":`), []byte(`"value":`))
	},
}

// separated returns a CSV file with other separators; in quotation marks where
// they are part of it.
func separated(name string, data []byte, by string) []byte {
	if !strings.HasSuffix(name, ".csv") {
		return data
	}
	var b strings.Builder
	for line := range strings.Lines(string(data)) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), ",", by)
		if strings.Contains(by, `"`) {
			line = `"` + line + `"`
		}
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}

// TestForms: in whatever form the bytes of the exports come, the scenario is the
// same to the byte.
func TestForms(t *testing.T) {
	_, want, _ := read(t, shapes(t), Options{})
	for form, convert := range forms {
		files := map[string][]byte{}
		for name, data := range shapes(t) {
			files[name] = convert(t, name, data)
		}
		i, got, _ := read(t, files, Options{})
		if got[ScenarioFile] != want[ScenarioFile] || got[HistoryFile] != want[HistoryFile] {
			t.Errorf("%s: another scenario:\n%s", form, got[ScenarioFile])
		}
		if len(i.Report.Skips)+len(i.Report.Unread) > 0 {
			t.Errorf("%s: skipped %v %v", form, i.Report.Skips, i.Report.Unread)
		}
	}
}

// TestSepLine: the line that tells Excel the separator is no header.
func TestSepLine(t *testing.T) {
	i, files, _ := read(t, map[string][]byte{"s.csv": []byte("sep=;\r\ndate;seats\r\n2026-01-01;5\r\n2026-01-02;x\r\n2026-01-03;7\r\n")}, Options{})
	if want := "date,seats,claims\n2026-01-01,5,0\n2026-01-03,7,2\n"; files[HistoryFile] != want {
		t.Errorf("history %q, want %q", files[HistoryFile], want)
	}
	if len(i.Report.Skips) != 1 || i.Report.Skips[0].String() != "s.csv:4: 1 row skipped: seats is no whole number from 0 to 20000000" {
		t.Errorf("skips %v", i.Report.Skips)
	}
}

// user is a row of /users who has held Premium since a day of January 2026.
func user(n, day int) string {
	return fmt.Sprintf(`{"id":"u-%d","userPrincipalName":"u%d@x.example","accountEnabled":true,"licenseAssignmentStates":[{"skuId":"eda1941c-3c4f-4995-b5eb-e85a42175ab9","assignedByGroup":null,"state":"Active","error":null,"lastUpdatedDateTime":"2026-01-%02dT08:00:00Z"}]}`, n, n, day)
}

func page(next bool, rows ...string) []byte {
	link := ""
	if next {
		link = `"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x",`
	}
	return []byte(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(id)",` + link + `"value":[` + strings.Join(rows, ",\n") + "]}")
}

// TestPages: pages make the same as one answer; a page that is there twice counts
// once, and a last one that is missing is told.
func TestPages(t *testing.T) {
	a, b, c, d := user(1, 3), user(2, 3), user(3, 5), user(4, 9)
	_, want, _ := read(t, map[string][]byte{"all.json": page(false, a, b, c, d)}, Options{})
	if h := want[HistoryFile]; h != "date,seats,claims\n2026-01-03,2,2\n2026-01-04,2,0\n2026-01-05,3,1\n2026-01-06,3,0\n2026-01-07,3,0\n2026-01-08,3,0\n2026-01-09,4,1\n" {
		t.Fatalf("history %q", h)
	}
	for name, pages := range map[string]map[string][]byte{
		"pages":              {"p1.json": page(true, a, b), "p2.json": page(true, c), "p3.json": page(false, d)},
		"array of pages":     {"p.json": fmt.Appendf(nil, "[%s,%s]", page(true, a, b), page(false, c, d))},
		"pages in a file":    {"p.json": append(page(true, a, b), page(false, c, d)...)},
		"array":              {"p.json": fmt.Appendf(nil, "[%s,%s,%s,%s]", a, b, c, d)},
		"lines":              {"p.json": []byte(strings.Join([]string{a, b, c, d}, "\n"))},
		"a page twice":       {"p1.json": page(true, a, b), "p1 (1).json": page(true, a, b), "p2.json": page(false, c, d)},
		"last link is first": {"p1.json": []byte(strings.Replace(string(page(false, a, b, c, d)), `"value"`, `"@odata.count":4,"value"`, 1))},
	} {
		i, got, _ := read(t, pages, Options{})
		if got[HistoryFile] != want[HistoryFile] {
			t.Errorf("%s: history %q", name, got[HistoryFile])
		}
		if len(i.Report.Warnings) > 0 {
			t.Errorf("%s: warnings %q", name, i.Report.Warnings)
		}
		if skipped := len(i.Report.Skips) > 0; skipped != (name == "a page twice") {
			t.Errorf("%s: skips %v", name, i.Report.Skips)
		}
	}
	i, _, _ := read(t, map[string][]byte{"p1.json": page(true, a, b), "p2.json": page(true, c)}, Options{})
	if w := strings.Join(i.Report.Warnings, "\n"); !strings.Contains(w, "p1.json:1: users goes on at its @odata.nextLink, and no file is the last page") {
		t.Errorf("the last page is missing: %q", w)
	}
}

// TestBadFiles: what cannot be read whole is an error with file and line.
func TestBadFiles(t *testing.T) {
	const sku = `{"skuId":"eda1941c-3c4f-4995-b5eb-e85a42175ab9","prepaidUnits":{"enabled":1}}`
	for name, c := range map[string]struct{ data, want string }{
		"empty":              {"", "f:1: is empty"},
		"blank":              {" \n\t\n", "f:1: is empty"},
		"html":               {"<!DOCTYPE html><html><body>Sign in</body></html>", "f:1: is a page of HTML or XML"},
		"zip":                {"PK\x03\x04\x14\x00", "f:1: is a ZIP or Excel file"},
		"binary":             {"\x7fELF\x02\x01\x01\x00\x00\x00", "f:1: is no text"},
		"cut in an array":    {"{\"value\":[\n" + sku + ",\n", "f:3: ends in the middle of the JSON"},
		"cut in a row":       {"[\n" + sku + ",\n" + sku[:40], "f:3: ends in the middle of the JSON"},
		"cut before the end": {"{\"value\":[\n" + sku + "\n]", "f:3: ends in the middle of the JSON"},
		"cut in a single":    {"{\"policyId\":\"Auto", "f:1: ends in the middle of the JSON"},
		"no JSON":            {"[\n" + sku + ",\n{\"skuId\" \"x\"}]", "f:3: is no JSON: invalid character"},
		"two in one":         {"[" + sku + "]\n}", "f:2: is no JSON"},
		"deep":               {strings.Repeat("[", 20_000), "f:1: "},
		"deep objects":       {`{"value":` + strings.Repeat(`{"a":`, 2_000_000), "f:1: "},
		"an error answer":    {`{"error":{"code":"Authorization_RequestDenied","message":"no"}}`, `f:1: is the answer of an API that refused: "Authorization_RequestDenied"`},
		"another JSON":       {`{"name":"seatcast","scripts":{}}`, "f: none of its 1 row is of an export that import knows"},
		"another CSV":        {"a,b\n1,2\n", `f:1: is no export that import knows: its first line has the columns "a, b"`},
		"prose":              {"To whom it may concern\n", "f:1: is no export that import knows"},
		"two columns":        {"date,seats,Seats\n", `f:1: has two columns "seats"`},
		"an open quote":      {"date,seats\n2026-01-01,5\n\"2026-01-02,6\n2026-01-03,7\n", "f:3: the row that begins here has a quotation mark in a wrong place, or is cut short within one (line 4)"},
		"a bare quote":       {"date,seats\n2026-01-01,5\n2026-01-\"02,6\n", "f:3: the row that begins here has a quotation mark"},
		"no gzip":            {"\x1f\x8b\x08", "f: begins as a gzip file and is none"},
		"a long row":         {"date,seats\n" + strings.Repeat("1", maxRecord+peekBytes), "f:2: has no end of a record within 4 MiB"},
		"a long record":      {`[{"id":"` + strings.Repeat("1", maxRecord+peekBytes), "f:1: has no end of a record within 4 MiB"},
		"long blanks":        {"[" + strings.Repeat(" ", 2*maxRecord), "f:1: has no end of a record within 4 MiB"},
		"only blanks":        {strings.Repeat(" ", 1<<20), "f:1: has nothing but blanks"},
	} {
		_, err := Read([]Source{source("f", []byte(c.data))}, Options{Today: today})
		if !errors.As(err, new(Problems)) || !strings.HasPrefix(err.Error(), c.want) || len(err.Error()) > 400 {
			t.Errorf("%s: error %v, want %s", name, err, c.want)
		}
	}
	bad := Source{Name: "f", Named: true, Open: func() (io.ReadCloser, error) { return nil, errors.New("permission denied") }}
	if _, err := Read([]Source{bad}, Options{Today: today}); err == nil || err.Error() != "f: permission denied" {
		t.Errorf("error %v", err)
	}
}

// TestFolder: in a folder there may be other files, which are told.
func TestFolder(t *testing.T) {
	all := sources(map[string][]byte{"a.csv": []byte("date,seats\n2026-01-01,5\n"), "notes.txt": []byte("remember\n"), "empty": nil, "page.html": []byte("<html>")})
	for i := range all {
		all[i].Named = false
	}
	i, err := Read(all, Options{Today: today})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(i.Report.Unread, "\n"); strings.Count(got, "\n") != 2 || !strings.Contains(got, "notes.txt:1: is no export") || !strings.Contains(got, "empty:1: is empty") || !strings.Contains(got, "page.html:1: is a page of HTML") {
		t.Errorf("unread:\n%s", got)
	}
	if _, err := Read(all[1:], Options{Today: today}); err == nil || !strings.Contains(err.Error(), "none of the files is an export") {
		t.Errorf("error %v", err)
	}
}

// TestBadRows: a row that cannot be used is counted, with its line and the reason.
func TestBadRows(t *testing.T) {
	for want, data := range map[string]string{
		"prepaidUnits is a string: PowerShell's ConvertTo-Json needs -Depth 10": `{"skuId":"x","prepaidUnits":"@{enabled=40}"}`,
		"consumedUnits is a number, not a whole number that can be":             `{"skuId":"x","prepaidUnits":{},"consumedUnits":1e400}`,
		"prepaidUnits or consumedUnits is below 0 or above 20000000":            `{"skuId":"x","prepaidUnits":{"enabled":-1}}`,
		"totalLicenses is below 0 or above 20000000":                            `{"skuId":"x","totalLicenses":20000001,"status":"Enabled"}`,
		"status is none of Enabled, Warning, Suspended, LockedOut and Deleted":  `{"skuId":"x","totalLicenses":1,"status":"Fine"}`,
		"createdDateTime or nextLifecycleDateTime " + errTime.Error():           `{"skuId":"x","totalLicenses":1,"status":"Enabled","nextLifecycleDateTime":"9999-12-31T00:00:00Z"}`,
		"id is missing": `{"licenseAssignmentStates":[]}`,
		"is an update of a user that changes no license":                                 `{"activityDateTime":"2026-01-01T00:00:00Z","activityDisplayName":"Update user"}`,
		"AuditData is no JSON of a record: it may be cut short":                          "CreationDate,Operations,AuditData\n2026-01-01,Change user license.,{",
		"is no change of a user's license":                                               `{"activityDateTime":"2026-01-01T00:00:00Z","activityDisplayName":"Add user"}`,
		"the time of the change " + errTime.Error():                                      `{"activityDateTime":"yesterday","activityDisplayName":"Change user license"}`,
		"the change did not succeed":                                                     `{"activityDateTime":"2026-01-01T00:00:00Z","activityDisplayName":"Change user license","result":"failure"}`,
		"the record has no user whose licences changed":                                  `{"activityDateTime":"2026-01-01T00:00:00Z","activityDisplayName":"Change user license"}`,
		"name is missing":                                                                `{"type":"Microsoft.BusinessAppPlatform/environments"}`,
		"name or properties are missing":                                                 `{"name":"f","type":"x/environments/flows"}`,
		"createdTime or lastModifiedTime " + errTime.Error():                             `{"name":"f","type":"x/environments/flows","properties":{"createdTime":"0001-01-01T00:00:00Z"}}`,
		"has neither of the settings of auto-claim":                                      `{"powerPlatform":{"licensing":{}}}`,
		scopeKey + " is neither true nor false":                                          `{"powerPlatform":{"licensing":{"` + scopeKey + `":"yes"}}}`,
		"tenantPolicyValue is neither Enabled nor Disabled":                              `{"policyId":"Autoclaim","tenantPolicyValue":"Maybe"}`,
		"is a run of a flow, which does not say who it was: rates are not taken of runs": `{"name":"08585","properties":{"startTime":"2026-01-01T00:00:00Z","status":"Succeeded","trigger":{"name":"manual"}}}`,
		"the user or the policy is empty":                                                "User,Policy,Product,Date\n,p,premium,2026-01-01",
		"the date " + errTime.Error():                                                    "User,Policy,Product,Date\na@x.example,p,premium,1/2/2026",
		"is a number, not an object":                                                     `7`,
		"is an array, not an object":                                                     `[{"skuId":"x","prepaidUnits":{}}]`,
		"is no row of an export that import knows":                                       `null`,
		"Product Title is empty, or a count of licenses is no whole number":              "Product Title,Total Licenses\nPremium,many",
		"Email is empty":                                                                 "Email,Flow name,Last run date\n,f,2026-01-01",
		"Last run date " + errTime.Error():                                               "Email,Flow name,Last run date\na@x.example,f,1/2/2026",
		"Caller Type is not User: only people claim":                                     "Environment ID,Caller ID,Caller Type,Usage Datetime\ne,c,Application,2026-01-01",
		"Caller ID or Environment ID is empty":                                           "Environment ID,Caller ID,Usage Datetime\ne,,2026-01-01",
		"seat_id is empty":                                                               "seat_id,checkout\n,2026-01-01 00:00:00",
		"checkout " + errTime.Error():                                                    "seat_id,checkout\ns,noon",
		"checkin is before checkout, or is no time":                                      "seat_id,checkout,checkin\ns,2026-01-02 00:00:00,2026-01-01 00:00:00",
		"date " + errTime.Error():                                                        "date,seats\n2026-02-30,1",
		"seats is no whole number from 0 to 20000000":                                    "date,seats\n2026-02-01,-1",
		"has not as many fields as the first line":                                       "date,seats\n2026-02-01",
		"stands before: the same session":                                                "seat_id,checkout,checkin\ns,2026-01-01 08:00:00,\ns,2026-01-01 08:00:00,",
		"stands before: the same date and seats":                                         "date,seats\n2026-02-01,1\n2026-02-01,1",
	} {
		line, good := 3, "[\n"+`{"policyId":"Autoclaim","tenantPolicyValue":"Enabled"}`+",\n"+data+"\n]"
		if !strings.HasPrefix(data, "{") && strings.Contains(data, "\n") {
			line, good = 1+strings.Count(data, "\n"), data+"\n"
		}
		files := map[string][]byte{"f": []byte(good), "switch.json": []byte(`{"policyId":"Autoclaim","tenantPolicyValue":"Enabled"}`)}
		i, _, _ := read(t, files, Options{KeepNames: true})
		if got, text := i.Report.Skips, fmt.Sprintf("f:%d: 1 row skipped: %s", line, want); len(got) != 1 || got[0].String() != text {
			t.Errorf("%s: skips %v, want %s", data, got, text)
		}
	}
}

// TestNothing: where no row of any file is of use there is no scenario, and it is told why of each.
func TestNothing(t *testing.T) {
	files := map[string][]byte{
		"a.csv": []byte("date,seats\n45000,5\n45001,6\n"), "b.json": []byte(`[{"id":"u","assignedLicenses":"@{skuId=x}"}]`),
	}
	var folder []Source
	for _, name := range append(sortedKeys(files), "c.xlsx") {
		data := append(files[name], map[bool]string{true: "PK\x03\x04"}[files[name] == nil]...)
		folder = append(folder, Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
	_, err := Read(folder, Options{Today: today})
	if !errors.As(err, new(Problems)) {
		t.Fatal(err)
	}
	for _, want := range []string{"a.csv:2: 2 rows skipped: date is a number by which Excel counts days", "b.json:1: 1 row skipped: assignedLicenses is a string: PowerShell", "c.xlsx:1: is a ZIP or Excel file"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

// TestFuture: a date in the future is told of, and more people than can be are an error.
func TestFuture(t *testing.T) {
	for name, text := range map[string]string{"series": "date,seats\n2026-01-01,5\n2199-12-31,6\n", "sessions": "seat_id,checkout\na,2026-01-01 08:00:00\na,2199-12-31 08:00:00\n"} {
		i, _, _ := read(t, map[string][]byte{"f.csv": []byte(text)}, Options{KeepNames: true})
		if told := strings.Join(i.Report.Warnings, "\n"); !strings.Contains(told, "the last observation is of 2199-12-31, which is in the future: correct the date if it is mistyped (f.csv:3)") {
			t.Errorf("%s: %s", name, told)
		}
	}
	row := skuRow("", premiumGUID, "", 1, 0, maxUnits)
	_, err := Read(sources(map[string][]byte{"a.json": []byte("[" + row + "," + skuRow("", perUserGUID, "", 1, 0, 1) + "]")}), Options{Today: today})
	if err == nil || !strings.Contains(err.Error(), "more than the 20000000 that a scenario may have") {
		t.Errorf("too many people: %v", err)
	}
}

// TestCutShort: an export that is cut off anywhere is an error with its file, or is
// told of.
func TestCutShort(t *testing.T) {
	rest := map[string][]byte{"switch.json": []byte(`{"policyId":"Autoclaim","tenantPolicyValue":"Enabled"}`)}
	p := products(t)
	for name, whole := range shapes(t) {
		for cut := range len(bytes.TrimRight(whole, " \n")) {
			i, err := newTenant(p, Options{Today: today}).read(append(sources(rest), source(name, whole[:cut])))
			if err != nil {
				if !errors.As(err, new(Problems)) || !strings.HasPrefix(err.Error(), name+":") {
					t.Errorf("%s cut at %d: %v", name, cut, err)
				}
				continue
			}
			told := strings.Join(i.Report.Warnings, "\n") + fmt.Sprint(i.Report.Skips) + strings.Join(i.Report.Unread, "\n")
			if !strings.Contains(told, name) && whole[cut-1] != '\n' {
				t.Errorf("%s cut at %d of %d: not told", name, cut, len(whole))
			}
			if cut%10 == 0 {
				load(t, written(t, i), scenarios.Options{})
			}
		}
		zipped := packed(t, whole)
		for _, cut := range []int{1, 5, 10, len(zipped) / 2, len(zipped) - 9, len(zipped) - 1} {
			if _, err := Read([]Source{source(name, zipped[:cut])}, Options{Today: today}); err == nil || !strings.HasPrefix(err.Error(), name) {
				t.Errorf("%s.gz cut at %d: %v", name, cut, err)
			}
		}
	}
}

// TestLines: the line of a record is right wherever the buffer of the reader ends.
func TestLines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		var b strings.Builder
		b.WriteString("{ \"value\": [")
		line, n := 1, 1+r.IntN(3000)
		for i := range n {
			if i > 0 {
				b.WriteString(",")
			}
			for range r.IntN(3) {
				b.WriteString("\n" + strings.Repeat(" ", r.IntN(9)))
				line++
			}
			result := "success" // without a user, which is a reason of its own
			if i == n-1 {
				result = "failure"
			}
			fmt.Fprintf(&b, `{"id":"%d","activityDateTime":"2026-01-01T00:00:00Z","result":%q,"activityDisplayName":"Change user license"}`, i, result)
		}
		b.WriteString("] }\n")
		files := map[string][]byte{"f": []byte(b.String()), "switch.json": []byte(`{"policyId":"Autoclaim","tenantPolicyValue":"Enabled"}`)}
		i, _, _ := read(t, files, Options{})
		last := i.Report.Skips[len(i.Report.Skips)-1]
		if last.Rows != 1 || last.Lines[0] != line {
			t.Errorf("the last of %d records: %v, want line %d", n, last, line)
		}
	}
}

func products(t testing.TB) scenarios.Products {
	t.Helper()
	p, err := scenarios.NewProducts()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
