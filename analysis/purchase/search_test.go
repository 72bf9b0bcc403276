package purchase

import (
	"slices"
	"testing"

	"seatcast/sim/rng"
)

// TestDescend: on random needs, of which the second pool serves what the first lacks, the
// answer is allowed, no pool of it can be smaller by itself, and it costs no more than
// today's numbers which are allowed and are seldom at a corner.
func TestDescend(t *testing.T) {
	const n, allowed = 60, 3
	for c := range 300 {
		luck := rng.New(uint64(c)).Name("descend").Stream()
		draw := func(most int) int { return int(luck.Uniform() * float64(most)) }
		var needs [n][2]int
		for r := range needs {
			needs[r] = [2]int{20 + draw(30), 5 + draw(20)}
		}
		refused := func(seats []int, r int) bool {
			over := max(0, needs[r][0]-seats[0])
			return needs[r][1]+over > seats[1]
		}
		trials := NewTrials(func(seats []int, from, to int) (all []bool, err error) {
			for r := from; r < to; r++ {
				all = append(all, refused(seats, r))
			}
			return all, nil
		})
		enough := func(seats []int) bool {
			count := 0
			for r := range needs {
				if refused(seats, r) {
					count++
				}
			}
			return count <= allowed
		}
		ample, today, price := []int{75, 75}, []int{20 + draw(30), 0}, []float64{1 + luck.Uniform()/2, 1 + luck.Uniform()/2}
		for !enough(today) {
			today[1]++
		}
		got, err := Descend(trials, ample, today, price, allowed, n)
		if err != nil {
			t.Fatal(err)
		}
		if !enough(got) {
			t.Errorf("case %d: %v is refused too often", c, got)
		}
		for p := range got {
			fewer := slices.Clone(got)
			if fewer[p]--; fewer[p] >= 0 && enough(fewer) {
				t.Errorf("case %d: %v is enough, but so is %v", c, got, fewer)
			}
		}
		if cost(got, price) > cost(today, price) {
			t.Errorf("case %d: %v costs more than today's %v, which are enough", c, got, today)
		}
	}
}
