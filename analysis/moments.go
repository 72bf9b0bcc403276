package analysis

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is the level of every interval in Answers.
const confidence = 0.95

// Moments are the count, the mean and the squared deviations of a sample, kept
// relative to its first observation, so that what all share (a large offset) costs
// no digits. The zero Moments is an empty sample.
type Moments struct {
	n      int
	origin float64
	mean   float64 // of x − origin
	m2     float64 // Σ (x − mean)²
}

// MomentsOf returns the moments of a sample by two passes, which gives whole
// numbers their exact mean.
func MomentsOf(sample []float64) Moments {
	m := Moments{n: len(sample)}
	if m.n == 0 {
		return m
	}
	var sum float64
	for _, x := range sample {
		sum += x
	}
	m.mean = sum / float64(m.n)
	for _, x := range sample {
		m.m2 += float64((x - m.mean) * (x - m.mean))
	}
	return m
}

// Add adds one observation (Welford, Technometrics 4, 1962, 419–420).
func (m *Moments) Add(x float64) {
	if m.n == 0 {
		m.origin = x
	}
	m.n++
	delta := (x - m.origin) - m.mean
	m.mean += delta / float64(m.n)
	m.m2 += float64(delta * ((x - m.origin) - m.mean))
}

// Merge adds the observations of another sample (Chan, Golub and LeVeque, The
// American Statistician 37, 1983, 242–247).
func (m *Moments) Merge(other Moments) {
	if m.n == 0 {
		*m = other
		return
	}
	n := m.n + other.n
	delta := (other.origin - m.origin) + (other.mean - m.mean)
	share := float64(other.n) / float64(n)
	m.m2 += other.m2 + float64(delta*delta*float64(m.n)*share)
	m.mean += float64(delta * share)
	m.n = n
}

// N returns the number of observations.
func (m Moments) N() int { return m.n }

// Mean returns the mean, and 0 of no observation.
func (m Moments) Mean() float64 { return m.origin + m.mean }

// Variance returns the unbiased sample variance, and 0 for fewer than two observations.
func (m Moments) Variance() float64 {
	if m.n < 2 {
		return 0
	}
	return m.m2 / float64(m.n-1)
}

// Interval returns Student's t interval of the mean at a confidence in (0, 1).
// Without variance, or with fewer than two observations, it is the mean alone:
// nothing in the sample says how far off that is.
func (m Moments) Interval(confidence float64) (low, high float64) {
	if m.n < 2 || m.m2 == 0 {
		return m.Mean(), m.Mean()
	}
	half := student(float64(m.n-1), confidence) * math.Sqrt(m.Variance()/float64(m.n))
	return m.Mean() - half, m.Mean() + half
}

// Needed returns how many observations in all make half of the t interval of the
// mean at most halfWidth, if the variance stays what it is: the n_a* of Law
// (Simulation Modeling and Analysis, 5th ed., section 9.4.1). It is at least the
// number of observations that there are, and at most 2^40.
func (m Moments) Needed(halfWidth, confidence float64) int {
	const most = 1 << 40
	if m.Variance() == 0 {
		return m.n
	}
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2) // less than any t
	n := max(m.n, int(min(most, math.Floor(m.Variance()*math.Pow(z/halfWidth, 2)))))
	for n < most && student(float64(n-1), confidence)*math.Sqrt(m.Variance()/float64(n)) > halfWidth {
		n++
	}
	return n
}

// NeededRelative returns how many observations in all make the mean known to a
// relative error of at most: half of the interval is at most relative/(1+relative)
// of the mean that is observed, so that it is at most relative of the true one
// (Law's n_r*, ibid.).
func (m Moments) NeededRelative(relative, confidence float64) int {
	return m.Needed(relative/(1+relative)*math.Abs(m.Mean()), confidence)
}

// student returns the quantile of Student's t that an interval at a confidence
// goes to.
func student(df, confidence float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile((1 + confidence) / 2)
}
