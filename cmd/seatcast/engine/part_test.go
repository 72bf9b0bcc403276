package engine

import (
	"maps"
	"strings"
	"testing"
)

func TestPart(t *testing.T) {
	for _, c := range []struct {
		env  string
		i, n int
		says string // in the error; "none" where there is no part
	}{
		{"", 0, 0, "none"},
		{"SGE_TASK_ID=undefined LSB_JOBINDEX=0", 0, 0, "none"},
		{"SEATCAST_PART=2 SEATCAST_PARTS=3", 2, 3, ""},
		{"SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=3 SEATCAST_PARTS=8", 7, 8, ""},
		{"JOB_COMPLETION_INDEX=0 SEATCAST_PARTS=1", 0, 1, ""},
		{"JOB_COMPLETION_INDEX=2 SEATCAST_PARTS=9 SEATCAST_PART_LIST=0-1,7-8", 7, 9, ""},
		{"AWS_BATCH_JOB_ARRAY_INDEX=1 SEATCAST_PARTS=2", 1, 2, ""},
		{"BATCH_TASK_INDEX=1 SEATCAST_PARTS=2", 1, 2, ""},
		{"CLOUD_RUN_TASK_INDEX=1 CLOUD_RUN_TASK_COUNT=9 SEATCAST_PARTS=2", 1, 2, ""},
		{"SGE_TASK_ID=1 SEATCAST_PARTS=2", 0, 2, ""},
		{"PBS_ARRAY_INDEX=1 SEATCAST_PARTS=2", 1, 2, ""},
		{"PBS_ARRAYID=1 SEATCAST_PARTS=2", 1, 2, ""},
		{"LSB_JOBINDEX=2 SEATCAST_PARTS=2", 1, 2, ""},
		{"NOMAD_ALLOC_INDEX=0 SEATCAST_PARTS=2", 0, 2, ""},
		{"OMPI_COMM_WORLD_RANK=1 SEATCAST_PARTS=2", 1, 2, ""},
		{"PARALLEL_SEQ=2 SEATCAST_PARTS=2", 1, 2, ""},
		{"PARALLEL_SEQ=2 SEATCAST_PART=1 SEATCAST_PARTS=2", 1, 2, ""},
		{"SLURM_ARRAY_TASK_ID=3", 0, 0, "SLURM_ARRAY_TASK_ID is set, but not SEATCAST_PARTS"},
		{"SEATCAST_PARTS=3", 0, 0, "no engine says"},
		{"SEATCAST_PART_LIST=3", 0, 0, "SEATCAST_PART_LIST is set"},
		{"SLURM_ARRAY_TASK_ID=3 JOB_COMPLETION_INDEX=4 SEATCAST_PARTS=8", 0, 0, "SLURM_ARRAY_TASK_ID is 3 and JOB_COMPLETION_INDEX is 4"},
		{"SLURM_ARRAY_TASK_ID=8 SEATCAST_PARTS=8", 0, 0, "the parts are 0 to 7"},
		{"SLURM_ARRAY_TASK_ID=-1 SEATCAST_PARTS=8", 0, 0, "SLURM_ARRAY_TASK_ID"},
		{"SLURM_ARRAY_TASK_ID=01 SEATCAST_PARTS=8", 0, 0, "SLURM_ARRAY_TASK_ID"},
		{"JOB_COMPLETION_INDEX=x SEATCAST_PARTS=8", 0, 0, "JOB_COMPLETION_INDEX"},
		{"SGE_TASK_ID=0 SEATCAST_PARTS=8", 0, 0, "counts from 1"},
		{"SEATCAST_PART=0 SEATCAST_PARTS=0", 0, 0, "SEATCAST_PARTS"},
		{"SEATCAST_PART=0 SEATCAST_PARTS=1e3", 0, 0, "SEATCAST_PARTS"},
		{"SEATCAST_PART=4 SEATCAST_PARTS=9 SEATCAST_PART_LIST=0-1,7-8", 0, 0, "has 4 parts"},
		{"SEATCAST_PART=0 SEATCAST_PARTS=8 SEATCAST_PART_LIST=7-8", 0, 0, "SEATCAST_PART_LIST"},
		{"SEATCAST_PART=0 SEATCAST_PARTS=9 SEATCAST_PART_LIST=7,3", 0, 0, "ascending"},
	} {
		env := map[string]string{}
		for _, word := range strings.Fields(c.env) {
			name, value, _ := strings.Cut(word, "=")
			env[name] = value
		}
		i, n, ok, err := Part(func(name string) string { return env[name] })
		switch {
		case c.says == "none" && (ok || err != nil), c.says == "" && (!ok || err != nil || i != c.i || n != c.n),
			c.says != "none" && c.says != "" && (err == nil || ok || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%v: %d of %d, %v, %v; want %d of %d, %s", maps.Clone(env), i, n, ok, err, c.i, c.n, c.says)
		}
	}
}

// FuzzParts: a list that is read is written as it was, and is what it should be.
func FuzzParts(f *testing.F) {
	for _, s := range []string{"0", "0-3,7", "1,2", "3-2", "-1", "0-99999999999999999999", "5,5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		parts, err := parseParts(list, 1000)
		if err != nil {
			return
		}
		again, err := parseParts(formatParts(parts), 1000)
		if err != nil || len(again) != len(parts) {
			t.Fatalf("%q: %v, again %v, %v", list, parts, again, err)
		}
		for i, p := range parts {
			if p != again[i] || p < 0 || p >= 1000 || i > 0 && p <= parts[i-1] {
				t.Fatalf("%q: %v", list, parts)
			}
		}
	})
}
