package message

import (
	"context"

	"smarthall/platform/internal/store"
)

// everybody is the address that counts for all.
const everybody = "*"

// take counts a message to an address on this day, and tells instead whether
// that is more than may go there.
func (s *Service) take(ctx context.Context, tx *store.Tx, c Channel, address string, anytime bool) (full bool, err error) {
	day := s.day(tx.Now)
	if !anytime {
		limit, set := s.Settings.PerPerson[c]
		if !set || limit <= 0 {
			limit = defaultPerPerson
		}
		if full, err = count(ctx, tx, day, c, address, limit); err != nil || full {
			return full, err
		}
	}
	limit, set := s.Settings.PerDay[c]
	if !set {
		return false, nil
	}
	return count(ctx, tx, day, c, everybody, limit)
}

func count(ctx context.Context, tx *store.Tx, day string, c Channel, address string, limit int) (full bool, err error) {
	if limit <= 0 {
		return true, nil
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO message_quota (day, channel, address, n) VALUES ($1, $2, $3, 1)
		ON CONFLICT (day, channel, address) DO UPDATE SET n = message_quota.n + 1 WHERE message_quota.n < $4`, day, string(c), address, limit)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 0, err
}
