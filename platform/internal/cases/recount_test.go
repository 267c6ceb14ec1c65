package cases_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/store"
)

// TestCasesFollowTheirRegionsDays: a day off that is set later moves the limits
// of what runs, and nothing else.
func TestCasesFollowTheirRegionsDays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		own := map[calendar.Day]calendar.Rule{}
		c.Days = func(context.Context, string) (*calendar.Calendar, error) { return calendar.New(own) }
		runs, waits := c.accepted(1), c.submitted(2)
		before := c.get(runs.ID)
		if before.PromisedDue != "2026-11-30" {
			t.Fatal(before.PromisedDue)
		}
		rank := fmt.Sprintf(`SELECT count(*) FROM case_record WHERE id = '%s' AND rank = %d`, runs.ID, time.Date(2026, 12, 1, 0, 0, 0, 0, china).UnixMilli())
		own[calendar.Day{Year: 2026, Month: 11, Day: 26}] = calendar.Rule{Name: "防汛"}
		changed := func(region string) {
			c.must(c.in(func(tx *store.Tx) error {
				return tx.Publish(t.Context(), "", "appointment.days-changed", region, map[string]any{"region": region, "days": []string{"2026-11-26"}})
			}))
			for {
				n, err := c.store.Deliver(t.Context())
				c.must(err)
				if n == 0 {
					return
				}
			}
		}
		changed("330103")
		if got := c.get(runs.ID); got.PromisedDue != "2026-11-30" {
			t.Errorf("another region's days moved it to %s", got.PromisedDue)
		}
		changed("330100")
		after := c.get(runs.ID)
		if after.PromisedDue != "2026-12-01" || after.StatutoryDue != "2026-12-22" || !after.Changed.Equal(before.Changed) || after.Edition != before.Edition {
			t.Errorf("due %s and %s, changed %s, edition %d", after.PromisedDue, after.StatutoryDue, after.Changed, after.Edition)
		}
		if c.count(rank) != 1 {
			t.Error("the list has it where it was")
		}
		// Five working days of silence end a day later, too.
		c.at(time.Date(2026, 12, 1, 0, 1, 0, 0, china))
		c.must(c.Wake(t.Context()))
		if got := c.get(waits.ID); got.State != cases.Submitted {
			t.Errorf("counts as %s a day early", got.State)
		}
		c.at(time.Date(2026, 12, 2, 0, 1, 0, 0, china))
		c.must(c.Wake(t.Context()))
		if got := c.get(waits.ID); got.State != cases.Accepted {
			t.Errorf("counts as %s after five working days", got.State)
		}
	})
}

// TestARecountGoesOnBehindItsBatch takes more cases than one transaction does.
func TestARecountGoesOnBehindItsBatch(t *testing.T) {
	c := open(t, sqldbtest.File(t))
	for i := range 230 {
		c.fast(i, cases.Accepted)
	}
	own := map[calendar.Day]calendar.Rule{}
	c.Days = func(context.Context, string) (*calendar.Calendar, error) { return calendar.New(own) }
	own[calendar.Day{Year: 2026, Month: 11, Day: 26}] = calendar.Rule{Name: "防汛"}
	c.must(c.in(func(tx *store.Tx) error {
		return tx.Publish(t.Context(), "", "appointment.days-changed", "330102", map[string]any{"region": "330102"})
	}))
	for {
		n, err := c.store.Deliver(t.Context())
		c.must(err)
		if n == 0 {
			break
		}
	}
	if n := c.count(`SELECT count(*) FROM case_record WHERE state = 'accepted' AND promised_due <> '2026-12-01'`); n != 0 {
		t.Errorf("%d cases have their old limit", n)
	}
}
