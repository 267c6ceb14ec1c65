package uplink

import (
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
)

// actorPlatform is who asks for what came down: it isn't told of it again.
const actorPlatform = "platform"

// ticketBody is what the platform hears of a ticket. It names nobody: whose
// visit it is follows from the appointment, if there was one.
type ticketBody struct {
	Ticket      string `json:"ticket"`
	Day         string `json:"day"`
	Number      string `json:"number,omitempty"`
	Service     string `json:"service,omitempty"`
	Channel     string `json:"channel,omitempty"`
	Zone        string `json:"zone,omitempty"`
	Priority    string `json:"priority,omitempty"`
	Appointment string `json:"appointment,omitempty"`
	Offline     bool   `json:"offline,omitempty"`
	Window      string `json:"window,omitempty"`
	Clerk       string `json:"clerk,omitempty"`
	To          string `json:"to,omitempty"` // the window it was transferred to
	Result      string `json:"result,omitempty"`
	Score       int    `json:"score,omitempty"`
	Via         string `json:"via,omitempty"`
}

// appointmentBody is what the hall says of an appointment.
type appointmentBody struct {
	Appointment string `json:"appointment"`
	Ticket      string `json:"ticket,omitempty"`
	Number      string `json:"number,omitempty"`
	Reason      string `json:"reason,omitempty"`
}

// bookedBody is an appointment that was booked at the hall itself: it uses a
// place.
type bookedBody struct {
	ID      string    `json:"id"`
	Service string    `json:"service"`
	Day     string    `json:"day"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Via     string    `json:"via,omitempty"`
}

type windowBody struct {
	Window string `json:"window"`
}

type dayBody struct {
	Day string `json:"day"`
}

// translate returns what the platform hears of e, an event of rec. The ids are
// what tells several of one event apart; the rest of an id is the same for all.
func translate(rec *core.Record, e queue.Event) []Event {
	if kind, body, ok := translateTicket(e); ok {
		body.Ticket, body.Day = string(queue.TicketOf(e)), string(rec.Day)
		out := []Event{{Type: kind, Subject: body.Ticket, Data: encode(body)}}
		if kind == "ticket.taken" && body.Appointment != "" {
			out = append(out, Event{
				ID: "a", Type: "appointment.checked-in", Subject: body.Appointment,
				Data: encode(appointmentBody{Appointment: body.Appointment, Ticket: body.Ticket, Number: body.Number}),
			})
		}
		return out
	}
	switch e := e.(type) {
	case queue.AppointmentsPut:
		return booked(rec, e)
	case queue.AppointmentEnded:
		if rec.Actor == actorPlatform {
			return nil
		}
		id := string(e.Appointment)
		return []Event{{Type: "appointment." + string(e.State), Subject: id, Data: encode(appointmentBody{Appointment: id, Reason: e.Reason})}}
	case queue.WindowSignedIn:
		return window("window.opened", e.Window)
	case queue.WindowSignedOut:
		return window("window.closed", e.Window)
	case queue.WindowPaused:
		return window("window.paused", e.Window)
	case queue.WindowContinued:
		return window("window.continued", e.Window)
	case queue.DayOpened:
		return []Event{{Type: "day.opened", Subject: string(e.Day), Data: encode(dayBody{string(e.Day)})}}
	case queue.DayEnded:
		return []Event{{Type: "day.ended", Subject: string(e.Day), Data: encode(dayBody{string(e.Day)})}}
	}
	return nil
}

// translateTicket is translate for what happens to tickets. Reprints, prints
// and acknowledgements stay in the hall, and so do reasons: they are free text.
func translateTicket(e queue.Event) (kind string, b ticketBody, ok bool) {
	switch e := e.(type) {
	case queue.TicketTaken:
		return "ticket.taken", ticketBody{
			Number: e.Number, Service: string(e.Service), Channel: string(e.Channel), Zone: e.Zone, Priority: e.Priority,
			Appointment: string(e.Appointment), Offline: e.Offline,
		}, true
	case queue.TicketCalled:
		return "ticket.called", ticketBody{Window: string(e.Window), Clerk: string(e.Clerk)}, true
	case queue.TicketRecalled:
		return "ticket.recalled", b, true
	case queue.ServiceStarted:
		return "ticket.arrived", b, true
	case queue.TicketMissed:
		return "ticket.no-show", b, true
	case queue.TicketPutBack:
		return "ticket.put-back", ticketBody{Window: string(e.Window)}, true
	case queue.ServiceFinished:
		return "ticket.finished", ticketBody{Result: e.Result}, true
	case queue.ServiceRated:
		return "visit.rated", ticketBody{Score: e.Score, Via: e.Via}, true
	case queue.TicketCancelled:
		return "ticket.cancelled", b, true
	case queue.TicketTransferred:
		return "ticket.transferred", ticketBody{Service: string(e.Service), Window: string(e.From), To: string(e.For)}, true
	case queue.TicketParked:
		return "ticket.parked", ticketBody{Window: string(e.Window)}, true
	case queue.TicketResumed:
		return "ticket.resumed", ticketBody{Window: string(e.Window), Clerk: string(e.Clerk)}, true
	case queue.TicketReturned:
		return "ticket.returned", b, true
	case queue.TicketRejoined:
		return "ticket.rejoined", b, true
	case queue.TicketDelayed:
		return "ticket.delayed", b, true
	case queue.TicketExpired:
		return "ticket.expired", b, true
	case queue.TicketClosed:
		return "ticket.closed", b, true
	}
	return "", b, false
}

// booked says what was booked at the hall itself.
func booked(rec *core.Record, e queue.AppointmentsPut) []Event {
	if rec.Actor == actorPlatform {
		return nil
	}
	var out []Event
	for i := range e.List {
		a := &e.List[i]
		if a.State != queue.AppointmentBooked {
			continue
		}
		out = append(out, Event{
			ID: "." + string(a.ID), Type: "appointment.booked", Subject: string(a.ID),
			Data: encode(bookedBody{
				ID: string(a.ID), Service: string(a.Service), Day: string(a.Day), From: a.From.Std(), To: a.To.Std(), Via: a.Via,
			}),
		})
	}
	return out
}

func window(kind string, id queue.WindowID) []Event {
	return []Event{{Type: kind, Subject: string(id), Data: encode(windowBody{string(id)})}}
}

// The body of hall.described.
type (
	description struct {
		Zones    []zone    `json:"zones"`
		Services []service `json:"services"`
		Windows  []desk    `json:"windows"`
		TimeZone string    `json:"timeZone,omitempty"`
	}
	zone struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	service struct {
		ID        string   `json:"id"`
		Name      string   `json:"name"`
		Zone      string   `json:"zone,omitempty"`
		Materials []string `json:"materials,omitempty"`
	}
	desk struct {
		ID       string   `json:"id"`
		Name     string   `json:"name"`
		Zone     string   `json:"zone,omitempty"`
		Services []string `json:"services,omitempty"`
	}
)

// describeHall says what the hall is, by its file.
func (s *Service) describeHall() Event {
	h := s.conf.Hall.Hall()
	d := description{Zones: []zone{}, Services: []service{}, Windows: []desk{}, TimeZone: h.TimeZone}
	for _, z := range h.Zones {
		d.Zones = append(d.Zones, zone{z.ID, z.Name})
	}
	for i := range h.Services {
		svc := &h.Services[i]
		d.Services = append(d.Services, service{svc.ID, svc.Name, svc.Zone, svc.Materials})
	}
	for i := range h.Windows {
		w := &h.Windows[i]
		if !w.Disabled {
			d.Windows = append(d.Windows, desk{w.ID, w.Name, w.Zone, w.Services})
		}
	}
	return Event{ID: s.newID("described"), Type: "hall.described", Subject: s.conf.Platform.Hall, At: s.conf.Now(), Data: encode(d)}
}
