package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"seatcast/output/folder"
	"seatcast/scenarios"
	"seatcast/scenarios/exports"
)

var importVerb = verb{
	name: "import", args: "FILE|FOLDER…", does: "makes a scenario out of what an administrator can export",
	help: `Reads any of these, told apart by what is in them, plain or gzip, UTF-8 or UTF-16, in files or folders:

  Graph: /subscribedSkus, /directory/subscriptions, /users with licenseAssignmentStates and signInActivity,
    /groups, /auditLogs/directoryAudits ("Change user license" and "Update user"); in folders of pages too
  Purview's audit log, CSV or JSON: the same two operations
  Power Platform: environments, flows as admin, listtenantsettings, the auto-claim tenant switch
  CSV of the admin centers: licenses, licence consumption of Power Automate, licensed user requests, the
    auto-claim policy report (columns user, policy, product, date, as 'seatcast claims --format csv' writes)
  sessions of a licence server (seat_id, checkout, checkin), and seats by date (date,seats)

The folder it writes holds scenario.toml, which says where each value is from and what was assumed, and, where
the exports tell them, history.csv, people.csv and trace.csv. It names nobody: a trace needs --pseudonyms or
--keep-names.

Examples:
  seatcast import exports --out northlake --tenant northlake --time-zone Europe/Oslo
  seatcast import sessions.csv --out campus --pseudonyms key.txt
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		var opt importOptions
		flags.StringVar(&opt.out, "out", "", "write to the new folder `DIR` (required)")
		flags.StringVar(&opt.tenant, "tenant", "", "call the tenant `NAME` (default: as the exports do)")
		flags.StringVar(&opt.zone, "time-zone", "UTC", "the tenant's time `ZONE`, such as Europe/Oslo")
		flags.StringVar(&opt.start, "start", "", "the first day of the study, `DATE` (default: the day after the last observation; of sessions, their first day)")
		flags.StringVar(&opt.key, "pseudonyms", "", "replace names by codes of the key in `KEYFILE`, of 16 bytes or more; the same key gives the same codes")
		flags.BoolVar(&opt.keepNames, "keep-names", false, "keep the names of people in trace.csv and people.csv")
		return func(c *call) error {
			if len(c.args) == 0 {
				return wrong("want one or more files or folders of exports")
			}
			return importExports(c, c.args, opt)
		}
	},
}

// importOptions are the flags of import.
type importOptions struct {
	out, tenant, zone, start, key string
	keepNames                     bool
}

// importExports makes a folder of exports.
func importExports(c *call, names []string, o importOptions) error {
	opt, err := o.options()
	if err != nil {
		return wrongError{err}
	}
	if err := folder.Vacant(o.out); err != nil {
		return wrongError{err}
	}
	sources, err := findSources(names)
	if err != nil {
		return wrongError{err}
	}
	made, err := exports.Read(sources, opt)
	if problems := (exports.Problems)(nil); errors.As(err, &problems) {
		return wrongError{err}
	}
	if err != nil {
		return err
	}
	var files []folder.NewFile
	for _, f := range made.Files {
		files = append(files, folder.NewFile(f))
	}
	var warnings scenarios.Problems
	err = folder.WriteNew(o.out, files, func(dir string) error {
		s, err := scenarios.Load(os.DirFS(dir), exports.ScenarioFile, scenarios.Options{})
		if err != nil {
			return fmt.Errorf("the scenario that was made is wrong, a defect of the program: %w", err)
		}
		warnings = s.Warnings
		return nil
	})
	if err != nil {
		return err
	}
	return printImport(c, made, o.out, warnings)
}

// options checks the flags.
func (o *importOptions) options() (exports.Options, error) {
	opt := exports.Options{Tenant: o.tenant, KeepNames: o.keepNames, Today: time.Now()}
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if o.out == "" {
		problem("--out DIR is missing: name the folder to write")
	}
	if err := scenarios.NameError(o.tenant); o.tenant != "" && err != nil {
		problem("--tenant: %w", err)
	}
	zone, err := time.LoadLocation(o.zone)
	if err != nil || o.zone == "Local" || o.zone == "" {
		problem("--time-zone %q: want an IANA name, such as Europe/Oslo", o.zone)
	}
	opt.Zone = zone
	if o.start != "" {
		if opt.Start, err = time.Parse(time.DateOnly, o.start); err != nil || opt.Start.Year() < 1990 || opt.Start.Year() > 2199 {
			problem("--start %q: want a date such as 2026-01-05", o.start)
		}
	}
	if o.key != "" {
		if opt.Key, err = readKey(o.key); err != nil {
			problem("--pseudonyms %s: %w", o.key, err)
		}
		if o.keepNames {
			problem("--pseudonyms and --keep-names: want one of them")
		}
	}
	return opt, errors.Join(problems...)
}

// readKey reads a key of pseudonyms. A line break at its end does not count, as
// some editors add one.
func readKey(name string) ([]byte, error) {
	const most = 1 << 16
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	key, err := io.ReadAll(io.LimitReader(f, most+1))
	key = bytes.TrimRight(key, "\r\n")
	switch {
	case err != nil:
		return nil, err
	case len(key) > most:
		return nil, errors.New("is larger than 64 KiB: that is no key")
	case len(key) < exports.MinKey:
		return nil, fmt.Errorf("has %s; a key that nobody guesses has %d or more", count(len(key), "byte"), exports.MinKey)
	}
	return key, nil
}

// findSources returns the files of some files and folders. Hidden files of a
// folder are none.
func findSources(names []string) ([]exports.Source, error) {
	var all []exports.Source
	add := func(name string, named bool) {
		all = append(all, exports.Source{Name: name, Named: named, Open: func() (io.ReadCloser, error) { return os.Open(name) }})
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			add(name, true)
			continue
		}
		had := len(all)
		err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			hidden := path != name && strings.HasPrefix(d.Name(), ".")
			switch {
			case err != nil:
				return err
			case d.IsDir() && hidden:
				return fs.SkipDir
			case d.IsDir(), hidden:
				return nil
			}
			info, err := os.Stat(path) // of what a link points to
			if err == nil && !info.Mode().IsRegular() {
				err = fmt.Errorf("%s is no file: name it by itself", path)
			}
			add(path, false)
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(all) == had {
			return nil, fmt.Errorf("the folder %s has no files", name)
		}
	}
	return all, nil
}

// printImport prints what was read, what was left out and what was assumed.
func printImport(c *call, made *exports.Import, out string, warnings scenarios.Problems) error {
	var b strings.Builder
	r := made.Report
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(&b, "%s:\n", title)
		for _, line := range lines {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	var read, skips []string
	for _, f := range r.Read {
		what := f.Kind
		if what == "" {
			what = "no export that is known"
		}
		line := fmt.Sprintf("%s: %s, %s used", f.File, what, count(f.Used, "row"))
		if f.Skipped > 0 {
			line += fmt.Sprintf(", %d skipped", f.Skipped)
		}
		read = append(read, line)
	}
	for _, s := range r.Skips {
		skips = append(skips, s.String())
	}
	section("Read", read)
	section("Skipped", append(skips, r.Unread...))
	section("Not modelled, as the catalogue does not know them", r.Unknown)
	said := r.Warnings
	for _, w := range warnings {
		said = append(said, w.String())
	}
	section("Warnings", said)
	section("Assumed, as no export tells", r.Assumed)
	fmt.Fprintf(&b, "Wrote to %s:\n", out)
	for _, f := range made.Files {
		fmt.Fprintf(&b, "  %s\n", f.Name)
	}
	next(&b, made, out)
	_, err := io.WriteString(c.stdout, b.String())
	return err
}

// next says which commands go on from an import.
func next(b *strings.Builder, made *exports.Import, out string) {
	scenario := filepath.Join(out, exports.ScenarioFile)
	has := func(name string) bool {
		return slices.ContainsFunc(made.Files, func(f exports.File) bool { return f.Name == name })
	}
	if made.After != "" {
		fmt.Fprintf(b, "Next: seatcast run %s replays the sessions; for a forecast of what comes after them import again with --start %s\n", scenario, made.After)
		return
	}
	if !has(exports.HistoryFile) {
		fmt.Fprintf(b, "Next: seatcast run %s\n", scenario)
		return
	}
	fit := fmt.Sprintf("seatcast fit %s --history %s", scenario, filepath.Join(out, exports.HistoryFile))
	if has(exports.PeopleFile) {
		fit += " --people " + filepath.Join(out, exports.PeopleFile)
	}
	if made.Open {
		fmt.Fprintf(b, "Next: %s --headcount N, of the most people who can ever hold a seat, or seatcast run %s as it is\n", fit, scenario)
		return
	}
	fmt.Fprintf(b, "Next: %s, or seatcast run %s as it is\n", fit, scenario)
}
