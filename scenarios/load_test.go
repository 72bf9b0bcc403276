package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/dist"
)

// load loads a scenario of testdata.
func load(t *testing.T, name string, opt Options) *Scenario {
	t.Helper()
	s, err := Load(os.DirFS("testdata"), name, opt)
	if err != nil {
		t.Fatalf("%s:\n%v", name, err)
	}
	return s
}

// text loads a scenario from its text.
func text(t testing.TB, src string, opt Options) (*Scenario, error) {
	t.Helper()
	return Load(fstest.MapFS{"test.toml": {Data: []byte(src)}}, "test.toml", opt)
}

// must is text where the scenario is right.
func must(t testing.TB, src string, opt Options) *Scenario {
	t.Helper()
	s, err := text(t, src, opt)
	if err != nil {
		t.Fatalf("%v\nof:\n%s", err, src)
	}
	return s
}

// tenantOf returns the first tenant of the scenario itself.
func tenantOf(s *Scenario) *sim.Tenant { return &s.Variants[0].World.Tenants[0] }

// worlds returns all there is to the worlds of the variants, as text.
func worlds(s *Scenario) string {
	var b strings.Builder
	for _, v := range s.Variants {
		b.WriteString(v.Name + ":")
		dump(&b, reflect.ValueOf(v.World))
	}
	return b.String()
}

// dump writes a value with all that it points to. Distributions, which are made
// of functions, are told by their text and some of their numbers.
func dump(b *strings.Builder, v reflect.Value) {
	if v.CanInterface() {
		if d, ok := v.Interface().(dist.Dist); ok {
			fmt.Fprint(b, d, d.Mean(), d.Max(), d.Quantile(0.3), ";")
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			dump(b, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			b.WriteString(v.Type().Field(i).Name + "=")
			dump(b, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			dump(b, v.Index(i))
		}
	default:
		fmt.Fprint(b, v, ";")
	}
}

const small = `
[study]
start = 2026-01-05
days = 30
[tenants.north.pools.premium]
seats = 10
[tenants.north.auto-claim]
enabled = true
[tenants.north.policies.main]
app = "rpa-attended"
product = "premium"
[tenants.north.users.makers]
count = 5
does.trigger-premium = "1/week"
`

// Every scenario of the library loads, with no warning but those that are its
// point, and says what it asks.
func TestLibrary(t *testing.T) {
	meant := map[string]string{"backup-order": "the admin center would probably not offer it"}
	for _, b := range Builtins() {
		fsys, file, ok := Builtin(b.Name)
		if !ok {
			t.Fatalf("%s: not found", b.Name)
		}
		s, err := Load(fsys, file, Options{})
		if err != nil {
			t.Errorf("%s:\n%v", b.Name, err)
			continue
		}
		for _, w := range s.Warnings {
			if point := meant[b.Name]; point == "" || !strings.Contains(w.Text, point) {
				t.Errorf("warning: %v", w)
			}
		}
		if b.Title == "" || b.Title != s.Title || !strings.HasSuffix(b.Question, "?") {
			t.Errorf("%s: title %q, question %q", b.Name, b.Title, b.Question)
		}
		src, err := Source(b.Name)
		if err != nil || len(src) == 0 {
			t.Errorf("%s: source: %v", b.Name, err)
		}
	}
	if _, err := Source("frist-year"); err == nil || !strings.Contains(err.Error(), `"first-year"`) {
		t.Errorf("a name with a typing error: %v", err)
	}
	for _, name := range []string{"", "..", "../library/first-year", "first-year.toml"} {
		if _, _, ok := Builtin(name); ok {
			t.Errorf("%q is in the library", name)
		}
	}
}

// Every key of the manual's example loads, and lands where it belongs.
func TestExample(t *testing.T) {
	s := load(t, "northlake.toml", Options{})
	if s.Name != "northlake" || s.Start != "2026-01-05" || s.Days != 365 || s.Replications != 200 || s.Seed != 1 || !slices.Equal(s.Precision, []Target{{Metric: Probabilities, Width: 0.02}}) || !s.Random {
		t.Errorf("study: %+v", s)
	}
	for _, w := range s.Warnings {
		if !strings.Contains(w.Text, "does not contain the service plan") {
			t.Errorf("warning: %v", w)
		}
	}
	n := tenantOf(s)
	deeds := map[sim.Deed]int{}
	for i, e := range n.Timeline {
		deeds[e.Do]++
		if i > 0 && e.At < n.Timeline[i-1].At {
			t.Errorf("%s is out of order", e.Name)
		}
	}
	for d := sim.EnableSetting; d <= sim.Unassign; d++ {
		if deeds[d] == 0 {
			t.Errorf("no deed %d", d)
		}
	}
	var policies []string
	for _, p := range n.Rules.Policies {
		policies = append(policies, p.Name)
	}
	makers, robots := n.Segments[0], n.Segments[1]
	edit := n.Timeline[slices.IndexFunc(n.Timeline, func(e sim.Event) bool { return e.Name == "edit" })]
	for what, pair := range map[string][2]any{
		"policies":     {policies, []string{"automation", "by-group", "legacy", "default-premium"}},
		"backups":      {n.Rules.Policies[0].Products, []int{0, 1}},
		"created":      {n.Rules.Policies[0].Created, 9 * clock.Hour},
		"group":        {n.Rules.Policies[1].Group, 0},
		"edit":         {edit.Products, []int{0}},
		"prices":       {n.Prices, []float64{15, 15, 0}},
		"reserved":     {n.Rules.Products[0].Reserved, 40},
		"ends":         {n.Rules.Products[1].Subscriptions[0].Ends, clock.Time(176*clock.Day - clock.Hour)}, // summer time
		"environments": {makers.Environments, []sim.Share{{Index: 0, Share: 0.3}, {Index: 1, Share: 0.7}}},
		"holds":        {makers.Holds, []sim.Share{{Index: 0, Share: 0.05}, {Index: 2, Share: 1}}},
		"desktops":     {makers.Desktops, []sim.DesktopShare{{Version: claim.Version{Major: 2, Minor: 39}, Share: 0.2}, {Version: claim.Version{Major: 2, Minor: 50}, Share: 0.8}}},
		"members":      {makers.Members, []sim.Share{{Index: 0, Share: 0.25}}},
		"habits":       {len(makers.Does), 8},
		"starts-with":  {robots.StartsWith, int(claim.TriggerAttended)},
		"none":         {makers.StartsWith, -1},
		"per act":      {robots.PerAct && !makers.PerAct, true},
		"reclaim":      {n.Reclaim, []sim.Reclaim{{Product: 0, Idle: 90 * clock.Day, Every: 7 * clock.Day, From: claim.FromAutoClaim | claim.FromDirect | claim.FromGroup}}},
		"trace":        {n.Trace.People, []string{"ann", "bob"}},
		"what-if":      {s.Variants[1].World.Tenants[0].Rules.Scope, claim.AllEnvironments},
		"scope":        {n.Rules.Scope, claim.ManagedOnly},
		"removed":      {s.Variants[2].World.Tenants[0].Reclaim, []sim.Reclaim{{Product: 1, Idle: 30 * clock.Day, From: claim.FromAutoClaim}}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	if len(s.Variants) != 3 || s.Variants[1].Title != "All environments" {
		t.Errorf("variants: %v", s.Variants)
	}
}

// What is written as run loads to the same worlds, hash and hash of itself.
func TestRoundTrip(t *testing.T) {
	seed, few := uint64(7), 3
	for _, opt := range []Options{{}, {Seed: &seed, Replications: &few}, {Variants: []string{"everyone"}}, {Variants: []string{"base", "no-clean-up"}},
		{Set: []string{"tenants.northlake.pools.premium.seats=5", `tenants.northlake.users.makers.desktop."2.50"=0.5`, "tenants.northlake.users.makers.leaves=2%/month"}}} {
		s := load(t, "northlake.toml", opt)
		again, err := Load(fstest.MapFS{"northlake.toml": {Data: s.TOML}, "actions.csv": {Data: s.Files["actions.csv"]}}, "northlake.toml", Options{})
		if err != nil {
			t.Fatalf("%v\nof:\n%s", err, s.TOML)
		}
		if worlds(s) != worlds(again) {
			t.Errorf("%v: the worlds differ", opt)
		}
		if s.Hash != again.Hash || !bytes.Equal(s.TOML, again.TOML) || s.Replications != again.Replications || s.Title != again.Title {
			t.Errorf("%v: %s and %s", opt, s.Hash, again.Hash)
		}
	}
}

// The order of tables and keys, comments and the number of replications change
// neither world nor hash; anything else changes the hash.
func TestHash(t *testing.T) {
	s := must(t, small, Options{})
	if len(s.Hash) < 12 {
		t.Fatal(s.Hash)
	}
	blocks := strings.Split(strings.TrimSpace(small), "\n[")
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
		var src strings.Builder
		for _, b := range blocks {
			lines := strings.Split(strings.TrimPrefix(b, "["), "\n")
			r.Shuffle(len(lines)-1, func(i, j int) { lines[i+1], lines[j+1] = lines[j+1], lines[i+1] })
			fmt.Fprintf(&src, "# again\n[%s\n", strings.Join(lines, "\n"))
		}
		other := must(t, src.String(), Options{})
		if other.Hash != s.Hash || worlds(other) != worlds(s) {
			t.Errorf("%s, want %s, of:\n%s", other.Hash, s.Hash, src.String())
		}
	}
	same := must(t, strings.Replace(small, "days = 30", "days = 30\nreplications = 9\nprecision = 0.1\nseed = 1", 1), Options{})
	if same.Hash != s.Hash {
		t.Error("replications change the hash")
	}
	for _, set := range []string{"tenants.north.pools.premium.seats=11", "study.seed=2", "study.days=31", "tenants.north.users.makers.does.save-premium=1/week"} {
		if other := must(t, small, Options{Set: []string{set}}); other.Hash == s.Hash {
			t.Errorf("%s does not change the hash", set)
		}
	}
	files := fstest.MapFS{"x.toml": {Data: []byte(small + "[tenants.north.trace]\nfile = 'a.csv'\n")}, "a.csv": {Data: []byte("time,user,action,flow\n2026-01-06 10:00,a,save,premium\n")}}
	first, err := Load(files, "x.toml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	files["a.csv"].Data = []byte("time,user,action,flow\n2026-01-06 11:00,a,save,premium\n")
	second, err := Load(files, "x.toml", Options{})
	if err != nil || first.Hash == second.Hash {
		t.Errorf("the bytes of a trace do not change the hash: %v", err)
	}
}

// An empty what-if is the scenario itself.
func TestEmptyWhatIf(t *testing.T) {
	for _, patch := range []string{"[what-if.same]\n", "[what-if.same.tenants.north.users.makers]\n", "[what-if.same.tenants]\n"} {
		s := must(t, small+patch, Options{})
		base, same := *s, *s
		base.Variants, same.Variants = s.Variants[:1:1], []Variant{{Name: Base, World: s.Variants[1].World}}
		if len(s.Variants) != 2 || worlds(&base) != worlds(&same) {
			t.Errorf("%q changes the world", patch)
		}
	}
}

func TestSet(t *testing.T) {
	s := must(t, small+"[what-if.half.tenants.north.pools.premium]\nseats = 5\n", Options{Set: []string{
		"tenants.north.pools.premium.seats = 20", "tenants.north.auto-claim.scope=all", "title=a \"b\" # c", "study.start=2026-02-01",
		`tenants.north.users.makers.desktop."2.50"=0.5`}})
	seats := func(v int) int { return s.Variants[v].World.Tenants[0].Rules.Products[0].Subscriptions[0].Seats }
	if seats(0) != 20 || seats(1) != 5 || s.Title != `a "b" # c` || s.Start != "2026-02-01" || len(tenantOf(s).Segments[0].Desktops) != 1 {
		t.Errorf("%d seats, %d in the what-if, title %s, start %s", seats(0), seats(1), s.Title, s.Start)
	}
	big, none := uint64(1<<63), 0
	_, err := text(t, small, Options{Set: []string{"tenants.north.pools.premium.seets=1", "tenants.north.users.makers.count=many", "no equals sign",
		"a b=1", "title.x=1", "study.days=1\nstudy.seed=2"}, Seed: &big, Replications: &none, Variants: []string{"nobody"}})
	want := `--replications: study.replications: must be an integer from 1 to 1000000, not 0
--seed: must be at most 9223372036854775807
--set a b=1: "a b" is no dotted key: quote parts with other characters than letters, digits, - and _
--set no equals sign: write PATH=VALUE, for example tenants.northlake.auto-claim.scope=all
--set study.days=1
study.seed=2: write PATH=VALUE, for example tenants.northlake.auto-claim.scope=all
--set tenants.north.pools.premium.seets=1: tenants.north.pools.premium.seets: unknown key; did you mean "seats"?
--set tenants.north.users.makers.count=many: tenants.north.users.makers.count: must be an integer from 0 to 20000000, not the string "many"
--set title.x=1: title: must be a string in quotes, not a table
--variant: study.variants[0]: there is no what-if "nobody"; there is base`
	if err == nil || err.Error() != want {
		t.Errorf("problems:\n%v\nwant:\n%s", err, want)
	}
}

// Rule P5: which policies the service makes by itself, when, and for what.
func TestDefaultPolicies(t *testing.T) {
	src := func(start, pool, more string) string {
		return "[study]\nstart = " + start + "\ndays = 100\n[tenants.n.pools." + pool + "]\n" + more +
			"\n[tenants.n.users.u]\ncount = 1\nenvironments = { e = 1.0 }\n[tenants.n.auto-claim]\ndefault-policies = true\n"
	}
	const managed, later, plain = "\n[tenants.n.environments.e]\nmanaged = true", "\n[tenants.n.environments.e]\nmanaged-from = 2026-02-01", "\n[tenants.n.environments.e]"
	const long = clock.Time(longAgo)
	for _, c := range []struct {
		what, src string
		policy    string
		created   clock.Time
		on        bool // at the start
		scope     claim.Scope
	}{
		{"a subscription of unknown age", src("2026-01-05", "premium", "seats = 5"+plain), "default-premium", long, true, claim.AllEnvironments},
		{"an old one", src("2026-01-05", "premium", "subscriptions.a = { seats = 5, starts = 2024-01-31 }"+plain), "", 0, false, claim.AllEnvironments},
		{"a new one", src("2026-01-05", "premium", "subscriptions.a = { seats = 5, starts = 2026-01-06 }"+plain), "default-premium", clock.Day, false, claim.AllEnvironments},
		{"an old one, managed", src("2026-01-05", "premium", "subscriptions.a = { seats = 5, starts = 2024-01-31 }"+managed), "default-premium", long, true, claim.ManagedOnly},
		{"an old one, managed later", src("2026-01-05", "premium", "subscriptions.a = { seats = 5, starts = 2024-01-31 }"+later), "default-premium", 27 * clock.Day, false, claim.ManagedOnly},
		{"both", src("2026-01-05", "premium", "seats = 5"+managed), "default-premium", long, true, claim.AllEnvironments},
		{"per user", src("2026-01-05", "per-user", "seats = 5"+managed), "default-per-user", long, true, claim.ManagedOnly},
		{"per user, not managed", src("2026-01-05", "per-user", "seats = 5"+plain), "", 0, false, claim.AllEnvironments},
		{"before it came", src("2024-03-01", "per-user", "seats = 5"+managed), "default-per-user", 45 * clock.Day, false, claim.ManagedOnly},
		{"the author's switch", src("2026-01-05", "premium", "seats = 5"+managed) + "enabled = false\nscope = 'managed'", "default-premium", long, false, claim.ManagedOnly},
		{"not asked for", strings.Replace(src("2026-01-05", "premium", "seats = 5"+plain), "= true", "= false", 1), "", 0, false, claim.AllEnvironments},
	} {
		s := must(t, c.src, Options{})
		r := &tenantOf(s).Rules
		if r.Enabled != c.on || r.Scope != c.scope {
			t.Errorf("%s: on %t, scope %d", c.what, r.Enabled, r.Scope)
		}
		if len(r.Policies) == 0 {
			if c.policy != "" {
				t.Errorf("%s: no policy", c.what)
			}
			continue
		}
		if p := r.Policies[0]; p.Name != c.policy || p.Created != c.created || !p.On || len(p.Products) != 1 {
			t.Errorf("%s: %+v", c.what, p)
		}
		enable := slices.IndexFunc(tenantOf(s).Timeline, func(e sim.Event) bool { return e.Do == sim.EnableSetting })
		if c.created > 0 != (enable >= 0 && tenantOf(s).Timeline[enable].At == c.created) {
			t.Errorf("%s: the setting is not turned on with the policy", c.what)
		}
	}
}

// Nothing is drawn in a replay without random delays, so it is run once.
func TestRandom(t *testing.T) {
	src := strings.Replace(small, "[tenants.north.users.makers]\ncount = 5\ndoes.trigger-premium = \"1/week\"\n", "[tenants.north.trace]\nfile = 'actions.csv'\ncolumns.time = 'checkout'\naction = 'trigger'\nflow = 'premium'\n[tenants.north.environments]\ndefault = {}\nfinance = {}\n", 1)
	files := func(src string) fs.FS {
		csv, err := os.ReadFile("testdata/actions.csv")
		if err != nil {
			t.Fatal(err)
		}
		return fstest.MapFS{"test.toml": {Data: []byte(src)}, "actions.csv": {Data: csv}}
	}
	for what, c := range map[string]struct {
		src    string
		random bool
	}{
		"a trace alone":      {src, false},
		"an activation":      {src + "[tenants.north.policies.new]\napp = 'rpa-attended'\nproduct = 'premium'\ncreated = 2026-01-06\n", true},
		"one that is fixed":  {src + "[tenants.north.policies.new]\napp = 'rpa-attended'\nproduct = 'premium'\ncreated = 2026-01-06\n[tenants.north]\nauto-claim.activation = '1h'\n", false},
		"people":             {src + "[tenants.north.users.u]\ncount = 1\n", true},
		"nobody":             {src + "[tenants.north.users.u]\ncount = 0\n", false},
		"a what-if of other": {src + "[what-if.w.tenants.north.users.u]\ncount = 1\n", true},
		"a group":            {src + "[tenants.north.groups.g]\nproduct = 'premium'\n", true},
		"a prompt group":     {src + "[tenants.north.groups.g]\nproduct = 'premium'\nlatency = '5m'\n", false},
	} {
		if strings.Contains(c.src, "activation") {
			c.src = strings.Replace(strings.Replace(c.src, "enabled = true", "enabled = true\nactivation = '1h'", 1), "[tenants.north]\nauto-claim.activation = '1h'\n", "", 1)
		}
		s, err := Load(files(c.src), "test.toml", Options{})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if s.Random != c.random || (s.Replications == 1) == c.random {
			t.Errorf("%s: random is %t, %d replications", what, s.Random, s.Replications)
		}
	}
}

// Warnings do not stop a scenario, and stand where their cause does.
func TestWarnings(t *testing.T) {
	src := strings.Replace(small, "enabled = true", "activation = '5h'\nscope = 'managed'", 1) + `does.go-premium = "1/year"
holds = { premium = 1.0 }
[tenants.north.timeline.late]
at = 2027-01-01
do = "enable-setting"
[what-if.many.tenants.north.users.makers]
count = 11
`
	s := must(t, src, Options{})
	var lines []string
	for _, w := range s.Warnings {
		lines = append(lines, w.String())
	}
	want := `test.toml:7:16: tenants.north.auto-claim: nothing is ever claimed: the setting is off; write enabled = true
test.toml:8:14: tenants.north.auto-claim.activation: can take longer than the two hours that are documented
test.toml:9:9: tenants.north.auto-claim.scope: only managed environments are in scope, and the tenant has none
test.toml:13:16: tenants.north.users: 11 people hold premium on day one, reserved ones included, and there are 10 seats: it starts over-assigned (in the what-if many)
test.toml:16:19: tenants.north.users.makers.does.go-premium: nobody has Power Automate for desktop, so this claims nothing: give desktop, for example desktop = { "2.50" = 1.0 }
test.toml:19:6: tenants.north.timeline.late.at: is outside of the study, so nothing comes of it`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("warnings:\n%s\nwant:\n%s", got, want)
	}
}

// TestPeopleOfNoUse: a mistyped name in a --set makes a population that does
// nothing, which must not pass in silence.
func TestPeopleOfNoUse(t *testing.T) {
	s := must(t, small, Options{Set: []string{"tenants.north.users.maker.count=500"}})
	want := `--set tenants.north.users.maker.count=500: tenants.north.users.maker: these people neither act nor hold a licence: give does, for example does.trigger-premium = "1/week"`
	if len(s.Warnings) != 1 || s.Warnings[0].String() != want {
		t.Errorf("warnings %v, want %s", s.Warnings, want)
	}
}

// many returns a text with the numbers 0 to n-1 in it.
func many(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// Dates are those of the tenant's zone, also where daylight saving moves or skips
// a midnight, and where a time comes twice.
func TestDates(t *testing.T) {
	at := func(start, zone, created string) clock.Time {
		s := must(t, strings.NewReplacer("2026-01-05", start, "product = \"premium\"", "product = \"premium\"\ncreated = "+created).Replace(small)+
			"[tenants.north]\ntime-zone = '"+zone+"'\n", Options{})
		return tenantOf(s).Rules.Policies[0].Created
	}
	for _, c := range []struct {
		start, zone, created string
		want                 clock.Time
	}{
		{"2026-03-28", "Europe/Oslo", "2026-03-30", 47 * clock.Hour},
		{"2026-03-28", "Europe/Oslo", "2026-03-29T03:00:00", 26 * clock.Hour},
		{"2026-10-24", "Europe/Oslo", "2026-10-25T02:30:00", 26*clock.Hour + 30*clock.Minute}, // the first of the two
		{"2026-10-24", "Europe/Oslo", "2026-10-26", 49 * clock.Hour},
		{"2018-11-03", "America/Sao_Paulo", "2018-11-04", 24 * clock.Hour}, // that day began at 01:00
		{"2018-11-04", "America/Sao_Paulo", "2018-11-05", 23 * clock.Hour},
		{"2026-01-05", "UTC", "2025-12-31", -5 * clock.Day},
	} {
		if got := at(c.start, c.zone, c.created); got != c.want {
			t.Errorf("from %s, %s in %s is %v h, want %v h", c.start, c.created, c.zone, got/clock.Hour, c.want/clock.Hour)
		}
	}
	s := must(t, strings.Replace(small, "2026-01-05", "2018-11-04", 1)+"[tenants.north]\ntime-zone = 'America/Sao_Paulo'\n", Options{})
	if m := tenantOf(s).Midnights; len(m) != 31 || m[0] != 0 || m[1] != 23*clock.Hour || m[2] != 47*clock.Hour {
		t.Errorf("midnights: %v", m[:3])
	}
}

// Hours are those of the calendar that is named: built in, the tenant's or the
// scenario's.
func TestCalendars(t *testing.T) {
	weights := "weights = [" + strings.Repeat("0, ", 167) + "1]"
	for _, c := range []struct {
		hours, tables string
		first         clock.Time // at which anybody can act
	}{
		{"always", "", 0},
		{"office", "", 9 * clock.Hour},
		{"shift", "[calendars.shift]\ntuesday = ['06:30-07:00', '08:00-09:00']\n", 30*clock.Hour + 30*clock.Minute},
		{"shift", "[calendars.shift]\ntuesday = '06:30-07:00'\n[tenants.north.calendars.shift]\nmonday = '10:00-24:00'\n", 10 * clock.Hour},
		{"shift", "[calendars.shift]\nmonday = '10:00-11:00'\ntuesday = '10:00-11:00'\nholidays = [2026-01-05]\n", 34 * clock.Hour},
		{"shift", "[calendars.shift]\n" + weights + "\n", 7*clock.Day - clock.Hour},
	} {
		s := must(t, small+"hours = '"+c.hours+"'\n"+c.tables, Options{})
		n := tenantOf(s)
		if got := n.Calendars[n.Segments[0].Calendar].Clock(0); got != c.first {
			t.Errorf("%s %s: opens after %v h, want %v h", c.hours, c.tables, float64(got)/float64(clock.Hour), float64(c.first)/float64(clock.Hour))
		}
	}
}

// Assumptions say which are the author's, by the key that changes them, and each
// variant has its own.
func TestAssumptions(t *testing.T) {
	s := must(t, small+"[what-if.late.tenants.north.auto-claim]\nactivation = '1h'\n", Options{})
	find := func(v int, key string) Assumption {
		for _, a := range s.Variants[v].Assumptions {
			if a.Why == "" || a.Value == "" {
				t.Errorf("%+v", a)
			}
			if a.Key == key {
				return a
			}
		}
		t.Errorf("no %s", key)
		return Assumption{}
	}
	const activation = "tenants.north.auto-claim.activation"
	if a := find(0, activation); !a.Default || a.Value != "uniform(0h, 2h)" {
		t.Errorf("%+v", a)
	}
	if a := find(1, activation); a.Default || a.Value != "1h" {
		t.Errorf("%+v", a)
	}
	if a := find(0, "tenants.north.users.makers.does.trigger-premium"); a.Default || a.Value != "1/week" {
		t.Errorf("%+v", a)
	}
	find(0, "tenants.north.auto-claim.claim-when-expired")
	find(0, "north: scope of desktop acts")
}

// Files are found next to the scenario, wherever that is, and nowhere else.
func TestFiles(t *testing.T) {
	files := fstest.MapFS{
		"sub/x.toml":   {Data: []byte(small + "[tenants.north.groups.g]\nproduct = 'premium'\nlatency = 'empirical(wait.csv)'\n")},
		"sub/wait.csv": {Data: []byte("wait\n1h\n3h\n")},
		"wait.csv":     {Data: []byte("wait\n9h\n")},
	}
	s, err := Load(files, "sub/x.toml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := tenantOf(s).Groups[0].Latency; d.Max() != float64(3*clock.Hour) || string(s.Files["wait.csv"]) != "wait\n1h\n3h\n" || len(s.Files) != 1 {
		t.Errorf("latency %v, files %v", d, s.Files)
	}
}

// The number of people who may join counts as people.
func TestNewcomers(t *testing.T) {
	_, err := text(t, small+"joins = '1/second'\n", Options{Set: []string{"study.days=3000"}})
	if err == nil || !strings.Contains(err.Error(), "259200005 people in all, newcomers included") {
		t.Error(err)
	}
}

// Hostile files are refused with one clear error, at once.
func TestHostile(t *testing.T) {
	for what, src := range map[string]string{
		"too large":      strings.Repeat("# more of the same\n", 1<<20),
		"deep arrays":    "x = " + strings.Repeat("[", 1<<20),
		"deep tables":    "x = " + strings.Repeat("{a=", 1<<20),
		"deep header":    "[" + strings.Repeat("a.", 1<<20) + "a]",
		"many what-ifs":  small + strings.Repeat("\n", 3) + many("[what-if.w%d]\n", 1000),
		"many tenants":   small + many("[tenants.t%d.pools.premium]\nseats = 1\n", 50_000),
		"bytes":          "\x00\xff\xfe",
		"a billion":      strings.Replace(small, "count = 5", "count = 999999999999", 1),
		"beyond 64 bits": strings.Replace(small, "count = 5", "count = 99999999999999999999", 1),
	} {
		_, err := text(t, src, Options{})
		if err == nil || strings.Count(err.Error(), "\n") > 2 || len(err.Error()) > 500 {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := Load(fstest.MapFS{}, "no.toml", Options{})
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "reading the scenario no.toml: file does not exist" {
		t.Errorf("no file: %v", err)
	}
}

// FuzzLoad: no text makes Load panic, and what it takes is sound: it has a world
// for every variant, and loads again to the same hash.
func FuzzLoad(f *testing.F) {
	for _, file := range badFiles(f) {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Add(small)
	for _, b := range Builtins() {
		src, err := Source(b.Name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Fuzz(func(t *testing.T, src string) {
		s, err := text(t, src, Options{})
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("error is not Problems: %v", err)
			}
			for _, p := range problems {
				if p.Text == "" || p.File == "test.toml" && (p.Line < 1 || p.Col < 1) {
					t.Errorf("no text or no place: %+v", p)
				}
			}
			return
		}
		for _, v := range s.Variants {
			if v.World == nil || len(v.World.Tenants) == 0 {
				t.Fatal("no world")
			}
		}
		again, err := text(t, string(s.TOML), Options{})
		if err != nil || again.Hash != s.Hash {
			t.Fatalf("%v: %s, then %v, of:\n%s", err, s.Hash, again, s.TOML)
		}
	})
}

// FuzzSet: no --set makes Load panic, and a change of what is taken is written
// with the scenario.
func FuzzSet(f *testing.F) {
	for _, set := range []string{"title=x", "study.days=1", "a.b.c=[1,{}]", "=", "a=", "tenants.north.users.makers.desktop.\"2.50\"=0.1",
		"what-if.w.tenants.north.auto-claim.scope=managed", "tenants=5", "tenants.north.timeline.x={at=2026-01-06, do=\"set-scope\", scope=\"all\"}"} {
		f.Add(set)
	}
	f.Fuzz(func(t *testing.T, set string) {
		s, err := text(t, small, Options{Set: []string{set}})
		if err != nil {
			return
		}
		if again := must(t, string(s.TOML), Options{}); again.Hash != s.Hash {
			t.Errorf("%q: %s, then %s", set, s.Hash, again.Hash)
		}
	})
}
