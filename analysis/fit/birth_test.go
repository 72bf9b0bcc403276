package fit

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A PureBirth is Bass as a chance process: with n of M people adopted, the next
// adopts at rate (M-n)(P + Q·n/M). Its mean lies below the curve of Bass, by 3% in
// the middle of a hundred people; that its rate depends on n alone makes a
// forecast from a partly used pool a matter of n today, whatever the way there.
type PureBirth struct {
	M    int
	P, Q float64 // per period
}

// rate returns the rate of the next adoption after n.
func (b PureBirth) rate(n int) float64 {
	return float64(b.M-n) * (b.P + b.Q*float64(n)/float64(b.M))
}

// Time returns mean and variance of the time from n adopters to the k-th, a sum of
// exponentials. Where k > M it never comes and both are infinite.
func (b PureBirth) Time(n, k int) (mean, variance float64) {
	for i := n; i < k; i++ {
		r := b.rate(i)
		mean += 1 / r
		variance += 1 / (r * r)
	}
	return mean, variance
}

// Law returns the probability of each number of adopters n, n+1, …, top a time t
// after there were n; the last is that of top or more. It is exact, to 1e-13 in
// all: uniformisation (Jensen 1953), at a cost of rate·t·(top-n).
func (b PureBirth) Law(n, top int, t float64) []float64 {
	top = min(top, b.M)
	size := top - n + 1
	law, next := make([]float64, size), make([]float64, size)
	law[0] = 1
	fastest := 0.0
	move := make([]float64, size) // share of the fastest rate
	for i := range size - 1 {
		move[i] = b.rate(n + i)
		fastest = max(fastest, move[i])
	}
	if fastest == 0 || t <= 0 {
		return law
	}
	for i := range move {
		move[i] /= fastest
	}
	jumps := distuv.Poisson{Lambda: fastest * t}
	spread := 9*math.Sqrt(fastest*t) + 40
	low, high := int(fastest*t-spread), int(fastest*t+spread)
	sum, seen := make([]float64, size), 0.0
	for k := 0; k <= high; k++ {
		if k >= low {
			w := math.Exp(jumps.LogProb(float64(k)))
			seen += w
			for i, v := range law {
				sum[i] += w * v
			}
		}
		for i := range next {
			next[i] = law[i] * (1 - move[i])
			if i > 0 {
				next[i] += law[i-1] * move[i-1]
			}
		}
		law, next = next, law
	}
	for i := range sum {
		sum[i] /= seen
	}
	return sum
}

// Reached returns the probability that the k-th adoption comes within t of the
// n-th.
func (b PureBirth) Reached(n, k int, t float64) float64 {
	switch {
	case k <= n:
		return 1
	case k > b.M || t <= 0:
		return 0
	}
	return b.Law(n, k, t)[k-n]
}

// Moments returns mean and variance of the number of adopters t after there were n.
func (b PureBirth) Moments(n int, t float64) (mean, variance float64) {
	law := b.Law(n, b.M, t)
	for i, p := range law {
		mean += p * float64(n+i)
	}
	for i, p := range law {
		d := float64(n+i) - mean
		variance += p * d * d
	}
	return mean, variance
}

// Quantile returns the time within which the k-th adoption comes after the n-th
// with probability p in (0, 1); +Inf where k > M.
func (b PureBirth) Quantile(n, k int, p float64) float64 {
	if k > b.M {
		return math.Inf(1)
	}
	mean, variance := b.Time(n, k)
	low, high := 0.0, mean+2*math.Sqrt(variance)
	for b.Reached(n, k, high) < p {
		low, high = high, 2*high
	}
	for range 200 {
		mid := (low + high) / 2
		if mid <= low || mid >= high || high-low < 1e-12*high {
			break
		}
		if b.Reached(n, k, mid) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}

// String returns the process in words.
func (b PureBirth) String() string { return fmt.Sprintf("M=%d p=%.4g q=%.4g", b.M, b.P, b.Q) }
