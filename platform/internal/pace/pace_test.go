package pace_test

import (
	"testing"
	"time"

	"smarthall/platform/internal/pace"
)

func TestAMachineThatAsksTooOftenWaitsAndOthersDont(t *testing.T) {
	p := pace.New(pace.Pace{MachineBurst: 2, MachineEvery: time.Minute, HallBurst: 4, HallEvery: time.Second})
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for i, tt := range []struct {
		hall, machine string
		after         time.Duration
		want          bool
	}{
		{"east", "kiosk-1", 0, true},
		{"east", "kiosk-1", 0, true},
		{"east", "kiosk-1", 0, false},
		{"east", "kiosk-2", 0, true},
		{"west", "kiosk-1", 0, true},
		{"east", "kiosk-1", time.Minute, true},
		{"east", "kiosk-1", 0, false},
	} {
		now = now.Add(tt.after)
		if got := p.Take(tt.hall, tt.machine, now); got != tt.want {
			t.Errorf("%d: %s of %s: %v", i, tt.machine, tt.hall, got)
		}
	}
	for _, machine := range []string{"a", "b", "c", "d"} {
		p.Take("south", machine, now)
	}
	if p.Take("south", "e", now) {
		t.Error("a hall of many machines asks without an end")
	}
}
