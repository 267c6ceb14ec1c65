package identity_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
)

func TestADisabledUnitIsActedForByNobodyUntilTheHeadEnablesIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, agent, desk := c.register(1), c.register(2), c.desk()
		head := c.officer("head", access.RoleIdentityHead)
		l, err := c.RegisterLegal(t.Context(), boss.ID, unitName, credit)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Grant(c.as(boss), l.ID, agent.Name, agent.Number, identity.Delegation{Role: identity.Handler, Until: c.clock().AddDate(0, 6, 0)}); err != nil {
			t.Fatal(err)
		}
		a, err := c.LegalByCode(desk, " "+credit+" ")
		if err != nil || a.ID != l.ID || a.Speaker != boss.Name || a.Agents != 1 || a.State != identity.Active || a.Way != identity.ByRepresentative {
			t.Fatalf("found %+v, %v", a, err)
		}
		may := func(want bool) {
			t.Helper()
			for _, p := range []identity.Person{boss, agent} {
				if _, err := c.MayActFor(t.Context(), p.ID, l.ID); (err == nil) != want {
					t.Errorf("%s may act: %v, want %t", p.ID, err, want)
				}
			}
		}
		may(true)
		if err := c.DisableLegal(desk, l.ID, "  "); !errors.Is(err, identity.ErrInput) {
			t.Errorf("without a reason: %v", err)
		}
		if err := c.AskEnableLegal(desk, l.ID, "复查"); !errors.Is(err, identity.ErrState) {
			t.Errorf("an active one is asked to be enabled: %v", err)
		}
		may(true)
		if err := c.DisableLegal(desk, l.ID, "提交虚假材料"); err != nil {
			t.Fatal(err)
		}
		may(false)
		if c.sent("identity.legal-disabled") != 1 {
			t.Error("the representative isn't told")
		}
		if _, err := c.RegisterLegal(t.Context(), agent.ID, unitName, credit); err == nil {
			t.Error("it is registered anew")
		}
		if err := c.EnableLegal(head, l.ID); !errors.Is(err, identity.ErrState) {
			t.Errorf("enabled though nobody asked: %v", err)
		}
		if err := c.AskEnableLegal(desk, l.ID, "已整改"); err != nil {
			t.Fatal(err)
		}
		if list, err := c.LegalWaiting(head); err != nil || len(list) != 1 || list[0].Reason != "已整改" || list[0].Speaker != boss.Name {
			t.Errorf("waiting %+v, %v", list, err)
		}
		may(false)
		if err := c.EnableLegal(access.With(desk, access.Caller{Kind: access.Staff, ID: access.From(desk).ID, Roles: []access.Role{access.RoleIdentityHead}}), l.ID); !errors.Is(err, identity.ErrSameOfficer) {
			t.Errorf("who asked approves: %v", err)
		}
		if err := c.EnableLegal(head, l.ID); err != nil {
			t.Fatal(err)
		}
		may(true)
		if c.sent("identity.legal-enabled") != 1 {
			t.Error("the representative isn't told")
		}
		if _, err := c.Audit.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestWhoActsForAUnitThatIsDisabledGoesOnAsHerself(t *testing.T) {
	c := file(t)
	boss, desk := c.register(1), c.desk()
	l, err := c.RegisterLegal(t.Context(), boss.ID, unitName, credit)
	if err != nil {
		t.Fatal(err)
	}
	session, _, err := c.Login(t.Context(), phone(1), password, c.code(identity.PurposeLogin, phone(1)))
	if err != nil {
		t.Fatal(err)
	}
	as := func() access.Caller {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+session.Token)
		caller, err := c.Caller(r)
		if err != nil {
			t.Fatal(err)
		}
		return caller
	}
	if err := c.ActFor(access.With(t.Context(), as()), l.ID); err != nil || as().For != l.ID {
		t.Fatalf("she acts for %q, %v", as().For, err)
	}
	if err := c.DisableLegal(desk, l.ID, "提交虚假材料"); err != nil {
		t.Fatal(err)
	}
	if got := as(); got.ID != boss.ID || got.For != "" {
		t.Errorf("she is %+v", got)
	}
	if err := c.AskEnableLegal(desk, l.ID, "已整改"); err != nil {
		t.Fatal(err)
	}
	if err := c.EnableLegal(c.officer("head", access.RoleIdentityHead), l.ID); err != nil {
		t.Fatal(err)
	}
	if got := as(); got.For != "" {
		t.Errorf("she acts for %q again without having said so", got.For)
	}
}

func TestUnitsThatAreNotThereAreNotFound(t *testing.T) {
	c := file(t)
	desk := c.desk()
	for code, want := range map[string]error{credit: identity.ErrNoLegal, "": identity.ErrCreditCode, "' OR 1=1 --": identity.ErrCreditCode, "91330102MADEM0914' ": identity.ErrCreditCode} {
		if _, err := c.LegalByCode(desk, code); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", code, err, want)
		}
	}
	for name, err := range map[string]error{
		"disable": c.DisableLegal(desk, "nobody", "原因"), "ask": c.AskEnableLegal(desk, "nobody", "原因"), "enable": c.EnableLegal(desk, "nobody"),
	} {
		if !errors.Is(err, identity.ErrNoLegal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
