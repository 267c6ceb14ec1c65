package relay_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/hall-server/internal/relay"
	"smarthall/internal/problem"
)

// city is a platform that lets in whoever bears a token it gave out.
type city struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
	heard  []string // requests: method, path, who
	bodies []string
	given  int // tokens so far
	refuse int // status of every answer, 0 for none
}

func newCity(t *testing.T) *city {
	t.Helper()
	c := &city{}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	return c
}

func (c *city) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, r.Method+" "+r.URL.RequestURI())
	c.bodies = append(c.bodies, string(body))
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case c.refuse > 0:
		problem.New(c.refuse, "identity.unregistered", "您还没有注册实名账号").Write(w)
	case r.URL.Path == "/api/v1/halls/sessions":
		if user, password, _ := r.BasicAuth(); user != "east" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		token := "token-" + string(rune('a'+c.given))
		c.given++
		c.tokens = append(c.tokens, token)
		w.Header().Set("Set-Cookie", "session=leak")
		_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "until": time.Now().Add(time.Hour), "name": "周*", "phone": "139****0017"})
	case !slices.Contains(c.tokens, token):
		problem.New(http.StatusUnauthorized, "identity.session", "登录已过期").Write(w)
	case r.Method == http.MethodDelete && r.URL.Path == "/api/v1/sessions/current":
		c.tokens = slices.DeleteFunc(c.tokens, func(s string) bool { return s == token })
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/api/v1/files":
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "f1", "name": r.URL.Query().Get("name"), "type": r.Header.Get("Content-Type"), "size": len(body)})
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "session=leak")
		_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "headers": r.Header})
	}
}

func (c *city) live() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.tokens)
}

// hall is the visits of a hall, running, with a clock of the test's.
type hall struct {
	*relay.Service
	t    *testing.T
	mu   sync.Mutex
	now  time.Time
	stop func()
}

func newHall(t *testing.T, platform string) *hall {
	t.Helper()
	h := &hall{t: t, now: time.Now()}
	var err error
	h.Service, err = relay.New(relay.Config{Platform: platform, Hall: "east", Token: "secret", Log: slog.New(slog.DiscardHandler), Now: func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.now
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = h.Run(ctx) }()
	h.stop = func() { cancel(); <-done }
	t.Cleanup(h.stop)
	return h
}

func (h *hall) begin(kiosk, id string) relay.View {
	h.t.Helper()
	v, err := h.Begin(h.t.Context(), kiosk, id, relay.Person{Name: "周样例", Number: "110000197903080003"})
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

func (h *hall) pass(kiosk, id, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(h.t.Context(), method, "/x?q=1", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Cookie", "a=b")
	r.Header.Set("Origin", "http://kiosk")
	r.Header.Set("Authorization", "Bearer agent")
	h.Pass(w, r, kiosk, id, path)
	return w
}

// eventually waits until is holds.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func code(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var p problem.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return p.Code
}

func TestAVisitPassesOnWhatAnApplicationNeedsAndNothingOfTheBrowser(t *testing.T) {
	c := newCity(t)
	h := newHall(t, c.URL)
	if v := h.begin("kiosk-1", "one"); v.Name != "周*" || v.Pages != c.URL {
		t.Errorf("got %+v", v)
	}
	w := h.pass("kiosk-1", "one", "PUT", "cases/c1/values", `{"values":{}}`)
	var got struct {
		Token   string
		Headers http.Header
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got.Token != "token-a" || got.Headers.Get("Cookie")+got.Headers.Get("Origin") != "" {
		t.Errorf("the platform heard %+v", got)
	}
	if w.Header().Get("Set-Cookie") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the kiosk got %v", w.Header())
	}
	if last := c.heard[len(c.heard)-1]; last != "PUT /api/v1/cases/c1/values?q=1" {
		t.Errorf("asked %s", last)
	}
}

func TestOperationsThatAKioskMayNotAskFor(t *testing.T) {
	c := newCity(t)
	h := newHall(t, c.URL)
	h.begin("kiosk-1", "one")
	asked := len(c.heard)
	for _, op := range []string{
		"PUT me/phone", "PUT me/password", "POST sessions", "GET me", "DELETE cases/c1", "POST cases/c1/withdraw", "GET acceptance/cases/c1", "POST halls/sessions",
		"GET cases/../acceptance/cases/c1", "GET cases/c1/files/a/b", "GET ", "GET cases/c1/%2e%2e",
	} {
		method, path, _ := strings.Cut(op, " ")
		if w := h.pass("kiosk-1", "one", method, path, ""); w.Code != http.StatusForbidden && w.Code < 300 {
			t.Errorf("%s: %d %s", op, w.Code, w.Body)
		}
	}
	for _, heard := range c.heard[asked:] {
		if strings.Contains(heard, "acceptance") || strings.Contains(heard, "/me/") {
			t.Errorf("the platform heard %s", heard)
		}
	}
}

func TestTheNextCardEndsTheVisitAndGivesItsSessionUp(t *testing.T) {
	c := newCity(t)
	h := newHall(t, c.URL)
	h.begin("kiosk-1", "one")
	h.begin("kiosk-2", "two")
	h.begin("kiosk-1", "three")
	eventually(t, "the first session is given up", func() bool { return slices.Equal(c.live(), []string{"token-b", "token-c"}) })
	if w := h.pass("kiosk-1", "one", "GET", "me/cases", ""); w.Code != http.StatusGone || code(t, w) != "terminal.over" {
		t.Errorf("the visit before goes on: %d %s", w.Code, w.Body)
	}
	if w := h.pass("kiosk-2", "three", "GET", "me/cases", ""); w.Code != http.StatusGone {
		t.Errorf("another kiosk uses the visit: %d", w.Code)
	}
	h.End("kiosk-1", "one") // late: it ended before
	if err := h.Has("kiosk-1", "three"); err != nil {
		t.Errorf("an end that came late ended the next visit: %v", err)
	}
	h.End("kiosk-1", "three")
	h.End("kiosk-2", "two")
	eventually(t, "all sessions are given up", func() bool { return len(c.live()) == 0 })
}

func TestAVisitThatNobodyHearsOfIsOver(t *testing.T) {
	c := newCity(t)
	h := newHall(t, c.URL)
	h.begin("kiosk-1", "one")
	h.mu.Lock()
	h.now = h.now.Add(11 * time.Minute)
	h.mu.Unlock()
	if err := h.Has("kiosk-1", "one"); err == nil {
		t.Error("it goes on")
	}
}

func TestAHallThatStopsGivesItsVisitsUp(t *testing.T) {
	c := newCity(t)
	h := newHall(t, c.URL)
	h.begin("kiosk-1", "one")
	h.stop()
	if live := c.live(); len(live) > 0 {
		t.Errorf("%v are left", live)
	}
}

func TestPicturesOfAPhoneBelongToTheVisit(t *testing.T) {
	c := newCity(t)
	h := newHall(t, c.URL)
	h.begin("kiosk-1", "one")
	if err := h.Upload(t.Context(), "kiosk-1", "one", "照片.jpg", "image/jpeg", []byte("jpeg")); err != nil {
		t.Fatal(err)
	}
	files, err := h.Files("kiosk-1", "one")
	if err != nil || len(files) != 1 || files[0] != (relay.File{ID: "f1", Name: "照片.jpg", Type: "image/jpeg", Size: 4}) {
		t.Errorf("got %+v, %v", files, err)
	}
	h.begin("kiosk-1", "two")
	if files, err := h.Files("kiosk-1", "two"); err != nil || len(files) != 0 {
		t.Errorf("the next person has %+v, %v", files, err)
	}
	if err := h.Upload(t.Context(), "kiosk-1", "one", "late.jpg", "image/jpeg", []byte("jpeg")); err == nil {
		t.Error("a picture came for a person who has gone")
	}
}

func TestWhyAVisitCantBegin(t *testing.T) {
	c := newCity(t)
	tests := []struct {
		name     string
		platform string
		refuse   int
		want     string
	}{
		{"no platform", "", 0, "terminal.none"},
		{"the platform away", "http://127.0.0.1:1", 0, "terminal.away"},
		{"not registered", c.URL, http.StatusNotFound, "identity.unregistered"},
		{"the hall's own token wrong", c.URL, http.StatusUnauthorized, "terminal.away"},
		{"the platform broken", c.URL, http.StatusInternalServerError, "terminal.away"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c.refuse = tt.refuse
			h := newHall(t, tt.platform)
			_, err := h.Begin(t.Context(), "kiosk-1", "one", relay.Person{})
			var p *problem.Problem
			if !errors.As(err, &p) || p.Code != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if err := h.Has("kiosk-1", "one"); err == nil {
				t.Error("there is a visit")
			}
		})
	}
}

func TestARequestThatIsTooLargeIsRefused(t *testing.T) {
	c := newCity(t)
	h := newHall(t, c.URL)
	h.begin("kiosk-1", "one")
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/x", io.LimitReader(zeros{}, 22<<20))
	h.Pass(w, r, "kiosk-1", "one", "files")
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
