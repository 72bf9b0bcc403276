package workbook

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"seatcast/analysis"
	"seatcast/output"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

const formula = `=HYPERLINK("http://example.com")`

// result is of one pool under two variants, whose names a spreadsheet could take for formulas.
func result(t testing.TB) output.Result {
	t.Helper()
	s := record.Study{Scenario: "small", Title: "+1 title", Hash: "1a2b3c4d5e6f7081", Seed: 1<<64 - 1, Replications: 40, Start: "2026-03-27", Days: 30}
	for _, name := range []string{"base", formula} {
		s.Variants = append(s.Variants, record.Variant{Name: name, Tenants: []record.TenantInfo{
			{Name: "@oslo", Zone: "Europe/Oslo", Pools: []record.PoolInfo{{Product: "-premium", Price: 15}}}}})
	}
	if err := output.Midnights(&s); err != nil {
		t.Fatal(err)
	}
	cal, err := output.NewCalendar(s.Start, "Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	a := analysis.Answers{Study: s, Replications: 40, Warnings: []string{"+few replications"}}
	for i, v := range s.Variants {
		p := analysis.Pool{Tenant: "@oslo", Product: "-premium", SeatsStart: 1200, SeatsEnd: 1300, RefusedUsers: analysis.Estimate{Mean: 1234.5 + float64(i), Low: 1200, High: 1300},
			Exhaustion: analysis.Event{Probability: analysis.Proportion{Value: 0.125, Low: 0.05, High: 0.25},
				First: analysis.Times{P05: cal.Midnight(3) + clock.Time(23*time.Hour), P50: clock.Never, P95: clock.Never}},
			FirstRefusal: analysis.Event{First: analysis.Times{P05: clock.Never, P50: clock.Never, P95: clock.Never}}}
		for day := range s.Days + 1 {
			p.Curve = append(p.Curve, analysis.CurvePoint{Time: cal.Midnight(day), Seats: 1200, Mean: float64(day) / 3})
		}
		a.Variants = append(a.Variants, analysis.Variant{Name: v.Name, Replications: 40, Pools: []analysis.Pool{p}})
	}
	difference := analysis.Difference{Mean: -0.125, Low: -0.25, High: 0.0625}
	a.Differences = []analysis.Comparison{{Variant: formula, Tenant: "@oslo", Product: "-premium", Metric: "exhaustion", Base: 0.125, Difference: difference, Noise: true},
		{Variant: formula, Tenant: "@oslo", Product: "-premium", Metric: "refused-users", Base: 1234.5, Other: 1235.5, Difference: analysis.Difference{Mean: 1, Low: 1, High: 1}}}
	return output.Result{Answers: a, Version: "0.0.0", Headlines: []output.Headline{{Variant: "base", Tenant: "@oslo", Product: "-premium", Text: "=words"}},
		Assumptions: []output.Assumption{{Variant: formula, Key: "a.b", Value: "=1+1", Why: "- not told", Default: true}}}
}

func write(t testing.TB, r output.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSameBytes: neither the clock nor the order of a map is in the file.
func TestSameBytes(t *testing.T) {
	r := result(t)
	first := write(t, r)
	for range 20 {
		if !bytes.Equal(write(t, r), first) {
			t.Fatal("the same result gives other bytes")
		}
	}
}

// TestCells reads the workbook back: what is text, what is a number or a date, how it
// is shown, and that nothing is a formula.
func TestCells(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(write(t, result(t))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, want := f.GetSheetList(), []string{"Answers", "In words", "Curve", "Differences", "Assumptions", "Warnings", "Study"}; !slices.Equal(got, want) {
		t.Errorf("sheets %q, want %q", got, want)
	}
	for _, c := range []struct{ sheet, cell, shown, raw string }{
		{"Answers", "A3", formula, formula}, {"Answers", "B2", "@oslo", "@oslo"}, {"Answers", "C2", "-premium", "-premium"},
		{"Answers", "D2", "1,200", "1200"}, {"Answers", "G2", "12.5%", "0.125"}, {"Answers", "J2", "2026-03-30", "46111"},
		{"Answers", "K2", output.NotReached, output.NotReached}, {"Answers", "S2", "1,234.50", "1234.5"}, {"In words", "D2", "=words", "=words"},
		{"Curve", "D5", "2026-03-30", "46111"}, {"Curve", "G5", "1.00", "1"}, // the day on which clocks have changed begins at midnight too
		{"Differences", "G2", "-12.5%", "-0.125"}, {"Differences", "I2", "+6.3%", "0.0625"}, {"Differences", "J2", "yes", "yes"},
		{"Differences", "G3", "+1.00", "1"}, {"Differences", "H3", "", ""},
		{"Assumptions", "C2", "=1+1", "=1+1"}, {"Assumptions", "E2", "- not told", "- not told"}, {"Warnings", "A2", "+few replications", "+few replications"},
		{"Study", "B5", "18446744073709551615", "18446744073709551615"}, {"Study", "B7", "2026-03-27", "46108"},
	} {
		shown, err := f.GetCellValue(c.sheet, c.cell)
		raw, rawErr := f.GetCellValue(c.sheet, c.cell, excelize.Options{RawCellValue: true})
		if err != nil || rawErr != nil || shown != c.shown || raw != c.raw {
			t.Errorf("%s!%s shows %q and is %q, want %q and %q", c.sheet, c.cell, shown, raw, c.shown, c.raw)
		}
	}
	for _, name := range f.GetSheetList() {
		panes, err := f.GetPanes(name)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the header does not stay in view: %+v, %v", name, panes, err)
		}
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j := range row {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if text, err := f.GetCellFormula(name, at); err != nil || text != "" {
					t.Errorf("%s!%s is the formula %q", name, at, text)
				}
			}
		}
	}
}

// TestSingleReplication: one replication has no interval.
func TestSingleReplication(t *testing.T) {
	if got := probability(analysis.Proportion{Value: 1, Low: 0.2, High: 1}, 1); !slices.Equal(got, []any{share(1), nil, nil}) {
		t.Errorf("%v", got)
	}
}

// TestBrief: in a study of days the time of day is told.
func TestBrief(t *testing.T) {
	cal, err := output.NewCalendar("2026-03-27", "Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	at := cal.Midnight(3) + clock.Time(90*time.Minute)
	if got, want := date(at, cal, 14), moment(time.Date(2026, 3, 30, 1, 30, 0, 0, time.UTC)); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := date(at, cal, 15), time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestTooLong: a curve that is too long for a sheet is referred to, not cut.
func TestTooLong(t *testing.T) {
	r := result(t)
	r.Answers.Variants[1].Pools[0].Curve = make([]analysis.CurvePoint, mostRows)
	s := curve(r.Answers, calendars(t, r))
	if len(s.rows) != 1 || !strings.Contains(s.rows[0][0].(string), "curve.csv") {
		t.Errorf("%d rows", len(s.rows))
	}
}

func calendars(t *testing.T, r output.Result) map[string]output.Calendar {
	t.Helper()
	cals, err := output.Calendars(r.Answers.Study)
	if err != nil {
		t.Fatal(err)
	}
	return cals
}

// TestOtherProgram has LibreOffice convert the workbook to CSV, where it is installed.
func TestOtherProgram(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil || testing.Short() {
		t.Skip("skipped: there is no LibreOffice here, or -short is set")
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "summary.xlsx")
	if err := os.WriteFile(name, write(t, result(t)), 0o666); err != nil {
		t.Fatal(err)
	}
	// 44 "," · 34 quotes · 76 UTF-8 · -1 every sheet; numbers come without their format, percentages and dates with it
	out, err := exec.Command(office, "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless", "--convert-to",
		"csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", dir, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for sheet, want := range map[string][]string{
		"Answers":     {formula, "@oslo", "-premium", "1200", "1300", "0", "12.5%", "5%", "25%", "2026-03-30", "not reached"},
		"Curve":       {formula, "@oslo", "-premium", "2026-04-26", "1200", "0", "10"},
		"Differences": {formula, "@oslo", "-premium", "people refused", "1234.5", "1235.5", "1", "", "", "no"},
		"Assumptions": {formula, "a.b", "=1+1", "default", "- not told"},
	} {
		data, err := os.ReadFile(filepath.Join(dir, "summary-"+sheet+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if last := rows[len(rows)-1]; len(last) < len(want) || !slices.Equal(last[:len(want)], want) {
			t.Errorf("%s ends in\n%q, want\n%q", sheet, last, want)
		}
	}
}
