package counter

import (
	"log/slog"
	"testing"

	"smarthall/internal/agent"
	"smarthall/internal/device"
)

// Hammering on a key doesn't call half the queue.
func TestKeysThatComeTooFastAreDropped(t *testing.T) {
	c := &Counter{log: slog.New(slog.DiscardHandler), keys: make(chan device.Action, maxKeys)}
	for range 20 {
		c.pressed(&agent.Device{}, device.ActionNext)
	}
	if n := len(c.keys); n != maxKeys {
		t.Errorf("%d keys wait", n)
	}
}
