package ledger

import (
	"io"
	"testing"
	"time"
)

// BenchmarkWriter writes the rows of acts that come a minute or so apart; one in ten is
// a claim, with the time when the portal shows it.
func BenchmarkWriter(b *testing.B) {
	w := NewWriter(io.Discard)
	row := claimAt(time.Date(2026, 1, 1, 0, 0, 0, 0, oslo))
	shown := row.Shown
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		row.Time = row.Time.Add(83*time.Second + 211*time.Millisecond)
		row.Outcome, row.Shown = "entitled", time.Time{}
		if i%10 == 0 {
			row.Outcome, row.Shown = "claimed", shown
		}
		if err := w.Add(&row); err != nil {
			b.Fatal(err)
		}
	}
}
