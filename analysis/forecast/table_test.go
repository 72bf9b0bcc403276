package forecast

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	want := Table{First: 14, Step: 1, Horizon: 14, Scores: []Score{
		{Model: "seatcast", Origins: 37, MASE: 1.4, WIS: 0.88, CRPS: 0.97, Cover50: 0.64, Cover90: 1, Cases: 222, BaseRate: 0.4, Brier: 0.1, Miss: 0.08, Alarm: 0.13},
		{Model: "none, alas", Failed: 37},
	}}
	var b bytes.Buffer
	if err := want.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTable(bytes.NewReader(b.Bytes()))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v; wrote %+v", got, err, want)
	}
	for change, told := range map[[2]string]string{
		{"model,", "who,"}:         "line 1: is no table of scores",
		{"0.88", "-0.88"}:          `line 2: wis: "-0.88" is no score`,
		{"0.88", "NaN"}:            `line 2: wis: "NaN" is no score`,
		{"alas\",14", "alas\",15"}: "line 3: first, step and horizon differ",
		{",222,", ",many,"}:        `line 2: cases: "many" is no count`,
	} {
		text := strings.Replace(b.String(), change[0], change[1], 1)
		if _, err := ReadTable(strings.NewReader(text)); text == b.String() || err == nil || !strings.Contains(err.Error(), told) {
			t.Errorf("%q for %q: %v; want %s", change[1], change[0], err, told)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	var b bytes.Buffer
	if err := (Table{First: 6, Step: 1, Horizon: 5, Scores: []Score{{Model: "seatcast", Origins: 3, WIS: 0.5, Cases: 9}}}).Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := ReadTable(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := table.Write(&out); err != nil {
			t.Fatal(err)
		}
		again, err := ReadTable(&out)
		if err != nil || !reflect.DeepEqual(again, table) {
			t.Errorf("read again %+v, %v; want %+v", again, err, table)
		}
	})
}
