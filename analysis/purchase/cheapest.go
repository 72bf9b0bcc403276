package purchase

// Cheapest returns the number of seats from 0 to most with the least mean cost,
// which cost returns replication by replication. Where seats come back nothing says
// that the cost falls and then rises, so a grid is looked at and made finer about the
// best of it, three times; what lies between is not seen.
func Cheapest(most int, cost func(seats int) (float64, error)) (seats int, least float64, err error) {
	seen := map[int]float64{}
	low, high := 0, most
	for {
		const parts = 16
		step := max(1, (high-low)/parts)
		for c := low; c <= high; c += step {
			if _, ok := seen[c]; !ok {
				if seen[c], err = cost(c); err != nil {
					return 0, 0, err
				}
			}
			if best, ok := seen[seats]; !ok || seen[c] < best || seen[c] == best && c < seats {
				seats = c
			}
		}
		if step == 1 {
			return seats, seen[seats], nil
		}
		low, high = max(0, seats-step), min(most, seats+step)
	}
}
