package webhook

import (
	"context"
	"time"

	"smarthall/hall-server/internal/store"
)

// State is how a webhook fares.
type State string

// The states.
const (
	Active    State = "active"    // the latest delivery was taken, or there was none yet
	Retrying  State = "retrying"  // the next delivery has failed and is tried again
	Suspended State = "suspended" // the hall gave up
)

// Status is a webhook as managers see it, without its secret.
type Status struct {
	ID      string
	URL     string
	Events  []string
	Creator string
	Created time.Time
	State   State
	// Pending is how many events it still has to be told of.
	Pending int
	store.WebhookProgress
}

// List returns all webhooks in the order of their registration.
func (s *Service) List(ctx context.Context) ([]Status, error) {
	hooks := s.all()
	out := make([]Status, 0, len(hooks))
	for _, h := range hooks {
		status, err := s.status(ctx, h)
		if err != nil {
			return nil, err
		}
		out = append(out, status)
	}
	return out, nil
}

// Count is how many webhooks are in each state.
func (s *Service) Count() map[State]int {
	out := map[State]int{Active: 0, Retrying: 0, Suspended: 0}
	for _, h := range s.all() {
		out[h.status(0).State]++
	}
	return out
}

func (s *Service) status(ctx context.Context, h *hook) (Status, error) {
	pending, err := s.pending(ctx, h, h.at())
	if err != nil {
		return Status{}, err
	}
	return h.status(pending), nil
}

func (h *hook) status(pending int) Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := Status{
		ID: h.ID, URL: h.URL, Events: append([]string{}, h.Events...), Creator: h.Creator, Created: h.Created,
		State: Active, Pending: pending, WebhookProgress: h.progress,
	}
	switch {
	case !h.progress.Suspended.IsZero():
		out.State = Suspended
	case h.progress.Attempts > 0:
		out.State = Retrying
	}
	return out
}

// pending counts the events after p that h wants.
func (s *Service) pending(ctx context.Context, h *hook, p store.WebhookProgress) (int, error) {
	records, whole := s.conf.Core.Since(p.Seq)
	if !whole {
		return s.conf.Store.CountEvents(ctx, p.Seq, p.Part, h.Events)
	}
	n := 0
	for i := range records {
		for j, e := range records[i].Events {
			if (i > 0 || j >= p.Part) && h.wanted(e.Type()) {
				n++
			}
		}
	}
	return n, nil
}
