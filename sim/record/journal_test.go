package record

import (
	"bytes"
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

// journal returns a journal of n random records and the offsets at which they end.
func journal(t testing.TB, n int) (b []byte, records []Record, ends []int64) {
	rng := rand.New(rand.NewPCG(1, 2))
	var buf bytes.Buffer
	w, err := NewWriter(&buf, "abc", false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		r := randomRecord(rng, i)
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
		records, ends = append(records, r), append(ends, int64(buf.Len()))
	}
	return buf.Bytes(), records, ends
}

func read(b []byte, hash string) (out []Record, sound int64, err error) {
	sound, err = Read(bytes.NewReader(b), hash, func(r Record) error { out = append(out, r); return nil })
	return out, sound, err
}

// TestJournalCutShort cuts a journal at every length, as a kill may: the records
// that are whole come back, and nothing else.
func TestJournalCutShort(t *testing.T) {
	b, want, ends := journal(t, 8)
	for cut := range len(b) + 1 {
		whole := 0
		for whole < len(ends) && ends[whole] <= int64(cut) {
			whole++
		}
		got, sound, err := read(b[:cut], "abc")
		if err != nil || len(got) != whole || whole > 0 && (!reflect.DeepEqual(got, want[:whole]) || sound != ends[whole-1]) {
			t.Fatalf("cut at %d: %d records, sound up to %d, %v; want %d records", cut, len(got), sound, err, whole)
		}
	}
}

// TestJournalDamaged flips each byte: a damaged record never comes back changed.
func TestJournalDamaged(t *testing.T) {
	b, want, _ := journal(t, 4)
	for i := range b {
		damaged := bytes.Clone(b)
		damaged[i] ^= 0x10
		got, _, err := read(damaged, "abc")
		if err != nil && !errors.Is(err, ErrOtherStudy) {
			t.Fatal(err)
		}
		if len(got) > 0 && !reflect.DeepEqual(got, want[:len(got)]) || len(got) == len(want) {
			t.Fatalf("byte %d flipped: %d records came back", i, len(got))
		}
	}
}

func TestJournalOfAnotherStudy(t *testing.T) {
	b, _, _ := journal(t, 1)
	if _, _, err := read(b, "abd"); !errors.Is(err, ErrOtherStudy) {
		t.Fatalf("got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	b, _, _ := journal(f, 2)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, sound, _ := read(b, "abc"); sound > int64(len(b)) {
			t.Fatalf("sound up to %d of %d bytes", sound, len(b))
		}
	})
}
