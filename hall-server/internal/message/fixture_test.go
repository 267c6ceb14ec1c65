package message_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/privacy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// morning is 09:00 in Shanghai.
var morning = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

var vault = privacy.NewVault(bytes.Repeat([]byte{7}, 32))

func config() queue.Config {
	return queue.Config{
		TimeZone: "Asia/Shanghai",
		CutOff:   4 * time.Hour,
		Series:   []queue.Series{{ID: "a", Prefix: "A", Digits: 3, First: 1, Last: 999}},
		Services: []queue.Service{
			{ID: "tax", Series: "a", Target: 20 * time.Minute, Expected: 8 * time.Minute},
			{ID: "card", Series: "a", Target: 20 * time.Minute, Expected: 8 * time.Minute},
		},
		Windows: []queue.WindowConfig{
			{ID: "1", Services: []queue.ServiceID{"tax"}}, {ID: "2", Services: []queue.ServiceID{"card"}},
		},
		Rules: queue.Rules{RecallLimit: 3, Overtaking: 10},
	}
}

// log collects what is logged.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// hall is a running queue with messages, on a real database.
type hall struct {
	*testing.T
	*core.Core
	dir      string
	log      *log
	settings *atomic.Pointer[message.Settings]
	shift    *atomic.Int64 // of the clock, in ms
	retry    message.Retry

	db      *store.Store
	service *message.Service
	ids     int
	// stops end the messages, then the queue; nil while they don't run.
	stopMessages, stopQueue func()
}

// newHall opens a hall whose settings edit may change. Messages run unless told
// otherwise by Stop.
func newHall(t *testing.T, edit ...func(*message.Settings)) *hall {
	t.Helper()
	settings := message.Defaults()
	for _, f := range edit {
		f(&settings)
	}
	if ms := settings.Check([]string{"A", "B"}); len(ms) > 0 {
		t.Fatalf("settings: %v", ms)
	}
	h := &hall{
		T: t, dir: t.TempDir(), log: &log{}, settings: new(atomic.Pointer[message.Settings]), shift: new(atomic.Int64),
		retry: message.Retry{First: time.Millisecond, Most: 5 * time.Millisecond, Tries: 4},
	}
	h.settings.Store(&settings)
	h.open()
	h.run()
	t.Cleanup(h.close)
	return h
}

func (h *hall) clock() time.Time {
	return morning.Add(time.Duration(h.shift.Load()) * time.Millisecond)
}

// pass lets the hall's clock run.
func (h *hall) pass(d time.Duration) { h.shift.Add(d.Milliseconds()) }

// open opens and runs the queue.
func (h *hall) open() {
	h.Helper()
	db, err := store.Open(context.Background(), filepath.Join(h.dir, "hall.db"))
	if err != nil {
		h.Fatal(err)
	}
	c, err := core.Open(context.Background(), core.Config{
		Journal: db, Clock: h.clock, Log: slog.New(slog.DiscardHandler),
		Promise: func(_ *queue.State, _ queue.ServiceID, ahead int, _ queue.Time) queue.Promise {
			return queue.Promise{Minutes: ahead}
		},
	})
	if err != nil {
		h.Fatal(err)
	}
	h.db, h.Core = db, c
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	h.stopQueue = func() {
		cancel()
		if err := <-done; err != nil {
			h.Errorf("the queue ended with %v", err)
		}
		if err := db.Close(); err != nil {
			h.Errorf("close the database: %v", err)
		}
		h.stopQueue = nil
	}
	if c.Seq() == 0 {
		h.do(queue.Configure{Config: config()})
		h.do(queue.SignIn{Window: "1", Staff: "li"})
		h.do(queue.SignIn{Window: "2", Staff: "wang"})
	}
}

// run starts the messages.
func (h *hall) run() {
	h.service = message.New(message.Config{
		Core: h.Core, Table: h.db, Vault: vault, Log: slog.New(slog.NewTextHandler(h.log, nil)), Retry: h.retry, Look: 10 * time.Millisecond,
		Settings: func() message.Settings { return *h.settings.Load() },
		Vars: func(s *queue.State, t *queue.Ticket, _ queue.Time) message.Vars {
			v := message.Vars{Hall: "示范大厅", Number: t.Number, Window: string(t.Window), Zone: "A", Ahead: -1, Low: -1, High: -1}
			if t.State == queue.Waiting {
				v.Ahead = slices.Index(s.Waiting(t.Service), t)
			}
			return v
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	service := h.service
	go func() { done <- service.Run(ctx) }()
	h.stopMessages = func() {
		cancel()
		if err := <-done; err != nil {
			h.Errorf("messages ended with %v", err)
		}
		h.stopMessages = nil
	}
}

// close ends what runs.
func (h *hall) close() {
	if h.stopMessages != nil {
		h.stopMessages()
	}
	if h.stopQueue != nil {
		h.stopQueue()
	}
}

// restart ends everything and opens it again.
func (h *hall) restart() {
	h.Helper()
	h.close()
	h.open()
	h.run()
}

func (h *hall) do(cmd queue.Command) core.Result {
	h.Helper()
	result, err := h.Do(context.Background(), core.Request{Actor: "test", Command: cmd})
	if err != nil {
		h.Fatalf("%s: %v", cmd.Name(), err)
	}
	return result
}

// phone is the number of the n-th citizen.
func phone(n int) string { return fmt.Sprintf("138%08d", n) }

// take takes a ticket for service with a phone number; none if it is empty.
func (h *hall) take(service, phone string) queue.TicketID {
	h.Helper()
	h.ids++
	cmd := queue.TakeTicket{
		ID: queue.TicketID(fmt.Sprintf("t%03d-%d", h.ids, h.Seq())), Service: queue.ServiceID(service), Channel: "phone",
		Person: queue.Person{Phone: privacy.MaskPhone(phone), Sealed: vault.Seal(message.PhoneKind, phone)},
	}
	return h.do(cmd).Ticket.ID
}

func (h *hall) verb(verb queue.Verb, id queue.TicketID) {
	h.Helper()
	h.do(queue.TicketCommand{Verb: verb, Ticket: id})
}

// callNext calls at the window of service and returns who came.
func (h *hall) callNext(window string) queue.TicketID {
	h.Helper()
	result := h.do(queue.CallNext{Window: queue.WindowID(window)})
	if result.Ticket == nil {
		h.Fatal("nobody waits")
	}
	return result.Ticket.ID
}

// messages are those of a ticket, oldest first.
func (h *hall) messages(id queue.TicketID) []message.Message {
	h.Helper()
	list, err := h.service.List(context.Background(), message.Filter{Ticket: id, Limit: 1000})
	if err != nil {
		h.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// told are the events and states of a ticket's messages.
func (h *hall) told(id queue.TicketID) string {
	h.Helper()
	var out []string
	for _, m := range h.messages(id) {
		out = append(out, fmt.Sprintf("%s.%d %s", m.Event, m.Call, m.State))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// wantTold waits until a ticket's messages are as wanted.
func (h *hall) wantTold(id queue.TicketID, want string) {
	h.Helper()
	h.eventually(func() bool { return h.told(id) == want }, func() string {
		return fmt.Sprintf("got %q, want %q", h.told(id), want)
	})
}

func (h *hall) eventually(ok func() bool, what func() string) {
	h.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			h.Fatalf("waited in vain: %s\n%s", what(), h.log)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// idle waits until messages have looked at everything that is committed: a
// last ticket of its own is told.
func (h *hall) idle() {
	h.Helper()
	id := h.take("card", phone(99999999))
	h.do(queue.CallTicket{Window: "2", Ticket: id})
	h.eventually(func() bool { return strings.HasPrefix(h.told(id), "called.1") }, func() string { return "the last ticket is told" })
	h.verb(queue.VerbArrive, id)
	h.do(queue.Finish{Ticket: id})
}

// gateway is a fake of an HTTP service that sends messages.
type gateway struct {
	*httptest.Server
	mu     sync.Mutex
	got    []order // guarded by mu
	answer func(w http.ResponseWriter, r *http.Request, n int)
}

// order is what the fake was sent.
type order struct{ ID, Phone, Text, Auth string }

// newGateway starts a fake that takes everything, unless answer is there: it is
// told how many orders there have been with this one.
func newGateway(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *gateway {
	g := &gateway{answer: answer}
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) serve(w http.ResponseWriter, r *http.Request) {
	var o order
	data, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(data, &o); err != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	o.Auth = r.Header.Get("Authorization")
	g.mu.Lock()
	g.got = append(g.got, o)
	n := len(g.got)
	g.mu.Unlock()
	if g.answer != nil {
		g.answer(w, r, n)
		return
	}
	_, _ = fmt.Fprintf(w, `{"code":"0","data":{"id":"g-%s"}}`, o.ID)
}

func (g *gateway) orders() []order {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.got)
}

// by makes a hall send through g.
func (g *gateway) by(s *message.Settings) {
	s.SMS.Provider = message.ProviderHTTP
	s.SMS.Gateway = message.Gateway{
		URL: g.URL, Timeout: time.Minute,
		Success: message.Success{Field: "code", Equals: "0", ID: "data.id", Reason: "message", Refused: []string{"1001"}},
	}
}

// read returns all bytes of the hall's files.
func (h *hall) read() string {
	h.Helper()
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(h.dir, "*"))
	if err != nil {
		h.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			h.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}
