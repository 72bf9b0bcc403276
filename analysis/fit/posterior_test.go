package fit

import (
	"flag"
	"math"
	"testing"

	"seatcast/sim/rng"
)

// The recovery of 400 tenants takes a minute:
//
//	go test ./analysis/fit -run Recovery -full
var full = flag.Bool("full", false, "also run what takes minutes")

// tenant simulates a pure-birth process until the day on which share of those who
// ever adopt has done so, to its end.
func tenant(b PureBirth, share float64, key rng.Key) (days []float64) {
	s := key.Stream()
	t, day := 0.0, 0.0
	for n := 0; ; n++ {
		t -= math.Log(s.Uniform()) / b.rate(n)
		for t >= float64(len(days)+1) {
			if days, day = append(days, day), 0; float64(n) >= share*float64(b.M) {
				return days
			}
		}
		day++
	}
}

// TestRecovery: of 400 tenants whose saturation is known, each seen up to 30% of
// it, the 90% intervals hold it in 85% to 95% (the reduced form: of 60 tenants, in
// the range that these numbers allow for with probability 0.99).
func TestRecovery(t *testing.T) {
	tenants, least, most := 60, 0.78, 0.98
	if *full {
		tenants, least, most = 400, 0.85, 0.95
	}
	const headcount = 5000
	hits, identified, low, high := 0, 0, 0, 0
	for i := range tenants {
		key := rng.New(1).Index(uint64(i))
		s := key.Index(0).Stream()
		m := math.Round(headcount * (0.2 + 0.7*s.Uniform()))
		ratio := math.Exp(math.Log(10) + math.Log(20)*s.Uniform()) // q/p from 10 to 200
		q := 0.02 + 0.08*s.Uniform()
		days := tenant(PureBirth{int(m), q / ratio, q}, 0.3, key.Index(1))
		p, err := Infer(History{Adoptions: days, Headcount: headcount})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case m < p.Low:
			low++
		case m > p.High:
			high++
		default:
			hits++
		}
		if p.Identified {
			identified++
		}
	}
	rate := float64(hits) / float64(tenants)
	t.Logf("90%% intervals of %d tenants hold the saturation in %.3f (%d below, %d above); %d identified", tenants, rate, low, high, identified)
	if rate < least || rate > most {
		t.Errorf("coverage %.3f, want %v to %v", rate, least, most)
	}
}
