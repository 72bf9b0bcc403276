package forecast

import (
	"math"
	"os"
	"slices"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/analysis/history"
)

// seen returns the seats of a real licence server.
func seen(t *testing.T, file string) []float64 {
	t.Helper()
	f, err := os.Open("../../scenarios/library/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, err := history.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return h.Seats
}

// protocols of two real series, by which the scores of models in R (forecast 8.20)
// are known: scaled scores at the first protocol, Brier at the second.
var (
	autodesk       = Protocol{First: 14, Step: 2, Horizon: 14}
	autodeskEvents = Protocol{First: 10, Step: 2, Horizon: 14, Headrooms: []float64{1.02, 1.05, 1.1, 1.2, 1.35, 1.5}}
	autocad        = Protocol{First: 10, Step: 1, Horizon: 7}
	autocadEvents  = Protocol{First: 8, Step: 1, Horizon: 7, Headrooms: []float64{1.02, 1.05, 1.1, 1.2, 1.35}}
)

// TestBaselinesOfR: the models are those that R has, by their scores.
func TestBaselinesOfR(t *testing.T) {
	type want struct{ mase, wis, cover90, brier float64 } // 0 where R has other intervals
	for _, c := range []struct {
		file           string
		scored, events Protocol
		cases          int
		want           map[Model]want
	}{
		{"upm_autodesk_sessions.csv", autodesk, autodeskEvents, 126, map[Model]want{
			Naive{}: {2.11439128279755, 1.3984569947088, 0.93609022556391, 0}, Drift{}: {5.41662408559222, 3.67312978260196, 0.383458646616541, 0.329101409071426},
			Theta{}: {2.21165284077672, 1.30300689908782, 1, 0.132211723483156}, Linear{14}: {3.77655206533761, 0, 0, 0},
			Curve{"logistic"}: {1.60757085619876, 0, 0, 0}, Curve{"gompertz"}: {1.6223874380108, 0, 0, 0}}},
		{"sergioedo_autocad_sessions.csv", autocad, autocadEvents, 85, map[Model]want{
			Naive{}: {1.49403184534763, 0.981439191941772, 1, 0}, Drift{}: {2.53488146356567, 1.42857244280665, 0.952380952380952, 0.230734514362013},
			Theta{}: {0.97607769281189, 0.800848192152882, 1, 0.117840925059781}, Linear{10}: {1.89160796523544, 0, 0, 0},
			Curve{"bass"}: {1.31130954193814, 0, 0, 0}, Curve{"logistic"}: {1.23239130068082, 0, 0, 0}, Curve{"gompertz"}: {1.20335748550257, 0, 0, 0}}},
	} {
		y := seen(t, c.file)
		for m, w := range c.want {
			s, e := Backtest(y, []Model{m}, c.scored)[0], Backtest(y, []Model{m}, c.events)[0]
			if e.Cases != c.cases {
				t.Errorf("%s: %d cases, want %d", c.file, e.Cases, c.cases)
			}
			for _, x := range []struct {
				what      string
				got, want float64
			}{{"MASE", s.MASE, w.mase}, {"WIS", s.WIS, w.wis}, {"coverage", s.Cover90, w.cover90}, {"Brier", e.Brier, w.brier}} {
				if x.want != 0 && math.Abs(x.got-x.want) > 0.01*x.want {
					t.Errorf("%s: %s of %s is %.5f, in R %.5f", c.file, x.what, m.Name(), x.got, x.want)
				}
			}
		}
	}
}

// TestCombinedBeatsIncumbents: the forecast is better than the best of R's models on
// two real series, by the scores of probabilities and of intervals.
func TestCombinedBeatsIncumbents(t *testing.T) {
	for _, c := range []struct {
		file           string
		scored, events Protocol
		wis, brier     float64
	}{
		{"upm_autodesk_sessions.csv", autodesk, autodeskEvents, 1.30300689908782, 0.132211723483156},
		{"sergioedo_autocad_sessions.csv", autocad, autocadEvents, 0.800848192152882, 0.117840925059781},
	} {
		m := []Model{NewCombined(0)}
		s, e := Backtest(seen(t, c.file), m, c.scored)[0], Backtest(seen(t, c.file), m, c.events)[0]
		t.Logf("%s: WIS %.3f of %.3f, Brier %.4f of %.4f, 90%% intervals hold %.3f, MASE %.3f", c.file, s.WIS, c.wis, e.Brier, c.brier, s.Cover90, s.MASE)
		if s.WIS > c.wis || e.Brier >= c.brier {
			t.Errorf("%s: WIS %v, want at most %v; Brier %v, want less than %v", c.file, s.WIS, c.wis, e.Brier, c.brier)
		}
	}
}

// TestLaws: the quantiles of every model rise, and those of the combination keep to
// what can be, whatever the series.
func TestLaws(t *testing.T) {
	flat, jump := make([]float64, 18), make([]float64, 18)
	wave := make([]float64, 18)
	for i := range flat {
		flat[i], wave[i] = 7, 50+20*math.Sin(float64(i))
		if i > 12 {
			jump[i] = 100
		}
	}
	for name, y := range map[string][]float64{"flat": flat, "zeros": make([]float64, 12), "jump": jump, "wave": wave, "real": seen(t, "sergioedo_autocad_sessions.csv")} {
		most := slices.Max(y) * 1.2
		for _, m := range append(Baselines(10), Power{}, ETS{Log: true}, NewCombined(most)) {
			law, err := m.Forecast(y, 6)
			if err != nil {
				continue
			}
			for j, q := range law {
				if !slices.IsSorted(q) {
					t.Errorf("%s of %s: the quantiles of period %d fall", m.Name(), name, j+1)
				}
				if _, ours := m.(*Combined); ours && (most > 0 && q[len(q)-1] > most || slices.IsSorted(y) && q[0] < y[len(y)-1]) {
					t.Errorf("%s: from %v to %v, after %v and with at most %v", name, q[0], q[len(q)-1], y[len(y)-1], most)
				}
			}
		}
	}
}

// TestCombinedOfNothing: where nothing has ever happened, nothing is announced.
func TestCombinedOfNothing(t *testing.T) {
	for _, v := range []float64{0, 7} {
		y := slices.Repeat([]float64{v}, 15)
		law, err := NewCombined(0).Forecast(y, 5)
		if err != nil {
			t.Fatal(err)
		}
		if p := law.Exceeds(v, 5); p > 0.2 {
			t.Errorf("after 15 times %v, more comes with probability %v", v, p)
		}
	}
}

// TestCombinedOfSpike: one day of many makes no sigmoid run away: by least squares alone
// the median is millions. The numbers are concurrent seats of a licence
// server, whose next days were 5 to 16.
func TestCombinedOfSpike(t *testing.T) {
	y := []float64{9, 12, 10, 11, 7, 15, 18, 20, 13, 11, 20, 9, 22, 19, 35, 14, 22, 13, 5, 2, 5, 4, 6, 2, 4, 2, 2, 4, 6, 5, 5, 3, 4, 6, 10, 14, 37, 4, 3, 4, 1, 5, 3, 6, 3, 9, 7, 3, 5, 5, 7, 146}
	law, err := NewCombined(0).Forecast(y, 7)
	if err != nil {
		t.Fatal(err)
	}
	if m := law.Median()[6]; m > 2*146 {
		t.Errorf("after a spike of 146 the median is %v", m)
	}
}

// TestCombinedLearnsForLongHorizons: who asks for far more than the past can tell gets
// models that are judged by what it can tell. A line that has hardly any noise crosses
// on its date, whatever the horizon.
func TestCombinedLearnsForLongHorizons(t *testing.T) {
	y := make([]float64, 40)
	for i := range y {
		y[i] = 100 + 10*float64(i) + float64(i%3)
	}
	for _, h := range []int{20, 100} {
		law, err := NewCombined(0).Forecast(y, h)
		if err != nil {
			t.Fatal(err)
		}
		if j, ok := law.First(y[39]+100, 0.5); !ok || j < 10 || j > 13 {
			t.Errorf("horizon %d: 100 more in period %d (%v), want 10 or soon after", h, j, ok)
		}
	}
}

// TestCombinedMemory: what the combination remembers of a series changes nothing.
func TestCombinedMemory(t *testing.T) {
	y := seen(t, "sergioedo_autocad_sessions.csv")
	old := NewCombined(0)
	for o := 10; o <= len(y); o += 7 {
		kept, err := old.Forecast(y[:o], 5)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := NewCombined(0).Forecast(y[:o], 5)
		if err != nil {
			t.Fatal(err)
		}
		for j := range kept {
			if !slices.Equal(kept[j], fresh[j]) {
				t.Fatalf("origin %d, period %d: %v with memory, %v without", o, j+1, kept[j][50], fresh[j][50])
			}
		}
	}
}

func TestLawProbabilities(t *testing.T) {
	law := normal(3, func(j int) (float64, float64) { return 10 * float64(j), 2 })
	oracle.Near(t, "above the mean", law.Above(1, 10), 0.5, 1e-12)
	oracle.Near(t, "above", law.Above(2, 22), 0.158655, 2e-3)
	oracle.Near(t, "within two", law.Exceeds(22, 2), 0.158655, 2e-3)
	oracle.Near(t, "quantile", law.Quantile(3, 0.95), 30+2*1.6448536, 1e-6)
	if j, ok := law.First(19, 0.5); j != 2 || !ok {
		t.Errorf("the median is above 19 in period %d", j)
	}
	if j, ok := law.First(99, 0.5); ok {
		t.Errorf("the median is above 99 in period %d", j)
	}
}
