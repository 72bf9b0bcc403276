package plan

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/analysis/reduction"
	"seatcast/cmd/seatcast/control"
	"seatcast/cmd/seatcast/study"
	"seatcast/sim/behave"
)

// untiltable returns why importance sampling on adoption would say nothing about a
// target, "" where it does.
func (w *wanted) untiltable() string {
	if len(w.targets) > 1 {
		return "it plans one pool: say which with --pool"
	}
	if w.out.Why != "" {
		return w.out.Why
	}
	t := &w.world.Tenants[w.targets[0].tenant]
	for i := range t.Reclaim {
		if t.Reclaim[i].Product == w.targets[0].product {
			return "idle seats are taken back, so that the luck of adoption does not decide how many are needed at once"
		}
	}
	for i := range t.Segments {
		s := &t.Segments[i]
		if len(s.Adoption.Draws) > 0 {
			return fmt.Sprintf("the law of adoption of %s is drawn anew for each replication, so that what is not known of it decides, and not the luck of people", s.Name)
		}
		if s.Adoption.Law == behave.Contagion {
			return fmt.Sprintf("people of %s adopt by contagion, so that their luck is not independent: bass(p=…, q=…) is the same curve without it", s.Name)
		}
	}
	return ""
}

// A tilting samples a world whose people adopt more often than they do.
type tilting struct {
	*wanted
	world  study.World // with plenty of seats
	shares []float64   // of people who adopt by the end, by segment
	counts []int
}

// rare finds the seats for a small risk by importance sampling on adoption.
func (w *wanted) rare() error {
	if why := w.untiltable(); why != "" {
		return unplannable("--rare: %s", why)
	}
	w.out.Method = "tilted"
	l := &tilting{wanted: w, world: w.ample(w.asked)}
	tenant := &w.world.Tenants[w.targets[0].tenant]
	l.shares, _ = control.Shares(tenant, tenant.Midnights[len(tenant.Midnights)-1])
	for i := range tenant.Segments {
		l.counts = append(l.counts, tenant.Segments[i].Count)
	}
	plain, err := w.needs(l.world, 0, 200)
	if err != nil {
		return err
	}
	sample := make([]float64, len(plain[0]))
	for i, need := range plain[0] {
		sample[i] = float64(need)
	}
	m := analysis.MomentsOf(sample)
	risk := w.risks[0]
	seats := int(m.Mean() + distuv.UnitNormal.Quantile(1-risk)*math.Sqrt(m.Variance()))
	target := float64(seats + 1)
	const pilot, rounds = 1000, 6
	for range rounds {
		tail, mean, err := l.sample(target, pilot)
		if err != nil {
			return err
		}
		if seats = tail.Fewest(risk); math.Abs(mean-float64(seats+1)) < 1 {
			break
		}
		target += float64(seats+1) - mean // the tilt is by adopters, not all of whom need a seat
	}
	n := w.opt.Most
	if n == 0 {
		n = min(w.budget(w.world), 10_000)
	}
	tail, mean, err := l.sample(target, n)
	if err != nil {
		return err
	}
	return l.tell(tail, mean, n)
}

// sample simulates replications with a tilt to a mean number of adopters, and returns
// their tail and the mean of their needs.
func (l *tilting) sample(target float64, n int) (*reduction.Tail, float64, error) {
	most := 0.0 // adopters, if all adopt who may
	for i, share := range l.shares {
		if share > 0 {
			most += float64(l.counts[i])
		}
	}
	to := reduction.Tilt(l.shares, l.counts, min(target, most-0.5))
	tilts := make([]behave.Tilt, len(to))
	for i := range to {
		if to[i] != l.shares[i] {
			tilts[i] = behave.Tilt{Share: l.shares[i], To: to[i]}
		}
	}
	tenant := l.targets[0].tenant
	world := l.world.WithTilts(tenant, tilts)
	needs, err := l.needs(world, 0, n)
	if err != nil {
		return nil, 0, err
	}
	weights, sum, tilted := make([]float64, n), 0.0, world.Sim()
	for r := range weights {
		for i, below := range tilted.Below(tenant, r, l.shares) {
			weights[r] += tilts[i].LogWeight(l.counts[i], below)
		}
		sum += float64(needs[0][r])
	}
	return reduction.NewTail(needs[0], weights), sum / float64(n), nil
}

// tell puts what the tail says into the purchase.
func (l *tilting) tell(tail *reduction.Tail, mean float64, n int) error {
	risk, price := l.risks[0], l.targets[0].price
	seats := tail.Fewest(risk)
	l.set(l.last, seats)
	over := func(c int) analysis.Proportion { p, _ := tail.Over(c, purchase.Confidence); return p }
	p, relative := tail.Over(seats, purchase.Confidence)
	if p.Value == 0 {
		return unplannable("--rare: no replication needs more than %d seats, however often people adopt: without --rare the count is found", seats)
	}
	count := purchase.Count{Seats: seats, Low: seats, High: seats, Replications: n}
	for count.Low > 0 && over(count.Low-1).Low <= risk {
		count.Low--
	}
	for over(count.High).High > risk && over(count.High).Value > 0 {
		count.High++
	}
	count.Settled = count.Low == count.High
	l.out.Count, l.out.Replications, l.out.Risk = &count, n, p
	l.out.Pools[0].Fewer = over(seats - 1)
	for _, c := range nearby(seats) {
		l.out.Nearby = append(l.out.Nearby, purchase.Point{Seats: c, Risk: over(c), Cost: price * float64(c)})
	}
	for c := max(0, seats-12); c <= seats+12; c++ {
		if q := over(c); q.Value > 0 {
			l.out.Frontier = append(l.out.Frontier, purchase.Point{Seats: c, Risk: q, Cost: price * float64(c)})
		}
	}
	naive := (1 - p.Value) / p.Value / (relative * relative)
	l.out.Rare = &purchase.Rare{Target: mean, Relative: relative, Replications: n, Naive: naive}
	l.out.Notes = append(l.out.Notes, fmt.Sprintf("By importance sampling: people adopt as often as makes %.0f seats needed in the mean, "+
		"and each replication counts by how likely it is. %d replications know the risk to %.1f%% of itself (standard error); counting would take %.2g.",
		mean, n, 100*relative, naive))
	return nil
}
