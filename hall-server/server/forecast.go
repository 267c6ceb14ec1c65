package server

import (
	"context"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

// forecastHall is the hall that forecasts look at: the core's state and records,
// the store's log.
type forecastHall struct {
	core  *core.Core
	store *store.Store
}

var _ estimate.Hall = forecastHall{}

// Watch implements estimate.Hall.
func (h forecastHall) Watch() (<-chan struct{}, func()) { return h.core.Watch() }

// Follow implements estimate.Hall.
func (h forecastHall) Follow(seq uint64, f func([]estimate.Record, bool, *queue.State, queue.Time)) {
	h.core.Follow(seq, func(records []core.Record, whole bool, s *queue.State, now queue.Time) {
		brief := make([]estimate.Record, len(records))
		for i := range records {
			brief[i] = estimate.Record{Seq: records[i].Seq, At: records[i].At, Events: records[i].Events}
		}
		f(brief, whole, s, now)
	})
}

// Log implements estimate.Hall.
func (h forecastHall) Log(ctx context.Context, seq uint64, limit int) ([]estimate.Record, error) {
	records, err := h.store.LogAfter(ctx, seq, limit)
	out := make([]estimate.Record, len(records))
	for i, r := range records {
		out[i] = estimate.Record{Seq: r.Seq, At: r.At, Events: r.Events}
	}
	return out, err
}

// learnRecords is how much of the log is read to learn from, at most; but for
// the open day, which is read whole.
const learnRecords = 300_000

// Begin implements estimate.Hall.
func (h forecastHall) Begin(ctx context.Context, days int) (uint64, error) {
	for ; days > 1; days-- {
		first, err := h.store.FirstOf(ctx, days)
		if err != nil || h.core.Seq()-first <= learnRecords {
			return first, err
		}
	}
	return h.store.FirstOf(ctx, 1)
}

// Save implements estimate.Hall.
func (h forecastHall) Save(ctx context.Context, told []estimate.Told, outcomes []estimate.Outcome) error {
	return h.store.SavePromises(ctx, told, outcomes)
}

// Outcomes implements estimate.Hall.
func (h forecastHall) Outcomes(ctx context.Context, day queue.Day, f func(*estimate.Outcome)) error {
	return h.store.PromiseOutcomes(ctx, day, day, f)
}
