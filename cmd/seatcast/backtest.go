package main

import (
	"bytes"
	"flag"
	"fmt"
	"path/filepath"

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
	table := o.scores(p)
	if table.Scores[0].Origins == 0 {
		return fmt.Errorf("the forecaster has no forecast at any of its origins")
	}
	found := outcome{json: table.Scores, files: map[string][]byte{backtestFile: tableCSV(table), "scenario.toml": o.scenario.TOML}}
	found.page = report.Outlook{
		Kicker:  fmt.Sprintf("Backtest · %s to %s", o.day(0), o.day(len(o.Seats)-1)),
		Title:   "How far to trust the forecast",
		Answers: []string{output.Verdict(table, o.Unit()), o.risk(law)}, Warnings: o.warnings,
		Figures: o.figures("Seats taken, and the forecast that the table judges", law, nil, nil),
		Tables:  []report.Table{o.scoreTable(table)},
	}
	return o.publish(c, found, filepath.Join("results", o.scenario.Name+"-backtest-"+o.scenario.Hash[:8]))
}

// scores returns the scores of seatcast's forecast, and then of the models in common use.
func (o *observation) scores(p forecast.Protocol) forecast.Table {
	models := append([]forecast.Model{forecast.NewCombined(float64(o.headcount))}, forecast.Baselines(max(p.Horizon, 10))...)
	return forecast.Table{First: p.First, Step: p.Step, Horizon: p.Horizon, Scores: forecast.Backtest(o.Seats, models, p)}
}

// scoreTable returns a backtest as a table of a page.
func (o *observation) scoreTable(t forecast.Table) report.Table {
	heads, rows := output.Scores(t)
	return report.Table{Title: "Scores at rolling origins", Heads: heads, Rows: rows, Note: output.ScoresNote(t, len(o.Seats), o.Unit())}
}

// tableCSV returns a backtest as the file backtest.csv.
func tableCSV(t forecast.Table) []byte {
	var b bytes.Buffer
	_ = t.Write(&b) // to memory
	return b.Bytes()
}
