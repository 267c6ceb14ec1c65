package identity

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"smarthall/internal/codes"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// ProofLinked is the word of an official platform.
const ProofLinked Proof = "linked"

// How long a sign-in at the province may take, and how long its real name waits
// for the service agreement.
const departureLife = 10 * time.Minute

// The kinds of what travels sealed in a browser's cookies.
const (
	kindDeparture = "province-departure"
	kindLinking   = "province-linking"
)

// linking is a real name that waits for its owner to agree and to have an
// account made.
type linking struct {
	RealName
	Until time.Time `json:"u"`
}

// depart begins a sign-in at the province: where the browser goes, and what it
// keeps until it is back.
func (s *Service) depart(ctx context.Context, next string) (url, sealed string, err error) {
	if s.Province == nil {
		return "", "", ErrNoProvince
	}
	d := departure{State: random(), Nonce: random(), Verifier: random(), Next: localPath(next, "/my"), Until: s.Store.Now().Add(departureLife)}
	if url, err = s.Province.begin(ctx, d); err != nil {
		return "", "", err
	}
	text, err := json.Marshal(d)
	return url, s.vault.Seal(kindDeparture, string(text)), err
}

// opened reads what a browser kept for us; false if it isn't ours or too old.
func opened[T any](s *Service, kind, sealed string, until func(T) time.Time) (v T, ok bool) {
	text, err := s.vault.Open(kind, sealed)
	if err != nil || sealed == "" || json.Unmarshal([]byte(text), &v) != nil {
		return v, false
	}
	return v, s.Store.Now().Before(until(v))
}

// arrival is how a sign-in at the province ended: a session, or, for who has no
// account yet, a real name that waits for the agreement.
type arrival struct {
	session Session
	linking string // sealed
	next    string
}

// arrive ends a sign-in at the province with the state and code that the
// browser brings back.
func (s *Service) arrive(ctx context.Context, sealed, state, code string) (a arrival, err error) {
	if s.Province == nil {
		return a, ErrNoProvince
	}
	d, ok := opened(s, kindDeparture, sealed, func(d departure) time.Time { return d.Until })
	if !ok || subtle.ConstantTimeCompare([]byte(d.State), []byte(state)) != 1 || code == "" {
		return a, ErrProvinceRefused.Because(errors.New("no such sign-in is under way in this browser"))
	}
	a.next = d.Next
	if err := s.once(ctx, d); err != nil {
		return a, err
	}
	r, err := s.Province.finish(ctx, d, code)
	if err != nil {
		return a, err
	}
	p, err := s.recognise(ctx, r)
	if errors.Is(err, ErrUnknown) {
		text, err := json.Marshal(linking{r, s.Store.Now().Add(departureLife)})
		a.linking = s.vault.Seal(kindLinking, string(text))
		return a, err
	}
	if err != nil {
		return a, err
	}
	if a.session, err = s.begin(ctx, access.Person, p.ID, "person"); err != nil {
		return a, err
	}
	return a, s.beganAtProvince(ctx, a.session)
}

// once lets a sign-in come back a single time.
func (s *Service) once(ctx context.Context, d departure) error {
	return s.Store.Write(ctx, "take a sign-in of the province", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM province_return WHERE until < $1`, store.Millis(tx.Now)); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO province_return (id, until) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`,
			s.pepper.Key("province", d.State), store.Millis(d.Until.Add(time.Minute)))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrProvinceRefused.Because(errors.New("the sign-in came back a second time"))
		}
		return nil
	})
}

// recognise returns the person that a real name belongs to, and links it to her
// account at its first sign-in. Who has no account is ErrUnknown.
func (s *Service) recognise(ctx context.Context, r RealName) (p Person, err error) {
	if _, err := codes.ParseID(r.Number, s.Store.Now()); err != nil || checkName(r.Name) != nil {
		return p, ErrProvinceUnreal
	}
	var id string
	err = s.Store.Read().QueryRowContext(ctx, `SELECT person FROM person_link WHERE issuer = $1 AND subject = $2`, r.Issuer, r.Subject).Scan(&id)
	known := err == nil
	switch {
	case known:
		p, err = s.Person(ctx, id)
	case store.IsNone(err):
		p, err = s.PersonByNumber(ctx, r.Number)
	default:
		return p, fmt.Errorf("read a link: %w", err)
	}
	switch {
	case err != nil:
		return p, err
	case p.Number != r.Number || p.Name != r.Name:
		return p, ErrProvinceMismatch
	case p.State != Active:
		return p, ErrDisabled
	case known:
		return p, nil
	}
	return p, s.Store.Write(ctx, "link an account", func(tx *store.Tx) error {
		if err := s.link(ctx, tx, p.ID, r); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, p, "identity.linked", map[string]string{"platform": s.Province.Name}); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.Actor{Kind: access.Person, ID: p.ID}, Action: "identity.link", Object: p.ID})
	})
}

// link remembers that a real name is a person's.
func (s *Service) link(ctx context.Context, tx *store.Tx, person string, r RealName) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO person_link (issuer, subject, person, at) VALUES ($1, $2, $3, $4) ON CONFLICT (issuer, subject) DO NOTHING`,
		r.Issuer, r.Subject, person, store.Millis(tx.Now)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO person_proof (person, kind, provider, at) VALUES ($1, $2, $3, $4) ON CONFLICT (person, kind) DO NOTHING`,
		person, string(ProofLinked), s.Province.Name, store.Millis(tx.Now))
	return err
}

// tell sends a person a notice.
func (s *Service) tell(ctx context.Context, tx *store.Tx, p Person, template string, vars map[string]string) error {
	return s.Messages.Send(ctx, tx, message.Notice{Template: template, To: message.To{Person: p.ID, Phone: p.Phone}, Vars: vars})
}

// waiting returns the real name that waits in a browser.
func (s *Service) waiting(sealed string) (RealName, error) {
	l, ok := opened(s, kindLinking, sealed, func(l linking) time.Time { return l.Until })
	if !ok || s.Province == nil {
		return RealName{}, ErrProvinceRefused.With("登录省平台的时间过长，请重新登录")
	}
	return l.RealName, nil
}

// RegisterLinked makes the account of a person whom the province knows, once she
// has agreed (U-11). A phone that the province vouches for needs no code;
// another one does. She has no password until she asks for one as who forgot
// hers does.
func (s *Service) RegisterLinked(ctx context.Context, r RealName, phone, phoneCode, agreement string) (Person, error) {
	p := Person{ID: store.NewID(), Name: r.Name, Number: r.Number, Phone: strings.TrimSpace(phone), State: Active, Way: Linked}
	if p.Phone == "" {
		p.Phone = r.Phone
	}
	if agreement != Agreement {
		return p, ErrAgreement
	}
	if err := s.checkPerson(p); err != nil {
		return p, err
	}
	proofs := map[Proof]string{ProofIDCard: s.Province.Name, ProofPhone: s.Province.Name}
	if p.Phone != r.Phone {
		if err := s.useCode(ctx, PurposeRegister, p.Phone, phoneCode); err != nil {
			return p, err
		}
		proofs[ProofPhone] = "sms"
	}
	return p, s.add(ctx, &p, randomPassword(), proofs, func(tx *store.Tx) error { return s.link(ctx, tx, p.ID, r) })
}
