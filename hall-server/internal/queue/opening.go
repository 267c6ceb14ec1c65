package queue

import (
	"slices"
	"time"
)

// Opening is when the hall gives tickets. Appointments, papers that a kiosk gave
// on its own and staff with a reason don't ask for it.
type Opening struct {
	// Week are the hours of each weekday, Sunday first; none means closed.
	Week [7][]Hours `json:"week"`
	// Days are days with hours of their own: holidays and what makes up for them.
	Days map[Day][]Hours `json:"days,omitempty"`
}

// lookAhead bounds for how many days the next opening is sought.
const lookAhead = 60

// hours are those of the day that t is in, by the calendar of its place.
func (o *Opening) hours(t time.Time) []Hours {
	if own, ok := o.Days[Day(t.Format(time.DateOnly))]; ok {
		return own
	}
	return o.Week[t.Weekday()]
}

// Open tells whether tickets are given at now; if they aren't, next is when they
// will be, 0 if that is not within two months.
func (c *Config) Open(now Time) (open bool, next Time) {
	if c.Opening == nil {
		return true, 0
	}
	here := now.Std().In(c.loc)
	minute := here.Hour()*60 + here.Minute()
	for day := range lookAhead {
		at := time.Date(here.Year(), here.Month(), here.Day()+day, 0, 0, 0, 0, c.loc)
		first := -1
		for _, h := range c.Opening.hours(at) {
			if day == 0 && h.From <= minute && minute < h.To {
				return true, 0
			}
			if (day > 0 || h.From > minute) && (first < 0 || h.From < first) {
				first = h.From
			}
		}
		if first >= 0 {
			return false, TimeOf(time.Date(at.Year(), at.Month(), at.Day(), first/60, first%60, 0, 0, c.loc))
		}
	}
	return false, 0
}

// opensAt is next as refusals carry it.
func (c *Config) opensAt(next Time) string {
	if next == 0 {
		return ""
	}
	return next.Std().In(c.loc).Format("2006-01-02 15:04")
}

func (ps *problems) checkOpening(c *Config) {
	if c.Opening == nil {
		return
	}
	bad := func(list []Hours) bool { return slices.ContainsFunc(list, func(h Hours) bool { return !h.valid() }) }
	for _, list := range c.Opening.Week {
		if bad(list) {
			ps.add("hours/week", "开放时段的结束要晚于开始")
		}
	}
	for _, list := range c.Opening.Days {
		if bad(list) {
			ps.add("hours/days", "开放时段的结束要晚于开始")
		}
	}
}
