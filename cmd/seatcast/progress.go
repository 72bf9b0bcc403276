package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A progress shows how far a study is, with rate and time left, or nothing.
type progress struct {
	w     io.Writer // nil where nothing is shown
	bar   *progressbar.ProgressBar
	total int
}

// newProgress shows progress on stderr: if that is a terminal or it is asked for.
func newProgress(stderr io.Writer, opt runOptions) *progress {
	file, isFile := stderr.(*os.File)
	if opt.quiet || !opt.progress && !(isFile && term.IsTerminal(int(file.Fd()))) {
		return &progress{}
	}
	return &progress{w: stderr}
}

// Grow makes the whole larger by n replications.
func (p *progress) Grow(n int) {
	p.total += n
	switch {
	case p.w == nil:
	case p.bar != nil:
		p.bar.ChangeMax(p.total)
	default:
		p.bar = progressbar.NewOptions(p.total,
			progressbar.OptionSetWriter(p.w), // the default is stdout, which is for the answer
			progressbar.OptionSetDescription("replications"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("replications"),
			progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
	}
}

// Step tells of n more replications that are finished.
func (p *progress) Step(n int) {
	if p.bar != nil {
		p.bar.Add(n) // a progress that can't be shown is no reason to stop
	}
}

func (p *progress) done() {
	if p.bar != nil {
		p.bar.Exit()
	}
}
