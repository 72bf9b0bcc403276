package analysis

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

const (
	// wideInterval is the width of a probability's interval from which on its
	// reader is warned: about that of a half at 165 replications.
	wideInterval = 0.15
	// manyTries is the number of refused claims a refused person from which on the
	// two are told apart.
	manyTries = 3
)

// warnings returns what a reader of the answers must know, in plain words: first
// about the study, then pool by pool.
func (b *Builder) warnings(a Answers) []string {
	list := stopped(a)
	if a.Study.Replications == 1 && a.Replications == 1 {
		list = append(list, "One replication was run, so nothing has an interval. That is all there is to know where nothing is random; where something is, ask for more replications.")
	}
	list = append(list, wide(a)...)
	for i, v := range a.Variants {
		pool := 0
		for j, tenant := range b.study.Variants[i].Tenants {
			for k := range tenant.Pools {
				w := poolWarner{a, v, v.Pools[pool]}
				list = append(list, w.warnings()...)
				list = append(list, w.overAssigned(b.variants[i].tenants[j].pools[k].over)...)
				pool++
			}
			list = append(list, turnedAwayOtherwise(a, v, tenant.Name)...)
		}
	}
	return list
}

// turnedAwayOtherwise tells the commonest reason for which a tenant's people were turned
// away though no seat was missing, where they outnumber those who met no seat: the
// answers about seats leave them out.
func turnedAwayOtherwise(a Answers, v Variant, tenant string) []string {
	refused := 0.0
	for _, p := range v.Pools {
		if p.Tenant == tenant {
			refused += p.RefusedUsers.Mean
		}
	}
	var most Outcome
	for _, o := range v.Outcomes {
		if o.Tenant == tenant && o.Outcome == claim.Ineligible.String() && o.People.Mean > most.People.Mean {
			most = o
		}
	}
	if most.People.Mean <= refused {
		return nil
	}
	name := tenant
	if len(a.Variants) > 0 && v.Name != a.Variants[0].Name {
		name = v.Name + " " + tenant
	}
	return []string{fmt.Sprintf("%s turns away %s acts of %s (means) though no seat is missing, for %s: what is said of seats leaves them out.",
		name, countText(most.Acts.Mean), peopleText(most.People.Mean), most.Reason)}
}

// stopped tells which variants have fewer replications than were planned.
func stopped(a Answers) []string {
	var list []string
	for _, v := range a.Variants {
		if v.Replications < a.Study.Replications {
			list = append(list, fmt.Sprintf("The run was stopped early: %d of %d replications of variant %s are finished.",
				v.Replications, a.Study.Replications, v.Name))
		}
	}
	return list
}

// wide warns of the widest interval of a probability, if it is wide, and says how
// many replications would halve it.
func wide(a Answers) []string {
	var widest Proportion
	var text string
	for _, v := range a.Variants {
		for _, p := range v.Pools {
			consider := func(day int, what string, q Proportion) {
				if v.Replications < 2 || q.High-q.Low <= widest.High-widest.Low {
					return
				}
				widest = q
				text = fmt.Sprintf("%d replications are few: of %s, the probability of %s by %s is only known to lie between %s%% and %s%%. About %s replications would halve that.",
					v.Replications, poolName(a.Study, v.Name, p.Tenant, p.Product), what, dateOfDay(a.Study, max(0, day-1)),
					percentText(q.Low), percentText(q.High), countText(float64(replicationsToHalve(q, v.Replications))))
			}
			for day, r := range slices.Backward(p.Risk) { // of equals the last: it is the one that is reported
				consider(day, "exhaustion", r.Exhaustion)
				consider(day, "a refusal", r.Refusal)
			}
		}
	}
	if widest.High-widest.Low < wideInterval {
		return nil
	}
	return []string{text}
}

// replicationsToHalve returns how many replications make the interval of such a
// probability half as wide, in two digits.
func replicationsToHalve(p Proportion, n int) int {
	target := (p.High - p.Low) / 2
	need := sort.Search(100*n, func(m int) bool {
		low, high := wilson(p.Value, float64(m+1), confidence)
		return min(1, high)-max(0, low) <= target
	}) + 1
	digit := 1
	for need/digit >= 100 {
		digit *= 10
	}
	return int(math.Ceil(float64(need)/float64(digit))) * digit
}

// A poolWarner writes the warnings about one pool of one variant.
type poolWarner struct {
	answers Answers
	variant Variant
	pool    Pool
}

func (w poolWarner) name() string {
	return poolName(w.answers.Study, w.variant.Name, w.pool.Tenant, w.pool.Product)
}

func (w poolWarner) warnings() []string {
	n := w.variant.Replications
	if n == 0 {
		return nil
	}
	var list []string
	if first := w.pool.Risk[1].Exhaustion.Value; first > 0 {
		list = append(list, fmt.Sprintf("%s has no assignable seat on the first day in %s%% of the replications: check its seats, those reserved and those held on day one.",
			w.name(), percentText(first)))
	}
	list = append(list, w.censored("the pool never ran dry", w.pool.Exhaustion)...)
	list = append(list, w.censored("nobody was refused", w.pool.FirstRefusal)...)
	acts, people := w.pool.RefusedClaims.Mean, w.pool.RefusedUsers.Mean
	if people > 0 && acts >= manyTries*people {
		list = append(list, fmt.Sprintf("%s refuses %s claims of %s (means): whoever is refused tries again at the next act, so refused claims do not count people.",
			w.name(), countText(acts), peopleText(people)))
	}
	return list
}

// censored tells which quantiles of a date are beyond the horizon.
func (w poolWarner) censored(what string, e Event) []string {
	n, t := w.variant.Replications, e.First
	if n == 1 || t.Censored == n {
		return nil // then there is no date, and the answer says so
	}
	var unknown []string
	for _, q := range []struct {
		name string
		time clock.Time
	}{{"5%", t.P05}, {"50%", t.P50}, {"95%", t.P95}} {
		if q.time == clock.Never {
			unknown = append(unknown, q.name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: in %s%% of the replications %s within the horizon, so the %s of that date %s not known.",
		w.name(), percentText(float64(t.Censored)/float64(n)), what,
		strings.Join(unknown, " and ")+plural(len(unknown), " quantile", " quantiles"), plural(len(unknown), "is", "are"))}
}

// overAssigned tells on which days more seats are held than there are, from the
// number of replications in which they are, by midnight.
func (w poolWarner) overAssigned(over []int) []string {
	first, last, days, most := -1, 0, 0, 0
	for day, replications := range over {
		if replications == 0 {
			continue
		}
		if first < 0 {
			first = day
		}
		last, days, most = day, days+1, max(most, replications)
	}
	if days == 0 {
		return nil
	}
	when := "at midnight of " + w.date(first)
	if days > 1 {
		when = fmt.Sprintf("at %s midnights from %s to %s", countText(float64(days)), w.date(first), w.date(last))
	}
	return []string{fmt.Sprintf("%s has more holders than seats, %s, in up to %s%% of the replications: no claim succeeds until there is room. Holders keep their rights while any subscription of the pool runs or is expired; once all are disabled they lose the rights, and then the seats.",
		w.name(), when, percentText(float64(most)/float64(w.variant.Replications)))}
}

func (w poolWarner) date(day int) string { return dateOfDay(w.answers.Study, day) }
