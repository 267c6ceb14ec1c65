package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/internal/sqldb"
)

// Settings of those that hand events on.
const (
	relayBatch = 256
	// relayTogether is how many events are forgotten in one change. After a
	// crash as many are sent again, with the ids they had.
	relayTogether = 32
	// Looks while nothing is published in this process; others that share a
	// database publish, too.
	pauseAlone  = 5 * time.Second
	pauseShared = 500 * time.Millisecond
)

// pause is how long to wait for a wake-up before looking anyway.
func (s *Store) pause() time.Duration {
	if s.db.Engine == sqldb.PostgreSQL {
		return pauseShared
	}
	return pauseAlone
}

// Relay sends what was published for halls with send until ctx ends, oldest
// first. Of all processes that share the database one at a time does it.
func (s *Store) Relay(ctx context.Context, send func(ctx context.Context, e Event) error) error {
	return s.Lead(ctx, "relay", func(ctx context.Context) error {
		tick := time.NewTicker(s.pause())
		defer tick.Stop()
		for {
			n, err := s.relay(ctx, send)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				s.log.Warn("events wait", slog.Any("err", err))
			case n == relayBatch:
				continue
			}
			select {
			case <-ctx.Done():
				return nil
			case <-s.wake:
			case <-tick.C:
			}
		}
	})
}

// relay sends one batch and tells how many events it held.
func (s *Store) relay(ctx context.Context, send func(ctx context.Context, e Event) error) (int, error) {
	events, err := s.unsent(ctx)
	if err != nil {
		return 0, err
	}
	for rest := events; len(rest) > 0; {
		some := rest[:min(relayTogether, len(rest))]
		rest = rest[len(some):]
		n, failed := 0, error(nil)
		for ; n < len(some) && failed == nil; n++ {
			if err := send(ctx, some[n]); err != nil {
				failed = fmt.Errorf("send %s %s: %w", some[n].Type, some[n].ID, err)
				break
			}
		}
		// What was sent is noted even if the next failed, or ctx has ended.
		if err := errors.Join(failed, s.noteSent(context.WithoutCancel(ctx), some[:n])); err != nil {
			return 0, err
		}
	}
	return len(events), nil
}

// noteSent notes that the bus has the events.
func (s *Store) noteSent(ctx context.Context, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, noteWait)
	defer cancel()
	return s.Write(ctx, "note what was sent", func(tx *Tx) error {
		for _, e := range events {
			// Most have no other taker.
			result, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE id = $1 AND waits = 1 AND sent = 0`, e.ID)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n == 1 {
				if err != nil {
					return err
				}
				continue
			}
			if err := tx.taken(ctx, `UPDATE outbox SET sent = 1, waits = waits - 1 WHERE id = $1 AND sent = 0 RETURNING waits`, e.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// noteWait bounds the note of what was sent.
const noteWait = 10 * time.Second

// taken runs update, which counts one taker of an event less, and deletes the
// event if it was the last.
func (tx *Tx) taken(ctx context.Context, update, id string) error {
	var waits int64
	err := tx.QueryRowContext(ctx, update, id).Scan(&waits)
	if IsNone(err) {
		return nil // another process was faster
	}
	if err != nil {
		return fmt.Errorf("note event %s: %w", id, err)
	}
	if waits > 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE id = $1`, id); err != nil {
		return fmt.Errorf("forget event %s: %w", id, err)
	}
	return nil
}

// unsent returns the oldest events that the bus doesn't have.
func (s *Store) unsent(ctx context.Context) ([]Event, error) {
	rows, err := s.db.Read.QueryContext(ctx,
		`SELECT id, hall, type, subject, at, data, sealed FROM outbox WHERE sent = 0 ORDER BY n, id LIMIT $1`, relayBatch)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer rows.Close()
	var events []Event
	for rows.Next() {
		e, err := s.scanEvent(rows)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

func (s *Store) scanEvent(row interface{ Scan(...any) error }) (e Event, err error) {
	var at, sealed int64
	var text string
	if err := row.Scan(&e.ID, &e.Hall, &e.Type, &e.Subject, &at, &text, &sealed); err != nil {
		return e, err
	}
	e.At = Time(at)
	e.Data, err = s.unseal(e.ID, text, sealed == 1)
	return e, err
}

// Unsent counts the events that wait for the bus.
func (s *Store) Unsent(ctx context.Context) (n int, err error) {
	if err := s.db.Read.QueryRowContext(ctx, `SELECT count(*) FROM outbox WHERE sent = 0`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	return n, nil
}
