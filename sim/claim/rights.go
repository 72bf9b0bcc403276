package claim

import (
	"math/bits"

	"seatcast/sim/clock"
)

// String returns the name of r in catalogues: "standard-managed".
func (r Right) String() string {
	return [NumRights]string{"standard", "standard-managed", "premium", "attended", "premium-seat", "per-user-seat"}[r]
}

// String returns the name of a in scenario files.
func (a App) String() string { return [...]string{"per-user", "rpa-attended"}[a] }

// at returns the rights that grants give at an instant, and when that changes next.
func at(grants []Grant, t clock.Time) (rights Rights, until clock.Time) {
	for i := range grants {
		if i > 0 && grants[i].From > t {
			return rights, grants[i].From
		}
		rights = grants[i].Rights
	}
	return rights, clock.Never
}

// Regrant brings the rights that licences give up to t, for the entitlement
// matrix is dated, and returns the next instant at which it changes, or
// clock.Never: call it again then.
func (e *Engine) Regrant(t clock.Time) (next clock.Time) {
	next = clock.Never
	e.era++
	current := func(grants []Grant) Rights {
		rights, until := at(grants, t)
		next = min(next, until)
		return rights
	}
	for i := range e.given {
		e.given[i] = current(e.config.Products[i].Grants)
	}
	e.free, e.trial = current(e.config.FreeRights), current(e.config.TrialRights)
	return next
}

// Rights returns what a person may do at an instant, by everything the person
// has (rule C7); trial says whether a running trial counts.
func (e *Engine) Rights(p Person, t clock.Time, trial bool) Rights {
	rights := e.free
	for held := e.Held(p); held != 0; held &= held - 1 {
		if i := bits.TrailingZeros32(held); !e.pools[i].disabled {
			rights |= e.given[i]
		}
	}
	if trial && t < e.TrialUntil(p) {
		rights |= e.trial
	}
	return rights
}

// Gives returns the rights that a product gives now to those who hold it.
func (e *Engine) Gives(product int) Rights {
	if e.pools[product].disabled {
		return 0
	}
	return e.given[product]
}

// Free returns the rights that everyone has now.
func (e *Engine) Free() Rights { return e.free }

// Need returns the right that an act needs, and whether the place where it
// happens gives it to everyone: an environment that is paid as you go licenses
// premium and attended flows by the run.
func (e *Engine) Need(a Action, environment int16) (need Right, given bool) {
	switch a {
	case TriggerStandard, SaveStandard, TurnOnStandard:
		if environment >= 0 && e.managed[environment] {
			return StandardManaged, false
		}
		return StandardFlow, false
	case TriggerPremium, SavePremium, TurnOnPremium:
		need = PremiumFlow
	case TriggerAttended, SaveAttended, TurnOnAttended:
		need = AttendedFlow
	case RequestPerUser:
		return PerUserSeat, false
	default:
		return PremiumSeat, false
	}
	return need, environment >= 0 && e.config.Environments[environment].PayAsYouGo
}
