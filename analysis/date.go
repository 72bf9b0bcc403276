package analysis

import (
	"time"

	"seatcast/sim/clock"
	"seatcast/sim/record"
)

// Date returns the tenant's local date and time of an instant, and the zero
// time.Time for clock.Never. A study that NewBuilder takes has a start and zones
// that load; of any other, the times are those of UTC.
func Date(study record.Study, tenant record.TenantInfo, t clock.Time) time.Time {
	if t == clock.Never {
		return time.Time{}
	}
	zone, err := location(tenant.Zone)
	if err != nil {
		zone = time.UTC
	}
	start, _ := time.ParseInLocation(time.DateOnly, study.Start, zone)
	return start.Add(time.Duration(t))
}

// dayOf returns the index of a date among the days of a study, 0 being the first;
// it is outside [0, study.Days) where the date is not one of them.
func dayOf(study record.Study, date time.Time) int {
	start, _ := time.Parse(time.DateOnly, study.Start)
	return int(date.Sub(start) / (24 * time.Hour))
}

// dateOfDay returns the date of a day of the study as people write it.
func dateOfDay(study record.Study, day int) string {
	start, _ := time.Parse(time.DateOnly, study.Start)
	return longDate(start.AddDate(0, 0, day))
}

func longDate(t time.Time) string { return t.Format("2 January 2006") }

// tenantOf returns what a variant of the study says about a tenant.
func tenantOf(study record.Study, variant, tenant string) (record.TenantInfo, bool) {
	for _, v := range study.Variants {
		if v.Name != variant {
			continue
		}
		for _, t := range v.Tenants {
			if t.Name == tenant {
				return t, true
			}
		}
	}
	return record.TenantInfo{}, false
}
