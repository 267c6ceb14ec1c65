package document

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"smarthall/internal/gm"
	"smarthall/platform/internal/store"
)

// ErrForged says that a stored document isn't what was signed.
var ErrForged = errors.New("the stored document isn't what was signed")

const columns = `SELECT content, digest, public_key, signature, reason, withdrawn_at, created_at FROM document_issued `

// row is a document as it is stored.
type row struct {
	content content
	doc     Document
	digest  string
}

// scan reads a stored document and verifies its signature.
func (s *Service) scan(one interface{ Scan(...any) error }) (row, error) {
	var sealed, public, signature, reason string
	var r row
	var withdrawn, created int64
	err := one.Scan(&sealed, &r.digest, &public, &signature, &reason, &withdrawn, &created)
	if err != nil {
		return r, err
	}
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err == nil {
		data, err = s.vault.OpenData(kindContent, data)
	}
	if err != nil {
		return r, fmt.Errorf("open document: %w", err)
	}
	stamp, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || public != s.signer.Public() || gm.Verify(public, data, stamp) != nil {
		return r, ErrForged
	}
	if err := json.Unmarshal(data, &r.content); err != nil {
		return r, fmt.Errorf("open document: %w", err)
	}
	c := r.content
	r.doc = Document{ID: c.ID, Kind: c.Kind, Title: c.Title, Number: c.Number, Code: c.Code, Case: c.Case, Day: c.Day, Created: store.Time(created)}
	if withdrawn != 0 {
		r.doc.Withdrawn = reason
	}
	return r, nil
}

// one reads a document that a column names.
func (s *Service) one(ctx context.Context, where string, key string) (row, error) {
	r, err := s.scan(s.Store.Read().QueryRowContext(ctx, columns+where, key))
	if store.IsNone(err) {
		return r, ErrUnknown
	}
	return r, err
}

// Get returns a document. Whether the caller may see it is for whose case it is.
func (s *Service) Get(ctx context.Context, id string) (Document, error) {
	r, err := s.one(ctx, `WHERE id = $1`, id)
	return r.doc, err
}

// OfCase lists a case's documents, oldest first.
func (s *Service) OfCase(ctx context.Context, id string) ([]Document, error) {
	rows, err := s.Store.Read().QueryContext(ctx, columns+`WHERE case_id = $1 ORDER BY created_at, id`, id)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	defer rows.Close()
	list := []Document{}
	for rows.Next() {
		r, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list documents: %w", err)
		}
		list = append(list, r.doc)
	}
	return list, rows.Err()
}
