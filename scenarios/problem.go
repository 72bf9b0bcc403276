package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is something wrong with a scenario, or worth a warning, and where.
type Problem struct {
	File string // the file's name, or the --set that the value comes from
	Line int    // from 1; 0 where there is no line
	Col  int    // from 1, in characters
	Key  string // the dotted key as it is written there, or ""
	Text string // what is wrong, and what would be right
}

// String returns the problem as one line: file:line:col: key: text.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Col)
	}
	if p.Key != "" {
		b.WriteString(": " + p.Key)
	}
	return b.String() + ": " + p.Text
}

// Problems are all that is wrong with a scenario, in the order of the file. It
// is the error of Load.
type Problems []Problem

// Error returns the problems, a line each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// sorted returns the problems in the order of the file, each once; those of
// other files and of --set follow those of file.
func (p Problems) sorted(file string) Problems {
	rank := func(q Problem) int {
		if q.File == file {
			return 0
		}
		return 1
	}
	s := slices.Clone(p)
	slices.SortFunc(s, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Text, b.Text))
	})
	s = slices.Compact(s)
	// A problem of what is missing has no place; that it is missing is a problem of
	// its own, which stands beside it.
	if placed := slices.DeleteFunc(slices.Clone(s), func(q Problem) bool { return q.File == "" }); len(placed) > 0 {
		return placed
	}
	return s
}
