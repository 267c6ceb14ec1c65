package store

import (
	"context"
	"fmt"

	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/queue"
)

var _ documents.Table = (*Store)(nil)

const (
	insertDocument = `INSERT INTO document (id, ticket, day, kind, name, type, size, sha256, state, created, win, sender)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`
	selectDocument = `SELECT id, ticket, day, kind, name, type, size, sha256, state, created, win, sender FROM document `
)

// AddDocument implements documents.Table.
func (s *Store) AddDocument(ctx context.Context, d documents.Document) (bool, error) {
	result, err := s.db.Write.ExecContext(ctx, insertDocument, d.ID, string(d.Ticket), string(d.Day), string(d.Kind), d.Name, d.Type,
		d.Size, d.SHA256, string(d.State), int64(d.Created), string(d.Window), d.By)
	if err != nil {
		return false, fmt.Errorf("add document: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("add document: %w", err)
	}
	return n == 1, nil
}

// Document implements documents.Table.
func (s *Store) Document(ctx context.Context, id string) (documents.Document, error) {
	list, err := s.documents(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = documents.ErrUnknown
	}
	if err != nil {
		return documents.Document{}, err
	}
	return list[0], nil
}

// Documents implements documents.Table.
func (s *Store) Documents(ctx context.Context, ticket queue.TicketID) ([]documents.Document, error) {
	return s.documents(ctx, `WHERE ticket = $1 ORDER BY id`, string(ticket))
}

// OldDocuments implements documents.Table.
func (s *Store) OldDocuments(ctx context.Context, day queue.Day, begun queue.Time, limit int) ([]documents.Document, error) {
	return s.documents(ctx, `WHERE (day < $1 OR (state = 'uploading' AND created < $2))
		AND id NOT IN (SELECT document FROM intake_file WHERE state = 'waiting') LIMIT $3`, string(day), int64(begun), limit)
}

func (s *Store) documents(ctx context.Context, where string, args ...any) ([]documents.Document, error) {
	rows, err := s.db.Read.QueryContext(ctx, selectDocument+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	defer rows.Close()
	var list []documents.Document
	for rows.Next() {
		var d documents.Document
		err := rows.Scan(&d.ID, &d.Ticket, &d.Day, &d.Kind, &d.Name, &d.Type, &d.Size, &d.SHA256, &d.State, &d.Created, &d.Window, &d.By)
		if err != nil {
			return nil, fmt.Errorf("read documents: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// DocumentStored implements documents.Table.
func (s *Store) DocumentStored(ctx context.Context, id string) error {
	if err := changeOne(s.db.Write.ExecContext(ctx, `UPDATE document SET state = 'stored' WHERE id = $1`, id)); err != nil {
		return fmt.Errorf("note a stored document: %w", err)
	}
	return nil
}

// DeleteDocument implements documents.Table.
func (s *Store) DeleteDocument(ctx context.Context, id string) error {
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM document WHERE id = $1`, id); err != nil {
		return fmt.Errorf("delete document: %w", err)
	}
	return nil
}
