package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/hall-server/internal/profiles/history"
)

var _ history.Keeper = (*Store)(nil)

const profileColumns = `id, profile, at, actor, name, note, cause, restored, lines, more, revision`

// AddProfileVersion implements history.Keeper.
func (s *Store) AddProfileVersion(ctx context.Context, v history.Version, text []byte) (id int64, err error) {
	lines, err := json.Marshal(append([]history.Line{}, v.Lines...))
	if err != nil {
		return 0, fmt.Errorf("encode the changes of a device model: %w", err)
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, `INSERT INTO profile_version (profile, at, actor, name, note, cause, restored, lines, more, revision, size, text)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
			v.Profile, v.At.UnixMilli(), v.By, v.Name, v.Note, string(v.Cause), v.Restored, string(lines), v.More, v.Revision, len(text), string(text))
		if err := row.Scan(&id); err != nil {
			return err
		}
		return pruneProfiles(ctx, tx, v.Profile)
	})
	if err != nil {
		return 0, fmt.Errorf("add a version of device model %s: %w", v.Profile, err)
	}
	return id, nil
}

// pruneProfiles forgets the oldest versions beyond history's bounds: of the
// profile that has a new one, and of all. What is in force stays.
func pruneProfiles(ctx context.Context, tx *sql.Tx, profile string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM profile_version WHERE profile = $1
		AND id NOT IN (SELECT id FROM profile_version WHERE profile = $1 ORDER BY id DESC LIMIT $2)`, profile, history.MaxEach)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM profile_version WHERE id IN (SELECT id FROM (
			SELECT id, size, sum(size) OVER (ORDER BY id DESC) AS bytes, row_number() OVER (ORDER BY id DESC) AS n,
				max(id) OVER (PARTITION BY profile) AS newest
			FROM profile_version)
		WHERE (bytes > $1 OR n > $2) AND (id <> newest OR size = 0))`, history.MaxBytes, history.MaxAll)
	return err
}

// NewestProfileVersions implements history.Keeper.
func (s *Store) NewestProfileVersions(ctx context.Context) ([]history.Version, error) {
	return s.profileVersions(ctx, `SELECT `+profileColumns+` FROM profile_version
		WHERE id IN (SELECT max(id) FROM profile_version GROUP BY profile) ORDER BY id`)
}

// ProfileVersions implements history.Keeper.
func (s *Store) ProfileVersions(ctx context.Context, profile string, before int64, limit int) ([]history.Version, error) {
	return s.profileVersions(ctx, `SELECT `+profileColumns+` FROM profile_version
		WHERE ($1 = '' OR profile = $1) AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3`, profile, before, limit)
}

func (s *Store) profileVersions(ctx context.Context, query string, args ...any) ([]history.Version, error) {
	rows, err := s.db.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read versions of device models: %w", err)
	}
	defer rows.Close()
	var out []history.Version
	for rows.Next() {
		v, err := scanProfile(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// ProfileVersion implements history.Keeper.
func (s *Store) ProfileVersion(ctx context.Context, id int64) (history.Version, []byte, error) {
	var text string
	v, err := scanProfile(s.db.Read.QueryRowContext(ctx, `SELECT `+profileColumns+`, text FROM profile_version WHERE id = $1`, id), &text)
	if errors.Is(err, sql.ErrNoRows) {
		return v, nil, history.ErrNone
	}
	return v, []byte(text), err
}

// scanProfile reads a row of profileColumns, and what follows them into more.
func scanProfile(row interface{ Scan(...any) error }, more ...any) (history.Version, error) {
	var v history.Version
	var at int64
	var lines string
	to := append([]any{&v.ID, &v.Profile, &at, &v.By, &v.Name, &v.Note, &v.Cause, &v.Restored, &lines, &v.More, &v.Revision}, more...)
	if err := row.Scan(to...); err != nil {
		return v, fmt.Errorf("read a version of a device model: %w", err)
	}
	v.At = time.UnixMilli(at).UTC()
	if err := json.Unmarshal([]byte(lines), &v.Lines); err != nil {
		return v, fmt.Errorf("read the changes of version %d of a device model: %w", v.ID, err)
	}
	return v, nil
}
