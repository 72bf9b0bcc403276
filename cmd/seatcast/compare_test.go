package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"seatcast/analysis/oracle"

	"seatcast/analysis"
	"seatcast/scenarios"
	"seatcast/sim"
)

// TestResumeRounds stops a study that grows in rounds, for its precision and then
// for its choice, at many places, and carries on with --resume: the folder is the
// same to the byte, on any number of workers.
func TestResumeRounds(t *testing.T) {
	workIn(t)
	args := func(out string, more ...string) []string {
		return append([]string{"compare", "small.toml", "--out", out, "--set", "tenants.acme.pools.premium.seats=8",
			"--precision", "refused-users=0.1", "--indifference", "0.02", "--budget", "300"}, more...)
	}
	seatcast(t, exitDone, args("want", "--quiet", "--workers", "1")...)
	want := mustTree(t, "want")
	var s struct {
		Replications int `json:"replications"`
		Decision     struct {
			Ranking struct{ Sought struct{ Done bool } }
		}
	}
	if err := json.Unmarshal([]byte(want["summary.json"]), &s); err != nil || s.Replications <= 64 || !s.Decision.Ranking.Sought.Done {
		t.Fatalf("%+v, %v: want a study that has grown, and chosen", s, err)
	}
	for n := 1; n < 2*s.Replications; n += 2*s.Replications/6 + 1 {
		out := fmt.Sprintf("stopped%d/out", n)
		ctx, cancel := context.WithCancel(t.Context())
		code := run(ctx, args(out, "--progress", "--workers", strconv.Itoa(1+n%3)), &bytes.Buffer{}, &stopper{after: n, stop: cancel})
		cancel()
		if code == exitFailed { // else it was done before the stop came
			seatcast(t, exitDone, args(out, "--quiet", "--resume", "--workers", "64")...)
		}
		wantSame(t, fmt.Sprintf("stopped after %d", n), mustTree(t, out), want)
		wantFiles(t, filepath.Dir(out), "out")
	}
}

// TestOtherTenantsUntouched: a what-if that touches one tenant leaves every number
// of the others bit-equal, and their differences are exactly zero.
func TestOtherTenantsUntouched(t *testing.T) {
	t.Chdir(t.TempDir())
	write1(t, "rich.toml", rich)
	seatcast(t, exitDone, "compare", "rich.toml", "--quiet", "--out", "out")
	rows, err := csv.NewReader(strings.NewReader(mustTree(t, "out")["replications.csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	base, compared, changed := map[string]string{}, 0, 0
	for _, row := range rows[1:] {
		key, numbers := row[0]+" "+row[2]+" "+row[3], strings.Join(row[4:], ",")
		switch {
		case row[1] == "base":
			base[key] = numbers
		case row[2] == "initech":
			compared++
			if base[key] != numbers {
				t.Errorf("%s of %s: %s, want %s", key, row[1], numbers, base[key])
			}
		case base[key] != numbers:
			changed++
		}
	}
	if compared != 2*33 || changed == 0 {
		t.Fatalf("%d rows compared, %d of the other tenant changed", compared, changed)
	}
	var s struct {
		Differences []struct {
			Tenant          string
			Mean, Low, High float64
			P               float64
		}
	}
	if err := json.Unmarshal([]byte(mustTree(t, "out")["summary.json"]), &s); err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Differences {
		if d.Tenant == "initech" && (d.Mean != 0 || d.Low != 0 || d.High != 0 || d.P != 1) {
			t.Errorf("%+v, want exactly nothing", d)
		}
	}
}

// commonLuck is a case of the oracle crn_variance_reduction: two sizes of a pool
// that meet the same people.
type commonLuck struct {
	Users    int     `json:"U"`
	Adoption string  `json:"adoption"`
	Days     float64 `json:"T"`
	A        int     `json:"pool_a"`
	B        int     `json:"pool_b"`
	DeniedA  float64 `json:"mean_denied_a"`
	DeniedB  float64 `json:"mean_denied_b"`
	Diff     float64 `json:"mean_diff"`
	Apart    float64 `json:"var_indep"`
	Paired   float64 `json:"var_crn"`
	Factor   float64 `json:"variance_reduction_factor"`
	Together float64 `json:"correlation"`
}

// TestOracleCommonLuck: the variance reduction that common random numbers reach is
// the exact one within 25%, over 2,000 replications (500 without -full), and so are the
// two variances and the correlation that it is made of; the means and their difference
// are within 4 standard errors.
func TestOracleCommonLuck(t *testing.T) {
	replications := 500
	if *full {
		replications = 2000
	}
	for _, c := range oracle.Expected[[]commonLuck](t, "crn_variance_reduction") {
		src := fmt.Sprintf(`
[study]
start = 2026-01-05
days = %.0f
replications = %d
[tenants.acme]
pools.premium.seats = %d
auto-claim = { enabled = true, activation = "0h" }
policies.automation = { app = "rpa-attended", product = "premium" }
users.makers = { count = %d, adoption = "%s", starts-with = "trigger-premium" }
[what-if.larger]
tenants.acme.pools.premium.seats = %d
`, c.Days, replications, c.A, c.Users, exponential(t, c.Adoption), c.B)
		a := answersOf(t, scenarioOf(t, src))
		for _, d := range a.Differences {
			if d.Metric != "refused-users" {
				continue
			}
			t.Logf("pools %d and %d: difference %.4f (exact %.4f), factor %.4f (exact %.4f)", c.A, c.B, -d.Difference.Mean, c.Diff, d.Reduction, c.Factor)
			half := (d.Difference.High - d.Difference.Low) / 2
			if gap := -d.Difference.Mean - c.Diff; gap > 2.05*half || -gap > 2.05*half {
				t.Errorf("difference %v, want %v", -d.Difference.Mean, c.Diff)
			}
			// Half an interval is Student's quantile times the root of the variance over the replications.
			variance := func(low, high float64) float64 { return math.Pow((high-low)/2/1.961, 2) * float64(replications) }
			paired, apart := variance(d.Difference.Low, d.Difference.High), variance(d.Independent.Low, d.Independent.High)
			oracle.Near(t, "variance reduction", d.Reduction, c.Factor, 0.25*c.Factor)
			oracle.Near(t, "variance of the pairs", paired, c.Paired, 0.25*c.Paired)
			oracle.Near(t, "variance of independent runs", apart, c.Apart, 0.25*c.Apart)
			base, other := a.Variants[0].Pools[0].RefusedUsers, a.Variants[1].Pools[0].RefusedUsers
			oracle.Near(t, "refused of the base", base.Mean, c.DeniedA, 2.05*(base.High-base.Low)/2)
			oracle.Near(t, "refused of the larger pool", other.Mean, c.DeniedB, 2.05*(other.High-other.Low)/2)
			product := 2 * math.Sqrt(variance(base.Low, base.High)*variance(2*other.Mean-other.High, other.High)) // its lower end may be cut off at 0
			oracle.Near(t, "correlation", (apart-paired)/product, c.Together, 0.25*c.Together)
		}
	}
}

// answersOf simulates a scenario and returns its answers.
func answersOf(t *testing.T, s *scenarios.Scenario) analysis.Answers {
	t.Helper()
	st := newSimulation(s, nil)
	b, err := analysis.NewBuilder(st.Study)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Replicate(t.Context(), st.worlds, sim.Plan(len(st.worlds), 0, st.Replications), runtime.NumCPU(), b.Add); err != nil {
		t.Fatal(err)
	}
	return b.Answers()
}
