package sim

import (
	"slices"

	"seatcast/sim/behave"
	"seatcast/sim/calendar"
	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/dist"
	"seatcast/sim/record"
)

// A World is one variant of a scenario, ready to be simulated: plain data that
// no run changes, so parallel replications share it.
type World struct {
	Seed    uint64
	Tenants []Tenant // by name
	// Antithetic makes replications 2k and 2k+1 a pair whose people have opposite
	// luck of adoption. Each has the law that it has without, but a pair is one
	// observation.
	Antithetic bool
}

// A Tenant is simulated by itself: nothing that happens in one tenant reaches
// another.
type Tenant struct {
	Name      string
	Zone      string
	Midnights []clock.Time // the local midnights 0..days; the last is the horizon
	Months    []float64    // calendar months from the start to each midnight, in which prices are charged
	Rules     claim.Config
	Prices    []float64 // USD per seat and month, by product
	// Activation is the delay from the creation of a policy to its first
	// possible claim; Lag that until the portal shows a claim (display only).
	Activation, Lag dist.Dist
	Calendars       []*calendar.Calendar
	Segments        []Segment // by name
	Groups          []Group   // in the order of Rules.Groups
	Reclaim         []Reclaim
	Timeline        []Event // by time, then name
	Trace           Trace
}

// A Segment is a population whose people behave by the same laws.
type Segment struct {
	Name         string
	Count        int
	Environments []Share // of people; Index into Rules.Environments
	Holds        []Share // of people, product by product; Index into Rules.Products
	Desktops     []DesktopShare
	Members      []Share // of people, group by group; Index into Rules.Groups
	PerAct       bool    // the environment is drawn for each act, not for each person
	Adoption     behave.Adoption
	Begun        uint32         // products, a bit each: who holds one on day one begins at the start, and Adoption is of the others; its law is contagion
	Tilt         behave.Tilt    // of the adoption of those who are there at the start
	StartsWith   int            // the claim.Action done at the instant of adoption, or -1
	Does         []behave.Habit // by action
	Calendar     int            // index into Tenant.Calendars
	Joins        float64        // newcomers per tick
	Leaves       float64        // hazard of leaving per person and tick
	WhenRefused  WhenRefused
}

// A Share is a part of the people of a segment, in [0, 1].
type Share struct {
	Index int
	Share float64
}

// A DesktopShare is the part of a segment that has a version of Power Automate
// for desktop; what the shares leave over has none.
type DesktopShare struct {
	Version claim.Version
	Share   float64
}

// WhenRefused says what a refused person does, beyond trying again at the next act.
type WhenRefused struct {
	Request  float64   // share of refusals that become a request to the administrator
	Approval dist.Dist // from the request to the assignment
	Trial    float64   // share of refusals that start a self-assisted trial instead
}

// A Group adds the latency of group-based licensing to claim.Group.
type Group struct{ Latency dist.Dist }

// A Reclaim is the administrator's rule that takes idle seats of a product back.
type Reclaim struct {
	Product int
	Idle    clock.Time
	Every   clock.Time // between sweeps; 0 reclaims at the very instant that Idle is over
	From    claim.Sources
}

// An Event is a dated act of the administrator.
type Event struct {
	At   clock.Time
	Name string
	Do   Deed
	// The fields below are used as the deed needs them; indices are into
	// Rules, and -1 where not given.
	Policy, Environment, Product, Group, Segment, Subscription int

	Scope    claim.Scope
	Products []int      // EditPolicy: the new product and backups; nil keeps them
	Seats    int        // ChangeSeats: more or fewer; Renew: the new number, or -1 to keep it
	Until    clock.Time // Renew: the new end
	Count    int        // Assign, Unassign: how many people of Segment; -1 for all
	Days     int        // MoveToGroup: the claims of the last Days days
	AddFirst bool       // MoveToGroup: add to the group before removing the direct licence
}

// A Deed is the kind of an Event.
type Deed uint8

// The deeds of a scenario's timeline. A policy that the timeline creates stands
// in Rules.Policies with its time of creation.
const (
	EnableSetting Deed = iota
	DisableSetting
	EditPolicy
	TurnPolicyOn
	TurnPolicyOff
	DeletePolicy
	SetScope
	ManageEnvironment
	UnmanageEnvironment
	ChangeSeats
	Renew
	MoveToGroup
	ReprocessGroup
	Assign
	Unassign
)

// A Trace is what people were observed to do, in the order of the file.
type Trace struct {
	People []string // names by index; they follow the segments' people
	Acts   []TraceAct
}

// A TraceAct is one row of a trace.
type TraceAct struct {
	At          clock.Time
	Person      int32 // index into Trace.People
	Action      claim.Action
	Environment int16         // or -1
	Product     int16         // Assign, Unassign, Release: or -1 for every product
	Desktop     claim.Version // of that moment; the zero Version where the row says nothing
}

// Info describes t for the records of its runs.
func (t *Tenant) Info() record.TenantInfo {
	info := record.TenantInfo{Name: t.Name, Zone: t.Zone, Midnights: t.Midnights}
	for _, p := range t.pools() {
		info.Pools = append(info.Pools, record.PoolInfo{
			Product: t.Rules.Products[p].Name, Reserved: t.Rules.Products[p].Reserved, Price: t.Prices[p]})
	}
	for i := range t.Rules.Policies {
		p := &t.Rules.Policies[i]
		info.Policies = append(info.Policies, record.PolicyInfo{Name: p.Name, App: p.App.String(), Product: t.Rules.Products[p.Products[0]].Name})
	}
	for i := range t.Segments {
		info.People += t.Segments[i].Count
	}
	info.People += len(t.Trace.People)
	return info
}

// own returns t, or where rates of habits are drawn anew in each replication a copy of
// it whose habits a run may change.
func (t *Tenant) own() *Tenant {
	drawn := func(h behave.Habit) bool { return len(h.Draws) > 0 }
	if !slices.ContainsFunc(t.Segments, func(s Segment) bool { return slices.ContainsFunc(s.Does, drawn) }) {
		return t
	}
	c := *t
	c.Segments = slices.Clone(t.Segments)
	for i := range c.Segments {
		c.Segments[i].Does = slices.Clone(c.Segments[i].Does)
	}
	return &c
}

// pools returns the indices of the products that have a pool of seats.
func (t *Tenant) pools() []int {
	var pools []int
	for i := range t.Rules.Products {
		if t.Rules.Products[i].Subscriptions != nil {
			pools = append(pools, i)
		}
	}
	return pools
}
