package supervision

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/store"
)

// Count is how many cases of one kind there are.
type Count struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Red    int    `json:"red"`
	Yellow int    `json:"yellow"`
	Rest   int    `json:"rest"`
	// Ended are those that were over in the last thirty days, Late those of
	// them that were late.
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
	if err := s.counts(ctx, &o, scope, store.Millis(now.AddDate(0, 0, -endedDays))); err != nil {
		return o, err
	}
	err := s.Store.Read().QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM supervision_signal WHERE state <> 'closed' AND ($1 = '' OR organisation = $1) AND region >= $2 AND region < $3),
		(SELECT count(*) FROM supervision_order WHERE state <> 'closed' AND ($1 = '' OR organisation = $1) AND region >= $2 AND region < $3)`,
		scope.organisation, scope.from, scope.to).Scan(&o.OpenSignals, &o.OpenOrders)
	if err != nil {
		return o, fmt.Errorf("count signals: %w", err)
	}
	o.Days, err = s.days(ctx, scope, now)
	return o, err
}

// counts counts cases by organisation and hall: those that run, and those that
// ended since. Each half is one look through an index, whose region is no way
// into it: that a planner sees by the empty text.
func (s *Service) counts(ctx context.Context, o *Overview, scope scope, since int64) error {
	rows, err := s.Store.Read().QueryContext(ctx, `
		SELECT organisation, organisation_name, hall, sum(CASE WHEN rank = 0 THEN 1 ELSE 0 END), sum(CASE WHEN rank = 1 THEN 1 ELSE 0 END),
			sum(CASE WHEN rank = 2 THEN 1 ELSE 0 END), 0, 0
		FROM supervision_case WHERE running = 1 AND ($1 = '' OR organisation = $1) AND region || '' >= $2 AND region || '' < $3 GROUP BY organisation, organisation_name, hall
		UNION ALL
		SELECT organisation, organisation_name, hall, 0, 0, 0, count(*), sum(CASE WHEN light = 'red' THEN 1 ELSE 0 END)
		FROM supervision_case WHERE ended_at >= $4 AND ($1 = '' OR organisation = $1) AND region || '' >= $2 AND region || '' < $3 GROUP BY organisation, organisation_name, hall`,
		scope.organisation, scope.from, scope.to, since)
	if err != nil {
		return fmt.Errorf("count cases: %w", err)
	}
	defer rows.Close()
	organisations, halls := map[string]*Count{}, map[string]*Count{}
	for rows.Next() {
		var organisation, hall string
		var c Count
		if err := rows.Scan(&organisation, &c.Name, &hall, &c.Red, &c.Yellow, &c.Rest, &c.Ended, &c.Late); err != nil {
			return fmt.Errorf("count cases: %w", err)
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

// days counts what was accepted and ended on each of the last days.
func (s *Service) days(ctx context.Context, scope scope, now time.Time) ([]DayCount, error) {
	list := make([]DayCount, overviewDays)
	today := calendar.On(now.In(s.Zone))
	for i := range list {
		list[i].Day = today.Add(i - overviewDays + 1).String()
	}
	// Days here have 24 hours: no zone of the country changes its clocks.
	since := store.Millis(today.Add(1 - overviewDays).In(s.Zone))
	rows, err := s.Store.Read().QueryContext(ctx, `
		SELECT 0, (accepted_at - $1) / 86400000, count(*) FROM supervision_case
		WHERE accepted_at >= $1 AND ($2 = '' OR organisation = $2) AND region || '' >= $3 AND region || '' < $4 GROUP BY 2
		UNION ALL
		SELECT 1, (ended_at - $1) / 86400000, count(*) FROM supervision_case
		WHERE ended_at >= $1 AND ($2 = '' OR organisation = $2) AND region || '' >= $3 AND region || '' < $4 GROUP BY 2`, since, scope.organisation, scope.from, scope.to)
	if err != nil {
		return nil, fmt.Errorf("count days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind, day, n int
		if err := rows.Scan(&kind, &day, &n); err != nil {
			return nil, fmt.Errorf("count days: %w", err)
		}
		switch {
		case day >= overviewDays: // of a clock that goes ahead
		case kind == 0:
			list[day].Accepted = n
		default:
			list[day].Ended = n
		}
	}
	return list, rows.Err()
}
