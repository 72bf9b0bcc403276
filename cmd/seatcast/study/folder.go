package study

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"seatcast/sim"
	"seatcast/sim/record"
)

// A Plan says what a study is: enough to go on with it, and to tell it from another.
type Plan struct {
	Format    int      `json:"format"`
	Verb      string   `json:"verb"`
	Flags     []string `json:"flags"`     // of the verb, those that decide what is simulated
	Scenarios []string `json:"scenarios"` // files of the folder
	// What the flags and the files come to.
	Scenario     string `json:"scenario"` // the hash of the scenario
	AsRun        string `json:"as_run"`   // that of the scenario as run
	Seed         uint64 `json:"seed"`
	Replications int    `json:"replications"`
	Version      string `json:"version"` // of the program
	Commit       string `json:"commit"`
	// Telling are the flags that decide what is made of it. They are no part of the hash.
	Telling []string `json:"telling,omitempty"`
}

// format is the version of the layout of the folder.
const format = 1

// Hash returns the hash of p.
func (p Plan) Hash() string {
	p.Telling = nil
	data, _ := json.Marshal(p) // strings and numbers
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// A Folder is a study on disk:
//
//	plan.json            what the study is
//	inputs/1/NAME.toml   its scenarios, with the files that they read
//	round-1/plan.json    what the verb asked for first
//	round-1/shard-0      the summary of a shard
//
// Everything is written under another name, and renamed when it is whole.
type Folder struct {
	Plan    Plan
	Build   string // class of this process
	Dir     string // for messages
	Passing bool   // to be removed when the study is done; see settle
	root    *os.Root
	made    bool
}

// planFile is the name of the plan of a study, and of a round in its folder.
const planFile = "plan.json"

// ErrOther is the error of a folder that holds another study.
var ErrOther = errors.New("it belongs to another study")

// Create makes the folder of a study. What may be there is an empty folder.
func Create(dir string, p Plan, build string) (*Folder, error) {
	return (&Folder{Plan: p, Build: build, Dir: dir}).create()
}

// CreatePassing is Create for a folder that is to be removed when the study is done.
func CreatePassing(dir string, p Plan, build string) (*Folder, error) {
	return (&Folder{Plan: p, Build: build, Dir: dir, Passing: true}).create()
}

func (f *Folder) create() (*Folder, error) {
	dir := f.Dir
	if all, err := os.ReadDir(dir); err == nil && len(all) > 0 {
		return nil, fmt.Errorf("%s is there and not empty: name another folder", dir)
	}
	_, err := os.Stat(dir)
	f.made = err != nil
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("making the study folder: %w", err)
	}
	if f.root, err = os.OpenRoot(dir); err != nil {
		return nil, fmt.Errorf("making the study folder: %w", err)
	}
	f.Plan.Format = format
	data, err := json.MarshalIndent(f.Plan, "", " ")
	if err == nil {
		err = f.Put(planFile, append(data, '\n'))
	}
	if err != nil {
		f.Remove()
		return nil, err
	}
	return f, nil
}

// Open opens the folder of a study.
func Open(dir, build string) (*Folder, error) {
	data, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return nil, fmt.Errorf("%s is no study folder, which 'seatcast study prepare' makes: %w", dir, err)
	}
	f := &Folder{Build: build, Dir: dir}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f.Plan); err != nil || f.Plan.Format != format {
		return nil, fmt.Errorf("%s is no plan of a study that this version of seatcast reads", filepath.Join(dir, planFile))
	}
	for _, name := range f.Plan.Scenarios {
		if !filepath.IsLocal(name) {
			return nil, fmt.Errorf("%s: %q is no file of the folder", filepath.Join(dir, planFile), name)
		}
	}
	f.root, err = os.OpenRoot(dir)
	return f, err
}

// Has reports whether the folder has the study of a plan.
func (f *Folder) Has(p Plan) bool { p.Format = format; return f.Plan.Hash() == p.Hash() }

// Close closes the folder, which stays.
func (f *Folder) Close() { f.root.Close() }

// Remove closes and removes the folder.
func (f *Folder) Remove() {
	f.root.Close()
	os.RemoveAll(f.Dir)
}

// Name returns the name of a file of the folder, for messages.
func (f *Folder) Name(name string) string { return filepath.Join(f.Dir, filepath.FromSlash(name)) }

// Put writes a file of the folder whole, and the folders on its way.
func (f *Folder) Put(name string, data []byte) error {
	if err := f.root.MkdirAll(path.Dir(name), 0o777); err != nil {
		return fmt.Errorf("writing %s: %w", f.Name(name), plain(err))
	}
	out, err := f.temporary(name)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return f.settle(out, name, err)
}

// temporary creates a file that settle will give its name.
func (f *Folder) temporary(name string) (*os.File, error) {
	dir, base := path.Split(name)
	for try := 0; ; try++ { // another machine may have a process of the same number
		out, err := f.root.OpenFile(fmt.Sprintf("%s.%s.%d-%d", dir, base, os.Getpid(), try), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && try < 1000 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", f.Name(name), plain(err))
		}
		return out, nil
	}
}

// settle ends a temporary file: on disk under its name, or gone after an error. A passing
// folder does not wait for the disk, which takes as long as a short study: it outlives
// any end of the process, but a machine that loses power may lose the last half minute.
// A summary that is cut short by that is computed again.
func (f *Folder) settle(out *os.File, name string, err error) error {
	temp := path.Join(path.Dir(name), filepath.Base(out.Name()))
	if err == nil && !f.Passing {
		err = out.Sync()
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = f.root.Rename(temp, name)
	}
	if err != nil {
		f.root.Remove(temp)
		return fmt.Errorf("writing %s: %w", f.Name(name), plain(err))
	}
	return nil
}

// plain leaves out the path of an error that says which file it is about.
func plain(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	if e := (*os.LinkError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// place returns the folder of a round.
func (r *Round) place() string { return fmt.Sprintf("round-%d", r.Number) }

func (r *Round) file(shard int) string { return fmt.Sprintf("%s/shard-%d", r.place(), shard) }

// write writes the plan of a round, unless it is there.
func (f *Folder) write(r *Round) error {
	name := r.place() + "/" + planFile
	if data, err := f.root.ReadFile(name); err == nil && r.same(data) {
		return nil
	}
	return f.Put(name, r.encode())
}

// Rounds reads the plans of the rounds that the folder has, in their order.
func (f *Folder) Rounds() ([]*Round, error) {
	var rounds []*Round
	for number := 1; ; number++ {
		name := (&Round{Number: number}).place() + "/" + planFile
		in, err := f.root.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return rounds, nil
		}
		if err != nil {
			return nil, err
		}
		r, err := ReadRound(in)
		in.Close()
		if err == nil && r.Study != f.Plan.Hash() {
			err = ErrOther
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w; remove the folder of the round, and 'seatcast study merge' writes it again", f.Name(name), err)
		}
		rounds = append(rounds, r)
	}
}

// Why a summary is of no use.
var (
	errForeign = errors.New("the summary is of another plan")
	errBuild   = errors.New("the summary is of another class of machine or program")
	errDiffers = errors.New("and its namesake that ends in .other are of one shard and differ: a machine is broken, or the programs are not the same; remove both to compute the shard again")
)

// A Fault is a summary that is there and cannot be used.
type Fault struct {
	File  string
	Shard int
	Err   error
}

// Error returns the message.
func (e *Fault) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Fault) Unwrap() error { return e.Err }

// summary reads the summary of a shard. The error is that of a file that is missing, or a Fault.
func (f *Folder) summary(r *Round, shard int) (*record.Summary, error) {
	name := r.file(shard)
	data, err := f.root.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s, err := record.ReadSummary(data)
	switch {
	case err != nil:
		return nil, &Fault{f.Name(name), shard, err}
	case s.Plan != r.hash || s.Shard != shard || s.Records != r.shards[shard].size():
		return nil, &Fault{f.Name(name), shard, errForeign}
	case s.Build != f.Build:
		return nil, &Fault{f.Name(name), shard, fmt.Errorf("%w: it was computed by %s, and this is %s: "+
			"only one class gives equal bits, so let one machine and program do all, or remove the file", errBuild, s.Build, f.Build)}
	}
	return s, nil
}

// Missing returns the shards of a round that have no sound summary, and the faults of
// those whose summary is there all the same. Summaries of another class of machine, and
// two of one shard that differ, are errors: to compute again would not mend them.
func (f *Folder) Missing(r *Round) (missing []int, faults []*Fault, err error) {
	if err := f.differing(r); err != nil {
		return nil, nil, err
	}
	for i := range r.shards {
		_, err := f.summary(r, i)
		var fault *Fault
		if errors.As(err, &fault) && !errors.Is(err, errBuild) {
			faults = append(faults, fault)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("round %d, shard %d: %w", r.Number, i, err)
		}
		if err != nil {
			missing = append(missing, i)
		}
	}
	return missing, faults, nil
}

// Left returns which of some shards that were missing still are.
func (f *Folder) Left(r *Round, missing []int) (left []int, err error) {
	if err := f.differing(r); err != nil {
		return nil, err
	}
	for _, i := range missing {
		_, err := f.summary(r, i)
		if errors.Is(err, errBuild) {
			return nil, err
		}
		if err != nil {
			left = append(left, i)
		}
	}
	return left, nil
}

// other ends the name of the second of two summaries of one shard that differ.
const other = ".other"

// differing reports two summaries of one shard that differ.
func (f *Folder) differing(r *Round) error {
	dir, err := f.root.Open(r.place())
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		if shard, ok := strings.CutSuffix(name, other); ok {
			return &Fault{File: f.Name(r.place() + "/" + shard), Err: errDiffers}
		}
	}
	return err
}

// Each hands the records of the cells of a round to sink, in the order of the plan;
// cell is the index of the one that is wanted, or negative for all. There is never
// more than a shard in memory.
func (f *Folder) Each(r *Round, cell int, sink func(record.Record) error) error {
	for i := range r.shards {
		if err := f.each(r, i, cell, sink); err != nil {
			return err
		}
	}
	return nil
}

// each is Each for a shard.
func (f *Folder) each(r *Round, shard, cell int, sink func(record.Record) error) error {
	s := r.shards[shard]
	if cell >= 0 && (s[0].cell > cell || s[len(s)-1].cell < cell) {
		return nil
	}
	summary, err := f.summary(r, shard)
	if err != nil {
		return fmt.Errorf("reading shard %d of round %d: %w", shard, r.Number, err)
	}
	jobs := s.jobs(nil)
	return summary.Each(func(rec record.Record) error {
		if (sim.Job{Variant: rec.Variant, Replication: rec.Replication}) != jobs[0] {
			return &Fault{f.Name(r.file(shard)), shard, errForeign}
		}
		jobs = jobs[1:]
		if cell >= 0 && rec.Variant != cell {
			return nil
		}
		return sink(rec)
	})
}

// A keeper writes the summaries of missing shards, whose records come in the order of
// the plan. While a summary is put on disk, the next shard is computed.
type keeper struct {
	folder  *Folder
	round   *Round
	missing []int
	now     *shardWriter
	left    int        // records of now to come
	placing chan error // the end of the summary before; nil at first
}

// write appends a record, and returns its shard.
func (k *keeper) write(rec *record.Record) (shard int, err error) {
	if k.now == nil {
		if k.now, err = k.folder.newShard(k.round, k.missing[0]); err != nil {
			return 0, err
		}
		k.left, k.missing = k.round.shards[k.missing[0]].size(), k.missing[1:]
	}
	shard = k.now.shard
	if err := k.now.Write(rec); err != nil {
		return shard, fmt.Errorf("writing %s: %w", k.folder.Name(k.round.file(shard)), plain(err))
	}
	if k.left--; k.left > 0 {
		return shard, nil
	}
	err = k.wait()
	done, placing := k.now, make(chan error, 1)
	k.now, k.placing = nil, placing
	go func() {
		placing <- done.finish()
		close(placing)
	}()
	return shard, err
}

// wait waits until the summary before is on disk.
func (k *keeper) wait() error {
	if k.placing == nil {
		return nil
	}
	return <-k.placing
}

// close ends the writing after err: a shard that is not whole is given up.
func (k *keeper) close(err error) error {
	if k.now != nil {
		k.now.abort()
	}
	if placed := k.wait(); err == nil {
		err = placed
	}
	return err
}

// A shardWriter writes the summary of a shard.
type shardWriter struct {
	folder *Folder
	round  *Round
	shard  int
	file   *os.File
	*record.Writer
}

func (f *Folder) newShard(r *Round, shard int) (*shardWriter, error) {
	if err := f.root.MkdirAll(r.place(), 0o777); err != nil {
		return nil, fmt.Errorf("writing %s: %w", f.Name(r.place()), plain(err))
	}
	file, err := f.temporary(r.file(shard))
	if err != nil {
		return nil, err
	}
	w, err := record.NewWriter(file, record.Head{Plan: r.hash, Shard: shard, Build: f.Build, Records: r.shards[shard].size()})
	return &shardWriter{f, r, shard, file, w}, err
}

// finish puts the summary in its place. One that is there already, sound, stays; it is the same.
func (w *shardWriter) finish() error {
	f, name := w.folder, w.round.file(w.shard)
	err := w.Writer.Close()
	if _, there := f.summary(w.round, w.shard); err != nil || there != nil {
		return f.settle(w.file, name, err)
	}
	err = f.settle(w.file, name+other, nil)
	if errors.Is(err, fs.ErrNotExist) { // Tidy removed it
		return nil
	}
	if err != nil {
		return err
	}
	old, err1 := f.root.ReadFile(name)
	mine, err2 := f.root.ReadFile(name + other)
	if err1 == nil && err2 == nil && bytes.Equal(old, mine) {
		return f.root.Remove(name + other)
	}
	return errors.Join(err1, err2, &Fault{f.Name(name), w.shard, errDiffers})
}

// abort removes what was written of a summary.
func (w *shardWriter) abort() { w.folder.settle(w.file, w.round.file(w.shard), errors.New("stopped")) }

// Tidy removes what processes that were killed left of summaries, from a study that is
// complete: a process that is still writing one then finds that the shard is done.
func (f *Folder) Tidy() error {
	left, err := fs.Glob(f.root.FS(), "round-*/.shard-*")
	for _, name := range left {
		if e := f.root.Remove(name); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// Ranges writes numbers as 3,7-9.
func Ranges(numbers []int) string {
	var b strings.Builder
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(numbers[i]))
		if j > i {
			b.WriteString("-" + strconv.Itoa(numbers[j]))
		}
		i = j + 1
	}
	return b.String()
}
