package kiosk_test

import (
	"testing"
	"time"

	"smarthall/internal/link"
)

func TestADeviceIsTriedWhileNobodyUsesTheMachine(t *testing.T) {
	r := start(t)
	if got := r.hall.Try(t, "o1", "printer", time.Minute); got.Outcome != link.TryDone {
		t.Errorf("nobody there: %+v", got)
	}
	r.lay(t)
	if got := r.hall.Try(t, "o2", "printer", time.Minute); got.Outcome != link.TryBusy || got.Detail == "" {
		t.Errorf("somebody there: %+v", got)
	}
	if n := len(r.fakes.Get("printer").Printed()); n != 1 {
		t.Errorf("%d papers came out", n)
	}
}
