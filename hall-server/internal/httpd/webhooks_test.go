package httpd_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/hall-server/internal/httpd"
	"smarthall/hall-server/internal/webhook"
	"smarthall/internal/testkit"
)

// told is a system that keeps what it is told.
type told struct {
	*httptest.Server
	mu       sync.Mutex
	status   int // of its answers
	requests []*http.Request
	bodies   [][]byte
}

func newTold(t *testing.T) *told {
	t.Helper()
	r := &told{status: http.StatusOK}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP implements http.Handler.
func (r *told) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status == http.StatusOK {
		r.requests, r.bodies = append(r.requests, req), append(r.bodies, body)
	}
	w.WriteHeader(r.status)
}

func (r *told) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// events decodes what was taken so far.
func (r *told) events(t *testing.T) []webhook.Event {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]webhook.Event, len(r.bodies))
	for i, body := range r.bodies {
		if err := json.Unmarshal(body, &out[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func types(events []webhook.Event) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.Type
	}
	return out
}

// webhook is how the only webhook fares.
func (f *fixture) webhook() httpd.WebhookView {
	f.Helper()
	var list struct{ Webhooks []httpd.WebhookView }
	f.must(http.StatusOK, "GET", api+"/webhooks", nil, &list)
	if len(list.Webhooks) != 1 {
		f.Fatalf("got %d webhooks, want 1", len(list.Webhooks))
	}
	return list.Webhooks[0]
}

func TestAVisitIsToldAcrossARestart(t *testing.T) {
	data := t.TempDir()
	f := newFixture(t, testkit.Data(data))
	r := newTold(t)
	before := f.take()
	var hook httpd.WebhookView
	f.must(http.StatusCreated, "POST", api+"/webhooks", map[string]any{"url": r.URL}, &hook)
	secret, err := webhook.ParseSecret(hook.Secret)
	if err != nil || hook.State != "active" || hook.By != "manager:manager" || hook.Pending != 0 {
		t.Fatalf("got %+v, %v", hook, err)
	}
	id := f.ticket("finished")
	testkit.WaitFor(t, "the visit is told", func() bool { return len(r.events(t)) == 5 })
	r.answer(http.StatusServiceUnavailable)
	f.must(http.StatusOK, "POST", api+"/tickets/"+id+"/rate", map[string]any{"score": 5}, nil)
	testkit.WaitFor(t, "the rating has failed", func() bool { return f.webhook().State == "retrying" })
	got := f.webhook()
	if got.LastError == nil || got.LastError.Code != "webhook.status" || !strings.Contains(got.LastError.Detail, "503") || got.Pending != 1 || got.NextTry == nil {
		t.Errorf("got %+v", got)
	}
	f.hall.Stop()
	r.answer(http.StatusOK)
	f = newFixture(t, testkit.Data(data), testkit.Clock(testkit.Opening.Add(time.Hour)))
	testkit.WaitFor(t, "the rating is told", func() bool { return len(r.events(t)) == 6 })

	events := r.events(t)
	want := []string{"ticket.taken", "window.signedIn", "ticket.called", "service.started", "service.finished", "service.rated"}
	if got := types(events); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	states := []string{"waiting", "", "called", "serving", "finished", "finished"}
	for i, e := range events {
		if states[i] == "" {
			if e.Window == nil || e.Window.ID != "4" || e.Window.Staff != "li" {
				t.Errorf("%s: got window %+v", e.Type, e.Window)
			}
			continue
		}
		if e.Ticket == nil || e.Ticket.ID != id || e.Ticket.ID == before || e.Ticket.State != states[i] || e.Day != "2026-11-23" {
			t.Errorf("%s: got %+v", e.Type, e.Ticket)
		}
	}
	if events[2].Reason == nil || events[5].Ticket.Score != 5 {
		t.Errorf("got %+v, %+v", events[2], events[5].Ticket)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, req := range r.requests {
		sent, err := strconv.ParseInt(req.Header.Get(webhook.HeaderTimestamp), 10, 64)
		want := secret.Sign(req.Header.Get(webhook.HeaderID), time.Unix(sent, 0), r.bodies[i])
		if got := req.Header.Get(webhook.HeaderSignature); err != nil || got != want {
			t.Errorf("request %d: got signature %s, want %s, %v", i, got, want, err)
		}
	}
	if a := f.as(manager, "DELETE", api+"/webhooks/"+hook.ID, nil); a.Status != http.StatusNoContent {
		t.Errorf("remove: got %d %s", a.Status, a.Body)
	}
	if a := f.as(manager, "DELETE", api+"/webhooks/"+hook.ID, nil); a.Status != http.StatusNotFound || f.problem(a).Code != "webhook.unknown" {
		t.Errorf("remove again: got %d %s", a.Status, a.Body)
	}
}

func TestAWebhooksSecretIsShownOnce(t *testing.T) {
	f := newFixture(t)
	body := map[string]any{"url": "http://10.0.0.9/hall", "events": []string{"ticket.called"}}
	request := testkit.Request{
		Method: "POST", Path: api + "/webhooks", Token: f.tokens[manager], Body: body, Header: http.Header{"Idempotency-Key": {"w1"}},
	}
	var first, again httpd.WebhookView
	f.hall.Must(http.StatusCreated, request, &first)
	a := f.hall.Must(http.StatusCreated, request, &again)
	if a.Header.Get("Idempotency-Replayed") != "true" || again.ID != first.ID || again.Secret != first.Secret {
		t.Errorf("a retry got %+v, want %+v", again, first)
	}
	if got := f.webhook(); got.Secret != "" || got.ID != first.ID || !slices.Equal(got.Events, []string{"ticket.called"}) {
		t.Errorf("got %+v", got)
	}
	var resumed httpd.WebhookView
	f.must(http.StatusOK, "POST", api+"/webhooks/"+first.ID+"/resume", nil, &resumed)
	if resumed.Secret != "" || resumed.ID != first.ID {
		t.Errorf("got %+v", resumed)
	}
	request.Body = map[string]any{"url": "http://10.0.0.10/hall"}
	if a := f.hall.Do(request); a.Status != http.StatusConflict || f.problem(a).Code != "key.reused" {
		t.Errorf("got %d %s", a.Status, a.Body)
	}
}

func TestWebhooksThatAreRefused(t *testing.T) {
	f := newFixture(t)
	for _, tt := range []struct {
		name string
		body any
		code string
	}{
		{"no URL", map[string]any{}, "request.invalid"},
		{"another scheme", map[string]any{"url": "ftp://10.0.0.1/"}, "webhook.url-invalid"},
		{"metadata", map[string]any{"url": "http://169.254.169.254/x"}, "webhook.address"},
		{"a mistyped event", map[string]any{"url": "http://10.0.0.1/", "events": []string{"ticket.caled"}}, "webhook.event-unknown"},
		{"a weak secret", map[string]any{"url": "http://10.0.0.1/", "secret": "password"}, "webhook.secret-invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fixture{T: t, hall: f.hall, tokens: f.tokens}
			a := f.as(manager, "POST", api+"/webhooks", tt.body)
			if p := f.problem(a); a.Status != http.StatusUnprocessableEntity || p.Code != tt.code || strings.Contains(p.Detail, p.Code) {
				t.Errorf("got %d %s", a.Status, a.Body)
			}
		})
	}
}

func TestWebhooksAreForManagers(t *testing.T) {
	f := newFixture(t)
	r := newTold(t)
	var hook httpd.WebhookView
	f.must(http.StatusCreated, "POST", api+"/webhooks", map[string]any{"url": r.URL}, &hook)
	for _, route := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"POST", "/webhooks", map[string]any{"url": r.URL}, http.StatusCreated},
		{"GET", "/webhooks", nil, http.StatusOK},
		{"POST", "/webhooks/" + hook.ID + "/test", nil, http.StatusOK},
		{"POST", "/webhooks/" + hook.ID + "/resume", nil, http.StatusOK},
		{"DELETE", "/webhooks/nobody", nil, http.StatusNotFound},
	} {
		for _, who := range everybody {
			want := http.StatusForbidden
			switch who {
			case guest:
				want = http.StatusUnauthorized
			case manager, admin:
				want = route.want
			}
			a := f.as(who, route.method, api+route.path, route.body)
			if a.Status != want {
				t.Errorf("%s %s as %s: got %d, want %d: %s", route.method, route.path, who, a.Status, want, a.Body)
			}
			if want == http.StatusForbidden || want == http.StatusUnauthorized {
				f.wantRefusal(a)
			}
		}
	}
}

func TestATestedWebhookSaysWhatCameOfIt(t *testing.T) {
	f := newFixture(t)
	r := newTold(t)
	var hook httpd.WebhookView
	f.must(http.StatusCreated, "POST", api+"/webhooks", map[string]any{"url": r.URL, "events": []string{"day.ended"}}, &hook)
	var got httpd.WebhookAttempt
	f.must(http.StatusOK, "POST", api+"/webhooks/"+hook.ID+"/test", nil, &got)
	if !got.OK || got.Status != http.StatusOK || got.Code != "" || got.Detail != "" {
		t.Errorf("got %+v", got)
	}
	if events := r.events(t); len(events) != 1 || events[0].Type != webhook.TypeTest {
		t.Errorf("got %+v", events)
	}
	r.answer(http.StatusTeapot)
	f.must(http.StatusOK, "POST", api+"/webhooks/"+hook.ID+"/test", nil, &got)
	if got.OK || got.Status != http.StatusTeapot || got.Code != "webhook.status" || got.Detail != "对方没有接收（HTTP 418）" {
		t.Errorf("got %+v", got)
	}
}
