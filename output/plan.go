package output

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
)

// PlanSection tells a plan.
func PlanSection(p purchase.Plan) Section {
	s := Section{ID: "plan", Title: "How many seats to buy"}
	for _, b := range p.Purchases {
		t := teller{p, b}
		s.Words = append(s.Words, t.words()...)
		s.Tables = append(s.Tables, t.tables()...)
		for _, n := range b.Notes {
			s.Notes = append(s.Notes, t.prefix()+n)
		}
		if b.Why != "" {
			s.Notes = append(s.Notes, t.prefix()+"Numbers of seats were simulated one by one, since "+b.Why+".")
		}
	}
	if len(p.Purchases) > 1 {
		s.Words = append([]string{fewest(p)}, s.Words...)
	}
	return s
}

// fewest says which variant needs the fewest seats.
func fewest(p purchase.Plan) string {
	best, seats := 0, make([]int, len(p.Purchases))
	for i, b := range p.Purchases {
		for _, pool := range b.Pools {
			seats[i] += pool.Seats
		}
		if seats[i] < seats[best] {
			best = i
		}
	}
	text := fmt.Sprintf("%s needs the fewest seats, %s", capitalName(p.Purchases[best]), Count(float64(seats[best])))
	var others []string
	sure := p.Purchases[best].Count != nil && p.Purchases[best].Count.High != purchase.Unbounded
	for i, b := range p.Purchases {
		if i == best {
			continue
		}
		others = append(others, fmt.Sprintf("%s %s", variantName(b), Count(float64(seats[i]))))
		sure = sure && b.Count != nil && p.Purchases[best].Count.High < b.Count.Low
	}
	if sure {
		return text + ", against " + join(others) + "; the intervals of the counts do not touch."
	}
	return text + ", against " + join(others) + "; the intervals of the counts touch, so that the order may be luck."
}

func variantName(b purchase.Purchase) string {
	if b.Variant == Base {
		return "the scenario itself"
	}
	return "the what-if " + b.Variant
}

func capitalName(b purchase.Purchase) string {
	s := variantName(b)
	return strings.ToUpper(s[:1]) + s[1:]
}

func join(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// A teller tells one purchase of a plan.
type teller struct {
	plan purchase.Plan
	b    purchase.Purchase
}

// prefix names the variant where there are others.
func (t teller) prefix() string {
	if len(t.plan.Purchases) < 2 {
		return ""
	}
	return capitalName(t.b) + ": "
}

func (t teller) words() []string {
	words := []string{t.prefix() + t.count(), t.costs()}
	if t.b.Cheapest != nil {
		words = append(words, t.cheapest())
	}
	return words
}

// count tells the seats, how sure they are and how risky.
func (t teller) count() string {
	b := t.b
	var seats, fewer []string
	for _, p := range b.Pools {
		seats = append(seats, fmt.Sprintf("%s seats of %s/%s", Count(float64(p.Seats)), p.Tenant, p.Product))
		if p.Seats == 0 {
			continue
		}
		with := "with one fewer"
		if len(b.Pools) > 1 {
			with += " of " + p.Tenant + "/" + p.Product
		}
		fewer = append(fewer, with+" "+likely95(p.Fewer))
	}
	accepted := fmt.Sprintf("the risk of a refused claim by the end of %s at %s or less", DayName(t.plan.By), percent(t.plan.Risk))
	if len(b.Stages) > 0 {
		last := b.Stages[len(b.Stages)-1]
		return fmt.Sprintf("%s on %s, rising to %s on %s, keep %s: %s.", seats[0], DayName(b.Stages[0].From),
			Count(float64(last.Seats)), DayName(last.From), accepted, likely95(b.Risk))
	}
	text := fmt.Sprintf("%s keep %s", join(seats), accepted)
	if len(b.Pools) > 1 {
		text = fmt.Sprintf("%s keep, together, %s", join(seats), accepted)
	}
	text += t.sure() + " With them the risk is " + join(append([]string{likely95(b.Risk)}, fewer...))
	if b.Method != "tilted" {
		text += fmt.Sprintf("; with today's %s it is %s", t.now(), likely95(b.Now))
	}
	return text + "."
}

// sure says how sure the count is.
func (t teller) sure() string {
	c := t.b.Count
	if c == nil {
		return "."
	}
	n := Count(float64(c.Replications)) + " replications"
	switch sure := percent(t.plan.Confidence); {
	case c.Settled:
		return fmt.Sprintf("; no fewer do. The count is settled, with %s confidence, by %s.", sure, n)
	case c.High == purchase.Unbounded:
		return fmt.Sprintf(". The count is not settled: %s only show that it is at least %s (%s confidence); more of them, with --most, say more.", n, Count(float64(c.Low)), sure)
	default:
		return fmt.Sprintf(". The count is not settled: by %s it lies between %s and %s (%s confidence), "+
			"and %s is the best estimate; more of them, with --most, say more.",
			n, Count(float64(c.Low)), Count(float64(c.High)), sure, Count(float64(c.Seats)))
	}
}

func (t teller) now() string {
	var words []string
	for _, p := range t.b.Pools {
		words = append(words, Count(float64(p.Now)))
	}
	return join(words)
}

// costs tells what the seats cost, and five more and fewer.
func (t teller) costs() string {
	b := t.b
	now := 0.0
	for _, p := range b.Pools {
		now += float64(p.Now) * p.Price
	}
	text := fmt.Sprintf("They cost %s over the study", usd(b.Cost))
	switch {
	case b.Cost > now:
		text += fmt.Sprintf(", %s more than today's", usd(b.Cost-now))
	case b.Cost < now:
		text += fmt.Sprintf(", %s less than today's", usd(now-b.Cost))
	}
	if len(b.Pools) == 1 && len(b.Stages) == 0 {
		for _, p := range b.Nearby {
			switch p.Seats - b.Pools[0].Seats {
			case 5:
				text += fmt.Sprintf("; 5 more cost %s more, at a risk of %s", usd(5*b.Pools[0].Price), likely95(p.Risk))
			case -5:
				text += fmt.Sprintf("; 5 fewer save %s, at a risk of %s", usd(5*b.Pools[0].Price), likely95(p.Risk))
			}
		}
	}
	return text + "."
}

func (t teller) cheapest() string {
	c := t.b.Cheapest
	text := fmt.Sprintf("If a person who is refused by the end of %s costs %s, %s seats are cheapest: %s in the mean (95%%: %s to %s), of which %s for seats", DayName(t.plan.By), usd(c.RefusalCost),
		Count(float64(c.Seats)), usd(c.Cost.Mean), Count(c.Cost.Low), Count(c.Cost.High), usd(c.Seating))
	text += fmt.Sprintf("; 5 fewer would cost %s, 5 more %s", usd(c.Fewer), usd(c.More))
	if c.Nearly[0] < c.Nearly[1] {
		text += fmt.Sprintf(". Anything from %s to %s is within 1%% of the least", Count(float64(c.Nearly[0])), Count(float64(c.Nearly[1])))
	}
	return text + "."
}

// accepted are the risks of the table of a frontier.
var accepted = []float64{0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001}

func (t teller) tables() []Table {
	title := "What other risks would take"
	if len(t.plan.Purchases) > 1 {
		title += ", " + variantName(t.b)
	}
	frontier := Table{Title: title, Left: 1, Columns: []string{"risk of at most", "seats", "USD", "risk (95%)"}}
	risks := accepted
	if t.b.Rare != nil {
		risks = []float64{10 * t.plan.Risk, 3 * t.plan.Risk, t.plan.Risk, 0.3 * t.plan.Risk, 0.1 * t.plan.Risk}
	}
	for _, risk := range risks {
		if p, ok := cheapestPoint(t.b.Frontier, risk); ok {
			frontier.Rows = append(frontier.Rows, []string{percent(risk), Count(float64(p.Seats)), Count(p.Cost), likely95(p.Risk)})
		}
	}
	var tables []Table
	if len(t.b.Stages) > 0 {
		stages := Table{Title: "What to buy when", Left: 2, Columns: []string{"from", "to", "seats", "first refusal there", "accepted", "with one fewer", "refusal from the start on"}}
		for _, s := range t.b.Stages {
			stages.Rows = append(stages.Rows, []string{s.From, s.To, Count(float64(s.Seats)), likely95(s.Found), percent(s.Risk), likely95(s.Fewer), likely95(s.Whole)})
		}
		tables = append(tables, stages)
	}
	if len(frontier.Rows) > 0 {
		tables = append(tables, frontier)
	}
	return tables
}

// cheapestPoint returns the point of least cost with a risk of at most risk.
func cheapestPoint(points []purchase.Point, risk float64) (best purchase.Point, ok bool) {
	for _, p := range points {
		if p.Risk.Value <= risk && (!ok || p.Cost < best.Cost || p.Cost == best.Cost && p.Seats < best.Seats) {
			best, ok = p, true
		}
	}
	return best, ok
}

// percent writes an accepted risk as it was given: 5%, 0.1%, 0.0001%.
func percent(p float64) string { return fmt.Sprintf("%.6g%%", 100*p) }

// likely95 writes a risk with its interval: 4.8% (4.4%–5.2%).
func likely95(p analysis.Proportion) string {
	if p.High < 0.0005 && p.Value > 0 {
		return fmt.Sprintf("%.3g (%.3g–%.3g)", p.Value, p.Low, p.High)
	}
	value, low, high := Percent(p.Value), Percent(p.Low), Percent(p.High)
	for decimals := 1; low == high && p.Low < p.High && decimals < 6; decimals++ { // known better than whole points
		show := func(x float64) string { return strconv.FormatFloat(100*x, 'f', decimals, 64) + "%" }
		value, low, high = show(p.Value), show(p.Low), show(p.High)
	}
	return fmt.Sprintf("%s (%s–%s)", value, low, high)
}

func usd(x float64) string { return Count(x) + " USD" }

// DayName returns a day, 2006-01-02, for people to read: 3 Jun 2026.
func DayName(day string) string {
	t, err := time.Parse(DateFormat, day)
	if err != nil {
		return day
	}
	return LongDate(t)
}
