package scenarios

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the messages of testdata/bad anew; read the difference before you keep it")

// badFiles returns the scenarios of testdata/bad, each with what is wrong in its
// first line.
func badFiles(t testing.TB) []string {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) < 40 {
		t.Fatal(len(files), err)
	}
	return files
}

// Each bad scenario is refused with the whole text beside it.
func TestBad(t *testing.T) {
	for _, file := range badFiles(t) {
		name := filepath.Base(file)
		_, err := Load(os.DirFS("testdata/bad"), name, Options{})
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: error %v, want Problems", name, err)
			continue
		}
		for _, p := range problems {
			if p.File == name && (p.Line < 1 || p.Col < 1) {
				t.Errorf("%s: no place: %v", name, p)
			}
		}
		golden := strings.TrimSuffix(file, ".toml") + ".want"
		if *update {
			if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, _ := os.ReadFile(golden)
		if got := err.Error() + "\n"; got != string(want) {
			t.Errorf("%s:\n%swant:\n%s", name, got, want)
		}
	}
}
