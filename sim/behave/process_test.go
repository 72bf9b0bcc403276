package behave

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/dist"
	"seatcast/sim/rng"
)

const day = float64(clock.Day)

// processes are a person's acts under habits of every kind.
func processes(t testing.TB, key rng.Key) map[string]Process {
	gaps, err := dist.Weibull(0.5, day)
	if err != nil {
		t.Fatal(err)
	}
	habits := map[string]Habit{
		"often":   {Action: claim.TriggerPremium, Rate: 40 / day},
		"weekly":  {Action: claim.SavePremium, Rate: 3 / (7 * day)},
		"seldom":  {Action: claim.TurnOnPremium, Rate: 1 / (365 * day)},
		"uneven":  {Action: claim.GoPremium, Rate: 1 / day, Spread: 0.8},
		"renewal": {Action: claim.UseRPA, Gap: gaps},
		"never":   {Action: claim.StartTrial},
	}
	out := map[string]Process{}
	for name, h := range habits {
		out[name] = NewProcess(&h, key)
	}
	return out
}

// all lists the acts up to a time the slow way: one Next after the other.
func all(p *Process, until clock.Time) (acts []clock.Time) {
	for t := p.Next(0, until); t != clock.Never; t = p.Next(t+1, until) {
		acts = append(acts, t)
	}
	return acts
}

// TestRandomAccess asks for acts anywhere and holds the answers against the list
// of all of them.
func TestRandomAccess(t *testing.T) {
	const until = 400 * clock.Day
	dice := rand.New(rand.NewPCG(1, 1))
	for person := range uint64(40) {
		for name, p := range processes(t, rng.New(7).Index(person)) {
			acts := all(&p, until)
			if !slices.IsSorted(acts) || len(slices.Compact(slices.Clone(acts))) != len(acts) {
				t.Fatalf("%s: acts do not rise", name)
			}
			for range 60 {
				from := clock.Time(dice.Int64N(int64(until)))
				if len(acts) > 0 && dice.IntN(2) == 0 {
					from = acts[dice.IntN(len(acts))] + clock.Time(dice.IntN(3)-1)
				}
				to := from + clock.Time(dice.Int64N(int64(30*clock.Day)))
				i, _ := slices.BinarySearch(acts, from)
				j, _ := slices.BinarySearch(acts, min(to, until)+1)
				next, last := clock.Never, clock.Time(-1)
				if i < j {
					next, last = acts[i], acts[j-1]
				}
				if got := p.Next(from, min(to, until)); got != next {
					t.Fatalf("%s: next act from %d is %d, want %d", name, from, got, next)
				}
				if got := p.Last(from, min(to, until)); got != last {
					t.Fatalf("%s: last act in %d…%d is %d, want %d", name, from, to, got, last)
				}
				if got := p.Acts(nil, from, min(to, until)); !slices.Equal(slices.Sorted(slices.Values(got)), acts[min(i, j):j]) {
					t.Fatalf("%s: acts in %d…%d are %d, want %d", name, from, to, got, acts[min(i, j):j])
				}
				if got := p.Count(min(to, until)); got != int64(j) {
					t.Fatalf("%s: %d acts up to %d, want %d", name, got, to, j)
				}
			}
		}
	}
}

// TestPoisson holds counts over a week against the Poisson law: mean and variance
// of 20,000 people at 3 a week have standard errors of 0.0122 and about
// sqrt((3+2·9)/20000) = 0.0324; the tolerance is four of them.
func TestPoisson(t *testing.T) {
	const n = 20000
	h := Habit{Action: claim.TriggerPremium, Rate: 3 / (7 * day)}
	for _, week := range []clock.Time{0, 1, 25} {
		sum, squares := 0.0, 0.0
		for person := range uint64(n) {
			p := NewProcess(&h, rng.New(3).Index(person))
			x := float64(p.Count((week+1)*clock.Week-1) - p.Count(week*clock.Week-1))
			sum += x
			squares += x * x
		}
		mean := sum / n
		variance := squares/n - mean*mean
		if math.Abs(mean-3) > 4*0.0122 || math.Abs(variance-3) > 4*0.0324 {
			t.Errorf("week %d: mean %.4f and variance %.4f, want 3 and 3", week, mean, variance)
		}
	}
}

// TestIndependence: of one process, acts are uniform over the cells of a block, by
// chi-square, and counts of neighbouring cells, across leaves and blocks too, are
// uncorrelated. The standard errors are sqrt(2·cells) and 1/sqrt(n); the tolerance is
// four of them.
func TestIndependence(t *testing.T) {
	const cells, n = 64, 40000 // of blocks; a cell is an eighth of a leaf
	h := Habit{Rate: 40 / day}
	p := NewProcess(&h, rng.New(23))
	length := clock.Time(p.length())
	count := make([]float64, cells*n)
	for _, at := range p.Acts(nil, 0, n*length-1) {
		count[int64(float64(at)/float64(length)*cells)]++
	}
	mean, chi := float64(blockMean)/cells, 0.0
	for cell := range cells {
		sum := 0.0
		for b := range n {
			sum += count[b*cells+cell]
		}
		chi += (sum - n*mean) * (sum - n*mean) / (n * mean)
	}
	if math.Abs(chi-cells) > 4*math.Sqrt(2*cells) {
		t.Errorf("chi-square %.1f, want %d ± %.1f", chi, cells, 4*math.Sqrt(2*cells))
	}
	for _, lag := range []int{1, 2, 8, 32, cells} {
		sum := 0.0
		for i := range len(count) - lag {
			sum += (count[i] - mean) * (count[i+lag] - mean)
		}
		if r := sum / (mean * float64(len(count)-lag)); math.Abs(r) > 4/math.Sqrt(float64(len(count))) {
			t.Errorf("counts %d cells apart have a correlation of %.5f", lag, r)
		}
	}
}

// TestWideBlocks: any part of a block is what the whole has, also where there are more
// acts than bits in a word, as there are once in ten million blocks.
func TestWideBlocks(t *testing.T) {
	h := Habit{Rate: 1e-9}
	p := NewProcess(&h, rng.New(29))
	length, found := clock.Time(p.length()), 0
	for b := int64(0); found < 3; b++ {
		_, n := p.block(b)
		if n <= batchSize {
			continue
		}
		found++
		from, to := clock.Time(b)*length, clock.Time(b+1)*length-1
		acts := p.Acts(nil, from, to)
		slices.Sort(acts)
		if len(acts) != n || len(slices.Compact(slices.Clone(acts))) != n {
			t.Fatalf("block %d of %d acts has %d", b, n, len(acts))
		}
		for i, at := range acts {
			if got := p.Next(at, to); got != at {
				t.Errorf("the act at %d is not the next from there, but %d", at, got)
			}
			if got := p.Last(from, at); got != at {
				t.Errorf("the act at %d is not the last until there, but %d", at, got)
			}
			if got := len(p.Acts(nil, from, at)); got != i+1 {
				t.Errorf("until the act at %d there are %d, want %d", at, got, i+1)
			}
		}
	}
}

// TestCovered: no gap before the time that is covered is longer than is said, and most
// of the way is covered at once where gaps so long are seldom.
func TestCovered(t *testing.T) {
	const until = 400 * clock.Day
	reached, asked := 0.0, 0.0
	for person := range uint64(300) {
		for name, p := range processes(t, rng.New(31).Index(person)) {
			from, gap := clock.Time(person)*clock.Day, 30*clock.Day
			last := from
			covered := p.Covered(from, gap, until)
			if covered < from || covered > until {
				t.Fatalf("%s: covered from %d to %d", name, from, covered)
			}
			for at := p.Next(from+1, covered); at != clock.Never; at = p.Next(at+1, covered) {
				if at-last > gap {
					t.Fatalf("%s: nothing between %d and %d, of what is covered until %d", name, last, at, covered)
				}
				last = at
			}
			if covered-last > gap {
				t.Fatalf("%s: nothing between %d and %d, which is covered", name, last, covered)
			}
			if name == "weekly" || name == "often" {
				reached += float64(covered - from)
				asked += float64(until - from)
			}
		}
	}
	if reached < 0.98*asked {
		t.Errorf("only %.3f of the time is covered", reached/asked)
	}
}

// TestCoveredIsExact: what is covered ends at the very act that no other follows in time,
// as found by going through all acts, for gaps of a leaf to many blocks; where gaps are
// shorter it may be nothing.
func TestCoveredIsExact(t *testing.T) {
	dice := rand.New(rand.NewPCG(8, 8))
	ended, reached, nothing := 0, 0, 0
	for person := range uint64(3000) {
		h := Habit{Rate: math.Exp(6*dice.Float64()-3) / day}
		p := NewProcess(&h, rng.New(37).Index(person))
		from := clock.Time(dice.Int64N(int64(20 * p.leaf)))
		if person%2 == 0 {
			from = p.Next(from, clock.Never-1)
		}
		gap := clock.Time(math.Exp(5*dice.Float64()*dice.Float64()-0.7) * float64(p.leaf))
		to := from + clock.Time(dice.Int64N(int64(100*p.leaf)))
		acts := p.Acts(nil, from+1, to)
		slices.Sort(acts)
		want := from
		for _, at := range acts {
			if at-want > gap {
				break
			}
			want = at
		}
		if want+gap >= to {
			want = to
		}
		got := p.Covered(from, gap, to)
		switch {
		case got == from && gap < 5*p.leaf/4:
			nothing++
		case got != want:
			t.Fatalf("gaps of %v leaves are covered from %d to %d of %d, want %d", float64(gap)/float64(p.leaf), from, got, to, want)
		case got == to:
			reached++
		default:
			ended++
		}
	}
	if min(ended, reached, nothing) < 200 {
		t.Errorf("%d ended, %d reached the end, %d were not tried", ended, reached, nothing)
	}
}

// TestRareActs: of 100,000 people who act once in 200 years, as gamma-distributed
// rates have them by the hundred, a share of 1 - exp(-1/200) acts within a year
// (standard error 2.2e-4; the tolerance is four of them), at uniform times (that of
// the mean 0.29/sqrt(500) = 0.013).
func TestRareActs(t *testing.T) {
	const n, year = 100000, 365 * clock.Day
	h := Habit{Rate: 1 / (200 * float64(year))}
	acted, sum := 0.0, 0.0
	for person := range uint64(n) {
		p := NewProcess(&h, rng.New(17).Index(person))
		if at := p.Next(0, year); at != clock.Never {
			acted++
			sum += float64(at) / float64(year)
		}
	}
	if share := acted / n; math.Abs(share+math.Expm1(-1.0/200)) > 4*2.2e-4 {
		t.Errorf("%v act within a year, want %v", share, -math.Expm1(-1.0/200))
	}
	if mean := sum / acted; math.Abs(mean-0.5) > 4*0.013 {
		t.Errorf("they act at %v of the year on average", mean)
	}
}

// TestGapsAreExponential holds the gaps of one person against the exponential
// law by Kolmogorov and Smirnov: for n = 20,000 the statistic exceeds
// 1.95/sqrt(n) with probability 0.001.
func TestGapsAreExponential(t *testing.T) {
	h := Habit{Action: claim.TriggerPremium, Rate: 40 / day}
	p := NewProcess(&h, rng.New(5))
	acts := all(&p, 500*clock.Day)
	var gaps []float64
	last := clock.Time(0)
	for _, t := range acts {
		gaps = append(gaps, float64(t-last)*h.Rate)
		last = t
	}
	slices.Sort(gaps)
	n, d := float64(len(gaps)), 0.0
	for i, g := range gaps {
		f := 1 - math.Exp(-g)
		d = max(d, math.Abs(f-float64(i)/n), math.Abs(f-float64(i+1)/n))
	}
	if n < 19000 || d > 1.95/math.Sqrt(n) {
		t.Errorf("%v gaps have a distance of %v, want below %v", n, d, 1.95/math.Sqrt(n))
	}
}

// TestRateStretchesLuck: at twice the rate the same acts happen in half the time,
// up to the grain of times.
func TestRateStretchesLuck(t *testing.T) {
	slow, fast := Habit{Rate: 1 / day}, Habit{Rate: 2 / day}
	p, q := NewProcess(&slow, rng.New(9)), NewProcess(&fast, rng.New(9))
	a, b := all(&p, 200*clock.Day), all(&q, 100*clock.Day)
	if len(a) != len(b) || len(a) < 100 {
		t.Fatalf("%d acts at the rate, %d at twice the rate", len(a), len(b))
	}
	for i := range a {
		if diff := a[i] - 2*b[i]; diff < -2*grain || diff > 2*grain {
			t.Fatalf("act %d is at %d, and at twice the rate at %d", i, a[i], b[i])
		}
	}
}

// TestAdoption holds each law's quantile against its distribution function, as
// the literature has it, and the ceiling.
func TestAdoption(t *testing.T) {
	mid, scale, p, q := 100*day, 20*day, 0.002/day, 0.03/day
	wait, err := dist.Exponential(90 * day)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		a   Adoption
		cdf func(t float64) float64
	}{
		"logistic": {Adoption{Law: Logistic, Ceiling: 0.8, Mid: mid, Scale: scale}, func(t float64) float64 { return 1 / (1 + math.Exp(-(t-mid)/scale)) }},
		"gompertz": {Adoption{Law: Gompertz, Ceiling: 1, Mid: mid, Scale: scale}, func(t float64) float64 { return math.Exp(-math.Exp(-(t - mid) / scale)) }},
		"bass": {Adoption{Law: Bass, Ceiling: 0.6, P: p, Q: q}, func(t float64) float64 {
			e := math.Exp(-(p + q) * t)
			return (1 - e) / (1 + q/p*e)
		}},
		"exp": {Adoption{Law: FromDist, Ceiling: 0.5, Dist: wait}, func(t float64) float64 { return 1 - math.Exp(-t/(90*day)) }},
	} {
		for _, v := range []float64{0.05, 0.3, 0.5, 0.9, 0.99} {
			at := c.a.At(v * c.a.Ceiling)
			if got := c.cdf(float64(at)); math.Abs(got-v) > 1e-9 {
				t.Errorf("%s: F(%v) = %v, want %v", name, at, got, v)
			}
		}
		if c.a.Ceiling < 1 && c.a.At(c.a.Ceiling) != clock.Never {
			t.Errorf("%s: someone above the ceiling adopts", name)
		}
	}
	early := Adoption{Law: Logistic, Ceiling: 1, Mid: 10 * day, Scale: 20 * day}
	if early.At(0.1) != 0 {
		t.Error("mass before the start adopts at the start")
	}
	if start := (Adoption{Law: AtStart, Ceiling: 1}); start.At(0.7) != 0 {
		t.Error("all at start is at the start")
	}
}

// TestContagionKeepsIdentity: the order in which people adopt is that of their
// resistance whatever p and q are, nobody above the ceiling does, and newcomers
// adopt after they join.
func TestContagionKeepsIdentity(t *testing.T) {
	dice := rand.New(rand.NewPCG(2, 3))
	people := make([]Susceptible, 300)
	for i := range people {
		people[i].Luck = dice.Float64()
		if i >= 200 {
			people[i].Joined = clock.Time(dice.Int64N(int64(200 * clock.Day)))
		}
	}
	for _, a := range []Adoption{{Law: Contagion, Ceiling: 0.7, P: 0.001 / day, Q: 0.05 / day}, {Law: Contagion, Ceiling: 0.7, P: 0.02 / day}} {
		a.Spread(people, 200, nil)
		for i, p := range people {
			if (p.Adopts == clock.Never) != (p.Luck >= 0.7) || p.Adopts < p.Joined {
				t.Fatalf("person %d of luck %v who joins at %d adopts at %d", i, p.Luck, p.Joined, p.Adopts)
			}
			for _, o := range people[:i] {
				if o.Joined == p.Joined && o.Luck < 0.7 && p.Luck < 0.7 && (o.Luck < p.Luck) != (o.Adopts < p.Adopts) {
					t.Fatalf("luck %v adopts at %d, luck %v at %d", o.Luck, o.Adopts, p.Luck, p.Adopts)
				}
			}
		}
	}
}

// TestContagionFollowsItsWay: by each waypoint exactly as many have adopted as it says, in
// the order of their resistance and by and by; from there on the spread goes on, to a number
// of people that the ceiling says exactly.
func TestContagionFollowsItsWay(t *testing.T) {
	way := []Waypoint{{2 * clock.Day, 0}, {5 * clock.Day, 0.1}, {6 * clock.Day, 0.1}, {10 * clock.Day, 0.42}}
	a := Adoption{Law: Contagion, Ceiling: 0.6, P: 0.01 / day, Q: 0.1 / day}
	for seed := range uint64(50) {
		dice := rand.New(rand.NewPCG(seed, 3))
		people := make([]Susceptible, 200)
		for i := range people {
			people[i].Luck = dice.Float64()
		}
		a.Spread(people, len(people), way)
		by := func(at clock.Time) (n int) {
			for _, p := range people {
				if p.Adopts <= at {
					n++
				}
			}
			return n
		}
		for at, want := range map[clock.Time]int{2 * clock.Day: 0, 5 * clock.Day: 20, 6 * clock.Day: 20, 10 * clock.Day: 84, clock.Never - 1: 120} {
			if got := by(at); got != want {
				t.Fatalf("seed %d: %d have adopted by %v days, want %d", seed, got, float64(at)/day, want)
			}
		}
		if got := by(8 * clock.Day); got < 30 || got > 74 {
			t.Errorf("seed %d: %d have adopted half-way between waypoints of 20 and 84", seed, got)
		}
		slices.SortFunc(people, func(p, q Susceptible) int { return cmp.Compare(p.Luck, q.Luck) })
		if !slices.IsSortedFunc(people, func(p, q Susceptible) int { return cmp.Compare(p.Adopts, q.Adopts) }) {
			t.Errorf("seed %d: someone of greater resistance adopts earlier", seed)
		}
	}
}

// TestContagionOnItsWayMeetsNewcomers: who joins on the way is reached by it as the others
// of the same resistance, whoever leaves is not, and a way to everyone or to nobody ends.
func TestContagionOnItsWayMeetsNewcomers(t *testing.T) {
	var people []Susceptible
	for i := range 100 {
		people = append(people, Susceptible{Luck: (float64(i) + 0.5) / 100})
	}
	people[10].Leaves = clock.Time(day / 2)
	people = append(people, Susceptible{Luck: 0.05, Joined: 3 * clock.Day}, Susceptible{Luck: 0.999, Joined: 3 * clock.Day})
	a := Adoption{Law: Contagion, Ceiling: 1, P: 0.001 / day}
	a.Spread(people, 100, []Waypoint{{10 * clock.Day, 0.5}})
	if people[10].Adopts != clock.Never {
		t.Errorf("who leaves on day 0.5 adopts at %v days", float64(people[10].Adopts)/day)
	}
	if got := people[100].Adopts; got < 3*clock.Day || got > 5*clock.Day { // at 0.0693 a day, of resistance 0.0513
		t.Errorf("a newcomer of little resistance on day 3 adopts at %v days", float64(got)/day)
	}
	if got := people[101].Adopts; got < 10*clock.Day || got == clock.Never {
		t.Errorf("a newcomer of great resistance adopts at %v days, want after the way", float64(got)/day)
	}
	for _, share := range []float64{0, 1} {
		some := slices.Clone(people[:100])
		some[10].Leaves = 0
		a := Adoption{Law: Contagion, Ceiling: 0, P: 0.001 / day}
		a.Spread(some, 100, []Waypoint{{10 * clock.Day, share}, {20 * clock.Day, share}})
		for i, p := range some {
			if (p.Adopts <= 10*clock.Day) != (share == 1) {
				t.Fatalf("share %v: person %d adopts at %d", share, i, p.Adopts)
			}
		}
	}
}

// TestContagionWithoutContagion: with q = 0 everyone adopts at the exponential
// quantile of the own luck, as under the law exp.
func TestContagionWithoutContagion(t *testing.T) {
	a := Adoption{Law: Contagion, Ceiling: 1, P: 0.01 / day}
	people := []Susceptible{{Luck: 0.9}, {Luck: 0.1}, {Luck: 0.5, Joined: 7 * clock.Day}}
	a.Spread(people, 2, nil)
	for _, p := range people {
		want := float64(p.Joined) - math.Log1p(-p.Luck)*100*day
		if math.Abs(float64(p.Adopts)-want) > 1000 {
			t.Errorf("luck %v adopts at %d, want %.0f", p.Luck, p.Adopts, want)
		}
	}
}

// TestGamma holds 20,000 rates of people against the gamma law by Kolmogorov and
// Smirnov: the statistic exceeds 1.95/sqrt(n) with probability 0.001.
func TestGamma(t *testing.T) {
	const n = 20000
	for _, shape := range []float64{0.05, 0.8, 1, 4, 50} {
		law, err := dist.Gamma(shape, 1)
		if err != nil {
			t.Fatal(err)
		}
		var drawn []float64
		for person := range uint64(n) {
			drawn = append(drawn, gamma(shape, rng.New(21).Index(person).Stream()))
		}
		slices.Sort(drawn)
		worst := 0.0
		for i := 1; i < n; i++ { // compare quantiles by share: F(quantile(u)) = u
			u := float64(i) / n
			share, _ := slices.BinarySearch(drawn, law.Quantile(u))
			worst = max(worst, math.Abs(float64(share)/n-u))
		}
		if worst > 1.95/math.Sqrt(n) {
			t.Errorf("shape %v: distance %v, want below %v", shape, worst, 1.95/math.Sqrt(n))
		}
	}
}

func TestNoAllocations(t *testing.T) {
	for name, p := range processes(t, rng.New(1)) {
		if n := testing.AllocsPerRun(100, func() {
			p.Next(10*clock.Day, 20*clock.Day)
			p.Last(10*clock.Day, 20*clock.Day)
			p.Count(20 * clock.Day)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkProcess(b *testing.B) {
	h := Habit{Action: claim.TriggerPremium, Rate: 3 / (7 * day)}
	people := make([]Process, 1<<12)
	for i := range people {
		people[i] = NewProcess(&h, rng.New(1).Index(uint64(i)))
	}
	var at []clock.Time
	for name, do := range map[string]func(p *Process, day clock.Time){
		"next":  func(p *Process, day clock.Time) { p.Next(day, clock.Never-1) },
		"last":  func(p *Process, day clock.Time) { p.Last(day, day+30*clock.Day) },
		"count": func(p *Process, day clock.Time) { p.Count(day) },
		"acts":  func(p *Process, day clock.Time) { at = p.Acts(at[:0], 0, day) },
	} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				do(&people[i%len(people)], clock.Time(i%365)*clock.Day)
			}
		})
	}
}

// BenchmarkUse does what the simulator does with people's acts, of whom each comes by
// address and is met once in a while.
func BenchmarkUse(b *testing.B) {
	keys := make([]rng.Key, 1<<12)
	for i := range keys {
		keys[i] = rng.New(1).Index(uint64(i))
	}
	weekly := Habit{Action: claim.TriggerPremium, Rate: 3 / (7 * day)}
	rarer := Habit{Action: claim.TriggerPremium, Rate: 1.5 / (7 * day)}
	daily := Habit{Action: claim.TriggerPremium, Rate: 3 / day}
	monthly := Habit{Action: claim.TriggerPremium, Rate: 0.5 / (7 * day)}
	var at []clock.Time
	sum := clock.Time(0)
	for _, use := range []struct {
		name string
		do   func(key rng.Key, from clock.Time)
	}{
		{"make", func(key rng.Key, from clock.Time) { p := NewProcess(&weekly, key); sum += p.leaf }},
		{"stretch", func(key rng.Key, from clock.Time) {
			p := NewProcess(&weekly, key)
			at = p.Acts(at[:0], from, from+14*clock.Day)
		}},
		{"bucket", func(key rng.Key, from clock.Time) {
			p := NewProcess(&weekly, key)
			at = p.Acts(at[:0], from, from+clock.Hour)
		}},
		{"whole", func(key rng.Key, from clock.Time) {
			p := NewProcess(&weekly, key)
			at = p.Acts(at[:0], 0, from)
		}},
		{"count", func(key rng.Key, from clock.Time) { p := NewProcess(&weekly, key); sum += clock.Time(p.Count(from)) }},
		{"next", func(key rng.Key, from clock.Time) { p := NewProcess(&weekly, key); sum += p.Next(from, clock.Never-1) }},
		{"last", func(key rng.Key, from clock.Time) {
			p := NewProcess(&weekly, key)
			sum += p.Last(from, from+30*clock.Day)
		}},
		{"look", func(key rng.Key, from clock.Time) { look(&weekly, key, from/2) }},
		{"lookDaily", func(key rng.Key, from clock.Time) { look(&daily, key, from/2) }},
		{"lookRarer", func(key rng.Key, from clock.Time) { look(&rarer, key, from/2) }},
		{"lookMonthly", func(key rng.Key, from clock.Time) { look(&monthly, key, from/2) }},
	} {
		b.Run(use.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				use.do(keys[i%len(keys)], clock.Time(i*37%365)*clock.Day)
			}
		})
	}
}

// look looks ahead for a gap of 28 days in a year, as the simulator does.
func look(h *Habit, key rng.Key, from clock.Time) clock.Time {
	const gap, end = 28 * clock.Day, 365 * clock.Day
	p := NewProcess(h, key)
	op := p.Covered(from, gap, end)
	for op+gap <= end {
		next := p.Last(op+1, op+gap)
		if next < 0 {
			return op
		}
		op = next
	}
	return clock.Never
}
