package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// How long a provider is waited for, and how soon it is asked again.
const (
	providerWait = 10 * time.Second
	firstLook    = 20 * time.Second
	lastLook     = 6 * time.Hour
)

// Pay begins a payment at the provider and returns the page where it is paid.
// Begun twice it is one payment.
func (s *Service) Pay(ctx context.Context, id string) (page string, err error) {
	o, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	switch {
	case err != nil:
		return "", err
	case !mine(ctx, o):
		return "", ErrUnknown
	}
	if o, err = s.renewed(ctx, o); err != nil {
		return "", err
	}
	switch {
	case o.State != Created && o.State != Paying || !s.Store.Now().Before(o.Due):
		return "", ErrState
	}
	asked, cancel := context.WithTimeout(ctx, providerWait)
	defer cancel()
	reference, page, err := s.Provider.Create(asked, Intent{
		Order: o.ID, Title: o.Title, Amount: o.Amount, Return: s.BaseURL + "/cases/" + o.Case, Notify: s.BaseURL + "/payments/callback/" + s.Provider.Name(),
	})
	if err != nil {
		return "", ErrProvider.Because(err)
	}
	if o.State == Paying && o.reference == reference {
		return page, nil
	}
	err = s.Store.Write(ctx, "begin a payment", func(tx *store.Tx) error {
		n, err := s.move(ctx, tx, `UPDATE payment_order SET state = 'paying', provider = $1, reference = $2, look_at = $3, looks = 0 WHERE id = $4 AND state IN ('created', 'paying')`,
			s.Provider.Name(), reference, store.Millis(tx.Now.Add(firstLook)), o.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrState
		}
		return s.note(ctx, tx, o.ID, Paying, "前往缴费平台")
	})
	return page, err
}

// lapsed is why an order is closed that nobody paid in time.
const lapsed = "逾期未缴"

// renewed gives an order that lapsed another term: the case still waits for its
// fees, and who comes late can pay. Whoever was at the provider before pays
// there.
func (s *Service) renewed(ctx context.Context, o Order) (Order, error) {
	if o.State != Closed || o.Reason != lapsed {
		return o, nil
	}
	err := s.Store.Write(ctx, "renew a payment", func(tx *store.Tx) error {
		n, err := s.move(ctx, tx, `UPDATE payment_order SET state = CASE WHEN reference = '' THEN 'created' ELSE 'paying' END, reason = '', due_at = $1
			WHERE id = $2 AND state = 'closed' AND reason = $3`, store.Millis(tx.Now.Add(dueAfter)), o.ID, lapsed)
		if err != nil || n == 0 {
			return err
		}
		return s.note(ctx, tx, o.ID, Created, "缴费单重新生效")
	})
	if err != nil {
		return o, err
	}
	return s.one(ctx, s.Store.Read(), `WHERE id = $1`, o.ID)
}

// move changes rows and tells how many.
func (s *Service) move(ctx context.Context, tx *store.Tx, query string, args ...any) (int64, error) {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("change a payment: %w", err)
	}
	return result.RowsAffected()
}

// Look asks the provider what became of an order's payment, and takes it over.
func (s *Service) Look(ctx context.Context, id string) error {
	o, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	if err != nil || o.reference == "" {
		return err
	}
	if o.State == Refunding {
		return s.giveBack(ctx, o)
	}
	asked, cancel := context.WithTimeout(ctx, providerWait)
	defer cancel()
	st, err := s.Provider.Query(asked, o.reference)
	if err != nil {
		return errors.Join(ErrProvider.Because(err), s.later(ctx, o))
	}
	switch {
	case !st.Paid:
		return s.later(ctx, o)
	case st.Amount != o.Amount:
		s.Log.Error("a payment has another amount than its order", slog.String("order", o.ID), slog.Int64("ordered", o.Amount), slog.Int64("paid", st.Amount))
		return errors.Join(s.Audit.Write(ctx, audit.Entry{Actor: audit.System, Action: "payment.amount", Object: o.ID, Outcome: audit.Refused}), s.later(ctx, o))
	case o.State == Closed:
		return s.paidTooLate(ctx, o)
	}
	return s.paid(ctx, o, st)
}

// later makes the provider be asked again, each time after twice the pause.
func (s *Service) later(ctx context.Context, o Order) error {
	pause := lastLook
	if o.looks < 10 {
		pause = min(firstLook<<o.looks, lastLook)
	}
	return s.Store.Write(ctx, "look at a payment later", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE payment_order SET look_at = CASE WHEN state = 'closed' AND looks > 20 THEN 0 ELSE CAST($1 AS BIGINT) END, looks = looks + 1
			WHERE id = $2 AND state IN ('created', 'paying', 'closed', 'refunding')`, store.Millis(tx.Now.Add(pause)), o.ID)
		return err
	})
}

// paid books a payment, once, and tells the case.
func (s *Service) paid(ctx context.Context, o Order, st Status) error {
	return s.Store.Write(ctx, "book a payment", func(tx *store.Tx) error {
		number, err := s.receipt(ctx, tx)
		if err != nil {
			return err
		}
		at := st.At
		if at.IsZero() || at.After(tx.Now) {
			at = tx.Now
		}
		n, err := s.move(ctx, tx, `UPDATE payment_order SET state = 'paid', receipt = $1, paid_at = $2, look_at = 0 WHERE id = $3 AND state IN ('created', 'paying')`,
			number, store.Millis(at), o.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return errBooked
		}
		if err := s.note(ctx, tx, o.ID, Paid, "缴费完成"); err != nil {
			return err
		}
		if s.Told != nil {
			if err := s.Told(ctx, tx, o.Case, o.ID); err != nil {
				return err
			}
		}
		return s.tell(ctx, tx, "payment.paid", o)
	})
}

// PaidAtWindow books what was paid in the hall, where a clerk took it or saw the
// bank's slip (FE-02). proof says which.
func (s *Service) PaidAtWindow(ctx context.Context, id, proof string) (Order, error) {
	proof, err := sentence(proof)
	if err != nil {
		return Order{}, err
	}
	o, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	switch {
	case err != nil:
		return o, err
	case !s.office(ctx, o):
		return Order{}, ErrUnknown
	}
	if o, err = s.renewed(ctx, o); err != nil {
		return Order{}, err
	}
	if o.State != Created {
		// Whoever went to the provider may have paid there.
		return Order{}, ErrState
	}
	err = s.Store.Write(ctx, "book a payment at the window", func(tx *store.Tx) error {
		number, err := s.receipt(ctx, tx)
		if err != nil {
			return err
		}
		n, err := s.move(ctx, tx, `UPDATE payment_order SET state = 'paid', provider = 'window', reference = id, receipt = $1, paid_at = $2 WHERE id = $3 AND state = 'created'`,
			number, store.Millis(tx.Now), id)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrState
		}
		if err := s.note(ctx, tx, id, Paid, "窗口缴费："+proof); err != nil {
			return err
		}
		if s.Told != nil {
			if err := s.Told(ctx, tx, o.Case, id); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, "payment.paid", o); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "payment.at-window", Object: id, Detail: proof})
	})
	if err != nil {
		return Order{}, err
	}
	return s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
}

// errBooked says that another process booked a payment first. Its receipt's
// number is given back with the transaction.
var errBooked = ErrState.With("这笔缴费已经入账")

// tell publishes what happened with an order.
func (s *Service) tell(ctx context.Context, tx *store.Tx, kind string, o Order) error {
	return tx.Publish(ctx, "", kind, o.Case, map[string]any{
		"case": o.Case, "caseNo": o.CaseNo, "order": o.ID, "amount": o.Amount, "organisation": o.Organisation, "region": o.region, "reason": o.Reason,
	})
}

// receipt is the next number of a receipt: 票〔2026〕000012.
func (s *Service) receipt(ctx context.Context, tx *store.Tx) (string, error) {
	year := tx.Now.In(s.Zone).Year()
	var n int64
	err := tx.QueryRowContext(ctx, `INSERT INTO payment_receipt (year, n) VALUES ($1, 1) ON CONFLICT (year) DO UPDATE SET n = payment_receipt.n + 1 RETURNING n`, year).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("number a receipt: %w", err)
	}
	return fmt.Sprintf("票〔%d〕%06d", year, n), nil
}

// Cancel takes an order back that nobody has to pay any more. Whoever pays it
// all the same gets the money back.
func (s *Service) Cancel(ctx context.Context, tx *store.Tx, id, reason string) error {
	n, err := s.move(ctx, tx, `UPDATE payment_order SET state = 'closed', reason = $1 WHERE id = $2 AND state IN ('created', 'paying')`, reason, id)
	if err != nil || n == 0 {
		return err
	}
	return s.note(ctx, tx, id, Closed, "缴费单关闭："+reason)
}

// paidTooLate gives back what was paid for an order that was closed.
func (s *Service) paidTooLate(ctx context.Context, o Order) error {
	err := s.Store.Write(ctx, "give back a late payment", func(tx *store.Tx) error {
		n, err := s.move(ctx, tx, `UPDATE payment_order SET state = 'refunding', paid_at = $1, reason = '缴费单已关闭，自动退款' WHERE id = $2 AND state = 'closed'`, store.Millis(tx.Now), o.ID)
		if err != nil || n == 0 {
			return err
		}
		return s.note(ctx, tx, o.ID, Refunding, "缴费单已关闭，自动退款")
	})
	if err != nil {
		return err
	}
	return s.giveBack(ctx, o)
}

// Refund gives all of a payment back: an office's decision, with its reason.
func (s *Service) Refund(ctx context.Context, id, reason string) (Order, error) {
	reason, err := sentence(reason)
	if err != nil {
		return Order{}, err
	}
	o, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	if err != nil {
		return o, err
	}
	if !s.office(ctx, o) {
		return Order{}, ErrUnknown
	}
	err = s.Store.Write(ctx, "refund a payment", func(tx *store.Tx) error {
		n, err := s.move(ctx, tx, `UPDATE payment_order SET state = 'refunding', reason = $1, look_at = $2, looks = 0 WHERE id = $3 AND state = 'paid'`,
			reason, store.Millis(tx.Now.Add(firstLook)), id)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrState
		}
		if err := s.note(ctx, tx, id, Refunding, "退款："+reason); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "payment.refund", Object: id, Detail: reason})
	})
	if err != nil {
		return Order{}, err
	}
	if err := s.giveBack(ctx, o); err != nil {
		// The job tries again; the decision stands.
		s.Log.Warn("a refund waits for the provider", slog.String("order", id), slog.Any("err", err))
	}
	return s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
}

// giveBack asks the provider to refund, as often as it takes.
func (s *Service) giveBack(ctx context.Context, o Order) error {
	asked, cancel := context.WithTimeout(ctx, providerWait)
	defer cancel()
	if err := s.Provider.Refund(asked, o.reference, o.Reason); err != nil {
		return errors.Join(ErrProvider.Because(err), s.later(ctx, o))
	}
	return s.Store.Write(ctx, "book a refund", func(tx *store.Tx) error {
		n, err := s.move(ctx, tx, `UPDATE payment_order SET state = 'refunded', look_at = 0, refunded_at = $1 WHERE id = $2 AND state = 'refunding'`,
			store.Millis(tx.Now), o.ID)
		if err != nil || n == 0 {
			return err
		}
		if err := s.note(ctx, tx, o.ID, Refunded, "退款完成"); err != nil {
			return err
		}
		return s.tell(ctx, tx, "payment.refunded", o)
	})
}
