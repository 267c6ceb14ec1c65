package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
)

func TestAPersonDisablesHerOwnAccountByACode(t *testing.T) {
	c := file(t)
	p, other := c.register(1), c.register(2)
	if err := c.DisableOwn(c.as(p), "000000"); !errors.Is(err, identity.ErrCode) {
		t.Errorf("without the code: %v", err)
	}
	if err := c.DisableOwn(c.as(p), c.code(identity.PurposeDisable, other.Phone)); !errors.Is(err, identity.ErrCode) {
		t.Errorf("by another's code: %v", err)
	}
	if err := c.DisableOwn(c.as(p), c.code(identity.PurposeExport, p.Phone)); !errors.Is(err, identity.ErrCode) {
		t.Errorf("by a code for something else: %v", err)
	}
	if err := c.DisableOwn(c.as(p), c.code(identity.PurposeDisable, p.Phone)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Login(t.Context(), p.Phone, password, c.code(identity.PurposeLogin, p.Phone)); !errors.Is(err, identity.ErrDisabled) {
		t.Errorf("signed in: %v", err)
	}
	if c.sent("identity.disabled") != 1 {
		t.Error("she must be told")
	}
	desk, head := c.officer("desk", access.RoleIdentityDesk), c.officer("head", access.RoleIdentityHead)
	if err := errors.Join(c.AskEnable(desk, p.ID, "本人到场"), c.Enable(head, p.ID)); err != nil {
		t.Errorf("the window can't undo it: %v", err)
	}
}

func TestTheRecordTellsWhatWasDoneToAnAccountAndNotByWhomOfTheStaff(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	p := c.register(1)
	if to := c.back(c.leave(1), "good"); to != "/my?a=1" {
		t.Fatal(to)
	}
	if err := c.Disable(c.officer("officer-7", access.RoleIdentityDesk), p.ID, "reason-7"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.AskEnable(c.officer("desk"), p.ID, "r"), c.Enable(c.officer("head"), p.ID)); err != nil {
		t.Fatal(err)
	}
	if to := c.back(c.leave(1), "good"); to != "/my?a=1" {
		t.Fatal(to)
	}
	w := c.ask(http.MethodGet, "/api/v1/me/record", "")
	for _, want := range []string{`"action":"sign-in","by":"self"`, `"action":"link","by":"self"`, `"action":"disable","by":"staff"`, `"action":"register","by":"self"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in %s", want, w.Body)
		}
	}
	if strings.Contains(w.Body.String(), "officer-7") || strings.Contains(w.Body.String(), "reason-7") {
		t.Error("it names the officer or her reason")
	}
}

func TestACopyOfOnesDataNeedsACodeAndHoldsNobodyElses(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	p, other := c.register(1), c.register(2)
	c.CopyAlso("appointments", func(ctx context.Context) (any, error) { return []string{"of " + access.From(ctx).ID}, nil })
	if err := c.Keep(c.as(p), "item-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.RegisterLegal(t.Context(), p.ID, "甲公司", credit); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CopyOwn(c.as(p), "000000"); !errors.Is(err, identity.ErrCode) {
		t.Errorf("without the code: %v", err)
	}
	c.back(c.leave(1), "good")
	w := c.ask(http.MethodPost, "/api/v1/me/copy", `{"code":"`+c.code(identity.PurposeExport, p.Phone)+`"}`)
	var d identity.OwnData
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	if d.Person.Number != number(1) || d.Person.Phone != p.Phone || len(d.Proofs) != 4 || len(d.Links) != 1 || len(d.Legal) != 1 ||
		!slices.Equal(d.Keeps, []string{"item-1"}) || len(d.Record) == 0 || fmt.Sprint(d.Further["appointments"]) != "[of "+p.ID+"]" {
		t.Errorf("the copy is %s", w.Body)
	}
	if strings.Contains(w.Body.String(), other.ID) || strings.Contains(w.Body.String(), other.Phone) {
		t.Error("somebody else is in the copy")
	}
	if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%q, %q", got, w.Header().Get("Cache-Control"))
	}
	if log, err := c.Audit.Of(t.Context(), p.ID, 1); err != nil || log[0].Action != "identity.copy-own" {
		t.Errorf("not in the log: %v, %v", log, err)
	}
}

func TestFavouritesAreEachOnesOwn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		p, other := c.register(1), c.register(2)
		for _, item := range []string{"a", "b", "a"} {
			c.pass(1e9)
			if err := c.Keep(c.as(p), item); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Drop(c.as(other), "a"); err != nil {
			t.Fatal(err)
		}
		list, err := c.Favourites(c.as(p))
		if err != nil || !slices.Equal(list, []string{"b", "a"}) {
			t.Errorf("got %v, %v", list, err)
		}
		if list, err := c.Favourites(c.as(other)); err != nil || len(list) != 0 {
			t.Errorf("another has %v, %v", list, err)
		}
		if err := c.Drop(c.as(p), "b"); err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			if err = c.Keep(c.as(p), fmt.Sprint("item-", i)); err != nil {
				break
			}
		}
		if !errors.Is(err, identity.ErrFavourites) {
			t.Errorf("kept any number: %v", err)
		}
	})
}

func TestDelegationsAreSeenWithNamesAndWhoMayEndThem(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	c.KnowItems(func(_ context.Context, ids []string) (map[string]string, error) {
		names := map[string]string{}
		for _, id := range ids {
			if id == "food" {
				names[id] = "食品经营许可"
			}
		}
		return names, nil
	})
	boss, one, two := c.register(1), c.register(2), c.register(3)
	legal, err := c.RegisterLegal(t.Context(), boss.ID, "甲公司", credit)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.grant(boss, one, legal.ID, identity.Manager, 30, "no-such"); !errors.Is(err, identity.ErrInput) {
		t.Errorf("for an item that isn't there: %v", err)
	}
	first, err := c.grant(boss, one, legal.ID, identity.Manager, 30, "food")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.grant(one, two, legal.ID, identity.Handler, 20, "food"); err != nil {
		t.Fatal(err)
	}
	if c.sent("identity.delegated") != 2 {
		t.Error("grantees must be told")
	}
	c.back(c.leave(2), "good") // as the manager
	var list struct{ Delegations []identity.DelegationView }
	w := c.ask(http.MethodGet, "/api/v1/legal-persons/"+legal.ID+"/delegations", "")
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Delegations) != 2 {
		t.Fatalf("%s, %v", w.Body, err)
	}
	below, own := list.Delegations[0], list.Delegations[1]
	if !own.Mine || !own.MayEnd || own.Depth != 1 || own.Items[0].Name != "食品经营许可" || own.Grantee != "张*" {
		t.Errorf("her own is %+v", own)
	}
	if below.Mine || !below.MayEnd || below.Parent != first.ID || !below.Holds {
		t.Errorf("the one below is %+v", below)
	}
	if w := c.ask(http.MethodGet, "/api/v1/legal-persons", ""); !strings.Contains(w.Body.String(), `"role":"manager"`) || !strings.Contains(w.Body.String(), `"mayGrant":true`) {
		t.Errorf("the manager sees %s", w.Body)
	}
	if w := c.ask(http.MethodPost, "/api/v1/delegation-requests", `{"name":"乙公司","code":"`+credit+`","role":"handler","until":"`+c.clock().AddDate(0, 0, 5).Format(time.RFC3339)+`"}`); w.Code != http.StatusNotFound {
		t.Errorf("a unit that isn't there was asked: %d %s", w.Code, w.Body)
	}
	r, err := c.AskDelegation(c.as(two), "甲公司", credit, c.terms(identity.Manager, 10))
	if err != nil {
		t.Fatal(err)
	}
	requests := "/api/v1/legal-persons/" + legal.ID + "/delegation-requests"
	if w := c.ask(http.MethodGet, requests, ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), two.Name) || strings.Contains(w.Body.String(), two.Number) || !strings.Contains(w.Body.String(), `"role":"manager"`) {
		t.Errorf("who asks is shown as %d %s: by her name, the number masked", w.Code, w.Body)
	}
	until := c.clock().AddDate(0, 0, 5).Format(time.RFC3339)
	if w := c.ask(http.MethodPost, requests+"/"+r.ID+"/grant", `{"role":"manager","until":"`+until+`"}`); w.Code != http.StatusForbidden {
		t.Errorf("all items were granted by who has one: %d %s", w.Code, w.Body)
	}
	if w := c.ask(http.MethodPost, requests+"/"+r.ID+"/refuse", `{"reason":"不认识"}`); w.Code != http.StatusNoContent || c.sent("identity.delegation-refused") != 1 {
		t.Errorf("refused: %d %s", w.Code, w.Body)
	}
	if w := c.ask(http.MethodPut, "/api/v1/legal-persons/"+legal.ID+"/delegations/"+below.ID, `{"role":"handler","items":["food"],"until":"`+until+`"}`); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"mayChange":true`) {
		t.Errorf("changed: %d %s", w.Code, w.Body)
	}
	delete(c.jar, identity.Cookie)
	c.back(c.leave(3), "good") // as the handler
	if w := c.ask(http.MethodDelete, "/api/v1/legal-persons/"+legal.ID+"/delegations/"+first.ID, ""); w.Code != http.StatusForbidden {
		t.Errorf("the handler ended the manager's: %d %s", w.Code, w.Body)
	}
	if w := c.ask(http.MethodGet, "/api/v1/legal-persons/"+legal.ID+"/delegations", ""); !strings.Contains(w.Body.String(), `"mayEnd":false`) {
		t.Errorf("the handler sees %s", w.Body)
	}
	if err := c.Revoke(c.as(boss), legal.ID, first.ID); err != nil || c.sent("identity.delegation-ended") != 1 {
		t.Errorf("%v", err)
	}
	if w := c.ask(http.MethodGet, "/api/v1/legal-persons", ""); !strings.Contains(w.Body.String(), `"legalPersons":[]`) {
		t.Errorf("what rested on it holds still: %s", w.Body)
	}
	if w := c.ask(http.MethodGet, "/api/v1/legal-persons/"+legal.ID+"/delegations", ""); w.Code != http.StatusForbidden {
		t.Errorf("she sees them still: %d", w.Code)
	}
}
