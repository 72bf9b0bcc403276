package parquet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"seatcast/output/column"
)

var columns = slices.Concat(column.Integer.Named("replication"), column.Text.Named("variant", "user"), column.Number.Named("cost"),
	column.Date.Named("date"), column.Time.Named("at"))

// table has rows of every type, null among them, over more than one row group.
func table(rows int) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(columns.Names())
	start := time.Date(2026, 3, 28, 22, 0, 0, 123_456_789, time.FixedZone("", 3600))
	for i := range rows {
		row := []string{strconv.Itoa(i), []string{"base", `a "b", c`, "=1+1", "é\nx"}[i%4], "makers-" + strconv.Itoa(i*7919%rows), strconv.FormatFloat(float64(i)/7, 'g', -1, 64),
			start.AddDate(0, 0, i%400-200).Format(time.DateOnly), start.Add(time.Duration(i) * time.Minute).Format(time.RFC3339Nano)}
		row[1+i%5] = "" // the number of the row stays, and all others are null at times
		w.Write(row)
	}
	w.Write([]string{"-9223372036854775808", "", "", "-0.1", "1969-12-31", "1969-12-31T23:59:59.9999999Z"})
	w.Flush()
	return b.Bytes()
}

func convert(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, bytes.NewReader(data), columns); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// cell returns a value as the CSV file has it, a time in UTC to the microsecond.
func cell(v parquet.Value, t column.Type) string {
	switch {
	case v.IsNull():
		return ""
	case t == column.Integer:
		return strconv.FormatInt(v.Int64(), 10)
	case t == column.Number:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64)
	case t == column.Date:
		return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
	case t == column.Time:
		return time.UnixMicro(v.Int64()).UTC().Format(time.RFC3339Nano)
	}
	return string(v.ByteArray())
}

// inUTC writes the times of a row as cell does.
func inUTC(row []string) []string {
	row = slices.Clone(row)
	for i, c := range columns {
		if at, err := time.Parse(time.RFC3339, row[i]); err == nil && c.Type == column.Time {
			row[i] = time.UnixMicro(at.UnixMicro()).UTC().Format(time.RFC3339Nano)
		}
	}
	return row
}

// TestSameTable reads back what was written: the columns of the CSV file in their
// order with their types, and its values row for row.
func TestSameTable(t *testing.T) {
	data := table(groupRows + 1000)
	want, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	made := convert(t, data)
	f, err := parquet.OpenFile(bytes.NewReader(made), int64(len(made)))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.RowGroups()); n != 2 {
		t.Errorf("%d row groups, want 2", n)
	}
	var fields []string
	for _, field := range f.Schema().Fields() {
		fields = append(fields, field.Name()+" "+field.Type().String())
	}
	if got, want := strings.Join(fields, "; "), "replication INT(64,true); variant STRING; user STRING; cost DOUBLE; date DATE; at TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)"; got != want {
		t.Errorf("columns %s\nwant    %s", got, want)
	}
	r := parquet.NewGenericReader[any](f)
	defer r.Close()
	got := make([]parquet.Row, 1)
	for i, row := range want[1:] {
		if n, err := r.ReadRows(got); n != 1 {
			t.Fatalf("row %d of %d: %v", i, len(want)-1, err)
		}
		for j, v := range got[0] {
			if c := cell(v, columns[j].Type); c != inUTC(row)[j] {
				t.Fatalf("row %d: %s is %q, want %q", i, columns[j].Name, c, inUTC(row)[j])
			}
		}
	}
	if n, err := r.ReadRows(got); n != 0 || err != io.EOF {
		t.Errorf("there are more rows than in the CSV file")
	}
}

// TestSameBytes: what is in memory has no say in the file.
func TestSameBytes(t *testing.T) {
	data := table(3000)
	if a, b := convert(t, data), convert(t, data); !bytes.Equal(a, b) {
		t.Error("the same table gives other bytes")
	}
	empty := []byte(strings.Join(columns.Names(), ",") + "\n")
	if _, err := parquet.OpenFile(bytes.NewReader(convert(t, empty)), int64(len(convert(t, empty)))); err != nil {
		t.Errorf("a table without rows cannot be opened: %v", err)
	}
}

// A peak keeps the most memory that was in use while a file was written.
type peak struct{ most uint64 }

// Write looks at the memory in use.
func (p *peak) Write(b []byte) (int, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapInuse)
	return len(b), nil
}

// TestBoundedMemory: eight times as many rows, with no cell that repeats, take no
// more than twice the memory.
func TestBoundedMemory(t *testing.T) {
	use := func(rows int) uint64 {
		in, out := io.Pipe()
		go func() {
			fmt.Fprintln(out, strings.Join(columns.Names(), ","))
			for i := range rows {
				fmt.Fprintf(out, "%d,base,makers-%d,%d.5,2026-01-05,2026-01-05T00:00:00Z\n", i, i, i)
			}
			out.Close()
		}()
		runtime.GC()
		p := &peak{}
		if err := Write(p, in, columns); err != nil {
			t.Fatal(err)
		}
		return p.most
	}
	small, large := use(groupRows), use(8*groupRows)
	t.Logf("%d MB at %d rows, %d MB at %d", small>>20, groupRows, large>>20, 8*groupRows)
	if large > 2*small {
		t.Errorf("%d rows take %d MB, eight times as many %d MB", groupRows, small>>20, large>>20)
	}
}

func TestWrongCells(t *testing.T) {
	head := strings.Join(columns.Names(), ",") + "\n"
	for _, c := range []struct{ in, want string }{
		{"", "header: EOF"},
		{"a,b\n1,2\n", `line 1: the header is ["a" "b"]: want`},
		{head + "1,b,u,2,2026-01-05,2026-01-05T00:00:00Z\n1.5,b,u,x,2026-02-30,noon\n", "line 3: replication: \"1.5\" is not a whole number\n" +
			"cost: \"x\" is not a number\ndate: \"2026-02-30\": want a date such as 2026-06-03\nat: \"noon\": want a time such as"},
		{head + "1,b\n", "wrong number of fields"},
	} {
		if err := Write(io.Discard, strings.NewReader(c.in), columns); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.in, err, c.want)
		}
	}
}

// TestOtherReader opens a file with hyparquet, a reader in JavaScript that shares no
// code with the writer, where it is installed (npm install -g hyparquet).
func TestOtherReader(t *testing.T) {
	found, err := exec.Command("npm", "root", "-g").Output()
	reader := filepath.Join(strings.TrimSpace(string(found)), "hyparquet", "src", "node.js")
	if _, statErr := os.Stat(reader); err != nil || statErr != nil {
		t.Skip("skipped: there is no other program to read Parquet here; npm install -g hyparquet brings one")
	}
	data := table(5000)
	name := filepath.Join(t.TempDir(), "table.parquet")
	if err := os.WriteFile(name, convert(t, data), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("node", "--input-type=module", "--eval", `
const { asyncBufferFromFile, parquetReadObjects } = await import(process.argv[1])
for (const row of await parquetReadObjects({ file: await asyncBufferFromFile(process.argv[2]) })) {
	console.log(JSON.stringify(Object.entries(row).map(([name, v]) => [name,
		v === null ? '' : v instanceof Date ? (name === 'date' ? v.toISOString().slice(0, 10) : v.toISOString()) : String(v)])))
}`, reader, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(want)-1 {
		t.Fatalf("%d rows, want %d", len(lines), len(want)-1)
	}
	for i, line := range lines[:len(lines)-1] { // of the last row, hyparquet rounds the time towards 1970
		var got [][2]string
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		for j, c := range columns {
			cell := want[i+1][j]
			if at, err := time.Parse(time.RFC3339, cell); err == nil && c.Type == column.Time {
				cell = at.UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z") // as a Date of JavaScript has it
			}
			same := got[j][1] == cell
			if x, err := strconv.ParseFloat(got[j][1], 64); err == nil && c.Type == column.Number {
				y, err := strconv.ParseFloat(cell, 64)
				same = err == nil && x == y
			}
			if got[j][0] != c.Name || !same {
				t.Fatalf("row %d: %q, want %s %q", i, got[j], c.Name, cell)
			}
		}
	}
}
