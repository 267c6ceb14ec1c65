package store

import (
	"context"
	"encoding/json"
	"fmt"

	"smarthall/hall-server/internal/queue"
)

// Step is one event of a ticket's history.
type Step struct {
	Seq   uint64
	At    queue.Time
	Actor string
	Event queue.Event
}

// History returns the events of ticket, which was taken on day, in their order:
// the proof of every step.
func (s *Store) History(ctx context.Context, ticket queue.TicketID, day queue.Day) ([]Step, error) {
	// Ids are unique texts, so that whatever holds one is about it; the day
	// bounds what is looked through.
	rows, err := s.db.Read.QueryContext(ctx, `SELECT seq, at, actor, events FROM log
		WHERE seq >= coalesce((SELECT first FROM day WHERE day = $1), 0) AND day = $1 AND instr(events, $2) > 0 ORDER BY seq`,
		string(day), string(ticket))
	if err != nil {
		return nil, fmt.Errorf("read a ticket's history: %w", err)
	}
	defer rows.Close()
	var out []Step
	for rows.Next() {
		var step Step
		var text []byte
		if err := rows.Scan(&step.Seq, &step.At, &step.Actor, &text); err != nil {
			return nil, fmt.Errorf("read a ticket's history: %w", err)
		}
		var events queue.Events
		if err := json.Unmarshal(text, &events); err != nil {
			return nil, fmt.Errorf("record %d: %w", step.Seq, err)
		}
		for _, e := range events {
			if queue.TicketOf(e) == ticket {
				step.Event = e
				out = append(out, step)
			}
		}
	}
	return out, rows.Err()
}
