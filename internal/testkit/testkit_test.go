package testkit_test

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/internal/testkit"
)

func TestAHallLeavesNothingBehindAndGoesOnWithItsData(t *testing.T) {
	defer goleak.VerifyNone(t)
	first := testkit.Hall(t, testkit.Data(t.TempDir()))
	var ticket struct {
		ID, Number, Day string
		TakenAt         time.Time
	}
	first.Must(201, testkit.Request{
		Method: "POST", Path: "/api/v1/tickets", Token: first.Token("kiosk", "", "kiosk-1"),
		Body: map[string]any{"service": "tax", "channel": "phone"},
	}, &ticket)
	if since := ticket.TakenAt.Sub(testkit.Opening); ticket.Day != "2026-11-23" || since < 0 || since > time.Minute {
		t.Errorf("got day %s and time %v, want those of the clock's start", ticket.Day, ticket.TakenAt)
	}
	first.Stop()

	next := testkit.Hall(t, testkit.Data(first.Data), testkit.Clock(testkit.Opening.Add(time.Hour)))
	answer := next.Must(200, testkit.Request{Method: "GET", Path: "/api/v1/tickets", Token: first.Token("manager", "", "")}, nil)
	if !strings.Contains(answer.Body, ticket.ID) {
		t.Errorf("ticket %s is gone after a restart: %s", ticket.Number, answer.Body)
	}
	next.Stop()
}
