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
