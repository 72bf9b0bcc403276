package exports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"seatcast/scenarios"
)

// importAll makes an import of files of any bytes. It must end in Problems that name a file, or in a
// scenario in TOML, with every row accounted for.
func importAll(t *testing.T, p scenarios.Products, opt Options, files ...[]byte) *Import {
	t.Helper()
	var all []Source
	for k, data := range files {
		all = append(all, source(string(rune('a'+k)), data))
	}
	opt.Today = today
	i, err := newTenant(p, opt).read(all)
	if err != nil {
		if !errors.As(err, new(Problems)) || strings.Contains(err.Error(), "\x00") {
			t.Fatalf("error %v", err)
		}
		return nil
	}
	var any map[string]any
	if err := toml.Unmarshal([]byte(written(t, i)[ScenarioFile]), &any); err != nil {
		t.Fatalf("%v\n%s", err, written(t, i)[ScenarioFile])
	}
	skipped := map[string]int{}
	for _, s := range i.Report.Skips {
		skipped[s.File] += s.Rows
	}
	for _, r := range i.Report.Read {
		skipped[r.File] -= r.Skipped
	}
	for name, n := range skipped {
		if n != 0 {
			t.Fatalf("%s: %d rows are counted and not listed", name, n)
		}
	}
	return i
}

// rows returns how many rows of JSON a report has of the first file.
func rows(i *Import) (n int) {
	for _, r := range i.Report.Read {
		if r.File == "a" {
			n += r.Used + r.Skipped
		}
	}
	return n
}

// FuzzJSON reads any JSON. Where it is an array, or one object with an array of
// values, each element is a row that was used or skipped.
func FuzzJSON(f *testing.F) {
	for name, data := range shapes(f) {
		if strings.HasSuffix(name, ".json") {
			f.Add(data)
		}
	}
	purview := logs([]halfRow{{who: "a", change: true}, {who: "a", second: 1, after: premiumGUID}})
	f.Add(purview["Purview, JSON"]["a.json"])
	f.Add(purview["Purview, PowerShell"]["a.json"])
	f.Add([]byte(`[{"@odata.context":"x","value":[{"skuId":"x","prepaidUnits":{}}]}]`))
	p := products(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		i := importAll(t, p, Options{Start: today}, data)
		var list []json.RawMessage
		if i == nil || json.Unmarshal(data, &list) != nil || bytes.Contains(bytes.ToLower(data), []byte("value")) {
			return
		}
		if got := rows(i); got != len(list) {
			t.Fatalf("%d rows are accounted for, of %d", got, len(list))
		}
	})
}

// FuzzCSV reads any CSV.
func FuzzCSV(f *testing.F) {
	for name, data := range shapes(f) {
		if strings.HasSuffix(name, ".csv") {
			f.Add(string(data))
			f.Add(string(separated(name, data, ";")))
		}
	}
	f.Add(string(logs([]halfRow{{who: "a", change: true}, {who: "a", second: 1, after: premiumGUID}})["Purview, CSV"]["a.csv"]))
	f.Add("sep=;\r\ndate;seats\r\n2026-01-01;1.000\r\n")
	f.Add("seat_id,checkout,checkin\na,2026-03-29 01:59:59,\nb,2026-03-29 02:30:00,2026-03-29 09:00:00\n")
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		f.Fatal(err)
	}
	p := products(f)
	f.Fuzz(func(t *testing.T, data string) {
		importAll(t, p, Options{Zone: zone, KeepNames: true}, []byte(data))
		importAll(t, p, Options{Zone: zone, Start: today, Key: []byte("0123456789abcdef")}, []byte(data))
	})
}

// FuzzText unpacks and decodes any bytes; lines are counted as there are line
// breaks.
func FuzzText(f *testing.F) {
	for form, convert := range forms {
		f.Add(convert(f, form, []byte("[\n{}\n]")))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := newText(bytes.NewReader(data))
		if err != nil {
			return
		}
		got, err := io.ReadAll(io.LimitReader(text, maxRecord))
		if err == nil && text.line(text.size) != 1+bytes.Count(got, []byte("\n")) {
			t.Fatalf("line %d, want %d", text.line(text.size), 1+bytes.Count(got, []byte("\n")))
		}
	})
}

// FuzzImport mixes two exports; the scenario that they make must load.
func FuzzImport(f *testing.F) {
	all := shapes(f)
	for _, a := range sortedKeys(all) {
		for _, b := range sortedKeys(all) {
			f.Add(all[a], all[b], int64(20_000))
		}
	}
	p := products(f)
	f.Fuzz(func(t *testing.T, a, b []byte, start int64) {
		day := day(start % 40_000).date()
		if day.Year() < minYear {
			day = time.Time{}
		}
		i := importAll(t, p, Options{Start: day, Key: []byte("0123456789abcdef")}, a, b)
		if i == nil {
			return
		}
		if _, err := tryLoad(written(t, i), scenarios.Options{}); err != nil {
			t.Fatalf("%v\n%s", err, written(t, i)[ScenarioFile])
		}
	})
}
