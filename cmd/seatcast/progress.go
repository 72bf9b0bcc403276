package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A progress shows how far a run is, with rate and time left, or nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress shows the progress of total replications, of which some are
// finished, on stderr: if that is a terminal or it is asked for.
func newProgress(stderr io.Writer, opt runOptions, total, finished int) progress {
	file, isFile := stderr.(*os.File)
	if opt.quiet || !opt.progress && !(isFile && term.IsTerminal(int(file.Fd()))) {
		return progress{}
	}
	bar := progressbar.NewOptions(total,
		progressbar.OptionSetWriter(stderr), // the default is stdout, which is for the answer
		progressbar.OptionSetDescription("replications"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("replications"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
	p := progress{bar}
	p.bar.Add(finished) // a progress that can't be shown is no reason to stop
	return p
}

func (p progress) step() {
	if p.bar != nil {
		p.bar.Add(1)
	}
}

// grow makes more replications the whole.
func (p progress) grow(total int) {
	if p.bar != nil {
		p.bar.ChangeMax(total)
	}
}

func (p progress) done() {
	if p.bar != nil {
		p.bar.Exit()
	}
}
