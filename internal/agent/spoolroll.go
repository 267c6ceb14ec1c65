package agent

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Roll returns what KeepRoll stored of a printer's paper; nothing is a new roll.
func (s *Spool) Roll(ctx context.Context, printer string) (Roll, error) {
	var r Roll
	var recent string
	row := s.db.Read.QueryRowContext(ctx, `SELECT used, recent, ended FROM rolls WHERE printer = $1`, printer)
	err := row.Scan(&r.Used, &recent, &r.Ended)
	if errors.Is(err, sql.ErrNoRows) {
		return Roll{}, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(recent), &r.Recent)
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
			`INSERT INTO rolls (printer, used, recent, ended) VALUES ($1, $2, $3, $4)
			ON CONFLICT (printer) DO UPDATE SET used = excluded.used, recent = excluded.recent, ended = excluded.ended`,
			printer, r.Used, string(recent), r.Ended)
	}
	if err != nil {
		return fmt.Errorf("keep the paper roll of %s: %w", printer, err)
	}
	return nil
}
