package identity

import (
	"context"
	"strings"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// ResetPassword gives a person who forgot hers a new password, by a code sent
// to her phone (U-19). All her sessions end.
func (s *Service) ResetPassword(ctx context.Context, number, phone, code, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	if err := s.useCode(ctx, PurposeReset, strings.TrimSpace(phone), code); err != nil {
		return err
	}
	p, err := s.PersonByNumber(ctx, number)
	if err != nil || p.Phone != strings.TrimSpace(phone) {
		return ErrCode // whoever asks learns nothing about others
	}
	return s.Store.Write(ctx, "reset a password", func(tx *store.Tx) error {
		return s.renew(ctx, tx, p, password, false, "identity.reset-password")
	})
}

// ResetAtWindow gives a person a new password on paper: a clerk has seen her
// and her card (U-19).
func (s *Service) ResetAtWindow(ctx context.Context, number string) (string, error) {
	p, err := s.PersonByNumber(ctx, number)
	if err != nil {
		return "", err
	}
	password := randomPassword()
	return password, s.Store.Write(ctx, "reset a password at a window", func(tx *store.Tx) error {
		return s.renew(ctx, tx, p, password, true, "identity.reset-at-window")
	})
}

// ChangePassword changes the password of the person herself.
func (s *Service) ChangePassword(ctx context.Context, id, old, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	a := secret{}
	err := s.Store.Read().QueryRowContext(ctx, `SELECT id, password, failures, locked_until FROM person WHERE id = $1`, id).
		Scan(&a.id, &a.hash, &a.failures, &a.lockedUntil)
	if err != nil {
		return err
	}
	if err := s.verify(ctx, "person", a, old); err != nil {
		return err
	}
	p, err := s.Person(ctx, id)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "change a password", func(tx *store.Tx) error {
		return s.renew(ctx, tx, p, password, false, "identity.change-password")
	})
}

// renew sets a password, ends all sessions, and tells the person.
func (s *Service) renew(ctx context.Context, tx *store.Tx, p Person, password string, change bool, action string) error {
	if err := s.setPassword(ctx, tx, p.ID, password, change); err != nil {
		return err
	}
	if err := endAll(ctx, tx, p.ID); err != nil {
		return err
	}
	if err := s.Messages.Send(ctx, tx, message.Notice{Template: "identity.password-changed", To: message.To{Person: p.ID, Phone: p.Phone}}); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: p.ID})
}

// ChangePhone binds another phone, by a code from each (U-20).
func (s *Service) ChangePhone(ctx context.Context, id, oldCode, phone, newCode string) error {
	phone = strings.TrimSpace(phone)
	if !isMobile(phone) {
		return ErrInput.Wrong("phone", "请填写 11 位手机号码")
	}
	p, err := s.Person(ctx, id)
	if err != nil {
		return err
	}
	if err := s.useCode(ctx, PurposeUnbind, p.Phone, oldCode); err != nil {
		return err
	}
	if err := s.useCode(ctx, PurposeBind, phone, newCode); err != nil {
		return err
	}
	return s.bind(ctx, p, phone, "identity.change-phone", func(*store.Tx) error { return nil })
}

// ChangePhoneAtWindow binds another phone for a person who has lost hers: a
// clerk has seen her and her card, and the new phone got a code. All her
// sessions end: whoever has the old phone may be signed in.
func (s *Service) ChangePhoneAtWindow(ctx context.Context, number, phone, code string) (Person, error) {
	phone = strings.TrimSpace(phone)
	if !isMobile(phone) {
		return Person{}, ErrInput.Wrong("phone", "请填写 11 位手机号码")
	}
	p, err := s.PersonByNumber(ctx, number)
	if err != nil {
		return p, err
	}
	if err := s.useCode(ctx, PurposeBind, phone, code); err != nil {
		return p, err
	}
	if err := s.bind(ctx, p, phone, "identity.change-phone-at-window", func(tx *store.Tx) error { return endAll(ctx, tx, p.ID) }); err != nil {
		return p, err
	}
	p.Phone = phone
	return p, nil
}

// bind gives a person another phone, does what also does in the same
// transaction, and tells both phones.
func (s *Service) bind(ctx context.Context, p Person, phone, action string, also func(tx *store.Tx) error) error {
	err := s.Store.Write(ctx, "change a phone", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE person SET phone = $1, phone_key = $2 WHERE id = $3`,
			s.vault.Seal(kindPhone, phone), s.vault.Key(kindPhone, phone), p.ID); err != nil {
			return err
		}
		if err := also(tx); err != nil {
			return err
		}
		for _, number := range []string{p.Phone, phone} {
			if err := s.Messages.Send(ctx, tx, message.Notice{Template: "identity.phone-changed", To: message.To{Person: p.ID, Phone: number}}); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: p.ID})
	})
	if sqldb.IsDuplicate(err) {
		return ErrPhoneTaken
	}
	return err
}

// Disable takes a person's account out of use (U-24).
func (s *Service) Disable(ctx context.Context, id, reason string) error {
	return s.change(ctx, id, "identity.disable", reason, "identity.disabled", Disabled, Active, Enabling)
}

// AskEnable asks for a disabled account to be enabled again; the head of the
// office decides (U-25).
func (s *Service) AskEnable(ctx context.Context, id, reason string) error {
	return s.change(ctx, id, "identity.ask-enable", reason, "", Enabling, Disabled)
}

// Enable approves it. Whoever asked can't approve.
func (s *Service) Enable(ctx context.Context, id string) error {
	if err := s.notTheAsker(ctx, id, "identity.ask-enable"); err != nil {
		return err
	}
	return s.change(ctx, id, "identity.enable", "", "identity.enabled", Active, Enabling)
}

// change brings an account from one of some states into another, and tells the
// person unless template is empty.
func (s *Service) change(ctx context.Context, id, action, reason, template string, to State, from ...State) error {
	if to != Active && strings.TrimSpace(reason) == "" {
		return ErrInput.Wrong("reason", "请填写原因")
	}
	p, err := s.Person(ctx, id)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "change the state of an account", func(tx *store.Tx) error {
		var state State
		if err := tx.QueryRowContext(ctx, `UPDATE person SET state_reason = $1 WHERE id = $2 RETURNING state`, reason, id).Scan(&state); err != nil {
			return err
		}
		if !allowed(state, from) {
			return ErrState
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET state = $1 WHERE id = $2`, string(to), id); err != nil {
			return err
		}
		if to != Active {
			if err := endAll(ctx, tx, id); err != nil {
				return err
			}
		}
		if template != "" {
			if err := s.Messages.Send(ctx, tx, message.Notice{Template: template, To: message.To{Person: id, Phone: p.Phone}}); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: id, Detail: reason})
	})
}

func allowed(state State, from []State) bool {
	for _, s := range from {
		if s == state {
			return true
		}
	}
	return false
}
