package record

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"

	"seatcast/sim/clock"
)

// A summary is the records of one shard of a study: a line that names the format,
// a line of JSON that says what it is of, the records, each behind its length, and
// the SHA-256 of all that. It is sound or it is not; there is no sound half.

// magic opens a summary; its last digit is the version of the format.
const magic = "seatcast summary 1\n"

// A Head says what a summary is of.
type Head struct {
	Plan    string `json:"plan"` // the hash of the plan of its round
	Shard   int    `json:"shard"`
	Build   string `json:"build"` // the class of machine and program that computed it: one class gives equal bits
	Records int    `json:"records"`
}

// A Writer writes a summary. It must end in Close.
type Writer struct {
	dst  io.Writer
	w    *bufio.Writer
	sum  hash.Hash
	left int // records
	buf  []byte
}

// NewWriter returns a Writer to w of a summary with a head.
func NewWriter(w io.Writer, head Head) (*Writer, error) {
	out := &Writer{dst: w, sum: sha256.New(), left: head.Records}
	out.w = bufio.NewWriterSize(io.MultiWriter(w, out.sum), 1<<16)
	line, err := json.Marshal(head)
	if err != nil {
		return nil, fmt.Errorf("beginning a summary: %w", err)
	}
	fmt.Fprintf(out.w, "%s%s\n", magic, line) // bufio keeps the first error for Flush
	return out, nil
}

// Write appends r.
func (w *Writer) Write(r *Record) error {
	w.left--
	w.buf = encode(w.buf[:0], r)
	var frame [binary.MaxVarintLen64]byte
	w.w.Write(frame[:binary.PutUvarint(frame[:], uint64(len(w.buf)))])
	if _, err := w.w.Write(w.buf); err != nil {
		return fmt.Errorf("writing a record to a summary: %w", err)
	}
	return nil
}

// Close ends the summary with its checksum. It does not close what it writes to.
func (w *Writer) Close() error {
	if w.left != 0 {
		return fmt.Errorf("a summary is closed with %d records left to write: a defect of seatcast", w.left)
	}
	err := w.w.Flush()
	if err == nil {
		_, err = w.dst.Write(w.sum.Sum(nil))
	}
	if err != nil {
		return fmt.Errorf("ending a summary: %w", err)
	}
	return nil
}

// ErrDamaged is the error of a summary that was cut short or changed.
var ErrDamaged = errors.New("the summary is damaged")

// A Summary is a summary that was read, whose checksum is right.
type Summary struct {
	Head
	body []byte
}

// ReadSummary reads a whole summary from its bytes. The error is ErrDamaged.
func ReadSummary(data []byte) (*Summary, error) {
	end := len(data) - sha256.Size
	if end < len(magic) || string(data[:len(magic)]) != magic {
		return nil, ErrDamaged
	}
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:], data[end:]) {
		return nil, ErrDamaged
	}
	line, body, ok := bytes.Cut(data[len(magic):end], []byte("\n"))
	s := &Summary{body: body}
	if !ok || json.Unmarshal(line, &s.Head) != nil {
		return nil, ErrDamaged
	}
	return s, nil
}

// Each hands the records to f, in the order in which they were written. An error of
// f ends it and is returned.
func (s *Summary) Each(f func(Record) error) error {
	b := s.body
	for range s.Records {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return ErrDamaged
		}
		r, err := decode(b[size : size+int(n)])
		if err == nil {
			err = f(r)
		}
		if err != nil {
			return err
		}
		b = b[size+int(n):]
	}
	if len(b) > 0 {
		return ErrDamaged
	}
	return nil
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

func (d *decoder) integer() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		d.err, d.b = ErrDamaged, nil
		return 0
	}
	d.b = d.b[n:]
	return x
}

// length reads the length of a list, whose entries take a byte or more each.
func (d *decoder) length() int {
	n := d.integer()
	if n < 0 || n > int64(len(d.b)) {
		d.err, d.b = ErrDamaged, nil
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
		d.err, d.b = ErrDamaged, nil
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
		d.err = ErrDamaged
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
