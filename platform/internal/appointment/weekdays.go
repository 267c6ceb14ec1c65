package appointment

import (
	"slices"
	"time"

	"smarthall/internal/calendar"
)

// weekday counts from 1, Monday, to 7, Sunday, as people do here (GB/T 7408).
func weekday(d calendar.Day) int {
	if d.Weekday() == time.Sunday {
		return 7
	}
	return int(d.Weekday())
}

// meets tells whether two periods are ever on the same day.
func (p Period) meets(o Period) bool {
	if len(p.Weekdays) == 0 || len(o.Weekdays) == 0 {
		return len(p.Weekdays) == len(o.Weekdays) // one that names the day stands in for one that doesn't
	}
	return slices.ContainsFunc(p.Weekdays, func(day int) bool { return slices.Contains(o.Weekdays, day) })
}

// named are the periods that name a day of the week.
func (v ServicePlan) named(day calendar.Day) []Period {
	return slices.DeleteFunc(slices.Clone(v.Periods), func(p Period) bool { return !slices.Contains(p.Weekdays, weekday(day)) })
}

// of are the periods of a day on which the hall is open: those that name its
// day of the week, or else those that name none.
func (v ServicePlan) of(day calendar.Day) []Period {
	if named := v.named(day); len(named) > 0 {
		return named
	}
	return slices.DeleteFunc(slices.Clone(v.Periods), func(p Period) bool { return len(p.Weekdays) > 0 })
}

// on are the periods of a day: none on a day off, but those that name a day of
// the weekend are also on weekends that are no holiday.
func (v ServicePlan) on(day calendar.Day, d days) []Period {
	if d.isWorkday(day) {
		return v.of(day)
	}
	if _, set := d.own[day]; set || d.official.Name(day) != "" {
		return nil
	}
	return v.named(day)
}

// periodFrom returns the period that begins at from.
func periodFrom(list []Period, from Clock) (Period, bool) {
	i := slices.IndexFunc(list, func(p Period) bool { return p.From == from })
	if i < 0 {
		return Period{}, false
	}
	return list[i], true
}
