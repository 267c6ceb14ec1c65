package queue_test

import (
	"strings"
	"testing"

	"smarthall/hall-server/internal/queue"
)

func (h *hall) wantActivity(w queue.WindowID, want queue.Activity) {
	h.t.Helper()
	if got := h.s.Activity(h.s.Windows[w]); got != want {
		h.t.Errorf("window %s is %s, want %s", w, got, want)
	}
}

func TestWindowActivities(t *testing.T) {
	h := newHall(t)
	h.wantActivity("1", queue.Idle)
	h.do(queue.Pause{Window: "1", Text: "午休"})
	h.wantActivity("1", queue.Paused)
	if h.s.Windows["1"].Text != "午休" || h.s.Windows["1"].Open() {
		t.Errorf("paused window %+v", h.s.Windows["1"])
	}
	h.do(queue.Continue{Window: "1"})
	h.wantActivity("1", queue.Idle)
	h.take("card")
	ticket := h.callNext("1")
	h.wantActivity("1", queue.Busy)
	h.verb(queue.VerbArrive, ticket)
	h.wantActivity("1", queue.Busy)
	h.do(queue.Finish{Ticket: ticket.ID})
	h.do(queue.SignOut{Window: "1"})
	h.wantActivity("1", queue.SignedOut)
}

func TestSignInConflictsAreRefusedByName(t *testing.T) {
	h := newHall(t)
	h.do(queue.SignOut{Window: "3"})
	tests := []struct {
		name  string
		cmd   queue.SignIn
		kind  queue.Kind
		code  string
		staff string
		at    string
	}{
		{"two clerks at one window", queue.SignIn{Window: "1", Staff: "x", StaffName: "王强"}, queue.Conflict, "window.taken", "Clerk 1", "1"},
		{"one clerk at two windows", queue.SignIn{Window: "3", Staff: "clerk-1", StaffName: "Clerk 1"}, queue.Conflict, "staff.elsewhere", "Clerk 1", "1"},
		{"nobody", queue.SignIn{Window: "3"}, queue.Invalid, "staff.invalid", "", ""},
		{"a login that is too long", queue.SignIn{Window: "3", Staff: queue.StaffID(strings.Repeat("x", 61))}, queue.Invalid, "staff.invalid", "", ""},
		{"a name that is too long", queue.SignIn{Window: "3", Staff: "x", StaffName: strings.Repeat("长", 61)}, queue.Invalid, "staff.invalid", "", ""},
		{"no such window", queue.SignIn{Window: "9", Staff: "x"}, queue.NotFound, "window.unknown", "", "9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h.t = t
			r := h.refusal(tt.cmd, tt.kind, tt.code)
			if r.Vars["staff"] != tt.staff || r.Vars["window"] != tt.at {
				t.Errorf("refusal names %v, want %q at %q", r.Vars, tt.staff, tt.at)
			}
		})
	}
	h.t = t
	h.nothing(queue.SignIn{Window: "1", Staff: "clerk-1", StaffName: "Clerk 1"}) // done before
	h.do(queue.SignIn{Window: "3", Staff: "x", StaffName: "X"})
}

func TestAClerkWithATicketStays(t *testing.T) {
	h := newHall(t)
	h.take("card")
	ticket := h.callNext("1")
	for _, state := range []queue.TicketState{queue.Called, queue.Serving} {
		for _, cmd := range []queue.Command{queue.SignOut{Window: "1"}, queue.Pause{Window: "1", Text: "午休"}} {
			r := h.refusal(cmd, queue.Conflict, "window.busy")
			if r.State != string(state) || r.Vars["number"] != ticket.Number {
				t.Errorf("%s: refusal %+v, want ticket %s in state %s", cmd.Name(), r, ticket.Number, state)
			}
		}
		if state == queue.Called {
			h.verb(queue.VerbArrive, ticket)
		}
	}
}

func TestPauseAndContinue(t *testing.T) {
	h := newHall(t)
	h.refuse(queue.Continue{Window: "1"}, queue.Conflict, "window.not-paused")
	h.do(queue.Pause{Window: "1", Text: "午休"})
	h.nothing(queue.Pause{Window: "1", Text: "午休"})
	h.do(queue.Pause{Window: "1", Text: "马上回来"})
	if got := h.s.OpenWindows("card"); got != 0 {
		t.Errorf("%d open windows while the only one pauses, want 0", got)
	}
	h.do(queue.SignOut{Window: "1"})
	for _, cmd := range []queue.Command{
		queue.SignOut{Window: "1"}, queue.Pause{Window: "1"}, queue.Continue{Window: "1"}, queue.CallNext{Window: "1"},
	} {
		if r := h.refusal(cmd, queue.Conflict, "window.signed-out"); r.State != string(queue.SignedOut) {
			t.Errorf("%s: refusal names state %s", cmd.Name(), r.State)
		}
	}
	h.signIn("1")
	if h.s.Windows["1"].Paused || h.s.Windows["1"].Text != "" {
		t.Error("a pause outlived its clerk")
	}
}

func TestOpenWindowsCountsWhoCanCall(t *testing.T) {
	h := newHall(t)
	if got := h.s.OpenWindows("tax"); got != 2 {
		t.Errorf("%d windows open for tax, want 2", got)
	}
	h.do(queue.SignOut{Window: "2"})
	if got := h.s.OpenWindows("tax"); got != 1 {
		t.Errorf("%d windows open for tax after a sign-out, want 1", got)
	}
}

func TestSinceIsTheLastChangePeopleSee(t *testing.T) {
	h := newHall(t)
	h.take("card")
	h.pass(1000)
	ticket := h.callNext("1")
	called := h.now
	h.pass(1000)
	h.do(queue.RecordPrint{Ticket: ticket.ID, Outcome: "printed"})
	if got := h.s.Windows["1"].Since; got != called {
		t.Errorf("since %d, want %d: a print changes nothing at the window", got, called)
	}
	h.pass(1_000_000_000)
	h.verb(queue.VerbArrive, ticket)
	if got := h.s.Windows["1"].Since; got != h.now {
		t.Errorf("since %d, want %d", got, h.now)
	}
}
