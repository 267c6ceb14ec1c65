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
	VerbDelay    Verb = "delay"
	VerbReturn   Verb = "return"
	VerbCancel   Verb = "cancel"
	VerbClose    Verb = "close"
	VerbRate     Verb = "rate"
)

// transitions is the whole life of a ticket: what each state accepts and where
// it leads. Rate changes no state; return is what resuming without a window
// and a deadline do.
var transitions = map[TicketState]map[Verb]TicketState{
	Waiting:  {VerbCall: Called, VerbDelay: Waiting, VerbCancel: Cancelled, VerbClose: Expired},
	Called:   {VerbRecall: Called, VerbArrive: Serving, VerbNoShow: Missed, VerbPutBack: Waiting, VerbPark: Parked, VerbClose: Expired},
	Serving:  {VerbFinish: Finished, VerbTransfer: Waiting, VerbPark: Parked, VerbClose: Closed},
	Parked:   {VerbResume: Serving, VerbReturn: Waiting, VerbClose: Closed},
	Missed:   {VerbRejoin: Waiting, VerbCancel: Cancelled, VerbClose: Expired},
	Finished: {VerbRate: Finished},
}

// Next returns the state that verb leads to from s, and whether s accepts it.
func Next(s TicketState, verb Verb) (TicketState, bool) {
	to, ok := transitions[s][verb]
	return to, ok
}

// Allowed lists the verbs that people may use on a ticket in state s, sorted.
func Allowed(s TicketState) []Verb { return slices.Clone(allowed[s]) }

// allowed is what Allowed returns for each state.
var allowed = func() map[TicketState][]Verb {
	out := make(map[TicketState][]Verb, len(transitions))
	for s, verbs := range transitions {
		for v := range verbs {
			if v != VerbClose && v != VerbReturn {
				out[s] = append(out[s], v)
			}
		}
		slices.Sort(out[s])
	}
	return out
}()

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
	if _, ok := Next(t.State, verb); ok {
		return nil
	}
	return t.refuse(Conflict, "ticket.wrong-state", "verb", string(verb))
}

// refuse is a refusal that names t, its state and what that allows.
func (t *Ticket) refuse(kind Kind, code string, vars ...string) *Refusal {
	r := Refuse(kind, code, append(vars, "number", t.Number)...)
	r.State, r.Allowed = string(t.State), t.Allowed()
	return r
}
