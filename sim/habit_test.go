package sim

import (
	"math"
	"reflect"
	"testing"

	"seatcast/sim/behave"
	"seatcast/sim/claim"
)

// TestDrawnHabits: where the rate of a habit is not known, each replication has one of its
// draws, by its own number alone, and all people of it have the same. So the acts of a
// replication are Poisson about a mean that differs, and their variance over replications
// is that of a Poisson law and that of the means together, by the law of total variance.
func TestDrawnHabits(t *testing.T) {
	const people, days, replications = 40, 70, 600
	acts := func(draws ...behave.HabitDraw) (all []float64, w *World) {
		s := segment(people, 0.5*perWeek)
		s.Does[0].Draws = draws
		tn := tenant(days, people)
		tn.Segments = []Segment{s}
		w = world(tn)
		for n := range replications {
			total := 0.0
			r := mustRun(t, w, n, Options{}).Tenants[0]
			for outcome := range claim.NumOutcomes {
				for reason := range claim.NumReasons {
					total += float64(r.Outcomes[int(outcome)*int(claim.NumReasons)+int(reason)])
				}
			}
			all = append(all, total)
		}
		return all, w
	}
	moments := func(x []float64) (mean, variance float64) {
		for _, v := range x {
			mean += v / float64(len(x))
		}
		for _, v := range x {
			variance += (v - mean) * (v - mean) / float64(len(x)-1)
		}
		return mean, variance
	}
	known, _ := acts()
	drawn, w := acts(behave.HabitDraw{Rate: 0.25 * perWeek}, behave.HabitDraw{Rate: 0.75 * perWeek})
	// 40 people in 10 weeks: 200 acts, ± half of them by the draw. The standard errors are of a
	// Poisson law's mean and variance, and of a binomial share of the replications.
	for _, c := range []struct {
		what               string
		acts               []float64
		mean, se, variance float64
		seOfVariance       float64
	}{
		{"known", known, 200, math.Sqrt(200.0 / replications), 200, 200 * math.Sqrt(2.0/replications)},
		{"drawn", drawn, 200, math.Sqrt((200.0 + 100*100) / replications), 200 + 100*100, 2 * 100 * math.Sqrt(200.0/replications)},
	} {
		mean, variance := moments(c.acts)
		t.Logf("%s: %.1f acts with a variance of %.0f", c.what, mean, variance)
		if math.Abs(mean-c.mean) > 4*c.se || math.Abs(variance-c.variance) > 4*c.seOfVariance {
			t.Errorf("%s: mean %.2f and variance %.1f, want %v ± %.2f and %v ± %.1f", c.what, mean, variance, c.mean, 4*c.se, c.variance, 4*c.seOfVariance)
		}
	}
	runner := NewRunner(w) // one that has seen other replications gives the same record
	for _, n := range []int{5, 2, 5} {
		r, err := runner.Run(t.Context(), 0, n, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r, mustRun(t, w, n, Options{})) {
			t.Errorf("replication %d depends on those before", n)
		}
	}
}
