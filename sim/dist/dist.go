// Package dist holds validated distributions, drawn by inversion: a variate is
// the Quantile of one uniform number, so that two policies that meet the same
// luck stay in step.
package dist

// A Dist is a distribution of a duration in clock ticks, or of a rate. Its
// String restates it in the words of a scenario file.
type Dist interface {
	// Quantile returns the value below which a share u of the mass lies, u in (0, 1).
	Quantile(u float64) float64
	Mean() float64
	// Max returns the largest possible value, +Inf where there is none.
	Max() float64
	String() string
}
