package queue

import (
	"encoding/json"
	"fmt"
)

// Event is something that happened. Events are kept for ever: fields are added,
// never re-meant.
type Event interface {
	// Type is noun.verb in the past tense.
	Type() string
}

// The events.
type (
	// TicketTaken begins a visit.
	TicketTaken struct {
		Ticket   TicketID  `json:"ticket"`
		Number   string    `json:"number"`
		Series   SeriesID  `json:"series"`
		Serial   int       `json:"serial"`
		Service  ServiceID `json:"service"`
		Channel  Channel   `json:"channel"`
		Person   Person    `json:"person,omitzero"`
		Priority string    `json:"priority,omitempty"`
		Due      Time      `json:"due"`
		Kiosk    string    `json:"kiosk,omitempty"`
		Promise  Promise   `json:"promise"`
		Zone     string    `json:"zone,omitempty"`
		// Slot is when a booked time begins, Appointment whose it is.
		Slot        Time          `json:"slot,omitempty"`
		Appointment AppointmentID `json:"appointment,omitempty"`
		Silent      bool          `json:"silent,omitempty"`
		// Authoriser vouched for Priority.
		Authoriser StaffID `json:"authoriser,omitempty"`
		// Exceed is why it was given beyond the quotas.
		Exceed string `json:"exceed,omitempty"`
		// Offline tickets were given by Kiosk on its own, at Taken.
		Offline bool `json:"offline,omitempty"`
		Taken   Time `json:"taken,omitempty"`
	}
	// TicketCalled is the first call of a waiting ticket.
	TicketCalled struct {
		Ticket TicketID `json:"ticket"`
		Window WindowID `json:"window"`
		Clerk  StaffID  `json:"clerk"`
		Reason Reason   `json:"reason"`
		// Turns are the window's new credits of a ratio.
		Turns map[string]int `json:"turns,omitempty"`
	}
	// TicketRecalled repeats it.
	TicketRecalled struct {
		Ticket TicketID `json:"ticket"`
	}
	// ServiceStarted ends the wait: the citizen is at the window.
	ServiceStarted struct {
		Ticket TicketID `json:"ticket"`
	}
	// TicketMissed is a no-show; Auto tells that time decided.
	TicketMissed struct {
		Ticket TicketID `json:"ticket"`
		Auto   bool     `json:"auto,omitempty"`
	}
	// TicketPutBack returns a called ticket to its old place.
	TicketPutBack struct {
		Ticket TicketID `json:"ticket"`
		Window WindowID `json:"window"`
	}
	// ServiceFinished ends the visit and opens the evaluation.
	ServiceFinished struct {
		Ticket TicketID `json:"ticket"`
		Result string   `json:"result,omitempty"`
	}
	// TicketCancelled gives it up.
	TicketCancelled struct {
		Ticket TicketID `json:"ticket"`
		Reason string   `json:"reason,omitempty"`
	}
	// TicketTransferred hands it on; From had it, For is to go on with it.
	TicketTransferred struct {
		Ticket  TicketID  `json:"ticket"`
		Service ServiceID `json:"service"`
		From    WindowID  `json:"from"`
		For     WindowID  `json:"for,omitempty"`
		Due     Time      `json:"due"`
		Since   Time      `json:"since"`
		Reason  string    `json:"reason,omitempty"`
	}
	// TicketParked frees the window and keeps the visit.
	TicketParked struct {
		Ticket TicketID `json:"ticket"`
		Window WindowID `json:"window"`
		Reason string   `json:"reason,omitempty"`
		Until  Time     `json:"until,omitempty"`
	}
	// TicketResumed goes on with a parked one.
	TicketResumed struct {
		Ticket TicketID `json:"ticket"`
		Window WindowID `json:"window"`
		Clerk  StaffID  `json:"clerk"`
	}
	// TicketReturned puts a parked one back into its old place; Auto tells that
	// its time was over.
	TicketReturned struct {
		Ticket TicketID `json:"ticket"`
		Auto   bool     `json:"auto,omitempty"`
	}
	// TicketRejoined gives a missed one another chance.
	TicketRejoined struct {
		Ticket TicketID `json:"ticket"`
		Due    Time     `json:"due"`
		Since  Time     `json:"since"`
		By     string   `json:"by,omitempty"`
	}
	// TicketDelayed grants somebody who waits the time asked for.
	TicketDelayed struct {
		Ticket TicketID `json:"ticket"`
		Until  Time     `json:"until"`
		Due    Time     `json:"due"`
		Since  Time     `json:"since"`
	}
	// TicketNoted keeps a clerk's remark with the visit.
	TicketNoted struct {
		Ticket TicketID `json:"ticket"`
		Window WindowID `json:"window"`
		Clerk  StaffID  `json:"clerk"`
		Text   string   `json:"text"`
	}
	// MaterialsSeen says which materials of the visit have been seen by now: all
	// of them, so that a tick taken back is one that is missing.
	MaterialsSeen struct {
		Ticket TicketID `json:"ticket"`
		Window WindowID `json:"window"`
		Clerk  StaffID  `json:"clerk"`
		Seen   []string `json:"seen"`
	}
	// TicketReprinted orders a copy of the paper.
	TicketReprinted struct {
		Ticket TicketID `json:"ticket"`
		Copy   int      `json:"copy"`
		Kiosk  string   `json:"kiosk"`
	}
	// AppointmentsPut adds appointments or changes those not used yet.
	AppointmentsPut struct {
		List []Appointment `json:"list"`
	}
	// AppointmentEnded says what became of one.
	AppointmentEnded struct {
		Appointment AppointmentID    `json:"appointment"`
		State       AppointmentState `json:"state"`
		Reason      string           `json:"reason,omitempty"`
	}
	// StrategyChanged sets how windows choose; none means all.
	StrategyChanged struct {
		Windows  []WindowID `json:"windows,omitempty"`
		Strategy *Strategy  `json:"strategy,omitempty"`
	}
	// TicketExpired is what the day's end does to those never served.
	TicketExpired struct {
		Ticket TicketID `json:"ticket"`
	}
	// TicketClosed is what it does to those still in service.
	TicketClosed struct {
		Ticket TicketID `json:"ticket"`
	}
	// ServiceRated is the citizen's rating.
	ServiceRated struct {
		Ticket TicketID `json:"ticket"`
		Score  int      `json:"score"`
		Via    string   `json:"via,omitempty"`
	}
	// TicketPrinted is the outcome of a print job, good or bad.
	TicketPrinted struct {
		Ticket  TicketID `json:"ticket"`
		Job     string   `json:"job"`
		Outcome string   `json:"outcome"`
		Device  string   `json:"device,omitempty"`
	}
	// CallAcknowledged is one channel's acknowledgement of a call.
	CallAcknowledged struct {
		Ticket  TicketID `json:"ticket"`
		Call    string   `json:"call"`
		Channel string   `json:"channel"`
		Device  string   `json:"device"`
		Failed  string   `json:"failed,omitempty"`
	}
	// WindowSignedIn opens a window.
	WindowSignedIn struct {
		Window    WindowID `json:"window"`
		Staff     StaffID  `json:"staff"`
		StaffName string   `json:"staffName"`
	}
	// WindowSignedOut closes it.
	WindowSignedOut struct {
		Window WindowID `json:"window"`
		DayEnd bool     `json:"dayEnd,omitempty"`
	}
	// WindowPaused suspends it.
	WindowPaused struct {
		Window WindowID `json:"window"`
		Text   string   `json:"text"`
	}
	// WindowContinued ends the pause.
	WindowContinued struct {
		Window WindowID `json:"window"`
	}
	// HallConfigured replaces the configuration.
	HallConfigured struct {
		Config Config `json:"config"`
	}
	// DayEnded closes a business day.
	DayEnded struct {
		Day Day `json:"day"`
	}
	// DayOpened begins one: yesterday's tickets leave the state, numbers restart,
	// or go on at Next if the day had been open before.
	DayOpened struct {
		Day  Day              `json:"day"`
		Next map[SeriesID]int `json:"next,omitempty"`
	}
	// ClockAccepted lets time run on from an earlier instant: somebody confirmed
	// that the clock, and not the log, is right.
	ClockAccepted struct {
		From Time `json:"from"`
		To   Time `json:"to"`
	}
)

// Type implements Event.
func (TicketTaken) Type() string       { return "ticket.taken" }
func (TicketCalled) Type() string      { return "ticket.called" }
func (TicketRecalled) Type() string    { return "ticket.recalled" }
func (ServiceStarted) Type() string    { return "service.started" }
func (TicketMissed) Type() string      { return "ticket.missed" }
func (TicketPutBack) Type() string     { return "ticket.putBack" }
func (ServiceFinished) Type() string   { return "service.finished" }
func (TicketCancelled) Type() string   { return "ticket.cancelled" }
func (TicketExpired) Type() string     { return "ticket.expired" }
func (TicketClosed) Type() string      { return "ticket.closed" }
func (ServiceRated) Type() string      { return "service.rated" }
func (TicketPrinted) Type() string     { return "ticket.printed" }
func (CallAcknowledged) Type() string  { return "call.acknowledged" }
func (WindowSignedIn) Type() string    { return "window.signedIn" }
func (WindowSignedOut) Type() string   { return "window.signedOut" }
func (WindowPaused) Type() string      { return "window.paused" }
func (WindowContinued) Type() string   { return "window.continued" }
func (HallConfigured) Type() string    { return "hall.configured" }
func (DayEnded) Type() string          { return "day.ended" }
func (DayOpened) Type() string         { return "day.opened" }
func (ClockAccepted) Type() string     { return "clock.accepted" }
func (TicketTransferred) Type() string { return "ticket.transferred" }
func (TicketParked) Type() string      { return "ticket.parked" }
func (TicketResumed) Type() string     { return "ticket.resumed" }
func (TicketReturned) Type() string    { return "ticket.returned" }
func (TicketRejoined) Type() string    { return "ticket.rejoined" }
func (TicketDelayed) Type() string     { return "ticket.delayed" }
func (TicketNoted) Type() string       { return "ticket.noted" }
func (MaterialsSeen) Type() string     { return "ticket.materialsSeen" }
func (TicketReprinted) Type() string   { return "ticket.reprinted" }
func (AppointmentsPut) Type() string   { return "appointments.put" }
func (AppointmentEnded) Type() string  { return "appointment.ended" }
func (StrategyChanged) Type() string   { return "strategy.changed" }

// decoders make the event of a type from its JSON.
var decoders = map[string]func(json.RawMessage) (Event, error){}

func init() {
	register[TicketTaken]()
	register[TicketCalled]()
	register[TicketRecalled]()
	register[ServiceStarted]()
	register[TicketMissed]()
	register[TicketPutBack]()
	register[ServiceFinished]()
	register[TicketCancelled]()
	register[TicketExpired]()
	register[TicketClosed]()
	register[ServiceRated]()
	register[TicketPrinted]()
	register[CallAcknowledged]()
	register[WindowSignedIn]()
	register[WindowSignedOut]()
	register[WindowPaused]()
	register[WindowContinued]()
	register[HallConfigured]()
	register[DayEnded]()
	register[DayOpened]()
	register[ClockAccepted]()
	register[TicketTransferred]()
	register[TicketParked]()
	register[TicketResumed]()
	register[TicketReturned]()
	register[TicketRejoined]()
	register[TicketDelayed]()
	register[TicketNoted]()
	register[MaterialsSeen]()
	register[TicketReprinted]()
	register[AppointmentsPut]()
	register[AppointmentEnded]()
	register[StrategyChanged]()
}

func register[E Event]() {
	var zero E
	decoders[zero.Type()] = func(raw json.RawMessage) (Event, error) {
		var e E
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		return e, nil
	}
}

// Events is a list of events with a JSON form: [{"type":…,"body":{…}}].
type Events []Event

type encoded struct {
	Type string `json:"type"`
	Body any    `json:"body"`
}

// MarshalJSON implements json.Marshaler.
func (es Events) MarshalJSON() ([]byte, error) {
	out := make([]encoded, len(es))
	for i, e := range es {
		out[i] = encoded{e.Type(), e}
	}
	return json.Marshal(out)
}

// UnmarshalJSON implements json.Unmarshaler. An unknown type is an error: a log
// that can't be read whole must not be continued.
func (es *Events) UnmarshalJSON(data []byte) error {
	var raws []struct {
		Type string          `json:"type"`
		Body json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(data, &raws); err != nil {
		return fmt.Errorf("decode events: %w", err)
	}
	out := make(Events, 0, len(raws))
	for _, raw := range raws {
		decode, ok := decoders[raw.Type]
		if !ok {
			return fmt.Errorf("decode events: unknown type %q", raw.Type)
		}
		e, err := decode(raw.Body)
		if err != nil {
			return fmt.Errorf("decode event %s: %w", raw.Type, err)
		}
		out = append(out, e)
	}
	*es = out
	return nil
}

// TicketOf returns the ticket that e is about, or "".
func TicketOf(e Event) TicketID {
	switch e := e.(type) {
	case TicketTaken:
		return e.Ticket
	case TicketCalled:
		return e.Ticket
	case TicketRecalled:
		return e.Ticket
	case ServiceStarted:
		return e.Ticket
	case TicketMissed:
		return e.Ticket
	case TicketPutBack:
		return e.Ticket
	case ServiceFinished:
		return e.Ticket
	case TicketCancelled:
		return e.Ticket
	case TicketExpired:
		return e.Ticket
	case TicketClosed:
		return e.Ticket
	case ServiceRated:
		return e.Ticket
	case TicketPrinted:
		return e.Ticket
	case CallAcknowledged:
		return e.Ticket
	case TicketTransferred:
		return e.Ticket
	case TicketParked:
		return e.Ticket
	case TicketResumed:
		return e.Ticket
	case TicketReturned:
		return e.Ticket
	case TicketRejoined:
		return e.Ticket
	case TicketDelayed:
		return e.Ticket
	case TicketNoted:
		return e.Ticket
	case MaterialsSeen:
		return e.Ticket
	case TicketReprinted:
		return e.Ticket
	}
	return ""
}
