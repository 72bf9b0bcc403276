package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// sampleOf opens the data files of the tests.
func sampleOf(name string) ([]byte, error) {
	switch name {
	case "days.csv":
		return []byte("days\n1\n3\n5\n"), nil
	case "draws.csv":
		return []byte("ceiling,p,q\n0.5,0.01,0.2\n1,0.02,0\n"), nil
	case "way.csv":
		return []byte("p,by-14,q,ceiling,by-7\n0.01,0.2,0.1,0.5,0.125\n"), nil
	case "habits.csv":
		return []byte("shape,mean\n0.5,2\n8,0\n"), nil
	}
	return nil, fmt.Errorf("there is no file %s", name)
}

func TestParsePosterior(t *testing.T) {
	law, err := parseAdoption("posterior(draws.csv)", sampleOf)
	if err != nil {
		t.Fatal(err)
	}
	day := float64(clock.Day)
	want := []behave.Adoption{{Law: behave.Contagion, P: 0.01 / day, Q: 0.2 / day, Ceiling: 0.5}, {Law: behave.Contagion, P: 0.02 / day, Ceiling: 1}}
	if !reflect.DeepEqual(law.Draws, want) {
		t.Errorf("draws %+v, want %+v", law.Draws, want)
	}
	if law.Draw(0.49) != &law.Draws[0] || law.Draw(0.51) != &law.Draws[1] || want[0].Draw(0.9) != &want[0] {
		t.Error("draws are not equally likely, or a law without draws is not its own")
	}
}

// TestParsePosteriorWithAWay: columns of shares by day are in the order of their days,
// whatever that of the file, and the product whose holders have begun is told.
func TestParsePosteriorWithAWay(t *testing.T) {
	law, err := parseAdoption("posterior(way.csv, without=premium)", sampleOf)
	if err != nil {
		t.Fatal(err)
	}
	if want := []behave.Waypoint{{At: clock.Week, Share: 0.125}, {At: 2 * clock.Week, Share: 0.2}}; !reflect.DeepEqual(law.Draws[0].Way, want) || law.without != "premium" {
		t.Errorf("%+v without %q, want the way %+v without premium", law.Draws[0].Way, law.without, want)
	}
}

func TestParsePosteriorOfHabits(t *testing.T) {
	h, err := parseHabit("posterior(habits.csv)", sampleOf)
	if err != nil {
		t.Fatal(err)
	}
	if want := []behave.HabitDraw{{Rate: 2 / float64(clock.Day), Spread: 0.5}, {Spread: 8}}; !reflect.DeepEqual(h.Draws, want) {
		t.Errorf("draws %+v, want %+v", h.Draws, want)
	}
	if h.Draw(0.49); h.Rate != h.Draws[0].Rate || h.Spread != 0.5 {
		t.Errorf("the first half of draws is %+v", h)
	}
	if h.Draw(0.51); h.Rate != 0 || h.Spread != 8 {
		t.Errorf("the second half of draws is %+v", h)
	}
	for src, want := range map[string]string{
		"p,q,ceiling\n0.1,0.2,1\n": "line 1: there is no column mean: want mean and shape",
		"mean,shape\n":             "has no draws",
		"mean,shape\n1,0\n":        `line 2: shape: "0" is no number from 0.01 to 10000`,
		"mean,shape\n1,1\n-1,1\n":  `line 3: mean: "-1" is no number from 0 to 86400`,
	} {
		if _, err := readHabits(strings.NewReader(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", src, err, want)
		}
	}
}

func TestReadPosteriorRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"":                                "want a CSV file",
		"p,q\n1,2\n":                      "line 1: there is no column ceiling",
		"p,q,ceiling\n":                   "has no draws",
		"p,q,ceiling\n0.1,0.2,1\n0,1,1\n": "line 3: p:",
		"p,q,ceiling\n0.1,-1,1\n":         "line 2: q:",
		"p,q,ceiling\n0.1,1,1.5\n":        "line 2: ceiling:",
		"p,q,ceiling\n0.1,1,NaN\n":        "line 2: ceiling:",
		"p,q,ceiling\n0.1,1\n":            "wrong number of fields",
		"p,q,ceiling\n\"0.1,1,1\n":        "",

		"p,q,ceiling,by-7,by-14\n1,1,1,0.2,0.1\n": "line 2: by-14: 0.1 is less than the 0.2",
		"p,q,ceiling,by-7\n1,1,1,1.1\n":           "line 2: by-7:",
		"p,q,ceiling,by-7,by-7\n1,1,1,0,0\n":      "is there twice",
		"p,q,ceiling,by-0\n1,1,1,0\n":             `line 1: "by-0": want a day from 1`,
		"p,q,ceiling,by-07\n1,1,1,0\n":            `line 1: "by-07": want a day`,
		"p,q,ceiling,by-week\n1,1,1,0\n":          `line 1: "by-week": want a day`,
	} {
		if draws, err := readPosterior(strings.NewReader(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want an error with %q", src, draws, err, want)
		}
	}
}

func FuzzReadPosterior(f *testing.F) {
	f.Add("p,q,ceiling\n0.1,0.2,0.5\n")
	f.Add("p,q,ceiling,by-7,by-14\n0.1,0.2,0.5,0,1\n")
	f.Fuzz(func(t *testing.T, s string) {
		draws, err := readPosterior(strings.NewReader(s))
		if (err == nil) == (len(draws) == 0) {
			t.Fatalf("%d draws and error %v", len(draws), err)
		}
		for _, d := range draws {
			if !(d.P > 0) || !(d.Q >= 0) || !(d.Ceiling >= 0 && d.Ceiling <= 1) {
				t.Fatalf("%q has the draw %+v", s, d)
			}
			if !slices.IsSortedFunc(d.Way, func(a, b behave.Waypoint) int { return max(cmp.Compare(a.At, b.At), cmp.Compare(a.Share, b.Share)) }) {
				t.Fatalf("%q has the way %+v", s, d.Way)
			}
		}
	})
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]clock.Time{
		"45s": 45 * clock.Second, "30m": 30 * clock.Minute, "2h": 2 * clock.Hour, "90d": 90 * clock.Day, "2w": 14 * clock.Day,
		"0h": 0, "-0h": 0, "1d12h": 36 * clock.Hour, "1d 12h": 36 * clock.Hour, " 1w2d3h4m5s ": 9*clock.Day + 3*clock.Hour + 4*clock.Minute + 5*clock.Second,
		"0.1h": 6 * clock.Minute, "1.5d": 36 * clock.Hour, "36500d": maxDuration, "0.000000001s": 1,
	} {
		if got, err := parseDuration(s); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %d, %v, want %d", s, got, err, want)
		}
	}
}

// A month is a twelfth of 365 days, whatever the calendar says: 52.14 weeks and
// 12 months and 365 days of events a year are the same rate.
func TestParseRate(t *testing.T) {
	for s, want := range map[string]float64{
		"3/week": 3.0 / 7, "0.4/day": 0.4, "1%/month": 0.01 * 12 / 365, "1/year": 1.0 / 365, "2/hour": 48, "1/minute": 1440,
		"1/second": 86400, "0/day": 0, " 12 / month ": 144.0 / 365, "1e1/day": 10,
	} {
		got, err := parseRate(s)
		if perDay := got * float64(clock.Day); err != nil || math.Abs(perDay-want) > 1e-12*want {
			t.Errorf("parseRate(%q) is %v a day, %v, want %v", s, perDay, err, want)
		}
	}
}

func TestParseVersion(t *testing.T) {
	for s, want := range map[string]claim.Version{
		"": {}, "2.43": {Major: 2, Minor: 43}, "2.43.120.1": {Major: 2, Minor: 43}, " 2.5 ": {Major: 2, Minor: 5}, "0.1": {Minor: 1},
	} {
		if got, err := parseVersion(s); err != nil || got != want {
			t.Errorf("parseVersion(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
	old, _ := parseVersion("2.5")
	young, _ := parseVersion("2.43")
	if !old.Before(young) {
		t.Error("2.5 is not older than 2.43")
	}
	for _, s := range []string{"2", "2.", ".43", "v2.43", "2.-1", "2.43.x", "0.0", "2,43", "99999999999.1", "2.43 beta", "٢.٤٣"} {
		if got, err := parseVersion(s); err == nil {
			t.Errorf("parseVersion(%q) = %v", s, got)
		}
	}
}

// TestParseDist compares the means of the laws with their closed forms.
func TestParseDist(t *testing.T) {
	day := float64(clock.Day)
	sigma := math.Log(5) / 1.6448536269514722 // of lognormal(median=1d, p95=5d)
	for s, days := range map[string]float64{
		"36h": 1.5, "uniform(0h, 2d)": 1, "uniform(b=2d, a=0h)": 1, "uniform(3h,3h)": 0.125, "exp(3d)": 3, "exp(mean=3d)": 3,
		"triangular(0h, 1d, 2d)": 1, "lognormal(median=1d, p95=5d)": math.Exp(sigma * sigma / 2),
		"weibull(shape=1, scale=2d)": 2, "weibull(scale=2d,shape=2)": 2 * math.Gamma(1.5), "gamma(shape=0.8, mean=4d)": 4,
		"empirical(days.csv)": 3, " exp ( 3d ) ": 3,
	} {
		d, err := parseDist(s, sampleOf)
		if err != nil {
			t.Errorf("parseDist(%q): %v", s, err)
			continue
		}
		if got := d.Mean() / day; math.Abs(got-days) > 1e-6*days {
			t.Errorf("the mean of %s is %v days, want %v", s, got, days)
		}
	}
}

func TestParseHabit(t *testing.T) {
	week := 1 / float64(clock.Week)
	for _, c := range []struct {
		s            string
		rate, spread float64
		gap          float64 // mean, ticks
	}{
		{"3/week", 3 * week, 0, 0},
		{"0/week", 0, 0, 0},
		{"gamma(mean=3/week, shape=0.8)", 3 * week, 0.8, 0},
		{"every(7d)", 0, 0, float64(clock.Week)},
		{"every(weibull(shape=1, scale=2d))", 0, 0, 2 * float64(clock.Day)},
		{"every(empirical(days.csv))", 0, 0, 3 * float64(clock.Day)},
	} {
		h, err := parseHabit(c.s, sampleOf)
		mean := 0.0
		if h.Gap != nil {
			mean = h.Gap.Mean()
		}
		if err != nil || math.Abs(h.Rate-c.rate) > 1e-15*c.rate || h.Spread != c.spread || math.Abs(mean-c.gap) > 1e-6*c.gap {
			t.Errorf("parseHabit(%q) = %+v, mean gap %v, %v; want %+v", c.s, h, mean, err, c)
		}
	}
}

func TestParseAdoption(t *testing.T) {
	day := float64(clock.Day)
	perDay := func(r float64) float64 { return r / day }
	for s, want := range map[string]behave.Adoption{
		"all-at-start":                             {Law: behave.AtStart, Ceiling: 1},
		"all-at-start(ceiling=60%)":                {Law: behave.AtStart, Ceiling: 0.6},
		"logistic(mid=90d, scale=20d, ceiling=.5)": {Law: behave.Logistic, Mid: 90 * day, Scale: 20 * day, Ceiling: 0.5},
		"gompertz(mid=-30d, scale=20d)":            {Law: behave.Gompertz, Mid: -30 * day, Scale: 20 * day, Ceiling: 1},
		"bass(p=2/day, q=3/day, ceiling=0)":        {Law: behave.Bass, P: perDay(2), Q: perDay(3)},
		"contagion(p=1/day, q=0/day)":              {Law: behave.Contagion, P: perDay(1), Ceiling: 1},
	} {
		if got, err := parseAdoption(s, sampleOf); err != nil || !reflect.DeepEqual(got, adoption{Adoption: want}) {
			t.Errorf("parseAdoption(%q) = %+v, %v, want %+v", s, got, err, want)
		}
	}
	for s, days := range map[string]float64{"10d": 10, "exp(5d)": 5, "uniform(0h, 4d, ceiling=0.25)": 2, "gamma(shape=2, mean=4d)": 4, "empirical(days.csv)": 3} {
		got, err := parseAdoption(s, sampleOf)
		if err != nil || got.Law != behave.FromDist || math.Abs(got.Dist.Mean()/day-days) > 1e-6 {
			t.Errorf("parseAdoption(%q) = %+v, %v", s, got, err)
		}
		if ceiling := map[bool]float64{true: 0.25, false: 1}[strings.Contains(s, "0.25")]; got.Ceiling != ceiling {
			t.Errorf("%q: ceiling %v", s, got.Ceiling)
		}
	}
}

// parsers are all that take a string to a value.
var parsers = map[string]func(string) error{
	"duration": func(s string) error { _, err := parseDuration(s); return err },
	"rate":     func(s string) error { _, err := parseRate(s); return err },
	"dist":     func(s string) error { _, err := parseDist(s, sampleOf); return err },
	"habit":    func(s string) error { _, err := parseHabit(s, sampleOf); return err },
	"adoption": func(s string) error { _, err := parseAdoption(s, sampleOf); return err },
	"version":  func(s string) error { _, err := parseVersion(s); return err },
}

// TestValueErrors holds the whole of what an author reads.
func TestValueErrors(t *testing.T) {
	const forms = "uniform, exp, triangular, lognormal, weibull, gamma, empirical"
	for _, c := range []struct{ parser, s, want string }{
		{"duration", "", "column 1: a value is missing"},
		{"duration", "90", `column 1: "90" has no unit: write 90s, 90m, 90h, 90d or 90w`},
		{"duration", "-2h", `column 1: "-2h" is less than 0h`},
		{"duration", "1y", `column 1: "1y" is no duration: its units are w, d, h, m and s, each once and the longer ones first; a year is 365d`},
		{"duration", "12h1d", `column 1: "12h1d" is no duration: its units are w, d, h, m and s, each once and the longer ones first; a year is 365d`},
		{"duration", "1h1h", `column 1: "1h1h" is no duration: its units are w, d, h, m and s, each once and the longer ones first; a year is 365d`},
		{"duration", "soon", `column 1: "soon" is no duration: write one such as 30m, 2h, 90d or 1d12h`},
		{"duration", "1.2.3h", `column 1: "1.2.3h" is no duration: write one such as 30m, 2h, 90d or 1d12h`},
		{"duration", "-", `column 1: "-" is no duration: write one such as 30m, 2h, 90d or 1d12h`},
		{"duration", "36501d", `column 1: "36501d" is more than 36500d, 100 years`},
		{"duration", "exp(2h)", `column 1: "exp" is no duration: write one such as 30m, 2h, 90d or 1d12h`},
		{"duration", "2h, 3h", `column 3: ", 3h" is too much: the value ends before it`},
		{"rate", "3", `column 1: "3" is no rate: write one such as 3/week, 0.4/day or 1%/month`},
		{"rate", "3/wek", `column 1: a rate is not per "wek"; did you mean "week"?`},
		{"rate", "3/fortnight", `column 1: a rate is not per "fortnight"; there is second, minute, hour, day, week, month, year`},
		{"rate", "-3/week", `column 1: "-3/week" is not between 0 and 1/second`},
		{"rate", "2/second", `column 1: "2/second" is not between 0 and 1/second`},
		{"rate", "NaN/day", `column 1: "NaN" is no number`},
		{"rate", "1e400/day", `column 1: "1e400" is no number`},
		{"rate", "0x10/day", `column 1: "0x10" is no number`},
		{"dist", "unifrom(0h, 2h)", `column 1: "unifrom" is not a distribution; did you mean "uniform"?`},
		{"dist", "normal(0h, 2h)", `column 1: "normal" is not a distribution; there is ` + forms},
		{"dist", "uniform(0h)", "column 1: uniform needs b: write uniform(a, b)"},
		{"dist", "uniform(0h, 2h, 3h)", `column 17: "3h" is too much, or lacks its name: write uniform(a, b)`},
		{"dist", "uniform(2h, 1h)", "column 13: b must not be less than a"},
		{"dist", "uniform(2h, a=3h)", "column 15: a is given twice"},
		{"dist", "uniform(0h, 2x)", `column 13: "2x" is no duration: its units are w, d, h, m and s, each once and the longer ones first; a year is 365d`},
		{"dist", "exp(0h)", "column 5: mean must be more than 0h"},
		{"dist", "triangular(1d, 3d, 2d)", "column 16: the mode must lie between a and b"},
		{"dist", "lognormal(1d, 5d)", `column 11: "1d" is too much, or lacks its name: write lognormal(median=…, p95=…)`},
		{"dist", "lognormal(median=1d, p59=5d)", `column 26: lognormal takes no "p59"; did you mean "p95"?`},
		{"dist", "lognormal(median=5d, p95=1d)", "column 26: p95 must be more than the median"},
		{"dist", "weibull(shape=inf, scale=2d)", `column 15: "inf" is no number`},
		{"dist", "weibull(shape=-1, scale=2d)", "column 15: shape must be more than 0"},
		{"dist", "weibull(shape=uniform(1h,2h), scale=2d)", `column 15: "uniform" is no number`},
		{"dist", "empirical(hours.csv)", "column 11: there is no file hours.csv"},
		{"dist", "uniform(0h, 2h", "column 8: the parenthesis is not closed"},
		{"dist", "uniform(0h, 2h))", `column 16: ")" is too much: the value ends before it`},
		{"dist", "uniform(0h 2h)", "column 1: uniform needs b: write uniform(a, b)"},
		{"dist", "uniform(exp(1h)2h)", `column 16: "2h)" stands where , or ) must`},
		{"dist", "uniform(,)", "column 9: a value is missing"},
		{"dist", "åååå(1h, =2h)", "column 10: a value is missing"},
		{"dist", "uniform()", "column 1: uniform needs a: write uniform(a, b)"},
		{"dist", strings.Repeat("exp(", 10), "column 36: calls are nested more than 8 deep"},
		{"habit", "exp(2d)", `column 1: "exp" is not a rate; there is gamma, every, posterior`},
		{"habit", "every(0h)", "column 7: the mean of the gaps must be at least 1s and finite"},
		{"habit", "gamma(mean=3d, shape=0.8)", `column 12: "3d" is no rate: write one such as 3/week, 0.4/day or 1%/month`},
		{"habit", "gamma(mean=3/week, shape=0.001)", "column 1: shape must be from 0.01 to 10000, is 0.001"},
		{"dist", "weibull(shape=0.001, scale=1d)", "column 1: shape 0.001 gives no finite mean; shapes from 0.1 on do"},
		{"habit", "gamma(mean=3/week, shape=0)", "column 26: shape must be more than 0"},
		{"adoption", "all-at-satrt", `column 1: "all-at-satrt" is not an adoption; did you mean "all-at-start"?`},
		{"adoption", "exp(5d, ceiling=2)", "column 17: ceiling is a share of people: from 0 to 1"},
		{"adoption", "bass(p=0/day, q=1/day)", "column 8: p must be more than 0, for with nobody to begin nobody ever adopts"},
		{"adoption", "contagion(p=0/day, q=0/day)", "column 13: p must be more than 0, for with nobody to begin nobody ever adopts"},
		{"adoption", "logistic(mid=30d, scale=0d)", "column 25: scale must be more than 0h"},
		{"adoption", "bass", "column 1: bass lacks its arguments: write bass(p=…, q=…)"},
		{"dist", "exp", "column 1: exp lacks its arguments: write exp(mean)"},
		{"version", "2", `column 1: "2" is no version: write Major.Minor, such as 2.43, or "" where it is not installed`},
	} {
		err := parsers[c.parser](c.s)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s %q\ngot  %v\nwant %s", c.parser, c.s, err, c.want)
		}
	}
}

// hostile values must be refused, quickly and with a message that can be read.
func TestHostileValues(t *testing.T) {
	million := 1 << 20
	for _, s := range []string{"", " ", "\x00", "NaN", "Inf", "-inf", "1e400", "1e400d", "(", ")", "=", ",", "()", "a(", "%", "/", "%/day", "1%%/day",
		"\xff\xfe", "１２h", "1d\u00a012h", "e", "1e", "1e9999999999d", "--1h", "+1h", "1_000h", "0x1p4h",
		strings.Repeat("9", million) + "h", strings.Repeat("(", million), strings.Repeat("a(", million), strings.Repeat("é", million), strings.Repeat("1h", million)} {
		for name, parse := range parsers {
			if name == "version" && strings.TrimSpace(s) == "" {
				continue
			}
			err := parse(s)
			var bad *valueError
			if !errors.As(err, &bad) {
				t.Errorf("%s accepts %.20q: %v", name, s, err)
			} else if len(bad.Message) > 400 || !utf8.ValidString(bad.Message) || bad.Column < 1 {
				t.Errorf("%s %.20q: column %d: %.500s", name, s, bad.Column, bad.Message)
			}
		}
	}
}

func TestReadSample(t *testing.T) {
	day := float64(clock.Day)
	for name, c := range map[string]struct {
		text string
		want []float64
	}{
		"days":      {"1\n2.5\n", []float64{day, 2.5 * day}},
		"durations": {"\ufeffwait\r\n36h\r\n\r\n1d12h\r\n", []float64{1.5 * day, 1.5 * day}},
		"csv":       {"wait,who\n\"2\",ann\n0,bob", []float64{2 * day, 0}},
		"semicolon": {"1;x\n3d;y", []float64{day, 3 * day}},
	} {
		got, err := readSample(strings.NewReader(c.text))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"":                    "no duration or number of days in the first column of any line",
		"wait\n":              "no duration or number of days in the first column of any line",
		"1\nsoon\n":           `line 2: "soon" is neither a duration such as 36h nor a number of days from 0 to 36500`,
		"wait\ntoo\nlong":     `line 2: "too" is neither a duration such as 36h nor a number of days from 0 to 36500`,
		"wait\n-1":            `line 2: "-1" is neither a duration such as 36h nor a number of days from 0 to 36500`,
		"1\n1e300":            `line 2: "1e300" is neither a duration such as 36h nor a number of days from 0 to 36500`,
		"NaN\nNaN\n":          `line 2: "NaN" is neither a duration such as 36h nor a number of days from 0 to 36500`,
		"wait\n" + longLine(): "bufio.Scanner: token too long",
	} {
		if got, err := readSample(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("readSample(%.20q) = %v, %v, want %s", text, got, err, want)
		}
	}
}

func longLine() string { return strings.Repeat("1", 1<<20) }

func TestNearest(t *testing.T) {
	known := []string{"premium", "per-user", "m365", "power-apps-premium", "trigger-premium"}
	for word, want := range map[string]string{
		"premum": "premium", "Premium": "premium", "per_user": "per-user", "peruser": "per-user", "m356": "m365", "n365": "m365",
		"triger-premuim": "trigger-premium", "elephant": "", "": "", "x": "", "m36": "m365",
		strings.Repeat("premium", 100): "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%.20q) = %q, want %q", word, got, want)
		}
	}
}

// A list of many words ends before it fills the screen.
func TestSuggest(t *testing.T) {
	many := strings.Fields(strings.Repeat("word ", 10000))
	if got := suggest("elephant", many); !strings.HasSuffix(got, "word, word and 9980 more") || len(got) > 200 {
		t.Errorf("suggest = %s", got)
	}
	if got := suggest("elephant", nil); got != "" {
		t.Errorf("suggest = %s", got)
	}
}

// TestDistance: the distance is a metric's on words that need no two edits in a
// place: zero on itself alone, symmetric; and one for each kind of edit.
func TestDistance(t *testing.T) {
	words := []string{"", "a", "ab", "ba", "abc", "acb", "xabc", "aéc"}
	for _, a := range words {
		for _, b := range words {
			d := distance([]rune(a), []rune(b))
			if d != distance([]rune(b), []rune(a)) || (d == 0) != (a == b) {
				t.Errorf("distance(%q, %q) = %d", a, b, d)
			}
		}
	}
	for _, c := range [][2]string{{"abc", "ab"}, {"abc", "abcd"}, {"abc", "axc"}, {"abc", "acb"}, {"abc", "aéc"}} {
		if d := distance([]rune(c[0]), []rune(c[1])); d != 1 {
			t.Errorf("distance(%q, %q) = %d", c[0], c[1], d)
		}
	}
}

// seeds are values of every kind, right and wrong.
var seeds = []string{"", "0h", "90d", "1d12h", "2w", "45s", "3/week", "1%/month", "all-at-start", "uniform(0h, 2h)", "exp(3d)", "triangular(0h,1d,2d)",
	"lognormal(median=1d, p95=5d)", "weibull(shape=.5, scale=2d)", "gamma(shape=0.8, mean=4d)", "empirical(days.csv)", "gamma(mean=3/week, shape=0.8)",
	"every(exp(3d))", "logistic(mid=-30d, scale=20d, ceiling=60%)", "bass(p=0.002/day, q=0.03/day)", "contagion(p=1/year,q=1/day)", "2.43", "2.43.1.2",
	"uniform(0h", "a(b=c(d))", "1e400d", "NaN", "åh"}

// sane reports whether an error can be shown: a column within the value, and text.
func sane(t *testing.T, s string, err error) {
	var bad *valueError
	if !errors.As(err, &bad) || bad.Column < 1 || bad.Column > utf8.RuneCountInString(s)+1 || bad.Message == "" {
		t.Errorf("%q: bad error %v", s, err)
	}
}

func fuzz(f *testing.F, check func(t *testing.T, s string)) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(check)
}

func FuzzParseDuration(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		d, err := parseDuration(s)
		if err != nil {
			sane(t, s, err)
			return
		}
		if d < 0 || d > maxDuration {
			t.Fatalf("%q is %d", s, d)
		}
		whole, rest := d/clock.Second, d%clock.Second
		again, err := parseDuration(fmt.Sprintf("%d.%09ds", whole, rest))
		if err != nil || math.Abs(float64(again-d)) > 1e-15*float64(d) {
			t.Fatalf("%q is %d, written in seconds %d, %v", s, d, again, err)
		}
	})
}

func FuzzParseRate(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		r, err := parseRate(s)
		if err != nil {
			sane(t, s, err)
			return
		}
		again, err := parseRate(fmt.Sprintf("%g/second", r*float64(clock.Second)))
		if !(r >= 0 && r <= 1e-9) || err != nil || math.Abs(again-r) > 1e-15*r+5e-324 {
			t.Fatalf("%q is %g, per second %g, %v", s, r, again, err)
		}
	})
}

// fraction finds durations that need not be whole seconds, to which a
// distribution's String rounds.
var fraction = regexp.MustCompile(`\.\d+[wdhms]`)

// FuzzParseDist demands that what a distribution says of itself is read as the
// same distribution.
func FuzzParseDist(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		d, err := parseDist(s, sampleOf)
		if err != nil {
			sane(t, s, err)
			return
		}
		if !(d.Mean() >= 0) {
			t.Fatalf("%q has mean %v", s, d.Mean())
		}
		if strings.Contains(s, "empirical") || fraction.MatchString(s) {
			return // an empirical one does not know the name of its file
		}
		again, err := parseDist(d.String(), sampleOf)
		if err != nil || again.String() != d.String() {
			t.Fatalf("%q is %s, read as %v, %v", s, d, again, err)
		}
	})
}

func FuzzParseHabit(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		h, err := parseHabit(s, sampleOf)
		if err != nil {
			sane(t, s, err)
			return
		}
		if !(h.Rate >= 0 && h.Rate <= 1e-9 && h.Spread >= 0) || h.Gap != nil && (h.Rate != 0 || !(h.Gap.Mean() >= float64(clock.Second))) {
			t.Fatalf("%q is %+v", s, h)
		}
	})
}

// FuzzParseAdoption demands laws that give a time to whatever luck.
func FuzzParseAdoption(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		a, err := parseAdoption(s, sampleOf)
		if err != nil {
			sane(t, s, err)
			return
		}
		if !(a.Ceiling >= 0 && a.Ceiling <= 1) || a.Law == behave.FromDist && a.Dist == nil {
			t.Fatalf("%q is %+v", s, a)
		}
		if a.Law == behave.Contagion {
			return
		}
		before := clock.Time(0)
		for _, u := range []float64{1e-9, 0.1, 0.5, 0.9, 1 - 1e-9} {
			at := a.At(u)
			if at < before {
				t.Fatalf("%q: luck %v adopts at %d, less luck at %d", s, u, at, before)
			}
			before = at
		}
	})
}

func FuzzParseVersion(f *testing.F) {
	fuzz(f, func(t *testing.T, s string) {
		v, err := parseVersion(s)
		if err != nil {
			sane(t, s, err)
			return
		}
		text := ""
		if v != (claim.Version{}) {
			text = fmt.Sprintf("%d.%d", v.Major, v.Minor)
		}
		if again, err := parseVersion(text); err != nil || again != v || v.Major < 0 || v.Minor < 0 {
			t.Fatalf("%q is %v, again %v, %v", s, v, again, err)
		}
	})
}

func FuzzReadSample(f *testing.F) {
	f.Add("days\n1\n2\n")
	f.Add("\ufeff36h;x\r\n\"2\"\n")
	f.Fuzz(func(t *testing.T, s string) {
		sample, err := readSample(strings.NewReader(s))
		if (err == nil) != (len(sample) > 0) {
			t.Fatalf("%q is %v, %v", s, sample, err)
		}
		for _, x := range sample {
			if !(x >= 0 && x <= float64(maxDuration)) {
				t.Fatalf("%q holds %v", s, x)
			}
		}
	})
}
