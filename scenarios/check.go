package scenarios

import (
	"bytes"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"seatcast/sim"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
)

// checkTimeline reports policies that are created while the setting is off
// (rule P3), in the order of the timeline.
func (t *tenant) checkTimeline() {
	for i, n := range t.created {
		p := &t.sim.Rules.Policies[i]
		if p.Created < 0 || p.Created > t.horizon() || t.enabledAt(p.Created) {
			continue
		}
		at := n.get("created")
		if at == nil {
			at = n.get("at")
		}
		t.problem(at.problem("the policy %q is created while the auto-claim setting is off: turn it on before, by auto-claim.enabled = true or an act enable-setting", p.Name))
	}
}

// enabledAt reports whether the setting is on at an instant. What is turned on at
// that very instant is; what is turned off then still is, too.
func (t *tenant) enabledAt(at clock.Time) bool {
	on := t.sim.Rules.Enabled
	for _, e := range t.sim.Timeline {
		switch {
		case e.At > at:
			return on
		case e.Do == sim.EnableSetting:
			on = true
		case e.Do == sim.DisableSetting && e.At < at:
			on = false
		}
	}
	return on
}

// checkWhole warns of what is possible and hardly meant.
func (t *tenant) checkWhole() {
	t.checkHolders()
	for i := range t.sim.Segments {
		t.checkDesktop(&t.sim.Segments[i])
		t.checkUse(i)
	}
	people := len(t.sim.Trace.Acts) > 0
	for i := range t.sim.Segments {
		people = people || t.sim.Segments[i].Count > 0
	}
	does := func(deed sim.Deed) bool {
		return slices.ContainsFunc(t.sim.Timeline, func(e sim.Event) bool { return e.Do == deed })
	}
	switch {
	case !people:
		t.warn(t.n.keyProblem("nobody acts: give it [%s.users.NAME] or [%s.trace]", t.n.path, t.n.path))
	case len(t.sim.Rules.Policies) == 0:
		t.warn(t.n.keyProblem("nothing is ever claimed: the tenant has no policy"))
	case !t.sim.Rules.Enabled && !does(sim.EnableSetting):
		t.warn(t.n.get("auto-claim").keyProblem("nothing is ever claimed: the setting is off; write enabled = true"))
	}
	managed := does(sim.ManageEnvironment) || slices.ContainsFunc(t.sim.Rules.Environments, func(e claim.Environment) bool { return e.Managed })
	if t.sim.Rules.Scope == claim.ManagedOnly && !managed && !does(sim.SetScope) {
		at := t.n.get("auto-claim")
		if at.has("scope") {
			at = at.get("scope")
		}
		t.warn(at.problem("only managed environments are in scope, and the tenant has none"))
	}
}

// checkHolders warns where more people hold a product on day one than there are
// seats.
func (t *tenant) checkHolders() {
	for i := range t.sim.Rules.Products {
		p := &t.sim.Rules.Products[i]
		if p.Subscriptions == nil {
			continue
		}
		holders, seats := float64(p.Reserved), 0
		for _, s := range p.Subscriptions {
			if s.Starts <= 0 && s.Ends.Add(s.Expired) > 0 {
				seats += s.Seats
			}
		}
		for _, s := range t.sim.Segments {
			for _, h := range s.Holds {
				if h.Index == i {
					holders += h.Share * float64(s.Count)
				}
			}
		}
		if holders > float64(p.Reserved) && math.Round(holders) > float64(seats) {
			t.warn(t.n.get("users").keyProblem("%.0f people hold %s on day one, reserved ones included, and there are %d seats: it starts over-assigned", holders, p.Name, seats))
		}
	}
}

// checkDesktop warns of acts in Power Automate for desktop that can never claim:
// by people who do not have it (rule C5), or on a trial that nobody starts (C6).
func (t *tenant) checkDesktop(s *sim.Segment) {
	n := t.n.get("users", s.Name, "does")
	starts := s.StartsWith == int(claim.StartTrial) || s.WhenRefused.Trial > 0 || n.has(claim.StartTrial.String())
	for _, a := range []claim.Action{claim.GoPremium, claim.UseRPA} {
		switch word := n.get(a.String()); {
		case word == nil:
		case len(s.Desktops) == 0:
			t.warn(word.problem("nobody has Power Automate for desktop, so this claims nothing: give desktop, for example desktop = { \"2.50\" = 1.0 }"))
		case a == claim.UseRPA && !starts:
			t.warn(word.problem("claims only while a self-assisted trial runs, and nobody starts one: give start-trial, or when-refused.trial"))
		}
	}
}

// checkUse warns of people who come to nothing, as where a name is mistyped in a
// --set or a what-if, which makes a population of its own.
func (t *tenant) checkUse(segment int) {
	s := &t.sim.Segments[segment]
	named := slices.ContainsFunc(t.sim.Timeline, func(e sim.Event) bool { return e.Segment == segment })
	if len(s.Does) == 0 && s.StartsWith < 0 && len(s.Holds) == 0 && len(s.Members) == 0 && !named {
		t.warn(t.n.get("users", s.Name).keyProblem("these people neither act nor hold a licence: give does, for example does.trigger-premium = \"1/week\""))
	}
}

// actsOnFlows reports whether people of a segment trigger, save or turn on flows,
// which happens in an environment.
func actsOnFlows(s *sim.Segment) bool {
	if s.StartsWith >= 0 && claim.Action(s.StartsWith).Flow() != "" {
		return true
	}
	for _, h := range s.Does {
		if h.Action.Flow() != "" {
			return true
		}
	}
	return false
}

// A traceResult is a trace as read for one variant, which others may share.
type traceResult struct {
	trace    sim.Trace
	problems []traceProblem
}

// trace reads the tenant's trace.
func (t *tenant) trace() {
	n := t.n.get("trace")
	file := got[string](n, "file")
	if n == nil || n.get("file") == nil || n.get("file").parsed == nil {
		return
	}
	data, err := t.loader.read(file, maxData)
	if err != nil {
		t.problem(n.get("file").problem("%s: %v", file, err))
		return
	}
	opt := traceOptions{Columns: map[string]string{}, Constants: map[string]string{}, Zone: t.zone, Start: t.layout.start, Horizon: t.horizon(),
		Environments: t.environments, Products: t.products, Catalogue: t.catalogue}
	if zone := n.get("zone"); n.has("zone") && zone.parsed != nil {
		loc, err := time.LoadLocation(got[string](n, "zone"))
		if err != nil || loc == time.Local {
			t.problem(zone.problem("%s is no time zone: write an IANA name, such as Europe/Oslo", quote(got[string](n, "zone"))))
			return
		}
		opt.Zone = loc
	}
	for _, column := range traceColumns {
		if n.has(column) && n.get(column).parsed != nil {
			opt.Constants[column] = got[string](n, column)
		}
		if m := n.get("columns"); m.has(column) && m.get(column).parsed != nil {
			opt.Columns[column] = got[string](m, column)
		}
	}
	key := fmt.Sprint(file, opt.Columns, opt.Constants, opt.Zone, opt.Start, opt.Horizon, opt.Environments, opt.Products)
	result, ok := t.loader.traces[key]
	if !ok {
		result.trace, result.problems = readTrace(bytes.NewReader(data), opt)
		t.loader.traces[key] = result
	}
	t.sim.Trace = result.trace
	for _, p := range result.problems {
		t.traceProblem(n, file, p)
	}
}

// traceProblem reports a problem of a trace in its file, or at the key that names
// the file where it is about the whole of it.
func (t *tenant) traceProblem(n *node, file string, p traceProblem) {
	at := n.get("file").problem("%s: %s", file, strings.TrimPrefix(p.Key+": ", ": ")+p.Text)
	if p.Line > 0 {
		at = Problem{path.Join(path.Dir(t.loader.name), file), p.Line, p.Col, p.Key, p.Text}
	}
	if p.Warning {
		t.warn(at)
	} else {
		t.problem(at)
	}
}
