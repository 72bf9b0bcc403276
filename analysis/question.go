package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// A Question is what a comparison of variants is to decide.
type Question struct {
	By     time.Time // exhaustion counts up to the end of this day; zero for the whole study
	Metric string    // the variants are ranked by it, smaller being better; one of RankMetrics
	Pool   string    // tenant/product; "" for all pools together

	// Confidence is that of the choice, in (1/2, 1). Indifference is a difference
	// that nobody would act on: with one above 0, replications are added until the
	// procedure of Kim and Nelson has chosen, or the budget is spent; without, the
	// budget is divided among the variants by OCBA.
	Confidence   float64
	Indifference float64
	Budget       int // replications that may be added, over all variants
}

// turnedAway is a metric of whole tenants: people refused, and people turned away
// for any other reason, each once a reason.
const turnedAway = "turned-away"

// RankMetrics are the metrics that variants can be ranked by.
var RankMetrics = []string{"refused-users", turnedAway, "refused-claims", "blocked-days", "exhaustion", "cost", "assigned-end", "idle-days"}

// ParseMetric reads what variants are ranked by: [TENANT/PRODUCT:] METRIC.
func ParseMetric(s string) (pool, metric string, err error) {
	metric = s
	if i := strings.LastIndex(s, ":"); i >= 0 {
		pool, metric = strings.TrimSpace(s[:i]), s[i+1:]
		if pool == "" {
			return "", "", fmt.Errorf("%q: no pool before the colon; write TENANT/PRODUCT, or leave the colon out for all pools together", s)
		}
	}
	metric = strings.TrimSpace(metric)
	if !slices.Contains(RankMetrics, metric) {
		return "", "", fmt.Errorf("unknown metric %q; nearest is %s, all are %s", metric, nearest(metric, RankMetrics), strings.Join(RankMetrics, ", "))
	}
	return pool, metric, nil
}

// Check returns what is wrong with the question about a study.
func (q Question) Check(study record.Study) error {
	var problems []error
	if day := dayOf(study, q.By); !q.By.IsZero() && (day < 0 || day >= study.Days) {
		problems = append(problems, fmt.Errorf("by %s: the study runs from %s to %s", q.By.Format(time.DateOnly), dateOfDay(study, 0), dateOfDay(study, study.Days-1)))
	}
	if !(q.Confidence > 0.5 && q.Confidence < 1) {
		problems = append(problems, fmt.Errorf("a confidence of %v: want one above 0.5 and below 1, such as 0.95", q.Confidence))
	}
	if q.Indifference < 0 || math.IsNaN(q.Indifference) || math.IsInf(q.Indifference, 0) {
		problems = append(problems, fmt.Errorf("an indifference of %v: want a number above 0", q.Indifference))
	}
	if q.Budget < 0 {
		problems = append(problems, fmt.Errorf("a budget of %d: want a number of replications", q.Budget))
	}
	if q.Pool != "" && q.Metric == turnedAway {
		problems = append(problems, fmt.Errorf("%s is of whole tenants: leave the pool %s out", turnedAway, q.Pool))
	} else if q.Pool != "" {
		problems = append(problems, q.checkPool(study))
	}
	return errors.Join(problems...)
}

// checkPool reports whether every variant has the pool.
func (q Question) checkPool(study record.Study) error {
	for _, v := range study.Variants {
		var own []string
		for _, t := range v.Tenants {
			for _, p := range t.Pools {
				own = append(own, t.Name+"/"+p.Product)
			}
		}
		if !slices.Contains(own, q.Pool) {
			if len(own) == 0 {
				return fmt.Errorf("variant %s has no pool", v.Name)
			}
			return fmt.Errorf("variant %s has no pool %q; nearest is %q", v.Name, q.Pool, nearest(q.Pool, own))
		}
	}
	return nil
}

// moment returns the last instant at which exhaustion counts in a tenant.
func (q Question) moment(study record.Study, tenant record.TenantInfo) clock.Time {
	day := study.Days - 1
	if !q.By.IsZero() {
		day = dayOf(study, q.By)
	}
	return deadline(tenant.Midnights, day+1)
}

// A pile holds the numbers of a variant's pools, in the order of its tenants and
// their pools.
type pile struct {
	tenants []record.TenantInfo
	pools   [][]*numbers
	away    []*column // people turned away, by tenant
}

// peopleAway returns the people whom a tenant turns away, each once a reason.
func peopleAway(t *record.Tenant) float64 {
	var people int64
	for _, n := range t.People {
		people += n
	}
	return float64(people)
}

// total returns the metric of n replications over the pools that the question is
// about: the sum, of exhaustion whether any pool was dry.
func (q Question) total(study record.Study, p pile, metric string, n int) []float64 {
	total := make([]float64, n)
	for i, tenant := range p.tenants {
		if metric == turnedAway {
			for r, x := range p.away[i].values(n) {
				total[r] += x
			}
			continue
		}
		by, end := q.moment(study, tenant), tenant.Midnights[len(tenant.Midnights)-1]
		for j, pool := range tenant.Pools {
			if q.Pool != "" && q.Pool != tenant.Name+"/"+pool.Product {
				continue
			}
			for r, x := range p.pools[i][j].values(metric, n, by, end) {
				if metric == "exhaustion" {
					total[r] = max(total[r], x)
				} else {
					total[r] += x
				}
			}
		}
	}
	return total
}
