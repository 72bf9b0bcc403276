package analysis

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"seatcast/sim/claim"
	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// fixtureStudy is a study of a tenant in Oslo over a spring in which the clock goes
// forward, with the scenario and a what-if.
func fixtureStudy(days, replications int) record.Study {
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		panic(err)
	}
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, zone)
	var midnights []clock.Time
	for d := range days + 1 {
		midnights = append(midnights, clock.Time(start.AddDate(0, 0, d).Sub(start)))
	}
	tenant := record.TenantInfo{
		Name: "northlake", Zone: "Europe/Oslo", Midnights: midnights, People: 100,
		Pools:    []record.PoolInfo{{Product: "premium", Reserved: 4, Price: 15}, {Product: "per-user", Price: 15}},
		Policies: []record.PolicyInfo{{Name: "automation", App: "rpa-attended", Product: "premium"}},
	}
	return record.Study{
		Scenario: "northlake", Title: "Northlake", Hash: "h", Seed: 1, Replications: replications,
		Start: "2026-03-02", Days: days,
		Variants: []record.Variant{
			{Name: "base", Title: "Managed only", Tenants: []record.TenantInfo{tenant}},
			{Name: "everyone", Title: "All environments", Tenants: []record.TenantInfo{tenant}},
		},
	}
}

// fixtureRecord simulates a replication in the plainest way: people adopt at
// exponential times, the same in both variants but for more of them in the second;
// whoever meets no seat tries again every day.
func fixtureRecord(study record.Study, variant, replication int) record.Record {
	info := study.Variants[variant].Tenants[0]
	rng := rand.New(rand.NewPCG(uint64(replication), 99))
	people := []int{info.People, info.People + 25}[variant]
	reasons := int(claim.NumOutcomes) * int(claim.NumReasons)
	tenant := record.Tenant{Outcomes: make([]int64, reasons), People: make([]int64, reasons)}
	for i, pool := range info.Pools {
		adoptions := make([]clock.Time, people/(i+1))
		for j := range adoptions {
			adoptions[j] = clock.Time(rng.ExpFloat64() * 120 * float64(clock.Day))
		}
		seats := []int32{40, 60}[i]
		tenant.Pools = append(tenant.Pools, fixturePool(info, pool, seats, adoptions))
		tenant.Outcomes[int(claim.Claimed)*int(claim.NumReasons)] += tenant.Pools[i].Claims
		tenant.Outcomes[int(claim.Refused)*int(claim.NumReasons)+int(claim.NoSeat)] += tenant.Pools[i].RefusedClaims
	}
	byAction := make([]int64, claim.NumActs)
	byAction[claim.TriggerPremium] = tenant.Pools[0].Claims
	tenant.Policies = []record.Policy{{Claims: tenant.Pools[0].Claims, ByAction: byAction, Backups: int64(replication % 2)}}
	return record.Record{Variant: variant, Replication: replication, Tenants: []record.Tenant{tenant}}
}

func fixturePool(info record.TenantInfo, pool record.PoolInfo, seats int32, adoptions []clock.Time) record.Pool {
	slices.Sort(adoptions)
	days := len(info.Midnights)
	end := info.Midnights[days-1]
	free := int(seats) - pool.Reserved
	p := record.Pool{
		Assigned: make([]int32, days), Seats: make([]int32, days), Refused: make([]int32, days), Users: make([]int32, days),
		Exhausted: clock.Never, FirstRefusal: clock.Never, Cost: float64(seats) * pool.Price,
	}
	for d, midnight := range info.Midnights {
		p.Seats[d] = seats
		p.Assigned[d] = int32(min(free, happenedBy(adoptions, midnight)))
		refused := max(0, happenedBy(adoptions, midnight)-free)
		p.Refused[d] = int32(refused) // a try a day
		p.RefusedClaims += int64(refused)
		p.RefusedUsers = int64(refused)
		p.BlockedMs += int64(refused) * msPerDay
		p.IdleMs += int64(free-int(p.Assigned[d])) * msPerDay
	}
	p.Peak = p.Assigned[days-1]
	p.Claims = int64(p.Peak)
	if free <= len(adoptions) && adoptions[free-1] <= end {
		p.Exhausted = adoptions[free-1]
	}
	if free < len(adoptions) && adoptions[free] <= end {
		p.FirstRefusal = adoptions[free]
	}
	return p
}

// fixtureRecords returns the records of a study, variant by variant.
func fixtureRecords(study record.Study) (records []record.Record) {
	for variant := range study.Variants {
		for replication := range study.Replications {
			records = append(records, fixtureRecord(study, variant, replication))
		}
	}
	return records
}

// answersOf returns the answers of records, which must fit.
func answersOf(t testing.TB, study record.Study, records []record.Record) Answers {
	t.Helper()
	b, err := NewBuilder(study)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Answers()
}
