package agenttest

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/internal/link"
)

// patience is how long tests wait for what must happen.
const patience = time.Minute

// Page is a page of an agent.
type Page struct {
	tb testing.TB
	ws *websocket.Conn
}

// Open connects a page to the agent at addr and reads its first snapshot.
func Open(tb testing.TB, addr net.Addr) (*Page, link.PageSnapshot) {
	tb.Helper()
	header := http.Header{"Origin": {"http://" + addr.String()}}
	ws, resp, err := websocket.DefaultDialer.DialContext(tb.Context(), "ws://"+addr.String()+"/ws", header)
	if err != nil {
		tb.Fatalf("open page: %v", err)
	}
	_ = resp.Body.Close()
	p := &Page{tb: tb, ws: ws}
	tb.Cleanup(p.Close)
	var s link.PageSnapshot
	p.Next(link.TypePageSnapshot, &s)
	return p, s
}

// Close closes the page.
func (p *Page) Close() { _ = p.ws.Close() }

// Send sends a message, with an id if it is a command.
func (p *Page) Send(t link.Type, id string, body any) {
	p.tb.Helper()
	m, err := link.New(t, time.Now(), body)
	if err != nil {
		p.tb.Fatal(err)
	}
	m.ID = id
	data, err := json.Marshal(m)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.SendRaw(data)
}

// SendRaw sends bytes that need not be a message.
func (p *Page) SendRaw(data []byte) {
	p.tb.Helper()
	_ = p.ws.SetWriteDeadline(time.Now().Add(patience))
	if err := p.ws.WriteMessage(websocket.TextMessage, data); err != nil {
		p.tb.Errorf("page sends: %v", err)
	}
}

// Next skips to the next message of the type and decodes its body, unless body
// is nil.
func (p *Page) Next(t link.Type, body any) link.Message {
	p.tb.Helper()
	return p.next(func(m link.Message) bool { return m.Type == t }, body)
}

// Answer skips to the answer or error to the command with the id.
func (p *Page) Answer(id string, body any) link.Message {
	p.tb.Helper()
	return p.next(func(m link.Message) bool { return m.Re == id }, body)
}

func (p *Page) next(is func(link.Message) bool, body any) link.Message {
	p.tb.Helper()
	_ = p.ws.SetReadDeadline(time.Now().Add(patience))
	var seen []string
	for {
		_, data, err := p.ws.ReadMessage()
		if err != nil {
			p.tb.Fatalf("page awaits a message: %v; it saw %s", err, strings.Join(seen, ", "))
		}
		m, err := link.Decode(data)
		if err != nil {
			p.tb.Fatal(err)
		}
		seen = append(seen, string(m.Type))
		if !is(m) {
			continue
		}
		if body != nil {
			if err := m.Into(body); err != nil {
				p.tb.Fatal(err)
			}
		}
		return m
	}
}

// Closed waits until the agent has closed the connection.
func (p *Page) Closed() {
	p.tb.Helper()
	_ = p.ws.SetReadDeadline(time.Now().Add(patience))
	for {
		if _, _, err := p.ws.ReadMessage(); err != nil {
			var ne net.Error
			if errors.As(err, &ne) && ne.Timeout() {
				p.tb.Fatal("the agent kept the connection")
			}
			return
		}
	}
}

// WaitFor polls until ok returns true.
func WaitFor(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	tb.Fatalf("waited in vain: %s", what)
}

// Runner is what Start runs: an agent or its door.
type Runner interface {
	Run(ctx context.Context) error
}

// Start runs r until the test ends or the returned function is called, which
// returns once nothing of it is left.
func Start(tb testing.TB, r Runner, ready <-chan struct{}) (stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			if err != nil {
				tb.Errorf("run: %v", err)
			}
		case <-time.After(patience):
			tb.Error("run doesn't end")
		}
	}
	tb.Cleanup(stop)
	select {
	case <-ready:
	case err := <-done:
		stopped = true
		cancel()
		tb.Fatalf("run: %v", err)
	case <-time.After(patience):
		tb.Fatal("agent isn't ready")
	}
	return stop
}
