package chart

import (
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"seatcast/output"
)

// An every says how far apart the labels of a date axis are: n days, Mondays,
// months or years.
type every struct {
	unit byte // d, w, m or y
	n    int
}

// dateSteps are the distances between labels to choose from, finest first.
var dateSteps = []every{{'d', 1}, {'d', 2}, {'w', 1}, {'w', 2}, {'m', 1}, {'m', 2}, {'m', 3}, {'m', 6},
	{'y', 1}, {'y', 2}, {'y', 5}, {'y', 10}, {'y', 25}}

// dateTicks labels some of the local midnights 0..days, as many as room takes along
// an axis of that length. The year stands under the first label of each year.
// Positions are days of 24 hours since the start.
func dateTicks(cal output.Calendar, days int, room vg.Length) []plot.Tick {
	y, m, d := cal.Local(0).Date()
	style := sans(textSize, grey)
	perDay := room / vg.Length(max(days, 1))
	for i, step := range dateSteps {
		var ticks []plot.Tick
		year, free, fits := 0, -room, true
		for day := 0; day <= days && fits; day++ {
			date := time.Date(y, m, d+day, 0, 0, 0, 0, time.UTC)
			if !step.on(date, day) {
				continue
			}
			label := step.label(date, year)
			at, w := vg.Length(day)*perDay, style.Width(label)+gap
			fits = at-w/2 >= free
			ticks = append(ticks, plot.Tick{Value: cal.Midnight(day).Days(), Label: label})
			year, free = date.Year(), at+w/2
		}
		if fits && len(ticks) > 0 || i == len(dateSteps)-1 {
			return ticks
		}
	}
	return nil
}

// gap is the least room between two dates.
const gap vg.Length = 6

func (e every) on(date time.Time, day int) bool {
	switch e.unit {
	case 'd':
		return day%e.n == 0
	case 'w':
		const epoch = 4 // 1970-01-05 was a Monday
		return date.Weekday() == time.Monday && (date.Unix()/86400-epoch)/7%int64(e.n) == 0
	case 'm':
		return date.Day() == 1 && int(date.Month()-1)%e.n == 0
	}
	return date.YearDay() == 1 && date.Year()%e.n == 0
}

func (e every) label(date time.Time, year int) string {
	if e.unit == 'y' {
		return date.Format("2006")
	}
	layout := "2 Jan"
	if e.unit == 'm' {
		layout = "Jan"
	}
	if date.Year() != year {
		return date.Format(layout + "\n2006")
	}
	return date.Format(layout) + "\n " // as many lines as the others, to stand level with them
}

// valueTicks labels 0..top with round numbers, at most about limit of them, and
// returns where the axis ends: top or a little more.
func valueTicks(top float64, limit int) ([]plot.Tick, float64) {
	if top <= 0 {
		top = 1
	}
	step := math.Pow(10, math.Floor(math.Log10(top)))
	for _, f := range []float64{0.1, 0.2, 0.25, 0.5, 1, 2, 5} {
		if f == 0.25 && step < 100 {
			continue // 2.5 people
		}
		if math.Floor(top/(step*f)) <= float64(limit) {
			step *= f
			break
		}
	}
	if top >= 1 {
		step = max(step, 1)
	}
	var ticks []plot.Tick
	for i := 0; float64(i)*step <= top*1.0001; i++ {
		v := float64(i) * step
		ticks = append(ticks, plot.Tick{Value: v, Label: output.Count(v)})
	}
	return ticks, top
}

// shareTicks labels an axis of probabilities.
func shareTicks() []plot.Tick {
	var ticks []plot.Tick
	for _, p := range []float64{0, 0.25, 0.5, 0.75, 1} {
		ticks = append(ticks, plot.Tick{Value: p, Label: output.Percent(p)})
	}
	return ticks
}
