package purchase

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"testing"

	"seatcast/analysis/oracle"

	"gonum.org/v1/gonum/mathext"

	"seatcast/sim/rng"
)

var full = flag.Bool("full", false, "also make the runs that take minutes")

// binomial is the law of a number of adopters.
type binomial struct{ below []float64 } // below[k] = P(N ≤ k)

func newBinomial(n int, p float64) binomial {
	b := binomial{make([]float64, n+1)}
	for k := range n {
		b.below[k] = mathext.RegIncBeta(float64(n-k), float64(k+1), 1-p)
	}
	b.below[n] = 1
	return b
}

func (b binomial) draw(luck *rng.Stream) int {
	k, _ := slices.BinarySearch(b.below, luck.Uniform())
	return k
}

func (b binomial) probabilities() []float64 {
	p := slices.Clone(b.below)
	for k := len(p) - 1; k > 0; k-- {
		p[k] -= p[k-1]
	}
	return p
}

type purchaseCase struct {
	Users    int     `json:"U"`
	Adoption string  `json:"adoption"`
	By       float64 `json:"date_T"`
	Risk     float64 `json:"alpha"`
	Seats    int     `json:"min_purchase_c"`
	At       float64 `json:"P_exhaust_at_c"`
	Below    float64 `json:"P_exhaust_at_c_minus_1"`
	Claims   float64 `json:"mean_claims"`
}

// share returns the share of people who have adopted by the date.
func (c purchaseCase) share(t *testing.T) float64 {
	var mean float64
	if _, err := fmt.Sscanf(c.Adoption, "Exp(mean %f d)", &mean); err != nil {
		t.Fatalf("%s: %v", c.Adoption, err)
	}
	return -math.Expm1(-c.By / mean)
}

// TestOraclePurchase: the needs are binomial counts, and a search finds the exact
// number of seats in at least 95 of 100 independent runs, and is never more than one
// off. A run may use as many replications as it takes; of the row that takes most of
// them there are 10 runs, and 100 with -full.
func TestOraclePurchase(t *testing.T) {
	for i, row := range oracle.Expected[[]purchaseCase](t, "chance_constrained_purchase") {
		share := row.share(t)
		law := newBinomial(row.Users, share)
		oracle.Near(t, "risk", 1-law.below[row.Seats], row.At, 1e-8*row.At)
		oracle.Near(t, "risk of one seat fewer", 1-law.below[row.Seats-1], row.Below, 1e-8*row.Below)
		oracle.Near(t, "mean claims", float64(row.Users)*share, row.Claims, 1e-8*row.Claims)
		if row.At > row.Risk || row.Below <= row.Risk {
			t.Fatalf("row %d: %+v", i, row)
		}
		exact, replications := 0, 0
		runs := 100
		if row.Users == 1000 && !*full {
			runs = 10
		}
		for run := range uint64(runs) {
			luck := rng.New(1).Index(uint64(i)).Index(run).Stream()
			search := NewSearch(row.Risk, 0.95, 1000, 2_000_000)
			var c Count
			for from, to, ok := search.Wanted(); ok; from, to, ok = search.Wanted() {
				var needs []int
				for range to - from {
					needs = append(needs, law.draw(&luck))
				}
				c = search.Look(needs)
			}
			replications += c.Replications / runs
			if c.Seats == row.Seats {
				exact++
			}
			if off := c.Seats - row.Seats; off < -1 || off > 1 {
				t.Errorf("row %d, run %d: %+v, want %d", i, run, c, row.Seats)
			}
		}
		if exact*100 < 95*runs {
			t.Errorf("row %d: exact in %d of %d runs", i, exact, runs)
		}
		t.Logf("%d people, risk %v: %d seats, exact in %d of %d runs, of %d replications in the mean", row.Users, row.Risk, row.Seats, exact, runs, replications)
	}
}

func TestOracleNewsvendor(t *testing.T) {
	want := oracle.Expected[struct {
		Seats int     `json:"optimal_c"`
		Cost  float64 `json:"expected_cost"`
		More  float64 `json:"cost_at_plus5"`
		Less  float64 `json:"cost_at_minus5"`
		Share float64 `json:"critical_fractile"`
	}](t, "newsvendor_purchase")
	law := newBinomial(500, 0.6321205588285577)
	seats, cost := Newsvendor(law.probabilities(), 180, 600)
	if seats != want.Seats {
		t.Errorf("%d seats, want %d", seats, want.Seats)
	}
	if law.below[seats] < want.Share || law.below[seats-1] >= want.Share {
		t.Errorf("%d seats are not the quantile %v of the people who claim", seats, want.Share)
	}
	for _, c := range []struct {
		seats int
		want  float64
	}{{seats, want.Cost}, {seats + 5, want.More}, {seats - 5, want.Less}} {
		if got := cost(c.seats); math.Abs(got-c.want) > 1e-8*c.want {
			t.Errorf("cost of %d seats = %.12g, want %.12g", c.seats, got, c.want)
		}
	}
	searched, least, err := Cheapest(500, func(c int) (float64, error) { return cost(c), nil })
	if err != nil || searched != seats || least != cost(seats) {
		t.Errorf("a search finds %d seats at %v (%v), want %d", searched, least, err, seats)
	}
}

// TestOracleFacsize: three pools under one joint constraint, SimOpt's FACSIZE-1. From
// 10,000 replications the answer must be feasible, by the exact risk, and cost at
// most 1.02 × the optimum, in at least 90 of 100 runs.
func TestOracleFacsize(t *testing.T) {
	want := oracle.Expected[struct {
		Cost float64 `json:"optimal_cost"`
	}](t, "simopt_facsize1")
	const replications = 10_000
	runs := 20
	if *full {
		runs = 100
	}
	allowed := Allowed(replications, 0.05, Sure)
	good := 0
	for run := range uint64(runs) {
		luck := rng.New(2).Index(run).Stream()
		seats := Joint(demands(&luck, replications), []float64{1, 1, 1}, allowed)
		cost := seats[0] + seats[1] + seats[2]
		if risk := shortfall(seats); risk <= 0.05 && cost <= 1.02*want.Cost {
			good++
		} else {
			t.Logf("run %d: cost %.2f, risk %.4f", run, cost, risk)
		}
	}
	t.Logf("%d of %d runs are feasible and within 2%% of the optimum", good, runs)
	if good*100 < 90*runs {
		t.Errorf("only %d of %d", good, runs)
	}
}

// facsize is the Cholesky factor of the covariance of the demands, row by row.
var facsize = [3][3]float64{
	{math.Sqrt(2000), 0, 0},
	{1500 / math.Sqrt(2000), math.Sqrt(2000 - 1125), 0},
	{500 / math.Sqrt(2000), (750 - 375) / math.Sqrt(875), math.Sqrt(2000 - 125 - 375*375/875.0)},
}

// demands draws demands, by the method of Box and Muller.
func demands(luck *rng.Stream, n int) [][]float64 {
	out := make([][]float64, 3)
	for range n {
		var z [4]float64
		for i := 0; i < 4; i += 2 {
			r, angle := math.Sqrt(-2*math.Log(luck.Uniform())), 2*math.Pi*luck.Uniform()
			z[i], z[i+1] = r*math.Cos(angle), r*math.Sin(angle)
		}
		for i, row := range facsize {
			out[i] = append(out[i], 100+row[0]*z[0]+row[1]*z[1]+row[2]*z[2])
		}
	}
	return out
}

// shortfall returns the exact probability that a demand exceeds its seats: two
// nested integrals, the innermost in closed form.
func shortfall(seats []float64) float64 {
	const steps, edge = 400, 8.0
	normal := func(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
	below := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	met := 0.0
	top := min((seats[0]-100)/facsize[0][0], edge)
	h1 := (top + edge) / steps
	for i := range steps {
		z1 := -edge + (float64(i)+0.5)*h1
		top := min((seats[1]-100-facsize[1][0]*z1)/facsize[1][1], edge)
		if top < -edge {
			continue
		}
		inner, h2 := 0.0, (top+edge)/steps
		for j := range steps {
			z2 := -edge + (float64(j)+0.5)*h2
			inner += normal(z2) * below((seats[2]-100-facsize[2][0]*z1-facsize[2][1]*z2)/facsize[2][2]) * h2
		}
		met += normal(z1) * inner * h1
	}
	return 1 - met
}

// TestShortfall: the quadrature gives the risk of the published optimum, whose costs add
// up, and the cost at which three equal pools have that risk.
func TestShortfall(t *testing.T) {
	want := oracle.Expected[struct {
		Cost  float64 `json:"optimal_cost"`
		Equal float64 `json:"equal_split_cost"`
		Start float64 `json:"start_cost"`
		X     []float64
	}](t, "simopt_facsize1")
	oracle.Near(t, "risk at the optimum", shortfall(want.X), 0.05, 2e-5)
	oracle.Near(t, "cost of the optimum", want.X[0]+want.X[1]+want.X[2], want.Cost, 1e-4*want.Cost)
	equal := func(cost float64) float64 { return shortfall([]float64{cost / 3, cost / 3, cost / 3}) }
	low, high := 450.0, want.Start
	for high-low > 1e-3 {
		if middle := (low + high) / 2; equal(middle) > 0.05 {
			low = middle
		} else {
			high = middle
		}
	}
	oracle.Near(t, "cost of equal pools", high, want.Equal, 1e-4*want.Equal)
}

// Newsvendor returns the number of seats with the least expected cost, where a seat
// costs price and each person without one penalty, and the cost of any number of
// seats: price·c + penalty·E[(D−c)⁺] (Arrow, Harris and Marschak, Econometrica 19,
// 1951). probability[d] is P(D = d). The best is the fewest seats with P(D ≤ c) ≥
// 1 − price/penalty.
func Newsvendor(probability []float64, price, penalty float64) (seats int, cost func(seats int) float64) {
	cost = func(c int) float64 {
		short := 0.0
		for d := max(c, 0); d < len(probability); d++ {
			short += float64(d-c) * probability[d]
		}
		return price*float64(c) + penalty*short
	}
	below := 0.0
	for c, p := range probability {
		// A tie of the last digit goes to the larger number: both cost the same.
		if below += p; below >= 1-price/penalty {
			return c, cost
		}
	}
	return len(probability) - 1, cost
}
