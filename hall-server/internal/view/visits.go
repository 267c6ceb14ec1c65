package view

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/codes"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

// PersonKeys are all that recognises p: the identity document, the phone.
func PersonKeys(vault privacy.Vault, p link.Person) []string {
	var keys []string
	for _, key := range []string{vault.Key("id", p.IDNumber), vault.Key("phone", plainPhone(p.Phone))} {
		if key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// printable is text without what can't be seen: on a screen that would turn the
// line around or break it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, text)
}

// plainPhone is a phone number as people in China dial it: other systems send
// it with the country's code, or in groups.
func plainPhone(number string) string {
	number = strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, printable(number))
	for _, prefix := range []string{"+86", "0086", "86"} {
		if rest, ok := strings.CutPrefix(number, prefix); ok && len(rest) == 11 {
			return rest
		}
	}
	return number
}

// Age is p's in whole years by an ID number (GB 11643), 0 if that says nothing.
func Age(p link.Person, now time.Time) int {
	id, err := codes.ParseID(p.IDNumber, now)
	if err != nil {
		return 0
	}
	years := now.Year() - id.Birth.Year()
	if now.Month() < id.Birth.Month() || now.Month() == id.Birth.Month() && now.Day() < id.Birth.Day() {
		years--
	}
	return years
}

// Appointment is a booked visit.
func (v *Viewer) Appointment(s *queue.State, a *queue.Appointment) link.AppointmentView {
	svc, _ := v.Hall.Hall().Service(a.Service)
	rules := s.Config.Rules
	return link.AppointmentView{
		ID: string(a.ID), Code: a.Code, Service: string(a.Service), ServiceName: svc.Name, Day: string(a.Day),
		From: a.From.Std(), To: a.To.Std(), Name: a.Person.Name, Phone: a.Person.Phone, Via: a.Via,
		State: string(a.State), Ticket: string(a.Ticket), Reason: appointmentReason(a.Reason),
		CheckInFrom: a.From.Add(-rules.CheckInEarly).Std(), CheckInUntil: a.To.Add(rules.CheckInLate).Std(),
	}
}

func appointmentReason(reason string) string {
	if reason == queue.ReasonHallClosed {
		return "当天大厅系统没有运行"
	}
	return reason
}

// Visits is what whoever keys recognise, or who holds the booking code, has
// here today: booked appointments, and tickets that live or were missed.
func (v *Viewer) Visits(s *queue.State, keys []string, code string, now queue.Time) link.VisitsView {
	out := link.VisitsView{Appointments: []link.AppointmentView{}, Tickets: []link.TicketView{}}
	if s.Config == nil {
		return out
	}
	var found []*queue.Appointment
	for _, key := range keys {
		found = append(found, s.AppointmentsOf(key)...)
	}
	if a := s.AppointmentWith(strings.TrimSpace(code)); code != "" && a != nil {
		found = append(found, a)
	}
	slices.SortFunc(found, func(a, b *queue.Appointment) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID))
	})
	today := s.Config.Day(now)
	for _, a := range slices.Compact(found) {
		if a.Day == today && (a.State == queue.AppointmentBooked || a.State == queue.AppointmentCheckedIn) {
			out.Appointments = append(out.Appointments, v.Appointment(s, a))
		}
	}
	for _, t := range held(s, keys, code) {
		ticket := v.Ticket(s, t)
		if t.State == queue.Waiting {
			ticket.Ahead, ticket.WaitLow, ticket.WaitHigh = v.Left(s, t, now)
		}
		out.Tickets = append(out.Tickets, ticket)
	}
	return out
}

// held are the tickets of whoever keys recognise, and the one whose paper was
// scanned: its label or its QR code, never a number alone, which is called out
// for everybody to hear.
func held(s *queue.State, keys []string, code string) []*queue.Ticket {
	tickets := s.Held(keys)
	if kind := codes.Read(code).Kind; kind != codes.KindVisit && kind != codes.KindTicket {
		return tickets
	}
	t := FindTicket(s, code)
	if t == nil || slices.Contains(tickets, t) || !t.State.Live() && t.State != queue.Missed {
		return tickets
	}
	return append(slices.Clone(tickets), t)
}

// FindTicket returns the ticket of the open day that text names: what its QR
// code says, the barcode of its label, its id, or its number; nil if none does.
func FindTicket(s *queue.State, text string) *queue.Ticket {
	text = strings.TrimSpace(text)
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		text = path.Base(u.Path)
	}
	if t := s.Tickets[queue.TicketID(text)]; t != nil {
		return t
	}
	switch read := codes.Read(text); read.Kind {
	case codes.KindTicket:
		return s.Tickets[queue.TicketID(read.Ticket)]
	case codes.KindVisit:
		if read.Day != string(s.Day) {
			return nil // the number is another's by now
		}
		return s.Numbered(read.Number)
	case codes.KindBooking, codes.KindCase, codes.KindProgress:
		return nil
	}
	return s.Numbered(strings.ToUpper(text))
}
