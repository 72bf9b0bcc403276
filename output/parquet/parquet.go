// Package parquet writes the tables of a result folder as Apache Parquet: the columns
// of a CSV file with their types, row for row.
package parquet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"

	"seatcast/output/column"
)

const (
	groupRows       = 1 << 16 // rows of a row group, which is held in memory
	batchRows       = 256     // rows handed over at once
	dictionaryBytes = 1 << 20 // the dictionary of a column of text; what goes beyond stands as it is
)

// Write reads a CSV file with these columns and writes the same table to w. Every
// column is optional: where the CSV file has an empty cell, there is null. A date is
// a DATE; a time is the instant, a TIMESTAMP in UTC without its offset, cut to the
// microsecond, as not every reader knows nanoseconds. It holds one row group in memory, however long the file is.
// Errors begin with the line.
func Write(w io.Writer, in io.Reader, columns column.List) error {
	r := csv.NewReader(in)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if !slices.Equal(head, columns.Names()) {
		return fmt.Errorf("line 1: the header is %q: want %q", head, columns.Names())
	}
	out := parquet.NewGenericWriter[any](w, schema(columns), parquet.MaxRowsPerRowGroup(groupRows), parquet.DictionaryMaxBytes(dictionaryBytes),
		parquet.Compression(&parquet.Snappy), parquet.CreatedBy("seatcast", "1", ""))
	batch := make([]parquet.Row, 0, batchRows)
	for {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		row, err := values(cells, columns)
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
		if batch = append(batch, row); len(batch) == batchRows {
			if _, err := out.WriteRows(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if _, err := out.WriteRows(batch); err != nil {
		return err
	}
	return out.Close()
}

// ordered is a group whose fields are in the order of the columns; those of a
// parquet.Group are in that of their names.
type ordered struct {
	parquet.Group
	columns column.List
}

// Fields returns the fields of the group.
func (o ordered) Fields() []parquet.Field {
	names := o.columns.Names()
	fields := o.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int { return slices.Index(names, a.Name()) - slices.Index(names, b.Name()) })
	return fields
}

func schema(columns column.List) *parquet.Schema {
	group := parquet.Group{}
	for _, c := range columns {
		group[c.Name] = parquet.Optional(node(c.Type))
	}
	return parquet.NewSchema("table", ordered{group, columns})
}

func node(t column.Type) parquet.Node {
	switch t {
	case column.Integer:
		return parquet.Int(64)
	case column.Number:
		return parquet.Leaf(parquet.DoubleType)
	case column.Date:
		return parquet.Date()
	case column.Time:
		return parquet.TimestampAdjusted(parquet.Microsecond, true)
	}
	return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
}

func values(cells []string, columns column.List) (parquet.Row, error) {
	row := make(parquet.Row, len(cells))
	var problems []error
	for i, cell := range cells {
		if cell == "" {
			row[i] = parquet.NullValue().Level(0, 0, i)
			continue
		}
		v, err := value(cell, columns[i].Type)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", columns[i].Name, err))
		}
		row[i] = v.Level(0, 1, i)
	}
	return row, errors.Join(problems...)
}

// value returns what a cell that isn't empty holds.
func value(cell string, t column.Type) (parquet.Value, error) {
	switch t {
	case column.Integer:
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil {
			return parquet.Value{}, fmt.Errorf("%q is not a whole number", cell)
		}
		return parquet.Int64Value(n), nil
	case column.Number:
		x, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return parquet.Value{}, fmt.Errorf("%q is not a number", cell)
		}
		return parquet.DoubleValue(x), nil
	case column.Date:
		day, err := time.Parse(time.DateOnly, cell)
		if err != nil {
			return parquet.Value{}, fmt.Errorf("%q: want a date such as 2026-06-03", cell)
		}
		return parquet.Int32Value(int32(day.Unix() / (24 * 60 * 60))), nil // exact: a midnight in UTC
	case column.Time:
		at, err := time.Parse(time.RFC3339, cell)
		if err != nil {
			return parquet.Value{}, fmt.Errorf("%q: want a time such as 2026-01-05T09:13:00+01:00", cell)
		}
		return parquet.Int64Value(at.UnixMicro()), nil
	}
	return parquet.ByteArrayValue([]byte(cell)), nil
}
