package identity_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/makiuchi-d/gozxing"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/identity/certificate"
	"smarthall/platform/internal/store"
)

// outer is what settings describe, beside the files of a demo authority and a
// secret.
func outer(t *testing.T, settings string) (identity.Outer, *certificate.Demo, error) {
	t.Helper()
	dir := t.TempDir()
	authority, err := certificate.OpenDemo(dir, start)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"identity.yaml": settings, "secret": "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := identity.LoadSettings(filepath.Join(dir, "identity.yaml"))
	if err != nil {
		return identity.Outer{}, authority, err
	}
	o, err := s.Outer("")
	return o, authority, err
}

func TestSettingsNameTheAuthoritiesOfCertificates(t *testing.T) {
	o, authority, err := outer(t, "certificates: {name: 省 CA, roots: roots.pem, revoked: revoked.pem}")
	if err != nil {
		t.Fatal(err)
	}
	c := file(t)
	c.LegalProvers = o.LegalProvers
	b := c.browser().signIn(c.register(1))
	issued, err := authority.Issue(unitName, credit, certificate.SM2, c.clock())
	if err != nil {
		t.Fatal(err)
	}
	b.prove(issued)
	if l := b.link("handler", http.StatusOK, ""); l["name"] != unitName {
		t.Errorf("linked %v", l)
	}
	b.want(b.ask(http.MethodPost, "/api/v1/legal-proofs", `{"way":"licence"}`), http.StatusNotFound, "identity.no-legal-way")
	text, _ := b.begin("ca")["text"].(string)
	strange := c.browser().issue(unitName, credit, "sm2") // of the demo authority, which isn't trusted here
	b.want(b.ask(http.MethodPost, answerPath, b.signed(strange, text)), http.StatusUnprocessableEntity, "identity.certificate")
	for name, settings := range map[string]string{
		"no list of revoked ones": "certificates: {name: 省 CA, roots: roots.pem}",
		"no such file":            "certificates: {name: 省 CA, roots: none.pem, revoked: revoked.pem}",
		"licences in clear":       `licences: {name: 市监, url: "http://10.0.0.1/", secretFile: secret}`,
	} {
		if _, _, err := outer(t, settings); err == nil {
			t.Errorf("%s: nothing is said", name)
		}
	}
}

func TestAPlatformOfLicencesIsAskedSignedAndItsNonsenseProvesNothing(t *testing.T) {
	var said string
	var status int
	asked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var q struct{ Action, Nonce, Site string }
		if err != nil || json.Unmarshal(body, &q) != nil || len(q.Nonce) < 40 || (q.Action == "begin") != (q.Site == "https://donghu.example") || !strings.HasPrefix(r.Header.Get("Webhook-Signature"), "v1,") {
			t.Errorf("asked %s with %v, %v", body, r.Header, err)
		}
		if q.Action == "begin" {
			_, _ = w.Write([]byte(`{"address":"https://wallet.example/scan?c=1"}`))
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(said))
	}))
	defer asked.Close()
	o, _, err := outer(t, `licences: {name: 市监电子营业执照, url: "`+asked.URL+`", secretFile: secret, timeout: 300ms}`)
	if err != nil {
		t.Fatal(err)
	}
	c := file(t)
	c.LegalProvers = o.LegalProvers
	b := c.browser().signIn(c.register(1))
	v := b.begin("licence")
	if v["address"] != "https://wallet.example/scan?c=1" {
		t.Errorf("people are sent to %v", v["address"])
	}
	whole := func(change func(i *identity.LegalIdentity)) string {
		i := identity.LegalIdentity{
			Name: unitName, Code: credit, Representative: "张三", Subject: "s1", Until: c.clock().AddDate(0, 1, 0),
			Holder: identity.Holder{Name: "张三", Number: number(1), Role: "representative"},
		}
		change(&i)
		data, err := json.Marshal(map[string]any{"state": "approved", "identity": i})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	nothing := func(*identity.LegalIdentity) {}
	for _, tt := range []struct {
		name   string
		said   string
		status int
		code   string
	}{
		{"nonsense", "<html>", 200, "identity.legal-away"},
		{"a yes with status 500", whole(nothing), 500, "identity.legal-away"},
		{"another state", `{"state":"perhaps"}`, 200, "identity.legal-away"},
		{"no holder", whole(func(i *identity.LegalIdentity) { i.Holder = identity.Holder{} }), 200, "identity.legal-away"},
		{"a wrong code", whole(func(i *identity.LegalIdentity) { i.Code = "9144030071526726XH" }), 200, "identity.credit-code"},
		{"script for a name", whole(func(i *identity.LegalIdentity) { i.Name = "<script>alert(1)</script>" }), 200, "identity.input"},
		{"leave that has ended", whole(func(i *identity.LegalIdentity) { i.Until = c.clock() }), 200, "identity.certificate-term"},
		{"a representative who isn't", whole(func(i *identity.LegalIdentity) { i.Representative = "李四" }), 200, "identity.not-representative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			said, status = tt.said, tt.status
			if w := b.ask(http.MethodPost, answerPath, `{}`); w.Code < 400 || !strings.Contains(w.Body.String(), `"`+tt.code+`"`) {
				t.Errorf("answered %d %s, want %s", w.Code, w.Body, tt.code)
			}
		})
	}
	b.begin("licence")
	said, status = `{"state":"waiting"}`, 200
	if v := b.want(b.ask(http.MethodPost, answerPath, `{}`), http.StatusOK, ""); v["state"] != "waiting" {
		t.Errorf("it is %v", v)
	}
	said = whole(nothing)
	b.want(b.ask(http.MethodPost, answerPath, `{}`), http.StatusOK, "")
	if l := b.link("", http.StatusOK, ""); l["role"] != "representative" {
		t.Errorf("linked %v", l)
	}
	said = whole(func(i *identity.LegalIdentity) { // another holder, and the platform of licences calls her the same
		i.Holder = identity.Holder{Name: "李四", Number: number(2), Role: "handler"}
	})
	e := c.browser()
	e.begin("licence")
	unit, _ := e.want(e.ask(http.MethodPost, answerPath, `{}`), http.StatusOK, "")["unit"].(map[string]any)
	if unit == nil || unit["account"] != nil {
		t.Errorf("another holder is %v", unit)
	}
	e.enter("", http.StatusConflict, "identity.legal-unlinked")
	asked.Close()
	b.want(b.ask(http.MethodPost, "/api/v1/legal-proofs", `{"way":"licence"}`), http.StatusServiceUnavailable, "identity.legal-away")
}

// TestTheQRCodeIsOfTheAddress reads it with another library.
func TestTheQRCodeIsOfTheAddress(t *testing.T) {
	c := file(t)
	v := c.browser().begin("licence")
	qr, _ := v["qr"].(string)
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(qr, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	read, err := zxqr.NewQRCodeReader().Decode(bits, nil)
	if err != nil || read.GetText() != v["address"] {
		t.Errorf("read %v, %v, want %v", read, err, v["address"])
	}
}

// TestUnitsAndDelegationsOutliveTheChangeOfTheirTables holds for a city that was
// begun before representatives could be missing.
func TestUnitsAndDelegationsOutliveTheChangeOfTheirTables(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		st, err := store.Open(t.Context(), store.Config{Target: target, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		before := fstest.MapFS{}
		names, err := fs.Glob(identity.Migrations, "migrations/000[1-4]*.sql")
		if err != nil || len(names) != 4 {
			t.Fatalf("%v, %v", names, err)
		}
		for _, name := range names {
			data, err := identity.Migrations.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			before[filepath.Base(name)] = &fstest.MapFile{Data: data}
		}
		if err := st.Migrate(t.Context(), "identity", before); err != nil {
			t.Fatal(err)
		}
		err = st.Write(t.Context(), "fill", func(tx *store.Tx) error {
			for _, statement := range []string{
				`INSERT INTO person (id, state, way, name, number, number_key, phone, phone_key, password, change_password, agreement, created)
					VALUES ('boss', 'active', 'online', 'n', 'x', 'k1', 'p', 'q1', 'h', 0, 'a', 1), ('agent', 'active', 'online', 'n', 'x', 'k2', 'p', 'q2', 'h', 0, 'a', 1)`,
				`INSERT INTO legal_person (id, state, way, name, code, representative, provider, created) VALUES ('l', 'active', 'representative', '甲公司', '` + credit + `', 'boss', 'x', 1)`,
				`INSERT INTO delegation (id, legal, parent, depth, grantee, role, items, valid_from, valid_until, state, created) VALUES ('d', 'l', '', 1, 'agent', 'handler', '["i"]', 0, 9999999999999, 'active', 1)`,
			} {
				if _, err := tx.ExecContext(t.Context(), statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, st.Close()); err != nil {
			t.Fatal(err)
		}
		c := open(t, target)
		if scope, err := c.MayActFor(t.Context(), "boss", "l"); err != nil || scope.Delegation != "" {
			t.Errorf("the representative has %+v, %v", scope, err)
		}
		if scope, err := c.MayActFor(t.Context(), "agent", "l"); err != nil || scope.Delegation != "d" || !scope.Covers("i") || scope.Covers("j") {
			t.Errorf("the agent has %+v, %v", scope, err)
		}
		if _, err := c.MayActFor(t.Context(), "", "l"); !errors.Is(err, identity.ErrNoDelegate) {
			t.Errorf("nobody has %v", err)
		}
		err = c.Store.Write(t.Context(), "break", func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `INSERT INTO delegation (id, legal, parent, depth, grantee, role, items, valid_from, valid_until, state, created)
				VALUES ('e', 'none', '', 1, 'agent', 'handler', '[]', 0, 1, 'active', $1)`, time.Now().UnixMilli())
			return err
		})
		if err == nil {
			t.Error("a delegation of no unit is kept")
		}
	})
}
