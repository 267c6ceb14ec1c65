package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/internal/link"
)

// Waits of the link client.
const (
	minBackoff   = 250 * time.Millisecond
	maxBackoff   = 10 * time.Second
	dialTimeout  = 10 * time.Second // TCP, TLS, upgrade, hello and welcome together
	writeTimeout = 5 * time.Second
	// steady is how long a connection must last before the next failure is
	// met with the shortest wait again.
	steady = 5 * time.Second
	// sameClock is how far the hall's clock may be from what was thought
	// without anybody having to care.
	sameClock = 2 * time.Second
)

// What people read about the link.
const (
	detailLost    = "与大厅服务器的连接中断，正在重新连接"
	detailNoHall  = "无法连接大厅服务器，正在重试"
	detailRefused = "大厅服务器未接受本机登录，请联系管理员检查令牌"
)

// ClientConfig is what a Client needs. Its functions return at once.
type ClientConfig struct {
	// URL, Token, Agent, Role and Program introduce the agent.
	URL, Token, Agent string
	Role              link.Role
	Program           string
	// Devices returns the present state of every device. Since follows the
	// hall's clock as far as it is known.
	Devices func() []link.DeviceView
	// Assignment names the devices that the hall has assigned, Assigned takes
	// them, from the goroutine of Deliver; both nil for none.
	Assignment func() string
	Assigned   func(link.Message)
	// Relist tells the hall which devices there are if they are not those that
	// the hello told of.
	Relist func(told []link.DeviceView)
	// Screens returns those of a display; nil for other agents.
	Screens func() link.DisplayScreens
	// Tell has DeviceChanged called with the present state of a device, in order
	// with the device's own changes.
	Tell func(id string)
	// Deliver takes every message of the hall's stream, snapshots included,
	// in order and each once, from one goroutine.
	Deliver func(link.Message)
	// Changed takes each change of the link's state.
	Changed func(link.LinkState)
	// Moved is called when the hall's clock turns out to be another than was
	// thought, so that times that were told are wrong.
	Moved func()
	// Settled is called once the hall has received an offline ticket; nil does
	// nothing.
	Settled func()
	// Spool holds the facts that must arrive.
	Spool *Spool
	Log   *slog.Logger
}

// Client keeps an agent connected to its hall: it resumes the stream where it
// broke, sends again what was not answered, and never the same message with
// another id. Its methods may be called from any goroutine.
type Client struct {
	cfg ClientConfig

	mu     sync.Mutex
	conn   *conn          // nil while away; guarded by mu
	state  link.LinkState // guarded by mu
	barred bool           // the hall has refused us and not welcomed us since; guarded by mu
	offset time.Duration  // hall's clock minus ours; guarded by mu
	window string         // of the last welcome; guarded by mu
	calls  []*call        // unanswered, oldest first; guarded by mu
	acks   []ack          // of calls, oldest first; guarded by mu

	forgets chan link.Message // receipts that the spool is yet to note

	// epoch and last name the newest message of the stream that was delivered.
	// They belong to the goroutine of Run.
	epoch string
	last  uint64
}

// NewClient returns a client that is away until Run.
func NewClient(cfg ClientConfig) *Client {
	return &Client{
		cfg: cfg, forgets: make(chan link.Message, maxForgets),
		state: link.LinkState{Since: time.Now(), Detail: detailNoHall},
	}
}

// Run keeps the link up until ctx ends, then returns nil.
func (c *Client) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { c.forget(ctx) })
	for failures := 0; ; {
		began := time.Now()
		err := c.session(ctx)
		if ctx.Err() != nil {
			c.setAway(detailNoHall)
			return nil
		}
		if time.Since(began) > steady {
			failures = 0
		}
		wait := backoff(failures)
		failures++
		c.cfg.Log.Warn("link down", slog.Any("err", err), slog.Duration("wait", wait))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// backoff returns a random wait whose upper end doubles with each failure, so
// that a hall's agents don't return all at once.
func backoff(failures int) time.Duration {
	ceiling := maxBackoff
	if failures < 5 {
		ceiling = 2 * minBackoff << failures
	}
	return minBackoff + rand.N(ceiling-minBackoff)
}

// session makes one connection and serves it until it fails.
func (c *Client) session(ctx context.Context) error {
	ws, welcome, told, err := c.open(ctx)
	if err != nil {
		var refused *RefusedError
		if errors.As(err, &refused) {
			c.bar(!refused.Temporary())
			c.setAway(cmp.Or(refused.Problem.Detail, detailRefused))
		} else {
			c.setAway(detailNoHall)
		}
		return err
	}
	if !welcome.Resumed {
		c.epoch, c.last = welcome.Epoch, 0
	}
	s := newConn(ws, hallOutbox)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer func() {
		cancel()
		wg.Wait()
	}()
	wg.Go(func() { s.write(ctx) })
	c.attach(s, welcome)
	defer c.setAway(detailLost)
	wg.Go(func() { c.resend(ctx, s) })
	c.sendChanged(told)
	c.ScreensChanged() // some may have come since the hello
	c.cfg.Log.Info("link up", slog.String("epoch", welcome.Epoch), slog.Bool("resumed", welcome.Resumed))
	return c.read(s)
}

// open dials, introduces the agent and returns the hall's welcome, with the
// device states that were in the hello.
func (c *Client) open(ctx context.Context) (*websocket.Conn, link.Welcome, []link.DeviceView, error) {
	var welcome link.Welcome
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	dialer := websocket.Dialer{
		Subprotocols:     []string{link.Subprotocol},
		HandshakeTimeout: dialTimeout,
		ReadBufferSize:   4 << 10,
		WriteBufferSize:  4 << 10,
	}
	ws, resp, err := dialer.DialContext(ctx, c.cfg.URL, http.Header{"Authorization": {"Bearer " + c.cfg.Token}})
	if resp != nil {
		_ = resp.Body.Close() // what was read of a refusal is enough
	}
	if err != nil {
		return nil, welcome, nil, dialError(resp, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() })
	defer stop()
	told, err := c.greet(ws, &welcome)
	if err != nil {
		return nil, welcome, nil, errors.Join(err, ws.Close())
	}
	return ws, welcome, told, nil
}

// greet says hello on a new connection and reads the welcome.
func (c *Client) greet(ws *websocket.Conn, welcome *link.Welcome) ([]link.DeviceView, error) {
	if ws.Subprotocol() != link.Subprotocol {
		return nil, fmt.Errorf("the hall doesn't speak %s", link.Subprotocol)
	}
	ws.SetReadLimit(link.MaxDown)
	told := c.cfg.Devices()
	var screens *link.DisplayScreens
	if c.cfg.Screens != nil {
		now := c.cfg.Screens()
		screens = &now
	}
	hello, err := link.New(link.TypeHello, time.Now(), link.Hello{
		Screens:    screens,
		Versions:   [2]int{1, link.Version},
		Agent:      c.cfg.Agent,
		Role:       c.cfg.Role,
		Program:    c.cfg.Program,
		Epoch:      c.epoch,
		Last:       c.last,
		Devices:    told,
		Assignment: c.assignment(),
	})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := errors.Join(ws.SetWriteDeadline(began.Add(writeTimeout)), ws.WriteJSON(hello)); err != nil {
		return nil, fmt.Errorf("say hello: %w", err)
	}
	if err := ws.SetReadDeadline(began.Add(dialTimeout)); err != nil {
		return nil, fmt.Errorf("await welcome: %w", err)
	}
	_, data, err := ws.ReadMessage()
	if err != nil {
		return nil, fmt.Errorf("await welcome: %w", err)
	}
	m, err := link.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("await welcome: %w", err)
	}
	switch m.Type {
	case link.TypeWelcome:
		if err := m.Into(welcome); err != nil {
			return nil, fmt.Errorf("read welcome: %w", err)
		}
		c.setClock(welcome.Now, began)
		return told, nil
	case link.TypeRefused, link.TypeError:
		return nil, refusal(m)
	default:
		return nil, fmt.Errorf("await welcome: the hall sent %s", m.Type)
	}
}

// assignment names the devices that the hall has assigned, as far as is known.
func (c *Client) assignment() string {
	if c.cfg.Assignment == nil {
		return ""
	}
	return c.cfg.Assignment()
}

// assume takes the hall's clock to be ahead of ours by offset, until a welcome
// tells.
func (c *Client) assume(offset time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = offset
}

// setClock computes the offset from the hall's clock, read half-way between
// began and now.
func (c *Client) setClock(hall, began time.Time) {
	if hall.IsZero() {
		return
	}
	now := time.Now()
	offset := hall.Sub(now.Add(-now.Sub(began) / 2).Round(0))
	c.mu.Lock()
	moved := (offset - c.offset).Abs() > sameClock
	c.offset = offset
	c.mu.Unlock()
	if moved {
		c.cfg.Moved()
	}
}

// dialError tells a hall that refuses from one that isn't there.
func dialError(resp *http.Response, err error) error {
	if resp == nil {
		return fmt.Errorf("connect to the hall: %w", err)
	}
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		return &RefusedError{Problem: link.Problem{
			Status: resp.StatusCode, Code: "link.unauthorised", Detail: detailRefused,
		}}
	}
	return fmt.Errorf("connect to the hall: %s: %w", resp.Status, err)
}

// attach makes s the current connection and queues what is still unanswered,
// before anything newer.
func (c *Client) attach(s *conn, welcome link.Welcome) {
	c.mu.Lock()
	c.conn, c.barred = s, false
	c.window = welcome.Window
	for _, p := range c.calls {
		p.sent = true
		s.send(p.message)
	}
	state := c.setState(link.LinkState{Online: true})
	c.mu.Unlock()
	c.cfg.Changed(state)
}

// bar notes that the hall has refused us, unless it was only busy.
func (c *Client) bar(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.barred = c.barred || yes
}

// Barred tells whether the hall wants nothing of this agent: its token or its
// version is not accepted.
func (c *Client) Barred() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.barred
}

// setAway drops the current connection, if any, and tells people why.
func (c *Client) setAway(detail string) {
	c.mu.Lock()
	if c.conn != nil {
		c.conn.close()
		c.conn = nil
	}
	if !c.state.Online && c.state.Detail == detail {
		c.mu.Unlock()
		return
	}
	state := c.setState(link.LinkState{Detail: detail})
	c.mu.Unlock()
	c.cfg.Changed(state)
}

// setState stores a state, and returns it with the hall's time. The caller
// holds mu.
func (c *Client) setState(s link.LinkState) link.LinkState {
	s.Since = time.Now()
	if s.Online == c.state.Online {
		s.Since = c.state.Since
	}
	c.state = s
	s.Since = s.Since.Add(c.offset)
	return s
}

// State returns the link's state, in the hall's time.
func (c *Client) State() link.LinkState {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	s.Since = s.Since.Add(c.offset)
	return s
}

// Online tells whether the hall can be reached.
func (c *Client) Online() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn != nil
}

// Window returns the id of the window the hall knows the agent by, empty
// before the first connection and for agents without one.
func (c *Client) Window() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.window
}

// Now returns the hall's clock, or ours before the first connection.
func (c *Client) Now() time.Time { return c.HallTime(time.Now()) }

// HallTime converts a time of our clock to the hall's.
func (c *Client) HallTime(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return t.Add(c.offset)
}

// read delivers what the hall sends until the connection fails.
func (c *Client) read(s *conn) error {
	for {
		data, err := s.read()
		if err != nil {
			return fmt.Errorf("read from the hall: %w", err)
		}
		m, err := link.Decode(data)
		if err != nil {
			c.cfg.Log.Warn("message of the hall skipped", slog.Any("err", err))
			continue
		}
		c.take(m)
	}
}

// take handles one message of the hall.
func (c *Client) take(m link.Message) {
	switch {
	case m.Re != "":
		c.answer(m)
	case m.Type == link.TypeSnapshot:
		c.last = m.Seq
		c.cfg.Deliver(m)
	case m.Type == link.TypeDevicesAssigned && c.cfg.Assigned != nil:
		c.cfg.Assigned(m)
	case m.Seq == 0:
		c.cfg.Log.Debug("message of the hall has no meaning here", slog.String("type", string(m.Type)))
	case m.Seq <= c.last:
		c.cfg.Log.Debug("message of the hall came twice", slog.Uint64("seq", m.Seq))
	default:
		c.last = m.Seq
		c.cfg.Deliver(m)
	}
}
