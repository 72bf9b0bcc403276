package claim

// A Person is an index into the people of a tenant.
type Person int32

// An Action is what a person does, or what is done to the person's licences.
type Action uint8

// The actions. Those before NumActs are what people do by themselves: the keys
// of a scenario's [users.NAME.does].
const (
	TriggerStandard Action = iota
	TriggerPremium
	TriggerAttended
	SaveStandard
	SavePremium
	SaveAttended
	TurnOnStandard
	TurnOnPremium
	TurnOnAttended
	RequestPremium
	RequestPerUser
	GoPremium
	UseRPA
	StartTrial
	NumActs // what follows is done to licences

	Release  Action = iota - 1 // the person gives a seat back
	Leave                      // the person leaves the tenant
	Assign                     // an administrator assigns directly
	Unassign                   // an administrator removes a direct assignment
	Process                    // group-based licensing processes a membership
	Reclaim                    // an administrator's rule takes an idle seat back
	Lapse                      // the end of a subscription takes the seat
	NumActions
)

var actionWords = [NumActions]struct{ key, action, flow string }{
	TriggerStandard: {"trigger-standard", "trigger", "standard"},
	TriggerPremium:  {"trigger-premium", "trigger", "premium"},
	TriggerAttended: {"trigger-attended", "trigger", "attended"},
	SaveStandard:    {"save-standard", "save", "standard"},
	SavePremium:     {"save-premium", "save", "premium"},
	SaveAttended:    {"save-attended", "save", "attended"},
	TurnOnStandard:  {"turn-on-standard", "turn-on", "standard"},
	TurnOnPremium:   {"turn-on-premium", "turn-on", "premium"},
	TurnOnAttended:  {"turn-on-attended", "turn-on", "attended"},
	RequestPremium:  {"request-premium", "request", ""},
	RequestPerUser:  {"request-per-user", "request", ""},
	GoPremium:       {"go-premium", "go-premium", ""},
	UseRPA:          {"use-rpa", "use-rpa", ""},
	StartTrial:      {"start-trial", "start-trial", ""},
	Release:         {"release", "release", ""},
	Leave:           {"leave", "leave", ""},
	Assign:          {"assign", "assign", ""},
	Unassign:        {"unassign", "unassign", ""},
	Process:         {"process-group", "process-group", ""},
	Reclaim:         {"reclaim", "reclaim", ""},
	Lapse:           {"lapse", "lapse", ""},
}

// String returns the scenario's key of a: "trigger-premium".
func (a Action) String() string { return actionWords[a].key }

// Word returns the action without its flow, as ledgers and traces have it: "trigger".
func (a Action) Word() string { return actionWords[a].action }

// Flow returns the kind of flow that a is about: standard, premium, attended or "".
func (a Action) Flow() string { return actionWords[a].flow }

// An Act is something a person does.
type Act struct {
	Person      Person
	Action      Action
	Environment int16 // index into Config.Environments, or -1
}

// An Outcome is what became of an act.
type Outcome uint8

// The outcomes. Every act of a person except StartTrial ends in one of the
// first four (invariant I6).
const (
	Claimed Outcome = iota
	Entitled
	Refused
	Ineligible
	Assigned
	Released
	GroupError
	NumOutcomes
)

var outcomeNames = [NumOutcomes]string{"claimed", "entitled", "refused", "ineligible", "assigned", "released", "group-error"}

// String returns the name of o in ledgers: "claimed".
func (o Outcome) String() string { return outcomeNames[o] }

// A Reason says why an outcome is not Claimed.
type Reason uint8

// The reasons.
const (
	NoReason Reason = iota
	NoSeat
	SettingOff
	NoPolicy
	PolicyOff
	PolicyPending
	OutOfScope
	DesktopTooOld
	NoTrial
	PoolDisabled
	GroupPending   // added to a licensing group that has not been processed yet
	CountViolation // the group's product has no seat left
	NotHeld        // nothing to remove (rule G4)
	TrialUsed      // a person has one self-assisted trial
	AlreadyHeld    // assigned before
	NumReasons
)

var reasonNames = [NumReasons]string{"", "no-seat", "setting-off", "no-policy", "policy-off", "policy-pending",
	"out-of-scope", "desktop-too-old", "no-trial", "pool-disabled", "group-pending", "CountViolation", "not-held", "trial-used", "already-held"}

// String returns the name of r in ledgers: "no-seat".
func (r Reason) String() string { return reasonNames[r] }

// A Decision is what the engine made of an act.
type Decision struct {
	Outcome Outcome
	Reason  Reason
	Policy  int16 // index into Config.Policies, or -1
	Product int16 // index into Config.Products, or -1: the seat's, or the one refused
}
