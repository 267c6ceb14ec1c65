package flow_test

import (
	"context"
	"testing"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// madeDays are the working days of every region, as the test sets them.
type madeDays struct {
	own map[calendar.Day]calendar.Rule
}

func (d madeDays) Reckoner(context.Context, string) (limit.Reckoner, error) {
	days, err := calendar.New(d.own)
	return limit.Reckoner{Calendar: days, Place: time.FixedZone("CST", 8*60*60)}, err
}

func TestTasksFollowTheirRegionsDays(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		days := madeDays{map[calendar.Day]calendar.Rule{}}
		o.Days = days
		o.begin("c1", "", nil)
		review := o.find("ann", "review")
		o.do("ann", review.ID, "claim", flow.Request{})
		red := func() (n int64) {
			o.must(o.store.Read().QueryRowContext(t.Context(), `SELECT red FROM flow_task WHERE id = $1`, review.ID).Scan(&n))
			return n
		}
		before, edition := red(), o.detail("ann", review.ID).Edition
		days.own[calendar.On(o.clock()).Add(1)] = calendar.Rule{Name: "防汛"}
		changed := func(region string) {
			o.must(o.store.Write(t.Context(), "days", func(tx *store.Tx) error {
				return tx.Publish(t.Context(), "", "appointment.days-changed", region, map[string]any{"region": region})
			}))
			o.heard()
		}
		changed("440100")
		if red() != before {
			t.Error("another region's days moved it")
		}
		changed("330100")
		if got := red() - before; got < int64(24*time.Hour/time.Millisecond) {
			t.Errorf("the task turns red %d ms later", got)
		}
		if got := o.detail("ann", review.ID).Edition; got != edition {
			t.Errorf("who has it open meets a conflict: edition %d, then %d", edition, got)
		}
		o.do("ann", review.ID, "pass", flow.Request{})
	})
}
