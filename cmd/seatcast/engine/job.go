package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"
)

// A Job is what an engine is to run: Program with Args, once for each part that is
// missing, each in a process of its own that finds its part by [Part].
type Job struct {
	Name      string // of the study, for people; any text
	Plan      string // the hash of the study's plan
	Dir       string // the study folder, as an absolute path that is the same wherever a part runs
	Program   string // its absolute path, wherever a part runs
	Args      []string
	Parts     int   // n: the study is cut into parts 0 … n-1
	Missing   []int // the parts to run, ascending
	Resources Resources
}

// Resources are those of one part.
type Resources struct {
	CPUs   int           // 0: one
	Memory int           // MiB; 0: 1024
	Time   time.Duration // after which the engine ends a part; 0: as the engine has it
	Arch   string        // as GOARCH has it; on one study never two, for the bits differ. "": amd64
}

func (r Resources) withDefaults() Resources {
	if r.CPUs == 0 {
		r.CPUs = 1
	}
	if r.Memory == 0 {
		r.Memory = 1024
	}
	if r.Arch == "" {
		r.Arch = "amd64"
	}
	return r
}

// check returns everything that is wrong with a job, for any engine.
func (j Job) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for name, p := range map[string]string{"study folder": j.Dir, "program": j.Program} {
		if !path.IsAbs(p) {
			bad("the %s %q must be an absolute path", name, p)
		}
	}
	for _, text := range append([]string{j.Dir, j.Program}, j.Args...) {
		if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
			bad("%q cannot be written into a script: it is not UTF-8 text", text)
		}
	}
	if len(j.Missing) == 0 || !slices.IsSorted(j.Missing) || len(slices.Compact(slices.Clone(j.Missing))) != len(j.Missing) ||
		j.Missing[0] < 0 || j.Missing[len(j.Missing)-1] >= j.Parts {
		bad("the missing parts %v are not some of 0 to %d, each once, in order", j.Missing, j.Parts-1)
	}
	if r := j.Resources; r.CPUs < 0 || r.Memory < 0 || r.Time < 0 {
		bad("CPUs, memory and time must not be negative")
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	if len(errs) > 0 {
		return fmt.Errorf("job %s: %w", j.Name, errors.Join(errs...))
	}
	return nil
}

// id is the name of the job on its engine: what is left of Name and Dir when both are
// held to the rules of a DNS label (Kubernetes), and a hash of Plan and Dir, so that a study
// has one job at a time and two studies never share one, also where two volumes of one
// namespace have both at the same place. The length leaves room for the
// number of a pod in the 63 characters of a label.
func (j Job) id() string {
	var b strings.Builder
	for _, r := range strings.ToLower(j.Name) {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 32 {
			break
		}
	}
	hash := sha256.Sum256([]byte(j.Plan + "\x00" + j.Dir))
	return strings.TrimSuffix("seatcast-"+strings.Trim(b.String(), "-"), "-") + "-" + hex.EncodeToString(hash[:4])
}

// shellQuote returns text as one word of a POSIX shell.
func shellQuote(text string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-+:,=@", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// fill fills a template. It is parsed here, so that only who submits a job waits for it.
func fill(name, text string, funcs template.FuncMap, data any) ([]byte, error) {
	t, err := template.New(name).Funcs(funcs).Parse(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.Bytes(), err
}
