package selection

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// OCBA returns the fractions of a budget that make the pick of the smallest of
// some means right with the greatest (approximate) probability: N_i/N_j =
// ((s_i/d_i)/(s_j/d_j))², where d is the distance from the smallest mean, and
// N_b = s_b √Σ N_i²/s_i² for the smallest itself (Chen, Lin, Yücesan and Chick,
// Discrete Event Dynamic Systems 10, 2000, 251–270). A system without variance is
// known, and gets nothing. Means that are equal to the smallest are at a distance
// of a thousandth of the largest deviation, so that the fractions stay finite.
func OCBA(means, deviations []float64) ([]float64, error) {
	if len(means) < 2 || len(means) != len(deviations) {
		return nil, fmt.Errorf("dividing a budget: %d means and %d deviations; want two or more, and as many of each", len(means), len(deviations))
	}
	best := 0
	for i := range means {
		if means[i] < means[best] {
			best = i
		}
	}
	floor := slices.Max(deviations) / 1000
	n := make([]float64, len(means))
	if floor == 0 {
		return n, nil
	}
	var squares float64
	for i, s := range deviations {
		if i == best || s == 0 {
			continue
		}
		n[i] = math.Pow(s/max(means[i]-means[best], floor), 2)
		squares += n[i] * n[i] / (s * s)
	}
	n[best] = deviations[best] * math.Sqrt(squares)
	var sum float64
	for _, x := range n {
		sum += x
	}
	for i := range n {
		if sum > 0 {
			n[i] /= sum
		}
	}
	return n, nil
}

// Divide returns how many more observations each system gets, so that with those
// that it has, and more in all, the numbers come close to the fractions.
func Divide(fractions []float64, have []int, more int) []int {
	total := more
	for _, n := range have {
		total += n
	}
	lack := make([]float64, len(have))
	var sum float64
	for i, f := range fractions {
		lack[i] = max(0, f*float64(total)-float64(have[i]))
		sum += lack[i]
	}
	out := make([]int, len(have))
	if sum == 0 {
		return out
	}
	rest := more
	order := make([]int, len(have))
	for i := range lack {
		order[i] = i
		lack[i] *= float64(more) / sum
		out[i] = int(lack[i])
		rest -= out[i]
	}
	slices.SortStableFunc(order, func(i, j int) int { // the largest remainders get the rest
		return cmp.Compare(lack[j]-math.Floor(lack[j]), lack[i]-math.Floor(lack[i]))
	})
	for _, i := range order[:min(rest, len(order))] {
		out[i]++
	}
	return out
}
