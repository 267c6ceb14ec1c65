package agent_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// cards records what a door hears of a reader.
type cards struct {
	mu    sync.Mutex
	heard []string
}

func (c *cards) event(_ *agent.Device, e any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, fmt.Sprintf("%T", e))
}

func (c *cards) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprint(c.heard)
}

// A page must not believe that a card lies there when the driver that saw it is
// gone, however it went: its session would never end.
func TestACardIsGoneWhenItsDriverIs(t *testing.T) {
	const (
		present = "device.CardPresent"
		failed  = "device.CardFailed"
		removed = "device.CardRemoved"
	)
	tests := []struct {
		name string
		lay  []any
		want string
	}{
		{"a card that was read", []any{device.CardPresent{}}, fmt.Sprint([]string{present, removed})},
		{"a card that failed", []any{device.CardFailed{Cause: device.ErrChecksum}}, fmt.Sprint([]string{failed, removed})},
		{"a card that was lifted before", []any{device.CardPresent{}, device.CardRemoved{}}, fmt.Sprint([]string{present, removed})},
		{"a second card that failed", []any{device.CardPresent{}, device.CardRemoved{}, device.CardFailed{}}, fmt.Sprint([]string{present, removed, failed, removed})},
		{"no card", nil, "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var fakes agenttest.Devices
				var heard cards
				ds, err := agent.NewDevices(agent.DevicesConfig{
					Devices: []device.Config{{ID: "reader", Profile: string(device.ClassIDReader)}}, Open: fakes.Opener(),
					HallTime: func(t time.Time) time.Time { return t }, Changed: func(link.DeviceView) {},
					Event: heard.event, Log: slog.New(slog.DiscardHandler),
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- ds.Run(ctx) }()
				reader := fakes.Get("reader")
				synctest.Wait()
				for _, e := range tt.lay {
					reader.Event(e)
				}
				reader.Unplug() // the driver ends without another word
				synctest.Wait()
				if got := heard.String(); got != tt.want {
					t.Errorf("unplugged: heard %s, want %s", got, tt.want)
				}
				reader.Plug()
				time.Sleep(time.Minute)
				synctest.Wait()
				if opened := reader.Opened(); opened < 2 {
					t.Errorf("opened %d times", opened)
				}
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
				if got := heard.String(); got != tt.want {
					t.Errorf("in the end: heard %s, want %s", got, tt.want)
				}
			})
		})
	}
}
