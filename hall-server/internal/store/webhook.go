package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
)

// Webhook is a registered webhook, as its table has it.
type Webhook struct {
	ID, URL string
	// Events are the types it wants; none means all.
	Events []string
	Secret string
	// Creator registered it, under the idempotency key Key if that isn't empty.
	Creator, Key string
	Created      time.Time
	WebhookProgress
}

// WebhookProgress is how far a webhook has come in the log, and how its
// deliveries fare. Zero times mean never.
type WebhookProgress struct {
	// Seq is the last record delivered whole, Part how many events of the next
	// one are done with.
	Seq  uint64
	Part int
	// Attempts counts the failures of the delivery that is tried at present,
	// FailingSince is the first of them, NextTry the instant of the next attempt.
	Attempts     int
	FailingSince time.Time
	NextTry      time.Time
	LastSuccess  time.Time
	// Failure says why the latest failed attempt, at LastFailure, did; Status is
	// its HTTP status if there was an answer.
	LastFailure time.Time
	Failure     string
	Status      int
	// Suspended is when the hall gave up.
	Suspended time.Time
}

// millis is t for the database; 0 means never.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Webhooks returns all webhooks in the order of their registration.
func (s *Store) Webhooks(ctx context.Context) ([]Webhook, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT id, url, events, secret, creator, key, created, seq, part,
		attempts, failing_since, next_try, last_success, last_failure, failure, status, suspended
		FROM webhook ORDER BY created, id`)
	if err != nil {
		return nil, fmt.Errorf("read webhooks: %w", err)
	}
	defer rows.Close()
	var out []Webhook
	for rows.Next() {
		var w Webhook
		var events string
		var created, seq, failing, next, success, failure, suspended int64
		err := rows.Scan(&w.ID, &w.URL, &events, &w.Secret, &w.Creator, &w.Key, &created, &seq, &w.Part,
			&w.Attempts, &failing, &next, &success, &failure, &w.Failure, &w.Status, &suspended)
		if err != nil {
			return nil, fmt.Errorf("read webhooks: %w", err)
		}
		if err := json.Unmarshal([]byte(events), &w.Events); err != nil {
			return nil, fmt.Errorf("read the events of webhook %s: %w", w.ID, err)
		}
		w.Created, w.Seq = fromMillis(created), uint64(seq)
		w.FailingSince, w.NextTry, w.LastSuccess = fromMillis(failing), fromMillis(next), fromMillis(success)
		w.LastFailure, w.Suspended = fromMillis(failure), fromMillis(suspended)
		out = append(out, w)
	}
	return out, rows.Err()
}

// AddWebhook keeps a new webhook.
func (s *Store) AddWebhook(ctx context.Context, w Webhook) error {
	events, err := json.Marshal(append([]string{}, w.Events...))
	if err != nil {
		return fmt.Errorf("encode the events of a webhook: %w", err)
	}
	_, err = s.db.Write.ExecContext(ctx, `INSERT INTO webhook (id, url, events, secret, creator, key, created, seq, part)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		w.ID, w.URL, string(events), w.Secret, w.Creator, w.Key, millis(w.Created), int64(w.Seq), w.Part)
	if err != nil {
		return fmt.Errorf("keep a webhook: %w", err)
	}
	return nil
}

// SaveWebhook keeps p; of a webhook that was removed nothing is kept.
func (s *Store) SaveWebhook(ctx context.Context, id string, p WebhookProgress) error {
	_, err := s.db.Write.ExecContext(ctx, `UPDATE webhook SET seq = $1, part = $2, attempts = $3, failing_since = $4,
		next_try = $5, last_success = $6, last_failure = $7, failure = $8, status = $9, suspended = $10 WHERE id = $11`,
		int64(p.Seq), p.Part, p.Attempts, millis(p.FailingSince), millis(p.NextTry), millis(p.LastSuccess),
		millis(p.LastFailure), p.Failure, p.Status, millis(p.Suspended), id)
	if err != nil {
		return fmt.Errorf("save the progress of webhook %s: %w", id, err)
	}
	return nil
}

// RemoveWebhook forgets a webhook; one that isn't there is no error.
func (s *Store) RemoveWebhook(ctx context.Context, id string) error {
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM webhook WHERE id = $1`, id); err != nil {
		return fmt.Errorf("remove webhook %s: %w", id, err)
	}
	return nil
}

// Records returns up to limit records after seq, oldest first, each with its
// answer while that is kept and without its key.
func (s *Store) Records(ctx context.Context, seq uint64, limit int) ([]core.Record, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT seq, at, day, actor, command, events, coalesce(answer, '{}')
		FROM log WHERE seq > $1 ORDER BY seq LIMIT $2`, int64(seq), limit)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	defer rows.Close()
	var out []core.Record
	for rows.Next() {
		var r core.Record
		var next, at int64
		var events []byte
		var answer string
		if err := rows.Scan(&next, &at, &r.Day, &r.Actor, &r.Command, &events, &answer); err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		r.Seq, r.At = uint64(next), queue.Time(at)
		if err := json.Unmarshal(events, &r.Events); err != nil {
			return nil, fmt.Errorf("record %d: %w", next, err)
		}
		if r.Answer, err = decodeAnswer(answer, &r); err != nil {
			return nil, fmt.Errorf("answer of record %d: %w", next, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// CountEvents counts the events after seq, but for the first part ones of the
// record that follows, whose type is one of types; none means all.
func (s *Store) CountEvents(ctx context.Context, seq uint64, part int, types []string) (int, error) {
	wanted, err := json.Marshal(append([]string{}, types...))
	if err != nil {
		return 0, fmt.Errorf("encode types of events: %w", err)
	}
	row := s.db.Read.QueryRowContext(ctx, `SELECT count(*) FROM log, json_each(log.events) AS e
		WHERE log.seq > $1 AND (log.seq > $1 + 1 OR e.key >= $2)
		AND ($3 = 0 OR json_extract(e.value, '$.type') IN (SELECT value FROM json_each($4)))`,
		int64(seq), part, len(types), string(wanted))
	var n int
	if err := row.Scan(&n); err != nil {
		return 0, fmt.Errorf("count events: %w", err)
	}
	return n, nil
}
