package chart

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"seatcast/analysis"
	"seatcast/output"
)

// Kinds of figures about a history.
const (
	Forecast  Kind = "forecast"
	Residuals Kind = "residuals"
)

// An Outlook is a history of seats with what follows from it.
type Outlook struct {
	Title, Sub, Source string
	Seats              float64     // of the pool; 0 where it is not known, or where PoolSeats has them
	PoolSeats          []float64   // at Fan, where they change
	Dates              []time.Time // of History, then of Fan
	History            []float64
	Fitted             []float64    // the curve at History; may be empty
	Residual           []float64    // of each period, in standard deviations
	Fan                [][5]float64 // quantiles at 5, 25, 50, 75 and 95%
}

// OutlookFigures returns the figures of an outlook: history and forecast on one pair
// of axes, and the residuals of the fit where there is one.
func OutlookFigures(o Outlook) []*Figure {
	f := &Figure{Name: string(Forecast), Kind: Forecast, Title: o.Title, Sub: o.Sub, foot: "Source: " + o.Source, columns: 1}
	f.panels = []panel{{plot: o.fanPlot(), height: 190}}
	f.legend = append(f.legend, lineKey("seats taken so far", historyLine))
	if len(o.Fitted) > 0 {
		f.legend = append(f.legend, lineKey("fitted curve", fittedLine))
	}
	if len(o.Fan) > 0 {
		f.legend = append(f.legend, lineKey("median", variantLine(0)), bandKey("middle 50%", faint(blue, outerAlpha), faint(blue, innerAlpha)),
			bandKey("middle 90%", faint(blue, outerAlpha)))
	}
	if o.Seats > 0 || len(o.PoolSeats) > 0 {
		f.legend = append(f.legend, lineKey("seats of the pool", poolLine))
	}
	if len(o.Residual) == 0 {
		return []*Figure{f}
	}
	r := &Figure{Name: string(Residuals), Kind: Residuals, Title: "What the fitted curve leaves unexplained", foot: f.foot, columns: 1,
		Sub: "New holders of each period less those of the fitted curve, in standard deviations of the model. Nineteen of twenty would lie between the grey lines if the model were right."}
	r.panels = []panel{{plot: o.residualPlot(), height: 110}}
	return []*Figure{f, r}
}

// pastAndFuture draws what was seen of a pool before the study, and what comes of it in
// the scenario itself.
func pastAndFuture(a analysis.Answers, past output.Past) *Figure {
	o := Outlook{History: past.Seats, Source: output.Source(a)}
	var pool analysis.Pool
	found := false
	for _, v := range a.Variants {
		if v.Name == output.Base {
			pool, found = output.Find(v, output.PoolName{Tenant: past.Tenant, Product: past.Product})
		}
	}
	cals, err := output.Calendars(a.Study)
	if !found || err != nil || len(past.Seats) == 0 {
		return nil
	}
	for _, day := range past.Dates {
		date, err := time.Parse(output.DateFormat, day)
		if err != nil {
			return nil
		}
		o.Dates = append(o.Dates, date)
	}
	reserved := 0.0 // of whom the history counts some and the curve none
	if len(pool.Curve) > 0 {
		reserved = min(max(0, past.Seats[len(past.Seats)-1]-pool.Curve[0].P50), float64(pool.Reserved))
	}
	for _, c := range pool.Curve {
		y, m, d := cals[past.Tenant].Local(c.Time).Date()
		o.Dates = append(o.Dates, time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
		o.Fan = append(o.Fan, [5]float64{c.P05 + reserved, c.P25 + reserved, c.P50 + reserved, c.P75 + reserved, c.P95 + reserved})
		o.PoolSeats = append(o.PoolSeats, float64(c.Seats))
	}
	name := output.PoolName{Tenant: past.Tenant, Product: past.Product}.String()
	o.Title = name + ": what has been, and what comes of it"
	o.Sub = fmt.Sprintf("People who held a seat, and who will: median and bands over %s.", study{answers: a}.runs())
	if reserved > 0 {
		o.Sub = fmt.Sprintf("People who held a seat, and who will, with those of %s reserved seats: median and bands over %s.", output.Count(reserved), study{answers: a}.runs())
	}
	f := OutlookFigures(o)[0]
	f.Kind = Past
	return f
}

var (
	historyLine = draw.LineStyle{Color: ink, Width: 1.7}
	poolLine    = draw.LineStyle{Color: ink, Width: 1.2, Dashes: []vg.Length{7, 3}}
	fittedLine  = draw.LineStyle{Color: vermillion, Width: 1.1, Dashes: []vg.Length{4, 2}}
)

// days returns the points of values at their dates, from index first on.
func (o Outlook) days(first int, values []float64) []point {
	var pts []point
	for _, i := range thin(len(values)) {
		pts = append(pts, point{o.day(first + i), values[i]})
	}
	return pts
}

func (o Outlook) day(i int) float64 { return o.Dates[i].Sub(o.Dates[0]).Hours() / 24 }

func (o Outlook) fanPlot() *plot.Plot {
	p := axes()
	p.Add(grid())
	n, top := len(o.History), o.Seats
	last := n - 1
	quantile := func(k int) []point {
		values := []float64{o.History[last]}
		for _, q := range o.Fan {
			values = append(values, q[k])
		}
		return o.days(last, values)
	}
	for _, v := range slices.Concat(o.History, o.PoolSeats) {
		top = max(top, v)
	}
	if len(o.Fan) > 0 {
		p.Add(band{quantile(0), quantile(4), faint(blue, outerAlpha)}, band{quantile(1), quantile(3), faint(blue, innerAlpha)})
		for _, q := range o.Fan {
			top = max(top, q[4])
		}
	}
	if len(o.PoolSeats) > 0 {
		p.Add(curveLine{o.days(n, o.PoolSeats), poolLine, true})
	}
	if o.Seats > 0 {
		p.Add(curveLine{[]point{{0, o.Seats}, {o.day(len(o.Dates) - 1), o.Seats}}, poolLine, false})
	}
	if len(o.Fitted) > 0 {
		p.Add(curveLine{o.days(0, o.Fitted), fittedLine, false})
	}
	if len(o.Fan) > 0 {
		p.Add(curveLine{quantile(2), variantLine(0), false})
	}
	p.Add(curveLine{o.days(0, o.History), historyLine, false})
	o.timeAxis(p)
	ticks, end := valueTicks(top*1.06, 5)
	p.Y.Tick.Marker, p.Y.Min, p.Y.Max = plot.ConstantTicks(ticks), 0, end
	return p
}

func (o Outlook) residualPlot() *plot.Plot {
	p := axes()
	most := 3.0
	for _, r := range o.Residual {
		most = max(most, math.Abs(r))
	}
	most = math.Ceil(most)
	end := o.day(len(o.History) - 1)
	for _, at := range []float64{-2, 0, 2} {
		p.Add(curveLine{[]point{{0, at}, {end, at}}, draw.LineStyle{Color: grey, Width: 0.6}, false})
	}
	for i, r := range o.Residual {
		x := o.day(len(o.History) - len(o.Residual) + i)
		p.Add(curveLine{[]point{{x, 0}, {x, r}}, draw.LineStyle{Color: blue, Width: 1.2}, false})
	}
	var ticks []plot.Tick
	step := math.Ceil(most / 2)
	for _, v := range []float64{-step, step} {
		ticks = append(ticks, plot.Tick{Value: v, Label: fmt.Sprintf("%+.0f", v)})
	}
	ticks = append(ticks, plot.Tick{Value: 0, Label: "0"})
	o.timeAxis(p)
	p.X.Max = end
	p.Y.Tick.Marker, p.Y.Min, p.Y.Max = plot.ConstantTicks(ticks), -most, most
	return p
}

// timeAxis makes x the time from the first date to the last.
func (o Outlook) timeAxis(p *plot.Plot) {
	end := o.Dates[len(o.Dates)-1]
	days := int(end.Sub(o.Dates[0]).Hours() / 24)
	p.X.Min, p.X.Max = 0, float64(max(days, 1))
	cal, err := output.NewCalendar(o.Dates[0].Format(output.DateFormat), "UTC")
	if err == nil { // a date that time.Time has written is read again
		p.X.Tick.Marker = plot.ConstantTicks(dateTicks(cal, days, wide))
	}
}
