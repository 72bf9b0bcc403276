package sensitivity

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"seatcast/analysis"
	"seatcast/sim/rng"
)

// An Effect is what Morris screening tells of an input: effects are changes of the
// answer over the whole range of the input, as seen from different places.
type Effect struct {
	Input
	Mean     float64             `json:"mu"`
	Absolute analysis.Difference `json:"mu_star"` // the mean size of an effect
	Spread   float64             `json:"sigma"`   // of effects: by interaction, or where the answer is not linear
}

// Morris screens inputs by elementary effects (Morris, Technometrics 33, 1991,
// 161–174, with the mean of absolute effects of Campolongo, Cariboni and Saltelli,
// 2007): a number of trajectories through a grid of an even number of levels, each of
// which moves every input once by levels/(2(levels−1)) of its range.
func Morris(f Function, inputs []Input, trajectories, levels int, luck rng.Key) ([]Effect, error) {
	k := len(inputs)
	delta := float64(levels) / float64(2*(levels-1))
	effects := make([][]float64, k)
	for t := range trajectories {
		stream := luck.Index(uint64(t)).Stream()
		x := make([]float64, k)
		for i := range x { // the lower half of the grid, so that delta up stays on it
			x[i] = math.Floor(stream.Uniform()*float64(levels/2)) / float64(levels-1)
			if stream.Uniform() < 0.5 {
				x[i] += delta
			}
		}
		y, err := f(x)
		if err != nil {
			return nil, err
		}
		for _, i := range shuffled(k, &stream) {
			step := delta
			if x[i]+delta > 1+1e-9 {
				step = -delta
			}
			x[i] += step
			z, err := f(x)
			if err != nil {
				return nil, err
			}
			effects[i] = append(effects[i], (z-y)/step)
			y = z
		}
	}
	var out []Effect
	for i, in := range inputs {
		out = append(out, effectOf(in, effects[i]))
	}
	slices.SortStableFunc(out, func(a, b Effect) int { return cmp.Compare(b.Absolute.Mean, a.Absolute.Mean) })
	return out, nil
}

func effectOf(in Input, effects []float64) Effect {
	sizes := make([]float64, len(effects))
	for i, e := range effects {
		sizes[i] = math.Abs(e)
	}
	m, s := analysis.MomentsOf(effects), analysis.MomentsOf(sizes)
	e := Effect{Input: in, Mean: m.Mean(), Spread: math.Sqrt(m.Variance())}
	e.Absolute.Mean = s.Mean()
	e.Absolute.Low, e.Absolute.High = s.Interval(0.95)
	e.Absolute.Low = max(0, e.Absolute.Low)
	return e
}

// shuffled returns 0..n−1 in random order (Fisher and Yates).
func shuffled(n int, luck *rng.Stream) []int {
	order := make([]int, n)
	for i := range order {
		j := int(luck.Uniform() * float64(i+1))
		order[i], order[j] = order[j], i
	}
	return order
}

// An Index is the share of the answer's variance that an input makes, where all
// inputs are uniform over their ranges and independent.
type Index struct {
	Input
	First analysis.Difference `json:"first"` // by itself
	Total analysis.Difference `json:"total"` // with everything that it takes part in
}

// Sobol estimates the first-order and the total index of every input, from n·(k+2)
// points: the design of Saltelli et al. (Computer Physics Communications 181, 2010,
// 259–270) with their estimator of first-order indices and Jansen's of total ones.
// The rows of the design are Latin hypercubes. Intervals are by bootstrap over the
// rows: normal, from the standard errors of resamples.
func Sobol(f Function, inputs []Input, n int, luck rng.Key) ([]Index, error) {
	k := len(inputs)
	a, b := hypercube(n, k, luck.Index(0)), hypercube(n, k, luck.Index(1))
	rows := make([]saltelli, n)
	x := make([]float64, k)
	for r := range rows {
		row := &rows[r]
		row.swapped = make([]float64, k)
		var err error
		if row.a, err = f(a[r]); err != nil {
			return nil, err
		}
		if row.b, err = f(b[r]); err != nil {
			return nil, err
		}
		for i := range k {
			copy(x, a[r])
			x[i] = b[r][i]
			if row.swapped[i], err = f(x); err != nil {
				return nil, err
			}
		}
	}
	return indices(inputs, rows, luck.Index(2)), nil
}

// saltelli is a row of the design: the answers at A, at B and, for each input, at A
// with that input of B.
type saltelli struct {
	a, b    float64
	swapped []float64
}

// resamples is the number of bootstrap samples.
const resamples = 200

func indices(inputs []Input, rows []saltelli, luck rng.Key) []Index {
	k := len(inputs)
	all := make([]int, len(rows))
	for r := range all {
		all[r] = r
	}
	first, total := estimates(k, rows, all)
	firsts, totals := make([]analysis.Moments, k), make([]analysis.Moments, k)
	for s := range resamples {
		stream := luck.Index(uint64(s)).Stream()
		for r := range all {
			all[r] = int(stream.Uniform() * float64(len(rows)))
		}
		f, t := estimates(k, rows, all)
		for i := range k {
			firsts[i].Add(f[i])
			totals[i].Add(t[i])
		}
	}
	z := distuv.UnitNormal.Quantile(0.975)
	var out []Index
	for i, in := range inputs {
		s, t := z*math.Sqrt(firsts[i].Variance()), z*math.Sqrt(totals[i].Variance())
		out = append(out, Index{in, analysis.Difference{Mean: first[i], Low: first[i] - s, High: first[i] + s},
			analysis.Difference{Mean: total[i], Low: total[i] - t, High: total[i] + t}})
	}
	slices.SortStableFunc(out, func(a, b Index) int { return cmp.Compare(b.Total.Mean, a.Total.Mean) })
	return out
}

// estimates returns the indices of some rows; 0 where the answer does not vary.
// Answers are taken about their mean, which costs the estimator of first-order indices
// far less variance.
func estimates(k int, rows []saltelli, some []int) (first, total []float64) {
	var m analysis.Moments
	for _, r := range some {
		m.Add(rows[r].a)
		m.Add(rows[r].b)
	}
	first, total = make([]float64, k), make([]float64, k)
	v, mean := m.Variance(), m.Mean()
	if v == 0 {
		return first, total
	}
	for _, r := range some {
		row := &rows[r]
		for i, s := range row.swapped {
			first[i] += float64((row.b - mean) * (s - row.a))
			total[i] += float64((row.a - s) * (row.a - s))
		}
	}
	n := float64(len(some))
	for i := range k {
		first[i] /= n * v
		total[i] /= 2 * n * v
	}
	return first, total
}

// hypercube returns n points of k numbers in (0, 1), each of which is once in every
// n-th part of the range.
func hypercube(n, k int, luck rng.Key) [][]float64 {
	points := make([][]float64, n)
	for r := range points {
		points[r] = make([]float64, k)
	}
	for i := range k {
		stream := luck.Index(uint64(i)).Stream()
		for r, part := range shuffled(n, &stream) {
			points[r][i] = (float64(part) + stream.Uniform()) / float64(n)
		}
	}
	return points
}
