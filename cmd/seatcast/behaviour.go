package main

import (
	"bytes"
	"fmt"
	"strconv"

	"seatcast/analysis/fit"
	"seatcast/output"
	"seatcast/sim/rng"
)

// behaviour is how often people act once they have begun, as fit tells it. Rates are per
// day.
type behaviour struct {
	Habit     string  `json:"habit"`     // as the scenario has it
	Likeliest string  `json:"likeliest"` // as a scenario would have the law of the greatest likelihood
	People    int     `json:"people"`
	Mean      float64 `json:"mean_per_day"`
	MeanLow   float64 `json:"mean_low"`
	MeanHigh  float64 `json:"mean_high"`
	Shape     float64 `json:"shape"`
	ShapeLow  float64 `json:"shape_low"`
	ShapeHigh float64 `json:"shape_high"`
	LogLik    float64 `json:"log_likelihood"`
	rates     fit.Rates
}

// behaviour fits how often people act after their first act: nil where the history does
// not tell it.
func (o *observation) behaviour() *behaviour {
	if len(o.Acts) == 0 {
		return nil
	}
	if len(o.First) == 0 {
		o.warnings = append(o.warnings, "how often people act is not fitted: the list of people has no column first, the date of each one's first act")
		return nil
	}
	end := int(o.Date(len(o.Seats)).Sub(o.Start).Hours() / 24)
	var all []fit.Doings
	for i, acts := range o.Acts {
		all = append(all, fit.Doings{More: max(0, acts-1), Time: float64(end - o.First[i] - 1)}) // whole days after the first
	}
	r, err := fit.FitRates(all)
	if err != nil {
		o.warnings = append(o.warnings, "how often people act is not fitted: "+err.Error())
		return nil
	}
	return newBehaviour(r)
}

// newBehaviour returns what a fit says.
func newBehaviour(r fit.Rates) *behaviour {
	return &behaviour{"posterior(" + habitsFile + ")", fmt.Sprintf("gamma(mean=%s, shape=%.4g)", perWeek(r.Mean), r.Shape), r.People,
		r.Mean, r.MeanLow, r.MeanHigh, r.Shape, r.ShapeLow, r.ShapeHigh, r.LogLik, r}
}

// draws returns laws of how often people act that the history leaves possible: habits.csv.
// They are drawn apart from those of adoption, as the likelihoods are of other data: of
// first acts, and of what people did after them.
func (b *behaviour) draws(key rng.Key) []byte {
	var out bytes.Buffer
	fmt.Fprintln(&out, "mean,shape")
	for i := range draws {
		mean, shape := b.rates.Draw(key.Index(uint64(i)))
		fmt.Fprintf(&out, "%.8g,%.6g\n", min(mean, 86400), shape)
	}
	return out.Bytes()
}

// perWeek writes a rate per day as one per week, as a scenario has it.
func perWeek(rate float64) string { return strconv.FormatFloat(7*rate, 'g', 4, 64) + "/week" }

// noActs is said where a history tells when people began and nothing more.
const noActs = "How often people act is not fitted, and stays as the scenario has it: this history tells who holds a seat. " +
	"Assignments, which is what directory audits and the export of users have, are no acts; sessions are, and --people."

// words says how often people act.
func (b *behaviour) words() string {
	return fmt.Sprintf("Who has begun acts %s times a week in the mean of %s people (90%%: %s to %s), and people differ with a gamma shape of %.2g (%.2g to %.2g): "+
		"does.trigger-premium of %s draws both anew for each replication.",
		output.Count(7*b.Mean), output.Count(float64(b.People)), output.Count(7*b.MeanLow), output.Count(7*b.MeanHigh), b.Shape, b.ShapeLow, b.ShapeHigh, fittedFile)
}
