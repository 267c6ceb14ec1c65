package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"smarthall/internal/datalock"
	"smarthall/internal/sqldb"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/item"
)

// api is a platform as its staff meet it.
type api struct {
	t    *testing.T
	base string
}

// problemOf is what an answer that says no looks like.
type problemOf struct {
	Code   string
	Title  string
	Errors []struct{ Location, Message string }
}

// do asks, with body as JSON, and reads the answer into out; what is refused is
// returned.
func (a api) do(method, path, token string, body, out any) (int, problemOf) {
	a.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	var answer []byte
	status := call(a.t, method, a.base+"/api/v1"+path, token, bytes.NewReader(data), &answer)
	var p problemOf
	if status >= http.StatusBadRequest {
		if err := json.Unmarshal(answer, &p); err != nil {
			a.t.Fatalf("%s %s: %d %s", method, path, status, answer)
		}
		return status, p
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			a.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
	return status, p
}

// must is do where nothing is refused.
func (a api) must(method, path, token string, body, out any) {
	a.t.Helper()
	if status, p := a.do(method, path, token, body, out); status >= http.StatusBadRequest {
		a.t.Fatalf("%s %s: %d %+v", method, path, status, p)
	}
}

// firstSignIn signs in with a password that was handed out, the way the sign-in
// page does: the password, another one, the authenticator's first code.
func (a api) firstSignIn(account, password string) string {
	a.t.Helper()
	body := map[string]string{"account": account, "password": password}
	if _, p := a.do(http.MethodPost, "/staff/sessions", "", body, nil); p.Code != "identity.choose-password" {
		a.t.Fatalf("%s isn't asked for a password of her own: %+v", account, p)
	}
	body["newPassword"] = "Donghu-2026"
	_, p := a.do(http.MethodPost, "/staff/sessions", "", body, nil)
	if p.Code != "identity.second-factor" || len(p.Errors) == 0 {
		a.t.Fatalf("%s isn't asked for a second factor: %+v", account, p)
	}
	u, err := url.Parse(p.Errors[0].Message)
	if err != nil {
		a.t.Fatal(err)
	}
	body["code"] = totp(a.t, u.Query().Get("secret"))
	var session struct{ Token string }
	a.must(http.MethodPost, "/staff/sessions", "", body, &session)
	return session.Token
}

// totp is the code of an authenticator app now (RFC 6238).
func totp(t *testing.T, secret string) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30))) //nolint:gosec // after 1970
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

// setUp runs platform setup and returns the accounts' passwords.
func setUp(t *testing.T, conf Config, more ...string) map[string]string {
	t.Helper()
	var out bytes.Buffer
	args := append([]string{"--data", conf.Data, "--database", conf.Database, "--name", "东湖市政务服务管理局", "--region", "330100"}, more...)
	if err := SetUp(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	passwords := map[string]string{}
	for _, m := range regexp.MustCompile(`账号 (\w+) +一次性密码 (\w+)`).FindAllStringSubmatch(out.String(), -1) {
		passwords[m[1]] = m[2]
	}
	if len(passwords) != 3 {
		t.Fatalf("no three accounts in:\n%s", &out)
	}
	return passwords
}

// onTarget is the configuration of a platform on one engine.
func onTarget(t *testing.T, target string) Config {
	t.Helper()
	conf := Config{Data: t.TempDir(), passwordCost: bcrypt.MinCost}
	if sqldb.IsURL(target) {
		conf.Database = target
	}
	return conf
}

// TestAnEmptyPlatformIsBegunByItsTechnician starts with nothing and goes, over
// the public API alone, to an item that a citizen reads.
func TestAnEmptyPlatformIsBegunByItsTechnician(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		conf := onTarget(t, target)
		passwords := setUp(t, conf, "--organisation", "bureau")
		if err := SetUp(t.Context(), []string{"--data", conf.Data, "--database", conf.Database, "--name", "另一家", "--region", "330100"}, &bytes.Buffer{}); err == nil {
			t.Error("a platform was set up twice")
		}
		a := api{t, run(t, conf)}
		if status, _ := a.do(http.MethodPost, "/staff/sessions", "", map[string]string{"account": "system", "password": "demo1234", "code": demoCode}, nil); status != http.StatusUnauthorized {
			t.Errorf("the demo's password: %d", status)
		}
		system, security := a.firstSignIn("system", passwords["system"]), a.firstSignIn("security", passwords["security"])
		if _, p := a.do(http.MethodPost, "/staff/sessions", "", map[string]string{"account": "system", "password": passwords["system"]}, nil); p.Code != "identity.wrong-login" {
			t.Errorf("a password for one sign-in was taken again: %+v", p)
		}
		for id, name := range map[string]string{"market": "东湖区市场监督管理局", "justice": "东湖区司法局"} {
			body := map[string]string{"parent": "bureau", "name": name, "region": "330102"}
			if id == "market" {
				body["code"] = "11330102MB0000014K"
			}
			a.must(http.MethodPut, "/organisations/"+id, system, body, nil)
		}
		tokens := map[string]string{}
		for account, of := range map[string][3]string{
			"lead": {"bureau", "330100", "item-editor"}, "second": {"bureau", "330100", "item-reviewer"},
			"editor": {"market", "330102", "item-editor"}, "legal": {"market", "330102", "item-reviewer"}, "gov": {"justice", "330102", "item-reviewer"},
		} {
			var made struct{ Password string }
			a.must(http.MethodPost, "/staff", security, map[string]any{"account": account, "name": "某某", "organisation": of[0], "region": of[1], "roles": []string{of[2]}}, &made)
			tokens[account] = a.firstSignIn(account, made.Password)
		}
		publishItem(a, tokens)
	})
}

// publishItem takes the example of the demo city through its reviews.
func publishItem(a api, tokens map[string]string) {
	a.t.Helper()
	f, err := os.Open("../internal/demo/content/business-licence.yaml")
	if err != nil {
		a.t.Fatal(err)
	}
	defer f.Close()
	data, err := item.ReadData(f)
	if err != nil {
		a.t.Fatal(err)
	}
	entry, it := data.Catalogue[0], data.Items[0]
	if status, p := a.do(http.MethodPost, "/catalogue", tokens["editor"], entry, nil); status != http.StatusForbidden {
		a.t.Errorf("a department proposes to the catalogue: %d %+v", status, p)
	}
	a.must(http.MethodPost, "/catalogue", tokens["lead"], entry, nil)
	a.must(http.MethodPost, "/catalogue/"+entry.BasicCode+"/reviews", tokens["second"], map[string]bool{"pass": true}, nil)
	var work struct {
		ID      string
		Edition int
		Gaps    []struct{ Field, Reason string }
	}
	a.must(http.MethodPost, "/item-drafts", tokens["editor"], it, &work)
	if len(work.Gaps) > 0 {
		a.t.Fatalf("the example isn't complete: %+v", work.Gaps)
	}
	a.must(http.MethodPost, "/item-drafts/"+work.ID+"/submission", tokens["editor"], map[string]int{"edition": work.Edition}, &work)
	for _, reviewer := range []string{"legal", "gov", "second"} {
		a.must(http.MethodPost, "/item-drafts/"+work.ID+"/reviews", tokens[reviewer], map[string]any{"edition": work.Edition, "pass": true}, nil)
	}
	var page []byte
	if status := call(a.t, http.MethodGet, a.base+"/items/"+work.ID, "", nil, &page); status != http.StatusOK || !strings.Contains(string(page), "营业执照设立登记") {
		a.t.Errorf("a citizen reads the item: %d", status)
	}
}

func TestSetUpRefusesWhatItCantBegin(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"nobody":            {"--region", "330100"},
		"no region":         {"--name", "东湖市"},
		"a region in words": {"--name", "东湖市", "--region", "东湖"},
		"a short region":    {"--name", "东湖市", "--region", "33"},
		"a name of one":     {"--name", "东", "--region", "330100"},
		"a name in lines":   {"--name", "东湖\n市", "--region", "330100"},
		"an id in words":    {"--name", "东湖市", "--region", "330100", "--organisation", "a'; DROP TABLE staff"},
		"one word too many": {"--name", "东湖市", "--region", "330100", "now"},
		"another database":  {"--name", "东湖市", "--region", "330100", "--database", "mysql://x"},
	} {
		if err := SetUp(t.Context(), append([]string{"--data", dir}, args...), &bytes.Buffer{}); err == nil {
			t.Errorf("%s: it was set up", name)
		}
	}
	lock, err := datalock.Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := SetUp(t.Context(), []string{"--data", dir, "--name", "东湖市", "--region", "330100"}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "stop the platform") {
		t.Errorf("beside a running platform: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if passwords := setUp(t, Config{Data: dir}); passwords["security"] == "" {
		t.Error("it can't be set up after what was refused")
	}
}

// TestTheTechnicianLetsAnAdministratorInAgain resets an account at the machine
// while the platform runs.
func TestTheTechnicianLetsAnAdministratorInAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		conf := onTarget(t, target)
		passwords := setUp(t, conf)
		a := api{t, run(t, conf)}
		before := a.firstSignIn("security", passwords["security"])
		var out bytes.Buffer
		args := []string{"--data", conf.Data, "--database", conf.Database, "--account"}
		if err := Reset(t.Context(), append(args, "nobody"), &out); err == nil {
			t.Error("an account that isn't there was reset")
		}
		if err := Reset(t.Context(), append(args, "Security"), &out); err != nil {
			t.Fatal(err)
		}
		if status, _ := a.do(http.MethodGet, "/staff", before, nil, nil); status != http.StatusUnauthorized {
			t.Errorf("the old session goes on: %d", status)
		}
		password := regexp.MustCompile(`一次性密码 (\w+)`).FindStringSubmatch(out.String())
		if password == nil {
			t.Fatalf("no password in %s", &out)
		}
		after := a.firstSignIn("security", password[1])
		a.must(http.MethodGet, "/staff", after, nil, nil)
	})
	if err := Reset(t.Context(), []string{"--data", filepath.Join(t.TempDir(), "none"), "--account", "security"}, &bytes.Buffer{}); err == nil {
		t.Error("a platform that isn't there was reset")
	}
}
