// Package selection has the procedures that pick the best of several simulated
// systems: how often each must be simulated for the pick to be right with a stated
// probability, and how to divide what one can afford. Smaller is better throughout.
//
// The guarantees are for means of observations that are close to normal, and for a
// best system that is better than every other by at least an indifference δ: where
// another is closer than that, either will do.
package selection
