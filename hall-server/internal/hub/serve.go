package hub

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// upgrader keeps an idle connection small: write buffers are shared, and read
// buffers fit the messages that agents send.
var upgrader = websocket.Upgrader{
	ReadBufferSize:   512,
	WriteBufferSize:  1024,
	WriteBufferPool:  &sync.Pool{},
	Subprotocols:     []string{link.Subprotocol},
	HandshakeTimeout: 10 * time.Second,
	// CheckOrigin is gorilla's own: a page of another site is refused.
}

// linkRole is the role that a token lets an agent have on the link.
var linkRole = map[access.Role]link.Role{
	access.Kiosk: link.RoleKiosk, access.Clerk: link.RoleCounter, access.Display: link.RoleDisplay,
}

// ServeAgent serves an agent; the request's context carries its claims.
func (h *Hub) ServeAgent(w http.ResponseWriter, r *http.Request) {
	claims := access.From(r.Context())
	role, ok := linkRole[claims.Role]
	if !ok || (role == link.RoleCounter && claims.Window == "") {
		http.Error(w, "this token is not for agents", http.StatusForbidden)
		return
	}
	h.accept(w, r, func(conn *websocket.Conn) { h.greet(conn, claims, role) })
}

// ServeBoard serves a manager's board; whoever mounts it has checked who asks.
func (h *Hub) ServeBoard(w http.ResponseWriter, r *http.Request) {
	h.accept(w, r, func(conn *websocket.Conn) { h.serve(h.newSession(conn, topicBoard), link.Hello{}) })
}

// accept makes the request a WebSocket and lets serve have it in a goroutine of
// its own: the request's would keep its buffers and stack as long as the
// connection lives.
func (h *Hub) accept(w http.ResponseWriter, r *http.Request, serve func(*websocket.Conn)) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	conn.SetReadLimit(link.MaxUp)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		_ = conn.Close()
		return
	}
	h.greeting[conn] = struct{}{}
	h.wg.Go(func() { serve(conn) })
}

// greet lets an agent in that says who it is.
func (h *Hub) greet(conn *websocket.Conn, claims access.Claims, role link.Role) {
	hello, at, problem := h.hello(conn, claims, role)
	if problem != nil {
		h.refuse(conn, *problem)
		return
	}
	topics := []topic{topic(role), agentTopic(hello.Agent)}
	s := h.newSession(conn, topics...)
	s.agent, s.role = hello.Agent, role
	if !at.IsZero() {
		s.skew = time.Until(at)
	}
	if role == link.RoleCounter {
		s.window = claims.Window
		s.topics = append(s.topics, windowTopic(s.window))
	}
	if role == link.RoleDisplay && hello.Screens != nil && plausible(*hello.Screens) {
		s.screens = hello.Screens
	}
	h.serve(s, hello)
}

// hello reads an agent's first message and checks that it is who its token
// says. It returns the agent's clock as well.
func (h *Hub) hello(conn *websocket.Conn, claims access.Claims, role link.Role) (link.Hello, time.Time, *link.Problem) {
	var hello link.Hello
	refuse := func(code, detail string) (link.Hello, time.Time, *link.Problem) {
		return hello, time.Time{}, &link.Problem{Status: http.StatusForbidden, Code: code, Detail: detail}
	}
	_ = conn.SetReadDeadline(time.Now().Add(helloWait))
	_, data, err := conn.ReadMessage()
	if err != nil {
		return refuse("link.no-hello", "没有收到终端的登记消息")
	}
	m, err := link.Decode(data)
	if err == nil {
		err = m.Into(&hello)
	}
	switch {
	case err != nil || m.Type != link.TypeHello:
		return refuse("link.no-hello", "第一条消息必须是 hello")
	case hello.Role != role || hello.Agent == "" || hello.Agent != claims.Subject:
		return refuse("link.other-agent", "终端名称或角色与令牌不符")
	case hello.Versions[0] > link.Version || hello.Versions[1] < link.Version:
		return refuse("link.version", fmt.Sprintf("终端的接口版本 %v 与服务器的 %d 不兼容，请升级", hello.Versions, link.Version))
	}
	return hello, m.At, nil
}

func (h *Hub) refuse(conn *websocket.Conn, p link.Problem) {
	defer conn.Close()
	h.mu.Lock()
	delete(h.greeting, conn)
	h.mu.Unlock()
	h.conf.Log.Warn("agent refused", slog.String("code", p.Code), slog.String("remote", conn.RemoteAddr().String()))
	m, err := link.New(link.TypeRefused, h.conf.Core.Now(), p)
	if err != nil {
		return
	}
	deadline := time.Now().Add(closeWait)
	_ = conn.SetWriteDeadline(deadline)
	_ = conn.WriteJSON(m)
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.ClosePolicyViolation, p.Code), deadline)
}

// serve brings a session up to date and then reads from it until either end
// closes it, in a goroutine of its own: the one that has encoded a snapshot has
// grown a stack that an idle agent doesn't need.
func (h *Hub) serve(s *session, hello link.Hello) {
	resumed, ok := h.join(s, hello)
	if !ok {
		_ = s.conn.Close()
		return
	}
	if err := h.welcome(s, resumed); err != nil {
		s.close(h, "")
	}
	s.write(h) // what it missed, or its snapshot
	h.wg.Go(func() {
		cause := h.read(s)
		s.close(h, "")
		if h.leave(s) {
			h.conf.Log.Info("agent disconnected", slog.String("agent", s.agent), slog.Any("cause", cause))
		}
	})
}

// welcome is the first message to an agent; boards begin with their snapshot.
func (h *Hub) welcome(s *session, resumed bool) error {
	if s.agent == "" {
		return nil
	}
	h.conf.Log.Info("agent connected", slog.String("agent", s.agent), slog.Bool("resumed", resumed))
	data, err := encode(link.TypeWelcome, 0, h.conf.Core.Now(), "", link.Welcome{
		Version: link.Version, Epoch: h.epoch, Agent: s.agent, Window: s.window, Resumed: resumed, Now: h.conf.Core.Now(),
	})
	if err != nil {
		return err
	}
	return s.send(data)
}

// Agents may send this many messages a second, and this many at once. More are
// read no faster, so that only the sender waits.
const (
	messageRate  = 200
	messageBurst = 500
)

// read takes an agent's messages until the connection ends, and says why it did.
func (h *Hub) read(s *session) error {
	alive := func() error { return s.conn.SetReadDeadline(time.Now().Add(h.timeout())) }
	s.conn.SetPongHandler(func(string) error { return alive() })
	s.conn.SetPingHandler(func(data string) error {
		if skew, ok := skewOf(data, time.Now()); ok && s.agent != "" {
			h.conf.Registry.Clock(s.agent, skew, h.conf.Core.Now())
		}
		if err := s.send(pong(data)); err != nil {
			return err
		}
		return alive()
	})
	var limit *rate.Limiter
	for {
		if err := alive(); err != nil {
			return err
		}
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			return err
		}
		if limit == nil {
			limit = rate.NewLimiter(messageRate, messageBurst)
		}
		if err := s.pace(limit); err != nil {
			return err
		}
		if s.agent == "" {
			continue // boards only listen
		}
		h.receive(s, data)
	}
}

// errClosed ends the reader of a session that the hub closed.
var errClosed = errors.New("closed by the hall-server")

// pace waits until limit allows another message.
func (s *session) pace(limit *rate.Limiter) error {
	wait := limit.Reserve().Delay()
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.done:
		return errClosed
	}
}

// receive does what a message says.
func (h *Hub) receive(s *session, data []byte) {
	m, err := link.Decode(data)
	if err != nil {
		h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.malformed"))
		return
	}
	h.handle(s, m)
}

// answer sends what a command led to. Facts without an id get none.
func (h *Hub) answer(s *session, m link.Message, a *core.Result, err error) {
	t, body := link.TypeAnswer, any(nil)
	switch {
	case err != nil:
		t, body = link.TypeError, h.conf.View.Problem(err)
	case a != nil:
		h.conf.Core.Read(func(state *queue.State, now queue.Time) {
			body = h.conf.View.Answer(state, a.Answer, now)
		})
	}
	h.reply(s, m, t, body)
}

// reply says t with body in answer to m.
func (h *Hub) reply(s *session, m link.Message, t link.Type, body any) {
	data, err := encode(t, 0, h.conf.Core.Now(), m.ID, body)
	if err != nil {
		h.conf.Log.Error("encode answer", slog.Any("error", err))
		return
	}
	s.reply(h, data)
}

// reply writes an answer at once, from the session's reader: an agent that
// doesn't read its answers waits for itself only.
func (s *session) reply(h *Hub, data []byte) {
	if err := s.send(data); err != nil {
		s.close(h, "")
	}
}
