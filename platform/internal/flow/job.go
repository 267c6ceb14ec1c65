package flow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/store"
)

// How often and how much the jobs do.
const (
	jobsEvery = 30 * time.Second
	jobBatch  = 200
	sweepEach = time.Hour
)

// Run does what is due by itself until ctx ends. Of all processes that share
// the database one does it at a time.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "flow", func(ctx context.Context) error {
		tick := time.NewTicker(jobsEvery)
		defer tick.Stop()
		var swept time.Time
		for {
			if err := s.Fire(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("timers of flows", slog.Any("err", err))
			}
			if time.Since(swept) >= sweepEach {
				swept = time.Now()
				if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
					s.Log.Error("old requests of flows", slog.Any("err", err))
				}
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// Fire ends the waits of all timers that are due.
func (s *Service) Fire(ctx context.Context) error {
	type due struct {
		caseID     string
		activation int
	}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT case_id, activation FROM flow_timer WHERE due > 0 AND due <= $1 ORDER BY due LIMIT $2`,
		store.Millis(s.Store.Now()), jobBatch)
	if err != nil {
		return fmt.Errorf("read due timers: %w", err)
	}
	defer rows.Close()
	var list []due
	for rows.Next() {
		var d due
		if err := rows.Scan(&d.caseID, &d.activation); err != nil {
			return fmt.Errorf("read due timers: %w", err)
		}
		list = append(list, d)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read due timers: %w", err)
	}
	var failed error
	for _, d := range list {
		failed = errors.Join(failed, s.fireOne(ctx, d.caseID, d.activation))
	}
	return failed
}

// fireOne ends one timer's wait, unless somebody was faster.
func (s *Service) fireOne(ctx context.Context, caseID string, activation int) error {
	return s.Store.Write(ctx, "fire a timer", func(tx *store.Tx) error {
		in, err := s.lock(ctx, tx, caseID)
		if err != nil {
			return err
		}
		var due int64
		err = tx.QueryRowContext(ctx, `SELECT due FROM flow_timer WHERE case_id = $1 AND activation = $2`, caseID, activation).Scan(&due)
		if store.IsNone(err) || err == nil && (due == 0 || due > store.Millis(tx.Now)) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a timer: %w", err)
		}
		cmd := engine.Command{Verb: engine.VerbFire, Activation: activation, By: audit.System.ID}
		return s.advance(ctx, tx, in, cmd, stepNote{})
	})
}

// sweep forgets requests that can't come again.
func (s *Service) sweep(ctx context.Context) error {
	return s.Store.Write(ctx, "forget old requests", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM flow_request WHERE at < $1`, store.Millis(tx.Now.Add(-requestsKept)))
		return err
	})
}
