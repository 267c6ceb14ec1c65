package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// The states of a delegation: of one that nobody has ended, and of one that
// somebody has.
const (
	delegationActive    = "active"
	delegationCancelled = "cancelled"
)

// maxDepth is how often a delegation may be handed on (U-21).
const maxDepth = 3

// LegalPerson is a company, an institution or another body.
type LegalPerson struct {
	ID, Name string
	// Code is its unified social credit code.
	Code string
	// Representative is the person who speaks for it; empty as long as she has no
	// account.
	Representative string
	State          State
	Created        time.Time
}

// DelegationRole is what a delegate may do for the legal person (U-22).
type DelegationRole string

// The roles of delegates.
const (
	Manager DelegationRole = "manager" // 管理者: may delegate on
	Handler DelegationRole = "handler" // 经办人
)

// Delegation lets a person act for a legal person.
type Delegation struct {
	ID, Legal, Parent, Grantee string
	Depth                      int
	Role                       DelegationRole
	// Items are the ids of the items it holds for; empty means all.
	Items       []string
	From, Until time.Time
	// State is active or cancelled.
	State string
}

// The ways legal persons and delegations say no.
var (
	ErrCreditCode  = fault.New(fault.Invalid, "identity.credit-code", "统一社会信用代码有误，请核对")
	ErrLegalTaken  = fault.New(fault.Conflict, "identity.legal-registered", "该单位已注册，请由法定代表人授权后办理")
	ErrNoDelegate  = fault.New(fault.Forbidden, "identity.no-delegation", "您没有该单位的有效授权")
	ErrDepth       = fault.New(fault.Conflict, "identity.delegation-depth", "授权最多三级，不能再转授权")
	ErrWider       = fault.New(fault.Forbidden, "identity.delegation-wider", "不能授予超出自己范围或期限的权限")
	ErrSelfGrant   = fault.New(fault.Invalid, "identity.delegation-self", "不能授权给自己")
	ErrDelegation  = fault.New(fault.NotFound, "identity.delegation-unknown", "没有这项授权")
	ErrRepresented = fault.New(fault.Invalid, "identity.not-representative", "核验未通过，请核对单位名称和代码，并由登记的法定代表人本人办理")
)

// RegisterLegal opens the account of a legal person by its legal
// representative, who is signed in (U-05, U-12).
func (s *Service) RegisterLegal(ctx context.Context, representative, name, code string) (LegalPerson, error) {
	l := LegalPerson{
		ID: store.NewID(), Name: strings.TrimSpace(name), Code: strings.ToUpper(strings.TrimSpace(code)),
		Representative: representative, State: Active,
	}
	if _, err := codes.ParseCredit(l.Code); err != nil && !isCheck(err) {
		return l, ErrCreditCode
	}
	if !isLegalName(l.Name) {
		return l, ErrInput.Wrong("name", "请填写营业执照上的名称")
	}
	if s.LegalRegister == nil {
		return l, ErrLegalClosed
	}
	p, err := s.Person(ctx, representative)
	if err != nil {
		return l, err
	}
	if err := s.confirmLegal(ctx, l, p); err != nil {
		return l, err
	}
	err = s.Store.Write(ctx, "register a legal person", func(tx *store.Tx) error {
		claimed, err := s.claim(ctx, tx, &l, p)
		if err != nil || claimed {
			return err
		}
		l.Created = tx.Now
		_, err = tx.ExecContext(ctx, `INSERT INTO legal_person (id, state, way, name, code, representative, provider, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			l.ID, string(l.State), string(ByRepresentative), l.Name, l.Code, l.Representative, s.LegalRegister.Name(), store.Millis(tx.Now))
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.register-legal", Object: l.ID})
	})
	if sqldb.IsDuplicate(err) {
		return l, ErrLegalTaken
	}
	return l, err
}

// isCheck tells whether only the check character of a credit code is wrong: some
// codes were given out so.
func isCheck(err error) bool { return errors.Is(err, codes.ErrCreditCheck) }

// claim lets the confirmed representative speak for a legal person that was
// opened by who handles its affairs; false if it isn't there.
func (s *Service) claim(ctx context.Context, tx *store.Tx, l *LegalPerson, p Person) (bool, error) {
	var id, name, speaker, sealed, key string
	var created int64
	var state State
	err := tx.QueryRowContext(ctx, `SELECT id, name, COALESCE(representative, ''), representative_name, representative_key, state, created FROM legal_person WHERE code = $1`, l.Code).
		Scan(&id, &name, &speaker, &sealed, &key, &state, &created)
	switch {
	case store.IsNone(err):
		return false, nil
	case err != nil:
		return false, err
	case speaker != "" || state != Active:
		return false, ErrLegalTaken
	case name != l.Name, key != "" && key != s.vault.Key(kindID, p.Number):
		return false, ErrRepresented
	}
	if sealed != "" {
		if told, err := s.vault.Open(kindName, sealed); err != nil || told != p.Name {
			return false, ErrRepresented.Because(err)
		}
	}
	l.ID, l.Created = id, store.Time(created)
	if err := speakFor(ctx, tx, p.ID, id); err != nil {
		return false, err
	}
	return true, s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.claim-legal", Object: id})
}

// confirmLegal has the register confirm the legal person.
func (s *Service) confirmLegal(ctx context.Context, l LegalPerson, p Person) error {
	err := s.LegalRegister.Confirm(ctx, l.Code, l.Name, p.Name)
	if errors.Is(err, ErrProof) {
		return ErrRepresented
	}
	return err
}

// LegalPersons are those that a person may act for now.
func (s *Service) LegalPersons(ctx context.Context, person string) ([]LegalPerson, error) {
	now := store.Millis(s.Store.Now())
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, name, code, COALESCE(representative, ''), state, created FROM legal_person
		WHERE representative = $1 OR id IN (SELECT legal FROM delegation WHERE grantee = $1 AND state = 'active' AND valid_from <= $2 AND valid_until > $2)
		ORDER BY name`, person, now)
	if err != nil {
		return nil, fmt.Errorf("read legal persons: %w", err)
	}
	defer rows.Close()
	var list []LegalPerson
	for rows.Next() {
		var l LegalPerson
		var created int64
		if err := rows.Scan(&l.ID, &l.Name, &l.Code, &l.Representative, &l.State, &created); err != nil {
			return nil, fmt.Errorf("read legal persons: %w", err)
		}
		l.Created = store.Time(created)
		list = append(list, l)
	}
	return list, rows.Err()
}

// ActFor lets the context's caller act for a legal person in this session; an
// empty id ends it.
func (s *Service) ActFor(ctx context.Context, legal string) error {
	caller := access.From(ctx)
	if legal != "" {
		if _, err := s.mayActFor(ctx, caller.ID, legal); err != nil {
			return err
		}
	}
	return s.Store.Write(ctx, "act for a legal person", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE session SET acting_for = $1 WHERE hash = $2`, legal, caller.Session); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.act-for", Object: legal})
	})
}

// Scope is what somebody may do for a legal person.
type Scope struct {
	// Delegation is empty for the representative.
	Delegation string
	Depth      int
	Role       DelegationRole
	Items      []string // empty: all
	Until      time.Time
}

// Covers tells whether the scope holds for the item.
func (c Scope) Covers(item string) bool { return len(c.Items) == 0 || slices.Contains(c.Items, item) }

// MayActFor returns what a person may do for a legal person now, or
// ErrNoDelegate.
func (s *Service) MayActFor(ctx context.Context, person, legal string) (Scope, error) {
	return s.mayActFor(ctx, person, legal)
}

func (s *Service) mayActFor(ctx context.Context, person, legal string) (Scope, error) {
	var speaker string
	var state State
	err := s.Store.Read().QueryRowContext(ctx, `SELECT COALESCE(representative, ''), state FROM legal_person WHERE id = $1`, legal).Scan(&speaker, &state)
	if store.IsNone(err) || err == nil && state != Active {
		return Scope{}, ErrNoDelegate
	}
	if err != nil {
		return Scope{}, fmt.Errorf("read a legal person: %w", err)
	}
	if speaker != "" && speaker == person {
		return Scope{Role: Manager}, nil
	}
	list, err := s.Delegations(ctx, legal)
	if err != nil {
		return Scope{}, err
	}
	if scope, ok := scopeOf(list, person, s.Store.Now()); ok {
		return scope, nil
	}
	return Scope{}, ErrNoDelegate
}

// scopeOf is what the newest of the delegations that hold lets a person do.
func scopeOf(list []Delegation, person string, now time.Time) (Scope, bool) {
	byID := map[string]Delegation{}
	for _, d := range list {
		byID[d.ID] = d
	}
	for _, d := range list {
		if d.Grantee != person {
			continue
		}
		if scope, ok := along(byID, d, now); ok {
			return scope, true
		}
	}
	return Scope{}, false
}

// holds tells whether a delegation and all that it rests on hold now.
func holds(all map[string]Delegation, d Delegation, now time.Time) bool {
	_, ok := along(all, d, now)
	return ok
}

// Delegations are all of a legal person, the newest first.
func (s *Service) Delegations(ctx context.Context, legal string) ([]Delegation, error) {
	return delegations(ctx, s.Store.Read(), legal)
}

func delegations(ctx context.Context, from store.Querier, legal string) ([]Delegation, error) {
	rows, err := from.QueryContext(ctx, `SELECT id, legal, parent, grantee, depth, role, items, valid_from, valid_until, state
		FROM delegation WHERE legal = $1 ORDER BY id DESC`, legal)
	if err != nil {
		return nil, fmt.Errorf("read delegations: %w", err)
	}
	defer rows.Close()
	var list []Delegation
	for rows.Next() {
		var d Delegation
		var items string
		var from, until int64
		if err := rows.Scan(&d.ID, &d.Legal, &d.Parent, &d.Grantee, &d.Depth, &d.Role, &items, &from, &until, &d.State); err != nil {
			return nil, fmt.Errorf("read delegations: %w", err)
		}
		if err := json.Unmarshal([]byte(items), &d.Items); err != nil {
			return nil, fmt.Errorf("read delegation %s: %w", d.ID, err)
		}
		d.From, d.Until = store.Time(from), store.Time(until)
		list = append(list, d)
	}
	return list, rows.Err()
}

// Revoke ends a delegation, and with it all that rest on it. The caller is the
// representative, who granted it, or the one who has it.
func (s *Service) Revoke(ctx context.Context, legal, id string) error {
	caller := access.From(ctx)
	list, err := s.Delegations(ctx, legal)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(d Delegation) bool { return d.ID == id && d.State == delegationActive })
	if i < 0 {
		return ErrDelegation
	}
	scope, err := s.mayActFor(ctx, caller.ID, legal)
	if err != nil {
		return ErrDelegation // others learn nothing
	}
	d := list[i]
	if !mayEnd(list, d, scope, caller.ID) {
		return ErrWider
	}
	l, grantee, err := s.parties(ctx, legal, d.Grantee)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "revoke a delegation", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE delegation SET state = $1 WHERE id = $2`, delegationCancelled, id); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, grantee, "identity.delegation-ended", map[string]string{"legal": l}); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.revoke", Object: legal, Detail: "delegation " + id})
	})
}

// checkItems tells whether there are such items.
func (s *Service) checkItems(ctx context.Context, ids []string) error {
	if len(ids) == 0 || s.itemNames == nil {
		return nil
	}
	names, err := s.itemNames(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if names[id] == "" {
			return ErrInput.Wrong("items", "所选事项有的已不再办理，请重新选择")
		}
	}
	return nil
}

// mayEnd tells whether a person with the scope may end the delegation d.
func mayEnd(all []Delegation, d Delegation, scope Scope, person string) bool {
	return scope.Delegation == "" || d.Grantee == person || restsOn(all, d, scope.Delegation)
}

// parties are the legal person's name and the grantee of a delegation.
func (s *Service) parties(ctx context.Context, legal, grantee string) (string, Person, error) {
	var name string
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT name FROM legal_person WHERE id = $1`, legal).Scan(&name); err != nil {
		return "", Person{}, fmt.Errorf("read a legal person: %w", err)
	}
	p, err := s.Person(ctx, grantee)
	return name, p, err
}

// restsOn tells whether d was granted by, or below, the delegation with the id.
func restsOn(all []Delegation, d Delegation, id string) bool {
	for range maxDepth {
		if d.Parent == id {
			return true
		}
		i := slices.IndexFunc(all, func(o Delegation) bool { return o.ID == d.Parent })
		if i < 0 {
			return false
		}
		d = all[i]
	}
	return false
}
