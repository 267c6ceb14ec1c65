package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Event is something that happened and that others shall hear.
type Event struct {
	// ID is unique for ever: whoever takes an event notes it.
	ID string `json:"id"`
	// Hall is the hall that shall hear it, or that says it; empty means that
	// it is nobody's in particular.
	Hall string `json:"hall,omitempty"`
	// Type is context.happening, such as appointment.booked.
	Type string `json:"type"`
	// Subject is the id of what it is about. Events of one subject keep their
	// order.
	Subject string          `json:"subject"`
	At      time.Time       `json:"at"`
	Data    json.RawMessage `json:"data"`
}

// Publish makes the change be heard: once it is committed, the event goes to
// the bus, at least once and with the same id each time.
func (tx *Tx) Publish(ctx context.Context, hall, kind, subject string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("publish %s: %w", kind, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO outbox (id, hall, type, subject, at, data) VALUES ($1, $2, $3, $4, $5, $6)`,
		NewID(), hall, kind, subject, Millis(tx.Now), string(data))
	if err != nil {
		return fmt.Errorf("publish %s: %w", kind, err)
	}
	tx.published = true
	return nil
}

// Take notes that the event with the id is taken by this change; false means
// that it was taken before, and the change has nothing to do.
func (tx *Tx) Take(ctx context.Context, id string) (bool, error) {
	result, err := tx.ExecContext(ctx, `INSERT INTO inbox (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, id, Millis(tx.Now))
	if err != nil {
		return false, fmt.Errorf("note event %s: %w", id, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("note event %s: %w", id, err)
	}
	return n == 1, nil
}

// Relay's settings.
const (
	relayBatch = 256
	relayPause = 5 * time.Second // between looks while nothing is published here
	// inboxKept is longer than any message may be on its way.
	inboxKept = 60 * 24 * time.Hour
)

// Relay sends published events with send until ctx ends, oldest first, and
// forgets each once send has returned nil. Of all processes that share the
// database one at a time does it.
func (s *Store) Relay(ctx context.Context, send func(ctx context.Context, e Event) error) error {
	return s.Lead(ctx, "relay", func(ctx context.Context) error {
		tick := time.NewTicker(relayPause)
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
	events, err := s.waiting(ctx)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		if err := send(ctx, e); err != nil {
			return 0, fmt.Errorf("send %s %s: %w", e.Type, e.ID, err)
		}
		if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM outbox WHERE id = $1`, e.ID); err != nil {
			return 0, fmt.Errorf("forget event %s: %w", e.ID, err)
		}
	}
	return len(events), nil
}

// waiting returns the oldest events that were not sent.
func (s *Store) waiting(ctx context.Context) ([]Event, error) {
	rows, err := s.db.Read.QueryContext(ctx,
		`SELECT id, hall, type, subject, at, data FROM outbox ORDER BY id LIMIT $1`, relayBatch)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer rows.Close()
	var events []Event
	for rows.Next() {
		var e Event
		var at int64
		var data string
		if err := rows.Scan(&e.ID, &e.Hall, &e.Type, &e.Subject, &at, &data); err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		e.At, e.Data = Time(at), json.RawMessage(data)
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

// Unsent counts the events that wait for the bus.
func (s *Store) Unsent(ctx context.Context) (n int, err error) {
	if err := s.db.Read.QueryRowContext(ctx, `SELECT count(*) FROM outbox`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	return n, nil
}

// ErrNoRows is what a query for one row returns when there is none.
var ErrNoRows = sql.ErrNoRows

// IsNone tells whether err says that there is no such row.
func IsNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }
