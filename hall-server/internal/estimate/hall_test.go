package estimate_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

var (
	_ fataler = (*testing.T)(nil)
	_ fataler = (*rapid.T)(nil)
)

// world is a hall with a model that sees its log.
type world struct {
	fataler
	s     *queue.State
	m     *estimate.Model
	now   queue.Time
	ids   int
	after func(queue.Event)
}

// twoServices is a hall of tax and card, with one window for each list of
// services.
func twoServices(windows ...[]queue.ServiceID) queue.Config {
	conf := queue.Config{
		TimeZone:   "Asia/Shanghai",
		Series:     []queue.Series{{ID: "a", Prefix: "A", Digits: 4, First: 1, Last: 9999}},
		Priorities: []queue.PriorityConfig{{ID: "elderly", Shorten: 15 * time.Minute}},
		Services: []queue.Service{
			{ID: "tax", Series: "a", Target: 20 * time.Minute, Expected: 8 * time.Minute},
			{ID: "card", Series: "a", Target: 20 * time.Minute, Expected: 8 * time.Minute},
		},
		Rules: queue.Rules{Overtaking: 10, CheckInEarly: 30 * time.Minute, CheckInLate: 10 * time.Minute, RejoinAfter: 3},
	}
	for i, services := range windows {
		conf.Windows = append(conf.Windows, queue.WindowConfig{ID: queue.WindowID(fmt.Sprint(i + 1)), Services: services})
	}
	return conf
}

// one is one window for tax.
var one = [][]queue.ServiceID{{"tax"}}

func newWorld(t fataler, conf queue.Config) *world {
	t.Helper()
	w := &world{fataler: t, s: queue.NewState(), now: morning}
	w.do(queue.Configure{Config: conf})
	w.m = estimate.NewModel(w.s.Config)
	return w
}

func (w *world) do(cmd queue.Command) []queue.Event {
	w.Helper()
	events, err := queue.Decide(w.s, cmd, w.now)
	if err != nil {
		w.Fatalf("%s: %v", cmd.Name(), err)
	}
	for _, e := range events {
		if err := queue.Apply(w.s, e, w.now); err != nil {
			w.Fatalf("%s: %v", e.Type(), err)
		}
		if w.m != nil {
			w.m.Learn(e, w.now)
		}
		if w.after != nil {
			w.after(e)
		}
	}
	return events
}

func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

func (w *world) signIn(windows ...queue.WindowID) {
	w.Helper()
	for _, id := range windows {
		w.do(queue.SignIn{Window: id, Staff: "clerk-" + queue.StaffID(id), StaffName: string(id)})
	}
}

func (w *world) take(service queue.ServiceID, priority ...string) queue.TicketID {
	w.Helper()
	w.ids++
	cmd := queue.TakeTicket{ID: queue.TicketID(fmt.Sprint("t", w.ids)), Service: service, Channel: "card"}
	if len(priority) > 0 {
		cmd.Priority = priority[0]
	}
	w.do(cmd)
	return cmd.ID
}

// call lets window call next; it returns the ticket.
func (w *world) call(window queue.WindowID) queue.TicketID {
	w.Helper()
	events := w.do(queue.CallNext{Window: window})
	if len(events) == 0 {
		w.Fatalf("nobody waits for window %s", window)
	}
	return events[0].(queue.TicketCalled).Ticket
}

// serve takes one ticket of service through a service of length d at window.
func (w *world) serve(service queue.ServiceID, window queue.WindowID, d time.Duration) {
	w.Helper()
	id := w.take(service)
	w.do(queue.CallTicket{Window: window, Ticket: id})
	w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id})
	w.pass(d)
	w.do(queue.Finish{Ticket: id})
}

// teach lets windows serve n tickets each, of about mean.
func (w *world) teach(service queue.ServiceID, n int, mean time.Duration, windows ...queue.WindowID) {
	w.Helper()
	for i := range n {
		for _, id := range windows {
			w.serve(service, id, mean*time.Duration(7+i%7)/10)
		}
	}
}

func (w *world) forecast() estimate.Outlook { return estimate.Forecast(w.s, w.m, w.now, 1) }

// wait is the forecast of a ticket that must have one.
func (w *world) wait(id queue.TicketID) estimate.Wait {
	w.Helper()
	got, ok := w.forecast().Tickets[id]
	if !ok {
		w.Fatalf("no forecast of %s", id)
	}
	return got
}
