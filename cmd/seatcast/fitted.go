package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"seatcast/scenarios"
)

// users returns the dotted key of a key of the population.
func (o *observation) users(key string) string {
	return scenarios.Key("tenants", o.tenant.Name, "users", o.segment.Name) + "." + key
}

// learnt returns what the fit knows of the population, as PATH=VALUE.
func (o *observation) learnt(b *behaviour) (set []string) {
	set = append(set, o.users("adoption="+o.posterior()))
	if b != nil {
		set = append(set, o.users("does.trigger-premium="+b.Habit))
	}
	return set
}

// posterior returns the law of the others, as a scenario has it: who holds a seat has begun.
func (o *observation) posterior() string {
	return fmt.Sprintf("posterior(%s, without=%s)", adoptionFile, o.tenant.Rules.Products[o.product].Name)
}

// patched returns the scenario that goes on from the end of the history, and the files
// that it reads. With --what-if, what was fitted is a variant of that name, and the
// scenario itself keeps its assumptions.
func (o *observation) patched(written map[string][]byte, b *behaviour) ([]byte, map[string][]byte, error) {
	last := math.Round(o.Seats[len(o.Seats)-1])
	product := o.tenant.Rules.Products[o.product].Name
	pool := strings.TrimSuffix(o.scenario.Variants[0].SeatsKey(o.tenant.Name, product, "seats"), ".seats")
	pool, _, _ = strings.Cut(pool, ".subscriptions.")
	opt := scenarios.Options{Set: append(slices.Clone(o.opt.scenario.Set),
		"study.start="+o.Date(len(o.Seats)).Format(time.DateOnly),
		pool+".history="+historyFile)}
	if with := float64(holders(o.tenant, o.segment, o.product)); !o.there {
		opt.Set = append(opt.Set, o.users("count=")+strconv.Itoa(o.headcount), o.users(fmt.Sprintf("holds.%q=%.12g", product, last/float64(o.headcount))))
	} else if most := with + float64(o.headcount) - last; int(most) != o.segment.Count { // --headcount: so many more people without a seat
		opt.Set = append(opt.Set, o.users("count=")+strconv.Itoa(int(most)), o.users(fmt.Sprintf("holds.%q=%.12g", product, with/most)))
	}
	if written[backtestFile] != nil {
		opt.Set = append(opt.Set, pool+".backtest="+backtestFile)
	}
	if o.segment.StartsWith < 0 {
		opt.Set = append(opt.Set, o.users("starts-with=trigger-premium")) // what adopted in the history took a seat by it
	}
	prefix := ""
	if o.opt.whatIf != "" {
		prefix = scenarios.Key("what-if", o.opt.whatIf) + "."
		opt.Set = append(opt.Set, prefix+"title=As fitted to the history")
	}
	for _, set := range o.learnt(b) {
		opt.Set = append(opt.Set, prefix+set)
	}
	fsys, file, err := find(o.name)
	if err != nil {
		return nil, nil, err
	}
	s, err := scenarios.Load(overlay{fsys, written}, file, opt)
	if err != nil {
		return nil, nil, wrong("the scenario does not go on from the end of the history:\n%w", err)
	}
	return s.TOML, s.Files, nil
}

// whatIf returns what was fitted as a patch to be pasted into a scenario.
func (o *observation) whatIf(b *behaviour) []byte {
	name := o.opt.whatIf
	if name == "" {
		name = "fitted"
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# What the history says of %s, as a what-if. Paste it into a scenario that starts on %s\n", o.segment.Name, o.day(len(o.Seats)))
	beside := adoptionFile
	if b != nil {
		beside += " and " + habitsFile
	}
	fmt.Fprintf(&out, "# with %.0f of %d people holding a seat, and put %s beside it.\n", o.Seats[len(o.Seats)-1], o.headcount, beside)
	fmt.Fprintf(&out, "[%s]\ntitle = \"As fitted to the history\"\n", scenarios.Key("what-if", name))
	fmt.Fprintf(&out, "[%s]\n", scenarios.Key("what-if", name, "tenants", o.tenant.Name, "users", o.segment.Name))
	if b != nil {
		fmt.Fprintf(&out, "# Each replication draws a law of %s, most likely %s; with 90%% the mean is %s to %s and the shape %.3g to %.3g.\n",
			habitsFile, b.Likeliest, perWeek(b.MeanLow), perWeek(b.MeanHigh), b.ShapeLow, b.ShapeHigh)
		fmt.Fprintf(&out, "does.trigger-premium = %q\n", b.Habit)
	}
	fmt.Fprintf(&out, "adoption = %q\n", o.posterior())
	return out.Bytes()
}

// An overlay is a file system with more files.
type overlay struct {
	fs.FS
	files map[string][]byte
}

// Open implements fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	for _, n := range []string{name, filepath.Base(name)} {
		if data, ok := o.files[n]; ok {
			return &memoryFile{bytes.NewReader(data), o}, nil
		}
	}
	return o.FS.Open(name)
}

// A memoryFile is the file of an overlay.
type memoryFile struct {
	*bytes.Reader
	overlay
}

func (f *memoryFile) Read(p []byte) (int, error) { return f.Reader.Read(p) }
func (f *memoryFile) Close() error               { return nil }
func (f *memoryFile) Stat() (fs.FileInfo, error) { return nil, fs.ErrInvalid }
