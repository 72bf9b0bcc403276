/*
Seatcast simulates auto-claim licence policies of Microsoft 365 and forecasts
when seats run out.

	seatcast list                    the built-in scenarios
	seatcast show NAME               one of them as TOML
	seatcast check FILE…             every problem of scenario files
	seatcast run SCENARIO            simulate, print the answer, write a result folder
	seatcast compare SCENARIO        what each what-if changes, and which is best
	seatcast plan SCENARIO           how many seats to buy
	seatcast sensitivity SCENARIO    which numbers move an answer most
	seatcast study STEP …            a study on many machines, step by step
	seatcast import FILE|FOLDER…     a scenario out of what an administrator can export
	seatcast fit SCENARIO            adoption from observed history, and what follows from it
	seatcast backtest SCENARIO       how good the forecast would have been so far
	seatcast claims FOLDER           the auto-claim policy report as the admin center shows it
	seatcast report FOLDER…          draw plots and report of result folders again
	seatcast schema                  the JSON Schema of scenario files
	seatcast version                 the version of the program

A SCENARIO is a file, or the name of a built-in scenario. Every verb explains
itself with -h.

Exit codes: 0 done; 1 failed while running; 2 the input or the call is wrong; 3
done, and a limit stated with --fail-if is broken, or a study is not complete.
*/
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones, also where the system has none

	"seatcast/cmd/seatcast/study"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitWrong  = 2
	exitBroken = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// A verb is a subcommand.
type verb struct {
	name  string
	args  string // its positional arguments, for usage
	does  string // in one line
	help  string // what -h says above the flags, with two examples
	start func(*flag.FlagSet) func(c *call) error
	steps func(c *call, args []string) int // in place of start, of a verb that has verbs of its own
}

// verbs returns the subcommands in the order of usage.
func verbs() []verb {
	return []verb{listVerb, showVerb, checkVerb, runVerb, compareVerb, planVerb, sensitivityVerb, studyVerb, importVerb,
		fitVerb, backtestVerb, claimsVerb, reportVerb, schemaVerb, versionVerb}
}

// A call is one use of a verb.
type call struct {
	ctx            context.Context
	verb           string
	args           []string   // positional
	flags          []string   // as given, --name=value
	study          *studyCall // where the verb is one of a study folder, else nil
	stdout, stderr io.Writer
}

// A wrongError is an error in the input or the call, and not in the running.
type wrongError struct{ error }

func (w wrongError) Unwrap() error { return w.error }

func wrong(format string, args ...any) error { return wrongError{fmt.Errorf(format, args...)} }

// errBroken ends a run that broke a stated limit, which it has told already.
var errBroken = errors.New("a stated limit is broken")

// run runs a command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 2 && args[0] == "help" {
		args = []string{args[1], "-h"}
	}
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		if len(args) == 0 {
			usage(stderr)
			return exitWrong
		}
		return exitCode(usage(stdout))
	}
	for _, v := range verbs() {
		if v.name == args[0] {
			return v.run(&call{ctx: ctx, stdout: stdout, stderr: stderr}, args[1:])
		}
	}
	if strings.HasPrefix(args[0], "-") {
		fmt.Fprintf(stderr, "seatcast: a verb comes before %s; the verbs are %s\n", args[0], strings.Join(verbNames(), ", "))
		return exitWrong
	}
	fmt.Fprintf(stderr, "seatcast: there is no verb %q; the verbs are %s\n", args[0], strings.Join(verbNames(), ", "))
	return exitWrong
}

func verbNames() (names []string) {
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return names
}

func usage(w io.Writer) error {
	var text strings.Builder
	fmt.Fprint(&text, "seatcast simulates auto-claim licence policies of Microsoft 365 and forecasts when seats run out.\n\nUsage:\n\n")
	for _, v := range verbs() {
		fmt.Fprintf(&text, "  seatcast %-22s %s\n", v.name+" "+v.args, v.does)
	}
	fmt.Fprint(&text, "\nSCENARIO is a file, or the name of a built-in scenario. 'seatcast VERB -h' explains a verb.\n"+
		"Exit codes: 0 done, 1 failed while running, 2 the input or the call is wrong, 3 a limit of --fail-if is broken or a study is incomplete.\n"+
		"Start with:  seatcast run first-year\n")
	_, err := io.WriteString(w, text.String())
	return err
}

// run parses the arguments of v, which may stand before, between and after its
// flags, and runs it.
func (v *verb) run(c *call, args []string) int {
	if v.steps != nil {
		return v.steps(c, args)
	}
	flags := flag.NewFlagSet(v.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	if c.verb == "" {
		c.verb = v.name
	}
	do := v.start(flags)
	if err := c.parse(flags, args); err != nil {
		return v.badFlags(c, flags, err)
	}
	err := do(c)
	if err != nil && !errors.Is(err, errBroken) {
		fmt.Fprintf(c.stderr, "seatcast %s: %v\n", v.name, err)
	}
	return exitCode(err)
}

// parse parses arguments, which may stand before, between and after flags.
func (c *call) parse(flags *flag.FlagSet, args []string) error {
	flags.VisitAll(func(f *flag.Flag) { f.Value = recorded{f.Value, f.Name, c} })
	for {
		if err := flags.Parse(args); err != nil {
			return err
		}
		if args = flags.Args(); len(args) == 0 {
			return nil
		}
		c.args, args = append(c.args, args[0]), args[1:]
	}
}

// A recorded flag tells the call how it was given.
type recorded struct {
	flag.Value
	name string
	call *call
}

// Set sets the flag.
func (r recorded) Set(s string) error {
	r.call.flags = append(r.call.flags, "--"+r.name+"="+s)
	return r.Value.Set(s)
}

// IsBoolFlag says whether the flag may stand without a value.
func (r recorded) IsBoolFlag() bool {
	b, ok := r.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

func exitCode(err error) int {
	switch wrong := (wrongError{}); {
	case err == nil:
		return exitDone
	case errors.Is(err, errBroken), errors.As(err, new(*study.Incomplete)):
		return exitBroken
	case errors.As(err, &wrong), errors.As(err, new(*study.Fault)):
		return exitWrong
	}
	return exitFailed
}

// badFlags explains the verb where err is a call for help, and else what is wrong
// with its flags.
func (v *verb) badFlags(c *call, flags *flag.FlagSet, err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return exitCode(v.explain(c.stdout, flags))
	}
	text := strings.NewReplacer("flag provided but not defined: ", "there is no flag -",
		"for flag -", "for --", "invalid boolean value", "invalid value", "for -", "for --", "an argument: -", "an argument: --").Replace(err.Error())
	fmt.Fprintf(c.stderr, "seatcast %s: %s; 'seatcast %s -h' lists the flags\n", v.name, text, v.name)
	return exitWrong
}

// explain prints what the verb does, its examples and its flags.
func (v *verb) explain(w io.Writer, flags *flag.FlagSet) error {
	var text, list strings.Builder
	fmt.Fprintf(&text, "seatcast %s: %s.\n\nUsage: seatcast %s\n\n%s", v.name, v.does, strings.TrimSpace(v.name+" "+v.args), v.help)
	flags.VisitAll(func(f *flag.Flag) {
		name, what := flag.UnquoteUsage(f)
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() && name != "" {
			name = "[=" + name + "]"
		} else if name != "" {
			name = " " + name
		}
		fmt.Fprintf(&list, "  --%s%s\n      %s\n", f.Name, name, what)
	})
	if list.Len() > 0 {
		fmt.Fprintf(&text, "\nFlags:\n%s", list.String())
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// want checks the number of positional arguments.
func (c *call) want(least, most int, what string) error {
	if len(c.args) < least || len(c.args) > most {
		return wrong("want %s; have %s", what, count(len(c.args), "argument"))
	}
	return nil
}
