package fit

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// A Criterion is what an estimator of the Bass curve compares with the data.
type Criterion uint8

// The criteria. Density, SrinivasanMason and Cumulative are least squares.
const (
	Density         Criterion = iota // adoptions per period against m·f(t)
	SrinivasanMason                  // adoptions per period against m·(F(t)-F(t-1)): Srinivasan and Mason 1986
	Cumulative                       // adopters against m·F(t)
	Poisson                          // maximum likelihood: independent Poisson counts of mean m·(F(t)-F(t-1))
	Lagged                           // adoptions on adopters of the period before and their square: Bass 1969
)

// String returns the name of the criterion.
func (c Criterion) String() string {
	return [...]string{"density", "per period", "cumulative", "Poisson", "lagged"}[c]
}

// A BassFit is a fitted Bass curve.
type BassFit struct {
	Bass
	SE     [3]float64 // standard errors of M, P and Q; NaN where the criterion has none
	RSS    float64    // residual sum of squares in the terms of the criterion
	LogLik float64    // of Poisson
	N      int        // periods
}

// errTooShort is the error of data that cannot tell three parameters.
var errTooShort = errors.New("too little grows to tell how people adopt: want four periods or more, and more seats than ever before in two of them")

// FitBass fits the Bass curve to the adoptions of the periods 1, 2, …, which must
// not be negative (Cumulative takes any).
//
// M is linear given P and Q and is solved for, so the search is in the logarithms
// of P and Q alone, from a grid of starting points scaled by the length of the
// data, and along the edge Q = 0. Least squares of a sigmoid on early data say
// nothing of M: see Saturation.
func FitBass(adoptions []float64, c Criterion) (BassFit, error) {
	some := 0
	for i, y := range adoptions {
		if math.IsNaN(y) || math.IsInf(y, 0) || y < 0 && c != Cumulative {
			return BassFit{}, fmt.Errorf("period %d: %v is no number of adoptions", i+1, y)
		}
		if y != 0 {
			some++
		}
	}
	if len(adoptions) < 4 || some < 2 {
		return BassFit{}, errTooShort
	}
	if c == Lagged {
		return lagged(adoptions)
	}
	p := profile{y: adoptions, criterion: c, shape: make([]float64, len(adoptions))}
	if c == Cumulative {
		p.y = Sums(adoptions)
	}
	n := float64(len(adoptions))
	x, value := least(func(x []float64) float64 { return p.loss(math.Exp(x[0]), math.Exp(x[1])) },
		lattice([3]float64{-16 - math.Log(n), 2 - math.Log(n), 1}, [3]float64{-3 - math.Log(n), 5 - math.Log(n), 1}))
	edge, atEdge := least(func(x []float64) float64 { return p.loss(math.Exp(x[0]), 0) }, lattice([3]float64{-9 - math.Log(n), 3 - math.Log(n), 1}))
	if x == nil && edge == nil {
		return BassFit{}, errors.New("no curve of Bass is near the data")
	}
	b := Bass{}
	if x != nil && value < atEdge {
		b.P, b.Q = math.Exp(x[0]), math.Exp(x[1])
	} else {
		b.P, value = math.Exp(edge[0]), atEdge
	}
	b.M = p.scale(b.P, b.Q)
	return p.fit(b, value), nil
}

// A profile is a criterion with M solved for.
type profile struct {
	y         []float64
	criterion Criterion
	shape     []float64 // what y is for M = 1
}

// scale returns the best M for P and Q, and fills in the shape.
func (p *profile) scale(bp, bq float64) float64 {
	b := Bass{1, bp, bq}
	before, sum := 0.0, 0.0
	for i := range p.shape {
		t := float64(i + 1)
		switch p.criterion {
		case Density:
			p.shape[i] = b.density(t)
		case Cumulative:
			p.shape[i] = b.Share(t)
		default:
			share := b.Share(t)
			p.shape[i], before = share-before, share
		}
		sum += p.y[i]
	}
	if p.criterion == Poisson {
		return sum / before
	}
	return linear(p.y, p.shape)
}

// linear returns the multiple of shape that is nearest to y.
func linear(y, shape []float64) float64 {
	num, den := 0.0, 0.0
	for i, s := range shape {
		num += y[i] * s
		den += s * s
	}
	if den < math.SmallestNonzeroFloat64*1e30 {
		return math.NaN()
	}
	return num / den
}

// loss returns the residual sum of squares, or minus the log-likelihood.
func (p *profile) loss(bp, bq float64) float64 {
	m := p.scale(bp, bq)
	if !(m > 0) || math.IsInf(m, 0) {
		return math.Inf(1)
	}
	loss := 0.0
	for i, s := range p.shape {
		if p.criterion == Poisson {
			if loss -= logPoisson(p.y[i], m*s); math.IsNaN(loss) {
				return math.Inf(1)
			}
			continue
		}
		d := p.y[i] - m*s
		loss += d * d
	}
	return loss
}

// logPoisson returns the log of the Poisson probability of y at a mean; y need
// not be whole.
func logPoisson(y, mean float64) float64 {
	if y == 0 {
		return -mean
	}
	g, _ := math.Lgamma(y + 1)
	return y*math.Log(mean) - mean - g
}

// fit returns the fit of b with what it is worth.
func (p *profile) fit(b Bass, value float64) BassFit {
	f := BassFit{Bass: b, N: len(p.y), SE: [3]float64{math.NaN(), math.NaN(), math.NaN()}}
	if p.criterion == Poisson {
		f.LogLik = -value
		for i, s := range p.shape {
			d := p.y[i] - b.M*s
			f.RSS += d * d
		}
		return f
	}
	f.RSS = value
	f.errors(p)
	return f
}

// errors sets the standard errors of least squares: s²(J'J)⁻¹ with the Jacobian by
// central differences in the parameters.
func (f *BassFit) errors(p *profile) {
	if f.Q == 0 || f.N <= 3 {
		return
	}
	j := mat.NewDense(f.N, 3, nil)
	for k, x := range []float64{f.M, f.P, f.Q} {
		h := 1e-6 * x
		up, down := [3]float64{f.M, f.P, f.Q}, [3]float64{f.M, f.P, f.Q}
		up[k], down[k] = x+h, x-h
		p.scale(up[1], up[2])
		for i, s := range p.shape {
			j.Set(i, k, up[0]*s)
		}
		p.scale(down[1], down[2])
		for i, s := range p.shape {
			j.Set(i, k, (j.At(i, k)-down[0]*s)/(2*h))
		}
	}
	var normal, inverse mat.Dense
	normal.Mul(j.T(), j)
	if inverse.Inverse(&normal) != nil {
		return
	}
	for k := range f.SE {
		f.SE[k] = math.Sqrt(inverse.At(k, k) * f.RSS / float64(f.N-3))
	}
}

// lagged is the estimator of Bass 1969: adoptions = a + b·N + c·N² with N the
// adopters before, by ordinary least squares; M is the positive root, P = a/M and
// Q = -cM.
func lagged(y []float64) (BassFit, error) {
	design, before := mat.NewDense(len(y), 3, nil), 0.0
	for i, v := range y {
		design.SetRow(i, []float64{1, before, before * before})
		before += v
	}
	var x mat.Dense
	if err := x.Solve(design, mat.NewDense(len(y), 1, y)); err != nil {
		return BassFit{}, fmt.Errorf("regression on adopters and their square: %w", err)
	}
	a, b, c := x.At(0, 0), x.At(1, 0), x.At(2, 0)
	m := (-b - math.Sqrt(b*b-4*a*c)) / (2 * c)
	if !(m > 0) {
		return BassFit{}, errors.New("the regression of Bass 1969 has no saturation on these data")
	}
	f := BassFit{Bass: Bass{m, a / m, -c * m}, N: len(y), SE: [3]float64{math.NaN(), math.NaN(), math.NaN()}}
	for i, v := range y {
		d := v - (a + b*design.At(i, 1) + c*design.At(i, 2))
		f.RSS += d * d
	}
	return f, nil
}

// Sums returns the running sums of y.
func Sums(y []float64) []float64 {
	sums, sum := make([]float64, len(y)), 0.0
	for i, v := range y {
		sum += v
		sums[i] = sum
	}
	return sums
}
