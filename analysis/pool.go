package analysis

import (
	"slices"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// A figure is one of a pool's numbers of which each replication has one.
type figure int

const (
	assignedEnd figure = iota
	peak
	claims
	refusedClaims
	refusedUsers
	blockedDays
	idleDays
	cost
	numFigures
)

// A poolTally gathers one pool's records. The slices by midnight have the length
// of the tenant's midnights.
type poolTally struct {
	seats      []int32   // usable seats by midnight, the same in every replication
	assigned   [][]int32 // by midnight, then replication
	assignable []int64   // by midnight, summed over replications
	refused    []int64   // by midnight, summed over replications
	over       []int     // by midnight: replications with more holders than seats
	numbers
}

// numbers are those of which each replication has one.
type numbers struct {
	exhausted    []clock.Time
	firstRefusal []clock.Time
	figures      [numFigures]column
}

func (n *numbers) add(replication int, r *record.Pool) {
	n.exhausted = append(n.exhausted, r.Exhausted)
	n.firstRefusal = append(n.firstRefusal, r.FirstRefusal)
	for f, value := range figuresOf(r) {
		n.figures[f].set(replication, value)
	}
}

func newPoolTally(midnights int) poolTally {
	return poolTally{
		assigned:   make([][]int32, midnights),
		assignable: make([]int64, midnights),
		refused:    make([]int64, midnights),
		over:       make([]int, midnights),
	}
}

func (p *poolTally) add(replication, reserved int, r *record.Pool) {
	if p.seats == nil {
		p.seats = slices.Clone(r.Seats)
	}
	for day, assigned := range r.Assigned {
		free := int64(r.Seats[day]) - int64(reserved) - int64(assigned)
		p.assigned[day] = append(p.assigned[day], assigned)
		p.assignable[day] += max(0, free)
		p.refused[day] += int64(r.Refused[day])
		if free < 0 {
			p.over[day]++
		}
	}
	p.numbers.add(replication, r)
}

func figuresOf(r *record.Pool) [numFigures]float64 {
	return [numFigures]float64{
		assignedEnd:   float64(r.Assigned[len(r.Assigned)-1]),
		peak:          float64(r.Peak),
		claims:        float64(r.Claims),
		refusedClaims: float64(r.RefusedClaims),
		refusedUsers:  float64(r.RefusedUsers),
		blockedDays:   float64(r.BlockedMs) / msPerDay,
		idleDays:      float64(r.IdleMs) / msPerDay,
		cost:          r.Cost,
	}
}

// deadline returns the last instant that is by midnight number day: the one before
// it, which has the date of the day that ends there, but of the first and the last
// the midnight itself.
func deadline(midnights []clock.Time, day int) clock.Time {
	if day == 0 || day == len(midnights)-1 {
		return midnights[day]
	}
	return midnights[day] - 1
}

// answers summarises n replications.
func (p *poolTally) answers(tenant record.TenantInfo, info record.PoolInfo, n int) Pool {
	of := func(f figure) Estimate { return estimate(p.figures[f], n) }
	pool := Pool{
		Tenant: tenant.Name, Product: info.Product, Reserved: info.Reserved,
		AssignedEnd: of(assignedEnd), Peak: of(peak), Claims: of(claims),
		RefusedClaims: of(refusedClaims), RefusedUsers: of(refusedUsers),
		BlockedUserDays: of(blockedDays), IdleSeatDays: of(idleDays), Cost: of(cost),
	}
	var exhausted, refused []clock.Time
	pool.Exhaustion, exhausted = event(p.exhausted)
	pool.FirstRefusal, refused = event(p.firstRefusal)
	if n == 0 {
		return pool
	}
	pool.SeatsStart, pool.SeatsEnd = int(p.seats[0]), int(p.seats[len(p.seats)-1])
	for day, midnight := range tenant.Midnights {
		pool.Curve = append(pool.Curve, p.curvePoint(day, midnight, n))
		by := deadline(tenant.Midnights, day)
		pool.Risk = append(pool.Risk, RiskPoint{
			Time:       midnight,
			Exhaustion: Wilson(happenedBy(exhausted, by), n, confidence),
			Refusal:    Wilson(happenedBy(refused, by), n, confidence),
		})
	}
	return pool
}

func (p *poolTally) curvePoint(day int, midnight clock.Time, n int) CurvePoint {
	sorted := slices.Sorted(slices.Values(p.assigned[day]))
	var sum int64
	for _, assigned := range sorted {
		sum += int64(assigned)
	}
	at := func(q float64) float64 { return float64(quantile(sorted, q)) }
	mean := func(sum int64) float64 { return float64(sum) / float64(n) }
	return CurvePoint{
		Time: midnight, Seats: int(p.seats[day]), Assignable: mean(p.assignable[day]), Mean: mean(sum),
		P05: at(0.05), P25: at(0.25), P50: at(0.50), P75: at(0.75), P95: at(0.95),
		RefusedMean: mean(p.refused[day]),
	}
}
