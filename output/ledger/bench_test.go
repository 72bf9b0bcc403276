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
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, oslo)
	row := claimAt(at)
	claimed := NewForm(&row)
	row.Outcome = "entitled"
	entitled := NewForm(&row)
	entitled.Shown = time.Time{}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		form := entitled
		if i%10 == 0 {
			form = claimed
		}
		at = at.Add(83*time.Second + 211*time.Millisecond)
		form.Time, form.Number = at, i%1000
		if err := w.AddForm(form); err != nil {
			b.Fatal(err)
		}
	}
}
