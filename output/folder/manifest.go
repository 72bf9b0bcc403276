package folder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"seatcast/output"
	"seatcast/sim/record"
)

// format is the version of the layout of a result folder.
const format = 1

// maxManifest bounds what is read of a manifest, in bytes.
const maxManifest = 64 << 20

// manifest is manifest.json. Only its provenance differs between equal runs.
type manifest struct {
	Format       int                 `json:"format"`
	Program      program             `json:"program"`
	Scenario     string              `json:"scenario"`
	Title        string              `json:"title"`
	Hash         string              `json:"hash"`
	Command      string              `json:"command,omitempty"` // that gives the folder again, where it is not run scenario.toml
	Seed         uint64              `json:"seed"`
	Replications int                 `json:"replications"` // finished
	Planned      int                 `json:"replications_planned"`
	Start        string              `json:"start"`
	Days         int                 `json:"days"`
	Variants     []variant           `json:"variants"`
	Warnings     []string            `json:"warnings"`
	Headlines    []output.Headline   `json:"headlines"`
	Assumptions  []output.Assumption `json:"assumptions"`
	Files        []fileInfo          `json:"files"`
	Provenance   map[string]string   `json:"provenance"`
}

type program struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

type variant struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Tenants []tenant `json:"tenants"`
}

type tenant struct {
	Name     string   `json:"name"`
	Zone     string   `json:"time_zone"`
	People   int      `json:"people"`
	Pools    []pool   `json:"pools"`
	Policies []policy `json:"policies"`
}

type pool struct {
	Product  string  `json:"product"`
	Reserved int     `json:"reserved"`
	Price    float64 `json:"price"` // USD per seat and month
}

type policy struct {
	Name    string `json:"name"`
	App     string `json:"app"`
	Product string `json:"product"`
}

func newManifest(r output.Result, files []fileInfo) manifest {
	s := r.Answers.Study
	m := manifest{
		Format:   format,
		Program:  program{"seatcast", r.Version, r.Commit, r.GoVersion},
		Scenario: s.Scenario, Title: s.Title, Hash: s.Hash, Command: r.Command, Seed: s.Seed,
		Replications: r.Answers.Replications, Planned: s.Replications, Start: s.Start, Days: s.Days,
		Warnings:    append([]string{}, r.Answers.Warnings...),
		Headlines:   append([]output.Headline{}, r.Headlines...),
		Assumptions: append([]output.Assumption{}, r.Assumptions...),
		Files:       files,
		Provenance:  r.Provenance,
	}
	for _, v := range s.Variants {
		w := variant{Name: v.Name, Title: v.Title}
		for _, t := range v.Tenants {
			u := tenant{Name: t.Name, Zone: t.Zone, People: t.People}
			for _, p := range t.Pools {
				u.Pools = append(u.Pools, pool(p))
			}
			for _, p := range t.Policies {
				u.Policies = append(u.Policies, policy(p))
			}
			w.Tenants = append(w.Tenants, u)
		}
		m.Variants = append(m.Variants, w)
	}
	return m
}

// study returns the study that m describes, with its midnights.
func (m manifest) study() (record.Study, error) {
	s := record.Study{
		Scenario: m.Scenario, Title: m.Title, Hash: m.Hash, Seed: m.Seed,
		Replications: m.Planned, Start: m.Start, Days: m.Days,
	}
	for _, v := range m.Variants {
		w := record.Variant{Name: v.Name, Title: v.Title}
		for _, t := range v.Tenants {
			u := record.TenantInfo{Name: t.Name, Zone: t.Zone, People: t.People}
			for _, p := range t.Pools {
				u.Pools = append(u.Pools, record.PoolInfo(p))
			}
			for _, p := range t.Policies {
				u.Policies = append(u.Policies, record.PolicyInfo(p))
			}
			w.Tenants = append(w.Tenants, u)
		}
		s.Variants = append(s.Variants, w)
	}
	return s, output.Midnights(&s)
}

func (m manifest) encode() ([]byte, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	return append(data, '\n'), err
}

// parseManifest reads a manifest. Errors begin with the line where it is known.
func parseManifest(data []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return m, output.WithLine(data, err)
	}
	if m.Program.Name != "seatcast" {
		return m, fmt.Errorf("program %q: not a result folder of seatcast", m.Program.Name)
	}
	if m.Format != format {
		return m, fmt.Errorf("format %d: this version of seatcast reads format %d", m.Format, format)
	}
	const century = 36525
	if m.Days < 0 || m.Days > century {
		return m, fmt.Errorf("days %d: want 0 to %d", m.Days, century)
	}
	return m, nil
}

func readManifest(dir string) (manifest, error) {
	name := filepath.Join(dir, Manifest)
	info, err := os.Stat(name)
	if err != nil {
		return manifest{}, fmt.Errorf("%s is no result folder: %w", dir, err)
	}
	if info.Size() > maxManifest {
		return manifest{}, fmt.Errorf("%s: %d bytes are too many for a manifest", name, info.Size())
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return manifest{}, err
	}
	m, err := parseManifest(bytes.TrimSpace(data))
	if err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}
