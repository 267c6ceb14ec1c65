package queue

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
	// Slot is the booked time of an appointment; 0 means none.
	Slot Time
	// Kiosk is the agent that wants to print it.
	Kiosk string
	// Minutes is the wait that will be promised, -1 if no window is open.
	Minutes int
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
// no-show, put-back, and transfer, park, resume, rejoin. Window is whose clerk
// asks; empty means a supervisor.
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
func (TakeTicket) Name() string      { return "ticket.take" }
func (CallNext) Name() string        { return "window.callNext" }
func (CallTicket) Name() string      { return "window.call" }
func (c TicketCommand) Name() string { return "ticket." + string(c.Verb) }
func (Finish) Name() string          { return "ticket.finish" }
func (Cancel) Name() string          { return "ticket.cancel" }
func (Rate) Name() string            { return "ticket.rate" }
func (SignIn) Name() string          { return "window.signIn" }
func (SignOut) Name() string         { return "window.signOut" }
func (Pause) Name() string           { return "window.pause" }
func (Continue) Name() string        { return "window.continue" }
func (RecordPrint) Name() string     { return "print.record" }
func (AcknowledgeCall) Name() string { return "call.acknowledge" }
func (Configure) Name() string       { return "hall.configure" }
func (EndDay) Name() string          { return "day.end" }
func (AcceptClock) Name() string     { return "clock.accept" }
func (Tick) Name() string            { return "hall.tick" }
