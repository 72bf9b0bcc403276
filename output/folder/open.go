package folder

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"seatcast/output"
)

// Open reads the result in the folder dir: what WriteResult wrote, to the bit.
// A file that is missing, cut short or changed since is an error that names it.
func Open(dir string) (output.Result, error) {
	m, err := readManifest(dir)
	if err != nil {
		return output.Result{}, err
	}
	return m.result(dir)
}

func (m manifest) result(dir string) (output.Result, error) {
	r := output.Result{
		Version: m.Program.Version, Commit: m.Program.Commit, GoVersion: m.Program.Go,
		Command: m.Command, Provenance: m.Provenance, Assumptions: m.Assumptions, Headlines: m.Headlines,
	}
	study, err := m.study()
	if err != nil {
		return r, fmt.Errorf("%s: %w", filepath.Join(dir, Manifest), err)
	}
	for _, file := range m.Files {
		if err := file.present(dir); err != nil {
			return r, err
		}
	}
	for _, file := range []struct {
		name string
		read func(io.Reader) error
	}{
		{Scenario, func(in io.Reader) (err error) { r.Scenario, err = io.ReadAll(in); return }},
		{Summary, func(in io.Reader) (err error) { r.Answers, err = output.ReadJSON(in, study); return }},
		{Curve, func(in io.Reader) error { return output.ReadCurve(in, r.Answers) }},
		{Exhaustion, func(in io.Reader) error { return output.ReadExhaustion(in, r.Answers) }},
	} {
		if err := m.read(dir, file.name, file.read); err != nil {
			return r, err
		}
	}
	if r.Answers.Decision != nil {
		if err := m.read(dir, Difference, func(in io.Reader) error { return output.ReadDifference(in, r.Answers) }); err != nil {
			return r, err
		}
	}
	var pasts *[]output.Past
	if err := errors.Join(readAnswer(m, dir, Plan, &r.Plan), readAnswer(m, dir, Sensitivity, &r.Sensitivity), readAnswer(m, dir, Past, &pasts)); err != nil {
		return r, err
	}
	if pasts != nil {
		r.Pasts = *pasts
	}
	return r, nil
}

// readAnswer reads the answer of a verb beside run, if the folder has it.
func readAnswer[T any](m manifest, dir, name string, answer **T) error {
	if !slices.ContainsFunc(m.Files, func(file fileInfo) bool { return file.Name == name }) {
		return nil
	}
	return m.read(dir, name, func(in io.Reader) error {
		data, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		*answer = new(T)
		if err := json.Unmarshal(data, *answer); err != nil {
			return output.WithLine(data, err)
		}
		return nil
	})
}

// present checks that the file is there at its full size.
func (i fileInfo) present(dir string) error {
	if !filepath.IsLocal(filepath.FromSlash(i.Name)) {
		return fmt.Errorf("%s: file %q is outside the folder", filepath.Join(dir, Manifest), i.Name)
	}
	name := filepath.Join(dir, filepath.FromSlash(i.Name))
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("the result folder is not whole: %w", err)
	}
	if info.Size() != i.Size {
		return fmt.Errorf("%s has %d bytes where the manifest has %d: it was cut short or changed; run the scenario again", name, info.Size(), i.Size)
	}
	return nil
}

// read hands the file called name to fn, and checks that it is the one that was
// written. The check comes first, so that fn sees no other bytes.
func (m manifest) read(dir, name string, fn func(io.Reader) error) error {
	in, err := m.open(dir, name)
	if err != nil {
		return err
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if err := fn(bytes.NewReader(data)); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, name), err)
	}
	return nil
}

func (m manifest) open(dir, name string) (io.ReadCloser, error) {
	for _, file := range m.Files {
		if file.Name != name {
			continue
		}
		if err := file.present(dir); err != nil {
			return nil, err
		}
		f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		return &checked{r: bufio.NewReaderSize(f, 1<<16), f: f, hash: sha256.New(), want: file.SHA256}, nil
	}
	return nil, fmt.Errorf("the result folder %s has no %s", dir, name)
}

// OpenFile opens one file of the result folder dir. At the end of the file the
// reader fails where the bytes are not those that were written.
func OpenFile(dir, name string) (io.ReadCloser, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	return m.open(dir, name)
}

// A checked reader ends in an error where the hash is not the one wanted.
type checked struct {
	r    io.Reader
	f    *os.File
	hash hash.Hash
	want string
}

// Read reads into p.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.hash.Write(p[:n])
	if err == io.EOF && hex.EncodeToString(c.hash.Sum(nil)) != c.want {
		err = fmt.Errorf("%s was changed since it was written (SHA-256 differs from the manifest); run the scenario again", c.f.Name())
	}
	return n, err
}

// Close closes the file.
func (c *checked) Close() error { return c.f.Close() }

// Reopen begins a folder that will replace the result folder dir, to draw its
// result again: what WriteResult writes and every other file but the plots and
// the report are there already.
func Reopen(dir string) (*Folder, output.Result, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, output.Result{}, err
	}
	r, err := m.result(dir)
	if err != nil {
		return nil, r, err
	}
	f, err := Create(dir)
	if err != nil {
		return nil, r, err
	}
	if err := errors.Join(f.WriteResult(r), f.carry(m)); err != nil {
		f.Abort()
		return nil, r, err
	}
	return f, r, nil
}

// carry brings the files of the old folder over that are not drawn or written anew.
func (f *Folder) carry(m manifest) error {
	for _, file := range m.Files {
		if _, done := f.files[file.Name]; done || file.Name == Report || strings.HasPrefix(file.Name, Plots+"/") {
			continue
		}
		in, err := m.open(f.dir, file.Name)
		if err != nil {
			return err
		}
		err = f.write(file.Name, func(w io.Writer) error { _, err := io.Copy(w, in); return err })
		if err := errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	return nil
}
