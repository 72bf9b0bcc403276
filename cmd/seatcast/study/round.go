package study

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"seatcast/sim"
)

// A Cell is a world with the replications of it that are wanted.
type Cell struct {
	World
	From int   `json:"from"`
	To   int   `json:"to"` // not included
	Work int64 `json:"work"`
}

// NewCell returns the cell of the replications from up to, not including, to.
func NewCell(w World, from, to int) Cell { return Cell{w, from, to, w.work()} }

// Cells returns the cells of the same replications of some worlds.
func Cells(worlds []World, from, to int) (all []Cell) {
	for _, w := range worlds {
		all = append(all, NewCell(w, from, to))
	}
	return all
}

// A Round is what a verb asks for at once.
type Round struct {
	Study  string `json:"study"`  // the hash of the plan of the study
	Number int    `json:"number"` // from 1
	Cells  []Cell `json:"cells"`

	hash   string
	shards []shard
}

// A shard is a run of the replications of a round, cell after cell: cut by the plan
// alone, so that it is the same shard on any machine and for any number of workers.
type shard []span

// A span is some replications of a cell.
type span struct{ cell, from, to int }

// size returns the number of replications.
func (s shard) size() (n int) {
	for _, p := range s {
		n += p.to - p.from
	}
	return n
}

// jobs appends the replications to a list; a job's Variant is the index of the cell.
func (s shard) jobs(all []sim.Job) []sim.Job {
	for _, p := range s {
		for rep := p.from; rep < p.to; rep++ {
			all = append(all, sim.Job{Variant: p.cell, Replication: rep})
		}
	}
	return all
}

// A shard is about a second of work, and of no more replications than stay small in
// memory. One that is dearer is a shard by itself.
const (
	shardWork         = 250_000_000 // person-days
	shardReplications = 4096
)

// What a round may have at most.
const (
	maxReplications = 1 << 30
	maxShards       = 1 << 20
)

// plan hashes and cuts a round.
func (r *Round) plan() error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("planning a round: %w", err)
	}
	sum := sha256.Sum256(data)
	r.hash = hex.EncodeToString(sum[:])
	var now shard
	work, size := int64(0), 0
	for i, c := range r.Cells {
		for from := c.From; from < c.To; {
			fits := int(min((shardWork-work)/c.Work, int64(shardReplications-size), int64(c.To-from)))
			if size == 0 {
				fits = max(fits, 1)
			}
			if fits < 1 {
				r.shards, now, work, size = append(r.shards, now), nil, 0, 0
				if len(r.shards) == maxShards {
					return fmt.Errorf("a round of more than %d shards", maxShards)
				}
				continue
			}
			now = append(now, span{i, from, from + fits})
			from, work, size = from+fits, work+int64(fits)*c.Work, size+fits
		}
	}
	if size > 0 {
		r.shards = append(r.shards, now)
	}
	return nil
}

// Shards returns the number of shards.
func (r *Round) Shards() int { return len(r.shards) }

// Replications returns the number of replications of some shards.
func (r *Round) Replications(shards []int) (n int) {
	for _, s := range shards {
		n += r.shards[s].size()
	}
	return n
}

// Names says which replications a shard is of, for a person.
func (r *Round) Names(shard int) string {
	s := r.shards[shard]
	first, last := s[0], s[len(s)-1]
	return fmt.Sprintf("from replication %d of %s to %d of %s", first.from, r.Cells[first.cell].Variant, last.to-1, r.Cells[last.cell].Variant)
}

// encode writes the plan of a round.
func (r *Round) encode() []byte {
	data, _ := json.MarshalIndent(r, "", " ") // plan has marshalled it
	return append(data, '\n')
}

// ReadRound reads the plan of a round.
func ReadRound(in io.Reader) (*Round, error) {
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	r := &Round{}
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("is no plan of a round: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("is no plan of a round: there is something behind it")
	}
	all := 0
	for _, c := range r.Cells {
		if c.From < 0 || c.To < c.From || c.To > maxReplications || c.Work < 1 || c.Scenario < 0 {
			return nil, fmt.Errorf("is no plan of a round: replications %d to %d of work %d", c.From, c.To, c.Work)
		}
		if all += c.To - c.From; all > maxReplications {
			return nil, errors.New("is no plan of a round: too many replications")
		}
	}
	if all == 0 || r.Number < 1 {
		return nil, errors.New("is no plan of a round: it has no replication")
	}
	return r, r.plan()
}

// same reports whether a file holds the plan of r.
func (r *Round) same(file []byte) bool {
	other, err := ReadRound(bytes.NewReader(file))
	return err == nil && other.hash == r.hash
}
