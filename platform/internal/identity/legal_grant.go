package identity

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// mayGrant is what the context's caller may do for a legal person, if she may
// let others act for it.
func (s *Service) mayGrant(ctx context.Context, legal string) (Scope, error) {
	scope, err := s.mayActFor(ctx, access.From(ctx).ID, legal)
	switch {
	case err != nil:
		return scope, err
	case scope.Role != Manager:
		return scope, ErrWider
	case scope.Depth >= maxDepth:
		return scope, ErrDepth
	}
	return scope, nil
}

// checkTerms tells whether a delegation could be on these terms at all.
func (s *Service) checkTerms(ctx context.Context, d Delegation) error {
	if d.Role != Manager && d.Role != Handler {
		return ErrInput.Wrong("role", "请选择管理者或经办人")
	}
	if !d.Until.After(d.From) || !d.Until.After(s.Store.Now()) {
		return ErrInput.Wrong("until", "截止日期应在开始日期之后")
	}
	return s.checkItems(ctx, d.Items)
}

// within tells whether the terms of a delegation are no wider than the scope of
// who grants it.
func (c Scope) within(d Delegation) error {
	switch {
	case !c.Until.IsZero() && d.Until.After(c.Until):
		return ErrWider
	case len(c.Items) > 0 && (len(d.Items) == 0 || slices.ContainsFunc(d.Items, func(i string) bool { return !c.Covers(i) })):
		return ErrWider
	}
	return nil
}

// Grant lets another person, named by her ID number and name, act for the legal
// person. The context's caller is its representative or a manager; she can't
// give more than she has, nor longer, nor deeper than three levels.
func (s *Service) Grant(ctx context.Context, legal, name, number string, d Delegation) (Delegation, error) {
	if _, err := s.mayGrant(ctx, legal); err != nil {
		return d, err // a stranger doesn't learn who has an account
	}
	grantee, err := s.PersonByNumber(ctx, number)
	if err != nil || grantee.Name != strings.TrimSpace(name) {
		return d, ErrUnknown.With("没有找到这位实名用户，请核对姓名和身份证号，并请对方先注册")
	}
	return s.grantTo(ctx, legal, grantee, d, nil)
}

// grantTo grants in one transaction with also, which may be nil.
func (s *Service) grantTo(ctx context.Context, legal string, grantee Person, d Delegation, also func(tx *store.Tx) error) (Delegation, error) {
	scope, err := s.mayGrant(ctx, legal)
	if err != nil {
		return d, err
	}
	if d.From.IsZero() {
		d.From = s.Store.Now()
	}
	if err := s.checkTerms(ctx, d); err != nil {
		return d, err
	}
	if err := scope.within(d); err != nil {
		return d, err
	}
	if grantee.ID == access.From(ctx).ID {
		return d, ErrSelfGrant
	}
	d.ID, d.Legal, d.Parent, d.Grantee, d.Depth, d.State = store.NewID(), legal, scope.Delegation, grantee.ID, scope.Depth+1, delegationActive
	l, _, err := s.parties(ctx, legal, grantee.ID)
	if err != nil {
		return d, err
	}
	items, err := json.Marshal(append([]string{}, d.Items...))
	if err != nil {
		return d, err
	}
	return d, s.Store.Write(ctx, "grant a delegation", func(tx *store.Tx) error {
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO delegation (id, legal, parent, depth, grantee, role, items, valid_from, valid_until, state, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			d.ID, d.Legal, d.Parent, d.Depth, d.Grantee, string(d.Role), string(items), store.Millis(d.From), store.Millis(d.Until), d.State, store.Millis(tx.Now))
		if err != nil {
			return err
		}
		if err := s.tell(ctx, tx, grantee, "identity.delegated", map[string]string{"legal": l}); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.grant", Object: legal, Detail: "delegation " + d.ID})
	})
}

// Change sets a delegation's role, items and end anew; it begins when it did.
// The caller is the representative, or a manager on whose delegation it rests;
// she can't give more than she has. What rests on it holds within its new
// bounds.
func (s *Service) Change(ctx context.Context, legal, id string, terms Delegation) (Delegation, error) {
	caller := access.From(ctx)
	scope, err := s.mayActFor(ctx, caller.ID, legal)
	if err != nil {
		return Delegation{}, err
	}
	list, err := s.Delegations(ctx, legal)
	if err != nil {
		return Delegation{}, err
	}
	i := slices.IndexFunc(list, func(d Delegation) bool { return d.ID == id && d.State == delegationActive })
	if i < 0 {
		return Delegation{}, ErrDelegation
	}
	d := list[i]
	if !mayChange(list, d, scope, caller.ID) {
		return d, ErrWider
	}
	d.Role, d.Items, d.Until = terms.Role, terms.Items, terms.Until
	if err := s.checkTerms(ctx, d); err != nil {
		return d, err
	}
	if err := scope.within(d); err != nil {
		return d, err
	}
	l, grantee, err := s.parties(ctx, legal, d.Grantee)
	if err != nil {
		return d, err
	}
	items, err := json.Marshal(append([]string{}, d.Items...))
	if err != nil {
		return d, err
	}
	return d, s.Store.Write(ctx, "change a delegation", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE delegation SET role = $1, items = $2, valid_until = $3 WHERE id = $4 AND state = 'active'`,
			string(d.Role), string(items), store.Millis(d.Until), id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return ErrDelegation.Because(err) // it was ended meanwhile
		}
		if err := s.tell(ctx, tx, grantee, "identity.delegation-changed", map[string]string{"legal": l}); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.change-delegation", Object: legal, Detail: "delegation " + id})
	})
}

// mayChange tells whether a person with the scope may change the delegation d:
// never her own.
func mayChange(all []Delegation, d Delegation, scope Scope, person string) bool {
	return scope.Role == Manager && d.Grantee != person && mayEnd(all, d, scope, person)
}

// along is what a delegation lets its holder do now, by itself and all that it
// rests on: no item that one of those doesn't cover, no longer than the
// shortest, and nothing where one of those may not delegate (any more).
func along(all map[string]Delegation, d Delegation, now time.Time) (Scope, bool) {
	scope := Scope{Delegation: d.ID, Depth: d.Depth, Role: d.Role, Items: d.Items, Until: d.Until}
	for range maxDepth {
		if d.State != delegationActive || now.Before(d.From) || !now.Before(d.Until) {
			return Scope{}, false
		}
		if d.Parent == "" {
			return scope, true
		}
		parent, ok := all[d.Parent]
		if !ok || parent.Role != Manager || !scope.narrow(parent) {
			return Scope{}, false
		}
		d = parent
	}
	return Scope{}, false
}

// narrow keeps the scope within a delegation that it rests on; false if nothing
// is left of it.
func (c *Scope) narrow(by Delegation) bool {
	if by.Until.Before(c.Until) {
		c.Until = by.Until
	}
	switch {
	case len(by.Items) == 0:
		return true
	case len(c.Items) == 0:
		c.Items = by.Items
		return true
	}
	c.Items = slices.DeleteFunc(slices.Clone(c.Items), func(i string) bool { return !slices.Contains(by.Items, i) })
	return len(c.Items) > 0
}
