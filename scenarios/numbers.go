package scenarios

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Number is a number that the author of a scenario gave: a value, or a part of one
// that is written as a string, as the ceiling of bass(p=…, q=…, ceiling=0.6).
type Number struct {
	// Path is the dotted key; within a string it goes on with the names of arguments:
	// tenants.northlake.users.makers.adoption.ceiling.
	Path  string
	Value float64
	Unit  string // what follows the number: "/week", "%", "d", or nothing
	Whole bool   // it counts something, so that only whole numbers will do

	key        string // of the whole value
	source     string // the string that it is a part of; "" where it is the value
	start, end int    // its bytes of source, the unit included
}

// Numbers returns the numbers of the tenants of the scenario itself, in the order of
// their keys. The error is that of Load.
func Numbers(fsys fs.FS, name string, opt Options) ([]Number, error) {
	if _, err := Load(fsys, name, opt); err != nil {
		return nil, err
	}
	l := &loader{fsys: fsys, name: name, files: map[string][]byte{}}
	src, err := l.read(path.Base(name), maxBytes)
	if err != nil {
		return nil, fmt.Errorf("reading the scenario %s: %w", name, err)
	}
	root, problems := parse(name, src)
	if problems != nil {
		return nil, problems.sorted(name)
	}
	l.apply(root, opt)
	var numbers []Number
	tenants := root.get("tenants")
	for _, tenant := range tenants.names() {
		for _, part := range []string{"pools", "users", "groups", "reclaim", "timeline", "auto-claim"} {
			numbers = tenants.get(tenant, part).numbers(numbers, []string{"tenants", tenant, part})
		}
	}
	return numbers, nil
}

// numbers appends the numbers at and below n, whose path is at.
func (n *node) numbers(all []Number, at []string) []Number {
	if n == nil {
		return all
	}
	key := dotted(at)
	whole := slices.Contains([]string{"seats", "count", "reserved", "days"}, at[len(at)-1])
	switch v := n.value.(type) {
	case table:
		for _, name := range n.names() {
			all = n.get(name).numbers(all, append(slices.Clone(at), name))
		}
	case int64:
		all = append(all, Number{Path: key, Value: float64(v), Whole: whole, key: key})
	case float64:
		all = append(all, Number{Path: key, Value: v, Whole: whole, key: key})
	case string:
		if e, err := parseExpr(v); err == nil {
			all = e.numbers(all, Number{Path: key, key: key, source: v})
		}
	}
	return all
}

// numbers appends the numbers of an expression; of has what they have in common.
func (e expr) numbers(all []Number, of Number) []Number {
	if !e.call {
		if value, unit, ok := measured(e.text); ok {
			of.Value, of.Unit = value, unit
			of.start = len(string([]rune(of.source)[:e.column-1]))
			of.end = of.start + len(e.text)
			all = append(all, of)
		}
		return all
	}
	for i, a := range e.args {
		key := a.key
		if key == "" {
			key = e.place(i)
		}
		within := of
		if key != strings.ToUpper(key) || key == "" { // a DISTRIBUTION has names of its own
			within.Path += "." + key
		}
		all = a.value.numbers(all, within)
	}
	return all
}

// place returns the name of the argument at place i of a call.
func (e expr) place(i int) string {
	for _, f := range slices.Concat(adoptionForms, habitForms) {
		if f.name == e.text && i < len(f.places) {
			return f.places[i]
		}
	}
	return strconv.Itoa(i)
}

// measured splits a word into a number and its unit. A duration of several units is
// in days.
func measured(word string) (value float64, unit string, ok bool) {
	digits := word
	if i := strings.IndexFunc(word, func(r rune) bool { return (r < '0' || r > '9') && r != '.' }); i >= 0 {
		digits, unit = word[:i], word[i:]
	}
	value, ok = decimal(digits)
	if !ok {
		return 0, "", false
	}
	e := expr{text: word}
	if t, err := e.duration(); err == nil {
		if len(unit) > 1 {
			return t.Days(), "d", true
		}
		return value, unit, true
	}
	_, rate := e.rate()
	_, number := e.number()
	return value, unit, rate == nil || number == nil
}

// Settings returns what Options.Set takes to give numbers other values, together:
// numbers that are parts of one string change in it side by side.
func Settings(numbers []Number, values []float64) (sets []string) {
	byKey := map[string][]int{}
	var keys []string
	for i, n := range numbers {
		if byKey[n.key] == nil {
			keys = append(keys, n.key)
		}
		byKey[n.key] = append(byKey[n.key], i)
	}
	for _, key := range keys {
		parts := byKey[key]
		slices.SortFunc(parts, func(a, b int) int { return numbers[b].start - numbers[a].start })
		text := numbers[parts[0]].source
		for _, i := range parts { // from the end, so that what is before stays where it is
			n := numbers[i]
			word := n.format(values[i]) + n.Unit
			if n.source == "" {
				text = word
			} else {
				text = text[:n.start] + word + text[n.end:]
			}
		}
		if numbers[parts[0]].source != "" {
			text = tomlString(text)
		}
		sets = append(sets, key+" = "+text)
	}
	return sets
}

func (n Number) format(value float64) string {
	if n.Whole {
		value = math.Round(value)
	}
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if n.source == "" && !n.Whole && !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
