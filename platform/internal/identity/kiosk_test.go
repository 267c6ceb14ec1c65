package identity_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
)

// hall is the context of a hall's request.
func (c *city) hall(id string) context.Context {
	return access.With(c.t.Context(), access.Caller{Kind: access.Hall, ID: id})
}

// whose finds out who bears a token.
func (c *city) whose(token string) (access.Caller, error) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return c.Caller(r)
}

func TestACardLetsItsHolderInAtATerminal(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		p := c.register(1)
		card := identity.CardVisit{Kiosk: "kiosk-1", Name: p.Name, Number: strings.ToLower(p.Number)}
		first, who, err := c.BeginVisit(c.hall("east"), card)
		if err != nil || who.ID != p.ID {
			t.Fatalf("got %v, %v", who, err)
		}
		caller, err := c.whose(first.Token)
		want := access.Caller{Kind: access.Person, ID: p.ID, Kiosk: "east/kiosk-1", Session: caller.Session}
		if err != nil || caller.Kind != want.Kind || caller.ID != want.ID || caller.Kiosk != want.Kiosk {
			t.Errorf("got %+v, %v, want %+v", caller, err, want)
		}
		if access.People().Allows(caller) || !access.People().AtKiosks().Allows(caller) {
			t.Error("a card alone may do all that a person may, or nothing")
		}

		// The next card at the machine ends the visit before; one elsewhere doesn't.
		if _, _, err := c.BeginVisit(c.hall("west"), card); err != nil {
			t.Fatal(err)
		}
		if _, err := c.whose(first.Token); err != nil {
			t.Errorf("the same name in another hall ended it: %v", err)
		}
		second, _, err := c.BeginVisit(c.hall("east"), card)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.whose(first.Token); !errors.Is(err, identity.ErrSession) {
			t.Errorf("the visit before lasts: %v", err)
		}
		c.pass(11 * time.Minute)
		if _, err := c.whose(second.Token); !errors.Is(err, identity.ErrSession) {
			t.Errorf("a terminal that says nothing keeps its visitor: %v", err)
		}
		entries, err := c.Audit.Of(t.Context(), p.ID, 20)
		if err != nil || entries[0].Action != "identity.card-visit" || entries[0].Actor.Kind != access.Hall || !strings.Contains(entries[0].Detail, "east/kiosk-1") {
			t.Errorf("audit %+v, %v", entries, err)
		}
	})
}

func TestAVisitEndsWithItsSignOut(t *testing.T) {
	c := file(t)
	p := c.register(1)
	session, _, err := c.BeginVisit(c.hall("east"), identity.CardVisit{Kiosk: "kiosk-1", Name: p.Name, Number: p.Number})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := c.whose(session.Token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Logout(access.With(t.Context(), caller)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.whose(session.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("got %v, want %v", err, identity.ErrSession)
	}
}

func TestCardsThatLetNobodyIn(t *testing.T) {
	c := file(t)
	p, off := c.register(1), c.register(2)
	if err := c.Disable(c.officer("s1", access.RoleIdentityDesk), off.ID, "遗失"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		card identity.CardVisit
		want error
	}{
		{"nobody's account", identity.CardVisit{Kiosk: "kiosk-1", Name: "李四", Number: number(7)}, identity.ErrUnregistered},
		{"no number at all", identity.CardVisit{Kiosk: "kiosk-1", Name: "李四"}, identity.ErrUnregistered},
		{"SQL for a number", identity.CardVisit{Kiosk: "kiosk-1", Name: p.Name, Number: "' OR 1=1 --"}, identity.ErrUnregistered},
		{"another name on the card", identity.CardVisit{Kiosk: "kiosk-1", Name: "李四", Number: p.Number}, identity.ErrCard},
		{"a disabled account", identity.CardVisit{Kiosk: "kiosk-1", Name: off.Name, Number: off.Number}, identity.ErrDisabled},
		{"no kiosk", identity.CardVisit{Name: p.Name, Number: p.Number}, identity.ErrKiosk},
		{"script for a kiosk", identity.CardVisit{Kiosk: "<script>", Name: p.Name, Number: p.Number}, identity.ErrKiosk},
		{"another hall's kiosk by a slash", identity.CardVisit{Kiosk: "../west/kiosk-1", Name: p.Name, Number: p.Number}, identity.ErrKiosk},
		{"a huge name of a kiosk", identity.CardVisit{Kiosk: strings.Repeat("k", 65), Name: p.Name, Number: p.Number}, identity.ErrKiosk},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			session, _, err := c.BeginVisit(c.hall("east"), tt.card)
			if !errors.Is(err, tt.want) || session.Token != "" {
				t.Errorf("got %q, %v, want %v", session.Token, err, tt.want)
			}
		})
	}
}
