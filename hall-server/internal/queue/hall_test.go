package queue_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/queue"
)

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// logged is an event with its time, as the log has it.
type logged struct {
	event queue.Event
	at    queue.Time
}

// hall drives a State as its owner does and checks with every command that
// Decide changed nothing.
type hall struct {
	t   fataler
	s   *queue.State
	now queue.Time
	log []logged
	ids int
	// brisk leaves out the check that Decide changed nothing, which costs much.
	brisk bool
}

// morning is 09:00 in Shanghai on a Monday.
var morning = queue.TimeOf(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))

// config is a small hall: tax and cards share series A, window 1 serves both,
// window 2 tax only, window 3 licences only.
func config() queue.Config {
	return queue.Config{
		TimeZone: "Asia/Shanghai",
		CutOff:   4 * time.Hour,
		Series: []queue.Series{
			{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 999},
			{ID: "b", Prefix: "B", Digits: 3, First: 1, Last: 999},
		},
		Services: []queue.Service{
			{ID: "tax", Series: "a", Target: 20 * time.Minute, Expected: 8 * time.Minute},
			{ID: "card", Series: "a", Target: 10 * time.Minute, Expected: 5 * time.Minute},
			{ID: "licence", Series: "b", Target: 20 * time.Minute, Expected: 12 * time.Minute},
		},
		Windows: []queue.WindowConfig{
			{ID: "1", Services: []queue.ServiceID{"tax", "card"}},
			{ID: "2", Services: []queue.ServiceID{"tax"}},
			{ID: "3", Services: []queue.ServiceID{"licence"}},
		},
		Priorities: []queue.PriorityConfig{{ID: "elderly", Shorten: 10 * time.Minute}},
		Rules: queue.Rules{
			RecallLimit: 3, RecallPause: 10 * time.Second, Overtaking: 10,
			OneLiveTicket: true, PauseLimit: 30 * time.Minute,
		},
	}
}

// newHall opens a hall in the morning. Clerks sit at windows 1 to 3.
func newHall(t fataler, edit ...func(*queue.Config)) *hall {
	t.Helper()
	conf := config()
	for _, f := range edit {
		f(&conf)
	}
	h := &hall{t: t, s: queue.NewState(), now: morning}
	h.do(queue.Configure{Config: conf})
	for _, w := range conf.Windows {
		if !w.Disabled {
			h.signIn(w.ID)
		}
	}
	return h
}

func (h *hall) signIn(w queue.WindowID) {
	h.t.Helper()
	h.do(queue.SignIn{Window: w, Staff: queue.StaffID("clerk-" + w), StaffName: "Clerk " + string(w)})
}

func (h *hall) pass(d time.Duration) { h.now = h.now.Add(d) }

func toJSON(t fataler, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encode %T: %v", v, err)
	}
	return string(data)
}

// try decides cmd, checks that this changed nothing and gives the same answer
// again, and applies the events.
func (h *hall) try(cmd queue.Command) ([]queue.Event, error) {
	h.t.Helper()
	events, err := h.decide(cmd)
	if c, ok := cmd.(queue.CallNext); ok && err == nil {
		h.foretold(c.Window, events)
	}
	if err != nil && len(events) > 0 {
		h.t.Fatalf("%s was refused (%v) and still has events", cmd.Name(), err)
	}
	for _, e := range events {
		if err := queue.Apply(h.s, e, h.now); err != nil {
			h.t.Fatalf("apply %s: %v", e.Type(), err)
		}
		h.log = append(h.log, logged{e, h.now})
	}
	return events, err
}

// foretold checks that whom a window calls next is whom it was said to call, for
// the same reason.
func (h *hall) foretold(window queue.WindowID, events []queue.Event) {
	h.t.Helper()
	next, why := h.s.WouldCall(window, h.now)
	if len(events) == 0 {
		if next != "" {
			h.t.Fatalf("%s was to be called next at %s, and nobody was", next, window)
		}
		return
	}
	if called := events[0].(queue.TicketCalled); called.Ticket != next || called.Reason != why {
		h.t.Fatalf("%s was to be called next at %s by %+v, called was %s by %+v", next, window, why, called.Ticket, called.Reason)
	}
}

// decide decides cmd, twice unless brisk.
func (h *hall) decide(cmd queue.Command) ([]queue.Event, error) {
	h.t.Helper()
	if h.brisk {
		return queue.Decide(h.s, cmd, h.now)
	}
	before := toJSON(h.t, h.s)
	events, err := queue.Decide(h.s, cmd, h.now)
	again, errAgain := queue.Decide(h.s, cmd, h.now)
	if after := toJSON(h.t, h.s); after != before {
		h.t.Fatalf("deciding %s changed the state:\n%s", cmd.Name(), cmp.Diff(before, after))
	}
	if a, b := toJSON(h.t, queue.Events(events)), toJSON(h.t, queue.Events(again)); a != b || fmt.Sprint(err) != fmt.Sprint(errAgain) {
		h.t.Fatalf("%s was decided in two ways: %s, %v and %s, %v", cmd.Name(), a, err, b, errAgain)
	}
	return events, err
}

// do is try for commands that must be accepted.
func (h *hall) do(cmd queue.Command) []queue.Event {
	h.t.Helper()
	events, err := h.try(cmd)
	if err != nil {
		h.t.Fatalf("%s: %v", cmd.Name(), err)
	}
	return events
}

// refuse checks that cmd is refused with code.
func (h *hall) refuse(cmd queue.Command, kind queue.Kind, code string) {
	h.t.Helper()
	_ = h.refusal(cmd, kind, code)
}

// refusal is refuse for those who look closer.
func (h *hall) refusal(cmd queue.Command, kind queue.Kind, code string) *queue.Refusal {
	h.t.Helper()
	events, err := h.try(cmd)
	var r *queue.Refusal
	if !errors.As(err, &r) {
		h.t.Fatalf("%s gave %d events and %v, want refusal %s", cmd.Name(), len(events), err, code)
	}
	if r.Code != code || r.Kind != kind {
		h.t.Errorf("%s was refused with %s (kind %d), want %s (kind %d)", cmd.Name(), r.Code, r.Kind, code, kind)
	}
	return r
}

// nothing checks that cmd is accepted and changes nothing.
func (h *hall) nothing(cmd queue.Command) {
	h.t.Helper()
	if events := h.do(cmd); len(events) > 0 {
		h.t.Errorf("%s gave %s, want nothing", cmd.Name(), toJSON(h.t, queue.Events(events)))
	}
}

// id makes a new ticket id.
func (h *hall) id() queue.TicketID {
	h.ids++
	return queue.TicketID(fmt.Sprintf("t%d", h.ids))
}

// take takes a ticket for an unknown person.
func (h *hall) take(service queue.ServiceID, edit ...func(*queue.TakeTicket)) *queue.Ticket {
	h.t.Helper()
	cmd := queue.TakeTicket{ID: h.id(), Service: service, Channel: "name"}
	for _, f := range edit {
		f(&cmd)
	}
	h.do(cmd)
	return h.s.Tickets[cmd.ID]
}

func (h *hall) takeFor(person string) queue.TakeTicket {
	return queue.TakeTicket{ID: h.id(), Service: "tax", Channel: "card", Person: queue.Person{Key: person}}
}

// callNext calls at w and returns who came, nil for nobody.
func (h *hall) callNext(w queue.WindowID) *queue.Ticket {
	h.t.Helper()
	if events := h.do(queue.CallNext{Window: w}); len(events) == 0 {
		return nil
	}
	return h.s.Tickets[h.s.Windows[w].Ticket]
}

// verb does a plain verb as a supervisor.
func (h *hall) verb(v queue.Verb, t *queue.Ticket) {
	h.t.Helper()
	h.do(queue.TicketCommand{Verb: v, Ticket: t.ID})
}

// serve takes a called ticket through to its end.
func (h *hall) serve(t *queue.Ticket) {
	h.t.Helper()
	h.verb(queue.VerbArrive, t)
	h.pass(time.Minute)
	h.do(queue.Finish{Ticket: t.ID, Window: t.Window})
}

func (h *hall) want(t *queue.Ticket, state queue.TicketState, window queue.WindowID) {
	h.t.Helper()
	if t.State != state || t.Window != window {
		h.t.Errorf("ticket %s is %s at window %q, want %s at %q", t.Number, t.State, t.Window, state, window)
	}
}

// wantCalls checks who the next calls at w bring, each served at once.
func (h *hall) wantCalls(w queue.WindowID, numbers ...string) {
	h.t.Helper()
	for _, want := range numbers {
		t := h.callNext(w)
		if t == nil {
			h.t.Fatalf("window %s called nobody, want %s", w, want)
		}
		if t.Number != want {
			h.t.Fatalf("window %s called %s, want %s", w, t.Number, want)
		}
		h.serve(t)
	}
}

// replay folds the log, through its JSON form, onto an empty state.
func (h *hall) replay() *queue.State {
	h.t.Helper()
	s := queue.NewState()
	for _, l := range h.log {
		var back queue.Events
		if err := json.Unmarshal([]byte(toJSON(h.t, queue.Events{l.event})), &back); err != nil {
			h.t.Fatalf("decode own event: %v", err)
		}
		if err := queue.Apply(s, back[0], l.at); err != nil {
			h.t.Fatalf("replay: %v", err)
		}
	}
	return s
}

// restart goes on from a snapshot.
func (h *hall) restart() {
	h.t.Helper()
	s := queue.NewState()
	if err := json.Unmarshal([]byte(toJSON(h.t, h.s)), s); err != nil {
		h.t.Fatalf("restore own snapshot: %v", err)
	}
	h.s = s
}

// copied goes on with a clone; whatever happens to it must leave the original
// as it was.
func (h *hall) copied() (original *queue.State, before string) {
	h.t.Helper()
	original, before = h.s, toJSON(h.t, h.s)
	h.s = original.Clone()
	if got := toJSON(h.t, h.s); got != before {
		h.t.Fatalf("a clone is\n%s\nwant\n%s", got, before)
	}
	return original, before
}

func at(t *testing.T, text string) queue.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return queue.TimeOf(out)
}

// allRules turns on what config leaves out.
func allRules(c *queue.Config) {
	r := &c.Rules
	r.RejoinWithin, r.RejoinTimes, r.RejoinAfter = 30*time.Minute, 1, 3
	r.CheckInEarly, r.CheckInLate = 30*time.Minute, 10*time.Minute
	c.Series = append(c.Series, queue.Series{ID: "off", Prefix: "LA", Digits: 3, First: 1, Last: 99, Kiosk: "kiosk-1"})
}

// serving takes a ticket and brings it to w.
func (h *hall) serving(w queue.WindowID, service queue.ServiceID) *queue.Ticket {
	h.t.Helper()
	ticket := h.take(service)
	h.do(queue.CallTicket{Window: w, Ticket: ticket.ID})
	h.verb(queue.VerbArrive, ticket)
	return ticket
}

// bookFor books a slot for the holder of key id.
func (h *hall) bookFor(id string, service queue.ServiceID, from, to queue.Time) queue.AppointmentID {
	h.t.Helper()
	h.do(queue.BookAppointment{Appointment: queue.Appointment{
		ID: queue.AppointmentID(id), Service: service, From: from, To: to, Keys: []string{id}, Code: "code-" + id, Person: queue.Person{Key: id},
	}})
	return queue.AppointmentID(id)
}

// checkIn takes the ticket of an appointment.
func (h *hall) checkIn(id queue.AppointmentID) *queue.Ticket {
	h.t.Helper()
	ticket := h.id()
	h.do(queue.CheckIn{Appointment: id, ID: ticket})
	return h.s.Tickets[ticket]
}
