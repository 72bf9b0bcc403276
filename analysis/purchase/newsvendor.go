package purchase

// Newsvendor returns the number of seats with the least expected cost, where a seat
// costs price and each person without one penalty, and the cost of any number of
// seats: price·c + penalty·E[(D−c)⁺] (Arrow, Harris and Marschak, Econometrica 19,
// 1951). probability[d] is P(D = d). The best is the fewest seats with P(D ≤ c) ≥
// 1 − price/penalty.
func Newsvendor(probability []float64, price, penalty float64) (seats int, cost func(seats int) float64) {
	cost = func(c int) float64 {
		short := 0.0
		for d := max(c, 0); d < len(probability); d++ {
			short += float64(d-c) * probability[d]
		}
		return price*float64(c) + penalty*short
	}
	below := 0.0
	for c, p := range probability {
		// A tie of the last digit goes to the larger number: both cost the same.
		if below += p; below >= 1-price/penalty {
			return c, cost
		}
	}
	return len(probability) - 1, cost
}

// Distribution returns the shares of replications by need, from 0 on.
func (n Needs) Distribution() []float64 {
	shares := make([]float64, n[len(n)-1]+1)
	for _, need := range n {
		shares[need] += 1 / float64(len(n))
	}
	return shares
}

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
