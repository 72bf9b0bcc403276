package fit

import (
	"errors"
	"math"
)

// Frequencies returns how many people acted once, twice, …: the frequencies of
// frequencies, from the acts of each person. Who did nothing counts for nothing.
func Frequencies(acts []int) []int {
	var f []int
	for _, a := range acts {
		for len(f) < a {
			f = append(f, 0)
		}
		if a > 0 {
			f[a-1]++
		}
	}
	return f
}

// GoodToulmin returns how many people who have not been seen so far will be seen
// in the next t times the time of observation, with the standard deviation of the
// estimator under Poisson counts: U = -Σ(-t)^k f_k (Good and Toulmin 1956). frequencies[k-1] people
// were seen k times. The estimator knows no law of the rates, but its variance
// explodes beyond t = 1; there, terms are weighted by the tail of a binomial,
// which smooths it (Efron and Thisted 1976; Orlitsky, Suresh and Wu, PNAS 113,
// 2016).
func GoodToulmin(frequencies []int, t float64) (unseen, sd float64) {
	weight := func(int) float64 { return 1 }
	if t > 1 {
		seen := 0
		for k, f := range frequencies {
			seen += (k + 1) * f
		}
		// Binomial(k, 1/(1+t)) with k = ½ log2(n t²/(t-1)), as the paper has it.
		order := int(math.Max(1, math.Ceil(0.5*math.Log2(float64(seen)*t*t/(t-1)))))
		weight = func(k int) float64 { return binomialTail(order, 1/(1+t), k) }
	}
	power, variance := 1.0, 0.0
	for i, f := range frequencies {
		w := weight(i + 1)
		power *= -t
		if w == 0 {
			continue
		}
		unseen -= w * power * float64(f)
		variance += w * w * power * power * float64(f)
	}
	return unseen, math.Sqrt(variance)
}

// binomialTail returns the probability of k or more of n.
func binomialTail(n int, p float64, k int) float64 {
	sum := 0.0
	for i := k; i <= n; i++ {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(i + 1))
		c, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(sum, 1)
}

// A GammaPoisson is the law of the acts of People who differ in how often they
// act: each acts at a Poisson rate of his own, gamma distributed. The numbers of
// acts are negative binomial with this Size (the shape of the gamma) and Mean over
// the time of observation.
type GammaPoisson struct {
	People     float64 // all, seen and unseen
	Size, Mean float64
	LogLik     float64 // of those seen, given that they were: zero-truncated
	Capped     bool    // the data want more people than there are
	seen       int
}

// maxSize bounds the size: beyond it people are as good as alike.
const maxSize = 1e4

// FitGammaPoisson fits the zero-truncated negative binomial to the acts of those
// who were seen, by maximum likelihood; frequencies[k-1] people acted k times.
// headcount is the number of people in scope, 0 where it is not known: where the
// fit wants more, those not seen are counted as the rest of the headcount, and the
// law is fitted to everyone.
func FitGammaPoisson(frequencies []int, headcount int) (GammaPoisson, error) {
	seen, acts := 0, 0
	for k, f := range frequencies {
		seen += f
		acts += (k + 1) * f
	}
	switch {
	case seen == 0:
		return GammaPoisson{}, errors.New("nobody has acted")
	case headcount > 0 && seen > headcount:
		return GammaPoisson{}, errors.New("more people have acted than the headcount has")
	case acts == seen:
		return GammaPoisson{}, errors.New("everyone seen acted once: nothing tells how many more there are")
	}
	grid := lattice([3]float64{-6, 6, 1}, [3]float64{-5, 5, 1})
	truncated := func(x []float64) float64 {
		return -logNegativeBinomial(frequencies, math.Exp(x[0]), math.Exp(x[1])*float64(acts)/float64(seen), -1)
	}
	x, value := least(truncated, grid)
	g := GammaPoisson{Size: math.Exp(x[0]), Mean: math.Exp(x[1]) * float64(acts) / float64(seen), LogLik: -value, seen: seen}
	g.People = float64(seen) / (1 - g.none(1))
	if headcount > 0 && g.People > float64(headcount) {
		g.Capped, g.People = true, float64(headcount)
		x, _ = least(func(x []float64) float64 {
			return -logNegativeBinomial(frequencies, math.Exp(x[0]), float64(acts)/float64(headcount), headcount-seen)
		}, lattice([3]float64{-8, 6, 1}))
		g.Size, g.Mean = math.Exp(x[0]), float64(acts)/float64(headcount)
		g.LogLik = logNegativeBinomial(frequencies, g.Size, g.Mean, -1)
	}
	return g, nil
}

// none returns the probability that a person does not act in t times the time of
// observation.
func (g GammaPoisson) none(t float64) float64 { return math.Pow(1+g.Mean*t/g.Size, -g.Size) }

// Unseen returns how many people who have not been seen so far will be seen in the
// next t times the time of observation: of those who did nothing, the slower ones
// are left.
func (g GammaPoisson) Unseen(t float64) float64 {
	return (g.People - float64(g.seen)) * (1 - g.none(1+t)/g.none(1))
}

// logNegativeBinomial returns the log-likelihood of the frequencies, given that
// everyone acted where zeros is negative, else with zeros people who did not.
func logNegativeBinomial(frequencies []int, size, mean float64, zeros int) float64 {
	if !(size > 0) || size > maxSize || !(mean > 0) || math.IsInf(mean, 0) {
		return math.Inf(-1)
	}
	none := -size * math.Log1p(mean/size) // log of the probability of no act
	norm := 0.0
	if zeros < 0 {
		norm = math.Log(-math.Expm1(none))
	}
	log := max(0, float64(zeros)) * none
	a, _ := math.Lgamma(size)
	for i, f := range frequencies {
		if f == 0 {
			continue
		}
		k := float64(i + 1)
		b, _ := math.Lgamma(size + k)
		c, _ := math.Lgamma(k + 1)
		log += float64(f) * (b - a - c + k*math.Log(mean/(mean+size)) + none - norm)
	}
	return log
}
