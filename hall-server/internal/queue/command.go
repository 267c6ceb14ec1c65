package queue

import "time"

// Command is a wish that Decide turns into events or refuses.
type Command interface {
	// Name is noun.verb, as on the link.
	Name() string
}

// TakeTicket takes a ticket. ID is made by the caller and must be new.
type TakeTicket struct {
	ID       TicketID
	Service  ServiceID
	Channel  Channel
	Person   Person
	Priority string
	// Age is the holder's in years, as an identity document says; 0 is unknown.
	Age int
	// Authoriser is the member of staff who vouches for Priority.
	Authoriser StaffID
	// Exceed is the reason why staff give a ticket beyond the quotas.
	Exceed string
	// Silent calls use no loudspeaker.
	Silent bool
	// Slot is the booked time of an appointment; 0 means none.
	Slot Time
	// Kiosk is the agent that wants to print it.
	Kiosk string
	// Minutes is the wait that will be promised, -1 if no window is open; Low and
	// High are the range of it, both 0 if there is none.
	Minutes, Low, High int

	appointment *Appointment
}

// AdoptTicket takes over a ticket that a kiosk gave on its own while the hall
// was away.
type AdoptTicket struct {
	ID       TicketID
	Number   string
	Service  ServiceID
	Channel  Channel
	Person   Person
	Priority string
	// Age is as in TakeTicket.
	Age   int
	Kiosk string
	// Issued is when it was printed, by the hall's clock.
	Issued Time
}

// CallNext calls whoever is next at a window.
type CallNext struct{ Window WindowID }

// CallTicket calls one ticket by hand.
type CallTicket struct {
	Window WindowID
	Ticket TicketID
	Reason string
}

// TicketCommand is a verb on a ticket without more to say: recall, arrive,
// no-show, put-back. Window is whose clerk asks; empty means a supervisor.
type TicketCommand struct {
	Verb   Verb
	Ticket TicketID
	Window WindowID
}

// Finish ends a service, with an optional result code.
type Finish struct {
	Ticket TicketID
	Window WindowID
	Result string
}

// Cancel gives a ticket up.
type Cancel struct {
	Ticket TicketID
	Reason string
}

// Rate stores the citizen's rating, 5 to 1.
type Rate struct {
	Ticket TicketID
	Window WindowID
	Score  int
	Via    string
}

// Note keeps a clerk's remark with a visit, for whoever serves it next. Window
// is whose clerk writes; she needs to be signed in.
type Note struct {
	Ticket TicketID
	Window WindowID
	Text   string
}

// SeeMaterials keeps which materials of a visit have been seen, all of them by
// their names, for whoever serves it next. Window is whose clerk ticks; she needs
// to be signed in.
type SeeMaterials struct {
	Ticket TicketID
	Window WindowID
	Seen   []string
}

// Transfer hands a ticket in service on to another service, or to a window.
// Window is whose clerk asks; empty means a supervisor.
type Transfer struct {
	Ticket TicketID
	Window WindowID
	// Service is the new one; empty keeps it. To is the window that is to go on;
	// empty means any that serves it.
	Service ServiceID
	To      WindowID
	Place   Place
	// After is how many others go before it, for PlaceAfter.
	After  int
	Reason string
}

// Place is where a transferred ticket stands in its new queue.
type Place string

// The places.
const (
	PlaceArrival Place = "arrival" // by its first arrival; the default
	PlaceFront   Place = "front"
	PlaceAfter   Place = "after"
)

// Park frees the window and keeps the visit (挂起). It returns to the queue by
// itself at Until, or For after now; both 0 mean that somebody will resume it.
type Park struct {
	Ticket TicketID
	Window WindowID
	Reason string
	Until  Time
	For    time.Duration
}

// Resume takes a parked ticket up at Window. Without a window, or with Back, it
// returns to its old place in the queue.
type Resume struct {
	Ticket TicketID
	Window WindowID
	Back   bool
}

// Rejoin gives a missed ticket another chance; By says who asked.
type Rejoin struct {
	Ticket TicketID
	By     string
}

// Delay asks for time while waiting.
type Delay struct {
	Ticket TicketID
	By     time.Duration
}

// Reprint prints a ticket again at a kiosk, marked as a copy.
type Reprint struct {
	Ticket TicketID
	Kiosk  string
}

// BookAppointment books a visit here, if there is a place. Day, State and
// Ticket are set by the rules.
type BookAppointment struct{ Appointment Appointment }

// ImportAppointments takes over what was booked elsewhere.
type ImportAppointments struct{ List []Appointment }

// CheckIn takes the ticket of an appointment.
type CheckIn struct {
	Appointment AppointmentID
	// ID is that of the ticket; the rest is as in TakeTicket.
	ID                 TicketID
	Priority           string
	Age                int
	Authoriser         StaffID
	Silent             bool
	Kiosk              string
	Minutes, Low, High int
}

// CancelAppointment gives an appointment up.
type CancelAppointment struct {
	Appointment AppointmentID
	Reason      string
}

// SetStrategy changes how windows choose; no windows means all, no strategy the
// configured one.
type SetStrategy struct {
	Windows  []WindowID
	Strategy *Strategy
}

// SignIn opens a window for a clerk.
type SignIn struct {
	Window    WindowID
	Staff     StaffID
	StaffName string
}

// SignOut closes it.
type SignOut struct{ Window WindowID }

// Pause suspends service with a text for the window's screen.
type Pause struct {
	Window WindowID
	Text   string
}

// Continue ends a pause.
type Continue struct{ Window WindowID }

// RecordPrint stores what became of a print job.
type RecordPrint struct {
	Ticket  TicketID
	Job     string
	Outcome string
	Device  string
}

// AcknowledgeCall stores a channel's word that a call was shown.
type AcknowledgeCall struct {
	Ticket  TicketID
	Call    string
	Channel string
	Device  string
	Failed  string
}

// Configure replaces the hall's configuration.
type Configure struct{ Config Config }

// EndDay closes every visit and signs every window out. With Open it opens the
// business day that now belongs to.
type EndDay struct{ Open bool }

// AcceptClock begins the business day of a clock that was set back to an
// earlier day, after EndDay. Next are the first numbers that were not given on
// that day yet.
type AcceptClock struct{ Next map[SeriesID]int }

// Tick does what only time asks for: no-shows by themselves.
type Tick struct{}

// Name implements Command.
func (TakeTicket) Name() string         { return "ticket.take" }
func (AdoptTicket) Name() string        { return "ticket.adopt" }
func (Note) Name() string               { return "ticket.note" }
func (SeeMaterials) Name() string       { return "ticket.materials" }
func (Transfer) Name() string           { return "ticket.transfer" }
func (Park) Name() string               { return "ticket.park" }
func (Resume) Name() string             { return "ticket.resume" }
func (Rejoin) Name() string             { return "ticket.rejoin" }
func (Delay) Name() string              { return "ticket.delay" }
func (Reprint) Name() string            { return "ticket.reprint" }
func (BookAppointment) Name() string    { return "appointment.book" }
func (ImportAppointments) Name() string { return "appointment.import" }
func (CheckIn) Name() string            { return "appointment.checkIn" }
func (CancelAppointment) Name() string  { return "appointment.cancel" }
func (SetStrategy) Name() string        { return "window.setStrategy" }
func (CallNext) Name() string           { return "window.callNext" }
func (CallTicket) Name() string         { return "window.call" }
func (c TicketCommand) Name() string    { return "ticket." + string(c.Verb) }
func (Finish) Name() string             { return "ticket.finish" }
func (Cancel) Name() string             { return "ticket.cancel" }
func (Rate) Name() string               { return "ticket.rate" }
func (SignIn) Name() string             { return "window.signIn" }
func (SignOut) Name() string            { return "window.signOut" }
func (Pause) Name() string              { return "window.pause" }
func (Continue) Name() string           { return "window.continue" }
func (RecordPrint) Name() string        { return "print.record" }
func (AcknowledgeCall) Name() string    { return "call.acknowledge" }
func (Configure) Name() string          { return "hall.configure" }
func (EndDay) Name() string             { return "day.end" }
func (AcceptClock) Name() string        { return "clock.accept" }
func (Tick) Name() string               { return "hall.tick" }
