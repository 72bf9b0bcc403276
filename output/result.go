// Package output turns the answers of a study into text, JSON and CSV. It reads
// them back too, so that what was drawn once can be drawn again from the files.
//
// It never computes a statistic: a number that is not in analysis.Answers is
// not in its output.
package output

import "seatcast/analysis"

// A Result is everything that is told about a study.
type Result struct {
	Answers  analysis.Answers
	Scenario []byte // the scenario as run, TOML

	Version, Commit, GoVersion string // of the program; empty where unknown

	// Provenance is what may differ between two equal runs: when and where it
	// ran, and how long it took. It is written to manifest.json and nowhere else.
	Provenance map[string]string

	Assumptions []Assumption
	Headlines   []Headline
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
