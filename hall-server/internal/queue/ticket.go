package queue

import (
	"fmt"
	"slices"
	"time"
)

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
	// Since is when its seniority begins: the taking, for one that rejoined the
	// rejoining.
	Since Time `json:"since"`
	// Due is the target time by which it should be called.
	Due Time `json:"due"`
	// Slot is when the booked time of an appointment begins; 0 for walk-ins and
	// for those who came too late.
	Slot Time `json:"slot,omitempty"`
	// Appointment is the one it was taken for.
	Appointment AppointmentID `json:"appointment,omitempty"`
	// For is the window it was transferred to: nobody else calls it while that
	// has a clerk.
	For WindowID `json:"for,omitempty"`
	// NotBefore is until when the citizen asked for time.
	NotBefore Time `json:"notBefore,omitempty"`
	// Silent calls use no loudspeaker.
	Silent bool `json:"silent,omitempty"`
	// Offline tickets were given by a kiosk on its own.
	Offline bool `json:"offline,omitempty"`
	// Rejoins and Delays count how often it did either.
	Rejoins int `json:"rejoins,omitempty"`
	Delays  int `json:"delays,omitempty"`
	// Copies counts reprints.
	Copies int `json:"copies,omitempty"`
	// Parked says why it is parked, Until when it returns by itself; 0 is never.
	Parked string `json:"parked,omitempty"`
	Until  Time   `json:"until,omitempty"`
	// Stage is the period at which the present service's part begins: transfers
	// move it.
	Stage int `json:"stage,omitempty"`
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
	// CalledAt is the latest first call, LastCall the latest call or recall,
	// Started the beginning of the present service.
	CalledAt Time    `json:"calledAt,omitempty"`
	LastCall Time    `json:"lastCall,omitempty"`
	Started  Time    `json:"started,omitempty"`
	Ended    Time    `json:"ended,omitempty"`
	Reason   *Reason `json:"reason,omitempty"`
	Result   string  `json:"result,omitempty"`
	// Score is the rating, 1 to 5; 0 means not rated.
	Score int `json:"score,omitempty"`
	// Notes are what clerks wrote about the visit, oldest first.
	Notes []Remark `json:"notes,omitempty"`
	// Seen are the materials that clerks have seen, as the service names them.
	Seen []string `json:"seen,omitempty"`
	// Print is the outcome of its latest print job.
	Print string `json:"print,omitempty"`
	Acks  []Ack  `json:"acks,omitempty"`
	// Inaccurate marks a visit that the day's end closed.
	Inaccurate bool `json:"inaccurate,omitempty"`
	// Periods are the chain of what happened; waits and service times are sums
	// of them.
	Periods []Period `json:"periods,omitempty"`
}

// Remark is what a clerk wrote about a visit.
type Remark struct {
	Window WindowID `json:"window"`
	Clerk  StaffID  `json:"clerk"`
	Text   string   `json:"text"`
	At     Time     `json:"at"`
}

// Period is a stretch of a visit in one state.
type Period struct {
	State   TicketState `json:"state"`
	Service ServiceID   `json:"service,omitempty"`
	Window  WindowID    `json:"window,omitempty"`
	Clerk   StaffID     `json:"clerk,omitempty"`
	From    Time        `json:"from"`
	// To is 0 while the period goes on.
	To Time `json:"to,omitempty"`
}

// Person is what the queue knows of a holder: a keyed hash to recognise, and
// masked forms to show.
type Person struct {
	Key   string `json:"key,omitempty"`
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	// Sealed is the phone number, encrypted, for messages.
	Sealed string `json:"sealed,omitempty"`
}

// Channel is the way a ticket was taken.
type Channel string

// Channels are the ways to take a ticket.
var Channels = []Channel{"card", "phone", "name", ChannelAppointment, "mobile", "staff"}

// ChannelAppointment is the channel of a booked visit.
const ChannelAppointment Channel = "appointment"

// Promise is the wait that was shown or printed.
type Promise struct {
	// Ahead is how many people were to be called before.
	Ahead int `json:"ahead"`
	// Minutes is the expected wait; -1 means that no window was open.
	Minutes int `json:"minutes"`
	// Low and High are the range that was told, in minutes; both 0 if none was.
	Low  int `json:"low,omitempty"`
	High int `json:"high,omitempty"`
}

// Reason says why a ticket was called.
type Reason struct {
	Strategy StrategyKind `json:"strategy"`
	Rule     Rule         `json:"rule"`
	// Class had the turn, by ratio only.
	Class string `json:"class,omitempty"`
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
	RuleDue     Rule = "due"     // earliest target time
	RuleSlot    Rule = "slot"    // booked for now
	RuleBound   Rule = "bound"   // overtaken as often as may be
	RuleRatio   Rule = "ratio"   // its class has the turn
	RuleStrict  Rule = "strict"  // first service that has anybody
	RuleLongest Rule = "longest" // most seniority
	RuleHelp    Rule = "help"    // nobody waits for the window's own services
	RuleByHand  Rule = "by-hand" // the clerk picked
)

// Ack is a channel's word that a call was shown.
type Ack struct {
	Call    string `json:"call"`
	Channel string `json:"channel"`
	Device  string `json:"device"`
	Failed  string `json:"failed,omitempty"`
	At      Time   `json:"at"`
}

// CallID is the id of t's latest call or recall.
func (t *Ticket) CallID() string {
	if t.Calls == 0 {
		return ""
	}
	return fmt.Sprintf("%s.%d", t.ID, t.Calls)
}

// before orders waiting tickets by target time, then by seniority.
func (t *Ticket) before(o *Ticket) bool {
	if t.Due != o.Due {
		return t.Due < o.Due
	}
	return t.senior(o)
}

// senior tells whether t came before o.
func (t *Ticket) senior(o *Ticket) bool {
	if t.Since != o.Since {
		return t.Since < o.Since
	}
	if t.Arrival != o.Arrival {
		return t.Arrival < o.Arrival
	}
	return t.ID < o.ID // in plays of the queue only
}

// booked tells whether t stands with the appointments.
func (t *Ticket) booked() bool { return t.Slot != 0 }

// Waited is how long the holder of t has waited for the present service until
// now: the sum of waiting and called periods.
func (t *Ticket) Waited(now Time) time.Duration { return spent(t.stage(), now, Waiting, Called) }

// Served is how long the present service has taken until now.
func (t *Ticket) Served(now Time) time.Duration { return spent(t.stage(), now, Serving) }

// stage are the periods of the present service.
func (t *Ticket) stage() []Period { return t.Periods[max(0, min(t.Stage, len(t.Periods))):] }

// spent sums the periods in states until now.
func spent(periods []Period, now Time, states ...TicketState) time.Duration {
	var sum Time
	for _, p := range periods {
		if !slices.Contains(states, p.State) {
			continue
		}
		if p.To == 0 {
			p.To = max(now, p.From)
		}
		sum += p.To - p.From
	}
	return sum.Sub(0)
}
