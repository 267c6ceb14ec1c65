package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/hub"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for anything.
const patience = time.Minute

// fixture is a hub with a real core and store, served over real sockets.
type fixture struct {
	live *hall.Live
	t    testing.TB
	hub  *hub.Hub
	core *core.Core
	reg  *registry.Registry
	url  string
	// network reaches the hub; nil for the machine's own.
	network func(context.Context, string, string) (net.Conn, error)
	// issued are the offline tickets of a test, by their number.
	issued map[int]link.OfflineTicket
}

// options of a fixture.
type options struct {
	heartbeat time.Duration
	// narrow makes the server's send buffers as small as may be, and the hub wait
	// for ever for whoever doesn't read: tests say when that is.
	narrow bool
	// memory has lines that are no sockets, for tests in a synctest bubble.
	memory bool
	// layouts are what displays show; nil for none.
	layouts hub.Layouts
	// alarms are what boards ring with; nil for none.
	alarms hub.Alarms
}

func newFixture(t testing.TB, o options) *fixture {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	live, err := hall.Open(filepath.Join(t.TempDir(), "hall.yaml"), hall.Demo)
	if err != nil {
		t.Fatal(err)
	}
	begun, opening := time.Now(), time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	clock := func() time.Time { return opening.Add(time.Since(begun)) }
	log := slog.New(slog.DiscardHandler)
	c, err := core.Open(ctx, core.Config{Journal: db, Clock: clock, Log: log, Promise: estimate.Plain})
	if err != nil {
		t.Fatal(err)
	}
	var wait time.Duration
	if o.narrow {
		o.heartbeat, wait = time.Hour, time.Hour
	}
	reg := registry.New()
	h := hub.New(hub.Config{
		Layouts: o.layouts, Alarms: o.alarms,
		Core: c, View: &view.Viewer{Hall: live, Registry: reg}, Registry: reg, Door: access.NewDoor(live),
		Vault: privacy.NewVault(make([]byte, 32)), Log: log, Heartbeat: o.heartbeat, WriteWait: wait,
	})
	f := &fixture{t: t, hub: h, core: c, reg: reg, live: live}
	coreDone, hubDone := make(chan error, 1), make(chan error, 1)
	hubCtx, stopHub := context.WithCancel(ctx)
	go func() { coreDone <- c.Run(ctx) }()
	f.do(queue.Configure{Config: live.Hall().Queue()})
	go func() { hubDone <- h.Run(hubCtx) }()
	server := httptest.NewUnstartedServer(f.handler())
	if o.memory {
		_ = server.Listener.Close()
		lines := newLines()
		server.Listener, f.network = lines, lines.dial
	}
	if o.narrow {
		server.Listener = narrow{server.Listener}
	}
	server.Start()
	f.url = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(func() {
		stopHub()
		if err := <-hubDone; err != nil {
			t.Error(err)
		}
		server.Close()
		cancel()
		if err := errors.Join(<-coreDone, db.Close()); err != nil {
			t.Error(err)
		}
	})
	return f
}

// handler serves the link to whoever the request's headers say.
func (f *fixture) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/link", func(w http.ResponseWriter, r *http.Request) {
		claims := access.Claims{
			Role: access.Role(r.Header.Get("X-Role")), Subject: r.Header.Get("X-Name"), Window: r.Header.Get("X-Window"),
		}
		f.hub.ServeAgent(w, r.WithContext(access.With(r.Context(), claims)))
	})
	mux.HandleFunc("/board", f.hub.ServeBoard)
	return mux
}

// narrow is a listener whose connections can't send much ahead.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return conn, conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
}

// do runs a command that has to succeed.
func (f *fixture) do(cmd queue.Command) core.Result {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := f.core.Do(ctx, core.Request{Actor: "test", Command: cmd})
	if err != nil {
		f.t.Fatalf("%s: %v", cmd.Name(), err)
	}
	return r
}

// take takes a ticket.
func (f *fixture) take(id, service string) {
	f.t.Helper()
	f.do(queue.TakeTicket{ID: queue.TicketID(id), Service: queue.ServiceID(service), Channel: "phone"})
}

// line is a raw client of the link.
type line struct {
	t  testing.TB
	ws *websocket.Conn
	// last is the highest sequence number so far.
	last    uint64
	welcome link.Welcome
}

// who is how a client presents itself.
type who struct {
	role   access.Role
	name   string
	window string
	epoch  string
	last   uint64
	// screens are a display's; nil for one that doesn't tell.
	screens *link.DisplayScreens
}

// roles are the link's names of the tokens' roles.
var roles = map[access.Role]link.Role{access.Kiosk: link.RoleKiosk, access.Clerk: link.RoleCounter, access.Display: link.RoleDisplay}

// dial connects without a word.
func (f *fixture) dial(path string, w who) *line {
	f.t.Helper()
	header := http.Header{"X-Role": {string(w.role)}, "X-Name": {w.name}, "X-Window": {w.window}}
	dialer := websocket.Dialer{HandshakeTimeout: patience, Subprotocols: []string{link.Subprotocol}, NetDialContext: f.network}
	ws, resp, err := dialer.Dial(f.url+path, header)
	if err != nil {
		f.t.Fatalf("dial %s as %+v: %v", path, w, err)
	}
	_ = resp.Body.Close()
	f.t.Cleanup(func() { _ = ws.Close() })
	return &line{t: f.t, ws: ws}
}

// connect says hello and reads the welcome.
func (f *fixture) connect(w who) *line {
	f.t.Helper()
	l := f.dial("/link", w)
	l.send(link.TypeHello, "", link.Hello{
		Versions: [2]int{1, link.Version}, Agent: w.name, Role: roles[w.role], Program: "test", Epoch: w.epoch, Last: w.last, Screens: w.screens,
	})
	m := l.next()
	if m.Type != link.TypeWelcome {
		f.t.Fatalf("got %s %s, want a welcome", m.Type, m.Body)
	}
	l.into(m, &l.welcome)
	return l
}

// join is connect for an agent that wants its first snapshot.
func (f *fixture) join(w who) (*line, link.Snapshot) {
	f.t.Helper()
	l := f.connect(w)
	var snap link.Snapshot
	l.into(l.want(link.TypeSnapshot), &snap)
	return l, snap
}

func (f *fixture) display(name string) *line {
	f.t.Helper()
	l, _ := f.join(who{role: access.Display, name: name})
	return l
}

func (f *fixture) kiosk(name string) *line {
	f.t.Helper()
	l, _ := f.join(who{role: access.Kiosk, name: name})
	return l
}

// counter is the agent at window, signed in as staff.
func (f *fixture) counter(window, staff string) *line {
	f.t.Helper()
	l, _ := f.join(who{role: access.Clerk, name: "counter-" + window, window: window})
	l.ask(link.TypeWindowSignIn, "in-"+window, link.SignIn{Staff: staff, Password: "demo1234"})
	return l
}

func (f *fixture) board() *line {
	f.t.Helper()
	l := f.dial("/board", who{})
	l.want(link.TypeBoardSnapshot)
	return l
}

func (l *line) send(t link.Type, id string, body any) {
	l.t.Helper()
	m, err := link.New(t, time.Now(), body)
	if err != nil {
		l.t.Fatal(err)
	}
	m.ID = id
	data, err := json.Marshal(m)
	if err != nil {
		l.t.Fatal(err)
	}
	l.raw(string(data))
}

func (l *line) raw(text string) {
	l.t.Helper()
	_ = l.ws.SetWriteDeadline(time.Now().Add(patience))
	if err := l.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		l.t.Fatalf("send: %v", err)
	}
}

// next is the next message, which must be well formed and in sequence.
func (l *line) next() link.Message {
	l.t.Helper()
	m, err := l.read(patience)
	if err != nil {
		l.t.Fatalf("read: %v", err)
	}
	return m
}

func (l *line) read(wait time.Duration) (link.Message, error) {
	_ = l.ws.SetReadDeadline(time.Now().Add(wait))
	_, data, err := l.ws.ReadMessage()
	if err != nil {
		return link.Message{}, err
	}
	m, err := link.Decode(data)
	if err != nil {
		return m, err
	}
	if m.Seq != 0 && m.Seq <= l.last {
		return m, fmt.Errorf("%s has seq %d after %d", m.Type, m.Seq, l.last)
	}
	l.last = max(l.last, m.Seq)
	return m, nil
}

// want reads until a message of type t comes.
func (l *line) want(t link.Type) link.Message {
	l.t.Helper()
	return l.until("a message "+string(t), func(m link.Message) bool { return m.Type == t })
}

// until reads until ok.
func (l *line) until(what string, ok func(link.Message) bool) link.Message {
	l.t.Helper()
	for {
		m, err := l.read(patience)
		if err != nil {
			l.t.Fatalf("waiting for %s: %v", what, err)
		}
		if ok(m) {
			return m
		}
	}
}

// reply reads until the answer to id comes.
func (l *line) reply(id string) link.Message {
	l.t.Helper()
	return l.until("the answer to "+id, func(m link.Message) bool { return m.Re == id })
}

// ask sends a command that has to succeed and returns its answer.
func (l *line) ask(t link.Type, id string, body any) link.Answer {
	l.t.Helper()
	l.send(t, id, body)
	m := l.reply(id)
	if m.Type != link.TypeAnswer {
		l.t.Fatalf("%s: got %s %s", t, m.Type, m.Body)
	}
	var a link.Answer
	l.into(m, &a)
	return a
}

// refused sends a command that has to be refused with code.
func (l *line) refused(code string, t link.Type, id string, body any) {
	l.t.Helper()
	l.send(t, id, body)
	l.wantProblem(code, id)
}

func (l *line) wantProblem(code, id string) {
	l.t.Helper()
	m := l.until("an error", func(m link.Message) bool { return m.Type == link.TypeError })
	var p link.Problem
	l.into(m, &p)
	if p.Code != code || m.Re != id || p.Detail == "" || p.Status < 400 {
		l.t.Errorf("got %+v for %q, want code %s for %q", p, m.Re, code, id)
	}
}

func (l *line) into(m link.Message, body any) {
	l.t.Helper()
	if err := m.Into(body); err != nil {
		l.t.Fatal(err)
	}
}

// waitFor polls until ok.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
