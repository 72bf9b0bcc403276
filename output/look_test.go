package output_test

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"seatcast/analysis"
	"seatcast/output"
	"seatcast/output/report"
	"seatcast/sim/record"
)

var look = flag.String("look", "", "draw the fixture's reports into this folder, to look at")

func TestLook(t *testing.T) {
	if *look == "" {
		t.Skip("a way to look at the pictures: go test -run TestLook -look DIR")
	}
	for name, r := range fixtures(t) {
		dir := filepath.Join(*look, name)
		if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o777); err != nil {
			t.Fatal(err)
		}
		create := func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(dir, name)) }
		if err := report.Draw(create, r); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{0, 70} {
			w, err := os.Create(filepath.Join(dir, fmt.Sprintf("summary-%d.txt", width)))
			if err != nil {
				t.Fatal(err)
			}
			if err := output.WriteSummary(w, r, width); err != nil {
				t.Fatal(err)
			}
			w.Close()
		}
	}
}

// fixtures are the shapes that a result may have.
func fixtures(t testing.TB) map[string]output.Result {
	full := fixture(t)
	return map[string]output.Result{
		"full": full, "single": single(full), "once": once(single(full)), "many": many(full),
		"short": short(full), "hostile": hostile(full), "none": none(full), "compared": compared(full),
	}
}

// compared has what a comparison and a stated precision add.
func compared(r output.Result) output.Result {
	a := r.Answers
	a.Differences = append([]analysis.Comparison{}, a.Differences...)
	q := analysis.Question{By: time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC), Metric: "refused-users", Pool: "northlake/premium", Confidence: 0.95, Indifference: 2, Budget: 500}
	d := &analysis.Decision{Question: q, Ranking: &analysis.Ranking{Question: q, Certain: 0.97, Regret: 1.5, Enough: 420,
		Sought: &analysis.Sought{After: 260, Left: []string{"true-up", "base"}, Needs: 900, Rinott: 1200}}}
	for i, v := range a.Variants {
		for _, p := range v.Pools {
			if i == 0 {
				continue
			}
			a.Differences = append(a.Differences, analysis.Comparison{Variant: v.Name, Tenant: p.Tenant, Product: p.Product, Metric: "exhaustion-date",
				Base: 200, Other: 230.5, Difference: analysis.Difference{Mean: 30.5, Low: 28, High: 33}, P: 1e-9, Adjusted: 4e-9, Reduction: 4.8,
				Independent: analysis.Difference{Mean: 30.5, Low: 20, High: 41},
				Dates:       &analysis.DateComparison{BaseCensored: 3, OtherCensored: 40, LogRank: analysis.LogRank{ChiSquare: 12.5, P: 0.0004, Observed1: 197, Observed2: 160, Expected1: 150, Expected2: 207, Variance: 80}}})
			c := analysis.DifferenceCurve{Variant: v.Name, Tenant: p.Tenant, Product: p.Product}
			for j, point := range p.Curve {
				x := float64(i*j)/3 - 40
				c.Points = append(c.Points, analysis.DifferencePoint{Time: point.Time, Difference: analysis.Difference{Mean: x, Low: x - float64(j)/40, High: x + float64(j)/40}})
			}
			d.Curves = append(d.Curves, c)
		}
		d.Ranking.Standings = append(d.Ranking.Standings, analysis.Standing{Variant: v.Name, Replications: 200 + 60*i, Value: v.Pools[0].RefusedUsers,
			Cost: v.Pools[0].Cost, Behind: analysis.Difference{Mean: float64(i), Low: float64(i) - 2, High: float64(i) + 2}, MayBeBest: i < 2, Tied: i == 1})
	}
	a.Decision = d
	a.Precision = []analysis.Reached{
		{Target: analysis.Target{Metric: "refused-users", Width: 0.05, Relative: true}, Variant: "base", Tenant: "northlake", Product: "premium", Value: 143, Have: 6.5, Want: 6.8, Met: true, Replications: 200},
		{Target: analysis.Target{Metric: "exhaustion-p95", Width: 7}, Variant: "everyone", Tenant: "southridge", Product: "premium", Value: 360, Have: math.Inf(1), Want: 7, Replications: 200},
	}
	r.Answers, r.Command = a, "seatcast compare scenario.toml --best 'northlake/premium: refused-users'"
	return r
}

// single has no what-ifs.
func single(r output.Result) output.Result {
	r.Answers.Variants, r.Answers.Differences = r.Answers.Variants[:1], nil
	r.Answers.Study.Variants = r.Answers.Study.Variants[:1]
	return r
}

// once has one replication: the replay of a trace.
func once(r output.Result) output.Result {
	r.Answers.Replications, r.Answers.Study.Replications = 1, 1
	r.Answers.Variants = append([]analysis.Variant{}, r.Answers.Variants...)
	for i := range r.Answers.Variants {
		r.Answers.Variants[i].Replications = 1
	}
	return r
}

// many has six variants, more than one set of axes takes.
func many(r output.Result) output.Result {
	for i := 3; i < 6; i++ {
		v, s := r.Answers.Variants[i%3], r.Answers.Study.Variants[i%3]
		v.Name = fmt.Sprintf("reclaim-after-%d-days", 30*i)
		s.Name = v.Name
		r.Answers.Variants = append(r.Answers.Variants[:i:i], v)
		r.Answers.Study.Variants = append(r.Answers.Study.Variants[:i:i], s)
	}
	return r
}

// short has the first days of the study alone.
func short(r output.Result) output.Result {
	const days = 21
	full := r.Answers
	r.Answers.Study.Days = days
	r.Answers.Study.Variants, r.Answers.Variants = nil, nil
	for i, v := range full.Study.Variants[:1] {
		for _, tenant := range v.Tenants[:1] {
			tenant.Midnights = tenant.Midnights[:days+1]
			v.Tenants = append(v.Tenants[:0:0], tenant)
		}
		r.Answers.Study.Variants = append(r.Answers.Study.Variants, v)
		w := full.Variants[i]
		w.Pools = append(w.Pools[:0:0], w.Pools[0])
		p := &w.Pools[0]
		p.Curve, p.Risk = append(p.Curve[:0:0], p.Curve[180:180+days+1]...), append(p.Risk[:0:0], p.Risk[180:180+days+1]...)
		for d, m := range r.Answers.Study.Variants[i].Tenants[0].Midnights {
			p.Curve[d].Time, p.Risk[d].Time = m, m
		}
		var by []float64
		for _, q := range p.Risk {
			by = append(by, q.Exhaustion.Value)
		}
		p.Exhaustion = fixtureEvent(by, tenantOf(r).Midnights)
		p.FirstRefusal = p.Exhaustion
		w.Policies, w.Outcomes = w.Policies[:1], w.Outcomes[:5]
		r.Answers.Variants = append(r.Answers.Variants, w)
	}
	r.Answers.Differences = nil
	return r
}

func tenantOf(r output.Result) record.TenantInfo { return r.Answers.Study.Variants[0].Tenants[0] }

// none has no finished replication.
func none(r output.Result) output.Result {
	r.Answers.Replications = 0
	r.Answers.Differences, r.Headlines = nil, nil
	r.Answers.Variants = append([]analysis.Variant{}, r.Answers.Variants...)
	for i, v := range r.Answers.Variants {
		r.Answers.Variants[i] = analysis.Variant{Name: v.Name, Title: v.Title}
		for _, p := range v.Pools {
			r.Answers.Variants[i].Pools = append(r.Answers.Variants[i].Pools,
				analysis.Pool{Tenant: p.Tenant, Product: p.Product, SeatsStart: p.SeatsStart, SeatsEnd: p.SeatsEnd})
		}
	}
	return r
}

const evil = `<script>alert(1)</script>"'&` + "\x00\x1b[31m http://evil.example/ src=x"

// hostile has markup and control characters in every text that a scenario names.
func hostile(r output.Result) output.Result {
	a := &r.Answers
	a.Study.Title, a.Study.Scenario = evil, evil
	a.Warnings = []string{evil}
	r.Scenario = []byte(evil)
	r.Headlines = []output.Headline{{Variant: "base", Tenant: evil, Product: evil, Text: evil}}
	r.Assumptions = []output.Assumption{{Variant: "base", Key: evil, Value: evil, Why: evil}}
	study := a.Study.Variants
	a.Study.Variants = nil
	for _, v := range study {
		v.Title = evil
		v.Tenants = append(v.Tenants[:0:0], v.Tenants...)
		v.Tenants[0].Name = "t" + evil
		a.Study.Variants = append(a.Study.Variants, v)
	}
	a.Variants = append(a.Variants[:0:0], a.Variants...)
	for i, v := range a.Variants {
		v.Title = evil
		v.Pools = append(v.Pools[:0:0], v.Pools...)
		v.Policies = append(v.Policies[:0:0], v.Policies...)
		v.Outcomes = nil
		for j := range v.Pools {
			if v.Pools[j].Tenant == "northlake" {
				v.Pools[j].Tenant = "t" + evil
			}
		}
		for j := range v.Policies {
			v.Policies[j].Name = fmt.Sprintf("%d%s", j, evil)
			if v.Policies[j].Tenant == "northlake" {
				v.Policies[j].Tenant = "t" + evil
			}
		}
		a.Variants[i] = v
	}
	a.Differences = nil
	return r
}
