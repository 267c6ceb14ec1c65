package identity_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
)

const credit = "9144030071526726XG"

func (c *city) grant(from, to identity.Person, legal string, role identity.DelegationRole, days int, items ...string) (identity.Delegation, error) {
	now := c.clock()
	return c.Grant(c.as(from), legal, to.Name, to.Number, identity.Delegation{
		Role: role, Items: items, From: now, Until: now.AddDate(0, 0, days),
	})
}

func TestDelegationsGoThreeLevelsDeepAndNeverWider(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, one, two, three, four := c.register(1), c.register(2), c.register(3), c.register(4), c.register(5)
		legal, err := c.RegisterLegal(t.Context(), boss.ID, "腾讯科技（深圳）有限公司", credit)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.RegisterLegal(t.Context(), one.ID, "另一家", credit); !errors.Is(err, identity.ErrLegalTaken) {
			t.Errorf("one code, two accounts: %v", err)
		}
		if _, err := c.grant(one, two, legal.ID, identity.Manager, 10); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("a stranger granted: %v", err)
		}
		steps := []struct {
			name     string
			from, to identity.Person
			role     identity.DelegationRole
			days     int
			items    []string
			want     error
		}{
			{"to oneself", boss, boss, identity.Manager, 10, nil, identity.ErrSelfGrant},
			{"first level", boss, one, identity.Manager, 30, []string{"a", "b"}, nil},
			{"longer than one has", one, two, identity.Manager, 31, []string{"a"}, identity.ErrWider},
			{"another item", one, two, identity.Manager, 10, []string{"a", "c"}, identity.ErrWider},
			{"all items", one, two, identity.Manager, 10, nil, identity.ErrWider},
			{"second level", one, two, identity.Manager, 20, []string{"a"}, nil},
			{"third level", two, three, identity.Manager, 10, []string{"a"}, nil},
			{"fourth level", three, four, identity.Handler, 5, []string{"a"}, identity.ErrDepth},
			{"no such role", boss, four, "king", 5, nil, identity.ErrInput},
			{"already over", boss, four, identity.Handler, -1, nil, identity.ErrInput},
			{"a handler", boss, four, identity.Handler, 5, nil, nil},
			{"a handler grants", four, two, identity.Handler, 5, nil, identity.ErrWider},
		}
		for _, s := range steps {
			if _, err := c.grant(s.from, s.to, legal.ID, s.role, s.days, s.items...); !errors.Is(err, s.want) {
				t.Errorf("%s: got %v, want %v", s.name, err, s.want)
			}
		}
		scope, err := c.MayActFor(t.Context(), three.ID, legal.ID)
		if err != nil || !scope.Covers("a") || scope.Covers("b") || scope.Depth != 3 {
			t.Errorf("third level has %+v, %v", scope, err)
		}
	})
}

func TestRevokingEndsAllThatRestsOnIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, one, two := c.register(1), c.register(2), c.register(3)
		legal, err := c.RegisterLegal(t.Context(), boss.ID, "甲公司", credit)
		if err != nil {
			t.Fatal(err)
		}
		first, err := c.grant(boss, one, legal.ID, identity.Manager, 30)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.grant(one, two, legal.ID, identity.Handler, 20); err != nil {
			t.Fatal(err)
		}
		session, _, err := c.Login(t.Context(), two.Phone, password, c.code(identity.PurposeLogin, two.Phone))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+session.Token)
		caller, err := c.Caller(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ActFor(access.With(t.Context(), caller), legal.ID); err != nil {
			t.Fatal(err)
		}
		if caller, err = c.Caller(r); err != nil || caller.For != legal.ID {
			t.Fatalf("acts for %q, %v", caller.For, err)
		}
		if err := c.Revoke(c.as(two), legal.ID, first.ID); !errors.Is(err, identity.ErrWider) {
			t.Errorf("who was given it took it from who gave: %v", err)
		}
		if err := c.Revoke(c.as(boss), legal.ID, first.ID); err != nil {
			t.Fatal(err)
		}
		if caller, err = c.Caller(r); err != nil || caller.For != "" {
			t.Errorf("still acts for %q, %v", caller.For, err)
		}
		if list, err := c.LegalPersons(t.Context(), one.ID); err != nil || len(list) != 0 {
			t.Errorf("still lists %v, %v", list, err)
		}
	})
}

func TestADelegationEndsOnItsDay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, one := c.register(1), c.register(2)
		legal, err := c.RegisterLegal(t.Context(), boss.ID, "甲公司", credit)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.grant(boss, one, legal.ID, identity.Handler, 2); err != nil {
			t.Fatal(err)
		}
		if _, err := c.MayActFor(t.Context(), one.ID, legal.ID); err != nil {
			t.Error(err)
		}
		c.pass(48 * time.Hour)
		if _, err := c.MayActFor(t.Context(), one.ID, legal.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("got %v", err)
		}
	})
}
