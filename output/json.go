package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"seatcast/analysis"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// The keys of summary.json. Objects keyed by name keep the order of the scenario.
type (
	summaryJSON struct {
		Scenario     string               `json:"scenario"`
		Title        string               `json:"title"`
		Hash         string               `json:"hash"`
		Seed         uint64               `json:"seed"`
		Replications int                  `json:"replications"`
		Start        string               `json:"start"`
		Days         int                  `json:"days"`
		Variants     ordered[variantJSON] `json:"variants"`
		Differences  []differenceJSON     `json:"differences"`
		Precision    []precisionJSON      `json:"precision,omitempty"`
		Decision     *decisionJSON        `json:"decision,omitempty"`
		Warnings     []string             `json:"warnings"`
	}
	// differenceJSON is a what-if minus the scenario itself, on the same luck.
	differenceJSON struct {
		Variant string  `json:"variant"`
		Tenant  string  `json:"tenant"`
		Product string  `json:"product"`
		Metric  string  `json:"metric"`
		Base    float64 `json:"base"`
		Other   float64 `json:"other"`
		Mean    float64 `json:"mean"`
		Low     float64 `json:"low"`
		High    float64 `json:"high"`
		Noise   bool    `json:"noise"`

		P           float64    `json:"p"`
		Adjusted    float64    `json:"p_adjusted"`         // by Holm, within all differences
		Independent rangeJSON  `json:"independent"`        // the interval of independent runs
		Reduction   float64    `json:"variance_reduction"` // 0 where the difference does not vary
		Dates       *datesJSON `json:"dates,omitempty"`
	}
	variantJSON struct {
		Title        string                     `json:"title"`
		Replications int                        `json:"replications"`
		Pools        ordered[poolJSON]          `json:"pools"`
		Policies     ordered[policyJSON]        `json:"policies"`
		Outcomes     ordered[analysis.Estimate] `json:"outcomes"`
		People       ordered[analysis.Estimate] `json:"people"` // with such an outcome, in the order of Outcomes
	}
	poolJSON struct {
		SeatsStart      int               `json:"seats_start"`
		SeatsEnd        int               `json:"seats_end"`
		Reserved        int               `json:"reserved"`
		AssignedEnd     analysis.Estimate `json:"assigned_end"`
		Peak            analysis.Estimate `json:"peak"`
		Exhaustion      eventJSON         `json:"exhaustion"`
		FirstRefusal    eventJSON         `json:"first_refusal"`
		Claims          analysis.Estimate `json:"claims"`
		RefusedClaims   analysis.Estimate `json:"refused_claims"`
		RefusedUsers    analysis.Estimate `json:"refused_users"`
		BlockedUserDays analysis.Estimate `json:"blocked_user_days"`
		IdleSeatDays    analysis.Estimate `json:"idle_seat_days"`
		Cost            analysis.Estimate `json:"cost"`

		Controlled []analysis.Controlled `json:"controlled,omitempty"` // other estimates of the means above
	}
	policyJSON struct {
		Claims    analysis.Estimate          `json:"claims"`
		Backups   analysis.Estimate          `json:"backups"`
		ByTrigger ordered[analysis.Estimate] `json:"by_trigger"`
	}
	eventJSON struct {
		Probability analysis.Proportion `json:"probability"`
		First       firstJSON           `json:"first"`
	}
	// firstJSON has every time twice: as a local date, and as an instant.
	firstJSON struct {
		timesJSON
		Censored int       `json:"censored"`
		Instants timesJSON `json:"instants"`
	}
	timesJSON struct {
		P05         *string    `json:"p05"`
		P50         *string    `json:"p50"`
		P95         *string    `json:"p95"`
		P05Interval [2]*string `json:"p05_interval"`
		P50Interval [2]*string `json:"p50_interval"`
		P95Interval [2]*string `json:"p95_interval"`
	}
)

// An ordered is a JSON object that keeps the order of its keys.
type ordered[T any] []member[T]

type member[T any] struct {
	key   string
	value T
}

// MarshalJSON writes the members in order.
func (o ordered[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.key, err)
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads the members in order. A key that comes twice is an error.
func (o *ordered[T]) UnmarshalJSON(data []byte) error {
	*o = nil
	d := json.NewDecoder(bytes.NewReader(data))
	open, err := d.Token()
	if err != nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("want an object, have %v", open)
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key := t.(string) // the decoder lets nothing else be a key
		if seen[key] {
			return fmt.Errorf("key %q comes twice", key)
		}
		seen[key] = true
		var value T
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		*o = append(*o, member[T]{key, value})
	}
	return nil
}

// WriteJSON writes the answers as summary.json has them.
func WriteJSON(w io.Writer, a analysis.Answers) error {
	cals, err := Calendars(a.Study)
	if err != nil {
		return err
	}
	s := summaryJSON{
		Scenario: a.Study.Scenario, Title: a.Study.Title, Hash: a.Study.Hash, Seed: a.Study.Seed,
		Replications: a.Replications, Start: a.Study.Start, Days: a.Study.Days,
		Warnings: append([]string{}, a.Warnings...),
	}
	for _, v := range a.Variants {
		j, err := toVariant(v, cals)
		if err != nil {
			return fmt.Errorf("variant %s: %w", v.Name, err)
		}
		s.Variants = append(s.Variants, member[variantJSON]{v.Name, j})
	}
	s.Differences = []differenceJSON{}
	for _, c := range a.Differences {
		s.Differences = append(s.Differences, toDifference(c))
	}
	for _, r := range a.Precision {
		s.Precision = append(s.Precision, toPrecision(r))
	}
	s.Decision = toDecision(a.Decision)
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

func toVariant(v analysis.Variant, cals map[string]Calendar) (variantJSON, error) {
	j := variantJSON{Title: v.Title, Replications: v.Replications}
	for _, p := range v.Pools {
		cal, ok := cals[p.Tenant]
		if !ok {
			return j, fmt.Errorf("pool %s: the study has no tenant %q", p.Product, p.Tenant)
		}
		j.Pools = append(j.Pools, member[poolJSON]{p.Tenant + "/" + p.Product, toPool(p, cal)})
	}
	for _, p := range v.Policies {
		q := policyJSON{Claims: p.Claims, Backups: p.Backups}
		for _, trigger := range sortedKeys(p.ByTrigger) {
			q.ByTrigger = append(q.ByTrigger, member[analysis.Estimate]{trigger, p.ByTrigger[trigger]})
		}
		j.Policies = append(j.Policies, member[policyJSON]{p.Tenant + "/" + p.Name, q})
	}
	for _, o := range v.Outcomes {
		key := o.Tenant + "/" + o.Outcome
		if o.Reason != "" {
			key += "/" + o.Reason
		}
		j.Outcomes = append(j.Outcomes, member[analysis.Estimate]{key, o.Acts})
		if o.People != (analysis.Estimate{}) {
			j.People = append(j.People, member[analysis.Estimate]{key, o.People})
		}
	}
	return j, nil
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func toPool(p analysis.Pool, cal Calendar) poolJSON {
	return poolJSON{
		SeatsStart: p.SeatsStart, SeatsEnd: p.SeatsEnd, Reserved: p.Reserved,
		AssignedEnd: p.AssignedEnd, Peak: p.Peak,
		Exhaustion: toEvent(p.Exhaustion, cal), FirstRefusal: toEvent(p.FirstRefusal, cal),
		Claims: p.Claims, RefusedClaims: p.RefusedClaims, RefusedUsers: p.RefusedUsers,
		BlockedUserDays: p.BlockedUserDays, IdleSeatDays: p.IdleSeatDays, Cost: p.Cost,
		Controlled: p.Controlled,
	}
}

func toEvent(e analysis.Event, cal Calendar) eventJSON {
	return eventJSON{e.Probability, firstJSON{
		timesJSON: toTimes(e.First, cal, DateFormat),
		Censored:  e.First.Censored,
		Instants:  toTimes(e.First, cal, time.RFC3339Nano),
	}}
}

func toTimes(ts analysis.Times, cal Calendar, layout string) timesJSON {
	one := func(t clock.Time) *string {
		if t == clock.Never {
			return nil
		}
		s := cal.Local(t).Format(layout)
		return &s
	}
	two := func(t [2]clock.Time) [2]*string { return [2]*string{one(t[0]), one(t[1])} }
	return timesJSON{one(ts.P05), one(ts.P50), one(ts.P95), two(ts.P05Interval), two(ts.P50Interval), two(ts.P95Interval)}
}

// ReadJSON reads what WriteJSON wrote about study. The answers it returns have
// no curves and no risks: ReadCurve and ReadExhaustion add them.
func ReadJSON(r io.Reader, study record.Study) (analysis.Answers, error) {
	a := analysis.Answers{Study: study}
	cals, err := Calendars(study)
	if err != nil {
		return a, err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return a, err
	}
	var s summaryJSON
	if err := json.Unmarshal(data, &s); err != nil {
		return a, WithLine(data, err)
	}
	a.Replications, a.Warnings = s.Replications, s.Warnings
	if s.Hash != study.Hash || len(s.Variants) != len(study.Variants) {
		return a, fmt.Errorf("hash %q with %d variants: the study has hash %q and %d variants",
			s.Hash, len(s.Variants), study.Hash, len(study.Variants))
	}
	for i, m := range s.Variants {
		if m.key != study.Variants[i].Name {
			return a, fmt.Errorf("variant %q: the study has %q here", m.key, study.Variants[i].Name)
		}
		v, err := fromVariant(m, study.Variants[i].Tenants, cals)
		if err != nil {
			return a, fmt.Errorf("variant %s: %w", m.key, err)
		}
		a.Variants = append(a.Variants, v)
	}
	for _, d := range s.Differences {
		a.Differences = append(a.Differences, fromDifference(d))
	}
	for _, r := range s.Precision {
		a.Precision = append(a.Precision, fromPrecision(r))
	}
	a.Decision, err = fromDecision(s.Decision)
	return a, err
}

// WithLine adds the line to an error of encoding/json that knows its offset.
func WithLine(data []byte, err error) error {
	offset := int64(-1)
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		offset = e.Offset
	}
	if e := (*json.UnmarshalTypeError)(nil); errors.As(err, &e) {
		offset = e.Offset
	}
	if offset < 0 || offset > int64(len(data)) {
		return err
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(data[:offset], []byte("\n")), err)
}

func fromVariant(m member[variantJSON], tenants []record.TenantInfo, cals map[string]Calendar) (analysis.Variant, error) {
	v := analysis.Variant{Name: m.key, Title: m.value.Title, Replications: m.value.Replications}
	for _, p := range m.value.Pools {
		tenant, product, err := splitKey(p.key, tenants)
		if err != nil {
			return v, err
		}
		pool, err := fromPool(p.value, cals[tenant])
		if err != nil {
			return v, fmt.Errorf("%s: %w", p.key, err)
		}
		pool.Tenant, pool.Product = tenant, product
		v.Pools = append(v.Pools, pool)
	}
	for _, p := range m.value.Policies {
		tenant, name, err := splitKey(p.key, tenants)
		if err != nil {
			return v, err
		}
		policy := analysis.Policy{Tenant: tenant, Name: name, Claims: p.value.Claims, Backups: p.value.Backups}
		for _, t := range p.value.ByTrigger {
			if policy.ByTrigger == nil {
				policy.ByTrigger = map[string]analysis.Estimate{}
			}
			policy.ByTrigger[t.key] = t.value
		}
		v.Policies = append(v.Policies, policy)
	}
	people := map[string]analysis.Estimate{}
	for _, o := range m.value.People {
		people[o.key] = o.value
	}
	for _, o := range m.value.Outcomes {
		tenant, rest, err := splitKey(o.key, tenants)
		if err != nil {
			return v, err
		}
		outcome, reason, _ := strings.Cut(rest, "/")
		v.Outcomes = append(v.Outcomes, analysis.Outcome{Tenant: tenant, Outcome: outcome, Reason: reason, Acts: o.value, People: people[o.key]})
	}
	return v, nil
}

// splitKey splits "tenant/name". Where the name of one tenant begins another's,
// the longer one is meant.
func splitKey(key string, tenants []record.TenantInfo) (tenant, name string, err error) {
	found := false
	for _, t := range tenants {
		rest, ok := strings.CutPrefix(key, t.Name+"/")
		if ok && (!found || len(t.Name) > len(tenant)) {
			tenant, name, found = t.Name, rest, true
		}
	}
	if !found {
		return "", "", fmt.Errorf("key %q does not begin with the name of a tenant and a slash", key)
	}
	return tenant, name, nil
}

func fromPool(j poolJSON, cal Calendar) (analysis.Pool, error) {
	exhaustion, err := fromEvent(j.Exhaustion, cal)
	if err != nil {
		return analysis.Pool{}, fmt.Errorf("exhaustion: %w", err)
	}
	refusal, err := fromEvent(j.FirstRefusal, cal)
	if err != nil {
		return analysis.Pool{}, fmt.Errorf("first_refusal: %w", err)
	}
	return analysis.Pool{
		SeatsStart: j.SeatsStart, SeatsEnd: j.SeatsEnd, Reserved: j.Reserved,
		AssignedEnd: j.AssignedEnd, Peak: j.Peak, Exhaustion: exhaustion, FirstRefusal: refusal,
		Claims: j.Claims, RefusedClaims: j.RefusedClaims, RefusedUsers: j.RefusedUsers,
		BlockedUserDays: j.BlockedUserDays, IdleSeatDays: j.IdleSeatDays, Cost: j.Cost,
		Controlled: j.Controlled,
	}, nil
}

func fromEvent(j eventJSON, cal Calendar) (analysis.Event, error) {
	var problems []error
	one := func(s *string) clock.Time {
		if s == nil {
			return clock.Never
		}
		at, err := time.Parse(time.RFC3339Nano, *s)
		if err != nil {
			problems = append(problems, err)
			return clock.Never
		}
		return cal.Time(at)
	}
	two := func(s [2]*string) [2]clock.Time { return [2]clock.Time{one(s[0]), one(s[1])} }
	at := j.First.Instants
	e := analysis.Event{Probability: j.Probability, First: analysis.Times{
		P05: one(at.P05), P50: one(at.P50), P95: one(at.P95),
		P05Interval: two(at.P05Interval), P50Interval: two(at.P50Interval), P95Interval: two(at.P95Interval),
		Censored: j.First.Censored,
	}}
	return e, errors.Join(problems...)
}
