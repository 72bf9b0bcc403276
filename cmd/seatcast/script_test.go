package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be the command: where it runs under the name
// seatcast, it is main, with its signals and its exit codes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"seatcast": main})
}

// TestScript runs the scripts of testdata/script, next to small.toml. Beside the commands of
// testscript they have
//
//	exits CODE program args…        the program ends with this exit code
//	keys FILE PATH key…             the object at PATH ("." parts keys) has exactly these keys
//	tree FOLDER file…               the folder holds exactly these files, hidden ones too
//	same FOLDER FOLDER              both hold the same files of the same bytes
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			small, err := os.ReadFile("testdata/small.toml")
			return errors.Join(err, os.WriteFile(filepath.Join(env.WorkDir, "small.toml"), small, 0o666))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "keys": keys, "tree": tree, "same": same,
		},
		RequireUniqueNames: true,
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func keys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: keys FILE PATH key…")
	}
	var object map[string]json.RawMessage
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	if args[1] != "." {
		for _, part := range strings.Split(args[1], ".") {
			inner, ok := object[part]
			if !ok {
				ts.Fatalf("%s: there is no %s in %s", args[0], part, args[1])
			}
			object = nil
			ts.Check(json.Unmarshal(inner, &object))
		}
	}
	var got []string
	for key := range object {
		got = append(got, key)
	}
	equalLists(ts, got, args[2:])
}

func tree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: tree FOLDER file…")
	}
	var got []string
	files, err := readTree(ts.MkAbs(args[0]))
	ts.Check(err)
	for name := range files {
		got = append(got, name)
	}
	equalLists(ts, got, args[1:])
}

func equalLists(ts *testscript.TestScript, got, want []string) {
	want = slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		ts.Fatalf("have\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func same(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: same FOLDER FOLDER")
	}
	a, err := readTree(ts.MkAbs(args[0]))
	ts.Check(err)
	b, err := readTree(ts.MkAbs(args[1]))
	ts.Check(err)
	differ := difference(a, b)
	if (differ == "") == neg {
		ts.Fatalf("%s and %s: %q", args[0], args[1], differ)
	}
}

// readTree returns the files below a folder, with slashes in their names.
func readTree(dir string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(data)
		return err
	})
	return files, err
}

// difference names the first file in which two trees differ, "" where none does.
// What the manifest says under the key provenance may differ.
func difference(a, b map[string]string) string {
	names := map[string]bool{}
	for _, tree := range []map[string]string{a, b} {
		for name := range tree {
			names[name] = true
		}
	}
	var differ []string
	for name := range names {
		x, inA := a[name]
		y, inB := b[name]
		if name == "manifest.json" {
			x, y = withoutProvenance(x), withoutProvenance(y)
		}
		if inA != inB || x != y {
			differ = append(differ, name)
		}
	}
	if len(differ) == 0 {
		return ""
	}
	return slices.Min(differ)
}

func withoutProvenance(manifest string) string {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(manifest), &object) != nil {
		return manifest
	}
	delete(object, "provenance")
	rest, err := json.Marshal(object)
	if err != nil {
		return manifest
	}
	return string(rest)
}
