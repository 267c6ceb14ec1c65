package identity

import (
	"context"
	"fmt"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// representative is the role of who speaks for a legal person. Nobody grants it.
const representative DelegationRole = "representative"

// The ways a legal person isn't linked or signed in for.
var (
	ErrLegalUnlinked = fault.New(fault.Conflict, "identity.legal-unlinked", "这份证书或电子营业执照还没有绑定经办人，请先用个人账号登录后绑定")
	ErrLegalMismatch = fault.New(fault.Conflict, "identity.legal-mismatch", "单位名称与平台登记的不一致，请到服务窗口办理变更")
	ErrLegalHolder   = fault.New(fault.Forbidden, "identity.legal-holder", "电子营业执照的持照人不是当前登录的用户，请由持照人本人登录后绑定")
	ErrLegalOther    = fault.New(fault.Conflict, "identity.legal-other-representative", "该单位已登记另一位法定代表人，请到服务窗口办理变更")
	ErrLegalEnded    = fault.New(fault.Forbidden, "identity.legal-ended", "您对该单位的代办授权已被取消，请联系该单位重新授权")
	ErrLegalRole     = fault.New(fault.Invalid, "identity.legal-role", "请选择您是法定代表人还是经办人")
	ErrCredential    = fault.New(fault.NotFound, "identity.credential-unknown", "没有这项绑定")
)

// Link is what a person says who links a legal person to her own account.
type Link struct {
	// Role is representative or handler; a licence knows it by itself.
	Role DelegationRole
	// Agreement is the version of the service agreement that was agreed to.
	Agreement string
}

// LinkLegal lets the context's caller, who is signed in, act for the legal
// person of a proof, and sign in by it from now on (U-12, U-16). It registers
// the legal person if there is none with its code. The caller's session acts
// for it at once.
func (s *Service) LinkLegal(ctx context.Context, token string, link Link) (LegalPerson, error) {
	p, err := s.LegalProof(ctx, token)
	switch {
	case err != nil:
		return LegalPerson{}, err
	case p.State != proofProved:
		return LegalPerson{}, ErrLegalUnproved
	case link.Agreement != Agreement:
		return LegalPerson{}, ErrAgreement
	}
	caller := access.From(ctx)
	person, err := s.Person(ctx, caller.ID)
	if err != nil {
		return LegalPerson{}, err
	}
	role, err := s.roleOf(ctx, p.Identity, person, link.Role)
	if err != nil {
		return LegalPerson{}, err
	}
	var l LegalPerson
	err = s.Store.Write(ctx, "link a legal person", func(tx *store.Tx) error {
		if err := s.use(ctx, tx, p); err != nil {
			return err
		}
		var err error
		if l, err = s.legalOf(ctx, tx, p, person, role); err != nil {
			return err
		}
		if err := s.letAct(ctx, tx, p, l, person, role); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO legal_credential (id, way, subject, legal, person, provider, until, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (way, subject) DO UPDATE SET legal = excluded.legal, person = excluded.person, provider = excluded.provider, until = excluded.until, at = excluded.at`,
			store.NewID(), string(p.Way), s.subjectKey(p), l.ID, person.ID, s.LegalProvers[p.Way].Name(), store.Millis(p.Identity.Until), store.Millis(tx.Now)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE session SET acting_for = $1 WHERE hash = $2`, l.ID, caller.Session); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.link-legal", Object: l.ID, Detail: string(p.Way) + " as " + string(role)})
	})
	return l, err
}

// subjectKey is how a certificate, or a licence in its holder's wallet, is found
// again. The holder is part of it, whatever a wallet calls itself: nobody signs
// in as another holder of the same licence.
func (s *Service) subjectKey(p LegalProof) string {
	i := p.Identity
	return s.pepper.Key("legal-credential", string(p.Way)+"\n"+i.Code+"\n"+i.Holder.Number+"\n"+i.Subject)
}

// roleOf tells as what a person acts for a legal person that she has proved. A
// wallet says it of its holder; of a certificate's holder the register confirms
// that she is the representative.
func (s *Service) roleOf(ctx context.Context, i LegalIdentity, p Person, said DelegationRole) (DelegationRole, error) {
	if i.Holder != (Holder{}) {
		if i.Holder.Number != p.Number || i.Holder.Name != p.Name {
			return "", ErrLegalHolder
		}
		return DelegationRole(i.Holder.Role), nil
	}
	switch said {
	case Handler:
		return Handler, nil
	case representative:
		if s.LegalRegister == nil {
			return "", ErrLegalClosed
		}
		return representative, s.confirmLegal(ctx, LegalPerson{Code: i.Code, Name: i.Name}, p)
	}
	return "", ErrLegalRole
}

// legalOf returns the legal person of a proof, which is made if there is none.
func (s *Service) legalOf(ctx context.Context, tx *store.Tx, p LegalProof, person Person, role DelegationRole) (LegalPerson, error) {
	i := p.Identity
	speaker := ""
	if role == representative {
		speaker = person.ID
	}
	l := LegalPerson{ID: store.NewID(), Name: i.Name, Code: i.Code, Representative: speaker, State: Active, Created: tx.Now}
	result, err := tx.ExecContext(ctx, `INSERT INTO legal_person (id, state, way, name, code, representative, representative_name, provider, created)
		VALUES ($1, $2, $3, $4, $5, NULLIF($6, ''), $7, $8, $9) ON CONFLICT (code) DO NOTHING`,
		l.ID, string(l.State), string(p.Way), l.Name, l.Code, speaker, s.sealName(i.Representative), s.LegalProvers[p.Way].Name(), store.Millis(tx.Now))
	if err != nil {
		return l, err
	}
	if n, err := result.RowsAffected(); err != nil {
		return l, err
	} else if n == 1 {
		return l, s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.register-legal", Object: l.ID, Detail: string(p.Way)})
	}
	var key string // of a representative who is known and has no account
	err = tx.QueryRowContext(ctx, `SELECT id, name, COALESCE(representative, ''), representative_key, state FROM legal_person WHERE code = $1`, i.Code).Scan(&l.ID, &l.Name, &l.Representative, &key, &l.State)
	switch {
	case err != nil:
		return l, err
	case l.State != Active:
		return l, ErrNoDelegate
	case l.Name != i.Name:
		return l, ErrLegalMismatch
	case role == representative && l.Representative != "" && l.Representative != person.ID:
		return l, ErrLegalOther
	case role == representative && l.Representative == "" && key != "" && key != s.vault.Key(kindID, person.Number):
		return l, ErrLegalOther
	case role == representative && l.Representative == "":
		l.Representative = person.ID
		return l, speakFor(ctx, tx, person.ID, l.ID)
	}
	return l, nil
}

// speakFor makes a person the representative of a legal person that has none.
func speakFor(ctx context.Context, tx *store.Tx, person, legal string) error {
	result, err := tx.ExecContext(ctx, `UPDATE legal_person SET representative = $1 WHERE id = $2 AND representative IS NULL`, person, legal)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return ErrLegalOther
}

// sealName seals a name that may be empty.
func (s *Service) sealName(name string) string {
	if name == "" {
		return ""
	}
	return s.vault.Seal(kindName, name)
}

// letAct gives a person what she may do for a legal person, unless she may act
// for it already. Whom the representative has ended doesn't come back by a
// certificate.
func (s *Service) letAct(ctx context.Context, tx *store.Tx, p LegalProof, l LegalPerson, person Person, role DelegationRole) error {
	if l.Representative == person.ID {
		return nil
	}
	list, err := delegations(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	if _, ok := scopeOf(list, person.ID, tx.Now); ok {
		return nil
	}
	for _, d := range list {
		if l.Representative != "" && d.Grantee == person.ID && d.State == delegationCancelled {
			return ErrLegalEnded
		}
	}
	until := tx.Now.Add(maxCredit)
	if p.Identity.Until.Before(until) {
		until = p.Identity.Until
	}
	d := Delegation{ID: store.NewID(), Legal: l.ID, Grantee: person.ID, Depth: 1, Role: role, From: tx.Now, Until: until, State: delegationActive}
	if _, err := tx.ExecContext(ctx, `INSERT INTO delegation (id, legal, parent, depth, grantee, role, items, valid_from, valid_until, state, created, way)
		VALUES ($1, $2, '', $3, $4, $5, '[]', $6, $7, $8, $6, $9)`,
		d.ID, d.Legal, d.Depth, d.Grantee, string(d.Role), store.Millis(d.From), store.Millis(d.Until), d.State, string(p.Way)); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, person, "identity.delegated", map[string]string{"legal": l.Name}); err != nil {
		return err
	}
	if l.Representative == "" {
		return nil
	}
	boss, err := s.Person(ctx, l.Representative)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, boss, "identity.legal-linked", map[string]string{"legal": l.Name, "person": privacy.MaskName(person.Name)})
}

// Bound is the account that signs in by a proof.
type Bound struct {
	Person Person
	Legal  string // id
	// Code tells that a code from the person's phone is needed, too: nobody knows
	// whose hand a certificate is in.
	Code bool
}

// BoundTo returns who signs in by a proof, or ErrLegalUnlinked.
func (s *Service) BoundTo(ctx context.Context, p LegalProof) (b Bound, err error) {
	if p.State != proofProved {
		return b, ErrLegalUnproved
	}
	var person string
	err = s.Store.Read().QueryRowContext(ctx, `SELECT legal, person FROM legal_credential WHERE way = $1 AND subject = $2`, string(p.Way), s.subjectKey(p)).Scan(&b.Legal, &person)
	if store.IsNone(err) {
		return b, ErrLegalUnlinked
	}
	if err != nil {
		return b, fmt.Errorf("read a credential: %w", err)
	}
	b.Person, err = s.Person(ctx, person)
	b.Code = p.Identity.Holder == (Holder{})
	return b, err
}

// SendLegalCode sends a code to the phone of who signs in by a proof.
func (s *Service) SendLegalCode(ctx context.Context, token string) error {
	p, err := s.LegalProof(ctx, token)
	if err != nil {
		return err
	}
	b, err := s.BoundTo(ctx, p)
	if err != nil {
		return err
	}
	return s.SendCode(ctx, PurposeLogin, b.Person.Phone)
}

// LoginLegal signs the person in who is bound to a proof's certificate or
// licence; her session acts for the legal person. A certificate needs a code
// from her phone beside.
func (s *Service) LoginLegal(ctx context.Context, token, code string) (Session, Bound, error) {
	p, err := s.LegalProof(ctx, token)
	if err != nil {
		return Session{}, Bound{}, err
	}
	b, err := s.BoundTo(ctx, p)
	if err != nil {
		return Session{}, b, err
	}
	if b.Person.State != Active {
		return Session{}, b, ErrDisabled
	}
	if _, err := s.mayActFor(ctx, b.Person.ID, b.Legal); err != nil {
		return Session{}, b, err
	}
	if b.Code {
		if err := s.useCode(ctx, PurposeLogin, b.Person.Phone, code); err != nil {
			return Session{}, b, err
		}
	}
	if err := s.Store.Write(ctx, "use a proof of a legal person", func(tx *store.Tx) error { return s.use(ctx, tx, p) }); err != nil {
		return Session{}, b, err
	}
	session, err := s.begin(ctx, access.Person, b.Person.ID, "person")
	if err != nil {
		return session, b, err
	}
	return session, b, s.Store.Write(ctx, "act for a legal person", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE session SET acting_for = $1 WHERE hash = $2`, b.Legal, s.pepper.Key("session", session.Token)); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.Actor{Kind: access.Person, ID: b.Person.ID}, Action: "identity.sign-in-legal", Object: b.Legal, Detail: string(p.Way)})
	})
}

// Credential is a certificate, or a licence in somebody's wallet, by which a
// person signs in for a legal person.
type Credential struct {
	ID, Provider, Person string
	Way                  LegalWay
	Until, At            time.Time
}

// Credentials are those of a legal person: all for its representative and
// managers of all items, one's own for others.
func (s *Service) Credentials(ctx context.Context, legal string) ([]Credential, error) {
	caller := access.From(ctx)
	scope, err := s.mayActFor(ctx, caller.ID, legal)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, way, person, provider, until, at FROM legal_credential WHERE legal = $1 ORDER BY at DESC, id`, legal)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	defer rows.Close()
	list := []Credential{}
	for rows.Next() {
		var c Credential
		var until, at int64
		if err := rows.Scan(&c.ID, &c.Way, &c.Person, &c.Provider, &until, &at); err != nil {
			return nil, fmt.Errorf("read credentials: %w", err)
		}
		c.Until, c.At = store.Time(until), store.Time(at)
		if c.Person == caller.ID || scope.Delegation == "" || scope.Role == Manager && len(scope.Items) == 0 {
			list = append(list, c)
		}
	}
	return list, rows.Err()
}

// Unlink lets nobody sign in by a credential any more. Whom it let act for the
// legal person may still: that is what Revoke ends.
func (s *Service) Unlink(ctx context.Context, legal, id string) error {
	list, err := s.Credentials(ctx, legal)
	if err != nil {
		return ErrCredential // others learn nothing
	}
	for _, c := range list {
		if c.ID != id {
			continue
		}
		return s.Store.Write(ctx, "unlink a credential", func(tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, `DELETE FROM legal_credential WHERE id = $1`, id); err != nil {
				return err
			}
			return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.unlink-legal", Object: legal, Detail: "credential " + id})
		})
	}
	return ErrCredential
}
