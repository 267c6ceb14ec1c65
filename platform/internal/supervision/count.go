package supervision

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/platform/internal/store"
)

// place is a row of supervision_count: a body in a hall and a region, now (day
// 0) or on a day.
type place struct {
	day                        int64
	organisation, hall, region string
}

// tally is what is counted at a place.
type tally struct{ red, yellow, rest, accepted, ended, late int64 }

func (t tally) times(n int64) tally {
	return tally{t.red * n, t.yellow * n, t.rest * n, t.accepted * n, t.ended * n, t.late * n}
}

func (t tally) plus(o tally) tally {
	return tally{t.red + o.red, t.yellow + o.yellow, t.rest + o.rest, t.accepted + o.accepted, t.ended + o.ended, t.late + o.late}
}

// msOfDay is a day. Days here have 24 hours: no zone of the country changes its
// clocks.
const msOfDay = int64(24 * time.Hour / time.Millisecond)

// dayNo is the day of a moment by the city's clock, counted from 1970.
func (s *Service) dayNo(t time.Time) int64 {
	_, offset := t.In(s.Zone).Zone()
	return (store.Millis(t) + int64(offset)*1000) / msOfDay
}

// tallies are where a case counts.
func (s *Service) tallies(c *watched) map[place]tally {
	counts := map[place]tally{}
	add := func(day int64, t tally) {
		at := place{day, c.Organisation, c.Hall, c.Region}
		counts[at] = counts[at].plus(t)
	}
	switch {
	case !c.Running:
	case c.rank == rankRed:
		add(0, tally{red: 1})
	case c.rank == rankYellow:
		add(0, tally{yellow: 1})
	default:
		add(0, tally{rest: 1})
	}
	if !c.Accepted.IsZero() {
		add(s.dayNo(c.Accepted), tally{accepted: 1})
	}
	if !c.Ended.IsZero() {
		t := tally{ended: 1}
		if c.Light == "red" {
			t.late = 1
		}
		add(s.dayNo(c.Ended), t)
	}
	return counts
}

// count brings the counts from what a case was when the transaction locked it,
// nil if it is new, to what it is. Rows are changed in one order everywhere.
func (s *Service) count(ctx context.Context, tx *store.Tx, before, now *watched) error {
	change := s.tallies(now)
	if before != nil {
		for at, t := range s.tallies(before) {
			change[at] = change[at].plus(t.times(-1))
		}
	}
	places := make([]place, 0, len(change))
	for at, t := range change {
		if t != (tally{}) {
			places = append(places, at)
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.organisation, b.organisation), cmp.Compare(a.hall, b.hall), cmp.Compare(a.region, b.region))
	})
	for _, at := range places {
		t := change[at]
		_, err := tx.ExecContext(ctx, `INSERT INTO supervision_count AS c (day, organisation, hall, region, name, red, yellow, rest, accepted, ended, late)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (day, organisation, hall, region) DO UPDATE SET name = excluded.name, red = c.red + excluded.red, yellow = c.yellow + excluded.yellow,
				rest = c.rest + excluded.rest, accepted = c.accepted + excluded.accepted, ended = c.ended + excluded.ended, late = c.late + excluded.late`,
			at.day, at.organisation, at.hall, at.region, now.OrganisationName, t.red, t.yellow, t.rest, t.accepted, t.ended, t.late)
		if err != nil {
			return fmt.Errorf("count a watched case: %w", err)
		}
	}
	return nil
}
