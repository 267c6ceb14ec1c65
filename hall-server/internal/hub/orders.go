package hub

import (
	"context"
	"sync"

	"smarthall/internal/link"
)

// order is one thing that an agent is to do, by the key that its answer
// carries back.
type order struct{ agent, key string }

// awaited are orders whose outcome somebody waits for. The zero value is ready.
type awaited[T any] struct {
	mu      sync.Mutex
	waiting map[order]chan T // guarded by mu
}

// expect is where the outcome of o will be; forget has to be called.
func (w *awaited[T]) expect(o order) (outcome <-chan T, forget func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting == nil {
		w.waiting = make(map[order]chan T)
	}
	done := make(chan T, 1)
	w.waiting[o] = done
	return done, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiting, o)
	}
}

// settle hands an outcome to whoever waits for it, if somebody does.
func (w *awaited[T]) settle(o order, outcome T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if done, ok := w.waiting[o]; ok {
		select {
		case done <- outcome:
		default: // told twice
		}
	}
}

// await sends an order's message to its agent, which must be there, and waits
// for the outcome until ctx ends. The error is link.ErrAway if the agent isn't
// there, or ctx's.
func await[T any](ctx context.Context, h *Hub, w *awaited[T], o order, t link.Type, body any) (outcome T, err error) {
	h.mu.Lock()
	there := h.agents[o.agent] != nil
	h.mu.Unlock()
	if !there {
		return outcome, link.ErrAway
	}
	done, forget := w.expect(o)
	defer forget()
	select {
	case h.ordered <- message{t, body, []topic{agentTopic(o.agent)}}:
	case <-ctx.Done():
		return outcome, ctx.Err()
	}
	select {
	case outcome = <-done:
		return outcome, nil
	case <-ctx.Done():
		return outcome, ctx.Err()
	}
}
