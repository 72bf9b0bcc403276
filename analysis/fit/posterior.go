package fit

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/sim/rng"
)

// A History is what has been seen of an adoption.
type History struct {
	Before    float64   // adopters before the first period
	Adoptions []float64 // of each period
	Headcount float64   // the most people there can be; 0 where it is not known
}

// Adopters returns the number of adopters at the end.
func (h History) Adopters() float64 {
	n := h.Before
	for _, k := range h.Adoptions {
		n += k
	}
	return n
}

// A Posterior is what a history and weak priors say of a Bass process: how many
// adopt in the end, and how fast.
//
// Given n adopters at the start of a period, those of the period are binomial:
// each of the other m-n with the hazard of the curve that goes on from n. That is
// the pure-birth process but for the spread within a period. Where the data
// scatter more than that (weekends, courses, campaigns), the log-likelihood is
// divided by the dispersion, as for any count model of McCullagh and Nelder.
//
// The priors: ln(q/p) is normal with the mean and deviation of the diffusions
// collected by Van den Bulte (q/p of 53 in the median), for the speed of a tenant
// is its own but the shape of diffusions is shared; the speed is flat in its
// logarithm. The saturation has no prior but its bounds, from the adopters seen to
// the headcount, or to 100 times the adopters where there is none: its law is the
// confidence distribution of the profile likelihood (Schweder and Hjort, Scandinavian
// Journal of Statistics 29, 2002), whose quantiles at 5% and 95% are the ends of the
// 90% likelihood interval. What it leaves beyond a bound is at the bound. A flat prior
// in its place covers anything from none to all where the data say little, by how it
// happens to lie to the truth.
type Posterior struct {
	Low, Median, High float64 // of the saturation: 90% interval, and median
	Identified        bool    // the interval spans at most a factor of three, and ends below the headcount
	Best              Bass    // where the likelihood, with priors, is greatest
	LogLik            float64 // there, of the data alone
	Dispersion        float64 // variance of the data over that of the model, at least 1
	Headcount         float64 // the cap in use
	nodes             []node
}

// A node is a value of the saturation with its confidence and what it leaves of P and Q: a normal law
// of their logarithms.
type node struct {
	m, root float64 // root: signed square root of the deviance, below 0 for an m below the best
	mode    [2]float64
	chol    [3]float64 // lower triangle of the root of the covariance
}

// The prior of ln(q/p): medians 0.39 and 0.0074 per year, log-deviations 0.62 and
// 1.52, uncorrelated (averages of categories by Van den Bulte, 18 of them usable).
var (
	priorRatio   = math.Log(0.39 / 0.0074)
	priorRatioSD = math.Hypot(0.62, 1.52)
)

const (
	nodes       = 32
	maxMultiple = 100 // of the adopters, where no headcount bounds the saturation
	maxSpan     = 3   // of an interval that a point estimate may stand for
)

// Infer returns the posterior of a history.
func Infer(h History) (Posterior, error) {
	now, total := h.Adopters(), h.Adopters()-h.Before
	for i, k := range h.Adoptions {
		if !(k >= 0) || math.IsInf(k, 0) {
			return Posterior{}, fmt.Errorf("period %d: %v is no number of adoptions", i+1, k)
		}
	}
	switch {
	case len(h.Adoptions) < 4 || total < 2:
		return Posterior{}, errTooShort
	case h.Headcount > 0 && now > h.Headcount:
		return Posterior{}, fmt.Errorf("%.0f adopters are more than the headcount of %.0f", now, h.Headcount)
	}
	p := Posterior{Headcount: h.Headcount, Dispersion: 1}
	top := h.Headcount
	if top == 0 {
		top = maxMultiple * now
	}
	p.explore(h, now, top)
	if p.nodes == nil {
		return Posterior{}, errors.New("no process of Bass is near the data")
	}
	if d := dispersion(h, p.Best); d > 1 {
		p.Dispersion = d
		p.explore(h, now, top)
	}
	p.LogLik = likelihood(h, p.Best)
	p.Median = p.quantile(0.5)
	p.Low, p.High = p.quantile(0.05), p.quantile(0.95)
	p.Identified = p.High <= maxSpan*p.Low && p.High < 0.98*top
	return p, nil
}

// Widen makes the interval of the saturation reach from low to high at least, of
// which middle is the median of a forecast, of fewer than there will be in the end.
// The process of Bass knows no people who act so rarely that they come long after the
// others: what is known of those from elsewhere must not be denied by a curve that
// has flattened. Where it is, no single number stands for the saturation.
func (p *Posterior) Widen(low, middle, high float64) {
	if p.Headcount > 0 {
		high = min(high, p.Headcount)
	}
	p.Identified = p.Identified && low >= p.Low && middle <= p.Median && high <= p.High
	p.Low, p.High = min(p.Low, low), max(p.High, high)
}

// explore lays nodes over the saturation and finds what each leaves of P and Q.
func (p *Posterior) explore(h History, now, top float64) {
	p.nodes = nil
	best, from := math.Inf(-1), []float64(nil)
	low := now * (1 + 0.5/now)
	for i := range nodes {
		share := float64(i) / (nodes - 1)
		m := low * math.Pow(top/low, share*share) // finer near what has been seen
		target := func(x []float64) float64 { return -p.log(h, m, x) }
		grid := lattice([3]float64{-12, 0, 2}, [3]float64{-3, 9, 3})
		if from != nil {
			grid = append([][]float64{from}, lattice([3]float64{from[0] - 1, from[0] + 1, 2}, [3]float64{from[1] - 1, from[1] + 1, 2})...)
		}
		x, value := settle(target, grid)
		if x == nil {
			continue
		}
		from = x
		n := spread(target, x)
		n.m, n.root = m, value
		p.nodes = append(p.nodes, n)
		if -value > best {
			best, p.Best = -value, Bass{m, math.Exp(x[0]), math.Exp(x[0] + x[1])}
		}
	}
	for i, n := range p.nodes {
		p.nodes[i].root = math.Copysign(math.Sqrt(2*max(0, n.root+best)), n.m-p.Best.M)
	}
}

// log returns the log of likelihood and priors at x = (ln p, ln q/p).
func (p *Posterior) log(h History, m float64, x []float64) float64 {
	if x[0] < -30 || x[0] > 5 || x[1] < -15 || x[1] > 25 {
		return math.Inf(-1)
	}
	z := (x[1] - priorRatio) / priorRatioSD
	return likelihood(h, Bass{m, math.Exp(x[0]), math.Exp(x[0] + x[1])})/p.Dispersion - z*z/2
}

// likelihood returns the log-likelihood of a history. Numbers of people need not
// be whole.
func likelihood(h History, b Bass) float64 {
	n, sum := h.Before, 0.0
	for _, k := range h.Adoptions {
		rest := b.M - n
		if k > rest {
			return math.Inf(-1)
		}
		share := (b.From(n, 1) - n) / rest
		if !(share > 0) {
			share = math.SmallestNonzeroFloat64
		}
		a, _ := math.Lgamma(rest + 1)
		c, _ := math.Lgamma(rest - k + 1)
		d, _ := math.Lgamma(k + 1)
		sum += a - c - d + k*math.Log(share) + (rest-k)*math.Log1p(-min(share, 1-1e-15))
		n += k
	}
	return sum
}

// dispersion returns Pearson's chi-square over its degrees of freedom.
func dispersion(h History, b Bass) float64 {
	n, sum := h.Before, 0.0
	for _, k := range h.Adoptions {
		rest := b.M - n
		share := (b.From(n, 1) - n) / rest
		if v := rest * share * (1 - share); v > 0 {
			d := k - rest*share
			sum += d * d / max(v, 0.05) // a hundredth of a person expected would count one as a miracle
		}
		n += k
	}
	return sum / max(1, float64(len(h.Adoptions)-3))
}

// settle follows the best point of a grid down, far enough for a posterior.
func settle(f func([]float64) float64, grid [][]float64) (x []float64, value float64) {
	value = math.Inf(1)
	for _, g := range grid {
		if v := f(g); v < value {
			x, value = g, v
		}
	}
	if x == nil {
		return nil, value
	}
	return descend(f, x, value, 1e-9, 15)
}

// spread returns the normal law around the minimum x of f, by differences of
// second order.
func spread(f func([]float64) float64, x []float64) node {
	const h = 0.05 // of a logarithm
	at := func(i, j float64) float64 { return f([]float64{x[0] + i*h, x[1] + j*h}) }
	mid := at(0, 0)
	a := (at(1, 0) - 2*mid + at(-1, 0)) / (h * h)
	b := (at(0, 1) - 2*mid + at(0, -1)) / (h * h)
	c := (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h * h)
	// No direction is flatter than the prior makes it, whatever the rounding.
	a, b = max(a, 1e-3), max(b, 1/(priorRatioSD*priorRatioSD))
	det := a*b - c*c
	if !(det > 1e-6*a*b) {
		c = math.Copysign(math.Sqrt(a*b*(1-1e-6)), c)
		det = a*b - c*c
	}
	n := node{mode: [2]float64{x[0], x[1]}}
	n.chol[0] = math.Sqrt(b / det)
	n.chol[1] = -c / det / n.chol[0]
	n.chol[2] = math.Sqrt(a/det - n.chol[1]*n.chol[1])
	return n
}

// quantile returns a quantile of the saturation: between the nodes, the root of the
// deviance is all but linear in the logarithm.
func (p *Posterior) quantile(level float64) float64 {
	z := distuv.UnitNormal.Quantile(level)
	for i, n := range p.nodes {
		if n.root < z {
			continue
		}
		if i == 0 {
			return n.m
		}
		before := p.nodes[i-1]
		return before.m * math.Pow(n.m/before.m, (z-before.root)/(n.root-before.root))
	}
	return p.nodes[len(p.nodes)-1].m
}

// Draw returns a curve that the history leaves possible, with its probability: the
// draw at a key.
func (p *Posterior) Draw(key rng.Key) Bass {
	s := key.Stream()
	m := p.quantile(s.Uniform())
	below := 0
	for below < len(p.nodes)-1 && p.nodes[below].m < m {
		below++
	}
	n := p.nodes[below]
	u, v := distuv.UnitNormal.Quantile(s.Uniform()), distuv.UnitNormal.Quantile(s.Uniform())
	lp := n.mode[0] + n.chol[0]*u
	return Bass{m, math.Exp(lp), math.Exp(lp + n.mode[1] + n.chol[1]*u + n.chol[2]*v)}
}
