package queue_test

import (
	"fmt"
	"slices"
	"time"

	"smarthall/hall-server/internal/queue"
)

func (m *model) take(c queue.TakeTicket, booked *queue.Appointment) string {
	service := m.service(c.Service)
	switch {
	case c.ID == "" || m.tickets[c.ID] != nil:
		return "ticket.id"
	case service == nil:
		return "service.unknown"
	case m.closed(service):
		return "service.closed"
	case !slices.Contains(queue.Channels, c.Channel):
		return "channel.unknown"
	case m.conf.Rules.OneLiveTicket && m.holds(c.Person.Key, c.Service):
		return "person.has-ticket"
	}
	class, code := m.class(c)
	if code != "" {
		return code
	}
	if booked == nil && c.Exceed == "" {
		if m.full(service, m.day, m.now) {
			return "quota.full"
		}
		if m.greedy(c.Person.Key, service) {
			return "quota.person"
		}
	}
	series := m.series(service.Series)
	last := series.Last*10 + 9
	if series.Refuse {
		last = series.Last
	}
	serial := max(series.First, m.next[series.ID])
	for serial <= last && m.given[number(series, serial)] {
		serial++
	}
	if serial > last {
		return "number.used-up"
	}
	v := &visit{Ticket: queue.Ticket{
		ID: c.ID, Number: number(series, serial), Service: c.Service, Channel: c.Channel, Person: c.Person,
		Priority: class, Kiosk: c.Kiosk, Taken: m.now, Silent: c.Silent, Due: m.now.Add(service.Target),
	}}
	switch {
	case c.Channel != queue.ChannelAppointment:
	case c.Slot > 0:
		v.Slot, v.Due = c.Slot, c.Slot
	case booked == nil:
		v.Due = m.now
	}
	v.Due = v.Due.Add(-m.shorten(class))
	if booked != nil {
		v.Appointment = booked.ID
		booked.State, booked.Ticket = queue.AppointmentCheckedIn, c.ID
	}
	v.Since, v.Arrival = m.now, uint64(len(m.tickets)+1)
	v.Promise = queue.Promise{Ahead: m.ahead(v), Minutes: c.Minutes, Low: c.Low, High: c.High}
	m.add(v, series, serial)
	return ""
}

func (m *model) add(v *visit, series queue.Series, serial int) {
	v.State, v.Since, v.at, v.first = queue.Waiting, v.Taken, v.Taken, v.Service
	v.Arrival = uint64(len(m.tickets) + 1)
	v.Periods = []queue.Period{{State: queue.Waiting, Service: v.Service, From: v.Taken}}
	m.tickets[v.ID] = v
	m.given[v.Number] = true
	m.next[series.ID] = max(m.next[series.ID], serial+1)
}

func (m *model) series(id queue.SeriesID) queue.Series {
	return m.conf.Series[slices.IndexFunc(m.conf.Series, func(s queue.Series) bool { return s.ID == id })]
}

func number(s queue.Series, n int) string { return fmt.Sprintf("%s%0*d", s.Prefix, s.Digits, n) }

// holds tells whether the person has a live ticket for service.
func (m *model) holds(person string, service queue.ServiceID) bool {
	return person != "" && len(m.list(func(v *visit) bool {
		return v.State.Live() && v.Person.Key == person && v.Service == service
	})) > 0
}

// greedy tells whether the person has had all tickets that a day allows.
func (m *model) greedy(person string, service *queue.Service) bool {
	of, all := 0, 0
	for _, v := range m.tickets {
		if person != "" && v.Person.Key == person && !v.unused() {
			all++
			if v.first == service.ID {
				of++
			}
		}
	}
	most := m.conf.Rules.PersonDaily
	return person != "" && (service.PersonDaily > 0 && of >= service.PersonDaily || most > 0 && all >= most)
}

// class is the priority class that c gets.
func (m *model) class(c queue.TakeTicket) (class, code string) {
	for _, p := range m.conf.Priorities {
		members := len(m.list(func(v *visit) bool { return v.Priority == p.ID && !v.unused() }))
		full := p.Daily > 0 && members >= p.Daily
		old := p.Age > 0 && c.Age >= p.Age
		switch {
		case c.Priority == "" && old && !full:
			return p.ID, ""
		case c.Priority != p.ID:
		case !old && c.Authoriser == "" && (p.Age > 0 || p.Authorise):
			return "", "priority.unauthorised"
		case full:
			return "", "priority.full"
		default:
			return p.ID, ""
		}
	}
	if c.Priority != "" {
		return "", "priority.unknown"
	}
	return "", ""
}

func (m *model) adopt(c queue.AdoptTicket) string {
	service, issued := m.service(c.Service), min(c.Issued, m.now)
	own := slices.IndexFunc(m.conf.Series, func(s queue.Series) bool { return s.Kiosk != "" && s.Kiosk == c.Kiosk })
	switch {
	case c.ID == "" || m.tickets[c.ID] != nil:
		return "ticket.id"
	case service == nil:
		return "service.unknown"
	case !slices.Contains(queue.Channels, c.Channel):
		return "channel.unknown"
	case issued <= 0 || m.dayOf(issued) != m.day:
		return "offline.day"
	case own < 0:
		return "offline.series"
	}
	series := m.conf.Series[own]
	serial := series.First
	for serial <= series.Last && number(series, serial) != c.Number {
		serial++
	}
	if serial > series.Last || m.given[c.Number] {
		return "offline.number"
	}
	class := c.Priority
	if !slices.ContainsFunc(m.conf.Priorities, func(p queue.PriorityConfig) bool { return p.ID == class }) {
		class = ""
	}
	due := issued.Add(service.Target)
	if c.Channel == queue.ChannelAppointment {
		due = issued
	}
	m.add(&visit{Ticket: queue.Ticket{
		ID: c.ID, Number: c.Number, Service: c.Service, Channel: c.Channel, Person: c.Person, Priority: class, Kiosk: c.Kiosk,
		Taken: issued, Offline: true, Due: due.Add(-m.shorten(class)), Promise: queue.Promise{Ahead: -1, Minutes: -1},
	}}, series, serial)
	return ""
}

// get is the ticket that a window asks for in one of states.
func (m *model) get(id queue.TicketID, window queue.WindowID, states ...queue.TicketState) (*visit, string) {
	v := m.tickets[id]
	switch {
	case v == nil:
		return nil, "ticket.unknown"
	case window != "" && v.Window != "" && v.Window != window:
		return nil, "ticket.other-window"
	case !slices.Contains(states, v.State):
		return nil, "ticket.wrong-state"
	}
	return v, ""
}

func (m *model) plain(c queue.TicketCommand) string {
	v, code := m.get(c.Ticket, c.Window, queue.Called)
	if code != "" {
		return code
	}
	switch c.Verb {
	case queue.VerbArrive:
		m.begin(v)
	case queue.VerbNoShow:
		m.move(v, queue.Missed)
	case queue.VerbPutBack:
		m.move(v, queue.Waiting)
	case queue.VerbRecall:
		if v.Recalls >= m.conf.Rules.RecallLimit {
			return "ticket.recall-limit"
		}
		if m.now.Sub(v.LastCall) < m.conf.Rules.RecallPause {
			return "ticket.recall-too-soon"
		}
		v.Calls++
		v.Recalls++
		v.LastCall = m.now
	default:
		return "ticket.wrong-state"
	}
	return ""
}

func (m *model) finish(c queue.Finish) string {
	v, code := m.get(c.Ticket, c.Window, queue.Serving)
	if code != "" {
		return code
	}
	v.Result = c.Result
	m.end(v, queue.Finished)
	return ""
}

func (m *model) cancel(c queue.Cancel) string {
	v, code := m.get(c.Ticket, "", queue.Waiting, queue.Missed)
	if code == "" {
		m.move(v, queue.Cancelled)
	}
	return code
}

func (m *model) rate(c queue.Rate) string {
	v, code := m.get(c.Ticket, c.Window, queue.Finished)
	switch {
	case code != "":
		return code
	case c.Score < 1 || c.Score > 5:
		return "score.invalid"
	case v.Score != 0:
		return "ticket.already-rated"
	}
	v.Score = c.Score
	return ""
}

func (m *model) transfer(c queue.Transfer) string {
	v, code := m.get(c.Ticket, c.Window, queue.Serving)
	if code != "" {
		return code
	}
	to := c.Service
	if to == "" {
		to = v.Service
	}
	service, window := m.service(to), m.window(c.To)
	serves := func(w queue.WindowConfig) bool { return !w.Disabled && slices.Contains(w.Services, to) }
	switch {
	case c.Service == "" && c.To == "":
		return "transfer.nowhere"
	case service == nil:
		return "service.unknown"
	case c.To != "" && window == nil:
		return "window.unknown"
	case c.To != "" && !serves(*window):
		return "ticket.other-service"
	case c.To == "" && !slices.ContainsFunc(m.conf.Windows, serves):
		return "service.closed"
	case m.conf.Rules.OneLiveTicket && to != v.Service && m.holds(v.Person.Key, to):
		return "person.has-ticket"
	}
	due, since := v.Since.Add(service.Target-m.shorten(v.Priority)), v.Since
	switch c.Place {
	case queue.PlaceFront:
		if others := m.waiting(to); len(others) > 0 {
			due = min(due, others[0].Due-1)
		}
	case queue.PlaceAfter:
		due, since = m.behind(v, service, c.After)
	}
	m.end(v, queue.Waiting)
	v.Periods[len(v.Periods)-1].Service = to
	v.Service, v.For, v.Due, v.Since = to, c.To, due, since
	v.Slot, v.Overtaken, v.Stage = 0, 0, len(v.Periods)-1
	return ""
}

// behind is the target time and the seniority after n others of service.
func (m *model) behind(v *visit, service *queue.Service, n int) (due, since queue.Time) {
	due, since = v.Since.Add(service.Target-m.shorten(v.Priority)), v.Since
	others := slices.DeleteFunc(m.waiting(service.ID), func(o *visit) bool { return o == v })
	for _, o := range others[:min(n, len(others))] {
		due, since = max(due, o.Due+1), max(since, o.Since+1)
	}
	return due, min(since, m.now)
}

func (m *model) park(c queue.Park) string {
	v, code := m.get(c.Ticket, c.Window, queue.Called, queue.Serving)
	if code != "" {
		return code
	}
	if c.Until != 0 && (c.Until <= m.now || m.dayOf(c.Until) != m.day) {
		return "park.until"
	}
	v.Parked, v.Until = c.Reason, c.Until
	m.move(v, queue.Parked)
	return ""
}

func (m *model) resume(c queue.Resume) string {
	v, code := m.get(c.Ticket, "", queue.Parked)
	if code != "" {
		return code
	}
	if c.Window == "" || c.Back {
		v.Parked, v.Until = "", 0
		m.move(v, queue.Waiting)
		return ""
	}
	if code := m.ready(c.Window); code != "" {
		return code
	}
	conf, w := m.window(c.Window), m.windows[c.Window]
	if !slices.Contains(conf.Services, v.Service) && !slices.Contains(conf.Helps, v.Service) {
		return "ticket.other-service"
	}
	v.Parked, v.Until = "", 0
	v.Window, v.Clerk, w.Ticket = c.Window, w.Staff, v.ID
	m.begin(v)
	return ""
}

func (m *model) rejoin(c queue.Rejoin) string {
	v, code := m.get(c.Ticket, "", queue.Missed)
	if code != "" {
		return code
	}
	rules, service := m.conf.Rules, m.service(v.Service)
	switch {
	case v.Rejoins >= rules.RejoinTimes:
		return "ticket.rejoin-limit"
	case m.now.Sub(v.at) > rules.RejoinWithin:
		return "ticket.rejoin-late"
	case service == nil:
		return "service.unknown"
	case rules.OneLiveTicket && m.holds(v.Person.Key, v.Service):
		return "person.has-ticket"
	}
	v.Due, v.Since = m.behind(v, service, rules.RejoinAfter)
	v.Rejoins++
	v.Overtaken, v.Slot = 0, 0
	m.move(v, queue.Waiting)
	return ""
}

func (m *model) delay(c queue.Delay) string {
	v, code := m.get(c.Ticket, "", queue.Waiting)
	switch {
	case code != "":
		return code
	case c.By < time.Minute || c.By > 30*time.Minute:
		return "delay.by"
	case v.Delays >= 1:
		return "ticket.delay-limit"
	}
	due, since := m.behind(v, m.service(v.Service), m.conf.Rules.RejoinAfter)
	v.Due, v.Since = max(v.Due, due), since
	v.Delays++
	v.NotBefore, v.Overtaken = m.now.Add(c.By), 0
	return ""
}

func (m *model) note(c queue.Note) string {
	v := m.tickets[c.Ticket]
	switch w := m.windows[c.Window]; {
	case v == nil:
		return "ticket.unknown"
	case c.Window != "" && v.Window != "" && v.Window != c.Window:
		return "ticket.other-window"
	case w == nil || w.Staff == "":
		return "window.signed-out"
	case len(v.Notes) == 20:
		return "note.too-many"
	}
	v.Notes = append(v.Notes, queue.Remark{Window: c.Window, Clerk: m.windows[c.Window].Staff, Text: c.Text, At: m.now})
	return ""
}

func (m *model) seeMaterials(c queue.SeeMaterials) string {
	v := m.tickets[c.Ticket]
	switch w := m.windows[c.Window]; {
	case v == nil:
		return "ticket.unknown"
	case c.Window != "" && v.Window != "" && v.Window != c.Window:
		return "ticket.other-window"
	case w == nil || w.Staff == "":
		return "window.signed-out"
	}
	v.Seen = c.Seen
	return ""
}

func (m *model) reprint(c queue.Reprint) string {
	v := m.tickets[c.Ticket]
	switch {
	case v == nil:
		return "ticket.unknown"
	case v.Ended != 0:
		return "ticket.wrong-state"
	case v.Copies >= 20:
		return "ticket.copy-limit"
	case c.Kiosk == "":
		return "kiosk.unknown"
	}
	v.Copies++
	return ""
}
