package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
)

// transferred is a visit that goes on at another service, beside one that has
// nothing to do with it.
func transferred(t *testing.T) *writer {
	t.Helper()
	w := newWriter(t, open(t, filepath.Join(t.TempDir(), "hall.db")))
	config := *w.state.Config
	config.Services = append(config.Services, queue.Service{ID: "card", Series: "a", Target: time.Minute, Expected: time.Minute})
	config.Windows = []queue.WindowConfig{{ID: "1", Services: []queue.ServiceID{"tax", "card"}}}
	w.do("", queue.Configure{Config: config})
	w.visit()
	w.do("", queue.CallNext{Window: "1"})
	w.do("", queue.TicketCommand{Verb: queue.VerbArrive, Ticket: "t2"})
	w.do("", queue.Transfer{Ticket: "t2", Service: "card", Reason: "换卡"})
	return w
}

func TestATransferredTicketKeepsItsNewServiceForEver(t *testing.T) {
	w := transferred(t)
	w.nextDay()
	past, ok, err := w.db.Ticket(t.Context(), "t2")
	must(t, err)
	if !ok || past.Ticket.Service != "card" || past.Ticket.State != queue.Expired {
		t.Errorf("got %+v", past)
	}
}

func TestAHistoryHasEveryStepOfOneTicket(t *testing.T) {
	w := transferred(t)
	steps, err := w.db.History(t.Context(), "t2", w.state.Day)
	must(t, err)
	var got []string
	for _, s := range steps {
		got = append(got, s.Event.Type())
		if s.Actor != "test" || s.At == 0 || s.Seq == 0 {
			t.Errorf("got %+v", s)
		}
	}
	want := []string{"ticket.taken", "ticket.printed", "ticket.called", "service.started", "ticket.transferred"}
	if toJSON(t, got) != toJSON(t, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if steps, err = w.db.History(t.Context(), "t2", "2026-11-22"); err != nil || len(steps) > 0 {
		t.Errorf("another day has %d steps of it, %v", len(steps), err)
	}
}

// TestTheAnswerOfATakenTicketFollowsFromItsEvent, for retries and for those who
// read the log.
func TestTheAnswerOfATakenTicketFollowsFromItsEvent(t *testing.T) {
	w := transferred(t)
	records, err := w.db.Records(t.Context(), 0, 100)
	must(t, err)
	seen := 0
	for _, r := range records {
		if r.Command != "ticket.take" {
			continue
		}
		seen++
		answer, err := w.db.Answer(t.Context(), r.Seq)
		must(t, err)
		taken := r.Events[0].(queue.TicketTaken)
		want := &queue.Ticket{
			ID: taken.Ticket, Number: taken.Number, Service: "tax", Channel: "name", State: queue.Waiting,
			Taken: r.At, Since: r.At, Due: taken.Due, Promise: taken.Promise,
		}
		for _, got := range []*queue.Ticket{answer.Ticket, r.Answer.Ticket} {
			if toJSON(t, got) != toJSON(t, want) {
				t.Errorf("got %s, want %s", toJSON(t, got), toJSON(t, want))
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d tickets were taken, want 2", seen)
	}
}
