package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The contract between whoever starts the processes of a study and the process:
// PartsVar is the number of parts n and must be set; the index of the part is in the
// variable that the engine sets by itself, or in PartVar where it sets none. ListVar
// is for engines that can only count 0…k-1: the index then picks from that list of
// parts, which is written as 0-3,7.
const (
	PartVar  = "SEATCAST_PART"
	PartsVar = "SEATCAST_PARTS"
	ListVar  = "SEATCAST_PART_LIST"
)

// An index is an environment variable by which an engine tells a process which
// one of many it is.
type index struct {
	name  string
	first int    // the index of the first process
	none  string // the value outside an array, where that is not an empty one
}

// indices are the variables, each as the manual of its engine has it:
//
//   - Slurm, sbatch(1): the numbers of --array; we write the parts there.
//   - Kubernetes, Job with completionMode Indexed: 0 … completions-1.
//   - AWS Batch, array jobs; Google Batch; Cloud Run jobs: from 0.
//   - Grid Engine, qsub(1) -t: from 1, and the word undefined outside an array.
//   - PBS Professional and OpenPBS (PBS_ARRAY_INDEX), Torque (PBS_ARRAYID): the numbers of -J or -t.
//   - LSF, bsub -J "name[1-n]": from 1, and 0 outside an array.
//   - Nomad, NOMAD_ALLOC_INDEX: from 0. Open MPI, OMPI_COMM_WORLD_RANK: from 0.
//   - GNU parallel, PARALLEL_SEQ: from 1.
//
// SLURM_ARRAY_TASK_COUNT and its like are never read: they count the parts that were
// submitted, which are fewer than n when only the missing ones were.
var indices = []index{
	{name: PartVar},
	{name: "SLURM_ARRAY_TASK_ID"},
	{name: "JOB_COMPLETION_INDEX"},
	{name: "AWS_BATCH_JOB_ARRAY_INDEX"},
	{name: "BATCH_TASK_INDEX"},
	{name: "CLOUD_RUN_TASK_INDEX"},
	{name: "SGE_TASK_ID", first: 1, none: "undefined"},
	{name: "PBS_ARRAY_INDEX"},
	{name: "PBS_ARRAYID"},
	{name: "LSB_JOBINDEX", first: 1, none: "0"},
	{name: "NOMAD_ALLOC_INDEX"},
	{name: "OMPI_COMM_WORLD_RANK"},
	{name: "PARALLEL_SEQ", first: 1},
}

// Part returns which part of how many this process is to compute, 0 ≤ i < n, as
// the environment says; ok is false where it says nothing at all. Half a statement, a
// value that is no index, and two variables that disagree are errors that name them.
func Part(getenv func(string) string) (i, n int, ok bool, err error) {
	source, position := "", 0
	for _, x := range indices {
		value := getenv(x.name)
		if value == "" || value == x.none {
			continue
		}
		at, err := number(x.name, value)
		if err != nil {
			return 0, 0, false, err
		}
		if at -= x.first; at < 0 {
			return 0, 0, false, fmt.Errorf("%s is %s, but it counts from %d", x.name, value, x.first)
		}
		if source != "" && at != position {
			return 0, 0, false, fmt.Errorf("%s is %s and %s is %s, which are different parts: unset one, or say --part", source, getenv(source), x.name, value)
		}
		if source == "" {
			source, position = x.name, at
		}
	}
	parts := getenv(PartsVar)
	switch {
	case source == "" && parts == "" && getenv(ListVar) == "":
		return 0, 0, false, nil
	case parts == "":
		set := source
		if set == "" {
			set = ListVar
		}
		return 0, 0, false, fmt.Errorf("%s is set, but not %s: of how many parts?", set, PartsVar)
	case source == "":
		return 0, 0, false, fmt.Errorf("%s is set, but no engine says which part this is: set %s, or say --part", PartsVar, PartVar)
	}
	if n, err = number(PartsVar, parts); err != nil {
		return 0, 0, false, err
	}
	if i, err = pick(getenv(ListVar), position, n, source); err != nil {
		return 0, 0, false, err
	}
	return i, n, true, nil
}

// pick returns the part at a position: itself, or what the list has there.
func pick(list string, position, n int, source string) (int, error) {
	if list == "" {
		if position >= n {
			return 0, fmt.Errorf("%s is part %d, but %s is %d: the parts are 0 to %d", source, position, PartsVar, n, n-1)
		}
		return position, nil
	}
	parts, err := parseParts(list, n)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", ListVar, err)
	}
	if position >= len(parts) {
		return 0, fmt.Errorf("%s is position %d, but %s has %d parts", source, position, ListVar, len(parts))
	}
	return parts[position], nil
}

// number reads a plain decimal number; others may read 010 or +1 in other ways.
func number(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || strconv.Itoa(n) != value || n < 0 {
		return 0, fmt.Errorf("%s is %q, which is not a whole number from 0", name, value)
	}
	return n, nil
}

// formatParts writes parts as 0-3,7, the way of sbatch --array.
func formatParts(parts []int) string {
	var b strings.Builder
	for i := 0; i < len(parts); {
		j := i
		for j+1 < len(parts) && parts[j+1] == parts[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, parts[i])
		if j > i {
			fmt.Fprintf(&b, "-%d", parts[j])
		}
		i = j + 1
	}
	return b.String()
}

// parseParts reads what formatParts wrote: ascending, none twice, all below n.
func parseParts(list string, n int) ([]int, error) {
	var parts []int
	for _, span := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(span, "-")
		lo, err := number("a part", from)
		if err != nil {
			return nil, err
		}
		hi := lo
		if isRange {
			if hi, err = number("a part", to); err != nil {
				return nil, err
			}
		}
		if hi < lo || hi >= n || len(parts) > 0 && lo <= parts[len(parts)-1] {
			return nil, fmt.Errorf("%q: want ascending parts below %d, as 0-3,7", span, n)
		}
		for p := lo; p <= hi; p++ {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// withoutParts removes the variables of the contract from an environment, so that a
// study which is submitted from inside another job is not taken for a part of it.
func withoutParts(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return name == PartsVar || name == ListVar || slices.ContainsFunc(indices, func(x index) bool { return x.name == name })
	})
}
