package hub

import (
	"errors"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// lookUp answers questions that change nothing; false means that m is none.
func (h *Hub) lookUp(s *session, m link.Message) bool {
	switch {
	case m.Type == link.TypeVisitsFind && s.role == link.RoleKiosk:
		var body link.FindVisits
		if err := m.Into(&body); err != nil {
			h.answer(s, m, nil, malformed(err))
			return true
		}
		keys := view.PersonKeys(h.conf.Vault, body.Person)
		var visits link.VisitsView
		h.conf.Core.Read(func(st *queue.State, now queue.Time) { visits = h.conf.View.Visits(st, keys, body.Code, now) })
		h.reply(s, m, link.TypeAnswer, link.Answer{Visits: &visits})
	case m.Type == link.TypeTicketFind && s.role == link.RoleCounter:
		var body link.FindTicket
		if err := m.Into(&body); err != nil {
			h.answer(s, m, nil, malformed(err))
			return true
		}
		var found *link.TicketView
		h.conf.Core.Read(func(st *queue.State, _ queue.Time) {
			if t := view.FindTicket(st, body.Text); t != nil {
				ticket := h.conf.View.Ticket(st, t)
				found = &ticket
			}
		})
		if found == nil {
			h.answer(s, m, nil, queue.Refuse(queue.NotFound, "ticket.unknown"))
			return true
		}
		h.reply(s, m, link.TypeAnswer, link.Answer{Ticket: found})
	default:
		return false
	}
	return true
}

func malformed(err error) error {
	if errors.Is(err, link.ErrMalformed) {
		return queue.Refuse(queue.Invalid, "link.malformed")
	}
	return err
}

// kioskCommand turns what a citizen does at a machine into a command.
func (h *Hub) kioskCommand(s *session, m link.Message) (queue.Command, error) {
	switch m.Type {
	case link.TypeTicketTake:
		return h.take(s, m)
	case link.TypeTicketCancel:
		var body link.CancelTicket
		err := m.Into(&body)
		return queue.Cancel{Ticket: queue.TicketID(body.Ticket), Reason: body.Reason}, err
	case link.TypeTicketRejoin:
		var body link.TicketRef
		err := m.Into(&body)
		return queue.Rejoin{Ticket: queue.TicketID(body.Ticket), By: s.agent}, err
	case link.TypeTicketReprint:
		return h.reprint(s, m)
	case link.TypeAppointmentCheckIn:
		var body link.CheckInAppointment
		err := m.Into(&body)
		cmd := queue.CheckIn{
			Appointment: queue.AppointmentID(body.Appointment), ID: queue.TicketID(ulid.Make().String()),
			Age: view.Age(body.Person, h.conf.Core.Now()), Silent: body.Silent,
		}
		if body.Print {
			cmd.Kiosk = s.agent
		}
		return cmd, err
	case link.TypeAppointmentCancel:
		var body link.CancelAppointment
		err := m.Into(&body)
		return queue.CancelAppointment{Appointment: queue.AppointmentID(body.Appointment), Reason: body.Reason}, err
	}
	return nil, queue.Refuse(queue.Invalid, "link.unsupported")
}
