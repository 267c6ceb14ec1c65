package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/replay"
	"smarthall/internal/link"
	"smarthall/internal/sqldb"
)

// Past reads the log for replays through connections of its own, so that nobody
// who takes a ticket waits for them.
type Past struct {
	db *sqldb.DB
}

var _ replay.Past = (*Past)(nil)

// pastReaders is how many questions of replays are answered at once.
const pastReaders = 2

// OpenPast opens the database at path, which a Store has open, for replays.
func OpenPast(ctx context.Context, path string) (*Past, error) {
	db, err := sqldb.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	db.Read.SetMaxOpenConns(pastReaders)
	return &Past{db}, nil
}

// Close closes its connections.
func (p *Past) Close() error { return p.db.Close() }

// Span implements replay.Past.
func (p *Past) Span(ctx context.Context, day queue.Day) (replay.Span, error) {
	var s replay.Span
	var first, last, from, to sql.NullInt64
	row := p.db.Read.QueryRowContext(ctx, `SELECT first,
			(SELECT min(first) - 1 FROM day AS next WHERE next.first > day.first),
			(SELECT at FROM log WHERE seq = day.first),
			(SELECT at FROM log WHERE seq = coalesce((SELECT min(first) - 1 FROM day AS next WHERE next.first > day.first), (SELECT max(seq) FROM log)))
		FROM day WHERE day = $1`, string(day))
	err := row.Scan(&first, &last, &from, &to)
	if errors.Is(err, sql.ErrNoRows) {
		return s, replay.ErrNoDay
	}
	if err != nil {
		return s, fmt.Errorf("read a day's place in the log: %w", err)
	}
	s.First, s.Last = uint64(first.Int64), uint64(last.Int64)
	s.From, s.To = queue.Time(from.Int64), queue.Time(to.Int64)
	return s, nil
}

// Days implements replay.Past.
func (p *Past) Days(ctx context.Context, most int) ([]queue.Day, error) {
	rows, err := p.db.Read.QueryContext(ctx, `SELECT day FROM day ORDER BY first DESC LIMIT $1`, most)
	if err != nil {
		return nil, fmt.Errorf("read the days of the log: %w", err)
	}
	defer rows.Close()
	var out []queue.Day
	for rows.Next() {
		var day queue.Day
		if err := rows.Scan(&day); err != nil {
			return nil, fmt.Errorf("read the days of the log: %w", err)
		}
		out = append(out, day)
	}
	return out, rows.Err()
}

// Records implements replay.Past.
func (p *Past) Records(ctx context.Context, after uint64, limit int) ([]replay.Record, error) {
	rows, err := p.db.Read.QueryContext(ctx, `SELECT seq, at, events FROM log WHERE seq > $1 ORDER BY seq LIMIT $2`, int64(after), limit)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	defer rows.Close()
	out := make([]replay.Record, 0, limit)
	for rows.Next() {
		var seq, at int64
		var text []byte
		if err := rows.Scan(&seq, &at, &text); err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		r := replay.Record{Seq: uint64(seq), At: queue.Time(at)}
		if err := json.Unmarshal(text, &r.Events); err != nil {
			return nil, fmt.Errorf("record %d: %w", seq, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Base implements replay.Past.
func (p *Past) Base(ctx context.Context, upTo uint64) (uint64, *queue.State, error) {
	var seq int64
	var data []byte
	row := p.db.Read.QueryRowContext(ctx, `SELECT seq, state FROM replay_base WHERE seq <= $1 ORDER BY seq DESC LIMIT 1`, int64(upTo))
	err := row.Scan(&seq, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, queue.NewState(), nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read where a replay begins: %w", err)
	}
	state := queue.NewState()
	if json.Unmarshal(data, state) != nil {
		return 0, queue.NewState(), nil // a damaged one costs time only: the log has everything
	}
	return uint64(seq), state, nil
}

// Agents implements replay.Past.
func (p *Past) Agents(ctx context.Context, from, to queue.Time) ([]replay.AgentChange, error) {
	rows, err := p.db.Read.QueryContext(ctx, `SELECT at, agent, view FROM agent_past AS a
		WHERE at >= coalesce((SELECT max(at) FROM agent_past WHERE agent = a.agent AND at <= $1), $1) AND at <= $2 ORDER BY at, agent`,
		int64(from), int64(to))
	if err != nil {
		return nil, fmt.Errorf("read what agents were: %w", err)
	}
	defer rows.Close()
	var out []replay.AgentChange
	for rows.Next() {
		var at int64
		var text string
		var c replay.AgentChange
		if err := rows.Scan(&at, &c.Agent, &text); err != nil {
			return nil, fmt.Errorf("read what agents were: %w", err)
		}
		c.At = queue.Time(at)
		if text != "" {
			c.View = &link.AgentView{}
			if err := json.Unmarshal([]byte(text), c.View); err != nil {
				return nil, fmt.Errorf("decode what agent %s was: %w", c.Agent, err)
			}
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

var _ replay.Table = (*Store)(nil)

// How long replays reach back.
const (
	keepBases  = 90 // days
	keepAgents = 90 * 24 * time.Hour
)

// SaveBase implements replay.Table.
func (s *Store) SaveBase(ctx context.Context, day queue.Day, seq uint64, state *queue.State) error {
	data, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode the hall: %w", err)
	}
	_, err = s.db.Write.ExecContext(ctx, `INSERT INTO replay_base (day, seq, state) VALUES ($1, $2, $3)
		ON CONFLICT (day) DO UPDATE SET seq = excluded.seq, state = excluded.state`, string(day), int64(seq), data)
	if err == nil {
		_, err = s.db.Write.ExecContext(ctx, `DELETE FROM replay_base WHERE day NOT IN
			(SELECT day FROM replay_base ORDER BY seq DESC LIMIT $1)`, keepBases)
	}
	if err != nil {
		return fmt.Errorf("keep where a replay begins: %w", err)
	}
	return nil
}

// SaveAgents implements replay.Table.
func (s *Store) SaveAgents(ctx context.Context, changes []replay.AgentChange) error {
	tx, err := s.db.Write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("keep what agents are: %w", err)
	}
	if err := saveAgents(ctx, tx, changes); err != nil {
		return errors.Join(fmt.Errorf("keep what agents are: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("keep what agents are: %w", err)
	}
	return nil
}

func saveAgents(ctx context.Context, tx *sql.Tx, changes []replay.AgentChange) error {
	latest := queue.Time(0)
	for i := range changes {
		c := &changes[i]
		latest = max(latest, c.At)
		text := ""
		if c.View != nil {
			data, err := json.Marshal(c.View)
			if err != nil {
				return fmt.Errorf("encode agent %s: %w", c.Agent, err)
			}
			text = string(data)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO agent_past (at, agent, view) VALUES ($1, $2, $3)
			ON CONFLICT (agent, at) DO UPDATE SET view = excluded.view`, int64(c.At), c.Agent, text)
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM agent_past WHERE at < $1 AND EXISTS
		(SELECT 1 FROM agent_past AS newer WHERE newer.agent = agent_past.agent AND newer.at > agent_past.at AND newer.at < $1)`,
		int64(latest.Add(-keepAgents)))
	return err
}

// WindowEvents calls f with the records of day that signed somebody in or out,
// or paused a window, in their order.
func (s *Store) WindowEvents(ctx context.Context, day queue.Day, f func(at queue.Time, events queue.Events)) error {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT seq, at, events FROM log
		WHERE seq >= coalesce((SELECT first FROM day WHERE day = $1), 0) AND day = $1 AND instr(events, '"window.') > 0 ORDER BY seq`, string(day))
	if err != nil {
		return fmt.Errorf("read a day's attendance: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq, at int64
		var text []byte
		if err := rows.Scan(&seq, &at, &text); err != nil {
			return fmt.Errorf("read a day's attendance: %w", err)
		}
		var events queue.Events
		if err := json.Unmarshal(text, &events); err != nil {
			return fmt.Errorf("record %d: %w", seq, err)
		}
		f(queue.Time(at), events)
	}
	return rows.Err()
}
