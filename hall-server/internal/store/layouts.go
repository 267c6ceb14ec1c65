package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"smarthall/hall-server/internal/layout"
)

var _ layout.Table = (*Store)(nil)

// maxAudit is how many changes of layouts are remembered.
const maxAudit = 2000

// LayoutDocs implements layout.Table.
func (s *Store) LayoutDocs(ctx context.Context) ([]layout.Doc, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT id, draft, rev, version, body, editor, at FROM layout`)
	if err != nil {
		return nil, fmt.Errorf("read layouts: %w", err)
	}
	defer rows.Close()
	var list []layout.Doc
	for rows.Next() {
		var d layout.Doc
		var draft, body string
		if err := rows.Scan(&d.ID, &draft, &d.Rev, &d.Version, &body, &d.By, &d.At); err != nil {
			return nil, fmt.Errorf("read layouts: %w", err)
		}
		d.Draft, d.Body = json.RawMessage(draft), json.RawMessage(body)
		list = append(list, d)
	}
	return list, rows.Err()
}

// SaveLayout implements layout.Table.
func (s *Store) SaveLayout(ctx context.Context, d layout.Doc, published bool, a layout.Audit) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO layout (id, draft, rev, version, body, editor, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET draft = excluded.draft, rev = excluded.rev, version = excluded.version,
			body = excluded.body, editor = excluded.editor, at = excluded.at`,
			d.ID, string(d.Draft), d.Rev, d.Version, string(d.Body), d.By, int64(d.At))
		if err != nil {
			return err
		}
		if published {
			_, err := tx.ExecContext(ctx, `INSERT INTO layout_version (layout, number, body, editor, at) VALUES ($1, $2, $3, $4, $5)`,
				d.ID, d.Version, string(d.Body), d.By, int64(d.At))
			if err != nil {
				return err
			}
		}
		return noteLayout(ctx, tx, a)
	})
	if err != nil {
		return fmt.Errorf("save layout %s: %w", d.ID, err)
	}
	return nil
}

// noteLayout writes down what was done, if that is worth it.
func noteLayout(ctx context.Context, tx *sql.Tx, a layout.Audit) error {
	if a.What == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO layout_audit (at, editor, what, target, detail) VALUES ($1, $2, $3, $4, $5)`,
		int64(a.At), a.By, a.What, a.Target, a.Detail)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM layout_audit WHERE id <= (SELECT max(id) FROM layout_audit) - $1`, maxAudit)
	return err
}

// RemoveLayout implements layout.Table.
func (s *Store) RemoveLayout(ctx context.Context, id string, a layout.Audit) error {
	return s.removeOf(ctx, "layout "+id, a, id, `DELETE FROM layout WHERE id = $1`, `DELETE FROM layout_version WHERE layout = $1`)
}

// RemoveLayoutFile implements layout.Table.
func (s *Store) RemoveLayoutFile(ctx context.Context, id string, a layout.Audit) error {
	return s.removeOf(ctx, "layout file", a, id, `DELETE FROM layout_file WHERE id = $1`)
}

// RemoveLayoutFeed implements layout.Table.
func (s *Store) RemoveLayoutFeed(ctx context.Context, name string, a layout.Audit) error {
	return s.removeOf(ctx, "feed "+name, a, name, `DELETE FROM layout_feed WHERE name = $1`)
}

// removeOf runs statements on one id and notes what was done.
func (s *Store) removeOf(ctx context.Context, what string, a layout.Audit, id string, statements ...string) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, text := range statements {
			if _, err := tx.ExecContext(ctx, text, id); err != nil {
				return err
			}
		}
		return noteLayout(ctx, tx, a)
	})
	if err != nil {
		return fmt.Errorf("remove %s: %w", what, err)
	}
	return nil
}

// LayoutVersions implements layout.Table.
func (s *Store) LayoutVersions(ctx context.Context, id string) ([]layout.Version, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT number, body, editor, at FROM layout_version WHERE layout = $1 ORDER BY number DESC LIMIT 100`, id)
	if err != nil {
		return nil, fmt.Errorf("read versions of layout %s: %w", id, err)
	}
	defer rows.Close()
	var list []layout.Version
	for rows.Next() {
		var v layout.Version
		var body string
		if err := rows.Scan(&v.Number, &body, &v.By, &v.At); err != nil {
			return nil, fmt.Errorf("read versions of layout %s: %w", id, err)
		}
		v.Body = json.RawMessage(body)
		list = append(list, v)
	}
	return list, rows.Err()
}

// LayoutAudit implements layout.Table.
func (s *Store) LayoutAudit(ctx context.Context, limit int) ([]layout.Audit, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT at, editor, what, target, detail FROM layout_audit ORDER BY id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read the audit of layouts: %w", err)
	}
	defer rows.Close()
	var list []layout.Audit
	for rows.Next() {
		var a layout.Audit
		if err := rows.Scan(&a.At, &a.By, &a.What, &a.Target, &a.Detail); err != nil {
			return nil, fmt.Errorf("read the audit of layouts: %w", err)
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// LayoutFiles implements layout.Table.
func (s *Store) LayoutFiles(ctx context.Context) ([]layout.File, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT id, name, type, size, sender, at FROM layout_file`)
	if err != nil {
		return nil, fmt.Errorf("read layout files: %w", err)
	}
	defer rows.Close()
	var list []layout.File
	for rows.Next() {
		var f layout.File
		if err := rows.Scan(&f.ID, &f.Name, &f.Type, &f.Size, &f.By, &f.At); err != nil {
			return nil, fmt.Errorf("read layout files: %w", err)
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// AddLayoutFile implements layout.Table.
func (s *Store) AddLayoutFile(ctx context.Context, f layout.File, a layout.Audit) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO layout_file (id, name, type, size, sender, at) VALUES ($1, $2, $3, $4, $5, $6)`,
			f.ID, f.Name, f.Type, f.Size, f.By, int64(f.At))
		if err != nil {
			return err
		}
		return noteLayout(ctx, tx, a)
	})
	if err != nil {
		return fmt.Errorf("add layout file: %w", err)
	}
	return nil
}

// LayoutFeeds implements layout.Table.
func (s *Store) LayoutFeeds(ctx context.Context) ([]layout.Feed, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT body, sender FROM layout_feed`)
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", err)
	}
	defer rows.Close()
	var list []layout.Feed
	for rows.Next() {
		var f layout.Feed
		var body string
		if err := rows.Scan(&body, &f.By); err != nil {
			return nil, fmt.Errorf("read feeds: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &f.FeedView); err != nil {
			return nil, fmt.Errorf("read feed: %w", err)
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// SaveLayoutFeed implements layout.Table.
func (s *Store) SaveLayoutFeed(ctx context.Context, f layout.Feed) error {
	body, err := json.Marshal(f.FeedView)
	if err != nil {
		return fmt.Errorf("encode feed %s: %w", f.Name, err)
	}
	_, err = s.db.Write.ExecContext(ctx, `INSERT INTO layout_feed (name, body, sender) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET body = excluded.body, sender = excluded.sender`, f.Name, string(body), f.By)
	if err != nil {
		return fmt.Errorf("save feed %s: %w", f.Name, err)
	}
	return nil
}
