//go:build !unix

package sim

import "time"

var start = time.Now()

// cpu returns the time that has passed, where processor time is not to be had.
func cpu() time.Duration { return time.Since(start) }
