package output

import (
	"strings"
	"testing"

	"seatcast/analysis/forecast"
)

// TestVerdict: the words of a backtest fit what it found: where nothing of what was asked for
// happened, or all of it, no score stands for both, and few forecasts side by side are said
// to be few.
func TestVerdict(t *testing.T) {
	ours := forecast.Score{Model: "seatcast", Origins: 60, Cover90: 0.91, Cover50: 0.48, Cases: 360, BaseRate: 0.4, Brier: 0.12, Miss: 0.2, Alarm: 0.1}
	other := forecast.Score{Model: "theta", Origins: 60, Cases: 360, BaseRate: 0.4, Brier: 0.15}
	for _, c := range []struct {
		what   string
		change func(*forecast.Score)
		step   int
		want   []string
		not    string
	}{
		{"mixed", func(*forecast.Score) {}, 1, []string{
			"Forecasts made at 60 earlier dates of the history, up to 10 days ahead: what came lay within the 90% intervals in 91% of the periods, and within the 50% intervals in 48%.",
			"Asked 360 times whether the seats in use would grow by a given share within that time, which happened in 40% of the cases, its probabilities score 0.120 (Brier: 0 is perfect, 0.240 is to say 40% each time), better than the best of the other models (theta, 0.150)."}, "luck"},
		{"never", func(s *forecast.Score) { s.BaseRate, s.Alarm = 0, 0.031 }, 1, []string{"it gave 3.1% on average, and they never did: how it does where they do is not known."}, "Brier"},
		{"always", func(s *forecast.Score) { s.BaseRate, s.Miss = 1, 0.25 }, 1, []string{"it gave 75% on average, and they always did"}, "Brier"},
		{"few", func(s *forecast.Score) { s.Origins = 12 }, 1, []string{"no more than 2 forecasts that do not overlap, so that all of this may be luck"}, ""},
		{"no cases", func(s *forecast.Score) { s.Cases = 0 }, 1, []string{"in 48%."}, "Asked"},
		{"none", func(s *forecast.Score) { s.Origins = 0 }, 1, []string{"There is no forecast at any earlier date."}, "Asked"},
	} {
		s := ours
		c.change(&s)
		got := Verdict(forecast.Table{First: 20, Step: c.step, Horizon: 10, Scores: []forecast.Score{s, other}}, "day")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", c.what, got, want)
			}
		}
		if c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s: %q has %q", c.what, got, c.not)
		}
	}
}

// TestPastTellsWhereScoresEnd: a study that goes on for longer than the forecasts that were
// scored is told so, with the day.
func TestPastTellsWhereScoresEnd(t *testing.T) {
	table := &forecast.Table{First: 5, Step: 1, Horizon: 3, Scores: []forecast.Score{{Model: "seatcast", Origins: 9}}}
	for _, c := range []struct{ unit, before, last, end, want string }{
		{"day", "2026-01-30", "2026-01-31", "2026-02-04", " 3 Feb 2026."},
		{"day", "2026-01-30", "2026-01-31", "2026-02-03", ""},
		{"week", "2026-01-05", "2026-01-12", "2026-12-31", " 8 Feb 2026."},
		{"month", "2025-12-01", "2026-01-01", "2026-12-31", " 30 Apr 2026."},
	} {
		p := Past{Tenant: "t", Product: "premium", Unit: c.unit, Dates: []string{c.before, c.last}, Seats: []float64{1, 2}, Backtest: table}
		words := PastSection([]Past{p}, c.end).Words[0]
		if got := strings.Contains(words, "They tell nothing of forecasts for days after"); got != (c.want != "") || !strings.HasSuffix(words, c.want) {
			t.Errorf("%s to %s: %q, want it to end with %q", c.unit, c.end, words, c.want)
		}
	}
}
