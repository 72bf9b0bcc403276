package dist

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// A law is a distribution in closed form.
type law struct {
	quantile  func(u float64) float64
	mean, max float64
	text      string
}

func (l *law) Quantile(u float64) float64 { return l.quantile(u) }
func (l *law) Mean() float64              { return l.mean }
func (l *law) Max() float64               { return l.max }
func (l *law) String() string             { return l.text }

// Constant returns the distribution of one value.
func Constant(v float64) (Dist, error) {
	if err := notNegative("the duration", v); err != nil {
		return nil, err
	}
	return &law{func(float64) float64 { return v }, v, v, FormatDuration(v)}, nil
}

// Uniform returns the uniform distribution between a and b.
func Uniform(a, b float64) (Dist, error) {
	if err := first(notNegative("the lower end", a), notNegative("the upper end", b)); err != nil {
		return nil, err
	}
	if a > b {
		return nil, fmt.Errorf("the lower end %s is above the upper end %s", FormatDuration(a), FormatDuration(b))
	}
	return &law{func(u float64) float64 { return a + float64(u*(b-a)) }, a + (b-a)/2, b,
		fmt.Sprintf("uniform(%s, %s)", FormatDuration(a), FormatDuration(b))}, nil
}

// Exponential returns the exponential distribution with a mean.
func Exponential(mean float64) (Dist, error) {
	if err := positive("the mean", mean); err != nil {
		return nil, err
	}
	return &law{func(u float64) float64 { return -mean * math.Log1p(-u) }, mean, math.Inf(1),
		fmt.Sprintf("exp(%s)", FormatDuration(mean))}, nil
}

// Triangular returns the triangular distribution between a and b with a mode.
func Triangular(a, mode, b float64) (Dist, error) {
	if err := first(notNegative("the lower end", a), notNegative("the mode", mode), notNegative("the upper end", b)); err != nil {
		return nil, err
	}
	if a > mode || mode > b {
		return nil, fmt.Errorf("want the lower end, the mode and the upper end in rising order, have %s, %s, %s",
			FormatDuration(a), FormatDuration(mode), FormatDuration(b))
	}
	quantile := func(u float64) float64 {
		if left := float64(u * (b - a)); left <= mode-a {
			return min(a+math.Sqrt(left*(mode-a)), mode) // rounding must not cross the mode
		}
		return max(b-math.Sqrt(float64((1-u)*(b-a))*(b-mode)), mode)
	}
	return &law{quantile, (a + mode + b) / 3, b,
		fmt.Sprintf("triangular(%s, %s, %s)", FormatDuration(a), FormatDuration(mode), FormatDuration(b))}, nil
}

// LogNormal returns the lognormal distribution with a median and a 95% quantile.
func LogNormal(median, p95 float64) (Dist, error) {
	if err := first(positive("the median", median), positive("p95", p95)); err != nil {
		return nil, err
	}
	if p95 <= median {
		return nil, fmt.Errorf("p95 must be above the median %s, is %s", FormatDuration(median), FormatDuration(p95))
	}
	sigma := math.Log(p95/median) / distuv.UnitNormal.Quantile(0.95)
	mean := median * math.Exp(sigma*sigma/2)
	if math.IsInf(mean, 0) {
		return nil, fmt.Errorf("p95 %s is too far above the median %s for a finite mean", FormatDuration(p95), FormatDuration(median))
	}
	return &law{func(u float64) float64 { return median * math.Exp(sigma*distuv.UnitNormal.Quantile(u)) }, mean, math.Inf(1),
		fmt.Sprintf("lognormal(median=%s, p95=%s)", FormatDuration(median), FormatDuration(p95))}, nil
}

// Weibull returns the Weibull distribution F(t) = 1 - exp(-(t/scale)^shape).
func Weibull(shape, scale float64) (Dist, error) {
	if err := first(positive("shape", shape), positive("scale", scale)); err != nil {
		return nil, err
	}
	mean := scale * math.Gamma(1+1/shape)
	if math.IsInf(mean, 0) {
		return nil, fmt.Errorf("shape %v gives no finite mean; shapes from 0.1 on do", shape)
	}
	return &law{func(u float64) float64 { return scale * math.Pow(-math.Log1p(-u), 1/shape) }, mean, math.Inf(1),
		fmt.Sprintf("weibull(shape=%v, scale=%s)", shape, FormatDuration(scale))}, nil
}

// Gamma returns the gamma distribution with a shape, from 0.01 to 10000, and a
// mean. A person's rate that is gamma-distributed makes acts over people
// negative binomial.
func Gamma(shape, mean float64) (Dist, error) {
	if err := first(positive("shape", shape), positive("mean", mean)); err != nil {
		return nil, err
	}
	if shape < 0.01 || shape > 1e4 {
		return nil, fmt.Errorf("shape must be from 0.01 to 10000, is %v", shape)
	}
	scale := mean / shape
	return &law{func(u float64) float64 { return scale * gammaInverse(shape, u) }, mean, math.Inf(1),
		fmt.Sprintf("gamma(shape=%v, mean=%s)", shape, FormatDuration(mean))}, nil
}

// gammaInverse returns the x at which the regularized lower incomplete gamma
// function P(a, x) is u. Near zero, where gonum's inverse loses small shapes, it
// inverts the power series P(a, x) = x^a/Γ(a+1)·Σ (-x)^k a/((a+k)k!) (DLMF 8.7.1).
func gammaInverse(a, u float64) float64 {
	const near = 0.1
	if a > 20 {
		return mathext.GammaIncRegInv(a, u)
	}
	target := u * math.Gamma(a+1)
	x := math.Pow(target, 1/a)
	for range 40 {
		if x > near {
			return mathext.GammaIncRegInv(a, u)
		}
		sum, term := 1.0, 1.0
		for k := 1.0; k < 12; k++ {
			term *= -x / k
			sum += term * a / (a + k)
		}
		next := math.Pow(target/sum, 1/a)
		if math.Abs(next-x) <= 1e-15*next {
			return next
		}
		x = next
	}
	return x
}

// An empirical distribution is that of a sample, interpolated between its points.
type empirical struct {
	sorted []float64
	mean   float64
}

// Empirical returns the distribution of a sample, interpolated linearly between
// its sorted points (type 7 of Hyndman and Fan 1996); so its mean is that of the
// piecewise linear quantile function, which for large samples is the sample's.
func Empirical(sample []float64) (Dist, error) {
	if len(sample) == 0 {
		return nil, fmt.Errorf("the sample is empty: want one value or more")
	}
	for i, v := range sample {
		if err := notNegative(fmt.Sprintf("value %d of the sample", i+1), v); err != nil {
			return nil, err
		}
	}
	e := &empirical{sorted: slices.Sorted(slices.Values(sample))}
	last := len(e.sorted) - 1
	if last == 0 {
		e.mean = e.sorted[0]
	}
	for i := range last {
		e.mean += (e.sorted[i] + e.sorted[i+1]) / 2 / float64(last)
	}
	return e, nil
}

func (e *empirical) Quantile(u float64) float64 {
	at := float64(u * float64(len(e.sorted)-1))
	i := min(int(at), len(e.sorted)-1)
	if i == len(e.sorted)-1 {
		return e.sorted[i]
	}
	return e.sorted[i] + float64((at-float64(i))*(e.sorted[i+1]-e.sorted[i]))
}

func (e *empirical) Mean() float64  { return e.mean }
func (e *empirical) Max() float64   { return e.sorted[len(e.sorted)-1] }
func (e *empirical) String() string { return fmt.Sprintf("empirical(%d values)", len(e.sorted)) }

// first returns the first error that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func positive(what string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s must be above 0 and finite, is %v", what, v)
	}
	return nil
}

func notNegative(what string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s must be 0 or above and finite, is %v", what, v)
	}
	return nil
}
