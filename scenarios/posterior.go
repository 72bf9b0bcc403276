package scenarios

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
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
// ceiling of the law contagion, and maybe by-7, by-14 and such, the share that has adopted
// by the end of the 7th day and the 14th. p and q are per day.
func readPosterior(r io.Reader) ([]behave.Adoption, error) {
	day := float64(clock.Day)
	columns := []column{{"p", 0, maxPerDay, true}, {"q", 0, maxPerDay, false}, {"ceiling", 0, 1, false}}
	var days []int
	return readDraws(r, columns, func(heads []string) (more []column, err error) {
		if days, err = waypoints(heads); err != nil {
			return nil, err
		}
		for _, d := range days {
			more = append(more, column{wayPrefix + strconv.Itoa(d), 0, 1, false})
		}
		return more, nil
	}, func(v []float64) (behave.Adoption, error) {
		a := behave.Adoption{Law: behave.Contagion, P: v[0] / day, Q: v[1] / day, Ceiling: v[2]}
		for i, share := range v[3:] {
			if i > 0 && share < v[2+i] {
				return a, fmt.Errorf("%s%d: %g is less than the %g of the column before: want the share of all who have adopted by then", wayPrefix, days[i], share, v[2+i])
			}
			a.Way = append(a.Way, behave.Waypoint{At: clock.Time(days[i]) * clock.Day, Share: share})
		}
		return a, nil
	})
}

// wayPrefix begins the names of columns of shares by day.
const wayPrefix = "by-"

// waypoints returns the days of the columns that have one, rising.
func waypoints(heads []string) (days []int, err error) {
	for _, h := range heads {
		text, ok := strings.CutPrefix(h, wayPrefix)
		if !ok {
			continue
		}
		d, err := strconv.Atoi(text)
		if err != nil || d < 1 || d > maxWayDays || strconv.Itoa(d) != text {
			return nil, fmt.Errorf("line 1: %s: want a day from 1 to %d after %s", quote(h), maxWayDays, wayPrefix)
		}
		days = append(days, d)
	}
	slices.Sort(days)
	switch twice := len(slices.Compact(slices.Clone(days))); {
	case twice < len(days):
		return nil, fmt.Errorf("line 1: a column %s… is there twice", wayPrefix)
	case len(days) > maxWay:
		return nil, fmt.Errorf("line 1: there are %d columns %s…, the most is %d", len(days), wayPrefix, maxWay)
	}
	return days, nil
}

// maxWay and maxWayDays bound the columns of shares by day, and the days.
const (
	maxWay     = 400
	maxWayDays = 36500
)

// readHabits reads what a posterior(FILE) of a habit names: the columns mean and shape of
// gamma(mean=, shape=). The mean is per day.
func readHabits(r io.Reader) ([]behave.HabitDraw, error) {
	none := func([]string) ([]column, error) { return nil, nil }
	return readDraws(r, []column{{"mean", 0, maxPerDay, false}, {"shape", minShape, maxShape, false}}, none, func(v []float64) (behave.HabitDraw, error) {
		return behave.HabitDraw{Rate: v[0] / float64(clock.Day), Spread: v[1]}, nil
	})
}

// readDraws reads CSV with some columns of numbers, and more of them by the names that
// there are, in any order, a row for each equally likely draw.
func readDraws[T any](r io.Reader, columns []column, more func(heads []string) ([]column, error), draw func([]float64) (T, error)) (draws []T, err error) {
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
	others, err := more(heads)
	if err != nil {
		return nil, err
	}
	columns = append(columns, others...)
	at := make([]int, len(columns))
	for k, c := range columns {
		if at[k] = slices.Index(heads, c.name); at[k] < 0 {
			return nil, fmt.Errorf("line 1: there is no column %s: want %s", c.name, want)
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
		d, err := draw(v)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		draws = append(draws, d)
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
