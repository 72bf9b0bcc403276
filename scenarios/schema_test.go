package scenarios

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance returns a scenario as the validator takes it; ok is false where it is
// no TOML, or holds numbers that JSON has not.
func instance(t *testing.T, src []byte) (v any, ok bool) {
	t.Helper()
	var tree map[string]any
	if _, err := toml.Decode(string(src), &tree); err != nil {
		return nil, false
	}
	text, err := json.Marshal(jsonValue(tree))
	if err != nil {
		return nil, false
	}
	v, err = jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v, true
}

// The schema takes every scenario that Load takes, of the library and of the
// tests.
func TestSchemaTakes(t *testing.T) {
	schema := compile(t)
	files, err := fs.Glob(os.DirFS("."), "library/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range append(files, "testdata/northlake.toml") {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v, ok := instance(t, src)
		if !ok {
			t.Fatal(file)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The schema rejects the bad scenarios that say so, and no others: what it
// rejects beside them, Load would reject for another reason than the file tells.
func TestSchemaRejects(t *testing.T) {
	schema := compile(t)
	rejected := 0
	for _, file := range badFiles(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v, ok := instance(t, src)
		want := strings.Contains(string(src), "# A schema rejects it.")
		if !ok {
			if want {
				t.Errorf("%s: no JSON", file)
			}
			continue
		}
		if err := schema.Validate(v); (err != nil) != want {
			t.Errorf("%s: schema says %v, the file says that it rejects it: %v", file, err, want)
		}
		if want {
			rejected++
		}
	}
	if rejected < 30 {
		t.Errorf("only %d are rejected", rejected)
	}
}

// Every default and example of the format is right by its own key.
func TestKeys(t *testing.T) {
	var walk func(path string, s *spec)
	walk = func(path string, s *spec) {
		if s.doc == "" || !strings.HasSuffix(s.doc, ".") && !strings.HasSuffix(s.doc, "…") && s.name != "" {
			t.Errorf("%s: says %q", path, s.doc)
		}
		for what, value := range map[string]string{"default": s.def, "example": s.example} {
			if value == "" {
				continue
			}
			c := &checker{}
			n := (&node{}).fallback(&spec{name: "key", kind: s.kind, def: value, required: false})
			if n == nil {
				t.Fatalf("%s: %s", path, value)
			}
			n.value = weaveTest(n)
			c.check(n, s)
			for _, p := range c.problems {
				t.Errorf("%s: %s %s: %v", path, what, value, p)
			}
		}
		for i := range s.keys {
			walk(path+"."+s.keys[i].name, &s.keys[i])
		}
		if s.each != nil {
			walk(path+".*", s.each)
		}
	}
	walk("", scenarioKeys())
}

// weaveTest turns a decoded table into nodes.
func weaveTest(n *node) any {
	if v, ok := n.value.(map[string]any); ok {
		return (&positions{}).weave(v, nil)
	}
	return n.value
}
