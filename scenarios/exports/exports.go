// Package exports reads what an administrator can export — answers of Graph and
// the Power Platform, CSV files of the admin centers, logs of a licence server —
// and makes a scenario of it that says where each value came from, what is missing
// and what was assumed.
//
// Files are told apart by what is in them. They are read as streams: memory grows
// with the people and the environments of a tenant, not with the bytes of a log.
package exports

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"seatcast/scenarios"
)

// A Source is a file that may be an export.
type Source struct {
	Name  string // as messages have it
	Open  func() (io.ReadCloser, error)
	Named bool // by the caller: it must be an export. Others were found in a folder
}

// Options say how to read exports.
type Options struct {
	Tenant    string         // name in the scenario; "" for what the exports call it
	Zone      *time.Location // of local dates and times
	Start     time.Time      // the first day of the study, a date; zero for the day after the last observation
	Today     time.Time      // the start where no export has a date; zero where there must be one
	Key       []byte         // of the pseudonyms; nil where there are none
	KeepNames bool           // in the trace and in the list of people
}

// MinKey is the fewest bytes of a key of pseudonyms.
const MinKey = 16

// Problems are what is wrong with exports, each with its place. It is the error of
// Read.
type Problems []string

// Error returns the problems, a line each.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// An Import is what was made of exports.
type Import struct {
	Report Report
	Files  []File
	Open   bool   // nothing tells how many people there are but those who hold a seat, which a fit must be told
	After  string // the day after the sessions, where the scenario replays them; 2026-01-08
}

// A File is a file that an import leaves behind.
type File struct {
	Name  string
	Write func(io.Writer) error
}

// Read reads exports, in their order, and makes a scenario of them. Where two
// disagree the later one stands, with a warning. The error is Problems where a file
// is damaged, or a source that was named is no export.
func Read(sources []Source, opt Options) (*Import, error) {
	products, err := scenarios.NewProducts()
	if err != nil {
		return nil, err
	}
	return newTenant(products, opt).read(sources)
}

// read reads sources and makes a scenario of them.
func (t *tenant) read(sources []Source) (*Import, error) {
	var problems Problems
	for _, s := range sources {
		if err := t.readSource(s); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	if !slices.ContainsFunc(t.report.Read, func(r Reading) bool { return r.Used > 0 }) {
		return nil, t.nothing()
	}
	t.settleAudits()
	t.checkWhole()
	return t.compose()
}

// nothing says why nothing that was read is of use.
func (t *tenant) nothing() (all Problems) {
	for _, s := range t.report.Skips {
		all = append(all, s.String())
	}
	if len(all) == 0 {
		all = Problems{"none of the files is an export that import knows; 'seatcast import -h' lists them"}
	}
	return append(all, t.report.Unread...)
}

// readSource reads one file.
func (t *tenant) readSource(s Source) error {
	f := &file{tenant: t, name: s.Name}
	err := f.open(s)
	var other notExport
	switch {
	case errors.As(err, &other) && !s.Named:
		t.report.Unread = append(t.report.Unread, Place{s.Name, other.line}.String()+": "+other.why)
		return nil
	case errors.As(err, &other):
		return fmt.Errorf("%s: %s", Place{s.Name, other.line}, other.why)
	case err == nil && f.rows > 0 && f.used == 0 && f.strange == f.rows && s.Named:
		return fmt.Errorf("%s: none of its %s is of an export that import knows", s.Name, plural(f.rows, "row"))
	case err == nil && f.rows == 0:
		t.report.Unread = append(t.report.Unread, s.Name+": has no rows")
	}
	return err
}

// notExport is the error of a file that is no export that import knows.
type notExport struct {
	line int
	why  string
}

// Error returns what the file is instead.
func (n notExport) Error() string { return n.why }
