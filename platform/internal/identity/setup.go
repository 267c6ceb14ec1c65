package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// FirstAccount is one of the accounts that a platform begins with.
type FirstAccount struct {
	Member
	// Password is good for one sign-in, which chooses another. It is seen this
	// once.
	Password string
}

// ErrBegun says that a platform has staff, who make everybody else's accounts.
var ErrBegun = errors.New("the platform has staff already")

// firstMembers are the three administrations, which nobody holds together.
func firstMembers() []Member {
	return []Member{
		{Account: "system", Name: "系统管理员", Roles: []access.Role{access.RoleSystemAdmin}},
		{Account: "security", Name: "安全管理员", Roles: []access.Role{access.RoleSecurityAdmin}},
		{Account: "audit", Name: "审计管理员", Roles: []access.Role{access.RoleAuditor}},
	}
}

// SetUp begins an empty platform with the body that manages it and an account
// for each of the three administrations, whose region is the body's. ErrBegun
// if there are staff. A body that is there becomes a managing one.
func (s *Service) SetUp(ctx context.Context, body Organisation) ([]FirstAccount, error) {
	body.ID, body.Name = strings.TrimSpace(body.ID), strings.TrimSpace(body.Name)
	if err := checkBody(body); err != nil {
		return nil, err
	}
	list := make([]FirstAccount, 0, len(firstMembers()))
	err := s.Store.Write(ctx, "set up the platform", func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM staff`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return ErrBegun
		}
		if err := s.PutOrganisation(ctx, tx, body); err != nil {
			return err
		}
		if err := s.setManaging(ctx, tx, body.ID); err != nil {
			return err
		}
		list = list[:0]
		for _, m := range firstMembers() {
			m.ID, m.State, m.Organisation, m.Region = store.NewID(), Active, body.ID, body.Region
			first := FirstAccount{Member: m, Password: randomPassword()}
			if err := s.insertMember(ctx, tx, m, first.Password); err != nil {
				return err
			}
			list = append(list, first)
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.System, Action: "identity.set-up", Object: body.ID})
	})
	if sqldb.IsDuplicate(err) {
		return nil, ErrBegun // another process was faster
	}
	return list, err
}

// checkBody checks the body that a platform is set up for.
func checkBody(o Organisation) error {
	if o.ID == "" || len(o.ID) > 40 || strings.ContainsFunc(o.ID, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}) {
		return fmt.Errorf("the body's id %q must be 1 to 40 letters, digits and hyphens", o.ID)
	}
	if n := utf8.RuneCountInString(o.Name); n < 2 || n > 100 || !utf8.ValidString(o.Name) || strings.ContainsFunc(o.Name, func(r rune) bool { return r < ' ' }) {
		return errors.New("the body's name must have 2 to 100 characters on one line")
	}
	if len(o.Region) < 6 || !access.IsCode(o.Region) {
		return fmt.Errorf("the region %q must be 6, 9 or 12 digits (GB/T 2260), such as 330100", o.Region)
	}
	return nil
}

// Begun tells whether there are staff: without any, nobody can sign in to make
// some.
func (s *Service) Begun(ctx context.Context) (bool, error) {
	var n int
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM staff`).Scan(&n); err != nil {
		return false, fmt.Errorf("count the staff: %w", err)
	}
	return n > 0, nil
}

// Managing are the ids of the bodies that keep the catalogue and take what is
// for every body.
func (s *Service) Managing(ctx context.Context) ([]string, error) {
	list, err := s.Organisations(ctx)
	ids := []string{}
	for _, o := range list {
		if o.Managing {
			ids = append(ids, o.ID)
		}
	}
	return ids, err
}

// SetManaging makes the bodies with the ids managing ones.
func (s *Service) SetManaging(ctx context.Context, ids ...string) error {
	return s.Store.Write(ctx, "set the managing bodies", func(tx *store.Tx) error {
		for _, id := range ids {
			if err := s.setManaging(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) setManaging(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE organisation SET managing = 1 WHERE id = $1`, id); err != nil {
		return fmt.Errorf("set the managing body: %w", err)
	}
	return nil
}
