package behave

import (
	"math"

	"seatcast/sim/clock"
)

// A Tilt makes an event of adoption likelier than it is, for importance sampling:
// people whose luck is below Share, and who so adopt before some time, are as many
// as if it were To. Within each side of Share luck stays uniform. The zero Tilt
// changes nothing.
type Tilt struct{ Share, To float64 }

// Luck returns what becomes of a person's luck u.
func (t Tilt) Luck(u float64) float64 {
	switch {
	case t == Tilt{}:
		return u
	case u < t.To:
		return min(u*(t.Share/t.To), math.Nextafter(t.Share, 0))
	}
	return min(t.Share+(u-t.To)*((1-t.Share)/(1-t.To)), math.Nextafter(1, 0))
}

// LogWeight returns the logarithm of the likelihood ratio, true law to tilted one, of
// n people of whom below have luck below Share.
func (t Tilt) LogWeight(n, below int) float64 {
	if (t == Tilt{}) {
		return 0
	}
	return float64(below)*math.Log(t.Share/t.To) + float64(n-below)*math.Log((1-t.Share)/(1-t.To))
}

// ShareBy returns the share of people who have adopted by an operational time since
// joining, to the last bit: who has luck below it has, and nobody else. The law must
// not be Contagion.
func (a *Adoption) ShareBy(t clock.Time) float64 {
	low, high := 0.0, 1.0 // At(low) ≤ t < At(high), as far as there is luck so low and so high
	for math.Nextafter(low, 1) < high {
		middle := (low + high) / 2
		if a.At(middle) <= t {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
