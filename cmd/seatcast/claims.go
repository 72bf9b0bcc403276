package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"seatcast/output"
	"seatcast/output/folder"
	"seatcast/output/ledger"
)

var claimsVerb = verb{
	name: "claims", args: "FOLDER", does: "prints the auto-claim policy report as the admin center would show it",
	help: `Lists the licences that policies assigned by themselves in the last 1, 7, 30 or 90 days: user, policy, product
and time; what is older than 90 days is gone, as in the admin center. The folder must have been written by
'seatcast run --ledger', and the report is that of one replication.

Examples:
  seatcast run first-year --ledger --out demo
  seatcast claims demo --as-of 2026-06-30 --days 30
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		format := "text"
		flags.StringVar(&format, "format", "text", "what is printed: `text`, csv or json")
		q := ledger.Query{}
		flags.StringVar(&q.AsOf, "as-of", "", "the last day of the report, `DATE` (default: the last day of the study)")
		flags.IntVar(&q.Days, "days", 90, "how many days it reaches back: `N` = 1, 7, 30 or 90")
		flags.IntVar(&q.Replication, "replication", 0, "the replication `K`, from 0")
		flags.StringVar(&q.Variant, "variant", output.Base, "the variant `NAME`: base, or a what-if")
		flags.StringVar(&q.Tenant, "tenant", "", "only the tenant `NAME`")
		flags.StringVar(&q.Policy, "policy", "", "only the policy `NAME`")
		return func(c *call) error {
			if err := c.want(1, 1, "one result folder"); err != nil {
				return err
			}
			return claims(c, c.args[0], q, format)
		}
	},
}

// claims prints the report that q asks for.
func claims(c *call, dir string, q ledger.Query, format string) error {
	r, err := folder.Open(dir)
	if err != nil {
		return wrongError{err}
	}
	if q.AsOf == "" {
		start, err := time.Parse(time.DateOnly, r.Answers.Study.Start)
		if err != nil {
			return wrongError{err}
		}
		q.AsOf = start.AddDate(0, 0, r.Answers.Study.Days-1).Format(time.DateOnly)
	}
	in, err := folder.OpenFile(dir, folder.Claims)
	if err != nil {
		return wrong("%w; run the scenario with --ledger to have one", err)
	}
	defer in.Close()
	rows, err := ledger.Report(ledger.Read(in), q)
	if err != nil {
		return wrong("%s: %w", filepath.Join(dir, folder.Claims), err)
	}
	return printClaims(c, rows, q, format)
}

func printClaims(c *call, rows []ledger.Row, q ledger.Query, format string) error {
	header := []string{"time", "tenant", "user", "policy", "product"}
	cells := func(r ledger.Row) []string {
		return []string{r.Time.Format(time.RFC3339), r.Tenant, r.User, r.Policy, r.Product}
	}
	switch format {
	case formatJSON:
		out := []map[string]string{}
		for _, r := range rows {
			entry := map[string]string{}
			for i, cell := range cells(r) {
				entry[header[i]] = cell
			}
			out = append(out, entry)
		}
		return writeJSON(c, out)
	case "csv":
		w := csv.NewWriter(c.stdout)
		w.Write(header) // the writer keeps the first error for the end
		for _, r := range rows {
			w.Write(cells(r))
		}
		w.Flush()
		return w.Error()
	case "text":
	default:
		return wrong("--format %s: want text, csv or json", format)
	}
	fmt.Fprintf(c.stdout, "Licences assigned by auto-claim policies, %d days to %s (%s): %d\n\n", q.Days, q.AsOf, q.Variant, len(rows))
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "TIME\tTENANT\tUSER\tPOLICY\tPRODUCT\n")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Time.Format("2006-01-02 15:04"), r.Tenant, r.User, r.Policy, r.Product)
	}
	return w.Flush()
}

var reportVerb = verb{
	name: "report", args: "FOLDER…", does: "draws the plots and the report of result folders again, without simulating",
	help: `Reads the numbers of each folder and writes its plots and report.html anew. A folder that was cut short or
changed is refused.

Examples:
  seatcast run first-year --out demo
  seatcast report demo
`,
	start: func(*flag.FlagSet) func(*call) error {
		return func(c *call) error {
			if len(c.args) == 0 {
				return wrong("want one or more result folders")
			}
			for _, dir := range c.args {
				out, r, err := folder.Reopen(dir)
				if err != nil {
					return wrongError{err}
				}
				err = draw(out, r)
				if err == nil {
					err = out.Commit()
				}
				out.Abort()
				if err != nil {
					return err
				}
				fmt.Fprintf(c.stdout, "%s\n", filepath.Join(dir, folder.Report))
			}
			return nil
		}
	},
}
