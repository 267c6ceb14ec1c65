package hub

import (
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// QueueLen is the most frames that may wait for one session.
const QueueLen = queueLen

// Queued is the most frames that wait for any session now.
func (h *Hub) Queued() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	most := 0
	h.all(func(s *session) {
		s.mu.Lock()
		defer s.mu.Unlock()
		most = max(most, len(s.queue))
	})
	return most
}

// Decode decodes m as if an agent of role had sent it.
func (h *Hub) Decode(role link.Role, window string, m link.Message) (queue.Command, error) {
	s := &session{agent: "agent", role: role, window: window}
	return h.decode(s, m)
}

// Skew reads the clock of an agent's heartbeat.
var Skew = skewOf
