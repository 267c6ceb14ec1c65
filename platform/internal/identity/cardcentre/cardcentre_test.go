package cardcentre_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity/cardcentre"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

const (
	herName   = "周敏"
	herNumber = "330100195501011002"
	secret    = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
)

// city is a platform with a card centre, its clock under the test's control.
type city struct {
	*cardcentre.Service
	log bytes.Buffer
	st  *store.Store

	mu  sync.Mutex
	now time.Time
}

func (c *city) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *city) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t *testing.T, target string, centre cardcentre.Centre) *city {
	t.Helper()
	c := &city{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	log := slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: c.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	trail, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c.st = st
	if c.Service, err = cardcentre.Open(t.Context(), cardcentre.Config{Store: st, Keys: k, Audit: trail, Centre: centre, Log: log}); err != nil {
		t.Fatal(err)
	}
	return c
}

// ask asks as a machine of the hall "east" does.
func (c *city) ask(t *testing.T, machine, code string) (cardcentre.Person, string) {
	t.Helper()
	body, err := json.Marshal(cardcentre.Code{Code: code})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Asked(access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "east"}), machine, body)
	if f := fault.Of(err); f != nil {
		if !strings.Contains(f.Detail, "身份证") {
			t.Errorf("%s says no other way: %s", f.Code, f.Detail)
		}
		return cardcentre.Person{}, f.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	p, ok := got.(cardcentre.Person)
	if !ok {
		t.Fatalf("answered %T", got)
	}
	return p, ""
}

func TestACodeNamesItsHolderOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target, cardcentre.Demo{})
		if p, code := c.ask(t, "kiosk-1", " DHM1202611230001\n"); code != "" || p.Name != herName || p.IDNumber != herNumber {
			t.Errorf("got %+v, %s", p, code)
		}
		for _, machine := range []string{"kiosk-1", "counter-1"} {
			if _, code := c.ask(t, machine, "DHM1202611230001"); code != "card.used" {
				t.Errorf("again at %s: %s", machine, code)
			}
		}
		if p, code := c.ask(t, "kiosk-1", "DHM2202611230001"); code != "" || p.Name != "张倩" {
			t.Errorf("another: %+v, %s", p, code)
		}
		c.pass(25 * time.Hour)
		if _, code := c.ask(t, "kiosk-1", "DHM1202611230002"); code != "" {
			t.Errorf("the next day: %s", code)
		}
		var n int
		if err := c.st.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM card_code_used`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d used codes are kept, %v", n, err)
		}
		if s := c.log.String(); strings.Contains(s, "DHM") || strings.Contains(s, herName) || strings.Contains(s, herNumber) {
			t.Errorf("the log tells of people:\n%s", s)
		}
	})
}

func TestOfTwoWhoShowTheSameCodeOneIsTaken(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target, cardcentre.Demo{})
		const shown = 6
		taken := make(chan string, shown)
		for i := range shown {
			go func() {
				_, code := c.ask(t, fmt.Sprintf("kiosk-%d", i), "DHM1202611230009")
				taken <- code
			}()
		}
		good := 0
		for range shown {
			switch code := <-taken; code {
			case "":
				good++
			case "card.used":
			default:
				t.Errorf("refused with %s", code)
			}
		}
		if good != 1 {
			t.Errorf("%d were taken", good)
		}
	})
}

func TestAMachineThatTriesCodesIsSlowed(t *testing.T) {
	c := open(t, sqldbtest.File(t), cardcentre.Demo{})
	limited := 0
	for i := range 30 {
		switch _, code := c.ask(t, "kiosk-1", fmt.Sprintf("GUESS%06d", i)); code {
		case "card.limit":
			limited++
		case "card.unknown":
		default:
			t.Fatalf("answered %q", code)
		}
	}
	if limited != 20 {
		t.Errorf("%d of 30 were refused for their number", limited)
	}
	if _, code := c.ask(t, "kiosk-2", "DHM1202611230001"); code != "" {
		t.Errorf("another machine: %s", code)
	}
	c.pass(time.Minute)
	if _, code := c.ask(t, "kiosk-1", "DHM1202611230002"); code != "" {
		t.Errorf("a minute later: %s", code)
	}
}

func TestWhatIsNoCodeIsAskedOfNobody(t *testing.T) {
	c := open(t, sqldbtest.File(t), centreFunc(func(context.Context, cardcentre.Question) (cardcentre.Holder, error) {
		t.Error("the centre was asked")
		return cardcentre.Holder{}, nil
	}))
	for _, code := range []string{"", "  ", strings.Repeat("9", 513), "a\x00b", "a\nb"} {
		if _, got := c.ask(t, "kiosk-1", code); got != "card.unknown" {
			t.Errorf("%q: %s", code, got)
		}
	}
	if _, got := c.ask(t, strings.Repeat("k", 65), "DHM1202611230001"); got != "card.unknown" {
		t.Errorf("a machine's long name: %s", got)
	}
	if _, err := c.Asked(t.Context(), "kiosk-1", json.RawMessage(`{"code":`)); !errors.Is(err, cardcentre.ErrUnknown) {
		t.Errorf("broken JSON: %v", err)
	}
	none := open(t, sqldbtest.File(t), nil)
	if _, got := none.ask(t, "kiosk-1", "DHM1202611230001"); got != "card.away" {
		t.Errorf("a city without a card centre: %s", got)
	}
}

type centreFunc func(context.Context, cardcentre.Question) (cardcentre.Holder, error)

func (centreFunc) Name() string { return "市民卡中心" }

func (f centreFunc) Resolve(ctx context.Context, q cardcentre.Question) (cardcentre.Holder, error) {
	return f(ctx, q)
}

// load writes settings with a secret beside them and loads them.
func load(t *testing.T, settings string) (cardcentre.Centre, error) {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{"cardcentre.yaml": settings, "secret": secret} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cardcentre.Load(filepath.Join(dir, "cardcentre.yaml"))
}

func TestACentreThatLiesOrHangsNamesNobody(t *testing.T) {
	good, err := json.Marshal(cardcentre.Holder{Name: herName, Number: herNumber})
	if err != nil {
		t.Fatal(err)
	}
	holder := func(name, number string) string {
		return fmt.Sprintf(`{"name":%q,"number":%q}`, name, number)
	}
	for _, tt := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"the truth", "", say(200, string(good))},
		{"an unknown code", "card.unknown", say(404, "")},
		{"a code that is over", "card.unknown", say(410, "")},
		{"no leave", "card.away", say(401, string(good))},
		{"an error with a holder", "card.away", say(500, string(good))},
		{"elsewhere", "card.away", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/", http.StatusFound)
		}},
		{"a page", "card.away", say(200, "<html>")},
		{"nothing", "card.away", say(200, "")},
		{"nobody", "card.away", say(200, "{}")},
		{"a wrong check digit", "card.away", say(200, holder(herName, "330100195501011003"))},
		{"no number", "card.away", say(200, holder(herName, ""))},
		{"script for a name", "card.away", say(200, holder("<script>alert(1)</script>", herNumber))},
		{"a name that turns the line around", "card.away", say(200, holder("周\u202e敏", herNumber))},
		{"a novel for a name", "card.away", say(200, holder(strings.Repeat("周", 61), herNumber))},
		{"too much", "card.away", say(200, `{"name":"`+strings.Repeat("x", 1<<20)+`"}`)},
		{"a byte now and then", "card.away", drip},
		{"silence", "card.away", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(signed(t, tt.answer))
			defer server.Close()
			timeout := "4s"
			if tt.name == "silence" || tt.name == "a byte now and then" {
				timeout = "400ms"
			}
			centre, err := load(t, `{name: 市民卡中心, url: "`+server.URL+`", secretFile: secret, timeout: `+timeout+`}`)
			if err != nil {
				t.Fatal(err)
			}
			c := open(t, sqldbtest.File(t), centre)
			begun := time.Now()
			p, code := c.ask(t, "kiosk-1", "CODE-OF-HERS")
			if code != tt.want || (tt.want == "") != (p.IDNumber == herNumber) {
				t.Errorf("got %+v, %q", p, code)
			}
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
			if s := c.log.String(); strings.Contains(s, "CODE-OF-HERS") || strings.Contains(s, herName) || strings.Contains(s, herNumber) {
				t.Errorf("the log tells of people:\n%s", s)
			}
		})
	}
}

func say(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.Context().Done():
		}
	}
}

// signed checks what the centre is asked.
func signed(t *testing.T, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var q cardcentre.Question
		if err != nil || json.Unmarshal(body, &q) != nil || q != (cardcentre.Question{Code: "CODE-OF-HERS", Hall: "east", Machine: "kiosk-1"}) ||
			!strings.HasPrefix(r.Header.Get("Webhook-Signature"), "v1,") {
			t.Errorf("asked %s with %v, %v", body, r.Header, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(nil))
		next(w, r)
	}
}

func TestSettingsThatWouldSendPeoplesDataAnywhereAreRefused(t *testing.T) {
	for name, settings := range map[string]string{
		"in clear":         `{name: a, url: "http://10.0.0.1/", secretFile: secret}`,
		"no address":       `{name: a, url: "card", secretFile: secret}`,
		"a password in it": `{name: a, url: "https://u:p@card.example/", secretFile: secret}`,
		"no secret":        `{name: a, url: "https://card.example/"}`,
		"no such secret":   `{name: a, url: "https://card.example/", secretFile: none}`,
		"no name":          `{url: "https://card.example/", secretFile: secret}`,
		"too patient":      `{name: a, url: "https://card.example/", secretFile: secret, timeout: 1m}`,
		"another member":   `{name: a, url: "https://card.example/", secretFile: secret, secrt: x}`,
	} {
		if c, err := load(t, settings); err == nil || c != nil {
			t.Errorf("%s: nothing is said", name)
		}
	}
	if c, err := cardcentre.Load(filepath.Join(t.TempDir(), "none.yaml")); c != nil || err != nil {
		t.Errorf("a city without one: %v, %v", c, err)
	}
}
