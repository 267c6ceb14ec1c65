package identity_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity"
)

// op is a province under the test's control, that may answer with anything.
type op struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu     sync.Mutex
	nonce  string
	claims map[string]any // of the next ID token
	info   map[string]any // of the user info
	token  http.HandlerFunc
	calls  int // of the token endpoint
}

func openOP(t *testing.T) *op {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	o := &op{key: key}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Log(err)
		}
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": o.URL, "authorization_endpoint": o.URL + "/auth", "token_endpoint": o.URL + "/token", "jwks_uri": o.URL + "/jwks",
			"end_session_endpoint": o.URL + "/end?a=1", "userinfo_endpoint": o.URL + "/me", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/me", func(w http.ResponseWriter, _ *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		answer(w, o.info)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.calls++
		if o.token != nil {
			o.token(w, r)
			return
		}
		if r.FormValue("code_verifier") == "" || r.FormValue("code") != "good" {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]string{"error": "invalid_grant"})
			return
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": o.sign(t, key)})
	})
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

// sign signs the claims of the next ID token.
func (o *op) sign(t *testing.T, key *rsa.PrivateKey) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		t.Error(err)
	}
	raw, err := jwt.Signed(signer).Claims(o.claims).Serialize()
	if err != nil {
		t.Error(err)
	}
	return raw
}

// provinceCity is a city that hangs on the province, behind its router.
type provinceCity struct {
	*city
	op      *op
	handler http.Handler
	jar     map[string]*http.Cookie
}

func provinced(t *testing.T, target string) *provinceCity {
	t.Helper()
	c := &provinceCity{city: open(t, target), op: openOP(t), jar: map[string]*http.Cookie{}}
	settings := `
province: {name: 省政务服务网, issuer: "` + c.op.URL + `", client: city, secretFile: secret, timeout: 300ms}
`
	dir := t.TempDir()
	for name, text := range map[string]string{"identity.yaml": settings, "secret": "s3cret"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := identity.LoadSettings(filepath.Join(dir, "identity.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	outer, err := s.Outer("http://127.0.0.1:8090")
	if err != nil {
		t.Fatal(err)
	}
	c.Province = outer.Province
	r := httpd.New(httpd.Config{Version: "test", Log: c.Log, Caller: c.Caller, Limit: httpd.Limit{PerSecond: -1}})
	c.Routes(r)
	c.handler = r.Handler()
	return c
}

// ask sends a request as the browser, which keeps its cookies.
func (c *provinceCity) ask(method, path, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, k := range c.jar {
		if strings.HasPrefix(r.URL.Path, k.Path) {
			r.AddCookie(k)
		}
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, k := range w.Result().Cookies() {
		if k.MaxAge < 0 {
			delete(c.jar, k.Name)
			continue
		}
		c.jar[k.Name] = k
	}
	return w
}

// leave sends the browser to the province, which gets a good token ready for
// the i-th person, and returns the state.
func (c *provinceCity) leave(i int) string {
	c.t.Helper()
	w := c.ask(http.MethodGet, "/province/sign-in?next=/my%3Fa=1", "")
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther || to.Path != "/auth" {
		c.t.Fatalf("sent to %q, status %d, %v", w.Header().Get("Location"), w.Code, err)
	}
	q := to.Query()
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) < 40 {
			c.t.Errorf("%s %q can be guessed", name, q.Get(name))
		}
	}
	if q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != "http://127.0.0.1:8090/province/callback" {
		c.t.Errorf("asked with %v", q)
	}
	c.op.mu.Lock()
	defer c.op.mu.Unlock()
	c.op.nonce = q.Get("nonce")
	c.op.claims = map[string]any{
		"iss": c.op.URL, "sub": "p" + number(i), "aud": "city", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(),
		"nonce": c.op.nonce, "name": "张三", "id_number": number(i), "phone_number": "+86 " + phone(i),
	}
	return q.Get("state")
}

// back brings the browser back and returns where it is sent.
func (c *provinceCity) back(state, code string) string {
	c.t.Helper()
	w := c.ask(http.MethodGet, "/province/callback?"+url.Values{"state": {state}, "code": {code}}.Encode(), "")
	if w.Code != http.StatusSeeOther {
		c.t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// signedIn is who the browser's session belongs to.
func (c *provinceCity) signedIn() string {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if k := c.jar[identity.Cookie]; k != nil {
		r.AddCookie(k)
	}
	caller, err := c.Caller(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return caller.ID
}

func TestAPersonOfTheProvinceAgreesOnceAndIsKnownFromThenOn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := provinced(t, target)
		if to := c.back(c.leave(1), "good"); !strings.HasPrefix(to, "/register?linked=1&next=%2Fmy%3Fa%3D1") || c.signedIn() != "" {
			t.Fatalf("sent to %q as %q", to, c.signedIn())
		}
		linked := identity.LinkedView{}
		w := c.ask(http.MethodGet, "/api/v1/people/linked", "")
		if err := json.Unmarshal(w.Body.Bytes(), &linked); err != nil || linked.Name != "张*" || linked.Phone != "138****0001" || strings.Contains(w.Body.String(), number(1)) {
			t.Fatalf("told %s, %v", w.Body, err)
		}
		if w := c.ask(http.MethodPost, "/api/v1/people/linked", `{"agreement":""}`); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("without the agreement: %d %s", w.Code, w.Body)
		}
		if w := c.ask(http.MethodPost, "/api/v1/people/linked", `{"agreement":"`+identity.Agreement+`"}`); w.Code != http.StatusOK {
			t.Fatalf("register: %d %s", w.Code, w.Body)
		}
		p, err := c.PersonByNumber(t.Context(), number(1))
		if err != nil || p.Way != identity.Linked || p.Phone != phone(1) || c.signedIn() != p.ID {
			t.Fatalf("%v is %s, %v", p, p.Way, err)
		}
		if w := c.ask(http.MethodGet, "/api/v1/people/linked", ""); w.Code != http.StatusUnauthorized {
			t.Errorf("the real name waits on: %d", w.Code)
		}
		delete(c.jar, identity.Cookie)
		if to := c.back(c.leave(1), "good"); to != "/my?a=1" || c.signedIn() != p.ID {
			t.Errorf("the second time: sent to %q as %q", to, c.signedIn())
		}
		if n, err := c.Audit.Verify(t.Context()); err != nil || n < 3 {
			t.Errorf("%d audit entries, %v", n, err)
		}
	})
}

func TestWhoCameByWayOfTheProvinceLeavesByIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := provinced(t, target)
		p := c.register(1)
		c.back(c.leave(1), "good")
		signOut := func() string {
			t.Helper()
			w := c.ask(http.MethodDelete, "/api/v1/sessions/current", "")
			var said struct{ Next string }
			if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != http.StatusOK || c.signedIn() != "" {
				t.Fatalf("sign out: %d %s, %v, still %q", w.Code, w.Body, err, c.signedIn())
			}
			return said.Next
		}
		to, err := url.Parse(signOut())
		want := url.Values{"a": {"1"}, "client_id": {"city"}, "post_logout_redirect_uri": {"http://127.0.0.1:8090/"}}
		if err != nil || !strings.HasPrefix(to.String(), c.op.URL+"/end?") || to.Query().Encode() != want.Encode() {
			t.Errorf("sent to %v, %v", to, err)
		}
		if next := signOut(); next != "" {
			t.Errorf("nobody is sent to %q", next)
		}
		session, _, err := c.Login(t.Context(), phone(1), password, c.code(identity.PurposeLogin, phone(1)))
		if err != nil {
			t.Fatal(err)
		}
		c.jar[identity.Cookie] = &http.Cookie{Name: identity.Cookie, Value: session.Token, Path: "/"}
		if next := signOut(); next != "" {
			t.Errorf("%s, who signed in here, is sent to %q", p, next)
		}
	})
}

func TestTheProvinceLinksWhoHasAnAccountByNumberAndName(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	p, other := c.register(1), c.register(2)
	if to := c.back(c.leave(1), "good"); to != "/my?a=1" || c.signedIn() != p.ID || c.sent("identity.linked") != 1 {
		t.Fatalf("sent to %q as %q, told %d times", to, c.signedIn(), c.sent("identity.linked"))
	}
	tests := []struct {
		name  string
		spoil func()
		want  string
	}{
		{"another's number under a subject that is known", func() { c.op.claims["id_number"] = number(2) }, "province-mismatch"},
		{"another name", func() { c.op.claims["name"] = "李四"; c.op.claims["sub"] = "new" }, "province-mismatch"},
		{"no number", func() { delete(c.op.claims, "id_number"); c.op.info = map[string]any{"sub": "p" + number(1)} }, "province-unreal"},
		{"a number that fails its check", func() { c.op.claims["id_number"] = "330102199001010000" }, "province-unreal"},
		{"script for a name", func() { c.op.claims["name"] = "<script>" }, "province-unreal"},
		{"a number that is none", func() { c.op.claims["id_number"] = 7 }, "province-unreal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			delete(c.jar, identity.Cookie)
			state := c.leave(1)
			tt.spoil()
			if to := c.back(state, "good"); !strings.Contains(to, "trouble="+tt.want) || c.signedIn() != "" {
				t.Errorf("sent to %q as %q", to, c.signedIn())
			}
		})
	}
	if err := c.Disable(c.officer("desk", access.RoleIdentityDesk), other.ID, "违规"); err != nil {
		t.Fatal(err)
	}
	if to := c.back(c.leave(2), "good"); !strings.Contains(to, "trouble=disabled") || c.signedIn() != "" {
		t.Errorf("a disabled account: sent to %q", to)
	}
}

func TestAHostileProvinceSignsNobodyIn(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := provinced(t, sqldbtest.File(t))
	c.register(1)
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(text))
		}
	}
	token := func(id string) http.HandlerFunc {
		return raw(`{"access_token":"a","token_type":"Bearer","id_token":"` + id + `"}`)
	}
	tests := []struct {
		name  string
		spoil func()
		want  string
	}{
		{"a wrong nonce", func() { c.op.claims["nonce"] = "another" }, "province-refused"},
		{"no nonce", func() { delete(c.op.claims, "nonce") }, "province-refused"},
		{"an expired token", func() { c.op.claims["exp"] = time.Now().Add(-time.Minute).Unix() }, "province-refused"},
		{"another audience", func() { c.op.claims["aud"] = "another" }, "province-refused"},
		{"two audiences, made for the other", func() { c.op.claims["aud"] = []string{"city", "another"}; c.op.claims["azp"] = "another" }, "province-refused"},
		{"another issuer", func() { c.op.claims["iss"] = "https://evil.example" }, "province-refused"},
		{"no subject", func() { delete(c.op.claims, "sub") }, "province-refused"},
		{"another's key", func() { c.op.token = token(c.op.sign(t, other)) }, "province-refused"},
		{"no signature", func() { c.op.token = token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJwIn0.") }, "province-refused"},
		{"no token", func() { c.op.token = raw(`{"access_token":"a","token_type":"Bearer"}`) }, "province-refused"},
		{"a huge token", func() { c.op.token = token(strings.Repeat("A", 3<<20)) }, "province-away"},
		{"user info of another", func() {
			delete(c.op.claims, "id_number")
			c.op.info = map[string]any{"sub": "x", "id_number": number(1), "name": "张三"}
		}, "province-refused"},
		{"a page instead of a token", func() {
			c.op.token = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) }
		}, "province-away"},
		{"sent elsewhere with the secret", func() {
			c.op.token = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
			}
		}, "province-refused"},
		{"an answer that takes too long", func() {
			c.op.token = func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // only then is it seen that nobody waits any more
				select {
				case <-r.Context().Done():
				case <-time.After(time.Minute):
				}
			}
		}, "province-away"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state := c.leave(1)
			c.op.mu.Lock()
			c.op.token = nil
			tt.spoil()
			c.op.mu.Unlock()
			if to := c.back(state, "good"); !strings.HasPrefix(to, "/login?") || !strings.Contains(to, "trouble="+tt.want) || !strings.Contains(to, "next=%2Fmy%3Fa%3D1") {
				t.Errorf("sent to %q", to)
			}
			if c.signedIn() != "" {
				t.Error("somebody is signed in")
			}
		})
	}
}

func TestAReturnCountsOnceAndInItsOwnBrowser(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	c.register(1)
	state := c.leave(1)
	kept := c.jar["province"]
	for _, other := range []string{"", "x", state + "x"} {
		if to := c.back(other, "good"); !strings.Contains(to, "trouble=province-refused") {
			t.Errorf("another state: sent to %q", to)
		}
		c.jar["province"] = kept
	}
	if c.op.calls != 0 {
		t.Error("the code of another state was sent to the province")
	}
	if to := c.back(state, "stolen"); !strings.Contains(to, "trouble=province-refused") {
		t.Errorf("a wrong code: sent to %q", to)
	}
	c.jar["province"] = kept
	if to := c.back(state, "good"); !strings.Contains(to, "trouble=province-refused") || c.signedIn() != "" {
		t.Errorf("the same state again: sent to %q", to)
	}
	state = c.leave(1)
	delete(c.jar, "province")
	if to := c.back(state, "good"); !strings.Contains(to, "trouble=province-refused") {
		t.Errorf("in another browser: sent to %q", to)
	}
	state = c.leave(1)
	c.pass(11 * time.Minute)
	if to := c.back(state, "good"); !strings.Contains(to, "trouble=province-refused") {
		t.Errorf("too late: sent to %q", to)
	}
	if w := c.ask(http.MethodGet, "/province/callback?error=access_denied&state="+state, ""); !strings.Contains(w.Header().Get("Location"), "trouble=province-cancelled") {
		t.Errorf("turned back: sent to %q", w.Header().Get("Location"))
	}
	if c.signedIn() != "" {
		t.Error("somebody is signed in")
	}
}

func TestNobodyIsSentToAnotherSiteAfterwards(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	c.register(1)
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1", strings.Repeat("/a", 400)} {
		delete(c.jar, identity.Cookie)
		c.leave(1)
		w := c.ask(http.MethodGet, "/province/sign-in?next="+url.QueryEscape(next), "")
		to, err := url.Parse(w.Header().Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		state := to.Query().Get("state")
		c.op.mu.Lock()
		c.op.claims["nonce"] = to.Query().Get("nonce")
		c.op.mu.Unlock()
		if to := c.back(state, "good"); to != "/my" {
			t.Errorf("%.30q: sent to %q", next, to)
		}
	}
}

func TestWithoutTheProvinceLocalSignInGoesOn(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	c.register(1)
	c.op.Close()
	w := c.ask(http.MethodGet, "/province/sign-in?next=/my", "")
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.Contains(to, "/login?next=%2Fmy&trouble=province-away") {
		t.Errorf("status %d, sent to %q", w.Code, to)
	}
	if _, _, err := c.Login(t.Context(), phone(1), password, c.code(identity.PurposeLogin, phone(1))); err != nil {
		t.Error(err)
	}
	c.Province = nil
	if w := c.ask(http.MethodGet, "/province/sign-in", ""); w.Code != http.StatusNotFound {
		t.Errorf("a city without a province: %d", w.Code)
	}
}

func TestALinkedPersonMayNameAnotherPhoneWithACode(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	c.register(2)
	state := c.leave(1)
	c.op.claims["phone_number"] = phone(2)
	if to := c.back(state, "good"); !strings.HasPrefix(to, "/register?linked=1") {
		t.Fatalf("sent to %q", to)
	}
	agreed := `"agreement":"` + identity.Agreement + `"`
	if w := c.ask(http.MethodPost, "/api/v1/people/linked", `{`+agreed+`}`); w.Code != http.StatusConflict {
		t.Errorf("a phone of another account: %d %s", w.Code, w.Body)
	}
	if w := c.ask(http.MethodPost, "/api/v1/people/linked", `{"phone":"`+phone(3)+`","phoneCode":"000000",`+agreed+`}`); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without its code: %d %s", w.Code, w.Body)
	}
	code := c.code(identity.PurposeRegister, phone(3))
	if w := c.ask(http.MethodPost, "/api/v1/people/linked", `{"phone":"`+phone(3)+`","phoneCode":"`+code+`",`+agreed+`}`); w.Code != http.StatusOK {
		t.Errorf("with its code: %d %s", w.Code, w.Body)
	}
	if p, err := c.PersonByNumber(t.Context(), number(1)); err != nil || p.Phone != phone(3) {
		t.Errorf("%v, %v", p, err)
	}
	// Who forgot a password she never had chooses one.
	if err := c.ResetPassword(t.Context(), number(1), phone(3), c.code(identity.PurposeReset, phone(3)), "chosen123"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Login(t.Context(), number(1), "chosen123", c.code(identity.PurposeLogin, phone(3))); err != nil {
		t.Error(err)
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "provinse: {}", "provinse"},
		{"people's data in clear", "provers: [{kind: social-card, name: 人社, url: \"http://10.0.0.1/\", secretFile: s}]", "https"},
		{"an unknown proof", "provers: [{kind: horoscope, name: x, url: \"https://x/\", secretFile: s}]", "horoscope"},
		{"a prover without a secret", "provers: [{kind: social-card, name: x, url: \"https://x/\"}]", "secretFile"},
		{"a timeout of an hour", "provers: [{kind: social-card, name: x, url: \"https://x/\", secretFile: s, timeout: 1h}]", "timeout"},
		{"a province without a client", "province: {name: 省, issuer: \"https://x\", secretFile: s}", "client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "identity.yaml")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := identity.LoadSettings(path); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want something of %s", err, tt.want)
			}
		})
	}
	s, err := identity.LoadSettings(filepath.Join(t.TempDir(), "identity.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if o, err := s.Outer(""); err != nil || len(o.Provers) != 0 || o.LegalRegister != nil || o.Province != nil {
		t.Errorf("no file gives %+v, %v", o, err)
	}
}

func TestAProverIsAskedSignedAndItsSilenceIsNoNo(t *testing.T) {
	var answer http.HandlerFunc
	asked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	defer asked.Close()
	dir := t.TempDir()
	secret := "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	prover := func(kind string) string {
		return `{kind: "` + kind + `", name: 人社厅, url: "` + asked.URL + `", secretFile: secret, timeout: 200ms}`
	}
	settings := "provers: [" + prover("id-card") + ", " + prover("social-card") + "]\nlegalRegister: " + prover("")
	for name, text := range map[string]string{"identity.yaml": settings, "secret": secret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := identity.LoadSettings(filepath.Join(dir, "identity.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Outer("")
	if err != nil {
		t.Fatal(err)
	}
	text := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"yes", text(200, `{"confirmed":true}`), nil},
		{"no", text(200, `{"confirmed":false}`), identity.ErrProof},
		{"neither", text(200, `{}`), identity.ErrProverAway},
		{"nonsense", text(200, `<html>`), identity.ErrProverAway},
		{"a yes with status 500", text(500, `{"confirmed":true}`), identity.ErrProverAway},
		{"a huge answer", text(200, `{"x":"`+strings.Repeat("a", 2<<20)+`","confirmed":true}`), identity.ErrProverAway},
		{"sent elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, identity.ErrProverAway},
		{"silence", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then is it seen that nobody waits any more
			select {
			case <-r.Context().Done():
			case <-time.After(time.Minute):
			}
		}, identity.ErrProverAway},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer = func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.Header.Get("Webhook-Signature"), "v1,") || r.Header.Get("Webhook-Id") == "" {
					t.Error("the question isn't signed")
				}
				tt.answer(w, r)
			}
			if err := o.Provers[identity.ProofSocial].Prove(t.Context(), "张三", number(1), "A1"); !errors.Is(err, tt.want) {
				t.Errorf("prover: got %v, want %v", err, tt.want)
			}
			if err := o.LegalRegister.Confirm(t.Context(), credit, "甲公司", "张三"); !errors.Is(err, tt.want) {
				t.Errorf("register: got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestACityWithoutProversSaysWhichWaysAreOpen(t *testing.T) {
	c := provinced(t, sqldbtest.File(t))
	boss := c.register(1)
	r := c.registration(2)
	c.Provers, c.LegalRegister, c.LegalProvers = nil, nil, nil
	if _, err := c.Register(t.Context(), r); !errors.Is(err, identity.ErrClosed) {
		t.Errorf("register: %v", err)
	}
	if _, err := c.RegisterLegal(t.Context(), boss.ID, "甲公司", credit); !errors.Is(err, identity.ErrLegalClosed) {
		t.Errorf("register a legal person: %v", err)
	}
	w := c.ask(http.MethodGet, "/api/v1/registration-ways", "")
	if got, want := strings.TrimSpace(w.Body.String()), `{"proofs":[],"province":"省政务服务网","legal":false,"demo":false}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, _, err := c.RegisterAtWindow(c.officer("desk", access.RoleIdentityDesk), "王五", number(3), phone(3), c.code(identity.PurposeRegister, phone(3))); err != nil {
		t.Errorf("the window closed, too: %v", err)
	}
}

func TestProofsOfOthersAreNotTriedOutWithoutTheirPhone(t *testing.T) {
	c := file(t)
	asked := 0
	c.Provers = map[identity.Proof]identity.Prover{
		identity.ProofIDCard: identity.DemoProver{Kind: identity.ProofIDCard}, identity.ProofSocial: counting{&asked},
	}
	r := c.registration(1)
	good := r.PhoneCode
	r.PhoneCode = "000000"
	if _, err := c.Register(t.Context(), r); !errors.Is(err, identity.ErrCode) || asked != 0 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	r.PhoneCode, r.Proofs[identity.ProofSocial] = good, "wrong"
	if _, err := c.Register(t.Context(), r); !errors.Is(err, identity.ErrProof) {
		t.Errorf("a wrong proof: %v", err)
	}
	r.Proofs[identity.ProofSocial] = "right"
	if _, err := c.Register(t.Context(), r); err != nil {
		t.Errorf("the code was spent on a mistake: %v", err)
	}
}

// counting confirms what is right, and counts.
type counting struct{ n *int }

func (counting) Name() string { return "计数" }

func (p counting) Prove(_ context.Context, _, _, value string) error {
	*p.n++
	if value != "right" {
		return identity.ErrProof
	}
	return nil
}
