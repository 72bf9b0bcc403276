package scenarios

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// marchInOslo are options of a study of 60 days in the spring of 2026.
func marchInOslo(t testing.TB) traceOptions {
	oslo := zoneOf(t, "Europe/Oslo")
	return traceOptions{
		Zone: oslo, Start: mustDate(t, "2026-03-01", oslo), Horizon: 60 * clock.Day, Catalogue: builtIn(t),
		Environments: map[string]int{"default": 0, "finance": 1},
		Products:     map[string]int{"premium": 0, "per-user": 1, "vendor-pack": 2},
	}
}

// say writes a trace as text, a line per act.
func say(trace sim.Trace) string {
	var b strings.Builder
	for _, a := range trace.Acts {
		fmt.Fprintf(&b, "%v %s %v env %d product %d", time.Duration(a.At), trace.People[a.Person], a.Action, a.Environment, a.Product)
		if a.Desktop != (claim.Version{}) {
			fmt.Fprintf(&b, " desktop %d.%d", a.Desktop.Major, a.Desktop.Minor)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// tell writes problems as text, a line each.
func tell(problems []traceProblem) string {
	var b strings.Builder
	for _, p := range problems {
		if p.Warning {
			b.WriteString("warning: ")
		}
		fmt.Fprintf(&b, "%d:%d: %s: %s\n", p.Line, p.Col, p.Key, p.Text)
	}
	return b.String()
}

// check compares text with what is wanted, whose lines may be indented.
func check(t *testing.T, what, got, want string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line+"\n")
		}
	}
	if want = strings.Join(lines, ""); got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

func TestReadTrace(t *testing.T) {
	trace, problems := readTrace(strings.NewReader(`time,User,action,flow,product,environment,desktop,note
2026-03-01 10:00:00,ann,trigger,premium,,finance,,"rows need not be sorted, and
more columns do not matter"
2026-03-01 09:00:00,bob,turn-on,standard,,,2.43.1,
2026-03-01T10:00:00,bob,save,attended,whatever,default,,
2026-03-01 10:00,ann,Request,,PREMIUM,,,
2026-03-01T10:00:00+01:00,ann,request,,FLOW_PER_USER,,,
2026-03-01T09:00:00.25Z,cem,trigger-standard,,nonsense,,,
2026-03-02T00:00,cem,go-premium,,,,2.50,
2026-03-02T00:00,cem,use-rpa,premium,,,2.50,
2026-03-02T00:00,cem,start-trial,,,,,
2026-03-03 12:00:00,ann,assign,,eda1941c-3c4f-4995-b5eb-e85a42175ab9,,,
2026-03-03 12:00:00,ann,unassign,,vendor-pack,,,
2026-03-03 12:00:00,ann,release,,,,,
2026-03-03 12:00:00,bob,release,,per-user,,,
2026-03-03 12:00:00,bob,leave,,,,,
`), marchInOslo(t))
	check(t, "problems", tell(problems), "")
	check(t, "trace", say(trace), `
		9h0m0s bob turn-on-standard env 0 product -1 desktop 2.43
		10h0m0s ann trigger-premium env 1 product -1
		10h0m0s bob save-attended env 0 product -1
		10h0m0s ann request-premium env -1 product -1
		10h0m0s ann request-per-user env -1 product -1
		10h0m0.25s cem trigger-standard env 0 product -1
		24h0m0s cem go-premium env -1 product -1 desktop 2.50
		24h0m0s cem use-rpa env -1 product -1 desktop 2.50
		24h0m0s cem start-trial env -1 product -1
		60h0m0s ann assign env -1 product 0
		60h0m0s ann unassign env -1 product 2
		60h0m0s ann release env -1 product -1
		60h0m0s bob release env -1 product 1
		60h0m0s bob leave env -1 product -1`)
	if !slices.Equal(trace.People, []string{"ann", "bob", "cem"}) {
		t.Errorf("people %v", trace.People)
	}
}

// TestTraceFormats reads one trace in the forms in which spreadsheets write it.
func TestTraceFormats(t *testing.T) {
	const plain = "time,user,action,flow\n2026-03-01 10:00:00,ann,trigger,premium\n2026-03-02 10:00:00,\"bob, jr\",save,premium\n"
	want, _ := readTrace(strings.NewReader(plain), marchInOslo(t))
	if len(want.Acts) != 2 || want.People[1] != "bob, jr" {
		t.Fatal(say(want))
	}
	semicolons := strings.ReplaceAll(strings.ReplaceAll(plain, ",", ";"), "bob;", "bob,")
	for name, text := range map[string]string{
		"byte-order mark": "\ufeff" + plain,
		"CRLF":            strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolons":      semicolons,
		"tabs":            strings.ReplaceAll(semicolons, ";", "\t"),
		"no last newline": strings.TrimSuffix(plain, "\n"),
		"all of Excel":    "\ufeff" + strings.ReplaceAll(semicolons, "\n", "\r\n"),
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			got, problems := readTrace(r, marchInOslo(t))
			check(t, name+": problems", tell(problems), "")
			check(t, name, say(got), say(want))
		}
	}
}

func TestTraceMappingAndConstants(t *testing.T) {
	opt := marchInOslo(t)
	opt.Columns = map[string]string{"time": "checkout", "user": "seat_id"}
	opt.Constants = map[string]string{"action": "trigger", "flow": "premium", "environment": "finance"}
	text := "product,seat_id,checkout,flow\nInventor,h1,2026-03-01 08:00:00,upwards\n"
	trace, problems := readTrace(strings.NewReader(text), opt)
	check(t, "trace", say(trace), "8h0m0s h1 trigger-premium env 1 product -1")
	check(t, "problems", tell(problems), `warning: 0:0: flow: the file has this column, but every row counts as "premium", as the scenario says`)

	opt.Columns["desk"] = "x"
	opt.Columns["desktop"] = "seat-id"
	opt.Columns["flow"] = "flow"
	trace, problems = readTrace(strings.NewReader(text), opt)
	check(t, "trace", say(trace), "")
	check(t, "problems", tell(problems), `
		0:0: flow: has both a column of the file, "flow", and the value "premium" for every row: leave one out
		0:0: desktop: the file has no column "seat-id"; did you mean "seat_id"?
		0:0: : a trace has no column "desk"; there is time, user, action, flow, product, environment, desktop`)
}

// TestTraceOutsideTheStudy: the end is inclusive, and what lies outside is told.
func TestTraceOutsideTheStudy(t *testing.T) {
	opt := marchInOslo(t)
	opt.Horizon = clock.Day
	trace, problems := readTrace(strings.NewReader(`time,user,action
2026-02-28 23:59:59.999,before,leave
0001-01-01 00:00:00,long before,leave
2026-03-01 00:00:00,first,leave
2026-03-02 00:00:00,last,leave
2026-03-02 00:00:00.001,after,leave
2026-03-03 00:00:00,after,leave
9999-03-03 00:00:00,long after,leave
`), opt)
	check(t, "trace", say(trace), `
		0s first leave env -1 product -1
		24h0m0s last leave env -1 product -1`)
	check(t, "problems", tell(problems), `
		warning: 0:0: time: 2 rows left out: before the start of the study
		warning: 0:0: time: 3 rows left out: after its end`)
	if len(trace.People) != 2 {
		t.Errorf("people who never act: %v", trace.People)
	}
}

func TestTraceProblems(t *testing.T) {
	_, problems := readTrace(strings.NewReader(`time,user,action,flow,product,environment,desktop
yesterday,ann,trigger,premium,,,
2026-03-29 02:30:00,ann,trigger,premium,,,
2026-03-01 10:00:00,,trigger,premium,,,
2026-03-01 10:00:00,ann,triger,premium,,,
2026-03-01 10:00:00,ann,trigger,,,,
2026-03-01 10:00:00,ann,trigger,premum,,,
2026-03-01 10:00:00,ann,request,,,,
2026-03-01 10:00:00,ann,request,,m365,,
2026-03-01 10:00:00,ann,request,,Inventor,,
2026-03-01 10:00:00,ann,assign,,,,
2026-03-01 10:00:00,ann,assign,,m365,,
2026-03-01 10:00:00,ann,trigger,premium,,finanse,
2026-03-01 10:00:00,ann,use-rpa,,,,new
2026-03-01 10:00:00,ann,reclaim,,,,
2026-03-01 10:00:00,ann,,,,,
2026-03-01 10:00:00,ann
2026-03-01 10:00:00,a"nn,trigger,premium,,,
`), marchInOslo(t))
	check(t, "problems", tell(problems), `
		2:1: time: "yesterday" is no time: write it as 2026-03-29 14:05:00, or with its zone as 2026-03-29T14:05:00+02:00
		3:1: time: 2026-03-29 02:30:00 does not exist in Europe/Oslo, where clocks go forward over it
		4:21: user: is empty: write who acts
		5:25: action: "triger" is no action; did you mean "trigger"?
		6:33: flow: is missing: to trigger is about a flow, which is premium, standard, attended
		7:33: flow: "premum" is no kind of flow; did you mean "premium"?
		8:34: product: is missing: a request is for premium or per-user
		9:34: product: a request is for premium or per-user, not m365
		10:34: product: "Inventor" is no product; there is premium, per-user, free, m365, power-apps-premium, power-apps-per-app, d365-enterprise, d365-professional, d365-team-member, windows, developer
		11:33: product: is missing: write the product to assign
		12:33: product: the tenant has no product m365; it has per-user, premium, vendor-pack
		13:42: environment: "finanse" is no environment of the tenant; did you mean "finance"?
		14:36: desktop: "new" is no version: write Major.Minor, such as 2.43, or "" where it is not installed
		15:25: action: "reclaim" is no action; there is trigger, save, turn-on, request, go-premium, start-trial, use-rpa, release, leave, assign, unassign
		16:25: action: is empty: write trigger, save, turn-on, request, go-premium, start-trial, use-rpa, release, leave, assign, unassign
		17:1: : the row has not as many fields as the header, 7
		18:22: : bare " in non-quoted-field: a field with quotation marks in it must be in quotation marks, and they doubled: "a ""b"""`)
}

func TestTraceProblemsAreBounded(t *testing.T) {
	text := "time,user,action\n" + strings.Repeat("never,ann,leave\n", 1000)
	trace, problems := readTrace(strings.NewReader(text), marchInOslo(t))
	if len(problems) != traceProblems+1 || problems[traceProblems].Text != "980 more problems" || len(trace.Acts) != 0 {
		t.Errorf("%d problems, the last %+v", len(problems), problems[len(problems)-1])
	}
}

func TestTraceHeaderProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "0:0: : the file is empty: its first line must name the columns, such as time,user,action,flow\n",
		"when,who,action\n":              "0:0: : the file has no column time; it has when, who, action\n",
		"time,user,action,Time\nx,x,x,x": "0:0: time: the file has two columns \"time\"\n",
		"time,user,action\n":             "warning: 0:0: : the trace has no row within the study\n",
	} {
		_, problems := readTrace(strings.NewReader(text), marchInOslo(t))
		check(t, text, tell(problems), want)
	}
	broken := io.MultiReader(strings.NewReader("time,user,action\n2026-03-01 10:00:00,ann,leave\n"), iotest.ErrReader(io.ErrClosedPipe))
	trace, problems := readTrace(broken, marchInOslo(t))
	check(t, "a broken pipe", tell(problems), "0:0: : cannot be read: io: read/write on closed pipe")
	check(t, "its trace", say(trace), "")
}

// TestTraceEnvironmentLeftOut: an act on a flow happens somewhere.
func TestTraceEnvironmentLeftOut(t *testing.T) {
	for _, c := range []struct {
		environments map[string]int
		want         string
	}{
		{nil, "-1"},
		{map[string]int{"lab": 7}, "7"},
		{map[string]int{"default": 3, "lab": 7}, "3"},
		{map[string]int{"hall": 3, "lab": 7}, "2:1: environment: is missing, and there is no environment default: write hall, lab\n"},
	} {
		opt := marchInOslo(t)
		opt.Environments = c.environments
		trace, problems := readTrace(strings.NewReader("time,user,action\n2026-03-01 10:00:00,ann,trigger-premium\n"), opt)
		got := tell(problems)
		if len(trace.Acts) == 1 {
			got += fmt.Sprint(trace.Acts[0].Environment)
		}
		if got != c.want {
			t.Errorf("%v: got %s, want %s", c.environments, got, c.want)
		}
	}
}

// The spelling of Microsoft's own script is understood, and told once.
func TestTraceWarnsOfServicePlan(t *testing.T) {
	_, problems := readTrace(strings.NewReader("time,user,action,product\n"+strings.Repeat("2026-03-01 10:00:00,ann,request,POWER_AUTOMATE_ATTENDED_RPA\n", 3)), marchInOslo(t))
	check(t, "problems", tell(problems), "warning: 0:0: product: POWER_AUTOMATE_ATTENDED_RPA is a service plan; the SKU of Power Automate Premium is POWERAUTOMATE_ATTENDED_RPA")
}

// TestLocalTime holds the local times around changes of the clock. Where clocks
// go back a local time is there twice, and the first one counts.
func TestLocalTime(t *testing.T) {
	for _, c := range []struct{ zone, wall, want string }{
		{"Europe/Oslo", "2026-03-29 01:59:59", "2026-03-29 00:59:59"},
		{"Europe/Oslo", "2026-03-29 02:00:00", "none"},
		{"Europe/Oslo", "2026-03-29 02:59:59", "none"},
		{"Europe/Oslo", "2026-03-29 03:00:00", "2026-03-29 01:00:00"},
		{"Europe/Oslo", "2026-10-25 01:59:59", "2026-10-24 23:59:59"},
		{"Europe/Oslo", "2026-10-25 02:30:00", "2026-10-25 00:30:00"}, // again at 01:30
		{"Europe/Oslo", "2026-10-25 03:00:00", "2026-10-25 02:00:00"},
		{"America/New_York", "2026-03-08 02:30:00", "none"},
		{"America/New_York", "2026-11-01 01:30:00", "2026-11-01 05:30:00"},
		{"Australia/Lord_Howe", "2026-10-04 02:15:00", "none"}, // by half an hour
		{"Pacific/Apia", "2011-12-30 12:00:00", "none"},        // the day that Samoa left out
		{"Pacific/Apia", "2011-12-31 00:00:00", "2011-12-30 10:00:00"},
		{"Asia/Kolkata", "2026-01-01 00:00:00", "2025-12-31 18:30:00"},
		{"UTC", "2026-01-01 00:00:00", "2026-01-01 00:00:00"},
	} {
		wall, err := time.Parse(time.DateTime, c.wall)
		if err != nil {
			t.Fatal(err)
		}
		got := "none"
		if at, err := localTime(wall, zoneOf(t, c.zone)); err == nil {
			got = at.UTC().Format(time.DateTime)
		}
		if got != c.want {
			t.Errorf("%s in %s is %s, want %s", c.wall, c.zone, got, c.want)
		}
	}
}

// TestLocalTimeThereAndBack walks through every half hour of a year of each zone:
// the clock's time of an instant is that instant, or an earlier one that the
// clock shows alike.
func TestLocalTimeThereAndBack(t *testing.T) {
	for _, name := range []string{"Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "America/Sao_Paulo", "Africa/Casablanca"} {
		zone, twice := zoneOf(t, name), 0
		at := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)
		for ; at.Year() == 2018; at = at.Add(30 * time.Minute) {
			got, err := localTime(at.In(zone), zone)
			if err != nil || got.After(at) || got.Format(time.DateTime) != at.In(zone).Format(time.DateTime) {
				t.Fatalf("%s: %v is %v, %v", name, at.In(zone), got, err)
			}
			if got.Before(at) {
				twice++
			}
		}
		if twice > 2*2 { // an hour in each of at most two changes back
			t.Errorf("%s: %d half hours are there twice", name, twice)
		}
	}
}

// TestRealLogs reads two real logs of licence servers. The counts are those of
// their rows and licence holders; each seat_id is one person.
func TestRealLogs(t *testing.T) {
	for _, c := range []struct {
		file, zone, start string
		days              clock.Time
		rows, people      int
		first, last       time.Duration
	}{
		// From 2022-05-05 08:42:45 to 2022-07-07 11:48:15, 63 days later.
		{"library/upm_autodesk_sessions.csv", "Europe/Madrid", "2022-05-05", 64, 3846, 792,
			8*time.Hour + 42*time.Minute + 45*time.Second, 63*24*time.Hour + 11*time.Hour + 48*time.Minute + 15*time.Second},
		// From 2016-03-30 06:51:39 to 2016-04-29 14:39:54, 30 days later.
		{"testdata/trace/sergioedo_autocad_sessions.csv", "UTC", "2016-03-30", 31, 952, 66,
			6*time.Hour + 51*time.Minute + 39*time.Second, 30*24*time.Hour + 14*time.Hour + 39*time.Minute + 54*time.Second},
	} {
		text, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		zone := zoneOf(t, c.zone)
		trace, problems := readTrace(bytes.NewReader(text), traceOptions{
			Zone: zone, Start: mustDate(t, c.start, zone), Horizon: c.days * clock.Day, Catalogue: builtIn(t),
			Columns:      map[string]string{"time": "checkout", "user": "seat_id"},
			Constants:    map[string]string{"action": "trigger", "flow": "premium"},
			Environments: map[string]int{"default": 0},
		})
		check(t, c.file+": problems", tell(problems), "")
		if len(trace.Acts) != c.rows || len(trace.People) != c.people {
			t.Fatalf("%s: %d acts of %d people, want %d of %d", c.file, len(trace.Acts), len(trace.People), c.rows, c.people)
		}
		if first, last := trace.Acts[0].At, trace.Acts[c.rows-1].At; first != clock.Time(c.first) || last != clock.Time(c.last) {
			t.Errorf("%s: from %v to %v", c.file, time.Duration(first), time.Duration(last))
		}
		for _, a := range trace.Acts {
			if a.Action != claim.TriggerPremium || a.Environment != 0 || a.Product != -1 {
				t.Fatalf("%s: act %+v", c.file, a)
			}
		}
	}
}

// TestTraceOrderOfRows: rows of different instants may stand in any order.
func TestTraceOrderOfRows(t *testing.T) {
	rows := []string{"2026-03-01 10:00:00,ann,leave", "2026-03-02 10:00:00,bob,leave", "2026-03-03 10:00:00,cem,leave", "2026-03-04 10:00:00,dot,leave"}
	read := func() string {
		trace, problems := readTrace(strings.NewReader("time,user,action\n"+strings.Join(rows, "\n")), marchInOslo(t))
		return say(trace) + tell(problems)
	}
	want := read()
	slices.Reverse(rows)
	check(t, "reversed", read(), want)
}

func FuzzReadTrace(f *testing.F) {
	f.Add("time,user,action,flow\n2026-03-01 10:00:00,ann,trigger,premium\n")
	f.Add("\ufefftime;user;action;product\r\n2026-03-29 02:30:00;\"b\"\"ob\";assign;premium\r\n")
	f.Add("time\tuser\taction\n2026-03-01T10:00:00Z\tann\tleave\n9999-01-01 00:00\tann\tleave")
	f.Add("time,user,action\n\"2026")
	opt := marchInOslo(f)
	f.Fuzz(func(t *testing.T, s string) {
		trace, problems := readTrace(strings.NewReader(s), opt)
		wrong := slices.ContainsFunc(problems, func(p traceProblem) bool { return !p.Warning })
		if wrong && (len(trace.Acts) > 0 || len(trace.People) > 0) {
			t.Fatalf("a trace in spite of problems: %s", tell(problems))
		}
		if !wrong && len(problems) == 0 && len(trace.Acts) == 0 {
			t.Fatal("no trace, and no word about it")
		}
		before, acted := clock.Time(0), map[int32]bool{}
		for _, a := range trace.Acts {
			if a.At < before || a.At > opt.Horizon || a.Action >= claim.NumActions || a.Environment > 1 || a.Product > 2 {
				t.Fatalf("act %+v", a)
			}
			before, acted[a.Person] = a.At, true
		}
		if len(acted) != len(trace.People) {
			t.Fatalf("%d people, %d of whom act", len(trace.People), len(acted))
		}
	})
}
