package queue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

// life is the transition table of the queue's rules, written down a second
// time: "verb→state".
var life = map[queue.TicketState]string{
	queue.Waiting:   "call→called delay→waiting cancel→cancelled",
	queue.Called:    "recall→called arrive→serving no-show→missed put-back→waiting park→parked",
	queue.Serving:   "finish→finished transfer→waiting park→parked",
	queue.Parked:    "resume→serving",
	queue.Missed:    "rejoin→waiting cancel→cancelled",
	queue.Finished:  "rate→finished",
	queue.Cancelled: "",
	queue.Expired:   "",
	queue.Closed:    "",
}

var verbs = []queue.Verb{
	queue.VerbCall, queue.VerbRecall, queue.VerbArrive, queue.VerbNoShow, queue.VerbPutBack, queue.VerbFinish,
	queue.VerbTransfer, queue.VerbPark, queue.VerbResume, queue.VerbRejoin, queue.VerbDelay, queue.VerbCancel, queue.VerbRate,
}

// inState returns a hall with ticket t1 in state and window 2 idle.
func inState(t *testing.T, state queue.TicketState) (*hall, *queue.Ticket) {
	t.Helper()
	h := newHall(t, allRules)
	ticket := h.take("tax")
	id := ticket.ID
	call := func(verbs ...queue.Verb) {
		h.do(queue.CallTicket{Window: "1", Ticket: id})
		h.pass(h.s.Config.Rules.RecallPause)
		for _, v := range verbs {
			h.verb(v, ticket)
		}
	}
	switch state {
	case queue.Waiting:
	case queue.Called:
		call()
	case queue.Serving:
		call(queue.VerbArrive)
	case queue.Missed:
		call(queue.VerbNoShow)
	case queue.Finished:
		call(queue.VerbArrive)
		h.do(queue.Finish{Ticket: id})
	case queue.Cancelled:
		h.do(queue.Cancel{Ticket: id})
	case queue.Expired:
		h.do(queue.EndDay{})
		h.signIn("2")
	case queue.Closed:
		call(queue.VerbArrive)
		h.do(queue.EndDay{})
		h.signIn("2")
	case queue.Parked:
		call(queue.VerbArrive)
		h.do(queue.Park{Ticket: id})
	}
	ticket = h.s.Tickets[id]
	if ticket.State != state {
		t.Fatalf("ticket is %s, want %s", ticket.State, state)
	}
	return h, ticket
}

func verbCommand(v queue.Verb, id queue.TicketID) queue.Command {
	switch v {
	case queue.VerbCall:
		return queue.CallTicket{Window: "2", Ticket: id}
	case queue.VerbFinish:
		return queue.Finish{Ticket: id}
	case queue.VerbCancel:
		return queue.Cancel{Ticket: id}
	case queue.VerbRate:
		return queue.Rate{Ticket: id, Score: 5}
	case queue.VerbTransfer:
		return queue.Transfer{Ticket: id, Service: "card"}
	case queue.VerbPark:
		return queue.Park{Ticket: id}
	case queue.VerbResume:
		return queue.Resume{Ticket: id, Window: "2"}
	case queue.VerbRejoin:
		return queue.Rejoin{Ticket: id}
	case queue.VerbDelay:
		return queue.Delay{Ticket: id, By: 10 * time.Minute}
	default:
		return queue.TicketCommand{Verb: v, Ticket: id}
	}
}

func TestEveryVerbInEveryState(t *testing.T) {
	if len(life) != len(queue.States()) {
		t.Fatalf("the table has %d states, the queue %d", len(life), len(queue.States()))
	}
	for _, state := range queue.States() {
		accepted := map[queue.Verb]queue.TicketState{}
		allowed := []queue.Verb{}
		for _, entry := range strings.Fields(life[state]) {
			verb, to, _ := strings.Cut(entry, "→")
			accepted[queue.Verb(verb)] = queue.TicketState(to)
			allowed = append(allowed, queue.Verb(verb))
		}
		slices.Sort(allowed)
		if got := queue.Allowed(state); !slices.Equal(got, allowed) {
			t.Errorf("%s offers %v, want %v", state, got, allowed)
		}
		for _, verb := range verbs {
			t.Run(string(state)+"/"+string(verb), func(t *testing.T) {
				h, ticket := inState(t, state)
				cmd := verbCommand(verb, ticket.ID)
				if to, ok := accepted[verb]; ok {
					h.do(cmd)
					if ticket.State != to {
						t.Errorf("%s led to %s, want %s", verb, ticket.State, to)
					}
					return
				}
				r := h.refusal(cmd, queue.Conflict, "ticket.wrong-state")
				if r.State != string(state) || !slices.Equal(r.Allowed, allowed) || r.Vars["verb"] != string(verb) {
					t.Errorf("refusal %+v, want state %s, allowed %v, verb %s", r, state, allowed, verb)
				}
			})
		}
	}
}

func TestVerbsThatAreNoneOfAClerks(t *testing.T) {
	for _, verb := range []queue.Verb{
		queue.VerbClose, queue.VerbReturn, queue.VerbCancel, queue.VerbFinish, queue.VerbTransfer, queue.VerbPark, queue.VerbResume,
		queue.VerbRejoin, queue.VerbDelay, "dance", "",
	} {
		for _, state := range queue.States() {
			h, ticket := inState(t, state)
			before := toJSON(t, h.s)
			if _, err := h.try(queue.TicketCommand{Verb: verb, Ticket: ticket.ID}); err == nil {
				t.Errorf("plain verb %q was accepted in state %s", verb, state)
			}
			if toJSON(t, h.s) != before {
				t.Errorf("plain verb %q changed a ticket in state %s", verb, state)
			}
		}
	}
}

func TestLiveStates(t *testing.T) {
	for _, s := range queue.States() {
		_, closes := queue.Next(s, queue.VerbClose)
		if s.Live() != (closes && s != queue.Missed) {
			t.Errorf("%s: live %v, closed by the day's end %v", s, s.Live(), closes)
		}
	}
}

func TestNothingWorksBeforeTheHallIsConfigured(t *testing.T) {
	h := &hall{t: t, s: queue.NewState(), now: morning}
	for _, cmd := range []queue.Command{
		queue.TakeTicket{ID: "x", Service: "tax", Channel: "name"}, queue.CallNext{Window: "1"}, queue.Tick{}, queue.EndDay{Open: true},
	} {
		h.refuse(cmd, queue.Unavailable, "hall.not-configured")
	}
	if queue.DayOver(h.s, h.now) {
		t.Error("a hall without a day is over")
	}
}

type strange struct{}

func (strange) Name() string { return "strange.command" }

func TestAnUnknownCommandIsAnError(t *testing.T) {
	h := newHall(t)
	_, err := h.try(strange{})
	var r *queue.Refusal
	if err == nil || errors.As(err, &r) {
		t.Errorf("got %v, want an error that isn't a refusal", err)
	}
}

func TestRefusalsReadWell(t *testing.T) {
	r := queue.Refuse(queue.Conflict, "ticket.wrong-state", "number", "A001", "odd")
	r.State = "called"
	if got, want := r.Error(), "refused: ticket.wrong-state in state called map[number:A001]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
