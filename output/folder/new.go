package folder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A NewFile is a file of a folder that WriteNew writes.
type NewFile struct {
	Name  string
	Write func(io.Writer) error
}

// WriteNew writes files to the folder dir whole or not at all. The folder must not
// exist yet, or be empty. Before it gets its place, check may look at it where it
// is; an error of check leaves nothing behind.
func WriteNew(dir string, files []NewFile, check func(dir string) error) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := Vacant(dir); err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".new-")
	if err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	defer os.RemoveAll(temp)
	made := filepath.Join(temp, "new") // unlike temp itself, with the permissions that the user has set
	if err := os.Mkdir(made, 0o777); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	f := &Folder{dir: dir, temp: temp, files: map[string]fileInfo{}}
	for _, file := range files {
		if err := f.write(file.Name, file.Write); err != nil {
			return err
		}
	}
	if err := check(made); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("replace the empty folder %s: %w", dir, err)
	}
	if err := os.Rename(made, dir); err != nil {
		return fmt.Errorf("move folder to its place: %w", err)
	}
	return nil
}

// Vacant reports why WriteNew could not write to dir.
func Vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return fmt.Errorf("%s is a file: want a folder that does not exist yet", dir)
		}
		return fmt.Errorf("create folder: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("%s exists and is not empty: nothing in it is overwritten; name another folder with --out", dir)
	}
	return nil
}
