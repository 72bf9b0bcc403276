package main

import (
	"flag"
	"io"
	"strings"

	"seatcast/output"
	"seatcast/output/column"
	"seatcast/output/folder"
	"seatcast/output/ledger"
	"seatcast/output/parquet"
	"seatcast/output/workbook"
)

// formats says in what else than CSV and JSON the results are written.
type formats struct{ parquet, xlsx bool }

// formatFlags adds the flags of formats.
func formatFlags(flags *flag.FlagSet) *formats {
	f := &formats{}
	f.addTo(flags)
	return f
}

func (f *formats) addTo(flags *flag.FlagSet) {
	flags.BoolVar(&f.parquet, "parquet", false, "write the tables as Parquet too: replications.parquet, curve.parquet, …")
	flags.BoolVar(&f.xlsx, "xlsx", false, "write the answers as a workbook too, for a spreadsheet: summary.xlsx")
}

// tables are the CSV files that a result folder may have.
var tables = []struct {
	name    string
	columns column.List
}{
	{folder.Replications, output.ReplicationColumns},
	{folder.Curve, output.CurveColumns},
	{folder.Exhaustion, output.ExhaustionColumns},
	{folder.Difference, output.DifferenceColumns},
	{folder.Claims, ledger.Columns},
}

// inParquet returns the name of a table as Parquet.
func inParquet(name string) string { return strings.TrimSuffix(name, ".csv") + ".parquet" }

// formatted reports whether a file that formats may write has the name.
func formatted(name string) bool {
	for _, t := range tables {
		if name == inParquet(t.name) {
			return true
		}
	}
	return name == folder.Workbook
}

// write adds what is asked for to a folder that has its CSV files, and leaves what is
// there already.
func (f formats) write(out *folder.Folder, r output.Result) error {
	for _, t := range tables {
		if !f.parquet || !out.Has(t.name) || out.Has(inParquet(t.name)) {
			continue
		}
		err := out.Convert(inParquet(t.name), t.name, func(w io.Writer, in io.Reader) error { return parquet.Write(w, in, t.columns) })
		if err != nil {
			return err
		}
	}
	if !f.xlsx || out.Has(folder.Workbook) {
		return nil
	}
	return writeFile(out, folder.Workbook, func(w io.Writer) error { return workbook.Write(w, r) })
}
