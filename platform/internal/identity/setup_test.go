package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
)

var bureau = identity.Organisation{ID: "bureau", Name: "政务服务管理局", Region: "330100"}

func TestAPlatformIsSetUpOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		if begun, err := c.Begun(t.Context()); err != nil || begun {
			t.Fatalf("an empty platform has begun: %v", err)
		}
		if ids, err := c.Managing(t.Context()); err != nil || len(ids) != 0 {
			t.Fatalf("somebody manages an empty platform: %v, %v", ids, err)
		}
		accounts, err := c.SetUp(t.Context(), bureau)
		if err != nil {
			t.Fatal(err)
		}
		held := map[access.Role]bool{}
		for _, a := range accounts {
			if len(a.Roles) != 1 || a.Region != bureau.Region || a.Organisation != bureau.ID || a.Password == "" {
				t.Errorf("an account is %+v", a)
			}
			held[a.Roles[0]] = true
		}
		if !held[access.RoleSystemAdmin] || !held[access.RoleSecurityAdmin] || !held[access.RoleAuditor] {
			t.Errorf("the three administrations are held: %v", held)
		}
		if ids, err := c.Managing(t.Context()); err != nil || len(ids) != 1 || ids[0] != "bureau" {
			t.Errorf("the platform is managed by %v, %v", ids, err)
		}
		if _, err := c.SetUp(t.Context(), bureau); !errors.Is(err, identity.ErrBegun) {
			t.Errorf("a second time: %v", err)
		}
		if begun, err := c.Begun(t.Context()); err != nil || !begun {
			t.Errorf("a platform that was set up hasn't begun: %v", err)
		}
	})
}

// A password that was handed out is good for choosing another, and the factor
// that the phone shows is asked for before it is changed.
func TestAHandedOutPasswordIsForOneSignIn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		_, first := c.newMember(access.RoleClerk)
		const chosen = "Zhonghe-2026"
		if _, _, setup, err := c.LoginStaff(t.Context(), "li", first, ""); !errors.Is(err, identity.ErrChooseStaff) || setup != "" {
			t.Fatalf("without another: %v", err)
		}
		for name, weak := range map[string]error{"kurz1": identity.ErrWeakPassword, first: identity.ErrSamePassword} {
			if _, _, _, err := c.FirstLoginStaff(t.Context(), "li", first, "", name); !errors.Is(err, weak) {
				t.Errorf("%s is chosen: %v", name, err)
			}
		}
		_, _, setup, err := c.FirstLoginStaff(t.Context(), "li", first, "", chosen)
		if !errors.Is(err, identity.ErrSecond) || setup == "" {
			t.Fatalf("without a second factor: %v", err)
		}
		if _, _, _, err := c.FirstLoginStaff(t.Context(), "li", "falsch123", c.at(setup), chosen); !errors.Is(err, identity.ErrWrongLogin) {
			t.Errorf("by a wrong password: %v", err)
		}
		if _, _, _, err := c.LoginStaff(t.Context(), "li", chosen, c.at(setup)); !errors.Is(err, identity.ErrWrongLogin) {
			t.Errorf("the chosen one, before it holds: %v", err)
		}
		if _, _, _, err := c.FirstLoginStaff(t.Context(), "li", first, c.at(setup), chosen); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Minute)
		if _, _, _, err := c.LoginStaff(t.Context(), "li", first, c.at(setup)); !errors.Is(err, identity.ErrWrongLogin) {
			t.Errorf("the one that was handed out, again: %v", err)
		}
		if _, _, _, err := c.LoginStaff(t.Context(), "li", chosen, c.at(setup)); err != nil {
			t.Errorf("the chosen one: %v", err)
		}
	})
}

// Who lost her phone gets another secret: its codes let nobody in any more.
func TestAnAdministratorResetsAMembersFactors(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		m, first := c.member(access.RoleClerk)
		_, _, old, _ := c.LoginStaff(t.Context(), "li", first, "")
		session, _, _, err := c.LoginStaff(t.Context(), "li", first, c.at(old))
		if err != nil {
			t.Fatal(err)
		}
		ended := func(after string) {
			t.Helper()
			if _, err := c.whose(session.Token); !errors.Is(err, identity.ErrSession) {
				t.Errorf("a session goes on after %s: %v", after, err)
			}
		}
		for range 6 { // locked, which a reset lifts
			_, _, _, _ = c.LoginStaff(t.Context(), "li", "falsch123", "")
		}
		admin := c.officer("security", access.RoleSecurityAdmin)
		password, err := c.ResetMember(admin, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		ended("a new password")
		if _, _, _, err := c.LoginStaff(t.Context(), "li", first, ""); !errors.Is(err, identity.ErrWrongLogin) {
			t.Errorf("the forgotten password: %v", err)
		}
		c.pass(time.Minute)
		const chosen = "Zhonghe-2026"
		if session, _, _, err = c.FirstLoginStaff(t.Context(), "li", password, c.at(old), chosen); err != nil {
			t.Fatal(err)
		}
		if err := c.ResetSecond(admin, m.ID); err != nil {
			t.Fatal(err)
		}
		ended("a second factor taken away")
		c.pass(time.Minute)
		_, _, fresh, err := c.LoginStaff(t.Context(), "li", chosen, "")
		if !errors.Is(err, identity.ErrSecond) || fresh == "" || fresh == old {
			t.Fatalf("the next secret: %v, the old one: %t", err, fresh == old)
		}
		if _, _, _, err := c.LoginStaff(t.Context(), "li", chosen, c.at(old)); !errors.Is(err, identity.ErrWrongLogin) {
			t.Errorf("by the lost phone: %v", err)
		}
		if _, _, _, err := c.LoginStaff(t.Context(), "li", chosen, c.at(fresh)); err != nil {
			t.Errorf("by the new phone: %v", err)
		}
		var audited int
		if err := c.Store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit WHERE object = $1 AND action IN ('identity.reset-staff-password', 'identity.reset-staff-second')`, m.ID).
			Scan(&audited); err != nil || audited != 2 {
			t.Errorf("%d resets are in the log: %v", audited, err)
		}
	})
}

func TestNobodyResetsHerselfOrAnotherRegions(t *testing.T) {
	c := file(t)
	m, _ := c.member(access.RoleSecurityAdmin)
	own := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: m.ID, Region: "330100", Roles: m.Roles})
	far := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "far", Region: "340100", Roles: m.Roles})
	for name, ask := range map[string]struct {
		error
		by func() error
	}{
		"her own password":           {identity.ErrOwnAccount, func() error { _, err := c.ResetMember(own, m.ID); return err }},
		"her own second factor":      {identity.ErrOwnAccount, func() error { return c.ResetSecond(own, m.ID) }},
		"another region's password":  {identity.ErrUnknown, func() error { _, err := c.ResetMember(far, m.ID); return err }},
		"another region's factor":    {identity.ErrUnknown, func() error { return c.ResetSecond(far, m.ID) }},
		"nobody's password":          {identity.ErrUnknown, func() error { _, err := c.ResetMember(own, "x' OR '1'='1"); return err }},
		"nobody's factor, a long id": {identity.ErrUnknown, func() error { return c.ResetSecond(own, strings.Repeat("x", 4000)) }},
	} {
		if err := ask.by(); !errors.Is(err, ask.error) {
			t.Errorf("%s: %v, want %v", name, err, ask.error)
		}
	}
	var changed int
	if err := c.Store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM staff WHERE change_password <> 0 OR second_round <> 0`).Scan(&changed); err != nil || changed != 0 {
		t.Errorf("%d accounts were changed: %v", changed, err)
	}
}
