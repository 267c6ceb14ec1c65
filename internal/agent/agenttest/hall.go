// Package agenttest surrounds an agent in tests: a hall that speaks the link
// and can be made to drop its connections, devices without wires, and a page.
package agenttest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/internal/link"
)

// Token is what agents of a Hall show.
const Token = "test-token"

// Hall is a hall-server without rules: it keeps a stream, answers commands
// once per id and records what it was told. Its methods may be called from any
// goroutine.
type Hall struct {
	// URL is the address of its link.
	URL string

	tb     testing.TB
	server *httptest.Server
	wg     sync.WaitGroup

	mu       sync.Mutex
	away     bool
	epoch    string
	offset   time.Duration
	snapshot link.Snapshot
	stream   []link.Message
	conns    map[*websocket.Conn]*sync.Mutex // the mutex guards writing
	hellos   []link.Hello
	up       []link.Message
	answers  map[string]link.Message
	done     map[string]int // how often each command was done
	command  func(link.Message) (link.Type, any)
	offline  func(link.Message) (link.Type, any)
	chaos    func() bool
	mute     link.Type
}

// NewHall starts a hall that lasts as long as the test.
func NewHall(tb testing.TB) *Hall {
	tb.Helper()
	h := &Hall{
		tb: tb, epoch: "epoch-1",
		conns:   map[*websocket.Conn]*sync.Mutex{},
		answers: map[string]link.Message{},
		done:    map[string]int{},
	}
	h.server = httptest.NewServer(http.HandlerFunc(h.serve))
	h.URL = "ws" + strings.TrimPrefix(h.server.URL, "http") + "/link"
	tb.Cleanup(func() {
		h.SetAway(true)
		h.wg.Wait()
		h.server.Close()
	})
	return h
}

// SetSnapshot sets what agents get when they can't resume.
func (h *Hall) SetSnapshot(s link.Snapshot) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.snapshot = s
}

// SetOffset sets how far the hall's clock is ahead.
func (h *Hall) SetOffset(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.offset = d
}

// OnCommand sets what commands lead to: TypeAnswer or TypeError and its body.
func (h *Hall) OnCommand(fn func(link.Message) (link.Type, any)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.command = fn
}

// OnOffline sets what offline tickets lead to; they are received if it isn't
// set.
func (h *Hall) OnOffline(fn func(link.Message) (link.Type, any)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.offline = fn
}

// SetChaos makes the hall drop a connection wherever fn says so: when a
// message comes in, and again before it is answered.
func (h *Hall) SetChaos(fn func() bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.chaos = fn
}

// SetMute makes the hall do what messages of the type say and drop the
// connection before it answers; an empty type ends that.
func (h *Hall) SetMute(t link.Type) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mute = t
}

// SetAway drops all connections and refuses new ones until it is called again
// with false.
func (h *Hall) SetAway(away bool) {
	h.mu.Lock()
	h.away = away
	h.mu.Unlock()
	if away {
		h.Drop()
	}
}

// Restart drops all connections and forgets the stream, as a new process does.
func (h *Hall) Restart() {
	h.mu.Lock()
	h.epoch += "'"
	h.stream = nil
	h.mu.Unlock()
	h.Drop()
}

// Drop drops all connections.
func (h *Hall) Drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ws := range h.conns {
		_ = ws.Close()
	}
}

// Connected counts the agents that were welcomed and are still there.
func (h *Hall) Connected() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.conns)
}

// Push appends a delta to the stream and sends it to every agent.
func (h *Hall) Push(t link.Type, body any) {
	h.tb.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.message(t, body)
	m.Seq = uint64(len(h.stream)) + 1
	h.stream = append(h.stream, m)
	for ws, writing := range h.conns {
		h.write(ws, writing, m)
	}
}

// PushAgain sends the newest delta once more under its old number.
func (h *Hall) PushAgain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ws, writing := range h.conns {
		h.write(ws, writing, h.stream[len(h.stream)-1])
	}
}

// PushRaw sends bytes that need not be a message.
func (h *Hall) PushRaw(data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ws, writing := range h.conns {
		writing.Lock()
		_ = ws.WriteMessage(websocket.TextMessage, data)
		writing.Unlock()
	}
}

// Up returns all messages of the type that agents have sent, hellos excepted.
func (h *Hall) Up(t link.Type) []link.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.up), func(m link.Message) bool { return m.Type != t })
}

// Hellos returns how agents introduced themselves.
func (h *Hall) Hellos() []link.Hello {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.hellos)
}

// Done tells how often the command with the id was done; more than once is a
// bug of whoever sent it under two ids, or of this hall.
func (h *Hall) Done() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	done := map[string]int{}
	for id, n := range h.done {
		done[id] = n
	}
	return done
}

// message builds a message; the caller holds mu.
func (h *Hall) message(t link.Type, body any) link.Message {
	m, err := link.New(t, time.Now().Add(h.offset), body)
	if err != nil {
		h.tb.Errorf("fake hall: %v", err)
	}
	return m
}

func (h *Hall) write(ws *websocket.Conn, writing *sync.Mutex, m link.Message) {
	data, err := json.Marshal(m)
	if err != nil {
		h.tb.Errorf("fake hall: %v", err)
		return
	}
	writing.Lock()
	defer writing.Unlock()
	_ = ws.SetWriteDeadline(time.Now().Add(patience))
	_ = ws.WriteMessage(websocket.TextMessage, data)
}

func (h *Hall) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	away := h.away
	if !away {
		h.wg.Add(1) // whoever waits has said before that the hall is away
		defer h.wg.Done()
	}
	h.mu.Unlock()
	if away {
		http.Error(w, "away", http.StatusServiceUnavailable)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+Token {
		http.Error(w, "wrong token", http.StatusUnauthorized)
		return
	}
	up := websocket.Upgrader{Subprotocols: []string{link.Subprotocol}}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.Close() }()
	ws.SetReadLimit(link.MaxUp)
	writing := &sync.Mutex{}
	if !h.greet(ws, writing) {
		return
	}
	defer func() {
		h.mu.Lock()
		delete(h.conns, ws)
		h.mu.Unlock()
	}()
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			return
		}
		m, err := link.Decode(data)
		if err != nil {
			h.tb.Errorf("fake hall got no message: %v", err)
			return
		}
		if !h.take(ws, writing, m) {
			return
		}
	}
}

// greet answers an agent's hello with the missed deltas or a snapshot.
func (h *Hall) greet(ws *websocket.Conn, writing *sync.Mutex) bool {
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	_, data, err := ws.ReadMessage()
	if err != nil {
		return false
	}
	_ = ws.SetReadDeadline(time.Time{})
	var hello link.Hello
	m, err := link.Decode(data)
	if err == nil {
		err = m.Into(&hello)
	}
	if err != nil || m.Type != link.TypeHello {
		h.tb.Errorf("fake hall got %q instead of a hello: %v", m.Type, err)
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.away {
		return false
	}
	h.hellos = append(h.hellos, hello)
	resumed := hello.Epoch == h.epoch && hello.Last <= uint64(len(h.stream))
	h.write(ws, writing, h.message(link.TypeWelcome, link.Welcome{
		Version: link.Version, Epoch: h.epoch, Agent: hello.Agent, Resumed: resumed, Now: time.Now().Add(h.offset),
	}))
	if resumed {
		for _, m := range h.stream[hello.Last:] {
			h.write(ws, writing, m)
		}
	} else {
		s := h.message(link.TypeSnapshot, h.snapshot)
		s.Seq = uint64(len(h.stream))
		h.write(ws, writing, s)
	}
	h.conns[ws] = writing
	return true
}

// take does one message of an agent; false drops the connection.
func (h *Hall) take(ws *websocket.Conn, writing *sync.Mutex, m link.Message) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.chaos != nil && h.chaos() {
		return false
	}
	h.up = append(h.up, m)
	if m.ID == "" {
		return true
	}
	answer, known := h.answers[m.ID]
	if !known {
		answer = h.do(m)
		h.answers[m.ID] = answer
	}
	if h.mute == m.Type || h.chaos != nil && h.chaos() {
		return false
	}
	h.write(ws, writing, answer)
	return true
}

// do does a command or fact for the first time.
func (h *Hall) do(m link.Message) link.Message {
	h.done[m.ID]++
	t, body := link.TypeAnswer, any(link.Answer{})
	switch {
	case m.Type == link.TypePrintDone, m.Type == link.TypeCallShown, m.Type == link.TypeTicketOffline && h.offline == nil:
		t, body = link.TypeReceived, nil
	case m.Type == link.TypeTicketOffline:
		t, body = h.offline(m)
	case h.command != nil:
		t, body = h.command(m)
	}
	answer := h.message(t, body)
	answer.Re = m.ID
	return answer
}
