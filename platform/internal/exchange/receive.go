package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// call is a message that is believed, as its service takes it.
type call struct {
	member  *Member
	message *Message
	grant   Grant
}

// handler does what a message asks for, in the transaction that notes it as
// taken. A fault refuses the message for good, fault.Unavailable and all else
// lets it come again.
type handler func(ctx context.Context, tx *store.Tx, c call) (data any, err error)

// Receive takes a message and returns the signed receipt. A message has its
// effect once, however often it comes: the second time it gets the first answer.
// What isn't believed changes nothing, and gets a fault.
func (s *Service) Receive(ctx context.Context, data []byte) ([]byte, error) {
	e, from, err := s.meet(ctx, data)
	if err != nil {
		return nil, err
	}
	undo, ok := s.gate.admits(from.Code)
	if !ok {
		return nil, ErrBusy
	}
	receipt, err := s.takeIn(ctx, from, e)
	if errors.Is(err, ErrReplayed) {
		undo()
		if httpd.TollOf(ctx).Pay(1) > 0 {
			return nil, ErrBusy.Because(err)
		}
	}
	if err != nil {
		return nil, err
	}
	return s.answer(from, e, receipt)
}

// believe finds out who sent a message. Which of the reasons not to believe it
// was is nobody's business.
func (s *Service) believe(ctx context.Context, e *Envelope) (*Member, error) {
	m, err := s.Member(ctx, e.From)
	switch {
	case errors.Is(err, ErrMember):
		return nil, ErrBelieved.Because(fmt.Errorf("no member %s", e.From))
	case err != nil:
		return nil, err
	}
	if err := e.Verify(m.PublicKey); err != nil {
		return nil, ErrBelieved.Because(err)
	}
	switch {
	case !m.Active || e.To != m.KnownAs:
		return nil, ErrBelieved
	case e.Service == serviceReceipt || e.Re != "":
		return nil, ErrEnvelope.With("回执只能作为应答返回")
	case s.apart(e.Signed()):
		return nil, ErrTime
	}
	return &m, nil
}

// takeIn lets a message have its effect, or finds the answer that it got.
func (s *Service) takeIn(ctx context.Context, from *Member, e *Envelope) (text string, err error) {
	err = s.Store.Write(ctx, "take a message in", func(tx *store.Tx) error {
		m, again, err := s.noted(ctx, tx, from, e)
		if err != nil {
			return err
		}
		if again {
			text = m.receipt
			return nil
		}
		data, err := s.handle(ctx, tx, from, &m)
		if err != nil {
			return err
		}
		text, err = s.settle(ctx, tx, &m, Receipt{Outcome: Taken}, data)
		return err
	})
	no := fault.Of(err)
	if err == nil || no == nil || no.Kind == fault.Unavailable || errors.Is(err, ErrReused) || errors.Is(err, ErrReplayed) {
		return text, err
	}
	s.Log.Info("a message was refused", slog.String("member", from.Code), slog.String("message", e.ID), slog.String("service", e.Service), slog.String("code", no.Code))
	err = s.Store.Write(ctx, "refuse a message", func(tx *store.Tx) error {
		m, again, err := s.noted(ctx, tx, from, e)
		if err != nil {
			return err
		}
		if again {
			text = m.receipt
			return nil
		}
		text, err = s.settle(ctx, tx, &m, Receipt{Outcome: No, Code: no.Code, Detail: words(no)}, nil)
		return err
	})
	return text, err
}

// words are why a message was refused, with what is wrong in it.
func words(no *fault.Fault) string {
	text := no.Detail
	for _, f := range no.Fields {
		text += "；" + f.Name + "：" + f.Message
	}
	return text
}

// noted stores a message; again: it came before, and is returned as it is.
func (s *Service) noted(ctx context.Context, tx *store.Tx, from *Member, e *Envelope) (m Message, again bool, err error) {
	signed := store.Millis(e.Signed())
	m = Message{
		Key: store.NewID(), Direction: In, Member: from.Code, ID: e.ID, Service: e.Service, Subject: e.Subject, Series: e.Seq, Day: s.dayOf(tx.Now),
		State: Sent, body: e.Body, digest: e.said(), begun: store.Millis(tx.Now), signed: signed, Attempts: 1,
	}
	fresh, err := s.insert(ctx, tx, &m)
	if err != nil || fresh {
		return m, false, err
	}
	if m, err = s.message(ctx, tx, `direction = 'in' AND member = $1 AND id = $2`, from.Code, e.ID); err != nil {
		return m, false, err
	}
	switch {
	case m.digest != e.said():
		return m, false, ErrReused
	case m.receipt == "":
		return m, false, ErrForgotten
	}
	result, err := tx.ExecContext(ctx, `UPDATE exchange_message SET signed_at = $1, attempts = attempts + 1 WHERE key = $2 AND signed_at < $1`, signed, m.Key)
	if err != nil {
		return m, false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return m, false, errors.Join(ErrReplayed, err)
	}
	return m, true, heard(ctx, tx, from.Code)
}

// handle gives a message to its service, if the sender may use it.
func (s *Service) handle(ctx context.Context, tx *store.Tx, from *Member, m *Message) (any, error) {
	o, ok := offer(m.Service)
	grant, may := from.grant(m.Service)
	take := s.handlers[m.Service]
	if !ok || !may || !o.takes(from.Kind) || take == nil {
		return nil, ErrService
	}
	return take(ctx, tx, call{from, m, grant})
}

// settle stores the answer to a message.
func (s *Service) settle(ctx context.Context, tx *store.Tx, m *Message, r Receipt, data any) (string, error) {
	if data != nil {
		text, err := json.Marshal(data)
		if err != nil {
			return "", fmt.Errorf("write a receipt: %w", err)
		}
		r.Data = text
	}
	text, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("write a receipt: %w", err)
	}
	m.State = Acknowledged
	if r.Outcome == No {
		m.State = Refused
	}
	_, err = tx.ExecContext(ctx, `UPDATE exchange_message SET state = $1, receipt = $2, reason = $3 WHERE key = $4`,
		string(m.State), s.seal(sealReceipt, m.Key, string(text)), r.Code, m.Key)
	if err != nil {
		return "", fmt.Errorf("store a receipt: %w", err)
	}
	if err := heard(ctx, tx, m.Member); err != nil {
		return "", err
	}
	what := wasReceived
	if m.State == Refused {
		what = wasRefused
	}
	return string(text), s.note(ctx, tx, what, m)
}

// answer signs a receipt for the message that it answers.
func (s *Service) answer(to *Member, e *Envelope, text string) ([]byte, error) {
	a := Envelope{
		ID: store.NewID(), From: to.KnownAs, To: to.Code, Service: serviceReceipt, At: s.stamp(s.Store.Now()), Re: e.ID, Body: text,
	}
	if err := a.Sign(s.signer); err != nil {
		return nil, err
	}
	return json.Marshal(a)
}

// read reads what a message says, strictly.
func (c call) read(into any) error {
	dec := json.NewDecoder(strings.NewReader(c.message.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return ErrBody.Because(err)
	}
	return nil
}

// toText makes a text storable.
func toText(text string) string { return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "") }

// takeCheck answers that this platform is here.
func (s *Service) takeCheck(context.Context, *store.Tx, call) (any, error) { return nil, nil } //nolint:nilnil // a receipt without data
