package queue

import "slices"

// TicketState is where a ticket is in its life.
type TicketState string

// The states of a ticket. The last four are final.
const (
	Waiting   TicketState = "waiting"
	Called    TicketState = "called"
	Serving   TicketState = "serving"
	Parked    TicketState = "parked"
	Missed    TicketState = "missed"
	Finished  TicketState = "finished"
	Cancelled TicketState = "cancelled"
	Expired   TicketState = "expired"
	Closed    TicketState = "closed"
)

// States lists every state, for checks of database constraints and pages.
func States() []TicketState {
	return []TicketState{Waiting, Called, Serving, Parked, Missed, Finished, Cancelled, Expired, Closed}
}

// Live tells whether the visit is still going on.
func (s TicketState) Live() bool {
	return s == Waiting || s == Called || s == Serving || s == Parked
}

// Verb is what a command does to a ticket, in the words that staff use.
type Verb string

// The verbs.
const (
	VerbCall     Verb = "call"
	VerbRecall   Verb = "recall"
	VerbArrive   Verb = "arrive"
	VerbNoShow   Verb = "no-show"
	VerbPutBack  Verb = "put-back"
	VerbFinish   Verb = "finish"
	VerbTransfer Verb = "transfer"
	VerbPark     Verb = "park"
	VerbResume   Verb = "resume"
	VerbRejoin   Verb = "rejoin"
	VerbCancel   Verb = "cancel"
	VerbClose    Verb = "close"
	VerbRate     Verb = "rate"
)

// transitions is the whole life of a ticket: what each state accepts and where
// it leads. Rate changes no state.
var transitions = map[TicketState]map[Verb]TicketState{
	Waiting:  {VerbCall: Called, VerbCancel: Cancelled, VerbClose: Expired},
	Called:   {VerbRecall: Called, VerbArrive: Serving, VerbNoShow: Missed, VerbPutBack: Waiting, VerbPark: Parked, VerbClose: Expired},
	Serving:  {VerbFinish: Finished, VerbTransfer: Waiting, VerbPark: Parked, VerbClose: Closed},
	Parked:   {VerbResume: Serving, VerbClose: Closed},
	Missed:   {VerbRejoin: Waiting, VerbCancel: Cancelled, VerbClose: Expired},
	Finished: {VerbRate: Finished},
}

// later are verbs that the table has and the rules don't carry yet. They are
// refused as verb.unavailable and never offered.
var later = []Verb{VerbTransfer, VerbPark, VerbResume, VerbRejoin}

// Next returns the state that verb leads to from s, and whether s accepts it.
func Next(s TicketState, verb Verb) (TicketState, bool) {
	to, ok := transitions[s][verb]
	return to, ok
}

// Allowed lists the verbs that people may use on a ticket in state s, sorted.
func Allowed(s TicketState) []Verb {
	verbs := make([]Verb, 0, len(transitions[s]))
	for v := range transitions[s] {
		if v != VerbClose && !slices.Contains(later, v) {
			verbs = append(verbs, v)
		}
	}
	slices.Sort(verbs)
	return verbs
}

// Allowed lists the verbs that people may use on t now, sorted.
func (t *Ticket) Allowed() []Verb {
	verbs := Allowed(t.State)
	if t.Score != 0 {
		verbs = slices.DeleteFunc(verbs, func(v Verb) bool { return v == VerbRate })
	}
	return verbs
}

// may refuses verb unless t's state accepts it.
func (t *Ticket) may(verb Verb) error {
	_, ok := Next(t.State, verb)
	if ok && !slices.Contains(later, verb) {
		return nil
	}
	r := Refuse(Conflict, "ticket.wrong-state", "number", t.Number, "verb", string(verb))
	if ok {
		r.Code = "verb.unavailable"
	}
	r.State, r.Allowed = string(t.State), Allowed(t.State)
	return r
}
