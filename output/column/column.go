// Package column says what the columns of the CSV files of a result folder hold, once,
// so that a table in another format has the same columns with their types.
package column

// A Type is what the cells of a column hold. In all types an empty cell holds nothing.
type Type int

// The types of columns.
const (
	Text    Type = iota
	Integer      // 64 bits
	Number       // float64
	Date         // 2026-06-03
	Time         // RFC 3339 with an offset
)

// A Column is named in the header of a file.
type Column struct {
	Name string
	Type Type
}

// A List has the columns of a file in their order.
type List []Column

// Named returns columns of type t.
func (t Type) Named(names ...string) List {
	list := make(List, len(names))
	for i, name := range names {
		list[i] = Column{name, t}
	}
	return list
}

// Names returns the names of the columns.
func (l List) Names() []string {
	names := make([]string, len(l))
	for i, c := range l {
		names[i] = c.Name
	}
	return names
}
