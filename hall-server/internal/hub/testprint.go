package hub

import (
	"context"
	"sync"

	"smarthall/internal/link"
)

// trials are trial prints whose outcome somebody waits for.
type trials struct {
	// ordered are those that the follower sends: only it numbers messages.
	ordered chan message

	mu sync.Mutex
	// waiting gets the outcome, by agent and job; guarded by mu.
	waiting map[[2]string]chan link.PrintDone
}

// TestPrint has a kiosk print job, whose key begins with link.TestJob, and
// returns what became of it. The error is link.ErrAway if the kiosk isn't there.
func (h *Hub) TestPrint(ctx context.Context, agent string, job link.PrintJob) (link.PrintDone, error) {
	h.mu.Lock()
	there := h.agents[agent] != nil
	h.mu.Unlock()
	if !there {
		return link.PrintDone{}, link.ErrAway
	}
	key, done := [2]string{agent, job.Job}, make(chan link.PrintDone, 1)
	h.trials.mu.Lock()
	if h.trials.waiting == nil {
		h.trials.waiting = make(map[[2]string]chan link.PrintDone)
	}
	h.trials.waiting[key] = done
	h.trials.mu.Unlock()
	defer func() {
		h.trials.mu.Lock()
		delete(h.trials.waiting, key)
		h.trials.mu.Unlock()
	}()
	select {
	case h.trials.ordered <- message{link.TypeTicketPrint, job, []topic{agentTopic(agent)}}:
	case <-ctx.Done():
		return link.PrintDone{}, ctx.Err()
	}
	select {
	case out := <-done:
		return out, nil
	case <-ctx.Done():
		return link.PrintDone{}, ctx.Err()
	}
}

// tried passes the outcome of a trial print on to who waits for it; false if
// that is no trial's.
func (h *Hub) tried(agent string, m link.Message) bool {
	var body link.PrintDone
	if m.Into(&body) != nil || !link.IsTestJob(body.Job) {
		return false
	}
	h.trials.mu.Lock()
	defer h.trials.mu.Unlock()
	if done, ok := h.trials.waiting[[2]string{agent, body.Job}]; ok {
		select {
		case done <- body:
		default: // told twice
		}
	}
	return true
}
