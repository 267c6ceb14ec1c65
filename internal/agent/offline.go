package agent

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/link"
)

// maxWaiting is how many offline tickets may wait for the hall: two days of a
// busy machine. More would hide that nobody has looked after it.
const maxWaiting = 2000

// Why no offline ticket was given, besides a disk that doesn't take it.
var (
	ErrUsedUp    = errors.New("the offline series is used up")
	ErrSpoolFull = errors.New("too many offline tickets wait for the hall")
)

// HeldError is a person who has an offline ticket for the service already.
type HeldError struct{ Number string }

func (e *HeldError) Error() string { return "holds offline ticket " + e.Number }

// OfflineAsk is a wish for an offline ticket.
type OfflineAsk struct {
	// Key is the command's idempotency key: the same key gets the same ticket.
	Key string
	// Take is what the hall would have been asked.
	Take link.TakeTicket
	// Replaces is the key under which it was asked and didn't answer, if so.
	Replaces string
	// Series gives the number, on the business day Day.
	Series link.OfflineSeriesView
	Day    string
}

// OfflineTicket is one that was given.
type OfflineTicket struct {
	ID, Number, Day, Service string
	Channel                  link.Channel
	// Issued follows this machine's clock.
	Issued time.Time
	// Fresh is false if it had been given under its key before.
	Fresh bool
}

// Give gives a ticket of the machine's own series. It is durable when Give
// returns, its print job begun and not ended. The error is ErrUsedUp,
// ErrSpoolFull, a *HeldError, or the disk's.
func (s *Spool) Give(ctx context.Context, ask OfflineAsk) (t OfflineTicket, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		t, err = given(ctx, tx, ask.Key)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		t, err = s.give(ctx, tx, ask)
		return err
	})
	if err != nil {
		return OfflineTicket{}, fmt.Errorf("give offline ticket: %w", err)
	}
	return t, nil
}

// Given returns the offline ticket that was given under key; false without one.
func (s *Spool) Given(ctx context.Context, key string) (OfflineTicket, bool, error) {
	t, err := given(ctx, s.db.Read, key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return t, false, nil
	case err != nil:
		return t, false, fmt.Errorf("look for offline ticket: %w", err)
	}
	return t, true, nil
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func given(ctx context.Context, q querier, key string) (t OfflineTicket, err error) {
	var issued int64
	row := q.QueryRowContext(ctx, `SELECT id, number, day, service, channel, issued FROM offline_tickets WHERE key = $1`, key)
	err = row.Scan(&t.ID, &t.Number, &t.Day, &t.Service, &t.Channel, &issued)
	t.Issued = time.UnixMilli(issued)
	return t, err
}

// give is Give for a key that is new.
func (s *Spool) give(ctx context.Context, tx *sql.Tx, ask OfflineAsk) (OfflineTicket, error) {
	var waiting int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM offline_tickets WHERE state = 'waiting'`).Scan(&waiting); err != nil {
		return OfflineTicket{}, err
	}
	if waiting >= maxWaiting {
		return OfflineTicket{}, ErrSpoolFull
	}
	holder := s.Holder(ask.Take.Person)
	if err := mayHold(ctx, tx, ask, holder); err != nil {
		return OfflineTicket{}, err
	}
	serial, err := nextSerial(ctx, tx, ask.Series, ask.Day)
	if err != nil {
		return OfflineTicket{}, err
	}
	t := OfflineTicket{
		ID: ulid.Make().String(), Number: fmt.Sprintf("%s%0*d", ask.Series.Prefix, ask.Series.Digits, serial),
		Day: ask.Day, Service: ask.Take.Service, Channel: ask.Take.Channel, Issued: time.Now(), Fresh: true,
	}
	person, err := json.Marshal(ask.Take.Person)
	if err != nil {
		return OfflineTicket{}, err
	}
	_, err = tx.ExecContext(ctx,
		`INSERT INTO offline_tickets (id, key, replaces, day, prefix, serial, number, service, channel, priority, holder, person, issued, heard, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, coalesce((SELECT at FROM hall), 0), 'waiting')`,
		t.ID, ask.Key, ask.Replaces, t.Day, ask.Series.Prefix, serial, t.Number, t.Service, t.Channel, ask.Take.Priority,
		holder, s.vault.Seal(sealKind(t.ID), string(person)), t.Issued.UnixMilli())
	if err != nil {
		return OfflineTicket{}, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO prints (job, ticket, state, started_at) VALUES ($1, $2, 'started', $3)`,
		link.OfflinePrint(t.ID), t.ID, t.Issued.UnixMilli())
	return t, err
}

// sealKind binds a sealed person to the ticket.
func sealKind(ticket string) string { return "offline/" + ticket }

// Holder returns what recognises p in this spool and tells nothing of p; empty
// if nothing of p does.
func (s *Spool) Holder(p link.Person) string {
	if p.IDNumber != "" {
		return s.vault.Key("id", p.IDNumber)
	}
	return s.vault.Key("phone", p.Phone)
}

// mayHold refuses a holder's second ticket for a service while the first one
// waits for the hall; what happened to older ones only the hall knows.
func mayHold(ctx context.Context, tx *sql.Tx, ask OfflineAsk, holder string) error {
	if holder == "" {
		return nil
	}
	var number string
	err := tx.QueryRowContext(ctx,
		`SELECT number FROM offline_tickets WHERE state = 'waiting' AND day = $1 AND service = $2 AND holder = $3`,
		ask.Day, ask.Take.Service, holder).Scan(&number)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return &HeldError{Number: number}
}

// nextSerial is the first number of the series that neither the hall nor this
// spool knows as given on day.
func nextSerial(ctx context.Context, q querier, series link.OfflineSeriesView, day string) (int, error) {
	next := series.First
	if series.Day == day {
		next = max(next, series.Next)
	}
	var last sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT max(serial) FROM offline_tickets WHERE day = $1 AND prefix = $2`, day, series.Prefix).Scan(&last)
	if err != nil {
		return 0, err
	}
	if last.Valid {
		next = max(next, int(last.Int64)+1)
	}
	if next > series.Last {
		return 0, ErrUsedUp
	}
	return next, nil
}

// CanGive returns why Give would refuse any ticket of the series on day.
func (s *Spool) CanGive(ctx context.Context, series link.OfflineSeriesView, day string) error {
	_, err := nextSerial(ctx, s.db.Read, series, day)
	return err
}

// replacedFor is how long after an offline ticket the hall may still order the
// paper of the one that it replaced: its orders expire within a minute.
const replacedFor = 2 * time.Minute

// Replacing tells whether an offline ticket waits that was given in place of
// one which the hall may have given after all, and may order to be printed.
func (s *Spool) Replacing(ctx context.Context) (bool, error) {
	var yes bool
	err := s.db.Read.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM offline_tickets WHERE state = 'waiting' AND replaces <> '' AND issued > $1)`,
		time.Now().Add(-replacedFor).UnixMilli()).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("look for replaced tickets: %w", err)
	}
	return yes, nil
}
