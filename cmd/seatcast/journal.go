package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"seatcast/sim/record"
)

// A journal keeps the finished replications of a run on disk, beside the place
// of its result folder: what was finished survives a stop, and memory does not
// grow with replications.
type journal struct {
	name     string
	hash     string
	file     *os.File
	w        *record.Writer
	finished int  // replications
	keep     bool // after a run that failed, to carry on from
}

// openJournal begins the journal of a study, or carries on with one.
func openJournal(dir string, st *study, resume bool) (*journal, error) {
	dir, err := filepath.Abs(dir) // also without a slash at its end
	if err != nil {
		return nil, fmt.Errorf("opening the journal of finished replications: %w", err)
	}
	version, commit := build()
	j := &journal{
		name: filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".journal"),
		hash: fmt.Sprintf("%s seed %d replications %d%s version %s commit %s", st.Hash, st.Seed, st.rule.Replications, st.aims(), version, commit),
	}
	flags := os.O_RDWR | os.O_CREATE
	if !resume {
		os.Remove(j.name) // a new file: another run to the same folder may still write to the old one
		flags |= os.O_EXCL
	}
	if j.file, err = os.OpenFile(j.name, flags, 0o666); err != nil {
		return nil, fmt.Errorf("opening the journal of finished replications: %w", err)
	}
	sound := int64(0)
	if resume {
		if sound, err = j.carryOn(st); err != nil {
			j.keep = true
			j.close()
			return nil, err
		}
	}
	if j.w, err = record.NewWriter(j.file, j.hash, sound > 0); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

// carryOn finds out what is finished, and cuts off what a stop left half-written.
func (j *journal) carryOn(st *study) (sound int64, err error) {
	sound, err = record.Read(j.file, j.hash, func(r record.Record) error {
		if j.finished == len(st.jobs) {
			if _, err := st.extend(); err != nil {
				return err
			}
		}
		if j.finished >= len(st.jobs) || r.Variant != st.jobs[j.finished].Variant || r.Replication != st.jobs[j.finished].Replication {
			return record.ErrOtherStudy
		}
		j.finished++
		return st.stopper.Add(r)
	})
	if errors.Is(err, record.ErrOtherStudy) {
		return 0, wrong("cannot resume from %s: %w; run without --resume to start anew", j.name, err)
	}
	if err != nil {
		return 0, fmt.Errorf("reading the journal of finished replications: %w", err)
	}
	if err := j.file.Truncate(sound); err != nil {
		return 0, fmt.Errorf("carrying on with the journal: %w", err)
	}
	j.keep = j.finished > 0
	_, err = j.file.Seek(sound, io.SeekStart)
	return sound, err
}

// aims writes what decides how many replications the study has.
func (st *study) aims() string {
	s := ""
	for _, t := range st.rule.Targets {
		s += fmt.Sprintf(" precision %s %v %t", t.Metric, t.Width, t.Relative)
	}
	if q := st.rule.Question; q != nil {
		s += fmt.Sprintf(" choose by %s %q %q confidence %v indifference %v budget %d", q.Metric, q.Pool, q.ByText(), q.Confidence, q.Indifference, q.Budget)
	}
	return s
}

// add keeps a finished replication.
func (j *journal) add(r *record.Record) error {
	if err := j.w.Write(r); err != nil {
		return err
	}
	j.finished++
	j.keep = true
	return nil
}

// read hands every replication to f.
func (j *journal) read(f func(record.Record) error) error {
	n := 0
	_, err := record.Read(io.NewSectionReader(j.file, 0, math.MaxInt64), j.hash, func(r record.Record) error {
		n++
		return f(r)
	})
	if err == nil && n != j.finished {
		err = fmt.Errorf("%s holds %d replications where %d were finished", j.name, n, j.finished)
	}
	return err
}

// remove removes the journal, once the result folder holds everything.
func (j *journal) remove() { j.keep = false }

// close closes the journal, and removes it unless it is kept.
func (j *journal) close() {
	j.file.Close()
	if !j.keep {
		os.Remove(j.name)
	}
}
