package fit

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/sim/rng"
)

// TestFitRates: of simulated people who began on different days, the intervals hold the
// truth as often as they say, in 40 studies of 100 people: 90% less 3 standard errors at least;
// and what is drawn lies in them as often.
func TestFitRates(t *testing.T) {
	const mean, shape, studies, draws = 0.4, 0.8, 40, 500
	held := [2]int{}
	for i := range studies {
		s := rng.New(3).Index(uint64(i)).Stream()
		var all []Doings
		for range 100 {
			rate := distuv.Gamma{Alpha: shape, Beta: shape / mean}.Quantile(s.Uniform())
			d := Doings{Time: 60 * s.Uniform()}
			for at := -math.Log(s.Uniform()) / rate; at < d.Time; at -= math.Log(s.Uniform()) / rate {
				d.More++
			}
			all = append(all, d)
		}
		r, err := FitRates(all)
		if err != nil {
			t.Fatal(err)
		}
		if r.MeanLow <= mean && mean <= r.MeanHigh {
			held[0]++
		}
		if r.ShapeLow <= shape && shape <= r.ShapeHigh {
			held[1]++
		}
		if !(r.MeanLow < r.Mean && r.Mean < r.MeanHigh && r.ShapeLow < r.Shape && r.Shape < r.ShapeHigh) {
			t.Errorf("%+v: an estimate outside of its interval", r)
		}
		below := [4]int{} // draws below each end of the intervals
		for n := range draws {
			m, k := r.Draw(rng.New(4).Index(uint64(i)).Index(uint64(n)))
			for e, is := range []bool{m < r.MeanLow, m < r.MeanHigh, k < r.ShapeLow, k < r.ShapeHigh} {
				if is {
					below[e]++
				}
			}
		}
		for e, share := range []float64{0.05, 0.95, 0.05, 0.95} { // 4.5 standard errors: 160 such checks
			if math.Abs(float64(below[e])/draws-share) > 4.5*math.Sqrt(0.05*0.95/draws) {
				t.Errorf("study %d: %d of %d draws are below the quantile %v", i, below[e], draws, share)
			}
		}
	}
	for k, name := range []string{"mean", "shape"} {
		if held[k] < 31 {
			t.Errorf("%d of %d intervals hold the %s", held[k], studies, name)
		}
	}
	t.Log(held)
	if _, err := FitRates([]Doings{{1, 1}}); err == nil {
		t.Error("one person is enough")
	}
	if _, err := FitRates(make([]Doings, 9)); err == nil {
		t.Error("people who were watched for no time are enough")
	}
}
