package document

import (
	"context"
	"fmt"
)

// VerifyAll verifies every document that was issued, the oldest first, and
// tells how many stand. The first that isn't what was signed ends it.
func (s *Service) VerifyAll(ctx context.Context) (n int, err error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, content, digest, public_key, signature, reason, withdrawn_at, created_at FROM document_issued ORDER BY id`)
	if err != nil {
		return 0, fmt.Errorf("verify documents: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		r, err := s.scan(after{rows, &id})
		if err == nil && r.doc.ID != id {
			err = ErrForged // it was signed as another
		}
		if err != nil {
			return n, fmt.Errorf("verify document %s: %w", id, err)
		}
		n++
	}
	return n, rows.Err()
}

// after scans one more column before those of a document.
type after struct {
	row   interface{ Scan(...any) error }
	first any
}

func (a after) Scan(into ...any) error { return a.row.Scan(append([]any{a.first}, into...)...) }
