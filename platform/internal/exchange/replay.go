package exchange

import (
	"context"
	"fmt"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Replay sends a message again under its old id: who has it answers as before.
func (s *Service) Replay(ctx context.Context, key string) error {
	defer s.poke()
	return s.Store.Write(ctx, "replay a message", func(tx *store.Tx) error {
		if err := s.Audit.Add(ctx, tx, audit.Entry{Action: "exchange.replay", Object: key}); err != nil {
			return err
		}
		again, err := s.replay(ctx, tx, key)
		if err == nil && !again {
			err = ErrState
		}
		return err
	})
}

// replay lets a message that came to an end wait again; false: it hasn't.
func (s *Service) replay(ctx context.Context, tx *store.Tx, key string) (bool, error) {
	m, err := s.message(ctx, tx, `key = $1 AND direction = 'out'`, key)
	if err != nil {
		return false, err
	}
	if m.body == "" {
		return false, ErrForgotten
	}
	result, err := tx.ExecContext(ctx, `UPDATE exchange_message SET state = 'waiting', reason = '', next_at = $1, begun = $1, changed = $1
		WHERE key = $2 AND state IN ('acknowledged', 'refused', 'dead')`, store.Millis(tx.Now), key)
	if err != nil {
		return false, fmt.Errorf("replay a message: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	m.State = Waiting
	return true, s.note(ctx, tx, wasReplayed, &m)
}

// Span chooses messages to replay.
type Span struct {
	Member string
	// From and Until are days, both included.
	From, Until string
	// Service and State choose some alone; empty: all services, or what was
	// refused or given up.
	Service string
	State   State
}

// maxReplayed bounds how many messages one request replays.
const maxReplayed = 5000

// ReplaySpan replays the messages of a span and tells how many; more is true if
// there are more than one request replays.
func (s *Service) ReplaySpan(ctx context.Context, span Span) (n int, more bool, err error) {
	for _, day := range []string{span.From, span.Until} {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return 0, false, ErrInput.Wrong("from", "请选择起止日期")
		}
	}
	if span.From > span.Until {
		return 0, false, ErrInput.Wrong("until", "结束日期不能早于开始日期")
	}
	if _, err := s.Member(ctx, span.Member); err != nil {
		return 0, false, err
	}
	defer s.poke()
	err = s.Store.Write(ctx, "replay messages", func(tx *store.Tx) error {
		n, more = 0, false
		keys, err := s.spanned(ctx, tx, span)
		if err != nil {
			return err
		}
		if more = len(keys) > maxReplayed; more {
			keys = keys[:maxReplayed]
		}
		detail := fmt.Sprintf("%s – %s %s %s: %d", span.From, span.Until, span.Service, span.State, len(keys))
		if err := s.Audit.Add(ctx, tx, audit.Entry{Action: "exchange.replay-span", Object: span.Member, Detail: detail}); err != nil {
			return err
		}
		for _, key := range keys {
			again, err := s.replay(ctx, tx, key)
			if err != nil {
				return err
			}
			if again {
				n++
			}
		}
		return nil
	})
	return n, more, err
}

// spanned are the keys of what a span chooses and that can be sent again, the
// oldest first.
func (s *Service) spanned(ctx context.Context, tx *store.Tx, span Span) (keys []string, err error) {
	err = each(ctx, tx, `SELECT key FROM exchange_message WHERE day >= $1 AND day <= $2 AND member = $3 AND direction = 'out' AND body <> ''
		AND ($4 = '' OR service = $4) AND (state = $5 OR $5 = '' AND state IN ('refused', 'dead')) ORDER BY key LIMIT $6`, func(row scanner) error {
		var key string
		err := row.Scan(&key)
		keys = append(keys, key)
		return err
	}, span.From, span.Until, span.Member, span.Service, string(span.State), maxReplayed+1)
	if err != nil {
		return nil, fmt.Errorf("choose messages: %w", err)
	}
	return keys, nil
}

// Abandon gives a dead message up for good, so that those behind it go on.
func (s *Service) Abandon(ctx context.Context, key string) error {
	defer s.poke()
	return s.Store.Write(ctx, "abandon a message", func(tx *store.Tx) error {
		m, err := s.message(ctx, tx, `key = $1 AND direction = 'out'`, key)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE exchange_message SET state = 'refused', reason = 'abandoned', changed = $1 WHERE key = $2 AND state = 'dead'`,
			store.Millis(tx.Now), key)
		if err != nil {
			return fmt.Errorf("abandon a message: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return ErrState.Because(err)
		}
		if err := s.Audit.Add(ctx, tx, audit.Entry{Action: "exchange.abandon", Object: key}); err != nil {
			return err
		}
		m.State = Refused
		return s.note(ctx, tx, wasAbandoned, &m)
	})
}

// How long what is exchanged is kept. The ledger and the messages' heads stay.
const (
	bodiesKept = 180 * 24 * time.Hour
	linksKept  = 30 * 24 * time.Hour
)

// Sweep forgets what old messages said and links that ran out.
func (s *Service) Sweep(ctx context.Context) error {
	return s.Store.Write(ctx, "forget old messages", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE exchange_message SET body = '', receipt = '' WHERE state IN ('acknowledged', 'refused') AND changed < $1 AND body <> ''`,
			store.Millis(tx.Now.Add(-bodiesKept)))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM exchange_link WHERE until < $1`, store.Millis(tx.Now.Add(-linksKept)))
		return err
	})
}
