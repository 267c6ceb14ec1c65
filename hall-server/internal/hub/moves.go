package hub

import (
	"cmp"
	"log/slog"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// moveCommand turns what a counter does with a visit beyond calling and
// finishing into a command.
func (h *Hub) moveCommand(s *session, m link.Message) (queue.Command, error) {
	window := queue.WindowID(s.window)
	switch m.Type {
	case link.TypeTicketTransfer:
		var body link.TransferTicket
		err := m.Into(&body)
		return queue.Transfer{
			Ticket: queue.TicketID(body.Ticket), Window: window, Service: queue.ServiceID(body.Service), To: queue.WindowID(body.Window),
			Place: queue.Place(body.Place), After: body.After, Reason: body.Reason,
		}, err
	case link.TypeTicketNote:
		var body link.NoteTicket
		err := m.Into(&body)
		return queue.Note{Ticket: queue.TicketID(body.Ticket), Window: window, Text: body.Text}, err
	case link.TypeTicketMaterials:
		var body link.SeeMaterials
		err := m.Into(&body)
		return queue.SeeMaterials{Ticket: queue.TicketID(body.Ticket), Window: window, Seen: body.Seen}, err
	case link.TypeTicketPark:
		var body link.ParkTicket
		err := m.Into(&body)
		return queue.Park{
			Ticket: queue.TicketID(body.Ticket), Window: window, Reason: body.Reason, For: time.Duration(body.Minutes) * time.Minute,
		}, err
	case link.TypeTicketResume:
		var body link.ResumeTicket
		err := m.Into(&body)
		return queue.Resume{Ticket: queue.TicketID(body.Ticket), Window: window, Back: body.Back}, err
	case link.TypeTicketRejoin:
		var body link.TicketRef
		err := m.Into(&body)
		return queue.Rejoin{Ticket: queue.TicketID(body.Ticket), By: s.agent}, err
	case link.TypeTicketReprint:
		return h.reprint(s, m)
	}
	return nil, queue.Refuse(queue.Invalid, "link.unsupported")
}

// reprint orders a copy: at the kiosk that asks, or at the one a counter names;
// by default the one that printed it first.
func (h *Hub) reprint(s *session, m link.Message) (queue.Command, error) {
	var body link.ReprintTicket
	if err := m.Into(&body); err != nil {
		return nil, err
	}
	cmd := queue.Reprint{Ticket: queue.TicketID(body.Ticket), Kiosk: body.Kiosk}
	if s.role == link.RoleKiosk {
		cmd.Kiosk = s.agent
	}
	known := false
	h.conf.Core.Read(func(st *queue.State, _ queue.Time) {
		var t *queue.Ticket
		if t, known = st.Tickets[cmd.Ticket]; known {
			cmd.Kiosk = cmp.Or(cmd.Kiosk, t.Kiosk)
		}
	})
	if !known {
		return nil, queue.Refuse(queue.NotFound, "ticket.unknown", "ticket", string(cmd.Ticket))
	}
	if agent, ok := h.conf.View.Hall.Hall().Agent(cmd.Kiosk); !ok || agent.Role != string(link.RoleKiosk) {
		return nil, queue.Refuse(queue.Invalid, "kiosk.unknown", "kiosk", cmd.Kiosk)
	}
	return cmd, nil
}

// authorise returns the member of staff who vouches for a priority.
func (h *Hub) authorise(s *session, by *link.SignIn) (queue.StaffID, error) {
	if by == nil {
		return "", nil
	}
	person, err := h.conf.Door.Enter(by.Staff, by.Password, h.conf.Core.Now())
	if err != nil {
		h.conf.Log.Warn("authorising refused", slog.String("agent", s.agent), slog.String("staff", by.Staff), slog.Any("cause", err))
		return "", err
	}
	return queue.StaffID(person.ID), nil
}
