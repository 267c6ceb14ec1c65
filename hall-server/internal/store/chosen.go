package store

import (
	"context"
	"fmt"

	"smarthall/hall-server/internal/queue"
)

// Chosen counts the visits of the business days from … to, both included, by the
// service that they ended at.
func (s *Store) Chosen(ctx context.Context, from, to queue.Day) (map[string]int, error) {
	rows, err := s.db.Read.QueryContext(ctx,
		`SELECT service, count(*) FROM visit WHERE day >= $1 AND day <= $2 GROUP BY service`, string(from), string(to))
	if err != nil {
		return nil, fmt.Errorf("count visits: %w", err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var service string
		var n int
		if err := rows.Scan(&service, &n); err != nil {
			return nil, fmt.Errorf("count visits: %w", err)
		}
		out[service] = n
	}
	return out, rows.Err()
}
