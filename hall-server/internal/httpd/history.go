package httpd

import (
	"context"
	"time"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// historyStep is one thing that happened to a ticket.
type historyStep struct {
	At    time.Time `json:"at"`
	Seq   uint64    `json:"seq" doc:"Its record in the hall's log"`
	Event string    `json:"event" doc:"Such as ticket.called"`
	Text  string    `json:"text" doc:"The same for people"`
	Actor string    `json:"actor" doc:"Who asked for it: an agent, or role:name"`
	// Window is where it happened, Reason why a ticket was called.
	Window string           `json:"window,omitempty"`
	Reason *link.ReasonView `json:"reason,omitempty"`
}

type historyOutput struct {
	Body struct {
		Ticket link.TicketView `json:"ticket"`
		Steps  []historyStep   `json:"steps"`
	}
}

// ticketHistory is the proof of every step of a visit, from the log.
func (a *api) ticketHistory(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40"`
},
) (*historyOutput, error) {
	if !access.From(ctx).Staff() {
		return nil, denied()
	}
	ticket, err := a.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	steps, err := a.Store.History(ctx, queue.TicketID(in.ID), queue.Day(ticket.Day))
	if err != nil {
		return nil, a.problem(err)
	}
	out := &historyOutput{}
	out.Body.Ticket, out.Body.Steps = ticket, make([]historyStep, 0, len(steps))
	for _, s := range steps {
		step := historyStep{At: s.At.Std(), Seq: s.Seq, Event: s.Event.Type(), Text: view.EventText(s.Event), Actor: s.Actor}
		if called, ok := s.Event.(queue.TicketCalled); ok {
			reason := view.Reason(called.Reason)
			step.Window, step.Reason = string(called.Window), &reason
		}
		out.Body.Steps = append(out.Body.Steps, step)
	}
	return out, nil
}
