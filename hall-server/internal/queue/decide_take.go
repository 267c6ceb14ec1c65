package queue

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

func (s *State) take(c TakeTicket, now Time) ([]Event, error) {
	if c.ID == "" || s.Tickets[c.ID] != nil {
		return nil, Refuse(Invalid, "ticket.id", "ticket", string(c.ID))
	}
	service := s.Config.Service(c.Service)
	if service == nil {
		return nil, Refuse(Invalid, "service.unknown", "service", string(c.Service))
	}
	if why := s.Closed(c.Service); why != "" {
		return nil, Refuse(Conflict, "service.closed", "service", string(c.Service), "why", why)
	}
	if open, next := s.Config.Open(now); !open && c.appointment == nil && c.Exceed == "" {
		return nil, Refuse(Conflict, "hall.shut", "opens", s.Config.opensAt(next))
	}
	if err := checkTake(&c); err != nil {
		return nil, err
	}
	if held := s.live[personService{c.Person.Key, c.Service}]; len(held) > 0 && s.Config.Rules.OneLiveTicket {
		return nil, held[0].refuse(Conflict, "person.has-ticket", "ticket", string(held[0].ID))
	}
	class, err := s.class(&c)
	if err != nil {
		return nil, err
	}
	if err := s.mayTake(&c, service, now); err != nil {
		return nil, err
	}
	serial, number, err := s.nextNumber(service.Series)
	if err != nil {
		return nil, err
	}
	c.Priority = class
	t := s.newcomer(&c, service, now)
	e := TicketTaken{
		Ticket: c.ID, Number: number, Series: service.Series, Serial: serial,
		Service: c.Service, Zone: service.Zone, Channel: c.Channel, Person: c.Person, Priority: class,
		Due: t.Due, Slot: t.Slot, Kiosk: c.Kiosk, Silent: c.Silent, Authoriser: c.Authoriser, Exceed: c.Exceed,
		Promise: Promise{Ahead: s.line.ahead(&t, now), Minutes: c.Minutes, Low: c.Low, High: c.High},
	}
	if c.appointment != nil {
		e.Appointment = c.appointment.ID
	}
	return []Event{e}, nil
}

func checkTake(c *TakeTicket) error {
	if !slices.Contains(Channels, c.Channel) {
		return Refuse(Invalid, "channel.unknown", "channel", string(c.Channel))
	}
	if !c.Person.fits() {
		return Refuse(Invalid, "person.invalid")
	}
	if utf8.RuneCountInString(c.Exceed) > maxText {
		return Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	return nil
}

// fits tells whether p is short enough to be kept.
func (p *Person) fits() bool {
	return utf8.RuneCountInString(p.Name) <= maxName && len(p.Key) <= maxText && len(p.Phone) <= maxName && len(p.Sealed) <= maxSealed
}

// class is the priority class that c gets: the one asked for, if the person may
// have it, or the one that the person's age gives.
func (s *State) class(c *TakeTicket) (string, error) {
	if c.Priority == "" {
		for _, p := range s.Config.Priorities {
			if p.Age > 0 && c.Age >= p.Age && !s.classFull(p) {
				return p.ID, nil
			}
		}
		return "", nil
	}
	p, ok := s.Config.priority(c.Priority)
	if !ok {
		return "", Refuse(Invalid, "priority.unknown", "priority", c.Priority)
	}
	ofAge := p.Age > 0 && c.Age >= p.Age
	if (p.Age > 0 || p.Authorise) && !ofAge && c.Authoriser == "" {
		return "", Refuse(Forbidden, "priority.unauthorised", "priority", p.ID)
	}
	if s.classFull(p) {
		return "", Refuse(Conflict, "priority.full", "priority", p.ID, "daily", strconv.Itoa(p.Daily))
	}
	return p.ID, nil
}

func (s *State) classFull(p PriorityConfig) bool {
	return p.Daily > 0 && s.uses.classes[p.ID] >= p.Daily
}

// mayTake refuses what the quotas don't allow. Staff may exceed them with a
// reason, which is recorded; an appointment has its place already.
func (s *State) mayTake(c *TakeTicket, service *Service, now Time) error {
	if c.appointment != nil || c.Exceed != "" {
		return nil
	}
	if q := s.full(service, s.Day, now); q != nil {
		return refuseFull(service.ID, q)
	}
	if c.Person.Key == "" {
		return nil
	}
	most, taken := service.PersonDaily, s.uses.person[personService{c.Person.Key, service.ID}]
	if most <= 0 || taken < most {
		most, taken = s.Config.Rules.PersonDaily, s.uses.persons[c.Person.Key]
	}
	if most > 0 && taken >= most {
		return Refuse(Conflict, "quota.person", "daily", strconv.Itoa(most))
	}
	return nil
}

func refuseFull(service ServiceID, q *Quota) *Refusal {
	return Refuse(Conflict, "quota.full", "service", string(service), "places", strconv.Itoa(q.Places), "from", hhmm(q.From), "to", hhmm(q.To))
}

func hhmm(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// newcomer is the ticket that c takes at now, as far as its place in the line
// goes.
func (s *State) newcomer(c *TakeTicket, service *Service, now Time) Ticket {
	t := Ticket{Service: c.Service, Since: now, Arrival: s.Arrivals + 1, Due: now.Add(service.Target)}
	switch {
	case c.Channel != ChannelAppointment:
	case c.Slot > 0:
		t.Slot, t.Due = c.Slot, c.Slot
	case c.appointment == nil:
		t.Due = now // staff say that it was booked for now
	}
	p, _ := s.Config.priority(c.Priority)
	t.Due = t.Due.Add(-p.Shorten)
	return t
}

// AheadOf is how many tickets would be called before the one that c takes at
// now; 0 if there is no such service.
func (s *State) AheadOf(c TakeTicket, now Time) int {
	service := s.Config.Service(c.Service)
	if service == nil {
		return 0
	}
	if class, err := s.class(&c); err == nil {
		c.Priority = class
	}
	t := s.newcomer(&c, service, now)
	return s.line.ahead(&t, now)
}

// nextNumber skips what another series has given today: an edited
// configuration may have handed its prefix on.
func (s *State) nextNumber(id SeriesID) (int, string, error) {
	series := s.Config.series[id]
	for n := max(s.Next[id], series.First); n <= series.max(); n++ {
		number := series.Number(n)
		if _, given := s.numbers[number]; !given {
			return n, number, nil
		}
	}
	return 0, "", Refuse(Unavailable, "number.used-up", "series", string(id), "last", series.Number(series.max()))
}

// adopt takes over a ticket that a kiosk gave on its own. The paper is in the
// citizen's hand: quotas and closed services refuse it no more.
func (s *State) adopt(c AdoptTicket, now Time) ([]Event, error) {
	if c.ID == "" || s.Tickets[c.ID] != nil {
		return nil, Refuse(Invalid, "ticket.id", "ticket", string(c.ID))
	}
	service := s.Config.Service(c.Service)
	if service == nil {
		return nil, Refuse(Invalid, "service.unknown", "service", string(c.Service))
	}
	take := TakeTicket{Channel: c.Channel, Person: c.Person, Service: c.Service, Priority: c.Priority}
	if err := checkTake(&take); err != nil {
		return nil, err
	}
	issued := min(c.Issued, now)
	if issued <= 0 || s.Config.Day(issued) != s.Day {
		return nil, Refuse(Conflict, "offline.day", "number", c.Number, "day", string(s.Day))
	}
	series := s.Config.OfflineSeries(c.Kiosk)
	if series == nil {
		return nil, Refuse(Conflict, "offline.series", "kiosk", c.Kiosk)
	}
	serial, ok := series.serial(c.Number)
	if _, given := s.numbers[c.Number]; !ok || given {
		return nil, Refuse(Conflict, "offline.number", "number", c.Number)
	}
	take.Age = c.Age
	if _, ok := s.Config.priority(c.Priority); !ok {
		take.Priority = ""
	}
	if take.Priority == "" {
		take.Priority, _ = s.class(&take) // by age, which never refuses
	}
	t := s.newcomer(&take, service, issued)
	return []Event{TicketTaken{
		Ticket: c.ID, Number: c.Number, Series: series.ID, Serial: serial,
		Service: c.Service, Zone: service.Zone, Channel: c.Channel, Person: c.Person, Priority: take.Priority,
		Due: t.Due, Kiosk: c.Kiosk, Offline: true, Taken: issued, Promise: Promise{Ahead: -1, Minutes: -1},
	}}, nil
}
