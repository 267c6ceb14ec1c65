package estimate_test

import (
	"fmt"
	"testing"
	"time"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

var morning = queue.TimeOf(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))

// hall is a hall with the given number of windows for tax, none signed in.
type hall struct {
	t   *testing.T
	s   *queue.State
	now queue.Time
}

func newHall(t *testing.T, windows int) *hall {
	t.Helper()
	conf := queue.Config{
		TimeZone: "Asia/Shanghai",
		Series:   []queue.Series{{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 999}},
		Services: []queue.Service{
			{ID: "tax", Series: "a", Target: 20 * time.Minute, Expected: 8 * time.Minute},
			{ID: "card", Series: "a", Target: 20 * time.Minute, Expected: 5 * time.Minute},
		},
		Rules: queue.Rules{Overtaking: 10},
	}
	for i := range windows {
		conf.Windows = append(conf.Windows, queue.WindowConfig{ID: queue.WindowID(fmt.Sprint(i + 1)), Services: []queue.ServiceID{"tax"}})
	}
	h := &hall{t: t, s: queue.NewState(), now: morning}
	h.do(queue.Configure{Config: conf})
	return h
}

func (h *hall) do(cmd queue.Command) {
	h.t.Helper()
	events, err := queue.Decide(h.s, cmd, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range events {
		if err := queue.Apply(h.s, e, h.now); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *hall) signIn(n int) {
	h.t.Helper()
	for i := range n {
		h.do(queue.SignIn{Window: queue.WindowID(fmt.Sprint(i + 1)), Staff: queue.StaffID(fmt.Sprint("clerk-", i))})
	}
}

// call takes a ticket and calls it at window.
func (h *hall) call(id queue.TicketID, window queue.WindowID) {
	h.t.Helper()
	h.do(queue.TakeTicket{ID: id, Service: "tax", Channel: "name"})
	h.do(queue.CallTicket{Window: window, Ticket: id})
}

// serve takes a ticket through a service of length d at window 1.
func (h *hall) serve(id queue.TicketID, d time.Duration) {
	h.t.Helper()
	h.call(id, "1")
	h.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id})
	h.now = h.now.Add(d)
	h.do(queue.Finish{Ticket: id})
}

func TestMinutes(t *testing.T) {
	tests := []struct {
		name                      string
		windows, signedIn, paused int
		busy, ahead, want         int
	}{
		{"nobody has signed in", 2, 0, 0, 0, 0, estimate.NoWindow},
		{"everybody pauses", 1, 1, 1, 0, 3, estimate.NoWindow},
		{"an idle window and nobody ahead", 2, 1, 0, 0, 0, 0},
		{"all windows busy and nobody ahead: one service time over the windows", 2, 2, 0, 2, 0, 4},
		{"one of two windows is idle", 2, 2, 0, 1, 0, 0},
		{"(n+1)/(sμ) with one window", 1, 1, 0, 1, 4, 40},
		{"(n+1)/(sμ) with two", 2, 2, 0, 2, 4, 20},
		{"rounded up", 3, 3, 0, 3, 0, 3},
		{"a paused window doesn't count", 2, 2, 1, 1, 4, 40},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t, tt.windows)
			h.signIn(tt.signedIn)
			for i := range tt.busy {
				h.call(queue.TicketID(fmt.Sprint("busy", i)), queue.WindowID(fmt.Sprint(i+1)))
			}
			for i := range tt.paused {
				h.do(queue.Pause{Window: queue.WindowID(fmt.Sprint(tt.windows - i))})
			}
			if got := estimate.Minutes(h.s, "tax", tt.ahead, h.now); got != tt.want {
				t.Errorf("got %d minutes, want %d", got, tt.want)
			}
		})
	}
}

func TestTheDayTeachesTheServiceTime(t *testing.T) {
	h := newHall(t, 1)
	h.signIn(1)
	for i := range 4 {
		h.serve(queue.TicketID(fmt.Sprint("t", i)), 2*time.Minute)
	}
	if got := estimate.Mean(h.s, "tax"); got != 8*time.Minute {
		t.Errorf("after 4 services the mean is %s, want the configured 8m", got)
	}
	h.serve("t4", 7*time.Minute)
	if got := estimate.Mean(h.s, "tax"); got != 3*time.Minute {
		t.Errorf("after 5 services the mean is %s, want 3m", got)
	}
	if got := estimate.Mean(h.s, "card"); got != 5*time.Minute {
		t.Errorf("another service learned: %s", got)
	}
}

func TestServicesThatTakeNoTimeAreNotBelieved(t *testing.T) {
	h := newHall(t, 1)
	h.signIn(1)
	for i := range 5 {
		h.serve(queue.TicketID(fmt.Sprint("t", i)), 0)
	}
	if got := estimate.Mean(h.s, "tax"); got != time.Second {
		t.Errorf("mean %s, want 1s at least", got)
	}
	if got := estimate.Mean(h.s, "nope"); got != 0 {
		t.Errorf("mean of an unknown service %s, want 0", got)
	}
	if got := estimate.Minutes(h.s, "nope", 3, h.now); got != estimate.NoWindow {
		t.Errorf("an unknown service waits %d minutes", got)
	}
}
