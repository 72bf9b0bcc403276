package analysis

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// oracle reads one case of testdata/oracles.json, exact answers that were computed
// and cross-checked outside of this program.
func oracle[T any](t *testing.T, id string) (expected T) {
	t.Helper()
	return oracleField[T](t, id, "expected")
}

func oracleField[T any](t *testing.T, id, field string) (value T) {
	t.Helper()
	src, err := os.ReadFile("testdata/oracles.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]map[string]json.RawMessage
	if err := json.Unmarshal(src, &cases); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(cases[id][field], &value); err != nil {
		t.Fatalf("oracle %s: %s: %v", id, field, err)
	}
	return value
}

// near fails unless got is within an absolute tolerance of want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.15g, want %.15g ± %g", what, got, want, tolerance)
	}
}
