// Package folder writes a result folder whole or not at all, and reads one back.
package folder

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"seatcast/output"
)

// Names of the files of a result folder. Plots are in the folder Plots.
const (
	Scenario     = "scenario.toml"
	Manifest     = "manifest.json"
	Summary      = "summary.json"
	Curve        = "curve.csv"
	Exhaustion   = "exhaustion.csv"
	Difference   = "difference.csv" // of a comparison
	Claims       = "claims.csv"
	Replications = "replications.csv"
	Report       = "report.html"
	Workbook     = "summary.xlsx" // of --xlsx
	Plots        = "plots"
	Plan         = "plan.json"        // of the verb plan
	Sensitivity  = "sensitivity.json" // of the verb sensitivity
	Past         = "past.json"        // of pools that name one
)

// A Folder is a result folder that is being written, beside the place it will
// have. It must end in Commit or Abort.
type Folder struct {
	dir    string // where it will be
	temp   string // a sibling of dir; the new folder is temp/new
	files  map[string]fileInfo
	open   int
	result *output.Result
}

// fileInfo is what the manifest says about a file.
type fileInfo struct {
	Name   string `json:"name"` // with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Create begins a result folder that will be at dir. An existing folder there is
// replaced by Commit, and only if it is a result folder that holds nothing else.
func Create(dir string) (*Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if err := replaceable(dir); err != nil {
		return nil, err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return nil, fmt.Errorf("create result folder: %w", err)
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".new-")
	if err != nil {
		return nil, fmt.Errorf("create result folder: %w", err)
	}
	f := &Folder{dir: dir, temp: temp, files: map[string]fileInfo{}}
	if err := os.Mkdir(f.path(""), 0o777); err != nil {
		f.Abort()
		return nil, fmt.Errorf("create result folder: %w", err)
	}
	return f, nil
}

func (f *Folder) path(name string) string {
	return filepath.Join(f.temp, "new", filepath.FromSlash(name))
}

// replaceable reports why dir may not be replaced: it isn't a result folder, or
// it holds files that are not ours to delete.
func replaceable(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create result folder: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file: want a folder that doesn't exist yet, or a result folder to replace", dir)
	}
	ours := map[string]bool{}
	if m, err := readManifest(dir); err == nil {
		ours[Manifest] = true
		for _, file := range m.Files {
			ours[file.Name] = true
		}
	}
	return filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("create result folder: %w", err)
		}
		name, err := filepath.Rel(dir, p)
		if err != nil || d.IsDir() || ours[filepath.ToSlash(name)] {
			return err
		}
		if len(ours) == 0 {
			return fmt.Errorf("%s exists and is no result folder: name another one with --out", dir)
		}
		return fmt.Errorf("%s holds %s, which seatcast did not write there: move it away, or name another folder with --out", dir, name)
	})
}

// File creates a file of the folder; name is relative, with slashes. It must be
// closed before Commit.
func (f *Folder) File(name string) (io.WriteCloser, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name || name == Manifest {
		return nil, fmt.Errorf("%q can't be a file of a result folder", name)
	}
	if _, ok := f.files[name]; ok {
		return nil, fmt.Errorf("%s is written twice", name)
	}
	return f.create(name)
}

func (f *Folder) create(name string) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(f.path(name)), 0o777); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	w, err := os.Create(f.path(name))
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	f.files[name] = fileInfo{Name: name}
	f.open++
	out := &file{folder: f, name: name, w: w, hash: sha256.New()}
	out.buf = bufio.NewWriterSize(out.tee(), 1<<16)
	return out, nil
}

// A file counts and hashes what is written to it.
type file struct {
	folder *Folder
	name   string
	w      *os.File
	buf    *bufio.Writer
	hash   hash.Hash
	size   int64
	closed bool
}

func (o *file) tee() io.Writer { return io.MultiWriter(o.w, o.hash) }

// Write writes p.
func (o *file) Write(p []byte) (int, error) {
	n, err := o.buf.Write(p)
	o.size += int64(n)
	if err != nil {
		err = o.failed(err)
	}
	return n, err
}

// failed says which file of the folder could not be written, without the name of
// the temporary folder.
func (o *file) failed(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		err = e.Err
	}
	return &writeError{filepath.Join(o.folder.dir, filepath.FromSlash(o.name)), err}
}

// A writeError names the file that could not be written.
type writeError struct {
	name string
	err  error
}

// Error returns the message.
func (e *writeError) Error() string { return "write " + e.name + ": " + e.err.Error() }

// Unwrap returns the cause.
func (e *writeError) Unwrap() error { return e.err }

// Close finishes the file. A second Close does nothing.
func (o *file) Close() error {
	if o.closed {
		return nil
	}
	o.closed = true
	o.folder.open--
	err := o.buf.Flush()
	if closeErr := o.w.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return o.failed(err)
	}
	o.folder.files[o.name] = fileInfo{o.name, o.size, hex.EncodeToString(o.hash.Sum(nil))}
	return nil
}

// Has reports whether a file of the folder has been written, or is being written.
func (f *Folder) Has(name string) bool {
	_, ok := f.files[name]
	return ok
}

// Convert makes a file out of another one that has been written and closed.
func (f *Folder) Convert(name, from string, fn func(io.Writer, io.Reader) error) error {
	in, err := os.Open(f.path(from))
	if err != nil {
		return fmt.Errorf("read %s again: %w", from, err)
	}
	defer in.Close()
	return f.write(name, func(w io.Writer) error { return fn(w, in) })
}

// write makes a whole file with fn.
func (f *Folder) write(name string, fn func(io.Writer) error) error {
	w, err := f.File(name)
	if err != nil {
		return err
	}
	err = fn(w)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	if e := (*writeError)(nil); err == nil || errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("write %s: %w", name, err)
}

// WriteResult writes scenario.toml, summary.json, curve.csv and exhaustion.csv, of a
// comparison difference.csv too, the answers of other verbs than run, and what was
// seen before. It keeps r for the manifest that Commit writes.
func (f *Folder) WriteResult(r output.Result) error {
	f.result = &r
	for _, file := range []struct {
		name string
		fn   func(io.Writer) error
	}{
		{Scenario, func(w io.Writer) error { _, err := w.Write(r.Scenario); return err }},
		{Summary, func(w io.Writer) error { return output.WriteJSON(w, r.Answers) }},
		{Curve, func(w io.Writer) error { return output.WriteCurve(w, r.Answers) }},
		{Exhaustion, func(w io.Writer) error { return output.WriteExhaustion(w, r.Answers) }},
	} {
		if err := f.write(file.name, file.fn); err != nil {
			return err
		}
	}
	if r.Answers.Decision != nil {
		if err := f.write(Difference, func(w io.Writer) error { return output.WriteDifference(w, r.Answers) }); err != nil {
			return err
		}
	}
	var pasts *[]output.Past
	if len(r.Pasts) > 0 {
		pasts = &r.Pasts
	}
	return errors.Join(writeAnswer(f, Plan, r.Plan), writeAnswer(f, Sensitivity, r.Sensitivity), writeAnswer(f, Past, pasts))
}

// writeAnswer writes the answer of a verb beside run, if there is one.
func writeAnswer[T any](f *Folder, name string, answer *T) error {
	if answer == nil {
		return nil
	}
	return f.write(name, func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(answer)
	})
}

// About says what the folder is about where that is no study: the manifest that
// Commit writes has its scenario and no answers.
func (f *Folder) About(r output.Result) { f.result = &r }

// Commit writes the manifest and moves the folder to its place. Where it fails
// nothing is left behind, and a folder that was there before still is.
func (f *Folder) Commit() error {
	err := f.commit()
	f.Abort()
	return err
}

func (f *Folder) commit() error {
	if f.result == nil || f.open > 0 {
		return fmt.Errorf("result folder %s: no result, or %d files still open: a defect of the program", f.dir, f.open)
	}
	if err := f.writeManifest(); err != nil {
		return err
	}
	if err := replaceable(f.dir); err != nil {
		return err
	}
	old := filepath.Join(f.temp, "old")
	err := os.Rename(f.dir, old)
	replaced := err == nil
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("replace result folder: %w", err)
	}
	if err := os.Rename(f.path(""), f.dir); err != nil {
		err = fmt.Errorf("move result folder to its place: %w", err)
		if replaced {
			err = errors.Join(err, os.Rename(old, f.dir))
		}
		return err
	}
	return nil
}

func (f *Folder) writeManifest() error {
	files := make([]fileInfo, 0, len(f.files))
	for _, info := range f.files {
		files = append(files, info)
	}
	slices.SortFunc(files, func(a, b fileInfo) int { return strings.Compare(a.Name, b.Name) })
	data, err := newManifest(*f.result, files).encode()
	if err != nil {
		return fmt.Errorf("write %s: %w", Manifest, err)
	}
	w, err := f.create(Manifest)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return errors.Join(err, w.w.Close())
	}
	return w.Close()
}

// Abort removes all that was written. After Commit it does nothing.
func (f *Folder) Abort() {
	if f.temp != "" {
		os.RemoveAll(f.temp)
	}
	f.temp = ""
}
