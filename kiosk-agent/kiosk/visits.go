package kiosk

import (
	"context"
	"strings"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

// What people read about their own visits.
const (
	detailGone  = "您的信息已清除，请重新开始"
	detailProof = "为了防止别人误取消，请刷身份证，或用预约码再试一次"
	detailWhose = "请刷身份证，或输入手机号、预约码"
)

// reasonSelf is why something was given up, for those who look at it later.
const reasonSelf = "本人在取号机取消"

// maxBooking is the longest booking code, in bytes.
const maxBooking = 64

// visits is what was looked up for the person in front of the machine. Only
// what is in it may be named by the page.
type visits struct {
	// card is the session that it was looked up with, nil if there was none.
	card *session
	code string
	// appointments and tickets are what was found, by id.
	appointments map[string]link.AppointmentView
	tickets      map[string]link.TicketView
	end          *time.Timer // runs unless the card's session bounds it
}

// find looks up what a person has here today, and keeps it in mind.
func (k *Kiosk) find(ctx context.Context, m link.Message) (any, error) {
	var ask link.FindForSession
	if err := m.Into(&ask); err != nil {
		return nil, err
	}
	code := strings.TrimSpace(ask.Code)
	if strings.HasPrefix(code, handlePrefix) {
		if _, _, err := k.showCard(ctx, code); err != nil {
			return nil, err
		}
		// The page has been told of the card, and asks by it.
		return link.Answer{Visits: &link.VisitsView{Appointments: []link.AppointmentView{}, Tickets: []link.TicketView{}}}, nil
	}
	query := link.FindVisits{Code: code}
	var s *session
	if ask.Session != "" || ask.Phone != "" {
		_, person, of, err := k.person(ask.Session, ask.Phone)
		if err != nil {
			return nil, err
		}
		query.Person, s = person, of
	} else if code == "" {
		return nil, agent.Refuse(422, "person.missing", detailWhose)
	}
	if len(code) > maxBooking {
		return nil, agent.Refuse(422, "appointment.unknown", "没有这个预约")
	}
	var answer link.Answer
	if err := k.ask(ctx, m.ID, link.TypeVisitsFind, query, &answer); err != nil {
		return nil, err
	}
	if answer.Visits == nil {
		answer.Visits = &link.VisitsView{Appointments: []link.AppointmentView{}, Tickets: []link.TicketView{}}
	}
	if !k.found(s, code, answer.Visits) {
		return nil, agent.Refuse(410, "session.gone", detailGone)
	}
	return answer, nil
}

// ask sends the hall a command for a person who waits.
func (k *Kiosk) ask(ctx context.Context, key string, t link.Type, body any, answer *link.Answer) error {
	m, err := k.agent.Client.CallBriefly(ctx, key, t, body)
	if err != nil {
		return err
	}
	if len(m.Body) == 0 {
		return nil
	}
	return m.Into(answer)
}

// found keeps in mind what a lookup led to, instead of the one before; false
// if another person's card lies there by now.
func (k *Kiosk) found(s *session, code string, list *link.VisitsView) bool {
	v := &visits{
		card: s, code: code,
		appointments: make(map[string]link.AppointmentView, len(list.Appointments)),
		tickets:      make(map[string]link.TicketView, len(list.Tickets)),
	}
	for _, a := range list.Appointments {
		v.appointments[a.ID] = a
	}
	for _, t := range list.Tickets {
		v.tickets[t.ID] = t
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if s != nil && s != k.session {
		return false
	}
	k.forget()
	k.visits = v
	if s == nil {
		v.end = time.AfterFunc(sessionLife*k.idle, func() { k.endVisits(v) })
	}
	return true
}

// endVisits forgets v, if it is still the present one.
func (k *Kiosk) endVisits(v *visits) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.visits == v {
		k.forget()
	}
}

// forget drops what was looked up. The caller holds mu.
func (k *Kiosk) forget() {
	if k.visits != nil && k.visits.end != nil {
		k.visits.end.Stop()
	}
	k.visits = nil
}

// present returns what was looked up for the person who is still there.
func (k *Kiosk) present() (visits, link.Person, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v := k.visits
	if v == nil {
		return visits{}, link.Person{}, agent.Refuse(410, "session.gone", detailGone)
	}
	if v.end != nil {
		v.end.Reset(sessionLife * k.idle)
	}
	if v.card == nil {
		return *v, link.Person{}, nil
	}
	return *v, v.card.person(), nil
}

// visitCommand does what a page asks about a visit that was found. A command
// that ends in a page of its own ends the session with it; after giving
// something up the person goes on.
func (k *Kiosk) visitCommand(ctx context.Context, m link.Message) (any, error) {
	body, err := k.visitBody(m)
	if err != nil {
		return nil, err
	}
	var answer link.Answer
	if err := k.ask(ctx, m.ID, m.Type, body, &answer); err != nil {
		return nil, err
	}
	switch m.Type {
	case link.TypeTicketCancel, link.TypeAppointmentCancel:
	default:
		k.clear()
	}
	return answer, nil
}

// visitBody builds the hall's command from the page's, if the person in front
// of the machine may give it.
func (k *Kiosk) visitBody(m link.Message) (any, error) {
	v, person, err := k.present()
	if err != nil {
		return nil, err
	}
	switch m.Type {
	case link.TypeAppointmentCheckIn:
		var ask link.CheckInAppointment
		if err := m.Into(&ask); err != nil {
			return nil, err
		}
		if _, ok := v.appointments[ask.Appointment]; !ok {
			return nil, agent.Refuse(410, "session.gone", detailGone)
		}
		return link.CheckInAppointment{Appointment: ask.Appointment, Person: person, Print: true, Silent: ask.Silent}, nil
	case link.TypeAppointmentCancel:
		var ask link.CancelAppointment
		if err := m.Into(&ask); err != nil {
			return nil, err
		}
		a, ok := v.appointments[ask.Appointment]
		switch {
		case !ok:
			return nil, agent.Refuse(410, "session.gone", detailGone)
		case v.card == nil && a.Code != v.code:
			return nil, agent.Refuse(403, "visit.unproven", detailProof)
		}
		return link.CancelAppointment{Appointment: ask.Appointment, Reason: reasonSelf}, nil
	}
	return v.ticketBody(m)
}

// ticketBody is visitBody for tickets. A ticket is given up with no less than
// it was taken with: a phone number, which others know too, gives up only what
// was taken by it.
func (v *visits) ticketBody(m link.Message) (any, error) {
	var ref link.TicketRef
	if err := m.Into(&ref); err != nil {
		return nil, err
	}
	t, ok := v.tickets[ref.Ticket]
	if !ok {
		return nil, agent.Refuse(410, "session.gone", detailGone)
	}
	switch m.Type {
	case link.TypeTicketReprint:
		return link.ReprintTicket{Ticket: ref.Ticket}, nil
	case link.TypeTicketRejoin:
		return ref, nil
	case link.TypeTicketCancel:
		if v.card == nil && t.Channel != link.ChannelPhone {
			return nil, agent.Refuse(403, "visit.unproven", detailProof)
		}
		return link.CancelTicket{Ticket: ref.Ticket, Reason: reasonSelf}, nil
	}
	return nil, agent.ErrUnsupported
}
