package exports

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	peekBytes = 64 << 10 // in which a file must show what it is
	maxRecord = 4 << 20  // bytes from the beginning of one record to that of the next
)

// errLong ends the reading of what no export is like, before it fills the memory.
var errLong = errors.New("has no end of a record within 4 MiB: this is no export, or a damaged one")

// A text is a file as it is read: unpacked, in UTF-8 without a byte order mark,
// its lines counted. Memory does not grow with its length.
type text struct {
	in       *bufio.Reader
	size     int64   // bytes read so far
	marked   int64   // the beginning of the present record
	lines    int     // line breaks before marked
	newlines []int64 // the offsets of later ones
	final    byte    // the last byte read so far
}

// newText begins to read a file: plain or gzip; UTF-8, or UTF-16 of either order,
// with a byte order mark or without.
func newText(r io.Reader) (*text, error) {
	in := bufio.NewReaderSize(r, peekBytes)
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReaderSize(unpacked, peekBytes)
	}
	head, _ := in.Peek(4)
	switch order, wide := utf16Order(head); {
	case wide:
		decoder := unicode.BOMOverride(unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder())
		in = bufio.NewReaderSize(transform.NewReader(in, decoder), peekBytes)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		in.Discard(3)
	}
	return &text{in: in}, nil
}

// utf16Order reports whether a file that begins with head is UTF-16. Where it has
// no byte order mark the zero bytes of its first characters, which are ASCII in
// every export, tell.
func utf16Order(head []byte) (order unicode.Endianness, wide bool) {
	if len(head) < 4 {
		return order, false
	}
	switch a, b, c, d := head[0], head[1], head[2], head[3]; {
	case a == 0xff && b == 0xfe, a != 0 && b == 0 && c != 0 && d == 0:
		return unicode.LittleEndian, true
	case a == 0xfe && b == 0xff, a == 0 && b != 0 && c == 0 && d != 0:
		return unicode.BigEndian, true
	}
	return order, false
}

// Read reads on. It fails where the present record has become too long. What it
// returns does not end between two values, so that who has read to the end of one
// sees where the next begins.
func (t *text) Read(p []byte) (int, error) {
	if t.size-t.marked > maxRecord {
		return 0, errLong
	}
	if _, err := t.in.Peek(1); err != nil {
		return 0, err
	}
	chunk, _ := t.in.Peek(min(len(p), t.in.Buffered()))
	if whole := bytes.TrimRight(chunk, between); len(whole) > 0 {
		chunk = whole
	}
	n := copy(p, chunk)
	t.in.Discard(n)
	for i := 0; i < n; i++ {
		at := bytes.IndexByte(p[i:n], '\n')
		if at < 0 {
			break
		}
		i += at
		t.newlines = append(t.newlines, t.size+int64(i))
	}
	if n > 0 {
		t.final = p[n-1]
	}
	t.size += int64(n)
	return n, nil
}

// between is what stands between two values of JSON.
const between = " \t\r\n,:"

// mark says that a record begins at an offset, and returns its line, from 1.
// Offsets must not decrease.
func (t *text) mark(offset int64) int {
	n := t.breaks(offset)
	t.lines, t.newlines = t.lines+n, t.newlines[n:]
	t.marked = max(t.marked, offset)
	return t.lines + 1
}

// line returns the line of an offset at or after the mark.
func (t *text) line(offset int64) int { return t.lines + t.breaks(offset) + 1 }

// breaks returns the number of line breaks between the mark and an offset.
func (t *text) breaks(offset int64) int {
	n, _ := slices.BinarySearch(t.newlines, offset)
	return n
}
