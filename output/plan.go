package output

import (
	"cmp"
	"fmt"
	"slices"
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
		if b.Unplanned != "" {
			s.Words = append(s.Words, t.prefix()+"no plan. "+capitalize(b.Unplanned)+".")
			continue
		}
		s.Words = append(s.Words, t.words()...)
		s.Tables = append(s.Tables, t.tables()...)
		for _, n := range b.Notes {
			s.Notes = append(s.Notes, t.prefix()+n)
		}
		if b.Why != "" && b.Method != "overflow" {
			s.Notes = append(s.Notes, t.prefix()+"Numbers of seats were simulated one by one, since "+b.Why+".")
		}
	}
	if len(p.Purchases) > 1 {
		s.Words = append([]string{fewest(p)}, s.Words...)
	}
	return s
}

// fewest says which variant needs the fewest seats, of all that the plan is about.
func fewest(p purchase.Plan) string {
	var all []purchase.Purchase
	for _, b := range p.Purchases {
		if b.Unplanned == "" {
			all = append(all, b)
		}
	}
	slices.SortStableFunc(all, func(a, b purchase.Purchase) int { return cmp.Compare(a.SeatsInAll, b.SeatsInAll) })
	least, same := all[0].SeatsInAll, []string{}
	var more []string
	apart := true
	for _, b := range all {
		if b.SeatsInAll == least {
			same = append(same, variantName(b))
			continue
		}
		more = append(more, variantName(b)+" "+Count(float64(b.SeatsInAll)))
		apart = apart && below(all[0], b)
	}
	text := fmt.Sprintf("%s needs the fewest seats, %s", capitalize(same[0]), Count(float64(least)))
	switch {
	case len(all) == 1:
		return fmt.Sprintf("Only %s could be planned.", same[0])
	case len(same) == len(all):
		return fmt.Sprintf("%s need the same, %s seats.", capitalize(Join(same)), Count(float64(least)))
	case len(same) > 1:
		text = fmt.Sprintf("%s need the fewest seats, the same %s", capitalize(Join(same)), Count(float64(least)))
	}
	text += ", against " + Join(more)
	switch {
	case p.Certain:
		return text + "."
	case apart:
		return text + "; the intervals of the counts do not touch."
	}
	return text + "; the intervals of the counts touch, so that the order may be luck."
}

// below reports whether the count of one purchase is surely below that of another.
func below(a, b purchase.Purchase) bool {
	if a.Count == nil || b.Count == nil || a.Count.High == purchase.Unbounded {
		return false
	}
	besides := func(q purchase.Purchase) int { return q.SeatsInAll - q.Count.Seats }
	return a.Count.High+besides(a) < b.Count.Low+besides(b)
}

func variantName(b purchase.Purchase) string {
	if b.Variant == Base {
		return "the scenario itself"
	}
	return "the what-if " + b.Variant
}

func capitalName(b purchase.Purchase) string { return capitalize(variantName(b)) }

// Join joins words for a sentence: a, b and c.
func Join(words []string) string {
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
	count := t.count()
	if t.prefix() == "" {
		count = capitalize(count)
	}
	words := []string{t.prefix() + count, t.costs() + t.turnedAway()}
	if t.b.Cheapest != nil {
		words = append(words, t.cheapest())
	}
	return words
}

// count tells the seats, how sure they are and how risky.
func (t teller) count() string {
	b := t.b
	if t.plan.Certain && len(b.Stages) == 0 {
		return t.certain()
	}
	var seats, fewer []string
	for _, p := range b.Pools {
		seats = append(seats, seatsOf(p))
		if p.Seats == 0 || p.Seats <= p.Held {
			continue
		}
		with := "with one fewer"
		if len(b.Pools) > 1 {
			with += " of " + poolText(p)
		}
		fewer = append(fewer, with+" "+likely95(p.Fewer))
	}
	accepted := fmt.Sprintf("the risk of a refused claim by the end of %s at %s or less", DayName(t.plan.By), percent(t.plan.Risk))
	if len(b.Stages) > 0 {
		last := b.Stages[len(b.Stages)-1]
		staged := fmt.Sprintf("%s on %s, rising to %s on %s", seats[b.Counted], DayName(b.Stages[0].From), Count(float64(last.Seats)), DayName(last.From))
		others := append(slices.Delete(seats, b.Counted, b.Counted+1), staged)
		return fmt.Sprintf("%s keep %s: %s.", Join(others), accepted, likely95(b.Risk))
	}
	if b.Method != "tilted" && b.Risk.Value == 0 && total(b.Pools) == 0 {
		var names []string
		for _, p := range b.Pools {
			names = append(names, poolText(p))
		}
		return fmt.Sprintf("nobody takes a seat of %s by the end of %s in any of %s replications, so that none need be bought (the risk that one is needed is at most %s).",
			Join(names), DayName(t.plan.By), Count(float64(b.Replications)), Percent(b.Risk.High))
	}
	text := fmt.Sprintf("%s keep %s", Join(seats), accepted)
	if len(b.Pools) > 1 {
		text = fmt.Sprintf("%s keep, together, %s", Join(seats), accepted)
	}
	if c := b.Count; c != nil && !c.Settled {
		text = "about " + text
	}
	text += t.sure() + " With them the risk is " + Join(append([]string{likely95(b.Risk)}, fewer...))
	if b.Method != "tilted" {
		text += fmt.Sprintf("; with today's %s it is %s", t.now(), likely95(b.Now))
	}
	return text + "." + t.held()
}

// held says of which pools there can be no fewer seats.
func (t teller) held() (text string) {
	for _, p := range t.b.Pools {
		if p.Seats > 0 && p.Seats <= p.Held {
			text += fmt.Sprintf(" Of %s %s are taken or reserved on the first day, so that there can be no fewer.", poolText(p), Count(float64(p.Held)))
		}
	}
	return text
}

// certain tells a count where nothing is drawn.
func (t teller) certain() string {
	var seats, today []string
	for _, p := range t.b.Pools {
		seats = append(seats, seatsOf(p))
		today = append(today, Count(float64(p.Now)))
	}
	text := fmt.Sprintf("%s are the fewest with which no claim is refused by the end of %s. Nothing in the scenario is drawn, so that this is exact", Join(seats), DayName(t.plan.By))
	verdict := "none is refused either"
	if t.b.Now.Value > 0 {
		verdict = "claims are refused"
	}
	return fmt.Sprintf("%s; with today's %s %s.", text, Join(today), verdict)
}

// seatsOf writes the seats of a pool in the plan: 1,200 seats of northlake/premium.
func seatsOf(p purchase.Pool) string {
	thing := " seats of "
	if p.Seats == 1 {
		thing = " seat of "
	}
	return Count(float64(p.Seats)) + thing + poolText(p)
}

func poolText(p purchase.Pool) string { return p.Tenant + "/" + p.Product }

func total(pools []purchase.Pool) (seats int) {
	for _, p := range pools {
		seats += p.Seats
	}
	return seats
}

// sure says how sure the count is.
func (t teller) sure() string {
	c := t.b.Count
	if c == nil {
		if t.b.Rare == nil && t.b.Risk.High > t.plan.Risk {
			return ". That is the best estimate, and the interval of the risk reaches above; more replications, with --most, narrow it."
		}
		return "."
	}
	n, of := Count(float64(c.Replications))+" replications", t.of()
	switch sure := percent(t.plan.Confidence); {
	case c.Settled && c.Seats == 0:
		return fmt.Sprintf(". The count%s is settled, with %s confidence, by %s.", of, sure, n)
	case c.Settled:
		return fmt.Sprintf("; no fewer%s do. The count is settled, with %s confidence, by %s.", of, sure, n)
	case c.High == purchase.Unbounded && c.Low == 0:
		return fmt.Sprintf(". The count%s is not settled: %s are too few for an interval; more of them, with --most, say more.", of, n)
	case c.High == purchase.Unbounded:
		return fmt.Sprintf(". The count%s is not settled: %s only show that it is at least %s (%s confidence); more of them, with --most, say more.", of, n, Count(float64(c.Low)), sure)
	default:
		return fmt.Sprintf(". That is the best estimate; by %s the count%s lies between %s and %s (%s confidence), so that %s are enough with that confidence; more replications, with --most, narrow it.",
			n, of, Count(float64(c.Low)), Count(float64(c.High)), sure, Count(float64(c.High)))
	}
}

// of names the pool that is counted, where there are others.
func (t teller) of() string {
	if len(t.b.Pools) < 2 {
		return ""
	}
	return " of " + poolText(t.b.Pools[t.b.Counted])
}

func (t teller) now() string {
	var words []string
	for _, p := range t.b.Pools {
		words = append(words, Count(float64(p.Now)))
	}
	return Join(words)
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
	if len(b.Stages) == 0 && !t.plan.Certain {
		counted := b.Pools[b.Counted]
		for _, p := range b.Nearby {
			switch p.Seats - counted.Seats {
			case 5:
				text += fmt.Sprintf("; 5 more%s cost %s more, at a risk of %s", t.of(), usd(5*counted.Price), likely95(p.Risk))
			case -5:
				text += fmt.Sprintf("; 5 fewer%s save %s, at a risk of %s", t.of(), usd(5*counted.Price), likely95(p.Risk))
			}
		}
	}
	text += "."
	last := total(b.Pools)
	if n := len(b.Stages); n > 0 {
		last += b.Stages[n-1].Seats - b.Pools[b.Counted].Seats
	}
	if besides := b.SeatsInAll - last; besides > 0 {
		text += fmt.Sprintf(" With the %s that the scenario has besides, of other subscriptions or bought by its timeline, %s seats cost %s.", Count(float64(besides)), Count(float64(b.SeatsInAll)), usd(b.CostInAll))
	}
	return text
}

// turnedAway warns of people whom no number of seats helps.
func (t teller) turnedAway() string {
	if t.b.TurnedAway == 0 {
		return ""
	}
	return fmt.Sprintf(" Mind that %s people (mean) are turned away for other reasons than seats (%s): they are not among the refused, and no seat is planned for them.",
		Count(t.b.TurnedAway), Join(t.b.Reasons))
}

func (t teller) cheapest() string {
	c, mean := t.b.Cheapest, ""
	if c.Cost.Low < c.Cost.High {
		mean = fmt.Sprintf(" in the mean (95%%: %s to %s)", Count(c.Cost.Low), Count(c.Cost.High))
	}
	text := fmt.Sprintf("If a person who is refused by the end of %s costs %s, %s seats%s are cheapest: %s%s, of which %s for seats", DayName(t.plan.By), usd(c.RefusalCost),
		Count(float64(c.Seats)), t.of(), usd(c.Cost.Mean), mean, usd(c.Seating))
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
	if b := t.b; b.Method == "overflow" {
		var others []string
		for i, p := range b.Pools {
			if i != b.Counted {
				others = append(others, Count(float64(p.Seats))+" of "+poolText(p))
			}
		}
		title += " with " + Join(others)
	}
	if len(t.plan.Purchases) > 1 {
		title += ", " + variantName(t.b)
	}
	frontier := Table{Title: title, Left: 1, Columns: []string{"risk of at most", "seats", "USD", "risk (95%)"}}
	risks := accepted
	if t.b.Rare != nil {
		risks = []float64{10 * t.plan.Risk, 3 * t.plan.Risk, t.plan.Risk, 0.3 * t.plan.Risk, 0.1 * t.plan.Risk}
	}
	for _, risk := range risks {
		if t.b.Rare == nil && risk*float64(t.b.Replications) < 1 {
			break // so few replications cannot tell
		}
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
	if p.Low == p.High { // nothing is drawn
		return value
	}
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
