// Package output turns the answers of a study into text, JSON and CSV. It reads
// them back too, so that what was drawn once can be drawn again from the files.
//
// It never computes a statistic: a number that is not in analysis.Answers is
// not in its output.
package output

import (
	"slices"
	"time"

	"seatcast/analysis"
	"seatcast/analysis/purchase"
	"seatcast/analysis/sensitivity"
)

// A Result is everything that is told about a study.
type Result struct {
	Answers  analysis.Answers
	Scenario []byte // the scenario as run, TOML

	// Command gives the same result again in the folder; "" stands for seatcast run
	// scenario.toml.
	Command string

	Version, Commit, GoVersion string // of the program; empty where unknown

	// Provenance is what may differ between two equal runs: when and where it
	// ran, and how long it took. It is written to manifest.json and nowhere else.
	Provenance map[string]string

	Assumptions []Assumption
	Headlines   []Headline

	Pasts []Past // of pools that name one

	Plan        *purchase.Plan      // of the verb plan; nil for others
	Sensitivity *sensitivity.Result // of the verb sensitivity; nil for others
}

// Sections returns what other verbs than run found, and what was seen before.
func (r Result) Sections() (all []Section) {
	if r.Plan != nil {
		all = append(all, PlanSection(*r.Plan))
	}
	if r.Sensitivity != nil {
		all = append(all, SensitivitySection(*r.Sensitivity))
	}
	if len(r.Pasts) > 0 {
		all = append(all, r.past())
	}
	return all
}

// past returns the section about the past.
func (r Result) past() Section {
	end := ""
	if start, err := time.Parse(DateFormat, r.Answers.Study.Start); err == nil {
		end = start.AddDate(0, 0, r.Answers.Study.Days-1).Format(DateFormat)
	}
	return PastSection(r.Pasts, end)
}

// An Assumption is a choice that the product's documentation leaves open (◇).
type Assumption struct {
	Variant string `json:"variant"`
	Key     string `json:"key"` // the dotted key in the scenario file
	Value   string `json:"value"`
	Why     string `json:"why"`
	Default bool   `json:"default"` // the scenario doesn't set it
}

// A Headline is the answer about one pool, in words.
type Headline struct {
	Variant string `json:"variant"`
	Tenant  string `json:"tenant"`
	Product string `json:"product"`
	Text    string `json:"text"`
}

// Base is the name of the variant that is the scenario itself.
const Base = "base"

// A PoolName names a pool of a study.
type PoolName struct{ Tenant, Product string }

// String returns tenant/product.
func (n PoolName) String() string { return n.Tenant + "/" + n.Product }

// Pools returns the pools of all variants of which a replication is finished,
// each once, those of the scenario itself first.
func Pools(a analysis.Answers) []PoolName {
	var names []PoolName
	for _, v := range a.Variants {
		if v.Replications == 0 {
			continue
		}
		for _, p := range v.Pools {
			if n := (PoolName{p.Tenant, p.Product}); !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// Find returns the pool called n of a variant, if it has one and a replication is
// finished: without, nothing is known, and zeros would be wrong numbers.
func Find(v analysis.Variant, n PoolName) (analysis.Pool, bool) {
	if v.Replications == 0 {
		return analysis.Pool{}, false
	}
	for _, p := range v.Pools {
		if p.Tenant == n.Tenant && p.Product == n.Product {
			return p, true
		}
	}
	return analysis.Pool{}, false
}

// Tenants returns the names of the tenants of all variants, each once.
func Tenants(a analysis.Answers) []string {
	var names []string
	for _, v := range a.Study.Variants {
		for _, t := range v.Tenants {
			if !slices.Contains(names, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	return names
}
