package identity_test

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/identity/certificate"
)

const (
	unitName = "腾讯科技（深圳）有限公司"
	other    = "91330102MADEM0910L" // another legal person's code
)

// browser is somebody's browser at the city's pages.
type browser struct {
	c      *city
	router http.Handler
	jar    map[string]*http.Cookie
}

func (c *city) browser() *browser {
	c.t.Helper()
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Limit: httpd.Limit{PerSecond: -1}, Caller: c.Caller})
	c.Routes(r)
	return &browser{c, r.Handler(), map[string]*http.Cookie{}}
}

// ask sends a request of the browser's; body is JSON, or a form.
func (b *browser) ask(method, path, body string) *httptest.ResponseRecorder {
	b.c.t.Helper()
	req := httptest.NewRequestWithContext(b.c.t.Context(), method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if !strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, k := range b.jar {
		if strings.HasPrefix(req.URL.Path, k.Path) {
			req.AddCookie(k)
		}
	}
	w := httptest.NewRecorder()
	b.router.ServeHTTP(w, req)
	for _, k := range w.Result().Cookies() {
		if !k.Expires.IsZero() {
			b.c.t.Errorf("%s lasts until a moment, which a browser may take for over: its clock may be ahead", k.Name)
		}
		if b.jar[k.Name] = k; k.MaxAge < 0 {
			delete(b.jar, k.Name)
		}
	}
	return w
}

// want holds an answer to a status and, for a no, a code; it returns the answer.
func (b *browser) want(w *httptest.ResponseRecorder, status int, code string) map[string]any {
	b.c.t.Helper()
	answer := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			b.c.t.Fatalf("answered %s", w.Body)
		}
	}
	if w.Code != status || code != "" && answer["code"] != code {
		b.c.t.Fatalf("answered %d %s, want %d %s", w.Code, w.Body, status, code)
	}
	return answer
}

// signIn signs a person in.
func (b *browser) signIn(p identity.Person) *browser {
	b.c.t.Helper()
	session, _, err := b.c.Login(b.c.t.Context(), p.Phone, password, b.c.code(identity.PurposeLogin, p.Phone))
	if err != nil {
		b.c.t.Fatal(err)
	}
	b.jar[identity.Cookie] = &http.Cookie{Name: identity.Cookie, Value: session.Token, Path: "/"}
	return b
}

// who is whom the browser's session is of, and for.
func (b *browser) who() (person, legal string) {
	b.c.t.Helper()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	if k := b.jar[identity.Cookie]; k != nil {
		req.AddCookie(k)
	}
	caller, err := b.c.Caller(req)
	if err != nil {
		b.c.t.Fatal(err)
	}
	return caller.ID, caller.For
}

// begin begins a proof and returns its view.
func (b *browser) begin(way string) map[string]any {
	b.c.t.Helper()
	return b.want(b.ask(http.MethodPost, "/api/v1/legal-proofs", `{"way":"`+way+`"}`), http.StatusCreated, "")
}

// issue gets a certificate on the demo authority's page.
func (b *browser) issue(name, code, key string) string {
	b.c.t.Helper()
	w := b.ask(http.MethodPost, "/demo/certificate", url.Values{"name": {name}, "code": {code}, "key": {key}}.Encode())
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "PRIVATE KEY") {
		b.c.t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// signed is the body of an answer by a certificate.
func (b *browser) signed(issued, text string) string {
	b.c.t.Helper()
	signature, err := certificate.Sign(issued, []byte(text))
	if err != nil {
		b.c.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{
		"certificate": issued[strings.Index(issued, "-----BEGIN CERTIFICATE"):], "signature": base64.StdEncoding.EncodeToString(signature),
	})
	if err != nil {
		b.c.t.Fatal(err)
	}
	return string(body)
}

const answerPath = "/api/v1/legal-proofs/current/answer"

// prove proves a legal person by a certificate.
func (b *browser) prove(issued string) map[string]any {
	b.c.t.Helper()
	text, _ := b.begin("ca")["text"].(string)
	v := b.want(b.ask(http.MethodPost, answerPath, b.signed(issued, text)), http.StatusOK, "")
	if v["state"] != "proved" {
		b.c.t.Fatalf("it is %v", v)
	}
	unit, _ := v["unit"].(map[string]any)
	return unit
}

// link links the proof to who is signed in.
func (b *browser) link(role string, status int, code string) map[string]any {
	b.c.t.Helper()
	body := `{"agreement":"` + identity.Agreement + `"}`
	if role != "" {
		body = `{"role":"` + role + `","agreement":"` + identity.Agreement + `"}`
	}
	return b.want(b.ask(http.MethodPost, "/api/v1/legal-proofs/current/link", body), status, code)
}

// enter signs in by the proof.
func (b *browser) enter(code string, status int, problem string) map[string]any {
	b.c.t.Helper()
	return b.want(b.ask(http.MethodPost, "/api/v1/legal-proofs/current/session", `{"code":"`+code+`"}`), status, problem)
}

// approve lets the demo wallet say yes to the QR code of a proof.
func (b *browser) approve(v map[string]any, change func(f url.Values)) *httptest.ResponseRecorder {
	b.c.t.Helper()
	address, err := url.Parse(v["address"].(string))
	if err != nil || address.Host != "donghu.example" {
		b.c.t.Fatalf("the QR code leads to %v", v["address"])
	}
	f := url.Values{
		"c": {address.Query().Get("c")}, "answer": {"approve"}, "name": {unitName}, "code": {credit}, "representative": {"李法人"},
		"holder": {"张三"}, "number": {number(1)}, "role": {"handler"},
	}
	if change != nil {
		change(f)
	}
	return b.c.browser().ask(http.MethodPost, "/demo/wallet", f.Encode())
}

// approved proves a legal person by its licence.
func (b *browser) approved(change func(f url.Values)) map[string]any {
	b.c.t.Helper()
	v := b.begin("licence")
	if w := b.approve(v, change); w.Code != http.StatusOK {
		b.c.t.Fatalf("the wallet answered %d %s", w.Code, w.Body)
	}
	v = b.want(b.ask(http.MethodPost, answerPath, `{}`), http.StatusOK, "")
	unit, _ := v["unit"].(map[string]any)
	if v["state"] != "proved" || unit == nil {
		b.c.t.Fatalf("it is %v", v)
	}
	return unit
}
