package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// checkStudy returns all that is wrong with a study.
func checkStudy(study record.Study) error {
	var problems []error
	if _, err := time.Parse(time.DateOnly, study.Start); err != nil {
		problems = append(problems, fmt.Errorf("start %q is not a date such as 2026-01-05", study.Start))
	}
	if study.Days < 1 {
		problems = append(problems, fmt.Errorf("%d days; at least one is needed", study.Days))
	}
	if len(study.Variants) == 0 {
		problems = append(problems, errors.New("it has no variant; the first is the scenario itself"))
	}
	names := map[string]bool{}
	for _, variant := range study.Variants {
		if names[variant.Name] {
			problems = append(problems, fmt.Errorf("two variants are called %q", variant.Name))
		}
		names[variant.Name] = true
		problems = append(problems, checkVariant(study, variant)...)
	}
	return errors.Join(problems...)
}

func checkVariant(study record.Study, variant record.Variant) (problems []error) {
	names := map[string]bool{}
	for _, tenant := range variant.Tenants {
		where := fmt.Sprintf("variant %q, tenant %q: ", variant.Name, tenant.Name)
		if names[tenant.Name] {
			problems = append(problems, errors.New(where+"the name is given twice"))
		}
		names[tenant.Name] = true
		if _, err := location(tenant.Zone); err != nil {
			problems = append(problems, fmt.Errorf("%stime zone: %w", where, err))
		}
		if want := study.Days + 1; len(tenant.Midnights) != want {
			problems = append(problems, fmt.Errorf("%s%d midnights; %d days have %d", where, len(tenant.Midnights), study.Days, want))
		} else if !ascending(tenant.Midnights) {
			problems = append(problems, errors.New(where+"midnights are out of order"))
		}
		products := map[string]bool{}
		for _, pool := range tenant.Pools {
			if products[pool.Product] {
				problems = append(problems, fmt.Errorf("%stwo pools of %q", where, pool.Product))
			}
			products[pool.Product] = true
		}
	}
	return problems
}

func ascending(times []clock.Time) bool {
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return false
		}
	}
	return true
}

// location loads a time zone. The machine's own would make a result depend on it.
func location(zone string) (*time.Location, error) {
	if zone == "" || zone == "Local" {
		return nil, fmt.Errorf("%q is not the IANA name of a zone, such as Europe/Oslo", zone)
	}
	return time.LoadLocation(zone)
}

// check returns how a record differs from what the study and the records before
// it make of its variant.
func (b *Builder) check(r record.Record) error {
	if r.Variant < 0 || r.Variant >= len(b.variants) {
		return fmt.Errorf("the study has %d variants", len(b.variants))
	}
	v, info := &b.variants[r.Variant], b.study.Variants[r.Variant]
	if r.Replication != v.finished {
		return fmt.Errorf("replication %d comes next", v.finished)
	}
	if err := sameLength("tenants", len(r.Tenants), len(info.Tenants)); err != nil {
		return err
	}
	for i := range r.Tenants {
		if err := v.tenants[i].check(&r.Tenants[i], info.Tenants[i]); err != nil {
			return fmt.Errorf("tenant %q: %w", info.Tenants[i].Name, err)
		}
	}
	return nil
}

func (t *tenantTally) check(r *record.Tenant, info record.TenantInfo) error {
	problems := []error{
		sameLength("pools", len(r.Pools), len(info.Pools)),
		sameLength("policies", len(r.Policies), len(info.Policies)),
		sameLength("outcomes", len(r.Outcomes), len(t.outcomes)),
		sameLength("people", len(r.People), len(t.people)),
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	for i := range r.Pools {
		if err := t.pools[i].check(&r.Pools[i], info.Midnights); err != nil {
			problems = append(problems, fmt.Errorf("pool %q: %w", info.Pools[i].Product, err))
		}
	}
	for i := range r.Policies {
		if err := sameLength("actions", len(r.Policies[i].ByAction), int(claim.NumActs)); err != nil {
			problems = append(problems, fmt.Errorf("policy %q: %w", info.Policies[i].Name, err))
		}
	}
	return errors.Join(problems...)
}

func (p *poolTally) check(r *record.Pool, midnights []clock.Time) error {
	err := errors.Join(
		sameLength("midnights of assigned", len(r.Assigned), len(midnights)),
		sameLength("midnights of seats", len(r.Seats), len(midnights)),
		sameLength("midnights of refused", len(r.Refused), len(midnights)),
	)
	end := midnights[len(midnights)-1]
	switch {
	case err != nil:
		return err
	case p.seats != nil && !slices.Equal(p.seats, r.Seats):
		day := firstDifference(p.seats, r.Seats)
		return fmt.Errorf("%d seats on day %d, %d in the replication before; seats do not depend on luck", r.Seats[day], day, p.seats[day])
	case r.Exhausted > end && r.Exhausted != clock.Never:
		return errors.New("exhausted after the horizon")
	case r.FirstRefusal > end && r.FirstRefusal != clock.Never:
		return errors.New("first refusal after the horizon")
	case math.IsNaN(r.Cost) || math.IsInf(r.Cost, 0):
		return fmt.Errorf("cost is %v", r.Cost)
	}
	return nil
}

func firstDifference(a, b []int32) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// sameLength returns an error where a record has another number of something
// than its study.
func sameLength(what string, got, want int) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%d %s; the study has %d", got, what, want)
}
