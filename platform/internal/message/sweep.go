package message

import (
	"context"
	"log/slog"
	"time"

	"smarthall/platform/internal/store"
)

// How long things are kept.
const (
	sweepEvery  = time.Minute
	receiptWait = 72 * time.Hour       // then a provider that promised a receipt is taken to have failed
	noticeKept  = 366 * 24 * time.Hour // also in the inbox
	quotaKept   = 3 * 24 * time.Hour
	sweepBatch  = 500
)

// sweepAlways sweeps until ctx ends.
func (s *Service) sweepAlways(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("old messages not swept", slog.Any("err", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep forgets codes that are of no more use, gives up on receipts that don't
// come, and deletes what is old.
func (s *Service) Sweep(ctx context.Context) error {
	return s.Store.Write(ctx, "sweep messages", func(tx *store.Tx) error {
		now := store.Millis(tx.Now)
		old := store.Millis(tx.Now.Add(-noticeKept))
		for _, step := range []struct {
			query string
			args  []any
		}{
			{`UPDATE message_notice SET vars = '' WHERE secret = 1 AND vars <> '' AND expires < $1 AND state <> 'created'`, []any{now}},
			{
				`UPDATE message_notice SET state = 'temporary-failure', reason = '没有收到回执', changed = $1 WHERE state IN ('sending', 'pending') AND changed < $2`,
				[]any{now, store.Millis(tx.Now.Add(-receiptWait))},
			},
			{`DELETE FROM message_try WHERE notice IN (SELECT id FROM message_notice WHERE created < $1 ORDER BY id LIMIT $2)`, []any{old, sweepBatch}},
			{`DELETE FROM message_notice WHERE id IN (SELECT id FROM message_notice WHERE created < $1 ORDER BY id LIMIT $2)`, []any{old, sweepBatch}},
			{`DELETE FROM message_quota WHERE day < $1`, []any{s.day(tx.Now.Add(-quotaKept))}},
			{`DELETE FROM message_outbox WHERE id NOT IN (SELECT id FROM message_outbox ORDER BY at DESC, id DESC LIMIT $1)`, []any{keptInOutbox}},
		} {
			if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
				return err
			}
		}
		return nil
	})
}
