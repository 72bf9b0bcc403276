package output_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"seatcast/output"
	"seatcast/output/report"
)

func pageOf(t testing.TB, r output.Result) string {
	t.Helper()
	return string(bytesOf(t, func(b *bytes.Buffer) error { return report.Write(b, r, figures(t, r)) }))
}

// TestPageStandsAlone: nothing in the page makes a browser ask for anything, and no
// word of a scenario becomes markup.
func TestPageStandsAlone(t *testing.T) {
	for shape, r := range fixtures(t) {
		page := pageOf(t, r)
		markup := page
		if shape == "hostile" {
			if !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
				t.Error("the hostile title is not shown as text")
			}
			// What is left inside tags is ours: texts are between them.
			markup = strings.Join(regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1), "\n")
		}
		for _, bad := range []string{"http:", "https:", " src=", "href=", "@import", "url(", "<script", "<link", "<iframe", "onload", "\x00", "\x1b"} {
			if strings.Contains(strings.ToLower(markup), bad) {
				t.Errorf("%s: the page has %q", shape, bad)
			}
		}
		if page != pageOf(t, r) {
			t.Errorf("%s: written again it differs", shape)
		}
	}
}

func TestPageIDsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(pageOf(t, fixture(t)), -1) {
		if seen[m[1]] {
			t.Errorf("id %s comes twice", m[1])
		}
		seen[m[1]] = true
	}
	if len(seen) < 20 {
		t.Errorf("only %d ids: are the figures there?", len(seen))
	}
}

// TestPageTellsAll looks for what a reader must find, and in the right order.
func TestPageTellsAll(t *testing.T) {
	r := fixture(t)
	page := pageOf(t, r)
	at := 0
	for _, want := range []string{
		"<h1>Northlake: Finance", "Northlake&#39;s pool of 900 Premium seats", "200 replications are few", "At a glance",
		`<h2>northlake/premium</h2>`, "<svg", "Runs dry: probability", "7 Jul 2026", "First refusal: probability", "10 Jul 2026",
		"What each what-if changes", "Policies of northlake", "trigger-premium", "out-of-scope", "Assumptions", "premium-first", "default",
		"What the words mean", "Idle seat-days", "seatcast run scenario.toml", r.Answers.Study.Hash, "reserved = 40", "seed 1 · 200 replications",
	} {
		i := strings.Index(page[at:], want)
		if i < 0 {
			t.Errorf("the page lacks %q, or has it too early", want)
			continue
		}
		at += i
	}
	for _, secret := range r.Provenance {
		if strings.Contains(page, secret) {
			t.Errorf("the page has provenance, %q, and so differs between equal runs", secret)
		}
	}
}

func TestAllAssumptionsOnce(t *testing.T) {
	r := fixture(t)
	for _, v := range []string{"everyone", "true-up"} {
		a := r.Assumptions[0]
		a.Variant = v
		r.Assumptions = append(r.Assumptions, a)
	}
	page := pageOf(t, r)
	if n := strings.Count(page, "tenants.northlake.auto-claim.precedence</th>"); n != 1 {
		t.Errorf("an assumption of every variant is listed %d times", n)
	}
	if !strings.Contains(page, `<td class="text">all</td>`) {
		t.Error("it isn't said to be of all variants")
	}
}

func TestDrawReportsErrors(t *testing.T) {
	create := func(string) (io.WriteCloser, error) { return full{}, nil }
	if err := report.Draw(create, short(fixture(t))); err == nil || err != io.ErrShortWrite {
		t.Errorf("error %v", err)
	}
	r := fixture(t)
	r.Answers.Study.Variants[0].Tenants[0].Zone = "Europe/Atlantis"
	if err := report.Draw(create, r); err == nil || !strings.Contains(err.Error(), "Atlantis") {
		t.Errorf("error %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
func (full) Close() error              { return bytes.ErrTooLarge }
