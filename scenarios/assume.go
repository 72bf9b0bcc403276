package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// assume lists what the world assumes: the rules that the product's documentation
// leaves open, with the value that they have here, and what is guessed about
// people. Keys of the scenario are given with their path.
func (t *tenant) assume() {
	setting := t.n.get("auto-claim")
	t.assumeKey(setting, "precedence", "which policy serves where several match is not documented")
	t.assumeKey(setting, "activation", "a new policy needs up to two hours to propagate; how that spreads is not documented")
	t.assumeKey(setting, "portal-lag", "the portal is said to be slightly delayed, without a number; it is only displayed")
	t.assumeKey(setting, "claim-when-expired", "whether seats of an expired subscription can be assigned is not documented")
	if got[bool](setting, "default-policies") {
		t.assumeRule("default policies", "new subscriptions, wider scope", "a subscription without a start counts as new, and where both default policies apply the wider scope stands")
	}
	t.assumeRule("scope of desktop acts", "any scope", "acts in Power Automate for desktop and requests have no environment; they claim whatever the scope is")
	t.assumeRule("background runs", "claim nothing", "only what people do themselves claims; runs of automated and scheduled flows do not")
	t.assumeRule("products passed over", "those that would not help", "a product that would not give the right that an act needs is passed over, not claimed")
	t.assumeRule("edits and re-enabling", "at once", "only the creation of a policy is documented to need time")
	t.assumeRule("refused claims", "tried again at the next act", "no queue and no retry is documented")
	for _, name := range t.n.get("groups").names() {
		t.assumeKey(t.n.get("groups", name), "latency", "group-based licensing works within minutes as a rule, and up to a day")
	}
	for _, name := range t.n.get("users").names() {
		t.assumePeople(t.n.get("users", name))
	}
}

// assumePeople lists what is guessed about a segment.
func (t *tenant) assumePeople(n *node) {
	t.assumeKey(n, "adoption", "when people begin is a guess until it is fitted to history")
	t.assumeKey(n, "hours", "when people act")
	for _, act := range n.get("does").names() {
		t.assumeKey(n.get("does"), act, "how often people act is a guess until it is fitted to history")
	}
	t.assumeKey(n, "starts-with", "what people do first")
	t.assumeKey(n, "joins", "newcomers")
	t.assumeKey(n, "leaves", "how often people leave")
	refused := n.get("when-refused")
	if got[float64](refused, "request") > 0 {
		t.assumeKey(refused, "request", "how many of the refused ask the administrator")
		t.assumeKey(refused, "approval", "how long the administrator takes")
	}
	if got[float64](refused, "trial") > 0 {
		t.assumeKey(refused, "trial", "how many of the refused start a trial instead")
	}
}

// assumeKey lists the value of a key, if it has one.
func (t *tenant) assumeKey(n *node, key, why string) {
	if m := n.get(key); m != nil && m.parsed != nil {
		path := strings.TrimPrefix(n.path+"."+key, "what-if."+quoteKey(t.name)+".")
		t.assumptions = append(t.assumptions, Assumption{path, m.literal(), why, !m.given})
	}
}

// assumeRule lists a rule that has no key.
func (t *tenant) assumeRule(rule, value, why string) {
	t.assumptions = append(t.assumptions, Assumption{t.sim.Name + ": " + rule, value, why, true})
}

// literal returns a value as a report shows it.
func (n *node) literal() string {
	switch v := n.value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(n.value)
}
