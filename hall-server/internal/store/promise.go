package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/queue"
)

// keepPromises is for how many business days every range that was shown is
// kept; what came of the first one is kept for ever.
const keepPromises = 60

// FirstOf returns the record before the last business days, as many as days; 0
// if there aren't that many.
func (s *Store) FirstOf(ctx context.Context, days int) (uint64, error) {
	var first int64
	row := s.db.Read.QueryRowContext(ctx, `SELECT coalesce(min(first), 1) FROM
		(SELECT first FROM day ORDER BY day DESC LIMIT $1)`, days)
	if err := row.Scan(&first); err != nil {
		return 0, fmt.Errorf("read where days begin: %w", err)
	}
	return uint64(max(first-1, 0)), nil
}

// SavePromises keeps ranges that were shown and outcomes, all or none. An
// outcome that is there already gets its wait.
func (s *Store) SavePromises(ctx context.Context, told []estimate.Told, outcomes []estimate.Outcome) error {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("save promises: %w", err)
	}
	if err := savePromises(ctx, tx, told, outcomes); err != nil {
		return errors.Join(fmt.Errorf("save promises: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("save promises: %w", err)
	}
	return nil
}

func savePromises(ctx context.Context, tx *sql.Tx, told []estimate.Told, outcomes []estimate.Outcome) error {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO promise (ticket, at, day, ahead, low, high)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (ticket, at) DO NOTHING`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for i := range told {
		t := &told[i]
		low, high := t.Range.Low, t.Range.High
		if t.Range.None {
			low, high = estimate.NoWindow, estimate.NoWindow
		}
		if _, err := insert.ExecContext(ctx, string(t.Ticket), int64(t.At), string(t.Day), t.Ahead, low, high); err != nil {
			return err
		}
	}
	upsert, err := tx.PrepareContext(ctx, `INSERT INTO promise_outcome (day, ticket, service, hour, at, p10, p50, p80, p90, waited)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (day, ticket) DO UPDATE SET waited = excluded.waited`)
	if err != nil {
		return err
	}
	defer func() { _ = upsert.Close() }()
	for i := range outcomes {
		o := &outcomes[i]
		_, err := upsert.ExecContext(ctx, string(o.Day), string(o.Ticket), string(o.Service), o.Hour, int64(o.At),
			o.Wait.P10, o.Wait.P50, o.Wait.P80, o.Wait.P90, o.Waited)
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM promise WHERE day <=
		(SELECT day FROM day ORDER BY day DESC LIMIT 1 OFFSET $1)`, keepPromises)
	return err
}

// PromiseOutcomes calls f with what was promised first on the business days from
// … to, both included, and what came of it, in the order of days. f may keep
// the outcome.
func (s *Store) PromiseOutcomes(ctx context.Context, from, to queue.Day, f func(*estimate.Outcome)) error {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT day, ticket, service, hour, at, p10, p50, p80, p90, waited
		FROM promise_outcome WHERE day >= $1 AND day <= $2 ORDER BY day, ticket`, string(from), string(to))
	if err != nil {
		return fmt.Errorf("read what was promised: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		o := new(estimate.Outcome)
		err := rows.Scan(&o.Day, &o.Ticket, &o.Service, &o.Hour, &o.At,
			&o.Wait.P10, &o.Wait.P50, &o.Wait.P80, &o.Wait.P90, &o.Waited)
		if err != nil {
			return fmt.Errorf("read what was promised: %w", err)
		}
		f(o)
	}
	return rows.Err()
}

// Promises returns the ranges that the holder of a ticket was shown, oldest
// first.
func (s *Store) Promises(ctx context.Context, id queue.TicketID) ([]estimate.Told, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT ticket, at, day, ahead, low, high FROM promise WHERE ticket = $1 ORDER BY at`, string(id))
	if err != nil {
		return nil, fmt.Errorf("read promises: %w", err)
	}
	defer rows.Close()
	var out []estimate.Told
	for rows.Next() {
		var t estimate.Told
		if err := rows.Scan(&t.Ticket, &t.At, &t.Day, &t.Ahead, &t.Range.Low, &t.Range.High); err != nil {
			return nil, fmt.Errorf("read promises: %w", err)
		}
		if t.Range.Low == estimate.NoWindow {
			t.Range = estimate.Range{None: true}
		}
		out = append(out, t)
	}
	return out, rows.Err()
}
