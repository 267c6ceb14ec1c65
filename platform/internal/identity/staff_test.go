package identity_test

import (
	"errors"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/store"
)

// member adds a member of staff who has chosen her password.
func (c *city) member(roles ...access.Role) (identity.Member, string) {
	c.t.Helper()
	m, first := c.newMember(roles...)
	err := c.Store.Write(c.t.Context(), "as if chosen", func(tx *store.Tx) error {
		_, err := tx.ExecContext(c.t.Context(), `UPDATE staff SET change_password = 0 WHERE id = $1`, m.ID)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return m, first
}

// newMember adds a member of staff whose password was handed out.
func (c *city) newMember(roles ...access.Role) (identity.Member, string) {
	c.t.Helper()
	err := c.Store.Write(c.t.Context(), "organisation", func(tx *store.Tx) error {
		return c.PutOrganisation(c.t.Context(), tx, identity.Organisation{ID: "o1", Name: "市场监督管理局", Region: "330100"})
	})
	if err != nil {
		c.t.Fatal(err)
	}
	m, first, err := c.AddMember(c.officer("security", access.RoleSecurityAdmin), identity.Member{
		Account: "Li", Name: "李工", Organisation: "o1", Region: "330102", Roles: roles,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return m, first
}

// at is the authenticator's code now.
func (c *city) at(secret string) string {
	c.t.Helper()
	code, err := identity.TOTPCode(secret, c.clock().Unix()/30)
	if err != nil {
		c.t.Fatal(err)
	}
	return code
}

func TestStaffSignInNeedsTheSecondFactorEachTime(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		_, first := c.member(access.RoleItemEditor)
		_, _, setup, err := c.LoginStaff(t.Context(), "li", first, "")
		if !errors.Is(err, identity.ErrSecond) || setup == "" {
			t.Fatalf("first sign-in: %v", err)
		}
		if _, _, _, err := c.LoginStaff(t.Context(), "li", first, "123456"); !errors.Is(err, identity.ErrWrongLogin) {
			t.Errorf("a guess: %v", err)
		}
		code := c.at(setup)
		if _, m, _, err := c.LoginStaff(t.Context(), "LI ", first, code); err != nil || m.Account != "li" {
			t.Fatal(err)
		}
		if _, _, again, err := c.LoginStaff(t.Context(), "li", first, code); !errors.Is(err, identity.ErrWrongLogin) || again != "" {
			t.Errorf("a code was used twice: %v, %q", err, again)
		}
		if _, _, again, err := c.LoginStaff(t.Context(), "li", first, ""); !errors.Is(err, identity.ErrSecond) || again != "" {
			t.Errorf("the secret was shown a second time: %v", err)
		}
		c.pass(time.Minute)
		if _, _, _, err := c.LoginStaff(t.Context(), "li", first, c.at(setup)); err != nil {
			t.Error(err)
		}
	})
}

func TestTOTPAgreesWithTheRFC(t *testing.T) {
	// RFC 6238, appendix B, SHA-1, the last six digits.
	secret := identity.TOTPSecret([]byte("12345678901234567890"))
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		if got, err := identity.TOTPCode(secret, at/30); err != nil || got != want {
			t.Errorf("at %d: %s, %v, want %s", at, got, err, want)
		}
	}
}

func TestOnePersonHoldsOneOfTheThreeAdministrations(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		c.member(access.RoleItemEditor)
		admin := c.officer("security", access.RoleSecurityAdmin)
		tests := []struct {
			name string
			m    identity.Member
			want error
		}{
			{"two administrations", identity.Member{Account: "wang", Name: "王", Organisation: "o1", Region: "330102", Roles: []access.Role{access.RoleSystemAdmin, access.RoleAuditor}}, identity.ErrConflict},
			{"no such role", identity.Member{Account: "wang", Name: "王", Organisation: "o1", Region: "330102", Roles: []access.Role{"king"}}, identity.ErrRole},
			{"no such organisation", identity.Member{Account: "wang", Name: "王", Organisation: "o2", Region: "330102"}, identity.ErrNoOrg},
			{"an account that is there", identity.Member{Account: "LI", Name: "李", Organisation: "o1", Region: "330102"}, identity.ErrAccountTaken},
			{"spaces in the account", identity.Member{Account: "w ang", Name: "王", Organisation: "o1", Region: "330102"}, identity.ErrInput},
			{"good", identity.Member{Account: "wang", Name: "王", Organisation: "o1", Region: "330102", Roles: []access.Role{access.RoleAuditor}}, nil},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if _, _, err := c.AddMember(admin, tt.m); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
			})
		}
		other := identity.Member{Account: "zhao", Name: "赵", Organisation: "o1", Region: "340100"}
		if _, _, err := c.AddMember(admin, other); err == nil {
			t.Error("an administrator of one city made staff in another")
		}
	})
}

func TestADisabledMemberIsOutAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		m, first := c.member(access.RoleItemEditor)
		_, _, setup, _ := c.LoginStaff(t.Context(), "li", first, "")
		if _, _, _, err := c.LoginStaff(t.Context(), "li", first, c.at(setup)); err != nil {
			t.Fatal(err)
		}
		m.State = identity.Disabled
		if _, err := c.ChangeMember(c.officer("security", access.RoleSecurityAdmin), m); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Minute)
		if _, _, _, err := c.LoginStaff(t.Context(), "li", first, c.at(setup)); !errors.Is(err, identity.ErrDisabled) {
			t.Errorf("got %v", err)
		}
	})
}

// A member who changes her password stays signed in where she does it and
// nowhere else.
func TestAMemberChangesHerOwnPassword(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		m, first := c.member(access.RoleItemEditor)
		_, _, setup, _ := c.LoginStaff(t.Context(), "li", first, "")
		var callers []access.Caller
		for range 2 {
			session, _, _, err := c.LoginStaff(t.Context(), "li", first, c.at(setup))
			if err != nil {
				t.Fatal(err)
			}
			who, err := c.whose(session.Token)
			if err != nil || who.ID != m.ID {
				t.Fatalf("the session is %+v's: %v", who, err)
			}
			callers = append(callers, who)
			c.pass(time.Minute)
		}
		here := access.With(t.Context(), callers[0])
		const second = "Xin-mima-2026"
		if err := c.ChangeStaffPassword(here, "nicht", second); !errors.Is(err, identity.ErrWrongLogin) {
			t.Errorf("by a wrong password: %v", err)
		}
		if err := c.ChangeStaffPassword(here, first, "kurz"); err == nil {
			t.Error("a weak password was taken")
		}
		if err := c.ChangeStaffPassword(here, first, second); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := c.Store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM session WHERE subject = $1`, m.ID).Scan(&left); err != nil || left != 1 {
			t.Errorf("%d sessions are left, want the one: %v", left, err)
		}
		if _, _, _, err := c.LoginStaff(t.Context(), "li", first, c.at(setup)); !errors.Is(err, identity.ErrWrongLogin) {
			t.Errorf("the old password: %v", err)
		}
		if _, _, _, err := c.LoginStaff(t.Context(), "li", second, c.at(setup)); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}
