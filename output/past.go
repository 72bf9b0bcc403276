package output

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"seatcast/analysis/forecast"
)

// A Past is what was seen of a pool before the study, with how good forecasts of that
// have been. It is told and drawn beside the answers, and changes none of them.
type Past struct {
	Tenant   string          `json:"tenant"`
	Product  string          `json:"product"`
	Unit     string          `json:"unit"`     // of a period: day, week, month or 3-day period
	Dates    []string        `json:"dates"`    // first days of the periods, 2006-01-02
	Seats    []float64       `json:"seats"`    // held at the end of each
	Backtest *forecast.Table `json:"backtest"` // nil where there is none
}

// PastID is the ID of the section about the past.
const PastID = "past"

// PastSection tells how far to trust what follows from the past, in a study that ends on
// a date, 2006-01-02.
func PastSection(pasts []Past, end string) Section {
	s := Section{ID: PastID, Title: "The past, and how far to trust the forecast"}
	for _, p := range pasts {
		name := PoolName{p.Tenant, p.Product}.String()
		if p.Backtest == nil {
			s.Words = append(s.Words, fmt.Sprintf("%s goes on from %s of history, and nothing tells how good forecasts of that have been: name the backtest.csv of seatcast backtest in its pool.",
				name, plural(len(p.Seats), p.Unit)))
			continue
		}
		s.Words = append(s.Words, "How far to trust what follows from the history of "+name+". "+Verdict(*p.Backtest, p.Unit)+p.beyond(end))
		t := Table{Title: "Scores at rolling origins: " + name, Left: 1}
		t.Columns, t.Rows = Scores(*p.Backtest)
		s.Tables = append(s.Tables, t)
		s.Notes = append(s.Notes, ScoresNote(*p.Backtest, len(p.Seats), p.Unit))
	}
	return s
}

// beyond says where a study goes on after the last day of which the scores tell.
func (p Past) beyond(end string) string {
	n := len(p.Dates)
	if n < 2 {
		return ""
	}
	last, err := time.Parse(DateFormat, p.Dates[n-1])
	before, err2 := time.Parse(DateFormat, p.Dates[n-2])
	if err != nil || err2 != nil {
		return ""
	}
	periods := p.Backtest.Horizon + 1 // the last of the history goes on until the next begins
	judged := last.Add(last.Sub(before)*time.Duration(periods)).AddDate(0, 0, -1)
	if p.Unit == "month" {
		judged = last.AddDate(0, periods, -1)
	}
	if judged.Format(DateFormat) >= end {
		return ""
	}
	return fmt.Sprintf(" They tell nothing of forecasts for days after %s.", LongDate(judged))
}

// Verdict says in words how the first model of a backtest did.
func Verdict(t forecast.Table, unit string) string {
	ours := t.Scores[0]
	if ours.Origins == 0 {
		return "There is no forecast at any earlier date."
	}
	text := fmt.Sprintf("Forecasts made at %s of the history, up to %s ahead: what came lay within the 90%% intervals in %s of the periods, and within the 50%% intervals in %s.",
		plural(ours.Origins, "earlier date"), plural(t.Horizon, unit), Percent(ours.Cover90), Percent(ours.Cover50))
	if ours.Cases > 0 {
		text += " " + probabilities(t)
	}
	if n := apart(t); n < fewTrials {
		text += fmt.Sprintf(" The history has room for no more than %s that do not overlap, so that all of this may be luck.", plural(n, "forecast"))
	}
	return text
}

// apart returns how many forecasts of a table do not overlap.
func apart(t forecast.Table) int {
	s := t.Scores[0]
	return max(1, ((s.Origins+s.Failed-1)*t.Step+t.Horizon)/t.Horizon)
}

// probabilities says in words how good the probabilities of the first model were.
func probabilities(t forecast.Table) string {
	ours := t.Scores[0]
	asked := fmt.Sprintf("Asked %s whether the seats in use would grow by a given share within that time", plural(ours.Cases, "time"))
	switch ours.BaseRate {
	case 0:
		return fmt.Sprintf("%s, it gave %s on average, and they never did: how it does where they do is not known.", asked, Percent(ours.Alarm))
	case 1:
		return fmt.Sprintf("%s, it gave %s on average, and they always did: how it does where they do not is not known.", asked, Percent(1-ours.Miss))
	}
	text := fmt.Sprintf("%s, which happened in %s of the cases, its probabilities score %.3f (Brier: 0 is perfect, %.3f is to say %s each time)",
		asked, Percent(ours.BaseRate), ours.Brier, ours.BaseRate*(1-ours.BaseRate), Percent(ours.BaseRate))
	rest := slices.DeleteFunc(slices.Clone(t.Scores[1:]), func(s forecast.Score) bool { return s.Origins < ours.Origins })
	if len(rest) == 0 {
		return text + "."
	}
	best := slices.MinFunc(rest, func(a, b forecast.Score) int { return cmp.Compare(a.Brier, b.Brier) })
	word := "better than"
	switch {
	case math.Abs(ours.Brier-best.Brier) < 0.0005:
		word = "as good as"
	case ours.Brier > best.Brier:
		word = "worse than"
	}
	return text + fmt.Sprintf(", %s the best of the other models (%s, %.3f).", word, best.Model, best.Brier)
}

// fewTrials is the number of forecasts side by side below which scores are said to be luck.
const fewTrials = 5

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
	k := strings.Trim(fmt.Sprint(forecast.ProtocolFor(n, t.Horizon).Headrooms), "[]")
	text := fmt.Sprintf("Forecasts from origins from period %d on, %s apart, %s ahead, each knowing the history up to its origin alone. Less is better but for the intervals, which hold as often as they say if they are right. "+
		"Brier is of the probability that more than floor(k × seats then) are held within the horizon, for k = %s; miss is what it withheld from what happened, alarm what it gave to what did not. "+
		"MASE, WIS and CRPS are errors of the median and of the whole forecast, in units of the mean step so far.", t.First, plural(t.Step, unit), plural(t.Horizon, unit), k)
	apart := max(1, (n-t.First)/t.Horizon)
	if apart < fewTrials {
		return text + fmt.Sprintf(" Forecasts of neighbouring origins miss together: the history has room for %s side by side, too few to tell right intervals from wrong ones.", plural(apart, "horizon"))
	}
	least, most := forecast.CoverageBand(apart, 0.9, 0.99)
	return text + fmt.Sprintf(" Forecasts of neighbouring origins miss together: the history has room for %s side by side, and of so many independent 90%% intervals %d to %d hold if they are right (99%% band).",
		plural(apart, "horizon"), least, most)
}

// plural writes a number of things: 1 day, and 2 weeks.
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
