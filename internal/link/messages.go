package link

import "time"

// Messages that open a connection.
const (
	// TypeHello (up) is the first message of an agent: Hello.
	TypeHello Type = "hello"
	// TypeWelcome (down) accepts it: Welcome.
	TypeWelcome Type = "welcome"
	// TypeRefused (down) declines it and is followed by the close: Problem.
	TypeRefused Type = "refused"
	// TypeSnapshot (down) is the whole of what this role sees: Snapshot.
	TypeSnapshot Type = "snapshot"
)

// TypeBoardSnapshot (down) is the first message to a manager's board: BoardView.
const TypeBoardSnapshot Type = "board.snapshot"

// Answers to commands, with Re set.
const (
	// TypeAnswer (down) says a command was done: Answer.
	TypeAnswer Type = "answer"
	// TypeError (down) says a command was refused and changed nothing: Problem.
	TypeError Type = "error"
)

// Commands (up). Each carries an ID and gets an answer or an error.
const (
	TypeTicketTake     Type = "ticket.take"     // TakeTicket
	TypeTicketRecall   Type = "ticket.recall"   // TicketRef
	TypeTicketArrive   Type = "ticket.arrive"   // TicketRef
	TypeTicketNoShow   Type = "ticket.noShow"   // TicketRef
	TypeTicketPutBack  Type = "ticket.putBack"  // TicketRef
	TypeTicketFinish   Type = "ticket.finish"   // FinishTicket
	TypeTicketCancel   Type = "ticket.cancel"   // CancelTicket
	TypeTicketRate     Type = "ticket.rate"     // RateTicket
	TypeWindowSignIn   Type = "window.signIn"   // SignIn
	TypeWindowSignOut  Type = "window.signOut"  // no body
	TypeWindowPause    Type = "window.pause"    // Pause
	TypeWindowContinue Type = "window.continue" // no body
	TypeWindowCallNext Type = "window.callNext" // no body
	TypeWindowCall     Type = "window.call"     // CallTicket
)

// Facts (up). They need no answer; the hall acknowledges what a spool may
// forget with TypeReceived.
const (
	TypePrintDone     Type = "print.done"     // PrintDone
	TypeDeviceChanged Type = "device.changed" // DeviceView (up: Agent is filled in by the hall)
	TypeCallShown     Type = "call.shown"     // CallShown
)

// TypeReceived (down) tells an agent that the fact with the id Re is durable.
const TypeReceived Type = "received"

// Deltas (down), each with a Seq.
const (
	TypeServicesChanged  Type = "services.changed"  // ServicesChanged
	TypeWindowChanged    Type = "window.changed"    // WindowView
	TypeQueueChanged     Type = "queue.changed"     // QueueChanged (counter: its own window's)
	TypeTicketCalled     Type = "ticket.called"     // CallView (display, board; kind call or recall)
	TypeCallAcknowledged Type = "call.acknowledged" // CallAck (board)
	TypeCallEnded        Type = "call.ended"        // CallEnded (display: the call is no longer true)
	TypeTicketPrint      Type = "ticket.print"      // PrintJob (the kiosk that took the ticket)
	TypeHallChanged      Type = "hall.changed"      // HallView (texts, services or windows were edited)
	TypeAgentChanged     Type = "agent.changed"     // AgentView (board)
	TypeTotalsChanged    Type = "totals.changed"    // TotalsView (board)
)

// Hello introduces an agent.
type Hello struct {
	// Versions is the range of link versions the agent speaks, lowest first.
	Versions [2]int `json:"versions"`
	// Agent is the agent's name in the hall, such as kiosk-1; it must be the
	// one its token was made for.
	Agent string `json:"agent"`
	// Role must be the one its token was made for.
	Role Role `json:"role"`
	// Program is the agent's software version.
	Program string `json:"program,omitempty"`
	// Epoch and Last name the stream and the last message of it that the agent
	// has; both zero on its first connection.
	Epoch string `json:"epoch,omitempty"`
	Last  uint64 `json:"last,omitempty"`
	// Devices is the state of every device of the agent.
	Devices []DeviceView `json:"devices,omitempty"`
}

// Welcome accepts an agent.
type Welcome struct {
	Version int `json:"version"`
	// Epoch names the hall's stream; it changes when the hall-server restarts.
	Epoch string `json:"epoch"`
	// Agent repeats the name under which the hall knows the agent.
	Agent string `json:"agent"`
	// Window is the window id of a counter agent.
	Window string `json:"window,omitempty"`
	// Resumed is true when the missed deltas follow, false when a snapshot does.
	Resumed bool `json:"resumed"`
	// Now is the hall's clock, for the agent's offset.
	Now time.Time `json:"now"`
}

// Snapshot is the whole of what an agent of a role sees. Fields that the role
// has no use for are absent.
type Snapshot struct {
	Hall     HallView      `json:"hall"`
	Services []ServiceView `json:"services,omitempty"` // all roles
	Windows  []WindowView  `json:"windows,omitempty"`  // display: all; counter: its own
	Calls    []CallView    `json:"calls,omitempty"`    // display: the last ten, newest first
	Queue    *QueueChanged `json:"queue,omitempty"`    // counter
	Prints   []PrintJob    `json:"prints,omitempty"`   // kiosk: ordered, not yet confirmed
}

// Problem is a refusal, in words for people and a code for machines. It has
// the same fields as the REST API's problem documents (RFC 9457).
type Problem struct {
	// Status is the HTTP status of the same refusal over REST.
	Status int `json:"status"`
	// Code is stable, such as ticket.wrong-state.
	Code string `json:"code"`
	// Detail is one Chinese sentence: what happened and what to do.
	Detail string `json:"detail"`
	// State is the state the ticket or window is in, if one was named.
	State string `json:"state,omitempty"`
	// Allowed are the verbs that would be accepted in that state.
	Allowed []string `json:"allowed,omitempty"`
}

// Answer is what a command led to; only what the command touched is set.
type Answer struct {
	Ticket *TicketView `json:"ticket,omitempty"`
	Window *WindowView `json:"window,omitempty"`
	// Reason says why call-next chose this ticket.
	Reason *ReasonView `json:"reason,omitempty"`
	// None is true when call-next found nobody waiting.
	None bool `json:"none,omitempty"`
}

// Channel is the way a ticket was taken.
type Channel string

// The channels.
const (
	ChannelCard        Channel = "card"
	ChannelPhone       Channel = "phone"
	ChannelName        Channel = "name"
	ChannelAppointment Channel = "appointment"
	ChannelMobile      Channel = "mobile"
	ChannelStaff       Channel = "staff"
)

// Person is who takes a ticket. Full numbers cross the link once, over the
// hall's own network; the hall keeps a keyed hash and the masked forms.
type Person struct {
	Name     string `json:"name,omitempty" maxLength:"120" doc:"Name as on the document; shown masked"`
	IDNumber string `json:"idNumber,omitempty" maxLength:"40" doc:"Number of the identity document"`
	Phone    string `json:"phone,omitempty" maxLength:"20" doc:"Mobile number"`
}

// TakeTicket asks for a ticket.
type TakeTicket struct {
	Service  string  `json:"service"`
	Channel  Channel `json:"channel"`
	Person   Person  `json:"person,omitzero"`
	Priority string  `json:"priority,omitempty"`
	// Print is true if the agent wants to be sent the paper's content.
	Print bool `json:"print,omitempty"`
}

// TicketRef names a ticket.
type TicketRef struct {
	Ticket string `json:"ticket"`
}

// FinishTicket ends the service. Result is an optional result code of the hall.
type FinishTicket struct {
	Ticket string `json:"ticket"`
	Result string `json:"result,omitempty"`
}

// CancelTicket gives a ticket up, with a reason if staff do it.
type CancelTicket struct {
	Ticket string `json:"ticket"`
	Reason string `json:"reason,omitempty"`
}

// RateTicket is the citizen's rating (好差评) of a finished service.
type RateTicket struct {
	Ticket string `json:"ticket"`
	// Score runs from 5, 非常满意, to 1, 非常不满意.
	Score int `json:"score" minimum:"1" maximum:"5"`
	// Via is the device class it came by, such as pad.
	Via string `json:"via,omitempty"`
}

// SignIn opens a window for a clerk.
type SignIn struct {
	Staff    string `json:"staff"`
	Password string `json:"password"`
}

// Pause closes a window for a while; Text is what its screen says.
type Pause struct {
	Text string `json:"text" maxLength:"60"`
}

// CallTicket calls one ticket by hand, with the clerk's reason.
type CallTicket struct {
	Ticket string `json:"ticket"`
	Reason string `json:"reason,omitempty"`
}

// PrintOutcome is what became of a print job.
type PrintOutcome string

// The outcomes of a print job.
const (
	PrintPrinted PrintOutcome = "printed" // the paper came out and was cut
	PrintFailed  PrintOutcome = "failed"  // it did not; the ticket stays valid
	PrintExpired PrintOutcome = "expired" // the order came too late to be of use
	PrintUnknown PrintOutcome = "unknown" // the agent or the line died half-way
)

// PrintDone confirms a print job.
type PrintDone struct {
	Job     string       `json:"job"`
	Ticket  string       `json:"ticket"`
	Outcome PrintOutcome `json:"outcome"`
	// Device is the printer's state at that moment, such as paper_end.
	Device string `json:"device,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// CallChannel is a way a call reaches people.
type CallChannel string

// The channels of a call.
const (
	CallBoard  CallChannel = "board"  // waiting-area board page
	CallWindow CallChannel = "window" // window screen page
	CallLED    CallChannel = "led"    // LED strip
	CallVoice  CallChannel = "voice"  // loudspeaker
)

// CallShown acknowledges a call on one channel.
type CallShown struct {
	Call    string      `json:"call"`
	Channel CallChannel `json:"channel"`
	// Device is the screen or device that showed it, unique in the hall.
	Device string `json:"device"`
	// Failed is why it could not be shown; empty when it was.
	Failed string `json:"failed,omitempty"`
}

// CallAck is an acknowledgement as the board sees it.
type CallAck struct {
	CallShown
	At time.Time `json:"at"`
}

// CallEnded tells displays that a call is over: the citizen came, did not
// come, or was put back.
type CallEnded struct {
	Call   string `json:"call"`
	Ticket string `json:"ticket"`
	Window string `json:"window"`
}

// ServicesChanged lists the services whose numbers changed.
type ServicesChanged struct {
	Services []ServiceView `json:"services"`
}

// QueueChanged is what a clerk sees of the queue.
type QueueChanged struct {
	// Waiting are the tickets this window may call, in calling order, at most 50.
	Waiting []TicketView `json:"waiting"`
	// Total counts all of them.
	Total int `json:"total"`
	// Missed are the latest no-shows of this window's services, newest first.
	Missed []TicketView `json:"missed,omitempty"`
	// Served and MeanServiceSeconds are this window's day so far.
	Served             int `json:"served"`
	MeanServiceSeconds int `json:"meanServiceSeconds"`
}
