package message

import (
	"context"
	"fmt"

	"smarthall/platform/internal/store"
)

// InboxOf is what stands in a person's inbox, the newest first, at most limit
// messages that are older than the one with the id before.
func (s *Service) InboxOf(ctx context.Context, person, before string, limit int, unread bool) ([]Letters, error) {
	if before == "" {
		before = "~" // sorts after every id
	}
	rows, err := s.Store.Read().QueryContext(ctx, selectRow+` WHERE person = $1 AND inbox = 1 AND id < $2 AND (seen = 0 OR $3 = 0) ORDER BY id DESC LIMIT $4`,
		person, before, store.Bool(unread), limit)
	if err != nil {
		return nil, fmt.Errorf("read an inbox: %w", err)
	}
	found, err := scanRows(rows)
	if err != nil {
		return nil, fmt.Errorf("read an inbox: %w", err)
	}
	list := []Letters{}
	for _, r := range found {
		t, err := s.template(ctx, s.Store.Read(), r.template, r.version)
		if err != nil {
			return nil, fmt.Errorf("read message %s: %w", r.id, err)
		}
		vars, err := s.values(r, t)
		if err != nil {
			return nil, err
		}
		text := t.fill(Inbox, vars)
		list = append(list, Letters{ID: r.id, Template: r.template, At: r.created, Title: text.Title, Text: text.Text, Read: r.seen != 0})
	}
	return list, nil
}

// Unread counts what a person hasn't read yet.
func (s *Service) Unread(ctx context.Context, person string) (n int, err error) {
	err = s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM message_notice WHERE person = $1 AND inbox = 1 AND seen = 0`, person).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count an inbox: %w", err)
	}
	return n, nil
}

// Mark notes whether a person has read one of her messages; another's isn't
// there for her.
func (s *Service) Mark(ctx context.Context, person, id string, read bool) error {
	return s.Store.Write(ctx, "mark a message", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE message_notice SET seen = CASE WHEN $1 = 0 THEN 0 WHEN seen = 0 THEN CAST($2 AS BIGINT) ELSE seen END
			WHERE id = $3 AND person = $4 AND inbox = 1`, store.Bool(read), store.Millis(tx.Now), id, person)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrUnknown
		}
		return nil
	})
}

// MarkAll notes that a person has read all her messages.
func (s *Service) MarkAll(ctx context.Context, person string) error {
	return s.Store.Write(ctx, "mark an inbox", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE message_notice SET seen = $1 WHERE person = $2 AND inbox = 1 AND seen = 0`, store.Millis(tx.Now), person)
		return err
	})
}
