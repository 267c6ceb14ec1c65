package supervision

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// Count is how many cases of one kind there are.
type Count struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Red    int    `json:"red"`
	Yellow int    `json:"yellow"`
	Rest   int    `json:"rest"`
	// Ended are those that were over in the last thirty days, today among them,
	// Late those of them that were late.
	Ended int `json:"ended"`
	Late  int `json:"late"`
}

// Overview is everything at a glance.
type Overview struct {
	At            time.Time `json:"at"`
	Total         Count     `json:"total"`
	Organisations []Count   `json:"organisations"`
	Halls         []Count   `json:"halls"`
	OpenSignals   int       `json:"openSignals"`
	OpenOrders    int       `json:"openOrders"`
	// Days are the last fourteen: how many were accepted and ended on each.
	Days []DayCount `json:"days"`
	// UnknownYears are those whose days off nobody has said: limits that end in
	// them are counted as if there were none.
	UnknownYears []int `json:"unknownYears"`
}

// DayCount is one day's cases.
type DayCount struct {
	Day      string `json:"day"`
	Accepted int    `json:"accepted"`
	Ended    int    `json:"ended"`
}

// How far back the overview looks.
const (
	overviewDays = 14
	endedDays    = 30
)

// maxCounts is how many organisations and halls are shown.
const maxCounts = 200

// Overview counts the cases that the caller supervises.
func (s *Service) Overview(ctx context.Context) (Overview, error) {
	scope, now := scopeOf(ctx), s.Store.Now()
	o := Overview{At: now, Total: Count{ID: "all"}}
	if err := s.counts(ctx, &o, scope); err != nil {
		return o, err
	}
	err := s.Store.Read().QueryRowContext(ctx, `SELECT coalesce(sum(signals), 0), coalesce(sum(orders), 0) FROM supervision_open
		WHERE ($1 = '' OR organisation = $1) AND region >= $2 AND region < $3`,
		scope.organisation, scope.from, scope.to).Scan(&o.OpenSignals, &o.OpenOrders)
	if err != nil {
		return o, fmt.Errorf("count signals: %w", err)
	}
	cal, err := s.Calendar(ctx, access.From(ctx).Region)
	if err != nil {
		return o, fmt.Errorf("read the working days: %w", err)
	}
	o.UnknownYears = unknownYears(cal, calendar.On(now.In(s.Zone)))
	return o, nil
}

// The notice of a year's days off comes in November before it, and has at least
// so many.
const (
	noticeMonth = time.November
	leastOff    = 11
)

// unknownYears are this year, and from November on the next one, as far as the
// days off aren't known. A single day that an administration set doesn't make a
// year known.
func unknownYears(cal *calendar.Calendar, today calendar.Day) []int {
	years := []int{}
	last := today.Year
	if today.Month >= noticeMonth {
		last++
	}
	for year := today.Year; year <= last; year++ {
		off := 0
		for _, rule := range cal.Rules(year) {
			off += int(store.Bool(!rule.Work))
		}
		if off < leastOff {
			years = append(years, year)
		}
	}
	return years
}

// counts reads what was counted by organisation and hall: what runs, and what
// was accepted and ended on each of the last days.
func (s *Service) counts(ctx context.Context, o *Overview, scope scope) error {
	today := s.dayNo(o.At)
	o.Days = make([]DayCount, overviewDays)
	first := calendar.On(o.At.In(s.Zone)).Add(1 - overviewDays)
	for i := range o.Days {
		o.Days[i].Day = first.Add(i).String()
	}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT day, organisation, hall, max(name), sum(red), sum(yellow), sum(rest), sum(accepted), sum(ended), sum(late)
		FROM supervision_count WHERE (day = 0 OR day > $1 AND day <= $2) AND ($3 = '' OR organisation = $3) AND region >= $4 AND region < $5
		GROUP BY day, organisation, hall`, today-endedDays, today, scope.organisation, scope.from, scope.to)
	if err != nil {
		return fmt.Errorf("count cases: %w", err)
	}
	defer rows.Close()
	organisations, halls := map[string]*Count{}, map[string]*Count{}
	for rows.Next() {
		var organisation, hall string
		var day int64
		var accepted int
		var c Count
		if err := rows.Scan(&day, &organisation, &hall, &c.Name, &c.Red, &c.Yellow, &c.Rest, &accepted, &c.Ended, &c.Late); err != nil {
			return fmt.Errorf("count cases: %w", err)
		}
		if i := day - today + overviewDays - 1; i >= 0 && i < overviewDays {
			o.Days[i].Accepted += accepted
			o.Days[i].Ended += c.Ended
		}
		if c.none() {
			continue // nothing runs there, and nothing ended of late
		}
		o.Total.add(c)
		of(organisations, organisation).add(c)
		c.Name = ""
		of(halls, hall).add(c)
	}
	o.Total.Name = ""
	o.Organisations, o.Halls = worstFirst(organisations), worstFirst(halls)
	return rows.Err()
}

// of is the count of an id, which begins with nothing.
func of(counts map[string]*Count, id string) *Count {
	if counts[id] == nil {
		counts[id] = &Count{ID: id}
	}
	return counts[id]
}

func (c *Count) add(more Count) {
	c.Name = max(c.Name, more.Name)
	c.Red, c.Yellow, c.Rest = c.Red+more.Red, c.Yellow+more.Yellow, c.Rest+more.Rest
	c.Ended, c.Late = c.Ended+more.Ended, c.Late+more.Late
}

// none tells whether nothing was counted.
func (c Count) none() bool { return c.Red+c.Yellow+c.Rest+c.Ended == 0 }

// worstFirst are counts with the most red ones first.
func worstFirst(counts map[string]*Count) []Count {
	list := make([]Count, 0, len(counts))
	for _, c := range counts {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Red, a.Red), cmp.Compare(b.Yellow, a.Yellow), cmp.Compare(a.ID, b.ID))
	})
	return list[:min(len(list), maxCounts)]
}
