package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/hall-server/internal/alarm"
)

var _ alarm.Table = (*Store)(nil)

// keepAlarms is how long alarms are kept after they ended.
const keepAlarms = 400 * 24 * time.Hour

// SaveAlarms implements alarm.Table. An alarm that has ended stays so: whoever
// says at that moment that they take it changes only that.
func (s *Store) SaveAlarms(ctx context.Context, alarms []alarm.Alarm) error {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("save alarms: %w", err)
	}
	if err := saveAlarms(ctx, tx, alarms); err != nil {
		return errors.Join(fmt.Errorf("save alarms: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("save alarms: %w", err)
	}
	return nil
}

func saveAlarms(ctx context.Context, tx *sql.Tx, alarms []alarm.Alarm) error {
	var latest int64
	for i := range alarms {
		a := &alarms[i]
		data, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode alarm %s: %w", a.Key, err)
		}
		ended := int64(0)
		if !a.Ended.IsZero() {
			ended = a.Ended.UnixMilli()
			latest = max(latest, ended)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO alarm (id, began, ended, view) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET view = excluded.view,
				ended = CASE WHEN alarm.ended = 0 THEN excluded.ended ELSE alarm.ended END`, a.ID, a.Since.UnixMilli(), ended, string(data))
		if err != nil {
			return err
		}
	}
	if latest == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM alarm WHERE began < $1 AND ended <> 0`, latest-keepAlarms.Milliseconds())
	return err
}

// OpenAlarms implements alarm.Table.
func (s *Store) OpenAlarms(ctx context.Context) ([]alarm.Alarm, error) {
	return s.alarms(ctx, `SELECT ended, view FROM alarm WHERE ended = 0 ORDER BY began, id`)
}

// shownAlarms bounds how many alarms one question gets.
const shownAlarms = 2000

// Alarms implements alarm.Table.
func (s *Store) Alarms(ctx context.Context, from, to time.Time) ([]alarm.Alarm, error) {
	return s.alarms(ctx, `SELECT ended, view FROM alarm WHERE began < $1 AND (ended = 0 OR ended > $2) ORDER BY began, id LIMIT $3`,
		to.UnixMilli(), from.UnixMilli(), shownAlarms)
}

func (s *Store) alarms(ctx context.Context, query string, args ...any) ([]alarm.Alarm, error) {
	rows, err := s.db.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read alarms: %w", err)
	}
	defer rows.Close()
	out := []alarm.Alarm{}
	for rows.Next() {
		var ended int64
		var data []byte
		var a alarm.Alarm
		if err := rows.Scan(&ended, &data); err != nil {
			return nil, fmt.Errorf("read alarms: %w", err)
		}
		if err := json.Unmarshal(data, &a); err != nil {
			return nil, fmt.Errorf("decode an alarm: %w", err)
		}
		a.Ended = time.Time{}
		if ended != 0 {
			a.Ended = time.UnixMilli(ended).UTC()
		}
		out = append(out, a)
	}
	return out, rows.Err()
}
