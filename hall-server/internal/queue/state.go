package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// State is the hall's queue at one moment. The exported part is the snapshot;
// the rest is derived from it. It is not safe for concurrent use.
type State struct {
	Config *Config `json:"config"`
	// Day is the open business day; empty before the first Configure.
	Day Day `json:"day"`
	// Last is the time of the latest event; time never runs backwards.
	Last Time `json:"last"`
	// Tickets are those of Day.
	Tickets map[TicketID]*Ticket `json:"tickets"`
	Windows map[WindowID]*Window `json:"windows"`
	// Next is the next number of each series.
	Next map[SeriesID]int `json:"next"`
	// Arrivals counts the tickets taken today; it orders them.
	Arrivals uint64 `json:"arrivals"`
	// Service is what today taught of each service's times.
	Learned map[ServiceID]*Learned `json:"learned"`
	// Appointments are those of yesterday, Day and the days to come.
	Appointments map[AppointmentID]*Appointment `json:"appointments,omitempty"`

	line    line                              // who waits
	parked  map[*Ticket]struct{}              // tickets in state Parked
	live    map[personService][]*Ticket       // live tickets of known persons, by arrival
	counts  map[ServiceID]map[TicketState]int // tickets of Day by state
	numbers map[string]struct{}               // numbers given on Day
	scores  [6]int                            // tickets of Day by rating, 0 for none
	prints  map[string]int                    // tickets of Day by the outcome of their print
	uses    uses                              // places and tickets used up on Day
	booked  bookings                          // ways to find an appointment
	dayEnds Time                              // about when Day ends, see Config.end
}

type personService struct {
	person  string
	service ServiceID
}

// NewState returns an empty hall that waits for Configure.
func NewState() *State {
	s := &State{}
	s.init()
	return s
}

// Window is a window's state.
type Window struct {
	ID WindowID `json:"id"`
	// Staff is empty while nobody is signed in.
	Staff     StaffID `json:"staff,omitempty"`
	StaffName string  `json:"staffName,omitempty"`
	// Paused tells that the clerk suspended service; Text is on its screen.
	Paused bool   `json:"paused,omitempty"`
	Text   string `json:"text,omitempty"`
	// Ticket is the one called or serving here.
	Ticket TicketID `json:"ticket,omitempty"`
	// Since is the last change of what people see of the window.
	Since  Time `json:"since"`
	Served int  `json:"served,omitempty"`
	// ServiceMs sums the service times of Served.
	ServiceMs Time `json:"serviceMs,omitempty"`
	// Strategy was set at run time; nil means the configured one.
	Strategy *Strategy `json:"strategy,omitempty"`
	// Turns are the credits of a ratio.
	Turns map[string]int `json:"turns,omitempty"`
}

// Open tells whether the window takes part in calling now.
func (w *Window) Open() bool { return w.Staff != "" && !w.Paused }

// Learned are sums over today's finished visits.
type Learned struct {
	Services  int  `json:"services,omitempty"`
	ServiceMs Time `json:"serviceMs,omitempty"`
	Waits     int  `json:"waits,omitempty"`
	WaitMs    Time `json:"waitMs,omitempty"`
}

func (s *State) init() {
	if s.Tickets == nil {
		s.Tickets = make(map[TicketID]*Ticket)
	}
	if s.Windows == nil {
		s.Windows = make(map[WindowID]*Window)
	}
	if s.Next == nil {
		s.Next = make(map[SeriesID]int)
	}
	if s.Learned == nil {
		s.Learned = make(map[ServiceID]*Learned)
	}
	if s.Appointments == nil {
		s.Appointments = make(map[AppointmentID]*Appointment)
	}
	s.line = line{}
	if s.Config != nil {
		s.line = newLine(s.Config, s.staffed)
	}
	if s.booked.days == nil {
		s.booked = newBookings()
	}
	s.uses = newUses()
	s.parked = make(map[*Ticket]struct{})
	s.live = make(map[personService][]*Ticket)
	s.counts = make(map[ServiceID]map[TicketState]int)
	s.numbers = make(map[string]struct{})
	s.scores, s.prints = [6]int{}, make(map[string]int)
}

// UnmarshalJSON restores a snapshot with all that is derived from it.
func (s *State) UnmarshalJSON(data []byte) error {
	type plain State
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return fmt.Errorf("decode queue state: %w", err)
	}
	if s.Config != nil {
		if err := s.Config.index(); err != nil {
			return fmt.Errorf("decode queue state: %w", err)
		}
	}
	s.init()
	if err := s.whole(); err != nil {
		return fmt.Errorf("decode queue state: %w", err)
	}
	for _, t := range s.Tickets {
		if t.Since == 0 {
			t.Since = t.Taken // a snapshot from before there was Since
		}
	}
	s.derive()
	return nil
}

// derive makes all that follows from the exported part; s is whole and init was
// called.
func (s *State) derive() {
	if s.Config != nil {
		s.dayEnds = s.Config.end(s.Day)
	}
	s.indexAppointments()
	for _, t := range s.byArrival() {
		s.numbers[t.Number] = struct{}{}
		s.uses.add(s.Config, t)
		s.scores[t.Score]++
		s.prints[t.Print]++
		s.enter(t)
	}
}

// Clone returns a state that goes on by itself. What events never change, such
// as the configuration, is shared.
func (s *State) Clone() *State {
	c := &State{
		Config: s.Config, Day: s.Day, Last: s.Last, Arrivals: s.Arrivals, Next: maps.Clone(s.Next),
		Tickets: make(map[TicketID]*Ticket, len(s.Tickets)), Windows: make(map[WindowID]*Window, len(s.Windows)),
		Learned: make(map[ServiceID]*Learned, len(s.Learned)), Appointments: make(map[AppointmentID]*Appointment, len(s.Appointments)),
	}
	for id, t := range s.Tickets {
		ticket := *t
		ticket.Periods, ticket.Acks = slices.Clone(t.Periods), slices.Clone(t.Acks)
		c.Tickets[id] = &ticket
	}
	for id, w := range s.Windows {
		window := *w
		c.Windows[id] = &window
	}
	for id, l := range s.Learned {
		learned := *l
		c.Learned[id] = &learned
	}
	for id, a := range s.Appointments {
		appointment := *a
		c.Appointments[id] = &appointment
	}
	c.init()
	c.derive()
	return c
}

// whole tells whether tickets, windows and configuration refer to each other
// as the rules rely on; a damaged snapshot may not.
func (s *State) whole() error {
	if s.Config == nil && len(s.Tickets) > 0 {
		return errors.New("there are tickets and no configuration")
	}
	if s.Arrivals != uint64(len(s.Tickets)) {
		return fmt.Errorf("%d tickets arrived and %d are there", s.Arrivals, len(s.Tickets))
	}
	arrivals := make(map[uint64]TicketID, len(s.Tickets))
	for id, t := range s.Tickets {
		if t == nil || t.ID != id || !slices.Contains(States(), t.State) || t.Score < 0 || t.Score >= len(s.scores) {
			return fmt.Errorf("ticket %q is damaged", id)
		}
		if t.State.Live() && s.Config.Service(t.Service) == nil {
			return fmt.Errorf("ticket %q is for %q, which isn't there", id, t.Service)
		}
		if other, ok := arrivals[t.Arrival]; ok || t.Arrival == 0 || t.Arrival > s.Arrivals {
			return fmt.Errorf("ticket %q has the arrival of %q or of none", id, other)
		}
		arrivals[t.Arrival] = id
	}
	for id, a := range s.Appointments {
		if a == nil || a.ID != id || !slices.Contains(AppointmentStates(), a.State) {
			return fmt.Errorf("appointment %q is damaged", id)
		}
	}
	for id, w := range s.Windows {
		if w == nil || w.ID != id {
			return fmt.Errorf("window %q is damaged", id)
		}
		if w.Ticket == "" {
			continue
		}
		t := s.Tickets[w.Ticket]
		if t == nil || t.Window != id || (t.State != Called && t.State != Serving) {
			return fmt.Errorf("window %q has ticket %q, which isn't there", id, w.Ticket)
		}
	}
	if s.Config == nil {
		return nil
	}
	for i := range s.Config.Windows {
		if id := s.Config.Windows[i].ID; s.Windows[id] == nil {
			return fmt.Errorf("window %q is missing", id)
		}
	}
	return nil
}

// enter adds t to the derived tables; leave removes it. Every change of a
// ticket's state or service stands between the two.
func (s *State) enter(t *Ticket) {
	byState := s.counts[t.Service]
	if byState == nil {
		byState = make(map[TicketState]int)
		s.counts[t.Service] = byState
	}
	byState[t.State]++
	if t.State.Live() && t.Person.Key != "" {
		who := personService{t.Person.Key, t.Service}
		s.live[who] = append(s.live[who], t)
		slices.SortFunc(s.live[who], byArrival)
	}
	switch t.State {
	case Waiting:
		s.line.add(t)
	case Parked:
		s.parked[t] = struct{}{}
	}
}

func (s *State) leave(t *Ticket) {
	s.counts[t.Service][t.State]--
	if t.State.Live() && t.Person.Key != "" {
		who := personService{t.Person.Key, t.Service}
		rest := slices.DeleteFunc(s.live[who], func(o *Ticket) bool { return o == t })
		s.live[who] = rest
		if len(rest) == 0 {
			delete(s.live, who)
		}
	}
	switch t.State {
	case Waiting:
		s.line.remove(t)
	case Parked:
		delete(s.parked, t)
	}
}

// staffed tells whether a clerk is signed in at the window with id.
func (s *State) staffed(id WindowID) bool {
	w := s.Windows[id]
	return w != nil && w.Staff != ""
}

// Waiting returns the tickets that wait for service, by target time. The slice
// belongs to the state: read it before the next Apply.
func (s *State) Waiting(service ServiceID) []*Ticket { return s.line.waiting(service) }

// Ahead is how many tickets would be called before a ticket of service due at
// due that arrived at now.
func (s *State) Ahead(service ServiceID, due, now Time) int {
	return s.line.ahead(&Ticket{Service: service, Due: due, Since: now, Arrival: s.Arrivals + 1}, now)
}

// Held lists the tickets of the open day that live or may rejoin and whose
// holder one of keys recognises, by arrival.
func (s *State) Held(keys []string) []*Ticket {
	var out []*Ticket
	for _, t := range s.Tickets {
		if t.Person.Key != "" && (t.State.Live() || t.State == Missed) && slices.Contains(keys, t.Person.Key) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, byArrival)
	return out
}

// Numbered returns the ticket of the open day with number, or nil.
func (s *State) Numbered(number string) *Ticket {
	if _, given := s.numbers[number]; !given {
		return nil
	}
	for _, t := range s.Tickets {
		if t.Number == number {
			return t
		}
	}
	return nil
}

// Scored is how many of today's tickets were rated score, 1 to 5.
func (s *State) Scored(score int) int { return s.scores[score] }

// Printed is how many of today's tickets have outcome as that of their latest
// print job.
func (s *State) Printed(outcome string) int { return s.prints[outcome] }

// Count is how many of today's tickets of service are in state.
func (s *State) Count(service ServiceID, state TicketState) int { return s.counts[service][state] }

// OpenWindows counts the windows that serve service and are open.
func (s *State) OpenWindows(service ServiceID) int {
	n := 0
	for i := range s.Config.Windows {
		w := &s.Config.Windows[i]
		if !w.Disabled && w.Serves(service) && s.Windows[w.ID].Open() {
			n++
		}
	}
	return n
}

// Closed returns the reason why service gives no tickets, or "": text of the
// hall, or one of the Reason constants.
func (s *State) Closed(service ServiceID) string {
	svc := s.Config.Service(service)
	if svc == nil {
		return "unknown"
	}
	if svc.Closed != "" {
		return svc.Closed
	}
	windows := s.Config.serving[s.Config.places[service]]
	switch needs := s.Config.Rules.Needs; {
	case windows.enabled == 0:
		return ReasonNoWindow
	case needs == NeedsAll && windows.disabled > 0:
		return ReasonWindowDisabled
	case needs == NeedsOpen && s.OpenWindows(service) == 0:
		return ReasonNoOpenWindow
	}
	return ""
}

// What Closed returns for reasons that pages put into words.
const (
	ReasonNoWindow       = "no-window"       // every window of the service is disabled
	ReasonWindowDisabled = "window-disabled" // one is, and the hall wants all
	ReasonNoOpenWindow   = "no-open-window"  // none has a clerk who isn't paused
)
