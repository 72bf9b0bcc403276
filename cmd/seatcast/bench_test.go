package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"testing"
)

// BenchmarkRun runs whole commands, from the scenario file to the report.
func BenchmarkRun(b *testing.B) {
	w4 := func(name string, people int) []string {
		return []string{"run", filepath.Join("testdata", "bench", name), "--workers", "1",
			"--set", fmt.Sprintf("tenants.bench.users.people.count=%d", people),
			"--set", fmt.Sprintf("tenants.bench.pools.premium.seats=%d", people*45/100)}
	}
	for _, c := range []struct {
		name string
		args []string
	}{
		{"first-year/replications=200", []string{"run", "first-year", "--replications", "200"}},
		{"enterprise/replications=1", []string{"run", "enterprise", "--replications", "1", "--variant", "base"}},
		{"W4/people=10000", w4("w4.toml", 1e4)},
		{"W4/people=1000000", w4("w4.toml", 1e6)},
		{"W4n/people=1000000", w4("w4n.toml", 1e6)},
		{"W4/people=10000/ledger", append(w4("w4.toml", 1e4), "--ledger")},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				args := append(c.args, "--quiet", "--out", filepath.Join(b.TempDir(), "out"))
				if code := run(context.Background(), args, io.Discard, io.Discard); code != exitDone {
					b.Fatalf("exit code %d", code)
				}
			}
		})
	}
}
