package workbook

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"slices"
)

// A sorted archive writes its files in the order of their names, since that in which
// excelize hands them over changes from run to run. It holds them in memory.
type sorted struct {
	*zip.Writer
	files map[string]*bytes.Buffer
}

func newSorted(w io.Writer) *sorted { return &sorted{zip.NewWriter(w), map[string]*bytes.Buffer{}} }

// Create begins a file.
func (s *sorted) Create(name string) (io.Writer, error) {
	s.files[name] = &bytes.Buffer{}
	return s.files[name], nil
}

// Close writes the archive.
func (s *sorted) Close() error {
	const first = "[Content_Types].xml" // by convention; it is how a file is known for what it is
	names := slices.SortedFunc(maps.Keys(s.files), func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == first || b != first && a < b:
			return -1
		}
		return 1
	})
	for _, name := range names {
		w, err := s.Writer.Create(name)
		if err != nil {
			return err
		}
		if _, err := s.files[name].WriteTo(w); err != nil {
			return err
		}
	}
	return s.Writer.Close()
}
