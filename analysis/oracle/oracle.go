// Package oracle has the cases whose answers are known exactly, from closed forms or
// from replays of real logs, and cross-checked outside of this program. Only tests
// read it.
package oracle

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
)

//go:embed oracles.json
var cases []byte

// Expected decodes what a case of oracles.json expects.
func Expected[T any](t testing.TB, id string) T {
	t.Helper()
	return Field[T](t, id, "expected")
}

// Field decodes one field of a case, such as its inputs.
func Field[T any](t testing.TB, id, field string) (value T) {
	t.Helper()
	var file struct {
		Cases map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(cases, &file); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file.Cases[id][field], &value); err != nil {
		t.Fatalf("oracles.json: case %s: %s: %v", id, field, err)
	}
	return value
}

// Near fails unless got is within an absolute tolerance of want.
func Near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.15g, want %.15g ± %g", what, got, want, tolerance)
	}
}
