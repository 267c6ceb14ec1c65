package store

import (
	"context"
	"fmt"
	"time"
)

// Sample is a sample form that items name by its address, as far as it is known
// here.
type Sample struct {
	// URL is the address as the items write it.
	URL string
	// Content is the SHA-256 of its bytes in hex; empty while there are none.
	Content string
	Type    string
	Size    int64
	// Pages is how many pictures of its pages there are; 0: none.
	Pages int
	// Tag and Changed are what its server said of this version.
	Tag, Changed string
	// Tried is when it was asked for last, Failed how often in a row that failed,
	// Detail why.
	Tried  time.Time
	Failed int
	Detail string
}

// Samples are all sample forms, by address.
func (s *Store) Samples(ctx context.Context) ([]Sample, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT url, content, type, size, pages, tag, changed, tried, failed, detail FROM sample_file ORDER BY url`)
	if err != nil {
		return nil, fmt.Errorf("read sample forms: %w", err)
	}
	defer rows.Close()
	var out []Sample
	for rows.Next() {
		var f Sample
		var tried int64
		if err := rows.Scan(&f.URL, &f.Content, &f.Type, &f.Size, &f.Pages, &f.Tag, &f.Changed, &tried, &f.Failed, &f.Detail); err != nil {
			return nil, fmt.Errorf("read sample forms: %w", err)
		}
		f.Tried = fromMillis(tried)
		out = append(out, f)
	}
	return out, rows.Err()
}

// SaveSample keeps what is known of a sample form.
func (s *Store) SaveSample(ctx context.Context, f Sample) error {
	_, err := s.db.Write.ExecContext(ctx, `INSERT INTO sample_file (url, content, type, size, pages, tag, changed, tried, failed, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (url) DO UPDATE SET content = excluded.content, type = excluded.type,
		size = excluded.size, pages = excluded.pages, tag = excluded.tag, changed = excluded.changed, tried = excluded.tried,
		failed = excluded.failed, detail = excluded.detail`,
		f.URL, f.Content, f.Type, f.Size, f.Pages, f.Tag, f.Changed, millis(f.Tried), f.Failed, f.Detail)
	if err != nil {
		return fmt.Errorf("keep sample form %s: %w", f.URL, err)
	}
	return nil
}

// DropSample forgets a sample form.
func (s *Store) DropSample(ctx context.Context, url string) error {
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM sample_file WHERE url = $1`, url); err != nil {
		return fmt.Errorf("forget sample form %s: %w", url, err)
	}
	return nil
}
