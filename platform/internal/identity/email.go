package identity

import (
	"context"
	"fmt"
	"net/mail"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// A person's e-mail address is where messages go, too (U-35). It isn't a way in:
// nobody signs in or gets a new password by it, so two persons may share one.
// It counts only once a code that was sent there has come back.

// purposeEmail is what a code that was sent to an e-mail address is good for.
const purposeEmail Purpose = "email"

// maxEmail bounds an address (RFC 5321, 4.5.3.1.3, less the angle brackets).
const maxEmail = 254

// kindEmail separates sealed addresses from other sealed texts.
const kindEmail = "email"

// readEmail returns an address as it is stored, or what is wrong with it.
func readEmail(text string) (string, error) {
	wrong := ErrInput.Wrong("email", "邮箱地址有误，请核对")
	text = strings.TrimSpace(text)
	if len(text) > maxEmail || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", wrong
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text {
		return "", wrong
	}
	local, domain, _ := strings.Cut(text, "@")
	if strings.ContainsAny(local, `"\`) || !strings.Contains(domain, ".") || strings.ContainsAny(domain, "[]") {
		return "", wrong
	}
	return local + "@" + strings.ToLower(domain), nil
}

// SendEmailCode sends a code to an e-mail address that the context's caller
// wants to get messages at. How many she gets is limited for all addresses
// together: nobody is written to at somebody's whim.
func (s *Service) SendEmailCode(ctx context.Context, address string) error {
	address, err := readEmail(address)
	if err != nil {
		return err
	}
	code, err := newCode()
	if err != nil {
		return err
	}
	id := s.codeID(purposeEmail, access.From(ctx).ID)
	return s.Store.Write(ctx, "send a code to an e-mail address", func(tx *store.Tx) error {
		if err := s.keepCode(ctx, tx, id, emailCode(address, code)); err != nil {
			return err
		}
		return s.Messages.Send(ctx, tx, message.Notice{
			Template: "identity.email-code", To: message.To{Email: address}, Secret: true,
			Vars: map[string]string{"code": code, "minutes": fmt.Sprint(int(codeLife.Minutes()))},
		})
	})
}

// emailCode joins a code to the address that it was sent to: it confirms no
// other one.
func emailCode(address, code string) string { return address + "\x00" + code }

// SetEmail gives the context's caller an e-mail address, by the code that was
// sent there. Her phone is told.
func (s *Service) SetEmail(ctx context.Context, address, code string) error {
	address, err := readEmail(address)
	if err != nil {
		return err
	}
	p, err := s.Person(ctx, access.From(ctx).ID)
	if err != nil {
		return err
	}
	if s.DemoCode == "" || code != s.DemoCode {
		code = emailCode(address, code)
	}
	if err := s.useCode(ctx, purposeEmail, p.ID, code); err != nil {
		return err
	}
	return s.Store.Write(ctx, "change an e-mail address", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO person_email (person, address, at) VALUES ($1, $2, $3)
			ON CONFLICT (person) DO UPDATE SET address = excluded.address, at = excluded.at`, p.ID, s.vault.Seal(kindEmail, address), store.Millis(tx.Now))
		if err != nil {
			return err
		}
		return s.tellEmail(ctx, tx, p, "identity.change-email")
	})
}

// DropEmail takes the e-mail address of the context's caller away; without one
// nothing changes.
func (s *Service) DropEmail(ctx context.Context) error {
	p, err := s.Person(ctx, access.From(ctx).ID)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "remove an e-mail address", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM person_email WHERE person = $1`, p.ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.tellEmail(ctx, tx, p, "identity.drop-email")
	})
}

// tellEmail tells a person's phone and the log that her address changed.
func (s *Service) tellEmail(ctx context.Context, tx *store.Tx, p Person, action string) error {
	err := s.Messages.Send(ctx, tx, message.Notice{Template: "identity.email-changed", To: message.To{Person: p.ID, Phone: p.Phone}})
	if err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: p.ID})
}

// Email is a person's e-mail address; empty: she gave none.
func (s *Service) Email(ctx context.Context, person string) (string, error) {
	var sealed string
	err := s.Store.Read().QueryRowContext(ctx, `SELECT address FROM person_email WHERE person = $1`, person).Scan(&sealed)
	if store.IsNone(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read an e-mail address: %w", err)
	}
	address, err := s.vault.Open(kindEmail, sealed)
	if err != nil {
		return "", fmt.Errorf("open the e-mail address of %s: %w", person, err)
	}
	return address, nil
}
