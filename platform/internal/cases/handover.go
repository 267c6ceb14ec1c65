package cases

import (
	"context"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// How long a code of a handed-over draft is good, and how long a kiosk may go
// on with it.
const (
	handoverFor = 10 * time.Minute
	takenFor    = 30 * time.Minute
)

// Handover is a draft on its way to another device or to a window.
type Handover struct {
	Code  string    `json:"code" doc:"Eight letters and figures"`
	Until time.Time `json:"until"`
}

// HandOn gives a code with which a draft goes on elsewhere, once.
func (s *Service) HandOn(ctx context.Context, id string) (h Handover, err error) {
	h.Code = newCode()
	err = s.change(ctx, "hand a draft on", id, func(tx *store.Tx, c *Case) error {
		if c.State != Draft && c.State != Supplementing || c.Parent != "" {
			return ErrState.With("申请" + c.State.Word() + "，不需要接续办理")
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM case_handover WHERE case_id = $1 AND taker = ''`, id); err != nil {
			return err
		}
		h.Until = tx.Now.Add(handoverFor)
		_, err := tx.ExecContext(ctx, `INSERT INTO case_handover (code, case_id, until, taker, taken_until) VALUES ($1, $2, $3, '', 0)`,
			s.hasher.Key(kindHandover, h.Code), id, store.Millis(h.Until))
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.handover", Object: id})
	})
	return h, err
}

// Take goes on with a draft that was handed on: the same person on another
// device, a kiosk for half an hour, or a clerk, to whom it becomes a case of
// the window.
func (s *Service) Take(ctx context.Context, code string) (c Case, err error) {
	caller := access.From(ctx)
	err = s.Store.Write(ctx, "go on with a draft", func(tx *store.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, `UPDATE case_handover SET taker = $1, taken_until = $2 WHERE code = $3 AND taker = '' AND until > $4 RETURNING case_id`,
			requester(ctx), store.Millis(tx.Now.Add(takenFor)), s.hasher.Key(kindHandover, strings.TrimSpace(code)), store.Millis(tx.Now)).Scan(&id)
		if store.IsNone(err) {
			return ErrHandover
		}
		if err != nil {
			return err
		}
		if c, err = s.lock(ctx, tx, id); err != nil {
			return err
		}
		switch caller.Kind {
		case access.Person:
			if err := s.may(ctx, tx, &c); err != nil {
				return ErrHandover.Because(err)
			}
		case access.Staff:
			if err := s.toWindow(ctx, tx, &c); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.take-over", Object: id})
	})
	return c, err
}

// toWindow makes a draft that its applicant brought to a window the clerk's.
func (s *Service) toWindow(ctx context.Context, tx *store.Tx, c *Case) error {
	if c.State == Draft {
		c.Mode = Window
		if c.Dossier.Delivery.Way == "" {
			c.Dossier.Delivery.Way = Collect
		}
	}
	if !s.covers(access.From(ctx), c) {
		return ErrHandover
	}
	return s.edited(ctx, tx, c)
}

// handed refuses a hall that a draft wasn't handed to, or not any more.
func (s *Service) handed(ctx context.Context, q store.Querier, c *Case, caller access.Caller) error {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM case_handover WHERE case_id = $1 AND taker = $2 AND taken_until > $3`,
		c.ID, string(caller.Kind)+"/"+caller.ID, store.Millis(s.Store.Now())).Scan(&n)
	if err == nil && n == 0 {
		return ErrUnknown
	}
	return err
}
