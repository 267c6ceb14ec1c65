package agenttest

import (
	"testing"
	"time"

	"smarthall/internal/link"
)

// Try has the agent try a device, with an order that lives so long, and returns
// its answer.
func (h *Hall) Try(t *testing.T, order, device string, life time.Duration) link.DeviceTried {
	t.Helper()
	h.Push(link.TypeDeviceTry, link.DeviceTry{Order: order, Device: device, Expires: time.Now().Add(life)})
	var got link.DeviceTried
	WaitFor(t, "an answer to "+order, func() bool {
		for _, m := range h.Up(link.TypeDeviceTried) {
			got = link.DeviceTried{}
			if err := m.Into(&got); err != nil {
				t.Fatal(err)
			}
			if got.Order == order {
				return true
			}
		}
		return false
	})
	return got
}
