// Package rng hands out independent, reproducible streams of random numbers by
// address: seed, replication, tenant, segment, person, purpose, block.
//
// A stream depends on its address alone. Nothing that another stream does, and
// no policy under test, can move it: that is what makes two policies comparable
// on the same luck, workers interchangeable, and any part of a person's future
// available without the parts before.
package rng

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// A Key is an address in the space of streams.
type Key struct{ hi, lo uint64 }

// New returns the address of a seed.
func New(seed uint64) Key { return Key{0x243f6a8885a308d3, 0x13198a2e03707344}.Index(seed) }

// Name returns the address of the part called name below k. It hashes with
// SHA-256, so it is for setting up (some 100 ns), not for the hot path.
func (k Key) Name(name string) Key {
	buf := make([]byte, 16, 16+len(name))
	binary.LittleEndian.PutUint64(buf, k.hi)
	binary.LittleEndian.PutUint64(buf[8:], k.lo)
	sum := sha256.Sum256(append(buf, name...))
	return Key{binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:])}
}

// Word returns a number for a name, to be the index of its part.
func Word(name string) uint64 { return Key{}.Name(name).hi }

// Index returns the address of part number i below k, in a few nanoseconds. Both
// halves of k enter both halves of the result through a full 64-by-64-bit
// product and a finalizer, so neighbouring indices give unrelated streams;
// adding multiples of a constant to a seed would give overlapping ones.
func (k Key) Index(i uint64) Key {
	h1, l1 := bits.Mul64(k.hi^i^0xa0761d6478bd642f, k.lo^0xe7037ed1a0b428db)
	mixed := mix(h1 ^ l1 ^ i)
	return Key{mix(k.hi + mixed), mix(k.lo ^ bits.RotateLeft64(mixed, 32))}
}

// Order returns a number that orders the owners of keys fairly: no owner comes
// first in every replication.
func (k Key) Order() uint32 { return uint32(k.hi >> 32) }

// Stream returns the stream at k, at its start.
func (k Key) Stream() Stream { return Stream{k.hi ^ bits.RotateLeft64(k.lo, 17)} }

// Branch returns stream number i below k, in half the time that Index takes. It has
// nothing to do with the stream at k, nor with addresses below k.
func (k Key) Branch(i uint64) Stream { return Stream{mix(k.hi+(i+1)*golden) ^ k.lo} }

// Uniform returns the single number at k, in (0, 1).
func (k Key) Uniform() float64 { s := k.Stream(); return s.Uniform() }

// A Stream is a SplitMix64 generator (Steele, Lea, Flood 2014): eight bytes of
// state and about a nanosecond a number.
type Stream struct{ state uint64 }

// Uint64 returns the next 64 random bits.
func (s *Stream) Uint64() uint64 {
	s.state += golden
	return mix(s.state)
}

// golden is the step of SplitMix64: 2^64 over the golden ratio, made odd.
const golden = 0x9e3779b97f4a7c15

// Word returns number i of the stream, counted from where it stands, without the
// ones before: what Uint64 returns after i calls.
func (s Stream) Word(i uint64) uint64 { return mix(s.state + (i+1)*golden) }

// Skip returns the stream as it stands n numbers on.
func (s Stream) Skip(n uint64) Stream { return Stream{s.state + n*golden} }

// UniformAt returns the number that Uniform returns after i calls.
func (s Stream) UniformAt(i uint64) float64 { return unit(s.Word(i)) }

// Uniform returns the next number in the open interval (0, 1): the middle of one
// of 2^52 equal parts, which a float64 holds exactly, so that quantile functions
// are finite.
func (s *Stream) Uniform() float64 { return unit(s.Uint64()) }

func unit(word uint64) float64 { return (float64(word>>12) + 0.5) * 0x1p-52 }

// mix is the finalizer of SplitMix64 (variant 13 of Stafford).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
