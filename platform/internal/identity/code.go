package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// Purpose is what a code that was sent to a phone is good for; a code for one
// is none for another.
type Purpose string

// The purposes.
const (
	PurposeRegister Purpose = "register"
	PurposeLogin    Purpose = "login"
	PurposeReset    Purpose = "reset"
	PurposeUnbind   Purpose = "unbind" // from the phone that is bound
	PurposeBind     Purpose = "bind"   // from the phone that shall be
	PurposeDisable  Purpose = "disable"
	PurposeExport   Purpose = "export"
)

// Limits of codes.
const (
	codeLife   = 5 * time.Minute
	codeTries  = 5
	codePause  = 50 * time.Second
	codesADay  = 10
	dateLayout = "2006-01-02"
)

// SendCode sends a code to the phone, or for the purposes of who has an account
// to the phone that is bound to the ID number. It tells nobody whether there is
// such an account: where there is none, nothing is sent.
func (s *Service) SendCode(ctx context.Context, purpose Purpose, account string) error {
	phone := strings.ToUpper(strings.TrimSpace(account))
	switch purpose {
	case PurposeRegister, PurposeBind:
		if !isMobile(phone) {
			return ErrInput.Wrong("account", "请填写 11 位手机号码")
		}
	case PurposeLogin, PurposeReset, PurposeUnbind, PurposeDisable, PurposeExport:
		column, kind := "number_key", kindID
		if isMobile(phone) {
			column, kind = "phone_key", kindPhone
		}
		p, err := s.onePerson(ctx, column+` = $1`, s.vault.Key(kind, phone))
		if errors.Is(err, ErrUnknown) {
			return nil
		}
		if err != nil {
			return err
		}
		phone = p.Phone
	default:
		return ErrInput.Wrong("purpose", "不支持的用途")
	}
	code, err := newCode()
	if err != nil {
		return err
	}
	id := s.codeID(purpose, phone)
	return s.Store.Write(ctx, "send a code", func(tx *store.Tx) error {
		if err := s.keepCode(ctx, tx, id, code); err != nil {
			return err
		}
		return s.Messages.Send(ctx, tx, message.Notice{
			Template: "identity.code", To: message.To{Phone: phone}, Secret: true,
			Vars: map[string]string{"code": code, "minutes": fmt.Sprint(int(codeLife.Minutes()))},
		})
	})
}

// newCode makes six random digits.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return fmt.Sprintf("%06d", n.Int64()), nil
}

// keepCode stores a code that is about to be sent in the place of the one before
// it, or returns ErrCodeQuota: the last one is too near, or the day's are spent.
func (s *Service) keepCode(ctx context.Context, tx *store.Tx, id, code string) error {
	day := tx.Now.Format(dateLayout)
	result, err := tx.ExecContext(ctx, `INSERT INTO code (id, hash, tries, sent, until, day, day_count) VALUES ($1, $2, 0, $3, $4, $5, 1)
			ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, tries = 0, sent = excluded.sent, until = excluded.until, day = excluded.day,
				day_count = CASE WHEN code.day = excluded.day THEN code.day_count + 1 ELSE 1 END
			WHERE code.sent <= $6 AND (code.day <> excluded.day OR code.day_count < $7)`,
		id, s.pepper.Key(id, code), store.Millis(tx.Now), store.Millis(tx.Now.Add(codeLife)), day, store.Millis(tx.Now.Add(-codePause)), codesADay)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return ErrCodeQuota
	}
	return nil
}

func (s *Service) codeID(purpose Purpose, phone string) string {
	return string(purpose) + ":" + s.pepper.Key(kindPhone, phone)
}

// useCode takes a code that was sent to the phone; a second use is ErrCode, as
// is a wrong or an old one. Five wrong ones end it.
func (s *Service) useCode(ctx context.Context, purpose Purpose, phone, code string) error {
	return s.takeCode(ctx, purpose, phone, code, false)
}

// takeCode is useCode, or a look at the code that leaves it good for what comes
// next: a look counts as one of its tries.
func (s *Service) takeCode(ctx context.Context, purpose Purpose, phone, code string, look bool) error {
	if s.DemoCode != "" && code == s.DemoCode {
		return nil
	}
	id := s.codeID(purpose, phone)
	var good bool
	err := s.Store.Write(ctx, "use a code", func(tx *store.Tx) error {
		var hash string
		var until int64
		err := tx.QueryRowContext(ctx, `UPDATE code SET tries = tries + 1 WHERE id = $1 AND tries < $2 RETURNING hash, until`, id, codeTries).Scan(&hash, &until)
		if store.IsNone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		good = subtle.ConstantTimeCompare([]byte(hash), []byte(s.pepper.Key(id, code))) == 1 && tx.Now.Before(store.Time(until))
		if good && !look {
			_, err = tx.ExecContext(ctx, `UPDATE code SET tries = $1 WHERE id = $2`, codeTries, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !good {
		return ErrCode
	}
	return nil
}

// endCode ends a code that was looked at, in the transaction of what it was for.
func (s *Service) endCode(ctx context.Context, tx *store.Tx, purpose Purpose, phone string) error {
	_, err := tx.ExecContext(ctx, `UPDATE code SET tries = $1 WHERE id = $2`, codeTries, s.codeID(purpose, phone))
	return err
}
