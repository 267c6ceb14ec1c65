package hub

import (
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
	if !ok {
		http.Error(w, "this token is not for agents", http.StatusForbidden)
		return
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	conn.SetReadLimit(link.MaxUp)
	hello, problem := h.hello(conn, claims, role)
	if problem != nil {
		h.refuse(conn, *problem)
		return
	}
	topics := []topic{topic(role), agentTopic(hello.Agent)}
	if role == link.RoleCounter {
		topics = append(topics, windowTopic(claims.Window))
	}
	s := newSession(conn, topics...)
	s.agent, s.role, s.window, s.claims = hello.Agent, role, claims.Window, claims
	if role != link.RoleCounter {
		s.window = ""
	}
	h.serve(s, hello)
}

// ServeBoard serves a manager's board; whoever mounts it has checked who asks.
func (h *Hub) ServeBoard(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	conn.SetReadLimit(link.MaxUp)
	h.serve(newSession(conn, topicBoard), link.Hello{})
}

// hello reads an agent's first message and checks that it is who its token says.
func (h *Hub) hello(conn *websocket.Conn, claims access.Claims, role link.Role) (link.Hello, *link.Problem) {
	var hello link.Hello
	refuse := func(code, detail string) (link.Hello, *link.Problem) {
		return hello, &link.Problem{Status: http.StatusForbidden, Code: code, Detail: detail}
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
	return hello, nil
}

func (h *Hub) refuse(conn *websocket.Conn, p link.Problem) {
	defer conn.Close()
	h.conf.Log.Warn("agent refused", slog.String("code", p.Code), slog.String("remote", conn.RemoteAddr().String()))
	data, err := encode(link.TypeRefused, 0, h.conf.Core.Now(), "", p)
	if err != nil {
		return
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeWait))
	_ = conn.WritePreparedMessage(data)
	_ = conn.WriteControl(websocket.CloseMessage,
		websocket.FormatCloseMessage(websocket.ClosePolicyViolation, p.Code), time.Now().Add(time.Second))
}

// serve runs a session until either end closes it.
func (h *Hub) serve(s *session, hello link.Hello) {
	resumed, err := h.join(s, hello.Epoch, hello.Last)
	if err != nil {
		_ = s.conn.Close()
		return
	}
	defer h.wg.Done()
	if s.agent != "" {
		h.conf.Registry.Connected(hello, s.window, h.conf.Core.Now())
		h.conf.Log.Info("agent connected", slog.String("agent", s.agent), slog.Bool("resumed", resumed))
		welcome, err := encode(link.TypeWelcome, 0, h.conf.Core.Now(), "", link.Welcome{
			Version: link.Version, Epoch: h.epoch, Agent: s.agent, Window: s.window, Resumed: resumed, Now: h.conf.Core.Now(),
		})
		// Before the writer starts: the welcome is the first message.
		if err != nil || s.send(&frame{data: welcome}) != nil {
			s.close("welcome failed")
		}
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.write(h)
	}()
	cause := h.read(s)
	s.close("")
	<-written
	h.mu.Lock()
	current := h.leave(s)
	h.mu.Unlock()
	if current {
		h.conf.Registry.Disconnected(s.agent, h.conf.Core.Now())
		h.conf.Log.Info("agent disconnected", slog.String("agent", s.agent), slog.Any("cause", cause))
	}
}

// Agents may send this many messages a second, and this many at once.
const (
	messageRate  = 50
	messageBurst = 300
)

// read takes an agent's messages until the connection ends, and says why it did.
func (h *Hub) read(s *session) error {
	alive := func() error { return s.conn.SetReadDeadline(time.Now().Add(link.HeartbeatTimeout)) }
	s.conn.SetPongHandler(func(string) error { return alive() })
	s.conn.SetPingHandler(func(data string) error {
		_ = s.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
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
		m, err := link.Decode(data)
		switch {
		case err != nil:
			h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.malformed"))
		case s.agent == "":
			// Boards only listen.
		case !limit.Allow():
			h.answer(s, m, nil, queue.Refuse(queue.Unavailable, "request.limit"))
		default:
			h.handle(s, m)
		}
	}
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
	data, err := encode(t, 0, h.conf.Core.Now(), m.ID, body)
	if err != nil {
		h.conf.Log.Error("encode answer", slog.Any("error", err))
		return
	}
	s.reply(data)
}
