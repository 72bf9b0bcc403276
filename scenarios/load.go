// Package scenarios turns a scenario file into worlds to simulate. The file is
// TOML, checked key by key against one description of the format (see Schema);
// every problem is reported at once, where it stands. What-if tables are patches
// over the scenario, and each makes one more world.
package scenarios

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"seatcast/sim"
	"seatcast/sim/clock"
)

// A Scenario is a checked scenario file: what to simulate, and how often.
type Scenario struct {
	Name         string // of the file, without its folder and .toml
	Title        string
	Start        string // the first local day, 2006-01-02
	Days         int
	Replications int // 1 where nothing is drawn
	Seed         uint64
	Precision    []Target
	Variants     []Variant // the scenario itself, then its what-ifs by name
	// TOML is the scenario as run, with the options applied and the what-ifs that
	// were run. It loads to the same worlds next to the same Files.
	TOML []byte
	// Hash is the same for two scenarios of the same content, in whatever order
	// and however often replicated. It covers Files.
	Hash     string
	Files    map[string][]byte // traces, samples and pasts that the scenario names, by the name it uses
	Pasts    []Past            // of the pools of the scenario itself that name one
	Warnings []Problem
	Random   bool // false where nothing is drawn, so that all replications are the same
}

// A Target is how well one answer is to be known, of every pool in every variant.
type Target struct {
	Metric   string  // a key of study.precision
	Width    float64 // of a date the whole interval in days, else half of it
	Relative bool    // Width is a share of the mean
}

// A Variant is the scenario itself, named base, or one of its what-ifs.
type Variant struct {
	Name, Title string
	World       *sim.World
	Assumptions []Assumption
	poolKeys    map[string]string // by tenant/product
}

// A Past is what a pool names of the time before the study: for reports alone.
type Past struct {
	Key, Tenant, Product string // Key is that of the pool
	History, Backtest    string // names in Files; Backtest is "" where there is none
}

// SeatsKey returns the dotted key, in the scenario itself, of the seats of a
// subscription of a product of a tenant, each by its name in World.
func (v Variant) SeatsKey(tenant, product, subscription string) string {
	key := v.poolKeys[tenant+"/"+product]
	if subscription != shortForm {
		key += "." + dotted([]string{"subscriptions", subscription})
	}
	return key + ".seats"
}

// Key returns the dotted key of a path, as --set has it.
func Key(path ...string) string { return dotted(path) }

// An Assumption is a choice that the documentation of the product does not make,
// or a parameter of behaviour, with its value in a variant.
type Assumption struct {
	Key, Value, Why string
	Default         bool // the author did not give it
}

// Options change a scenario as it is loaded. The zero Options change nothing.
type Options struct {
	Set          []string // PATH=VALUE, applied to the scenario before its what-ifs
	Seed         *uint64
	Replications *int
	Precision    []string // WIDTH of probabilities, or METRIC=WIDTH, in place of the scenario's own
	Variants     []string // base or names of what-ifs; all of them where empty
}

// Base is the name of the variant that is the scenario itself.
const Base = "base"

// Load reads the scenario file name from fsys; files that it names are read from
// the same folder. The error is Problems when what is written is wrong.
func Load(fsys fs.FS, name string, opt Options) (*Scenario, error) {
	l := &loader{fsys: fsys, name: name, files: map[string][]byte{}, traces: map[string]traceResult{}, layouts: map[string]*layout{}}
	src, err := l.read(path.Base(name), maxBytes)
	if err != nil {
		return nil, fmt.Errorf("reading the scenario %s: %w", name, err)
	}
	delete(l.files, path.Base(name))
	root, problems := parse(name, src)
	if problems != nil {
		return nil, problems.sorted(name)
	}
	l.apply(root, opt)
	s := l.scenario(root)
	if len(l.problems) > 0 {
		return nil, l.problems.sorted(name)
	}
	s.Warnings = l.warnings.sorted(name)
	return s, nil
}

// A loader carries what the parts of loading share.
type loader struct {
	fsys     fs.FS
	name     string
	files    map[string][]byte
	traces   map[string]traceResult
	layouts  map[string]*layout // by zone
	problems Problems
	warnings Problems
}

// maxData is the most bytes of a trace or a sample.
const maxData = 1 << 30

// read returns a file next to the scenario.
func (l *loader) read(file string, limit int64) ([]byte, error) {
	if data, ok := l.files[file]; ok {
		return data, nil
	}
	full := path.Join(path.Dir(l.name), file)
	if path.IsAbs(file) || strings.Contains(file, `\`) || !fs.ValidPath(full) || file == "" || !fs.ValidPath(file) {
		return nil, errors.New("is no file next to the scenario: write its name, without .. and without a leading /")
	}
	f, err := l.fsys.Open(full)
	if err != nil {
		return nil, plainError(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, plainError(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("the file is larger than %d MiB", limit>>20)
	}
	l.files[file] = data
	return data, nil
}

// plainError leaves out the path of an error that the caller names the file of.
func plainError(err error) error {
	var in *fs.PathError
	if errors.As(err, &in) {
		return in.Err
	}
	return err
}

// data reads the file that a value names.
func (l *loader) data(file string) ([]byte, error) {
	data, err := l.read(file, maxData)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return data, nil
}

// apply puts the options into the tree.
func (l *loader) apply(root *node, opt Options) {
	for _, set := range opt.Set {
		l.set(root, "--set "+set, set)
	}
	if len(opt.Precision) > 0 {
		root.remove([]string{"study", "precision"})
	}
	for _, p := range opt.Precision {
		if !strings.Contains(p, "=") {
			p = Probabilities + "=" + p
		}
		l.set(root, "--precision "+p, "study.precision."+p)
	}
	study := func(flag, key string, v any) {
		at := place{file: flag}
		n := &node{path: "study." + key, key: at, at: at, value: v, given: true}
		if list, ok := v.([]any); ok {
			n.value = (&positions{file: flag}).weaveList(list, n, nil)
		}
		root.overlay(&node{value: table{"study": {path: "study", key: at, at: at, given: true, value: table{key: n}}}})
	}
	if opt.Seed != nil {
		study("--seed", "seed", int64(min(*opt.Seed, math.MaxInt64)))
		if *opt.Seed > math.MaxInt64 {
			l.problems = append(l.problems, Problem{File: "--seed", Text: fmt.Sprintf("must be at most %d", math.MaxInt64)})
		}
	}
	if opt.Replications != nil {
		study("--replications", "replications", int64(*opt.Replications))
	}
	if len(opt.Variants) > 0 {
		var names []any
		for _, v := range opt.Variants {
			names = append(names, v)
		}
		study("--variant", "variants", names)
	}
}

// set sets one key of the tree, as a flag says.
func (l *loader) set(root *node, flag, set string) {
	patch, err := parseSet(flag, set)
	if err != nil {
		l.problems = append(l.problems, Problem{File: flag, Text: err.Error()})
		return
	}
	root.overlay(patch)
}

// parseSet parses PATH=VALUE, where VALUE is TOML or else a string.
func parseSet(file, set string) (*node, error) {
	key, value, ok := strings.Cut(set, "=")
	if !ok || strings.ContainsAny(set, "\r\n") {
		return nil, errors.New(`write PATH=VALUE, for example tenants.northlake.auto-claim.scope=all`)
	}
	patch, problems := parse(file, []byte(set))
	if problems != nil {
		patch, problems = parse(file, []byte(key+" = "+tomlString(value)))
	}
	if problems != nil {
		return nil, fmt.Errorf("%s is no dotted key: quote parts with other characters than letters, digits, - and _", quote(key))
	}
	patch.displace(place{file: file})
	return patch, nil
}

// tomlString returns s as a TOML string.
func tomlString(s string) string {
	var b strings.Builder
	_ = toml.NewEncoder(&b).Encode(map[string]string{"v": s}) // cannot fail
	return strings.TrimSpace(strings.TrimPrefix(b.String(), "v = "))
}

// displace says of all nodes that they stand at one place.
func (n *node) displace(at place) {
	n.key, n.at = at, at
	for _, c := range n.table() {
		c.displace(at)
	}
	if list, ok := n.value.([]*node); ok {
		for _, c := range list {
			c.displace(at)
		}
	}
}

// scenario checks the tree of a whole file and builds its variants.
func (l *loader) scenario(root *node) *Scenario {
	l.whatIfs(root)
	base := l.variant(root, Base)
	study := base.tree.get("study")
	selected := l.selected(root, study)
	s := &Scenario{
		Name:         strings.TrimSuffix(path.Base(l.name), ".toml"),
		Title:        got[string](base.tree, "title"),
		Start:        got[time.Time](study, "start").Format(time.DateOnly),
		Days:         got[int](study, "days"),
		Replications: got[int](study, "replications"),
		Seed:         uint64(got[int](study, "seed")),
		Precision:    l.precision(study.get("precision")),
		Files:        l.files,
		Pasts:        base.pasts,
	}
	for _, name := range selected {
		v := base
		if name != Base {
			v = l.variant(root, name)
		}
		title := v.tree
		if name != Base {
			title = root.get("what-if", name)
		}
		s.Variants = append(s.Variants, Variant{name, got[string](title, "title"), v.world, v.assumptions, v.poolKeys})
		s.Random = s.Random || v.random
		l.report(v, base)
	}
	if !slices.Contains(selected, Base) {
		l.report(base, base)
	}
	if !s.Random {
		s.Replications = 1
	}
	if len(l.problems) == 0 {
		l.seal(s, root, study, selected)
	}
	return s
}

// Probabilities is the key of study.precision that the number alone stands for.
const Probabilities = "probabilities"

// precision returns the targets that the study states, in the order of their keys
// in the format.
func (l *loader) precision(n *node) (targets []Target) {
	if n == nil {
		return nil
	}
	if n.table() == nil {
		if v, ok := n.parsed.(float64); ok {
			targets = append(targets, Target{Metric: Probabilities, Width: v})
		}
		return targets
	}
	for _, key := range scenarioKeys().find("study").find("precision").known() {
		k := n.get(key)
		if k == nil {
			continue
		}
		switch v := k.parsed.(type) {
		case float64:
			targets = append(targets, Target{Metric: key, Width: v})
		case width:
			targets = append(targets, Target{key, v.value, v.relative})
		case clock.Time:
			if v <= 0 {
				l.problems = append(l.problems, k.problem(`must be longer than 0, for example "7d"`))
			}
			targets = append(targets, Target{Metric: key, Width: v.Days()})
		}
	}
	return targets
}

// whatIfs checks what is the what-if tables' own: their keys of the first level.
// The rest of a patch is checked as part of the scenario that it makes.
func (l *loader) whatIfs(root *node) {
	all := root.get("what-if")
	if all == nil {
		return
	}
	c := &checker{}
	spec := scenarioKeys().find("what-if")
	if all.table() == nil {
		c.check(all, spec)
		root.remove([]string{"what-if"})
	}
	if n := len(all.names()); n > maxVariants {
		c.add(all.keyProblem("has %d what-ifs; the most is %d", n, maxVariants))
		root.remove([]string{"what-if"})
	}
	for _, name := range root.get("what-if").names() {
		patch := all.get(name)
		if err := nameError(name); err != nil {
			c.add(patch.keyProblem("%v", err))
		}
		if name == Base {
			c.add(patch.keyProblem("base is the name of the scenario itself: call the what-if something else"))
		}
		if patch.table() == nil {
			c.check(patch, spec.each)
			delete(all.table(), name)
		}
		for _, key := range patch.names() {
			n, k := patch.get(key), spec.each.find(key)
			switch {
			case key == "study":
				c.add(n.keyProblem("a what-if cannot change the study, which is common to all variants: change it in [study]"))
			case k == nil:
				c.add(n.keyProblem("unknown key%s", suggest(key, spec.each.known())))
			case k.kind == isText || k.kind == isList:
				c.check(n, k)
			}
		}
	}
	l.problems = append(l.problems, c.problems...)
}

// selected returns the variants to run: base first, then by name.
func (l *loader) selected(root, study *node) []string {
	names := append([]string{Base}, root.get("what-if").names()...)
	want := items[string](study, "variants")
	if len(want) == 0 {
		return names
	}
	for _, n := range got[[]*node](study, "variants") {
		if v, ok := n.parsed.(string); ok && !slices.Contains(names, v) {
			l.problems = append(l.problems, n.problem("there is no what-if %s%s", quote(v), suggest(v, names)))
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(want, name) })
}

// variant builds the world of the scenario itself or of one of its what-ifs.
func (l *loader) variant(root *node, name string) *built {
	tree := root.copy()
	patch := tree.get("what-if", name)
	tree.remove([]string{"what-if"})
	b := &built{name: name, tree: tree, poolKeys: map[string]string{}}
	if name != Base {
		for _, n := range got[[]*node](patch, "remove") {
			b.removeKey(n)
		}
		for _, key := range patch.names() {
			if key != "title" && key != "remove" && key != "study" {
				tree.overlay(&node{value: table{key: patch.get(key)}})
			}
		}
	}
	c := &checker{open: l.data}
	c.check(tree, scenarioKeys())
	b.problems = append(b.problems, c.problems...)
	l.build(b)
	return b
}

// removeKey takes a key away that a what-if removes.
func (b *built) removeKey(n *node) {
	text, ok := n.parsed.(string)
	if !ok {
		return
	}
	key, problems := parse("", []byte(text+" = 0"))
	var path []string
	for problems == nil && key.table() != nil {
		names := key.names()
		if len(names) != 1 {
			break
		}
		path = append(path, names[0])
		key = key.get(names[0])
	}
	switch {
	case len(path) == 0:
		b.problem(n.problem("%s is no dotted key", quote(text)))
	case path[0] == "study":
		b.problem(n.problem("a what-if cannot change the study, which is common to all variants"))
	case !b.tree.remove(path):
		b.problem(n.problem("there is no such key to remove"))
	}
}

// report adds the problems and warnings of a variant. One that the scenario
// itself does not have, and that stands outside of the what-if, says where it
// comes from.
func (l *loader) report(v, base *built) {
	in := func(all Problems) Problems {
		if v == base {
			return all
		}
		var out Problems
		had := base.problems
		had = append(slices.Clone(had), base.warnings...)
		for _, p := range all {
			if slices.Contains(had, p) {
				continue
			}
			if !strings.HasPrefix(p.Key, "what-if."+quoteKey(v.name)+".") {
				p.Text += " (in the what-if " + v.name + ")"
			}
			out = append(out, p)
		}
		return out
	}
	l.problems = append(l.problems, in(v.problems)...)
	l.warnings = append(l.warnings, in(v.warnings)...)
}

// seal adds the scenario as run, and its hash.
func (l *loader) seal(s *Scenario, root, study *node, selected []string) {
	run := root.copy()
	if all := run.get("what-if"); all != nil {
		for _, name := range all.names() {
			if !slices.Contains(selected, name) {
				delete(all.table(), name)
			}
		}
		if len(all.table()) == 0 {
			run.remove([]string{"what-if"})
		}
	}
	run.remove([]string{"study", "variants"})
	var b strings.Builder
	content := run.copy()
	fixed := table{}
	for _, key := range []string{"start", "days", "seed"} {
		fixed[key] = study.get(key)
	}
	content.table()["study"] = &node{value: fixed}
	content.canonical(&b)
	fmt.Fprintf(&b, "%q", selected)
	for _, file := range slices.Sorted(maps.Keys(l.files)) {
		fmt.Fprintf(&b, "%q%x", file, sha256.Sum256(l.files[file]))
	}
	sum := sha256.Sum256([]byte(b.String()))
	s.Hash = hex.EncodeToString(sum[:8])

	if !slices.Contains(selected, Base) {
		run.get("study").table()["variants"] = study.get("variants")
	}
	var doc bytes.Buffer
	encoder := toml.NewEncoder(&doc)
	encoder.Indent = ""
	if err := encoder.Encode(run.plain()); err != nil {
		l.problems = append(l.problems, Problem{File: l.name, Text: "cannot be written again: " + err.Error()})
	}
	s.TOML = doc.Bytes()
}
