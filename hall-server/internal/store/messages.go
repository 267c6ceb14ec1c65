package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
)

var _ message.Table = (*Store)(nil)

// The statements of messages.
const (
	insertMessage = `INSERT INTO message (id, ticket, number, day, event, call, channel, version, code, text, vars,
			phone, masked, person, provider, state, reason, receipt, attempts, created, due, expires, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
		ON CONFLICT (ticket, event, call, channel) DO NOTHING`
	updateMessage = `UPDATE message SET provider = $1, state = $2, reason = $3, receipt = $4, attempts = $5,
		due = $6, expires = $7, changed = $8 WHERE id = $9`
	selectMessage = `SELECT id, ticket, number, day, event, call, channel, version, code, text, vars,
		phone, masked, person, provider, state, reason, receipt, attempts, created, due, expires, changed FROM message `
)

// write runs f in one transaction. Like a commit of the log, it isn't cut off
// half-way.
func (s *Store) write(ctx context.Context, f func(ctx context.Context, tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// AddMessages implements message.Table.
func (s *Store) AddMessages(ctx context.Context, messages []message.Message) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for i := range messages {
			m := &messages[i]
			vars, err := json.Marshal(m.Vars)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, insertMessage, m.ID, string(m.Ticket), m.Number, string(m.Day), string(m.Event), m.Call,
				string(m.Channel), m.Version, m.Code, m.Text, string(vars), m.To, m.Masked, m.Person, m.Provider, string(m.State),
				m.Reason, m.Receipt, m.Attempts, int64(m.Created), int64(m.Due), int64(m.Expires), int64(m.Changed))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add messages: %w", err)
	}
	return nil
}

// SaveMessages implements message.Table.
func (s *Store) SaveMessages(ctx context.Context, messages []message.Message) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for i := range messages {
			m := &messages[i]
			err := changeOne(tx.ExecContext(ctx, updateMessage, m.Provider, string(m.State), m.Reason, m.Receipt, m.Attempts,
				int64(m.Due), int64(m.Expires), int64(m.Changed), m.ID))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save messages: %w", err)
	}
	return nil
}

// DueMessages implements message.Table.
func (s *Store) DueMessages(ctx context.Context, now queue.Time, limit int) ([]message.Message, error) {
	return s.messages(ctx, `WHERE state = 'pending' AND due <= $1 ORDER BY due LIMIT $2`, int64(now), limit)
}

// Messages implements message.Table.
func (s *Store) Messages(ctx context.Context, f message.Filter) ([]message.Message, error) {
	return s.messages(ctx, `WHERE ($1 = '' OR ticket = $1 OR number = $1) AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3`,
		string(f.Ticket), string(f.State), f.Limit)
}

// Message implements message.Table.
func (s *Store) Message(ctx context.Context, id string) (message.Message, error) {
	return s.message(ctx, `WHERE id = $1`, id)
}

// MessageByReceipt implements message.Table.
func (s *Store) MessageByReceipt(ctx context.Context, receipt string) (message.Message, error) {
	return s.message(ctx, `WHERE receipt = $1 AND receipt <> '' ORDER BY id DESC LIMIT 1`, receipt)
}

func (s *Store) message(ctx context.Context, where string, args ...any) (message.Message, error) {
	list, err := s.messages(ctx, where, args...)
	if err == nil && len(list) == 0 {
		err = message.ErrUnknown
	}
	if err != nil {
		return message.Message{}, err
	}
	return list[0], nil
}

func (s *Store) messages(ctx context.Context, where string, args ...any) ([]message.Message, error) {
	rows, err := s.db.Read.QueryContext(ctx, selectMessage+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	defer rows.Close()
	var list []message.Message
	for rows.Next() {
		var m message.Message
		var vars string
		err := rows.Scan(&m.ID, &m.Ticket, &m.Number, &m.Day, &m.Event, &m.Call, &m.Channel, &m.Version, &m.Code, &m.Text, &vars,
			&m.To, &m.Masked, &m.Person, &m.Provider, &m.State, &m.Reason, &m.Receipt, &m.Attempts,
			&m.Created, &m.Due, &m.Expires, &m.Changed)
		if err != nil {
			return nil, fmt.Errorf("read message: %w", err)
		}
		if err := json.Unmarshal([]byte(vars), &m.Vars); err != nil {
			return nil, fmt.Errorf("read message %s: %w", m.ID, err)
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// SentMessages implements message.Table.
func (s *Store) SentMessages(ctx context.Context, day queue.Day, person string) (hall, phone int, err error) {
	row := s.db.Read.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE person = $1) FROM message
		WHERE day = $2 AND attempts > 0`, person, string(day))
	if err := row.Scan(&hall, &phone); err != nil {
		return 0, 0, fmt.Errorf("count messages: %w", err)
	}
	return hall, phone, nil
}

// ForgetPhones implements message.Table.
func (s *Store) ForgetPhones(ctx context.Context, day queue.Day) error {
	_, err := s.db.Write.ExecContext(ctx, `UPDATE message SET phone = '', person = '' WHERE phone <> '' AND day < $1`, string(day))
	if err != nil {
		return fmt.Errorf("forget phone numbers: %w", err)
	}
	return nil
}

// SetChoice implements message.Table.
func (s *Store) SetChoice(ctx context.Context, c message.Choice) error {
	_, err := s.db.Write.ExecContext(ctx, `INSERT INTO message_choice (ticket, channel, day, wanted) VALUES ($1, $2, $3, $4)
		ON CONFLICT (ticket, channel) DO UPDATE SET wanted = excluded.wanted`,
		string(c.Ticket), string(c.Channel), string(c.Day), boolean(c.Wanted))
	if err != nil {
		return fmt.Errorf("set choice: %w", err)
	}
	return nil
}

// Choices implements message.Table.
func (s *Store) Choices(ctx context.Context, day queue.Day) ([]message.Choice, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT ticket, channel, day, wanted FROM message_choice WHERE day = $1`, string(day))
	if err != nil {
		return nil, fmt.Errorf("read choices: %w", err)
	}
	defer rows.Close()
	var list []message.Choice
	for rows.Next() {
		var c message.Choice
		if err := rows.Scan(&c.Ticket, &c.Channel, &c.Day, &c.Wanted); err != nil {
			return nil, fmt.Errorf("read choices: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// boolean is b as databases keep it.
func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
