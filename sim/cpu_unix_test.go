//go:build unix

package sim

import (
	"syscall"
	"time"
)

// cpu returns the processor time that the program has used: on a machine that is
// shared it says more than the time that has passed.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
