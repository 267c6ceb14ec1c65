package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

// What people choose is counted over takenDays, and looked at again every
// takenEvery for a new business day.
const (
	takenDays  = 30
	takenEvery = 10 * time.Minute
)

// taken knows how often each service was chosen of late, for the order in which
// kiosks offer them. It counts once a business day: an order that moves while
// people look at it costs them more than it gives.
type taken struct {
	core  *core.Core
	store *store.Store
	// changed is told that the counts are new.
	changed func()
	log     *slog.Logger

	counts atomic.Pointer[map[string]int]
}

// of is how often a service was chosen.
func (t *taken) of(service string) int {
	if counts := t.counts.Load(); counts != nil {
		return (*counts)[service]
	}
	return 0
}

// Run counts anew with each business day, until ctx ends.
func (t *taken) Run(ctx context.Context) error {
	tick := time.NewTicker(takenEvery)
	defer tick.Stop()
	counted := queue.Day("")
	for {
		var day queue.Day
		t.core.Read(func(s *queue.State, _ queue.Time) { day = s.Day })
		if day != counted {
			if err := t.count(ctx, day); err == nil {
				counted = day
			} else if ctx.Err() == nil {
				t.log.Error("services not counted", slog.Any("err", err))
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// count counts the days before day.
func (t *taken) count(ctx context.Context, day queue.Day) error {
	today, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return nil // no day has begun yet
	}
	before := func(days int) queue.Day { return queue.Day(today.AddDate(0, 0, -days).Format(time.DateOnly)) }
	counts, err := t.store.Chosen(ctx, before(takenDays), before(1))
	if err != nil {
		return err
	}
	t.counts.Store(&counts)
	if len(counts) > 0 {
		t.changed()
	}
	return nil
}
