package scenarios

import (
	"strings"
	"testing"
	"testing/fstest"
)

const numbered = `
[study]
start = 2026-01-05

[tenants.t]
pools.premium = { seats = 20, price = 15 }
auto-claim = { enabled = true }
policies.p = { app = "rpa-attended", product = "premium" }
reclaim.premium = { idle-for = "1d12h" }

[tenants.t.users.crowd]
count = 30
adoption = "bass(p=0.002/day, q=0.03/day, ceiling=60%)"
leaves = "1%/month"
[tenants.t.users.crowd.does]
trigger-premium = "gamma(mean=3/week, shape=0.8)"
save-premium = "every(uniform(1d, 2w))"
use-rpa = "2/week"
`

// TestNumbers: every number has an address and is what is written there; with other
// values the scenario loads, and has them at the same addresses.
func TestNumbers(t *testing.T) {
	fsys := fstest.MapFS{"n.toml": {Data: []byte(numbered)}}
	numbers, err := Numbers(fsys, "n.toml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		path  string
		value float64
		unit  string
	}{
		{"pools.premium.price", 15, ""}, {"pools.premium.seats", 20, ""},
		{"users.crowd.adoption.p", 0.002, "/day"}, {"users.crowd.adoption.q", 0.03, "/day"}, {"users.crowd.adoption.ceiling", 60, "%"},
		{"users.crowd.count", 30, ""}, {"users.crowd.does.save-premium.a", 1, "d"}, {"users.crowd.does.save-premium.b", 2, "w"},
		{"users.crowd.does.trigger-premium.mean", 3, "/week"}, {"users.crowd.does.trigger-premium.shape", 0.8, ""},
		{"users.crowd.does.use-rpa", 2, "/week"}, {"users.crowd.leaves", 1, "%/month"}, {"reclaim.premium.idle-for", 1.5, "d"},
	}
	if len(numbers) != len(want) {
		t.Fatalf("%d numbers, want %d: %+v", len(numbers), len(want), numbers)
	}
	values := make([]float64, len(numbers))
	for i, n := range numbers {
		if n.Path != "tenants.t."+want[i].path || n.Value != want[i].value || n.Unit != want[i].unit {
			t.Errorf("%s = %v%s, want %+v", n.Path, n.Value, n.Unit, want[i])
		}
		values[i] = n.Value * 1.25
	}
	sets := Settings(numbers, values)
	changed, err := Numbers(fsys, "n.toml", Options{Set: sets})
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(sets, "\n"), err)
	}
	for i, n := range changed {
		if n.Path != numbers[i].Path || n.Value < 1.2*numbers[i].Value || n.Value > 1.3*numbers[i].Value {
			t.Errorf("%s = %v, want %v", n.Path, n.Value, values[i])
		}
	}
}

// TestNumbersAsTheyAre: every built-in scenario whose numbers are set to what they
// are is the same scenario.
func TestNumbersAsTheyAre(t *testing.T) {
	for _, b := range Builtins() {
		fsys, file, _ := Builtin(b.Name)
		numbers, err := Numbers(fsys, file, Options{})
		if err != nil || len(numbers) == 0 {
			t.Errorf("%s: %d numbers, %v", b.Name, len(numbers), err)
			continue
		}
		var values []float64
		for _, n := range numbers {
			values = append(values, n.Value)
		}
		was, err := Load(fsys, file, Options{Variants: []string{Base}})
		if err != nil {
			t.Fatal(err)
		}
		is, err := Load(fsys, file, Options{Variants: []string{Base}, Set: Settings(numbers, values)})
		if err != nil {
			t.Errorf("%s: %v", b.Name, err)
			continue
		}
		if was.Hash != is.Hash {
			t.Errorf("%s: another scenario by\n%s", b.Name, strings.Join(Settings(numbers, values), "\n"))
		}
	}
}
