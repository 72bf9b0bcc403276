package fit

import "math"

// A Bass curve is the adoption of Bass (Management Science 15, 1969): M people in
// the end, innovation P and imitation Q per period.
type Bass struct{ M, P, Q float64 }

// Share returns the share of those who ever adopt that has done so by time t:
// (1-e^-(p+q)t) / (1+(q/p)e^-(p+q)t).
func (b Bass) Share(t float64) float64 {
	e := math.Exp(-(b.P + b.Q) * t)
	return -math.Expm1(-(b.P+b.Q)*t) * b.P / (b.P + b.Q*e)
}

// At returns the number of adopters at time t.
func (b Bass) At(t float64) float64 { return b.M * b.Share(t) }

// density returns the share that adopts per period at time t.
func (b Bass) density(t float64) float64 {
	s := b.P + b.Q
	e := math.Exp(-s * t)
	d := b.P + b.Q*e
	return s * s * b.P * e / (d * d)
}

// Peak returns the time of the most adoptions per period and how many there are:
// T* = ln(q/p)/(p+q) and S* = m(p+q)²/4q. Where imitation is not the stronger
// force the peak is at the start.
func (b Bass) Peak() (at, adoptions float64) {
	if b.Q <= b.P {
		return 0, b.M * b.P
	}
	s := b.P + b.Q
	return math.Log(b.Q/b.P) / s, b.M * s * s / (4 * b.Q)
}

// Campaign returns the number of adopters at the end of each period where a
// campaign multiplies the hazard by the period's effort: the generalized curve of
// Bass, Krishnan and Jain (Marketing Science 13, 1994), which is the curve of Bass
// in the time that the efforts add up to.
func (b Bass) Campaign(effort []float64) []float64 {
	adopters := make([]float64, len(effort))
	t := 0.0
	for i, x := range effort {
		t += x
		adopters[i] = b.At(t)
	}
	return adopters
}

// From returns the number of adopters dt after there were n, on the curve.
func (b Bass) From(n, dt float64) float64 {
	f := n / b.M
	if f >= 1 {
		return n
	}
	// From share f the curve goes on as 1-f' = (1-f)(p+q) e / (p+qf + q(1-f)e).
	e := math.Exp(-(b.P + b.Q) * dt)
	return b.M * (1 - (1-f)*(b.P+b.Q)*e/(b.P+b.Q*f+b.Q*(1-f)*e))
}

// Through returns the curve with P and Q of b that has target adopters dt after there
// were n, by its saturation; where even a saturation of most does not lead there,
// with P and Q as much faster as it takes, up to 400 times.
func (b Bass) Through(n, dt, target, most float64) Bass {
	b.M = most
	if target >= most {
		target = n + (most-n)*(1-1e-6)
	}
	if target <= n {
		b.M = n
		return b
	}
	at := func(x float64) Bass { return Bass{n + (most-n)*x, b.P, b.Q} }
	if b.From(n, dt) < target {
		at = func(x float64) Bass { return Bass{most, b.P * math.Exp(6*x), b.Q * math.Exp(6*x)} }
	}
	low, high := 0.0, 1.0
	for range 60 {
		mid := (low + high) / 2
		if at(mid).From(n, dt) < target {
			low = mid
		} else {
			high = mid
		}
	}
	return at(high)
}

// A Logistic curve is M/(1+e^-K(t-T0)).
type Logistic struct{ M, K, T0 float64 }

// At returns the number of adopters at time t.
func (l Logistic) At(t float64) float64 { return l.M / (1 + math.Exp(-l.K*(t-l.T0))) }

// A Gompertz curve is M exp(-A e^-Bt).
type Gompertz struct{ M, A, B float64 }

// At returns the number of adopters at time t.
func (g Gompertz) At(t float64) float64 { return g.M * math.Exp(-g.A*math.Exp(-g.B*t)) }
