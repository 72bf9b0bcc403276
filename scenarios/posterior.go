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

// readPosterior reads what a posterior(FILE) names: CSV with the columns p, q and
// ceiling, in any order, of the law contagion, a row for each equally likely draw. p
// and q are per day.
func readPosterior(r io.Reader) ([]behave.Adoption, error) {
	rows := csv.NewReader(r)
	rows.TrimLeadingSpace, rows.ReuseRecord = true, true
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("want a CSV file with the columns p, q and ceiling: %w", err)
	}
	names := slices.Clone(head)
	names[0] = strings.TrimPrefix(names[0], "\ufeff")
	var at [3]int
	for k, name := range []string{"p", "q", "ceiling"} {
		if at[k] = slices.Index(names, name); at[k] < 0 {
			return nil, fmt.Errorf("line 1: there is no column %s: want p, q and ceiling", name)
		}
	}
	var draws []behave.Adoption
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
		var v [3]float64
		for k, column := range at {
			x, ok := decimal(strings.TrimSpace(row[column]))
			if most := []float64{maxPerDay, maxPerDay, 1}[k]; !ok || x < 0 || x > most || k == 0 && x == 0 {
				return nil, fmt.Errorf("line %d: %s: %s is no number %s", line, []string{"p", "q", "ceiling"}[k], quote(row[column]),
					[]string{"above 0, at most 86400", "from 0 to 86400", "from 0 to 1"}[k])
			}
			v[k] = x
		}
		day := float64(clock.Day)
		draws = append(draws, behave.Adoption{Law: behave.Contagion, P: v[0] / day, Q: v[1] / day, Ceiling: v[2]})
	}
}

// maxPerDay is the most of a rate: one per second.
const maxPerDay = 86400
