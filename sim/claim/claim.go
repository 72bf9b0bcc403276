package claim

import "seatcast/sim/clock"

// Do decides an act of a person, one of the actions up to NumActs, and does what
// it comes to.
func (e *Engine) Do(t clock.Time, a Act) Decision {
	e.Effects = e.Effects[:0]
	if a.Action == StartTrial {
		return e.StartTrial(t, a.Person)
	}
	d := e.Would(t, a)
	if d.Outcome == Claimed {
		e.take(t, a.Person, d)
	}
	return d
}

// Would returns what Do would decide, and changes nothing but Short. StartTrial
// is Assigned, or Ineligible for one who has had a trial.
func (e *Engine) Would(t clock.Time, a Act) Decision {
	e.Short = 0
	if a.Action == StartTrial {
		if e.TrialUntil(a.Person) != 0 {
			return ineligible(TrialUsed)
		}
		return Decision{Assigned, NoReason, -1, -1}
	}
	need, given := e.Need(a.Action, a.Environment)
	if given || e.Rights(a.Person, t, true).Has(need) { // rules C7, C10
		return Decision{Entitled, NoReason, -1, -1}
	}
	switch a.Action {
	case GoPremium, UseRPA:
		if e.desktop(a.Person).Before(e.config.MinDesktop) { // rule C5
			return ineligible(DesktopTooOld)
		}
		if a.Action == UseRPA && t >= e.TrialUntil(a.Person) { // rule C6
			return ineligible(NoTrial)
		}
	}
	if !e.enabled { // rule P1, the first gate
		return ineligible(SettingOff)
	}
	return e.claim(t, a, need)
}

func ineligible(r Reason) Decision { return Decision{Ineligible, r, -1, -1} }

// claim asks the policies in order of precedence for a seat that gives the right
// that an act needs. The first policy that can serve does (rule C12); where none
// can, the outcome is that of the policy that got furthest.
func (e *Engine) claim(t clock.Time, a Act, need Right) Decision {
	furthest := ineligible(NoPolicy)
	for _, i := range e.order {
		p := &e.policies[i]
		if p.deleted || t < e.config.Policies[i].Created || !e.triggers(e.config.Policies[i].App, a) {
			continue
		}
		d := e.gate(t, a, i)
		if d.Reason == NoReason {
			d = e.serve(a.Person, i, need)
		}
		if d.Outcome == Claimed {
			return d
		}
		if distance(d) > distance(furthest) {
			furthest = d
		}
	}
	return furthest
}

// distance orders the ways in which a policy can fail to serve by how far the
// act got: the last gate or shortage names the outcome.
func distance(d Decision) int {
	if d.Outcome == Refused {
		return int(NumReasons)
	}
	return int(d.Reason)
}

// triggers reports whether an app lists an act among its triggers: rules C1 to
// C6. Requests go by the licence that is asked for (rule C3); attended flows and
// the desktop application claim under the RPA-attended app alone (rules C4 to C6).
func (e *Engine) triggers(app App, a Act) bool {
	switch a.Action {
	case TriggerPremium, SavePremium, TurnOnPremium:
		return true
	case TriggerStandard, SaveStandard, TurnOnStandard:
		return a.Environment >= 0 && e.managed[a.Environment] // rule C2
	case RequestPerUser:
		return app == PerUserApp
	}
	return app == RPAAttendedApp
}

// gate passes an act through the gates of a policy (rules P1, P2). Acts that are
// not about a flow, those of the desktop application and requests, pass the scope
// whatever it is (rule C11, an assumption).
func (e *Engine) gate(t clock.Time, a Act, policy int) Decision {
	p := &e.policies[policy]
	switch {
	case !p.on:
		return Decision{Ineligible, PolicyOff, int16(policy), -1}
	case t < p.active:
		return Decision{Ineligible, PolicyPending, int16(policy), -1}
	case e.scope == ManagedOnly && a.Action <= TurnOnAttended && a.Environment >= 0 && !e.managed[a.Environment]:
		return Decision{Ineligible, OutOfScope, int16(policy), -1}
	}
	return Decision{Claimed, NoReason, int16(policy), -1}
}

// serve finds a seat for a person in the first product of a policy that gives
// the right and has one: a backup serves only while every product before it has
// none (rule C9), and a product that would not give the right is passed over
// (rule C14, an assumption).
func (e *Engine) serve(person Person, policy int, need Right) Decision {
	if d, waiting := e.waiting(person, policy); waiting {
		return d
	}
	out := Decision{Ineligible, NoPolicy, int16(policy), -1}
	for _, product := range e.policies[policy].products {
		pool := &e.pools[product]
		switch {
		case !e.given[product].Has(need):
			continue
		case pool.disabled:
			if out.Outcome != Refused {
				out = Decision{Ineligible, PoolDisabled, int16(policy), int16(product)}
			}
		case pool.assignable() > 0: // rules C8, S5
			return Decision{Claimed, NoReason, int16(policy), int16(product)}
		default:
			e.Short |= 1 << product
			if out.Outcome != Refused {
				out = Decision{Refused, NoSeat, int16(policy), int16(product)}
			}
		}
	}
	return out
}

// waiting reports whether the person has been added to the group of a policy
// that assigns through one and does not have its licence yet, and what that makes
// of the act.
func (e *Engine) waiting(person Person, policy int) (Decision, bool) {
	g := e.config.Policies[policy].Group
	if g < 0 || e.members[person].member&^e.members[person].active&(1<<g) == 0 {
		return Decision{}, false
	}
	reason := GroupPending
	if e.members[person].failed&(1<<g) != 0 {
		reason = CountViolation
	}
	return Decision{Ineligible, reason, int16(policy), int16(e.config.Groups[g].Product)}, true
}

// take claims the seat of a decision for a person, directly or by adding the person
// to the policy's group, where the seat is taken when group-based licensing gets to it.
func (e *Engine) take(t clock.Time, person Person, d Decision) {
	if g := e.config.Policies[d.Policy].Group; g >= 0 {
		e.enlist(person, g)
	} else {
		e.add(person, int(d.Product), FromAutoClaim)
	}
	if e.KeepReport {
		e.report = append(e.report, ReportRow{t, person, d.Product, d.Policy})
	}
}
