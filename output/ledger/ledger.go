// Package ledger writes and reads claims.csv, the ledger of what every act of a
// replication led to, and makes the auto-claim policy report out of it.
package ledger

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"seatcast/output/column"
)

// Columns are those of claims.csv. New ones are only ever added at the end.
var Columns = slices.Concat(column.Integer.Named("replication"), column.Time.Named("time"),
	column.Text.Named("tenant", "user", "population", "environment", "action", "flow", "policy", "product", "outcome", "reason"),
	column.Integer.Named("assigned", "assignable"), column.Text.Named("variant"), column.Time.Named("shown"))

// A Row is what one act led to. A name is empty where it doesn't apply.
type Row struct {
	Replication int
	Time        time.Time // local to the tenant
	Tenant      string
	User        string
	Population  string
	Environment string
	Action      string // claim.Action.Word: trigger
	Flow        string // claim.Action.Flow: premium
	Policy      string
	Product     string
	Outcome     string // claim.Outcome.String: claimed
	Reason      string // claim.Reason.String: no-seat
	Assigned    int    // holders of the product just after, or Unknown
	Assignable  int    // its assignable seats just after, or Unknown
	Variant     string
	Shown       time.Time // when the portal shows the claim; zero where there is none
}

// Unknown is the number of seats where an act met no pool; its cell is empty.
const Unknown = -1

// A Writer writes a claims.csv. Its first error stays. A ledger may have hundreds of
// millions of rows, so it puts the cells together itself. A test holds it against
// encoding/csv and time.Format.
type Writer struct {
	w     io.Writer
	rows  []byte // not yet written
	row   Form   // of Add
	shown day
	err   error
}

// buffered is how many bytes of rows are written at once, or a row more.
const buffered = 1 << 17

// NewWriter writes the header to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, rows: append(make([]byte, 0, buffered+buffered/8), strings.Join(Columns.Names(), ",")+"\n"...)}
}

// A Form is a row to be filled in and added many times. All its names are put together
// once, which takes longer than the rest.
type Form struct {
	Time, Shown          time.Time
	Number               int // of the user, after the name
	Assigned, Assignable int // or Unknown

	replication          int
	numbered             bool
	time                 day    // with the replication; where the user is numbered, with the tenant and the name of the user
	user, names, variant []byte // the cells before the number, the seats and Shown

	rest  []byte // names, seats and variant as they were in the row before
	seats [2]int // in rest
}

// NewForm returns the form of rows like r with users who have r.User and a number for a name.
func NewForm(r *Row) *Form {
	const digit = "0"
	f := &Form{numbered: true}
	f.set(r, r.User+digit)
	i := bytes.LastIndex(f.user, []byte(digit))
	f.names = slices.Concat(f.user[i+len(digit):], f.names) // a quote, if the user has them
	f.time.after = f.user[:i]
	return f
}

func (f *Form) set(r *Row, user string) {
	f.Time, f.Shown, f.Assigned, f.Assignable = r.Time, r.Shown, r.Assigned, r.Assignable
	if f.time.before == nil || f.replication != r.Replication {
		f.replication = r.Replication
		f.time = day{before: append(strconv.AppendInt(nil, int64(r.Replication), 10), ',')}
	}
	f.user = appendCells(append(f.user[:0], ','), r.Tenant, user)
	f.names = append(f.names[:0], ',')
	f.names = appendCells(f.names, r.Population, r.Environment, r.Action, r.Flow, r.Policy, r.Product, r.Outcome, r.Reason)
	f.names = append(f.names, ',')
	f.variant = append(appendCells(append(f.variant[:0], ','), r.Variant), ',')
	f.rest = f.rest[:0]
}

// finish puts together what is between the user and Shown.
func (f *Form) finish() {
	f.seats = [2]int{f.Assigned, f.Assignable}
	f.rest = appendSeats(append(f.rest[:0], f.names...), f.Assigned)
	f.rest = appendSeats(append(f.rest, ','), f.Assignable)
	f.rest = append(f.rest, f.variant...)
}

// Add writes r.
func (l *Writer) Add(r *Row) error {
	l.row.set(r, r.User)
	return l.AddForm(&l.row)
}

// AddForm writes the row that f is filled in with.
func (l *Writer) AddForm(f *Form) error {
	if len(f.rest) == 0 || f.Assigned != f.seats[0] || f.Assignable != f.seats[1] {
		f.finish()
	}
	b := f.time.append(l.rows, f.Time)
	if f.numbered {
		b = appendNumber(b, f.Number)
	} else {
		b = append(b, f.user...)
	}
	b = append(b, f.rest...)
	if !f.Shown.IsZero() {
		b = l.shown.append(b, f.Shown)
	}
	l.rows = append(b, '\n')
	if len(l.rows) >= buffered {
		return l.Flush()
	}
	return l.err
}

// appendNumber appends n. strconv.AppendInt takes twice as long.
func appendNumber(b []byte, n int) []byte {
	if n < 0 {
		return strconv.AppendInt(b, int64(n), 10)
	}
	if n >= 10_000 {
		b = appendNumber(b, n/10_000)
		high, low := uint32(n%10_000)/100, uint32(n%100)
		return append(b, tens(high), ones(high), tens(low), ones(low))
	}
	high, low := uint32(n)/100, uint32(n)%100
	switch {
	case n >= 1000:
		return append(b, tens(high), ones(high), tens(low), ones(low))
	case n >= 100:
		return append(b, ones(high), tens(low), ones(low))
	case n >= 10:
		return append(b, tens(low), ones(low))
	}
	return append(b, ones(low))
}

func appendSeats(b []byte, n int) []byte {
	if n == Unknown {
		return b
	}
	return appendNumber(b, n)
}

func appendCells(b []byte, cells ...string) []byte {
	for i, cell := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, cell)
	}
	return b
}

// appendCell appends a name, in quotes where RFC 4180 wants them or a reader might take
// a leading space for none.
func appendCell(b []byte, cell string) []byte {
	quote := cell != "" && (cell[0] <= ' ' || cell[0] >= utf8.RuneSelf) || cell == `\.`
	for i := 0; i < len(cell) && !quote; i++ {
		c := cell[i]
		quote = c == ',' || c == '"' || c == '\n' || c == '\r'
	}
	if !quote {
		return append(b, cell...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(cell, `"`, `""`)...)
	return append(b, '"')
}

// A day is what the times of a stretch of a local day have in common: those at which its
// zone has one offset. The zero day has no times.
type day struct {
	before, after []byte // what is written around each time

	zone     *time.Location
	from, to int64  // the stretch, in Unix seconds
	midnight int64  // second 0 of its clock, in Unix seconds, by that offset
	date     []byte // before, 2006-01-02T
	offset   []byte // Z07:00, after
}

// append appends a time as RFC 3339 to the millisecond, which is cut, not
// rounded, and without zeros at its end: 2006-01-02T15:04:05.999Z07:00.
func (d *day) append(b []byte, t time.Time) []byte {
	at := t.Unix()
	if at < d.from || at >= d.to || t.Location() != d.zone {
		d.begin(t)
	}
	second := uint32(at - d.midnight)
	minute := second / 60
	hour := minute / 60
	second, minute = second-60*minute, minute-60*hour
	b = append(b, d.date...)
	b = append(b, tens(hour), ones(hour), ':', tens(minute), ones(minute), ':', tens(second), ones(second))
	if ms := uint32(t.Nanosecond()) / 1e6; ms > 0 {
		tenths, rest := ms/100, ms%100
		b = append(b, '.', byte('0'+tenths), tens(rest), ones(rest))
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return append(b, d.offset...)
}

// begin makes d the stretch that holds t.
func (d *day) begin(t time.Time) {
	const length = 24 * 60 * 60
	hour, minute, second := t.Clock()
	d.zone = t.Location()
	d.midnight = t.Unix() - int64(3600*hour+60*minute+second)
	d.from, d.to = d.midnight, d.midnight+length
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		d.from = max(d.from, start.Unix())
	}
	if !end.IsZero() {
		d.to = min(d.to, end.Unix())
	}
	d.date = t.AppendFormat(append(d.date[:0], d.before...), "2006-01-02T")
	d.offset = append(t.AppendFormat(d.offset[:0], "Z07:00"), d.after...)
}

// tens and ones are the digits of a number below 100.
func tens(n uint32) byte { return byte('0' + n/10) }
func ones(n uint32) byte { return byte('0' + n%10) }

// Flush writes what is still in memory. It must be called after the last Add.
func (l *Writer) Flush() error {
	if l.err == nil {
		_, l.err = l.w.Write(l.rows)
	}
	l.rows = l.rows[:0]
	return l.err
}

// Read returns the rows of a claims.csv one by one. After an error, which names
// the line, there are no more.
func Read(r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		c := csv.NewReader(r)
		c.ReuseRecord = true
		if err := header(c); err != nil {
			yield(Row{}, err)
			return
		}
		for {
			cells, err := c.Read()
			if err == io.EOF {
				return
			}
			var row Row
			if err == nil {
				if row, err = parse(cells); err != nil {
					line, _ := c.FieldPos(0)
					err = fmt.Errorf("line %d: %w", line, err)
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func header(c *csv.Reader) error {
	head, err := c.Read()
	if err == io.EOF {
		return errors.New("line 1: the file is empty: want a header")
	}
	if err != nil {
		return err
	}
	if names := Columns.Names(); len(head) < len(names) || !slices.Equal(head[:len(names)], names) {
		return fmt.Errorf("line 1: the header is %q: want %q", strings.Join(head, ","), strings.Join(names, ","))
	}
	return nil
}

func parse(cells []string) (Row, error) {
	var problems []error
	number := func(i int) int {
		n, err := strconv.Atoi(cells[i])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %q is not a whole number", Columns[i].Name, cells[i]))
		}
		return n
	}
	seats := func(i int) int {
		if cells[i] == "" {
			return Unknown
		}
		return number(i)
	}
	instant := func(i int) time.Time {
		t, err := time.Parse(time.RFC3339, cells[i])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %q: want a time such as 2026-01-05T09:13:00+01:00", Columns[i].Name, cells[i]))
		}
		return t
	}
	r := Row{
		Replication: number(0), Time: instant(1), Tenant: cells[2], User: cells[3], Population: cells[4],
		Environment: cells[5], Action: cells[6], Flow: cells[7], Policy: cells[8], Product: cells[9],
		Outcome: cells[10], Reason: cells[11], Assigned: seats(12), Assignable: seats(13), Variant: cells[14],
	}
	if cells[15] != "" {
		r.Shown = instant(15)
	}
	return r, errors.Join(problems...)
}
