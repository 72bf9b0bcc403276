// Package ledger writes and reads claims.csv, the ledger of what every act of a
// replication led to, and makes the auto-claim policy report out of it.
package ledger

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// columns of claims.csv. New ones are only ever added at the end.
var columns = []string{"replication", "time", "tenant", "user", "population", "environment", "action", "flow",
	"policy", "product", "outcome", "reason", "assigned", "assignable", "variant", "shown"}

// timeFormat is RFC 3339 to the millisecond, which is cut, not rounded.
const timeFormat = "2006-01-02T15:04:05.999Z07:00"

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

func seats(n int) string {
	if n == Unknown {
		return ""
	}
	return strconv.Itoa(n)
}

// A Writer writes a claims.csv. Its first error stays.
type Writer struct {
	csv  *csv.Writer
	row  []string
	time []byte
	err  error
}

// NewWriter writes the header to w.
func NewWriter(w io.Writer) *Writer {
	l := &Writer{csv: csv.NewWriter(w), row: make([]string, 0, len(columns))}
	l.err = l.csv.Write(columns)
	return l
}

// Add writes r.
func (l *Writer) Add(r Row) error {
	l.row = append(l.row[:0], strconv.Itoa(r.Replication), l.format(r.Time), r.Tenant, r.User, r.Population,
		r.Environment, r.Action, r.Flow, r.Policy, r.Product, r.Outcome, r.Reason,
		seats(r.Assigned), seats(r.Assignable), r.Variant, l.format(r.Shown))
	if l.err == nil {
		l.err = l.csv.Write(l.row)
	}
	return l.err
}

func (l *Writer) format(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	l.time = t.AppendFormat(l.time[:0], timeFormat)
	return string(l.time)
}

// Flush writes what is still in memory. It must be called after the last Add.
func (l *Writer) Flush() error {
	if l.err == nil {
		l.csv.Flush()
		l.err = l.csv.Error()
	}
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
	if len(head) < len(columns) || !slices.Equal(head[:len(columns)], columns) {
		return fmt.Errorf("line 1: the header is %q: want %q", strings.Join(head, ","), strings.Join(columns, ","))
	}
	return nil
}

func parse(cells []string) (Row, error) {
	var problems []error
	number := func(i int) int {
		n, err := strconv.Atoi(cells[i])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %q is not a whole number", columns[i], cells[i]))
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
			problems = append(problems, fmt.Errorf("%s: %q: want a time such as 2026-01-05T09:13:00+01:00", columns[i], cells[i]))
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
