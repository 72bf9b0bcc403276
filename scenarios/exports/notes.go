package exports

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Place is a line of an export.
type Place struct {
	File string // as it was given
	Line int    // from 1; 0 where it is about the whole file
}

// String returns file:line.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// short returns the place without folders, for a file that others will read.
func (p Place) short() string {
	p.File = path.Base(strings.ReplaceAll(p.File, `\`, "/"))
	return p.String()
}

// A fact is a value, and where it was read.
type fact[T any] struct {
	value T
	at    Place
	known bool
}

func known[T any](value T, at Place) fact[T] { return fact[T]{value, at, true} }

// A Skip is a reason for which rows were left out, and which they are.
type Skip struct {
	File   string
	Reason string
	Rows   int
	Lines  []int // of the first ones
}

// maxLines is how many lines of a Skip, and maxWarnings how many warnings, are told.
const (
	maxLines    = 5
	maxWarnings = 50
)

// String returns the skip as one line: file:line: what, why and where else.
func (s Skip) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s skipped: %s", Place{s.File, s.Lines[0]}, plural(s.Rows, "row"), s.Reason)
	if len(s.Lines) > 1 {
		b.WriteString(" (also lines ")
		for i, line := range s.Lines[1:] {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Itoa(line))
		}
		if s.Rows > len(s.Lines) {
			b.WriteString(", …")
		}
		b.WriteString(")")
	}
	return b.String()
}

// A Reading is what became of the rows of one kind in a file. Used and Skipped
// are all that there are.
type Reading struct {
	File    string
	Kind    string // what the rows are; "" where that is unknown
	Used    int
	Skipped int
}

// A Report says what an import read, what it left out and what it assumed.
type Report struct {
	Read     []Reading
	Skips    []Skip
	Unread   []string // files of folders that are no exports, and why
	Warnings []string
	Unknown  []string // licences that the catalogue does not know
	Assumed  []string

	more int // warnings that are not told
}

// maxReasons is how many reasons are told one by one; the rest is put together.
const (
	maxReasons  = 1000
	manyReasons = "for reasons that are too many to tell one by one"
)

// skip counts a row that is left out.
func (r *Report) skip(at Place, reason string) {
	for i := range r.Skips {
		if s := &r.Skips[i]; s.File == at.File && s.Reason == reason {
			if s.Rows++; len(s.Lines) < maxLines {
				s.Lines = append(s.Lines, at.Line)
			}
			return
		}
	}
	if len(r.Skips) >= maxReasons && reason != manyReasons {
		r.skip(at, manyReasons)
		return
	}
	r.Skips = append(r.Skips, Skip{at.File, reason, 1, []int{at.Line}})
}

// warn keeps a warning.
func (r *Report) warn(format string, args ...any) {
	if len(r.Warnings) == maxWarnings {
		r.more++
		return
	}
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// assume keeps something that no export tells, once.
func (r *Report) assume(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.Assumed, text) {
		r.Assumed = append(r.Assumed, text)
	}
}

// count counts a row of a file by what became of it.
func (r *Report) count(file string, k kind, used bool) {
	i := len(r.Read) - 1
	for i >= 0 && (r.Read[i].File != file || r.Read[i].Kind != k.String()) {
		i--
	}
	if i < 0 {
		r.Read = append(r.Read, Reading{File: file, Kind: k.String()})
		i = len(r.Read) - 1
	}
	if used {
		r.Read[i].Used++
	} else {
		r.Read[i].Skipped++
	}
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}
