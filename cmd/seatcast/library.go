package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"text/tabwriter"

	"seatcast/scenarios"
)

var listVerb = verb{
	name: "list", does: "the scenarios that are built in",
	help: `Each built-in scenario asks one question and opens with a comment that says what it shows.

Examples:
  seatcast list
  seatcast list --format json
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		format := formatFlag(flags)
		return func(c *call) error {
			if err := c.want(0, 0, "no arguments"); err != nil {
				return err
			}
			all := scenarios.Builtins()
			if *format == formatJSON {
				type entry struct {
					Name     string `json:"name"`
					Title    string `json:"title"`
					Question string `json:"question"`
				}
				entries := []entry{}
				for _, b := range all {
					entries = append(entries, entry(b))
				}
				return writeJSON(c, entries)
			}
			w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
			for _, b := range all {
				fmt.Fprintf(w, "%s\t%s\n", b.Name, b.Question)
			}
			return w.Flush()
		}
	},
}

var showVerb = verb{
	name: "show", args: "NAME", does: "prints a built-in scenario as TOML",
	help: `Redirect it to a file to make it your own.

Examples:
  seatcast show first-year
  seatcast show managed-only > mine.toml
`,
	start: func(*flag.FlagSet) func(*call) error {
		return func(c *call) error {
			if err := c.want(1, 1, "the name of a built-in scenario"); err != nil {
				return err
			}
			src, err := scenarios.Source(c.args[0])
			if err != nil {
				return wrongError{err}
			}
			_, err = c.stdout.Write(src)
			return err
		}
	},
}

var schemaVerb = verb{
	name: "schema", does: "prints the JSON Schema of scenario files, for completion in editors",
	help: `Examples:
  seatcast schema > scenario.schema.json
  (and as the first line of a scenario:  #:schema ./scenario.schema.json)
  seatcast schema
`,
	start: func(*flag.FlagSet) func(*call) error {
		return func(c *call) error {
			if err := c.want(0, 0, "no arguments"); err != nil {
				return err
			}
			_, err := c.stdout.Write(append(scenarios.Schema(), '\n'))
			return err
		}
	},
}

// Values of --format for programs.
const (
	formatJSON = "json"
	formatCSV  = "csv"
)

// formatFlag adds --format.
func formatFlag(flags *flag.FlagSet) *string {
	format := "text"
	flags.Func("format", "what is printed: `text` or json", func(s string) error {
		if s != "text" && s != formatJSON {
			return fmt.Errorf("want text or json")
		}
		format = s
		return nil
	})
	return &format
}

func writeJSON(c *call, v any) error {
	e := json.NewEncoder(c.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
