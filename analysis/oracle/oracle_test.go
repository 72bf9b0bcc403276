package oracle

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// uncompared are the values of cases that no test compares, by the reason. A path has no
// indices of rows.
var uncompared = map[string][]string{
	"it is an input, which the test writes in its own way": {
		"activation_lost_triggers/delay", "activation_lost_triggers/trigger_rate_per_hour", "forecast_scores/gaussian/dist",
		"gamma_poisson_heterogeneity/gamma_scale_per_day", "propagation_convolution/propagation", "propagation_convolution/trigger",
		"replay_sergioedo_autocad/sessions", "replay_sergioedo_autocad/unclosed", "replay_upm_autodesk/sessions", "replay_upm_autodesk/unclosed",
		"report_window_mean/U", "report_window_mean/p", "report_window_mean/q", "report_window_mean/window_days",
		"ttl_finite_pool_engset/a", "ttl_renewal/mean", "quantile_order_stat_ci/note"},
	"it is another value that is compared, divided, subtracted or squared": {
		"backup_chain_erlang/products/utilisation", "bass_pure_birth/sd_exhaustion_time", "coverage_acceptance_band/accept_rate",
		"erlang_b_table/overflow_mean", "forecast_scores/mae", "gamma_poisson_heterogeneity/P_exhausted_by_median", "overflow_backup_product/peakedness",
		"bass_fit_vcr/ols_bass1969_lagged/a", "bass_fit_vcr/ols_bass1969_lagged/b", "bass_fit_vcr/ols_bass1969_lagged/c"},
	"the law of which it is has its quantiles and mean compared": {"order_statistic_exhaustion/var"},
	"it says how far off another method is":                      {"gamma_poisson_heterogeneity/same_mean_homogeneous_median", "overflow_backup_product/hayward_approx_given_overflow"},
}

// TestEveryValueIsCompared reads the tests of the whole module: each value that a case
// expects is a field of a type that a call of Expected decodes, and the field is used.
// So a value that nobody looks at is found, in which package its tests may be.
func TestEveryValueIsCompared(t *testing.T) {
	var file struct {
		Cases map[string]struct{ Expected any }
	}
	if err := json.Unmarshal(cases, &file); err != nil {
		t.Fatal(err)
	}
	read := map[string][]string{} // by the name of the case, or the beginning of it
	for _, pkg := range testPackages(t) {
		pkg.reads(read)
	}
	excused := map[string]bool{}
	for _, values := range uncompared {
		for _, value := range values {
			excused[value] = true
		}
	}
	for name, c := range file.Cases {
		var known []string
		for id, paths := range read {
			if id == name || strings.HasSuffix(id, "_") && strings.HasPrefix(name, id) {
				known = append(known, paths...)
			}
		}
		for _, leaf := range leaves(c.Expected, "") {
			value := name + leaf
			if compared := slices.ContainsFunc(known, func(p string) bool { return covers(p, leaf) }); compared == excused[value] {
				t.Errorf("%s: compared %v, excused %v", value, compared, excused[value])
			}
			delete(excused, value)
		}
	}
	for value := range excused {
		t.Errorf("%s: there is no such value", value)
	}
}

// covers reports whether a path that a type decodes is a leaf, or holds it: * is any key.
func covers(path, leaf string) bool {
	have, want := strings.Split(path, "/"), strings.Split(leaf, "/")
	for i := range want {
		if i == len(have) {
			return false
		}
		if have[i] == "**" {
			return true
		}
		if have[i] != "*" && !strings.EqualFold(have[i], want[i]) {
			return false
		}
	}
	return len(have) == len(want)
}

// leaves returns the paths of the values in what a case expects: /key/key, each once.
func leaves(v any, at string) (paths []string) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			paths = append(paths, leaves(value, at+"/"+key)...)
		}
	case []any:
		for _, value := range v {
			paths = append(paths, leaves(value, at)...)
		}
	default:
		return []string{at}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// A testPackage holds the tests of a folder.
type testPackage struct {
	files []*ast.File
	types map[string]ast.Expr
	used  map[string]bool // names that are selected: x.name
}

// testPackages parses the tests of the module.
func testPackages(t *testing.T) map[string]*testPackage {
	all := map[string]*testPackage{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg := all[path.Dir(name)]
		if pkg == nil {
			pkg = &testPackage{types: map[string]ast.Expr{}, used: map[string]bool{}}
			all[path.Dir(name)] = pkg
		}
		pkg.files = append(pkg.files, f)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				pkg.types[n.Name.Name] = n.Type
			case *ast.SelectorExpr:
				pkg.used[n.Sel.Name] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// reads adds what the calls of Expected, and of Field for "expected", decode.
func (p *testPackage) reads(read map[string][]string) {
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			generic, ok := call.Fun.(*ast.IndexExpr)
			if !ok {
				return true
			}
			f, ok := generic.X.(*ast.SelectorExpr)
			if ok && (f.Sel.Name == "Expected" || f.Sel.Name == "Field" && text(call.Args[2]) == "expected") {
				id := text(call.Args[1])
				read[id] = append(read[id], p.paths(generic.Index, "")...)
			}
			return true
		})
	}
}

// text returns a literal string, or that with which a sum of strings begins.
func text(e ast.Expr) string {
	if sum, ok := e.(*ast.BinaryExpr); ok {
		return text(sum.X)
	}
	if literal, ok := e.(*ast.BasicLit); ok {
		s, _ := strconv.Unquote(literal.Value)
		return s
	}
	return ""
}

// paths returns what decoding into a type reads: as leaves has it, with * for any key
// and ** for anything. Fields that no test uses are left out.
func (p *testPackage) paths(e ast.Expr, at string) (all []string) {
	switch e := e.(type) {
	case *ast.StarExpr:
		return p.paths(e.X, at)
	case *ast.ArrayType:
		return p.paths(e.Elt, at)
	case *ast.MapType:
		return p.paths(e.Value, at+"/*")
	case *ast.StructType:
		for _, field := range e.Fields.List {
			for _, name := range field.Names {
				key := name.Name
				if field.Tag != nil {
					tag, _ := strconv.Unquote(field.Tag.Value)
					key = reflect.StructTag(tag).Get("json")
				}
				if p.used[name.Name] {
					all = append(all, p.paths(field.Type, at+"/"+key)...)
				}
			}
		}
		return all
	case *ast.Ident:
		if named := p.types[e.Name]; named != nil {
			return p.paths(named, at)
		}
		if e.Name == "any" {
			return []string{at + "/**"}
		}
	}
	return []string{at}
}
