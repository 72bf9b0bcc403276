package analysis

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"seatcast/sim/clock"
)

// Headline returns the answer about a pool in plain sentences: when it runs dry
// and with what probability, and who is refused. Shares are of all replications,
// those in which the pool never runs dry included. Of a single replication it
// tells what happened, without probabilities.
func Headline(a Answers, v Variant, p Pool) string {
	h := headline{a, v, p}
	switch {
	case v.Replications == 0:
		return h.subject() + ": no replication has finished, so nothing is known."
	case v.Replications == 1:
		return h.oneExhaustion() + " " + h.oneRefusal()
	}
	return h.exhaustion() + " " + h.refusal()
}

// A headline writes the sentences about one pool of one variant.
type headline struct {
	answers Answers
	variant Variant
	pool    Pool
}

// subject names the pool: "Northlake's pool of 120 Premium seats".
func (h headline) subject() string {
	p := h.pool
	s := fmt.Sprintf("%s's pool of %s %s", capital(p.Tenant), countText(float64(p.SeatsStart)), capital(p.Product))
	s += plural(p.SeatsStart, " seat", " seats")
	var notes []string
	if p.SeatsEnd != p.SeatsStart {
		notes = append(notes, countText(float64(p.SeatsEnd))+" at the end")
	}
	if p.Reserved > 0 {
		notes = append(notes, countText(float64(p.Reserved))+" reserved")
	}
	if len(notes) > 0 {
		s += " (" + strings.Join(notes, ", ") + ")"
	}
	return s
}

func (h headline) exhaustion() string {
	p, n := h.pool, h.variant.Replications
	probability := p.Exhaustion.Probability
	switch {
	case p.Exhaustion.First.Censored == n:
		return fmt.Sprintf("%s never ran dry in %s replications of %s: the probability is at most %s%% (95%%).",
			h.subject(), countText(float64(n)), h.horizon(), percentText(probability.High))
	case p.Risk[0].Exhaustion.Value == 1:
		return h.subject() + " is dry from the start in every replication."
	case p.Risk[1].Exhaustion.Value == 1:
		return h.subject() + " runs dry on the first day in every replication."
	case p.Exhaustion.First.Censored == 0:
		return fmt.Sprintf("%s ran dry within %s in all of %s replications (the probability is at least %s%%, at 95%%); %s.",
			h.subject(), h.horizon(), countText(float64(n)), percentText(probability.Low), h.dryBy())
	}
	return fmt.Sprintf("%s runs dry within %s with probability %s; %s.", h.subject(), h.horizon(), proportionText(probability), h.dryBy())
}

// dryBy tells the quantiles of exhaustion: those that lie within the horizon, and
// that the others do not.
func (h headline) dryBy() string {
	t := h.pool.Exhaustion.First
	switch {
	case t.P05 == clock.Never:
		return "fewer than 5% of the replications see it"
	case t.P50 == clock.Never:
		return fmt.Sprintf("5%% of the replications are dry by %s, half of them not within the horizon", h.date(t.P05))
	}
	last := "not within the horizon"
	if t.P95 != clock.Never {
		last = "by " + h.date(t.P95)
	}
	return fmt.Sprintf("half of the replications are dry by %s%s; 5%% by %s, 95%% %s",
		h.date(t.P50), h.intervalText(t.P50Interval), h.date(t.P05), last)
}

// intervalText writes the interval of a date that is within the horizon.
func (h headline) intervalText(interval [2]clock.Time) string {
	from, to := "the start", "beyond the horizon"
	if interval[0] > 0 {
		from = h.date(interval[0])
	}
	if interval[1] != clock.Never {
		to = h.date(interval[1])
	}
	if from == to {
		return ""
	}
	return fmt.Sprintf(" (95%%: %s to %s)", from, to)
}

func (h headline) refusal() string {
	p, n := h.pool, h.variant.Replications
	first := p.FirstRefusal
	if first.First.Censored == n {
		return fmt.Sprintf("Nobody was refused a seat in any of %s replications: the probability of a refusal is at most %s%% (95%%).",
			countText(float64(n)), percentText(first.Probability.High))
	}
	people := p.RefusedUsers
	spread := fmt.Sprintf(" (mean, 95%%: %s to %s; 5%% to 95%% of the replications: %s to %s)",
		countText(people.Low), countText(people.High), countText(people.P05), countText(people.P95))
	if people.Low == people.High && people.P05 == people.P95 {
		spread = " in every replication"
	}
	s := fmt.Sprintf("By the end %s%s %s been refused; ", peopleText(people.Mean), spread, hasBeen(people.Mean))
	if first.First.P50 == clock.Never {
		return s + fmt.Sprintf("a first refusal comes within %s with probability %s.", h.horizon(), proportionText(first.Probability))
	}
	return s + fmt.Sprintf("the first refusal comes by %s in half of the replications.", h.date(first.First.P50))
}

func (h headline) oneExhaustion() string {
	first := h.pool.Exhaustion.First.P50
	switch {
	case first == clock.Never:
		return fmt.Sprintf("%s does not run dry within %s.", h.subject(), h.horizon())
	case first <= 0:
		return h.subject() + " is dry from the start."
	}
	return fmt.Sprintf("%s runs dry on %s.", h.subject(), h.date(first))
}

func (h headline) oneRefusal() string {
	first := h.pool.FirstRefusal.First.P50
	if first == clock.Never {
		return "Nobody is refused."
	}
	people := h.pool.RefusedUsers.Mean
	return fmt.Sprintf("By the end %s %s been refused, for the first time on %s.", peopleText(people), hasBeen(people), h.date(first))
}

// horizon names the length of the study: "the year", "90 days".
func (h headline) horizon() string {
	switch days := h.answers.Study.Days; days {
	case 365, 366:
		return "the year"
	case 1:
		return "the day"
	default:
		return countText(float64(days)) + " days"
	}
}

// date writes the local date of an instant within the horizon.
func (h headline) date(t clock.Time) string {
	tenant, _ := tenantOf(h.answers.Study, h.variant.Name, h.pool.Tenant)
	return longDate(Date(h.answers.Study, tenant, t))
}

// proportionText writes a probability with its interval: "83% (95%: 77 to 88)".
func proportionText(p Proportion) string {
	return fmt.Sprintf("%s%% (95%%: %s to %s)", percentText(p.Value), percentText(p.Low), percentText(p.High))
}

// percentText writes a share in per cent, without the sign: whole, with a decimal
// below 10 and above 99, as the tables have it, and with as many more as it takes
// that no probability but 0 is written as 0 and none but 1 as 100.
func percentText(share float64) string {
	rest := min(share, 1-share)
	if share < 1 {
		rest += 1e-15 // 1 − 0.99 is a little more or less than 0.01
	}
	decimals := 0
	if share > 0 && rest > 0 && (share < 0.1 || rest < 0.01) {
		decimals = 1
		for limit := 0.001; rest < limit && decimals < 12; limit /= 10 {
			decimals++
		}
	}
	return strconv.FormatFloat(100*share, 'f', decimals, 64)
}

// countText writes a number: whole from 10 on, below that with two digits if it is
// not whole, thousands apart.
func countText(x float64) string {
	size := math.Abs(x)
	if size >= 10 || x == math.Trunc(x) {
		return Thousands(strconv.FormatFloat(x, 'f', 0, 64))
	}
	decimals := 1
	for limit := 1.0; size < limit && decimals < 12; limit /= 10 {
		decimals++
	}
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Thousands puts a comma between groups of three digits of a whole number.
func Thousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// hasBeen agrees with peopleText.
func hasBeen(people float64) string {
	if people == 1 {
		return "has"
	}
	return "have"
}

func peopleText(x float64) string {
	if x == 1 {
		return "1 person"
	}
	return countText(x) + " people"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// capital returns a name with its first letter large.
func capital(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return name
	}
	return string(unicode.ToUpper(first)) + name[size:]
}
