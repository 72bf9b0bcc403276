package history

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func read(t *testing.T, src string) *History {
	t.Helper()
	h, err := Read(strings.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRead(t *testing.T) {
	h := read(t, "\ufeffDate, Seats, claims\n2026-01-05,3,1\n2026-01-06,4,1\n2026-01-09,9,5\n")
	if !slices.Equal(h.Seats, []float64{3, 4, 4, 4, 9}) || h.Filled != 2 || h.Unit() != "day" || h.Date(4).Format("2006-01-02") != "2026-01-09" {
		t.Errorf("daily: %+v", h)
	}
	h = read(t, "month,installations\n2015-11,8\n2015-12,39\n2016-01,59\n")
	if !slices.Equal(h.Seats, []float64{8, 39, 59}) || h.Unit() != "month" || h.Date(2).Format("2006-01") != "2016-01" {
		t.Errorf("monthly: %+v", h)
	}
	h = read(t, "date,seats\n2026-01-05,1\n2026-01-12,2\n2026-01-26,3\n")
	if !slices.Equal(h.Seats, []float64{1, 2, 2, 3}) || h.Unit() != "week" {
		t.Errorf("weekly: %+v", h)
	}
	h = read(t, "date,seats\n2026-01-05,1\n2026-01-08,2\n2026-01-14,3\n")
	if !slices.Equal(h.Seats, []float64{1, 2, 2, 3}) || h.Unit() != "3-day period" {
		t.Errorf("every third day: %+v", h)
	}
	h = read(t, "user_id,checkout\nb,2026-01-06 10:00:00\na,2026-01-05 09:00:00\na,2026-01-05 11:00:00\na,2026-01-08 09:00:00\n")
	if !slices.Equal(h.Seats, []float64{1, 2, 2, 2}) || !slices.Equal(h.Acts, []int{2, 1}) || !slices.Equal(h.People, []string{"a", "b"}) {
		t.Errorf("sessions: %+v", h)
	}
}

// TestReadLog: the sessions of a real licence server give the seats that its
// roll-up has: 792 in the end, 34 on the first day.
func TestReadLog(t *testing.T) {
	f, err := os.Open("../../scenarios/library/upm_autodesk_sessions.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(h.Seats); n != 64 || h.Seats[0] != 34 || h.Seats[n-1] != 792 || len(h.People) != 792 {
		t.Errorf("%d days from %v to %v seats of %d people", n, h.Seats[0], h.Seats[n-1], len(h.People))
	}
}

func TestReadRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"":             "want a CSV file",
		"a,b\n1,2\n":   "line 1: the columns are a, b",
		"date,seats\n": "two dates",
		"date,seats\n2026-01-05,1\n2026-01-05,2\n":               "line 3: 2026-01-05 does not come after",
		"date,seats\n2026-01-05,1\n05/01/2026,2\n":               "line 3: \"05/01/2026\" is no date",
		"date,seats\n2026-01-05,1\n2026-01-06,-2\n":              "line 3: \"-2\" is no number",
		"date,seats\n2026-01-05,NaN\n":                           "line 2: \"NaN\" is no number",
		"date,seats\n2026-01-05,1\n2026-01-07,2\n2026-01-10,2\n": "equal distances",
		"date,seats\n2026-01-05,1\n2026-01-06\n":                 "wrong number of fields",
		"date,seats\n0001-01-01,1\n0001-01-02,1\n9999-01-01,2\n": "hundred years",
		"user,time\n,2026-01-05\n":                               "line 2: there is no person",
		"user,time\na,2026-01-05\n":                              "two days",
	} {
		if h, err := Read(strings.NewReader(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want an error with %q", src, h, err, want)
		}
	}
}

func TestReadPeople(t *testing.T) {
	h := &History{Start: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)}
	err := h.ReadPeople(strings.NewReader("person,first,last,acts\na,2026-01-05,2026-01-09,3\nb,2026-01-05,2026-01-05,1\n"))
	if err != nil || !slices.Equal(h.People, []string{"a", "b"}) || !slices.Equal(h.Acts, []int{3, 1}) || !slices.Equal(h.First, []int{0, 0}) {
		t.Errorf("%+v %v", h, err)
	}
	for _, bad := range []string{"", "person\na\n", "person,acts\na,-1\n", "person,acts\na,1\na,2\n", "person,acts\na,1.5\n"} {
		if err := h.ReadPeople(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("date,seats\n2026-01-05,1\n2026-01-06,2\n")
	f.Add("user,time\na,2026-01-05\nb,2026-01-06\n")
	f.Fuzz(func(t *testing.T, src string) {
		h, err := Read(strings.NewReader(src))
		if err == nil && (len(h.Seats) < 2 || h.Period < 1) {
			t.Fatalf("%q: %+v", src, h)
		}
	})
}
