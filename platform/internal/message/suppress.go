package message

import (
	"context"
	"fmt"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Suppression is why nothing is sent to an address.
type Suppression string

// The reasons.
const (
	OptedOut    Suppression = "opted-out" // she wants no messages; codes that she asks for go on
	WrongOwner  Suppression = "wrong-owner"
	Unreachable Suppression = "unreachable" // the number doesn't exist any more
)

var suppressionWords = map[Suppression]string{
	OptedOut: "对方已退订", WrongOwner: "号码不属于本人", Unreachable: "号码已停用",
}

// Suppressed is an address that nothing is sent to.
type Suppressed struct {
	ID     string      `json:"id" doc:"To lift it by"`
	Kind   string      `json:"kind" doc:"phone or email"`
	Masked string      `json:"masked"`
	Reason Suppression `json:"reason" doc:"opted-out, wrong-owner, unreachable"`
	By     string      `json:"by" doc:"Member of staff, or provider"`
	At     time.Time   `json:"at"`
}

// suppressed is why nothing is sent to the address with the key, or empty.
func suppressed(ctx context.Context, tx *store.Tx, key string) (reason Suppression, err error) {
	err = tx.QueryRowContext(ctx, `SELECT reason FROM message_suppressed WHERE address = $1`, key).Scan(&reason)
	if store.IsNone(err) {
		return "", nil
	}
	return reason, err
}

// kindOf is what an address is: a phone number or an e-mail address; empty if
// neither.
func kindOf(address string) string {
	if isEmail(address) {
		return kindEmail
	}
	digits := strings.TrimPrefix(address, "+")
	if len(digits) < 5 || len(digits) > 15 || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return kindPhone
}

// suppress stops all messages to an address.
func (s *Service) suppress(ctx context.Context, tx *store.Tx, address string, reason Suppression, by string) error {
	kind := kindOf(address)
	if kind == "" {
		return ErrAddress
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO message_suppressed (address, kind, masked, reason, author, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, author = excluded.author, at = excluded.at`,
		s.vault.Key(kind, address), kind, mask(address), string(reason), by, store.Millis(tx.Now))
	return err
}

// Suppress stops all messages to an address, by the context's caller.
func (s *Service) Suppress(ctx context.Context, address string, reason Suppression) error {
	address = strings.TrimSpace(address)
	if _, ok := suppressionWords[reason]; !ok {
		return ErrAddress.Wrong("reason", "原因有误")
	}
	return s.Store.Write(ctx, "suppress an address", func(tx *store.Tx) error {
		if err := s.suppress(ctx, tx, address, reason, access.From(ctx).ID); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "message.suppress", Object: s.vault.Key(kindOf(address), address), Detail: string(reason)})
	})
}

// Lift lets messages go to an address again.
func (s *Service) Lift(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "lift a suppression", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM message_suppressed WHERE address = $1`, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrUnknown.With("名单里没有这个号码")
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "message.lift", Object: id})
	})
}

// maxSuppressed is how many are listed.
const maxSuppressed = 500

// SuppressedAddresses are the newest.
func (s *Service) SuppressedAddresses(ctx context.Context) ([]Suppressed, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT address, kind, masked, reason, author, at FROM message_suppressed ORDER BY at DESC, address LIMIT $1`, maxSuppressed)
	if err != nil {
		return nil, fmt.Errorf("read suppressed addresses: %w", err)
	}
	defer rows.Close()
	list := []Suppressed{}
	for rows.Next() {
		var e Suppressed
		var at int64
		if err := rows.Scan(&e.ID, &e.Kind, &e.Masked, &e.Reason, &e.By, &at); err != nil {
			return nil, fmt.Errorf("read suppressed addresses: %w", err)
		}
		e.At = store.Time(at)
		list = append(list, e)
	}
	return list, rows.Err()
}
