package queue

import (
	"fmt"
	"maps"
	"slices"
)

// Apply changes s by an event that happened at at. Events come from Decide or
// from the log; one that doesn't fit the state is a broken log, and an error.
func Apply(s *State, e Event, at Time) error {
	s.Last = max(s.Last, at)
	if id := TicketOf(e); id != "" {
		return s.applyTicket(id, e, at)
	}
	switch e := e.(type) {
	case HallConfigured:
		return s.applyConfig(e)
	case ClockAccepted:
		s.Last = e.To
		return nil
	case DayOpened:
		s.openDay(e)
		return nil
	case DayEnded:
		return nil
	case AppointmentsPut:
		for _, a := range e.List {
			s.put(a)
		}
		return nil
	case AppointmentEnded:
		s.applyEnded(e)
		return nil
	case StrategyChanged:
		s.applyStrategy(e)
		return nil
	}
	return s.applyWindow(e, at)
}

func (s *State) applyConfig(e HallConfigured) error {
	conf := e.Config
	if err := conf.index(); err != nil {
		return fmt.Errorf("apply configuration: %w", err)
	}
	for id, t := range s.Tickets {
		if t.State.Live() && conf.Service(t.Service) == nil {
			return fmt.Errorf("apply configuration: ticket %q is for %q, which isn't there", id, t.Service)
		}
	}
	moved := s.Config == nil || s.Config.TimeZone != conf.TimeZone
	if s.Config = &conf; moved {
		s.placeAppointments()
	}
	s.dayEnds = conf.end(s.Day)
	for i := range conf.Windows {
		if id := conf.Windows[i].ID; s.Windows[id] == nil {
			s.Windows[id] = &Window{ID: id, Since: s.Last}
		}
	}
	for id, w := range s.Windows {
		if conf.Window(id) == nil && w.Staff == "" {
			delete(s.Windows, id)
		} else {
			w.Strategy = w.Strategy.known(&conf)
		}
	}
	s.line = newLine(s.Config, s.staffed)
	for _, t := range s.byArrival() {
		if w := conf.Window(t.For); w == nil || !w.Serves(t.Service) {
			t.For = "" // nobody would call it
		}
		if t.State == Waiting {
			s.line.add(t)
		}
	}
	s.recount()
	return nil
}

func (s *State) applyStrategy(e StrategyChanged) {
	for id, w := range s.Windows {
		if len(e.Windows) == 0 || slices.Contains(e.Windows, id) {
			w.Strategy, w.Turns = e.Strategy, nil
		}
	}
}

func (s *State) openDay(e DayOpened) {
	// A day that a wrong clock opened is no reason to forget what comes after
	// the right one.
	s.forgetAppointments(min(s.Day, e.Day))
	s.Day = e.Day
	if s.Config != nil {
		s.dayEnds = s.Config.end(s.Day)
	}
	s.Arrivals = 0
	s.Tickets, s.Next, s.Learned = nil, maps.Clone(e.Next), nil
	for _, w := range s.Windows {
		w.Served, w.ServiceMs, w.Since, w.Turns = 0, 0, min(w.Since, s.Last), nil
	}
	s.init()
}

func (s *State) applyWindow(e Event, at Time) error {
	var id WindowID
	switch e := e.(type) {
	case WindowSignedIn:
		id = e.Window
	case WindowSignedOut:
		id = e.Window
	case WindowPaused:
		id = e.Window
	case WindowContinued:
		id = e.Window
	default:
		return fmt.Errorf("apply: unknown event %T", e)
	}
	w := s.Windows[id]
	if w == nil {
		return fmt.Errorf("apply %s: no window %q", e.Type(), id)
	}
	if _, out := e.(WindowSignedOut); out && w.Ticket != "" {
		return fmt.Errorf("apply %s: window %q still has ticket %q", e.Type(), id, w.Ticket)
	}
	w.Since = at
	switch e := e.(type) {
	case WindowSignedIn:
		w.Staff, w.StaffName, w.Paused, w.Text = e.Staff, e.StaffName, false, ""
	case WindowSignedOut:
		w.Staff, w.StaffName, w.Paused, w.Text = "", "", false, ""
	case WindowPaused:
		w.Paused, w.Text = true, e.Text
	case WindowContinued:
		w.Paused, w.Text = false, ""
	}
	return nil
}

func (s *State) applyTicket(id TicketID, e Event, at Time) error {
	if taken, ok := e.(TicketTaken); ok {
		return s.applyTaken(taken, at)
	}
	t := s.Tickets[id]
	if t == nil {
		return fmt.Errorf("apply %s: no ticket %q", e.Type(), id)
	}
	if verb := verbOf(e); verb != "" {
		to, ok := Next(t.State, verb)
		if !ok {
			return fmt.Errorf("apply %s: ticket %q is %s", e.Type(), id, t.State)
		}
		if to.Live() && s.Config.Service(t.Service) == nil {
			return fmt.Errorf("apply %s: ticket %q is for %q, which isn't there", e.Type(), id, t.Service)
		}
	}
	switch e := e.(type) {
	case TicketCalled:
		return s.applyCalled(t, e, at)
	case TicketRecalled:
		t.Calls++
		t.Recalls++
		t.LastCall, t.Acks = at, nil
		s.touch(t, at)
	case ServiceStarted:
		s.begin(t, at)
		s.move(t, VerbArrive, at)
	case TicketMissed:
		s.move(t, VerbNoShow, at)
	case TicketPutBack:
		s.move(t, VerbPutBack, at)
	case ServiceFinished:
		t.Result = e.Result
		s.learnService(t, at)
		s.move(t, VerbFinish, at)
	case TicketCancelled:
		s.move(t, VerbCancel, at)
		if t.unused() {
			s.uses.remove(s.Config, t)
		}
	case TicketExpired, TicketClosed:
		_, t.Inaccurate = e.(TicketClosed)
		s.move(t, VerbClose, at)
	case TicketTransferred, TicketParked, TicketResumed, TicketReturned, TicketRejoined, TicketDelayed:
		return s.applyMove(t, e, at)
	case TicketReprinted:
		t.Copies = e.Copy
	case ServiceRated:
		if e.Score < 1 || e.Score >= len(s.scores) {
			return fmt.Errorf("apply %s: score %d", e.Type(), e.Score)
		}
		s.scores[t.Score]--
		t.Score = e.Score
		s.scores[t.Score]++
	case TicketNoted:
		t.Notes = append(t.Notes, Remark{Window: e.Window, Clerk: e.Clerk, Text: e.Text, At: at})
	case MaterialsSeen:
		t.Seen = slices.Clone(e.Seen)
	case TicketPrinted:
		s.prints[t.Print]--
		t.Print = e.Outcome
		s.prints[t.Print]++
	case CallAcknowledged:
		t.Acks = append(t.Acks, Ack{Call: e.Call, Channel: e.Channel, Device: e.Device, Failed: e.Failed, At: at})
	default:
		return fmt.Errorf("apply: unknown event %T", e)
	}
	return nil
}

// verbOf is the verb that e carries out, or "".
func verbOf(e Event) Verb {
	switch e.(type) {
	case TicketCalled:
		return VerbCall
	case TicketRecalled:
		return VerbRecall
	case ServiceStarted:
		return VerbArrive
	case TicketMissed:
		return VerbNoShow
	case TicketPutBack:
		return VerbPutBack
	case ServiceFinished:
		return VerbFinish
	case TicketCancelled:
		return VerbCancel
	case TicketExpired, TicketClosed:
		return VerbClose
	case ServiceRated:
		return VerbRate
	case TicketTransferred:
		return VerbTransfer
	case TicketParked:
		return VerbPark
	case TicketResumed:
		return VerbResume
	case TicketReturned:
		return VerbReturn
	case TicketRejoined:
		return VerbRejoin
	case TicketDelayed:
		return VerbDelay
	}
	return ""
}

func (s *State) applyTaken(e TicketTaken, at Time) error {
	if s.Tickets[e.Ticket] != nil {
		return fmt.Errorf("apply %s: ticket %q taken twice", e.Type(), e.Ticket)
	}
	if _, given := s.numbers[e.Number]; given {
		return fmt.Errorf("apply %s: number %q given twice", e.Type(), e.Number)
	}
	if s.Config == nil || s.Config.Service(e.Service) == nil {
		return fmt.Errorf("apply %s: no service %q", e.Type(), e.Service)
	}
	booked := s.Appointments[e.Appointment]
	if booked != nil && booked.State != AppointmentBooked {
		return fmt.Errorf("apply %s: appointment %q is %s", e.Type(), e.Appointment, booked.State)
	}
	s.Arrivals++
	t := e.Made(at)
	t.Arrival = s.Arrivals
	s.Tickets[t.ID] = t
	s.numbers[t.Number] = struct{}{}
	s.Next[e.Series] = max(s.Next[e.Series], e.Serial+1)
	if booked != nil {
		booked.State, booked.Ticket = AppointmentCheckedIn, t.ID
	}
	s.uses.add(s.Config, t)
	s.scores[0]++
	s.prints[""]++
	s.enter(t)
	return nil
}

// Made is the ticket that e makes at at, without its place among the day's
// arrivals.
func (e TicketTaken) Made(at Time) *Ticket {
	taken := at
	if e.Taken != 0 {
		taken = e.Taken
	}
	return &Ticket{
		ID: e.Ticket, Number: e.Number, Service: e.Service, Channel: e.Channel,
		Person: e.Person, Priority: e.Priority, State: Waiting, Kiosk: e.Kiosk,
		Taken: taken, Since: taken, Due: e.Due, Slot: e.Slot, Promise: e.Promise,
		Appointment: e.Appointment, Silent: e.Silent, Offline: e.Offline,
		Periods: []Period{{State: Waiting, Service: e.Service, From: taken}},
	}
}

func (s *State) applyCalled(t *Ticket, e TicketCalled, at Time) error {
	w := s.Windows[e.Window]
	if w == nil || w.Ticket != "" {
		return fmt.Errorf("apply %s: ticket %q (%s) can't be called at window %q", e.Type(), t.ID, t.State, e.Window)
	}
	s.leave(t)
	if conf := s.Config.Window(e.Window); conf != nil {
		s.line.overtake(t, conf, at)
	}
	if e.Turns != nil {
		w.Turns = e.Turns
	}
	reason := e.Reason
	t.Reason, t.Window, t.Clerk = &reason, e.Window, e.Clerk
	t.CalledAt, t.LastCall = at, at
	t.Calls++
	t.Recalls, t.Acks = 0, nil
	s.enterState(t, Called, at)
	w.Ticket, w.Since = t.ID, at
	return nil
}

// move takes t along the transition table and frees its window where the new
// state needs none.
func (s *State) move(t *Ticket, verb Verb, at Time) {
	to, _ := Next(t.State, verb)
	s.leave(t)
	s.enterState(t, to, at)
	s.touch(t, at)
	if to == Serving {
		return
	}
	if w := s.Windows[t.Window]; w != nil && w.Ticket == t.ID {
		w.Ticket = ""
	}
	if to == Waiting {
		t.Window, t.Clerk, t.Acks = "", "", nil
	}
}

// applyMove takes t to another place, or another window.
func (s *State) applyMove(t *Ticket, e Event, at Time) error {
	switch e := e.(type) {
	case TicketTransferred:
		if s.Config.Service(e.Service) == nil {
			return fmt.Errorf("apply %s: no service %q", e.Type(), e.Service)
		}
		s.learnService(t, at)
		s.leave(t)
		t.Service, t.For, t.Due, t.Since, t.Slot, t.Overtaken = e.Service, e.For, e.Due, e.Since, 0, 0
		s.enter(t)
		s.move(t, VerbTransfer, at)
		t.Stage = len(t.Periods) - 1
	case TicketParked:
		t.Parked, t.Until = e.Reason, e.Until
		s.move(t, VerbPark, at)
	case TicketResumed:
		w := s.Windows[e.Window]
		if w == nil || w.Ticket != "" {
			return fmt.Errorf("apply %s: ticket %q can't go on at window %q", e.Type(), t.ID, e.Window)
		}
		t.Parked, t.Until = "", 0
		t.Window, t.Clerk = e.Window, e.Clerk
		w.Ticket = t.ID
		s.begin(t, at)
		s.move(t, VerbResume, at)
	case TicketReturned:
		t.Parked, t.Until = "", 0
		s.move(t, VerbReturn, at)
	case TicketRejoined:
		t.Rejoins++
		t.Due, t.Since, t.Overtaken, t.Slot = e.Due, e.Since, 0, 0
		s.move(t, VerbRejoin, at)
	case TicketDelayed:
		s.leave(t)
		t.Delays++
		t.Due, t.Since, t.NotBefore, t.Overtaken = e.Due, e.Since, e.Until, 0
		s.enter(t)
	}
	return nil
}

// enterState puts t, which has left its old state, into a new one.
func (s *State) enterState(t *Ticket, to TicketState, at Time) {
	if n := len(t.Periods); n > 0 {
		t.Periods[n-1].To = at
	}
	t.State = to
	switch to {
	case Waiting, Missed:
		t.Periods = append(t.Periods, Period{State: to, Service: t.Service, From: at})
	case Called, Serving, Parked:
		t.Periods = append(t.Periods, Period{State: to, Service: t.Service, Window: t.Window, Clerk: t.Clerk, From: at})
	default:
		t.Ended = at
	}
	s.enter(t)
}

// touch marks the change that people see at t's window.
func (s *State) touch(t *Ticket, at Time) {
	if w := s.Windows[t.Window]; w != nil && w.Ticket == t.ID {
		w.Since = at
	}
}

func (s *State) learned(id ServiceID) *Learned {
	l := s.Learned[id]
	if l == nil {
		l = &Learned{}
		s.Learned[id] = l
	}
	return l
}

// begin notes the wait that ends with a service. A visit that was parked and
// waited again adds to its one wait. The period that ends is still open.
func (s *State) begin(t *Ticket, at Time) {
	l, rest := s.learned(t.Service), t.stage()
	for i, p := range slices.Backward(rest) {
		if p.State == Serving {
			rest = rest[i+1:]
			break
		}
	}
	if len(rest) == len(t.stage()) {
		t.Started = at
		l.Waits++
	}
	l.WaitMs += Time(spent(rest, at, Waiting, Called).Milliseconds())
}

// learnService notes the service that ends now.
func (s *State) learnService(t *Ticket, at Time) {
	took := Time(t.Served(at).Milliseconds())
	l := s.learned(t.Service)
	l.Services++
	l.ServiceMs += took
	if w := s.Windows[t.Window]; w != nil {
		w.Served++
		w.ServiceMs += took
	}
}
