package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"smarthall/platform/internal/store"
)

// Settings of sending.
const (
	lookEvery = 2 * time.Second
	// together is how many members are sent to at once, batch how many messages
	// one gets before the others have their turn.
	together = 4
	batch    = 50
	// claimed is how long a message that was sent may go without an answer before
	// somebody sends it again: longer than any call takes.
	claimed = 2 * time.Minute
	// giveUp is how long a message waits for its member: a long weekend.
	giveUp = 5 * 24 * time.Hour
	// skew is by how much clocks may differ.
	skew = 5 * time.Minute
)

// Run sends what waits, compares days and forgets what is old, until ctx ends.
// Of several processes one does; should two overlap, each message is still one's.
func (s *Service) Run(ctx context.Context) error {
	return s.Store.Lead(ctx, "exchange", func(ctx context.Context) error {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		var kept time.Time
		for {
			if err := s.SendAll(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("messages not sent", slog.Any("err", err))
			}
			if now := time.Now(); now.Sub(kept) > time.Hour {
				kept = now
				if err := errors.Join(s.reconcileAll(ctx), s.Sweep(ctx)); err != nil && ctx.Err() == nil {
					s.Log.Warn("exchange not tidied", slog.Any("err", err))
				}
			}
			select {
			case <-ctx.Done():
				return nil
			case <-s.wake:
			case <-tick.C:
			}
		}
	})
}

// SendAll sends what is due now.
func (s *Service) SendAll(ctx context.Context) error {
	members, err := s.Members(ctx)
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(together)
	for _, m := range members {
		if m.Address == "" || !m.Active || m.Until.After(s.Store.Now()) {
			continue
		}
		group.Go(func() error { return s.sendTo(ctx, &m) })
	}
	return group.Wait()
}

// sendTo sends a member what is due, until it stays silent.
func (s *Service) sendTo(ctx context.Context, m *Member) error {
	for range batch {
		message, ok, err := s.claim(ctx, m)
		if err != nil || !ok {
			return err
		}
		receipt, err := s.carry(ctx, m, &message)
		if ctx.Err() != nil {
			return ctx.Err() // nobody knows whether it arrived: it is sent again
		}
		if err != nil {
			return s.failed(ctx, m, &message, err)
		}
		if err := s.answered(ctx, &message, receipt); err != nil {
			return err
		}
	}
	s.poke() // there may be more
	return nil
}

// due is a member's oldest message that may go now: none before it in its
// subject waits or was given up.
const due = `member = $1 AND direction = 'out' AND state IN ('waiting', 'sent') AND next_at <= $2 AND NOT EXISTS (
	SELECT 1 FROM exchange_message b WHERE b.member = exchange_message.member AND b.direction = 'out' AND b.subject = exchange_message.subject
		AND b.subject <> '' AND b.series < exchange_message.series AND b.state IN ('waiting', 'sent', 'dead'))
	ORDER BY key LIMIT 1`

// claim takes the next message for this process; false: there is none, or
// another process was faster.
func (s *Service) claim(ctx context.Context, to *Member) (m Message, ok bool, err error) {
	err = s.Store.Write(ctx, "take a message to send", func(tx *store.Tx) error {
		ok = false
		if m, err = s.message(ctx, tx, due, to.Code, store.Millis(tx.Now)); errors.Is(err, ErrUnknown) {
			return nil
		}
		if err != nil {
			return err
		}
		ok, err = s.take(ctx, tx, &m)
		return err
	})
	return m, ok, err
}

// take books an attempt at a message, for one process alone.
func (s *Service) take(ctx context.Context, tx *store.Tx, m *Message) (bool, error) {
	signed := max(store.Millis(tx.Now), m.signed+1) // each attempt is later than the one before
	result, err := tx.ExecContext(ctx, `UPDATE exchange_message SET state = 'sent', attempts = attempts + 1, next_at = $1, signed_at = $2, changed = $3
		WHERE key = $4 AND attempts = $5 AND state IN ('waiting', 'sent')`,
		store.Millis(tx.Now.Add(claimed)), signed, store.Millis(tx.Now), m.Key, m.Attempts)
	if err != nil {
		return false, fmt.Errorf("take a message to send: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	m.State, m.Attempts, m.signed = Sent, m.Attempts+1, signed
	return true, s.note(ctx, tx, wasSent, m)
}

// carry signs a message, brings it to its member and believes the answer only
// if the member signed it, to this message and now.
func (s *Service) carry(ctx context.Context, to *Member, m *Message) (Receipt, error) {
	e := Envelope{
		ID: m.ID, From: to.KnownAs, To: to.Code, Service: m.Service, Subject: m.Subject, Seq: m.Series, At: s.stamp(store.Time(m.signed)), Body: m.body,
	}
	if err := e.Sign(s.signer); err != nil {
		return Receipt{}, err
	}
	data, err := json.Marshal(e)
	if err != nil {
		return Receipt{}, fmt.Errorf("write a message: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	answer, err := s.Carrier.Carry(ctx, to.Address, data)
	if err != nil {
		return Receipt{}, err
	}
	a, err := ParseEnvelope(answer)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	switch {
	case a.Service != serviceReceipt || a.Re != m.ID || a.From != to.Code || a.To != to.KnownAs:
		return Receipt{}, fmt.Errorf("%w: it answers something else", errAnswer)
	case a.Verify(to.PublicKey) != nil:
		return Receipt{}, fmt.Errorf("%w: it is signed by somebody else", errAnswer)
	case s.apart(a.Signed()):
		return Receipt{}, fmt.Errorf("%w: it is of another time", errAnswer)
	}
	r, err := parseReceipt(a.Body)
	if err != nil {
		return r, fmt.Errorf("%w: %w", errAnswer, err)
	}
	return r, nil
}

// stamp is a time as envelopes have it.
func (s *Service) stamp(at time.Time) string { return at.In(s.Zone).Format(TimeLayout) }

// apart tells whether a signature is of another time.
func (s *Service) apart(at time.Time) bool {
	d := s.Store.Now().Sub(at)
	return d > skew || d < -skew
}

// answered books a receipt.
func (s *Service) answered(ctx context.Context, m *Message, r Receipt) error {
	state, what := Acknowledged, wasAcknowledged
	if r.Outcome == No {
		state, what = Refused, wasRefused
	}
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep a receipt: %w", err)
	}
	return s.Store.Write(ctx, "book a receipt", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE exchange_message SET state = $1, receipt = $2, reason = $3, changed = $4 WHERE key = $5 AND state = 'sent'`,
			string(state), s.seal(sealReceipt, m.Key, string(text)), r.Code, store.Millis(tx.Now), m.Key)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // somebody else's attempt was answered first
		}
		if err := heard(ctx, tx, m.Member); err != nil {
			return err
		}
		m.State, m.Reason, m.receipt = state, r.Code, string(text)
		return s.note(ctx, tx, what, m)
	})
}

// failed lets a message wait after an attempt that nobody answered, or gives
// it up.
func (s *Service) failed(ctx context.Context, to *Member, m *Message, why error) error {
	s.Log.Warn("a member doesn't answer", slog.String("member", to.Code), slog.String("message", m.ID), slog.Any("err", why))
	words := clip(why.Error())
	return s.Store.Write(ctx, "let a message wait", func(tx *store.Tx) error {
		state, what := Waiting, wasFailed
		if tx.Now.Sub(store.Time(m.begun)) > giveUp {
			state, what = Dead, wasDead
		}
		result, err := tx.ExecContext(ctx, `UPDATE exchange_message SET state = $1, reason = $2, next_at = $3, changed = $3 WHERE key = $4 AND state = 'sent' AND attempts = $5`,
			string(state), words, store.Millis(tx.Now), m.Key, m.Attempts)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := silent(ctx, tx, to.Code, words); err != nil {
			return err
		}
		m.State = state
		return s.note(ctx, tx, what, m)
	})
}

// clip is what is kept of a failure.
func clip(text string) string {
	if len(text) > maxTrouble {
		text = text[:maxTrouble]
	}
	return toText(text)
}

// Ask sends a question to a member and waits for what it answers. Nobody asks
// it again: whoever wanted to know does.
func (s *Service) Ask(ctx context.Context, to Member, service string, body any) (Receipt, error) {
	if _, ok := to.grant(service); !ok || to.Address == "" || !to.Active {
		return Receipt{}, ErrService
	}
	var m Message
	err := s.Store.Write(ctx, "ask a member", func(tx *store.Tx) (err error) {
		if m, err = s.queue(ctx, tx, to.Code, service, "", s.dayOf(tx.Now), body); err != nil {
			return err
		}
		_, err = s.take(ctx, tx, &m)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	r, err := s.carry(ctx, &to, &m)
	if err != nil {
		s.Log.Warn("a member doesn't answer", slog.String("member", to.Code), slog.String("service", service), slog.Any("err", err))
		return r, errors.Join(ErrAway.Because(err), s.unanswered(context.WithoutCancel(ctx), &m, clip(err.Error())))
	}
	if err := s.answered(ctx, &m, r); err != nil {
		return r, err
	}
	if r.Outcome == No {
		return r, ErrRefused.With("对方系统拒绝：" + r.Detail)
	}
	return r, nil
}

// unanswered ends a question that nobody answered.
func (s *Service) unanswered(ctx context.Context, m *Message, why string) error {
	return s.Store.Write(ctx, "end a question", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE exchange_message SET state = 'refused', reason = $1, changed = $2 WHERE key = $3 AND state = 'sent'`,
			why, store.Millis(tx.Now), m.Key)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		m.State = Refused
		return s.note(ctx, tx, wasFailed, m)
	})
}
