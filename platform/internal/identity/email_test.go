package identity_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/identity"
)

// emailCode asks for a code at an e-mail address and reads it from the message.
func (c *city) emailCode(p identity.Person, address string) string {
	c.t.Helper()
	c.pass(time.Minute)
	if err := c.SendEmailCode(c.as(p), address); err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.notices[len(c.notices)-1]
	if n.Template != "identity.email-code" || !n.Secret || n.To.Email == "" || n.To.Phone != "" {
		c.t.Fatalf("the last message is no code to an address: %s", n.Template)
	}
	return n.Vars["code"]
}

// email is a person's address, which must be readable.
func (c *city) email(p identity.Person) string {
	c.t.Helper()
	address, err := c.Email(c.t.Context(), p.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return address
}

func TestAnEmailAddressCountsOnceItsCodeCameBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		p, other := c.register(1), c.register(2)
		code := c.emailCode(p, "zhang.san@Mail.example.cn")
		if c.email(p) != "" {
			t.Error("it counts before the code came back")
		}
		for name, err := range map[string]error{
			"a wrong code":        c.SetEmail(c.as(p), "zhang.san@mail.example.cn", "000000"),
			"another's code":      c.SetEmail(c.as(other), "zhang.san@mail.example.cn", code),
			"for another address": c.SetEmail(c.as(p), "li.si@mail.example.cn", code),
		} {
			if !errors.Is(err, identity.ErrCode) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := c.SetEmail(c.as(p), " zhang.san@mail.example.CN ", code); err != nil {
			t.Fatal(err)
		}
		if got := c.email(p); got != "zhang.san@mail.example.cn" {
			t.Errorf("her address is %q", got)
		}
		if err := c.SetEmail(c.as(p), "zhang.san@mail.example.cn", code); !errors.Is(err, identity.ErrCode) {
			t.Errorf("the code is good twice: %v", err)
		}
		if err := c.SetEmail(c.as(other), "zhang.san@mail.example.cn", c.emailCode(other, "zhang.san@mail.example.cn")); err != nil {
			t.Errorf("two of a family share one: %v", err)
		}
		if n := c.sent("identity.email-changed"); n != 2 {
			t.Errorf("told %d times", n)
		}
		var sealed string
		if err := c.Store.Read().QueryRowContext(t.Context(), `SELECT address FROM person_email WHERE person = $1`, p.ID).Scan(&sealed); err != nil || strings.Contains(sealed, "@") {
			t.Errorf("kept as %q, %v", sealed, err)
		}
		d, err := c.CopyOwn(c.as(p), c.code(identity.PurposeExport, p.Phone))
		if err != nil || d.Person.Email != "zhang.san@mail.example.cn" {
			t.Errorf("the copy of her data has %q, %v", d.Person.Email, err)
		}
		for range 2 { // the second changes nothing
			if err := c.DropEmail(c.as(p)); err != nil {
				t.Fatal(err)
			}
		}
		if c.email(p) != "" || c.email(other) == "" || c.sent("identity.email-changed") != 3 {
			t.Error("one person's address is taken away, once")
		}
	})
}

func TestWhatIsNoEmailAddressIsRefused(t *testing.T) {
	c := file(t)
	p := c.register(1)
	c.pass(time.Minute)
	for _, address := range []string{
		"", "zhang", "zhang@", "@example.cn", "zhang@localhost", "zhang@[10.0.0.1]", "张三@example.cn", "a b@example.cn",
		"zhang@example.cn\r\nBcc: all@example.cn", "Zhang <zhang@example.cn>", "zhang@example.cn,li@example.cn", `"<script>"@example.cn`,
		strings.Repeat("a", 250) + "@example.cn",
	} {
		if err := c.SendEmailCode(c.as(p), address); !errors.Is(err, identity.ErrInput) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if c.sent("identity.email-code") != 0 {
		t.Error("a code was sent")
	}
}

func TestCodesToEmailAddressesAreFewForAllAddressesTogether(t *testing.T) {
	c := file(t)
	p := c.register(1)
	c.emailCode(p, "a@example.cn")
	if err := c.SendEmailCode(c.as(p), "b@example.cn"); !errors.Is(err, identity.ErrCodeQuota) {
		t.Errorf("at once to another address: %v", err)
	}
	for range 9 {
		c.emailCode(p, "b@example.cn")
	}
	c.pass(time.Minute)
	if err := c.SendEmailCode(c.as(p), "c@example.cn"); !errors.Is(err, identity.ErrCodeQuota) {
		t.Errorf("the eleventh of a day: %v", err)
	}
}

func TestAnEmailAddressIsShownMasked(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	p := c.register(1)
	if to := c.back(c.leave(1), "good"); to != "/my?a=1" {
		t.Fatal(to)
	}
	if err := c.SetEmail(c.as(p), "zhang.san@example.cn", c.emailCode(p, "zhang.san@example.cn")); err != nil {
		t.Fatal(err)
	}
	w := c.ask(http.MethodGet, "/api/v1/me/email", "")
	if got := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(got, "z***@example.cn") || strings.Contains(got, "san") {
		t.Errorf("%d %s", w.Code, got)
	}
	w = c.ask(http.MethodGet, "/api/v1/me/record", "")
	if !strings.Contains(w.Body.String(), "change-email") {
		t.Errorf("her record says nothing of it: %s", w.Body)
	}
}
