package view

import (
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// MessageVars are what a message to t's holder may say.
func (v *Viewer) MessageVars(s *queue.State, t *queue.Ticket, now queue.Time) message.Vars {
	h := v.Hall.Hall()
	svc, _ := h.Service(t.Service)
	out := message.Vars{
		Hall: h.Name, Number: t.Number, Service: svc.Name, Zone: svc.Zone, URL: v.url(t.ID),
		Ahead: -1, Low: -1, High: -1,
	}
	if w, ok := h.Window(t.Window); ok && t.State == queue.Called {
		out.Window, out.Way = w.Number, w.Direction
	}
	if t.State == queue.Waiting {
		ahead, low, high := v.Left(s, t, now)
		out.Ahead = ahead
		if low != nil && high != nil {
			out.Low, out.High = *low, *high
		}
	}
	return out
}

// Left is how many people are before a waiting ticket now, and the range in
// minutes of the wait that is left; nil if no window is open.
func (v *Viewer) Left(s *queue.State, t *queue.Ticket, now queue.Time) (ahead int, low, high *int) {
	ahead, wait := v.Place(s, t.ID, now)
	var shown link.TicketView
	if v.ticketWait(t, &shown); shown.WaitLow != nil && shown.WaitHigh != nil {
		return ahead, shown.WaitLow, shown.WaitHigh
	}
	return ahead, wait, wait
}
