package forecast

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestMeasure measures the forecast and its rivals by the protocols of the README on series
// whose licence does not let all of them into the repository, in some minutes:
//
//	go test ./analysis/forecast -run Measure -v -data FOLDER -timeout 1h
var data = flag.String("data", "", "a folder with jenkins_plugin_monthly_installs.csv, upm_autodesk_daily.csv and sergioedo_autocad_daily.csv")

func readSeries(t *testing.T, file, group, value string) (names []string, series map[string][]float64) {
	t.Helper()
	f, err := os.Open(filepath.Join(*data, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	g, v := -1, -1
	for i, head := range rows[0] {
		if head == group {
			g = i
		}
		if head == value {
			v = i
		}
	}
	series = map[string][]float64{}
	for _, row := range rows[1:] {
		name := file
		if g >= 0 {
			name = row[g]
		}
		if _, ok := series[name]; !ok {
			names = append(names, name)
		}
		x, err := strconv.ParseFloat(row[v], 64)
		if err != nil {
			t.Fatal(err)
		}
		series[name] = append(series[name], x)
	}
	return names, series
}

func TestMeasure(t *testing.T) {
	if *data == "" {
		t.Skip("needs -data")
	}
	for _, c := range []struct {
		file, group, value string
		scored, events     Protocol
		window             int
	}{
		{"jenkins_plugin_monthly_installs.csv", "plugin", "installations", Protocol{First: 24, Step: 6, Horizon: 12},
			Protocol{First: 24, Step: 6, Horizon: 12, Headrooms: []float64{1.05, 1.1, 1.2, 1.35, 1.5, 2}}, 12},
		{"upm_autodesk_daily.csv", "", "cumulative_seats", Protocol{First: 14, Step: 2, Horizon: 14},
			Protocol{First: 10, Step: 2, Horizon: 14, Headrooms: []float64{1.02, 1.05, 1.1, 1.2, 1.35, 1.5}}, 14},
		{"sergioedo_autocad_daily.csv", "", "cumulative_seats", Protocol{First: 10, Step: 1, Horizon: 7},
			Protocol{First: 8, Step: 1, Horizon: 7, Headrooms: []float64{1.02, 1.05, 1.1, 1.2, 1.35}}, 10},
	} {
		names, series := readSeries(t, c.file, c.group, c.value)
		t.Log("==", c.file)
		tallies := map[string][2]*tally{}
		var order []string
		start := time.Now()
		for _, name := range names {
			for _, m := range append(Baselines(c.window), NewCombined(0)) {
				if _, ok := tallies[m.Name()]; !ok {
					tallies[m.Name()] = [2]*tally{{}, {}}
					order = append(order, m.Name())
				}
				tallies[m.Name()][0].backtest(series[name], m, c.scored)
				tallies[m.Name()][1].backtest(series[name], m, c.events)
			}
		}
		for _, name := range order {
			s, e := tallies[name][0].result(name), tallies[name][1].result(name)
			t.Logf("%-10s %4d MASE %6.3f WIS %6.3f CRPS %6.3f c50 %.3f c90 %.3f | %4d Brier %.4f miss %.4f fa %.4f base %.3f", name, s.Origins, s.MASE, s.WIS, s.CRPS,
				s.Cover50, s.Cover90, e.Cases, e.Brier, e.Miss, e.Alarm, e.BaseRate)
		}
		t.Log(time.Since(start))
	}
	for _, c := range []struct {
		file, group, value string
		p                  DateProtocol
		window             int
	}{
		{"upm_autodesk_daily.csv", "", "cumulative_seats", DateProtocol{First: 10, Horizon: 100, Levels: []float64{0.5, 0.6, 0.7, 0.8, 0.9, 1.05, 1.25}, Used: []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9}}, 14},
		{"sergioedo_autocad_daily.csv", "", "cumulative_seats", DateProtocol{First: 8, Horizon: 100, Levels: []float64{0.5, 0.6, 0.7, 0.8, 0.9, 1.05, 1.25}, Used: []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9}}, 10},
		{"jenkins_plugin_monthly_installs.csv", "plugin", "installations", DateProtocol{First: 24, Horizon: 120, Levels: []float64{0.6, 0.75, 0.9, 1.05, 1.25}, Used: []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9}}, 12},
	} {
		names, series := readSeries(t, c.file, c.group, c.value)
		t.Log("== dates", c.file)
		for _, m := range append(Baselines(c.window), NewCombined(0)) {
			near, far, d := Dates{}, Dates{}, Dates{}
			for _, name := range names {
				p := c.p
				p.Levels = slices.DeleteFunc(slices.Clone(c.p.Levels), func(l float64) bool { return l >= 1 })
				if err := d.dates(series[name], m, p); err != nil {
					t.Log(err)
				}
				p.Levels = []float64{1.05}
				_ = near.dates(series[name], m, p)
				p.Levels = []float64{1.25}
				_ = far.dates(series[name], m, p)
			}
			r := d.result(m.Name())
			t.Logf("%-10s %4d error %6.2f never %.3f c90 %.3f crps %6.3f | alarms 1.05: %.3f of %d, 1.25: %.3f of %d", r.Model, r.Cases, r.Error, r.Never, r.Cover90, r.CRPS,
				near.result("").Alarm, near.Unused, far.result("").Alarm, far.Unused)
		}
	}
}

// Dates is how good the forecasts of a model were of when the series rises above a
// level.
type Dates struct {
	Model   string
	Cases   int     // in which it did
	Error   float64 // mean absolute error of the median date, never being the horizon
	Never   float64 // share in which the median was never
	Cover90 float64 // share in which the date was in the interval from 5% to 95%
	CRPS    float64 // censored at the horizon
	Unused  int     // cases in which it did not
	Alarm   float64 // share of those in which the median date was before the end of the data
}

// dates adds up the scores of a model on the dates of a series.
func (d *Dates) dates(y []float64, m Model, p DateProtocol) error {
	most := 0.0
	for _, v := range y {
		most = max(most, v)
	}
	for _, share := range p.Levels {
		level, asked := math.Floor(share*most), map[int]bool{}
		for _, used := range p.Used {
			o := 0
			for o < len(y) && y[o] < used*level {
				o++
			}
			if o++; o < p.First || o >= len(y) || asked[o] || y[o-1] > level {
				continue
			}
			asked[o] = true
			came := 0
			for j, v := range y[o:] {
				if v > level {
					came = j + 1
					break
				}
			}
			if came == 0 && share < 1 || came > p.Horizon {
				continue
			}
			law, err := m.Forecast(y[:o], p.Horizon)
			if err != nil {
				return fmt.Errorf("%s at origin %d: %w", m.Name(), o, err)
			}
			d.date(law, level, came, len(y)-o, p.Horizon)
		}
	}
	return nil
}

// date scores one forecast. came is 0 where the series did not rise above the level
// in the rest of the data.
func (d *Dates) date(law Law, level float64, came, rest, horizon int) {
	at := func(p float64) int {
		if j, ok := law.First(level, 1-p); ok {
			return j
		}
		return horizon + 1
	}
	median := at(0.5)
	if came == 0 {
		d.Unused++
		if median <= rest {
			d.Alarm++
		}
		return
	}
	d.Cases++
	d.Error += math.Abs(float64(min(median, horizon) - came))
	if median > horizon {
		d.Never++
	}
	if at(0.05) <= came && came <= at(0.95) {
		d.Cover90++
	}
	below := 0.0
	for j := range horizon { // a step function: the score is a sum
		below = max(below, law.Above(j+1, level))
		miss := below
		if j+1 >= came {
			miss = 1 - below
		}
		d.CRPS += miss * miss
	}
}

func (d *Dates) result(name string) Dates {
	r := *d
	r.Model = name
	for _, x := range []*float64{&r.Error, &r.Never, &r.Cover90, &r.CRPS} {
		*x /= float64(r.Cases)
	}
	r.Alarm /= float64(r.Unused)
	return r
}
