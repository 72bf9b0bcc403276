package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"seatcast/output"
	"seatcast/output/folder"
	"seatcast/output/ledger"
	"seatcast/output/report"
	"seatcast/sim/record"
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
		flags.Func("format", "what is printed: `text`, csv or json", func(s string) error {
			if s != "text" && s != formatCSV && s != formatJSON {
				return errors.New("want text, csv or json")
			}
			format = s
			return nil
		})
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
		q.AsOf = lastDay(r.Answers.Study)
	}
	if err := answerable(r.Answers.Study, q); err != nil {
		return wrongError{err}
	}
	in, err := folder.OpenFile(dir, folder.Claims)
	if err != nil {
		return wrong("%w; run the scenario with --ledger to have one", err)
	}
	defer in.Close()
	found := q.Replication == 0 // also where nothing happened in it
	rows, err := ledger.Report(func(yield func(ledger.Row, error) bool) {
		for row, err := range ledger.Read(in) {
			found = found || row.Replication == q.Replication
			if !yield(row, err) {
				return
			}
		}
	}, q)
	if err != nil {
		return wrong("%s: %w", filepath.Join(dir, folder.Claims), err)
	}
	if !found {
		return wrong("--replication %d: the ledger has no such replication; run the scenario with --ledger=%d", q.Replication, q.Replication+1)
	}
	return printClaims(c, rows, q, format)
}

// lastDay returns the last local day of a study, or its start where that is no date.
func lastDay(study record.Study) string {
	start, err := time.Parse(time.DateOnly, study.Start)
	if err != nil {
		return study.Start
	}
	return start.AddDate(0, 0, study.Days-1).Format(time.DateOnly)
}

// answerable reports all of q that the study does not have: an empty report would
// look like an answer.
func answerable(study record.Study, q ledger.Query) error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if _, err := time.Parse(time.DateOnly, q.AsOf); err != nil {
		problem("--as-of %s: want a date such as %s", q.AsOf, study.Start)
	} else if last := lastDay(study); q.AsOf < study.Start || q.AsOf > last {
		problem("--as-of %s: the study runs from %s to %s", q.AsOf, study.Start, last)
	}
	if !slices.Contains([]int{1, 7, 30, 90}, q.Days) {
		problem("--days %d: the report covers the last 1, 7, 30 or 90", q.Days)
	}
	if q.Replication < 0 || q.Replication >= study.Replications {
		problem("--replication %d: the study has %d, counted from 0", q.Replication, study.Replications)
	}
	var variants, tenants, policies []string
	for _, v := range study.Variants {
		variants = append(variants, v.Name)
		for _, t := range v.Tenants {
			tenants = append(tenants, t.Name)
			for _, p := range t.Policies {
				if v.Name == q.Variant && (q.Tenant == "" || q.Tenant == t.Name) {
					policies = append(policies, p.Name)
				}
			}
		}
	}
	for _, name := range []struct {
		flag, value string
		known       []string
	}{{"variant", q.Variant, variants}, {"tenant", q.Tenant, tenants}, {"policy", q.Policy, policies}} {
		slices.Sort(name.known)
		if name.value != "" && !slices.Contains(name.known, name.value) {
			problem("--%s %s: there is none of that name; there is %s", name.flag, name.value,
				strings.Join(slices.Compact(name.known), ", "))
		}
	}
	return errors.Join(problems...)
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
	case formatCSV:
		w := csv.NewWriter(c.stdout)
		w.Write(header) // the writer keeps the first error for the end
		for _, r := range rows {
			w.Write(cells(r))
		}
		w.Flush()
		return w.Error()
	}
	title := fmt.Sprintf("Licences assigned by auto-claim policies, %s to %s (%s): %d\n\n", count(q.Days, "day"), q.AsOf, q.Variant, len(rows))
	if _, err := io.WriteString(c.stdout, title); err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "TIME\tTENANT\tUSER\tPOLICY\tPRODUCT\n") // the writer keeps its lines, and their error, for Flush
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Time.Format("2006-01-02 15:04"), r.Tenant, r.User, r.Policy, r.Product)
	}
	return w.Flush()
}

var reportVerb = verb{
	name: "report", args: "FOLDER…", does: "draws the plots and the report of result folders again, without simulating",
	help: `Reads the numbers of each folder and writes its plots and report.html anew. A folder that was cut short or
changed is refused. With --parquet and --xlsx, these files are added if they are not there yet.

Examples:
  seatcast run first-year --out demo
  seatcast report demo --parquet --xlsx
`,
	start: func(flags *flag.FlagSet) func(*call) error {
		also := formatFlags(flags)
		return func(c *call) error {
			if len(c.args) == 0 {
				return wrong("want one or more result folders")
			}
			for _, dir := range c.args {
				out, r, err := folder.Reopen(dir)
				if err != nil {
					return wrongError{err}
				}
				err = errors.Join(report.Draw(out.File, r), also.write(out, r))
				if err == nil {
					err = out.Commit()
				}
				out.Abort()
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintln(c.stdout, filepath.Join(dir, folder.Report)); err != nil {
					return err
				}
			}
			return nil
		}
	},
}
