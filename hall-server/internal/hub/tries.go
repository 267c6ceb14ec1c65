package hub

import (
	"context"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// TryDevice has an agent try one of its devices out and returns what became of
// it. The error is link.ErrAway if the agent isn't there.
func (h *Hub) TryDevice(ctx context.Context, agent string, try link.DeviceTry) (link.DeviceTried, error) {
	return await(ctx, h, &h.tries, order{agent, try.Order}, link.TypeDeviceTry, try)
}

// deviceTried passes on what became of a device.try.
func (h *Hub) deviceTried(s *session, m link.Message) {
	var body link.DeviceTried
	if err := m.Into(&body); err != nil || body.Order == "" {
		h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.malformed"))
		return
	}
	h.tries.settle(order{s.agent, body.Order}, body)
	h.received(s, m)
}
