package hub

import (
	"context"

	"smarthall/internal/link"
)

// TestPrint has a kiosk print job, whose key begins with link.TestJob or link.SlipJob, and
// returns what became of it. The error is link.ErrAway if the kiosk isn't there.
func (h *Hub) TestPrint(ctx context.Context, agent string, job link.PrintJob) (link.PrintDone, error) {
	return await(ctx, h, &h.trials, order{agent, job.Job}, link.TypeTicketPrint, job)
}

// tried passes the outcome of a trial print on to who waits for it; false if
// that is no trial's.
func (h *Hub) tried(agent string, m link.Message) bool {
	var body link.PrintDone
	if m.Into(&body) != nil || !link.IsAwaited(body.Job) {
		return false
	}
	h.trials.settle(order{agent, body.Job}, body)
	return true
}
