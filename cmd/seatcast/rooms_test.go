package main

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.." // of the repository
	module = "seatcast/"
	gonum  = "gonum.org/v1/gonum/"
	plot   = "gonum.org/v1/plot/"
)

// rooms says what each package may import beyond the standard library; a name that
// ends in / stands for everything below it. Arrows point down only: cmd → output,
// analysis, scenarios → sim → sim/*. Analysis reads records and never the
// simulator, and what is drawn or written is made of the answers alone.
var rooms = map[string][]string{
	"sim/clock":          {},
	"sim/pages":          {},
	"sim/rng":            {},
	"sim/claim":          {"sim/clock"},
	"sim/record":         {"sim/clock"},
	"sim/calendar":       {"sim/clock"},
	"sim/dist":           {"sim/clock", gonum},
	"sim/behave":         {"sim/claim", "sim/clock", "sim/dist", "sim/rng", gonum},
	"sim":                {"sim/"},
	"scenarios":          {"sim", "sim/", "github.com/BurntSushi/toml", "github.com/pelletier/go-toml/v2/unstable"},
	"scenarios/exports":  {"scenarios", "golang.org/x/text/"},
	"analysis":           {"analysis/selection", "sim/claim", "sim/clock", "sim/record", gonum},
	"analysis/selection": {gonum},
	"analysis/oracle":    {}, // for tests alone

	"analysis/purchase":    {"analysis"},
	"analysis/reduction":   {"analysis", "sim/rng", gonum},
	"analysis/sensitivity": {"analysis", "sim/rng", gonum},
	"analysis/history":     {},
	"analysis/fit":         {"sim/rng", gonum},
	"analysis/forecast":    {"analysis/fit", gonum},

	"output":          {"analysis", "analysis/", "output/column", "sim/clock", "sim/record"},
	"output/column":   {},
	"output/folder":   {"output", "sim/record"},
	"output/ledger":   {"output/column"},
	"output/parquet":  {"output/column", "github.com/parquet-go/parquet-go"},
	"output/workbook": {"analysis", "output", "sim/clock", "github.com/xuri/excelize/v2"},
	"output/chart":    {"analysis", "analysis/", "output", "sim/clock", "gonum.org/v1/plot", plot, "git.sr.ht/~sbinet/gg"},
	"output/report":   {"analysis", "analysis/", "output", "output/chart", "output/folder"},

	"cmd/seatcast/engine": {}, // schedulers, by their commands; no word of simulation

	"cmd/seatcast/study": {"sim", "sim/behave", "sim/record"}, // folders of summaries; no word of engines, verbs and scenario files

	"cmd/seatcast/control": {"analysis", "analysis/reduction", "sim", "sim/"}, // what adoption tells of the means of worlds

	// how many seats to buy; no word of how replications are had
	"cmd/seatcast/plan": {"analysis", "analysis/purchase", "analysis/reduction", "cmd/seatcast/control", "cmd/seatcast/study", "output", "scenarios", "sim", "sim/", gonum},

	"cmd/seatcast": {"cmd/seatcast/", "analysis", "analysis/", "output", "output/", "scenarios", "scenarios/exports", "sim", "sim/",
		"github.com/schollz/progressbar/v3", "golang.org/x/term", gonum},
}

// indoors are the packages of the standard library that only some rooms may
// import: the world outside comes in by those doors.
var indoors = map[string][]string{
	"os":           {"cmd/seatcast", "cmd/seatcast/engine", "cmd/seatcast/study", "output/folder"},
	"os/exec":      {"cmd/seatcast/engine"},
	"os/signal":    {"cmd/seatcast"},
	"syscall":      {"cmd/seatcast"}, // the names of signals
	"flag":         {"cmd/seatcast"},
	"log":          {},
	"log/slog":     {},
	"net":          {},
	"net/http":     {},
	"math/rand":    {}, // luck comes from sim/rng, by address
	"math/rand/v2": {},
	"crypto/rand":  {},
	"sync":         {"sim"}, // Replicate has the only goroutines
	"reflect":      {"cmd/seatcast"},
	"unsafe":       {},
	"plugin":       {},
}

// wallClock are the functions of package time that read the clock on the wall, or
// wait for it.
var wallClock = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTicker", "NewTimer", "Sleep", "Tick"}

// nobody's rooms: names that say nothing about what is inside.
var vague = []string{"internal", "util", "common", "helper", "manager", "misc", "shared", "base", "core", "lib"}

// sources calls f for every file of the program that is no test.
func sources(t *testing.T, f func(name, dir string, file *ast.File)) {
	t.Helper()
	tree := os.DirFS(root)
	seen := 0
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		f(name, path.Dir(name), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Fatalf("only %d files found: this looks at the wrong place", seen)
	}
}

// TestRooms states who may import whom.
func TestRooms(t *testing.T) {
	empty := map[string]bool{}
	for dir := range rooms {
		empty[dir] = true
	}
	sources(t, func(name, dir string, file *ast.File) {
		delete(empty, dir)
		may, ok := rooms[dir]
		if !ok {
			t.Errorf("%s: %s is not in the room plan", name, dir)
		}
		for _, part := range strings.Split(dir, "/") {
			for _, word := range vague {
				if strings.HasPrefix(strings.Trim(part, "_"), word) {
					t.Errorf("%s: name a room by what it holds, not %s", name, part)
				}
			}
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			local, ours := strings.CutPrefix(imported, module)
			switch first, _, _ := strings.Cut(imported, "/"); {
			case ours || strings.Contains(first, "."):
				if !listed(may, local) {
					t.Errorf("%s: %s may not import %s", name, dir, imported)
				}
			default:
				if doors, closed := indoors[imported]; closed && !slices.Contains(doors, dir) {
					t.Errorf("%s: %s may not import %s", name, dir, imported)
				}
			}
		}
	})
	for dir := range empty {
		t.Errorf("the room plan has %s, which is not there", dir)
	}
}

func listed(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		return n == name || strings.HasSuffix(n, "/") && strings.HasPrefix(name, n)
	})
}

// TestNoWallClock: nothing outside cmd knows what time it is, starts a goroutine
// (but sim.Replicate, and the one that syncs a summary while the next shard is
// computed) or has an init function.
func TestNoWallClock(t *testing.T) {
	sources(t, func(name, dir string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(wallClock, n.Sel.Name) && dir != "cmd/seatcast" && dir != "cmd/seatcast/engine" {
					t.Errorf("%s: time.%s outside cmd", name, n.Sel.Name)
				}
			case *ast.GoStmt:
				if name != "sim/replicate.go" && name != "cmd/seatcast/study/folder.go" {
					t.Errorf("%s: starts a goroutine", name)
				}
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: has an init function", name)
				}
			case *ast.ImportSpec:
				if n.Name != nil && n.Name.Name == "." {
					t.Errorf("%s: imports %s with a dot", name, n.Path.Value)
				}
			}
			return true
		})
	})
}

// TestNoPathsOfAMachine: no file of the repository mentions a folder of the
// machine that it was written on.
func TestNoPathsOfAMachine(t *testing.T) {
	var paths [][]byte
	for _, folder := range []string{"work", "home", "root", "Users", "tmp"} {
		paths = append(paths, []byte("/"+folder+"/"))
	}
	paths = append(paths, []byte(`C:`+`\`), []byte(".."+"/shared"))
	files := tracked(t)
	if len(files) < 100 {
		t.Fatalf("only %d files found: this looks at the wrong place", len(files))
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(data, []byte("\x89PNG")) {
			continue
		}
		for _, p := range paths {
			if i := bytes.Index(data, p); i >= 0 {
				t.Errorf("%s:%d: mentions %s", name, 1+bytes.Count(data[:i], []byte("\n")), p)
			}
		}
	}
}

// tracked returns the files that git knows, or all where there is no git.
func tracked(t *testing.T) (names []string) {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = root
	if out, err := cmd.Output(); err == nil {
		return strings.Split(strings.Trim(string(out), "\x00"), "\x00")
	}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
