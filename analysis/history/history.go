// Package history reads what has been seen of seats and people: a series by date, a
// list of people with how often they acted, or the sessions of a licence server. All
// are CSV; lines that cannot be read are errors with their number, never left out.
package history

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A History is what has been seen.
type History struct {
	Start   time.Time // of the first period, a date in UTC
	Period  int       // days from value to value; about 30 where it is Monthly
	Monthly bool
	Seats   []float64 // at the end of each period
	Filled  int       // days without a row, which keep the value of the day before
	Acts    []int     // of each person, where they are known: of sessions, days with one
	People  []string  // whose acts
	First   []int     // of each person, the day of the first act, counted from Start; empty where it is not known
}

// Date returns the first day of period i, counted from 0.
func (h *History) Date(i int) time.Time {
	if h.Monthly {
		return h.Start.AddDate(0, i, 0)
	}
	return h.Start.AddDate(0, 0, i*h.Period)
}

// Unit returns what a period is called: day, week, month or such as 3-day period.
func (h *History) Unit() string {
	switch {
	case h.Monthly:
		return "month"
	case h.Period == 7:
		return "week"
	case h.Period == 1:
		return "day"
	}
	return fmt.Sprintf("%d-day period", h.Period)
}

// seatColumns, dateColumns, personColumns and timeColumns are the names of columns
// that are understood, the first found counts.
var (
	seatColumns   = []string{"seats", "assigned", "cumulative_seats", "holders", "installations"}
	dateColumns   = []string{"date", "day", "month"}
	personColumns = []string{"seat_id", "person", "user", "user_id"}
	timeColumns   = []string{"checkout", "time"}
)

// Read reads a history: with columns for a date and for seats, a series; with
// columns for a person and a time, sessions or acts, of which each person's first
// takes a seat that nobody gives back.
func Read(r io.Reader) (*History, error) {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace = true
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("want a CSV file with the columns date and seats, or person and time: %w", err)
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff")))
	}
	date, seats := column(head, dateColumns), column(head, seatColumns)
	person, at := column(head, personColumns), column(head, timeColumns)
	switch {
	case date >= 0 && seats >= 0:
		return series(rows, date, seats)
	case person >= 0 && at >= 0:
		return sessions(rows, person, at)
	}
	return nil, fmt.Errorf("line 1: the columns are %s; want a date (%s) and seats (%s), or a person (%s) and a time (%s)", strings.Join(head, ", "),
		strings.Join(dateColumns, ", "), strings.Join(seatColumns, ", "), strings.Join(personColumns, ", "), strings.Join(timeColumns, ", "))
}

func column(head, names []string) int {
	for _, name := range names {
		if i := slices.Index(head, name); i >= 0 {
			return i
		}
	}
	return -1
}

// each calls f for every row; the error has the line.
func each(rows *csv.Reader, f func(row []string) error) error {
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(row); err != nil {
			line, _ := rows.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// maxDays bounds a history, so that a date that is mistyped does not fill memory.
const maxDays = 100 * 366

// maxActs bounds the acts of a person, which are counted by how many people have as many.
const maxActs = 1_000_000

// series reads a value for each date.
func series(rows *csv.Reader, date, seats int) (*History, error) {
	var days []time.Time
	var values []float64
	err := each(rows, func(row []string) error {
		day, err := parseDate(row[date])
		if err != nil {
			return err
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(row[seats]), 64)
		if err != nil || !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%q is no number of seats", row[seats])
		}
		if n := len(days); n > 0 && !day.After(days[n-1]) {
			return fmt.Errorf("%s does not come after %s: want one row for each date, in their order", row[date], days[n-1].Format(time.DateOnly))
		}
		days, values = append(days, day), append(values, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(days) < 2 {
		return nil, errors.New("want two dates or more")
	}
	return space(days, values)
}

func parseDate(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.DateOnly, "2006-01", time.RFC3339, "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date: write 2006-01-02", text)
}

// space puts values at equal distances: months where all are, else the least
// distance, with what is between filled by the value before.
func space(days []time.Time, values []float64) (*History, error) {
	months, least := true, math.MaxInt
	for i := 1; i < len(days); i++ {
		months = months && days[i].Equal(days[0].AddDate(0, i, 0))
		least = min(least, int(days[i].Sub(days[i-1]).Hours()/24))
	}
	h := &History{Start: days[0], Period: least, Seats: values}
	if months {
		h.Monthly, h.Period = true, 30
		return h, nil
	}
	if days[len(days)-1].Sub(days[0]).Hours()/24 > maxDays {
		return nil, errors.New("spans more than a hundred years")
	}
	h.Seats = nil
	for i, day := range days {
		gap := int(day.Sub(h.Date(len(h.Seats))).Hours() / 24)
		if gap%least != 0 {
			return nil, fmt.Errorf("the dates are %d days apart at the least, which does not lead to %s: want dates at equal distances", least, day.Format(time.DateOnly))
		}
		for ; gap > 0; gap -= least {
			h.Seats = append(h.Seats, values[i-1])
			h.Filled++
		}
		h.Seats = append(h.Seats, values[i])
	}
	return h, nil
}

// sessions reads who acted when. Times are local times of the log.
func sessions(rows *csv.Reader, person, at int) (*History, error) {
	first, last := map[string]time.Time{}, map[string]time.Time{}
	acts := map[string]int{}
	var from, to time.Time
	err := each(rows, func(row []string) error {
		day, err := parseDate(row[at])
		if err != nil {
			return err
		}
		who := strings.TrimSpace(row[person])
		if who == "" {
			return errors.New("there is no person")
		}
		if f, ok := first[who]; !ok || day.Before(f) {
			first[who] = day
		}
		if !day.Equal(last[who]) { // days on which someone acted: a launch may be many rows
			acts[who]++
		}
		last[who] = day
		if from.IsZero() || day.Before(from) {
			from = day
		}
		if day.After(to) {
			to = day
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	n := int(to.Sub(from).Hours()/24) + 1
	if len(first) == 0 || n < 2 {
		return nil, errors.New("want acts on two days or more")
	}
	if n > maxDays {
		return nil, errors.New("spans more than a hundred years")
	}
	h := &History{Start: from, Period: 1, Seats: make([]float64, n)}
	for who, day := range first {
		h.Seats[int(day.Sub(from).Hours()/24)]++
		h.People = append(h.People, who)
	}
	for i := 1; i < n; i++ {
		h.Seats[i] += h.Seats[i-1]
	}
	slices.Sort(h.People)
	for _, who := range h.People {
		h.Acts, h.First = append(h.Acts, acts[who]), append(h.First, int(first[who].Sub(from).Hours()/24))
	}
	return h, nil
}

// ReadPeople reads how often each person acted: CSV with a column for the person and
// one called acts, and maybe first, the date of the first act.
func (h *History) ReadPeople(r io.Reader) error {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace = true
	head, err := rows.Read()
	if err != nil {
		return fmt.Errorf("want a CSV file with the columns person and acts: %w", err)
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff")))
	}
	person, count, began := column(head, personColumns), column(head, []string{"acts"}), column(head, []string{"first"})
	if person < 0 || count < 0 {
		return fmt.Errorf("line 1: the columns are %s; want person and acts", strings.Join(head, ", "))
	}
	h.People, h.Acts, h.First = nil, nil, nil
	seen := map[string]bool{}
	return each(rows, func(row []string) error {
		n, err := strconv.Atoi(strings.TrimSpace(row[count]))
		if err != nil || n < 0 || n > maxActs {
			return fmt.Errorf("%q is no number of acts from 0 to %d", row[count], maxActs)
		}
		if seen[row[person]] {
			return fmt.Errorf("%q is there twice", row[person])
		}
		if began >= 0 {
			day, err := parseDate(row[began])
			if err != nil {
				return fmt.Errorf("first: %w", err)
			}
			h.First = append(h.First, int(day.Sub(h.Start).Hours()/24))
		}
		seen[row[person]] = true
		h.People, h.Acts = append(h.People, row[person]), append(h.Acts, n)
		return nil
	})
}
