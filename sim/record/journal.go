package record

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"seatcast/sim/clock"
)

// The journal of a study is the records of its finished replications, one after
// the other, each behind its length and followed by its checksum. A journal that
// was cut short by a kill or a full disk holds every record before the cut.

// magic opens a journal; its last digit is the version of the format.
const magic = "seatcast journal 3\n"

// maxRecord bounds the length of a record that is read, so that a damaged length
// asks for no absurd memory.
const maxRecord = 1 << 30

// A Writer appends records to a journal.
type Writer struct {
	w   *bufio.Writer
	buf []byte
}

// NewWriter returns a Writer to w. hash says which study the records belong to;
// it is written first unless resumed is true, when w already holds a journal.
func NewWriter(w io.Writer, hash string, resumed bool) (*Writer, error) {
	out := &Writer{w: bufio.NewWriter(w)}
	if resumed {
		return out, nil
	}
	if _, err := fmt.Fprintf(out.w, "%s%s\n", magic, hash); err != nil {
		return nil, fmt.Errorf("beginning a journal: %w", err)
	}
	return out, out.w.Flush()
}

// Write appends r, and hands it on whole.
func (w *Writer) Write(r *Record) error {
	w.buf = encode(w.buf[:0], r)
	var frame [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(frame[:], uint64(len(w.buf)))
	w.w.Write(frame[:n]) // bufio keeps the first error for Flush
	w.w.Write(w.buf)
	w.w.Write(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(w.buf)))
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("writing a record to the journal: %w", err)
	}
	return nil
}

// ErrOtherStudy is returned by Read for the journal of another study.
var ErrOtherStudy = errors.New("the journal belongs to another study")

// Read reads the sound records of a journal of the study with a hash, in the
// order in which they were written, and returns the length in bytes of the sound
// part. A journal that is cut short or damaged is no error: what comes after the
// damage is left out. An error of f ends the reading and is returned.
func Read(r io.Reader, hash string, f func(Record) error) (sound int64, err error) {
	in := bufio.NewReader(r)
	head := magic + hash + "\n"
	got := make([]byte, len(head))
	if _, err := io.ReadFull(in, got); err != nil {
		return 0, nil
	}
	if string(got) != head {
		return 0, ErrOtherStudy
	}
	sound = int64(len(head))
	var buf []byte
	for {
		n, err := binary.ReadUvarint(in)
		if err != nil || n > maxRecord {
			return sound, nil
		}
		if buf, err = readN(in, buf[:0], int(n)+4); err != nil {
			return sound, nil
		}
		body, sum := buf[:n], binary.LittleEndian.Uint32(buf[n:])
		out, err := decode(body)
		if crc32.ChecksumIEEE(body) != sum || err != nil {
			return sound, nil
		}
		if err := f(out); err != nil {
			return sound, err
		}
		sound += int64(len(binary.AppendUvarint(nil, n))) + int64(n) + 4
	}
}

// readN appends n bytes of in to buf, a piece at a time: a damaged length must
// not ask for memory that the file does not fill.
func readN(in io.Reader, buf []byte, n int) ([]byte, error) {
	const piece = 1 << 20
	for n > 0 {
		at := len(buf)
		buf = append(buf, make([]byte, min(n, piece))...)
		if _, err := io.ReadFull(in, buf[at:]); err != nil {
			return buf, err
		}
		n -= len(buf) - at
	}
	return buf, nil
}

// encode appends r to b: integers as varints, series as differences.
func encode(b []byte, r *Record) []byte {
	integer := func(x int64) { b = binary.AppendVarint(b, x) }
	series := func(xs []int32) {
		integer(int64(len(xs)))
		last := int32(0)
		for _, x := range xs {
			integer(int64(x) - int64(last))
			last = x
		}
	}
	counts := func(xs []int64) {
		integer(int64(len(xs)))
		for _, x := range xs {
			integer(x)
		}
	}
	integer(int64(r.Variant))
	integer(int64(r.Replication))
	integer(int64(len(r.Tenants)))
	for i := range r.Tenants {
		t := &r.Tenants[i]
		integer(int64(len(t.Pools)))
		for j := range t.Pools {
			p := &t.Pools[j]
			for _, xs := range [][]int32{p.Assigned, p.Seats, p.Refused, p.Users} {
				series(xs)
			}
			for _, x := range []int64{int64(p.Exhausted), int64(p.FirstRefusal), int64(p.Peak), int64(p.Tightest), p.Claims,
				p.RefusedClaims, p.RefusedUsers, p.BlockedMs, p.IdleMs} {
				integer(x)
			}
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Cost))
		}
		integer(int64(len(t.Policies)))
		for j := range t.Policies {
			integer(t.Policies[j].Claims)
			integer(t.Policies[j].Backups)
			counts(t.Policies[j].ByAction)
		}
		counts(t.Outcomes)
		counts(t.People)
	}
	return b
}

// A decoder reads what encode wrote. Its first error sticks.
type decoder struct {
	b   []byte
	err error
}

var errDamaged = errors.New("damaged record")

func (d *decoder) integer() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		d.err, d.b = errDamaged, nil
		return 0
	}
	d.b = d.b[n:]
	return x
}

// length reads the length of a list, whose entries take a byte or more each.
func (d *decoder) length() int {
	n := d.integer()
	if n < 0 || n > int64(len(d.b)) {
		d.err, d.b = errDamaged, nil
		return 0
	}
	return int(n)
}

func (d *decoder) series() []int32 {
	xs := make([]int32, d.length())
	last := int64(0)
	for i := range xs {
		last += d.integer()
		xs[i] = int32(last)
	}
	return xs
}

func (d *decoder) counts() []int64 {
	xs := make([]int64, d.length())
	for i := range xs {
		xs[i] = d.integer()
	}
	return xs
}

func (d *decoder) number() float64 {
	if len(d.b) < 8 {
		d.err, d.b = errDamaged, nil
		return 0
	}
	x := math.Float64frombits(binary.LittleEndian.Uint64(d.b))
	d.b = d.b[8:]
	return x
}

func decode(b []byte) (Record, error) {
	d := &decoder{b: b}
	r := Record{Variant: int(d.integer()), Replication: int(d.integer())}
	r.Tenants = make([]Tenant, d.length())
	for i := range r.Tenants {
		t := &r.Tenants[i]
		t.Pools = make([]Pool, d.length())
		for j := range t.Pools {
			t.Pools[j] = d.pool()
		}
		t.Policies = make([]Policy, d.length())
		for j := range t.Policies {
			t.Policies[j] = Policy{Claims: d.integer(), Backups: d.integer(), ByAction: d.counts()}
		}
		t.Outcomes = d.counts()
		t.People = d.counts()
	}
	if len(d.b) > 0 {
		d.err = errDamaged
	}
	return r, d.err
}

func (d *decoder) pool() Pool {
	return Pool{
		Assigned: d.series(), Seats: d.series(), Refused: d.series(), Users: d.series(),
		Exhausted: clock.Time(d.integer()), FirstRefusal: clock.Time(d.integer()), Peak: int32(d.integer()), Tightest: int32(d.integer()), Claims: d.integer(),
		RefusedClaims: d.integer(), RefusedUsers: d.integer(), BlockedMs: d.integer(), IdleMs: d.integer(),
		Cost: d.number(),
	}
}
