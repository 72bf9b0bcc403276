// Package record is what a simulation leaves behind: a Study says what was
// simulated, and a Record holds the numbers of one replication of one variant.
// It is plain data, with a writer and a reader, so that analysis never needs
// the simulator.
package record

import "seatcast/sim/clock"

// A Study describes the runs that Records belong to.
type Study struct {
	Scenario     string // the scenario's name
	Title        string
	Hash         string // of the scenario as run
	Seed         uint64
	Replications int
	Start        string // the first local day, 2006-01-02
	Days         int
	Variants     []Variant
}

// A Variant is the scenario itself, named "base", or one of its what-ifs.
type Variant struct {
	Name    string
	Title   string
	Tenants []TenantInfo // in the order of Record.Tenants
}

// A TenantInfo names the parts of a tenant, in the order of a Tenant's numbers.
type TenantInfo struct {
	Name      string
	Zone      string       // IANA name of the time zone
	Midnights []clock.Time // the local midnights 0..Days
	Pools     []PoolInfo
	Policies  []PolicyInfo
	People    int // modelled people at the start
}

// A PoolInfo describes a pool of seats.
type PoolInfo struct {
	Product  string
	Reserved int
	Price    float64 // USD per seat and month
}

// A PolicyInfo describes an auto-claim policy.
type PolicyInfo struct{ Name, App, Product string }

// A Record is what one replication of one variant leaves behind.
type Record struct {
	Variant     int // index into Study.Variants
	Replication int // from 0
	Tenants     []Tenant
}

// A Tenant holds one tenant's numbers.
type Tenant struct {
	Pools    []Pool
	Policies []Policy
	Outcomes []int64 // acts by claim.Outcome × claim.Reason: outcome*NumReasons + reason
	People   []int64 // people with such an act, in the same order; only of the refused and the ineligible
}

// A Pool holds one pool's numbers. The daily slices have an entry for each local
// midnight 0..Days, with everything at that instant included.
type Pool struct {
	Assigned []int32 // distinct holders
	Seats    []int32 // usable seats, reserved ones included
	Refused  []int32 // refused claims since the midnight before
	Users    []int32 // people refused for the first time since the midnight before

	Exhausted    clock.Time // first instant without an assignable seat, or Never
	FirstRefusal clock.Time // first refused claim, or Never
	Peak         int32      // most holders at once
	Tightest     int32      // fewest assignable seats right after one was taken; math.MaxInt32 where none was

	Claims        int64 // claims served by this pool
	RefusedClaims int64
	RefusedUsers  int64
	BlockedMs     int64   // person-milliseconds from a refusal to being entitled, leaving or the end
	IdleMs        int64   // seat-milliseconds usable, not reserved, held by nobody
	Cost          float64 // USD
}

// A Policy holds one policy's numbers.
type Policy struct {
	Claims   int64
	ByAction []int64 // claims by claim.Action, up to claim.NumActs
	Backups  int64   // of the claims, those served by a backup product
}
