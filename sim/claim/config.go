package claim

import "seatcast/sim/clock"

// MaxProducts and MaxGroups bound what one tenant may hold, so that a person's
// holdings fit in machine words.
const (
	MaxProducts = 32
	MaxGroups   = 32
	MaxBackups  = 4 // rule P7
)

// A Config is everything the engine of one tenant is made from: plain data,
// never changed by a run and so shared by parallel replications.
type Config struct {
	Enabled      bool       // the tenant's setting at the start (rule P1)
	Scope        Scope      // environments in scope at the start
	Precedence   Precedence // rule C12
	Products     []Product  // every licence product that people can hold
	Policies     []Policy
	Environments []Environment
	Groups       []Group
	FreeRights   []Grant // what everyone may do without a licence
	TrialRights  []Grant // what a self-assisted trial gives
	TrialFor     clock.Time
	// ClaimWhenExpired lets seats of an expired subscription, whose holders keep
	// their rights, be assigned (facts §4.1: not stated by the documentation).
	ClaimWhenExpired bool
	// MinDesktop is the first Power Automate for desktop that claims (rule C5).
	MinDesktop Version
}

// A Right is what an act needs. It is a column of the entitlement matrix.
type Right uint8

// The rights, facts §2.3.
const (
	StandardFlow    Right = iota // standard flow in an ordinary environment
	StandardManaged              // standard flow in a managed environment
	PremiumFlow                  // premium cloud flow
	AttendedFlow                 // cloud flow with attended RPA
	PremiumSeat                  // the Premium licence itself: asked for, Go Premium, RPA on a trial
	PerUserSeat                  // the per-user licence itself: asked for
	NumRights
)

// Rights is a set of rights, a bit each.
type Rights uint8

// Has reports whether r is in the set.
func (s Rights) Has(r Right) bool { return s&(1<<r) != 0 }

// A Grant says which rights a licence gives from an instant on, until the next
// Grant of the same licence.
type Grant struct {
	From   clock.Time
	Rights Rights
}

// A Product is a licence product of the tenant. One with Subscriptions is a
// pool of seats; one without is only held from day one (a Microsoft 365 plan).
type Product struct {
	Name          string
	Grants        []Grant // by From; the first holds from the beginning of time
	Reserved      int     // seats held by people outside the modelled ones
	Subscriptions []Subscription
}

// A Subscription buys seats of a product for a term, then runs through the life
// cycle of rule S3.
type Subscription struct {
	Name     string
	Seats    int
	Starts   clock.Time
	Ends     clock.Time // Never for one that renews by itself
	Expired  clock.Time // how long holders keep rights after Ends
	Disabled clock.Time // how long it is disabled after that, before it is deleted
}

// A Policy is one auto-claim policy.
type Policy struct {
	Name     string
	App      App
	Products []int // the product, then its backups, as indices into Config.Products
	Created  clock.Time
	On       bool
	Group    int // index into Config.Groups, or -1 to assign directly
}

// An App decides which acts trigger a policy.
type App uint8

// The auto-claim apps of Power Automate.
const (
	PerUserApp     App = iota // Power Automate per User Plan
	RPAAttendedApp            // Power Automate RPA Attended
)

// A Scope says which environments policies apply to.
type Scope uint8

// The scopes of the Power Platform admin center.
const (
	AllEnvironments Scope = iota
	ManagedOnly
)

// A Precedence orders policies that match the same act (rule C12, an assumption).
type Precedence uint8

// The precedences.
const (
	PremiumFirst Precedence = iota
	PerUserFirst
	CreationOrder
)

// An Environment of the Power Platform, as it is at the start.
type Environment struct {
	Name       string
	Managed    bool
	PayAsYouGo bool
}

// A Group licenses its members with one product (rules G1 to G3).
type Group struct {
	Name    string
	Product int
}

// A Version is a version of Power Automate for desktop, Major.Minor.
// The zero Version means not installed.
type Version struct{ Major, Minor int }

// Before reports whether v is older than w.
func (v Version) Before(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}
