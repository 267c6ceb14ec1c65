package licence

import (
	"context"
	"fmt"
)

// VerifyAll verifies every licence that was issued, the oldest first, and
// tells how many stand. The first that isn't what was signed ends it.
func (s *Service) VerifyAll(ctx context.Context) (n int, err error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, content, digest, public_key, signature, organisation, region, person, legal, state, reason, created_at FROM licence_issued ORDER BY id`)
	if err != nil {
		return 0, fmt.Errorf("verify licences: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		l, err := s.scan(after{rows, &id})
		if err == nil && l.ID != id {
			err = ErrForged // it was signed as another
		}
		if err != nil {
			return n, fmt.Errorf("verify licence %s: %w", id, err)
		}
		n++
	}
	return n, rows.Err()
}

// after scans one more column before those of a licence.
type after struct {
	row   interface{ Scan(...any) error }
	first any
}

func (a after) Scan(into ...any) error { return a.row.Scan(append([]any{a.first}, into...)...) }
