// Package message tells citizens on their phones what becomes of their tickets:
// the silent call, that their turn is near, that they were missed.
//
// What flows through: the hall's log (core) → occasions of the tickets it
// touched → rows of a table, at most one for each ticket, event, call and
// channel → a Provider, again and again until it accepts → receipts. The table
// is written before anything is sent, so that a restart neither forgets nor
// doubles a message; a message whose moment has passed is dropped. Nothing here
// waits inside the queue, and nothing in the queue waits for a phone.
package message

import (
	"context"
	"errors"
	"log/slog"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/privacy"
)

// Event is what a message is about.
type Event string

// The events.
const (
	Called   Event = "called"   // the silent call: your turn, and where
	Recalled Event = "recalled" // called again
	Soon     Event = "soon"     // few are left before you
	Returned Event = "returned" // back in the queue after having been parked
	Missed   Event = "missed"   // did not come when called; how to go on
)

// Events lists every event, in the order of a visit.
func Events() []Event { return []Event{Soon, Called, Recalled, Returned, Missed} }

// Channel is the way to a phone. The address of both is the citizen's phone
// number: a gateway for WeChat finds the account that is bound to it.
type Channel string

// The channels.
const (
	SMS    Channel = "sms"
	WeChat Channel = "wechat"
)

// Channels lists every channel.
func Channels() []Channel { return []Channel{SMS, WeChat} }

// State is where a message is on its way.
type State string

// The states. Pending is sent as soon as it is due, and again after a fault.
const (
	Pending   State = "pending"
	Accepted  State = "accepted"  // the provider took it
	Delivered State = "delivered" // it is on the phone
	Failed    State = "failed"    // it won't arrive
	Dropped   State = "dropped"   // it was never sent: its moment passed, or a quota was used up
)

// States lists every state.
func States() []State { return []State{Pending, Accepted, Delivered, Failed, Dropped} }

// Message is one text to one phone.
type Message struct {
	// ID is a ULID. It is also the key by which a gateway can tell a retry.
	ID     string
	Ticket queue.TicketID
	// Number is the ticket's.
	Number string
	Day    queue.Day
	Event  Event
	// Call counts the calls, or the returns, of the ticket: with Ticket, Event
	// and Channel it makes a message unique.
	Call    int
	Channel Channel
	// Version and Code are those of the template that made Text of Vars.
	Version int
	Code    string
	Text    string
	Vars    Vars
	// To is the phone number, sealed as PhoneKind; Masked may be shown. Person
	// is its keyed hash, by which quotas count.
	To, Masked, Person string
	// Provider is who took it last; empty before the first try.
	Provider string
	State    State
	// Reason says in Chinese why it failed, was dropped or waits for another try.
	Reason string
	// Receipt is the provider's own id of it.
	Receipt  string
	Attempts int
	Created  queue.Time
	// Due is when it is to be sent, Expires when it is of no more use.
	Due, Expires queue.Time
	Changed      queue.Time
}

// PhoneKind is the kind under which phone numbers are sealed and hashed.
const PhoneKind = "phone"

// Phone is a number in full. It shows itself masked wherever it is printed;
// only a provider asks for its digits.
type Phone string

// Digits is the number itself.
func (p Phone) Digits() string { return string(p) }

// String implements fmt.Stringer, GoString fmt.GoStringer, LogValue
// slog.LogValuer: all of them masked.
func (p Phone) String() string { return privacy.MaskPhone(string(p)) }

// GoString implements fmt.GoStringer.
func (p Phone) GoString() string { return p.String() }

// LogValue implements slog.LogValuer.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Order is what a provider is asked to send.
type Order struct {
	// ID names the message; a retry has the same.
	ID      string
	Channel Channel
	To      Phone
	Event   Event
	Text    string
	// Code is the template's name at the gateway, Vars what fills it.
	Code string
	Vars Vars
}

// Receipt is a provider's word about a message.
type Receipt struct {
	// ID is the provider's id of the message; empty if it has none.
	ID string
	// State is Accepted, Delivered or Failed.
	State State
	// Reason says why it failed, in the gateway's words.
	Reason string
}

// Provider takes messages to phones.
type Provider interface {
	// Name tells which provider took a message.
	Name() string
	// Send hands o over and returns when the provider has it. The error is a
	// *Refusal if trying again is of no use; after any other the same order is
	// sent again, so a provider that may have sent it must tell the retry by its
	// ID. Send ends with ctx.
	Send(ctx context.Context, o Order) (Receipt, error)
}

// Refusal is a provider's last word: the message can't be sent.
type Refusal struct {
	// Reason is shown to managers, in Chinese or in the gateway's own words.
	Reason string
}

// Error implements error.
func (r *Refusal) Error() string { return "the message was refused: " + r.Reason }

// Errors of the table and of what staff ask for.
var (
	ErrUnknown = errors.New("no such message")
	// ErrState says that a message isn't in a state to be sent again.
	ErrState = errors.New("the message is not failed or dropped")
)

// Filter chooses messages; zero fields choose all.
type Filter struct {
	// Ticket is a ticket's id or number.
	Ticket queue.TicketID
	State  State
	// Limit is the greatest number of messages.
	Limit int
}

// Choice is a citizen's own wish for one ticket.
type Choice struct {
	Ticket  queue.TicketID
	Day     queue.Day
	Channel Channel
	Wanted  bool
}

// Table keeps messages for ever, and choices. Its methods are safe for
// concurrent use.
type Table interface {
	// AddMessages makes new messages durable, all or none, and leaves out those
	// whose ticket, event, call and channel it has.
	AddMessages(ctx context.Context, messages []Message) error
	// DueMessages returns pending messages that are due at now, oldest first.
	DueMessages(ctx context.Context, now queue.Time, limit int) ([]Message, error)
	// SaveMessages makes what changes on the way durable, all or none: state,
	// reason, provider, receipt, attempts, due, expires and changed.
	SaveMessages(ctx context.Context, messages []Message) error
	// SentMessages counts the messages of day that were handed over at least
	// once: those of the hall, and those to person.
	SentMessages(ctx context.Context, day queue.Day, person string) (hall, phone int, err error)
	// Message returns one by its id, or by a provider's receipt; ErrUnknown if
	// there is none.
	Message(ctx context.Context, id string) (Message, error)
	MessageByReceipt(ctx context.Context, receipt string) (Message, error)
	// Messages returns the newest first.
	Messages(ctx context.Context, f Filter) ([]Message, error)
	// ForgetPhones removes the numbers of days before day.
	ForgetPhones(ctx context.Context, day queue.Day) error
	// SetChoice replaces a choice; Choices are those of day.
	SetChoice(ctx context.Context, c Choice) error
	Choices(ctx context.Context, day queue.Day) ([]Choice, error)
}
