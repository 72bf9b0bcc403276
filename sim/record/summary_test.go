package record

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"seatcast/sim/clock"
)

func randomRecord(rng *rand.Rand, replication int) Record {
	series := func() []int32 {
		xs := make([]int32, 5)
		for i := range xs {
			xs[i] = rng.Int32() - 1<<30
		}
		return xs
	}
	r := Record{Variant: rng.IntN(3), Replication: replication, Tenants: make([]Tenant, rng.IntN(3))}
	for i := range r.Tenants {
		t := &r.Tenants[i]
		t.Pools, t.Policies, t.Outcomes, t.People = make([]Pool, rng.IntN(3)), make([]Policy, rng.IntN(3)), []int64{1, rng.Int64(), -rng.Int64()}, []int64{rng.Int64()}
		for j := range t.Pools {
			t.Pools[j] = Pool{Assigned: series(), Seats: series(), Refused: series(), Users: series(),
				Exhausted: clock.Never, FirstRefusal: clock.Time(rng.Int64()), Peak: rng.Int32(), Claims: rng.Int64(),
				RefusedClaims: rng.Int64(), RefusedUsers: rng.Int64(), BlockedMs: rng.Int64(), IdleMs: rng.Int64(), Cost: rng.NormFloat64()}
		}
		for j := range t.Policies {
			t.Policies[j] = Policy{Claims: rng.Int64(), Backups: rng.Int64(), ByAction: []int64{rng.Int64(), 0}}
		}
	}
	return r
}

// summary returns the bytes of a summary of n random records.
func summary(t testing.TB, n int) (b []byte, records []Record) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var buf bytes.Buffer
	w, err := NewWriter(&buf, Head{Plan: "abc", Shard: 7, Build: "this", Records: n})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		r := randomRecord(rng, i)
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes(), records
}

func read(b []byte) (head Head, out []Record, err error) {
	s, err := ReadSummary(b)
	if err != nil {
		return head, nil, err
	}
	err = s.Each(func(r Record) error { out = append(out, r); return nil })
	return s.Head, out, err
}

func TestSummary(t *testing.T) {
	b, want := summary(t, 8)
	head, got, err := read(b)
	if err != nil || head != (Head{"abc", 7, "this", 8}) || !reflect.DeepEqual(got, want) {
		t.Fatalf("read back: %+v, %d records, %v", head, len(got), err)
	}
}

// TestSummaryDamaged cuts a summary at every length, as a kill may, and flips each of
// its bytes: it is damaged, and no record comes back.
func TestSummaryDamaged(t *testing.T) {
	b, _ := summary(t, 4)
	for i := range b {
		flipped := bytes.Clone(b)
		flipped[i] ^= 0x10
		for _, damaged := range [][]byte{b[:i], flipped} {
			if _, got, err := read(damaged); !errors.Is(err, ErrDamaged) || got != nil {
				t.Fatalf("byte %d: %d records, %v", i, len(got), err)
			}
		}
	}
	if _, _, err := read(append(bytes.Clone(b), 'x')); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte more: %v", err)
	}
}

// TestSummaryUnfinished: a summary that lacks records has no end.
func TestSummaryUnfinished(t *testing.T) {
	w, err := NewWriter(&bytes.Buffer{}, Head{Records: 1})
	if err != nil {
		t.Fatal(err)
	}
	if w.Close() == nil {
		t.Error("closed without its record")
	}
}

// FuzzSummary reads what is no summary, and what only has the right checksum.
func FuzzSummary(f *testing.F) {
	b, _ := summary(f, 2)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		read(b)
		if len(b) > sha256.Size {
			b = b[:len(b)-sha256.Size]
		}
		sum := sha256.Sum256(b)
		if head, got, err := read(append(b, sum[:]...)); err == nil && head.Records != len(got) {
			t.Fatalf("%d records of %d", len(got), head.Records)
		}
	})
}
