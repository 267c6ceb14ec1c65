package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Article is a notice or a law that the platform published.
type Article struct {
	ID string
	// Kind is notice or law.
	Kind                         string
	Title, Source, Summary, Body string
	// At is from when it is shown.
	At time.Time
}

func saveArticle(ctx context.Context, tx *sql.Tx, a *Article, taken time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO uplink_article (id, kind, title, source, summary, body, at, taken) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, title = excluded.title, source = excluded.source, summary = excluded.summary,
		body = excluded.body, at = excluded.at, taken = excluded.taken`,
		a.ID, a.Kind, a.Title, a.Source, a.Summary, a.Body, millis(a.At), millis(taken))
	if err != nil {
		return err
	}
	// A platform tells of fewer; whatever it says, the table has an end.
	_, err = tx.ExecContext(ctx, `DELETE FROM uplink_article WHERE kind = $1 AND id NOT IN
		(SELECT id FROM uplink_article WHERE kind = $1 ORDER BY at DESC, id LIMIT $2)`, a.Kind, maxArticles)
	return err
}

// maxArticles is how many articles of a kind a hall keeps, the newest ones.
const maxArticles = 200

// Articles are those that are shown at now, the newest first.
func (s *Store) Articles(ctx context.Context, now time.Time) ([]Article, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT id, kind, title, source, summary, body, at FROM uplink_article WHERE at <= $1 ORDER BY at DESC, id`, millis(now))
	if err != nil {
		return nil, fmt.Errorf("read articles: %w", err)
	}
	defer rows.Close()
	var out []Article
	for rows.Next() {
		var a Article
		var at int64
		if err := rows.Scan(&a.ID, &a.Kind, &a.Title, &a.Source, &a.Summary, &a.Body, &at); err != nil {
			return nil, fmt.Errorf("read articles: %w", err)
		}
		a.At = fromMillis(at)
		out = append(out, a)
	}
	return out, rows.Err()
}
