package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/internal/sqldb"
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

// Publish makes the change be heard: once it is committed, the event goes to the
// bus if it is for a hall, and to the consumers of its type, to each at least
// once and with the same id each time. What nobody would hear isn't kept.
func (tx *Tx) Publish(ctx context.Context, hall, kind, subject string, body any) error {
	consumers := tx.store.consumersOf(kind)
	waits := len(consumers)
	if hall != "" {
		waits++
	}
	if waits == 0 {
		return nil
	}
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("publish %s: %w", kind, err)
	}
	id := NewID()
	text, sealed := tx.store.seal(id, string(data))
	var n int64
	err = tx.QueryRowContext(ctx, publishing[tx.store.db.Engine],
		id, hall, kind, subject, Millis(tx.Now), text, Bool(sealed), Bool(hall == ""), waits).Scan(&n)
	if err != nil {
		return fmt.Errorf("publish %s: %w", kind, err)
	}
	for _, c := range consumers {
		if err := tx.due(ctx, c, id, n, subject); err != nil {
			return fmt.Errorf("publish %s to %s: %w", kind, c, err)
		}
	}
	tx.published = true
	return nil
}

// publishing numbers events in the order of changes of one subject, whatever the
// clocks of several processes say: later than all that wait where one process
// writes at a time, or by a sequence.
var publishing = map[sqldb.Engine]string{
	sqldb.SQLite:     publishBy(`(SELECT COALESCE(MAX(n), 0) + 1 FROM outbox)`),
	sqldb.PostgreSQL: publishBy(`nextval('` + outboxOrder + `')`),
}

// outboxOrder is PostgreSQL's sequence of events.
const outboxOrder = "outbox_order"

func publishBy(next string) string {
	return `INSERT INTO outbox (id, hall, type, subject, at, data, sealed, sent, waits, n) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, ` + next + `) RETURNING n`
}

// makeOrder makes the sequence where the engine has any.
func (s *Store) makeOrder(ctx context.Context) error {
	if s.db.Engine != sqldb.PostgreSQL {
		return nil
	}
	return s.Write(ctx, "make the order of events", func(tx *Tx) error {
		// Processes that start together take turns.
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtext('`+outboxOrder+`'))`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `CREATE SEQUENCE IF NOT EXISTS `+outboxOrder)
		return err
	})
}

// sealedAs binds a sealed text to its row.
func sealedAs(id string) string { return "outbox/" + id }

// seal makes an event's data unreadable at rest where the store has a sealer.
func (s *Store) seal(id, data string) (text string, sealed bool) {
	if text := s.sealer.Seal(sealedAs(id), data); text != "" {
		return text, true
	}
	return data, false
}

// unseal is the opposite of seal.
func (s *Store) unseal(id, text string, sealed bool) (json.RawMessage, error) {
	if !sealed {
		return json.RawMessage(text), nil
	}
	data, err := s.sealer.Open(sealedAs(id), text)
	if err != nil {
		return nil, fmt.Errorf("event %s: %w", id, err)
	}
	return json.RawMessage(data), nil
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

// inboxKept is longer than any message may be on its way.
const inboxKept = 60 * 24 * time.Hour

// ErrNoRows is what a query for one row returns when there is none.
var ErrNoRows = sql.ErrNoRows

// IsNone tells whether err says that there is no such row.
func IsNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }
