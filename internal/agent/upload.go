package agent

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/internal/link"
)

// Tickets returns the offline tickets that the hall hasn't received, in the
// order in which they were given. now is the hall's clock; it minus ours
// corrects the tickets' times. What a ticket was first sent with it keeps, so
// that sending it again is the same message. A person that can't be unsealed
// any more, because the agent has a new token, is left out of the ticket.
func (s *Spool) Tickets(ctx context.Context, now time.Time) (tickets []link.Message, unsealed int, err error) {
	var some bool
	err = s.db.Read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM offline_tickets WHERE state = 'waiting')`).Scan(&some)
	if err == nil && !some {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read offline tickets: %w", err)
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if err := correct(ctx, tx, now); err != nil {
			return err
		}
		tickets, unsealed, err = s.waiting(ctx, tx)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read offline tickets: %w", err)
	}
	return tickets, unsealed, nil
}

// uncorrected is a ticket that was never sent.
type uncorrected struct{ seq, issued, heard int64 }

// correct sets the hall's time of tickets that are about to be sent first. A
// clock that was set meanwhile can't move a ticket before the moment when the
// hall was last heard, nor before the ticket that was given before it, nor
// into the future.
func correct(ctx context.Context, tx *sql.Tx, now time.Time) error {
	rows, err := tx.QueryContext(ctx, `SELECT seq, issued, heard FROM offline_tickets WHERE state = 'waiting' AND sent IS NULL ORDER BY seq`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var news []uncorrected
	for rows.Next() {
		var u uncorrected
		if err := rows.Scan(&u.seq, &u.issued, &u.heard); err != nil {
			return err
		}
		news = append(news, u)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(news) == 0 {
		return err
	}
	var before sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT max(sent) FROM offline_tickets WHERE state = 'waiting'`).Scan(&before); err != nil {
		return err
	}
	offset := now.UnixMilli() - time.Now().UnixMilli()
	for _, u := range news {
		sent := min(max(u.issued+offset, u.heard, before.Int64), now.UnixMilli())
		before.Int64 = sent
		if _, err := tx.ExecContext(ctx, `UPDATE offline_tickets SET sent = $1 WHERE seq = $2`, sent, u.seq); err != nil {
			return err
		}
	}
	return nil
}

// waiting returns the messages of the tickets that wait, all of them corrected.
func (s *Spool) waiting(ctx context.Context, tx *sql.Tx) (tickets []link.Message, unsealed int, err error) {
	rows, err := tx.QueryContext(ctx,
		`SELECT id, replaces, day, number, service, channel, priority, person, sent FROM offline_tickets
		WHERE state = 'waiting' ORDER BY seq`)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var t link.OfflineTicket
		var sealed string
		var sent int64
		err := rows.Scan(&t.Ticket, &t.Replaces, &t.Day, &t.Number, &t.Service, &t.Channel, &t.Priority, &sealed, &sent)
		if err != nil {
			return nil, 0, err
		}
		t.IssuedAt = time.UnixMilli(sent)
		person, err := s.vault.Open(sealKind(t.Ticket), sealed)
		if err == nil {
			err = json.Unmarshal([]byte(person), &t.Person)
		}
		if err != nil {
			unsealed++
		}
		m, err := link.New(link.TypeTicketOffline, t.IssuedAt, t)
		if err != nil {
			return nil, 0, err
		}
		m.ID = t.Ticket
		tickets = append(tickets, m)
	}
	return tickets, unsealed, rows.Err()
}

// Settle notes that the hall has adopted the offline ticket with the id, or,
// with refused, that it never will; the person is forgotten either way.
// withdrawn is the ticket that it replaced, if any: that one is never printed.
// It returns the ticket's print report, which could not be sent before, and
// whether there was such a ticket.
func (s *Spool) Settle(ctx context.Context, id string, refused bool, withdrawn string) (released []link.Message, known bool, err error) {
	state := "received"
	if refused {
		state = "refused"
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE offline_tickets SET state = $1, person = '' WHERE id = $2 AND state = 'waiting'`, state, id)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if known = n == 1; err != nil || !known {
			return err
		}
		if withdrawn != "" {
			_, err := tx.ExecContext(ctx, `INSERT INTO withdrawn (ticket, at) VALUES ($1, $2) ON CONFLICT (ticket) DO NOTHING`,
				withdrawn, time.Now().UnixMilli())
			if err != nil {
				return err
			}
		}
		released, err = readFacts(ctx, tx, `SELECT id, type, at, body FROM facts WHERE subject = $1`, printSubject(link.OfflinePrint(id)))
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("settle offline ticket %s: %w", id, err)
	}
	return released, known, nil
}

// Waits tells whether the id is that of an offline ticket that the hall hasn't
// received.
func (s *Spool) Waits(ctx context.Context, id string) (bool, error) {
	var yes bool
	err := s.db.Read.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM offline_tickets WHERE id = $1 AND state = 'waiting')`, id).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("look for offline ticket %s: %w", id, err)
	}
	return yes, nil
}

// isWithdrawn tells whether ticket must not be printed any more.
func isWithdrawn(ctx context.Context, tx *sql.Tx, ticket string) (yes bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM withdrawn WHERE ticket = $1)`, ticket).Scan(&yes)
	return yes, err
}
