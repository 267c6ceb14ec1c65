// Package testkit starts a whole hall inside a test: a hall-server on a free
// port of this machine with data in a temporary folder, the demo hall, pages
// made up of one line each, and a clock that starts when the test says. Requests
// flow in through a small REST client, answers flow back whole.
package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/hall-server/server"
)

// Opening is when the clock of a hall starts by default: a Monday at nine in
// the demo hall's time zone.
var Opening = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*60*60))

// Patience is how long the kit waits for anything before a test fails.
const Patience = time.Minute

// Pages stand in for the built pages.
var Pages fs.FS = fstest.MapFS{
	"dist/board.html": {Data: []byte("<!doctype html><title>board</title>")},
	"dist/login.html": {Data: []byte("<!doctype html><title>login</title>")},
	"dist/admin.html": {Data: []byte("<!doctype html><title>admin</title>")},
}

// Option changes how a hall is started.
type Option func(*server.Config)

// Clock starts the hall's clock at t.
func Clock(t time.Time) Option { return func(c *server.Config) { c.Clock = t } }

// Listen serves at host:port, so that agents find a hall again that was started
// anew.
func Listen(address string) Option { return func(c *server.Config) { c.Listen = address } }

// Data keeps the hall's data in dir, so that another hall can go on with it.
func Data(dir string) Option { return func(c *server.Config) { c.Data = dir } }

// File starts the hall from a hall file of its own.
func File(path string) Option { return func(c *server.Config) { c.Hall = path } }

// Heartbeat is how often agents are asked for a sign of life.
func Heartbeat(d time.Duration) Option { return func(c *server.Config) { c.Heartbeat = d } }

// Log sends the server's log to w; by default it is kept and shown when the
// test fails.
func Log(w io.Writer) Option {
	return func(c *server.Config) { c.Log = slog.New(slog.NewTextHandler(w, nil)) }
}

// Running is a hall that serves.
type Running struct {
	// URL is the server's address, without a slash at the end.
	URL string
	// Data is its data folder.
	Data string

	t      testing.TB
	client *http.Client
	cancel context.CancelFunc
	done   chan error
}

// Hall starts a hall and stops it when the test ends.
func Hall(t testing.TB, opts ...Option) *Running {
	t.Helper()
	conf := server.Config{Listen: "127.0.0.1:0", Clock: Opening, Version: "test", Pages: Pages}
	for _, o := range opts {
		o(&conf)
	}
	if conf.Data == "" {
		conf.Data = t.TempDir()
	}
	if conf.Hall == "" {
		demo(t, filepath.Join(conf.Data, "hall.yaml"))
	}
	if conf.Log == nil {
		conf.Log = keptLog(t)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := server.New(ctx, conf)
	if err != nil {
		cancel()
		t.Fatalf("start the hall: %v", err)
	}
	h := &Running{
		URL: "http://" + s.Addr(), Data: conf.Data, t: t, cancel: cancel, done: make(chan error, 1),
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 64},
			Timeout:   Patience,
			// Redirects are answers to look at.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	go func() { h.done <- s.Run(ctx) }()
	t.Cleanup(h.Stop)
	return h
}

// costly finds the demo's password hashes; cheap is one of the same password.
var costly = regexp.MustCompile(`\$2a\$10\$[./0-9A-Za-z]{53}`)

const cheap = "$2a$04$Q7aRFptrRhXGV3eVc2ri1.I3NYTO2MegKcxu5EGb0lxa97ITJ2A4a"

// demo writes the demo hall to file, unless there is one. Its passwords are
// hashed at the least cost: under the race detector a sign-in would take
// seconds, and tests that count tries would count the time instead.
func demo(t testing.TB, file string) {
	t.Helper()
	if _, err := os.Stat(file); err == nil {
		return
	}
	text := costly.ReplaceAllLiteral(server.Demo(), []byte(cheap))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatalf("write the demo hall: %v", err)
	}
}

// keptLog returns a log that is shown if t fails.
func keptLog(t testing.TB) *slog.Logger {
	path := filepath.Join(t.TempDir(), "hall.log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = file.Close()
		if text, err := os.ReadFile(path); err == nil && t.Failed() {
			t.Logf("the hall's log:\n%s", text)
		}
	})
	return slog.New(slog.NewTextHandler(file, nil))
}

// Stop ends the hall and waits until its data are closed. It may be called
// often.
func (h *Running) Stop() {
	h.t.Helper()
	h.cancel()
	h.client.CloseIdleConnections()
	err, running := <-h.done
	if !running {
		return
	}
	close(h.done)
	if err != nil {
		h.t.Errorf("the hall ended badly: %v", err)
	}
}

// Client is what requests go through.
func (h *Running) Client() *http.Client { return h.client }

// Token makes a token with the tool that administrators use. Window is for
// clerks; name is the agent's or the script's.
func (h *Running) Token(role, window, name string) string {
	h.t.Helper()
	var out strings.Builder
	args := []string{"--data", h.Data, "--role", role, "--window", window, "--name", name}
	if err := server.Tools["token"](args, nil, &out); err != nil {
		h.t.Fatalf("make a token: %v", err)
	}
	return strings.TrimSpace(out.String())
}

// Request is one call of the API. The zero value of all but Method and Path is
// usable.
type Request struct {
	Method, Path string
	Token        string
	// Body is sent as it is if it is a string, else as JSON.
	Body   any
	Header http.Header
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends r; the test fails if no answer comes.
func (h *Running) Do(r Request) Answer {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, h.URL+r.Path, h.body(r.Body))
	if err != nil {
		h.t.Fatalf("%s %s: %v", r.Method, r.Path, err)
	}
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if r.Token != "" {
		req.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if r.Body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := h.client.Do(req)
	if err != nil {
		h.t.Fatalf("%s %s: %v", r.Method, r.Path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatalf("%s %s: read the answer: %v", r.Method, r.Path, err)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: string(body)}
}

func (h *Running) body(body any) io.Reader {
	h.t.Helper()
	switch body := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(body)
	}
	data, err := json.Marshal(body)
	if err != nil {
		h.t.Fatalf("encode the body: %v", err)
	}
	return bytes.NewReader(data)
}

// Must is Do for a request that has to succeed with status; its answer is
// decoded into out unless that is nil.
func (h *Running) Must(status int, r Request, out any) Answer {
	h.t.Helper()
	a := h.Do(r)
	if a.Status != status {
		h.t.Fatalf("%s %s: got %d, want %d: %s", r.Method, r.Path, a.Status, status, a.Body)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(a.Body), out); err != nil {
			h.t.Fatalf("%s %s: %v in %s", r.Method, r.Path, err, a.Body)
		}
	}
	return a
}

// WaitFor polls until ok is true and fails the test with what if it never is.
func WaitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(Patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", Patience, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
