package output

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"seatcast/analysis/forecast"
)

// A Past is what was seen of a pool before the study, with how good forecasts of that
// have been. It is told and drawn beside the answers, and changes none of them.
type Past struct {
	Tenant   string          `json:"tenant"`
	Product  string          `json:"product"`
	Unit     string          `json:"unit"`     // of a period: day, week, month or 3 days
	Dates    []string        `json:"dates"`    // first days of the periods, 2006-01-02
	Seats    []float64       `json:"seats"`    // held at the end of each
	Backtest *forecast.Table `json:"backtest"` // nil where there is none
}

// PastID is the ID of the section about the past.
const PastID = "past"

// PastSection tells how far to trust what follows from the past.
func PastSection(pasts []Past) Section {
	s := Section{ID: PastID, Title: "The past, and how far to trust the forecast"}
	for _, p := range pasts {
		name := PoolName{p.Tenant, p.Product}.String()
		if p.Backtest == nil {
			s.Words = append(s.Words, fmt.Sprintf("%s goes on from %s of history, and nothing tells how good forecasts of that have been: name the backtest.csv of seatcast backtest in its pool.",
				name, plural(len(p.Seats), p.Unit)))
			continue
		}
		s.Words = append(s.Words, "Forecasts that seatcast fits to the history of "+name+", held against what came: "+Verdict(*p.Backtest, p.Unit))
		t := Table{Title: "Scores at rolling origins: " + name, Left: 1}
		t.Columns, t.Rows = Scores(*p.Backtest)
		s.Tables = append(s.Tables, t)
		s.Notes = append(s.Notes, ScoresNote(*p.Backtest, len(p.Seats), p.Unit))
	}
	return s
}

// Verdict says in words how the first model of a backtest did.
func Verdict(t forecast.Table, unit string) string {
	ours := t.Scores[0]
	if ours.Origins == 0 {
		return "there is no forecast at any of its origins."
	}
	rest := slices.DeleteFunc(slices.Clone(t.Scores[1:]), func(s forecast.Score) bool { return s.Origins < ours.Origins })
	text := fmt.Sprintf("From %s, up to %s ahead, 90%% intervals held what came in %s of the periods ahead, and 50%% intervals in %s.", plural(ours.Origins, "origin"), plural(t.Horizon, unit),
		Percent(ours.Cover90), Percent(ours.Cover50))
	if len(rest) == 0 {
		return text
	}
	best := slices.MinFunc(rest, func(a, b forecast.Score) int { return cmp.Compare(a.Brier, b.Brier) })
	word := "better than"
	switch {
	case math.Abs(ours.Brier-best.Brier) < 0.0005:
		word = "as good as"
	case ours.Brier > best.Brier:
		word = "worse than"
	}
	return text + fmt.Sprintf(" Its probabilities of running out score %.3f (Brier; 0 is perfect, %.3f is to know the share of events alone), %s the best of the other models (%s, %.3f).",
		ours.Brier, ours.BaseRate*(1-ours.BaseRate), word, best.Model, best.Brier)
}

// Scores returns a backtest as columns and rows, a model a row.
func Scores(t forecast.Table) (columns []string, rows [][]string) {
	f := func(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
	for _, s := range t.Scores {
		if s.Origins == 0 {
			rows = append(rows, []string{s.Model, "–", "–", "–", "–", "–", "–", "–", "–", "0"})
			continue
		}
		rows = append(rows, []string{s.Model, f(s.Brier), f(s.Miss), f(s.Alarm), f(s.MASE), f(s.WIS), f(s.CRPS), Percent(s.Cover50), Percent(s.Cover90), strconv.Itoa(s.Origins)})
	}
	return []string{"model", "Brier", "miss", "alarm", "MASE", "WIS", "CRPS", "50% held", "90% held", "origins"}, rows
}

// ScoresNote says how the scores of a history of n periods are to be read.
func ScoresNote(t forecast.Table, n int, unit string) string {
	independent := max(1, (n-t.First)/t.Horizon)
	least, most := forecast.CoverageBand(independent, 0.9, 0.99)
	k := strings.Trim(fmt.Sprint(forecast.ProtocolFor(n, t.Horizon).Headrooms), "[]")
	return fmt.Sprintf("Origins from period %d on, %s apart, %s ahead. Brier, miss and alarm: of P(more than floor(k × seats then) within the horizon) for k = %s. "+
		"MASE, WIS and CRPS in units of the mean step so far; less is better. Forecasts of neighbouring origins miss together: the history has room for %s side by side, "+
		"and of so many independent 90%% intervals %d to %d hold if they are right (99%% band).", t.First, plural(t.Step, unit), plural(t.Horizon, unit), k,
		plural(independent, "horizon"), least, most)
}

// plural writes a number of things: 3 days, and 2 times 3 days.
func plural(n int, thing string) string {
	switch {
	case n != 1 && strings.HasSuffix(thing, "s"):
		return strconv.Itoa(n) + " times " + thing
	case n != 1:
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
