package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// Cookie is the name of the session's cookie.
const Cookie = "session"

// How long sessions last: at most so long, and so long without a request.
const (
	personLife = 12 * time.Hour
	personIdle = 30 * time.Minute
	staffLife  = 12 * time.Hour
	staffIdle  = time.Hour
	// seenEvery is how exactly the last request is remembered.
	seenEvery = time.Minute
)

// ErrSession says that a token is none of ours, or not any more.
var ErrSession = fault.New(fault.Unauthenticated, "identity.session", "登录已过期，请重新登录")

// Session is a sign-in.
type Session struct {
	Token string // the only time it is seen
	Until time.Time
	life  time.Duration // from its beginning until then
}

// Login signs a person in by her ID number or phone, her password, and a code
// sent to her phone (U-17). Whose password was given out at a window is told
// ErrChoose: she signs in by FirstLogin.
func (s *Service) Login(ctx context.Context, account, password, code string) (Session, Person, error) {
	return s.login(ctx, account, password, code, "")
}

// FirstLogin signs a person in whose password was given out at a window, and
// gives her the one she chose (U-10). The code that Login refused is good still.
func (s *Service) FirstLogin(ctx context.Context, account, password, code, chosen string) (Session, Person, error) {
	if err := checkPassword(chosen); err != nil {
		return Session{}, Person{}, err
	}
	if chosen == password {
		return Session{}, Person{}, ErrSamePassword
	}
	return s.login(ctx, account, password, code, chosen)
}

func (s *Service) login(ctx context.Context, account, password, code, chosen string) (Session, Person, error) {
	account = strings.ToUpper(strings.TrimSpace(account))
	column, key := "number_key", s.vault.Key(kindID, account)
	if isMobile(account) {
		column, key = "phone_key", s.vault.Key(kindPhone, account)
	}
	var a secret
	err := s.Store.Read().QueryRowContext(ctx, `SELECT id, password, failures, locked_until FROM person WHERE `+column+` = $1`, key).
		Scan(&a.id, &a.hash, &a.failures, &a.lockedUntil)
	if err != nil && !store.IsNone(err) {
		return Session{}, Person{}, fmt.Errorf("sign in: %w", err)
	}
	if err := s.verify(ctx, "person", a, password); err != nil {
		return Session{}, Person{}, err
	}
	p, err := s.Person(ctx, a.id)
	if err != nil {
		return Session{}, p, err
	}
	if err := s.takeCode(ctx, PurposeLogin, p.Phone, code, p.ChangePassword && chosen == ""); err != nil {
		if fault.Of(err) == nil {
			return Session{}, p, err
		}
		return Session{}, p, s.failed(ctx, "person", p.ID)
	}
	if p.State != Active {
		return Session{}, p, ErrDisabled
	}
	if p.ChangePassword {
		if chosen == "" {
			return Session{}, p, ErrChoose
		}
		if err := s.Store.Write(ctx, "choose a first password", func(tx *store.Tx) error {
			return s.renew(ctx, tx, p, chosen, false, "identity.first-password")
		}); err != nil {
			return Session{}, p, err
		}
		p.ChangePassword = false
	}
	session, err := s.begin(ctx, access.Person, p.ID, "person")
	return session, p, err
}

// begin makes a session and lifts the lock of the account in table.
func (s *Service) begin(ctx context.Context, kind access.Kind, id, table string) (Session, error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // it never fails
	session := Session{Token: base64.RawURLEncoding.EncodeToString(raw), life: personLife}
	if kind == access.Staff {
		session.life = staffLife
	}
	err := s.Store.Write(ctx, "sign in", func(tx *store.Tx) error {
		session.Until = tx.Now.Add(session.life)
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE until < $1`, store.Millis(tx.Now)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET failures = 0, locked_until = 0 WHERE id = $1`, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO session (hash, kind, subject, acting_for, created, seen, until) VALUES ($1, $2, $3, '', $4, $5, $6)`,
			s.pepper.Key("session", session.Token), string(kind), id, store.Millis(tx.Now), store.Millis(tx.Now), store.Millis(session.Until))
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.Actor{Kind: kind, ID: id}, Action: "identity.sign-in", Object: id})
	})
	return session, err
}

// beganAtProvince notes that a session came from a sign-in at the province.
func (s *Service) beganAtProvince(ctx context.Context, session Session) error {
	return s.Store.Write(ctx, "note a sign-in at the province", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET province = 1 WHERE hash = $1`, s.pepper.Key("session", session.Token))
		return err
	})
}

// Logout ends the session of the context's caller. If it began at the province,
// next is where the browser goes to end the province's own session, too; empty
// elsewhere, and where the province can't be reached or ends none.
func (s *Service) Logout(ctx context.Context) (next string, err error) {
	var province bool
	err = s.Store.Write(ctx, "sign out", func(tx *store.Tx) error {
		err := tx.QueryRowContext(ctx, `DELETE FROM session WHERE hash = $1 RETURNING province`, access.From(ctx).Session).Scan(&province)
		if store.IsNone(err) {
			return nil
		}
		return err
	})
	if err != nil || !province || s.Province == nil {
		return "", err
	}
	return s.Province.end(ctx), nil
}

// endAll ends all sessions of an account.
func endAll(ctx context.Context, tx *store.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE subject = $1`, id)
	return err
}

// Background is the header of a request that a page makes by itself, again and
// again: nobody need be there.
const Background = "X-Background"

// Caller finds out who sent a request, by its cookie or its bearer token:
// nobody if it has neither or the cookie is old, ErrSession if the token is
// wrong.
func (s *Service) Caller(r *http.Request) (access.Caller, error) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		c, err := r.Cookie(Cookie)
		if err != nil {
			return access.Caller{}, nil
		}
		token = c.Value
	}
	caller, err := s.find(r.Context(), s.pepper.Key("session", token), r.Header.Get(Background) == "")
	if errors.Is(err, ErrSession) && !bearer {
		return access.Caller{}, nil // an old cookie is no reason to refuse a public page
	}
	return caller, err
}

// find returns the caller of a session, or ErrSession. A request that somebody
// made herself keeps the session from ending by idleness.
func (s *Service) find(ctx context.Context, hash string, herself bool) (access.Caller, error) {
	c := access.Caller{Session: hash}
	var seen, until int64
	err := s.Store.Read().QueryRowContext(ctx, `SELECT kind, subject, acting_for, seen, until, kiosk FROM session WHERE hash = $1`, hash).
		Scan(&c.Kind, &c.ID, &c.For, &seen, &until, &c.Kiosk)
	if store.IsNone(err) {
		return access.Caller{}, ErrSession
	}
	if err != nil {
		return access.Caller{}, fmt.Errorf("read a session: %w", err)
	}
	now, idle := s.Store.Now(), personIdle
	switch {
	case c.Kind == access.Staff:
		idle = staffIdle
	case c.Kiosk != "":
		idle = kioskIdle
	}
	if now.After(store.Time(until)) || now.Sub(store.Time(seen)) > idle {
		return access.Caller{}, ErrSession
	}
	if err := s.complete(ctx, &c); err != nil {
		return access.Caller{}, err
	}
	if herself && now.Sub(store.Time(seen)) > seenEvery {
		err = s.Store.Write(ctx, "renew a session", func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE session SET seen = $1 WHERE hash = $2`, store.Millis(tx.Now), hash)
			return err
		})
	}
	return c, err
}

// complete adds what may have changed since the sign-in.
func (s *Service) complete(ctx context.Context, c *access.Caller) error {
	if c.Kind == access.Person {
		if c.For == "" {
			return nil
		}
		// A delegation ends on its day, not at the next sign-in.
		if _, err := s.mayActFor(ctx, c.ID, c.For); err != nil {
			c.For = ""
		}
		return nil
	}
	var roles, state string
	err := s.Store.Read().QueryRowContext(ctx, `SELECT organisation, region, roles, state FROM staff WHERE id = $1`, c.ID).
		Scan(&c.Org, &c.Region, &roles, &state)
	if err != nil || State(state) != Active {
		return ErrSession.Because(err)
	}
	if err := json.Unmarshal([]byte(roles), &c.Roles); err != nil {
		return fmt.Errorf("read roles of %s: %w", c.ID, err)
	}
	return nil
}

// cookie is the session's cookie; an empty session takes it away. It lasts for
// a time and not until one: whose clock is ahead would be signed out at once.
func cookie(session Session, secure bool) http.Cookie {
	c := http.Cookie{
		Name: Cookie, Value: session.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure,
		MaxAge: int(session.life / time.Second),
	}
	if session.Token == "" {
		c.MaxAge = -1
	}
	return c
}
