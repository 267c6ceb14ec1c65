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
	TypeTicketTake         Type = "ticket.take"         // TakeTicket
	TypeTicketRecall       Type = "ticket.recall"       // TicketRef
	TypeTicketArrive       Type = "ticket.arrive"       // TicketRef
	TypeTicketNoShow       Type = "ticket.noShow"       // TicketRef
	TypeTicketPutBack      Type = "ticket.putBack"      // TicketRef
	TypeTicketFinish       Type = "ticket.finish"       // FinishTicket
	TypeTicketCancel       Type = "ticket.cancel"       // CancelTicket
	TypeTicketRate         Type = "ticket.rate"         // RateTicket
	TypeTicketTransfer     Type = "ticket.transfer"     // TransferTicket
	TypeTicketPark         Type = "ticket.park"         // ParkTicket
	TypeTicketNote         Type = "ticket.note"         // NoteTicket
	TypeTicketMaterials    Type = "ticket.materials"    // SeeMaterials
	TypeTicketResume       Type = "ticket.resume"       // ResumeTicket
	TypeTicketRejoin       Type = "ticket.rejoin"       // TicketRef
	TypeTicketReprint      Type = "ticket.reprint"      // ReprintTicket
	TypeTicketFind         Type = "ticket.find"         // FindTicket (changes nothing)
	TypeVisitsFind         Type = "visits.find"         // FindVisits (changes nothing)
	TypeAppointmentCheckIn Type = "appointment.checkIn" // CheckInAppointment
	TypeAppointmentCancel  Type = "appointment.cancel"  // CancelAppointment
	TypeWindowSignIn       Type = "window.signIn"       // SignIn
	TypeWindowSignOut      Type = "window.signOut"      // no body
	TypeWindowPause        Type = "window.pause"        // Pause
	TypeWindowContinue     Type = "window.continue"     // no body
	TypeWindowCallNext     Type = "window.callNext"     // no body
	TypeWindowCall         Type = "window.call"         // CallTicket
)

// Facts (up). They need no answer; the hall acknowledges what a spool may
// forget with TypeReceived.
const (
	TypePrintDone     Type = "print.done"     // PrintDone
	TypeTicketOffline Type = "ticket.offline" // OfflineTicket (kiosk: given while the hall was away)
	TypeDeviceChanged Type = "device.changed" // DeviceView (up: Agent is filled in by the hall)
	TypeCallShown     Type = "call.shown"     // CallShown
)

// TypeReceived (down) tells an agent that the fact with the id Re is durable,
// or will never be of use: Received.
const TypeReceived Type = "received"

// Deltas (down), each with a Seq.
const (
	TypeServicesChanged  Type = "services.changed"  // ServicesChanged
	TypeWindowChanged    Type = "window.changed"    // WindowView
	TypeWindowsChanged   Type = "windows.changed"   // WindowsChanged (counter, kiosk: any window's)
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
	// Screens are a display's; one that doesn't tell is sent all layouts.
	Screens *DisplayScreens `json:"screens,omitempty"`
	// Assignment is the rev of the devices.assigned that the agent has; empty if
	// it was never told.
	Assignment string `json:"assignment,omitempty"`
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
	Briefs   []WindowBrief `json:"briefs,omitempty"`   // counter, kiosk: all windows
	Kiosks   []KioskBrief  `json:"kiosks,omitempty"`   // counter: where papers can be printed again
	Queue    *QueueChanged `json:"queue,omitempty"`    // counter
	Prints   []PrintJob    `json:"prints,omitempty"`   // kiosk: ordered, not yet confirmed
	// Offline is the series that this kiosk gives numbers from while the hall is
	// away; absent if it has none.
	Offline *OfflineSeriesView `json:"offline,omitempty"`
	// Layouts are what the hall's screens show, Feeds what other systems told it;
	// displays.
	Layouts *LayoutSet `json:"layouts,omitempty"`
	Feeds   []FeedView `json:"feeds,omitempty"`
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
	// Appointment was changed.
	Appointment *AppointmentView `json:"appointment,omitempty"`
	// Visits answers visits.find.
	Visits *VisitsView `json:"visits,omitempty"`
	// Cases answers case.query of a kiosk's page.
	Cases *CasesView `json:"cases,omitempty"`
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
	// Silent asks to be called without the loudspeaker.
	Silent bool `json:"silent,omitempty"`
	// Authoriser vouches for Priority, if the class asks for that.
	Authoriser *SignIn `json:"authoriser,omitempty"`
}

// TransferTicket hands the ticket in front on to another service, a window or
// both.
type TransferTicket struct {
	Ticket string `json:"ticket"`
	// Service is the new one; empty keeps it. Window is the one that is to go on;
	// empty means any that serves it.
	Service string `json:"service,omitempty"`
	Window  string `json:"window,omitempty"`
	// Place is where it stands in the new queue; After is for after.
	Place  string `json:"place,omitempty" enum:"arrival,front,after"`
	After  int    `json:"after,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// NoteTicket keeps a remark of at most 200 characters with a visit.
type NoteTicket struct {
	Ticket string `json:"ticket"`
	Text   string `json:"text"`
}

// SeeMaterials keeps which materials of a visit the clerk has seen: all of them,
// at most 100, each by the name that ServiceView.Materials has for it.
type SeeMaterials struct {
	Ticket string   `json:"ticket"`
	Seen   []string `json:"seen"`
}

// ParkTicket frees the window and keeps the visit (挂起).
type ParkTicket struct {
	Ticket string `json:"ticket"`
	Reason string `json:"reason,omitempty"`
	// Minutes is after how long it returns to the queue by itself; 0 is never.
	Minutes int `json:"minutes,omitempty"`
}

// ResumeTicket goes on with a parked ticket here, or with Back puts it back
// into its old place in the queue.
type ResumeTicket struct {
	Ticket string `json:"ticket"`
	Back   bool   `json:"back,omitempty"`
}

// ReprintTicket prints a copy: at the kiosk that asks, or, from a counter, at
// the kiosk it names; by default the one that printed it first.
type ReprintTicket struct {
	Ticket string `json:"ticket"`
	Kiosk  string `json:"kiosk,omitempty"`
}

// FindTicket looks a ticket of today up by what a scanner read from its paper,
// by its id or by its number.
type FindTicket struct {
	Text string `json:"text"`
}

// FindVisits looks up what a person has here today: live and missed tickets and
// appointments, by identity document, phone or booking code.
type FindVisits struct {
	Person Person `json:"person,omitzero"`
	Code   string `json:"code,omitempty"`
}

// VisitsView answers it. Its waiting tickets say in Ahead, WaitLow and WaitHigh
// how they stand now.
type VisitsView struct {
	Appointments []AppointmentView `json:"appointments"`
	Tickets      []TicketView      `json:"tickets"`
}

// CheckInAppointment takes the ticket of an appointment. Asked again it answers
// with the same ticket.
type CheckInAppointment struct {
	Appointment string `json:"appointment"`
	// Person is who lays a card, for the priority that age gives.
	Person Person `json:"person,omitzero"`
	Print  bool   `json:"print,omitempty"`
	Silent bool   `json:"silent,omitempty"`
}

// CancelAppointment gives an appointment up.
type CancelAppointment struct {
	Appointment string `json:"appointment"`
	Reason      string `json:"reason,omitempty"`
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
	PrintPartial PrintOutcome = "partial" // it ended half-way: what hangs there is of no use
	PrintExpired PrintOutcome = "expired" // the order came too late to be of use
	PrintUnknown PrintOutcome = "unknown" // the agent or the line died half-way
	PrintBusy    PrintOutcome = "busy"    // a trial that was left out: somebody uses the machine
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

// OfflineTicket is a ticket that a kiosk gave while the hall was away. The
// fact's ID is the ticket's, so that it is adopted once however often it is
// sent; tickets come in the order in which they were given.
type OfflineTicket struct {
	// Ticket is the ticket's id, a ULID made by the kiosk.
	Ticket string `json:"ticket"`
	// Number is of the kiosk's own series, of the business day Day.
	Number   string  `json:"number"`
	Day      string  `json:"day"`
	Service  string  `json:"service"`
	Channel  Channel `json:"channel"`
	Person   Person  `json:"person,omitzero"`
	Priority string  `json:"priority,omitempty"`
	// IssuedAt is when it was given, by the hall's clock: the kiosk corrects its
	// own by the offset it knows when it first sends the ticket.
	IssuedAt time.Time `json:"issuedAt"`
	// Replaces is the ID of the ticket.take that was sent and never answered
	// before this ticket was given instead. If the hall did it after all, the
	// ticket of it is cancelled: its holder has this one.
	Replaces string `json:"replaces,omitempty"`
}

// OfflinePrint is the key of the print job of an offline ticket.
func OfflinePrint(ticket string) string { return ticket + ".offline" }

// Received is a receipt. Most have nothing to say beyond the ID.
type Received struct {
	// Withdrawn is the ticket that an offline ticket replaced and that was
	// cancelled: its paper must not be printed any more.
	Withdrawn string `json:"withdrawn,omitempty"`
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

// WindowsChanged lists the windows that opened, closed or changed otherwise.
type WindowsChanged struct {
	Windows []WindowBrief `json:"windows"`
}

// QueueChanged is what a clerk sees of the queue.
type QueueChanged struct {
	// Waiting are the tickets this window may call, in calling order, at most 50.
	Waiting []TicketView `json:"waiting"`
	// Total counts all of them.
	Total int `json:"total"`
	// Missed are the latest no-shows of this window's services, newest first.
	Missed []TicketView `json:"missed,omitempty"`
	// Parked are the parked tickets of this window's services, the next to
	// return first.
	Parked []TicketView `json:"parked,omitempty"`
	// Next says why the first of Waiting is the one to be called next; absent
	// where nobody may be called or the clerk picks.
	Next *ReasonView `json:"next,omitempty"`
	// Front is the id of the ticket in front, of which Reason, Notes and Seen are.
	Front string `json:"front,omitempty"`
	// Reason says why it was called.
	Reason *ReasonView `json:"reason,omitempty"`
	// Notes are what clerks wrote about the visit in front, oldest first.
	Notes []NoteView `json:"notes,omitempty"`
	// Seen are the materials of the visit in front that clerks have seen.
	Seen []string `json:"seen,omitempty"`
	// Served and MeanServiceSeconds are the day so far of the clerk who is signed
	// in, at whatever windows; 0 while nobody is.
	Served             int `json:"served"`
	MeanServiceSeconds int `json:"meanServiceSeconds"`
	// Day is the rest of the clerk's day so far.
	Day ClerkDay `json:"day"`
}

// ClerkDay is how a clerk's day went so far. It counts visits by the clerk who
// called them last, at whatever windows.
type ClerkDay struct {
	// Missed counts no-shows, Parked those parked now.
	Missed int `json:"missed"`
	Parked int `json:"parked"`
	// MeanWaitSeconds is how long those who were served had waited.
	MeanWaitSeconds int `json:"meanWaitSeconds"`
	// LongestServiceSeconds is the longest service that has ended.
	LongestServiceSeconds int `json:"longestServiceSeconds"`
	// Rated counts ratings, Satisfied those of 3 and above.
	Rated     int `json:"rated"`
	Satisfied int `json:"satisfied"`
}

// NoteView is what a clerk wrote about a visit.
type NoteView struct {
	// Window is the number of the window, Clerk the clerk's name.
	Window string    `json:"window"`
	Clerk  string    `json:"clerk"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
}
