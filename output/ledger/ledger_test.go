package ledger

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var oslo = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		panic(err)
	}
	return loc
}()

func claimAt(t time.Time) Row {
	return Row{Time: t, Tenant: "northlake", User: "makers-17", Population: "makers", Environment: "finance",
		Action: "trigger", Flow: "premium", Policy: "automation", Product: "premium", Outcome: "claimed",
		Assigned: 12, Assignable: 88, Variant: "base", Shown: t.Add(20 * time.Minute)}
}

func write(t testing.TB, rows ...Row) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, r := range rows {
		if err := w.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func collect(rows iter.Seq2[Row, error]) ([]Row, error) {
	var all []Row
	for r, err := range rows {
		if err != nil {
			return all, err
		}
		all = append(all, r)
	}
	return all, nil
}

// TestWriterAgainstLibrary holds the cells that Writer puts together against those
// of encoding/csv and time.Format, up to quotes that are not needed.
func TestWriterAgainstLibrary(t *testing.T) {
	cells := []string{"", "a", " a", `"`, "a,b", "a\nb", "\r", "é", `\.`, `a"b`, "\u00a0x", "\tq"}
	zones := []*time.Location{time.UTC, oslo, time.FixedZone("", -9*3600-30*60)}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 5000 {
		at = at.Add(97*time.Minute + time.Duration(i*7919)*time.Microsecond).In(zones[i/50%len(zones)])
		row := Row{Replication: i, Time: at, Tenant: cells[i%len(cells)], User: cells[i/7%len(cells)], Assigned: i%5 - 1, Assignable: i % 3, Shown: at.Truncate(time.Second)}
		got := string(write(t, row))
		var want bytes.Buffer
		w := csv.NewWriter(&want)
		seats := ""
		if row.Assigned != Unknown {
			seats = fmt.Sprint(row.Assigned)
		}
		const format = "2006-01-02T15:04:05.999Z07:00"
		w.WriteAll([][]string{Columns.Names(), {fmt.Sprint(i), at.Format(format), row.Tenant, row.User, "", "", "", "", "", "", "", "",
			seats, fmt.Sprint(row.Assignable), "", row.Shown.Format(format)}})
		a, err := csv.NewReader(strings.NewReader(got)).ReadAll()
		if b, _ := csv.NewReader(&want).ReadAll(); err != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("row %d reads %q, %v, want %q", i, a, err, b)
		}
	}
}

// TestTimesAgainstLibrary writes the times of days on which a clock jumps, forwards,
// backwards, by half an hour and by a day, one after the other by one writer.
func TestTimesAgainstLibrary(t *testing.T) {
	for _, c := range []struct{ zone, from string }{
		{"Europe/Oslo", "2026-03-28T20:00:00Z"}, {"Europe/Oslo", "2026-10-24T20:00:00Z"}, {"Australia/Lord_Howe", "2026-04-04T00:00:00Z"},
		{"Australia/Lord_Howe", "2026-10-03T00:00:00Z"}, {"Pacific/Apia", "2011-12-29T00:00:00Z"}, {"Asia/Kolkata", "2027-12-31T00:00:00Z"},
		{"Europe/Amsterdam", "1937-06-30T00:00:00Z"}, {"UTC", "9999-12-31T00:00:00Z"}, {"Africa/Casablanca", "0999-12-31T00:00:00Z"},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		var d day
		for range 3000 { // two days
			const format = "2006-01-02T15:04:05.999Z07:00"
			if got, want := string(d.append(nil, at.In(loc))), at.In(loc).Format(format); got != want {
				t.Fatalf("%s: %s, want %s", c.zone, got, want)
			}
			at = at.Add(59*time.Second + 730*time.Millisecond)
		}
	}
}

func TestLedgerReadsBack(t *testing.T) {
	r := claimAt(time.Date(2026, 3, 29, 3, 0, 0, 123_987_654, oslo))
	refused := Row{Replication: 3, Time: time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC), Tenant: `a "b", c`, User: "u\nv",
		Action: "trigger", Flow: "standard", Outcome: "refused", Reason: "no-seat", Variant: "everyone"}
	data := write(t, r, refused)
	lines := strings.Split(string(data), "\n")
	if want := "replication,time,tenant,user,population,environment,action,flow,policy,product,outcome,reason,assigned,assignable,variant,shown"; lines[0] != want {
		t.Errorf("header %s\nwant   %s", lines[0], want)
	}
	if want := "0,2026-03-29T03:00:00.123+02:00,northlake,makers-17,makers,finance,trigger,premium,automation,premium,claimed,,12,88,base,2026-03-29T03:20:00.123+02:00"; lines[1] != want {
		t.Errorf("row  %s\nwant %s", lines[1], want)
	}
	back, err := collect(Read(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	if again := write(t, back...); !bytes.Equal(data, again) {
		t.Errorf("read and written again:\n%s\nwas\n%s", again, data)
	}
	if !back[0].Time.Equal(r.Time.Truncate(time.Millisecond)) || !back[1].Shown.IsZero() {
		t.Errorf("times %v and %v", back[0].Time, back[1].Shown)
	}
	back[0].Time, back[0].Shown = r.Time, r.Shown
	if !reflect.DeepEqual(back[0], r) {
		t.Errorf("read %+v\nwant %+v", back[0], r)
	}
}

// TestFormsAreRows holds a form against the row that it stands for, byte for byte, with
// names that are quoted and with what an earlier row left in the form.
func TestFormsAreRows(t *testing.T) {
	at := time.Date(2026, 3, 29, 3, 0, 0, 120e6, oslo)
	for _, name := range []string{"makers-", "a,b-", `"-`, " a-", "é-", "x0-", ""} {
		row := claimAt(at)
		row.User, row.Tenant = name, name
		form := NewForm(&row)
		for i, n := range []int{1, 10, 900_000, 7} {
			row.User, row.Assigned, row.Time, row.Shown = fmt.Sprint(name, n), i-1, at.Add(time.Duration(i)*time.Hour), at
			if i%2 == 1 {
				row.Shown = time.Time{}
			}
			form.Number, form.Assigned, form.Time, form.Shown = n, row.Assigned, row.Time, row.Shown
			var got bytes.Buffer
			w := NewWriter(&got)
			if err := errors.Join(w.AddForm(form), w.Flush()); err != nil {
				t.Fatal(err)
			}
			if want := write(t, row); !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%q %d: the form gives\n%s\nwant\n%s", name, n, got.Bytes(), want)
			}
		}
	}
}

// TestNumbersAgainstLibrary writes numbers of every length.
func TestNumbersAgainstLibrary(t *testing.T) {
	for n := 1; n < 1e18; n *= 10 {
		for _, n := range []int{n - 1, n, 2*n - 1, -n} {
			if got, want := string(appendNumber(nil, n)), strconv.Itoa(n); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}

func TestReadErrors(t *testing.T) {
	good := string(write(t, claimAt(time.Date(2026, 3, 1, 9, 0, 0, 0, oslo))))
	for _, c := range []struct{ data, want string }{
		{"", "line 1: the file is empty"},
		{"time,user\n", "line 1: the header is"},
		{good + "1,2\n", "record on line 3: wrong number of fields"},
		{strings.Replace(good, ",12,", ",a dozen,", 1), `line 2: assigned: "a dozen" is not a whole number`},
		{strings.Replace(good, "2026-03-01T09", "1 March", 1), "line 2: time:"},
		{good[:len(good)-60], "line 2"},
		{good + `"`, "line 3"},
	} {
		if _, err := collect(Read(strings.NewReader(c.data))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.data, err, c.want)
		}
	}
}

// TestReport checks rule P6 at the ends of its windows, across the spring day that
// has 23 hours.
func TestReport(t *testing.T) {
	day := func(month time.Month, d, h, m int) Row { return claimAt(time.Date(2026, month, d, h, m, 0, 0, oslo)) }
	rows := []Row{
		day(3, 31, 23, 59), day(1, 1, 0, 0), day(3, 31, 0, 0), day(4, 1, 0, 0), // not in the order of time
		day(3, 30, 23, 59), day(3, 25, 0, 0), day(3, 24, 23, 59), day(3, 2, 0, 0), day(3, 1, 23, 59), day(12, 31, 23, 59),
	}
	for days, want := range map[int][]string{
		1:  {"03-31 00:00", "03-31 23:59"},
		7:  {"03-25 00:00", "03-30 23:59", "03-31 00:00", "03-31 23:59"},
		30: {"03-02 00:00", "03-24 23:59", "03-25 00:00", "03-30 23:59", "03-31 00:00", "03-31 23:59"},
		90: {"01-01 00:00", "03-01 23:59", "03-02 00:00", "03-24 23:59", "03-25 00:00", "03-30 23:59", "03-31 00:00", "03-31 23:59"},
	} {
		found, err := Report(Read(bytes.NewReader(write(t, rows...))), Query{AsOf: "2026-03-31", Days: days, Variant: "base"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range found {
			got = append(got, r.Time.Format("01-02 15:04"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d days: %v\nwant %v", days, got, want)
		}
	}
}

func TestReportLeavesOut(t *testing.T) {
	r := claimAt(time.Date(2026, 3, 31, 9, 0, 0, 0, oslo))
	others := []Row{r, r, r, r, r, r}
	others[0].Outcome = "assigned" // by an administrator
	others[1].Outcome, others[1].Reason = "refused", "no-seat"
	others[2].Replication = 1
	others[3].Variant = "everyone"
	others[4].Tenant = "southridge"
	others[5].Policy = "another"
	q := Query{AsOf: "2026-03-31", Days: 1, Variant: "base", Tenant: "northlake", Policy: "automation"}
	found, err := Report(Read(bytes.NewReader(write(t, append(others, r)...))), q)
	if err != nil || len(found) != 1 || found[0].Tenant != "northlake" || found[0].Policy != "automation" {
		t.Errorf("found %v, %v: want the one claim", found, err)
	}
	q.Tenant, q.Policy = "", ""
	if found, err := Report(Read(bytes.NewReader(write(t, append(others, r)...))), q); err != nil || len(found) != 3 {
		t.Errorf("every tenant and policy: %d rows, %v, want 3", len(found), err)
	}
}

func TestReportErrors(t *testing.T) {
	for _, q := range []Query{{AsOf: "2026-03-31", Days: 14}, {AsOf: "2026-03-31"}, {AsOf: "31 March", Days: 7}, {AsOf: "2026-02-30", Days: 7}} {
		if _, err := Report(Read(bytes.NewReader(write(t))), q); err == nil {
			t.Errorf("%+v: no error", q)
		}
	}
	if _, err := Report(Read(strings.NewReader("x")), Query{AsOf: "2026-03-31", Days: 7}); err == nil {
		t.Error("a broken ledger: no error")
	}
}

func TestWriterKeepsItsError(t *testing.T) {
	w := NewWriter(broken{})
	for range 1000 {
		row := claimAt(time.Date(2026, 3, 31, 9, 0, 0, 0, oslo))
		w.Add(&row)
	}
	if err := w.Flush(); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
}

var errBroken = fmt.Errorf("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func FuzzRead(f *testing.F) {
	f.Add(write(f, claimAt(time.Date(2026, 3, 31, 9, 0, 0, 5e6, oslo))))
	f.Add([]byte("a,b\n\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := collect(Read(bytes.NewReader(data)))
		if err != nil {
			return
		}
		first := write(t, rows...)
		again, err := collect(Read(bytes.NewReader(first)))
		if err != nil {
			t.Fatalf("what was read once can't be read again: %v", err)
		}
		if second := write(t, again...); !bytes.Equal(first, second) {
			t.Fatalf("%q\nreads back as\n%q", first, second)
		}
	})
}
