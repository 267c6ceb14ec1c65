package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// TypeTest is the type of the event that tries a webhook. It isn't in the log,
// so nobody registers for it.
const TypeTest = "webhook.test"

// Event is the body of a delivery. Its parts have the names and the shape that
// they have in the REST API. Fields and types are added, never re-meant.
type Event struct {
	Type string    `json:"type" doc:"What happened, such as ticket.called" example:"ticket.called"`
	At   time.Time `json:"at" doc:"When, by the hall's clock"`
	Day  string    `json:"day" doc:"Business day, YYYY-MM-DD"`
	Seq  uint64    `json:"seq" doc:"Place in the hall's log; events of one command share it; 0 for webhook.test"`
	// Ticket and Window are as they were after the command that the event
	// belongs to; for what the hall does by itself, as they are when the
	// delivery is made.
	Ticket *link.TicketView `json:"ticket,omitempty" doc:"The ticket that it happened to"`
	Window *link.WindowView `json:"window,omitempty" doc:"The window, of window.… events"`
	// Appointments are as they were booked or imported; Appointment has what is
	// known of it besides its id, state and reason unless it is days old.
	Appointments []link.AppointmentView `json:"appointments,omitempty" doc:"Those that were booked, changed or imported, of appointments.put"`
	Appointment  *link.AppointmentView  `json:"appointment,omitempty" doc:"What became of it, of appointment.ended"`
	Reason       *link.ReasonView       `json:"reason,omitempty" doc:"Why this ticket, of ticket.called"`
	Result       string                 `json:"result,omitempty" doc:"Result code, of service.finished"`
	Ack          *link.CallAck          `json:"ack,omitempty" doc:"Who showed or spoke the call, of call.acknowledged"`
}

// known tells whether the log can hold events of this type.
func known(eventType string) bool {
	text, err := json.Marshal([]map[string]any{{"type": eventType, "body": map[string]any{}}})
	if err != nil {
		return false
	}
	var events queue.Events
	return json.Unmarshal(text, &events) == nil
}

// describe makes the body for e, an event of rec.
func (s *Service) describe(ctx context.Context, rec *core.Record, e queue.Event) ([]byte, error) {
	out := Event{Type: e.Type(), At: rec.At.Std(), Day: string(rec.Day), Seq: rec.Seq}
	if id := queue.TicketOf(e); id != "" {
		ticket, err := s.ticket(ctx, rec, id)
		if err != nil {
			return nil, err
		}
		out.Ticket = ticket
	}
	if id := windowOf(e); id != "" {
		out.Window = s.window(rec, id)
	}
	switch e := e.(type) {
	case queue.TicketCalled:
		reason := view.Reason(e.Reason)
		out.Reason = &reason
	case queue.ServiceFinished:
		out.Result = e.Result
	case queue.AppointmentsPut:
		out.Appointments = s.appointments(e.List)
	case queue.AppointmentEnded:
		out.Appointment = s.ended(e)
	case queue.CallAcknowledged:
		out.Ack = &link.CallAck{CallShown: link.CallShown{
			Call: e.Call, Channel: link.CallChannel(e.Channel), Device: e.Device, Failed: e.Failed,
		}, At: rec.At.Std()}
	}
	return encode(out)
}

func encode(e Event) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.Type, err)
	}
	return body, nil
}

// ticket is the ticket after rec if rec tells, else as it is now; nil if there
// never was one.
func (s *Service) ticket(ctx context.Context, rec *core.Record, id queue.TicketID) (*link.TicketView, error) {
	var out link.TicketView
	found := rec.Answer.Ticket
	if found != nil && found.ID != id {
		found = nil
	}
	s.conf.Core.Read(func(state *queue.State, _ queue.Time) {
		if found == nil {
			found = state.Tickets[id]
		}
		if found != nil {
			out = s.conf.View.Ticket(state, found)
		}
	})
	if found == nil {
		past, ok, err := s.conf.Store.Ticket(ctx, id)
		if err != nil || !ok {
			return nil, err
		}
		past.Ticket.Promise.Minutes = noPromise
		s.conf.Core.Read(func(state *queue.State, _ queue.Time) { out = s.conf.View.Ticket(state, &past.Ticket) })
	}
	out.Day = string(rec.Day)
	return &out, nil
}

// noPromise is the wait of a ticket whose promise wasn't kept.
const noPromise = -1

// window is the window after rec if rec tells, else as it is now; nil if the
// hall has none of that id any more.
func (s *Service) window(rec *core.Record, id queue.WindowID) *link.WindowView {
	var out link.WindowView
	s.conf.Core.Read(func(state *queue.State, _ queue.Time) {
		found := rec.Answer.Window
		if found == nil || found.ID != id {
			found = state.Windows[id]
		}
		out = s.conf.View.Window(state, found, rec.At)
	})
	if out.ID == "" {
		return nil
	}
	return &out
}

func (s *Service) appointments(list []queue.Appointment) []link.AppointmentView {
	out := make([]link.AppointmentView, 0, len(list))
	s.conf.Core.Read(func(state *queue.State, _ queue.Time) {
		for i := range list {
			out = append(out, s.conf.View.Appointment(state, &list[i]))
		}
	})
	return out
}

// ended is the appointment of e as e left it.
func (s *Service) ended(e queue.AppointmentEnded) *link.AppointmentView {
	var out link.AppointmentView
	s.conf.Core.Read(func(state *queue.State, _ queue.Time) {
		booked := queue.Appointment{ID: e.Appointment}
		if known := state.Appointments[e.Appointment]; known != nil {
			booked = *known
		}
		booked.State, booked.Reason = e.State, e.Reason
		out = s.conf.View.Appointment(state, &booked)
	})
	return &out
}

// windowOf returns the window that e is about, or "". Calls have theirs in the
// ticket.
func windowOf(e queue.Event) queue.WindowID {
	switch e := e.(type) {
	case queue.WindowSignedIn:
		return e.Window
	case queue.WindowSignedOut:
		return e.Window
	case queue.WindowPaused:
		return e.Window
	case queue.WindowContinued:
		return e.Window
	}
	return ""
}
