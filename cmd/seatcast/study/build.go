package study

import (
	"fmt"
	"hash/crc32"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
)

// Build returns the class of this machine and program: two processes of one class get
// the same bits. It has what decides them (architecture, its level, Go, the version of
// the program) and, since the same program picks other instructions on another
// processor, a fingerprint of what arithmetic gives.
func Build(version, commit string) string {
	level := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if strings.HasPrefix(s.Key, "GO") && strings.EqualFold(s.Key, "GO"+runtime.GOARCH) {
				level = " " + s.Value
			}
		}
	}
	return fmt.Sprintf("%s%s arithmetic %08x, %s, seatcast %s commit %s", runtime.GOARCH, level, arithmetic(), runtime.Version(), version, commit)
}

// arithmetic returns the checksum of the bits of some functions at some points. They
// differ where multiplication and addition are fused and where they are not.
func arithmetic() uint32 {
	functions := []func(float64) float64{math.Exp, math.Log, math.Log1p, math.Expm1, math.Sqrt, math.Sin, math.Gamma,
		func(x float64) float64 { return math.Pow(x, 1.7) }, func(x float64) float64 { return x*x + x }}
	sum := crc32.NewIEEE()
	for i := range 500 {
		x := 0.01 + 0.037*float64(i)
		for _, f := range functions {
			fmt.Fprintf(sum, "%x ", math.Float64bits(f(x)))
		}
	}
	return sum.Sum32()
}
