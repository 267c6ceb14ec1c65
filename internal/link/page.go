package link

import "time"

// An agent speaks the same envelope with its own pages, over its local
// WebSocket /ws. The page gets PageSnapshot first, then the hall's deltas as
// they come, and the messages below; it sends commands with an ID and gets an
// answer or an error with Re. Commands of this file are for the agent itself,
// the others go on to the hall.
const (
	// TypePageSnapshot (down) is the first message to a page, sent again
	// whenever the hall sends the agent a new snapshot: PageSnapshot.
	TypePageSnapshot Type = "page.snapshot"
	// TypeLinkChanged (down) tells whether the hall can be reached: LinkState.
	TypeLinkChanged Type = "link.changed"
	// TypeCardRead (down) says that a card lies on the reader: CardRead.
	TypeCardRead Type = "card.read"
	// TypeCardRemoved (down) says that it was taken away. No body.
	TypeCardRemoved Type = "card.removed"
	// TypeCardFailed (down) says that a card could not be read: DeviceProblem.
	TypeCardFailed Type = "card.failed"
	// TypeScanned (down) is a code read by the scanner: Scanned.
	TypeScanned Type = "code.scanned"
	// TypeSessionClear (up, kiosk) forgets whoever stood there at once: ClearSession.
	TypeSessionClear Type = "session.clear"
	// TypeRatingAsked (down, counter) says the pad waits for a key: RatingAsked.
	TypeRatingAsked Type = "rating.asked"
	// TypeRatingGiven (down, counter): RatingGiven.
	TypeRatingGiven Type = "rating.given"
	// TypeRatingMissed (down, counter) says nobody pressed in time, or the pad
	// is away: RatingMissed.
	TypeRatingMissed Type = "rating.missed"
	// TypeRatingAsk (up, counter) asks again for a ticket's rating: TicketRef.
	TypeRatingAsk Type = "rating.ask"
	// TypeLabelPrint (up, counter) prints a visit's label at the desk: PrintLabel.
	TypeLabelPrint Type = "label.print"
	// TypeHelpChanged (down) is how a call for staff by a button of the machine
	// stands: HelpChanged.
	TypeHelpChanged Type = "help.changed"
	// TypePendingChanged (down, counter) tells what the agent keeps for a hall
	// that is away: Pending.
	TypePendingChanged Type = "pending.changed"
	// TypePendingClear (up, counter) says that the clerk has read the refusals.
	// No body.
	TypePendingClear Type = "pending.clear"
	// TypeVoicePlay (down, display) tells the speaker page to play: VoicePlay.
	TypeVoicePlay Type = "voice.play"
	// TypeVoicePlayed (up, display) says it was heard, or why not: VoicePlayed.
	TypeVoicePlayed Type = "voice.played"
	// TypePageReady (up, display) says which screen the page is: PageReady.
	TypePageReady Type = "page.ready"
)

// ClearSession names whom a page forgets. Without a body that is anybody.
type ClearSession struct {
	// Session is the last card's that the page was told of; empty if it was told
	// of none. A card that the page hasn't seen yet is of whoever comes next, and
	// stays.
	Session string `json:"session"`
}

// PageSnapshot is an agent's whole state, for its page.
type PageSnapshot struct {
	Agent string `json:"agent"`
	Role  Role   `json:"role"`
	// Name is what people call the place: 一楼大厅 1 号取号机.
	Name string `json:"name"`
	Zone string `json:"zone,omitempty"`
	// Window is set for counters.
	Window string    `json:"window,omitempty"`
	Link   LinkState `json:"link"`
	// Devices are the agent's own devices.
	Devices []DeviceView `json:"devices"`
	// Hall is the hall's latest snapshot for this agent; absent before the
	// first connection.
	Hall *Snapshot `json:"hall,omitempty"`
	// Card is set while a card is present.
	Card *CardRead `json:"card,omitempty"`
	// Pending is what a counter keeps for a hall that is away; absent if nothing.
	Pending *Pending `json:"pending,omitempty"`
	// Uploads are the documents on their way to the hall; absent if none.
	Uploads *Uploads `json:"uploads,omitempty"`
	// Help is a call for staff by a button of the machine; absent if none stands.
	Help *HelpView `json:"help,omitempty"`
	// Pad is the latest question to the citizen at a counter.
	Pad *PadState `json:"pad,omitempty"`
	// IdleSeconds is how long a kiosk page waits before it clears itself.
	IdleSeconds int `json:"idleSeconds,omitempty"`
	// Kiosk is how a kiosk is set up.
	Kiosk *KioskSettings `json:"kiosk,omitempty"`
}

// LinkState says whether the hall-server can be reached.
type LinkState struct {
	Online bool      `json:"online"`
	Since  time.Time `json:"since"`
	// Detail is the last failure, in Chinese.
	Detail string `json:"detail,omitempty"`
	// Offline is set by kiosks while the hall is away.
	Offline *OfflineState `json:"offline,omitempty"`
}

// OfflineState says whether a kiosk gives tickets without the hall.
type OfflineState struct {
	Available bool `json:"available"`
	// Why tells people the reason if it doesn't, in Chinese.
	Why string `json:"why,omitempty"`
}

// CardRead is a card as a page may see it. The full data stay in the agent
// and are named by Session in ticket.take (TakeForSession).
type CardRead struct {
	Session string `json:"session"`
	// Kind is citizen, resident-permit (HK/MO/TW), foreigner-2017, foreigner-2023;
	// citizen-card for a code that the card centre resolved.
	Kind string `json:"kind"`
	// KindName is the same in Chinese.
	KindName string `json:"kindName"`
	// Name and Number are masked.
	Name   string `json:"name"`
	Number string `json:"number"`
	// Photo is the address of the holder's photo at the agent; counters only,
	// and only where the hall has a decoder. It is gone when the card is.
	Photo string `json:"photo,omitempty"`
	// Elderly is true from 70 years on.
	Elderly bool `json:"elderly,omitempty"`
	// Expired is true if the document's term has passed.
	Expired bool      `json:"expired,omitempty"`
	At      time.Time `json:"at"`
}

// TakeForSession is what a kiosk page sends as ticket.take: either Session of
// a card that was read, or Phone.
type TakeForSession struct {
	Service string `json:"service"`
	Session string `json:"session,omitempty"`
	Phone   string `json:"phone,omitempty"`
	// Priority is the class asked for; Authoriser vouches for it, if it needs that.
	Priority   string  `json:"priority,omitempty"`
	Authoriser *SignIn `json:"authoriser,omitempty"`
	// Silent asks to be called without the loudspeaker.
	Silent bool `json:"silent,omitempty"`
}

// FindForSession is what a kiosk page sends as visits.find: Session of a card
// or Phone, Code of a booking, or a card and a code. What it finds is what
// appointment.checkIn, appointment.cancel, ticket.rejoin, ticket.reprint and
// ticket.cancel of the page may name from then on, until the person has gone;
// their bodies are the hall's, without any Person.
type FindForSession struct {
	Session string `json:"session,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Code    string `json:"code,omitempty"`
}

// TicketPrinted is print.done as it goes down to the kiosk's page.
type TicketPrinted = PrintDone

// DeviceProblem is a failure in words for the person in front of the page.
type DeviceProblem struct {
	Device string `json:"device"`
	Detail string `json:"detail"`
}

// Scanned is a code read by a scanner.
type Scanned struct {
	Text string `json:"text"`
	// Kind says what it is about: visit, ticket, booking, case (its number
	// alone), progress (a number with its query code) or card (of a citizen,
	// ScannedCard); empty for what no paper of ours carries.
	Kind string `json:"kind,omitempty"`
	// Case is the number that a case or progress has.
	Case string `json:"case,omitempty"`
	// Visit is by what the platform finds the cases that came from a visit or a
	// ticket: what its label says, or the ticket's id.
	Visit string `json:"visit,omitempty"`
}

// PrintLabel prints the label of a visit. Case is the number of the visit's case
// once there is one: the label opens it on any day.
type PrintLabel struct {
	Ticket string `json:"ticket"`
	Case   string `json:"case,omitempty"`
}

// RatingAsked says that the pad waits.
type RatingAsked struct {
	Ticket string    `json:"ticket"`
	Number string    `json:"number,omitempty"`
	Until  time.Time `json:"until"`
}

// RatingGiven is a citizen's rating.
type RatingGiven struct {
	Ticket string `json:"ticket"`
	Score  int    `json:"score"`
}

// RatingMissed says why there is none.
type RatingMissed struct {
	Ticket string `json:"ticket"`
	Detail string `json:"detail"`
}

// Pending is what a clerk did while the hall was away.
type Pending struct {
	// Actions wait to be sent, in the order in which they were done.
	Actions []PendingAction `json:"actions,omitempty"`
	// Refused are those that the hall has refused since, until the clerk has read
	// it.
	Refused []PendingRefused `json:"refused,omitempty"`
}

// PendingAction is a command that the agent keeps. It is sent under its ID
// however often that takes.
type PendingAction struct {
	ID     string `json:"id"`
	Type   Type   `json:"type"`
	Ticket string `json:"ticket"`
	Number string `json:"number,omitempty"`
	// At is when the clerk did it.
	At time.Time `json:"at"`
	// Seen are the materials of a ticket.materials.
	Seen []string `json:"seen,omitempty"`
}

// PendingRefused is one that the hall refused; Detail is the hall's sentence.
type PendingRefused struct {
	Type   Type   `json:"type"`
	Ticket string `json:"ticket"`
	Number string `json:"number,omitempty"`
	Detail string `json:"detail"`
}

// VoicePlay orders one announcement. URL is a WAV file of the agent; Text is
// what it says.
type VoicePlay struct {
	Call string `json:"call"`
	URL  string `json:"url"`
	Text string `json:"text"`
}

// VoicePlayed reports it.
type VoicePlayed struct {
	Call   string `json:"call"`
	Failed string `json:"failed,omitempty"`
}

// PageReady introduces a display page to its agent.
type PageReady struct {
	// Screen is the page's name, such as board-A or window-3; acknowledgements
	// carry it as their device.
	Screen string `json:"screen"`
	// Sound is true if the page can play the voice.
	Sound bool `json:"sound,omitempty"`
}
