package queue

import (
	"encoding/json"
	"fmt"
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

	waiting map[ServiceID][]*Ticket           // sorted by before
	live    map[personService][]*Ticket       // live tickets of known persons, by arrival
	counts  map[ServiceID]map[TicketState]int // tickets of Day by state
	numbers map[string]struct{}               // numbers given on Day
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

// Ticket is one visit.
type Ticket struct {
	ID       TicketID    `json:"id"`
	Number   string      `json:"number"`
	Service  ServiceID   `json:"service"`
	Channel  Channel     `json:"channel"`
	Person   Person      `json:"person,omitzero"`
	Priority string      `json:"priority,omitempty"`
	State    TicketState `json:"state"`
	// Kiosk is the agent that took it and prints it.
	Kiosk string `json:"kiosk,omitempty"`
	// Arrival orders the tickets of a day.
	Arrival uint64 `json:"arrival"`
	Taken   Time   `json:"taken"`
	// Due is the target time by which it should be called.
	Due Time `json:"due"`
	// Promise is what the citizen was told when taking it.
	Promise Promise `json:"promise"`
	// Overtaken counts the later arrivals that were called before it at windows
	// that could have called it.
	Overtaken int `json:"overtaken,omitempty"`
	// Window and Clerk are those of the latest call.
	Window WindowID `json:"window,omitempty"`
	Clerk  StaffID  `json:"clerk,omitempty"`
	// Calls counts calls and recalls; it makes the call's id.
	Calls int `json:"calls,omitempty"`
	// Recalls counts since the latest first call.
	Recalls int `json:"recalls,omitempty"`
	// FirstCalled is the first call, CalledAt the latest first call, LastCall
	// the latest call or recall.
	CalledAt Time    `json:"calledAt,omitempty"`
	LastCall Time    `json:"lastCall,omitempty"`
	Started  Time    `json:"started,omitempty"`
	Ended    Time    `json:"ended,omitempty"`
	Reason   *Reason `json:"reason,omitempty"`
	Result   string  `json:"result,omitempty"`
	// Score is the rating, 1 to 5; 0 means not rated.
	Score int `json:"score,omitempty"`
	// Print is the outcome of its latest print job.
	Print string `json:"print,omitempty"`
	Acks  []Ack  `json:"acks,omitempty"`
	// Inaccurate marks a visit that the day's end closed.
	Inaccurate bool `json:"inaccurate,omitempty"`
	// Periods are the chain of what happened; waits and service times are sums
	// of them.
	Periods []Period `json:"periods,omitempty"`
}

// Period is a stretch of a visit in one state.
type Period struct {
	State  TicketState `json:"state"`
	Window WindowID    `json:"window,omitempty"`
	Clerk  StaffID     `json:"clerk,omitempty"`
	From   Time        `json:"from"`
	// To is 0 while the period goes on.
	To Time `json:"to,omitempty"`
}

// Person is what the queue knows of a holder: a keyed hash to recognise, and
// masked forms to show.
type Person struct {
	Key   string `json:"key,omitempty"`
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Channel is the way a ticket was taken.
type Channel string

// Channels are the ways to take a ticket.
var Channels = []Channel{"card", "phone", "name", "appointment", "mobile", "staff"}

// Promise is the wait that was shown or printed.
type Promise struct {
	// Ahead is how many people were to be called before.
	Ahead int `json:"ahead"`
	// Minutes is the expected wait; -1 means that no window was open.
	Minutes int `json:"minutes"`
}

// Reason says why a ticket was called.
type Reason struct {
	Strategy string `json:"strategy"`
	Rule     Rule   `json:"rule"`
	// Candidates is how many tickets the window could have called.
	Candidates int `json:"candidates"`
	// Overtaken is how often the ticket had been overtaken.
	Overtaken int    `json:"overtaken,omitempty"`
	Text      string `json:"text,omitempty"` // the clerk's words, by hand only
}

// Rule is what decided between candidates.
type Rule string

// The rules.
const (
	RuleDue    Rule = "due"     // earliest target time
	RuleBound  Rule = "bound"   // overtaken as often as may be
	RuleByHand Rule = "by-hand" // the clerk picked
)

// Ack is a channel's word that a call was shown.
type Ack struct {
	Call    string `json:"call"`
	Channel string `json:"channel"`
	Device  string `json:"device"`
	Failed  string `json:"failed,omitempty"`
	At      Time   `json:"at"`
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

// CallID is the id of t's latest call or recall.
func (t *Ticket) CallID() string {
	if t.Calls == 0 {
		return ""
	}
	return fmt.Sprintf("%s.%d", t.ID, t.Calls)
}

// before orders waiting tickets by target time, then by arrival.
func (t *Ticket) before(o *Ticket) bool {
	if t.Due != o.Due {
		return t.Due < o.Due
	}
	return t.Arrival < o.Arrival
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
	s.waiting = make(map[ServiceID][]*Ticket)
	s.live = make(map[personService][]*Ticket)
	s.counts = make(map[ServiceID]map[TicketState]int)
	s.numbers = make(map[string]struct{})
}

// UnmarshalJSON restores a snapshot with all that is derived from it.
func (s *State) UnmarshalJSON(data []byte) error {
	type plain State
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return fmt.Errorf("decode queue state: %w", err)
	}
	s.init()
	if s.Config != nil {
		if err := s.Config.index(); err != nil {
			return fmt.Errorf("decode queue state: %w", err)
		}
	}
	if err := s.whole(); err != nil {
		return fmt.Errorf("decode queue state: %w", err)
	}
	for _, t := range s.byArrival() {
		s.numbers[t.Number] = struct{}{}
		s.enter(t)
	}
	return nil
}

// whole tells whether tickets, windows and configuration refer to each other
// as the rules rely on; a damaged snapshot may not.
func (s *State) whole() error {
	for id, t := range s.Tickets {
		if t == nil || t.ID != id || !slices.Contains(States(), t.State) {
			return fmt.Errorf("ticket %q is damaged", id)
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
	if t.State == Waiting {
		list := s.waiting[t.Service]
		s.waiting[t.Service] = slices.Insert(list, place(list, t), t)
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
	if t.State == Waiting {
		list := s.waiting[t.Service]
		i := place(list, t)
		s.waiting[t.Service] = slices.Delete(list, i, i+1)
	}
}

// place is where t stands, or would stand, in list.
func place(list []*Ticket, t *Ticket) int {
	// The usual newcomer is due last.
	if n := len(list); n == 0 || list[n-1].before(t) {
		return n
	}
	i, _ := slices.BinarySearchFunc(list, t, func(a, b *Ticket) int {
		switch {
		case a == b || a.ID == b.ID:
			return 0
		case a.before(b):
			return -1
		default:
			return 1
		}
	})
	return i
}

// Waiting returns the tickets that wait for service, in calling order. The
// slice belongs to the state: read it before the next Apply.
func (s *State) Waiting(service ServiceID) []*Ticket { return s.waiting[service] }

// Ahead is how many tickets would be called before a ticket of service due at
// due that arrived now.
func (s *State) Ahead(service ServiceID, due Time) int {
	return place(s.waiting[service], &Ticket{Due: due, Arrival: s.Arrivals + 1})
}

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

// Closed returns the reason why service gives no tickets, or "". A service
// whose windows are all disabled gives none.
func (s *State) Closed(service ServiceID) string {
	svc := s.Config.Service(service)
	if svc == nil {
		return "unknown"
	}
	if svc.Closed != "" {
		return svc.Closed
	}
	for i := range s.Config.Windows {
		if w := &s.Config.Windows[i]; !w.Disabled && w.Serves(service) {
			return ""
		}
	}
	return ReasonNoWindow
}

// ReasonNoWindow is what Closed returns when every window of a service is
// disabled; pages put it into words.
const ReasonNoWindow = "no-window"
