package hub

import (
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// assigned is the message that names the devices which the hall assigns to s;
// empty for a board. It follows a snapshot, and is no part of the stream: who
// resumes a stream has had it, because a change of the hall's file breaks every
// stream off.
func (h *Hub) assigned(s *session) ([]byte, error) {
	if s.agent == "" {
		return nil, nil
	}
	live := h.conf.View.Hall
	return encode(link.TypeDevicesAssigned, 0, h.conf.Core.Now(), "", live.Hall().Assigned(s.agent, live.Models()))
}

// devicesChanged notes which devices an agent has now.
func (h *Hub) devicesChanged(s *session, m link.Message) {
	var body link.DevicesChanged
	if err := m.Into(&body); err != nil || len(body.Devices) > link.MaxDevices || len(body.Rev) > link.MaxKey {
		h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.malformed"))
		return
	}
	h.conf.Registry.Devices(s.agent, body)
	h.received(s, m)
}
