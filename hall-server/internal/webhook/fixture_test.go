package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/view"
	"smarthall/hall-server/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opening is a Monday at nine in the demo hall's time zone.
var opening = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*60*60))

const day = queue.Day("2026-11-23")

// quick makes retries take no time to speak of.
var quick = webhook.Pace{Timeout: 300 * time.Millisecond, First: time.Millisecond, Most: 10 * time.Millisecond}

// ringSize is how many records a log has at hand.
const ringSize = 8

// hallLog stands in for the core: a log in the store, with its latest records
// at hand.
type hallLog struct {
	t     *testing.T
	store *store.Store

	mu       sync.Mutex
	state    *queue.State
	records  []core.Record
	last     uint64
	watchers map[chan struct{}]bool
}

func (l *hallLog) Seq() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *hallLog) Since(seq uint64) ([]core.Record, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	behind := int(l.last - seq)
	if behind > len(l.records) {
		return nil, false
	}
	return append([]core.Record{}, l.records[len(l.records)-behind:]...), true
}

func (l *hallLog) Watch() (<-chan struct{}, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ch := make(chan struct{}, 1)
	l.watchers[ch] = true
	return ch, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers, ch)
	}
}

func (l *hallLog) Read(f func(*queue.State, queue.Time)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l.state, queue.TimeOf(opening))
}

func (l *hallLog) Now() time.Time { return opening }

// add appends one record.
func (l *hallLog) add(answer core.Answer, events ...queue.Event) {
	l.t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	rec := core.Record{
		Seq: l.last + 1, At: queue.TimeOf(opening).Add(time.Duration(l.last) * time.Second), Day: day,
		Actor: "test", Command: "test", Events: events, Answer: answer,
	}
	if err := l.store.Append(context.Background(), []core.Record{rec}, nil); err != nil {
		l.t.Fatal(err)
	}
	l.last = rec.Seq
	if l.records = append(l.records, rec); len(l.records) > ringSize {
		l.records = l.records[1:]
	}
	for ch := range l.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// put makes the state know an appointment.
func (l *hallLog) put(a queue.Appointment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Appointments[a.ID] = &a
}

// call appends a call of ticket n.
func (l *hallLog) call(n int) {
	l.t.Helper()
	ticket := &queue.Ticket{
		ID: queue.TicketID(fmt.Sprintf("t%d", n)), Number: fmt.Sprintf("C%03d", n), Service: "tax", Channel: "card",
		State: queue.Called, Window: "4", Person: queue.Person{Key: "secret-hash", Name: "王*"},
	}
	l.add(core.Answer{Ticket: ticket}, queue.TicketCalled{
		Ticket: ticket.ID, Window: "4", Clerk: "li", Reason: queue.Reason{Strategy: "due-date", Rule: queue.RuleDue, Candidates: 3},
	})
}

// fixture is a hall with webhooks whose data outlive restarts.
type fixture struct {
	*testing.T
	dir  string
	pace webhook.Pace
	view *view.Viewer
	// spoil puts something between the service and its store.
	spoil func(*store.Store) webhook.Store

	store *store.Store
	log   *hallLog
	hooks *webhook.Service
	stop  func()
}

func newFixture(t *testing.T, pace webhook.Pace) *fixture {
	t.Helper()
	f := &fixture{T: t, dir: t.TempDir(), pace: pace}
	live, err := hall.Open(filepath.Join(f.dir, "hall.yaml"), hall.Demo)
	if err != nil {
		t.Fatal(err)
	}
	f.view = &view.Viewer{Hall: live, Registry: registry.New(), URL: "http://hall.test"}
	f.start()
	t.Cleanup(func() { f.stop() })
	return f
}

// start begins, or goes on with, the hall.
func (f *fixture) start() {
	f.Helper()
	db, err := store.Open(f.Context(), filepath.Join(f.dir, "hall.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.store = db
	old, err := db.Records(f.Context(), 0, 1<<20)
	if err != nil {
		f.Fatal(err)
	}
	f.log = &hallLog{t: f.T, store: db, state: queue.NewState(), last: uint64(len(old)), watchers: make(map[chan struct{}]bool)}
	config := f.view.Hall.Hall().Queue()
	f.log.state.Day, f.log.state.Config = day, &config
	var kept webhook.Store = db
	if f.spoil != nil {
		kept = f.spoil(db)
	}
	f.hooks, err = webhook.Open(f.Context(), webhook.Config{
		Core: f.log, Store: kept, View: f.view, Log: slog.New(slog.DiscardHandler), Pace: f.pace,
	})
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.hooks.Run(ctx) }()
	f.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			f.Errorf("run: %v", err)
		}
		if err := db.Close(); err != nil {
			f.Errorf("close: %v", err)
		}
	})
}

// register registers url for events and returns the webhook's id and secret.
func (f *fixture) register(url string, events ...string) (string, webhook.Secret) {
	f.Helper()
	status, secret, _, err := f.hooks.Register(f.Context(), webhook.Registration{URL: url, Events: events, Creator: "admin:test"})
	if err != nil {
		f.Fatal(err)
	}
	return status.ID, secret
}

// status is the webhook's as managers see it; ok is false if there is none.
func (f *fixture) status(id string) (webhook.Status, bool) {
	f.Helper()
	list, err := f.hooks.List(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range list {
		if s.ID == id {
			return s, true
		}
	}
	return webhook.Status{}, false
}

// eventually polls for what other goroutines will bring about.
func (f *fixture) eventually(what string, ok func() bool) {
	f.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			f.Fatalf("never came: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// delivery is a request as the receiver saw it.
type delivery struct {
	id, timestamp, signature string
	body                     []byte
	event                    webhook.Event
	// took tells whether the receiver answered 2xx.
	took bool
}

// receiver is a system that is told.
type receiver struct {
	*httptest.Server
	// answer writes the answer to the nth request, counted from 0, and tells
	// whether it took it.
	answer func(n int, w http.ResponseWriter, r *http.Request) bool

	mu  sync.Mutex
	all []delivery
}

// newReceiver starts a receiver; nil takes everything.
func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request) bool) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	d := delivery{
		id: req.Header.Get(webhook.HeaderID), timestamp: req.Header.Get(webhook.HeaderTimestamp),
		signature: req.Header.Get(webhook.HeaderSignature), body: body,
	}
	_ = json.Unmarshal(body, &d.event)
	r.mu.Lock()
	n := len(r.all)
	r.all = append(r.all, d)
	r.mu.Unlock()
	took := true
	if r.answer != nil {
		took = r.answer(n, w, req)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[n].took = took
}

// seen returns every request so far.
func (r *receiver) seen() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery{}, r.all...)
}

// taken returns what the receiver took, each id once, in the order of the first
// time.
func (r *receiver) taken() []delivery {
	var out []delivery
	known := make(map[string]bool)
	for _, d := range r.seen() {
		if d.took && !known[d.id] {
			known[d.id] = true
			out = append(out, d)
		}
	}
	return out
}

// wantNumbers checks that the receiver was told of the calls of 1 to n, in this
// order, and that every attempt at one of them was the same but for its time.
func (r *receiver) wantNumbers(t *testing.T, n int) {
	t.Helper()
	got := r.taken()
	if len(got) != n {
		t.Fatalf("got %d events, want %d", len(got), n)
	}
	for i, d := range got {
		if want := fmt.Sprintf("C%03d", i+1); d.event.Ticket == nil || d.event.Ticket.Number != want {
			t.Fatalf("event %d: got %s, want %s", i, d.body, want)
		}
	}
	bodies := make(map[string]string)
	for _, d := range r.seen() {
		if first, ok := bodies[d.id]; ok && first != string(d.body) {
			t.Errorf("%s had two bodies:\n%s\n%s", d.id, first, d.body)
		}
		bodies[d.id] = string(d.body)
	}
	if len(bodies) != n {
		t.Errorf("%d ids for %d events", len(bodies), n)
	}
}

func refuse(w http.ResponseWriter, status int) bool {
	w.WriteHeader(status)
	return false
}

// newTLSReceiver returns the URL of a receiver whose certificate nobody trusts.
func newTLSReceiver(t *testing.T) string {
	t.Helper()
	r := httptest.NewUnstartedServer(http.NotFoundHandler())
	r.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	r.StartTLS()
	t.Cleanup(r.Close)
	return r.URL
}
