package forecast

import "math"

// ARIMA is an integrated autoregressive moving average without seasons. It
// differences by the test of Kwiatkowski, Phillips, Schmidt and Shin (1992) at
// 5%, twice at most, and takes the orders p, q ≤ 2 of least AICc, with a drift
// where it differences once and that is better (after Hyndman and Khandakar 2008).
type ARIMA struct{}

// Name returns "arima".
func (ARIMA) Name() string { return "arima" }

// Forecast implements Model.
func (ARIMA) Forecast(y []float64, h int) (Law, error) {
	x, d := y, 0
	for d < 2 && len(x) > 4 && kpss(x) > 0.463 {
		x, d = differences(x), d+1
	}
	best, aicc := arma{}, math.Inf(1)
	for p := range 3 {
		for q := range 3 {
			for _, constant := range []bool{false, true} {
				if constant && d == 2 {
					continue
				}
				if a := fitARMA(x, p, q, constant); a.aicc < aicc {
					best, aicc = a, a.aicc
				}
			}
		}
	}
	if math.IsInf(aicc, 1) {
		return nil, errShort
	}
	return best.law(y, x, d, h), nil
}

func differences(y []float64) []float64 {
	d := make([]float64, 0, len(y))
	for i := 1; i < len(y); i++ {
		d = append(d, y[i]-y[i-1])
	}
	return d
}

// kpss returns the statistic of level stationarity with Bartlett weights up to lag
// 4(n/100)^¼; 0 where the series does not vary.
func kpss(x []float64) float64 {
	n := float64(len(x))
	mean := 0.0
	for _, v := range x {
		mean += v / n
	}
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += v - mean
		squares += sum * sum
	}
	lags := int(4 * math.Pow(n/100, 0.25))
	variance := 0.0
	for lag := 0; lag <= lags; lag++ {
		c := 0.0
		for i := lag; i < len(x); i++ {
			c += (x[i] - mean) * (x[i-lag] - mean)
		}
		if lag > 0 {
			c *= 2 * (1 - float64(lag)/float64(lags+1))
		}
		variance += c / n
	}
	if variance <= 0 {
		return 0
	}
	return squares / (n * n * variance)
}

// An arma is a fitted autoregressive moving average.
type arma struct {
	ar, ma   []float64
	mean     float64
	variance float64
	residual []float64
	aicc     float64
}

// fitARMA fits by the conditional sum of squares. Coefficients are searched as
// partial autocorrelations in (-1, 1), so that all that is met is stationary and
// invertible (Monahan 1984).
func fitARMA(x []float64, p, q int, constant bool) arma {
	n, k := len(x), p+q+1
	if constant {
		k++
	}
	if n-k-2 <= 0 {
		return arma{aicc: math.Inf(1)}
	}
	mean, scale := 0.0, 0.0
	for _, v := range x {
		scale += math.Abs(v) / float64(n)
		if constant {
			mean += v / float64(n)
		}
	}
	if scale == 0 {
		scale = 1
	}
	model := func(z []float64) arma {
		a := arma{ar: stationary(z[:p]), ma: stationary(z[p : p+q]), mean: mean}
		for i := range a.ma {
			a.ma[i] = -a.ma[i]
		}
		if constant {
			a.mean += scale * z[p+q]
		}
		return a
	}
	start := make([]float64, k-1)
	z := start
	if len(start) > 0 {
		z = minimize(func(z []float64) float64 { a := model(z); return a.squares(x) + penalty(z) }, start, 80*len(start))
	}
	a := model(z)
	sse := max(a.squares(x), 1e-12)
	used := float64(n)
	a.variance = sse / max(1, used-float64(k-1))
	a.aicc = used*math.Log(sse/used) + 2*float64(k) + 2*float64(k*(k+1))/(used-float64(k)-1)
	return a
}

// stationary turns any numbers into the coefficients of a stationary
// autoregression (Durbin and Levinson).
func stationary(z []float64) []float64 {
	var phi []float64
	for k, v := range z {
		r := math.Tanh(v / 2)
		next := make([]float64, k+1)
		next[k] = r
		for i := range k {
			next[i] = phi[i] - r*phi[k-1-i]
		}
		phi = next
	}
	return phi
}

// squares returns the sum of squared one-step errors, with what is before the
// series at its mean.
func (a *arma) squares(x []float64) float64 {
	if len(a.residual) != len(x) {
		a.residual = make([]float64, len(x))
	}
	sum := 0.0
	for t := range x {
		e := x[t] - a.mean
		for i, c := range a.ar {
			if t > i {
				e -= c * (x[t-1-i] - a.mean)
			}
		}
		for i, c := range a.ma {
			if t > i {
				e -= c * a.residual[t-1-i]
			}
		}
		a.residual[t] = e
		sum += e * e
	}
	return sum
}

// law forecasts the series y, of which x is the d-th difference.
func (a *arma) law(y, x []float64, d, h int) Law {
	path, errors := append([]float64(nil), x...), append([]float64(nil), a.residual...)
	weight := make([]float64, h) // ψ: what an error now does to x then
	for j := range h {
		next := a.mean
		for i, c := range a.ar {
			next += c * (path[len(path)-1-i] - a.mean)
			if j > i {
				weight[j] += c * weight[j-1-i]
			}
		}
		for i, c := range a.ma {
			next += c * errors[len(errors)-1-i]
			if j == i+1 {
				weight[j] += c
			}
		}
		if j == 0 {
			weight[0] = 1
		}
		path, errors = append(path, next), append(errors, 0)
	}
	ahead := path[len(x):]
	for k := d; k > 0; k-- {
		base := y
		for range k - 1 {
			base = differences(base)
		}
		level, sum := base[len(base)-1], 0.0
		for j := range ahead {
			level += ahead[j]
			ahead[j] = level
			sum += weight[j]
			weight[j] = sum
		}
	}
	variance := 0.0
	return normal(h, func(j int) (float64, float64) {
		variance += a.variance * weight[j-1] * weight[j-1]
		return ahead[j-1], math.Sqrt(variance)
	})
}
