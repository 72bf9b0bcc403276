package exports

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"seatcast/scenarios"
	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

var (
	update = flag.Bool("update", false, "rewrite the golden files")
	full   = flag.Bool("full", false, "import every subset of the shapes, and a log of 400 MB")
)

// today is the day of the imports of tests.
var today = time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)

// shapes returns the exports of testdata: one of each kind, of one tenant.
func shapes(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) != 11 {
		t.Fatalf("%d shapes, want 11 (%v)", len(names), err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = data
	}
	return all
}

// sources returns files as sources, in the order of their names, each named.
func sources(files map[string][]byte) (all []Source) {
	for _, name := range sortedKeys(files) {
		all = append(all, source(name, files[name]))
	}
	return all
}

func source(name string, data []byte) Source {
	return Source{Name: name, Named: true, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// written returns the files of an import.
func written(t testing.TB, i *Import) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, f := range i.Files {
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = b.String()
	}
	return files
}

// read makes an import of files that must succeed, and whose scenario must load.
func read(t testing.TB, files map[string][]byte, opt Options) (*Import, map[string]string, *scenarios.Scenario) {
	t.Helper()
	if opt.Today.IsZero() {
		opt.Today = today
	}
	i, err := Read(sources(files), opt)
	if err != nil {
		t.Fatalf("%v: %v", sortedKeys(files), err)
	}
	out := written(t, i)
	return i, out, load(t, out, scenarios.Options{})
}

func load(t testing.TB, files map[string]string, opt scenarios.Options) *scenarios.Scenario {
	t.Helper()
	s, err := tryLoad(files, opt)
	if err != nil {
		t.Fatalf("%v\n%s", err, files[ScenarioFile])
	}
	return s
}

func tryLoad(files map[string]string, opt scenarios.Options) (*scenarios.Scenario, error) {
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return scenarios.Load(folder, ScenarioFile, opt)
}

// TestShapes: the exports of one tenant make the scenario of testdata/golden.
func TestShapes(t *testing.T) {
	i, files, s := read(t, shapes(t), Options{})
	for _, name := range []string{ScenarioFile, HistoryFile} {
		golden := filepath.Join("testdata/golden", name)
		if *update {
			if err := os.WriteFile(golden, []byte(files[name]), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != files[name] {
			t.Errorf("%s is not that of testdata/golden (%v); see -update", name, err)
		}
	}
	// What stands in the exports, whatever the golden file says.
	tenant := s.Variants[0].World.Tenants[0]
	rules := tenant.Rules
	if got := rules.Products[0]; got.Name != "premium" || got.Subscriptions[0].Seats != 40 || got.Reserved != 36 {
		t.Errorf("premium: %+v, want 40 seats, and 37 held less the one of u-0001", got)
	}
	perUser := rules.Products[slices.IndexFunc(rules.Products, func(p claim.Product) bool { return p.Name == "per-user" })]
	if sub := perUser.Subscriptions[0]; sub.Seats != 15 || sub.Ends.Add(sub.Expired) != at(t, s, "2026-06-09") {
		t.Errorf("per-user: %+v, want 15 seats that are disabled on 2026-06-09, the nextLifecycleDateTime", sub)
	}
	if !rules.Enabled || rules.Scope != claim.ManagedOnly || len(rules.Environments) != 1 || !rules.Environments[0].Managed {
		t.Errorf("enabled %v, scope %v, environments %+v", rules.Enabled, rules.Scope, rules.Environments)
	}
	people := 0
	for _, g := range tenant.Segments {
		people += g.Count
	}
	if people != 2 {
		t.Errorf("%d people, want u-0001 and u-0002, each once: by id, by e-mail and in the audits", people)
	}
	if h := files[HistoryFile]; !strings.HasPrefix(h, "date,seats,claims\n2026-03-02,1,1\n") || !strings.HasSuffix(h, "\n2026-05-30,1,0\n") {
		t.Errorf("history:\n%s", h)
	}
	for _, r := range i.Report.Read {
		if r.Used == 0 || r.Skipped > 0 {
			t.Errorf("%+v: want all rows used", r)
		}
	}
}

// at returns the clock time of a date in UTC.
func at(t *testing.T, s *scenarios.Scenario, date string) clock.Time {
	t.Helper()
	start, err := time.Parse(time.DateOnly, s.Start)
	day, err2 := time.Parse(time.DateOnly, date)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return clock.Time(day.Sub(start))
}

// TestSubsets: every subset of the exports makes a scenario that loads; each
// alone, each pair and all of them make one that runs. Without -full those of four
// files and more are left out that lack three or more.
func TestSubsets(t *testing.T) {
	all := shapes(t)
	names := sortedKeys(all)
	for mask := 1; mask < 1<<len(names); mask++ {
		files := map[string][]byte{}
		for i, name := range names {
			if mask>>i&1 == 1 {
				files[name] = all[name]
			}
		}
		if n := len(files); n > 3 && n < len(names)-2 && !*full {
			continue
		}
		i, out, _ := read(t, files, Options{})
		checkRows(t, i, files)
		if len(files) <= 2 || len(files) == len(names) {
			one := 1
			s := load(t, out, scenarios.Options{Replications: &one, Set: []string{"study.days=120"}})
			for _, v := range s.Variants {
				if _, err := sim.NewRunner(v.World).Run(t.Context(), 0, 0, sim.Options{}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// checkRows: every file is in the report, with a row at least, and every
// assumption of the report is in the scenario.
func checkRows(t *testing.T, i *Import, files map[string][]byte) {
	t.Helper()
	for name := range files {
		if !slices.ContainsFunc(i.Report.Read, func(r Reading) bool { return r.File == name && r.Used > 0 }) {
			t.Errorf("%s is not in the report", name)
		}
	}
}

// TestOrderDoesNotMatter: files that agree make the same bytes in any order, but
// for the list of them.
func TestOrderDoesNotMatter(t *testing.T) {
	all := sources(shapes(t))
	body := func(order []Source) string {
		i, err := Read(order, Options{Today: today})
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(written(t, i)[ScenarioFile], "[study]")
		return text
	}
	want := body(all)
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	if got := body(reversed); got != want {
		t.Errorf("in reverse order:\n%s\nwant\n%s", got, want)
	}
	if got := body(all); got != want {
		t.Error("read twice, and not the same")
	}
}

// TestNoNames: nothing that names people is written or printed.
func TestNoNames(t *testing.T) {
	i, files, _ := read(t, shapes(t), Options{})
	text := fmt.Sprint(files, i.Report)
	for _, name := range []string{"mara", "Mara", "ivo@", "u-0001", "u-0002", "Invoice intake", "Leave request", "Finance prod", "d-0001"} {
		if strings.Contains(text, name) {
			t.Errorf("%q is in what was written", name)
		}
	}
}
