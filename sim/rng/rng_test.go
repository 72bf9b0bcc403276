package rng

import (
	"math"
	"math/bits"
	"testing"
)

// TestAddressesAreDistinct visits the neighbours of addresses, where a weak hash
// would collide.
func TestAddressesAreDistinct(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(4) {
		for rep := range uint64(8) {
			tenant := New(seed).Index(rep).Name("northlake")
			for person := range uint64(2000) {
				s := tenant.Index(person).Index(3).Stream()
				if seen[s.state] {
					t.Fatalf("seed %d, replication %d, person %d: stream seen before", seed, rep, person)
				}
				seen[s.state] = true
			}
		}
	}
}

// TestStreamsAreIndependentOfUse draws from one stream and demands that no other moves.
func TestStreamsAreIndependentOfUse(t *testing.T) {
	k := New(7).Name("a").Index(5)
	first := k.Index(1).Uniform()
	other := k.Index(2).Stream()
	for range 100 {
		other.Uint64()
	}
	if got := k.Index(1).Uniform(); got != first {
		t.Fatalf("drawing elsewhere moved the stream: %v, then %v", first, got)
	}
}

// TestAvalanche flips each bit of an index and demands that half of the bits of
// the stream's start follow: the mean over 64×500 flips has a standard error of
// 4/sqrt(32000) = 0.022 bits; the tolerance is five of them.
func TestAvalanche(t *testing.T) {
	flipped, n := 0, 0
	for i := range uint64(500) {
		k := New(i)
		for bit := range 64 {
			a, b := k.Index(i).Stream(), k.Index(i^1<<bit).Stream()
			flipped += bits.OnesCount64(a.Uint64() ^ b.Uint64())
			n++
		}
	}
	if mean := float64(flipped) / float64(n); math.Abs(mean-32) > 0.112 {
		t.Fatalf("a flipped bit flips %.3f bits on average, want 32", mean)
	}
}

// TestUniformAcrossAddresses takes one number from each of 200,000 neighbouring
// addresses: a chi-square over 100 cells (99 degrees of freedom, mean 99,
// standard deviation 14.07; the tolerance is five), and serial correlation
// (standard error 1/sqrt(n); the tolerance is five).
func TestUniformAcrossAddresses(t *testing.T) {
	const n, cells = 200000, 100
	var count [cells]float64
	var serial, last float64
	k := New(11).Name("segment")
	for i := range uint64(n) {
		u := k.Index(i).Index(2).Uniform()
		if u <= 0 || u >= 1 {
			t.Fatalf("uniform number %v outside (0, 1)", u)
		}
		count[int(u*cells)]++
		serial += (u - 0.5) * (last - 0.5)
		last = u
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - n/cells) * (c - n/cells) / (n / cells)
	}
	if math.Abs(chi-99) > 5*14.07 {
		t.Errorf("chi-square %.1f, want 99 ± 70", chi)
	}
	if r := serial / n * 12; math.Abs(r) > 5/math.Sqrt(n) {
		t.Errorf("serial correlation %.5f between neighbouring addresses", r)
	}
}

// TestKnownAnswers pins the streams: published results depend on them.
func TestKnownAnswers(t *testing.T) {
	s := Stream{0}
	// The first outputs of SplitMix64 from state 0, as in the reference implementation.
	for i, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		if got := s.Uint64(); got != want {
			t.Errorf("output %d is %#x, want %#x", i, got, want)
		}
	}
}

// TestUniformIsOpen: the ends are out of reach of the extreme draws.
func TestUniformIsOpen(t *testing.T) {
	for want, bits := range map[float64]uint64{0x1p-53: 0, 1 - 0x1p-53: math.MaxUint64} {
		if got := (float64(bits>>12) + 0.5) * 0x1p-52; got != want || got <= 0 || got >= 1 {
			t.Errorf("the number of draw %#x is %v, want %v", bits, got, want)
		}
	}
}

func BenchmarkIndexUniform(b *testing.B) {
	k := New(1).Name("x")
	var sum float64
	for i := uint64(0); b.Loop(); i++ {
		sum += k.Index(i).Uniform()
	}
	_ = sum
}
