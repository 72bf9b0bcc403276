package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A node is a value of a scenario that knows where it was written, so that a
// value which a what-if or --set puts in place of another is still reported
// where it stands.
type node struct {
	path  string // dotted, as written at its place
	key   place  // of the key, or of the table's header
	at    place  // of the value
	value any    // table, []*node, string, bool, int64, float64 or time.Time

	given  bool // written by the author, not a default
	parsed any  // what the check made of it; nil where it is wrong
	done   bool // checked
}

// A table is a TOML table.
type table map[string]*node

// table returns the entries of n; nil where n is nil or no table.
func (n *node) table() table {
	if n == nil {
		return nil
	}
	t, _ := n.value.(table)
	return t
}

// get returns the node at the end of a path below n, or nil.
func (n *node) get(path ...string) *node {
	for _, key := range path {
		n = n.table()[key]
	}
	return n
}

// names returns the keys of a table in order.
func (n *node) names() []string { return slices.Sorted(maps.Keys(n.table())) }

// got returns the checked value at the end of a path below n, or the zero value
// where it is missing or wrong (which has been reported).
func got[T any](n *node, path ...string) T {
	var zero T
	if m := n.get(path...); m != nil {
		if v, ok := m.parsed.(T); ok {
			return v
		}
	}
	return zero
}

// has reports whether the author gave a value for a key of n.
func (n *node) has(key string) bool { m := n.get(key); return m != nil && m.given }

// problem returns a problem of the value of n. Where n is missing, which is a
// problem of its own, it has no place.
func (n *node) problem(format string, args ...any) Problem {
	if n == nil {
		return Problem{Text: fmt.Sprintf(format, args...)}
	}
	return Problem{n.at.file, n.at.line, n.at.col, n.path, fmt.Sprintf(format, args...)}
}

// keyProblem returns a problem of the key of n rather than of its value.
func (n *node) keyProblem(format string, args ...any) Problem {
	if n == nil {
		return n.problem(format, args...)
	}
	return Problem{n.key.file, n.key.line, n.key.col, n.path, fmt.Sprintf(format, args...)}
}

// parse reads a TOML document into a tree.
func parse(file string, src []byte) (*node, Problems) {
	at, err := index(file, src)
	if len(at.problems) > 0 {
		return nil, at.problems
	}
	if err != nil && bytes.Count(src, []byte("["))+bytes.Count(src, []byte("{")) > 10_000 {
		return nil, Problems{at.syntax(err)} // the second parser has no guard for its stack
	}
	var root map[string]any
	if _, decodeErr := toml.Decode(string(src), &root); decodeErr != nil {
		err = decodeErr
	}
	if err != nil {
		return nil, Problems{at.syntax(err)}
	}
	top := place{file, 1, 1}
	return &node{key: top, at: top, value: at.weave(root, nil), given: true}, nil
}

// syntax returns the problem that a parser's error tells of.
func (p *positions) syntax(err error) Problem {
	var decode toml.ParseError
	if errors.As(err, &decode) {
		at := p.place(min(max(decode.Position.Start, 0), len(p.src)))
		return Problem{p.file, at.line, at.col, "", "not TOML: " + decode.Message}
	}
	at := place{p.file, 1, 1}
	var parser *unstable.ParserError
	if errors.As(err, &parser) {
		at = p.place(max(0, cap(p.src)-cap(parser.Highlight)))
	}
	return Problem{p.file, at.line, at.col, "", "not TOML: " + err.Error()}
}

// weave puts decoded values and their places together.
func (p *positions) weave(values map[string]any, path []string) table {
	t := make(table, len(values))
	for key, v := range values {
		here := append(slices.Clone(path), key)
		m, ok := p.marks[join(here)]
		if !ok {
			m = mark{place{file: p.file}, place{file: p.file}}
		}
		n := &node{path: dotted(here), key: m.key, at: m.value, value: v, given: true}
		switch v := v.(type) {
		case map[string]any:
			n.value = p.weave(v, here)
		case []any:
			n.value = p.weaveList(v, n, here)
		case []map[string]any:
			n.value = p.weaveList(make([]any, len(v)), n, here)
		}
		t[key] = n
	}
	return t
}

// weaveList does the same for an array. Arrays and tables inside arrays are no
// part of the format; they stay as decoded, and the check refuses them.
func (p *positions) weaveList(values []any, of *node, path []string) []*node {
	list := make([]*node, len(values))
	for i, v := range values {
		m, ok := p.marks[join(append(slices.Clone(path), strconv.Itoa(i)))]
		if !ok {
			m = mark{of.at, of.at}
		}
		list[i] = &node{path: fmt.Sprintf("%s[%d]", of.path, i), key: m.key, at: m.value, value: v, given: true}
	}
	return list
}

// overlay patches n: tables are merged, anything else is replaced. The patch is
// not changed; leaves are shared with it.
func (n *node) overlay(patch *node) {
	for key, p := range patch.table() {
		if mine := n.get(key); mine.table() != nil && p.table() != nil {
			mine.overlay(p)
		} else {
			n.table()[key] = p.copy()
		}
	}
}

// copy returns n with tables of its own; leaves are shared.
func (n *node) copy() *node {
	if n.table() == nil {
		return n
	}
	t := make(table, len(n.table()))
	for key, m := range n.table() {
		t[key] = m.copy()
	}
	c := *n
	c.value = t
	return &c
}

// remove takes the key at the end of a path away and reports whether it was there.
func (n *node) remove(path []string) bool {
	parent := n.get(path[:len(path)-1]...)
	last := path[len(path)-1]
	if parent.get(last) == nil {
		return false
	}
	delete(parent.table(), last)
	return true
}

// plain returns the tree as values of the TOML library.
func (n *node) plain() any {
	switch v := n.value.(type) {
	case table:
		m := make(map[string]any, len(v))
		for key, c := range v {
			m[key] = c.plain()
		}
		return m
	case []*node:
		list := make([]any, len(v))
		for i, c := range v {
			list[i] = c.plain()
		}
		return list
	}
	return n.value
}

// canonical writes the tree in one form for one content: keys in order, no
// comments, no places.
func (n *node) canonical(b *strings.Builder) {
	switch v := n.value.(type) {
	case table:
		b.WriteByte('{')
		for _, key := range n.names() {
			b.WriteString(strconv.Quote(key) + ":")
			v[key].canonical(b)
			b.WriteByte(',')
		}
		b.WriteByte('}')
	case []*node:
		b.WriteByte('[')
		for _, c := range v {
			c.canonical(b)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case time.Time:
		b.WriteString(v.Format("2006-01-02T15:04:05.999999999"))
	case string:
		b.WriteString(strconv.Quote(v))
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 { // 15.0 is 15
			b.WriteString(strconv.FormatInt(int64(v), 10))
			return
		}
		b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	default:
		fmt.Fprint(b, v)
	}
}
