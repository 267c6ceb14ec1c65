package supervision

import (
	"context"
	"encoding/json"
	"fmt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// typeDays tells that the working days of a region were changed; typeRecount
// continues a recount behind a case.
const (
	typeDays    = "appointment.days-changed"
	typeRecount = "supervision.recount"
)

// recountBatch is how many cases one transaction lets be looked at again.
const recountBatch = 500

// recount lets the lights of a region's running cases be looked at again,
// because its working days were changed. It takes a part of them, and publishes
// where to go on.
func (s *Service) recount(ctx context.Context, tx *store.Tx, e store.Event) error {
	var from struct {
		Region string `json:"region"`
		After  string `json:"after"`
	}
	if err := json.Unmarshal(e.Data, &from); err != nil {
		return fault.New(fault.Invalid, "supervision.event", "事件内容无法识别").Because(err)
	}
	s.forget()
	first, last := access.Span(from.Region)
	var n int
	var end string
	err := tx.QueryRowContext(ctx, `SELECT count(*), coalesce(max(id), '') FROM (
			SELECT id FROM supervision_case WHERE running = 1 AND region >= $1 AND region < $2 AND id > $3 ORDER BY id LIMIT $4) AS part`,
		first, last, from.After, recountBatch).Scan(&n, &end)
	if err != nil || n == 0 {
		return err
	}
	// Later than any process takes the old days for fresh.
	_, err = tx.ExecContext(ctx, `UPDATE supervision_case SET turns_at = $1 WHERE running = 1 AND region >= $2 AND region < $3 AND id > $4 AND id <= $5`,
		store.Millis(tx.Now.Add(fresh)), first, last, from.After, end)
	if err != nil {
		return fmt.Errorf("let lights be looked at again: %w", err)
	}
	if n < recountBatch {
		return nil
	}
	from.After = end
	return tx.Publish(ctx, "", typeRecount, e.Subject, from)
}
