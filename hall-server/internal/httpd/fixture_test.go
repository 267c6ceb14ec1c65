package httpd_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The embedded server forgets a stream that is made while it shuts down,
		// and its clock then.
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"))
}

const api = "/api/v1"

// The people and programs that ask.
const (
	guest   = "guest"
	kiosk   = "kiosk"
	display = "display"
	clerk   = "clerk of window 4"
	other   = "clerk of window 1"
	manager = "manager"
	admin   = "admin"
)

// everybody who asks, in the order of the tables.
var everybody = []string{guest, kiosk, display, clerk, other, manager, admin}

// fixture is a hall and the tokens of everybody.
type fixture struct {
	*testing.T
	hall   *testkit.Running
	tokens map[string]string
}

// newFixture starts the demo hall, but one whose tickets may be recalled at
// once.
func newFixture(t *testing.T, opts ...testkit.Option) *fixture {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hall.yaml")
	text := bytes.Replace(hall.Demo, []byte("recall_pause: 10s"), []byte("recall_pause: 0s"), 1)
	if bytes.Equal(text, hall.Demo) {
		t.Fatal("the demo hall has no recall_pause of 10s")
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	h := testkit.Hall(t, append([]testkit.Option{testkit.File(file)}, opts...)...)
	return &fixture{T: t, hall: h, tokens: map[string]string{
		guest: "", kiosk: h.Token("kiosk", "", "kiosk-1"), display: h.Token("display", "", "display-1"),
		clerk: h.Token("clerk", "4", "li"), other: h.Token("clerk", "1", "wang"),
		manager: h.Token("manager", "", "manager"), admin: h.Token("admin", "", "admin"),
	}}
}

// as sends a request with somebody's token.
func (f *fixture) as(who, method, path string, body any) testkit.Answer {
	f.Helper()
	return f.hall.Do(testkit.Request{Method: method, Path: path, Token: f.tokens[who], Body: body})
}

// must is as for a manager's request that has to succeed; out may be nil.
func (f *fixture) must(status int, method, path string, body, out any) testkit.Answer {
	f.Helper()
	return f.hall.Must(status, testkit.Request{Method: method, Path: path, Token: f.tokens[manager], Body: body}, out)
}

// records is how many records the log has: as long as it stays, the state does.
func (f *fixture) records() string {
	f.Helper()
	metrics := f.hall.Do(testkit.Request{Method: "GET", Path: "/metrics"})
	for line := range strings.Lines(metrics.Body) {
		if rest, ok := strings.CutPrefix(line, "smarthall_log_records_total "); ok {
			return strings.TrimSpace(rest)
		}
	}
	f.Fatalf("no smarthall_log_records_total in %s", metrics.Body)
	return ""
}

// problem reads a problem document.
func (f *fixture) problem(a testkit.Answer) link.Problem {
	f.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		f.Errorf("got content type %q of %s, want application/problem+json", got, a.Body)
	}
	var p link.Problem
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil {
		f.Errorf("%v in %s", err, a.Body)
	}
	if p.Status != a.Status || p.Code == "" || p.Detail == "" {
		f.Errorf("got status %d with %s", a.Status, a.Body)
	}
	return p
}

// take takes a ticket for the service of window 4.
func (f *fixture) take() string {
	f.Helper()
	var t link.TicketView
	f.must(http.StatusCreated, "POST", api+"/tickets", map[string]any{"service": "tax", "channel": "phone"}, &t)
	return t.ID
}

// ticket makes a ticket in state, at window 4 if it is at one.
func (f *fixture) ticket(state string) string {
	f.Helper()
	id := f.take()
	if state == "waiting" {
		return id
	}
	f.open()
	f.must(http.StatusOK, "POST", api+"/windows/4/call", map[string]any{"ticket": id}, nil)
	for _, step := range []struct{ verb, state string }{{"arrive", "serving"}, {"finish", "finished"}} {
		if state == "called" {
			return id
		}
		f.must(http.StatusOK, "POST", api+"/tickets/"+id+"/"+step.verb, nil, nil)
		if state == step.state {
			return id
		}
	}
	f.Fatalf("no way to state %q", state)
	return ""
}

// open signs li in at window 4.
func (f *fixture) open() {
	f.Helper()
	f.must(http.StatusOK, "POST", api+"/windows/4/sign-in", map[string]any{"staff": "li"}, nil)
}

// settle ends what a scenario left: nobody waits and window 4 is closed.
func (f *fixture) settle() {
	f.Helper()
	var list struct{ Tickets []link.TicketView }
	f.must(http.StatusOK, "GET", api+"/tickets", nil, &list)
	for _, t := range list.Tickets {
		switch t.State {
		case "called":
			f.must(http.StatusOK, "POST", api+"/tickets/"+t.ID+"/no-show", nil, nil)
		case "serving":
			f.must(http.StatusOK, "POST", api+"/tickets/"+t.ID+"/finish", nil, nil)
		case "waiting":
			f.must(http.StatusOK, "POST", api+"/tickets/"+t.ID+"/cancel", nil, nil)
		}
	}
	f.as(manager, "POST", api+"/windows/4/sign-out", nil)
}
