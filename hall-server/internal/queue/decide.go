package queue

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Limits of texts in commands, in characters.
const (
	maxText   = 200
	maxName   = 60
	maxSealed = 400
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
	case AdoptTicket:
		return s.adopt(c, now)
	case CallNext:
		return s.callNext(c, now)
	case CallTicket:
		return s.callTicket(c, now)
	case TicketCommand:
		return s.ticketCommand(c, now)
	case Finish:
		return s.finish(c)
	case Cancel:
		return s.cancel(c)
	case Rate:
		return s.rate(c)
	case RecordPrint:
		return s.recordPrint(c)
	case AcknowledgeCall:
		return s.acknowledge(c)
	}
	return s.decideMore(cmd, now)
}

// decideMore is Decide for what is asked less often.
func (s *State) decideMore(cmd Command, now Time) ([]Event, error) {
	switch c := cmd.(type) {
	case Note:
		return s.note(c)
	case SeeMaterials:
		return s.seeMaterials(c)
	case Transfer:
		return s.transfer(c, now)
	case Park:
		return s.park(c, now)
	case Resume:
		return s.resume(c)
	case Rejoin:
		return s.rejoin(c, now)
	case Delay:
		return s.delay(c, now)
	case Reprint:
		return s.reprint(c)
	case BookAppointment:
		return s.book(c, now)
	case ImportAppointments:
		return s.imports(c, now)
	case CheckIn:
		return s.checkIn(c, now)
	case CancelAppointment:
		return s.cancelAppointment(c)
	case SetStrategy:
		return s.setStrategy(c)
	case SignIn:
		return s.signIn(c)
	case SignOut:
		return s.signOut(c)
	case Pause:
		return s.pause(c)
	case Continue:
		return s.unpause(c)
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
func DayOver(s *State, now Time) bool {
	return s.Config != nil && now >= s.dayEnds && s.Config.Day(now) > s.Day
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

func (s *State) callNext(c CallNext, now Time) ([]Event, error) {
	w, conf, err := s.ready(c.Window)
	if err != nil {
		return nil, err
	}
	if s.Strategy(w.ID).Kind == StrategyByHand {
		return nil, s.windowRefusal(w, "window.by-hand")
	}
	next := s.next(w, conf, now)
	if next.ticket == nil {
		return nil, nil
	}
	return []Event{TicketCalled{Ticket: next.ticket.ID, Window: w.ID, Clerk: w.Staff, Reason: next.reason, Turns: next.turns}}, nil
}

// next is whom w would call at now, and why.
func (s *State) next(w *Window, conf *WindowConfig, now Time) choice {
	return s.line.pick(asking{window: conf, strategy: s.Strategy(w.ID), turns: w.Turns, now: now})
}

// WouldCall is whom the window with id would call at now and why, by the rule that
// decides when it does; "" if it would call nobody, or if its clerk picks.
func (s *State) WouldCall(id WindowID, now Time) (TicketID, Reason) {
	w, conf := s.Windows[id], s.Config.Window(id)
	if w == nil || conf == nil || conf.Disabled || s.Strategy(id).Kind == StrategyByHand {
		return "", Reason{}
	}
	c := s.next(w, conf, now)
	if c.ticket == nil {
		return "", Reason{}
	}
	return c.ticket.ID, c.reason
}

// Strategy is how the window with id chooses now: as set at run time, as
// configured, or as the hall does.
func (s *State) Strategy(id WindowID) *Strategy {
	if w := s.Windows[id]; w != nil && w.Strategy != nil {
		return w.Strategy
	}
	if conf := s.Config.Window(id); conf != nil && conf.Strategy != nil {
		return conf.Strategy
	}
	if s.Config.Rules.Strategy != nil {
		return s.Config.Rules.Strategy
	}
	return &dueDate
}

var dueDate = Strategy{Kind: StrategyDue}

// setStrategy changes the strategy of some windows, or of all. It takes
// effect at their next call.
func (s *State) setStrategy(c SetStrategy) ([]Event, error) {
	if c.Strategy != nil {
		known := func(id ServiceID) bool { return s.Config.Service(id) != nil }
		if why := c.Strategy.check(known); why != "" {
			return nil, Refuse(Invalid, "strategy.invalid", "message", why)
		}
	}
	if len(c.Windows) > len(s.Config.Windows) {
		return nil, Refuse(Invalid, "window.unknown", "window", "")
	}
	for _, id := range c.Windows {
		if _, _, err := s.window(id); err != nil {
			return nil, err
		}
	}
	return []Event{StrategyChanged(c)}, nil
}

func (s *State) callTicket(c CallTicket, now Time) ([]Event, error) {
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
	if !conf.calls(t.Service) {
		return nil, Refuse(Conflict, "ticket.other-service", "number", t.Number, "window", string(c.Window))
	}
	if t.For != "" && t.For != w.ID && s.staffed(t.For) {
		return nil, t.refuse(Conflict, "ticket.reserved", "window", string(t.For))
	}
	if utf8.RuneCountInString(c.Reason) > maxText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxText))
	}
	reason := Reason{
		Strategy: s.Strategy(w.ID).Kind, Rule: RuleByHand, Overtaken: t.Overtaken, Text: c.Reason,
		Candidates: s.line.candidates(conf.reach(t.Service), w.ID, now),
	}
	return []Event{TicketCalled{Ticket: t.ID, Window: w.ID, Clerk: w.Staff, Reason: reason}}, nil
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
	events = append(events, s.endAppointments(func(id TicketID) TicketState {
		t := s.Tickets[id]
		if t == nil {
			return Expired
		}
		if to, ok := Next(t.State, VerbClose); ok {
			return to
		}
		return t.State
	})...)
	for i := range s.Config.Windows {
		id := s.Config.Windows[i].ID
		if w := s.Windows[id]; w != nil && w.Staff != "" {
			events = append(events, WindowSignedOut{Window: id, DayEnd: true})
		}
	}
	events = append(events, DayEnded{Day: s.Day})
	if day := s.Config.Day(now); c.Open && day > s.Day {
		events = append(events, s.skipAppointments(day)...)
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
	var events []Event
	for i := range s.Config.Windows {
		w := s.Windows[s.Config.Windows[i].ID]
		if t := s.Tickets[w.Ticket]; t != nil && s.gone(t, now) {
			events = append(events, TicketMissed{Ticket: t.ID, Auto: true})
		}
	}
	// In the order of their taking, so that a replay is the same.
	var back []*Ticket
	for t := range s.parked {
		if t.Until != 0 && t.Until <= now {
			back = append(back, t)
		}
	}
	slices.SortFunc(back, byArrival)
	for _, t := range back {
		events = append(events, TicketReturned{Ticket: t.ID, Auto: true})
	}
	return events
}

// gone tells whether a called ticket is a no-show by itself.
func (s *State) gone(t *Ticket, now Time) bool {
	after := s.Config.Rules.NoShowAfter
	return after > 0 && t.State == Called && t.Recalls >= s.Config.Rules.RecallLimit && now.Sub(t.LastCall) >= after
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
