package server

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/calendar"
)

// forecastHall is the hall that forecasts look at: the core's state and records,
// the store's log, the file's roster.
type forecastHall struct {
	core  *core.Core
	store *store.Store
	live  *hall.Live

	mu     sync.Mutex
	hall   *hall.Hall      // of roster; guarded by mu
	day    calendar.Day    // of roster; guarded by mu
	roster estimate.Roster // guarded by mu
}

var _ estimate.Hall = (*forecastHall)(nil)

// Roster implements estimate.Hall. It reads the file's shifts once a day, and
// again when they were edited.
func (h *forecastHall) Roster(at queue.Time) estimate.Roster {
	now := h.live.Hall()
	day := calendar.On(at.Std().In(now.Location()))
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hall != now || h.day != day {
		h.hall, h.day, h.roster = now, day, rosterOf(now, at)
	}
	return h.roster
}

// rosterOf is who is expected on the day of at; nil if the file doesn't say.
func rosterOf(h *hall.Hall, at queue.Time) estimate.Roster {
	duties := h.Duties(at.Std())
	if len(duties) == 0 {
		return nil
	}
	out := make(estimate.Roster)
	for _, d := range duties {
		duty := estimate.Duty{From: queue.TimeOf(d.From), To: queue.TimeOf(d.To)}
		if len(d.Clerks) == 1 {
			duty.Clerk = queue.StaffID(d.Clerks[0])
		}
		id := queue.WindowID(d.Window)
		out[id] = append(out[id], duty)
	}
	for id := range out {
		out[id] = joined(out[id])
	}
	return out
}

// joined are duties in the order of time, those that overlap made one: then
// nobody knows which clerk serves.
func joined(duties []estimate.Duty) []estimate.Duty {
	slices.SortFunc(duties, func(a, b estimate.Duty) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	out := duties[:1]
	for _, d := range duties[1:] {
		last := &out[len(out)-1]
		if d.From >= last.To {
			out = append(out, d)
			continue
		}
		last.To = max(last.To, d.To)
		if last.Clerk != d.Clerk {
			last.Clerk = ""
		}
	}
	return out
}

// Watch implements estimate.Hall.
func (h *forecastHall) Watch() (<-chan struct{}, func()) { return h.core.Watch() }

// Seq implements estimate.Hall.
func (h *forecastHall) Seq() uint64 { return h.core.Seq() }

// Follow implements estimate.Hall.
func (h *forecastHall) Follow(seq uint64, f func([]estimate.Record, bool, *queue.State, queue.Time)) {
	h.core.Follow(seq, func(records []core.Record, whole bool, s *queue.State, now queue.Time) {
		brief := make([]estimate.Record, len(records))
		for i := range records {
			brief[i] = estimate.Record{Seq: records[i].Seq, At: records[i].At, Events: records[i].Events}
		}
		f(brief, whole, s, now)
	})
}

// Log implements estimate.Hall.
func (h *forecastHall) Log(ctx context.Context, seq uint64, limit int) ([]estimate.Record, error) {
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
func (h *forecastHall) Begin(ctx context.Context, days int) (uint64, error) {
	for ; days > 1; days-- {
		first, err := h.store.FirstOf(ctx, days)
		if err != nil || h.core.Seq()-first <= learnRecords {
			return first, err
		}
	}
	return h.store.FirstOf(ctx, 1)
}

// Save implements estimate.Hall.
func (h *forecastHall) Save(ctx context.Context, told []estimate.Told, outcomes []estimate.Outcome) error {
	return h.store.SavePromises(ctx, told, outcomes)
}

// Outcomes implements estimate.Hall.
func (h *forecastHall) Outcomes(ctx context.Context, day queue.Day, f func(*estimate.Outcome)) error {
	return h.store.PromiseOutcomes(ctx, day, day, f)
}
