package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refused runs a command that must fail with a short, clear error, and must leave the
// working directory as it was.
func refused(t *testing.T, want int, says string, args ...string) {
	t.Helper()
	before, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range before {
		names = append(names, e.Name())
	}
	stdout, stderr := seatcast(t, want, args...)
	if !strings.HasPrefix(stderr, "seatcast "+args[0]+": ") || !strings.Contains(stderr, says) || len(stderr) > 2000 || strings.Count(stderr, "\n") > 3 {
		t.Errorf("seatcast %s: stderr %q, want one error that says %q", strings.Join(args, " "), stderr, says)
	}
	if args[0] == "run" && stdout != "" {
		t.Errorf("seatcast %s: stdout %q", strings.Join(args, " "), stdout)
	}
	wantFiles(t, ".", names...)
}

// TestHostileScenario runs what no scenario should be.
func TestHostileScenario(t *testing.T) {
	workIn(t)
	write1(t, "empty.toml", "")
	write1(t, "garbage.toml", strings.Repeat("\x00\xff\x1b[31m\x7fELF", 1000))
	write1(t, "nul.toml", "title = \"a\x00b\"")
	write1(t, "deep.toml", "a = "+strings.Repeat("[", 100_000))
	write1(t, "key.toml", strings.Repeat("a.", 200_000)+"b = 1")
	write1(t, "html.toml", "<!DOCTYPE html><html><body>404</body></html>")
	write1(t, "big.toml", "")
	if err := os.Truncate("big.toml", 200<<20); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{
		"empty.toml": "empty.toml", "garbage.toml": "garbage.toml:1:", "nul.toml": "nul.toml:1:",
		"deep.toml": "deep.toml", "key.toml": "key.toml", "html.toml": "html.toml:1:", "big.toml": "larger than",
		".": ". is a folder", "": "there is no file",
	} {
		refused(t, exitWrong, says, "run", name)
	}
	for set, says := range map[string]string{
		"tenants.acme.users.makers.count=1000000000":                    "count",
		"tenants.acme.users.makers.count=99999999999999999999":          "count",
		"tenants.acme.users.makers.count=-1":                            "count",
		"tenants.acme.users.makers.does.trigger-premium=nan/week":       "trigger-premium",
		"tenants.acme.users.makers.does.trigger-premium=inf/week":       "trigger-premium",
		"tenants.acme.users.makers.does.trigger-premium=1e300/week":     "trigger-premium",
		"tenants.acme.users.makers.does.trigger-premium=-1/week":        "trigger-premium",
		"tenants.acme.users.makers.adoption=exp(0d)":                    "adoption",
		"tenants.acme.users.makers.adoption=weibull(shape=nan,scale=1)": "adoption",
		"tenants.acme.pools.premium.price=nan":                          "price",
		"tenants.acme.pools.premium.price=inf":                          "price",
		"tenants.acme.pools.premium.seats=1e9":                          "seats",
		"study.start=9999-12-31":                                        "study.start",
		"study.start=2026-02-30":                                        "study.start",
		"study.days=1000000000":                                         "study.days",
		"study.replications=1000000000":                                 "study.replications",
		"study.precision=0":                                             "study.precision",
		"tenants.acme.time-zone=../../etc/passwd":                       "time-zone",
		"tenants.acme.trace.file=../secret.csv":                         "trace",
		"tenants.acme.trace.file=/etc/passwd":                           "trace",
	} {
		refused(t, exitWrong, says, "run", "small.toml", "--set", set)
	}
}

// TestHostilePlace runs into places where no folder can be.
func TestHostilePlace(t *testing.T) {
	workIn(t)
	write1(t, "theirs/notes.txt", "mine")
	write1(t, "theirs/manifest.json", "{}")
	for out, says := range map[string]string{
		"small.toml": "is a file", filepath.Join("small.toml", "out"): "not a directory", "theirs": "no result folder", ".": "no result folder",
		strings.Repeat("long", 100): "too long",
	} {
		refused(t, exitWrong, says, "run", "small.toml", "--out", out)
	}
	if files := mustTree(t, "theirs"); len(files) != 2 || files["notes.txt"] != "mine" {
		t.Errorf("the folder of somebody else was changed: %q", files)
	}
}

// TestCutShort cuts off, changes and removes each file of a result folder in
// turn. What reads the folder refuses it, and names the file.
func TestCutShort(t *testing.T) {
	workIn(t)
	seatcast(t, exitDone, "run", "small.toml", "--quiet", "--ledger", "--out", "out")
	want := mustTree(t, "out")
	for name, data := range want {
		// A drawing that was changed at the same length is drawn again by report, and
		// only the ledger matters to claims.
		drawn := name == "report.html" || strings.HasPrefix(name, "plots/")
		path := filepath.Join("out", filepath.FromSlash(name))
		for _, cut := range []int{0, len(data) / 2, len(data) - 2} {
			write1(t, path, data[:cut])
			refused(t, exitWrong, name, "report", "out")
			refused(t, exitWrong, name, "claims", "out")
		}
		if !drawn && name != "manifest.json" {
			changed := []byte(data)
			changed[len(changed)/2] ^= 1
			write1(t, path, string(changed))
			refused(t, exitWrong, name, "report", "out")
			if name != "replications.csv" {
				refused(t, exitWrong, name, "claims", "out")
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		refused(t, exitWrong, name, "report", "out")
		refused(t, exitWrong, name, "claims", "out")
		write1(t, path, data)
	}
	seatcast(t, exitDone, "claims", "out")
	seatcast(t, exitDone, "report", "out")
	wantSame(t, "drawn again", mustTree(t, "out"), want)
}

// TestOddArguments gives arguments that nobody means.
func TestOddArguments(t *testing.T) {
	workIn(t)
	for _, args := range [][]string{
		{"run", "--", "small.toml", "x"}, {"run", "-"}, {"run", "\x00"}, {"run", strings.Repeat("x", 100_000)},
		{"run", "small.toml", "--set", ""}, {"run", "small.toml", "--set", "="}, {"run", "small.toml", "--set", "a\nb=1"},
		{"run", "small.toml", "--variant", ""}, {"run", "small.toml", "--ledger=x"}, {"run", "small.toml", "--fail-if", ""},
		{"run", "small.toml", "--workers", "99999999999999999999"}, {"run", "small.toml", "--resume=maybe"},
		{"check", ""}, {"show", "\x1b[31m"}, {"claims", ""}, {"claims", "\x00"}, {"report", ""}, {"report", "\x00"}, {"list", "-"},
	} {
		_, stderr := seatcast(t, exitWrong, args...)
		if stderr == "" || strings.Contains(stderr, "goroutine") {
			t.Errorf("seatcast %.60q: stderr %q", args, stderr)
		}
		wantFiles(t, ".", "small.toml")
	}
}
