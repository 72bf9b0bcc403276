package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"seatcast/analysis/forecast"
	"seatcast/output"
	"seatcast/output/report"
)

var backtestVerb = verb{
	name: "backtest", args: "SCENARIO", does: "how good the forecast would have been so far, beside others",
	help: `Forecasts the history again from many of its own days, with what was known then, holds the forecasts
against what came, and prints the scores of seatcast's forecast beside those of the models in common
use. The table stands in the report next to the forecast that it judges.

Examples:
  seatcast backtest mine.toml --history history.csv
  seatcast backtest autodesk-ahead --history upm_autodesk_sessions.csv --horizon 14 --out how-good
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		opt := observeFlags(flags)
		step := flags.Int("step", 0, "forecast from every `N`th period (default: some 40 origins)")
		first := flags.Int("first", 0, "forecast first when `N` periods are known (default: a third of the history, at most a horizon)")
		return func(c *call) error {
			if err := c.want(1, 1, "a scenario"); err != nil {
				return err
			}
			o, err := newObservation(c.args[0], opt)
			if err != nil {
				return err
			}
			p := forecast.ProtocolFor(len(o.Seats), o.horizon)
			if *step > 0 {
				p.Step = *step
			}
			if *first > 0 {
				p.First = max(*first, forecast.Least)
			}
			if p.First+p.Horizon > len(o.Seats) {
				return wrong("the history of %s is too short to forecast %d ahead from period %d: give a shorter --horizon", count(len(o.Seats), o.Unit()), p.Horizon, p.First)
			}
			return o.backtest(c, p)
		}
	},
}

// backtest scores the models on the history and publishes the table.
func (o *observation) backtest(c *call, p forecast.Protocol) error {
	law, err := o.law()
	if err != nil {
		return err
	}
	scores := o.scores(p)
	if scores[0].Origins == 0 {
		return fmt.Errorf("the forecaster has no forecast at any of its origins")
	}
	found := outcome{json: scores, files: map[string][]byte{backtestFile: tableCSV(p, scores), "scenario.toml": o.scenario.TOML}}
	found.page = report.Outlook{
		Kicker:  fmt.Sprintf("Backtest · %s to %s", o.day(0), o.day(len(o.Seats)-1)),
		Title:   "How far to trust the forecast",
		Answers: []string{verdict(scores, p), o.risk(law)}, Warnings: o.warnings,
		Figures: o.figures("Seats taken, and the forecast that the table judges", law, nil, nil),
		Tables:  []report.Table{o.scoreTable(scores, p)},
	}
	return o.publish(c, found, filepath.Join("results", o.scenario.Name+"-backtest-"+o.scenario.Hash[:8]))
}

// scores returns the scores of seatcast's forecast, and then of the models in common use.
func (o *observation) scores(p forecast.Protocol) []forecast.Score {
	models := append([]forecast.Model{forecast.NewCombined(float64(o.headcount))}, forecast.Baselines(max(p.Horizon, 10))...)
	return forecast.Backtest(o.Seats, models, p)
}

// verdict says in words how the first of scores did.
func verdict(scores []forecast.Score, p forecast.Protocol) string {
	ours := scores[0]
	rest := slices.DeleteFunc(slices.Clone(scores[1:]), func(s forecast.Score) bool { return s.Origins < ours.Origins })
	text := fmt.Sprintf("From %s, 90%% intervals held what came in %s of the periods ahead, and 50%% intervals in %s.", count(ours.Origins, "origin"),
		output.Percent(ours.Cover90), output.Percent(ours.Cover50))
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

// scoreTable returns the scores as a table, in the order of models.
func (o *observation) scoreTable(scores []forecast.Score, p forecast.Protocol) report.Table {
	t := report.Table{Title: "Scores at rolling origins",
		Heads: []string{"model", "Brier", "miss", "alarm", "MASE", "WIS", "CRPS", "50% held", "90% held", "origins"}}
	f := func(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
	for _, s := range scores {
		if s.Origins == 0 {
			t.Rows = append(t.Rows, []string{s.Model, "–", "–", "–", "–", "–", "–", "–", "–", "0"})
			continue
		}
		t.Rows = append(t.Rows, []string{s.Model, f(s.Brier), f(s.Miss), f(s.Alarm), f(s.MASE), f(s.WIS), f(s.CRPS), output.Percent(s.Cover50), output.Percent(s.Cover90), strconv.Itoa(s.Origins)})
	}
	independent := max(1, (len(o.Seats)-p.First)/p.Horizon)
	least, most := forecast.CoverageBand(independent, 0.9, 0.99)
	t.Note = fmt.Sprintf("Origins from period %d on, %s apart, %s ahead. Brier, miss and alarm: of P(more than floor(k × seats then) within the horizon) for k = %s. "+
		"MASE, WIS and CRPS in units of the mean step so far; less is better. Forecasts of neighbouring origins miss together: the history has room for %s side by side, "+
		"and of so many independent 90%% intervals %d to %d hold if they are right (99%% band).", p.First, count(p.Step, o.Unit()), count(p.Horizon, o.Unit()), strings.Trim(fmt.Sprint(p.Headrooms), "[]"),
		count(independent, "horizon"), least, most)
	return t
}

// tableCSV returns the scores as the file backtest.csv.
func tableCSV(p forecast.Protocol, scores []forecast.Score) []byte {
	var b bytes.Buffer
	_ = forecast.Table{First: p.First, Step: p.Step, Horizon: p.Horizon, Scores: scores}.Write(&b) // to memory
	return b.Bytes()
}
