package main

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

var versionVerb = verb{
	name: "version", does: "version, commit and Go version of the program",
	help: `Examples:
  seatcast version
  seatcast version --format json
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		format := formatFlag(flags)
		return func(c *call) error {
			if err := c.want(0, 0, "no arguments"); err != nil {
				return err
			}
			version, commit := build()
			if *format == formatJSON {
				return writeJSON(c, map[string]string{"version": version, "commit": commit, "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(c.stdout, "seatcast %s commit %s %s\n", version, commit, runtime.Version())
			return err
		}
	},
}

// release is the version of the program. Results depend on it, so it rises
// whenever the same scenario and seed give other numbers.
const release = "0.4.0"

// build returns the version of the program and the commit it was built from,
// "unknown" where the build did not say.
func build() (version, commit string) {
	commit = "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		dirty := ""
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = "-modified"
			}
		}
		commit += dirty
	}
	return release, commit
}
