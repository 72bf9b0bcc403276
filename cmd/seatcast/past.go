package main

import (
	"bytes"
	"fmt"
	"time"

	"seatcast/analysis/forecast"
	"seatcast/analysis/history"
	"seatcast/output"
	"seatcast/scenarios"
)

// pasts reads what pools of a scenario name of the time before the study.
func pasts(s *scenarios.Scenario) (all []output.Past, err error) {
	for _, named := range s.Pasts {
		h, err := history.Read(bytes.NewReader(s.Files[named.History]))
		if err != nil {
			return nil, fmt.Errorf("%s.history: %s: %w", named.Key, named.History, err)
		}
		p := output.Past{Tenant: named.Tenant, Product: named.Product, Unit: h.Unit(), Seats: h.Seats}
		for i := range h.Seats {
			p.Dates = append(p.Dates, h.Date(i).Format(time.DateOnly))
		}
		if last := p.Dates[len(p.Dates)-1]; last >= s.Start {
			return nil, fmt.Errorf("%s.history: %s ends on %s, and the study starts on %s: want a start after the history", named.Key, named.History, last, s.Start)
		}
		if named.Backtest != "" {
			table, err := forecast.ReadTable(bytes.NewReader(s.Files[named.Backtest]))
			if err != nil {
				return nil, fmt.Errorf("%s.backtest: %s: %w", named.Key, named.Backtest, err)
			}
			p.Backtest = &table
		}
		all = append(all, p)
	}
	return all, nil
}
