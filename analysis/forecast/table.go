package forecast

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
)

// A Table is the scores of models by one protocol, without its events: what a
// forecast of the same series is to be read with. Its file is CSV, a row a model.
type Table struct {
	First, Step, Horizon int // in periods, see Protocol
	Scores               []Score
}

// columns are the columns of a table: those of the protocol are the same in each row.
var columns = []string{"model", "first", "step", "horizon", "origins", "failed", "mase", "wis", "crps", "cover50", "cover90", "cases", "base_rate", "brier", "miss", "alarm"}

// numbers returns where the numbers of a row are, in the order of columns.
func (t *Table) numbers(s *Score) (counts []*int, scores []*float64) {
	return []*int{&t.First, &t.Step, &t.Horizon, &s.Origins, &s.Failed, &s.Cases},
		[]*float64{&s.MASE, &s.WIS, &s.CRPS, &s.Cover50, &s.Cover90, &s.BaseRate, &s.Brier, &s.Miss, &s.Alarm}
}

// casesAt is the column of the one count that stands between scores.
const casesAt = 11

// Write writes the table as CSV.
func (t Table) Write(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write(columns) // errors of a csv.Writer stay, for Flush
	for i := range t.Scores {
		counts, scores := t.numbers(&t.Scores[i])
		row := []string{t.Scores[i].Model}
		for c := 1; c < len(columns); c++ {
			if c <= 5 || c == casesAt {
				row, counts = append(row, strconv.Itoa(*counts[0])), counts[1:]
			} else {
				row, scores = append(row, strconv.FormatFloat(*scores[0], 'g', -1, 64)), scores[1:]
			}
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// maxModels bounds the rows of a table.
const maxModels = 1000

// ReadTable reads what Write wrote. Errors have the line.
func ReadTable(r io.Reader) (Table, error) {
	rows := csv.NewReader(r)
	head, err := rows.Read()
	if err != nil {
		return Table{}, fmt.Errorf("want a table of scores, as seatcast backtest writes it: %w", err)
	}
	for i, name := range columns {
		if len(head) != len(columns) || head[i] != name {
			return Table{}, fmt.Errorf("line 1: is no table of scores: want the columns of backtest.csv, as seatcast backtest writes it")
		}
	}
	var t Table
	for {
		row, err := rows.Read()
		switch {
		case err == io.EOF && t.Scores == nil:
			return Table{}, fmt.Errorf("has no scores")
		case err == io.EOF:
			return t, nil
		case err != nil:
			return Table{}, err
		case len(t.Scores) == maxModels:
			return Table{}, fmt.Errorf("has more than %d models", maxModels)
		}
		if err := t.add(row); err != nil {
			line, _ := rows.FieldPos(0)
			return Table{}, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// add adds a row.
func (t *Table) add(row []string) error {
	s, before := Score{Model: row[0]}, *t
	counts, scores := t.numbers(&s)
	for c := 1; c < len(columns); c++ {
		if c <= 5 || c == casesAt {
			n, err := strconv.Atoi(row[c])
			if err != nil || n < 0 || n > 1e9 {
				return fmt.Errorf("%s: %.40q is no count", columns[c], row[c])
			}
			*counts[0], counts = n, counts[1:]
		} else {
			x, err := strconv.ParseFloat(row[c], 64)
			if err != nil || !(x >= 0) || math.IsInf(x, 0) {
				return fmt.Errorf("%s: %.40q is no score", columns[c], row[c])
			}
			*scores[0], scores = x, scores[1:]
		}
	}
	if t.Scores != nil && (t.First != before.First || t.Step != before.Step || t.Horizon != before.Horizon) {
		return fmt.Errorf("first, step and horizon differ from the row before: scores by different protocols cannot be compared")
	}
	if t.Horizon == 0 || t.Step == 0 {
		return fmt.Errorf("step and horizon must be 1 or more")
	}
	t.Scores = append(t.Scores, s)
	return nil
}
