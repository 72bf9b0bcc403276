package folder

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"program":{"name":"seatcast"},"start":"2026-01-05","days":3,"variants":[{"name":"base","tenants":[{"name":"a","time_zone":"UTC"}]}],"files":[{"name":"x","size":1}]}`))
	f.Add([]byte(`{"format":1,"program":{"name":"seatcast"},"days":36525,"start":"2026-01-05","variants":[{"tenants":[{"time_zone":"Europe/Oslo"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			return
		}
		m.study() // any answer but a panic
		first, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseManifest(first)
		if err != nil {
			t.Fatalf("what was read once can't be read again: %v", err)
		}
		if second, _ := again.encode(); !bytes.Equal(first, second) {
			t.Fatalf("%s\nreads back as\n%s", first, second)
		}
	})
}

func TestManifestErrors(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"{\n\n\"format\": ", "line 3: unexpected end"},
		{`{"format": "1"}`, "line 1"},
		{`{"program": {"name": "excel"}}`, `program "excel": not a result folder of seatcast`},
		{`{"format": 7, "program": {"name": "seatcast"}}`, "format 7: this version of seatcast reads format 1"},
		{`{"format": 1, "program": {"name": "seatcast"}, "days": 4000000}`, "days 4000000"},
	} {
		if _, err := parseManifest([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.data, err, c.want)
		}
	}
	m := manifest{Files: []fileInfo{{Name: "../../etc/passwd"}}, Start: "2026-01-05"}
	if _, err := m.result(t.TempDir()); err == nil || !strings.Contains(err.Error(), "outside the folder") {
		t.Errorf("a manifest that points outside: error %v", err)
	}
}
