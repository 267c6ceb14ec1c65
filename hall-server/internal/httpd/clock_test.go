package httpd_test

import (
	"strings"
	"testing"
	"time"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// TestAHallSurvivesAClockThatWasWrong lets a machine with an empty clock
// battery open a day of 2099, and then be set right.
func TestAHallSurvivesAClockThatWasWrong(t *testing.T) {
	dir := t.TempDir()
	day := time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	take := testkit.Request{Method: "POST", Path: "/api/v1/tickets", Body: map[string]any{"service": "tax", "channel": "staff"}}
	at := func(clock time.Time, do func(h *testkit.Running)) {
		t.Helper()
		h := testkit.Hall(t, testkit.Data(dir), testkit.Clock(clock))
		defer h.Stop()
		take.Token = h.Token("admin", "", "test")
		do(h)
	}
	number := func(h *testkit.Running) string {
		t.Helper()
		var ticket link.TicketView
		h.Must(201, take, &ticket)
		return ticket.Number
	}
	at(day, func(h *testkit.Running) { number(h); number(h) })
	at(day.AddDate(73, 0, 0), func(h *testkit.Running) {
		if n := number(h); n != "C001" {
			t.Errorf("in 2099 got %s", n)
		}
	})
	at(day.Add(time.Hour), func(h *testkit.Running) {
		if a := h.Do(take); a.Status != 503 || !strings.Contains(a.Body, "clock.went-back") {
			t.Errorf("got %d %s, want the clock refused", a.Status, a.Body)
		}
		if a := h.Do(testkit.Request{Method: "GET", Path: "/readyz"}); a.Status != 503 || !strings.Contains(a.Body, "时钟") {
			t.Errorf("readyz says %d %s", a.Status, a.Body)
		}
		accept := testkit.Request{Method: "POST", Path: "/api/v1/clock/accept", Token: take.Token}
		h.Must(204, accept, nil)
		if n := number(h); n != "C003" {
			t.Errorf("after the clock was accepted got %s, want the day's numbers to go on with C003", n)
		}
		if a := h.Do(accept); a.Status != 409 {
			t.Errorf("accepted twice: %d %s", a.Status, a.Body)
		}
		h.Must(200, testkit.Request{Method: "GET", Path: "/readyz"}, nil)
	})
	at(day.Add(2*time.Hour), func(h *testkit.Running) {
		if n := number(h); n != "C004" {
			t.Errorf("after a restart got %s, want C004", n)
		}
	})
	at(day.AddDate(0, 0, 1), func(h *testkit.Running) {
		if n := number(h); n != "C001" {
			t.Errorf("the next day got %s", n)
		}
	})
}
