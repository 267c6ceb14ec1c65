package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/hall-server/internal/hall"
)

var _ hall.Keeper = (*Store)(nil)

const versionColumns = `id, at, actor, name, note, cause, restored, changes, tag`

// AddHallVersion implements hall.Keeper.
func (s *Store) AddHallVersion(ctx context.Context, v hall.Version, text []byte) (int64, error) {
	changes, err := json.Marshal(append([]string{}, v.Changes...))
	if err != nil {
		return 0, fmt.Errorf("encode changes: %w", err)
	}
	var id int64
	row := s.db.Write.QueryRowContext(ctx, `INSERT INTO hall_version (at, actor, name, note, cause, restored, changes, tag, text)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		v.At.UnixMilli(), v.By, v.Name, v.Note, string(v.Cause), v.Restored, string(changes), v.Tag, string(text))
	if err := row.Scan(&id); err != nil {
		return 0, fmt.Errorf("add a version of the hall file: %w", err)
	}
	return id, nil
}

// LastHallVersion implements hall.Keeper.
func (s *Store) LastHallVersion(ctx context.Context) (hall.Version, []byte, bool, error) {
	var id int64
	err := s.db.Read.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM hall_version`).Scan(&id)
	if err != nil || id == 0 {
		return hall.Version{}, nil, false, err
	}
	v, text, err := s.HallVersion(ctx, id)
	return v, text, err == nil, err
}

// ErrNoVersion says that there is no such version of the hall file.
var ErrNoVersion = errors.New("no such version of the hall file")

// HallVersion is the version with id and its text, or ErrNoVersion.
func (s *Store) HallVersion(ctx context.Context, id int64) (hall.Version, []byte, error) {
	var text string
	row := s.db.Read.QueryRowContext(ctx, `SELECT `+versionColumns+`, text FROM hall_version WHERE id = $1`, id)
	v, err := scanVersion(row, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return v, nil, ErrNoVersion
	}
	return v, []byte(text), err
}

// HallVersionAt is the version that was in force at a time and its text, or
// ErrNoVersion.
func (s *Store) HallVersionAt(ctx context.Context, at time.Time) (hall.Version, []byte, error) {
	var text string
	row := s.db.Read.QueryRowContext(ctx, `SELECT `+versionColumns+`, text FROM hall_version WHERE at <= $1 ORDER BY id DESC LIMIT 1`, at.UnixMilli())
	v, err := scanVersion(row, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return v, nil, ErrNoVersion
	}
	return v, []byte(text), err
}

// HallVersions are the versions before the one with id before, all if it is 0:
// the newest first, limit of them at most.
func (s *Store) HallVersions(ctx context.Context, before int64, limit int) ([]hall.Version, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT `+versionColumns+` FROM hall_version
		WHERE $1 = 0 OR id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read versions of the hall file: %w", err)
	}
	defer rows.Close()
	var out []hall.Version
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// scanVersion reads a row of versionColumns, and what follows them into more.
func scanVersion(row interface{ Scan(...any) error }, more ...any) (hall.Version, error) {
	var v hall.Version
	var at int64
	var changes string
	to := append([]any{&v.ID, &at, &v.By, &v.Name, &v.Note, &v.Cause, &v.Restored, &changes, &v.Tag}, more...)
	if err := row.Scan(to...); err != nil {
		return v, fmt.Errorf("read a version of the hall file: %w", err)
	}
	v.At = time.UnixMilli(at).UTC()
	if err := json.Unmarshal([]byte(changes), &v.Changes); err != nil {
		return v, fmt.Errorf("read the changes of version %d: %w", v.ID, err)
	}
	return v, nil
}

// StaffSeen notes that a member of staff signed in.
func (s *Store) StaffSeen(ctx context.Context, staff string, at time.Time) error {
	_, err := s.db.Write.ExecContext(ctx, `INSERT INTO staff_seen (staff, at) VALUES ($1, $2)
		ON CONFLICT (staff) DO UPDATE SET at = max(at, excluded.at)`, staff, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("note a sign-in: %w", err)
	}
	return nil
}

// LastSeen is when each member of staff last signed in.
func (s *Store) LastSeen(ctx context.Context) (map[string]time.Time, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT staff, at FROM staff_seen`)
	if err != nil {
		return nil, fmt.Errorf("read sign-ins: %w", err)
	}
	defer rows.Close()
	out := make(map[string]time.Time)
	for rows.Next() {
		var staff string
		var at int64
		if err := rows.Scan(&staff, &at); err != nil {
			return nil, fmt.Errorf("read sign-ins: %w", err)
		}
		out[staff] = time.UnixMilli(at).UTC()
	}
	return out, rows.Err()
}
