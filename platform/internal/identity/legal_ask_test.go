package identity_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/identity"
)

// unit opens the account of a legal person whose representative is boss.
func (c *city) unit(boss identity.Person) identity.LegalPerson {
	c.t.Helper()
	l, err := c.RegisterLegal(c.t.Context(), boss.ID, "甲公司", credit)
	if err != nil {
		c.t.Fatal(err)
	}
	return l
}

func (c *city) terms(role identity.DelegationRole, days int, items ...string) identity.Delegation {
	return identity.Delegation{Role: role, Items: items, Until: c.clock().AddDate(0, 0, days)}
}

func TestWhoAsksIsGrantedWhatTheUnitWillsAndNoMore(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, manager, asker, stranger := c.register(1), c.register(2), c.register(3), c.register(4)
		l := c.unit(boss)
		if _, err := c.grant(boss, manager, l.ID, identity.Manager, 30, "a"); err != nil {
			t.Fatal(err)
		}
		for name, ask := range map[string]func() error{
			"a unit that isn't there": func() error {
				_, err := c.AskDelegation(c.as(asker), "乙公司", credit, c.terms(identity.Handler, 10))
				return err
			},
			"a code that is none": func() error {
				_, err := c.AskDelegation(c.as(asker), "甲公司", "123", c.terms(identity.Handler, 10))
				return err
			},
			"no such role": func() error {
				_, err := c.AskDelegation(c.as(asker), "甲公司", credit, c.terms("king", 10))
				return err
			},
			"already over": func() error {
				_, err := c.AskDelegation(c.as(asker), "甲公司", credit, c.terms(identity.Handler, -1))
				return err
			},
			"her own unit": func() error {
				_, err := c.AskDelegation(c.as(boss), "甲公司", credit, c.terms(identity.Handler, 10))
				return err
			},
		} {
			if err := ask(); err == nil {
				t.Errorf("%s was asked", name)
			}
		}
		r, err := c.AskDelegation(c.as(asker), " 甲公司 ", strings.ToLower(credit), c.terms(identity.Manager, 60))
		if err != nil || c.sent("identity.delegation-asked") != 1 {
			t.Fatalf("asked: %v, the representative was told %d times", err, c.sent("identity.delegation-asked"))
		}
		if _, err := c.AskDelegation(c.as(asker), "甲公司", credit, c.terms(identity.Handler, 5)); !errors.Is(err, identity.ErrRequested) {
			t.Errorf("asked twice: %v", err)
		}
		if _, err := c.MayActFor(t.Context(), asker.ID, l.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("who only asked may act: %v", err)
		}
		if _, err := c.RequestsTo(c.as(stranger), l.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("a stranger read who asks: %v", err)
		}
		if _, err := c.GrantRequest(c.as(stranger), l.ID, r.ID, c.terms(identity.Handler, 5)); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("a stranger granted: %v", err)
		}
		if _, err := c.GrantRequest(c.as(manager), l.ID, r.ID, c.terms(identity.Manager, 60)); !errors.Is(err, identity.ErrWider) {
			t.Errorf("a manager granted more than she has: %v", err)
		}
		d, err := c.GrantRequest(c.as(manager), l.ID, r.ID, c.terms(identity.Handler, 20, "a"))
		if err != nil || d.Depth != 2 {
			t.Fatalf("granted %+v, %v", d, err)
		}
		if scope, err := c.MayActFor(t.Context(), asker.ID, l.ID); err != nil || scope.Role != identity.Handler || !slices.Equal(scope.Items, []string{"a"}) {
			t.Errorf("she may %+v, %v", scope, err)
		}
		if _, err := c.GrantRequest(c.as(boss), l.ID, r.ID, c.terms(identity.Handler, 5)); !errors.Is(err, identity.ErrRequest) {
			t.Errorf("granted twice: %v", err)
		}
		own, err := c.OwnRequests(t.Context(), asker.ID)
		if err != nil || len(own) != 1 || own[0].State != identity.RequestGranted {
			t.Errorf("she reads %+v, %v", own, err)
		}
	})
}

func TestARequestIsAnsweredOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, asker := c.register(1), c.register(2)
		l := c.unit(boss)
		r, err := c.AskDelegation(c.as(asker), "甲公司", credit, c.terms(identity.Handler, 10))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.RefuseRequest(c.as(boss), l.ID, r.ID, " "); !errors.Is(err, identity.ErrInput) {
			t.Errorf("refused without a reason: %v", err)
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		settled := 0
		for _, settle := range []func() error{
			func() error { return c.RefuseRequest(c.as(boss), l.ID, r.ID, "不认识") },
			func() error { return c.WithdrawRequest(c.as(asker), r.ID) },
			func() error {
				_, err := c.GrantRequest(c.as(boss), l.ID, r.ID, c.terms(identity.Handler, 5))
				return err
			},
		} {
			all.Go(func() {
				err := settle()
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					settled++
				} else if !errors.Is(err, identity.ErrRequest) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		own, err := c.OwnRequests(t.Context(), asker.ID)
		if err != nil || settled != 1 || own[0].State == identity.RequestWaiting {
			t.Errorf("%d answers were taken, it is %+v, %v", settled, own, err)
		}
		_, err = c.MayActFor(t.Context(), asker.ID, l.ID)
		if granted := own[0].State == identity.RequestGranted; granted != (err == nil) {
			t.Errorf("the request is %s, and she may act: %v", own[0].State, err)
		}
	})
}

func TestAPersonHasFewRequestsWaitingAndOnlyHerOwnAreHers(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, asker, other := c.register(1), c.register(2), c.register(3)
		c.unit(boss)
		r, err := c.AskDelegation(c.as(asker), "甲公司", credit, c.terms(identity.Handler, 10))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.WithdrawRequest(c.as(other), r.ID); !errors.Is(err, identity.ErrRequest) {
			t.Errorf("somebody else withdrew it: %v", err)
		}
		if err := c.WithdrawRequest(c.as(asker), r.ID); err != nil {
			t.Error(err)
		}
		if _, err := c.AskDelegation(c.as(asker), "甲公司", credit, c.terms(identity.Handler, 10)); err != nil {
			t.Errorf("asked again after withdrawing: %v", err)
		}
	})
}

func TestAChangedDelegationBindsAllThatRestOnIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, one, two := c.register(1), c.register(2), c.register(3)
		l := c.unit(boss)
		first, err := c.grant(boss, one, l.ID, identity.Manager, 30)
		if err != nil {
			t.Fatal(err)
		}
		second, err := c.grant(one, two, l.ID, identity.Handler, 20, "a", "b")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Change(c.as(one), l.ID, first.ID, c.terms(identity.Manager, 60)); !errors.Is(err, identity.ErrWider) {
			t.Errorf("she changed her own: %v", err)
		}
		if _, err := c.Change(c.as(two), l.ID, first.ID, c.terms(identity.Manager, 60)); !errors.Is(err, identity.ErrWider) {
			t.Errorf("a handler changed what hers rests on: %v", err)
		}
		if _, err := c.Change(c.as(one), l.ID, second.ID, c.terms(identity.Handler, 31)); !errors.Is(err, identity.ErrWider) {
			t.Errorf("longer than she has herself: %v", err)
		}
		if _, err := c.Change(c.as(boss), l.ID, first.ID, c.terms(identity.Manager, -1)); !errors.Is(err, identity.ErrInput) {
			t.Errorf("an end that is over: %v", err)
		}
		if _, err := c.Change(c.as(boss), l.ID, first.ID, c.terms(identity.Manager, 5, "b", "c")); err != nil || c.sent("identity.delegation-changed") != 1 {
			t.Fatalf("changed: %v", err)
		}
		scope, err := c.MayActFor(t.Context(), two.ID, l.ID)
		if err != nil || !slices.Equal(scope.Items, []string{"b"}) || scope.Until.After(c.clock().AddDate(0, 0, 5)) {
			t.Errorf("below it holds %+v, %v", scope, err)
		}
		if _, err := c.Change(c.as(boss), l.ID, first.ID, c.terms(identity.Manager, 5, "c")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.MayActFor(t.Context(), two.ID, l.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("nothing is left for her, and she may act: %v", err)
		}
		if _, err := c.Change(c.as(boss), l.ID, first.ID, c.terms(identity.Handler, 30)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.MayActFor(t.Context(), two.ID, l.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("who granted may not delegate any more, and she may act: %v", err)
		}
		if _, err := c.Change(c.as(boss), l.ID, first.ID, c.terms(identity.Manager, 30)); err != nil {
			t.Fatal(err)
		}
		if scope, err := c.MayActFor(t.Context(), two.ID, l.ID); err != nil || !scope.Covers("a") {
			t.Errorf("wide again it holds %+v, %v", scope, err)
		}
		c.pass(21 * 24 * time.Hour)
		if _, err := c.MayActFor(t.Context(), two.ID, l.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("hers is over: %v", err)
		}
		if err := c.Revoke(c.as(boss), l.ID, first.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Change(c.as(boss), l.ID, first.ID, c.terms(identity.Manager, 30)); !errors.Is(err, identity.ErrDelegation) {
			t.Errorf("an ended one was changed: %v", err)
		}
	})
}
