package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/statistics"
)

// VisitCursor is how far visits were folded from the log.
type VisitCursor struct {
	// Rules is the version of the rules they were folded by; 0 if there are none.
	Rules int
	// Seq is the record up to which the visits are complete.
	Seq uint64
	// Base is the record after which State was the hall, to go on from; State is
	// nil at the beginning of the log.
	Base  uint64
	State *queue.State
}

// VisitCursor returns how far visits were folded; the zero value if they never
// were.
func (s *Store) VisitCursor(ctx context.Context) (VisitCursor, error) {
	var c VisitCursor
	var seq, base int64
	var state []byte
	row := s.db.Read.QueryRowContext(ctx, `SELECT rules, seq, base, state FROM visit_cursor`)
	err := row.Scan(&c.Rules, &seq, &base, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return VisitCursor{}, nil
	}
	if err != nil {
		return c, fmt.Errorf("read the cursor of visits: %w", err)
	}
	c.Seq, c.Base = uint64(seq), uint64(base)
	if state == nil {
		return c, nil
	}
	c.State = queue.NewState()
	if err := json.Unmarshal(state, c.State); err != nil {
		return c, fmt.Errorf("decode the cursor of visits: %w", err)
	}
	return c, nil
}

const upsertVisit = `INSERT INTO visit (day, ticket, number, taken, hour, weekday, service, zone, channel, origin, priority,
		offline, outcome, returned, recalls, score, promised, truth, stages)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
	ON CONFLICT (day, ticket) DO UPDATE SET outcome = excluded.outcome, returned = excluded.returned,
		service = excluded.service, zone = excluded.zone, channel = excluded.channel, origin = excluded.origin,
		priority = excluded.priority, offline = excluded.offline, recalls = excluded.recalls, score = excluded.score,
		promised = excluded.promised, truth = excluded.truth, stages = excluded.stages`

// SaveVisits keeps visits and, unless it is nil, moves the cursor, all or none.
// A cursor without State leaves the base as it is.
func (s *Store) SaveVisits(ctx context.Context, visits []statistics.Visit, cursor *VisitCursor) error {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("save visits: %w", err)
	}
	err = saveVisits(ctx, tx, visits)
	if err == nil && cursor != nil {
		err = moveCursor(ctx, tx, cursor)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("save visits: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("save visits: %w", err)
	}
	return nil
}

func saveVisits(ctx context.Context, tx *sql.Tx, visits []statistics.Visit) (err error) {
	if len(visits) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, upsertVisit)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for i := range visits {
		v := &visits[i]
		stages, err := json.Marshal(v.Stages)
		if err != nil {
			return fmt.Errorf("encode the stages of %s: %w", v.Number, err)
		}
		_, err = stmt.ExecContext(ctx, string(v.Day), string(v.Ticket), v.Number, int64(v.Taken), v.Hour, v.Weekday,
			string(v.Service), v.Zone, string(v.Channel), v.Origin, v.Priority, v.Offline, string(v.Outcome), v.Returned,
			v.Recalls, v.Score, v.Promised.Milliseconds(), v.Truth.Milliseconds(), string(stages))
		if err != nil {
			return fmt.Errorf("insert the visit of %s: %w", v.Number, err)
		}
	}
	return nil
}

func moveCursor(ctx context.Context, tx *sql.Tx, c *VisitCursor) error {
	if c.State == nil {
		_, err := tx.ExecContext(ctx, `INSERT INTO visit_cursor (id, rules, seq, base) VALUES (1, $1, $2, 0)
			ON CONFLICT (id) DO UPDATE SET rules = excluded.rules, seq = excluded.seq`, c.Rules, int64(c.Seq))
		return err
	}
	state, err := json.Marshal(c.State)
	if err != nil {
		return fmt.Errorf("encode the hall: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO visit_cursor (id, rules, seq, base, state) VALUES (1, $1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET rules = excluded.rules, seq = excluded.seq, base = excluded.base, state = excluded.state`,
		c.Rules, int64(c.Seq), int64(c.Base), state)
	return err
}

// ForgetVisits deletes all visits and their cursor, so that they are folded
// anew.
func (s *Store) ForgetVisits(ctx context.Context) error {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("forget visits: %w", err)
	}
	for _, table := range []string{"visit", "visit_cursor"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil {
			return errors.Join(fmt.Errorf("forget visits: %w", err), tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("forget visits: %w", err)
	}
	return nil
}

// Visits calls f with every visit of the business days from … to, both
// included, in the order of days. f may keep the visit.
func (s *Store) Visits(ctx context.Context, from, to queue.Day, f func(*statistics.Visit) error) error {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT day, ticket, number, taken, hour, weekday, service, zone, channel, origin,
			priority, offline, outcome, returned, recalls, score, promised, truth, stages
		FROM visit WHERE day >= $1 AND day <= $2 ORDER BY day, ticket`, string(from), string(to))
	if err != nil {
		return fmt.Errorf("read visits: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var v statistics.Visit
		var promised, truth int64
		var stages []byte
		err := rows.Scan(&v.Day, &v.Ticket, &v.Number, &v.Taken, &v.Hour, &v.Weekday, &v.Service, &v.Zone, &v.Channel,
			&v.Origin, &v.Priority, &v.Offline, &v.Outcome, &v.Returned, &v.Recalls, &v.Score, &promised, &truth, &stages)
		if err != nil {
			return fmt.Errorf("read visits: %w", err)
		}
		if err := json.Unmarshal(stages, &v.Stages); err != nil {
			return fmt.Errorf("decode the stages of %s: %w", v.Number, err)
		}
		v.Promised, v.Truth = time.Duration(promised)*time.Millisecond, time.Duration(truth)*time.Millisecond
		if err := f(&v); err != nil {
			return err
		}
	}
	return rows.Err()
}

// LogRecord is what the log has of one command's events.
type LogRecord struct {
	Seq    uint64
	At     queue.Time
	Events queue.Events
}

// LogAfter returns at most limit records after seq, oldest first.
func (s *Store) LogAfter(ctx context.Context, seq uint64, limit int) ([]LogRecord, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT seq, at, events FROM log WHERE seq > $1 ORDER BY seq LIMIT $2`,
		int64(seq), limit)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	defer rows.Close()
	var out []LogRecord
	for rows.Next() {
		var next, at int64
		var text []byte
		if err := rows.Scan(&next, &at, &text); err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		r := LogRecord{Seq: uint64(next), At: queue.Time(at)}
		if r.Seq != seq+uint64(len(out))+1 {
			return nil, fmt.Errorf("read the log: record %d is missing", seq+uint64(len(out))+1)
		}
		if err := json.Unmarshal(text, &r.Events); err != nil {
			return nil, fmt.Errorf("record %d: %w", next, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
