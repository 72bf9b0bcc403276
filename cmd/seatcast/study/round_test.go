package study

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"seatcast/sim"
)

func TestCut(t *testing.T) {
	cell := func(from, to int, work int64) Cell {
		return Cell{World: World{Variant: "base"}, From: from, To: to, Work: work}
	}
	for _, c := range []struct {
		cells []Cell
		want  []int // sizes
	}{
		{[]Cell{cell(0, 10, 1)}, []int{10}},
		{[]Cell{cell(0, 3, 2*shardWork)}, []int{1, 1, 1}},
		{[]Cell{cell(0, 5, shardWork/2)}, []int{2, 2, 1}},
		{[]Cell{cell(0, 3000, 1), cell(0, 3000, 1)}, []int{4096, 1904}},
		{[]Cell{cell(5, 5, 1), cell(7, 9, shardWork-1)}, []int{1, 1}},
	} {
		r := &Round{Number: 1, Cells: c.cells}
		if err := r.plan(); err != nil {
			t.Fatal(err)
		}
		var got []int
		var jobs, want []sim.Job
		for _, s := range r.shards {
			got, jobs = append(got, s.size()), s.jobs(jobs)
		}
		for i, cell := range c.cells {
			for rep := cell.From; rep < cell.To; rep++ {
				want = append(want, sim.Job{Variant: i, Replication: rep})
			}
		}
		if !reflect.DeepEqual(got, c.want) || !reflect.DeepEqual(jobs, want) {
			t.Errorf("%+v: cut into %v, want %v", c.cells, got, c.want)
		}
		if again, err := ReadRound(bytes.NewReader(r.encode())); err != nil || !r.same(r.encode()) || !reflect.DeepEqual(again.shards, r.shards) {
			t.Errorf("%+v: not read back (%v)", c.cells, err)
		}
	}
}

func TestRanges(t *testing.T) {
	for want, numbers := range map[string][]int{"": nil, "3": {3}, "3,7-9": {3, 7, 8, 9}, "0-1": {0, 1}} {
		if got := Ranges(numbers); got != want {
			t.Errorf("%v: %s, want %s", numbers, got, want)
		}
	}
}

// FuzzReadRound reads what is no plan: what is taken covers each replication once.
func FuzzReadRound(f *testing.F) {
	f.Add(`{"study":"a","number":1,"cells":[{"scenario":0,"variant":"base","from":0,"to":20,"work":16720}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ReadRound(strings.NewReader(text))
		if err != nil {
			return
		}
		all, got := 0, 0
		for _, c := range r.Cells {
			all += c.To - c.From
		}
		for i := range r.shards {
			got += r.shards[i].size()
		}
		if all != got {
			t.Fatalf("%d replications in shards, %d planned", got, all)
		}
	})
}
