package output_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"seatcast/analysis"
	"seatcast/output"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// bytesOf returns what write writes.
func bytesOf(t testing.TB, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func summaryOf(t testing.TB, a analysis.Answers) []byte {
	return bytesOf(t, func(b *bytes.Buffer) error { return output.WriteJSON(b, a) })
}

func curveOf(t testing.TB, a analysis.Answers) []byte {
	return bytesOf(t, func(b *bytes.Buffer) error { return output.WriteCurve(b, a) })
}

func exhaustionOf(t testing.TB, a analysis.Answers) []byte {
	return bytesOf(t, func(b *bytes.Buffer) error { return output.WriteExhaustion(b, a) })
}

// read reads answers back from their files.
func read(t testing.TB, a analysis.Answers) analysis.Answers {
	t.Helper()
	back, err := output.ReadJSON(bytes.NewReader(summaryOf(t, a)), a.Study)
	if err != nil {
		t.Fatal(err)
	}
	if err := output.ReadCurve(bytes.NewReader(curveOf(t, a)), back); err != nil {
		t.Fatal(err)
	}
	if err := output.ReadExhaustion(bytes.NewReader(exhaustionOf(t, a)), back); err != nil {
		t.Fatal(err)
	}
	if a.Decision != nil {
		curves := bytesOf(t, func(b *bytes.Buffer) error { return output.WriteDifference(b, a) })
		if err := output.ReadDifference(bytes.NewReader(curves), back); err != nil {
			t.Fatal(err)
		}
	}
	return back
}

func TestAnswersReadBackToTheBit(t *testing.T) {
	for name, r := range fixtures(t) {
		if back := read(t, r.Answers); !reflect.DeepEqual(back, r.Answers) {
			t.Errorf("%s: the answers read differ from those written", name)
		}
	}
}

// TestSummaryKeys reads summary.json as a stranger would, by the keys that are
// promised.
func TestSummaryKeys(t *testing.T) {
	a := fixture(t).Answers
	var s map[string]any
	if err := json.Unmarshal(summaryOf(t, a), &s); err != nil {
		t.Fatal(err)
	}
	at := func(path ...string) any {
		var v any = s
		for _, key := range path {
			m, ok := v.(map[string]any)
			if !ok || m[key] == nil && !strings.HasPrefix(key, "p") {
				t.Fatalf("no key %q of %v", key, path)
			}
			v = m[key]
		}
		return v
	}
	for _, key := range []string{"scenario", "hash", "seed", "replications", "start", "days", "warnings"} {
		at(key)
	}
	pool := []string{"variants", "base", "pools", "northlake/premium"}
	for _, key := range []string{"seats_start", "seats_end"} {
		at(append(pool, key)...)
	}
	for _, key := range []string{"assigned_end", "peak", "refused_claims", "refused_users", "blocked_user_days", "idle_seat_days", "cost"} {
		for _, e := range []string{"mean", "low", "high", "p05", "p50", "p95"} {
			at(append(pool, key, e)...)
		}
	}
	if got := at(append(pool, "exhaustion", "first", "p50")...); got != "2026-07-07" {
		t.Errorf("the median date of exhaustion is %v", got)
	}
	if got := at("variants", "base", "pools", "southridge/premium", "exhaustion", "first", "p50"); got != nil {
		t.Errorf("the date of what never happens is %v, want null", got)
	}
	at("variants", "base", "policies", "northlake/automation", "by_trigger", "trigger-premium", "mean")
	at("variants", "base", "outcomes", "northlake/refused/no-seat", "mean")
	at("variants", "base", "outcomes", "northlake/claimed", "mean")
}

func TestHeaders(t *testing.T) {
	a := fixture(t).Answers
	var reps bytes.Buffer
	if w, err := output.NewReplications(&reps, a.Study); err != nil || w.Flush() != nil {
		t.Fatal(err)
	}
	for _, file := range []struct {
		data []byte
		want string
	}{
		{curveOf(t, a), "variant,tenant,product,time,seats,assignable,mean,p05,p25,p50,p75,p95,refused_mean"},
		{exhaustionOf(t, a), "variant,tenant,product,date,probability,low,high"},
		{reps.Bytes(), "replication,variant,tenant,product,assigned_end,peak,claims,refused_claims,refused_users,blocked_user_days,idle_seat_days,cost,exhausted,first_refusal"},
	} {
		if line, _, _ := strings.Cut(string(file.data), "\n"); !strings.HasPrefix(line, file.want) {
			t.Errorf("header %q, want it to begin %q", line, file.want)
		}
	}
}

// TestRows counts rows: one a day, variant and pool, and the date of a risk is the
// day that ends at its midnight.
func TestRows(t *testing.T) {
	a := fixture(t).Answers
	rows, err := csv.NewReader(bytes.NewReader(exhaustionOf(t, a))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 3*3*(fixtureDays+1); len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	if first, last := rows[1][3], rows[1+fixtureDays][3]; first != "2026-01-04" || last != "2027-01-04" {
		t.Errorf("dates from %s to %s, want the eve of the study to its last day", first, last)
	}
	rows, err = csv.NewReader(bytes.NewReader(curveOf(t, a))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[1+180][3]; got != "2026-07-04T00:00:00+02:00" {
		t.Errorf("midnight 180 is at %s: daylight saving is lost", got)
	}
}

func TestReplicationsRow(t *testing.T) {
	a := single(fixture(t)).Answers
	var b bytes.Buffer
	w, err := output.NewReplications(&b, a.Study)
	if err != nil {
		t.Fatal(err)
	}
	pool := record.Pool{Assigned: []int32{3, 5}, Exhausted: 100*clock.Day + 1500*clock.Time(1e6), FirstRefusal: clock.Never,
		Peak: 7, Claims: 9, RefusedClaims: 4, RefusedUsers: 2, BlockedMs: 36 * 3600 * 1000, IdleMs: 24 * 3600 * 1000, Cost: 1.5}
	r := record.Record{Replication: 12, Tenants: []record.Tenant{
		{Pools: []record.Pool{pool, {Exhausted: clock.Never, FirstRefusal: clock.Never}}},
		{Pools: []record.Pool{{Exhausted: clock.Never, FirstRefusal: clock.Never}}},
	}}
	if err := w.Add(r); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	// 100 days of 24 hours after a winter midnight is one o'clock in summer.
	if want := "12,base,northlake,premium,5,7,9,4,2,1.5,1,1.5,2026-04-15T01:00:01.5+02:00,"; lines[1] != want {
		t.Errorf("row %q\nwant %q", lines[1], want)
	}
	if len(lines) != 1+3+1 {
		t.Errorf("%d lines, want a header and a row for each of 3 pools", len(lines)-1)
	}
}

func TestNoFileHoldsNaN(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		a := single(fixture(t)).Answers
		p := &a.Variants[0].Pools[0]
		p.Cost.Mean, p.Curve[7].Mean, p.Risk[7].Refusal.Low = x, x, x
		if err := output.WriteJSON(&bytes.Buffer{}, a); err == nil {
			t.Errorf("summary.json takes %v", x)
		}
		if err := output.WriteCurve(&bytes.Buffer{}, a); err == nil || !strings.Contains(err.Error(), "northlake,premium,2026-01-12") {
			t.Errorf("curve.csv with %v: error %v, want one that names the row", x, err)
		}
		if err := output.WriteExhaustion(&bytes.Buffer{}, a); err == nil {
			t.Errorf("exhaustion.csv takes %v", x)
		}
	}
}

func TestReadersNameTheLine(t *testing.T) {
	a := single(fixture(t)).Answers
	empty, err := output.ReadJSON(bytes.NewReader(summaryOf(t, a)), a.Study)
	if err != nil {
		t.Fatal(err)
	}
	curve, summary := string(curveOf(t, a)), string(summaryOf(t, a))
	for _, c := range []struct{ name, data, want string }{
		{"empty", "", "line 1: the file is empty"},
		{"header", "a,b\n", "line 1: the header is"},
		{"pool", strings.Replace(curve, "northlake,premium,2026-01-06", "northlake,visio,2026-01-06", 1), `line 3: variant "base", tenant "northlake", product "visio"`},
		{"seats", strings.Replace(curve, ",900,", ",many,", 1), `line 2: seats: "many"`},
		{"NaN", strings.Replace(curve, ",900,", ",900,NaN,0,0,0,0,0,0,0\nx", 1), `line 2: assignable: "NaN" is not a number`},
		{"cells", curve + "base,northlake\n", "wrong number of fields"},
	} {
		if err := output.ReadCurve(strings.NewReader(c.data), empty); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	for _, c := range []struct{ name, data, want string }{
		{"cut", summary[:200], "line 6: unexpected end"},
		{"type", strings.Replace(summary, `"days": 365`, `"days": "365"`, 1), "days"},
		{"twice", strings.Replace(summary, `"northlake/per-user"`, `"northlake/premium"`, 1), "comes twice"},
		{"variant", strings.Replace(summary, `"base"`, `"basis"`, 1), `variant "basis"`},
		{"tenant", strings.Replace(summary, `"southridge/premium"`, `"nobody/premium"`, 1), `"nobody/premium"`},
	} {
		if _, err := output.ReadJSON(strings.NewReader(c.data), a.Study); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestSummaryText(t *testing.T) {
	r := fixture(t)
	for _, width := range []int{0, 200, 100, 60} {
		text := string(bytesOf(t, func(b *bytes.Buffer) error { return output.WriteSummary(b, r, width) }))
		for _, want := range []string{"northlake/premium", "97% (94%–99%)", "2026-07-07", "2026-07-10", "not reached", "162,000", "87", "521", "true-up", "! 200 replications"} {
			if !strings.Contains(text, want) {
				t.Errorf("width %d: the summary lacks %q", width, want)
			}
		}
		for _, line := range strings.Split(text, "\n") {
			if n := len([]rune(line)); width > 0 && n > width {
				t.Errorf("width %d: a line of %d: %q", width, n, line)
			}
		}
	}
	text := string(bytesOf(t, func(b *bytes.Buffer) error { return output.WriteSummary(b, hostile(r), 0) }))
	if strings.ContainsAny(text, "\x1b\x00") {
		t.Error("a title's control characters reach the terminal")
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want string
	}{{0, "0"}, {3, "3"}, {0.123, "0.12"}, {0.001, "<0.01"}, {0.994, "0.99"}, {0.996, "1"}, {7.745, "7.7"}, {9.94, "9.9"}, {9.96, "10"}, {99.4, "99"},
		{1234.6, "1,235"}, {1234567, "1,234,567"}, {-1234, "-1,234"}, {999, "999"}, {1000, "1,000"}} {
		if got := output.Count(c.x); got != c.want {
			t.Errorf("Count(%v) = %s, want %s", c.x, got, c.want)
		}
	}
	for _, c := range []struct {
		p    float64
		want string
	}{{0, "0%"}, {1e-17, "0%"}, {0.0001, "<0.1%"}, {0.012, "1.2%"}, {0.0996, "10%"}, {0.5, "50%"}, {0.995, "99.5%"}, {0.9999, ">99.9%"}, {1, "100%"}} {
		if got := output.Percent(c.p); got != c.want {
			t.Errorf("Percent(%v) = %s, want %s", c.p, got, c.want)
		}
	}
}

// TestMidnights checks days whose midnight doesn't exist, or comes twice.
func TestMidnights(t *testing.T) {
	for _, c := range []struct {
		zone, start string
		days        int
		want        string
		hours       float64 // since the first midnight
	}{
		{"Europe/Oslo", "2026-03-28", 2, "2026-03-30T00:00:00+02:00", 47},
		{"America/Sao_Paulo", "2018-11-03", 1, "2018-11-04T01:00:00-02:00", 24}, // 00:00 was skipped
		{"America/Havana", "2026-10-31", 1, "2026-11-01T00:00:00-04:00", 24},    // 00:00 comes again an hour later
		{"America/Havana", "2026-10-31", 2, "2026-11-02T00:00:00-05:00", 49},
		{"UTC", "2026-12-31", 1, "2027-01-01T00:00:00Z", 24},
	} {
		cal, err := output.NewCalendar(c.start, c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at := cal.Midnight(c.days)
		if got := cal.Local(at).Format("2006-01-02T15:04:05Z07:00"); got != c.want || float64(at)/float64(clock.Hour) != c.hours {
			t.Errorf("%s %s + %d days: %s after %v hours, want %s after %v", c.zone, c.start, c.days, got, float64(at)/float64(clock.Hour), c.want, c.hours)
		}
		if cal.Local(at).Format(output.DateFormat) != cal.Ended(at).AddDate(0, 0, 1).Format(output.DateFormat) {
			t.Errorf("%s: the day before %s ended on %s", c.zone, c.want, cal.Ended(at))
		}
		if back := cal.Time(cal.Local(at)); back != at {
			t.Errorf("%s: %v comes back as %v", c.zone, at, back)
		}
	}
	for _, zone := range []string{"Local", "Europe/Atlantis"} {
		if _, err := output.NewCalendar("2026-01-05", zone); err == nil || !strings.Contains(err.Error(), zone) {
			t.Errorf("zone %s: error %v", zone, err)
		}
	}
	s := fixture(t).Answers.Study
	s.Variants[0].Tenants[0].Midnights[100]++
	if _, err := output.Calendars(s); err == nil || !strings.Contains(err.Error(), "midnight 100") {
		t.Errorf("a study with a wrong midnight: error %v", err)
	}
}

// tiny is as little as the files can hold, so that a fuzzer gets about.
func tiny(t testing.TB) analysis.Answers {
	a := short(fixture(t)).Answers
	v := &a.Variants[0]
	v.Policies, v.Outcomes, a.Warnings = nil, v.Outcomes[:1], nil
	v.Pools[0].Curve, v.Pools[0].Risk = v.Pools[0].Curve[:2], v.Pools[0].Risk[:2]
	return a
}

func FuzzReadJSON(f *testing.F) {
	a := tiny(f)
	a.Study.Hash = "h"
	f.Add([]byte(`{"hash":"h","variants":{"base":{"pools":{"northlake/premium":{"cost":{"mean":1.5},"exhaustion":{"first":{"instants":{"p50":"2026-01-06T00:00:00+01:00"}}}}}}}}`))
	f.Add([]byte(`{"hash":"h","variants":{"base":{"policies":{"northlake/p":{"by_trigger":{"a":{"low":-0}}}},"outcomes":{"northlake/refused/no-seat":{"p95":1e9}}}},"differences":[{"metric":"cost"}]}`))
	f.Add([]byte(`{"hash":"h","variants":{"base":{}},"differences":[{"dates":{"log_rank":{"p":1}}}],"precision":[{"metric":"cost","have":null}],"decision":{"by":"2026-06-30","best":"cost","ranking":{"certain":1,"standings":[{"variant":"base"}],"sought":{"left":["base"]}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := output.ReadJSON(bytes.NewReader(data), a.Study)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := output.WriteJSON(&b, got); err != nil {
			t.Skip() // a year that JSON's dates can't hold
		}
		again, err := output.ReadJSON(&b, a.Study)
		if err != nil {
			t.Fatalf("what was read once can't be read again: %v", err)
		}
		if first, second := summaryOf(t, got), summaryOf(t, again); !bytes.Equal(first, second) {
			t.Fatalf("%s\nreads back as\n%s", first, second)
		}
	})
}

func FuzzReadCSV(f *testing.F) {
	a := tiny(f)
	f.Add(curveOf(f, a))
	f.Add(exhaustionOf(f, a))
	f.Add([]byte("variant,tenant,product,time,mean,low,high\nbase,northlake,premium,2026-01-05T00:00:00+01:00,1,0.5,2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func(analysis.Answers) error{
			func(a analysis.Answers) error { return output.ReadCurve(bytes.NewReader(data), a) },
			func(a analysis.Answers) error { return output.ReadExhaustion(bytes.NewReader(data), a) },
			func(a analysis.Answers) error { return output.ReadDifference(bytes.NewReader(data), a) },
		} {
			b := a
			b.Decision = &analysis.Decision{}
			b.Variants = []analysis.Variant{{Name: "base", Pools: []analysis.Pool{{Tenant: "northlake", Product: "premium"}}}}
			if read(b) != nil {
				continue
			}
			curveOf(t, b) // what could be read can be written
			exhaustionOf(t, b)
			bytesOf(t, func(w *bytes.Buffer) error { return output.WriteDifference(w, b) })
		}
	})
}
