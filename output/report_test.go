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

// TestPageNamesWhatIfs: the answer is about the scenario itself, and says that there are
// what-ifs, what they do to one pool, and where they are.
func TestPageNamesWhatIfs(t *testing.T) {
	onePool := func(refused ...float64) output.Result { // of the scenario itself, then of its what-ifs
		r := fixture(t)
		r.Answers.Variants, r.Answers.Study.Variants = r.Answers.Variants[:len(refused)], r.Answers.Study.Variants[:len(refused)]
		for i := range r.Answers.Variants {
			v := &r.Answers.Variants[i]
			v.Pools = v.Pools[:1]
			v.Pools[0].RefusedUsers.Mean = refused[i]
		}
		return r
	}
	const where = " At a glance, below, sets them side by side.</p>"
	for _, c := range []struct {
		r    output.Result
		want string
	}{
		{fixture(t), "<p>The scenario has 2 what-ifs." + where},
		{onePool(67, 59, 2), "<p>The scenario has 2 what-ifs, in which 2 people (true-up) to 59 (everyone) are refused instead of 67." + where},
		{onePool(67, 0, 0), "<p>The scenario has 2 what-ifs, in which 0 people are refused instead of 67." + where},
		{onePool(67, 3), "<p>The scenario has the what-if everyone, in which 3 people are refused instead of 67." + where},
	} {
		answer, _, _ := strings.Cut(pageOf(t, c.r), "</section>")
		if !strings.Contains(answer, c.want) {
			t.Errorf("the answer lacks %q:\n%s", c.want, answer)
		}
	}
	for name, r := range map[string]output.Result{"one variant": onePool(67), "no replication": none(fixture(t)), "a comparison": compared(fixture(t))} {
		if answer, _, _ := strings.Cut(pageOf(t, r), "</section>"); strings.Contains(answer, "At a glance") {
			t.Errorf("%s: the answer speaks of what-ifs:\n%s", name, answer)
		}
	}
}

// TestGlanceStacks: on a phone a row of the first table is a block, in which each number
// has the name of its column beside it.
func TestGlanceStacks(t *testing.T) {
	page := pageOf(t, fixture(t))
	_, phone, _ := strings.Cut(page, "@media (max-width: 560px)")
	phone, _, _ = strings.Cut(phone, "@media")
	for _, rule := range []string{".stack tr { display: block; }", "content: attr(data-column)"} {
		if !strings.Contains(phone, rule) {
			t.Errorf("the style of a phone lacks %q", rule)
		}
	}
	_, glance, _ := strings.Cut(page, "<h2>At a glance</h2>")
	glance, _, _ = strings.Cut(glance, "</table>")
	if !strings.Contains(glance, `<table class="stack">`) {
		t.Fatal("the table does not stack")
	}
	head, body, _ := strings.Cut(glance, "<tbody>")
	columns := regexp.MustCompile(`<th scope="col"[^>]*>([^<]*)</th>`).FindAllStringSubmatch(head, -1)
	rows := strings.Split(strings.TrimSpace(strings.TrimSuffix(body, "</tbody>")), "\n")
	for _, row := range rows[:len(rows)-1] { // the last line is the end of the table
		names := regexp.MustCompile(`data-column="([^"]*)"`).FindAllStringSubmatch(row, -1)
		if len(names) != len(columns)-1 {
			t.Fatalf("%d cells with a name for %d columns after the first: %s", len(names), len(columns)-1, row)
		}
		for i, name := range names {
			if name[1] != columns[i+1][1] {
				t.Errorf("cell %d is named %s, want %s", i+2, name[1], columns[i+1][1])
			}
		}
	}
}
