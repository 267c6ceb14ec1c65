package agent

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/internal/link"
)

// How many messages may wait for one connection. A peer that lets them pile up
// has stopped reading and is dropped; nothing is lost by that, for what
// matters is kept elsewhere and sent again.
const (
	hallOutbox = 2048
	pageOutbox = 128
)

// conn is one WebSocket: a bounded queue before a single writer, and
// heartbeats both ways.
type conn struct {
	ws    *websocket.Conn
	out   chan []byte
	done  chan struct{}
	once  sync.Once
	heard atomic.Pointer[time.Time] // the peer's latest sign of life

	mu   sync.Mutex
	sent map[string]time.Time // when messages with an id went out; guarded by mu
}

func newConn(ws *websocket.Conn, outbox int) *conn {
	s := &conn{ws: ws, out: make(chan []byte, outbox), done: make(chan struct{}), sent: map[string]time.Time{}}
	s.hear()
	alive := func(string) error {
		s.hear()
		return ws.SetReadDeadline(time.Now().Add(link.HeartbeatTimeout))
	}
	ws.SetPongHandler(alive)
	reply := ws.PingHandler()
	ws.SetPingHandler(func(data string) error {
		if err := alive(data); err != nil {
			return err
		}
		return reply(data)
	})
	return s
}

// hear notes a sign of life.
func (s *conn) hear() {
	now := time.Now()
	s.heard.Store(&now)
}

// silent is how long the peer has given no sign of life.
func (s *conn) silent() time.Duration { return time.Since(*s.heard.Load()) }

// beat is a heartbeat. It carries this machine's clock in Unix milliseconds, so
// that the hall sees a clock that is off; pages return it and don't mind.
func beat() []byte { return strconv.AppendInt(nil, time.Now().UnixMilli(), 10) }

// send queues m, and drops the connection if its queue is full. It never
// waits.
func (s *conn) send(m link.Message) {
	data, err := json.Marshal(m)
	if err != nil {
		return // link.New made the body, so this can't be
	}
	if m.ID != "" {
		s.mu.Lock()
		s.sent[m.ID] = time.Now()
		s.mu.Unlock()
	}
	s.sendRaw(data)
}

// sentSince tells whether the message with the id went out on this connection
// after t.
func (s *conn) sentSince(id string, t time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent[id].After(t)
}

// forgetSent forgets what went out before t.
func (s *conn) forgetSent(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.sent, func(_ string, at time.Time) bool { return at.Before(t) })
}

// sendRaw is send for a message that is already encoded.
func (s *conn) sendRaw(data []byte) {
	select {
	case <-s.done:
	case s.out <- data:
	default:
		s.close()
	}
}

// close ends the connection at once. It may be called often.
func (s *conn) close() {
	s.once.Do(func() {
		close(s.done)
		_ = s.ws.Close()
	})
}

// write sends what is queued and the heartbeats until ctx ends or the
// connection fails; either closes it.
func (s *conn) write(ctx context.Context) {
	defer s.close()
	tick := time.NewTicker(link.HeartbeatEvery)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			text := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
			_ = s.ws.WriteControl(websocket.CloseMessage, text, time.Now().Add(time.Second))
			return
		case <-s.done:
			return
		case data := <-s.out:
			_ = s.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
			err = s.ws.WriteMessage(websocket.TextMessage, data)
		case <-tick.C:
			err = s.ws.WriteControl(websocket.PingMessage, beat(), time.Now().Add(writeTimeout))
		}
		if err != nil {
			return
		}
	}
}

// read returns the next message, or an error once the peer is gone or has been
// silent for too long.
func (s *conn) read() ([]byte, error) {
	if err := s.ws.SetReadDeadline(time.Now().Add(link.HeartbeatTimeout)); err != nil {
		return nil, err
	}
	_, data, err := s.ws.ReadMessage()
	s.hear()
	return data, err
}
