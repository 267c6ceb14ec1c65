package queue

import "fmt"

// Kind tells a transport what sort of refusal it is.
type Kind int

// The kinds of refusals.
const (
	// Invalid input: a value that no state would accept.
	Invalid Kind = iota + 1
	// NotFound names something that isn't there.
	NotFound
	// Conflict with the present state.
	Conflict
	// Forbidden for whoever asked.
	Forbidden
	// Unavailable now, through no fault of the asker.
	Unavailable
)

// Refusal is the answer to a command that changed nothing.
type Refusal struct {
	Kind Kind
	// Code is stable, for machines and translations: ticket.wrong-state.
	Code string
	// State is the state of the ticket or window that was named.
	State string
	// Allowed are the verbs that would be accepted in that state.
	Allowed []Verb
	// Vars fill the sentence that people read, such as number or staff.
	Vars map[string]string
}

// Error implements error, in English for logs.
func (r *Refusal) Error() string {
	msg := "refused: " + r.Code
	if r.State != "" {
		msg += " in state " + r.State
	}
	if len(r.Vars) > 0 {
		msg += fmt.Sprintf(" %v", r.Vars)
	}
	return msg
}

// Refuse returns a refusal; vars are pairs of name and value.
func Refuse(kind Kind, code string, vars ...string) *Refusal {
	r := &Refusal{Kind: kind, Code: code}
	for i := 0; i+1 < len(vars); i += 2 {
		if r.Vars == nil {
			r.Vars = make(map[string]string, len(vars)/2)
		}
		r.Vars[vars[i]] = vars[i+1]
	}
	return r
}
