package fit

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// starts is how many of the best points of a grid are followed down.
const starts = 6

// least returns where f is least: the best points of a grid of starting points are
// each followed down by Nelder and Mead's simplex, twice, for a simplex that has
// collapsed too early finds its way from a fresh start. f may return +Inf.
func least(f func([]float64) float64, grid [][]float64) (x []float64, value float64) {
	type start struct {
		x     []float64
		value float64
	}
	var all []start
	for _, x := range grid {
		if v := f(x); !math.IsNaN(v) && !math.IsInf(v, 0) {
			all = append(all, start{x, v})
		}
	}
	slices.SortStableFunc(all, func(a, b start) int { return cmp.Compare(a.value, b.value) })
	value = math.Inf(1)
	for _, s := range all[:min(starts, len(all))] {
		for range 2 {
			s.x, s.value = descend(f, s.x, s.value, 1e-14, 60)
		}
		if s.value < value {
			x, value = s.x, s.value
		}
	}
	return x, value
}

// descend follows f down from x until rounds steps have gained less than a share
// tolerance of it.
func descend(f func([]float64) float64, x []float64, value, tolerance float64, rounds int) ([]float64, float64) {
	problem := optimize.Problem{Func: func(x []float64) float64 {
		if v := f(x); !math.IsNaN(v) {
			return v
		}
		return math.Inf(1)
	}}
	settings := &optimize.Settings{MajorIterations: 400 * len(x), Converger: &optimize.FunctionConverge{Relative: tolerance, Absolute: 1e-300, Iterations: rounds}}
	r, err := optimize.Minimize(problem, x, settings, &optimize.NelderMead{SimplexSize: 0.3})
	if r == nil || err != nil && r.X == nil || !(r.F < value) {
		return x, value
	}
	return r.X, r.F
}

// lattice returns the points of a grid: from, from+step … to in each dimension.
func lattice(axes ...[3]float64) [][]float64 {
	points := [][]float64{nil}
	for _, a := range axes {
		var next [][]float64
		for _, p := range points {
			for v := a[0]; v <= a[1]+1e-9; v += a[2] {
				next = append(next, append(slices.Clone(p), v))
			}
		}
		points = next
	}
	return points
}
