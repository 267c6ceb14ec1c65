package queue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// ticket returns the ticket with id if window, when named, has it in front.
func (s *State) ticket(id TicketID, window WindowID) (*Ticket, error) {
	t := s.Tickets[id]
	if t == nil {
		return nil, Refuse(NotFound, "ticket.unknown", "ticket", string(id))
	}
	if window != "" && t.Window != "" && t.Window != window {
		r := Refuse(Forbidden, "ticket.other-window", "number", t.Number, "window", string(t.Window))
		r.State = string(t.State)
		return nil, r
	}
	return t, nil
}

// subject is ticket for a verb that its state must accept, with a text that
// must not be too long.
func (s *State) subject(id TicketID, window WindowID, verb Verb, text string) (*Ticket, error) {
	t, err := s.ticket(id, window)
	if err != nil {
		return nil, err
	}
	if err := t.may(verb); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(text) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	return t, nil
}

func (s *State) ticketCommand(c TicketCommand, now Time) ([]Event, error) {
	t, err := s.subject(c.Ticket, c.Window, c.Verb, "")
	if err != nil {
		return nil, err
	}
	switch c.Verb {
	case VerbRecall:
		return s.recall(t, now)
	case VerbArrive:
		return []Event{ServiceStarted{Ticket: t.ID}}, nil
	case VerbNoShow:
		return []Event{TicketMissed{Ticket: t.ID}}, nil
	case VerbPutBack:
		return []Event{TicketPutBack{Ticket: t.ID, Window: t.Window}}, nil
	default:
		return nil, fmt.Errorf("decide: verb %q has a command of its own", c.Verb)
	}
}

func (s *State) recall(t *Ticket, now Time) ([]Event, error) {
	rules := s.Config.Rules
	if t.Recalls >= rules.RecallLimit {
		return nil, t.refuse(Conflict, "ticket.recall-limit", "limit", strconv.Itoa(rules.RecallLimit))
	}
	if wait := rules.RecallPause - now.Sub(t.LastCall); wait > 0 {
		seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
		return nil, t.refuse(Conflict, "ticket.recall-too-soon", "seconds", seconds)
	}
	return []Event{TicketRecalled{Ticket: t.ID}}, nil
}

func (s *State) finish(c Finish) ([]Event, error) {
	t, err := s.subject(c.Ticket, c.Window, VerbFinish, c.Result)
	if err != nil {
		return nil, err
	}
	return []Event{ServiceFinished{Ticket: t.ID, Result: c.Result}}, nil
}

func (s *State) cancel(c Cancel) ([]Event, error) {
	if _, err := s.subject(c.Ticket, "", VerbCancel, c.Reason); err != nil {
		return nil, err
	}
	return []Event{TicketCancelled(c)}, nil
}

func (s *State) rate(c Rate) ([]Event, error) {
	t, err := s.subject(c.Ticket, c.Window, VerbRate, c.Via)
	if err != nil {
		return nil, err
	}
	if c.Score < 1 || c.Score > 5 {
		return nil, Refuse(Invalid, "score.invalid", "score", strconv.Itoa(c.Score))
	}
	if t.Score != 0 {
		r := Refuse(Conflict, "ticket.already-rated", "number", t.Number)
		r.State = string(t.State)
		return nil, r
	}
	return []Event{ServiceRated{Ticket: t.ID, Score: c.Score, Via: c.Via}}, nil
}

// maxNotes is how many remarks a visit keeps.
const maxNotes = 20

// note keeps a remark of the clerk at a window. A visit that is over may still
// get one while the day lasts: what was handled is written down afterwards.
func (s *State) note(c Note) ([]Event, error) {
	t, err := s.ticket(c.Ticket, c.Window)
	if err != nil {
		return nil, err
	}
	w := s.Windows[c.Window]
	text := strings.TrimSpace(c.Text)
	switch {
	case w == nil || w.Staff == "":
		return nil, Refuse(Conflict, "window.signed-out", "window", string(c.Window))
	case text == "":
		return nil, Refuse(Invalid, "note.empty")
	case utf8.RuneCountInString(text) > maxText:
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	case len(t.Notes) >= maxNotes:
		return nil, t.refuse(Conflict, "note.too-many", "max", strconv.Itoa(maxNotes))
	}
	return []Event{TicketNoted{Ticket: t.ID, Window: c.Window, Clerk: w.Staff, Text: text}}, nil
}

// maxMaterials is how many seen materials a visit keeps.
const maxMaterials = 100

// seeMaterials keeps which materials the clerk at a window has seen. Which ones
// there are the queue doesn't know: they belong to the service, and it may have
// changed since. As a remark it is taken while the day lasts.
func (s *State) seeMaterials(c SeeMaterials) ([]Event, error) {
	t, err := s.ticket(c.Ticket, c.Window)
	if err != nil {
		return nil, err
	}
	w := s.Windows[c.Window]
	if w == nil || w.Staff == "" {
		return nil, Refuse(Conflict, "window.signed-out", "window", string(c.Window))
	}
	if len(c.Seen) > maxMaterials {
		return nil, t.refuse(Invalid, "materials.too-many", "max", strconv.Itoa(maxMaterials))
	}
	seen := make([]string, 0, len(c.Seen))
	for _, name := range c.Seen {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			return nil, Refuse(Invalid, "materials.empty")
		case utf8.RuneCountInString(name) > maxText:
			return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
		case !slices.Contains(seen, name):
			seen = append(seen, name)
		}
	}
	if slices.Equal(seen, t.Seen) {
		return nil, nil
	}
	return []Event{MaterialsSeen{Ticket: t.ID, Window: c.Window, Clerk: w.Staff, Seen: seen}}, nil
}

// transfer hands a ticket on to another service, window or both. It keeps its
// number and uses no quota.
func (s *State) transfer(c Transfer, now Time) ([]Event, error) {
	t, err := s.subject(c.Ticket, c.Window, VerbTransfer, c.Reason)
	if err != nil {
		return nil, err
	}
	if c.Service == "" && c.To == "" {
		return nil, Refuse(Invalid, "transfer.nowhere")
	}
	to := c.Service
	if to == "" {
		to = t.Service
	}
	service := s.Config.Service(to)
	if service == nil {
		return nil, Refuse(Invalid, "service.unknown", "service", string(to))
	}
	if c.To != "" {
		_, conf, err := s.window(c.To)
		if err != nil {
			return nil, err
		}
		if conf.Disabled || !conf.Serves(to) {
			return nil, Refuse(Conflict, "ticket.other-service", "number", t.Number, "window", string(c.To))
		}
	} else if s.Config.serving[s.Config.places[to]].enabled == 0 {
		return nil, Refuse(Conflict, "service.closed", "service", string(to), "why", ReasonNoWindow)
	}
	if other := s.live[personService{t.Person.Key, to}]; t.Person.Key != "" && to != t.Service && len(other) > 0 && s.Config.Rules.OneLiveTicket {
		return nil, other[0].refuse(Conflict, "person.has-ticket", "ticket", string(other[0].ID))
	}
	due, since, err := s.transferPlace(t, service, c, now)
	if err != nil {
		return nil, err
	}
	return []Event{TicketTransferred{
		Ticket: t.ID, Service: to, From: t.Window, For: c.To, Due: due, Since: since, Reason: c.Reason,
	}}, nil
}

// transferPlace is where a transferred ticket stands.
func (s *State) transferPlace(t *Ticket, service *Service, c Transfer, now Time) (due, since Time, err error) {
	switch c.Place {
	case "", PlaceArrival:
		return s.due(t, service), t.Since, nil
	case PlaceFront:
		due = s.due(t, service)
		if list := s.line.waiting(service.ID); len(list) > 0 {
			due = min(due, list[0].Due-1)
		}
		return due, t.Since, nil
	case PlaceAfter:
		if c.After < 0 || c.After > maxPlace {
			return 0, 0, Refuse(Invalid, "transfer.place")
		}
		due, since = s.behind(t, service, c.After, now)
		return due, since, nil
	default:
		return 0, 0, Refuse(Invalid, "transfer.place")
	}
}

// due is t's target time for service, by its seniority and priority.
func (s *State) due(t *Ticket, service *Service) Time {
	p, _ := s.Config.priority(t.Priority)
	return t.Since.Add(service.Target - p.Shorten)
}

// maxPlace bounds how far behind others a ticket may be put.
const maxPlace = 100

// behind is the place after n others of service, or after all if there are
// fewer: the target time, and a seniority right after theirs, so that the
// longest wait calls it there too and they don't overtake it.
func (s *State) behind(t *Ticket, service *Service, n int, now Time) (due, since Time) {
	due, since = s.due(t, service), t.Since
	list := s.line.waiting(service.ID)
	for i, behind := 0, 0; i < len(list) && behind < n; i++ {
		if list[i].ID != t.ID {
			due, since = max(due, list[i].Due+1), max(since, list[i].Since+1)
			behind++
		}
	}
	return due, min(since, now)
}

func (s *State) park(c Park, now Time) ([]Event, error) {
	t, err := s.subject(c.Ticket, c.Window, VerbPark, c.Reason)
	if err != nil {
		return nil, err
	}
	if c.For < 0 {
		return nil, t.refuse(Invalid, "park.until")
	}
	if c.For > 0 {
		c.Until = now.Add(c.For)
	}
	if c.Until != 0 && (c.Until <= now || s.Config.Day(c.Until) != s.Day) {
		return nil, t.refuse(Invalid, "park.until")
	}
	return []Event{TicketParked{Ticket: t.ID, Window: t.Window, Reason: c.Reason, Until: c.Until}}, nil
}

// resume takes a parked ticket up again at a window, or puts it back into its
// old place.
func (s *State) resume(c Resume) ([]Event, error) {
	t, err := s.subject(c.Ticket, "", VerbResume, "")
	if err != nil {
		return nil, err
	}
	if c.Window == "" || c.Back {
		return []Event{TicketReturned{Ticket: t.ID}}, nil
	}
	w, conf, err := s.ready(c.Window)
	if err != nil {
		return nil, err
	}
	if !conf.calls(t.Service) {
		return nil, Refuse(Conflict, "ticket.other-service", "number", t.Number, "window", string(c.Window))
	}
	return []Event{TicketResumed{Ticket: t.ID, Window: w.ID, Clerk: w.Staff}}, nil
}

// rejoin gives a missed ticket another chance (过号重排).
func (s *State) rejoin(c Rejoin, now Time) ([]Event, error) {
	t, err := s.subject(c.Ticket, "", VerbRejoin, c.By)
	if err != nil {
		return nil, err
	}
	rules := s.Config.Rules
	if t.Rejoins >= rules.RejoinTimes {
		return nil, t.refuse(Conflict, "ticket.rejoin-limit", "limit", strconv.Itoa(rules.RejoinTimes))
	}
	missed := t.LastCall
	if n := len(t.Periods); n > 0 {
		missed = t.Periods[n-1].From
	}
	if now.Sub(missed) > rules.RejoinWithin {
		return nil, t.refuse(Conflict, "ticket.rejoin-late", "minutes", strconv.Itoa(int(rules.RejoinWithin.Minutes())))
	}
	service := s.Config.Service(t.Service)
	if service == nil {
		return nil, Refuse(Conflict, "service.unknown", "service", string(t.Service))
	}
	if other := s.live[personService{t.Person.Key, t.Service}]; t.Person.Key != "" && len(other) > 0 && rules.OneLiveTicket {
		return nil, other[0].refuse(Conflict, "person.has-ticket", "ticket", string(other[0].ID))
	}
	due, since := s.behind(t, service, rules.RejoinAfter, now)
	return []Event{TicketRejoined{Ticket: t.ID, Due: due, Since: since, By: c.By}}, nil
}

// Limits of asking for time.
const (
	maxDelay  = 30 * time.Minute
	maxDelays = 1
)

// delay lets somebody who waits ask for time: not called before it is over, and
// behind as many others as one who rejoins.
func (s *State) delay(c Delay, now Time) ([]Event, error) {
	t, err := s.subject(c.Ticket, "", VerbDelay, "")
	if err != nil {
		return nil, err
	}
	if c.By < time.Minute || c.By > maxDelay {
		return nil, t.refuse(Invalid, "delay.by", "max", strconv.Itoa(int(maxDelay.Minutes())))
	}
	if t.Delays >= maxDelays {
		return nil, t.refuse(Conflict, "ticket.delay-limit", "limit", strconv.Itoa(maxDelays))
	}
	due, since := s.behind(t, s.Config.Service(t.Service), s.Config.Rules.RejoinAfter, now)
	return []Event{TicketDelayed{Ticket: t.ID, Until: now.Add(c.By), Due: max(due, t.Due), Since: since}}, nil
}

// maxCopies bounds how often a ticket is printed again.
const maxCopies = 20

func (s *State) reprint(c Reprint) ([]Event, error) {
	t, err := s.ticket(c.Ticket, "")
	if err != nil {
		return nil, err
	}
	if t.Ended != 0 {
		return nil, t.refuse(Conflict, "ticket.wrong-state", "verb", "reprint")
	}
	if t.Copies >= maxCopies {
		return nil, t.refuse(Conflict, "ticket.copy-limit", "limit", strconv.Itoa(maxCopies))
	}
	if c.Kiosk == "" || len(c.Kiosk) > maxName {
		return nil, Refuse(Invalid, "kiosk.unknown", "kiosk", c.Kiosk)
	}
	return []Event{TicketReprinted{Ticket: t.ID, Copy: t.Copies + 1, Kiosk: c.Kiosk}}, nil
}
