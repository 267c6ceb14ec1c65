package queue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Limits of texts in commands, in characters.
const (
	maxText = 200
	maxName = 60
)

// Decide returns the events that cmd leads to at now, or a *Refusal. It changes
// nothing. No events and no error means that cmd had been done before, or, for
// CallNext, that nobody waits. The caller has made sure that now isn't before
// s.Last and that the business day of now is open.
func Decide(s *State, cmd Command, now Time) ([]Event, error) {
	if c, ok := cmd.(Configure); ok {
		return s.configure(c, now)
	}
	if s.Config == nil {
		return nil, Refuse(Unavailable, "hall.not-configured")
	}
	switch c := cmd.(type) {
	case TakeTicket:
		return s.take(c, now)
	case CallNext:
		return s.callNext(c)
	case CallTicket:
		return s.callTicket(c)
	case TicketCommand:
		return s.ticketCommand(c, now)
	case Finish:
		return s.finish(c)
	case Cancel:
		return s.cancel(c)
	case Rate:
		return s.rate(c)
	case SignIn:
		return s.signIn(c)
	case SignOut:
		return s.signOut(c)
	case Pause:
		return s.pause(c)
	case Continue:
		return s.unpause(c)
	case RecordPrint:
		return s.recordPrint(c)
	case AcknowledgeCall:
		return s.acknowledge(c)
	case EndDay:
		return s.endDay(c, now), nil
	case AcceptClock:
		return s.acceptClock(c, now)
	case Tick:
		return s.tick(now), nil
	default:
		return nil, fmt.Errorf("decide: unknown command %T", cmd)
	}
}

func (s *State) configure(c Configure, now Time) ([]Event, error) {
	if ps := c.Config.Check(); len(ps) > 0 {
		return nil, Refuse(Invalid, "hall.invalid", "path", ps[0].Path, "message", ps[0].Message)
	}
	if err := c.Config.index(); err != nil {
		return nil, Refuse(Invalid, "hall.invalid", "message", err.Error())
	}
	for _, t := range s.byArrival() {
		if t.State.Live() && c.Config.Service(t.Service) == nil {
			return nil, Refuse(Conflict, "hall.service-in-use", "service", string(t.Service), "number", t.Number)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Windows)) {
		w, conf := s.Windows[id], c.Config.Window(id)
		if w.Staff != "" && (conf == nil || conf.Disabled) {
			return nil, Refuse(Conflict, "hall.window-in-use", "window", string(w.ID), "staff", w.StaffName)
		}
	}
	events := []Event{HallConfigured(c)}
	if s.Day == "" {
		events = append(events, DayOpened{Day: c.Config.Day(now)})
	}
	return events, nil
}

// DayOver tells whether now belongs to a later business day than the open one.
func DayOver(s *State, now Time) bool { return s.Config != nil && s.Config.Day(now) > s.Day }

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
	if !slices.Contains(Channels, c.Channel) {
		return nil, Refuse(Invalid, "channel.unknown", "channel", string(c.Channel))
	}
	if utf8.RuneCountInString(c.Person.Name) > maxName || len(c.Person.Key) > maxText || len(c.Person.Phone) > maxName {
		return nil, Refuse(Invalid, "person.invalid")
	}
	if _, ok := s.Config.priority(c.Priority); !ok && c.Priority != "" {
		return nil, Refuse(Invalid, "priority.unknown", "priority", c.Priority)
	}
	due := s.due(c, service, now)
	if held := s.live[personService{c.Person.Key, c.Service}]; len(held) > 0 && s.Config.Rules.OneLiveTicket {
		t := held[0]
		r := Refuse(Conflict, "person.has-ticket", "number", t.Number, "ticket", string(t.ID))
		r.State, r.Allowed = string(t.State), Allowed(t.State)
		return nil, r
	}
	serial, number, err := s.nextNumber(service.Series)
	if err != nil {
		return nil, err
	}
	return []Event{TicketTaken{
		Ticket: c.ID, Number: number, Series: service.Series, Serial: serial,
		Service: c.Service, Channel: c.Channel, Person: c.Person, Priority: c.Priority,
		Due: due, Kiosk: c.Kiosk,
		Promise: Promise{Ahead: s.Ahead(c.Service, due), Minutes: c.Minutes},
	}}, nil
}

// due is the target time of the ticket that c takes.
func (s *State) due(c TakeTicket, service *Service, now Time) Time {
	due := now.Add(service.Target)
	if c.Channel == "appointment" {
		due = max(c.Slot, 0)
		if due == 0 {
			due = now
		}
	}
	p, _ := s.Config.priority(c.Priority)
	return due.Add(-p.Shorten)
}

// AheadOf is how many tickets would be called before the one that c takes at
// now; 0 if there is no such service.
func (s *State) AheadOf(c TakeTicket, now Time) int {
	service := s.Config.Service(c.Service)
	if service == nil {
		return 0
	}
	return s.Ahead(c.Service, s.due(c, service, now))
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

// ready returns the window that may call now.
func (s *State) ready(id WindowID) (*Window, *WindowConfig, error) {
	w, conf, err := s.signedIn(id)
	if err != nil {
		return nil, nil, err
	}
	if w.Paused {
		return nil, nil, s.windowRefusal(w, "window.paused")
	}
	if w.Ticket != "" {
		r := s.windowRefusal(w, "window.busy")
		r.Vars["number"] = s.Tickets[w.Ticket].Number
		r.State, r.Allowed = string(s.Tickets[w.Ticket].State), Allowed(s.Tickets[w.Ticket].State)
		return nil, nil, r
	}
	return w, conf, nil
}

func (s *State) callNext(c CallNext) ([]Event, error) {
	w, conf, err := s.ready(c.Window)
	if err != nil {
		return nil, err
	}
	t, reason := pick(s, conf)
	if t == nil {
		return nil, nil
	}
	return []Event{TicketCalled{Ticket: t.ID, Window: w.ID, Clerk: w.Staff, Reason: reason}}, nil
}

func (s *State) callTicket(c CallTicket) ([]Event, error) {
	w, conf, err := s.ready(c.Window)
	if err != nil {
		return nil, err
	}
	t, err := s.ticket(c.Ticket, "")
	if err != nil {
		return nil, err
	}
	if err := t.may(VerbCall); err != nil {
		return nil, err
	}
	if !conf.Serves(t.Service) {
		return nil, Refuse(Conflict, "ticket.other-service", "number", t.Number, "window", string(c.Window))
	}
	if utf8.RuneCountInString(c.Reason) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	reason := Reason{Strategy: StrategyDue, Rule: RuleByHand, Candidates: s.candidates(conf), Overtaken: t.Overtaken, Text: c.Reason}
	return []Event{TicketCalled{Ticket: t.ID, Window: w.ID, Clerk: w.Staff, Reason: reason}}, nil
}

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

func (s *State) ticketCommand(c TicketCommand, now Time) ([]Event, error) {
	t, err := s.ticket(c.Ticket, c.Window)
	if err != nil {
		return nil, err
	}
	if err := t.may(c.Verb); err != nil {
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
		r := Refuse(Conflict, "ticket.recall-limit", "number", t.Number, "limit", strconv.Itoa(rules.RecallLimit))
		r.State, r.Allowed = string(t.State), Allowed(t.State)
		return nil, r
	}
	if wait := rules.RecallPause - now.Sub(t.LastCall); wait > 0 {
		seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
		r := Refuse(Conflict, "ticket.recall-too-soon", "number", t.Number, "seconds", seconds)
		r.State, r.Allowed = string(t.State), Allowed(t.State)
		return nil, r
	}
	return []Event{TicketRecalled{Ticket: t.ID}}, nil
}

func (s *State) finish(c Finish) ([]Event, error) {
	t, err := s.ticket(c.Ticket, c.Window)
	if err != nil {
		return nil, err
	}
	if err := t.may(VerbFinish); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(c.Result) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	return []Event{ServiceFinished{Ticket: t.ID, Result: c.Result}}, nil
}

func (s *State) cancel(c Cancel) ([]Event, error) {
	t, err := s.ticket(c.Ticket, "")
	if err != nil {
		return nil, err
	}
	if err := t.may(VerbCancel); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(c.Reason) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	return []Event{TicketCancelled(c)}, nil
}

func (s *State) rate(c Rate) ([]Event, error) {
	t, err := s.ticket(c.Ticket, c.Window)
	if err != nil {
		return nil, err
	}
	if err := t.may(VerbRate); err != nil {
		return nil, err
	}
	if len(c.Via) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
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

func (s *State) recordPrint(c RecordPrint) ([]Event, error) {
	t, err := s.ticket(c.Ticket, "")
	if err != nil {
		return nil, err
	}
	if max(len(c.Job), len(c.Outcome), len(c.Device)) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	if t.Print == c.Outcome {
		return nil, nil
	}
	return []Event{TicketPrinted(c)}, nil
}

// maxAcks bounds what a ticket keeps of its call's acknowledgements.
const maxAcks = 64

func (s *State) acknowledge(c AcknowledgeCall) ([]Event, error) {
	t, err := s.ticket(c.Ticket, "")
	if err != nil {
		return nil, err
	}
	if max(len(c.Channel), len(c.Device), len(c.Failed)) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	known := slices.ContainsFunc(t.Acks, func(a Ack) bool {
		return a.Call == c.Call && a.Channel == c.Channel && a.Device == c.Device
	})
	// An acknowledgement of an older call says nothing any more.
	if known || c.Call == "" || c.Call != t.CallID() || len(t.Acks) >= maxAcks {
		return nil, nil
	}
	return []Event{CallAcknowledged(c)}, nil
}

func (s *State) endDay(c EndDay, now Time) []Event {
	var events []Event
	for _, t := range s.byArrival() {
		switch to, _ := Next(t.State, VerbClose); to {
		case Expired:
			events = append(events, TicketExpired{Ticket: t.ID})
		case Closed:
			events = append(events, TicketClosed{Ticket: t.ID})
		}
	}
	for i := range s.Config.Windows {
		id := s.Config.Windows[i].ID
		if w := s.Windows[id]; w != nil && w.Staff != "" {
			events = append(events, WindowSignedOut{Window: id, DayEnd: true})
		}
	}
	events = append(events, DayEnded{Day: s.Day})
	if day := s.Config.Day(now); c.Open && day > s.Day {
		events = append(events, DayOpened{Day: day})
	}
	return events
}

func (s *State) acceptClock(c AcceptClock, now Time) ([]Event, error) {
	day := s.Config.Day(now)
	if day >= s.Day {
		return nil, Refuse(Conflict, "clock.fine")
	}
	return []Event{ClockAccepted{From: s.Last, To: now}, DayOpened{Day: day, Next: c.Next}}, nil
}

func (s *State) tick(now Time) []Event {
	after := s.Config.Rules.NoShowAfter
	if after <= 0 {
		return nil
	}
	var events []Event
	for i := range s.Config.Windows {
		w := s.Windows[s.Config.Windows[i].ID]
		t := s.Tickets[w.Ticket]
		if t == nil || t.State != Called || t.Recalls < s.Config.Rules.RecallLimit {
			continue
		}
		if now.Sub(t.LastCall) >= after {
			events = append(events, TicketMissed{Ticket: t.ID, Auto: true})
		}
	}
	return events
}

// byArrival returns today's tickets in the order they were taken.
func (s *State) byArrival() []*Ticket {
	ts := make([]*Ticket, 0, len(s.Tickets))
	for _, t := range s.Tickets {
		ts = append(ts, t)
	}
	slices.SortFunc(ts, byArrival)
	return ts
}

func byArrival(a, b *Ticket) int { return cmp.Compare(a.Arrival, b.Arrival) }

// List returns today's tickets in the order they were taken.
func (s *State) List() []*Ticket { return s.byArrival() }
