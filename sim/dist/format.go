package dist

import (
	"math"
	"strconv"
	"strings"

	"seatcast/sim/clock"
)

// FormatDuration returns a number of ticks in the words of a scenario file, to
// the whole second: "1d12h", "30m", "0h". What is below a second, a rate for
// instance, is returned as a plain number.
func FormatDuration(ticks float64) string {
	seconds := int64(math.Round(ticks / float64(clock.Second)))
	switch {
	case ticks == 0:
		return "0h"
	case ticks < 0 || seconds == 0 || ticks > math.MaxInt64/2:
		return strconv.FormatFloat(ticks, 'g', -1, 64)
	}
	var b strings.Builder
	for _, unit := range []struct {
		name    string
		seconds int64
	}{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}} {
		if n := seconds / unit.seconds; n > 0 {
			b.WriteString(strconv.FormatInt(n, 10) + unit.name)
			seconds %= unit.seconds
		}
	}
	return b.String()
}
