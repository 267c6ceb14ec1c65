package identity_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
)

// desk is the context of a registrar's request; there is such a member of staff.
func (c *city) desk() context.Context {
	c.t.Helper()
	m, _ := c.member(access.RoleIdentityDesk)
	return c.officer(m.ID, access.RoleIdentityDesk)
}

func byRepresentative(p identity.Person) identity.AtWindow {
	return identity.AtWindow{
		Number: p.Number, Role: "representative", Kind: identity.BusinessLicence, Name: unitName, Code: credit,
		Seen: []identity.Original{identity.SeenIDCard, identity.SeenLicence},
	}
}

func byAgent(c *city, agent identity.Person, name, number string) identity.AtWindow {
	return identity.AtWindow{
		Number: agent.Number, Role: identity.Handler, Kind: identity.BusinessLicence, Name: unitName, Code: credit,
		Representative: name, RepresentativeNumber: number, Until: c.clock().AddDate(0, 6, 0),
		Seen: []identity.Original{identity.SeenIDCard, identity.SeenLicence, identity.SeenRepresentativeID, identity.SeenPower},
	}
}

// rows counts those of a table.
func (c *city) rows(table string) (n int) {
	c.t.Helper()
	if err := c.Store.Read().QueryRowContext(c.t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

func TestARepresentativeRegistersAtTheWindowAndSpeaksForIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, desk := c.register(1), c.desk()
		v, err := c.RegisterLegalAtWindow(desk, byRepresentative(boss))
		if err != nil {
			t.Fatal(err)
		}
		if scope, err := c.MayActFor(t.Context(), boss.ID, v.Legal.ID); err != nil || scope.Role != identity.Manager || scope.Delegation != "" {
			t.Errorf("she may %+v, %v", scope, err)
		}
		if _, err := c.RegisterLegalAtWindow(desk, byRepresentative(boss)); !errors.Is(err, identity.ErrLegalTaken) {
			t.Errorf("once more: %v", err)
		}
		a, err := c.AgreementAtWindow(desk, v.ID)
		if err != nil || a.Person.ID != boss.ID || a.Staff != "李工" || a.Representative != boss.Name || len(a.Seen) != 2 || a.Version != identity.Agreement {
			t.Errorf("agreement %+v, %v", a, err)
		}
		var paper bytes.Buffer
		if err := identity.PrintAgreement(&paper, a); err != nil || !bytes.HasPrefix(paper.Bytes(), []byte("%PDF")) {
			t.Errorf("no paper: %v", err)
		}
		if _, err := c.AgreementAtWindow(desk, "nobody's"); !errors.Is(err, identity.ErrNoLegalAtWindow) {
			t.Errorf("another's agreement: %v", err)
		}
		if c.rows("legal_person") != 1 || c.rows("legal_window") != 1 {
			t.Error("it was stored twice")
		}
		if n, err := c.Audit.Verify(t.Context()); err != nil || n < 3 {
			t.Errorf("%d audit entries, %v", n, err)
		}
	})
}

func TestAnAgentComesWithFourPapersAndTheRepresentativeClaimsLater(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		agent, desk := c.register(1), c.desk()
		w := byAgent(c, agent, "张三", number(2))
		v, err := c.RegisterLegalAtWindow(desk, w)
		if err != nil || v.Told || v.Legal.Representative != "" {
			t.Fatalf("%+v, %v", v, err)
		}
		scope, err := c.MayActFor(t.Context(), agent.ID, v.Legal.ID)
		if err != nil || scope.Role != identity.Handler || !scope.Until.Equal(w.Until) {
			t.Errorf("the agent may %+v, %v", scope, err)
		}
		if _, err := c.RegisterLegalAtWindow(desk, w); !errors.Is(err, identity.ErrLegalAgent) {
			t.Errorf("once more: %v", err)
		}
		// Everybody here is called 张三: the card's number tells the representative.
		if _, err := c.RegisterLegal(t.Context(), c.register(3).ID, unitName, credit); !errors.Is(err, identity.ErrRepresented) {
			t.Errorf("somebody of the same name spoke for it: %v", err)
		}
		boss := c.register(2)
		if l, err := c.RegisterLegal(t.Context(), boss.ID, unitName, credit); err != nil || l.ID != v.Legal.ID {
			t.Fatalf("the representative got %+v, %v", l, err)
		}
		// A second agent: the representative is told now, and ends it.
		second := c.register(4)
		v, err = c.RegisterLegalAtWindow(desk, byAgent(c, second, boss.Name, boss.Number))
		if err != nil || !v.Told || c.sent("identity.legal-agent") != 1 {
			t.Fatalf("%+v, %v, told %d", v, err, c.sent("identity.legal-agent"))
		}
		list, err := c.Delegations(t.Context(), v.Legal.ID)
		if err != nil || len(list) != 2 {
			t.Fatalf("%v, %v", list, err)
		}
		if err := c.Revoke(c.as(boss), v.Legal.ID, list[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := c.MayActFor(t.Context(), second.ID, v.Legal.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("she still may: %v", err)
		}
	})
}

func TestNameAndRepresentativeChangeOnlyWhenThatIsAsked(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		old, next, desk := c.register(1), c.register(2), c.desk()
		w := byRepresentative(next)
		w.Change = true
		if _, err := c.RegisterLegalAtWindow(desk, w); !errors.Is(err, identity.ErrLegalUnknown) {
			t.Errorf("changed what isn't there: %v", err)
		}
		v, err := c.RegisterLegalAtWindow(desk, byRepresentative(old))
		if err != nil {
			t.Fatal(err)
		}
		w.Change = false
		if _, err := c.RegisterLegalAtWindow(desk, w); !errors.Is(err, identity.ErrLegalDiffers) {
			t.Errorf("took another's code: %v", err)
		}
		if _, err := c.RegisterLegalAtWindow(desk, byAgent(c, next, "张三", number(5))); !errors.Is(err, identity.ErrLegalDiffers) {
			t.Errorf("an agent of a stranger: %v", err)
		}
		if _, err := c.MayActFor(t.Context(), next.ID, v.Legal.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("a no let her act: %v", err)
		}
		w.Change, w.Name = true, "腾讯新名科技（深圳）有限公司"
		if _, err := c.RegisterLegalAtWindow(desk, w); err != nil {
			t.Fatal(err)
		}
		if _, err := c.MayActFor(t.Context(), old.ID, v.Legal.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("the old one still speaks: %v", err)
		}
		list, err := c.LegalPersons(t.Context(), next.ID)
		if err != nil || len(list) != 1 || list[0].ID != v.Legal.ID || list[0].Name != w.Name || list[0].Representative != next.ID {
			t.Errorf("%+v, %v", list, err)
		}
		if c.sent("identity.legal-changed") != 1 {
			t.Error("the old one wasn't told")
		}
		if _, err := c.RegisterLegalAtWindow(desk, w); !errors.Is(err, identity.ErrLegalSame) {
			t.Errorf("changed to the same: %v", err)
		}
		// An agent brings the next change; the new representative has no account.
		agent := c.register(3)
		b := byAgent(c, agent, "李新任", number(9))
		b.Change, b.Name = true, w.Name
		if got, err := c.RegisterLegalAtWindow(desk, b); err != nil || got.Legal.Representative != "" || c.sent("identity.legal-changed") != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := c.MayActFor(t.Context(), next.ID, v.Legal.ID); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("the second still speaks: %v", err)
		}
	})
}

// slowRegister answers as it is told.
type slowRegister struct{ err error }

func (slowRegister) Name() string { return "市场监管登记库" }

func (r slowRegister) Confirm(context.Context, string, string, string) error { return r.err }

func TestWhileTheRegisterIsAwayTheRegistrarAnswersForIt(t *testing.T) {
	away := fault.New(fault.Unavailable, "test.away", "away")
	tests := []struct {
		name     string
		register identity.LegalRegister
		manual   string
		want     error
		provider string
	}{
		{"it confirms", slowRegister{}, "", nil, "市场监管登记库"},
		{"it confirms, a reason is not needed", slowRegister{}, "原件无误", nil, "市场监管登记库"},
		{"it denies", slowRegister{identity.ErrProof}, "", identity.ErrLegalRefused, ""},
		{"it denies whatever the registrar says", slowRegister{identity.ErrProof}, "原件无误", identity.ErrLegalRefused, ""},
		{"it is away", slowRegister{away}, "", identity.ErrLegalCheck, ""},
		{"it is away, a blank is no reason", slowRegister{away}, "  ", identity.ErrLegalCheck, ""},
		{"it is away and the registrar says why", slowRegister{away}, "登记库维护，原件无误", nil, "窗口人工核验"},
		{"it fails", slowRegister{errors.New("broken pipe")}, "", identity.ErrLegalCheck, ""},
		{"there is none", nil, "", identity.ErrLegalCheck, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := file(t)
			c.LegalRegister = tt.register
			w := byRepresentative(c.register(1))
			w.Manual = tt.manual
			v, err := c.RegisterLegalAtWindow(c.desk(), w)
			if !errors.Is(err, tt.want) || v.Provider != tt.provider {
				t.Errorf("got %q, %v; want %q, %v", v.Provider, err, tt.provider, tt.want)
			}
			if stored := c.rows("legal_person"); (err == nil) != (stored == 1) {
				t.Errorf("%d stored", stored)
			}
		})
	}
}

func TestWhatDoesNotFitIsRefusedAtTheWindow(t *testing.T) {
	c := file(t)
	agent, desk := c.register(1), c.desk()
	tests := []struct {
		name  string
		spoil func(*identity.AtWindow)
		field string
	}{
		{"a wrong check digit", func(w *identity.AtWindow) { w.Code = credit[:17] + "H" }, "code"},
		{"no code", func(w *identity.AtWindow) { w.Code = "" }, "code"},
		{"a licence of another kind", func(w *identity.AtWindow) { w.Kind = identity.SocialLicence }, "kind"},
		{"a script for a name", func(w *identity.AtWindow) { w.Name = "<script>alert(1)</script>" }, "name"},
		{"writing turned round", func(w *identity.AtWindow) { w.Name = "东湖\u202e公司" }, "name"},
		{"a script for the representative", func(w *identity.AtWindow) { w.Representative = "<img src=x>" }, "representative"},
		{"a wrong ID number", func(w *identity.AtWindow) { w.Number = "330102199001010000" }, "number"},
		{"nobody's ID number", func(w *identity.AtWindow) { w.Number = number(20) }, "number"},
		{"the agent is the representative", func(w *identity.AtWindow) { w.RepresentativeNumber = w.Number }, "representativeNumber"},
		{"another name than her account's", func(w *identity.AtWindow) {
			w.RepresentativeNumber, w.Representative = c.register(7).Number, "李四"
		}, "representative"},
		{"a power that is over", func(w *identity.AtWindow) { w.Until = c.clock() }, "until"},
		{"a power without an end", func(w *identity.AtWindow) { w.Until = time.Time{} }, "until"},
		{"a power for life", func(w *identity.AtWindow) { w.Until = c.clock().AddDate(30, 0, 0) }, "until"},
		{"a paper wasn't seen", func(w *identity.AtWindow) { w.Seen = w.Seen[:3] }, "seen"},
		{"a made-up role", func(w *identity.AtWindow) { w.Role = "manager" }, "role"},
		{"a novel for a reason", func(w *identity.AtWindow) { w.Manual = strings.Repeat("长", 201) }, "manual"},
	}
	for _, tt := range tests {
		w := byAgent(c, agent, "李四", number(6))
		tt.spoil(&w)
		_, err := c.RegisterLegalAtWindow(desk, w)
		f := fault.Of(err)
		if f == nil || len(f.Fields) != 1 || f.Fields[0].Name != tt.field {
			t.Errorf("%s: %v, want a fault of %s", tt.name, err, tt.field)
		}
	}
	if n := c.rows("legal_person") + c.rows("legal_window") + c.rows("delegation"); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
}

func TestOnlyTheIdentityDeskRegistersLegalPersons(t *testing.T) {
	c := file(t)
	boss := c.register(1)
	body, err := json.Marshal(map[string]any{
		"number": boss.Number, "role": "representative", "kind": "business", "name": unitName, "code": credit, "seen": []string{"id-card", "licence"},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/legal-persons/at-window"
	c.browser().want(c.browser().ask(http.MethodPost, path, string(body)), http.StatusUnauthorized, "")
	hers := c.browser().signIn(boss)
	hers.want(hers.ask(http.MethodPost, path, string(body)), http.StatusForbidden, "")
	if w := hers.ask(http.MethodGet, path+"/x/agreement.pdf", "{}"); w.Code != http.StatusForbidden {
		t.Errorf("the agreement answered %d", w.Code)
	}
	if c.rows("legal_person") != 0 {
		t.Error("it was registered")
	}
}
