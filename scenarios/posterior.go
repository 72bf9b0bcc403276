package scenarios

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"seatcast/sim/behave"
	"seatcast/sim/clock"
)

// maxDraws bounds the draws of a posterior; more would tell nothing.
const maxDraws = 100_000

// posterior reads the laws of adoption of which each replication has one.
func (a *bound) posterior(open openData) []behave.Adoption {
	file, data, ok := a.file(open)
	if !ok {
		return nil
	}
	draws, err := readPosterior(bytes.NewReader(data))
	if err != nil {
		a.fail(file, "%s: %v", file.text, err)
	}
	return draws
}

// habits reads the rates of acts of which each replication has one.
func (a *bound) habits(open openData) []behave.HabitDraw {
	file, data, ok := a.file(open)
	if !ok {
		return nil
	}
	draws, err := readHabits(bytes.NewReader(data))
	if err != nil {
		a.fail(file, "%s: %v", file.text, err)
	}
	return draws
}

// A column of draws.
type column struct {
	name        string
	least, most float64
	above       bool // least is not in the range
}

// readPosterior reads what a posterior(FILE) of an adoption names: the columns p, q and
// ceiling of the law contagion. p and q are per day.
func readPosterior(r io.Reader) ([]behave.Adoption, error) {
	day := float64(clock.Day)
	return readDraws(r, []column{{"p", 0, maxPerDay, true}, {"q", 0, maxPerDay, false}, {"ceiling", 0, 1, false}}, func(v []float64) behave.Adoption {
		return behave.Adoption{Law: behave.Contagion, P: v[0] / day, Q: v[1] / day, Ceiling: v[2]}
	})
}

// readHabits reads what a posterior(FILE) of a habit names: the columns mean and shape of
// gamma(mean=, shape=). The mean is per day.
func readHabits(r io.Reader) ([]behave.HabitDraw, error) {
	return readDraws(r, []column{{"mean", 0, maxPerDay, false}, {"shape", minShape, maxShape, false}}, func(v []float64) behave.HabitDraw {
		return behave.HabitDraw{Rate: v[0] / float64(clock.Day), Spread: v[1]}
	})
}

// readDraws reads CSV with some columns of numbers, in any order, a row for each equally
// likely draw.
func readDraws[T any](r io.Reader, columns []column, draw func([]float64) T) (draws []T, err error) {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	want := strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace, rows.ReuseRecord = true, true
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("want a CSV file with the columns %s: %w", want, err)
	}
	heads := slices.Clone(head)
	heads[0] = strings.TrimPrefix(heads[0], "\ufeff")
	at := make([]int, len(columns))
	for k, name := range names {
		if at[k] = slices.Index(heads, name); at[k] < 0 {
			return nil, fmt.Errorf("line 1: there is no column %s: want %s", name, want)
		}
	}
	v := make([]float64, len(columns))
	for {
		row, err := rows.Read()
		switch {
		case err == io.EOF && draws == nil:
			return nil, fmt.Errorf("has no draws: want a row for each")
		case err == io.EOF:
			return draws, nil
		case err != nil:
			return nil, err
		case len(draws) == maxDraws:
			return nil, fmt.Errorf("has more than %d draws", maxDraws)
		}
		line, _ := rows.FieldPos(0)
		for k, c := range columns {
			if v[k], err = c.number(row[at[k]]); err != nil {
				return nil, fmt.Errorf("line %d: %s: %w", line, c.name, err)
			}
		}
		draws = append(draws, draw(v))
	}
}

// number returns the number of a cell of the column.
func (c column) number(text string) (float64, error) {
	x, ok := decimal(strings.TrimSpace(text))
	switch {
	case ok && x <= c.most && (x > c.least || x == c.least && !c.above):
		return x, nil
	case c.above:
		return 0, fmt.Errorf("%s is no number above %g, at most %g", quote(text), c.least, c.most)
	}
	return 0, fmt.Errorf("%s is no number from %g to %g", quote(text), c.least, c.most)
}

// maxPerDay is the most of a rate: one per second. minShape and maxShape are those of
// dist.Gamma.
const (
	maxPerDay          = 86400
	minShape, maxShape = 0.01, 1e4
)
