package view_test

import (
	"testing"

	"smarthall/hall-server/internal/queue"
)

func TestARangeIsShownWhileATicketWaits(t *testing.T) {
	f := newFixture(t, nil)
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李"})
	f.do(queue.TakeTicket{ID: "t1", Service: "tax", Channel: "phone", Minutes: 25, Low: 20, High: 30})
	f.do(queue.TakeTicket{ID: "t2", Service: "tax", Channel: "phone", Minutes: 25})
	got := f.view.Ticket(f.state, f.state.Tickets["t1"])
	if got.WaitLow == nil || *got.WaitLow != 20 || got.WaitHigh == nil || *got.WaitHigh != 30 {
		t.Errorf("got %v to %v, want what was printed", got.WaitLow, got.WaitHigh)
	}
	if got := f.view.Ticket(f.state, f.state.Tickets["t2"]); got.WaitLow != nil || got.WaitHigh != nil {
		t.Errorf("got %v to %v for a ticket without a range", got.WaitLow, got.WaitHigh)
	}
	f.do(queue.CallTicket{Window: "4", Ticket: "t1"})
	if got := f.view.Ticket(f.state, f.state.Tickets["t1"]); got.WaitLow != nil {
		t.Errorf("got %d minutes for one who was called", *got.WaitLow)
	}
	if board := f.view.Board(f.state, f.now); board.Accuracy != nil {
		t.Errorf("got accuracy %+v of no promise", board.Accuracy)
	}
}
