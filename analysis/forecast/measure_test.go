package forecast

import (
	"encoding/csv"
	"flag"
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
