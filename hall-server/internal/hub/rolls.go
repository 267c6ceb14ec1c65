package hub

import (
	"context"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// ResetRoll has an agent count a printer's paper anew, because somebody has put
// a full roll in, and returns what became of it. The error is link.ErrAway if
// the agent isn't there. Boards know the printer's new state by then.
func (h *Hub) ResetRoll(ctx context.Context, agent string, reset link.RollReset) (link.RollCounted, error) {
	return await(ctx, h, &h.rolls, order{agent, reset.Order}, link.TypeRollReset, reset)
}

// rollCounted passes on what became of a roll.reset.
func (h *Hub) rollCounted(s *session, m link.Message) {
	var body link.RollCounted
	if err := m.Into(&body); err != nil || body.Order == "" {
		h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.malformed"))
		return
	}
	h.rolls.settle(order{s.agent, body.Order}, body)
	h.received(s, m)
}
