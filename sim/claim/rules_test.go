package claim

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"seatcast/sim/clock"
)

var update = flag.Bool("update", false, "rewrite the expected outcomes in testdata/rules; commit them only if you understand every change")

// TestRules tells each rule of the model as stories: testdata/rules/C1.txt and
// so on. A story first sets a tenant up, one line each:
//
//	tenant TITLE…                         begins another tenant, and so another story
//	pool PRODUCT SEATS [reserved N]       subscription PRODUCT NAME SEATS [from DATE] [until DATE] [expired Nd] [disabled Nd]
//	setting off                           scope managed
//	policy NAME APP PRODUCT[,BACKUP…] [off] [created TIME] [activation 2h] [group NAME]
//	environment NAME [managed] [pay-as-you-go]
//	group NAME PRODUCT [latency 1h]       precedence per-user-first
//	licence NAME RIGHT,…|nothing [from DATE]   what a licence gives, where it is not that of the matrix below
//	claim-when-expired off
//	person NAME [holds PRODUCT,…] [desktop 2.43] [trial TIME] [member GROUP,…]
//
// and then has paragraphs of things that happen: lines "TIME what", then ---- and
// what became of them, in their order. Lines that begin with # are for the reader.
// The matrix of entitlements is that of the catalogue at the start of 2026.
func TestRules(t *testing.T) {
	files, err := filepath.Glob("testdata/rules/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, file := range files {
		rules = append(rules, strings.TrimSuffix(filepath.Base(file), ".txt"))
	}
	want := strings.Fields("C1 C10 C11 C12 C13 C14 C2 C3 C4 C5 C6 C7 C8 C9 G1 G2 G3 G4 P1 P2 P4 P5 P6 P8 S1 S2 S3 S4 S5 S6")
	if !slices.Equal(rules, want) {
		t.Errorf("there are stories of the rules %v, want %v", rules, want)
	}
	for i, file := range files {
		t.Run(rules[i], func(t *testing.T) { tell(t, file) })
	}
}

// tell runs a story and compares every outcome.
func tell(t *testing.T, file string) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newStory(t, file)
	var out, want strings.Builder
	outcomes := 0
	lines := bufio.NewScanner(strings.NewReader(string(src)))
	expecting := false
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "----":
			expecting = true
			out.WriteString("----\n" + s.flush())
			want.WriteString("----\n")
			outcomes++
			continue
		case line == "":
			expecting = false
		case expecting:
			want.WriteString(line + "\n")
			continue
		case strings.HasPrefix(line, "tenant "):
			s.ended()
			s = newStory(t, file)
		case !strings.HasPrefix(line, "#"):
			s.line(line)
		}
		out.WriteString(line + "\n")
		want.WriteString(line + "\n")
	}
	s.ended()
	if outcomes == 0 || !strings.HasPrefix(string(src), "# RULE: ") {
		t.Fatalf("%s: a story opens with its rule, # RULE: …, and expects something", file)
	}
	if out.String() == want.String() {
		return
	}
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s:%s", file, difference(out.String(), want.String()))
}

// difference lists the lines that differ, by number.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var out strings.Builder
	for i := range max(len(g), len(w)) {
		a, b := "", ""
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			fmt.Fprintf(&out, "\n%d: got  %s\n%*s want %s", i+1, a, len(strconv.Itoa(i+1))+1, "", b)
		}
		if len(g) != len(w) && a != b {
			break // the lines after it are out of step
		}
	}
	return out.String()
}

// A story is a tenant made from text, with an administrator's calendar of what
// is still to come.
type story struct {
	t        *testing.T
	file     string
	config   Config
	engine   *Engine // nil while the tenant is set up
	people   []string
	setups   []func()
	delay    map[int]clock.Time // of policies
	latency  []clock.Time       // of groups
	due      []arrival
	said     []string
	products []string
	groups   []string
	policies []string
	places   []string
}

type arrival struct {
	at     clock.Time
	person Person
	group  int
}

// matrix is the entitlement matrix of 2026 by product.
var matrix = map[string]Rights{
	"premium":            1<<NumRights - 1,
	"per-user":           1<<StandardFlow | 1<<StandardManaged | 1<<PremiumFlow | 1<<PerUserSeat,
	"m365":               1 << StandardFlow,
	"power-apps-premium": 1<<StandardFlow | 1<<StandardManaged,
}

func newStory(t *testing.T, file string) *story {
	s := &story{t: t, file: file, delay: map[int]clock.Time{}}
	s.config = Config{Enabled: true, TrialFor: 90 * clock.Day, MinDesktop: Version{2, 43}, ClaimWhenExpired: true,
		FreeRights:  []Grant{{0, 1 << StandardFlow}},
		TrialRights: []Grant{{0, 1<<StandardFlow | 1<<StandardManaged | 1<<PremiumFlow | 1<<AttendedFlow}}}
	return s
}

func (s *story) failf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s: "+format, append([]any{s.file}, args...)...)
}

// ended demands that everything that was said was expected.
func (s *story) ended() {
	if len(s.said) > 0 {
		s.failf("nobody expects %q", s.said)
	}
}

// flush returns what has been said since the last outcome.
func (s *story) flush() string {
	if len(s.said) == 0 {
		return "nothing\n"
	}
	out := strings.Join(s.said, "\n") + "\n"
	s.said = nil
	return out
}

func (s *story) say(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

var storyStart = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// when reads "2026-01-05" or "2026-01-05T09:00" as a time since 2026-01-05.
func (s *story) when(word string) clock.Time {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if at, err := time.Parse(layout, word); err == nil {
			return clock.Time(at.Sub(storyStart))
		}
	}
	s.failf("%q is no time", word)
	return 0
}

// index returns the place of a name in a list.
func (s *story) index(list []string, name string) int {
	i := slices.Index(list, name)
	if i < 0 {
		s.failf("there is no %q among %v", name, list)
	}
	return i
}

func (s *story) product(name string) int {
	if i := slices.Index(s.products, name); i >= 0 {
		return i
	}
	rights, ok := matrix[name]
	if !ok {
		s.failf("there is no product %q", name)
	}
	return s.addProduct(name, rights)
}

func (s *story) addProduct(name string, rights Rights) int {
	s.products = append(s.products, name)
	s.config.Products = append(s.config.Products, Product{Name: name, Grants: []Grant{{0, rights}}})
	return len(s.products) - 1
}

// licence says what a licence gives, from a date on where there is one.
func (s *story) licence(words []string) {
	var rights Rights
	if words[2] != "nothing" {
		for _, word := range strings.Split(words[2], ",") {
			i := slices.IndexFunc(allRights(), func(r Right) bool { return r.String() == word })
			if i < 0 {
				s.failf("there is no right %q", word)
			}
			rights |= 1 << i
		}
	}
	if from, ok := options(words[3:])["from"]; ok {
		p := &s.config.Products[s.product(words[1])]
		p.Grants = append(p.Grants, Grant{s.when(from), rights})
		return
	}
	s.addProduct(words[1], rights)
}

func allRights() (all []Right) {
	for r := range NumRights {
		all = append(all, r)
	}
	return all
}

func (s *story) number(word string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(word, "d"), "h"))
	if err != nil {
		s.failf("%v", err)
	}
	return n
}

// options reads pairs of words, and lone words that stand for "yes".
func options(words []string, lone ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i < len(words); i++ {
		if slices.Contains(lone, words[i]) {
			out[words[i]] = "yes"
		} else if i+1 < len(words) {
			out[words[i]] = words[i+1]
			i++
		}
	}
	return out
}

func (s *story) line(line string) {
	words := strings.Fields(line)
	if strings.HasPrefix(words[0], "2") { // a time
		s.start()
		s.happen(s.when(words[0]), words[1:])
		return
	}
	if s.engine != nil {
		s.failf("the tenant is set up before anything happens: %s", line)
	}
	s.setUp(words)
}

func (s *story) setUp(words []string) {
	switch words[0] {
	case "pool":
		p := &s.config.Products[s.product(words[1])]
		p.Subscriptions = append(p.Subscriptions, Subscription{Name: "seats", Seats: s.number(words[2]), Starts: -1, Ends: clock.Never})
		if r, ok := options(words[3:])["reserved"]; ok {
			p.Reserved = s.number(r)
		}
	case "subscription":
		s.subscription(words)
	case "setting":
		s.config.Enabled = words[1] == "on"
	case "scope":
		s.config.Scope = map[string]Scope{"all": AllEnvironments, "managed": ManagedOnly}[words[1]]
	case "precedence":
		s.config.Precedence = map[string]Precedence{"premium-first": PremiumFirst, "per-user-first": PerUserFirst, "creation-order": CreationOrder}[words[1]]
	case "environment":
		opt := options(words[2:], "managed", "pay-as-you-go")
		s.places = append(s.places, words[1])
		s.config.Environments = append(s.config.Environments, Environment{words[1], opt["managed"] != "", opt["pay-as-you-go"] != ""})
	case "licence":
		s.licence(words)
	case "claim-when-expired":
		s.config.ClaimWhenExpired = words[1] == "on"
	case "group":
		latency := clock.Hour
		if l, ok := options(words[3:])["latency"]; ok {
			latency = clock.Time(s.number(l)) * clock.Hour
		}
		s.groups, s.latency = append(s.groups, words[1]), append(s.latency, latency)
		s.config.Groups = append(s.config.Groups, Group{words[1], s.product(words[2])})
	case "policy":
		s.policy(words)
	case "person":
		s.person(words)
	default:
		s.failf("do not know %q", words[0])
	}
}

func (s *story) subscription(words []string) {
	p := &s.config.Products[s.product(words[1])]
	sub := Subscription{Name: words[2], Seats: s.number(words[3]), Starts: -1, Ends: clock.Never, Expired: 30 * clock.Day, Disabled: 90 * clock.Day}
	for key, value := range options(words[4:]) {
		switch key {
		case "from":
			sub.Starts = s.when(value)
		case "until":
			sub.Ends = s.when(value)
		case "expired":
			sub.Expired = clock.Time(s.number(value)) * clock.Day
		case "disabled":
			sub.Disabled = clock.Time(s.number(value)) * clock.Day
		}
	}
	p.Subscriptions = append(p.Subscriptions, sub)
}

func (s *story) policy(words []string) {
	p := Policy{Name: words[1], Created: -clock.Day, On: true, Group: -1,
		App: map[string]App{"per-user": PerUserApp, "rpa-attended": RPAAttendedApp}[words[2]]}
	for _, product := range strings.Split(words[3], ",") {
		p.Products = append(p.Products, s.product(product))
	}
	for key, value := range options(words[4:], "off") {
		switch key {
		case "off":
			p.On = false
		case "created":
			p.Created = s.when(value)
		case "activation":
			s.delay[len(s.policies)] = clock.Time(s.number(value)) * clock.Hour
		case "group":
			p.Group = s.index(s.groups, value)
		}
	}
	s.policies = append(s.policies, p.Name)
	s.config.Policies = append(s.config.Policies, p)
}

func (s *story) person(words []string) {
	i := Person(len(s.people))
	s.people = append(s.people, words[1])
	for key, value := range options(words[2:]) {
		switch key {
		case "holds":
			for _, name := range strings.Split(value, ",") {
				product := s.product(name)
				s.setups = append(s.setups, func() { s.engine.Hold(i, product) })
			}
		case "desktop":
			major, minor, _ := strings.Cut(value, ".")
			v := Version{s.number(major), s.number(minor)}
			s.setups = append(s.setups, func() { s.engine.SetDesktop(i, v) })
		case "trial":
			from := s.when(value)
			s.setups = append(s.setups, func() { s.engine.StartTrial(from, i) })
		case "member":
			for _, name := range strings.Split(value, ",") {
				g := s.index(s.groups, name)
				s.setups = append(s.setups, func() { s.engine.HoldByGroup(i, g) })
			}
		default:
			s.failf("a person has no %q", key)
		}
	}
}

// start makes the engine once the tenant is set up.
func (s *story) start() {
	if s.engine != nil {
		return
	}
	s.engine = New(&s.config, len(s.people))
	s.engine.KeepReport = true
	for i := range s.config.Policies {
		s.engine.SetActive(i, s.config.Policies[i].Created+s.delay[i])
	}
	for _, do := range s.setups {
		do()
	}
}

// happen brings the tenant up to an instant and lets one thing happen. Of one
// instant, subscriptions come first, then group-based licensing, then people.
func (s *story) happen(now clock.Time, words []string) {
	sort.SliceStable(s.due, func(i, j int) bool { return s.due[i].at < s.due[j].at })
	for len(s.due) > 0 && s.due[0].at <= now {
		a := s.due[0]
		s.due = s.due[1:]
		s.refresh(a.at)
		s.decision(s.people[a.person]+" in "+s.groups[a.group], s.engine.Process(a.person, a.group))
	}
	s.refresh(now)
	if !s.deed(now, words) {
		s.act(now, words)
	}
}

// refresh brings the matrix and the subscriptions up to an instant.
func (s *story) refresh(now clock.Time) {
	s.engine.Regrant(now)
	for p := range s.products {
		s.engine.Refresh(now, p)
		s.effects()
	}
}

// effects says which seats went without a decision that tells it.
func (s *story) effects() {
	for _, f := range s.engine.Effects {
		if f.Kind == SeatFreed {
			s.say("%s loses %s", s.people[f.Person], s.products[f.Product])
		}
	}
}

// enlisted lets group-based licensing get to new members, each group in its time.
func (s *story) enlisted(now clock.Time) {
	for _, f := range s.engine.Effects {
		if f.Kind == Enlisted {
			s.due = append(s.due, arrival{now + s.latency[f.Group], f.Person, int(f.Group)})
		}
	}
}

// deed runs an act of the administrator, and reports whether the words are one.
func (s *story) deed(now clock.Time, words []string) bool {
	e := s.engine
	switch words[0] {
	case "setting":
		e.SetEnabled(words[1] == "on")
	case "scope":
		e.SetScope(map[string]Scope{"all": AllEnvironments, "managed": ManagedOnly}[words[1]])
	case "turn-on", "turn-off":
		e.SetOn(s.index(s.policies, words[1]), words[0] == "turn-on")
	case "delete":
		e.Delete(s.index(s.policies, words[1]))
	case "edit":
		var products []int
		for _, p := range strings.Split(words[2], ",") {
			products = append(products, s.index(s.products, p))
		}
		e.Edit(s.index(s.policies, words[1]), products)
	case "manage", "unmanage":
		e.SetManaged(s.index(s.places, words[1]), words[0] == "manage")
	case "seats", "renew": // seats PRODUCT ±N [of NAME], renew PRODUCT DATE [of NAME] [seats N]
		s.buy(now, words)
	case "pools":
		for p, name := range s.products {
			if s.config.Products[p].Subscriptions != nil {
				s.say("%s: %d seats, %d assigned, %d assignable", name, e.Seats(p), e.Assigned(p), e.Assignable(p))
			}
		}
	case "report":
		for _, row := range e.Report(now - clock.Time(s.number(words[1]))*clock.Day) {
			at := storyStart.Add(time.Duration(row.At)).Format("2006-01-02T15:04")
			s.say("%s %s %s by %s", at, s.people[row.Person], s.products[row.Product], s.policies[row.Policy])
		}
	default:
		return false
	}
	return true
}

// buy changes what a subscription has, or until when it runs.
func (s *story) buy(now clock.Time, words []string) {
	product, opt, which := s.index(s.products, words[1]), options(words[3:]), -1
	if name, ok := opt["of"]; ok {
		which = slices.IndexFunc(s.config.Products[product].Subscriptions, func(sub Subscription) bool { return sub.Name == name })
	}
	if words[0] == "seats" {
		s.engine.ChangeSeats(now, product, which, s.number(words[2]))
	} else {
		seats := -1
		if n, ok := opt["seats"]; ok {
			seats = s.number(n)
		}
		s.engine.Renew(now, product, which, s.when(words[2]), seats)
	}
	s.effects()
}

// act runs what a person does, or what an administrator does to a person.
func (s *story) act(now clock.Time, words []string) {
	e, p := s.engine, Person(s.index(s.people, words[0]))
	place := int16(-1)
	if i := slices.Index(words, "in"); i > 0 {
		place = int16(s.index(s.places, words[i+1]))
	}
	for a := range NumActs {
		if a.String() == words[1] {
			s.decision(words[0], e.Do(now, Act{p, a, place}))
			s.enlisted(now)
			return
		}
	}
	switch words[1] {
	case "assign":
		s.decision(words[0], e.Assign(p, s.index(s.products, words[2])))
	case "unassign":
		s.decision(words[0], e.Unassign(p, s.index(s.products, words[2])))
	case "reclaim":
		from := map[string]Sources{"auto-claim": FromAutoClaim, "direct": FromDirect, "group": FromGroup}[words[4]]
		s.decision(words[0], e.Reclaim(p, s.index(s.products, words[2]), from))
	case "leaves":
		e.Leave(p)
		s.effects()
	case "joins":
		e.Enlist(p, s.index(s.groups, words[2]))
		s.enlisted(now)
	case "reprocess":
		s.due = append(s.due, arrival{now + s.latency[s.index(s.groups, words[2])], p, s.index(s.groups, words[2])})
	case "holds":
		s.holdings(p)
	default:
		s.failf("do not know what it means that somebody %q", words[1])
	}
}

// holdings says what a person holds, and by which sources.
func (s *story) holdings(p Person) {
	var all []string
	for product, name := range s.products {
		by := s.engine.HeldBy(p, product)
		if (by != 0) != s.engine.Holds(p, product) {
			s.failf("%s holds %s by %b: Holds and HeldBy disagree", s.people[p], name, by)
		}
		for i, source := range []string{"auto-claim", "direct", "group"} {
			if by&(1<<i) != 0 {
				all = append(all, name+" by "+source)
			}
		}
	}
	if all == nil {
		all = []string{"nothing"}
	}
	s.say("%s holds %s", s.people[p], strings.Join(all, ", "))
}

// decision says what became of an act: the outcome, then why, or what was
// claimed by which policy.
func (s *story) decision(who string, d Decision) {
	text := who + ": " + d.Outcome.String()
	if d.Product >= 0 {
		text += " " + s.products[d.Product]
	}
	if d.Policy >= 0 && (d.Outcome == Claimed || d.Outcome == Refused) {
		text += " by " + s.policies[d.Policy]
	}
	if d.Reason != NoReason {
		text += ": " + d.Reason.String()
	}
	s.say("%s", text)
}
