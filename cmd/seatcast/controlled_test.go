package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"seatcast/analysis"
	"seatcast/analysis/oracle"
)

// controlledOf runs a scenario and returns what control variates make better known of its
// first pool, by metric.
func controlledOf(t *testing.T, sets ...string) map[string]analysis.Controlled {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "c.toml")
	write1(t, name, crowdTOML)
	args := []string{"run", name, "--format", "json", "--out", filepath.Join(dir, "out")}
	for _, s := range sets {
		args = append(args, "--set", s)
	}
	stdout, _ := seatcast(t, exitDone, args...)
	var summary struct {
		Variants struct {
			Base struct {
				Pools map[string]struct{ Controlled []analysis.Controlled }
			}
		}
	}
	if err := json.Unmarshal([]byte(stdout), &summary); err != nil {
		t.Fatal(err)
	}
	all := map[string]analysis.Controlled{}
	for _, c := range summary.Variants.Base.Pools["t/premium"].Controlled {
		all[c.Metric] = c
	}
	return all
}

// TestControlled: in the first row of crn_variance_reduction 8.0002 people are refused in
// the mean, as control variates know better than 200 replications do. Where people
// adopt by contagion, or few replications are made, nothing is told.
func TestControlled(t *testing.T) {
	row := oracle.Expected[[]commonLuck](t, "crn_variance_reduction")[0]
	crowd := []string{horizon(int(row.Days)), set("users.crowd.count", "%d", row.Users), set("pools.premium.seats", "%d", row.A), set("users.crowd.adoption", "%s", exponential(t, row.Adoption))}
	refused := controlledOf(t, crowd...)["refused-users"]
	t.Logf("%+v, exact %v", refused, row.DeniedA)
	oracle.Near(t, "people refused", refused.Mean, row.DeniedA, 1.7*(refused.High-refused.Low)/2) // ± 3.3 standard errors
	if refused.Factor < 1.25 || refused.High-refused.Low <= 0 {
		t.Errorf("%+v, want an interval that is worth more replications", refused)
	}
	for _, more := range []string{"study.replications=63", set("users.crowd.adoption", "contagion(p=0.002/day, q=0.02/day)")} {
		if got := controlledOf(t, append(crowd, more)...); len(got) > 0 {
			t.Errorf("%s: %+v", more, got)
		}
	}
}

// TestControlledIsTold: the words and the report tell what is in summary.json, the plain
// estimates beside them.
func TestControlledIsTold(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	stdout, _ := seatcast(t, exitDone, "run", "policy-off", "--out", out)
	const words = "Better known of ashford/premium by control variates, the numbers of people who adopt by each quarter of the study: people refused "
	want := mustTree(t, out)
	report := want["report.html"]
	seatcast(t, exitDone, "report", out)
	wantSame(t, "drawn again", mustTree(t, out), want)
	if !strings.Contains(stdout, words) || !strings.Contains(report, "by control variates") || !strings.Contains(report, "worth ") {
		t.Errorf("got\n%s\nwant %s", stdout, words)
	}
}
