package scenarios

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// maxNesting bounds how deep tables nest. The deepest key of the format is
// what-if.A.tenants.B.users.C.does.D; the rest guards the stack.
const maxNesting = 32

// A place is where something stands. The zero place is nowhere.
type place struct {
	file      string
	line, col int // from 1; col counts characters
}

// A mark is where a key and its value stand.
type mark struct{ key, value place }

// positions are the marks of a source's keys, by path (see join).
type positions struct {
	marks    map[string]mark
	problems Problems

	file  string
	src   []byte
	lines []int // offsets at which lines begin
	own   map[string]bool
}

// join makes one string of a path. A key can hold the separator only by an escape,
// and is refused for it; until then it may be reported at another key's place.
func join(path []string) string { return strings.Join(path, "\x00") }

// index finds the places of all keys of a TOML document, and its arrays of
// tables, which scenarios do without. A document that does not parse is
// indexed up to its first error, which is returned.
func index(file string, src []byte) (*positions, error) {
	p := &positions{marks: map[string]mark{}, own: map[string]bool{}, file: file, src: src, lines: []int{0}}
	for i, c := range src {
		if c == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	var parser unstable.Parser
	parser.Reset(src)
	var table []string
	for parser.NextExpression() {
		switch e := parser.Expression(); e.Kind {
		case unstable.Table:
			table = p.header(e)
		case unstable.ArrayTable:
			table = p.header(e)
			p.refuse(table, "an array of tables has no names: write ["+dotted(table)+".NAME] in its place")
		case unstable.KeyValue:
			p.keyValue(table, e)
		}
		if len(p.problems) > 0 && p.problems[len(p.problems)-1].Text == tooDeep {
			break
		}
	}
	return p, parser.Error()
}

const tooDeep = "tables nest deeper than any key of a scenario"

func (p *positions) refuse(path []string, text string) {
	at := p.marks[join(path)].key
	p.problems = append(p.problems, Problem{at.file, at.line, at.col, dotted(path), text})
}

// header marks the keys of a table header and returns the table's path. The
// header that names a table itself is its place, also where [a.b] came before [a].
func (p *positions) header(e *unstable.Node) []string {
	path, last := p.keys(nil, e.Key())
	at := p.place(last)
	if len(path) > 0 && !p.own[join(path)] {
		p.own[join(path)] = true
		p.marks[join(path)] = mark{at, at}
	}
	return path
}

// keyValue marks the keys of key = value below a table, and what the value holds.
func (p *positions) keyValue(table []string, e *unstable.Node) {
	path, last := p.keys(table, e.Key())
	if len(path) > maxNesting {
		return
	}
	end := last + p.keyLength(e)
	value := end + len(p.src[end:]) - len(bytes.TrimLeft(p.src[end:], " \t="))
	m := p.marks[join(path)]
	m.value = p.place(value)
	p.marks[join(path)] = m
	p.inside(path, e.Value())
}

// keyLength returns the length of the last part of a key as written.
func (p *positions) keyLength(e *unstable.Node) (n int) {
	for keys := e.Key(); keys.Next(); {
		n = int(keys.Node().Raw.Length)
	}
	return n
}

// inside marks what stands inside an inline table or an array.
func (p *positions) inside(path []string, value *unstable.Node) {
	switch value.Kind {
	case unstable.InlineTable:
		for it := value.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				p.keyValue(path, it.Node())
			}
		}
	case unstable.Array:
		i := 0
		for it := value.Children(); it.Next(); {
			n := it.Node()
			if n.Kind == unstable.Comment {
				continue
			}
			if n.Raw.Length > 0 {
				at := p.place(int(n.Raw.Offset))
				p.marks[join(append(slices.Clone(path), strconv.Itoa(i)))] = mark{at, at}
			}
			i++
		}
	}
}

// keys appends the parts of a key to a path, marks each that is new, and
// returns the path and the offset of its last part.
func (p *positions) keys(path []string, keys unstable.Iterator) ([]string, int) {
	path, offset := slices.Clone(path), 0
	for keys.Next() {
		n := keys.Node()
		offset = int(n.Raw.Offset)
		path = append(path, string(n.Data))
		if len(path) > maxNesting {
			at := p.place(offset)
			p.problems = append(p.problems, Problem{at.file, at.line, at.col, "", tooDeep})
			break
		}
		if _, ok := p.marks[join(path)]; !ok {
			at := p.place(offset)
			p.marks[join(path)] = mark{at, at}
		}
	}
	return path, offset
}

// place returns the place of an offset.
func (p *positions) place(offset int) place {
	line, found := slices.BinarySearch(p.lines, offset)
	if !found {
		line--
	}
	return place{p.file, line + 1, utf8.RuneCount(p.src[p.lines[line]:offset]) + 1}
}

// dotted returns a path as TOML writes it.
func dotted(path []string) string {
	parts := make([]string, len(path))
	for i, key := range path {
		parts[i] = quoteKey(key)
	}
	return strings.Join(parts, ".")
}

func quoteKey(key string) string {
	bare := key != "" && strings.IndexFunc(key, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
	if bare {
		return key
	}
	return strconv.Quote(key)
}
