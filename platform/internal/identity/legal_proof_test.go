package identity_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/identity/certificate"
)

func TestACertificateRegistersItsUnitAndSignsItsAgentIn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		agent := c.register(1)
		b := c.browser().signIn(agent)
		issued := b.issue(unitName, credit, "sm2")
		if unit := b.prove(issued); unit["name"] != unitName || unit["code"] != credit || unit["registered"] != false || unit["account"] != nil {
			t.Errorf("proved %v", unit)
		}
		b.link("", http.StatusUnprocessableEntity, "identity.legal-role")
		l := b.link("handler", http.StatusOK, "")
		if l["role"] != "handler" || l["name"] != unitName || l["mayGrant"] != false {
			t.Errorf("linked %v", l)
		}
		if person, legal := b.who(); person != agent.ID || legal != l["id"] {
			t.Errorf("acts as %s for %s", person, legal)
		}
		b.link("handler", http.StatusNotFound, "identity.no-legal-proof") // used

		// Elsewhere the certificate and a code from her phone sign her in.
		e := c.browser()
		if unit := e.prove(issued); unit["registered"] != true || unit["account"] != "张*" || unit["phone"] != "138****0001" || unit["needsCode"] != true {
			t.Errorf("proved %v", unit)
		}
		e.enter("000000", http.StatusUnprocessableEntity, "identity.wrong-code")
		c.pass(time.Minute)
		if w := e.ask(http.MethodPost, "/api/v1/legal-proofs/current/code", ""); w.Code >= 300 {
			t.Fatalf("no code: %d %s", w.Code, w.Body)
		}
		c.mu.Lock()
		code := c.notices[len(c.notices)-1].Vars["code"]
		c.mu.Unlock()
		e.enter(code, http.StatusOK, "")
		if person, legal := e.who(); person != agent.ID || legal != l["id"] {
			t.Errorf("signed in as %s for %s", person, legal)
		}
		e.enter(code, http.StatusNotFound, "identity.no-legal-proof") // used

		// The representative comes later and speaks for the unit from then on.
		boss := c.register(2)
		if _, err := c.RegisterLegal(t.Context(), boss.ID, "另一个名称", credit); err == nil {
			t.Error("another name spoke for it")
		}
		claimed, err := c.RegisterLegal(t.Context(), boss.ID, unitName, credit)
		if err != nil || claimed.ID != l["id"] {
			t.Fatalf("the representative got %v, %v", claimed, err)
		}
		if _, err := c.RegisterLegal(t.Context(), agent.ID, unitName, credit); err == nil {
			t.Error("a second representative")
		}
		d, err := c.Delegations(t.Context(), claimed.ID)
		if err != nil || len(d) != 1 {
			t.Fatalf("%v, %v", d, err)
		}
		if err := c.Revoke(c.as(boss), claimed.ID, d[0].ID); err != nil {
			t.Fatal(err)
		}
		f := c.browser().signIn(agent)
		f.prove(issued)
		f.enter(c.code(identity.PurposeLogin, agent.Phone), http.StatusForbidden, "identity.no-delegation")
		f.link("handler", http.StatusForbidden, "identity.legal-ended")
		if n, err := c.Audit.Verify(t.Context()); err != nil || n < 5 {
			t.Errorf("%d audit entries, %v", n, err)
		}
	})
}

func TestALicenceRegistersAndSignsItsHolderIn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		boss, agent := c.register(1), c.register(2)
		speaks := func(f url.Values) { f.Set("representative", "张三"); f.Set("role", "representative") }
		b := c.browser().signIn(boss)
		v := b.begin("licence")
		if qr, _ := v["qr"].(string); !strings.HasPrefix(qr, "data:image/png;base64,") {
			t.Errorf("no QR code: %v", v)
		}
		if v := b.want(b.ask(http.MethodPost, answerPath, `{}`), http.StatusOK, ""); v["state"] != "waiting" {
			t.Errorf("before the wallet answered it is %v", v)
		}
		b.link("", http.StatusConflict, "identity.legal-unproved")
		if unit := b.approved(speaks); unit["role"] != "representative" || unit["representative"] != "张*" || unit["holder"] != "张*" {
			t.Errorf("proved %v", unit)
		}
		l := b.link("", http.StatusOK, "")
		if l["role"] != "representative" || l["mayGrant"] != true {
			t.Errorf("linked %v", l)
		}
		e := c.browser()
		if unit := e.approved(speaks); unit["needsCode"] != false || unit["account"] != "张*" {
			t.Errorf("proved %v", unit)
		}
		e.enter("", http.StatusOK, "")
		if person, legal := e.who(); person != boss.ID || legal != l["id"] {
			t.Errorf("signed in as %s for %s", person, legal)
		}

		// A handler of the same unit is linked, and its representative is told.
		handles := func(f url.Values) { f.Set("representative", "张三"); f.Set("number", number(2)) }
		g := c.browser()
		g.approved(handles)
		g.enter("", http.StatusConflict, "identity.legal-unlinked")
		g.link("", http.StatusUnauthorized, "")
		g.signIn(boss)
		g.link("", http.StatusForbidden, "identity.legal-holder")
		g.signIn(agent)
		if l := g.link("representative", http.StatusOK, ""); l["role"] != "handler" {
			t.Errorf("who said it herself is %v", l)
		}
		if c.sent("identity.legal-linked") != 1 || c.sent("identity.delegated") != 1 {
			t.Error("nobody was told")
		}

		// Both see what they sign in by; the representative ends the handler's.
		path := "/api/v1/legal-persons/" + l["id"].(string) + "/credentials"
		if list := g.want(g.ask(http.MethodGet, path, ""), http.StatusOK, "")["credentials"].([]any); len(list) != 1 {
			t.Errorf("the handler sees %v", list)
		}
		list, _ := b.want(b.ask(http.MethodGet, path, ""), http.StatusOK, "")["credentials"].([]any)
		if len(list) != 2 {
			t.Fatalf("the representative sees %v", list)
		}
		stranger := c.browser().signIn(c.register(3))
		stranger.want(stranger.ask(http.MethodGet, path, ""), http.StatusForbidden, "identity.no-delegation")
		first, _ := list[0].(map[string]any)
		one := path + "/" + first["id"].(string)
		stranger.want(stranger.ask(http.MethodDelete, one, ""), http.StatusNotFound, "identity.credential-unknown")
		if w := b.ask(http.MethodDelete, one, ""); w.Code >= 300 {
			t.Errorf("unlink: %d %s", w.Code, w.Body)
		}
		h := c.browser()
		h.approved(handles)
		h.enter("", http.StatusConflict, "identity.legal-unlinked")
	})
}

func TestHostileCertificatesProveNothing(t *testing.T) {
	c := file(t)
	b := c.browser().signIn(c.register(1))
	issued := b.issue(unitName, credit, "ecdsa")
	strange := func() string { // of an authority that calls itself the same
		d, err := certificate.OpenDemo(t.TempDir(), c.clock())
		if err != nil {
			t.Fatal(err)
		}
		text, err := d.Issue(unitName, credit, certificate.SM2, c.clock())
		if err != nil {
			t.Fatal(err)
		}
		return text
	}()
	text, _ := b.begin("ca")["text"].(string)
	old := b.signed(issued, text)
	b.begin("ca")
	cases := []struct{ name, body, code string }{
		{"a replayed answer", old, "identity.certificate-signature"},
		{"a forged chain", b.signed(strange, "x"), "identity.certificate"},
		{"the key with it", `{"certificate":` + quoted(issued) + `,"signature":"AAAA"}`, "identity.certificate"},
		{"a signature that is none", `{"certificate":` + quoted(issued[strings.Index(issued, "-----BEGIN CERT"):]) + `,"signature":"<script>"}`, "identity.certificate-signature"},
		{"no signature", `{}`, "identity.legal-waits"},
	}
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			w := b.ask(http.MethodPost, answerPath, tt.body)
			if !strings.Contains(w.Body.String(), `"`+tt.code+`"`) || w.Code < 400 {
				t.Errorf("answered %d %s, want %s", w.Code, w.Body, tt.code)
			}
		})
	}
	b.link("handler", http.StatusConflict, "identity.legal-unproved")

	// Five wrong answers end it, also for the right one.
	text, _ = b.begin("ca")["text"].(string)
	for range 5 {
		b.want(b.ask(http.MethodPost, answerPath, old), http.StatusUnprocessableEntity, "identity.certificate-signature")
	}
	b.want(b.ask(http.MethodPost, answerPath, b.signed(issued, text)), http.StatusForbidden, "identity.legal-declined")

	// A right answer that comes late, or from another browser.
	text, _ = b.begin("ca")["text"].(string)
	elsewhere := c.browser()
	elsewhere.want(elsewhere.ask(http.MethodPost, answerPath, b.signed(issued, text)), http.StatusNotFound, "identity.no-legal-proof")
	c.pass(6 * time.Minute)
	b.want(b.ask(http.MethodPost, answerPath, b.signed(issued, text)), http.StatusNotFound, "identity.no-legal-proof")

	// The certificate ends, and its list of what was revoked gets old.
	text, _ = b.begin("ca")["text"].(string)
	c.pass(time.Minute)
	b.want(b.ask(http.MethodPost, answerPath, b.signed(issued, text)), http.StatusOK, "")
	c.pass(9 * time.Minute)
	b.link("handler", http.StatusOK, "")
	b.want(b.ask(http.MethodPost, "/api/v1/legal-proofs", `{"way":"oath"}`), http.StatusUnprocessableEntity, "")
}

func quoted(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}

func TestACertificateOfAnotherNameOrRepresentativeLinksNothing(t *testing.T) {
	c := file(t)
	boss, rival := c.register(1), c.register(2)
	if _, err := c.RegisterLegal(t.Context(), boss.ID, unitName, credit); err != nil {
		t.Fatal(err)
	}
	b := c.browser().signIn(rival)
	b.prove(b.issue("冒名有限公司", credit, "ecdsa"))
	b.link("handler", http.StatusConflict, "identity.legal-mismatch")
	b.link("handler", http.StatusConflict, "identity.legal-mismatch") // a refusal uses nothing up
	b.prove(b.issue(unitName, credit, "ecdsa"))
	b.link("representative", http.StatusConflict, "identity.legal-other-representative")
	if list, err := c.LegalPersons(t.Context(), rival.ID); err != nil || len(list) != 0 {
		t.Errorf("she may act for %v, %v", list, err)
	}
	// One certificate, one person: whoever has it now signs in by it.
	issued := b.issue(unitName, credit, "rsa")
	b.prove(issued)
	b.link("handler", http.StatusOK, "")
	d := c.browser().signIn(boss)
	d.prove(issued)
	if l := d.link("representative", http.StatusOK, ""); l["role"] != "representative" {
		t.Errorf("linked %v", l)
	}
	if unit := c.browser().prove(issued); unit["phone"] != "138****0001" {
		t.Errorf("it signs in %v", unit)
	}
	if err := c.Disable(c.officer("desk", access.RoleIdentityDesk), boss.ID, "违规"); err != nil {
		t.Fatal(err)
	}
	e := c.browser()
	e.prove(issued)
	e.enter("", http.StatusForbidden, "identity.disabled")
}

func TestTheWalletTakesNoNonsenseAndNothingTwice(t *testing.T) {
	c := file(t)
	b := c.browser().signIn(c.register(1))
	v := b.begin("licence")
	script := "<script>alert(1)</script>"
	for name, field := range map[string][2]string{
		"script for the unit": {"name", script}, "script for the holder": {"holder", script}, "a turned name": {"name", "甲\u202e公司"},
		"another code's check": {"code", "9144030071526726XH"}, "a number that is none": {"number", "1' OR '1'='1"},
		"a speaker who isn't": {"role", "representative"}, "a king": {"role", "king"}, "no representative": {"representative", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := b.approve(v, func(f url.Values) { f.Set(field[0], field[1]) })
			if w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), script) {
				t.Errorf("answered %d %s", w.Code, w.Body)
			}
		})
	}
	if v := b.want(b.ask(http.MethodPost, answerPath, `{}`), http.StatusOK, ""); v["state"] != "waiting" {
		t.Errorf("it is %v", v)
	}
	for i, want := range []int{http.StatusOK, http.StatusConflict} {
		if w := b.approve(v, nil); w.Code != want {
			t.Errorf("approved time %d: %d %s", i+1, w.Code, w.Body)
		}
	}
	if w := b.approve(v, func(f url.Values) { f.Set("code", other) }); w.Code != http.StatusConflict {
		t.Errorf("another's licence afterwards: %d", w.Code)
	}
	if unit, _ := b.want(b.ask(http.MethodPost, answerPath, `{}`), http.StatusOK, "")["unit"].(map[string]any); unit["code"] != credit {
		t.Errorf("proved %v", unit)
	}

	late := b.begin("licence")
	c.pass(6 * time.Minute)
	if w := b.approve(late, nil); w.Code != http.StatusNotFound {
		t.Errorf("after its time: %d", w.Code)
	}
	for _, guess := range []string{"", "x", "' OR '1'='1"} {
		if w := b.ask(http.MethodGet, "/demo/wallet?c="+url.QueryEscape(guess), ""); w.Code != http.StatusNotFound {
			t.Errorf("a guess %q: %d", guess, w.Code)
		}
	}
	no := b.begin("licence")
	if w := b.approve(no, func(f url.Values) { f.Set("answer", "decline") }); w.Code != http.StatusOK {
		t.Errorf("a no: %d %s", w.Code, w.Body)
	}
	b.want(b.ask(http.MethodPost, answerPath, `{}`), http.StatusForbidden, "identity.legal-declined")
	if w := b.approve(no, nil); w.Code != http.StatusConflict {
		t.Errorf("a yes after the no: %d", w.Code)
	}
	if v := b.want(b.ask(http.MethodGet, "/api/v1/legal-proofs/current", ""), http.StatusOK, ""); v["state"] != "declined" {
		t.Errorf("it is %v", v)
	}
}

func TestNamesOfUnitsHoldNoMarkup(t *testing.T) {
	c := file(t)
	boss := c.register(1)
	for _, name := range []string{"<script>alert(1)</script>", "甲\n公司", "甲公司\u202e", "甲\x00公司", "{{公司}}", "甲", strings.Repeat("长", 101), "a';DROP TABLE x--"} {
		if _, err := c.RegisterLegal(t.Context(), boss.ID, name, credit); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	if _, err := c.RegisterLegal(t.Context(), boss.ID, "甲（中国）·乙 A&B 公司", credit); err != nil {
		t.Error(err)
	}
}

func TestACityWithoutDemoHasNoSuchWays(t *testing.T) {
	c := file(t)
	bare := &city{t: t, now: start}
	s, err := identity.Open(t.Context(), identity.Config{Store: c.Store, Keys: c.Keys, Audit: c.Audit, Messages: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	bare.Service = s
	b := bare.browser()
	b.want(b.ask(http.MethodPost, "/api/v1/legal-proofs", `{"way":"ca"}`), http.StatusNotFound, "identity.no-legal-way")
	for _, path := range []string{"/demo/wallet?c=x", "/demo/certificate"} {
		if w := b.ask(http.MethodGet, path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
}
