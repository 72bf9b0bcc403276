package output_test

import (
	"strings"
	"testing"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/analysis/sensitivity"
	"seatcast/output"
	"seatcast/output/chart"
)

// TestFootOfSearch: the figures of plan and sensitivity tell the replications that
// their own numbers come from, not those of the study beside them.
func TestFootOfSearch(t *testing.T) {
	r := fixture(t)
	r.Answers.Replications = 200
	points := []purchase.Point{{Seats: 100, Risk: analysis.Proportion{Value: 0.2, Low: 0.1, High: 0.3}}, {Seats: 140, Risk: analysis.Proportion{Value: 0.05, Low: 0.02, High: 0.1}}}
	pool := []purchase.Pool{{Tenant: "northlake", Product: "premium", Seats: 140, Price: 15}}
	r.Plan = &purchase.Plan{Risk: 0.05, Purchases: []purchase.Purchase{
		{Variant: output.Base, Pools: pool, Frontier: points, Replications: 3210},
		{Variant: "everyone", Pools: pool, Frontier: points, Replications: 4560},
	}}
	r.Sensitivity = &sensitivity.Result{Metric: "refused-users", Tenant: "northlake", Product: "premium", Replications: 77,
		Swings: []sensitivity.Swing{{Input: sensitivity.Input{Path: "tenants.northlake.pools.premium.seats"}, AtHigh: analysis.Difference{Mean: 1, Low: 0.5, High: 2}}}}
	figures := chart.Sections(r)
	want := []string{"3,210 replications", "4,560 replications", "77 replications"}
	if len(figures) != len(want) {
		t.Fatalf("%d figures, want %d", len(figures), len(want))
	}
	for i, f := range figures {
		svg := svgOf(t, f)
		if !strings.Contains(svg, "· "+want[i]) {
			t.Errorf("%s does not tell %s", f.Name, want[i])
		}
		if strings.Contains(svg, "200 replications") {
			t.Errorf("%s tells the replications of the study", f.Name)
		}
	}
}
