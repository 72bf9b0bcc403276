package exports

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// TestPolicyReport: each row is a claim of a person by local day, whatever the columns
// are called, also those that 'seatcast claims' writes; the scenario says how many each policy made.
func TestPolicyReport(t *testing.T) {
	for name, report := range map[string]string{
		"portal": "User principal name;Policy name;License;Date assigned\nA@x.example;Finance;Power Automate Premium;2026-03-01\nb@x.example;Finance;Power Automate Premium;2026-03-03\n" +
			"b@x.example;Finance;Power Automate Premium;2026-03-03\na@X.example;Sales;Power Automate Premium;2026-03-04\nc@x.example;Sales;Power Automate per user plan;2026-03-04\nd@x.example;Apps;No Such Licence;2026-03-04\n",
		"seatcast": "time,tenant,user,policy,product\n2026-03-01T09:00:00Z,x,A@x.example,Finance,premium\n2026-03-03T23:59:00Z,x,b@x.example,Finance,premium\n2026-03-03T23:59:00Z,x,b@x.example,Finance,premium\n" +
			"2026-03-04T00:00:00Z,x,a@x.example,Sales,premium\n2026-03-04T00:00:00Z,x,c@x.example,Sales,per-user\n2026-03-04T00:00:00Z,x,d@x.example,Apps,No Such Licence\n",
	} {
		i, out, _ := read(t, map[string][]byte{"report.csv": []byte(report)}, Options{})
		if want := "date,seats,claims\n2026-03-01,1,1\n2026-03-02,1,0\n2026-03-03,2,1\n2026-03-04,2,0\n"; out[HistoryFile] != want {
			t.Errorf("%s: history %s\nwant %s", name, out[HistoryFile], want)
		}
		text := strings.ReplaceAll(out[ScenarioFile], "\n#  ", "")
		if want := "claims by policy, as reported: Finance (premium) 2, Sales (per-user) 1, Sales (premium) 1"; !strings.Contains(text, want) {
			t.Errorf("%s: no %q in\n%s", name, want, text)
		}
		if r := i.Report.Read[0]; r.Kind != "auto-claim policy report" || r.Used != 5 || r.Skipped != 1 || !strings.Contains(i.Report.Skips[0].String(), "report.csv:4: 1 row skipped: stands before") {
			t.Errorf("%s: %+v, %v", name, r, i.Report.Skips)
		}
		if len(i.Report.Unknown) != 1 || strings.Contains(text, "x.example") {
			t.Errorf("%s: unknown %v, or a name in\n%s", name, i.Report.Unknown, text)
		}
	}
}

// TestKnownAndUnread: files that are known and of no use are listed with the reason.
func TestKnownAndUnread(t *testing.T) {
	files := map[string][]byte{
		"usage.csv":   []byte("Report Refresh Date,User Principal Name,Display Name\n2026-03-01,a@x.example,A\n"),
		"switch.json": []byte(`{"policyId":"Autoclaim","tenantPolicyValue":"Enabled"}`),
	}
	var folder []Source
	for _, name := range sortedKeys(files) {
		folder = append(folder, Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files[name])), nil }})
	}
	i, err := Read(folder, Options{Today: today})
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(i.Report.Unread, "\n")
	for _, want := range []string{"usage.csv:1: is a usage report of Microsoft 365"} {
		if !strings.Contains(told, want) {
			t.Errorf("no %q in %s", want, told)
		}
	}
}
