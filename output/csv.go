package output

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"seatcast/analysis"
	"seatcast/output/column"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// The columns of the CSV files. New ones are only ever added at the end.
var (
	CurveColumns = slices.Concat(column.Text.Named("variant", "tenant", "product"), column.Time.Named("time"), column.Integer.Named("seats"),
		column.Number.Named("assignable", "mean", "p05", "p25", "p50", "p75", "p95", "refused_mean"))
	ExhaustionColumns = slices.Concat(column.Text.Named("variant", "tenant", "product"), column.Date.Named("date"),
		column.Number.Named("probability", "low", "high", "refusal_probability", "refusal_low", "refusal_high"))
	DifferenceColumns = slices.Concat(column.Text.Named("variant", "tenant", "product"), column.Time.Named("time"),
		column.Number.Named("mean", "low", "high")) // of a comparison
	ReplicationColumns = slices.Concat(column.Integer.Named("replication"), column.Text.Named("variant", "tenant", "product"),
		column.Integer.Named("assigned_end", "peak", "claims", "refused_claims", "refused_users"),
		column.Number.Named("blocked_user_days", "idle_seat_days", "cost"), column.Time.Named("exhausted", "first_refusal"))
)

// A table writes the rows of a CSV file. Its first error stays.
type table struct {
	w   *csv.Writer
	row []string
	err error
}

func newTable(w io.Writer, columns column.List) *table {
	t := &table{w: csv.NewWriter(w)}
	t.err = t.w.Write(columns.Names())
	return t
}

func (t *table) text(cells ...string) { t.row = append(t.row, cells...) }

func (t *table) int(n int64) { t.text(strconv.FormatInt(n, 10)) }

func (t *table) floats(xs ...float64) {
	for _, x := range xs {
		s, err := number(x)
		if err != nil && t.err == nil {
			t.err = fmt.Errorf("row %s: %w", strings.Join(t.row, ","), err)
		}
		t.text(s)
	}
}

func (t *table) end() {
	if t.err == nil {
		t.err = t.w.Write(t.row)
	}
	t.row = t.row[:0]
}

func (t *table) close() error {
	if t.err == nil {
		t.w.Flush()
		t.err = t.w.Error()
	}
	return t.err
}

// WriteCurve writes curve.csv: how many people hold a seat at each local midnight.
func WriteCurve(w io.Writer, a analysis.Answers) error {
	cals, err := Calendars(a.Study)
	if err != nil {
		return err
	}
	t := newTable(w, CurveColumns)
	for _, v := range a.Variants {
		for _, p := range v.Pools {
			for _, c := range p.Curve {
				t.text(v.Name, p.Tenant, p.Product, cals[p.Tenant].Local(c.Time).Format(time.RFC3339))
				t.int(int64(c.Seats))
				t.floats(c.Assignable, c.Mean, c.P05, c.P25, c.P50, c.P75, c.P95, c.RefusedMean)
				t.end()
			}
		}
	}
	return t.close()
}

// WriteExhaustion writes exhaustion.csv: the probability that no seat was
// assignable, and that a claim was refused, by the end of each date. The first
// date is the day before the study: it has what was so at the start.
func WriteExhaustion(w io.Writer, a analysis.Answers) error {
	cals, err := Calendars(a.Study)
	if err != nil {
		return err
	}
	t := newTable(w, ExhaustionColumns)
	for _, v := range a.Variants {
		for _, p := range v.Pools {
			for _, r := range p.Risk {
				t.text(v.Name, p.Tenant, p.Product, cals[p.Tenant].Ended(r.Time).Format(DateFormat))
				e, f := r.Exhaustion, r.Refusal
				t.floats(e.Value, e.Low, e.High, f.Value, f.Low, f.High)
				t.end()
			}
		}
	}
	return t.close()
}

// A Replications writes replications.csv, row by row as replications finish.
type Replications struct {
	study record.Study
	cals  map[string]Calendar
	t     *table
}

// NewReplications writes the header of replications.csv to w.
func NewReplications(w io.Writer, study record.Study) (*Replications, error) {
	cals, err := Calendars(study)
	if err != nil {
		return nil, err
	}
	r := &Replications{study, cals, newTable(w, ReplicationColumns)}
	return r, r.t.err
}

// Add writes a row for each pool of r.
func (w *Replications) Add(r record.Record) error {
	v := w.study.Variants[r.Variant]
	for i, tenant := range r.Tenants {
		info := v.Tenants[i]
		for j, p := range tenant.Pools {
			w.t.int(int64(r.Replication))
			w.t.text(v.Name, info.Name, info.Pools[j].Product)
			w.pool(p, w.cals[info.Name])
		}
	}
	return w.t.err
}

func (w *Replications) pool(p record.Pool, cal Calendar) {
	const day = 24 * 60 * 60 * 1000 // ms
	end := int64(0)
	if n := len(p.Assigned); n > 0 {
		end = int64(p.Assigned[n-1])
	}
	for _, n := range []int64{end, int64(p.Peak), p.Claims, p.RefusedClaims, p.RefusedUsers} {
		w.t.int(n)
	}
	w.t.floats(float64(p.BlockedMs)/day, float64(p.IdleMs)/day, p.Cost)
	for _, at := range []clock.Time{p.Exhausted, p.FirstRefusal} {
		if at == clock.Never {
			w.t.text("")
			continue
		}
		w.t.text(cal.Local(at).Format(time.RFC3339Nano))
	}
	w.t.end()
}

// Flush writes what is still in memory. It must be called after the last Add.
func (w *Replications) Flush() error { return w.t.close() }

// rows reads a CSV file with the given first columns, and calls row with the
// cells of each line. Errors begin with the line.
func rows(r io.Reader, columns column.List, row func(cells []string) error) error {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	head, err := c.Read()
	if err == io.EOF {
		return errors.New("line 1: the file is empty: want a header")
	}
	if err != nil {
		return err
	}
	if len(head) < len(columns) || !slices.Equal(head[:len(columns)], columns.Names()) {
		return fmt.Errorf("line 1: the header is %q: want %q", strings.Join(head, ","), strings.Join(columns.Names(), ","))
	}
	for {
		cells, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := row(cells); err != nil {
			line, _ := c.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// pools finds the pools of answers by the first three cells of a row.
func pools(a analysis.Answers) map[[3]string]*analysis.Pool {
	m := map[[3]string]*analysis.Pool{}
	for i, v := range a.Variants {
		for j, p := range v.Pools {
			m[[3]string{v.Name, p.Tenant, p.Product}] = &a.Variants[i].Pools[j]
		}
	}
	return m
}

func find(m map[[3]string]*analysis.Pool, cells []string) (*analysis.Pool, error) {
	p, ok := m[[3]string(cells[:3])]
	if !ok {
		return nil, fmt.Errorf("variant %q, tenant %q, product %q: the study has no such pool", cells[0], cells[1], cells[2])
	}
	return p, nil
}

// parse reads numbers out of cells into xs.
func parse(cells []string, columns column.List, xs ...*float64) error {
	for i, x := range xs {
		v, err := strconv.ParseFloat(cells[i], 64)
		if err == nil {
			_, err = number(v)
		}
		if err != nil {
			return fmt.Errorf("%s: %q is not a number", columns[i].Name, cells[i])
		}
		*x = v
	}
	return nil
}

// ReadCurve adds the curves in a curve.csv to the pools of a.
func ReadCurve(r io.Reader, a analysis.Answers) error {
	cals, err := Calendars(a.Study)
	if err != nil {
		return err
	}
	byName := pools(a)
	return rows(r, CurveColumns, func(cells []string) error {
		p, err := find(byName, cells)
		if err != nil {
			return err
		}
		at, err := time.Parse(time.RFC3339, cells[3])
		if err != nil {
			return fmt.Errorf("time: %q: want a time such as 2026-01-05T00:00:00+01:00", cells[3])
		}
		c := analysis.CurvePoint{Time: cals[p.Tenant].Time(at)}
		if c.Seats, err = strconv.Atoi(cells[4]); err != nil {
			return fmt.Errorf("seats: %q is not a whole number", cells[4])
		}
		err = parse(cells[5:], CurveColumns[5:], &c.Assignable, &c.Mean, &c.P05, &c.P25, &c.P50, &c.P75, &c.P95, &c.RefusedMean)
		p.Curve = append(p.Curve, c)
		return err
	})
}

// ReadExhaustion adds the risks in an exhaustion.csv to the pools of a.
func ReadExhaustion(r io.Reader, a analysis.Answers) error {
	cals, err := Calendars(a.Study)
	if err != nil {
		return err
	}
	byName := pools(a)
	return rows(r, ExhaustionColumns, func(cells []string) error {
		p, err := find(byName, cells)
		if err != nil {
			return err
		}
		day, err := time.Parse(DateFormat, cells[3])
		if err != nil {
			return fmt.Errorf("date: %q: want a date such as 2026-06-03", cells[3])
		}
		cal := cals[p.Tenant]
		risk := analysis.RiskPoint{Time: cal.Time(firstInstant(day, 1, cal.start.Location()))}
		e, f := &risk.Exhaustion, &risk.Refusal
		err = parse(cells[4:], ExhaustionColumns[4:], &e.Value, &e.Low, &e.High, &f.Value, &f.Low, &f.High)
		p.Risk = append(p.Risk, risk)
		return err
	})
}

// Midnights fills in the local midnights of a study whose tenants lack them.
func Midnights(s *record.Study) error {
	cals, err := Calendars(*s)
	if err != nil {
		return err
	}
	byName := map[string][]clock.Time{}
	for name, c := range cals {
		byName[name] = c.midnights(s.Days)
	}
	for _, v := range s.Variants {
		for i := range v.Tenants {
			v.Tenants[i].Midnights = byName[v.Tenants[i].Name]
		}
	}
	return nil
}
