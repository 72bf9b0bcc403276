package output_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"seatcast/output"
	"seatcast/output/folder"
	"seatcast/output/report"
)

// fill writes a whole result into f, plots left out where quick is set.
func fill(t testing.TB, f *folder.Folder, r output.Result, quick bool) {
	t.Helper()
	if err := f.WriteResult(r); err != nil {
		t.Fatal(err)
	}
	w, err := f.File(folder.Claims)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, strings.Repeat("a ledger\n", 1000)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if !quick {
		if err := report.Draw(f.File, r); err != nil {
			t.Fatal(err)
		}
	}
}

func make1(t testing.TB, dir string, r output.Result, quick bool) {
	t.Helper()
	f, err := folder.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, f, r, quick)
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
}

// tree returns the files below dir.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		name, _ := filepath.Rel(dir, p)
		files[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func same(t testing.TB, a, b map[string]string) {
	t.Helper()
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s differs", name)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d files and %d files", len(a), len(b))
	}
}

// lonely checks that nothing stands beside the result folder but what is named.
func lonely(t testing.TB, parent string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !reflect.DeepEqual(got, names) && len(got)+len(names) > 0 {
		t.Errorf("%s holds %v, want %v", parent, got, names)
	}
}

// TestDrawnAgainIsTheSame writes a folder, reopens it, draws it anew from its
// files, and finds every byte as before. A second writing of the result is the
// same too.
func TestDrawnAgainIsTheSame(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "r")
	want := single(fixture(t))
	make1(t, dir, want, false)
	first := tree(t, dir)
	for _, name := range []string{folder.Scenario, folder.Manifest, folder.Summary, folder.Curve, folder.Exhaustion,
		folder.Claims, folder.Report, "plots/northlake-premium-curve.svg", "plots/northlake-premium-curve.png"} {
		if first[name] == "" {
			t.Errorf("no %s", name)
		}
	}
	got, err := folder.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("Open doesn't return what was written")
	}
	f, r, err := folder.Reopen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Draw(f.File, r); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	same(t, first, tree(t, dir))
	other := filepath.Join(parent, "s")
	make1(t, other, want, false)
	same(t, first, tree(t, other))
	lonely(t, parent, "r", "s")
}

// TestProvenance: what differs between equal runs is under one key of one file.
func TestProvenance(t *testing.T) {
	parent := t.TempDir()
	r := single(fixture(t))
	make1(t, filepath.Join(parent, "a"), r, true)
	r.Provenance = map[string]string{"finished": "another day"}
	make1(t, filepath.Join(parent, "b"), r, true)
	a, b := tree(t, filepath.Join(parent, "a")), tree(t, filepath.Join(parent, "b"))
	var m, n map[string]any
	if err := errors.Join(json.Unmarshal([]byte(a[folder.Manifest]), &m), json.Unmarshal([]byte(b[folder.Manifest]), &n)); err != nil {
		t.Fatal(err)
	}
	if reflect.DeepEqual(m, n) {
		t.Error("the provenance is not in the manifest")
	}
	delete(m, "provenance")
	delete(n, "provenance")
	if !reflect.DeepEqual(m, n) {
		t.Error("the manifests differ outside of the provenance")
	}
	for _, key := range []string{"program", "hash", "seed", "replications", "days", "warnings", "assumptions", "headlines", "files"} {
		if m[key] == nil {
			t.Errorf("manifest.json has no %s", key)
		}
	}
	delete(a, folder.Manifest)
	delete(b, folder.Manifest)
	same(t, a, b)
}

func TestBrokenFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	r := single(fixture(t))
	r.Answers.Study.Days, r.Answers = 21, short(fixture(t)).Answers
	make1(t, dir, r, true)
	for _, name := range []string{folder.Scenario, folder.Summary, folder.Curve, folder.Exhaustion, folder.Claims, folder.Manifest} {
		path := filepath.Join(dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		swapped := bytes.Clone(whole)
		swapped[len(swapped)/2] ^= 1
		for how, broken := range map[string][]byte{"cut": whole[:len(whole)*2/3], "empty": {}, "edited": swapped, "gone": nil} {
			if name == folder.Claims && how == "edited" || name == folder.Manifest && how == "edited" {
				continue // checked where it is read; and nothing vouches for the manifest's own words
			}
			if broken == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, broken, 0o666)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := folder.Open(dir); err == nil || !strings.Contains(err.Error(), name) && name != folder.Manifest {
				t.Errorf("%s %s: error %v, want one that names the file", name, how, err)
			}
		}
		if err := os.WriteFile(path, whole, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := folder.Open(dir); err != nil {
		t.Errorf("the mended folder: %v", err)
	}
}

func TestOpenFileChecksWhatIsRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	make1(t, dir, single(fixture(t)), true)
	readAll := func() error {
		in, err := folder.OpenFile(dir, folder.Claims)
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(io.Discard, in)
		return err
	}
	if err := readAll(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, folder.Claims)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[77] ^= 1
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := readAll(); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("an edited file: error %v", err)
	}
	if _, _, err := folder.Reopen(dir); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("to reopen a folder with an edited file: error %v", err)
	}
	lonely(t, filepath.Dir(dir), "r")
	if _, err := folder.OpenFile(dir, "nothing.csv"); err == nil || !strings.Contains(err.Error(), "nothing.csv") {
		t.Errorf("a file that isn't there: error %v", err)
	}
}

func TestOnlyResultFoldersAreReplaced(t *testing.T) {
	parent := t.TempDir()
	write := func(name string) {
		path := filepath.Join(parent, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte("mine"), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	write("theirs/thesis.doc")
	if _, err := folder.Create(filepath.Join(parent, "theirs")); err == nil || !strings.Contains(err.Error(), "no result folder") {
		t.Errorf("a folder of someone else: error %v", err)
	}
	write("file")
	if _, err := folder.Create(filepath.Join(parent, "file")); err == nil || !strings.Contains(err.Error(), "is a file") {
		t.Errorf("a file: error %v", err)
	}
	ours := filepath.Join(parent, "ours")
	r := single(fixture(t))
	make1(t, ours, r, true)
	r.Answers.Warnings = []string{"replaced"}
	make1(t, ours, r, true)
	if got, err := folder.Open(ours); err != nil || !reflect.DeepEqual(got.Answers.Warnings, r.Answers.Warnings) {
		t.Errorf("our own folder is not replaced: %v", err)
	}
	write("ours/notes.txt")
	if _, err := folder.Create(ours); err == nil || !strings.Contains(err.Error(), "notes.txt") {
		t.Errorf("our own folder with someone's notes: error %v", err)
	}
	if err := os.Mkdir(filepath.Join(parent, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	make1(t, filepath.Join(parent, "empty"), r, true)
	lonely(t, parent, "empty", "file", "ours", "theirs")
}

func TestNothingHalfWritten(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "r")
	r := single(fixture(t))
	make1(t, dir, r, true)
	before := tree(t, dir)

	f, err := folder.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, f, r, true)
	f.Abort()
	same(t, before, tree(t, dir))

	f, err = folder.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, f, r, true)
	if _, err := f.File("left-open"); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a folder with an open file is committed")
	}
	same(t, before, tree(t, dir))

	f, err = folder.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../escape", "/etc/x", "a/../../b", "", ".", folder.Manifest} {
		if _, err := f.File(name); err == nil {
			t.Errorf("a file called %q is created", name)
		}
	}
	f.Abort()
	lonely(t, parent, "r")
}

// TestFullDisk writes to a device that is always full.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full on this system")
	}
	parent := t.TempDir()
	for _, name := range []string{folder.Scenario, folder.Summary, folder.Curve, folder.Exhaustion, folder.Manifest} {
		f, err := folder.Create(filepath.Join(parent, "r"))
		if err != nil {
			t.Fatal(err)
		}
		temp, err := filepath.Glob(filepath.Join(parent, ".r.new-*", "new"))
		if err != nil || len(temp) != 1 {
			t.Fatalf("the folder being written: %v, %v", temp, err)
		}
		if err := os.Symlink("/dev/full", filepath.Join(temp[0], name)); err != nil {
			t.Fatal(err)
		}
		err = f.WriteResult(single(fixture(t)))
		if err == nil {
			err = f.Commit()
		} else {
			f.Abort()
		}
		if err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s on a full disk: error %v", name, err)
		}
		if strings.Count(err.Error(), "no space left") != 1 {
			t.Errorf("%s on a full disk: the error says it twice: %v", name, err)
		}
	}
	lonely(t, parent)
}

func TestNoPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	parent := t.TempDir()
	if err := os.Chmod(parent, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(parent, 0o777)
	if _, err := folder.Create(filepath.Join(parent, "r")); err == nil || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("no permission: error %v", err)
	}
}
