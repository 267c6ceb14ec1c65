package agent

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Roll returns what KeepRoll stored of a printer's paper; nothing is a new roll.
func (s *Spool) Roll(ctx context.Context, printer string) (Roll, error) {
	var r Roll
	var recent string
	var since int64
	row := s.db.Read.QueryRowContext(ctx, `SELECT used, recent, ended, since FROM rolls WHERE printer = $1`, printer)
	err := row.Scan(&r.Used, &recent, &r.Ended, &since)
	if errors.Is(err, sql.ErrNoRows) {
		return Roll{}, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(recent), &r.Recent)
	}
	if since != 0 {
		r.Since = time.UnixMilli(since)
	}
	if err != nil {
		return Roll{}, fmt.Errorf("read the paper roll of %s: %w", printer, err)
	}
	return r, nil
}

// KeepRoll stores what is known of a printer's paper.
func (s *Spool) KeepRoll(ctx context.Context, printer string, r Roll) error {
	recent, err := json.Marshal(r.Recent)
	if err == nil {
		_, err = s.db.Write.ExecContext(ctx,
			`INSERT INTO rolls (printer, used, recent, ended, since) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (printer) DO UPDATE SET used = excluded.used, recent = excluded.recent, ended = excluded.ended, since = excluded.since`,
			printer, r.Used, string(recent), r.Ended, unixMilli(r.Since))
	}
	if err != nil {
		return fmt.Errorf("keep the paper roll of %s: %w", printer, err)
	}
	return nil
}

// unixMilli is a time for the spool; 0 for the zero time.
func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
