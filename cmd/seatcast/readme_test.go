package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"seatcast/scenarios"
)

var updateReadme = flag.Bool("update-readme", false, "rewrite the parts of README.md, and its picture, that are made of the program")

const (
	readme  = "../../README.md"
	picture = "../../.github/first-year.svg"
)

// TestReadmeIsOfThisProgram: the table of built-in scenarios, the scenario and
// the picture in the README are those of the program.
func TestReadmeIsOfThisProgram(t *testing.T) {
	src, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	want := replace(t, string(src), `(?s)(\| scenario \| question \|\n\|---\|---\|\n).*?\n\n`, libraryTable()+"\n")
	want = replace(t, want, "(?s)(This is `first-year`:\n\n```toml\n).*?\n```\n", firstYear(t)+"```\n")
	if *updateReadme {
		if err := os.WriteFile(readme, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(src) {
		t.Errorf("README.md is of another program: see go test ./cmd/seatcast -run Readme -update-readme")
	}
	comparePicture(t)
}

// replace puts text behind what the first group of a pattern matches.
func replace(t *testing.T, s, pattern, text string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	if !re.MatchString(s) {
		t.Fatalf("README.md has no place for %s", pattern)
	}
	return re.ReplaceAllStringFunc(s, func(found string) string { return re.FindStringSubmatch(found)[1] + text })
}

func libraryTable() string {
	var b strings.Builder
	for _, s := range scenarios.Builtins() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", s.Name, s.Question)
	}
	return b.String()
}

// firstYear returns the scenario without the comment that it opens with.
func firstYear(t *testing.T) string {
	src, err := scenarios.Source("first-year")
	if err != nil {
		t.Fatal(err)
	}
	for bytes.HasPrefix(src, []byte("#")) {
		_, src, _ = bytes.Cut(src, []byte("\n"))
	}
	return string(src)
}

// comparePicture draws the picture again. Its last digits depend on the kind of
// processor, so it is compared on that of the stored one alone.
func comparePicture(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skipf("the picture is compared on amd64, this is %s", runtime.GOARCH)
	}
	dir := filepath.Join(t.TempDir(), "out")
	if code := run(context.Background(), []string{"run", "first-year", "--quiet", "--out", dir}, io.Discard, os.Stderr); code != 0 {
		t.Fatalf("run first-year exits with %d", code)
	}
	got, err := os.ReadFile(filepath.Join(dir, "plots", "northlake-premium-curve.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if *updateReadme {
		if err := os.MkdirAll(filepath.Dir(picture), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(picture, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want, err := os.ReadFile(picture); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the program draws (%v)", picture, err)
	}
}
