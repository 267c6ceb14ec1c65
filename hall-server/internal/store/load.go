package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
)

// Load implements core.Journal: the newest snapshot that can be read, and the
// log after it.
func (s *Store) Load(ctx context.Context) (core.Loaded, error) {
	state, seq, err := s.newest(ctx)
	if err != nil {
		return core.Loaded{}, err
	}
	if seq, err = s.replay(ctx, state, seq); err != nil {
		return core.Loaded{}, err
	}
	keys, err := s.keys(ctx, state.Day)
	if err != nil {
		return core.Loaded{}, err
	}
	s.day = state.Day
	return core.Loaded{State: state, Seq: seq, Keys: keys}, nil
}

// Replay folds the whole log from its beginning, without snapshots. It is the
// proof that the log alone explains the state.
func (s *Store) Replay(ctx context.Context) (*queue.State, uint64, error) {
	state := queue.NewState()
	seq, err := s.replay(ctx, state, 0)
	return state, seq, err
}

func (s *Store) newest(ctx context.Context) (*queue.State, uint64, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT seq, state FROM snapshot ORDER BY seq DESC`)
	if err != nil {
		return nil, 0, fmt.Errorf("read snapshots: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var data []byte
		if err := rows.Scan(&seq, &data); err != nil {
			return nil, 0, fmt.Errorf("read snapshot: %w", err)
		}
		state := queue.NewState()
		// A damaged snapshot costs time, not tickets: the log has everything.
		if json.Unmarshal(data, state) == nil {
			return state, uint64(seq), rows.Err()
		}
	}
	return queue.NewState(), 0, rows.Err()
}

// replay applies the log after seq to state and returns the last seq.
func (s *Store) replay(ctx context.Context, state *queue.State, seq uint64) (uint64, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT seq, at, events FROM log WHERE seq > $1 ORDER BY seq`, int64(seq))
	if err != nil {
		return 0, fmt.Errorf("read the log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var next, at int64
		var text []byte
		if err := rows.Scan(&next, &at, &text); err != nil {
			return 0, fmt.Errorf("read the log: %w", err)
		}
		if uint64(next) != seq+1 {
			return 0, fmt.Errorf("read the log: record %d is missing", seq+1)
		}
		var events queue.Events
		if err := json.Unmarshal(text, &events); err != nil {
			return 0, fmt.Errorf("record %d: %w", next, err)
		}
		for _, e := range events {
			if err := queue.Apply(state, e, queue.Time(at)); err != nil {
				return 0, fmt.Errorf("record %d: %w", next, err)
			}
		}
		seq = uint64(next)
	}
	return seq, rows.Err()
}

// keys returns the idempotency keys of day and the business day before.
func (s *Store) keys(ctx context.Context, day queue.Day) ([]core.Key, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT key, seq, print, day FROM log
		WHERE key <> '' AND seq >= coalesce((SELECT first FROM day WHERE day < $1 ORDER BY day DESC LIMIT 1), 0)`, string(day))
	if err != nil {
		return nil, fmt.Errorf("read idempotency keys: %w", err)
	}
	defer rows.Close()
	var keys []core.Key
	for rows.Next() {
		var k core.Key
		var seq, print int64
		if err := rows.Scan(&k.Key, &seq, &print, &k.Day); err != nil {
			return nil, fmt.Errorf("read idempotency keys: %w", err)
		}
		k.Seq, k.Print = uint64(seq), uint64(print)
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// Numbers returns the numbers that were given on day.
func (s *Store) Numbers(ctx context.Context, day queue.Day) ([]string, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT number FROM ticket WHERE day = $1`, string(day))
	if err != nil {
		return nil, fmt.Errorf("read the day's numbers: %w", err)
	}
	defer rows.Close()
	var numbers []string
	for rows.Next() {
		var number string
		if err := rows.Scan(&number); err != nil {
			return nil, fmt.Errorf("read the day's numbers: %w", err)
		}
		numbers = append(numbers, number)
	}
	return numbers, rows.Err()
}

// PastTicket is a ticket of an earlier day, as the ticket table has it.
type PastTicket struct {
	Ticket queue.Ticket
	Day    queue.Day
}

// Ticket returns a ticket of any day; false if there never was one.
func (s *Store) Ticket(ctx context.Context, id queue.TicketID) (PastTicket, bool, error) {
	p := PastTicket{Ticket: queue.Ticket{ID: id}}
	t := &p.Ticket
	row := s.db.Read.QueryRowContext(ctx, `SELECT day, number, service, channel, state, win, taken, called, started, ended, score, print
		FROM ticket WHERE id = $1`, string(id))
	err := row.Scan(&p.Day, &t.Number, &t.Service, &t.Channel, &t.State, &t.Window,
		&t.Taken, &t.CalledAt, &t.Started, &t.Ended, &t.Score, &t.Print)
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("read ticket: %w", err)
	}
	return p, true, nil
}
