package scenarios

import (
	"math"
	"strings"

	"seatcast/sim/claim"
)

// A kind is what the value of a key is.
type kind uint8

const (
	isTable     kind = iota // the keys of spec.keys
	isNamed                 // entries with names of the author's, each by spec.each
	isShares                // entries with names, each a number in [0, 1]
	isFree                  // a table that is checked elsewhere
	isList                  // an array, each by spec.each
	isText                  // a string
	isChoice                // one of spec.choices
	isFlag                  // true or false
	isInteger               // in [low, high]
	isNumber                // in [low, high]; an integer will do
	isDate                  // a local date
	isMoment                // a local date, or a local date and time
	isDuration              // "90d"
	isDist                  // a distribution of durations
	isRate                  // "3/week"
	isHabit                 // a rate, one that differs between people, or a renewal process
	isAdoption              // a law of adoption
	isHours                 // "09:00-17:00", or a list of such
	isWidth                 // a number above 0, or a share of a mean, "5%"
	isPrecision             // a number in [low, high], or the keys of a table
)

// A spec describes a key of the scenario file. The tree of them is the one
// source of the checks, the defaults and the JSON Schema.
type spec struct {
	name      string
	kind      kind
	doc       string // a sentence
	def       string // the default, in TOML; "" where there is none
	example   string // in TOML
	required  bool
	low, high float64 // of a number; of the length of a list, where high is not 0
	choices   []string
	keys      []spec
	each      *spec
	deeds     []deed // of an act of a timeline: which keys go with which
}

// Limits of what a scenario may ask for; beyond them is a mistake, or more than
// a machine holds.
const (
	maxDays         = 3660
	maxReplications = 1_000_000
	maxPeople       = 20_000_000
	maxSeats        = 1_000_000_000
	maxBytes        = 4 << 20 // of the file: two hundred times the largest that is sensible
	maxVariants     = 100
	maxTenants      = 1000
	minYear         = 1990
	maxYear         = 2200
)

// find returns the spec of a key of a table.
func (s *spec) find(key string) *spec {
	for i := range s.keys {
		if s.keys[i].name == key {
			return &s.keys[i]
		}
	}
	return nil
}

// known returns the names of a table's keys.
func (s *spec) known() []string {
	names := make([]string, len(s.keys))
	for i := range s.keys {
		names[i] = s.keys[i].name
	}
	return names
}

// must returns the spec as a required key.
func (s spec) must() spec { s.required = true; return s }

// like returns the spec with an example.
func (s spec) like(example string) spec { s.example = example; return s }

func tableOf(name, doc string, keys ...spec) spec {
	return spec{name: name, kind: isTable, doc: doc, keys: keys}
}

func namedOf(name, doc string, each spec) spec {
	return spec{name: name, kind: isNamed, doc: doc, each: &each}
}

// long returns the spec of a list with a length from low to high.
func (s spec) long(low, high float64) spec { s.low, s.high = low, high; return s }

func listOf(name, doc, def string, each spec) spec {
	return spec{name: name, kind: isList, doc: doc, def: def, each: &each}
}

func choiceOf(name, doc, def string, choices ...string) spec {
	return spec{name: name, kind: isChoice, doc: doc, def: def, choices: choices}
}

func integerOf(name, doc, def string, low, high float64) spec {
	return spec{name: name, kind: isInteger, doc: doc, def: def, low: low, high: high}
}

func numberOf(name, doc, def string, low, high float64) spec {
	return spec{name: name, kind: isNumber, doc: doc, def: def, low: low, high: high}
}

func leaf(k kind, name, doc, def string) spec {
	return spec{name: name, kind: k, doc: doc, def: def}
}

// scenarioKeys returns the keys of a scenario file.
func scenarioKeys() *spec {
	s := tableOf("", "A scenario of seatcast: tenants whose people claim licences by auto-claim policies.",
		append([]spec{
			leaf(isText, "title", "One line that says what the scenario is about.", `""`).like(`"Northlake: Finance becomes a managed environment"`),
			studyKeys(),
		}, worldKeys()...)...)
	patch := tableOf("", "A variant: a patch over the scenario by the same paths. The study is common to all variants.",
		append([]spec{
			leaf(isText, "title", "One line that says what is different.", `""`).like(`"All environments"`),
			listOf("remove", "Dotted keys of the scenario to remove before the patch is applied.", "", leaf(isText, "", "A dotted key.", "")).
				like(`["tenants.northlake.reclaim.premium"]`),
		}, worldKeys()...)...)
	s.keys = append(s.keys, namedOf("what-if", "Variants of the scenario, each compared with it on the same luck.", patch))
	return &s
}

// worldKeys are the keys that a what-if may patch.
func worldKeys() []spec {
	return []spec{
		namedOf("tenants", "Tenants, simulated side by side; nothing that happens in one reaches another.", tenantKeys()).must(),
		namedOf("calendars", "Calendars that any tenant may name in hours.", calendarKeys()),
		leaf(isFree, "catalogue", "Changes to the built-in catalogue of licence products, product by product.", ""),
	}
}

func studyKeys() spec {
	return tableOf("study", "What is simulated, for how long and how often.",
		leaf(isDate, "start", "The first local day.", "").like("2026-01-05").must(),
		integerOf("days", "Local days to simulate.", "365", 1, maxDays),
		integerOf("replications", "Independent runs of every variant.", "200", 1, maxReplications),
		integerOf("seed", "The seed of all random numbers.", "1", 0, math.MaxInt64),
		precisionKeys(),
		listOf("variants", "The variants to run, by name; base is the scenario itself. All of them where left out.", "", leaf(isText, "", "The name of a variant.", "")).
			like(`["base", "everyone"]`),
	).must()
}

func precisionKeys() spec {
	s := spec{name: "precision", kind: isPrecision, low: 1e-4, high: 0.5, example: "0.02",
		doc: "Add replications until every reported probability is known to plus or minus this; or a table that says how well what is to be known, of every pool in every variant."}
	share := func(name, doc string) { s.keys = append(s.keys, numberOf(name, doc, "", s.low, s.high).like("0.02")) }
	share("probabilities", "Half the interval of each reported probability.")
	share("exhaustion", "Half the interval of the probability of running dry within the study.")
	share("refusal", "Half the interval of the probability of a refusal within the study.")
	for _, mean := range []string{"refused-users", "refused-claims", "blocked-days", "idle-days", "cost", "peak", "assigned-end"} {
		s.keys = append(s.keys, leaf(isWidth, mean, "Half the interval of the mean of "+mean+", in its unit or in per cent of it; of a mean near 0 per cents take many replications.", "").like(`"5%"`))
	}
	for _, event := range []string{"exhaustion", "refusal"} {
		for _, q := range []string{"05", "50", "95"} {
			s.keys = append(s.keys, leaf(isDuration, event+"-p"+q, "The whole interval of the date by which "+strings.TrimPrefix(q, "0")+"% of the replications see their first "+event+".", "").like(`"7d"`))
		}
	}
	return s
}

func tenantKeys() spec {
	return tableOf("", "A tenant.",
		leaf(isText, "time-zone", "The IANA name of the zone in which all dates and times of the tenant are.", `"UTC"`).like(`"Europe/Oslo"`),
		namedOf("pools", "Pools of seats by product of the catalogue: premium, per-user, …", poolKeys()).must(),
		autoClaimKeys(),
		namedOf("policies", "Auto-claim policies.", policyKeys()),
		namedOf("environments", "Environments of the Power Platform. A tenant without any has one ordinary environment, default.", environmentKeys()),
		namedOf("users", "Populations whose people behave by the same laws.", segmentKeys()),
		namedOf("groups", "Groups with a licence for their members (group-based licensing).", groupKeys()),
		namedOf("reclaim", "The administrator's rules that take idle seats back, by product. The product does nothing of the kind by itself.", reclaimKeys()),
		namedOf("timeline", "Dated acts of the administrator.", timelineKeys()),
		namedOf("calendars", "Calendars that people of this tenant may name in hours.", calendarKeys()),
		traceKeys(),
	)
}

func poolKeys() spec {
	return tableOf("", "The seats of a product.",
		integerOf("seats", "Short for one subscription, named seats, without an end.", "", 0, maxSeats).like("900"),
		integerOf("reserved", "Seats held by people outside the modelled users.", "0", 0, maxSeats),
		numberOf("price", "USD per seat and month. The catalogue has defaults.", "", 0, 1e6).like("15.00"),
		namedOf("subscriptions", "Subscriptions that buy seats for a term.", tableOf("", "A subscription.",
			integerOf("seats", "Seats bought.", "", 0, maxSeats).must().like("50"),
			leaf(isMoment, "starts", "When it starts. Left out: long before the study.", "").like("2025-07-01"),
			leaf(isMoment, "ends", "When its term ends.", "").like("2026-06-30"),
			leaf(isFlag, "renews", "Whether it renews by itself at the end of the term. If not: expired, then disabled, then deleted.", "true"),
			leaf(isText, "channel", "How it was bought, which sets the days of each state after its end: direct, multi-year, volume or csp.", `"direct"`),
		)),
		leaf(isText, "history", "A CSV file of the seats held before the study, date,seats, which the report shows before what is to come. It changes no number.", "").like(`"history.csv"`),
		leaf(isText, "backtest", "A CSV file of the scores of forecasts of that history, as seatcast fit and backtest write it, which the report shows beside what is to come.", "").like(`"backtest.csv"`),
	)
}

func autoClaimKeys() spec {
	return tableOf("auto-claim", "The tenant's settings of auto-claim.",
		leaf(isFlag, "enabled", "The tenant's switch at the start. Off in the product unless a default policy applies.", "").like("true"),
		choiceOf("scope", "The environments that policies apply to.", "", "all", "managed").like(`"managed"`),
		leaf(isDist, "activation", "From the creation of a policy to its first possible claim; documented as up to two hours.", `"uniform(0h, 2h)"`),
		leaf(isDist, "portal-lag", "From a claim until the portal shows it. Display only: rights hold from the claim on.", `"uniform(5m, 60m)"`),
		leaf(isFlag, "default-policies", "Whether the policies that the service creates by itself are there.", "false"),
		choiceOf("precedence", "Which policy serves where several match; not documented.", `"premium-first"`, "premium-first", "per-user-first", "creation-order"),
		leaf(isFlag, "claim-when-expired", "Whether seats of an expired subscription, whose holders keep their rights, can still be claimed; not documented.", "true"),
	)
}

// claimedBy are the keys that say what a policy claims, in a policy and in the
// acts that create or edit one.
func claimedBy() []spec {
	return []spec{
		leaf(isText, "product", "The product whose seats it claims.", "").like(`"premium"`),
		listOf("backups", "Up to four products that serve, in order, when those before them have no seat.", "", leaf(isText, "", "A product of the tenant's pools.", "")).like(`["per-user"]`).long(0, claim.MaxBackups),
		listOf("apps-off", "Service plans cleared on the page Select apps.", "", leaf(isText, "", "A service plan.", "")).like(`["CDS_ATTENDED_RPA"]`),
	}
}

func appKey() spec {
	return choiceOf("app", "The auto-claim app, which decides the triggers.", "", "rpa-attended", "per-user").like(`"rpa-attended"`)
}

func assignKey() spec {
	return leaf(isText, "assign", "How a seat is assigned: direct, or group:NAME to add the person to a group.", "").like(`"direct"`)
}

func policyKeys() spec {
	claims := claimedBy()
	claims[0] = claims[0].must()
	return tableOf("", "An auto-claim policy.", append([]spec{
		appKey().must(),
		leaf(isMoment, "created", "When it is created. Left out: long before the study.", "").like("2026-01-05T09:00:00"),
		leaf(isFlag, "on", "Whether it is turned on.", "true"),
		assignKey(),
	}, claims...)...)
}

func environmentKeys() spec {
	return tableOf("", "An environment.",
		leaf(isFlag, "managed", "Whether it is a managed environment.", "").like("true"),
		leaf(isMoment, "managed-from", "When it becomes one.", "").like("2026-03-01"),
		leaf(isFlag, "pay-as-you-go", "Whether premium flows in it are paid by the run, which needs no licence.", "false"),
	)
}

func segmentKeys() spec {
	return tableOf("", "A population.",
		integerOf("count", "People at the start.", "", 0, maxPeople).must().like("800"),
		leaf(isShares, "environments", "Shares of the people, or of their acts, by environment; they add up to 1.", "").like("{ default = 0.3, finance = 0.7 }"),
		choiceOf("environment-choice", "Whether a person, or each act, is given one of the environments.", `"person"`, "person", "act"),
		leaf(isShares, "holds", "Shares of the people that hold a product on day one.", "").like("{ m365 = 1.0, premium = 0.05 }"),
		leaf(isShares, "desktop", "Shares of the people by version of Power Automate for desktop; what they leave over has none.", "").like(`{ "2.50" = 0.8, "2.39" = 0.2 }`),
		leaf(isAdoption, "adoption", "The law of the time at which a person begins to act; posterior(FILE) draws one anew for each replication from the rows of a CSV file with the columns p, q and ceiling, and by-N for the share that has begun by the end of day N, as seatcast fit writes it; posterior(FILE, without=PRODUCT) is the law of those who hold no seat of the product on day one, and the others begin at the start.", `"all-at-start"`).like(`"bass(p=0.002/day, q=0.03/day, ceiling=0.6)"`),
		choiceOf("starts-with", "An act done at the very instant of adoption.", "", acts()...).like(`"trigger-premium"`),
		leaf(isText, "hours", "When people act: always, office, or the name of a calendar.", `"always"`).like(`"office"`),
		leaf(isRate, "joins", "Newcomers.", "").like(`"2/week"`),
		leaf(isRate, "leaves", "The rate at which a person leaves.", "").like(`"1%/month"`),
		doesKeys(),
		tableOf("when-refused", "What a refused person does, beyond trying again at the next act.",
			numberOf("request", "Share of refusals that become a request to the administrator.", "0.0", 0, 1).like("0.3"),
			leaf(isDist, "approval", "From the request to the assignment.", `"lognormal(median=1d, p95=5d)"`),
			numberOf("trial", "Share of refusals that start a self-assisted trial instead.", "0.0", 0, 1).like("0.1"),
		),
	)
}

// acts returns the keys of the acts that people do.
func acts() []string {
	keys := make([]string, claim.NumActs)
	for a := range claim.NumActs {
		keys[a] = a.String()
	}
	return keys
}

func doesKeys() spec {
	docs := map[claim.Action]string{
		claim.RequestPremium: "Asks for Power Automate Premium.",
		claim.RequestPerUser: "Asks for the Power Automate per-user licence.",
		claim.GoPremium:      "Selects Go Premium in Power Automate for desktop.",
		claim.UseRPA:         "Uses RPA in Power Automate for desktop; it claims only while a self-assisted trial runs.",
		claim.StartTrial:     "Starts a self-assisted trial; a person has one.",
	}
	verbs := map[string]string{"trigger": "Triggers", "save": "Saves", "turn-on": "Turns on"}
	flows := map[string]string{"standard": "a standard flow", "premium": "a premium flow", "attended": "a flow with attended RPA"}
	does := tableOf("does", "How often a person who has adopted does what: a rate, gamma(mean=RATE, shape=…) where people differ, every(DISTRIBUTION) of the time between acts, or posterior(FILE), which draws mean and shape anew for each replication from the rows of a CSV file with these columns, the mean per day, as seatcast fit writes it.")
	for a := range claim.NumActs {
		doc := docs[a]
		if a.Flow() != "" {
			doc = verbs[a.Word()] + " " + flows[a.Flow()] + "."
		}
		does.keys = append(does.keys, leaf(isHabit, a.String(), doc, "").like(`"3/week"`))
	}
	return does
}

func groupKeys() spec {
	return tableOf("", "A licensing group.",
		leaf(isText, "product", "The product that members get.", "").must().like(`"premium"`),
		leaf(isShares, "members", "Shares of each population that are members on day one.", "").like("{ makers = 0.25 }"),
		leaf(isDist, "latency", "From joining the group to the licence.", `"lognormal(median=10m, p95=4h)"`),
	)
}

func reclaimKeys() spec {
	return tableOf("", "A rule that takes idle seats of a product back.",
		leaf(isDuration, "idle-for", "How long nothing was done with the seat.", "").must().like(`"90d"`),
		leaf(isDuration, "check-every", "Time between sweeps. Left out: at the very instant that the idle time is over.", "").like(`"7d"`),
		listOf("from", "Which assignments it may touch.", `["auto-claim"]`, choiceOf("", "A source of an assignment.", "", "auto-claim", "direct", "group")),
	)
}

// daysKey is the length of the auto-claim policy report.
func daysKey() spec {
	s := integerOf("days", "move-to-group: the last days of the auto-claim policy report, whose people are moved: 1, 7, 30 or 90.", "90", 1, 90)
	s.choices = []string{"1", "7", "30", "90"}
	return s
}

func timelineKeys() spec {
	keys := []spec{
		leaf(isMoment, "at", "When, in the tenant's zone.", "").must().like("2026-04-01"),
		choiceOf("do", "What the administrator does.", "", deedNames()...).must().like(`"change-seats"`),
		leaf(isText, "policy", "The policy to create, edit, turn on or off, or delete.", ""),
		appKey(),
		assignKey(),
		leaf(isFlag, "on", "Whether a created policy is turned on.", "true"),
		choiceOf("scope", "The new scope.", "", "all", "managed"),
		leaf(isText, "environment", "The environment that becomes managed, or ordinary again.", ""),
		integerOf("seats", "change-seats: seats more (or, negative, fewer). renew: the new number of seats.", "", -maxSeats, maxSeats).like("200"),
		leaf(isText, "subscription", "The subscription to change or renew. Left out: the first active one.", ""),
		leaf(isMoment, "until", "renew: the new end. Left out: it renews by itself from then on.", ""),
		leaf(isText, "group", "The group to move people to, or to reprocess.", ""),
		daysKey(),
		choiceOf("order", "move-to-group: whether the group comes before the direct licence goes.", `"add-first"`, "add-first", "remove-first"),
		leaf(isText, "users", "assign, unassign: the population.", ""),
		integerOf("count", "assign, unassign: how many of its people. Left out: all.", "", 0, maxPeople),
		numberOf("share", "assign, unassign: which share of its people.", "", 0, 1),
	}
	s := tableOf("", "A dated act.", append(keys, claimedBy()...)...)
	s.deeds = deeds()
	return s
}

func calendarKeys() spec {
	s := tableOf("", "A calendar: hours of the days of the week, or a weight for each hour of the week.")
	for _, day := range weekdays() {
		s.keys = append(s.keys, leaf(isHours, day, "Hours on that day; none where left out.", "").like(`"09:00-17:00"`))
	}
	s.keys = append(s.keys,
		listOf("weights", "168 weights, one for each hour of the week from Monday 00:00.", "", numberOf("", "A weight.", "", 0, 1e9)).long(168, 168),
		listOf("holidays", "Local dates without any hours.", "", leaf(isDate, "", "A date.", "")).like("[2026-05-17]"),
	)
	return s
}

func weekdays() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

func traceKeys() spec {
	columns := []string{"time", "user", "action", "flow", "product", "environment", "desktop"}
	renamed := tableOf("columns", "The file's names of the columns, where they differ.")
	for _, c := range columns {
		renamed.keys = append(renamed.keys, leaf(isText, c, "The file's name of the column "+c+".", ""))
	}
	return tableOf("trace", "What people were observed to do, replayed in place of or beside random users.",
		leaf(isText, "file", "A CSV file next to the scenario.", "").must().like(`"actions.csv"`),
		renamed,
		leaf(isText, "action", "The action of every row, where the file has no such column.", "").like(`"trigger"`),
		leaf(isText, "flow", "The kind of flow of every row: premium, standard or attended.", "").like(`"premium"`),
		leaf(isText, "product", "The product of every row.", ""),
		leaf(isText, "environment", "The environment of every row.", ""),
		leaf(isText, "desktop", "The version of Power Automate for desktop of every row.", ""),
		leaf(isText, "zone", "The zone of local times in the file. Left out: the tenant's.", "").like(`"UTC"`),
	)
}
