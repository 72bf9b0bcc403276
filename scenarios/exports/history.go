package exports

import (
	"bufio"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A day is a local date, as days since 1970-01-01.
type day int

const secondsPerDay = 24 * 60 * 60

// dayOf returns the date that an instant has in its own zone.
func dayOf(at time.Time) day {
	y, m, d := at.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// date returns the day as a date at midnight UTC.
func (d day) date() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String returns the day as 2006-01-02.
func (d day) String() string { return d.date().Format(time.DateOnly) }

// local returns the local day of an instant in seconds.
func (t *tenant) local(seconds int64) day { return dayOf(time.Unix(seconds, 0).In(t.zone)) }

// sessions are the sessions of a licence server, as if each were an act that
// claims a seat.
type sessions struct {
	people map[uint64]int32
	seats  []seat
	rows   []sessionRow
	first  fact[time.Time]
	last   fact[time.Time]
}

// A seat is somebody who holds one, and a sessionRow a session of theirs.
type (
	seat struct {
		name        string // pseudonym, or the name itself where names are kept
		first, last day
	}
	sessionRow struct {
		at   int64 // seconds
		seat int32
	}
)

func newSessions() sessions { return sessions{people: map[uint64]int32{}} }

// add adds a session.
func (s *sessions) add(t *tenant, who string, at time.Time, place Place) {
	d := dayOf(at.In(t.zone))
	key := digest(who)
	i, ok := s.people[key]
	if !ok {
		i = int32(len(s.seats))
		s.people[key] = i
		s.seats = append(s.seats, seat{name: t.pseudonym(who, int(i)), first: d, last: d})
	}
	p := &s.seats[i]
	p.first, p.last = min(p.first, d), max(p.last, d)
	s.rows = append(s.rows, sessionRow{at.Unix(), i})
	if !s.first.known || at.Before(s.first.value) {
		s.first = known(at, place)
	}
	if !s.last.known || at.After(s.last.value) {
		s.last = known(at, place)
	}
}

// pseudonym returns what stands for somebody in what is written: the name itself
// if names are kept, a code of the name by the key if there is one, and else a
// number that means nothing beyond this import.
func (t *tenant) pseudonym(who string, number int) string {
	switch {
	case t.opt.KeepNames:
		return printable(who)
	case len(t.opt.Key) > 0:
		mac := hmac.New(sha256.New, t.opt.Key)
		io.WriteString(mac, strings.ToLower(who))
		return "p-" + hex.EncodeToString(mac.Sum(nil)[:10])
	}
	return "p" + strconv.Itoa(number+1)
}

// A history is how many held a seat of a product by the end of each day.
type history struct {
	product string
	of      string // what it is made of
	days    []historyDay
	until   Place // of the last observation
	partly  bool  // days that nobody observed are left out
	undated int   // holders of whom nobody knows since when; they count from the first day
}

type historyDay struct {
	day           day
	seats, claims int
}

// history returns what the exports tell of a product's past; the best source
// there is: a series as it is, the dates of assignments and claims, sessions.
func (t *tenant) history(product string) *history {
	switch {
	case len(t.series) > 0:
		return t.ofSeries(product)
	case len(t.sessions.rows) > 0 && !t.people.listed.known && !t.audits.claims:
		return t.ofSessions(product)
	}
	if h := t.ofPeople(product); h != nil {
		return h
	}
	if len(t.sessions.rows) > 0 {
		return t.ofSessions(product)
	}
	return nil
}

func (t *tenant) ofSeries(product string) *history {
	h := &history{product: product, of: "a series of seats by date"}
	before := 0
	for i, d := range slices.Sorted(maps.Keys(t.series)) {
		f := t.series[d]
		claims := max(0, f.value-before)
		if i == 0 {
			claims = 0 // who held a seat before is not known to have come on that day
		} else if d != h.days[i-1].day+1 {
			h.partly = true
		}
		h.days = append(h.days, historyDay{d, f.value, claims})
		before, h.until = f.value, f.at
	}
	return h
}

func (t *tenant) ofSessions(product string) *history {
	var firsts []day
	for _, s := range t.sessions.seats {
		firsts = append(firsts, s.first)
	}
	s := &t.sessions
	return t.counted(&history{product: product, of: "sessions, each as if it claimed a seat for good", until: s.last.at},
		firsts, dayOf(s.first.value.In(t.zone)), dayOf(s.last.value.In(t.zone)))
}

// ofPeople counts present holders from the day that their licence has, and people
// whom the audits have claim one. Who has lost a licence since is not seen.
func (t *tenant) ofPeople(product string) *history {
	i := slices.Index(claimable, product)
	var firsts []day
	undated := 0
	for k := range t.people.all {
		p := &t.people.all[k]
		if p.holds&t.bit(product) == 0 && t.people.listed.known {
			continue
		}
		at := earlier(p.since[i], p.audited[i])
		if i == t.mainIndex() {
			at = earlier(at, p.claimed) // the record does not say of what
		}
		switch {
		case at != 0:
			firsts = append(firsts, t.local(at))
		case t.people.listed.known:
			undated++
		}
	}
	if len(firsts) == 0 {
		return nil
	}
	from, last := slices.Min(firsts), t.people.last
	of := "the dates of the licences that people hold"
	if !t.people.listed.known {
		of, last = "claims in directory audits or the policy report, which may not be the first ones", t.audits.last
		from = min(from, t.local(t.audits.first.value.Unix()))
	}
	until, place := max(slices.Max(firsts), t.local(last.value.Unix())), last.at
	return t.counted(&history{product: product, of: of, until: place, undated: undated}, firsts, from, until)
}

// counted fills in the days of a history of people by the day each was first
// counted.
func (t *tenant) counted(h *history, firsts []day, from, until day) *history {
	claims := map[day]int{}
	for _, d := range firsts {
		claims[d]++
	}
	seats := h.undated
	for d := from; d <= until; d++ {
		seats += claims[d]
		h.days = append(h.days, historyDay{d, seats, claims[d]})
	}
	return h
}

// present returns how many hold a seat at the end.
func (h *history) present() int { return h.days[len(h.days)-1].seats }

// recent returns the claims and the days of the last 90 days, without the first
// day, on which people may have come who were there before.
func (h *history) recent() (claims, days int) {
	const window = 90
	last := h.days[len(h.days)-1].day
	from := max(h.days[0].day, last-window)
	for _, d := range h.days {
		if d.day > from {
			claims += d.claims
		}
	}
	return claims, int(last - from)
}

// write writes history.csv.
func (h *history) write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "date,seats,claims") // the writer keeps its first error for Flush
	for _, d := range h.days {
		fmt.Fprintf(out, "%s,%d,%d\n", d.day, d.seats, d.claims)
	}
	return out.Flush()
}

// writePeople writes people.csv: who acted how often, by first day and name. Acts are the
// days on which there was a session, as for analysis/history: a launch may be many of them.
func (s *sessions) writePeople(w io.Writer, t *tenant) error {
	acts, lastDay := make([]int, len(s.seats)), make([]day, len(s.seats))
	rows := slices.Clone(s.rows)
	slices.SortFunc(rows, func(a, b sessionRow) int { return cmp.Compare(a.at, b.at) })
	for _, r := range rows {
		if d := t.local(r.at); acts[r.seat] == 0 || lastDay[r.seat] != d {
			acts[r.seat], lastDay[r.seat] = acts[r.seat]+1, d
		}
	}
	order := make([]int, len(s.seats))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := &s.seats[i], &s.seats[j]
		return cmp.Or(cmp.Compare(a.first, b.first), natural(a.name, b.name))
	})
	out := csv.NewWriter(w)
	out.Write([]string{"person", "first", "last", "acts"}) // the writer keeps its first error for Error
	for _, i := range order {
		p := &s.seats[i]
		out.Write([]string{p.name, p.first.String(), p.last.String(), strconv.Itoa(acts[i])})
	}
	out.Flush()
	return out.Error()
}

// natural orders names; p10 comes after p9.
func natural(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// writeTrace writes trace.csv: who acted when, in local time.
func (s *sessions) writeTrace(w io.Writer, zone *time.Location) error {
	rows := slices.Clone(s.rows)
	slices.SortStableFunc(rows, func(a, b sessionRow) int { return cmp.Compare(a.at, b.at) })
	out := csv.NewWriter(w)
	out.Write([]string{"time", "user"})
	for _, r := range rows {
		out.Write([]string{time.Unix(r.at, 0).In(zone).Format("2006-01-02T15:04:05Z07:00"), s.seats[r.seat].name})
	}
	out.Flush()
	return out.Error()
}
