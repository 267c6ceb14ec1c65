package view

import (
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// serviceWait fills in what whoever takes a ticket now would be told.
func (v *Viewer) serviceWait(s *queue.State, out *link.ServiceView, ahead int, now queue.Time) {
	id := queue.ServiceID(out.ID)
	out.WaitMinutes = minutes(v.Forecasts.Promise(s, id, ahead, now).Minutes)
	if r, ok := v.Forecasts.Service(id); ok {
		out.WaitLow, out.WaitHigh = ends(r)
	}
}

// ticketWait fills in what the holder of a waiting ticket is told now; just
// after the taking that is what the paper says.
func (v *Viewer) ticketWait(t *queue.Ticket, out *link.TicketView) {
	if t.State != queue.Waiting {
		return
	}
	r, ok := v.Forecasts.Ticket(t.ID)
	if !ok && t.Calls == 0 && t.Promise.High > 0 {
		r, ok = estimate.Range{Low: t.Promise.Low, High: t.Promise.High}, true
	}
	if ok {
		out.WaitLow, out.WaitHigh = ends(r)
	}
}

// ends are those of r; nil if no window is open.
func ends(r estimate.Range) (low, high *int) {
	if r.None {
		return nil, nil
	}
	return &r.Low, &r.High
}

// accuracy is how good today's promises were; nil before the first came true.
func (v *Viewer) accuracy() *link.AccuracyView {
	a := v.Forecasts.Accuracy()
	if a.N == 0 {
		return nil
	}
	return &link.AccuracyView{N: a.N, WAPE: a.WAPE, MeanErrorMinutes: a.MAE, Within: a.Within, Coverage: a.Coverage, UnderBy5: a.UnderBy5}
}

// waitLeft is the wait that is left behind ahead people, in minutes; nil if no
// window is open.
func (v *Viewer) waitLeft(s *queue.State, t *queue.Ticket, ahead int, now queue.Time) *int {
	if r, ok := v.Forecasts.Ticket(t.ID); ok {
		_, high := ends(r)
		return high
	}
	return minutes(estimate.Minutes(s, t.Service, ahead, now))
}
